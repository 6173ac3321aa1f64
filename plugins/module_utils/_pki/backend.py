# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every way of signing offers, so that one policy and one judgement serve them all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._facts.findings import Finding
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import CertificateProfile
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    is_issued_by,
    is_self_signed,
    missing_issuer,
    order_chain,
)

if TYPE_CHECKING:
    from cryptography import x509


class CsrRefused(CucmError):
    """The policy does not let this CSR be signed; nothing was sent to the CA."""

    reason = "csr_refused"


class AuthorityUnusable(CucmError):
    """The CA cannot sign now: its certificate, its chain or its state forbids it."""

    reason = "ca_unusable"


class RequestDenied(CucmError):
    """The CA has said no to the request; the message has its words."""

    reason = "request_denied"


class RequestUnknown(CucmError):
    """The CA knows no request of this number."""

    reason = "request_unknown"


class OutcomeUnknown(CucmError):
    """The CSR was sent and the answer was lost: the CA may have taken it or not."""

    reason = "outcome_unknown"


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
    """The CA: its certificates, the one that issues first, the self-signed root last.

    `others` are further certificates of a CA that issues with several, as a public CA does.
    """

    chain: tuple[x509.Certificate, ...]
    others: tuple[x509.Certificate, ...] = ()

    @property
    def certificate(self) -> x509.Certificate:
        return self.chain[0]

    @property
    def root(self) -> x509.Certificate:
        return self.chain[-1]

    def chain_of(self, certificate: x509.Certificate) -> tuple[x509.Certificate, ...]:
        """The CAs above a certificate up to the root; empty when this CA has not issued it."""
        if is_issued_by(certificate, self.certificate):
            return self.chain
        chain = order_chain(certificate, self.others)
        return tuple(chain) if chain and is_self_signed(chain[-1]) else ()

    @property
    def not_before(self) -> datetime:
        """From when on the whole chain is valid."""
        return max(certificate.not_valid_before_utc for certificate in self.chain)

    @property
    def not_after(self) -> datetime:
        """Until when the whole chain is valid."""
        return min(certificate.not_valid_after_utc for certificate in self.chain)


def complete_authority(certificates: Sequence[x509.Certificate], *, option: str) -> Authority:
    """The authority whose first certificate issues; the others are above it, in any order.

    `option` is the one by which missing certificates can be given. AuthorityUnusable when the chain
    does not reach a self-signed root.
    """
    issuer = certificates[0]
    chain = (issuer, *order_chain(issuer, certificates))
    if not is_self_signed(chain[-1]):
        raise AuthorityUnusable(
            f"the chain of the CA ends at {chain[-1].subject.rfc4514_string()}, {missing_issuer(chain[-1])}",
            option=option,
            reason="ca_chain_incomplete",
            remedy="Name a file with the intermediate certificates and the root",
        )
    return Authority(chain)


@dataclass(frozen=True)
class Issued:
    """A certificate fresh from the CA, not judged yet.

    `request_id` is the CA's own number of the request, where it has one; `changed` is false for one
    that somebody else has had issued, and that was only fetched.
    """

    certificate: x509.Certificate
    warnings: tuple[str, ...] = ()
    request_id: str | None = None
    changed: bool = True


@dataclass(frozen=True)
class Pending:
    """The CA has the request and somebody has to decide on it: a normal result.

    `instructions` say who has to do what; `changed` whether asking has changed anything.
    """

    request_id: str | None
    instructions: str
    changed: bool
    warnings: tuple[str, ...] = ()


class Backend(Protocol):
    """One way to have a CSR signed. Each method raises errors of the family."""

    def ca_certificates(self) -> Sequence[x509.Certificate]:
        """What the CA, or the user, says of it: the issuing certificate first, then others in any order."""

    def authority(self) -> Authority:
        """The CA as `complete_authority` makes it of `ca_certificates`; nothing is asked to be signed."""

    def latest_end(self, request: SigningRequest) -> datetime | None:
        """When a certificate that is signed now would end; None when only the CA knows."""

    def probe(self, profile: CertificateProfile, validity: timedelta, now: datetime) -> tuple[str, ...]:
        """Find out, with no CSR at hand, whatever would keep `sign` from signing any for this profile.

        Returns warnings about what certificates of this validity will be.
        """

    def prepare(self, request: SigningRequest) -> tuple[str, ...]:
        """Find out now, also in check mode, whatever would keep `sign` from signing.

        Returns warnings about what the certificate will be.
        """

    def sign(self, request: SigningRequest) -> Issued | Pending:
        """Have the CSR signed, or ask for it. Called once for each decision to ask, and never repeated."""

    def close(self) -> None:
        """Close what is open, and give back what was borrowed. Raises nothing."""


@runtime_checkable
class RequestKeeper(Backend, Protocol):
    """A backend whose CA keeps requests under numbers, and answers later what became of them."""

    @property
    def address(self) -> str:
        """Which CA it is, in one form: a number means nothing to another one."""

    def poll(self, request: SigningRequest, request_id: str) -> Issued | Pending:
        """What became of a request that was made before. Never makes a new one.

        RequestDenied and RequestUnknown when nothing will come of it.
        """


@runtime_checkable
class Mailbox(Backend, Protocol):
    """A backend that hands the CSR to a person, who brings the certificate later."""

    def pick_up(self, request: SigningRequest) -> Issued | Pending | None:
        """What was brought for the key of this request, or that nothing was yet; changes nothing.

        None when the CSR has not been handed in.
        """
