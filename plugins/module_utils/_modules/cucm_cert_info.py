# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of M(ucops.cucm.cucm_cert_info)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import UnexpectedAnswer
from ansible_collections.ucops.cucm.plugins.module_utils._flows.certificates import (
    LIBRARIES,
    csr_of_node,
    identity_of,
    readable,
    with_transcript,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    CertificateUnreadable,
    describe_certificate,
    describe_csr,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.restarts import services_to_restart
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import (
    CertificateRefused,
    CertificateStore,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.transport import (
    CERTIFICATE_ARGUMENTS,
    open_store,
)

KINDS = ("identity", "trust", "csr")


def run(params: Params, context: Context) -> Result:
    """Read and describe a node's certificates; changes nothing."""
    service, kinds, host = params["service"], params["kind"], params["host"]
    result: Result = {"changed": False, "identities": [], "trust": [], "csrs": []}
    with open_store(params) as store:
        if "identity" in kinds:
            for name in _services(store, service, include_ecdsa=params["include_ecdsa"]):
                with _left_out(name, service, "certificate", host, context):
                    certificate = identity_of(store, name, host)
                    if certificate is not None:
                        restarts = services_to_restart(name, "identity")
                        described = describe_certificate(certificate)
                        result["identities"].append(
                            {"service": name, **described, "restart_services": restarts}
                        )
        if "trust" in kinds:
            result["trust"] = [
                {"service": entry.service, "file_name": entry.file_name, **describe_certificate(certificate)}
                for entry, certificate in readable(store.trust(service), host, context)
            ]
        if "csr" in kinds:
            waiting = {service: store.pending_csr(service)} if service else store.pending_csrs()
            for name, text in waiting.items():
                with _left_out(name, service, "CSR", host, context):
                    csr = csr_of_node(text, name, host)
                    if csr is not None:
                        result["csrs"].append({"service": name, **describe_csr(csr)})
        return with_transcript(result, params, store)


def _services(store: CertificateStore, service: str | None, *, include_ecdsa: bool) -> list[str]:
    if service is None:
        return store.services()
    twin = f"{service}-ECDSA"
    return [service, *([twin] if include_ecdsa and twin in store.services() else [])]


@contextmanager
def _left_out(name: str, wanted: str | None, what: str, host: str, context: Context) -> Iterator[None]:
    """Leave out what nobody named and cannot be read, with a warning: a newer release has services of its own."""
    try:
        yield
    except (CertificateRefused, CertificateUnreadable, UnexpectedAnswer) as error:
        if name == wanted:
            raise
        context.warn(f"{host}: the {what} of {name} is left out: {error.what}")


ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **CERTIFICATE_ARGUMENTS,
    "service": {"type": "str"},
    "include_ecdsa": {"type": "bool", "default": False},
    "kind": {"type": "list", "elements": "str", "choices": list(KINDS), "default": list(KINDS)},
}

DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENT_SPEC, libraries=LIBRARIES)
