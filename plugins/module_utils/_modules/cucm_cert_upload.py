# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of M(ucops.cucm.cucm_cert_upload)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._facts.client_auth import CLIENT_AUTH_ARGUMENTS
from ansible_collections.ucops.cucm.plugins.module_utils._facts.findings import Finding
from ansible_collections.ucops.cucm.plugins.module_utils._flows.certificates import (
    LIBRARIES,
    WEAKEST_RSA_BITS,
    certificates_of_options,
    identity_of,
    located,
    pending_csr_of,
    readable,
    refuse,
    summary,
    utc_now,
    with_transcript,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import (
    judge_identity,
    judge_paths,
    judge_trust,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy_options import profile_for
from ansible_collections.ucops.cucm.plugins.module_utils._pki.renewal import judge_renewal, much_shorter
from ansible_collections.ucops.cucm.plugins.module_utils._pki.trust_store import effect_of_upload
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    describe_certificate,
    fingerprint,
    is_ca,
    is_issued_by,
    is_same_key,
    key_type_and_size,
    order_chain,
    pem,
    time_text,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.restarts import services_to_restart
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import (
    CertificateRefused,
    CertificateStore,
    TrustedCertificate,
    trust_store_of,
    write_and_confirm,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.transport import (
    CERTIFICATE_ARGUMENTS,
    open_store,
)

if TYPE_CHECKING:
    from cryptography import x509

    Stored = list[tuple[TrustedCertificate, x509.Certificate]]

_DIFF_KEYS = ("subject_dn", "issuer_dn", "serial_number", "not_before", "not_after", "fingerprint_sha256")


def run(params: Params, context: Context) -> Result:
    """Bring certificates into a trust store, or a signed certificate into a service."""
    if params["state"] == "absent" and params["purpose"] != "trust":
        raise InvalidOption(
            "a node cannot be without the identity of a service",
            host=params["host"],
            option="state",
            remedy="Upload another certificate instead, or use purpose: trust",
        )
    certificates = certificates_of_options(params, "certificate", context)
    chain = certificates_of_options(params, "chain", context)
    if not certificates:
        if not context.check_mode:
            raise InvalidOption(
                "there is no certificate to work with",
                host=params["host"],
                option="certificate_content or certificate_path",
                remedy="Give the certificate as PEM, or the path of a file that has it",
            )
        # In check mode the CA has signed nothing: what can be said is that there would be an upload.
        result = _result(params, uploaded=params["state"] == "present", before={}, after={})
        return with_transcript(result, params, None)
    with open_store(params) as store:
        if params["purpose"] == "identity":
            result = _identity(params, context, store, certificates, chain)
        else:
            wanted = root_first([*certificates, *chain])
            change = _remove_trust if params["state"] == "absent" else _trust
            result = change(params, context, store, wanted)
        return with_transcript(result, params, store)


def root_first(certificates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """The certificates once each, a CA before whatever it has issued."""
    unique = list(dict.fromkeys(certificates))
    return sorted(unique, key=lambda certificate: len(order_chain(certificate, unique)))


def _trust(
    params: Params, context: Context, store: CertificateStore, wanted: list[x509.Certificate]
) -> Result:
    operation = f"upload to {trust_store_of(params['service'])}-trust"
    before = _stored(params, context, store)
    present = {certificate for _entry, certificate in before}
    missing = [certificate for certificate in wanted if certificate not in present]
    now = utc_now()
    effect = effect_of_upload(
        present, missing, wanted=wanted, identities=_identities(params, store, present, missing)
    )
    refuse(
        [
            *(finding for certificate in missing for finding in judge_trust(certificate, now=now)),
            *judge_paths(missing, [*wanted, *present]),
            *effect.findings,
        ],
        host=params["host"],
        operation=operation,
        option="certificate_content or certificate_path",
    )
    replaced = sorted(effect.displaced, key=_label)
    uploaded_at = None
    described = [describe_certificate(certificate) for certificate in wanted]
    context.secrets.check({"certificates": described}, host=params["host"])
    if missing and not context.check_mode:
        uploaded_at = now
        after = _upload_trust(params, context, store, missing)
        replaced = sorted(present - after, key=_label)
    for certificate in replaced:
        context.warn(
            f"{params['host']}: {operation} {'would replace' if context.check_mode else 'replaced'}"
            f" {_label(certificate)}, since a trust store keeps one certificate of a common name"
        )
    result = _result(
        params,
        uploaded=bool(missing),
        uploaded_at=uploaded_at,
        before={"certificates": sorted(_label(item) for item in wanted if item in present)},
        after={"certificates": sorted(_label(item) for item in wanted)},
    )
    result["certificates"] = described
    result["replaced"] = [describe_certificate(certificate) for certificate in replaced]
    return result


def _identities(
    params: Params,
    store: CertificateStore,
    present: set[x509.Certificate],
    missing: Sequence[x509.Certificate],
) -> list[x509.Certificate]:
    """The certificate of the service; read only when the upload displaces something, which may be its CA."""
    if not effect_of_upload(present, missing, wanted=()).displaced:
        return []
    service = trust_store_of(params["service"])
    installed = identity_of(store, service, params["host"])
    return [] if installed is None else [installed]


def _upload_trust(
    params: Params, context: Context, store: CertificateStore, missing: list[x509.Certificate]
) -> set[x509.Certificate]:
    """Upload, read back, and return what the store holds now."""
    held: set[x509.Certificate] = set()

    def look() -> bool | None:
        held.clear()
        held.update(certificate for _entry, certificate in _stored(params, context, store))
        return True if held.issuperset(missing) else None

    texts = [pem(certificate) for certificate in missing]
    if write_and_confirm(lambda: store.import_trust(params["service"], texts, params["description"]), look):
        return held
    absent = [certificate for certificate in missing if certificate not in held]
    rivals = [other for other in held if any(other.subject == item.subject for item in absent)]
    raise CertificateRefused(
        f"the node took the upload without an error, but its trust store lacks {_labels(absent)}"
        + (f"; it has {_labels(rivals)}" if rivals else ""),
        host=params["host"],
        operation=f"upload to {trust_store_of(params['service'])}-trust",
        remedy="A trust store keeps one certificate of a common name, and replaces it only by one that"
        " begins to be valid later: remove the old one first (state: absent) if it is not needed any more",
        reason="not_stored",
        details={"absent": [describe_certificate(certificate) for certificate in absent]},
    )


def _remove_trust(
    params: Params, context: Context, store: CertificateStore, unwanted: list[x509.Certificate]
) -> Result:
    found = [(entry, item) for entry, item in _stored(params, context, store) if item in unwanted]
    context.secrets.check({"certificates": [_label(item) for _entry, item in found]}, host=params["host"])
    if not context.check_mode:
        for entry, certificate in found:
            _delete(params, context, store, entry, certificate)
    result = _result(
        params,
        uploaded=False,
        before={"certificates": sorted(_label(certificate) for _entry, certificate in found)},
        after={"certificates": []},
    )
    result["changed"] = bool(found)
    result["restart_required"] = bool(found) and bool(result["restart_services"])
    return result


def _delete(
    params: Params,
    context: Context,
    store: CertificateStore,
    entry: TrustedCertificate,
    certificate: x509.Certificate,
) -> None:
    def look() -> bool | None:
        held = {item for _entry, item in _stored(params, context, store)}
        return True if certificate not in held else None

    if not write_and_confirm(lambda: store.delete_trust(entry), look):
        raise CertificateRefused(
            f"the node took the removal without an error, but still has {_label(certificate)}",
            host=params["host"],
            operation=f"remove from {entry.service}-trust",
            remedy="The service Cisco Certificate Change Notification may have brought it back: stop it on"
            " every node of the cluster, and run again",
            reason="not_deleted",
        )


def _identity(
    params: Params,
    context: Context,
    store: CertificateStore,
    certificates: list[x509.Certificate],
    chain: list[x509.Certificate],
) -> Result:
    service = params["service"]
    leaf = leaf_of(certificates)
    installed = identity_of(store, service, params["host"])
    details = describe_certificate(leaf)
    uploaded_at = None
    before = summary(describe_certificate(installed), _DIFF_KEYS) if installed is not None else {}
    context.secrets.check({"certificate": details, "before": before}, host=params["host"])
    if installed != leaf:
        offered = [*chain, *(certificate for certificate in certificates if certificate != leaf)]
        _judge_identity(params, context, store, leaf, offered, installed)
        if not context.check_mode:
            _upload_identity(params, context, store, leaf)
            uploaded_at = utc_now()
    result = _result(
        params,
        uploaded=installed != leaf,
        uploaded_at=uploaded_at,
        before=before,
        after=summary(details, _DIFF_KEYS),
    )
    result["certificate"] = details
    return result


def leaf_of(certificates: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate for the service out of a bundle: the one that is no CA, else the first."""
    leaves = [certificate for certificate in certificates if not is_ca(certificate)]
    return leaves[0] if len(leaves) == 1 else certificates[0]


def _judge_identity(
    params: Params,
    context: Context,
    store: CertificateStore,
    leaf: x509.Certificate,
    offered: Sequence[x509.Certificate],
    installed: x509.Certificate | None,
) -> None:
    """Hold the certificate against the pending CSR, the CAs that the node trusts, and what it follows.

    In check mode an earlier task of the run may have been about to make the CSR and to upload the
    CAs: then the CSR is left out, and the offered chain counts as trusted.
    """
    service = params["service"]
    csr = pending_csr_of(store, service, params["host"])
    trusted = [certificate for _entry, certificate in _stored(params, context, store)]
    if context.check_mode:
        trusted += offered
    with located(params["host"]):
        profile = profile_for(service, params)
        findings = judge_identity(
            leaf, csr=csr, trusted=trusted, service=service, now=utc_now(), profile=profile
        )
    if store.csr_is_fixed:
        findings = [finding for finding in findings if not _is_nodes_own_key(finding, leaf, context)]
    if csr is None and not context.check_mode:
        findings.insert(0, _no_pending_csr(service, leaf, identity_of(store, service, params["host"])))
    if params["as_renewal"] and installed is not None:
        findings += judge_renewal(installed, leaf)
        shorter = much_shorter(installed, leaf)
        if shorter:
            context.warn(f"{params['host']}: {shorter}")
    refuse(
        findings,
        host=params["host"],
        operation=f"upload {service} certificate",
        option="certificate_content or certificate_path",
    )


def _no_pending_csr(service: str, leaf: x509.Certificate, installed: x509.Certificate | None) -> Finding:
    """Tell a key that is gone from one whose certificate has been installed already."""
    if installed is not None and is_same_key(installed, leaf):
        return Finding(
            "installed_by_another_run",
            f"no CSR is pending for {service}, since another run has installed a certificate for this key:"
            f" {_label(installed)}",
            "Use the certificate that is installed now (cucm_cert_info); for another one, generate a CSR (cucm_csr)",
        )
    return Finding(
        "no_pending_csr",
        f"no CSR is pending for {service}, so its key for this certificate is gone",
        "Generate a CSR (cucm_csr) and have that one signed",
    )


def _is_nodes_own_key(finding: Finding, leaf: x509.Certificate, context: Context) -> bool:
    """Whether the key is small because the node alone has decided on it; that is warned of."""
    key_type, size = key_type_and_size(leaf)
    if finding.reason != "key_too_small" or key_type != "rsa" or size < WEAKEST_RSA_BITS:
        return False
    context.warn(f"{finding.text}: the node has made it so, since its command line takes no key length")
    return True


def _upload_identity(
    params: Params, context: Context, store: CertificateStore, leaf: x509.Certificate
) -> None:
    """Upload the certificate, and see that it is the one that is installed then.

    The leaf goes alone: its CAs are in the trust store already, where every user of the store sees
    them, and a node that got them along with it would have put them there unjudged.
    """
    service = params["service"]
    seen: list[x509.Certificate] = []
    authority = next(
        (entry.file_name for entry, item in _stored(params, context, store) if is_issued_by(leaf, item)), None
    )

    def look() -> bool | None:
        installed = identity_of(store, service, params["host"])
        seen[:] = [] if installed is None else [installed]
        return True if leaf in seen else None

    if not write_and_confirm(lambda: store.import_identity(service, pem(leaf), authority), look):
        raise CertificateRefused(
            "the node took the upload without an error, but has"
            f" {_labels(seen) or 'no certificate'} instead of {_label(leaf)}",
            host=params["host"],
            operation=f"upload {service} certificate",
            remedy="See the node's Cisco Certificate Manager logs, and run again",
            reason="not_installed",
        )


def _stored(params: Params, context: Context, store: CertificateStore) -> Stored:
    return readable(store.trust(params["service"]), params["host"], context)


def _result(
    params: Params,
    *,
    uploaded: bool,
    before: dict[str, Any],
    after: dict[str, Any],
    uploaded_at: datetime | None = None,
) -> Result:
    services = services_to_restart(params["service"], params["purpose"])
    return {
        "changed": uploaded,
        "service": params["service"],
        "certificate": None,
        "certificates": [],
        "replaced": [],
        "uploaded_at": time_text(uploaded_at) if uploaded_at else None,
        "restart_services": services,
        "restart_required": uploaded and bool(services),
        "diff": {"before": before, "after": after},
    }


def _label(certificate: x509.Certificate) -> str:
    return f"{certificate.subject.rfc4514_string()} ({fingerprint(certificate)})"


def _labels(certificates: Sequence[x509.Certificate]) -> str:
    return ", ".join(map(_label, certificates))


ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **CERTIFICATE_ARGUMENTS,
    "service": {"type": "str", "default": "CallManager"},
    "purpose": {"type": "str", "choices": ["trust", "identity"], "required": True},
    "certificate_content": {"type": "str"},
    "certificate_path": {"type": "path"},
    "chain_content": {"type": "str"},
    "chain_path": {"type": "path"},
    "description": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "as_renewal": {"type": "bool", "default": False},
    **CLIENT_AUTH_ARGUMENTS,
}

DEFINITION = ModuleDefinition(
    run=run,
    argument_spec=ARGUMENT_SPEC,
    libraries=LIBRARIES,
    mutually_exclusive=[["certificate_content", "certificate_path"], ["chain_content", "chain_path"]],
)
