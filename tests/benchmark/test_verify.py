# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What `verify` of many links costs: a simulated hub of two nodes with 2, 10 and 50 spokes of one node.

That is the worst case for a play: a host more for each link, and one host that has a trunk to every spoke
and asks for them in turn. The forks are Ansible's default of five. The simulator shares the
processors, and its nodes answer at once; real ones take longer, and more forks then help.
Memory is that of the largest process, as the kernel counts it, the workers among them.
"""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.tests.support.laboratory import VERIFY, Laboratory, hub_and_spokes


def verify(lab: Laboratory, directory: Path) -> tuple[float, float, float]:
    """One run: seconds by the clock, seconds of the processor without the simulator's, MiB at the highest."""
    settings = {"cucm_verify_directory": str(directory), "cucm_options_ping": True}
    start = time.monotonic()
    with lab.site.start(VERIFY, "-e", json.dumps(settings)) as process:
        try:
            assert process.stdout is not None
            output = process.stdout.read()
            _pid, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            if process.returncode is None:
                os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 0, output
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


@pytest.mark.timeout(600)
@pytest.mark.parametrize("spokes", [2, 10, 50])
def test_verify(tmp_path: Path, spokes: int) -> None:
    proof = tmp_path / "proof"
    with hub_and_spokes(tmp_path, spokes) as lab:
        seconds, processor, peak = verify(lab, proof)
    report = json.loads((proof / "report.json").read_text(encoding="utf-8"))
    assert [link["verdict"] for link in report["links"]] == ["pass"] * spokes
    sizes = {
        name: (proof / name).stat().st_size / 1000 for name in ("report.html", "report.json", "report.xml")
    }
    print(
        f"\nverify of {spokes} links, {spokes + 2} nodes: {seconds:.1f} s, {processor:.1f} s of processor time,"
        f" peak {peak:.0f} MiB; " + ", ".join(f"{name} {size:.0f} kB" for name, size in sizes.items())
    )
