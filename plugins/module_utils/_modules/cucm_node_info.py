# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""M(ucops.cucm.cucm_node_info): the services and the clock of one node."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.clock import Clock
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    CONNECTION_ARGUMENTS,
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._facts.services import ServiceState, plain
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability import node_clock
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.control_center import ControlCenter
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.soap import ROLES


def run(params: Params, context: Context) -> Result:
    """Read the services and the clock of a node; changes nothing."""
    return read(params, context, Clock())


def read(params: Params, _context: Context, clock: Clock) -> Result:
    """As `run`, with the time and the waiting of `clock`: one request, if the node is not busy."""
    with HttpSession(ConnectionOptions.from_params(params), roles=ROLES, sleep=clock.sleep) as session:
        states = ControlCenter(session, clock).status()
        found = node_clock.skew(session.answered)
    names = list(dict.fromkeys(params["services"])) or list(states)
    _check_names(names, states, params["host"])
    return {
        "services": [plain(states[name]) for name in names],
        "clock": node_clock.plain(found),
    }


def _check_names(names: Sequence[str], known: Mapping[str, ServiceState], host: str) -> None:
    """The node takes a misspelt name for a stopped service, so names are looked up in the list of all."""
    for name in names:
        if name in known:
            continue
        lower = {service.lower(): service for service in known}
        near = difflib.get_close_matches(name.lower(), lower, n=1)
        raise InvalidOption(
            f"the node has no service '{name}'",
            host=host,
            option="services",
            remedy=f"Did you mean '{lower[near[0]]}'?"
            if near
            else "Use the names of Cisco Unified Serviceability, as cucm_service lists them",
            reason="unknown_service",
        )


ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **CONNECTION_ARGUMENTS,
    "services": {"type": "list", "elements": "str", "default": ["Cisco CallManager"]},
}

DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENT_SPEC, libraries=("lxml", "requests"))
