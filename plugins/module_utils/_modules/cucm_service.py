# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of M(ucops.cucm.cucm_service)."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
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
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    CucmError,
    InvalidOption,
    UnsupportedByRelease,
)
from ansible_collections.ucops.cucm.plugins.module_utils._facts.services import (
    COMMANDED_OUT_OF_SERVICE,
    Order,
    Services,
    ServiceState,
    Waited,
    plain,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh_arguments import (
    SSH_ARGUMENTS,
    TRANSCRIPT_ARGUMENTS,
)
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.control_center import (
    ControlCenter,
    command_line_only,
    restarted_after,
)
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.services import SoapServices
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.soap import ROLES

#: Services that only some releases have: absent, they are left out and not taken for misspelt.
#: Cisco names HAProxy from release 14 on.
NOT_ON_EVERY_RELEASE = frozenset({"Cisco HAProxy"})
#: A time further ahead than this is a mistake, not a difference of clocks.
CLOCK_SKEW = timedelta(minutes=5)


def run(params: Params, context: Context) -> Result:
    """Report services, and bring them into the wanted state."""
    return manage(params, context, Clock())


def manage(params: Params, context: Context, clock: Clock) -> Result:
    """As `run`, with the time and the waiting of `clock`."""
    over_cli = params["transport"] == "cli"
    if over_cli:
        _check_for_cli(params)
    since = _since(params, clock.now())
    with _over_cli(params, clock) if over_cli else _over_soap(params, clock) as services:
        before = services.status()
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
        shown = {"services": [plain(before[name]) for name in names if name in before]}
        context.secrets.check(shown, host=params["host"])
        waited = 0.0
        if params["state"] is not None and params["wait"] and not context.check_mode:
            waited += _settle(services, targets, before, params["wait_timeout"])
        needs_restart = [name for name in targets if since and _needs_restart(before[name], since)]
        to_restart = needs_restart if since else targets
        orders = _orders(params["state"], targets, before, to_restart, one_by_one=params["wait"])
        ordered = [name for order in orders for name in order.names]
        after: Mapping[str, ServiceState] = before
        if orders and not context.check_mode:
            outcome = _carry_out(services, params, orders)
            waited += outcome.seconds
            after = {**before, **outcome.states}
    restarted = ordered if params["state"] == "restarted" else []
    done = [] if context.check_mode else restarted
    result: Result = {
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
    if params["return_transcript"]:
        result["transcript"] = services.transcript
    return result


@contextmanager
def _over_soap(params: Params, clock: Clock) -> Iterator[Services]:
    with HttpSession(ConnectionOptions.from_params(params), roles=ROLES, sleep=clock.sleep) as session:
        yield SoapServices(ControlCenter(session, clock), clock)


@contextmanager
def _over_cli(params: Params, clock: Clock) -> Iterator[Services]:
    # Here and not above: asyncssh takes a third of a second to import, and most tasks do without it.
    from ansible_collections.ucops.cucm.plugins.module_utils._platform.cli import Sessions  # noqa: PLC0415
    from ansible_collections.ucops.cucm.plugins.module_utils._platform.services import (  # noqa: PLC0415
        CliServices,
    )
    from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh import SshOptions  # noqa: PLC0415

    with Sessions(SshOptions.from_params(params)) as sessions:
        yield CliServices(sessions, clock)


def _check_for_cli(params: Params) -> None:
    """Refuse what the command line cannot do."""
    if params["restarted_since"]:
        raise UnsupportedByRelease(
            "the command line does not tell since when a service runs",
            host=params["host"],
            option="restarted_since",
            remedy="Use transport: soap; or leave it out, and restart only when the upload says so"
            " (when: upload.restart_required, of cucm_cert_upload)",
            reason="unsupported_by_transport",
        )
    if params["state"] is not None and not params["wait"]:
        raise UnsupportedByRelease(
            "the command line comes back only when a service has started or stopped",
            host=params["host"],
            option="wait",
            remedy="Use wait: true, or transport: soap",
            reason="unsupported_by_transport",
        )


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
    if params["state"] is None or params["transport"] == "cli":
        return
    beyond = command_line_only(names)
    if beyond:
        verb = {"started": "start", "stopped": "stop"}.get(params["state"], "restart")
        raise InvalidOption(
            f"{', '.join(beyond)} cannot be controlled over the network, since the Control Center runs on it",
            host=params["host"],
            option="services",
            remedy="Use the node's command line (transport: cli, or by hand: "
            + "; ".join(f"utils service {verb} {name}" for name in beyond)
            + ")",
            reason="command_line_only",
        )


def _needs_restart(state: ServiceState, since: datetime) -> bool:
    """Whether a service has not started since; one that somebody has stopped on purpose stays so."""
    return not restarted_after(state, since) and state.reason_code != COMMANDED_OUT_OF_SERVICE


def _settle(
    services: Services, targets: Sequence[str], states: dict[str, ServiceState], timeout: float
) -> float:
    """Let services arrive that are on their way, and put where they arrived into `states`."""
    moving = [name for name in targets if not states[name].settled]
    if not moving:
        return 0.0
    waited = services.settle(moving, timeout)
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


def _carry_out(services: Services, params: Params, orders: Sequence[Order]) -> Waited:
    """Send the orders, wait for their end if wanted, and return what was seen last."""
    seconds = 0.0
    states: dict[str, ServiceState] = {}
    for place, order in enumerate(orders, 1):
        try:
            waited = services.carry_out(order, params["wait_timeout"] if params["wait"] else None)
        except CucmError as error:
            _add_the_rest(error, orders[place:])
            raise
        seconds += waited.seconds
        states.update(waited.states)
    if not params["wait"]:
        states = services.look([name for order in orders for name in order.names])
    return Waited(states, seconds)


def _add_the_rest(error: CucmError, rest: Sequence[Order]) -> None:
    """Let the error say also which services the run did not get to."""
    not_reached = [name for order in rest for name in order.names]
    if not_reached:
        error.what += f"; not restarted yet: {', '.join(not_reached)}"
    error.details["not_reached"] = not_reached


def _predicted(
    targets: Sequence[str], before: Mapping[str, ServiceState], orders: Sequence[Order]
) -> dict[str, str]:
    words = {"Start": "Started", "Stop": "Stopped", "Restart": "Started (restarted)"}
    after = {name: before[name].status for name in targets}
    after.update({name: words[order.control_type] for order in orders for name in order.names})
    return after


ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **CONNECTION_ARGUMENTS,
    "transport": {"type": "str", "choices": ["auto", "soap", "cli"], "default": "auto"},
    **SSH_ARGUMENTS,
    **TRANSCRIPT_ARGUMENTS,
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
