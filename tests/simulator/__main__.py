# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the simulator: `python -m ansible_collections.ucops.cucm.tests.simulator [--topology FILE]`.

One line of JSON on standard output tells when it is ready and where everything listens. It ends by
SIGTERM or SIGINT and, with --until-stdin-closes, when its standard input closes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
from collections.abc import Sequence

from ansible_collections.ucops.cucm.tests import schemas
from ansible_collections.ucops.cucm.tests.simulator.simulator import Simulator
from ansible_collections.ucops.cucm.tests.simulator.topology import (
    Topology,
    TopologyError,
    default_topology,
    load_topology,
)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="simulator", description="Simulated Unified CM clusters on loopback."
    )
    parser.add_argument("--topology", metavar="FILE", help="YAML file of the clusters; default: two clusters")
    parser.add_argument("--control-port", type=int, default=0, help="port of the control API; default: free")
    parser.add_argument("--until-stdin-closes", action="store_true", help="end when standard input closes")
    return parser.parse_args(argv)


def _watch_stdin(loop: asyncio.AbstractEventLoop, ended: asyncio.Event) -> None:
    """End when standard input does. In a thread, since it may be a pipe, a file or a terminal."""
    while os.read(0, 4096):
        pass
    with contextlib.suppress(RuntimeError):  # the loop is closed already
        loop.call_soon_threadsafe(ended.set)


async def _run(topology: Topology, control_port: int, *, until_stdin_closes: bool) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, ended.set)
    async with Simulator(topology, control_port=control_port) as simulator:
        without = schemas.reason_unavailable()
        if without is not None:
            print(f"simulator: AXL requests are hardly checked: {without}", file=sys.stderr, flush=True)
        print(json.dumps({"ready": True, **simulator.description()}), flush=True)
        if until_stdin_closes:
            threading.Thread(target=_watch_stdin, args=(loop, ended), daemon=True).start()
        await ended.wait()


def main(argv: Sequence[str] | None = None) -> int:
    """Run until told to end; 2 when the topology cannot be used."""
    arguments = _arguments(argv)
    try:
        topology = load_topology(arguments.topology) if arguments.topology else default_topology()
    except (TopologyError, OSError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2
    asyncio.run(_run(topology, arguments.control_port, until_stdin_closes=arguments.until_stdin_closes))
    return 0


if __name__ == "__main__":
    sys.exit(main())
