# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""M(ucops.cucm.cucm_sip_tls_trunks): all objects of a cluster's SIP trunks over TLS, in one task."""

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
from ansible_collections.ucops.cucm.plugins.module_utils._axl.object_module import STATE
from ansible_collections.ucops.cucm.plugins.module_utils._axl.peer_trunks import (
    PeerTrunks,
    check_unchanged,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.reconcile import RESET
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import ConnectionOptions
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.undo import origins_of


def run(params: Params, context: Context) -> Result:
    """Make or remove profiles, trunks and route patterns; what is right already is left alone."""
    directory, cluster = params["record_directory"], params["record_cluster"]
    goes = directory and params["state"] == "absent"
    # A record that cannot be used stops before any request.
    origins = origins_of(Path(directory), cluster) if goes else {}
    with open_session(ConnectionOptions.from_params(params)) as session:
        client = AxlClient(session, params["axl_version"], remembers=True)
        if params["foreseen"] is not None and not context.check_mode:
            check_unchanged(client, params, context, origins)
        return PeerTrunks(client, params, context, origins).run()


_SHARED = {"type": "dict", "default": {}}

ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **AXL_ARGUMENTS,
    "links": LINKS,
    "security_profile_options": _SHARED,
    "sip_profile_options": _SHARED,
    "trunk_options": _SHARED,
    "route_pattern_options": _SHARED,
    "options_ping": {"type": "bool", "default": False},
    "options_ping_suffix": {"type": "str", "default": " with OPTIONS Ping"},
    "take_over": {"type": "bool", "default": False},
    "reset": RESET,
    "foreseen": {"type": "list", "elements": "dict"},
    "read": {"type": "bool", "default": False},
    "record_directory": {"type": "path"},
    "record_cluster": {"type": "str"},
    "state": STATE,
}

DEFINITION = ModuleDefinition(
    run=run,
    argument_spec=ARGUMENT_SPEC,
    libraries=LIBRARIES,
    required_together=(("record_directory", "record_cluster"),),
)
