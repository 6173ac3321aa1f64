# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `ansible-inventory --list` of a topology costs: processor time, memory and size, beside the limits.

`--list` writes the variables of groups at each host, so it is the largest that the data become. Two clusters
show what Ansible itself costs.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.tests.support.topologies import topology

#: Clusters, nodes of each, links; limits of seconds and of megabytes.
CASES = [
    (2, 2, "mesh: all", 3, 1),
    (50, 2, "mesh: all", 5, 2),
    (200, 2, "hub: {hub: CUCM000, spokes: all}", 3, 1),
    (200, 2, "mesh: all", 25, 30),
    (200, 3, "mesh: all", 25, 30),
]


@pytest.mark.timeout(900)
@pytest.mark.parametrize(("clusters", "nodes", "links", "seconds", "megabytes"), CASES)
def test_ansible_inventory(
    tmp_path: Path, clusters: int, nodes: int, links: str, seconds: float, megabytes: float
) -> None:
    path, output = tmp_path / "clusters.cucm.yml", tmp_path / "inventory.json"
    path.write_text(topology(clusters, nodes, links), encoding="utf-8")
    program = str(Path(sys.executable).parent / "ansible-inventory")
    with output.open("wb") as file:
        process = subprocess.Popen((program, "--list", "-i", str(path)), stdout=file)
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    processor, size = usage.ru_utime + usage.ru_stime, output.stat().st_size / 1e6
    print(
        f"\n{clusters} clusters of {nodes} nodes, {links}: {processor:.1f} s of processor time"
        f" (limit {seconds}, ratio {processor / seconds:.2f}), {size:.2f} MB of JSON"
        f" (limit {megabytes}, ratio {size / megabytes:.2f}), peak {usage.ru_maxrss / 1024:.0f} MiB"
    )
    # The size does not depend on the machine.
    assert size < megabytes
