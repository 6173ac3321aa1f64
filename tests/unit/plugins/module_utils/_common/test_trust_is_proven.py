# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""With an HTTP library that ignores our trust, a password would go to a server that nobody judged."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common import http, libraries
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    MissingLibrary,
    UntrustedServer,
)
from ansible_collections.ucops.cucm.tests.support.tls_server import TlsServer, certificate

urllib3 = pytest.importorskip("urllib3")
adapters = pytest.importorskip("requests.adapters")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[TlsServer]:
    node = certificate("node", names=["localhost"])
    (tmp_path / "ca.pem").write_text(certificate("Other CA", is_ca=True).pem, encoding="ascii")
    with TlsServer(node.write(tmp_path, "node")) as running:
        yield running


def ask(server: TlsServer, **trust: Any) -> Any:
    values: dict[str, Any] = {"validate_certs": True, "ca_path": None, "tls_fingerprint": None, **trust}
    chosen = ConnectionOptions(
        host="localhost", port=server.port, username="user", password="s3cret-password", timeout=60, **values
    )
    with HttpSession(chosen) as session:
        return session.request("GET", "/", operation="read", repeatable=False)


@pytest.fixture(params=["tls_fingerprint", "ca_path"])
def wrong_trust(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, Any]:
    return (
        {"tls_fingerprint": "0" * 64}
        if request.param == "tls_fingerprint"
        else {"ca_path": str(tmp_path / "ca.pem")}
    )


def test_requests_chooses_no_connection(
    server: TlsServer, wrong_trust: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before 2.32 it asked `get_connection`, which an adapter of today need not have; tomorrow it may ask another."""

    def unpinned(self: Any, *_args: Any, **_kwargs: Any) -> Any:
        return urllib3.HTTPSConnectionPool("localhost", server.port, cert_reqs="CERT_NONE")

    for name in ("get_connection", "get_connection_with_tls_context", "_get_connection"):
        monkeypatch.setattr(adapters.HTTPAdapter, name, unpinned, raising=False)
    with pytest.raises(UntrustedServer):
        ask(server, **wrong_trust)
    assert server.requests == []


def test_old_requests_is_refused(
    server: TlsServer, wrong_trust: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    read = libraries._version
    monkeypatch.setattr(libraries, "_version", lambda name: "2.31.0" if name == "requests" else read(name))
    with pytest.raises(MissingLibrary, match=r"requests is installed in version 2\.31\.0"):
        ask(server, **wrong_trust)
    assert server.connections == 0


def test_urllib3_that_takes_connections_from_elsewhere(
    server: TlsServer, wrong_trust: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def another(self: Any) -> Any:
        return urllib3.connection.HTTPSConnection(self.host, self.port)

    monkeypatch.setattr(urllib3.HTTPSConnectionPool, "_new_conn", another)
    with pytest.raises(MissingLibrary, match="does not let the collection judge the server"):
        ask(server, **wrong_trust)
    assert server.connections == 0


def test_urllib3_that_is_built_in_another_way(server: TlsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(urllib3.HTTPSConnectionPool, "_new_conn")
    monkeypatch.delattr(urllib3.HTTPConnectionPool, "_new_conn")
    with pytest.raises(MissingLibrary, match="nothing was sent"):
        ask(server, validate_certs=False)
    assert server.connections == 0


def test_connection_that_was_made_behind_our_back(server: TlsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A socket that our own `connect` has not made gets not one byte."""

    def connect(self: Any) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        plain = http.socket.create_connection((self.host, self.port), 60)
        self.sock = context.wrap_socket(plain, server_hostname=self.host)
        self.is_verified = True

    monkeypatch.setattr(http._Connection, "connect", connect)
    with pytest.raises(MissingLibrary, match="nothing was sent"):
        ask(server, validate_certs=False)
    assert server.connections == 1
    assert server.requests == []


def test_no_compression_is_asked_for(server: TlsServer) -> None:
    assert ask(server, validate_certs=False).content == b"fine"
    assert server.requests[0].headers["accept-encoding"] == "identity"
