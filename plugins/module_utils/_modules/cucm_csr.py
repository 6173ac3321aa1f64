# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of M(ucops.cucm.cucm_csr)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import UnexpectedAnswer
from ansible_collections.ucops.cucm.plugins.module_utils._common.masking import PEM_TEXTS
from ansible_collections.ucops.cucm.plugins.module_utils._facts.client_auth import CLIENT_AUTH_ARGUMENTS
from ansible_collections.ucops.cucm.plugins.module_utils._flows.certificate_need import (
    WANTED_ARGUMENTS,
    Reason,
    Wanted,
    need_of,
    request_of,
    typed_name,
    wanted_of,
    why_not_pending,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.certificates import (
    LIBRARIES,
    certificates_of_text_or_path,
    csr_of_node,
    located,
    with_transcript,
    write_text,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import check_writable
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    alt_names,
    common_name,
    describe_certificate,
    describe_csr,
    key_type_and_size,
    load_csr,
    signature_hash,
    spki_sha256,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.restarts import services_to_restart
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import (
    CertificateStore,
    CsrRequest,
    write_and_confirm,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.transport import (
    CERTIFICATE_ARGUMENTS,
    open_store,
)

if TYPE_CHECKING:
    from cryptography import x509

_NODES_CHOICE = "(as the node decides)"
#: Above this some phones no longer register (Security Guide).
LARGEST_KEY_FOR_PHONES = 2048


def run(params: Params, context: Context) -> Result:
    """Return the CSR to sign, and generate one only when nothing that is there will do."""
    with located(params["host"]):
        wanted = wanted_of(params)
        if params["dest"]:
            check_writable(params["dest"], option="dest")
    issuers = certificates_of_text_or_path(params["issuer"], "issuer", params["host"], context)
    with open_store(params) as store:
        return with_transcript(_csr_of(params, context, store, wanted, issuers), params, store)


def _csr_of(
    params: Params,
    context: Context,
    store: CertificateStore,
    wanted: Wanted,
    issuers: Sequence[x509.Certificate],
) -> Result:
    need = need_of(store, wanted, params, issuers, context, force=params["force"])
    installed, pending, reasons = need.installed, need.pending, need.reasons
    if need.status != "missing":
        return _result(params, context, need.status, installed, pending, reasons)
    request = request_of(store, wanted, need, params["host"])
    _warn_of_phones(request, context)
    known = {
        "certificate": describe_certificate(installed) if installed is not None else None,
        "csr": PEM_TEXTS,
        "diff": [_fields(pending), _asked(request)],
        "restart_services": services_to_restart(params["service"], "identity"),
    }
    context.secrets.check(known, host=params["host"])
    made = None
    if not context.check_mode:
        made = _generate(store, request, pending, wanted, need.smallest, params["host"])
    result = _result(params, context, "generated", installed, made, reasons)
    result["diff"] = {"before": {"pending_csr": _fields(pending)}, "after": {"pending_csr": _asked(request)}}
    return result


def _generate(
    store: CertificateStore,
    request: CsrRequest,
    before: x509.CertificateSigningRequest | None,
    wanted: Wanted,
    smallest: int | None,
    host: str,
) -> x509.CertificateSigningRequest:
    """Have the node make a CSR, and check that it is the one that was asked for."""
    answers: list[str] = []

    def look() -> str | None:
        if answers:
            return answers[-1]
        text = store.pending_csr(request.service)
        pending = csr_of_node(text, request.service, host)
        if pending is None or before is None:
            return text
        return text if spki_sha256(pending) != spki_sha256(before) else None

    text = write_and_confirm(lambda: answers.append(store.generate_csr(request)), look)
    with located(host):
        made = load_csr(text or "", source=f"the new CSR of {request.service}")
    reasons = why_not_pending(made, wanted, smallest)
    if reasons:
        raise UnexpectedAnswer(
            "the node made a CSR that is not what was asked for: "
            + "; ".join(reason.text.replace("the pending CSR", "it") for reason in reasons),
            host=host,
            operation=f"generate CSR for {request.service}",
            remedy="Ask only for what this release can do, or generate the CSR in Cisco Unified OS"
            " Administration: a pending CSR that fits is used as it is",
            reason="csr_differs",
            details={"csr_details": describe_csr(made)},
        )
    return made


def _warn_of_phones(request: CsrRequest, context: Context) -> None:
    if request.service == "CallManager" and (request.key_length or 0) > LARGEST_KEY_FOR_PHONES:
        context.warn(
            f"An RSA key of {request.key_length} bits for CallManager can keep some phones from registering;"
            f" {LARGEST_KEY_FOR_PHONES} bits suit all"
        )


def _result(
    params: Params,
    context: Context,
    status: str,
    installed: x509.Certificate | None,
    csr: x509.CertificateSigningRequest | None,
    reasons: Sequence[Reason],
) -> Result:
    details = describe_csr(csr) if csr is not None else None
    written = False
    if details and params["dest"]:
        written = write_text(params["dest"], details["csr"], check_mode=context.check_mode)
    fields = {"pending_csr": _fields(csr)}
    return {
        "changed": status == "generated" or written,
        "status": status,
        "service": params["service"],
        "csr": details["csr"] if details else None,
        "csr_details": details,
        "certificate": describe_certificate(installed) if installed is not None else None,
        "restart_services": services_to_restart(params["service"], "identity"),
        "trust_restart_services": services_to_restart(params["service"], "trust"),
        "reasons": [reason.as_dict() for reason in reasons],
        "diff": {"before": fields, "after": fields},
    }


def _fields(csr: x509.CertificateSigningRequest | None) -> dict[str, Any]:
    """A CSR as in the diff."""
    if csr is None:
        return {}
    key_type, size = key_type_and_size(csr)
    return {
        "common_name": common_name(csr),
        "subject_alt_names": sorted(alt_names(csr)),
        "key_type": key_type,
        "key_length": size,
        "hash_algorithm": signature_hash(csr),
        "spki_sha256": spki_sha256(csr),
    }


def _asked(request: CsrRequest) -> dict[str, Any]:
    """The request as in the diff; the key is not known before it is made."""
    names = request.subject_alt_names
    return {
        "common_name": request.common_name or _NODES_CHOICE,
        "subject_alt_names": _NODES_CHOICE if names is None else sorted(map(typed_name, names)),
        "key_type": request.key_type,
        "key_length": request.key_length or _NODES_CHOICE,
        "hash_algorithm": request.hash_algorithm or _NODES_CHOICE,
        "spki_sha256": "(a new key)",
    }


ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **CERTIFICATE_ARGUMENTS,
    **WANTED_ARGUMENTS,
    "issuer": {"type": "str"},
    "force": {"type": "bool", "default": False},
    "dest": {"type": "path"},
    **CLIENT_AUTH_ARGUMENTS,
}

DEFINITION = ModuleDefinition(
    run=run,
    argument_spec=ARGUMENT_SPEC,
    libraries=LIBRARIES,
    required_if=[["distribution", "multi-server", ["common_name"]]],
)
