# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection, against real TLS servers on loopback."""

from __future__ import annotations

import base64
import contextlib
import gzip
import hashlib
import socket
import ssl
import subprocess
import threading
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common import http
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    CONNECTION_ARGUMENTS,
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    AuthenticationFailed,
    CucmError,
    HostUnreachable,
    InvalidOption,
    PermissionDenied,
    ServerBusy,
    UnexpectedAnswer,
    UntrustedServer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.http import (
    BACK_OFF,
    presented_certificate,
)
from ansible_collections.ucops.cucm.tests.support.tls_server import (
    Identity,
    Reply,
    TlsServer,
    answer,
    certificate,
    hang_up,
    raw,
    silence,
)
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

SECRET = "pä55 wörd€:%"
ADDRESSES = ("localhost", "127.0.0.1", "::1")


@pytest.fixture(scope="module")
def authority() -> Identity:
    return certificate("Test CA", is_ca=True)


@pytest.fixture(scope="module")
def node(authority: Identity) -> Identity:
    return certificate("node.example.com", issuer=authority, names=ADDRESSES)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, authority: Identity, node: Identity) -> Path:
    directory = tmp_path_factory.mktemp("certificates")
    node.write(directory, "node")
    (directory / "ca.pem").write_text(authority.pem, encoding="ascii")
    (directory / "other.pem").write_text(certificate("Other CA", is_ca=True).pem, encoding="ascii")
    return directory


@pytest.fixture
def server(files: Path) -> Iterator[TlsServer]:
    with TlsServer(files / "node.pem") as running:
        yield running


@pytest.fixture
def ca_path(files: Path) -> str:
    return str(files / "ca.pem")


def options(port: int, **changes: Any) -> ConnectionOptions:
    values: dict[str, Any] = {
        "host": "localhost",
        "port": port,
        "username": "axlüser",
        "password": SECRET,
        "validate_certs": True,
        "ca_path": None,
        "tls_fingerprint": None,
        "timeout": 5,
    }
    return ConnectionOptions(**{**values, **changes})


class Pauses(list[float]):
    """A clock that nobody waits for; what happens meanwhile happens at once."""

    def __init__(self, meanwhile: Callable[[], object] = lambda: None) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    def __call__(self, seconds: float) -> None:
        self.append(seconds)
        self._meanwhile()


def ask(
    chosen: ConnectionOptions, *, write: bool = False, pauses: Pauses | None = None, **kwargs: Any
) -> Any:
    with HttpSession(chosen, roles="the role X", sleep=Pauses() if pauses is None else pauses) as session:
        method, body = ("POST", {"data": b"<write/>"}) if write else ("GET", {})
        return session.request(method, "/axl/", operation="getPhone", repeatable=not write, **body, **kwargs)


class TestTrust:
    def test_by_ca_file(self, server: TlsServer, ca_path: str) -> None:
        assert ask(options(server.port, ca_path=ca_path)).content == b"fine"
        assert server.paths == ["/axl/"]

    def test_by_rehashed_directory(self, server: TlsServer, authority: Identity, tmp_path: Path) -> None:
        (tmp_path / "ca.pem").write_text(authority.pem, encoding="ascii")
        subprocess.run(["openssl", "rehash", tmp_path], check=True, capture_output=True)
        assert ask(options(server.port, ca_path=str(tmp_path))).ok

    def test_by_issuing_ca_without_its_root(self, tmp_path: Path, authority: Identity) -> None:
        issuing = certificate("Issuing CA", issuer=authority, is_ca=True)
        chain = certificate("node", issuer=issuing, names=ADDRESSES).write(tmp_path, "node")
        (tmp_path / "issuing.pem").write_text(issuing.pem, encoding="ascii")
        with TlsServer(chain) as server:
            assert ask(options(server.port, ca_path=str(tmp_path / "issuing.pem"))).ok

    def test_by_self_signed_certificate_itself(self, tmp_path: Path) -> None:
        own = certificate("localhost")
        chain = own.write(tmp_path, "node")
        (tmp_path / "trusted.pem").write_text(own.pem, encoding="ascii")
        with TlsServer(chain) as server:  # it has no subject alternative name: the common name counts
            assert ask(options(server.port, ca_path=str(tmp_path / "trusted.pem"))).ok

    def test_leaf_without_authority_key_identifier(
        self, tmp_path: Path, authority: Identity, ca_path: str
    ) -> None:
        leaf = certificate("node", issuer=authority, names=ADDRESSES, authority_key_identifier=False)
        with TlsServer(leaf.write(tmp_path, "node")) as server:
            assert ask(options(server.port, ca_path=ca_path)).ok

    @pytest.mark.parametrize("ca_name", [None, "other.pem"])
    def test_unknown_ca(self, server: TlsServer, node: Identity, files: Path, ca_name: str | None) -> None:
        pauses = Pauses()
        with pytest.raises(UntrustedServer) as caught:
            ask(
                options(server.port, ca_path=str(files / ca_name) if ca_name else None),
                write=True,
                pauses=pauses,
            )
        assert server.requests == []
        assert pauses == []
        assert node.fingerprint in caught.value.message
        assert f"tls_fingerprint: '{node.fingerprint}'" in caught.value.message
        assert "unable to get local issuer certificate" in caught.value.message
        assert caught.value.as_result()["presented_fingerprint"] == node.fingerprint
        assert caught.value.as_result()["presented_certificate"] == node.pem

    @pytest.mark.parametrize(
        ("names", "expired", "reason"),
        [
            (["node.example.com"], False, "Hostname mismatch"),
            (["localhost"], True, "certificate has expired"),
        ],
    )
    def test_wrong_name_and_expired(
        self,
        tmp_path: Path,
        authority: Identity,
        ca_path: str,
        names: list[str],
        *,
        expired: bool,
        reason: str,
    ) -> None:
        leaf = certificate("node", issuer=authority, names=names, expired=expired)
        with TlsServer(leaf.write(tmp_path, "node")) as server, pytest.raises(UntrustedServer) as caught:
            ask(options(server.port, ca_path=ca_path))
        assert server.requests == []
        assert reason in caught.value.message
        assert leaf.fingerprint in caught.value.message

    def test_pinned(self, server: TlsServer, node: Identity) -> None:
        for written in (node.fingerprint, node.fingerprint.replace(":", "").lower()):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                assert ask(options(server.port, tls_fingerprint=written)).ok

    @pytest.mark.parametrize("validate_certs", [True, False])
    def test_pinned_other(self, server: TlsServer, node: Identity, *, validate_certs: bool) -> None:
        other = certificate("other").fingerprint
        with pytest.raises(UntrustedServer, match="not the pinned one") as caught:
            ask(options(server.port, tls_fingerprint=other, validate_certs=validate_certs), write=True)
        assert server.requests == []
        assert caught.value.option == "tls_fingerprint"
        assert caught.value.details["presented_fingerprint"] == node.fingerprint

    def test_not_validated_and_not_warned(self, server: TlsServer) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert ask(options(server.port, host="127.0.0.1", validate_certs=False)).ok

    def test_other_connections_are_still_warned_of(self, server: TlsServer) -> None:
        urllib3 = pytest.importorskip("urllib3")
        ask(options(server.port, validate_certs=False))
        with (
            pytest.warns(urllib3.exceptions.InsecureRequestWarning),
            urllib3.PoolManager(cert_reqs="CERT_NONE") as pool,
        ):
            pool.request("GET", f"https://localhost:{server.port}/")

    @pytest.mark.parametrize("address", ["::1", "[::1]"])
    def test_ipv6_address(self, files: Path, ca_path: str, address: str) -> None:
        with TlsServer(files / "node.pem", address="::1") as server:
            assert ask(options(server.port, host=address, ca_path=ca_path)).ok
            assert server.requests[0].headers["host"] == f"[::1]:{server.port}"
            with pytest.raises(UntrustedServer) as caught:
                ask(options(server.port, host=address))
        assert "presented_fingerprint" in caught.value.details

    @pytest.mark.parametrize("greeting", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"SSH-2.0-OpenSSH_9.2\r\n"])
    def test_no_tls_on_the_port(self, ca_path: str, greeting: bytes) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:

            def greet() -> None:
                accepted, _address = listener.accept()
                with accepted:
                    accepted.sendall(greeting)
                    accepted.recv(1000)

            thread = threading.Thread(target=greet)
            thread.start()
            with pytest.raises(HostUnreachable, match=r"no TLS session.*speaks HTTPS"):
                ask(options(listener.getsockname()[1], ca_path=ca_path))
            thread.join(10)

    def test_certificate_that_is_not_shown_again(
        self, server: TlsServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(http, "presented_certificate", lambda *_args: None)
        with pytest.raises(UntrustedServer, match="not shown a second time") as caught:
            ask(options(server.port))
        assert caught.value.details == {}

    def test_nothing_presented_where_nothing_listens(self, closed_port: int) -> None:
        assert presented_certificate("127.0.0.1", closed_port) is None


class TestEnvironment:
    @pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
    @pytest.mark.parametrize("bundle", ["/nonexistent", "other.pem", "ca.pem"])
    def test_bundles_of_requests_have_no_effect(
        self, server: TlsServer, files: Path, monkeypatch: pytest.MonkeyPatch, variable: str, bundle: str
    ) -> None:
        monkeypatch.setenv(variable, str(files / bundle))
        assert ask(options(server.port, ca_path=str(files / "ca.pem"))).ok
        assert ask(options(server.port, validate_certs=False)).ok
        with pytest.raises(UntrustedServer):
            ask(options(server.port))
        with pytest.raises(UntrustedServer):
            ask(options(server.port, ca_path=str(files / "other.pem")))

    def test_openssl_variable_names_the_systems_cas(
        self, server: TlsServer, files: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(files / "ca.pem"))
        assert ask(options(server.port)).ok
        with pytest.raises(UntrustedServer):
            ask(options(server.port, ca_path=str(files / "other.pem")))
        monkeypatch.setenv("SSL_CERT_FILE", "/nonexistent")
        assert ask(options(server.port, ca_path=str(files / "ca.pem"))).ok

    def test_system_cas_are_read_once(self, files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", str(files / "ca.pem"))
        context = http.tls_context(options(8443))
        assert context is http.tls_context(options(8444)) is http.system_trust()
        monkeypatch.setenv("SSL_CERT_FILE", str(files / "other.pem"))
        assert context is not http.system_trust()
        unchecked = http.tls_context(options(8443, validate_certs=False))
        assert unchecked.verify_mode is ssl.CERT_NONE
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname

    def test_proxy_has_no_effect(
        self, server: TlsServer, ca_path: str, closed_port: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(variable, f"http://127.0.0.1:{closed_port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert ask(options(server.port, ca_path=ca_path)).ok

    def test_netrc_has_no_effect(
        self, server: TlsServer, ca_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        netrc = tmp_path / ".netrc"
        netrc.write_text("machine localhost login other password wrong\n", encoding="ascii")
        netrc.chmod(0o600)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(netrc))
        ask(options(server.port, ca_path=ca_path))
        expected = base64.b64encode(f"axlüser:{SECRET}".encode()).decode()
        assert server.requests[0].headers["authorization"] == f"Basic {expected}"


class TestStatus:
    def test_refused_account_is_asked_once(self, server: TlsServer, ca_path: str) -> None:
        server.script = [answer(401)]
        pauses = Pauses()
        with pytest.raises(AuthenticationFailed, match=r"axlüser.*once only") as caught:
            ask(options(server.port, ca_path=ca_path), pauses=pauses)
        assert len(server.requests) == 1
        assert pauses == []
        assert caught.value.reason == "authentication_failed"

    def test_missing_role_is_named(self, server: TlsServer, ca_path: str) -> None:
        server.script = [answer(403)]
        with pytest.raises(PermissionDenied, match="Give it the role X"):
            ask(options(server.port, ca_path=ca_path))
        assert len(server.requests) == 1

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_redirect_is_not_followed(
        self, server: TlsServer, ca_path: str, files: Path, status: int
    ) -> None:
        with TlsServer(files / "node.pem") as elsewhere:
            server.script = [answer(status, Location=f"https://localhost:{elsewhere.port}/login")]
            with pytest.raises(UnexpectedAnswer, match=f"redirects to .*/login' .HTTP {status}"):
                ask(options(server.port, ca_path=ca_path), write=True)
        assert elsewhere.connections == 0
        assert len(server.requests) == 1

    @pytest.mark.parametrize("status", [200, 404, 500, 599])
    def test_other_statuses_are_the_callers(self, server: TlsServer, ca_path: str, status: int) -> None:
        server.script = [answer(status, b"text")]
        response = ask(options(server.port, ca_path=ca_path))
        assert (response.status_code, response.content, response.text) == (status, b"text", "text")

    @pytest.mark.parametrize("write", [False, True])
    def test_busy_then_fine(self, server: TlsServer, ca_path: str, *, write: bool) -> None:
        server.script = [answer(503), answer(503), answer()]
        pauses = Pauses()
        assert ask(options(server.port, ca_path=ca_path), write=write, pauses=pauses).ok
        assert pauses == list(BACK_OFF[:2])
        assert {request.body for request in server.requests} == {b"<write/>" if write else b""}

    def test_busy_for_ever(self, server: TlsServer, ca_path: str) -> None:
        server.script = [answer(503)]
        pauses = Pauses()
        with pytest.raises(ServerBusy, match=r"HTTP 503.*throttle"):
            ask(options(server.port, ca_path=ca_path), pauses=pauses)
        assert pauses == list(BACK_OFF)
        assert len(server.requests) == 1 + len(BACK_OFF)

    def test_busy_in_the_callers_words(self, server: TlsServer, ca_path: str) -> None:
        server.script = [answer(500, b"memory"), answer(500, b"other")]
        pauses = Pauses()
        response = ask(
            options(server.port, ca_path=ca_path),
            pauses=pauses,
            busy=lambda reply: "no memory" if reply.content == b"memory" else None,
        )
        assert response.content == b"other"
        assert pauses == [BACK_OFF[0]]


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


class TestNotConnected:
    def test_refused_then_fine(self, files: Path, ca_path: str, closed_port: int) -> None:
        with contextlib.ExitStack() as stack:
            pauses = Pauses(lambda: stack.enter_context(TlsServer(files / "node.pem", port=closed_port)))
            assert ask(options(closed_port, ca_path=ca_path), write=True, pauses=pauses).ok
        assert pauses == [BACK_OFF[0]]

    @pytest.mark.parametrize("write", [False, True])
    def test_hung_up_before_the_handshake_then_fine(self, files: Path, ca_path: str, *, write: bool) -> None:
        with TlsServer(files / "node.pem", refuse_handshakes=2) as server:
            pauses = Pauses()
            assert ask(options(server.port, ca_path=ca_path), write=write, pauses=pauses).ok
        assert pauses == list(BACK_OFF[:2])
        assert len(server.requests) == 1

    @pytest.mark.parametrize("write", [False, True])
    def test_refused_for_ever(self, ca_path: str, closed_port: int, *, write: bool) -> None:
        pauses = Pauses()
        with pytest.raises(HostUnreachable, match=r"Connection refused.*Tomcat") as caught:
            ask(options(closed_port, host="127.0.0.1", ca_path=ca_path), write=write, pauses=pauses)
        assert pauses == list(BACK_OFF)
        assert caught.value.as_result().keys() == {"msg", "reason"}

    def test_unknown_name_is_not_repeated(self, ca_path: str) -> None:
        pauses = Pauses()
        with pytest.raises(HostUnreachable, match="name cannot be resolved") as caught:
            ask(options(8443, host="nowhere.invalid", ca_path=ca_path), pauses=pauses)
        assert pauses == []
        assert caught.value.option == "host"

    def test_no_route_is_not_repeated(self, ca_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
        def unreachable(*_args: Any, **_kwargs: Any) -> None:
            raise OSError(113, "No route to host")

        monkeypatch.setattr("socket.create_connection", unreachable)
        pauses = Pauses()
        with pytest.raises(HostUnreachable, match="No route to host"):
            ask(options(8443, ca_path=ca_path), pauses=pauses)
        assert pauses == []

    def test_connect_time_out(self, ca_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http, "CONNECT_TIMEOUT", 0.2)
        with socket.socket() as full:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            fillers = []
            for _filler in range(3):  # nobody accepts: the queue is full and further calls are not heard
                fillers.append(socket.socket())
                fillers[-1].setblocking(False)
                fillers[-1].connect_ex(full.getsockname())
            pauses = Pauses()
            with pytest.raises(HostUnreachable, match=r"no connection to port \d+ within 0\.2 s.*firewall"):
                ask(options(full.getsockname()[1], host="127.0.0.1", ca_path=ca_path), pauses=pauses)
            for filler in fillers:
                filler.close()
        assert pauses == []

    def test_handshake_time_out(self, ca_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http, "CONNECT_TIMEOUT", 0.2)
        with (
            socket.create_server(("127.0.0.1", 0)) as mute,
            pytest.raises(HostUnreachable, match=r"within 0\.2 s"),
        ):
            ask(options(mute.getsockname()[1], ca_path=ca_path), write=True)


BROKEN: dict[str, Reply] = {
    "hung up": hang_up,
    "half a status line": raw(b"HTTP/1.1 20"),
    "not HTTP": raw(b"220 mail.example.com ESMTP\r\n"),
    "body too short": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<half>"),
    "no body": raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"),
    "chunk cut off": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n<half>"),
    "chunk size not a number": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n<half>"),
    "last chunk missing": raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
    "not gzip": answer(200, b"plain text", Content_Encoding="gzip"),
}


class TestAnswerLost:
    @pytest.mark.parametrize("broken", [pytest.param(reply, id=name) for name, reply in BROKEN.items()])
    def test_broken_answer(self, server: TlsServer, ca_path: str, broken: Reply) -> None:
        server.script = [broken, answer()]
        pauses = Pauses()
        with pytest.raises(AnswerLost) as caught:
            ask(options(server.port, ca_path=ca_path), write=True, pauses=pauses)
        assert len(server.requests) == 1
        assert pauses == []
        assert "0x" not in caught.value.message
        assert "Pool" not in caught.value.message

        server.script = [broken, answer()]
        assert ask(options(server.port, ca_path=ca_path), pauses=pauses).content == b"fine"
        assert len(server.requests) == 3
        assert pauses == [BACK_OFF[0]]

    def test_time_out(self, server: TlsServer, ca_path: str) -> None:
        short = options(server.port, ca_path=ca_path, timeout=0.2)
        server.script = [silence, answer()]
        with pytest.raises(AnswerLost, match=r"no answer within 0\.2 s.*timeout"):
            ask(short, write=True)
        assert len(server.requests) == 1
        # A node that hangs holds the others of a run up once.
        server.script = [silence, answer()]
        with pytest.raises(AnswerLost):
            ask(short)
        assert len(server.requests) == 2

    def test_time_out_in_the_body(self, server: TlsServer, ca_path: str) -> None:
        def half(sock: ssl.SSLSocket) -> bool:
            sock.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n<half>")
            return silence(sock)

        server.script = [half]
        with pytest.raises(AnswerLost, match=r"no answer within 0\.2 s, or not the whole of it"):
            ask(options(server.port, ca_path=ca_path, timeout=0.2), write=True)

    def test_read_is_given_up_after_the_last_pause(self, server: TlsServer, ca_path: str) -> None:
        server.script = [hang_up]
        pauses = Pauses()
        with pytest.raises(AnswerLost):
            ask(options(server.port, ca_path=ca_path), pauses=pauses)
        assert pauses == list(BACK_OFF)

    def test_giant_answer(self, server: TlsServer, ca_path: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(http, "LARGEST_REPLY", 1024 * 1024)
        server.script = [answer(200, b"x" * (1024 * 1024))]
        assert len(ask(options(server.port, ca_path=ca_path)).content) == 1024 * 1024
        for body, headers in (
            (b"x" * (1024 * 1024 + 1), {}),
            (gzip.compress(bytes(5_000_000)), {"Content_Encoding": "gzip"}),
        ):
            server.script = [answer(200, body, **headers)]
            with pytest.raises(UnexpectedAnswer, match="larger than 1 MiB"):
                ask(options(server.port, ca_path=ca_path))

    def test_reads_share_a_connection_and_each_write_has_a_new_one(
        self, server: TlsServer, ca_path: str
    ) -> None:
        with HttpSession(options(server.port, ca_path=ca_path)) as session:
            for write in (False, False, True, False, True, True):
                session.request("POST", "/", operation="x", repeatable=not write, data=b"x")
        assert [request.connection for request in server.requests] == [1, 1, 2, 2, 3, 4]

    def test_idle_connection_that_the_server_closed(self, server: TlsServer, ca_path: str) -> None:
        """It is not distinguishable from a request that was read, so a write must not meet it."""

        def last_words(sock: ssl.SSLSocket) -> bool:
            answer()(sock)
            return False

        server.script = [last_words]
        pauses = Pauses()
        with HttpSession(options(server.port, ca_path=ca_path), sleep=pauses) as session:
            session.request("GET", "/", operation="read", repeatable=True)
            session.request("POST", "/", operation="write", repeatable=False, data=b"x")
        assert pauses == []
        assert len(server.requests) == 2


def everything_said(error: BaseException) -> str:
    """All that a log, a traceback or a result could show of an error."""
    told = [repr(error), str(error), *traceback.format_exception(error)]
    if isinstance(error, CucmError):
        told.append(repr(error.as_result()))
        told.append(repr(vars(error)))
    return "".join(told)


class TestSecrets:
    @settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(password=st.text(min_size=6, max_size=40))
    @example(password="Grüße \N{SNOWMAN} 100% {{ x }} 'a\"b\\c")
    def test_password_arrives_and_is_never_shown(
        self, server: TlsServer, ca_path: str, password: str
    ) -> None:
        password = f"s3cret-{password}"
        with_password = options(server.port, ca_path=ca_path, password=password)
        assert password not in repr(with_password)
        assert password not in str(with_password)
        server.requests.clear()
        encoded = base64.b64encode(f"axlüser:{password}".encode("utf-8", "surrogatepass")).decode()
        for reply in (answer(401), answer(403), answer(302), hang_up):
            server.script = [reply]
            with pytest.raises(CucmError) as caught:
                ask(with_password, write=True)
            said = everything_said(caught.value)
            assert password not in said
            assert encoded not in said
            assert server.requests[-1].headers["authorization"] == f"Basic {encoded}"
        with pytest.raises(UntrustedServer) as untrusted:
            ask(options(server.port, password=password))
        assert password not in everything_said(untrusted.value)


def speaking(version: ssl.TLSVersion) -> Callable[[ssl.SSLContext], None]:
    """Let a server speak this version only, and have whatever certificate it has."""

    def configure(context: ssl.SSLContext) -> None:
        context.set_ciphers("ALL:@SECLEVEL=0")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            context.minimum_version = context.maximum_version = version

    return configure


@pytest.fixture(scope="module")
def weak(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("weak")
    subprocess.run(
        (
            *("openssl", "req", "-x509", "-newkey", "rsa:1024", "-nodes", "-sha1", "-days", "10"),
            *("-subj", "/CN=CUCMA", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", "key.pem", "-out", "node.pem"),
        ),
        cwd=directory,
        check=True,
        capture_output=True,
    )
    both = (directory / "node.pem").read_text() + (directory / "key.pem").read_text()
    (directory / "both.pem").write_text(both)
    return directory


class TestLegacy:
    """Nodes of releases 9.1 and 10.5: TLS 1.0, a certificate signed with SHA-1, a key of 1024 bits."""

    @pytest.fixture(params=[ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_2])
    def old(self, weak: Path, request: pytest.FixtureRequest) -> Iterator[TlsServer]:
        with TlsServer(weak / "both.pem", configure=speaking(request.param)) as running:
            yield running

    def fingerprint(self, weak: Path) -> str:
        der = ssl.PEM_cert_to_DER_cert((weak / "node.pem").read_text())
        return hashlib.sha256(der).hexdigest()

    def test_is_refused_and_the_option_is_named(self, old: TlsServer, weak: Path) -> None:
        pauses = Pauses()
        with pytest.raises(CucmError, match="set allow_legacy_tls") as caught:
            ask(options(old.port, ca_path=str(weak / "node.pem")), pauses=pauses)
        assert caught.value.reason in {"tls_too_old", "untrusted_server"}
        assert pauses == []
        assert old.requests == []

    def test_is_spoken_to_when_it_is_allowed(self, old: TlsServer, weak: Path) -> None:
        allowed = options(old.port, ca_path=str(weak / "node.pem"), allow_legacy_tls=True)
        assert ask(allowed).ok
        pinned = options(old.port, tls_fingerprint=self.fingerprint(weak), allow_legacy_tls=True)
        assert ask(pinned).ok

    def test_is_judged_all_the_same(self, old: TlsServer, weak: Path, ca_path: str) -> None:
        for wrong in ({"ca_path": ca_path}, {"tls_fingerprint": "0" * 64}, {}):
            with pytest.raises(UntrustedServer) as caught:
                ask(options(old.port, allow_legacy_tls=True, **wrong))
            assert "allow_legacy_tls" not in caught.value.message
            shown = caught.value.details["presented_fingerprint"]
            assert shown.replace(":", "").lower() == self.fingerprint(weak)

    def test_changes_nothing_for_other_connections(self, weak: Path) -> None:
        before = http.system_trust()
        http.tls_context(options(8443, allow_legacy_tls=True))
        assert http.system_trust() is before
        fresh = http.tls_context(options(8443, validate_certs=False))
        for context in (before, fresh):
            assert context.minimum_version == ssl.TLSVersion.TLSv1_2
            assert context.security_level > 0

    def test_a_ca_has_no_such_option(self, weak: Path) -> None:
        words = http.Words(has_legacy_option=False)
        with (
            TlsServer(weak / "both.pem", configure=speaking(ssl.TLSVersion.TLSv1)) as server,
            pytest.raises(HostUnreachable) as caught,
        ):
            ask(options(server.port, words=words))
        assert "allow_legacy_tls" not in caught.value.message


class TestOptions:
    @staticmethod
    def params(**changes: Any) -> dict[str, Any]:
        return {**dict.fromkeys(CONNECTION_ARGUMENTS), **vars(options(8443)), **changes}

    def test_from_params_takes_its_own(self) -> None:
        taken = ConnectionOptions.from_params(self.params(name="trunk"))
        assert taken == options(8443)

    @pytest.mark.parametrize(
        "host",
        ["", " ", "https://cucm.example.com", "cucm.example.com:8443", "cucm.example.com/axl", "a b", "a@b",
         "cucm.example.com?x", "-v", ".example.com", "a..b", "x" * 64 + ".example.com", "[cucm.example.com]",
         "1:2", "::1:", "münchen.example.com", "a" * 256, "*", "cucm.example.com\n", " cucm", "[::1", "::1]",
         "fe80::1%eth0", "127.1", "999.1.1.1", "2130706433", "0x7f000001", "a.0x1", "\uff11\uff12", "a\u202eb", ".",
         "a.example.com#x",
         ".".join(["a" * 60] * 5)],
    )  # fmt: skip
    def test_impossible_host(self, host: str) -> None:
        with pytest.raises(InvalidOption) as caught:
            ConnectionOptions.from_params(self.params(host=host))
        assert caught.value.option == "host"

    @pytest.mark.parametrize(
        ("host", "netloc"),
        [
            ("cucm-pub.example.com", "cucm-pub.example.com:8443"),
            ("cucm_1", "cucm_1:8443"),
            ("cucm-pub.example.com.", "cucm-pub.example.com.:8443"),
            ("192.0.2.1", "192.0.2.1:8443"),
            ("2001:db8::1", "[2001:db8::1]:8443"),
            ("[2001:db8::1]", "[2001:db8::1]:8443"),
        ],
    )
    def test_possible_host(self, host: str, netloc: str) -> None:
        assert ConnectionOptions.from_params(self.params(host=host)).netloc == netloc

    @pytest.mark.parametrize(
        ("option", "value"),
        [
            ("port", 0),
            ("port", 65536),
            ("timeout", 0),
            ("username", "a:b"),
            ("ca_path", "/nonexistent/ca.pem"),
            ("tls_fingerprint", "AA:BB"),
            ("tls_fingerprint", "zz" * 32),
            ("tls_fingerprint", "aa" * 20),
            ("tls_fingerprint", "   "),
        ],
    )
    def test_impossible_value(self, option: str, value: Any) -> None:
        with pytest.raises(InvalidOption) as caught:
            ConnectionOptions.from_params(self.params(**{option: value}))
        assert caught.value.option == option
        assert caught.value.remedy
        assert SECRET not in caught.value.message

    @pytest.mark.parametrize(
        "written",
        ["ab" * 32, "AB" * 32, ":".join(["Ab"] * 32), "SHA256:" + "ab" * 32, "sha-256=" + "ab" * 32,
         "sha256 Fingerprint=" + ":".join(["AB"] * 32), "  " + "ab" * 32 + "\n"],
    )  # fmt: skip
    def test_fingerprint_as_people_write_it(self, written: str) -> None:
        assert options(8443, tls_fingerprint=written).pinned_fingerprint() == ":".join(["AB"] * 32)

    @pytest.mark.parametrize("content", ["", "no certificate"])
    def test_ca_path_without_certificates(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "ca.pem").write_text(content, encoding="ascii")
        with pytest.raises(InvalidOption, match="cannot be read as CA certificates") as caught:
            HttpSession(options(8443, ca_path=str(tmp_path / "ca.pem")))
        assert caught.value.option == "ca_path"
