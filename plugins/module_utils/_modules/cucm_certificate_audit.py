# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of M(ucops.cucm.cucm_certificate_audit)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit import audit
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_document import (
    document_of,
    document_without,
    planned_trunks,
    trunks_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_site import Limits
from ansible_collections.ucops.cucm.plugins.module_utils._flows.certificates import (
    LIBRARIES,
    utc_now,
    with_transcript,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import check_writable, write_atomically
from ansible_collections.ucops.cucm.plugins.module_utils._platform.transport import (
    CERTIFICATE_ARGUMENTS,
    open_store,
)

#: The keys of a report that are about one node as well as about a site.
_KEPT = ("worst", "counts", "findings", "not_measured")


def run(params: Params, context: Context) -> Result:
    """Read everything on a node, write it down, and judge what can be judged of one node; changes nothing."""
    limits = _limits(params)
    if params["path"]:
        check_writable(params["path"], option="path")
    facts = _facts(params)
    try:
        with open_store(params) as store:
            document = document_of(facts, store.contents())
            transcript = with_transcript({}, params, store)
    except CucmError as error:
        # The node is listed as not measured by whoever joins the documents; here it is an error as any other.
        _write(document_without(facts, error), params, context)
        raise
    _write(document, params, context)
    report = audit([document], absent={}, now=utc_now(), limits=limits, title="")
    result: Result = {"changed": False, **{key: report[key] for key in _KEPT}, **transcript}
    if params["return_certificates"]:
        result["certificates"] = report["certificates"]
    return result


def _limits(params: Params) -> Limits:
    limits = Limits(params["warning_days"], params["critical_days"], params["ca_warning_days"])
    for name in ("warning_days", "critical_days", "ca_warning_days"):
        if not 0 <= params[name] <= 36500:
            raise InvalidOption(
                f"{params[name]} is no number of days from 0 to 36500", option=name, remedy="Correct it"
            )
    return limits


def _facts(params: Params) -> dict[str, Any]:
    """What the document says of the node beside its certificates."""
    addresses = [params["host"], *params["sip_addresses"]]
    facts: dict[str, Any] = {
        "cluster": params["cluster"] or "",
        "node": params["node"] or params["host"],
        "host": params["host"],
        "hostname": params["hostname"] or "",
        "addresses": list(dict.fromkeys(address for address in addresses if address)),
        "sip_port": params["sip_port"],
        "collected_at": utc_now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "trunks": None,
        "trunks_text": "",
    }
    answer = params["trunks"]
    if isinstance(answer, Mapping):
        facts |= trunks_of(answer)
        if facts["trunks_text"]:
            facts["trunks"] = planned_trunks(params["peers"])
    elif params["peers"]:
        facts["trunks"] = planned_trunks(params["peers"])
    return facts


def _write(document: Mapping[str, Any], params: Params, context: Context) -> None:
    if params["path"] and not context.check_mode:
        data = json.dumps(document, ensure_ascii=True, separators=(",", ":")).encode()
        write_atomically(params["path"], data, mode=0o600)


ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **CERTIFICATE_ARGUMENTS,
    "node": {"type": "str"},
    "cluster": {"type": "str"},
    "hostname": {"type": "str"},
    "sip_addresses": {"type": "list", "elements": "str", "default": []},
    "sip_port": {"type": "int", "default": 5061},
    "trunks": {"type": "dict"},
    "peers": {"type": "list", "elements": "dict", "default": []},
    "warning_days": {"type": "int", "default": 60},
    "critical_days": {"type": "int", "default": 14},
    "ca_warning_days": {"type": "int", "default": 180},
    "path": {"type": "path"},
    "return_certificates": {"type": "bool", "default": True},
}

DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENT_SPEC, libraries=LIBRARIES)
