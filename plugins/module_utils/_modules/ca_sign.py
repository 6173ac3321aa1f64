# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ca_sign: from a CSR to a certificate that the service can use."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._common.masking import PEM_TEXTS
from ansible_collections.ucops.cucm.plugins.module_utils._facts.findings import Finding
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import (
    Authority,
    Backend,
    RequestKeeper,
    SigningRequest,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backends import (
    BACKENDS,
    backend_arguments,
    backend_requirements,
    opened_backend,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import (
    check_writable,
    read_file,
    write_atomically,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.issuance import (
    Application,
    Decision,
    Outcome,
    Waiting,
    ask,
    check_authority,
    check_csr,
    decide,
    pick_up,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import PEER_PROFILES, PROFILES
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy import ignored_requests, weaknesses
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy_options import (
    POLICY_ARGUMENTS,
    check_policy_numbers,
    check_range,
    policy_of,
    profile_from,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.records import GivenRecord, Memory, RecordFile
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    LARGEST_CERTIFICATES,
    LARGEST_CSR,
    CertificateUnreadable,
    describe_certificate,
    describe_csr,
    load_certificate,
    load_csr,
    pem,
    time_text,
)

if TYPE_CHECKING:
    from cryptography import x509

ARGUMENTS: dict[str, dict[str, Any]] = {
    "backend": {"type": "str", "choices": [kind.name for kind in BACKENDS], "default": "local"},
    "csr_content": {"type": "str"},
    "csr_path": {"type": "path"},
    "host_names": {"type": "list", "elements": "str"},
    "service": {"type": "str", "choices": [*PROFILES, *PEER_PROFILES], "default": "CallManager"},
    "certificate_content": {"type": "str"},
    "certificate_path": {"type": "path"},
    "dest": {"type": "path"},
    "mode": {"type": "raw"},
    "validity_days": {"type": "int", "default": 730},
    "remaining_days": {"type": "int", "default": 30},
    "force": {"type": "bool", "default": False},
    "state_path": {"type": "path"},
    "request": {"type": "dict"},
    "request_id": {"type": "str"},
    "wait_timeout": {"type": "int", "default": 0},
    "wait_interval": {"type": "int", "default": 30},
    **POLICY_ARGUMENTS,
    **backend_arguments(BACKENDS),
}

_DEFAULT_MODE = 0o644
_LONGEST_VALIDITY_DAYS = 36500
_LONGEST_WAIT = 24 * 3600
_LONGEST_INTERVAL = 3600
_LARGEST_MODE = 0o7777

#: What results and diffs show of a certificate.
_SHOWN = (
    "certificate",
    "serial_number",
    "not_before",
    "not_after",
    "fingerprint_sha256",
    "subject",
    "subject_alt_names",
    "issuer",
)


def run(params: Params, context: Context) -> Result:
    """Keep the certificate that fits, or have a new one issued; without a CSR, prove that the CA could."""
    _check_numbers(params)
    destination = Destination.from_params(params)
    if params["csr_content"] is None and params["csr_path"] is None:
        return _probe(params, context)
    _check_names_of_peer(params)
    request = _signing_request(params)
    policy = policy_of(params)
    check_csr(request.csr, policy=policy, profile=request.profile)
    for finding in weaknesses(request.csr):
        context.warn(f"{finding.text[:1].upper()}{finding.text[1:]}. {finding.remedy}.")
    for usage in ignored_requests(request.csr):
        context.warn(f"The CSR asks for the usage {usage}, which the certificate of a service never gets.")
    with opened_backend(params) as backend:
        return _sign(params, destination, backend, request, context)


def _sign(
    params: Params, destination: Destination, backend: Backend, request: SigningRequest, context: Context
) -> Result:
    """Keep or obtain the certificate of a CSR that the policy has passed."""
    authority = backend.authority()
    check_authority(authority, profile=request.profile, now=request.now)

    known = {
        "csr": describe_csr(request.csr),
        "certificate": PEM_TEXTS,
        "chain": [describe_certificate(item) for item in authority.chain],
    }
    context.secrets.check(known)
    existing = _existing_certificates(params, destination)
    decision = _decide(params, existing, request, backend)
    for warning in decision.warnings:
        context.warn(warning)
    outcome = Outcome(decision.kept) if decision.kept else _obtain(params, backend, request, context)
    for warning in outcome.warnings:
        context.warn(warning)
    certificate = outcome.certificate
    changes_file = outcome.pending is None and destination.needs_writing(certificate)
    if certificate is not None and changes_file and not context.check_mode:
        _write(destination, certificate, outcome)
    return {
        "changed": outcome.changed or changes_file,
        "backend": params["backend"],
        "status": _status(decision, outcome),
        "renewal_reasons": [{"reason": found.reason, "text": found.text} for found in decision.reasons],
        "diff": {
            "before": _diff_side(_shown(decision.kept or existing.in_use), destination, not changes_file),
            "after": _diff_after(outcome, existing, request, destination),
        },
        **_shown(certificate),
        **_chain(authority, certificate),
        **_told(outcome),
        "csr": pem(request.csr) if outcome.pending is not None else None,
        "waited": round(outcome.waited),
    }


def _obtain(params: Params, backend: Backend, request: SigningRequest, context: Context) -> Outcome:
    """Follow what an earlier run has asked for, or ask; in check mode only the former."""
    remaining = timedelta(days=params["remaining_days"])
    if isinstance(backend, RequestKeeper):
        application = Application(
            backend,
            request,
            name=params["backend"],
            memory=_memory(params),
            remaining=remaining,
            waiting=Waiting(params["wait_timeout"], params["wait_interval"]),
            request_id=params["request_id"],
        )
        follow: Callable[[], Outcome | None] = partial(application.follow, remember=not context.check_mode)
        apply = application.ask
    else:
        if params["request_id"] is not None:
            raise InvalidOption(
                f"the backend {params['backend']} keeps no requests under numbers",
                option="request_id",
                remedy="Leave the option out",
            )
        follow = partial(pick_up, backend, request, remaining=remaining)
        apply = partial(ask, backend, request)
    outcome = None if params["force"] else follow()
    if outcome is None:
        for warning in backend.prepare(request):
            context.warn(warning)
        outcome = Outcome(changed=True) if context.check_mode else apply()
    if outcome.certificate is not None:
        _warn_of_short_life(outcome.certificate, request, remaining, context)
    return outcome


def _warn_of_short_life(
    certificate: x509.Certificate, request: SigningRequest, remaining: timedelta, context: Context
) -> None:
    """A CA may give less than was asked for: then each run renews."""
    if certificate.not_valid_after_utc - request.now <= remaining:
        context.warn(
            f"The new certificate ends at {time_text(certificate.not_valid_after_utc)}, within the {remaining.days}"
            " days of remaining_days: every run will renew it. Let the CA give more, or lower remaining_days."
        )


def _memory(params: Params) -> Memory:
    """Where the requests that wait are remembered."""
    if params["state_path"] is not None:
        return RecordFile(params["state_path"])
    return GivenRecord(params["request"])


def _probe(params: Params, context: Context) -> Result:
    """All that can be found out before there is a CSR; nothing is signed or written."""
    profile, now = profile_from(params), _now()
    with opened_backend(params) as backend:
        authority = backend.authority()
        check_authority(authority, profile=profile, now=now, host_names=params["host_names"] or ())
        warnings = backend.probe(profile, timedelta(days=params["validity_days"]), now)
    for warning in warnings:
        context.warn(warning)
    return {
        "changed": False,
        "backend": params["backend"],
        "status": "ready",
        "renewal_reasons": [],
        "diff": {"before": {}, "after": {}},
        **_shown(None),
        **_chain(authority, None),
        **_told(Outcome()),
        "csr": None,
        "waited": 0,
    }


@dataclass(frozen=True)
class Destination:
    """The file that the certificate is written to, if there is to be one."""

    path: str | None
    mode: int | None
    content: bytes | None

    @classmethod
    def from_params(cls, params: Params) -> Destination:
        """Read what is there; find out before anything is signed whether it can be written."""
        path, mode = params["dest"], _mode(params["mode"])
        if path is None:
            return cls(None, mode, None)
        check_writable(path, option="dest")
        if not os.path.lexists(path):
            return cls(path, mode, None)
        return cls(path, mode, read_file(path, option="dest", largest=LARGEST_CERTIFICATES))

    def needs_writing(self, certificate: x509.Certificate | None) -> bool:
        """Whether the file differs from what it is to be; a certificate still to come differs."""
        if self.path is None:
            return False
        if certificate is None or self.content != pem(certificate).encode():
            return True
        return self.mode is not None and self.mode != _mode_of(self.path)

    def write(self, certificate: x509.Certificate) -> None:
        if self.path is None:
            return
        kept_mode = _DEFAULT_MODE if self.content is None else _mode_of(self.path)
        mode = kept_mode if self.mode is None else self.mode
        write_atomically(self.path, pem(certificate).encode(), mode=mode)


@dataclass(frozen=True)
class Existing:
    """What is there already: readable certificates, the one in use first, and why others are not."""

    certificates: tuple[x509.Certificate, ...]
    unreadable: tuple[Finding, ...]

    @property
    def in_use(self) -> x509.Certificate | None:
        return self.certificates[0] if self.certificates else None


def _check_numbers(params: Params) -> None:
    check_policy_numbers(params)
    limits = {
        "validity_days": (1, _LONGEST_VALIDITY_DAYS),
        "remaining_days": (0, _LONGEST_VALIDITY_DAYS),
        "wait_timeout": (0, _LONGEST_WAIT),
        "wait_interval": (1, _LONGEST_INTERVAL),
    }
    check_range(params, limits)
    if params["validity_days"] <= params["remaining_days"]:
        raise InvalidOption(
            f"a certificate of {params['validity_days']} days would be renewed by every run, since"
            f" remaining_days is {params['remaining_days']}",
            option="remaining_days",
            remedy="Make it smaller than validity_days",
        )


def _check_names_of_peer(params: Params) -> None:
    """A CSR that another administrator brings may ask for any name, that of a node of the cluster too."""
    if params["service"] in PEER_PROFILES and not (params["allowed_names"] or params["allowed_domains"]):
        raise InvalidOption(
            "a CSR of a peer is signed only for names that are allowed, or it could ask for the name of a node",
            option="allowed_names",
            remedy="Write the names of the peer",
        )


def _signing_request(params: Params) -> SigningRequest:
    if params["csr_path"] is not None:
        source: str = params["csr_path"]
        data: str | bytes = read_file(source, option="csr_path", largest=LARGEST_CSR)
    else:
        source, data = "csr_content", params["csr_content"]
    return SigningRequest(
        csr=load_csr(data, source=source),
        profile=profile_from(params),
        validity=timedelta(days=params["validity_days"]),
        now=_now(),
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _existing_certificates(params: Params, destination: Destination) -> Existing:
    """The certificate in use comes first, then the one in the file, perhaps of a run that was cut off."""
    certificates: list[x509.Certificate] = []
    if params["certificate_content"]:
        certificates.append(load_certificate(params["certificate_content"], source="certificate_content"))
    unreadable: list[Finding] = []
    path = params["certificate_path"]
    files = [(destination.path, destination.content)]
    if path is not None and os.path.exists(path):
        files.insert(0, (path, read_file(path, option="certificate_path", largest=LARGEST_CERTIFICATES)))
    for source, content in files:
        if content is None:
            continue
        try:
            certificates.append(load_certificate(content, source=str(source)))
        except CertificateUnreadable as error:
            unreadable.append(Finding(error.reason, error.what, "It is issued anew"))
    return Existing(tuple(certificates), tuple(unreadable))


def _decide(params: Params, existing: Existing, request: SigningRequest, backend: Backend) -> Decision:
    if params["force"]:
        return Decision(None, (Finding("forced", "the option force asks for a new certificate", ""),))
    if not existing.certificates and existing.unreadable:
        return Decision(None, existing.unreadable)
    return decide(
        existing.certificates,
        request,
        authority=backend.authority(),
        remaining=timedelta(days=params["remaining_days"]),
        latest_end=backend.latest_end(request),
    )


def _write(destination: Destination, certificate: x509.Certificate, outcome: Outcome) -> None:
    try:
        destination.write(certificate)
    except CucmError as error:
        error.details.update({**_shown(certificate), **_told(outcome)})  # it exists at the CA: do not lose it
        raise


def _status(decision: Decision, outcome: Outcome) -> str:
    if decision.kept is not None:
        return "kept"
    return "issued" if outcome.pending is None else "pending"


def _told(outcome: Outcome) -> dict[str, Any]:
    """What is known of the request at the CA, and what has to be done about it."""
    record, pending = outcome.record, outcome.pending
    return {
        "request": None if record is None else record.as_dict(),
        "request_id": None if record is None else record.request_id,
        "instructions": None if pending is None else pending.instructions,
    }


def _chain(authority: Authority, certificate: x509.Certificate | None) -> dict[str, Any]:
    """The CAs above the certificate, or those of the CA where there is none yet."""
    chain = authority.chain if certificate is None else authority.chain_of(certificate)
    return {
        "chain": [pem(above) for above in chain],
        "root": pem(chain[-1]),
        "fullchain": None if certificate is None else "".join(map(pem, (certificate, *chain))),
    }


def _shown(certificate: x509.Certificate | None) -> dict[str, Any]:
    described = {} if certificate is None else describe_certificate(certificate)
    return {key: described.get(key) for key in _SHOWN}


def _diff_side(shown: dict[str, Any], destination: Destination, in_dest: bool) -> dict[str, Any]:
    """One side of the diff: what is said of the certificate, and whether `dest` holds it."""
    side = {key: value for key, value in shown.items() if value is not None and key != "certificate"}
    return side if destination.path is None else {**side, "written_to_dest": in_dest}


def _diff_after(
    outcome: Outcome, existing: Existing, request: SigningRequest, destination: Destination
) -> dict[str, Any]:
    """The diff's other side; while a request waits, everything stays as it is."""
    if outcome.pending is not None:
        return {
            **_diff_side(_shown(existing.in_use), destination, True),
            **({"requested": _predicted(request)} if outcome.changed else {}),
        }
    shown = _shown(outcome.certificate) if outcome.certificate else _predicted(request)
    return _diff_side(shown, destination, True)


def _predicted(request: SigningRequest) -> dict[str, Any]:
    """What can be said of a certificate before it is issued."""
    described = describe_csr(request.csr)
    return {key: described[key] for key in ("subject", "subject_alt_names")}


def _mode(value: Any) -> int | None:
    """The permissions as a number; YAML gives 0644 as the number 420."""
    if value is None:
        return None
    try:
        mode = value if isinstance(value, int) else int(str(value), 8)
    except ValueError:
        mode = -1
    if not 0 <= mode <= _LARGEST_MODE:
        raise InvalidOption(
            f"{value!r} is no file mode", option="mode", remedy="Give it in octal digits, as '0644'"
        )
    return mode


def _mode_of(path: str) -> int:
    return stat.S_IMODE(os.stat(path).st_mode)


DEFINITION = ModuleDefinition(
    run=run,
    argument_spec=ARGUMENTS,
    libraries=("cryptography",),
    mutually_exclusive=(
        ("csr_content", "csr_path"),
        ("certificate_content", "certificate_path"),
        ("state_path", "request"),
    ),
    required_if=backend_requirements(BACKENDS),
)
