# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of M(ucops.cucm.cucm_service)."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

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
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    CucmError,
    InvalidOption,
    TimedOut,
)
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.control_center import (
    COMMANDED_OUT_OF_SERVICE,
    ROUNDING,
    SIGN_OF_LIFE,
    Clock,
    ControlCenter,
    ServiceState,
    Waited,
    command_line_only,
    plain,
    restarted_after,
)
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.soap import ROLES

#: Services that only some releases have: absent, they are left out and not taken for misspelt.
#: Cisco names HAProxy from release 14 on.
NOT_ON_EVERY_RELEASE = frozenset({"Cisco HAProxy"})
#: A time further ahead than this is a mistake, not a difference of clocks.
CLOCK_SKEW = timedelta(minutes=5)

Wish = Callable[[ServiceState], bool]


@dataclass(frozen=True)
class Order:
    """What to send for which services, and when a service has come where it should be."""

    control_type: str
    names: tuple[str, ...]


def run(params: Params, context: Context) -> Result:
    """Report services, and bring them into the wanted state."""
    return manage(params, context, Clock())


def manage(params: Params, context: Context, clock: Clock) -> Result:
    """As `run`, with the time and the waiting of `clock`."""
    since = _since(params, clock.now())
    with HttpSession(ConnectionOptions.from_params(params), roles=ROLES, sleep=clock.sleep) as session:
        center = ControlCenter(session, clock)
        before = center.status()
        names = list(dict.fromkeys(params["services"] or before))
        _check_names(params, names, before)
        left_out = [name for name in names if name not in before or not before[name].activated]
        targets = [name for name in names if name not in left_out]
        if left_out and params["state"] is not None and not params["skip_not_activated"]:
            raise InvalidOption(
                f"not activated on this node: {', '.join(left_out)}",
                host=params["host"],
                option="services",
                remedy="Activate it in Cisco Unified Serviceability, leave it out, or set"
                " skip_not_activated: true",
                reason="service_not_activated",
            )
        waited = 0.0
        if params["state"] is not None and params["wait"] and not context.check_mode:
            waited += _settle(center, targets, before, params["wait_timeout"])
        needs_restart = [name for name in targets if since and _needs_restart(before[name], since)]
        to_restart = needs_restart if since else targets
        orders = _orders(params["state"], targets, before, to_restart, one_by_one=params["wait"])
        ordered = [name for order in orders for name in order.names]
        after: Mapping[str, ServiceState] = before
        if orders and not context.check_mode:
            outcome = _carry_out(center, clock, params, orders)
            waited += outcome.seconds
            after = {**before, **outcome.states}
    restarted = ordered if params["state"] == "restarted" else []
    done = [] if context.check_mode else restarted
    return {
        "changed": bool(orders),
        "services": [plain(after[name]) for name in names if name in after],
        "restarted": restarted,
        "restart_needed": [name for name in needs_restart if name not in done],
        "left_out": left_out if params["state"] is not None else [],
        "waited": round(waited, 1),
        "diff": {
            "before": {name: before[name].status for name in targets},
            "after": _predicted(targets, before, orders),
        },
    }


def _since(params: Params, now: datetime) -> datetime | None:
    text = params["restarted_since"]
    if not text:
        return None
    if params["state"] not in (None, "restarted"):
        raise InvalidOption(
            f"restarted_since has no meaning with state: {params['state']}",
            host=params["host"],
            option="restarted_since",
            remedy="Use it with state: restarted, or without state to be told what needs a restart",
        )
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidOption(
            f"'{text}' is not a time in ISO 8601",
            host=params["host"],
            option="restarted_since",
            remedy="Write it as 2026-05-23T17:50:42Z, or hand on uploaded_at of cucm_cert_upload",
        ) from error
    moment = moment.replace(tzinfo=moment.tzinfo or UTC)
    if moment > now + CLOCK_SKEW:
        raise InvalidOption(
            f"'{text}' lies in the future, so every run would restart the services again",
            host=params["host"],
            option="restarted_since",
            remedy="Give the time of the change that the services have to learn of, in UTC",
        )
    return moment


def _check_names(params: Params, names: Sequence[str], known: Mapping[str, ServiceState]) -> None:
    """The node itself takes a misspelt name for a stopped service, and says nothing."""
    for name in names:
        if name in known or name in NOT_ON_EVERY_RELEASE:
            continue
        lower = {service.lower(): service for service in known}
        near = difflib.get_close_matches(name.lower(), lower, n=1)
        raise InvalidOption(
            f"the node has no service '{name}'",
            host=params["host"],
            option="services",
            remedy=f"Did you mean '{lower[near[0]]}'?"
            if near
            else "Leave services out to get the names of all services of the node",
            reason="unknown_service",
        )
    beyond = command_line_only(names) if params["state"] is not None else []
    if beyond:
        verb = {"started": "start", "stopped": "stop"}.get(params["state"], "restart")
        raise InvalidOption(
            f"{', '.join(beyond)} cannot be controlled over the network, since the Control Center runs on it",
            host=params["host"],
            option="services",
            remedy="Use the node's command line: "
            + "; ".join(f"utils service {verb} {name}" for name in beyond),
            reason="command_line_only",
        )


def _needs_restart(state: ServiceState, since: datetime) -> bool:
    """Whether a service has not started since; one that somebody has stopped on purpose stays so."""
    return not restarted_after(state, since) and state.reason_code != COMMANDED_OUT_OF_SERVICE


def _settle(
    center: ControlCenter, targets: Sequence[str], states: dict[str, ServiceState], timeout: float
) -> float:
    """Let services arrive that are on their way, and put where they arrived into `states`."""
    moving = [name for name in targets if not states[name].settled]
    if not moving:
        return 0.0
    waited = center.wait(moving, lambda state: state.settled, what="the end of the change", timeout=timeout)
    states.update({name: waited.states[name] for name in moving})
    return waited.seconds


def _orders(
    state: str | None,
    targets: Sequence[str],
    states: Mapping[str, ServiceState],
    to_restart: Sequence[str],
    *,
    one_by_one: bool,
) -> list[Order]:
    """What has to be ordered. A stopped service is started, since a restart is of what runs.

    Restarts that are waited for come one by one, in the order given: what phones register with must
    not restart before what they ask first (TVS, TFTP) is back.
    """
    running = [name for name in targets if states[name].status in ("Started", "Starting")]
    stopped = [name for name in targets if states[name].status == "Stopped"]
    if state == "started":
        wanted = {"Start": [name for name in targets if name not in running]}
    elif state == "stopped":
        wanted = {"Stop": [name for name in targets if name not in stopped]}
    elif state == "restarted" and one_by_one:
        return [Order("Start" if name in stopped else "Restart", (name,)) for name in to_restart]
    elif state == "restarted":
        wanted = {
            "Restart": [name for name in to_restart if name not in stopped],
            "Start": [name for name in to_restart if name in stopped],
        }
    else:
        wanted = {}
    return [Order(control_type, tuple(names)) for control_type, names in wanted.items() if names]


def _carry_out(center: ControlCenter, clock: Clock, params: Params, orders: Sequence[Order]) -> Waited:
    """Send the orders, wait for their end if wanted, and return what was seen last."""
    seconds = 0.0
    states: dict[str, ServiceState] = {}
    for place, order in enumerate(orders, 1):
        try:
            waited = _carry_out_one(center, clock, params, order)
        except CucmError as error:
            _add_the_rest(error, orders[place:])
            raise
        seconds += waited.seconds
        states.update(waited.states)
    if not params["wait"]:
        states = center.status([name for order in orders for name in order.names])
    return Waited(states, seconds)


def _carry_out_one(center: ControlCenter, clock: Clock, params: Params, order: Order) -> Waited:
    seconds = 0.0
    ordered_at = clock.now() - ROUNDING
    try:
        center.order(order.control_type, order.names)
    except AnswerLost as error:
        seconds = _look_for_sign(center, order, ordered_at, error)
    if not params["wait"]:
        return Waited({}, seconds)
    waited = center.wait(
        order.names,
        _arrived(order.control_type, ordered_at),
        what=f"{order.control_type} of {', '.join(order.names)}",
        timeout=params["wait_timeout"],
    )
    return Waited(waited.states, seconds + waited.seconds)


def _add_the_rest(error: CucmError, rest: Sequence[Order]) -> None:
    """Let the error say also which services the run did not get to."""
    not_reached = [name for order in rest for name in order.names]
    if not_reached:
        error.what += f"; not restarted yet: {', '.join(not_reached)}"
    error.details["not_reached"] = not_reached


def _look_for_sign(center: ControlCenter, order: Order, ordered_at: datetime, lost: AnswerLost) -> float:
    """A lost answer: the services themselves tell whether the order was taken.

    It is not sent again: two restarts in a row would be worse than an error.
    """
    arrived = _arrived(order.control_type, ordered_at)
    try:
        return center.wait(
            order.names,
            lambda state: not state.settled or arrived(state),
            what="a sign that the order was taken",
            timeout=SIGN_OF_LIFE,
            enough=any,
        ).seconds
    except TimedOut as error:
        raise AnswerLost(
            f"{lost.what}, and no service shows within {SIGN_OF_LIFE:g} s that the order"
            f" {order.control_type} was taken",
            host=lost.host,
            operation=lost.operation,
            remedy="Run again: services that did restart meanwhile are recognized with restarted_since",
            details=error.details,
        ) from error


def _arrived(control_type: str, ordered_at: datetime) -> Wish:
    if control_type == "Stop":
        return lambda state: state.settled and state.status == "Stopped"
    if control_type == "Start":
        return lambda state: state.settled and state.status == "Started"
    return lambda state: restarted_after(state, ordered_at)


def _predicted(
    targets: Sequence[str], before: Mapping[str, ServiceState], orders: Sequence[Order]
) -> dict[str, str]:
    words = {"Start": "Started", "Stop": "Stopped", "Restart": "Started (restarted)"}
    after = {name: before[name].status for name in targets}
    after.update({name: words[order.control_type] for order in orders for name in order.names})
    return after


ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **CONNECTION_ARGUMENTS,
    "services": {"type": "list", "elements": "str"},
    "state": {"type": "str", "choices": ["started", "stopped", "restarted"]},
    "restarted_since": {"type": "str"},
    "skip_not_activated": {"type": "bool", "default": True},
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "int", "default": 600},
}

DEFINITION = ModuleDefinition(
    run=run,
    argument_spec=ARGUMENT_SPEC,
    libraries=("lxml", "requests"),
    required_if=[
        ["state", "started", ["services"]],
        ["state", "stopped", ["services"]],
        ["state", "restarted", ["services"]],
    ],
)
