# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's services over its command line: `utils service list`, `start`, `stop` and `restart`.

An order returns when the service has come where it should be, or later. Nothing tells since when a
service runs. So a restart counts as done when the command printed the states that the service went
through, and the list then has it as started. Ctrl-C is never typed: the node warns of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from ansible_collections.ucops.cucm.plugins.module_utils._common.clock import Clock
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import AnswerLost, UnexpectedAnswer
from ansible_collections.ucops.cucm.plugins.module_utils._facts.services import (
    COMMANDED_OUT_OF_SERVICE,
    NOT_ACTIVATED,
    POLL_INTERVALS,
    SIGN_OF_LIFE,
    Order,
    ServiceRefused,
    ServiceState,
    Waited,
    Wish,
    in_words,
    plain,
    timed_out,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform import service_texts
from ansible_collections.ucops.cucm.plugins.module_utils._platform.cli import Sessions
from ansible_collections.ucops.cucm.plugins.module_utils._platform.service_texts import ListedService
from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import (
    CommandUnfinished,
    HungUp,
    TypingLost,
)

_LIST = "utils service list"
_STATUS = {"STARTED": "Started", "STOPPED": "Stopped", "STARTING": "Starting", "STOPPING": "Stopping"}
#: The codes of the Control Center for what the command line says in words.
_CODES = {
    "": -1,
    "service not activated": NOT_ACTIVATED,
    "commanded out of service": COMMANDED_OUT_OF_SERVICE,
}
_LAST_WORDS = 300


class CliServices:
    """`_facts.services.Services` over the shell; see there for what the methods promise."""

    def __init__(self, sessions: Sessions, clock: Clock) -> None:
        self._sessions = sessions
        self._clock = clock
        self._host = sessions.options.host

    @property
    def transcript(self) -> str | None:
        return self._sessions.transcript

    def status(self) -> dict[str, ServiceState]:
        """A command that only reads: sent once more, over a new session, when its answer is lost."""
        while True:
            try:
                output = self._sessions.shell().run(_LIST).output
                break
            except (CommandUnfinished, HungUp, TypingLost):
                if not self._sessions.left:
                    raise
        try:
            return {row.name: _state(row) for row in service_texts.service_rows(output)}
        except UnexpectedAnswer as error:
            raise UnexpectedAnswer(
                error.what,
                host=self._host,
                operation=_LIST,
                remedy="Run again; if it stays so, report it with the transcript",
                details={"transcript": self.transcript},
            ) from None

    def look(self, names: Sequence[str]) -> dict[str, ServiceState]:
        return {name: state for name, state in self.status().items() if name in names}

    def settle(self, names: Sequence[str], timeout: float) -> Waited:
        return self._wait(names, lambda state: state.settled, "the end of the change", timeout)

    def carry_out(self, order: Order, timeout: float | None) -> Waited:
        if timeout is None:  # refused with the options already
            raise AssertionError("the command line always waits")
        began = self._clock.monotonic()
        states: dict[str, ServiceState] = {}
        for name in order.names:
            states[name] = self._carry_out_one(order.control_type, name, timeout)
        return Waited(states, self._clock.monotonic() - began)

    def _carry_out_one(self, control_type: str, name: str, timeout: float) -> ServiceState:
        began = self._clock.monotonic()
        command = f"utils service {control_type.lower()} {name}"
        lost = None
        try:
            output = self._send(command, timeout)
        except CommandUnfinished as error:
            lost, output = error, error.output
        seen = service_texts.states_seen(output, name)
        wanted = "Stopped" if control_type == "Stop" else "Started"
        state = self._look_at(name)
        if lost is None:
            if control_type == "Restart" and seen[-1:] != ["STARTED"]:
                self._refuse(command, state, output)
        else:
            # A service that runs and was not seen to stop may never have been restarted.
            proven = control_type != "Restart" or any(each != "STARTED" for each in seen)
            state = self._find_sign(name, state, wanted if proven else None, lost)

        def done(now: ServiceState) -> bool:
            return now.settled and (lost is None or now.status == wanted)

        if not done(state):
            left = timeout - (self._clock.monotonic() - began)
            state = self._wait([name], done, f"{control_type} of {name}", left, of=timeout).states[name]
        if state.status != wanted:
            self._refuse(command, state, output)
        return state

    def _send(self, command: str, timeout: float) -> str:
        """Send an order: again only when it was not sent at all."""
        while True:
            try:
                return self._sessions.shell().run(command, timeout=timeout).output
            except (HungUp, TypingLost):
                if not self._sessions.left:
                    raise

    def _find_sign(
        self, name: str, state: ServiceState, wanted: str | None, lost: AnswerLost
    ) -> ServiceState:
        """The session broke off: the service itself tells whether the order was taken.

        `wanted` is the status that proves it, None when none does. It is not sent again: two restarts
        in a row would be worse than an error.
        """

        def shows(now: ServiceState) -> bool:
            return not now.settled or now.status == wanted or (wanted is None and now.status == "Stopped")

        began = self._clock.monotonic()
        intervals = iter(POLL_INTERVALS)
        while not shows(state):
            left = SIGN_OF_LIFE - (self._clock.monotonic() - began)
            if left <= 0:
                raise AnswerLost(
                    f"{lost.what}. The service is {in_words(state)}, which does not show within"
                    f" {SIGN_OF_LIFE:g} s that the order was taken",
                    host=lost.host,
                    operation=lost.operation,
                    remedy="Look at the service in Cisco Unified Serviceability, which shows its uptime, before"
                    " you run again",
                    details={**lost.details, "last_seen": [plain(state)]},
                )
            self._clock.sleep(min(next(intervals, POLL_INTERVALS[-1]), left))
            state = self._look_at(name)
        return state

    def _wait(
        self, names: Sequence[str], done: Wish, what: str, timeout: float, *, of: float | None = None
    ) -> Waited:
        """Look until all are `done`; `of` is the whole time limit that `timeout` is the rest of."""
        began = self._clock.monotonic()
        intervals = iter(POLL_INTERVALS)
        while True:
            seen = self.look(names)
            open_ones = [name for name in names if name not in seen or not done(seen[name])]
            seconds = self._clock.monotonic() - began
            if not open_ones:
                return Waited(seen, seconds)
            if seconds >= timeout:
                whole = timeout if of is None else of
                raise timed_out(seen, open_ones, what, whole, host=self._host, operation=_LIST)
            self._clock.sleep(min(next(intervals, POLL_INTERVALS[-1]), timeout - seconds))

    def _look_at(self, name: str) -> ServiceState:
        found = self.look([name]).get(name)
        if found is None:
            raise UnexpectedAnswer(
                f"the node does not list the service '{name}' any more",
                host=self._host,
                operation=_LIST,
                remedy="Run again; if it stays so, report it with the transcript",
                details={"transcript": self.transcript},
            )
        return found

    def _refuse(self, command: str, state: ServiceState, output: str) -> NoReturn:
        words = " ".join(output.split())
        raise ServiceRefused(
            f"the node did not do it: the service is {in_words(state)}; the node said:"
            f" {words[-_LAST_WORDS:] or '(nothing)'}",
            host=self._host,
            operation=command,
            remedy="See the service's dependencies and activation in Cisco Unified Serviceability, and that the"
            " account has privilege level 1 (show account)",
            details={"last_seen": [plain(state)], "transcript": self.transcript},
        )


def _state(row: ListedService) -> ServiceState:
    return ServiceState(
        name=row.name,
        status=_STATUS.get(row.state, "Unknown"),
        reason_code=_CODES.get(row.reason.lower()),
        reason=row.reason,
        uptime=None,
        started_at=None,
    )
