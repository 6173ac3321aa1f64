# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every way of signing offers, so that one policy and one judgement serve them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import CertificateProfile, Finding

if TYPE_CHECKING:
    from cryptography import x509


class CsrRefused(CucmError):
    """The policy does not let this CSR be signed; nothing was sent to the CA."""

    reason = "csr_refused"


class AuthorityUnusable(CucmError):
    """The CA cannot sign now: its certificate, its chain or its state forbids it."""

    reason = "ca_unusable"


class IssuedCertificateRefused(CucmError):
    """The CA has issued a certificate that cannot be used. It exists: the result holds it."""

    reason = "issued_certificate_refused"


def refusal(
    kind: type[CucmError], what: str, findings: Sequence[Finding], *, option: str | None = None
) -> CucmError:
    """An error that says all findings; its reason is that of the first, its remedy covers all."""
    remedies = dict.fromkeys(finding.remedy for finding in findings)
    return kind(
        f"{what}: {'; '.join(finding.text for finding in findings)}",
        option=option,
        reason=findings[0].reason,
        remedy=". ".join(remedies),
        details={"findings": [finding.as_dict() for finding in findings]},
    )


@dataclass(frozen=True)
class SigningRequest:
    """One CSR that the policy has passed, and what it is to become."""

    csr: x509.CertificateSigningRequest
    profile: CertificateProfile
    validity: timedelta
    now: datetime


@dataclass(frozen=True)
class Authority:
    """The CA: its certificates, the one that issues first, the self-signed root last."""

    chain: tuple[x509.Certificate, ...]

    @property
    def certificate(self) -> x509.Certificate:
        return self.chain[0]

    @property
    def root(self) -> x509.Certificate:
        return self.chain[-1]

    @property
    def not_before(self) -> datetime:
        """From when on the whole chain is valid."""
        return max(certificate.not_valid_before_utc for certificate in self.chain)

    @property
    def not_after(self) -> datetime:
        """Until when the whole chain is valid."""
        return min(certificate.not_valid_after_utc for certificate in self.chain)


@dataclass(frozen=True)
class Issued:
    """A certificate fresh from the CA, not judged yet."""

    certificate: x509.Certificate
    warnings: tuple[str, ...] = ()


class Backend(Protocol):
    """One way to have a CSR signed. Each method raises errors of the family."""

    def authority(self) -> Authority:
        """The CA's certificates, without asking for anything to be signed."""

    def latest_end(self, request: SigningRequest) -> datetime | None:
        """When a certificate that is signed now would end; None when only the CA knows."""

    def probe(self, validity: timedelta, now: datetime) -> tuple[str, ...]:
        """Find out, with no CSR at hand, whatever would keep `sign` from signing any.

        Returns warnings about what certificates of this validity will be.
        """

    def prepare(self, request: SigningRequest) -> tuple[str, ...]:
        """Find out now, also in check mode, whatever would keep `sign` from signing.

        Returns warnings about what the certificate will be.
        """

    def sign(self, request: SigningRequest) -> Issued:
        """Have the CSR signed."""
