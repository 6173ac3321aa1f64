# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a whole: start and stop, in an event loop or in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from ansible_collections.ucops.cucm.tests.simulator.axl.schemas import SchemaSet
from ansible_collections.ucops.cucm.tests.simulator.calls import CallResult, place_call
from ansible_collections.ucops.cucm.tests.simulator.control import ControlServer
from ansible_collections.ucops.cucm.tests.simulator.faults import Fault
from ansible_collections.ucops.cucm.tests.simulator.journal import Journal, RequestLog
from ansible_collections.ucops.cucm.tests.simulator.topology import Topology, default_topology
from ansible_collections.ucops.cucm.tests.simulator.world import Node, World

T = TypeVar("T")
START_TIMEOUT = 60.0


class Simulator:
    """All clusters of a topology, listening. Use it as an asynchronous context manager."""

    def __init__(
        self, topology: Topology | None = None, *, control_port: int = 0, schemas: SchemaSet | None = None
    ) -> None:
        self.world = World(topology or default_topology(), schemas)
        self._control = ControlServer(self.world, control_port)

    async def __aenter__(self) -> Simulator:
        try:
            for node in self.world.nodes():
                await node.web.start()
                node.sip.start()
                node.ssh.start()
            await self._control.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.stop()

    async def stop(self) -> None:
        """Close every port and delete every file."""
        await self._control.stop()
        for node in self.world.nodes():
            await node.ssh.stop()
            await node.sip.stop()
            await node.web.stop()
        self.world.identity_files.remove()

    @property
    def control_url(self) -> str:
        """Where the control API is."""
        return self._control.url

    def description(self) -> dict[str, Any]:
        """What the readiness line and GET /state tell of the clusters."""
        return self._control.description()

    async def call(self, cluster: str, calling: str, called: str, node: str | None = None) -> CallResult:
        """Place a call; see `calls.place_call`."""
        return await place_call(self.world, cluster, calling, called, node=node)


class RunningSimulator:
    """A simulator in a thread of its own, for code that is not asynchronous."""

    def __init__(self, simulator: Simulator, loop: asyncio.AbstractEventLoop) -> None:
        self._simulator = simulator
        self._loop = loop

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(START_TIMEOUT)

    @property
    def world(self) -> World:
        """The world; change it only by the methods below."""
        return self._simulator.world

    @property
    def control_url(self) -> str:
        """Where the control API is."""
        return self._simulator.control_url

    @property
    def journal(self) -> Journal:
        """The successful mutations."""
        return self.world.journal

    @property
    def requests(self) -> RequestLog:
        """Every request."""
        return self.world.requests

    def node(self, name: str) -> Node:
        """A node by its name; its `web.port`, `sip.port` and `ssh.port` are the real ports."""
        return next(node for node in self.world.nodes() if node.name == name)

    def call(self, cluster: str, calling: str, called: str, node: str | None = None) -> CallResult:
        """Place a call; see `calls.place_call`."""
        return self._run(self._simulator.call(cluster, calling, called, node))

    def do(self, work: Callable[[], T]) -> T:
        """Run a function in the simulator's thread, between two requests; returns what it returns."""

        async def run() -> T:
            return work()

        return self._run(run())

    def fault(self, **options: Any) -> None:
        """Order a fault; the options are those of `faults.Fault`."""
        self.do(lambda: self.world.order_fault(Fault(**options)))

    def clear_faults(self) -> None:
        """Nothing goes wrong any more."""
        self.do(self.world.clear_faults)

    def advance(self, seconds: float) -> None:
        """Move the simulated clock."""
        self.do(lambda: self.world.advance(seconds))

    def reset(self) -> None:
        """Everything as at the start."""
        self.do(self.world.restore)


@contextmanager
def running_simulator(
    topology: Topology | None = None, *, control_port: int = 0, schemas: SchemaSet | None = None
) -> Iterator[RunningSimulator]:
    """Run a simulator in a thread while the block lasts."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="cucm-simulator", daemon=True)
    thread.start()

    async def start() -> Simulator:
        return await Simulator(topology, control_port=control_port, schemas=schemas).__aenter__()

    try:
        simulator = asyncio.run_coroutine_threadsafe(start(), loop).result(START_TIMEOUT)
        try:
            yield RunningSimulator(simulator, loop)
        finally:
            asyncio.run_coroutine_threadsafe(simulator.stop(), loop).result(START_TIMEOUT)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(START_TIMEOUT)
        loop.close()
