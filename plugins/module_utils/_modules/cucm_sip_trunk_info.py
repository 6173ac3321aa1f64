# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""M(ucops.cucm.cucm_sip_trunk_info): trunks as they are configured, and what the nodes say of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import (
    AXL_ARGUMENTS,
    LIBRARIES,
    AxlClient,
    open_session,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.trunks import TrunkReader
from ansible_collections.ucops.cucm.plugins.module_utils._common.clock import Clock
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability import risport


def run(params: Params, context: Context) -> Result:
    """Read trunks, their state and route patterns; changes nothing."""
    return read(params, context, Clock())


def read(params: Params, context: Context, clock: Clock) -> Result:
    """As `run`, with the time and the waiting of `clock`."""
    if params["status_timeout"] < 0:
        raise InvalidOption(
            f"{params['status_timeout']} is not a time limit",
            host=params["host"],
            option="status_timeout",
            remedy="Use a number of seconds from 0 up",
        )
    options = ConnectionOptions.from_params(params)
    configuration = _known(params) or _read(params, options)
    trunks = configuration["trunks"]
    error = None
    if params["status"]:
        error = _add_status(trunks, options, context, clock, params["status_timeout"])
    else:
        _leave_out(trunks, "The status was not asked for (status: false).")
    return {**configuration, "status_error": error}


def _read(params: Params, options: ConnectionOptions) -> Result:
    """The configuration, from the database."""
    with open_session(options) as session:
        client = AxlClient(session, params["axl_version"])
        reader = TrunkReader(client)
        trunks, missing = reader.trunks(params["names"])
        patterns = [
            reader.route_pattern(item["pattern"], item["partition"] or "")
            for item in params["route_patterns"] or ()
        ]
    return {
        "trunks": trunks,
        "missing": missing,
        "route_patterns": patterns,
        "axl_version": client.version,
    }


def _known(params: Params) -> Result | None:
    """The configuration as the caller has read it before, if that is all that is asked for."""
    known = params["known"] or {}
    if params["names"] is None or not {"trunks", "missing", "route_patterns", "axl_version"} <= set(known):
        return None
    trunks = {trunk["name"]: trunk for trunk in known["trunks"]}
    patterns = {(each["pattern"], each["partition"]): each for each in known["route_patterns"]}
    wanted = [(item["pattern"], item["partition"] or "") for item in params["route_patterns"] or ()]
    if not {*params["names"]} <= {*trunks, *known["missing"]} or not {*wanted} <= {*patterns}:
        return None
    names = dict.fromkeys(params["names"])
    return {
        "trunks": [dict(trunks[name]) for name in names if name in trunks],
        "missing": [name for name in names if name not in trunks],
        "route_patterns": [patterns[each] for each in wanted],
        "axl_version": known["axl_version"],
    }


def _add_status(
    trunks: Sequence[dict[str, Any]],
    options: ConnectionOptions,
    context: Context,
    clock: Clock,
    timeout: int,
) -> dict[str, str] | None:
    """Join the state to each trunk. That nobody could be asked is no reason to keep the rest back."""
    if not trunks:
        return None
    try:
        # A session of its own: a cookie of the AXL service makes this one fail.
        with HttpSession(options, roles=risport.ROLES, sleep=clock.sleep) as session:
            answer = risport.RisPort(session, clock, timeout).trunks(
                [trunk["name"] for trunk in trunks], _nodes_each(trunks)
            )
    except CucmError as error:
        context.warn(f"{error.message} The state of the trunks is therefore not known.")
        _leave_out(trunks, f"The nodes could not be asked: {error.message}")
        return {"msg": error.message, "reason": error.reason}
    for trunk in trunks:
        trunk["status"] = risport.status_of(
            trunk["name"],
            answer,
            pings=trunk["sip_profile"]["options_ping"],
            expected_nodes=trunk["call_manager_group"]["nodes"],
        )
    return None


def _nodes_each(trunks: Sequence[dict[str, Any]]) -> int:
    """How many nodes report a trunk at most."""
    if any(trunk["run_on_all_active_nodes"] for trunk in trunks):
        return risport.MOST_NODES
    return max(len(trunk["call_manager_group"]["nodes"]) for trunk in trunks) or risport.MOST_NODES


def _leave_out(trunks: Sequence[dict[str, Any]], text: str) -> None:
    for trunk in trunks:
        trunk["status"] = risport.not_asked(text)


ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **AXL_ARGUMENTS,
    "names": {"type": "list", "elements": "str"},
    "route_patterns": {
        "type": "list",
        "elements": "dict",
        "options": {"pattern": {"type": "str", "required": True}, "partition": {"type": "str"}},
    },
    "known": {"type": "dict"},
    "status": {"type": "bool", "default": True},
    "status_timeout": {"type": "int", "default": 60},
}

DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENT_SPEC, libraries=LIBRARIES)
