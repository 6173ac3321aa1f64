# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts a web server that takes reports, with an account or a token, and ends with DELETE.

Arguments: a directory for its files, and a file that remembers its port, so that a second run has the same address.
"""

from __future__ import annotations

import base64
import json
import os
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from ansible_collections.ucops.cucm.tests.support.tls_server import certificate

ACCOUNT = "Basic " + base64.b64encode(b"reports:report-password").decode()
TOKEN = "Bearer report-token"
#: Seconds after which a server that nobody ends, ends.
LONGEST = 600


class Handler(BaseHTTPRequestHandler):
    """Keeps what is put below /reports, and ends with DELETE."""

    stored: Path

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Authorization") != ACCOUNT and self.headers.get("X-Token") != TOKEN:
            self._answer(401, f"not {self.headers.get('X-Token')}")
        elif not self.path.startswith("/reports/"):
            self._answer(404, "no such directory")
        else:
            (self.stored / Path(self.path).name).write_bytes(content)
            self._answer(201, "")

    def do_DELETE(self) -> None:
        self._answer(204, "")
        threading.Thread(target=self.server.shutdown).start()

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def _answer(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


def main(directory: Path, memory: Path) -> None:
    root = certificate("Root of the report server", is_ca=True)
    own = certificate("127.0.0.1", issuer=root, names=["127.0.0.1"])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.write(directory, "server"))
    ca_path = directory / "ca.pem"
    ca_path.write_text(root.pem)
    Handler.stored = directory / "stored"
    Handler.stored.mkdir()
    for kind in ("html", "json"):
        (directory / f"report.{kind}").write_text(f"report {kind}")
    port = int(memory.read_text()) if memory.exists() else 0
    with ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        memory.write_text(str(server.server_port))
        ready = {
            "url": f"https://127.0.0.1:{server.server_port}",
            "ca_path": str(ca_path),
            "fingerprint": own.fingerprint,
        }
        (directory / "ready.json").write_text(json.dumps(ready))
        if os.fork():  # whoever has started this can go on, since the port is open
            return
        for descriptor in range(3):  # Ansible waits until nobody has its pipes
            os.dup2(os.open(os.devnull, os.O_RDWR), descriptor)
        os.setsid()
        timer = threading.Timer(LONGEST, server.shutdown)
        timer.start()
        server.serve_forever()
        timer.cancel()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
