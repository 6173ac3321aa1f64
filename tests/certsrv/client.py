# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For programs that use the double in another process: start it, and speak to its control API."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

PACKAGE = "ansible_collections.ucops.cucm.tests.certsrv"
START_SECONDS = 30
STOP_SECONDS = 10
CALL_SECONDS = 30


class ControlClient:
    """The control API of a double."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        # Proxies of the environment have nothing to do with loopback.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def read(self, what: str) -> Any:
        """One of state, requests, log, complaints."""
        with self._opener.open(f"{self._url}/{what}", timeout=CALL_SECONDS) as reply:
            return json.loads(reply.read())

    def order(self, what: str, **order: Any) -> None:
        """One of issue, deny, settings, faults, renew, expire, reset."""
        request = urllib.request.Request(
            f"{self._url}/{what}", data=json.dumps(order).encode(), method="POST"
        )
        with self._opener.open(request, timeout=CALL_SECONDS) as reply:
            reply.read()


@contextmanager
def certsrv_process(*arguments: str) -> Iterator[dict[str, Any]]:
    """Run a double in a process of its own and give what its readiness line says."""
    command = [sys.executable, "-m", PACKAGE, "--until-stdin-closes", *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if not select.select([process.stdout], [], [], START_SECONDS)[0]:
                raise TimeoutError(f"the double is not ready after {START_SECONDS} s")
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"the double ended with status {process.wait(STOP_SECONDS)}")
            yield json.loads(line)
        finally:
            process.stdin.close()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
