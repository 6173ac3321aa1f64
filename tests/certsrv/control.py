# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API: plain HTTP on loopback with JSON both ways. Nothing of a real CA."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self

from ansible_collections.ucops.cucm.tests.certsrv.double import CertsrvDouble


class ControlServer:
    """The control API of one double, a context manager; port 0 takes a free one."""

    def __init__(self, double: CertsrvDouble, port: int = 0) -> None:
        handler = type("Handler", (_Handler,), {"double": double})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


class _Handler(BaseHTTPRequestHandler):
    double: ClassVar[CertsrvDouble]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class calls it so
        """Standard error is not for this."""

    def do_GET(self) -> None:
        double = self.double
        views: dict[str, Callable[[], Any]] = {
            "/state": double.description,
            "/requests": double.requests,
            "/log": lambda: list(double.log),
            "/complaints": lambda: list(double.complaints),
        }
        self._call(views.get(self.path))

    def do_POST(self) -> None:
        double = self.double
        order = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
        actions: dict[str, Callable[[], Any]] = {
            "/issue": lambda: double.issue(int(order["id"])),
            "/deny": lambda: double.deny(int(order["id"])),
            "/settings": lambda: double.settings.change(order),
            "/faults": lambda: double.inject(**order),
            "/renew": double.authority.renew,
            "/expire": double.authority.expire,
            "/reset": double.reset,
        }
        self._call(actions.get(self.path))

    def _call(self, action: Callable[[], Any] | None) -> None:
        if action is None:
            self._send(404, {"error": f"no {self.path}"})
            return
        try:
            with self.double.lock:
                self._send(200, action())
        except (KeyError, TypeError, ValueError) as error:
            self._send(400, {"error": f"{type(error).__name__}: {error}"})

    def _send(self, status: int, content: Any) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
