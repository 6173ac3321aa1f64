# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starting a real server on 127.0.0.1, with a TLS certificate of its own, and stopping it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
from ansible_collections.ucops.cucm.tests.support.tls_server import certificate

#: Seconds until a server must answer, and until it must have stopped.
PATIENCE = 300.0
_POLL = 0.02
#: Another program may take the free port before the server does.
_ATTEMPTS = 3


class DidNotStart(Exception):
    """The server has not come up; the message has its last words."""


@dataclass(frozen=True)
class TlsFiles:
    """What a server needs to speak TLS: certificate and key in one file, and the CA to trust."""

    server: Path
    ca: Path

    @classmethod
    def write(cls, directory: Path) -> TlsFiles:
        ca = certificate("TLS of the test CAs", is_ca=True)
        server = certificate("127.0.0.1", issuer=ca, names=["127.0.0.1"])
        ca_path = directory / "tls-ca.pem"
        ca_path.write_text(ca.pem, encoding="ascii")
        return cls(server.write(directory, "tls"), ca_path)


class JsonClient:
    """The administrator's hand: requests outside the code under test."""

    def __init__(self, url: str, tls: TlsFiles) -> None:
        self.url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(tls.ca)

    def send(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        return self._session.request(method, f"{self.url}{path}", timeout=PATIENCE, **kwargs)

    def answers(self, method: str, path: str, **kwargs: Any) -> bool:
        """Whether anything at all answers there."""
        try:
            self.send(method, path, **kwargs)
        except requests.ConnectionError:
            return False
        return True


@contextlib.contextmanager
def running(
    command: Callable[[int], Sequence[str]], *, log: Path, ready: Callable[[int], bool]
) -> Iterator[int]:
    """Run the command on a free port, which it is given, until the block ends; gives the port."""
    for attempt in range(_ATTEMPTS):
        port = _free_port()
        with log.open("ab") as output:
            process = subprocess.Popen(
                command(port),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=log.parent,
                env={"PATH": os.environ["PATH"], "HOME": str(log.parent)},
            )
        try:
            if _wait_until_ready(process, ready, port):
                yield port
                return
        finally:
            _stop(process)
        words = log.read_text(errors="replace")[-2000:]
        if "address already in use" not in words or attempt == _ATTEMPTS - 1:
            raise DidNotStart(f"{command(port)[0]} has not come up: {words}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_until_ready(process: subprocess.Popen[bytes], ready: Callable[[int], bool], port: int) -> bool:
    """Whether it got ready; false when it ended, or is out of time."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        if ready(port):
            return True
        time.sleep(_POLL)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
