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
    with_transcript,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.node_certificates import (
    identities,
    left_out,
    trusted,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    describe_csr,
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
            result["identities"] = identities(
                store, service, host, context, include_ecdsa=params["include_ecdsa"]
            )
        if "trust" in kinds:
            result["trust"] = trusted(store, service, host, context)
        if "csr" in kinds:
            waiting = {service: store.pending_csr(service)} if service else store.pending_csrs()
            for name, text in waiting.items():
                with left_out(name, service, "CSR", host, context):
                    csr = csr_of_node(text, name, host)
                    if csr is not None:
                        result["csrs"].append({"service": name, **describe_csr(csr)})
        return with_transcript(result, params, store)


ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **CERTIFICATE_ARGUMENTS,
    "service": {"type": "str"},
    "include_ecdsa": {"type": "bool", "default": False},
    "kind": {"type": "list", "elements": "str", "choices": list(KINDS), "default": list(KINDS)},
}

DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENT_SPEC, libraries=LIBRARIES)
