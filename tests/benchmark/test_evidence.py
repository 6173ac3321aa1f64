# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a large trace and a large capture are read, and in how much memory.

Beside it, on the same file and in the same run, what an engineer has without us: `grep -c` for one word,
and `tshark -r` for the packets. Each reader is a process of its own. Its peak of memory is the kernel's
(VmHWM, since ru_maxrss would have that of its parent in it). Rates are by the clock, and by the processor's
time, which a busy machine changes less. CUCM_BENCHMARK_SCALE makes the files smaller: 1 is 1 GB and 500 MB.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.tests.benchmark import made_evidence

SCALE = float(os.environ.get("CUCM_BENCHMARK_SCALE", "1"))
TRACE_SIZE = int(1_000_000_000 * SCALE)
CAPTURE_SIZE = int(500_000_000 * SCALE)
#: Seconds that one program may take.
TIME_LIMIT = 600
#: MiB that a reader may take beside those of an interpreter with its imports, whatever the file has.
LARGEST_GROWTH = 128

_FRAME = """
import json, re, sys, time
from pathlib import Path
{imports}
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024

path = sys.argv[1]
before, start, processor = peak(), time.perf_counter(), time.process_time()
{body}
seconds, processor = time.perf_counter() - start, time.process_time() - processor
print(json.dumps(
    {{"seconds": seconds, "processor": processor, "before": before, "peak": peak(), "found": found}}
))
"""
_UTILS = "ansible_collections.ucops.cucm.plugins.module_utils"
READ_TRACE = _FRAME.format(
    imports=f"from {_UTILS}._trace.sdl import read_traces",
    body="result = read_traces([path])\nfound = result['summary']['answered']",
)
READ_CAPTURE = _FRAME.format(
    imports=f"from {_UTILS}._capture.handshake import read_capture",
    body=(
        "with open(path, 'rb', buffering=1024 * 1024) as stream:\n"
        "    result = read_capture(stream, source=path, ports=[5061], most=10_000)\n"
        "found = sum(one['handshake'] == 'complete' for one in result.connections)"
    ),
)


@dataclass(frozen=True)
class Run:
    """Seconds by the clock and of the processor, MiB at the highest and before the reading, and what was found."""

    seconds: float
    processor: float
    peak: float
    before: float
    found: int

    def rates(self, size: int) -> str:
        return f"{size / 1e6 / self.seconds:.0f} MB/s ({size / 1e6 / self.processor:.0f} of processor time)"

    def memory(self) -> str:
        return f"peak {self.peak:.0f} MiB, {self.before:.0f} of them before the reading"


def ours(program: str, path: Path) -> Run:
    done = subprocess.run(
        (sys.executable, "-c", program, str(path)),
        check=True,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
    )
    return Run(**json.loads(done.stdout))


def other(command: Sequence[str]) -> Run:
    """Another program; `found` is its number of lines, or the number that it prints."""
    start, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        last, lines = b"", 0
        while piece := process.stdout.read(1024 * 1024):
            lines += piece.count(b"\n")
            last = piece[-64:]
        process.wait(TIME_LIMIT)
    seconds = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    word = last.strip()
    return Run(seconds, processor, after.ru_maxrss / 1024, 0.0, int(word) if word.isdigit() else lines)


def warmed(path: Path) -> int:
    """Read the file once, so that all programs find it in the page cache; its size."""
    with path.open("rb", buffering=0) as stream:
        while stream.read(8 * 1024 * 1024):
            pass
    return path.stat().st_size


@pytest.mark.timeout(2 * TIME_LIMIT)
def test_trace(tmp_path: Path) -> None:
    path = tmp_path / "SDL001_100_000001.txt"
    calls = made_evidence.make_trace(path, TRACE_SIZE)
    try:
        size = warmed(path)
        grep = other(("grep", "-c", "SIPCertificateInd", str(path)))
        run = ours(READ_TRACE, path)
    finally:
        path.unlink()
    kept = min(calls, 10_000)
    print(f"\ntrace of {size / 1e6:.0f} MB with {calls} calls: {run.seconds:.1f} s, {run.memory()}")
    print(f"  {run.rates(size)}; grep -c for one word {grep.rates(size)}")
    assert grep.found == 2 * calls
    assert run.found == kept
    assert run.peak - run.before < LARGEST_GROWTH


@pytest.mark.timeout(3 * TIME_LIMIT)
def test_capture(tmp_path: Path) -> None:
    if shutil.which("tshark") is None:
        pytest.skip("there is no tshark to compare with")
    path = tmp_path / "packets.cap"
    connections = made_evidence.make_capture(path, CAPTURE_SIZE)
    try:
        size = warmed(path)
        run = ours(READ_CAPTURE, path)
        tshark = other(("tshark", "-n", "-r", str(path)))
    finally:
        path.unlink()
    print(f"\ncapture of {size / 1e6:.0f} MB with {connections} connections, {tshark.found} packets:")
    print(f"  {run.seconds:.1f} s, {run.memory()}; tshark {tshark.seconds:.1f} s, peak {tshark.peak:.0f} MiB")
    print(f"  {run.rates(size)}; tshark -r {tshark.rates(size)}")
    assert run.found == connections
    assert run.peak - run.before < LARGEST_GROWTH
