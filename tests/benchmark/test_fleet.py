# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a fleet costs, as ratios: CUCM_FLEET=ring:200:2 (shape, clusters, nodes of each) chooses it.

Times of a shared machine tell little; a multiple of what one task that does nothing costs over the same hosts, measured
in the same run, tells more. Twice with half and whole size shows whether the cost is linear.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.tests.support.fleets import (
    SHAPES,
    Cost,
    Fleet,
    fill_key_stock,
    running_fleet,
)

PAIR, VERIFY = "ucops.cucm.pair_clusters", "ucops.cucm.verify"
RESTART = ("-e", "cucm_certificate_restart_services=true")
CHOSEN = os.environ.get("CUCM_FLEET", "")


def told(name: str, cost: Cost, fleet: Fleet, debug: float) -> None:
    parts = (
        f"  {name:18} {cost.wall:7.1f} s = {cost.wall / debug:6.1f} x debug",
        f"{cost.wall / fleet.hosts * 1000:5.0f} ms a host",
        f"processor {cost.processor:.0f} s, simulator {cost.simulator:.0f} s",
        f"{cost.memory:.0f} MB",
        f"{cost.host_tasks / fleet.hosts:.1f} tasks a host",
        f"{cost.lines} lines",
        f"changed={cost.changed}",
    )
    print("; ".join(parts))


@pytest.mark.skipif(not CHOSEN, reason="CUCM_FLEET names no fleet, such as ring:20:2")
def test_fleet(tmp_path: Path) -> None:
    shape, clusters, nodes = (*CHOSEN.split(":"), "2")[:3]
    assert shape in SHAPES
    began = time.monotonic()
    made = fill_key_stock(int(clusters) * int(nodes))
    seconds = time.monotonic() - began
    print(f"\n{shape} of {clusters} clusters with {nodes} nodes: {made} keys made in {seconds:.0f} s")
    began = time.monotonic()
    with running_fleet(tmp_path, shape, int(clusters), int(nodes)) as fleet:
        print(f"  started {fleet.hosts} nodes, and made the CA, in {time.monotonic() - began:.0f} s")
        debug = fleet.debug_seconds()
        print(f"  one debug task over {fleet.hosts} hosts: {debug:.2f} s")
        first = fleet.run(PAIR, *RESTART)
        told("from empty", first, fleet, debug)
        assert first.status == 0, first.output[-4000:]
        fleet.control.clear_requests()
        second = fleet.run(PAIR, *RESTART)
        told("nothing to change", second, fleet, debug)
        assert second.status == 0, second.output[-4000:]
        assert second.changed == 0
        counts = Counter(f"{each['door']} {each['operation']}" for each in fleet.control.requests())
        print(f"    {sum(counts.values()) / fleet.hosts:.2f} requests a host: {dict(sorted(counts.items()))}")
        proof = fleet.run(VERIFY, "-e", f"cucm_verify_directory={tmp_path / 'report'}")
        told("verify", proof, fleet, debug)
        assert proof.status == 0, proof.output[-4000:]
        print(f"    the page has {(tmp_path / 'report' / 'report.html').stat().st_size / 1e6:.2f} MB")
