# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of a node, as its SOAP interface and its command line both show and change them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, TimedOut

#: Seconds between two looks while waiting; the last one repeats. The node allows about 15 a minute.
POLL_INTERVALS = (1.0, 2.0, 4.0, 8.0, 10.0)
#: Seconds in which an order whose answer was lost must show, or it was not carried out.
SIGN_OF_LIFE = 30.0

NOT_ACTIVATED = -1068
COMMANDED_OUT_OF_SERVICE = -1069
PENDING = -1029


class ServiceRefused(CucmError):
    """The node did not take an order to start, stop or restart."""

    reason = "service_refused"


@dataclass(frozen=True)
class ServiceState:
    """One service. `status` is Started, Stopped, Starting, Stopping or Unknown; `uptime` in seconds."""

    name: str
    status: str
    reason_code: int | None
    reason: str
    uptime: int | None
    started_at: datetime | None

    @property
    def activated(self) -> bool:
        """Whether the service is activated on this node at all."""
        return self.reason_code != NOT_ACTIVATED

    @property
    def settled(self) -> bool:
        """Whether it is not on its way from one state to another."""
        return self.status not in ("Starting", "Stopping") and self.reason_code != PENDING


Wish = Callable[[ServiceState], bool]


@dataclass(frozen=True)
class Order:
    """What to send for which services: Start, Stop or Restart."""

    control_type: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Waited:
    """What a wait saw last, and how many seconds it took."""

    states: Mapping[str, ServiceState]
    seconds: float


class Services(Protocol):
    """The services of one node, by one interface."""

    @property
    def transcript(self) -> str | None:
        """The dialogue so far, fit to be shown; None where there is none."""

    def status(self) -> dict[str, ServiceState]:
        """Every service of the node."""

    def settle(self, names: Sequence[str], timeout: float) -> Waited:
        """Let services arrive that are on their way."""

    def carry_out(self, order: Order, timeout: float | None) -> Waited:
        """Have an order carried out and wait for its end; with None, return when it is taken.

        What is returned has at least the named services when it was waited for. An order is never
        sent twice. Raises AnswerLost when nobody knows whether it was taken, TimedOut when its end
        did not come in time.
        """

    def look(self, names: Sequence[str]) -> dict[str, ServiceState]:
        """The named services as they are now."""


def timed_out(
    seen: Mapping[str, ServiceState],
    open_ones: Sequence[str],
    what: str,
    timeout: float,
    *,
    host: str,
    operation: str,
    trouble: CucmError | None = None,
) -> TimedOut:
    """The error about a wait that has ended with `open_ones` not where they should be."""
    last = "; ".join(f"{name}: {in_words(seen.get(name))}" for name in open_ones)
    if trouble is not None:
        last += f"; the last look failed: {trouble.what}"
    return TimedOut(
        f"{what} did not come about within {timeout:g} s; last seen: {last}",
        host=host,
        operation=operation,
        option="wait_timeout",
        remedy="Look at the service on the node (utils service list) and run again",
        details={"last_seen": [plain(state) for state in seen.values()]},
    )


def plain(state: ServiceState) -> dict[str, Any]:
    """A state as plain data."""
    return {
        "name": state.name,
        "status": state.status,
        "activated": state.activated,
        "reason": state.reason,
        "reason_code": state.reason_code,
        "started_at": state.started_at.strftime("%Y-%m-%dT%H:%M:%SZ") if state.started_at else None,
        "uptime": state.uptime,
    }


def in_words(state: ServiceState | None) -> str:
    """A state for a sentence."""
    if state is None:
        return "not reported"
    since = f" for {state.uptime} s" if state.uptime is not None else ""
    return f"{state.status}{since}{f' ({state.reason})' if state.reason else ''}"
