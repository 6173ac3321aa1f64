# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""M(ucops.cucm.cucm_sip_tls_trunks): all objects of a cluster's SIP trunks over TLS, in one task."""

from __future__ import annotations

from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import (
    AXL_ARGUMENTS,
    LIBRARIES,
    AxlClient,
    open_session,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.object_module import STATE
from ansible_collections.ucops.cucm.plugins.module_utils._axl.peer_trunks import PeerTrunks
from ansible_collections.ucops.cucm.plugins.module_utils._axl.reconcile import RESET
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import ConnectionOptions
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)


def run(params: Params, context: Context) -> Result:
    """Make or remove profiles, trunks and route patterns; what is right already is left alone."""
    with open_session(ConnectionOptions.from_params(params)) as session:
        client = AxlClient(session, params["axl_version"], remembers=True)
        return PeerTrunks(client, params, context).run()


_SHARED = {"type": "dict", "default": {}}

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **AXL_ARGUMENTS,
    "links": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "cluster": {"type": "str", "required": True},
            "trunk": {"type": "str", "required": True},
            "security_profile": {"type": "str", "required": True},
            "subject_names": {"type": "list", "elements": "str", "default": []},
            "destinations": {"type": "list", "elements": "dict", "default": []},
            "patterns": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {"pattern": {"type": "str", "required": True}, "partition": {"type": "str"}},
            },
            "options": _SHARED,
            "profile_options": _SHARED,
            "sip_profile_options": _SHARED,
            "options_ping": {"type": "bool"},
            "route_list": {
                "type": "dict",
                "options": {
                    "name": {"type": "str", "required": True},
                    "call_manager_group": {"type": "str", "default": "Default"},
                    "trunks": {"type": "list", "elements": "str", "required": True},
                },
            },
        },
    },
    "security_profile_options": _SHARED,
    "sip_profile_options": _SHARED,
    "trunk_options": _SHARED,
    "route_pattern_options": _SHARED,
    "options_ping": {"type": "bool", "default": False},
    "options_ping_suffix": {"type": "str", "default": " with OPTIONS Ping"},
    "take_over": {"type": "bool", "default": False},
    "reset": RESET,
    "read": {"type": "bool", "default": False},
    "state": STATE,
}

DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENT_SPEC, libraries=LIBRARIES)
