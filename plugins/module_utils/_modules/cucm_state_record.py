# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""M(ucops.cucm.cucm_state_record): a cluster as it is before a run changes it, in a file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import (
    AXL_ARGUMENTS,
    LIBRARIES,
    AxlClient,
    open_session,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.link_options import LINKS
from ansible_collections.ucops.cucm.plugins.module_utils._axl.restore import (
    Touched,
    key_of,
    objects_named,
    touched,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import ConnectionOptions
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.masking import PEM_TEXTS
from ansible_collections.ucops.cucm.plugins.module_utils._flows.undo import taken
from ansible_collections.ucops.cucm.plugins.module_utils._site import record as records


def run(params: Params, context: Context) -> Result:
    """Read what may be touched and write it down; in check mode nothing is written."""
    with open_session(ConnectionOptions.from_params(params)) as session:
        client = AxlClient(session, params["axl_version"], remembers=True)
        made = taken(
            client,
            context,
            _wanted(params),
            cluster=params["cluster"],
            publisher=params["publisher"],
            purpose=params["purpose"],
            release=params["release"] or "",
            certificates=params["certificates"],
            right={
                (str(each["kind"]), str(each["name"]))
                for each in params["foreseen"]
                if each["change"] == "none" and not each.get("resets")
            },
        )
    text = records.document_of(made)
    context.secrets.check({"record": text, "certificate": PEM_TEXTS}, host=params["host"])
    path = None if context.check_mode else str(records.write(made, Path(params["directory"])))
    there = [entry for entry in made.entries if entry.options is not None]
    return {
        "changed": False,
        "path": path,
        "objects": len(there),
        "absent": len(made.entries) - len(there),
        "nodes": sorted(made.certificates),
    }


def _wanted(params: Params) -> list[Touched]:
    found = [*touched(params), *objects_named(params["objects"])]
    return list({key_of(each.kind, each.identity): each for each in found}.values())


_SHARED = {"type": "dict", "default": {}}

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **AXL_ARGUMENTS,
    "directory": {"type": "path", "required": True},
    "cluster": {"type": "str", "required": True},
    "publisher": {"type": "str", "required": True},
    "purpose": {"type": "str", "choices": list(records.PURPOSES), "default": "pair"},
    "release": {"type": "str"},
    "links": {**LINKS, "required": False, "default": []},
    "trunk_options": _SHARED,
    "route_pattern_options": _SHARED,
    "options_ping": {"type": "bool", "default": False},
    "options_ping_suffix": {"type": "str", "default": " with OPTIONS Ping"},
    "objects": {
        "type": "list",
        "elements": "dict",
        "default": [],
        "options": {
            "kind": {
                "type": "str",
                "required": True,
                "choices": [
                    "sip_trunk_security_profile",
                    "sip_profile",
                    "sip_trunk",
                    "route_group",
                    "route_list",
                    "route_pattern",
                ],
            },
            "identity": {"type": "dict", "required": True},
            "belonging": {"type": "dict", "default": {}},
        },
    },
    "certificates": {"type": "dict", "default": {}},
    "foreseen": {"type": "list", "elements": "dict", "default": []},
}

DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENT_SPEC, libraries=LIBRARIES)
