# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ca_sign: from a CSR to a certificate that the service can use."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import (
    Backend,
    SigningRequest,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import (
    check_writable,
    read_file,
    write_atomically,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.issuance import (
    Decision,
    check_authority,
    check_csr,
    decide,
    issue,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import (
    KEY_SIZES,
    PROFILES,
    CertificateProfile,
    Finding,
    profile_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.local import LocalBackend, LocalOptions
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy import Policy, ignored_requests
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    LARGEST_CERTIFICATES,
    LARGEST_CSR,
    CertificateUnreadable,
    describe_certificate,
    describe_csr,
    load_certificate,
    load_csr,
    pem,
)

if TYPE_CHECKING:
    from cryptography import x509

LOCAL_ARGUMENTS: dict[str, dict[str, Any]] = {
    "private_key_path": {"type": "path", "required": True, "no_log": False},
    "private_key_passphrase": {"type": "str", "no_log": True},
    "allow_unencrypted_key": {"type": "bool", "default": False, "no_log": False},
    "certificate_path": {"type": "path", "required": True},
    "chain_path": {"type": "path"},
    "index_path": {"type": "path"},
    "digest": {"type": "str", "choices": ["sha256", "sha384", "sha512"], "default": "sha256"},
    "backdate_minutes": {"type": "int", "default": 10},
    "allow_shorter_validity": {"type": "bool", "default": False},
}

ARGUMENTS: dict[str, dict[str, Any]] = {
    "backend": {"type": "str", "choices": ["local"], "default": "local"},
    "csr_content": {"type": "str"},
    "csr_path": {"type": "path"},
    "service": {"type": "str", "choices": list(PROFILES), "default": "CallManager"},
    "certificate_content": {"type": "str"},
    "certificate_path": {"type": "path"},
    "dest": {"type": "path"},
    "mode": {"type": "raw"},
    "validity_days": {"type": "int", "default": 730},
    "remaining_days": {"type": "int", "default": 30},
    "force": {"type": "bool", "default": False},
    "allowed_names": {"type": "list", "elements": "str", "default": []},
    "allowed_domains": {"type": "list", "elements": "str", "default": []},
    "key_types": {"type": "list", "elements": "str", "choices": ["rsa", "ec"], "default": ["rsa", "ec"]},
    "min_rsa_bits": {"type": "int", "default": 2048},
    "max_rsa_bits": {"type": "int", "default": 4096},
    "hash_algorithms": {
        "type": "list",
        "elements": "str",
        "choices": ["sha256", "sha384", "sha512"],
        "default": ["sha256", "sha384", "sha512"],
    },
    "max_alt_names": {"type": "int", "default": 100},
    "required_extended_key_usages": {
        "type": "list",
        "elements": "str",
        "choices": ["serverAuth", "clientAuth", "ipsecEndSystem"],
    },
    "local": {"type": "dict", "options": LOCAL_ARGUMENTS},
}

_DEFAULT_MODE = 0o644
_LONGEST_VALIDITY_DAYS = 36500
_MOST_ALT_NAMES = 1000
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
    request = _signing_request(params)
    check_csr(request.csr, policy=_policy(params), profile=request.profile)
    for usage in ignored_requests(request.csr):
        context.warn(f"The CSR asks for the usage {usage}, which the certificate of a service never gets.")
    backend = _backend(params)
    authority = backend.authority()
    check_authority(authority, profile=request.profile, now=request.now)

    existing = _existing_certificates(params, destination)
    decision = _decide(params, existing, request, backend)
    for warning in decision.warnings:
        context.warn(warning)
    certificate = decision.kept
    if certificate is None:
        for warning in backend.prepare(request):
            context.warn(warning)
        if not context.check_mode:
            certificate = _issue(backend, request, context)
    changes_file = destination.needs_writing(certificate)
    if certificate is not None and changes_file and not context.check_mode:
        _write(destination, certificate)
    return {
        "changed": decision.kept is None or changes_file,
        "backend": params["backend"],
        "status": "kept" if decision.kept else "issued",
        "renewal_reasons": [{"reason": found.reason, "text": found.text} for found in decision.reasons],
        "diff": {
            "before": _diff_side(_shown(decision.kept or existing.in_use), destination, not changes_file),
            "after": _diff_side(
                _shown(certificate) if certificate else _predicted(request), destination, True
            ),
        },
        **_shown(certificate),
        "chain": [pem(above) for above in authority.chain],
        "root": pem(authority.root),
        "fullchain": None if certificate is None else "".join(map(pem, (certificate, *authority.chain))),
    }


def _probe(params: Params, context: Context) -> Result:
    """All that can be found out before there is a CSR; nothing is signed or written."""
    backend, now = _backend(params), _now()
    authority = backend.authority()
    check_authority(authority, profile=_profile(params), now=now)
    for warning in backend.probe(timedelta(days=params["validity_days"]), now):
        context.warn(warning)
    return {
        "changed": False,
        "backend": params["backend"],
        "status": "ready",
        "renewal_reasons": [],
        "diff": {"before": {}, "after": {}},
        **_shown(None),
        "chain": [pem(above) for above in authority.chain],
        "root": pem(authority.root),
        "fullchain": None,
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
    limits = {
        "validity_days": (1, _LONGEST_VALIDITY_DAYS),
        "remaining_days": (0, _LONGEST_VALIDITY_DAYS),
        "min_rsa_bits": KEY_SIZES["rsa"],
        "max_rsa_bits": KEY_SIZES["rsa"],
        "max_alt_names": (0, _MOST_ALT_NAMES),
    }
    for option, (smallest, largest) in limits.items():
        if not smallest <= params[option] <= largest:
            raise InvalidOption(
                f"{params[option]} is not between {smallest} and {largest}",
                option=option,
            )
    if params["validity_days"] <= params["remaining_days"]:
        raise InvalidOption(
            f"a certificate of {params['validity_days']} days would be renewed by every run, since"
            f" remaining_days is {params['remaining_days']}",
            option="remaining_days",
            remedy="Make it smaller than validity_days",
        )


def _signing_request(params: Params) -> SigningRequest:
    if params["csr_path"] is not None:
        source: str = params["csr_path"]
        data: str | bytes = read_file(source, option="csr_path", largest=LARGEST_CSR)
    else:
        source, data = "csr_content", params["csr_content"]
    return SigningRequest(
        csr=load_csr(data, source=source),
        profile=_profile(params),
        validity=timedelta(days=params["validity_days"]),
        now=_now(),
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _profile(params: Params) -> CertificateProfile:
    """What the service needs of a certificate, unless the task says otherwise."""
    profile = profile_of(params["service"])
    if params["required_extended_key_usages"] is None:
        return profile
    return replace(profile, required_extended_key_usages=tuple(params["required_extended_key_usages"]))


def _policy(params: Params) -> Policy:
    return Policy(
        allowed_names=tuple(params["allowed_names"]),
        allowed_domains=tuple(params["allowed_domains"]),
        key_types=tuple(params["key_types"]),
        min_rsa_bits=params["min_rsa_bits"],
        max_rsa_bits=params["max_rsa_bits"],
        hash_algorithms=tuple(params["hash_algorithms"]),
        max_alt_names=params["max_alt_names"],
    )


def _backend(params: Params) -> Backend:
    return LocalBackend(LocalOptions.from_params(params["local"]))


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


def _issue(backend: Backend, request: SigningRequest, context: Context) -> x509.Certificate:
    issued = issue(backend, request)
    for warning in issued.warnings:
        context.warn(warning)
    return issued.certificate


def _write(destination: Destination, certificate: x509.Certificate) -> None:
    try:
        destination.write(certificate)
    except CucmError as error:
        error.details.update(_shown(certificate))  # it exists at the CA: do not lose it
        raise


def _shown(certificate: x509.Certificate | None) -> dict[str, Any]:
    described = {} if certificate is None else describe_certificate(certificate)
    return {key: described.get(key) for key in _SHOWN}


def _diff_side(shown: dict[str, Any], destination: Destination, in_dest: bool) -> dict[str, Any]:
    """One side of the diff: what is said of the certificate, and whether `dest` holds it."""
    side = {key: value for key, value in shown.items() if value is not None and key != "certificate"}
    return side if destination.path is None else {**side, "written_to_dest": in_dest}


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
    mutually_exclusive=(("csr_content", "csr_path"), ("certificate_content", "certificate_path")),
    required_if=(("backend", "local", ("local",)),),
)
