# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Programs that a rehearsal starts, none of which outlives it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ansible_collections.ucops.cucm.extensions.rehearsal.clusters import BadInput

HERE = Path(__file__).resolve().parent
START_SECONDS = 600
STOP_SECONDS = 60


def end(process: subprocess.Popen[Any]) -> None:
    """End a process and its group: politely, then by force."""
    for signal_number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal_number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(seconds)
    # What is left of the group, such as a program that a task started.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def simulator(topology: Path, control_port: int, errors: IO[str]) -> Iterator[dict[str, Any]]:
    """Run the simulated clusters; gives what the readiness line says. Raises BadInput when they cannot start."""
    command = (
        *(sys.executable, str(HERE / "rehearse.py"), "--simulator", "--until-stdin-closes"),
        *("--topology", str(topology), "--control-port", str(control_port)),
    )
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if not select.select([process.stdout], [], [], START_SECONDS)[0]:
                raise BadInput(f"the simulated clusters did not start within {START_SECONDS} s")
            line = process.stdout.readline()
            if not line:
                errors.flush()
                last = Path(errors.name).read_text(encoding="utf-8").strip().splitlines()[-1:]
                raise BadInput(f"the simulated clusters did not start: {' '.join(last)}")
            yield json.loads(line)
        finally:
            # It also ends when this process is killed, since its standard input closes then.
            process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_SECONDS)
            end(process)


def run_shown(command: Sequence[str], environment: Mapping[str, str], log: Path, *, shown: bool) -> int:
    """Run a program, its output to a log and on request to the screen; the exit status."""
    with (
        log.open("w", encoding="utf-8") as file,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=dict(environment),
            start_new_session=True,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            for line in process.stdout:
                file.write(line)
                if shown:
                    print(line, end="", flush=True)
            return process.wait()
        finally:
            end(process)


def taken_ports(ports: Sequence[int]) -> list[int]:
    """Those of the ports on loopback that another program has."""
    taken = []
    for port in ports:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                taken.append(port)
    return taken
