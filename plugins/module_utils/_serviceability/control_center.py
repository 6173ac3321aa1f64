# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control Center: status, start, stop and restart of a node's services.

Each node answers for itself. A status has the seconds that a service is up, from which its start
is computed: no clock and no time zone of the node plays a part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.clock import Clock
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import HttpSession
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    CucmError,
    HostUnreachable,
    ServerBusy,
    UnexpectedAnswer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._facts.services import (
    COMMANDED_OUT_OF_SERVICE,
    NOT_ACTIVATED,
    PENDING,
    POLL_INTERVALS,
    ServiceRefused,
    ServiceState,
    Waited,
    timed_out,
)
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability import soap

PATH = "/controlcenterservice2/services/ControlCenterServices"
#: How much a start computed from rounded seconds may seem to lie before the order that caused it.
ROUNDING = timedelta(seconds=2)

#: Reasons of one service that mean: not taken. The others tell a state, or that it is there already.
REFUSALS = frozenset({-1010, -1012, -1036, -1037, NOT_ACTIVATED})
#: Reasons of a whole answer that mean: nothing to do, the service is where it should be.
ALREADY_THERE = frozenset({-1003, -1019, -1039, -1057})
_REASONS = {
    -1: "",
    -1003: "running",
    -1010: "no such service",
    -1012: "bad arguments",
    -1019: "not running",
    PENDING: "an operation is pending",
    -1031: "timed out",
    -1036: "a service that depends on it is active",
    -1037: "a service that it depends on is not active",
    -1039: "already started",
    -1057: "already in that state",
    NOT_ACTIVATED: "not activated",
    COMMANDED_OUT_OF_SERVICE: "commanded out of service",
}
#: Services that carry the Control Center itself, or the database under it.
COMMAND_LINE_ONLY = ("Cisco Tomcat", "Cisco DB", "A Cisco DB")


class ControlCenter:
    """The Control Center of one node."""

    def __init__(self, session: HttpSession, clock: Clock) -> None:
        self._session = session
        self._clock = clock

    def status(self, names: Sequence[str] = ()) -> dict[str, ServiceState]:
        """The state of the named services, or of all: one request.

        The node reports a misspelt name as Stopped, so look names up in the answer for all.
        """
        operation = "soapGetServiceStatus"
        envelope, body = soap.request_body(operation)
        for name in names or ("",):
            soap.element(body, "ServiceStatus", name)
        return self._states(self._call(operation, envelope, repeatable=True), operation)

    def order(self, control_type: str, names: Sequence[str]) -> None:
        """Order Start, Stop or Restart; returns when the node has taken it, not when it is done.

        Raises ServiceRefused, and AnswerLost when it is not known whether the node took it.
        """
        operation = "soapDoControlServices"
        envelope, body = soap.request_body(operation)
        request = soap.element(body, "ControlServiceRequest")
        # The node that is asked is the node that acts; the schema wants the element nevertheless.
        soap.element(request, "NodeName", None)
        soap.element(request, "ControlType", control_type)
        services = soap.element(request, "ServiceList")
        for name in names:
            soap.element(services, "item", name)
        content = self._call(operation, envelope, repeatable=False)
        self._check_taken(content, control_type, names)

    def wait(
        self,
        names: Sequence[str],
        done: Callable[[ServiceState], bool],
        *,
        what: str,
        timeout: float,
        enough: Callable[[Iterable[bool]], bool] = all,
    ) -> Waited:
        """Look until all named services (or, with `enough=any`, one of them) are `done`.

        Raises TimedOut with what was seen last. A node that is too busy to answer, or cannot be
        reached for a while, is asked again.
        """
        started = self._clock.monotonic()
        seen: dict[str, ServiceState] = {}
        trouble: CucmError | None = None
        intervals = iter(POLL_INTERVALS)
        while True:
            if seen and enough(name in seen and done(seen[name]) for name in names):
                return Waited(seen, self._clock.monotonic() - started)
            pause = next(intervals, POLL_INTERVALS[-1])
            left = timeout - (self._clock.monotonic() - started)
            if left <= 0:
                raise timed_out(
                    {name: seen[name] for name in names if name in seen},
                    [name for name in names if name not in seen or not done(seen[name])],
                    what,
                    timeout,
                    host=self._session.options.host,
                    operation="soapGetServiceStatus",
                    trouble=trouble,
                )
            self._clock.sleep(min(pause, left))
            try:
                seen.update(self.status(names))
                trouble = None
            except (ServerBusy, HostUnreachable, AnswerLost) as error:
                trouble = error

    def _call(self, operation: str, envelope: Any, *, repeatable: bool) -> Any:
        return soap.call_in_turn(
            self._session, PATH, operation, envelope, repeatable=repeatable, sleep=self._clock.sleep
        )

    def _states(self, content: Any, operation: str) -> dict[str, ServiceState]:
        answered_at = self._clock.now()
        result = soap.child(content, f"{operation}Return")
        services = soap.child(result, "ServiceInfoList") if result is not None else None
        if services is None:
            raise UnexpectedAnswer(
                "the answer has no ServiceInfoList",
                host=self._session.options.host,
                operation=operation,
                remedy="Check the node's release and its SOAP services",
            )
        states = [_state(item, answered_at) for item in services.iterchildren("{*}item")]
        return {state.name: state for state in states}

    def _check_taken(self, content: Any, control_type: str, names: Sequence[str]) -> None:
        operation = "soapDoControlServices"
        states = self._states(content, operation)
        result = soap.child(content, f"{operation}Return")
        overall = _integer(soap.child_text(result, "ReasonCode"))
        problems = [
            f"{name}: {states[name].reason or states[name].reason_code}"
            for name in names
            if name in states and states[name].reason_code in REFUSALS
        ]
        failed = soap.child_text(result, "ReturnCode") not in (None, "0")
        if not problems and failed and overall not in (PENDING, *ALREADY_THERE):
            text = soap.child_text(result, "ReasonString") or _REASONS.get(overall or 0) or f"code {overall}"
            problems = [f"{', '.join(names)}: {text}"]
        if problems:
            raise ServiceRefused(
                f"the node did not take the order {control_type} ({'; '.join(problems)})",
                host=self._session.options.host,
                operation=operation,
                remedy="See the service's dependencies and activation in Cisco Unified Serviceability",
            )


def restarted_after(state: ServiceState, moment: datetime) -> bool:
    """Whether the service runs and started after the moment.

    A computed start is never before the real one: `UpTime` is cut to seconds, and the answer took
    its time. Only a node that rounds up could differ, by less than ROUNDING.
    """
    return (
        state.status == "Started"
        and state.settled
        and state.started_at is not None
        and state.started_at >= moment
    )


def command_line_only(names: Iterable[str]) -> list[str]:
    """Those services that the Control Center cannot control."""
    return [name for name in names if name in COMMAND_LINE_ONLY]


def _state(item: Any, answered_at: datetime) -> ServiceState:
    code = _integer(soap.child_text(item, "ReasonCode"))
    uptime = _integer(soap.child_text(item, "UpTime"))
    status = soap.child_text(item, "ServiceStatus") or "Unknown"
    if uptime is not None and (uptime < 0 or status != "Started"):
        uptime = None
    return ServiceState(
        name=soap.child_text(item, "ServiceName") or "",
        status=status,
        reason_code=code,
        reason=soap.child_text(item, "ReasonCodeString") or _REASONS.get(code or 0, ""),
        uptime=uptime,
        started_at=answered_at - timedelta(seconds=uptime) if uptime is not None else None,
    )


def _integer(text: str | None) -> int | None:
    try:
        return int(text) if text else None
    except ValueError:
        return None
