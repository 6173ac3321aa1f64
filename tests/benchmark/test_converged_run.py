# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run costs that changes nothing: requests for each node, and what each is for."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

from ansible_collections.ucops.cucm.tests.support.playbooks import PAIR, make_ca, site
from ansible_collections.ucops.cucm.tests.support.runner import running_simulator

RESTART = ("-e", "cucm_certificate_restart_services=true")


def test_second_run_of_pair_clusters(tmp_path: Path) -> None:
    laboratory, laptop = tmp_path / "laboratory", tmp_path / "laptop"
    laboratory.mkdir()
    laptop.mkdir()
    with running_simulator() as simulator, site(laptop, simulator, make_ca(laboratory)) as here:
        here.succeed(PAIR, *RESTART)
        here.control.clear_requests()
        start = time.monotonic()
        outcome = here.succeed(PAIR, *RESTART)
        seconds = time.monotonic() - start
        assert set(outcome.changed().values()) == {0}
        requests = here.control.requests()
    lines = len(outcome.output.splitlines())
    print(f"\nsecond run of pair_clusters, 4 nodes: {seconds:.1f} s, {len(requests)} requests, {lines} lines")
    for node, counted in outcome.counts.items():
        print(f"  {node}: {counted['ok'] + counted['skipped']} tasks, of which {counted['skipped']} skipped")
    for node in sorted({request["node"] for request in requests}):
        counts = Counter(
            f"{entry['door']} {entry['operation']}" for entry in requests if entry["node"] == node
        )
        print(f"  {node}: " + ", ".join(f"{count} x {name}" for name, count in sorted(counts.items())))
