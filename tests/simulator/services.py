# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The services of one node and their states over simulated time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from ansible_collections.ucops.cucm.tests.simulator.clock import NodeClock
from ansible_collections.ucops.cucm.tests.simulator.topology import ClusterTopology, NodeTopology

Control = Literal["Start", "Stop", "Restart"]
Status = Literal["Started", "Stopped", "Starting", "Stopping", "Unknown"]

CALL_MANAGER = "Cisco CallManager"
TOMCAT = "Cisco Tomcat"
HAPROXY = "Cisco HAProxy"
DATABASE = "A Cisco DB"
#: What the Control Center service cannot control; the command line of the node can.
NOT_CONTROLLABLE = (TOMCAT, DATABASE)
STARTED_BEFORE = 3 * 24 * 3600.0

_ALWAYS = (
    DATABASE,
    TOMCAT,
    "Cisco AXL Web Service",
    "Cisco CTIManager",
    CALL_MANAGER,
    "Cisco Certificate Change Notification",
    "Cisco Tftp",
    "Cisco Trust Verification Service",
    "SOAP -Log Collection APIs",
)
_SINCE_14 = (HAPROXY,)

SUCCESSFUL = -1
NO_SUCH_SERVICE = -1010
BAD_ARGUMENTS = -1012
NOT_RUNNING = -1019
PENDING = -1029
ALREADY_STARTED = -1039
NOT_ACTIVATED = -1068
REASONS: Mapping[int, str] = {
    SUCCESSFUL: " ",
    NO_SUCH_SERVICE: "No such service",
    BAD_ARGUMENTS: "Bad arguments",
    NOT_RUNNING: "Component is not running",
    PENDING: "Operation is pending",
    ALREADY_STARTED: "already started",
    NOT_ACTIVATED: "Service Not Activated",
}


@dataclass(frozen=True)
class ServiceReport:
    """One line of what the Control Center tells. `uptime` is in seconds, -1 when not running."""

    name: str
    status: Status
    reason: int
    started: datetime | None = None
    uptime: int = -1


@dataclass
class Service:
    """One service. An order in progress is `stops` and `starts`: the moments when each is done."""

    name: str
    activated: bool
    started_at: float | None
    stops: float | None = None
    starts: float | None = None

    @property
    def pending(self) -> bool:
        return self.stops is not None or self.starts is not None


class Services:
    """All services of a node. `on_started` is called when one has come up again."""

    def __init__(
        self,
        cluster: ClusterTopology,
        node: NodeTopology,
        clock: NodeClock,
        on_started: Callable[[str], None],
    ) -> None:
        # How long something takes does not depend on what the node believes the time to be.
        self._clock = clock.world
        self._node_clock = clock
        self.duration = cluster.restart_seconds
        self._on_started = on_started
        self.hang_next_restart = False
        off = node.services_not_activated
        if off is None:
            off = () if node.role == "publisher" else ("Cisco Tftp",)
        names = _ALWAYS + (_SINCE_14 if cluster.major >= 14 else ())
        begun = self._clock.seconds() - STARTED_BEFORE
        self._services = {
            name: Service(name, name not in off, None if name in off else begun) for name in sorted(names)
        }

    @property
    def names(self) -> list[str]:
        """The names of all services, as the node spells them."""
        return list(self._services)

    def status(self, name: str) -> Status:
        """The state of a service now."""
        self.settle()
        service = self._services[name]
        if service.stops is not None:
            return "Stopping"
        if service.starts is not None:
            return "Starting"
        return "Stopped" if service.started_at is None else "Started"

    def settle(self) -> None:
        """Carry out what was ordered and is due by the simulated time."""
        now = self._clock.seconds()
        for service in self._services.values():
            if service.stops is not None and service.stops <= now:
                service.stops = None
                service.started_at = None
            if service.stops is None and service.starts is not None and service.starts <= now:
                service.started_at = service.starts
                service.starts = None
                self._on_started(service.name)

    def unhang(self) -> None:
        """Let a restart that hangs come back now."""
        self.hang_next_restart = False
        for service in self._services.values():
            if service.starts == float("inf"):
                service.starts = self._clock.seconds()

    def seconds_until_settled(self) -> float | None:
        """How long the next pending change takes; None when nothing is pending or it hangs."""
        now = self._clock.seconds()
        moments = [
            moment
            for service in self._services.values()
            for moment in (service.stops, service.starts)
            if moment is not None and moment != float("inf")
        ]
        return max(min(moments) - now, 0.0) if moments else None

    def report(self, name: str) -> ServiceReport:
        """What the Control Center tells of a service: a name it does not know is Stopped."""
        if name not in self._services:
            return ServiceReport(name, "Stopped", NOT_RUNNING)
        status = self.status(name)
        service = self._services[name]
        if not service.activated:
            return ServiceReport(name, "Stopped", NOT_ACTIVATED)
        if status != "Started" or service.started_at is None:
            return ServiceReport(name, status, NOT_RUNNING if status == "Stopped" else PENDING)
        uptime = int(self._clock.seconds() - service.started_at)
        started = datetime.fromtimestamp(service.started_at + self._node_clock.skew, UTC)
        return ServiceReport(name, status, SUCCESSFUL, started, max(uptime, 0))

    def control(self, name: str, control: Control, *, from_command_line: bool = False) -> int:
        """Order a start, stop or restart; returns the reason code, SUCCESSFUL when it was taken."""
        self.settle()
        service = self._services.get(name)
        if service is None:
            return NO_SUCH_SERVICE
        if name in NOT_CONTROLLABLE and not from_command_line:
            return BAD_ARGUMENTS
        if not service.activated:
            return NOT_ACTIVATED
        if service.pending:
            return PENDING
        running = service.started_at is not None
        if control == "Start" and running:
            return ALREADY_STARTED
        if control == "Stop" and not running:
            return NOT_RUNNING
        now = self._clock.seconds()
        half = self.duration / 2
        service.stops = now + half if running else None
        if control != "Stop":
            service.starts = float("inf") if self.hang_next_restart else now + self.duration
            self.hang_next_restart = False
        return SUCCESSFUL
