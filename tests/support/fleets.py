# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets of simulated clusters of any size, linked as a ring, a hub or a mesh, and what a run over them costs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.tests.demo.inventory import inventory, laboratory_ca, write_inventory
from ansible_collections.ucops.cucm.tests.simulator import key_stock
from ansible_collections.ucops.cucm.tests.simulator.client import ControlClient, simulator_process
from ansible_collections.ucops.cucm.tests.support.playbooks import PASSPHRASE, make_ca
from ansible_collections.ucops.cucm.tests.support.runner import Simulator, controlled_environment

SHAPES = ("ring", "hub", "mesh")
#: RSA keys that a node of release 14 makes at its installation, and one for a CSR.
KEYS_PER_NODE = 6
LIMIT = 4 * 3600


def name_of(number: int) -> str:
    return f"C{number:03d}"


def pattern_of(number: int) -> str:
    """The route pattern that leads to a cluster, which is its one extension."""
    return f"8{number:03d}"


def topology(clusters: int, nodes: int) -> dict[str, Any]:
    """A topology file of the simulator, as data: clusters of release 14, each with a publisher."""
    return {
        "clusters": [
            {
                "name": name_of(number),
                "release": "14",
                "domain": f"c{number:03d}.example.com",
                "extensions": [pattern_of(number)],
                "nodes": [
                    {"name": f"c{number:03d}-{node}", "role": "subscriber" if node else "publisher"}
                    for node in range(nodes)
                ],
            }
            for number in range(clusters)
        ]
    }


def links(shape: str, clusters: int) -> dict[str, dict[str, list[str]]]:
    """For each cluster its peers, and the patterns that lead there. The hub is the first cluster."""
    pairs = {
        "ring": ((number, (number + 1) % clusters) for number in range(clusters)),
        "hub": ((0, number) for number in range(1, clusters)),
        "mesh": ((one, other) for one in range(clusters) for other in range(one + 1, clusters)),
    }[shape]
    found: dict[str, dict[str, list[str]]] = {name_of(number): {} for number in range(clusters)}
    for one, other in pairs:
        found[name_of(one)][name_of(other)] = [pattern_of(other)]
        found[name_of(other)][name_of(one)] = [pattern_of(one)]
    return found


@dataclass(frozen=True)
class Cost:
    """What a run took: wall and processor time in seconds, the memory of the controller in MB, and what it said."""

    status: int
    wall: float
    processor: float
    memory: float
    output: str
    simulator: float = 0.0

    @property
    def lines(self) -> int:
        return len(self.output.splitlines())

    @property
    def changed(self) -> int:
        return sum(int(number) for number in re.findall(r"changed=(\d+)", self.output))

    @property
    def host_tasks(self) -> int:
        """Tasks times hosts, done and skipped."""
        return sum(int(number) for number in re.findall(r"(?:ok|skipped)=(\d+)", self.output))


@dataclass(frozen=True)
class Fleet:
    """Simulated clusters that listen, and a directory with an inventory for them."""

    directory: Path
    simulator: Simulator
    hosts: int
    pid: int

    @property
    def control(self) -> ControlClient:
        return ControlClient(self.simulator.control)

    def run(self, playbook: str, *arguments: str, forks: int = 20) -> Cost:
        """Run a playbook to its end and measure it."""
        results = self.directory / "results.jsonl"
        environment = controlled_environment(self.directory, results)
        del environment["ANSIBLE_CALLBACKS_ENABLED"]
        command = ("-i", "inventory.yml", "-f", str(forks), playbook, *arguments)
        before, began = _processor_seconds(self.pid), time.monotonic()
        output = self.directory / "output.txt"
        with output.open("w") as stream:
            process = subprocess.Popen(
                (sys.executable, "-m", "ansible.cli.playbook", *command),
                cwd=self.directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )
            _pid, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        return Cost(
            process.returncode,
            time.monotonic() - began,
            # Of the controller and of all its workers, which it has waited for.
            usage.ru_utime + usage.ru_stime,
            usage.ru_maxrss / 1024,
            output.read_text(encoding="utf-8"),
            _processor_seconds(self.pid) - before,
        )

    def debug_seconds(self, forks: int = 20, tasks: int = 5) -> float:
        """What one task that does nothing costs over all hosts, without the start of the run."""
        times = []
        for number in (1, 1 + tasks):
            path = self.directory / f"debug-{number}.yml"
            steps = [
                {"name": f"Do nothing, {each}", "ansible.builtin.debug": {"msg": "nothing"}}
                for each in range(number)
            ]
            play = {"name": "Do nothing", "hosts": "cucm", "gather_facts": False, "tasks": steps}
            path.write_text(json.dumps([play]), encoding="utf-8")
            cost = self.run(path.name, forks=forks)
            assert cost.status == 0, cost.output
            times.append(cost.wall)
        return (times[1] - times[0]) / tasks


def _processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running_fleet(
    directory: Path, shape: str, clusters: int, nodes: int, variables: Mapping[str, Any] | None = None
) -> Iterator[Fleet]:
    """Clusters that listen, each linked as the shape says; keys come from the stock, if the environment names one."""
    path = directory / "topology.json"
    path.write_text(json.dumps(topology(clusters, nodes)), encoding="utf-8")
    (directory / "laboratory").mkdir()
    with simulator_process(path, start_seconds=LIMIT) as ready:
        simulator = Simulator(ready["control"], ready["clusters"])
        ca = laboratory_ca(make_ca(directory / "laboratory"), PASSPHRASE)
        data = inventory(simulator.clusters, links(shape, clusters), {**ca, **(variables or {})})
        write_inventory(directory / "inventory.yml", data)
        yield Fleet(directory, simulator, clusters * nodes, ready["pid"])


def fill_key_stock(nodes: int) -> int:
    """Make keys for so many nodes, where the environment names a stock; how many were made."""
    directory = os.environ.get(key_stock.DIRECTORY)
    return key_stock.fill(Path(directory), 2048, nodes * KEYS_PER_NODE) if directory else 0
