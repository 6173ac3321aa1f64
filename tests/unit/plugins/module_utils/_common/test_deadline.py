# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that never stops sending would hold a task for hours.

Each reply here goes on until the client hangs up; that it does is all that is asserted, not when.
"""

from __future__ import annotations

import contextlib
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common import http
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import AnswerLost
from ansible_collections.ucops.cucm.tests.support.tls_server import TlsServer, answer, certificate

HEADERS = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"

#: What is sent first, and what then comes again and again.
ENDLESS = {
    "body": (HEADERS, b"x"),
    "interim replies": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "status line": (b"HTTP/1.1 200 ", b"x"),
    "header": (b"HTTP/1.1 200 OK\r\nX: ", b"x"),
    "chunks": (CHUNKED, b"1\r\nx\r\n"),
    "chunk size": (CHUNKED, b"0"),
    "trailer": (CHUNKED + b"0\r\n", b"X: y\r\n"),
    "refusal": (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 1000000\r\n\r\n", b"x"),
}


class Drip:
    """A reply in small pieces without an end; `given_up` is set when the client has hung up."""

    def __init__(self, begin: bytes, piece: bytes) -> None:
        self._begin, self._piece = begin, piece
        self.given_up = threading.Event()
        self._pause = threading.Event()

    def __call__(self, connection: ssl.SSLSocket) -> bool:
        with contextlib.suppress(OSError):
            connection.sendall(self._begin)
            while True:
                connection.sendall(self._piece)
                self._pause.wait(0.02)
        self.given_up.set()
        return False


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate("node", names=["localhost"]).write(tmp_path_factory.mktemp("node"), "node")


@pytest.fixture
def server(chain: Path) -> Iterator[TlsServer]:
    with TlsServer(chain) as running:
        yield running


@pytest.fixture
def session(server: TlsServer) -> Iterator[HttpSession]:
    chosen = ConnectionOptions(
        host="localhost",
        port=server.port,
        username="user",
        password="s3cret-password",
        validate_certs=False,
        ca_path=None,
        tls_fingerprint=None,
        timeout=1,
    )
    with HttpSession(chosen, sleep=lambda _seconds: None) as running:
        yield running


@pytest.mark.parametrize("kind", ENDLESS)
def test_reply_without_an_end(server: TlsServer, session: HttpSession, kind: str) -> None:
    drip = Drip(*ENDLESS[kind])
    server.script = [drip]
    with pytest.raises(AnswerLost, match="no answer within 1 s, or not the whole of it"):
        session.request("POST", "/", operation="write", repeatable=False, data=b"x")
    session.close()
    assert drip.given_up.wait(60)
    assert len(server.requests) == 1


@pytest.mark.parametrize("kind", ["body", "chunks", "interim replies"])
def test_stream_without_an_end(server: TlsServer, session: HttpSession, kind: str) -> None:
    drip = Drip(*ENDLESS[kind])
    server.script = [drip]
    with (
        pytest.raises(AnswerLost, match="not the whole of it"),
        session.stream("GET", "/", operation="read") as (_response, pieces),
    ):
        for _piece in pieces:
            pass
    session.close()
    assert drip.given_up.wait(60)


def test_stream_may_take_longer_than_the_limit(
    server: TlsServer, session: HttpSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece brings its time with it, and what the caller does with it costs none."""
    now = [1000.0]
    monkeypatch.setattr(http.time, "monotonic", lambda: now[0])
    server.script = [answer(200, b"x" * (10 * http.BLOCK))]
    size = 0
    with session.stream("GET", "/", operation="read") as (_response, pieces):
        for piece in pieces:
            size += len(piece)
            now[0] += 3600
    assert size == 10 * http.BLOCK


def test_the_time_begins_with_each_request(
    server: TlsServer, session: HttpSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(http.time, "monotonic", lambda: now[0])
    for _again in range(3):
        assert session.request("GET", "/", operation="read", repeatable=True).content == b"fine"
        now[0] += 3600
    assert [request.connection for request in server.requests] == [1, 1, 1]


@pytest.mark.parametrize("change", [{}, {"allow_legacy_tls": True}, {"tls_fingerprint": "0" * 64}])
def test_every_context_has_the_deadline(change: dict[str, object]) -> None:
    values: dict[str, object] = {"validate_certs": True, "ca_path": None, "tls_fingerprint": None, **change}
    context = http.tls_context(http.Endpoint(host="h", port=1, timeout=1, **values))  # type: ignore[arg-type]
    assert context.sslsocket_class is http._TimedSocket
