# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of M(ucops.cucm.cucm_cert_info)."""

from __future__ import annotations

from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.certificates import (
    LIBRARIES,
    csr_of_node,
    identity_of,
    readable,
    with_transcript,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    describe_certificate,
    describe_csr,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.restarts import services_to_restart
from ansible_collections.ucops.cucm.plugins.module_utils._platform.transport import (
    CERTIFICATE_ARGUMENTS,
    open_store,
)

KINDS = ("identity", "trust", "csr")


def run(params: Params, context: Context) -> Result:
    """Read and describe a node's certificates; changes nothing."""
    service, kinds = params["service"], params["kind"]
    result: Result = {"changed": False, "identities": [], "trust": [], "csrs": []}
    with open_store(params) as store:
        if "identity" in kinds:
            services = [service] if service else store.services()
            if service and params["include_ecdsa"]:
                services += [name for name in (f"{service}-ECDSA",) if name in store.services()]
            result["identities"] = [
                {
                    "service": name,
                    **describe_certificate(certificate),
                    "restart_services": services_to_restart(name, "identity"),
                }
                for name in services
                if (certificate := identity_of(store, name, params["host"])) is not None
            ]
        if "trust" in kinds:
            result["trust"] = [
                {"service": entry.service, "file_name": entry.file_name, **describe_certificate(certificate)}
                for entry, certificate in readable(store.trust(service), params["host"], context)
            ]
        if "csr" in kinds:
            waiting = {service: store.pending_csr(service)} if service else store.pending_csrs()
            result["csrs"] = [
                {"service": name, **describe_csr(csr)}
                for name, text in waiting.items()
                if (csr := csr_of_node(text, name, params["host"])) is not None
            ]
        return with_transcript(result, params, store)


ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **CERTIFICATE_ARGUMENTS,
    "service": {"type": "str"},
    "include_ecdsa": {"type": "bool", "default": False},
    "kind": {"type": "list", "elements": "str", "choices": list(KINDS), "default": list(KINDS)},
}

DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENT_SPEC, libraries=LIBRARIES)
