# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reply whose body is read as it arrives: bounded memory, whole or an error, and the same trust and errors."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common import http
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    AuthenticationFailed,
    CucmError,
    PermissionDenied,
    ServerBusy,
    UnexpectedAnswer,
    UntrustedServer,
)
from ansible_collections.ucops.cucm.tests.support.tls_server import (
    TlsServer,
    answer,
    certificate,
    hang_up,
    raw,
    silence,
)

PASSWORD = "only-for-this-test"


@pytest.fixture(scope="module", name="identity")
def _identity(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    made = certificate("node")
    return made.write(tmp_path_factory.mktemp("certificates"), "node"), made.fingerprint


@pytest.fixture(name="server")
def _server(identity: tuple[Path, str]) -> Iterator[TlsServer]:
    with TlsServer(identity[0]) as running:
        yield running


@pytest.fixture(name="pauses")
def _pauses() -> list[float]:
    return []


@pytest.fixture(name="session")
def _session(server: TlsServer, identity: tuple[Path, str], pauses: list[float]) -> Iterator[HttpSession]:
    with open_session(server, identity[1], pauses) as session:
        yield session


def open_session(server: TlsServer, pin: str, pauses: list[float], timeout: int = 5) -> HttpSession:
    options = ConnectionOptions(
        "127.0.0.1",
        server.port,
        validate_certs=True,
        ca_path=None,
        tls_fingerprint=pin,
        timeout=timeout,
        username="axluser",
        password=PASSWORD,
    )
    return HttpSession(options, roles="the role X", sleep=pauses.append)


def read(session: HttpSession, **kwargs: Any) -> tuple[int, bytes, bytes]:
    """Status, the content that was read at once, and what came in pieces."""
    with session.stream("POST", "/file", operation="GetOneFile", data=b"<get/>", **kwargs) as (reply, pieces):
        content = b"" if reply.status_code == 200 else reply.content
        return reply.status_code, content, b"".join(pieces)


class TestBody:
    @pytest.mark.parametrize("body", [b"", b"x", bytes(range(256)) * 1000])
    def test_in_pieces(self, server: TlsServer, session: HttpSession, body: bytes) -> None:
        server.script = [answer(200, body)]
        assert read(session) == (200, b"", body)
        assert server.requests[0].body == b"<get/>"

    def test_pieces_are_small(self, server: TlsServer, session: HttpSession) -> None:
        server.script = [answer(200, b"x" * 1_000_000)]
        with session.stream("GET", "/file", operation="GetOneFile") as (_reply, pieces):
            sizes = [len(piece) for piece in pieces]
        assert sum(sizes) == 1_000_000
        assert max(sizes) <= http.BLOCK

    def test_memory_does_not_grow(self, server: TlsServer, session: HttpSession) -> None:
        """Larger than what a reply that is read at once may have."""
        size, block = http.LARGEST_REPLY + 1024 * 1024, b"x" * 1024 * 1024

        def reply(connection: Any) -> bool:
            connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
            for _turn in range(size // len(block)):
                connection.sendall(block)
            return True

        server.script = [reply]
        tracemalloc.start()
        with session.stream("GET", "/file", operation="GetOneFile") as (_reply, pieces):
            assert sum(map(len, pieces)) == size
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 4 * 1024 * 1024

    def test_a_body_that_nobody_reads_on(self, server: TlsServer, session: HttpSession) -> None:
        """The connection is given up, and the next request has a new one."""
        server.script = [answer(200, b"x" * 1_000_000), answer(200, b"fine")]
        with session.stream("GET", "/file", operation="GetOneFile") as (_reply, pieces):
            next(pieces)
        assert read(session) == (200, b"", b"fine")
        assert server.connections == 2

    def test_a_connection_is_used_again(self, server: TlsServer, session: HttpSession) -> None:
        read(session)
        read(session)
        assert server.connections == 1

    def test_another_status_is_read_at_once(self, server: TlsServer, session: HttpSession) -> None:
        server.script = [answer(500, b"<fault/>")]
        assert read(session) == (500, b"<fault/>", b"")
        server.script = [answer(500, b"x" * (http.LARGEST_REPLY + 1))]
        with pytest.raises(UnexpectedAnswer, match="larger than 64 MiB"):
            read(session)


class TestBrokenOff:
    @pytest.mark.parametrize(
        "data",
        [
            b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nxxx",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nxxxxx\r\n5\r\nxx",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nxxxxx\r\n",
        ],
        ids=["length", "in a chunk", "before the last chunk"],
    )
    def test_a_body(self, server: TlsServer, session: HttpSession, pauses: list[float], data: bytes) -> None:
        server.script = [raw(data)]
        with pytest.raises(AnswerLost, match="broke before the whole answer came") as error:
            read(session)
        assert error.value.operation == "GetOneFile"
        assert (len(server.requests), pauses) == (1, [])

    def test_before_the_reply_it_is_sent_again(
        self, server: TlsServer, session: HttpSession, pauses: list[float]
    ) -> None:
        server.script = [
            hang_up,
            raw(b"HTTP/1.1 500 Error\r\nContent-Length: 9\r\n\r\nx"),
            answer(200, b"fine"),
        ]
        assert read(session) == (200, b"", b"fine")
        assert pauses == [1.0, 3.0]

    def test_a_silence_in_the_body(self, server: TlsServer, identity: tuple[Path, str]) -> None:
        def stall(connection: Any) -> bool:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nxxx")
            return silence(connection)

        server.script = [stall]
        with open_session(server, identity[1], [], timeout=1) as session, pytest.raises(AnswerLost):
            read(session)


class TestRefused:
    @pytest.mark.parametrize(
        ("status", "kind"), [(401, AuthenticationFailed), (403, PermissionDenied), (302, UnexpectedAnswer)]
    )
    def test_once(
        self, server: TlsServer, session: HttpSession, pauses: list[float], status: int, kind: type[CucmError]
    ) -> None:
        server.script = [answer(status, b"no")]
        with pytest.raises(kind) as error:
            read(session)
        assert (len(server.requests), pauses) == (1, [])
        assert PASSWORD not in error.value.message

    def test_busy(self, server: TlsServer, session: HttpSession, pauses: list[float]) -> None:
        server.script = [answer(503), answer(200, b"fine")]
        assert read(session)[2] == b"fine"
        server.script = [answer(503)]
        with pytest.raises(ServerBusy):
            read(session)
        assert pauses == [1.0, *http.BACK_OFF]

    def test_a_node_that_is_not_trusted(self, server: TlsServer) -> None:
        with open_session(server, "00" * 32, []) as session, pytest.raises(UntrustedServer):
            read(session)
        assert server.requests == []


def test_cookies_are_forgotten(server: TlsServer, session: HttpSession) -> None:
    server.script = [answer(200, b"", Set_Cookie="JSESSIONID=1; Path=/; Secure")]
    read(session)
    read(session)
    session.forget_cookies()
    read(session)
    assert [request.headers.get("cookie") for request in server.requests] == [None, "JSESSIONID=1", None]
