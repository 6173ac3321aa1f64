# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a CSR needs a new certificate, and getting one: the same for every backend.

Decide, then do: `decide` says what is kept or why something new is needed; then a request that waits is
followed, or the CSR is signed or handed in, and what came back is judged. The judgement that renews a
certificate is the one that refuses a new one, so that nothing is issued today which would be thrown
away tomorrow.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._facts.findings import Finding
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import (
    Authority,
    AuthorityUnusable,
    Backend,
    CsrRefused,
    Issued,
    IssuedCertificateRefused,
    Mailbox,
    OutcomeUnknown,
    Pending,
    RequestDenied,
    RequestKeeper,
    RequestUnknown,
    SigningRequest,
    refusal,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import (
    CertificateProfile,
    judge_authorities,
    judge_chain,
    judge_leaf,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy import Policy, judge_csr
from ansible_collections.ucops.cucm.plugins.module_utils._pki.records import Memory, RequestRecord
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    common_name,
    describe_certificate,
    spki_sha256,
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


def check_authority(
    authority: Authority, *, profile: CertificateProfile, now: datetime, host_names: Iterable[str] = ()
) -> None:
    """AuthorityUnusable unless the CA can give a certificate that verifies, and for these host names."""
    findings = judge_authorities(authority.chain, profile=profile, now=now, host_names=host_names)
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


@dataclass(frozen=True)
class Waiting:
    """How long to wait for a decision of the CA, and how often to ask, in seconds."""

    timeout: float = 0.0
    interval: float = 30.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True)
class Outcome:
    """What became of asking: a certificate, or a request that waits, or neither in check mode.

    `record` is what has to be remembered of it; `waited` counts the seconds spent waiting.
    """

    certificate: x509.Certificate | None = None
    pending: Pending | None = None
    record: RequestRecord | None = None
    changed: bool = False
    warnings: tuple[str, ...] = ()
    waited: float = 0.0


def pick_up(backend: Backend, request: SigningRequest, *, remaining: timedelta) -> Outcome | None:
    """What a person has brought, or that nothing was; None where the CSR has to be handed in (first)."""
    if not isinstance(backend, Mailbox):
        return None
    answer = backend.pick_up(request)
    if answer is None:
        return None
    if isinstance(answer, Pending):
        return _outcome(answer)
    findings = judge_certificate(answer.certificate, request, backend.authority())
    if _is_past(answer.certificate, findings, request, remaining):
        return None  # of the last renewal
    _check(answer, findings)
    return _outcome(answer)


def ask(backend: Backend, request: SigningRequest) -> Outcome:
    """Have the CSR signed, or hand it in. A refused certificate is in the error's details."""
    answer = backend.sign(request)
    if isinstance(answer, Issued):
        _check(answer, judge_certificate(answer.certificate, request, backend.authority()))
    return _outcome(answer)


class Application:
    """The request for one certificate at a CA that keeps requests: made once, over as many runs as it takes.

    `name` is that of the backend. With `request_id`, that request of the CA is followed, whatever is
    remembered.
    """

    def __init__(
        self,
        keeper: RequestKeeper,
        request: SigningRequest,
        *,
        name: str,
        memory: Memory,
        remaining: timedelta,
        waiting: Waiting,
        request_id: str | None = None,
    ) -> None:
        self._keeper = keeper
        self._request = request
        self._memory = memory
        self._remaining = remaining
        self._waiting = waiting
        self._request_id = request_id
        self._unanswered = RequestRecord(
            backend=name,
            ca=keeper.address,
            spki_sha256=spki_sha256(request.csr),
            request_id=None,
            requested_at=time_text(request.now),
        )

    def follow(self, *, remember: bool = True) -> Outcome | None:
        """What became of the request of an earlier run; None when there is nothing to follow.

        Only reads at the CA. `remember` says whether a request that the task has named is kept.
        """
        record = self._earlier_record()
        if record is None:
            return None
        if record.request_id is None:
            raise OutcomeUnknown(
                f"the CSR was sent to {record.ca} at {record.requested_at}, and it is not known whether the CA"
                " has taken it: that run was cut off, or its answer was lost."
                f" The SHA-256 fingerprint of the public key is {record.spki_sha256}",
                option="request_id",
                remedy="Look at the CA for a request of this name: if it is there, give its number as"
                " request_id; if not, set force to request again",
                details={"request": record.as_dict(), "spki_sha256": record.spki_sha256},
            )
        with _telling(record):
            answer, waited = self._poll(record.request_id)
            if isinstance(answer, Issued):
                findings = judge_certificate(answer.certificate, self._request, self._keeper.authority())
                if _is_past(answer.certificate, findings, self._request, self._remaining):
                    return None  # of the last renewal: this one requests again
                _check(answer, findings)
        if remember and self._request_id is not None:
            self._memory.remember(record)
        return _outcome(answer, record, waited)

    def ask(self) -> Outcome:
        """Ask the CA. The record is written first: a run that is cut off must not lead to a second request."""
        known = self._unanswered
        before = self._memory.recall(known.backend, known.ca, known.spki_sha256)
        self._memory.remember(known)
        try:
            answer = self._keeper.sign(self._request)
        except OutcomeUnknown as error:
            error.details.setdefault("request", known.as_dict())
            raise
        except CucmError as error:
            self._remember_failure(error, before)
            raise
        record = replace(self._unanswered, request_id=answer.request_id)
        waited = 0.0
        with _telling(record):
            self._remember(record, answer)
            if isinstance(answer, Pending) and self._waiting.timeout > 0 and record.request_id is not None:
                answer, waited = self._poll(record.request_id)
            if isinstance(answer, Issued):
                _check(answer, judge_certificate(answer.certificate, self._request, self._keeper.authority()))
        return replace(_outcome(answer, record, waited), changed=True)

    def _earlier_record(self) -> RequestRecord | None:
        if self._request_id is not None:
            return replace(self._unanswered, request_id=self._request_id)
        known = self._unanswered
        return self._memory.recall(known.backend, known.ca, known.spki_sha256)

    def _remember_failure(self, error: CucmError, before: RequestRecord | None) -> None:
        """After an error that says what became of the request: a denied one, or none, does not wait."""
        request_id = error.details.get("request_id")
        if request_id is None and before is not None:
            self._memory.remember(before)
            return
        if request_id is None or isinstance(error, RequestDenied):
            self._memory.forget(self._unanswered)
            return
        record = replace(self._unanswered, request_id=request_id)
        error.details["request"] = record.as_dict()
        self._memory.remember(record)

    def _remember(self, record: RequestRecord, answer: Issued | Pending) -> None:
        try:
            self._memory.remember(record)
        except CucmError as error:
            if isinstance(answer, Issued):  # it exists at the CA: do not lose it
                error.details.update(describe_certificate(answer.certificate))
            raise

    def _poll(self, request_id: str) -> tuple[Issued | Pending, float]:
        """Poll once, and again until the CA has decided or the time is over; the seconds that took."""
        start = self._waiting.clock()
        while True:
            answer = self._keeper.poll(self._request, request_id)
            left = start + self._waiting.timeout - self._waiting.clock()
            if isinstance(answer, Issued) or left <= 0:
                return answer, self._waiting.clock() - start
            self._waiting.sleep(min(self._waiting.interval, left))


def _outcome(answer: Issued | Pending, record: RequestRecord | None = None, waited: float = 0.0) -> Outcome:
    return Outcome(
        certificate=answer.certificate if isinstance(answer, Issued) else None,
        pending=answer if isinstance(answer, Pending) else None,
        record=record,
        changed=answer.changed,
        warnings=answer.warnings,
        waited=waited,
    )


def _is_past(
    certificate: x509.Certificate,
    findings: Sequence[Finding],
    request: SigningRequest,
    remaining: timedelta,
) -> bool:
    """Whether the certificate is right except that its end has come or is near."""
    ends_soon = certificate.not_valid_after_utc - request.now <= remaining
    return ends_soon and {finding.reason for finding in findings} <= {"expired"}


def _check(issued: Issued, findings: Sequence[Finding]) -> None:
    if not findings:
        return
    what = "the CA has issued a certificate that cannot be used (it is in this result)"
    if issued.warnings:
        what += f", with the words: {' '.join(issued.warnings)}"
    error = refusal(IssuedCertificateRefused, what, findings)
    error.details.update(describe_certificate(issued.certificate))
    if issued.request_id is not None:
        error.details["request_id"] = issued.request_id
    raise error


@contextmanager
def _telling(record: RequestRecord) -> Iterator[None]:
    """Once a request is known, every error has it."""
    try:
        yield
    except CucmError as error:
        error.details.setdefault("request", record.as_dict())
        error.details.setdefault("request_id", record.request_id)
        if isinstance(error, (RequestDenied, RequestUnknown, IssuedCertificateRefused)):
            error.remedy = ". ".join(part.rstrip(".") for part in (error.remedy, _ASK_ANEW) if part)
        raise


#: A new request is a person's decision where the CA, or the policy, has refused the last one.
_ASK_ANEW = "No run requests again by itself: when the cause is fixed, set force to request again"


def judge_certificate(
    certificate: x509.Certificate, request: SigningRequest, authority: Authority
) -> list[Finding]:
    """Everything that keeps a certificate from being the answer to the request."""
    findings = judge_leaf(certificate, csr=request.csr, profile=request.profile, now=request.now)
    chain = authority.chain_of(certificate)
    if chain:
        findings += judge_chain(certificate, chain, profile=request.profile, now=request.now)
    else:
        text = (
            f"the certificate is issued by {certificate.issuer.rfc4514_string()}, not by this CA"
            f" ({authority.certificate.subject.rfc4514_string()})"
        )
        findings.append(Finding("other_issuer", text, "Have it signed by this CA"))
    return findings


_NO_CERTIFICATE = Finding("no_certificate", "there is no certificate yet", "It is issued")
