# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Run gates and print what each took: .venv/bin/python tools/gates.py NAME [NAME …].

Gates that use one core run two at a time, their output shown when they end; the others run alone. Every
gate runs, also after one that failed; the exit status is 1 if one did.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
#: Gates that use all cores by themselves.
WIDE = ("schemas", "units", "integration", "oldest", "matrix", "long")
#: How many of the others run at a time.
LANES = 2


@dataclass(frozen=True)
class Result:
    """What a gate ended with: its exit status, seconds on the clock, seconds of processor time, output."""

    name: str
    status: int
    seconds: float
    processor_seconds: float
    output: str = ""


def run_gate(name: str, *, captured: bool) -> Result:
    """Run one gate by nox; its output goes to the terminal unless it is captured."""
    command = (str(ROOT / ".venv" / "bin" / "nox"), "--non-interactive", "--sessions", name)
    began = time.monotonic()
    with tempfile.TemporaryFile() as output:
        target = output.fileno() if captured else None
        process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=target, stderr=target)
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read().decode(errors="replace")
    return Result(name, process.returncode, time.monotonic() - began, usage.ru_utime + usage.ru_stime, text)


def run_all(names: Sequence[str], run: Callable[..., Result]) -> Iterable[Result]:
    """Run the narrow gates side by side, then the wide ones in the order of their names' list."""
    narrow = [name for name in names if name not in WIDE]
    first, last = (
        [name for name in names if name == "schemas"],
        [n for n in names if n in WIDE and n != "schemas"],
    )
    for name in first:
        yield run(name, captured=False)
    with ThreadPoolExecutor(LANES) as lanes:
        started = [lanes.submit(run, name, captured=True) for name in narrow]
        for done in as_completed(started):
            yield done.result()
    for name in last:
        yield run(name, captured=False)


def table(results: Sequence[Result], seconds: float) -> str:
    """The gates with their times, and a line that counts them."""
    failed = [result for result in results if result.status]
    lines = [f"{'gate':<14}{'seconds':>9}{'processor':>11}  result"]
    lines += [
        f"{r.name:<14}{r.seconds:>9.0f}{r.processor_seconds:>11.0f}  {'FAILED' if r.status else 'passed'}"
        for r in results
    ]
    total = sum(result.processor_seconds for result in results)
    lines.append(f"{'all':<14}{seconds:>9.0f}{total:>11.0f}")
    lines.append(f"gates: {len(results) - len(failed)} passed, {len(failed)} failed")
    return "\n".join(lines)


def main(names: Sequence[str], run: Callable[..., Result] = run_gate) -> int:
    """Run the gates; 1 if one failed, 2 if none was named."""
    if not names:
        print(__doc__, file=sys.stderr)
        return 2
    began, results = time.monotonic(), []
    for result in run_all(names, run):
        results.append(result)
        if result.output:
            print(result.output, flush=True)
    print(f"\n{table(results, time.monotonic() - began)}", flush=True)
    return int(any(result.status for result in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
