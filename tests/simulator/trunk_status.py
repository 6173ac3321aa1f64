# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of a node's SIP trunks by OPTIONS ping, and the alarms when it changes.

A real node pings all the time, at the intervals of the SIP profile. This one pings when somebody asks,
after a reset and when Cisco CallManager starts, so that a test need not wait for an interval.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from ansible_collections.ucops.cucm.tests.simulator import sip_messages
from ansible_collections.ucops.cucm.tests.simulator.running import Destination, RunningTrunk
from ansible_collections.ucops.cucm.tests.simulator.trunk_connection import (
    NO_ADDRESS,
    NO_CONNECTION,
    AttemptFailed,
    TrunkConnection,
    locate,
    why_not,
)

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

Status = Literal["Registered", "UnRegistered", "Unknown"]

#: A result that is older than this, in seconds of the simulated time, is not told any more.
FRESH_SECONDS = 1.0
#: Answers to OPTIONS that tell that the peer takes no calls; every other answer tells that it does.
UNAVAILABLE = (403, 408, 503)
#: How many pings of a node are under way at a time.
_AT_A_TIME = 8

_ALARMS: dict[Status, str] = {
    "Registered": "SIPTrunkISV",
    "UnRegistered": "SIPTrunkPartiallyISV",
    "Unknown": "SIPTrunkOOS",
}


@dataclass(frozen=True)
class TrunkStatus:
    """The status of one trunk on one node, in the words of RisPort70.

    Registered is full service, UnRegistered partial service, Unknown no service, or no OPTIONS ping.
    `reason` is a CcmDevFailCauseCode, `addresses` are those of the destinations, `since` is when the
    status came about by the node's clock.
    """

    name: str
    uuid: str
    status: Status
    reason: int
    addresses: tuple[str, ...]
    since: datetime


@dataclass
class _Watched:
    """What the node knows of one trunk: the status that it last told, and when it last looked."""

    told: TrunkStatus
    pinged: bool = False
    looked_at: float = float("-inf")
    #: The trunk as it ran then: another one has been reset since.
    trunk: RunningTrunk | None = None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class TrunkMonitor:
    """Watches the trunks that a node runs."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._watched: dict[str, _Watched] = {}
        self._at_a_time = asyncio.Semaphore(_AT_A_TIME)
        self._under_way: set[asyncio.Task[None]] = set()

    async def statuses(self) -> list[TrunkStatus]:
        """The status of every trunk that the node runs now; nothing while Cisco CallManager is down."""
        if not self._node.call_processing:
            return []
        trunks = sorted(self._node.running_trunks.values(), key=lambda trunk: trunk.name)
        return list(await asyncio.gather(*map(self._status, trunks)))

    def look_again(self, uuids: set[str]) -> None:
        """These trunks were reset: forget their status, and ping those that ping."""
        for uuid in uuids:
            self._watched.pop(uuid, None)
        trunks = [
            trunk for uuid, trunk in self._node.running_trunks.items() if uuid in uuids and trunk.options_ping
        ]
        for trunk in trunks:
            task = asyncio.get_running_loop().create_task(self._look_at(trunk))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def _look_at(self, trunk: RunningTrunk) -> None:
        if self._node.call_processing:
            await self._status(trunk)

    def stop(self) -> list[asyncio.Task[None]]:
        """End the pings that are under way; returns them, to be waited for."""
        under_way = list(self._under_way)
        for task in under_way:
            task.cancel()
        return under_way

    async def _status(self, trunk: RunningTrunk) -> TrunkStatus:
        watched = self._watched.setdefault(trunk.uuid, _Watched(self._made(trunk, "Unknown")))
        async with watched.lock:
            now = self._node.clock.seconds()
            if watched.trunk != trunk or abs(now - watched.looked_at) > FRESH_SECONDS:
                await self._look(trunk, watched)
                watched.trunk, watched.looked_at = trunk, self._node.clock.seconds()
        return watched.told

    async def _look(self, trunk: RunningTrunk, watched: _Watched) -> None:
        before = watched.told.status if watched.pinged else None
        failures = await self._ping(trunk) if trunk.options_ping else {}
        if not trunk.options_ping:
            status: Status = "Unknown"
        elif failures and len(failures) == len(trunk.destinations or [None]):
            status = "Unknown"
        else:
            status = "UnRegistered" if failures else "Registered"
        if status != watched.told.status or trunk.name != watched.told.name or watched.trunk is None:
            watched.told = self._made(trunk, status)
        watched.pinged = trunk.options_ping
        if trunk.options_ping and status != before:
            self._raise_alarm(trunk, status, failures)

    def _made(self, trunk: RunningTrunk, status: Status) -> TrunkStatus:
        addresses = dict.fromkeys(self._address(destination) for destination in trunk.destinations)
        return TrunkStatus(trunk.name, trunk.uuid, status, 0, tuple(addresses), self._node.clock.now())

    def _address(self, destination: Destination) -> str:
        try:
            return locate(self._node, destination).address
        except AttemptFailed:
            return destination.address

    async def _ping(self, trunk: RunningTrunk) -> dict[str, str]:
        """The destinations that do not answer, each with the alarm's reason."""
        if why_not(trunk, self._node.sip_tls_versions[0]):
            reason = NO_ADDRESS if trunk.destination_is_srv else NO_CONNECTION
            places = [f"{there.address}:{there.port}" for there in trunk.destinations] or [trunk.name]
            return dict.fromkeys(places, reason)
        reasons = await asyncio.gather(*(self._ping_one(trunk, there) for there in trunk.destinations))
        return {
            f"{there.address}:{there.port}": reason
            for there, reason in zip(trunk.destinations, reasons, strict=True)
            if reason
        }

    async def _ping_one(self, trunk: RunningTrunk, destination: Destination) -> str:
        """OPTIONS to one destination: empty when it takes calls, else the alarm's reason."""
        async with self._at_a_time:
            try:
                connection = TrunkConnection(self._node, trunk, locate(self._node, destination))
                await connection.open()
                try:
                    address, port = connection.local
                    remote = f"{destination.address}:{destination.port}"
                    await connection.start(sip_messages.options_ping(f"{address}:{port}", remote))
                    answer = await connection.receive()
                    while answer.status < 200:
                        answer = await connection.receive()
                finally:
                    await connection.close()
            except AttemptFailed as error:
                return error.alarm_reason
        return f"Remote={answer.status}" if answer.status in UNAVAILABLE else ""

    def _raise_alarm(self, trunk: RunningTrunk, status: Status, failures: dict[str, str]) -> None:
        available = [
            place
            for place in (f"{there.address}:{there.port}" for there in trunk.destinations)
            if place not in failures
        ]
        unavailable = [f"{place} {reason}" for place, reason in failures.items()]
        self._node.trace.trunk_alarm(
            _ALARMS[status], trunk.name, "; ".join(available), "; ".join(unavailable)
        )
