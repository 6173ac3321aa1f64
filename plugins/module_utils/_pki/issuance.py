# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a CSR needs a new certificate, and getting one: the same for every backend.

Decide, then do: `decide` says what is kept or why something new is needed, `issue` has it signed and
judges what came back. The judgement that renews a certificate is the one that refuses a new one, so
that nothing is issued today which would be thrown away tomorrow.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import (
    Authority,
    AuthorityUnusable,
    Backend,
    CsrRefused,
    Issued,
    IssuedCertificateRefused,
    SigningRequest,
    refusal,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import (
    CertificateProfile,
    Finding,
    judge_authorities,
    judge_chain,
    judge_leaf,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy import Policy, judge_csr
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    common_name,
    describe_certificate,
    is_issued_by,
    time_text,
)

if TYPE_CHECKING:
    from cryptography import x509


@dataclass(frozen=True)
class Decision:
    """Either a certificate that is kept, or the reasons for a new one."""

    kept: x509.Certificate | None
    reasons: tuple[Finding, ...] = ()
    warnings: tuple[str, ...] = ()


def check_csr(csr: x509.CertificateSigningRequest, *, policy: Policy, profile: CertificateProfile) -> None:
    """Apply the policy; CsrRefused says everything that is wrong."""
    findings = judge_csr(csr, policy=policy, profile=profile)
    if findings:
        raise refusal(CsrRefused, f"the CSR of {common_name(csr)!r} is not signed", findings)


def check_authority(authority: Authority, *, profile: CertificateProfile, now: datetime) -> None:
    """AuthorityUnusable unless the CA can give a certificate that verifies."""
    findings = judge_authorities(authority.chain, profile=profile, now=now)
    if findings:
        raise refusal(AuthorityUnusable, "the CA cannot sign", findings)


def decide(
    existing: Sequence[x509.Certificate],
    request: SigningRequest,
    *,
    authority: Authority,
    remaining: timedelta,
    latest_end: datetime | None,
) -> Decision:
    """Keep the first of the existing certificates that fits and lasts; else say why none is kept.

    The reasons are those of the first one, which is the one in use.
    """
    reasons: list[tuple[Finding, ...]] = []
    for certificate in existing:
        findings = judge_certificate(certificate, request, authority)
        if findings:
            reasons.append(tuple(findings))
            continue
        if certificate.not_valid_after_utc - request.now > remaining:
            return Decision(certificate)
        end = time_text(certificate.not_valid_after_utc)
        if latest_end is not None and latest_end <= certificate.not_valid_after_utc:
            # nothing would be won, and each run would sign again
            warning = f"The certificate cannot be renewed beyond {end}, when its CA ends: renew the CA."
            return Decision(certificate, warnings=(warning,))
        text = f"the certificate ends at {end}, with {remaining.days} days or fewer left"
        reasons.append((Finding("expires_soon", text, "It is renewed"),))
    return Decision(None, reasons[0] if reasons else (_NO_CERTIFICATE,))


def issue(backend: Backend, request: SigningRequest) -> Issued:
    """Have the CSR signed and judge the certificate; a refused one is in the error's details."""
    issued = backend.sign(request)
    findings = judge_certificate(issued.certificate, request, backend.authority())
    if findings:
        error = refusal(
            IssuedCertificateRefused,
            "the CA has issued a certificate that cannot be used (it is in this result)",
            findings,
        )
        error.details.update(describe_certificate(issued.certificate))
        raise error
    return issued


def judge_certificate(
    certificate: x509.Certificate, request: SigningRequest, authority: Authority
) -> list[Finding]:
    """Everything that keeps a certificate from being the answer to the request."""
    findings = judge_leaf(certificate, csr=request.csr, profile=request.profile, now=request.now)
    if is_issued_by(certificate, authority.certificate):
        findings += judge_chain(certificate, authority.chain, profile=request.profile, now=request.now)
    else:
        text = (
            f"the certificate is issued by {certificate.issuer.rfc4514_string()}, not by this CA"
            f" ({authority.certificate.subject.rfc4514_string()})"
        )
        findings.append(Finding("other_issuer", text, "Have it signed by this CA"))
    return findings


_NO_CERTIFICATE = Finding("no_certificate", "there is no certificate yet", "It is issued")
