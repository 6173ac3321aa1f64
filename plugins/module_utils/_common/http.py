# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An HTTPS session with one server: TLS trust, time limits, repeats, errors.

One `HttpSession` serves one task. The environment changes neither whom it trusts nor where it
connects: no CA bundle variable of requests, no proxy, no .netrc. One thing it may do: without
`ca_path` the CAs of the operating system count, and OpenSSL's own variables SSL_CERT_FILE and
SSL_CERT_DIR say where those are.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
import socket
import ssl
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    AuthenticationFailed,
    CucmError,
    HostUnreachable,
    InvalidOption,
    MissingLibrary,
    PermissionDenied,
    ServerBusy,
    UnexpectedAnswer,
    UntrustedServer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.foreign import (
    foreign_text,
    keep_headers_secret,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.libraries import require

try:
    import certifi
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from urllib3.connection import HTTPSConnection
    from urllib3.connectionpool import HTTPSConnectionPool
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    HTTPAdapter = HTTPSConnection = HTTPSConnectionPool = object  # type: ignore[assignment,misc,unused-ignore]

if TYPE_CHECKING:
    from requests import PreparedRequest, Response
    from requests.auth import AuthBase

#: Seconds to wait for a TCP connection; `timeout` bounds a request from its first byte to the last of its reply.
CONNECT_TIMEOUT = 10
#: A streamed body may take longer than `timeout` as long as so many bytes come in each second on average.
SLOWEST_STREAM = 8 * 1024
#: Seconds before each repeat of a request that is safe to repeat.
BACK_OFF = (1.0, 3.0, 6.0)
#: The largest reply that is read unless the session says less, in bytes; AXL itself stops at 8 MB.
LARGEST_REPLY = 64 * 1024 * 1024
#: Bytes of a streamed body that are read at once; compressed, they become a thousand times as many at most.
BLOCK = 16 * 1024


@dataclass(frozen=True)
class Words:
    """How messages call a server, and what they advise. The defaults are those of a Unified CM node."""

    #: The server, as in "the node refused …".
    server: str = "the node"
    #: What it is to be, and how the options that say where it is are spoken of.
    kind: str = "a Unified CM node"
    address: str = "host and port name"
    #: What listens on the port, for the advice to look whether it runs.
    service: str = "the node's Cisco Tomcat service"
    #: What stands before the names of the options, and the option that holds host and port in one.
    option_prefix: str = ""
    url_option: str | None = None
    host_remedy: str = "Give the node's name or address only, without https://, port and path"
    #: Which certificate the server shows, and how to read it there.
    certificate: str = "the node's tomcat certificate"
    read_certificate: str = "on the node itself (show cert own tomcat)"
    #: How to be gentler with a server that is busy.
    gentler: str = "with fewer hosts at a time (serial, throttle)"
    #: Whether there is an option that lowers the demands on the server's TLS.
    has_legacy_option: bool = True

    def option(self, name: str) -> str:
        """The option as the user writes it."""
        if self.url_option and name in ("host", "port"):
            name = self.url_option
        return self.option_prefix + name


@dataclass(frozen=True)
class Endpoint:
    """Where to connect, and whom to trust. `timeout` is in seconds."""

    host: str
    port: int
    validate_certs: bool
    ca_path: str | None
    tls_fingerprint: str | None
    timeout: int
    words: Words = field(default=Words(), kw_only=True)
    #: Certificate chain and private key (PEM files) to show to a server that asks for one.
    client_certificate: tuple[str, str] | None = field(default=None, kw_only=True)
    #: Speak TLS 1.0 too, and take SHA-1 and short keys, with this server alone.
    allow_legacy_tls: bool = field(default=False, kw_only=True)

    def check(self) -> None:
        """Refuse what can never work, before anything is sent."""
        if not (_is_ip_address(self.bare_host) or _is_host_name(self.host)):
            raise InvalidOption(
                f"'{self.host}' is not a host name or an address",
                option=self.words.option("host"),
                remedy=self.words.host_remedy,
            )
        if not 1 <= self.port <= 65535:
            raise InvalidOption(
                f"{self.port} is not a TCP port",
                host=self.host,
                option=self.words.option("port"),
                remedy="Use a number from 1 to 65535",
            )
        if self.timeout < 1:
            raise InvalidOption(
                f"{self.timeout} is not a time limit",
                host=self.host,
                option=self.words.option("timeout"),
                remedy="Use a number of seconds from 1 up",
            )
        if self.ca_path and not Path(self.ca_path).exists():
            raise InvalidOption(
                f"there is no file or directory {self.ca_path}",
                host=self.host,
                option=self.words.option("ca_path"),
                remedy=f"Give the path of the CA certificates (PEM) that signed {self.words.certificate}",
            )
        if self.tls_fingerprint:
            self.pinned_fingerprint()

    def pinned_fingerprint(self) -> str:
        """The SHA-256 in `tls_fingerprint` as AA:BB:…; raises InvalidOption."""
        # The first form is what `openssl x509 -fingerprint` prints: "sha256 Fingerprint=AA:BB:…".
        digits = re.sub(
            r"^\s*sha-?256(\s+fingerprint)?\s*[:=]?", "", self.tls_fingerprint or "", flags=re.IGNORECASE
        )
        digits = re.sub(r"[:\s]", "", digits)
        if not re.fullmatch(r"[0-9A-Fa-f]{64}", digits):
            raise InvalidOption(
                "the fingerprint is not a SHA-256 in hexadecimal (64 digits, colons allowed)",
                host=self.host,
                option=self.words.option("tls_fingerprint"),
                remedy="Read it with: openssl x509 -noout -fingerprint -sha256",
            )
        return bytes.fromhex(digits).hex(":").upper()

    @property
    def bare_host(self) -> str:
        """The host without the brackets that an IPv6 address may be written in."""
        bracketed = self.host.startswith("[") and self.host.endswith("]")
        return self.host[1:-1] if bracketed else self.host

    @property
    def netloc(self) -> str:
        """Host and port as in a URL; an IPv6 address is bracketed."""
        host = self.bare_host
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"


def _is_ip_address(text: str) -> bool:
    try:
        # A zone, as in fe80::1%eth0, has no place in a URL and means nothing to a certificate.
        return not getattr(ipaddress.ip_address(text), "scope_id", None)
    except ValueError:
        return False


def _is_host_name(text: str) -> bool:
    name = text.removesuffix(".")
    labels = name.split(".")
    if len(name) > 253 or re.fullmatch(r"\d+|0[xX][0-9A-Fa-f]*", labels[-1]):
        # Not an address, though resolvers take it for one: 2130706433 and 0x7f000001 are 127.0.0.1.
        return False
    return all(re.fullmatch(r"\w[\w-]{0,62}", label, re.ASCII) for label in labels)


def tls_context(endpoint: Endpoint) -> ssl.SSLContext:
    """The context that decides whether the server is trusted.

    `tls_fingerprint` replaces the judgement of the chain: the connection compares the digest. With
    `ca_path` only those CAs count; without it the operating system's and certifi's do.
    """
    own = endpoint.client_certificate is not None or endpoint.allow_legacy_tls
    context = _empty_context()
    if endpoint.tls_fingerprint or not endpoint.validate_certs:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif endpoint.ca_path:
        _trust_only(context, endpoint.ca_path, endpoint)
    elif own:  # the shared context must neither show this certificate to others nor take their old TLS
        _trust_system(context)
    else:
        return system_trust()
    if endpoint.allow_legacy_tls:
        _lower_the_bar(context)
    if endpoint.client_certificate is not None:
        _show_certificate(context, endpoint.client_certificate, endpoint)
    return context


def _empty_context() -> ssl.SSLContext:
    # Not ssl.create_default_context(): what that trusts and demands depends on the Python version.
    # 3.13 refuses certificates without an Authority Key Identifier, and nodes have such certificates.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.sslsocket_class = _TimedSocket
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def _lower_the_bar(context: ssl.SSLContext) -> None:
    """Let one context speak with releases 9.1 and 10.5: TLS 1.0, SHA-1, keys of 1024 bits.

    Security level 0 is what OpenSSL 3 demands for TLS 1.0. A system-wide policy may still forbid it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Python warns of what the user has asked for
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.options |= _OP_LEGACY_SERVER_CONNECT


#: ssl.OP_LEGACY_SERVER_CONNECT, which Python has from 3.12 on: servers without secure renegotiation.
_OP_LEGACY_SERVER_CONNECT = 0x4


def system_trust() -> ssl.SSLContext:
    """The context that trusts the CAs of the operating system and of certifi, read once a process.

    Reading them takes some 75 ms of processor time, more than the rest of a task. A process that
    forks workers calls this first, and the workers have them.
    """
    return _system_trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _system_trust(*_where_openssl_looks: str | None) -> ssl.SSLContext:
    context = _empty_context()
    _trust_system(context)
    return context


def _trust_system(context: ssl.SSLContext) -> None:
    context.load_default_certs()
    context.load_verify_locations(cafile=certifi.where())


def _show_certificate(
    context: ssl.SSLContext, client_certificate: tuple[str, str], endpoint: Endpoint
) -> None:
    certificate_path, key_path = client_certificate
    # A server may ask for it only when it has seen the path, after the handshake of TLS 1.3.
    context.post_handshake_auth = True
    try:
        # Without a callback, OpenSSL would ask for the passphrase on the terminal.
        context.load_cert_chain(certificate_path, key_path, password=lambda: "")
    except (OSError, ssl.SSLError) as error:
        raise InvalidOption(
            f"{certificate_path} and {key_path} cannot be used as certificate and private key ({_why(error)})",
            host=endpoint.host,
            option=endpoint.words.option("client_certificate_path"),
            remedy="Give a PEM file with the certificate (and its chain) and one with its key, not encrypted,"
            " that belong together",
        ) from None


def _trust_only(context: ssl.SSLContext, ca_path: str, endpoint: Endpoint) -> None:
    # So that an issuing CA alone is enough, without the root above it.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        if Path(ca_path).is_dir():
            context.load_verify_locations(capath=ca_path)
        else:
            context.load_verify_locations(cafile=ca_path)
    except (OSError, ssl.SSLError) as error:
        raise InvalidOption(
            f"{ca_path} cannot be read as CA certificates in PEM ({_why(error)})",
            host=endpoint.host,
            option=endpoint.words.option("ca_path"),
            remedy="Give a PEM file, or a directory prepared by 'openssl rehash'",
        ) from error


class _Deadline:
    """When a request must be over: one for all that a session sends and reads until it is set again."""

    def __init__(self) -> None:
        self._end: float | None = None

    def set(self, seconds: float) -> None:
        """Begin to count."""
        self._end = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds until the end; not above zero when it has passed."""
        return float("inf") if self._end is None else self._end - time.monotonic()


class _TimedSocket(ssl.SSLSocket):
    """A socket whose every wait ends at the deadline of the request.

    The time limit of a plain socket starts again with each byte, so a server that sends one now and
    then, or endless interim replies, could hold a task for hours.
    """

    deadline: _Deadline | None = None

    def read(self, len: int = 1024, buffer: Any = None) -> Any:  # noqa: A002 - as ssl declares it
        self._limit()
        return super().read(len, buffer)

    def send(self, data: Any, flags: int = 0) -> int:
        self._limit()
        return super().send(data, flags)

    def _limit(self) -> None:
        if self.deadline is not None:
            left = self.deadline.left
            if left <= 0:
                raise TimeoutError("the time for the whole request is over")
            self.settimeout(None if left == float("inf") else left)


class _NotConnectedError(Exception):
    """The connection was not made, so nothing was sent; the cause says why."""


class _OtherCertificateError(OSError):
    """The server has another certificate than the pinned one."""

    def __init__(self, der: bytes) -> None:
        super().__init__("another certificate than the pinned one")
        self.der = der


def _stack_unknown() -> MissingLibrary:
    """The error for an HTTP library with which the trust of a connection cannot be proven."""
    return MissingLibrary(
        "this version of urllib3 does not let the collection judge the server of a connection, so nothing"
        " was sent",
        remedy=f'Install a version that does: {sys.executable} -m pip install "urllib3>=2.6.3,<3"',
    )


@dataclass(frozen=True)
class _Trust:
    """How the connections of one session judge the server."""

    context: ssl.SSLContext
    pinned_fingerprint: str | None
    deadline: _Deadline

    def connect(self, host: str, port: int, timeout: float | None) -> ssl.SSLSocket:
        """A connection to a server that is trusted; raises _NotConnectedError."""
        try:
            plain = socket.create_connection((host, port), timeout)
            try:
                plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                tls = self.context.wrap_socket(plain, server_hostname=host)
            except BaseException:
                plain.close()
                raise
            try:
                self._judge(tls.getpeercert(binary_form=True) or b"")
                if not isinstance(tls, _TimedSocket):
                    raise _stack_unknown()
                tls.deadline = self.deadline
            except BaseException:
                tls.close()
                raise
        except OSError as error:
            raise _NotConnectedError from error
        return tls

    def _judge(self, der: bytes) -> None:
        """Compare the pin; everything else was judged by the context in the handshake."""
        if self.pinned_fingerprint and _fingerprint(der) != self.pinned_fingerprint:
            raise _OtherCertificateError(der)


class _Connection(HTTPSConnection):  # type: ignore[misc,unused-ignore]
    """A connection that judges the server itself, and writes to no server that it has not judged.

    It tells a failure while it is made from a failure afterwards. urllib3 reports both in the same
    words ("Connection aborted"), but only the first is safe to repeat. And what urllib3 makes of a
    context of ours differs between its versions.
    """

    #: Set by the subclass that each session makes.
    trust: _Trust
    _judged: ssl.SSLSocket | None = None

    def connect(self) -> None:
        timeout = self.timeout if isinstance(self.timeout, (int, float)) else None
        self.sock = self._judged = self.trust.connect(self.host.strip("[]"), self.port, timeout)
        # Otherwise urllib3 warns of each request, also when validate_certs says that it is wanted so.
        self.is_verified = True

    def send(self, data: Any) -> None:
        """Write a part of a request: every byte of one passes here."""
        if self.sock is None:
            self.connect()
        if self._judged is None or self.sock is not self._judged:
            raise _stack_unknown()
        super().send(data)


class _ConnectionPool(HTTPSConnectionPool):  # type: ignore[misc,unused-ignore]
    """Connections of one session to its server, and to no other."""

    def __init__(self, host: str, port: int, trust: _Trust) -> None:
        super().__init__(host, port)
        self.ConnectionCls = type("_TrustingConnection", (_Connection,), {"trust": trust})

    def check(self) -> None:
        """Make sure that urllib3 takes its connections from here; a version that does not is refused.

        The connection that is made for this is not opened.
        """
        try:
            connection = self._new_conn()
        except Exception:  # noqa: BLE001 - whatever it is, this urllib3 is not one that is known
            connection = None
        if not isinstance(connection, _Connection):
            raise _stack_unknown()


class _TrustingAdapter(HTTPAdapter):  # type: ignore[misc,unused-ignore]
    """An adapter to one server with our trust, whatever requests makes of `verify` and proxies.

    Which connection a request takes is decided here alone: versions of requests before 2.32 take
    another one, which knows neither a pin nor a CA, and tell nobody.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        super().__init__()
        self._host, self._port = endpoint.bare_host, endpoint.port
        self.deadline = _Deadline()
        self._trust = _Trust(
            tls_context(endpoint),
            endpoint.pinned_fingerprint() if endpoint.tls_fingerprint else None,
            self.deadline,
        )
        self._pool = self._new_pool()
        self._pool.check()

    def _new_pool(self) -> _ConnectionPool:
        return _ConnectionPool(self._host, self._port, self._trust)

    def drop_idle_connection(self) -> None:
        """Let the next request have a new connection."""
        self._pool.close()
        self._pool = self._new_pool()

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> Response:
        """Send a request over a connection of ours; raises urllib3's own errors."""
        keep_headers_secret(request.headers)
        connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        headers = request.headers
        how: dict[str, Any] = {
            "body": request.body,
            "redirect": False,
            "assert_same_host": False,
            "preload_content": False,
            "decode_content": False,
            "retries": False,
            "timeout": urllib3.Timeout(connect=connect, read=read),
            "chunked": request.body is not None and "Content-Length" not in headers,
        }
        # Without fields to encode, the URL and the headers go out as they are.
        reply = self._pool.request_encode_url(
            request.method or "GET", request.path_url or "/", headers=headers, **how
        )
        return self.build_response(request, reply)

    def close(self) -> None:
        super().close()
        self._pool.close()


def presented_certificate(host: str, port: int, timeout: float = CONNECT_TIMEOUT) -> bytes | None:
    """The server's certificate (DER), to show the user; nothing is sent, nothing is trusted.

    None when no handshake comes about.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    _lower_the_bar(context)
    try:
        with (
            socket.create_connection((host, port), timeout=timeout) as raw,
            context.wrap_socket(raw, server_hostname=host) as tls,
        ):
            return tls.getpeercert(binary_form=True)
    except OSError:
        return None


def _fingerprint(der: bytes) -> str:
    return hashlib.sha256(der).digest().hex(":").upper()


def _why(error: BaseException | None) -> str:
    """The innermost words of a chain of library exceptions, without addresses of objects."""
    inner = error
    while inner is not None:
        error = inner
        inner = next((part for part in error.args if isinstance(part, BaseException)), None)
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message.rstrip(".")
    if isinstance(error, ssl.SSLError) and error.reason:
        return error.reason.replace("_", " ").lower()
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error) or type(error).__name__


def _is_time_out(error: BaseException) -> bool:
    """Whether a library's exception, or one within it, is about time."""
    kinds = (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError)
    return isinstance(error, kinds) or any(
        _is_time_out(part) for part in error.args if isinstance(part, BaseException)
    )


#: OpenSSL's reasons for no TLS session with a server whose TLS is of another age.
_TOO_OLD = frozenset(
    (
        "CA_KEY_TOO_SMALL",
        "CA_MD_TOO_WEAK",
        "DH_KEY_TOO_SMALL",
        "EE_KEY_TOO_SMALL",
        "LEGACY_SIGALG_DISALLOWED_OR_UNSUPPORTED",
        "NO_PROTOCOLS_AVAILABLE",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "UNSAFE_LEGACY_RENEGOTIATION_DISABLED",
        "UNSUPPORTED_PROTOCOL",
        "WRONG_SIGNATURE_TYPE",
        "WRONG_SSL_VERSION",
    )
)
#: X509_V_ERR_EE_KEY_TOO_SMALL, X509_V_ERR_CA_KEY_TOO_SMALL, X509_V_ERR_CA_MD_TOO_WEAK.
_TOO_WEAK = frozenset((66, 67, 68))


def _is_too_old(error: BaseException | None) -> bool:
    """Whether TLS failed since the server's TLS, its key or its signature is too old."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_code in _TOO_WEAK
    return isinstance(error, ssl.SSLError) and error.reason in _TOO_OLD


#: What the socket raises when the other side refuses or hangs up.
_HUNG_UP = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)


class _RefusedForNow(HostUnreachable):
    """Refused or hung up on before anything was sent: a service that restarts does that."""


class HttpsSession:
    """One HTTPS session with one server.

    `account` and `roles` are for errors: as whom the session speaks, and what that account needs.
    `largest_reply` is in bytes.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        *,
        auth: AuthBase | None = None,
        account: str | None = None,
        roles: str = "the rights that the module's documentation names",
        largest_reply: int | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.endpoint = endpoint
        self._account = account
        self._roles = roles
        self._largest_reply = largest_reply or LARGEST_REPLY
        self._sleep = sleep
        self._connect_timeout = min(CONNECT_TIMEOUT, endpoint.timeout)
        require("requests")
        self._adapter = _TrustingAdapter(endpoint)
        self._session = requests.Session()
        self._session.trust_env = False
        # A compressed reply can be a thousand times as large as what was received.
        self._session.headers["Accept-Encoding"] = "identity"
        self._session.auth = auth
        self._session.mount("https://", self._adapter)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the sockets."""
        self._session.close()

    def url(self, path: str) -> str:
        """The absolute URL of a path on the server."""
        return f"https://{self.endpoint.netloc}{path}"

    def request(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        repeatable: bool,
        busy: Callable[[Response], str | None] | None = None,
        refuse: Callable[[Response], None] | None = None,
        **kwargs: Any,
    ) -> Response:
        """Send a request and return the reply, whatever its status but 3xx, 401, 403 and 503.

        `repeatable` says whether the request may be sent again when it is not known what became of
        it: a read may, unless the time for an answer has passed; a write may not. What the server
        certainly did not take (503, a refused connection) is repeated for both, a bounded number of
        times. `busy` may name why a reply of another status means "try again later"; `refuse` may
        raise before anything else judges the reply, where a protocol gives the common statuses a
        meaning of its own. Raises the errors of `_common.errors`; AnswerLost when a request that is
        not repeatable may have been carried out.
        """
        delays, began = iter(BACK_OFF), time.monotonic()
        while True:
            if not repeatable:
                # A server may close an idle connection in the moment in which we use it again, and
                # then nobody knows what it has read. A write is not left to that chance.
                self._adapter.drop_idle_connection()
            try:
                response = self._send(method, path, operation, **kwargs)
                if refuse is not None:
                    refuse(response)
                self._check_status(response, operation, busy)
            except (AnswerLost, ServerBusy, _RefusedForNow) as error:
                delay = next(delays, None)
                lost = isinstance(error, AnswerLost)
                if delay is None or (lost and (not repeatable or self._is_over(began))):
                    raise
            else:
                return response
            self._sleep(delay)

    def _is_over(self, began: float) -> bool:
        """Whether the time of an answer has passed: a node that hangs holds a run up once, and not at each repeat."""
        return time.monotonic() - began >= self.endpoint.timeout

    @contextmanager
    def stream(
        self, method: str, path: str, *, operation: str, **kwargs: Any
    ) -> Iterator[tuple[Response, Iterator[bytes]]]:
        """Send a request that is safe to repeat; the block has the reply, and its body in small pieces.

        The body is read as the pieces are taken, so memory does not grow with it and the size is the
        caller's to bound; a body that breaks off raises AnswerLost there. With another status than 200 it
        has been read, and there are no pieces. Repeats and errors are those of `request`, as long as the
        body has not begun.
        """
        delays, began = iter(BACK_OFF), time.monotonic()
        while True:
            try:
                with self._explained(operation):
                    response = self._open(method, path, **kwargs)
                    if response.status_code != 200:
                        self._read(response, operation)
                self._check_status(response, operation, None)
                break
            except (AnswerLost, ServerBusy, _RefusedForNow) as error:
                delay = next(delays, None)
                if delay is None or (isinstance(error, AnswerLost) and self._is_over(began)):
                    raise
            self._sleep(delay)
        try:
            yield response, self._pieces(response, operation) if response.status_code == 200 else iter(())
        finally:
            response.close()

    def forget_cookies(self) -> None:
        """Let the next request begin a session of its own with the server's application."""
        self._session.cookies.clear()

    def _pieces(self, response: Response, operation: str) -> Iterator[bytes]:
        """The body in pieces. What the caller does with a piece takes none of the server's time."""
        pieces = response.iter_content(BLOCK)
        left = self._adapter.deadline.left
        while True:
            self._adapter.deadline.set(left)
            with self._explained(operation):
                piece = next(pieces, None)
                if piece is None:
                    self._check_whole(response)
                    return
            left = min(self._adapter.deadline.left + len(piece) / SLOWEST_STREAM, self.endpoint.timeout)
            yield piece

    def _send(self, method: str, path: str, operation: str, **kwargs: Any) -> Response:
        with self._explained(operation):
            response = self._open(method, path, **kwargs)
            self._read(response, operation)
        return response

    def _open(self, method: str, path: str, **kwargs: Any) -> Response:
        """The reply with its body unread; the time for the request begins."""
        self._adapter.deadline.set(self._connect_timeout + self.endpoint.timeout)
        return self._session.request(
            method,
            self.url(path),
            timeout=(self._connect_timeout, self.endpoint.timeout),
            allow_redirects=False,
            stream=True,
            **kwargs,
        )

    @contextmanager
    def _explained(self, operation: str) -> Iterator[None]:
        """Turn what the library raises into errors of the collection."""
        try:
            yield
        except _NotConnectedError as error:
            raise self._not_connected(error.__cause__, operation) from error.__cause__
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            if self._adapter.deadline.left <= 0 or _is_time_out(error):
                raise self._too_slow(operation) from error
            raise AnswerLost(
                f"the connection broke before the whole answer came ({foreign_text(_why(error))})",
                host=self.endpoint.host,
                operation=operation,
                remedy="Run again: what is already done will not be done twice",
            ) from error

    def _too_slow(self, operation: str) -> AnswerLost:
        return AnswerLost(
            f"no answer within {self.endpoint.timeout} s, or not the whole of it",
            host=self.endpoint.host,
            operation=operation,
            remedy=f"Raise the option {self.endpoint.words.option('timeout')}, or look at the load of"
            f" {self.endpoint.words.server}",
        )

    def _read(self, response: Response, operation: str) -> None:
        """Read the body as `response.content` would, but not more than is reasonable."""
        body = bytearray()
        for block in response.iter_content(64 * 1024):
            body += block
            if len(body) > self._largest_reply:
                response.close()
                raise UnexpectedAnswer(
                    f"the reply is larger than {self._largest_reply / 1024 / 1024:g} MiB",
                    host=self.endpoint.host,
                    operation=operation,
                    remedy=f"Check that {self.endpoint.words.address} {self.endpoint.words.kind}",
                )
        self._check_whole(response)
        response._content = bytes(body)

    @staticmethod
    def _check_whole(response: Response) -> None:
        if response.raw.length_remaining:  # urllib3 1 does not notice by itself
            raise requests.exceptions.ChunkedEncodingError(
                f"{response.raw.length_remaining} bytes are missing"
            )

    def _check_status(
        self, response: Response, operation: str, busy: Callable[[Response], str | None] | None
    ) -> None:
        """Raise for the statuses that mean the same to every caller."""
        endpoint, words = self.endpoint, self.endpoint.words
        status = response.status_code
        if 300 <= status < 400:
            raise UnexpectedAnswer(
                f"the server redirects to '{foreign_text(response.headers.get('Location', ''))}' (HTTP {status})",
                host=endpoint.host,
                operation=operation,
                remedy="Redirects are not followed, since the password would travel along;"
                f" check that {words.address} {words.kind}",
            )
        if status == 401:
            raise AuthenticationFailed(
                f"{words.server} refused user name or password of '{self._account}' (HTTP 401)",
                host=endpoint.host,
                operation=operation,
                remedy=f"Check {words.option('username')} and {words.option('password')};"
                " it was tried once only, since accounts lock",
            )
        if status == 403:
            raise PermissionDenied(
                f"the account '{self._account}' is known but may not do this (HTTP 403)",
                host=endpoint.host,
                operation=operation,
                remedy=f"Give it {self._roles}",
            )
        why = "HTTP 503" if status == 503 else busy and busy(response)
        if why:
            raise ServerBusy(
                f"the server is busy ({why})",
                host=endpoint.host,
                operation=operation,
                remedy=f"Run again later, {words.gentler}",
            )

    def _not_connected(self, error: BaseException | None, operation: str) -> CucmError:
        """What a failure before anything was sent means to the user."""
        if isinstance(error, (ssl.SSLCertVerificationError, _OtherCertificateError)):
            return self._untrusted(error, operation)
        words, port = self.endpoint.words, self.endpoint.port
        kind = HostUnreachable
        option: str | None = None
        reason: str | None = None
        if isinstance(error, socket.gaierror):
            what = f"the name cannot be resolved ({_why(error)})"
            option, remedy = words.option("host"), "Check the name and this machine's DNS"
        elif isinstance(error, TimeoutError):
            what = f"no connection to port {port} within {self._connect_timeout} s"
            remedy = f"Check the address, the route and the firewall between this machine and {words.server}"
        elif isinstance(error, ssl.SSLError) and not isinstance(error, _HUNG_UP):
            what = f"no TLS session with port {port} ({_why(error)})"
            remedy = f"Check that the port speaks HTTPS, and that {words.server} has TLS 1.2 or newer"
            if _is_too_old(error):
                reason = "tls_too_old"
                remedy += self._legacy_remedy()
        else:
            what = f"no connection to port {port} ({_why(error)})"
            remedy = f"Check the address and the port, and that {words.service} runs"
            if isinstance(error, _HUNG_UP):
                kind = _RefusedForNow
            if isinstance(error, ssl.SSLError):  # hung up on our hello, as a server of another age may do
                remedy += self._legacy_remedy()
        return kind(
            what, host=self.endpoint.host, operation=operation, option=option, remedy=remedy, reason=reason
        )

    def _legacy_remedy(self) -> str:
        words = self.endpoint.words
        if self.endpoint.allow_legacy_tls or not words.has_legacy_option:
            return ""
        return (
            f". Releases 9.1 and 10.5 speak TLS 1.0 with SHA-1 and short keys: for such a node set"
            f" {words.option('allow_legacy_tls')}, which lowers the bar for it alone"
        )

    def _untrusted(
        self, error: ssl.SSLCertVerificationError | _OtherCertificateError, operation: str
    ) -> UntrustedServer:
        endpoint, words = self.endpoint, self.endpoint.words
        if isinstance(error, _OtherCertificateError):
            der: bytes | None = error.der
        else:  # a failed handshake does not hand the certificate over
            der = presented_certificate(endpoint.bare_host, endpoint.port, self._connect_timeout)
        fingerprint = _fingerprint(der) if der else "(it was not shown a second time)"
        details = (
            {"presented_fingerprint": fingerprint, "presented_certificate": ssl.DER_cert_to_PEM_cert(der)}
            if der
            else {}
        )
        if endpoint.tls_fingerprint:
            return UntrustedServer(
                "the server's certificate is not the pinned one: it has the SHA-256 fingerprint"
                f" {fingerprint}",
                host=endpoint.host,
                operation=operation,
                option=words.option("tls_fingerprint"),
                remedy=f"If {words.certificate} was renewed, compare this value {words.read_certificate}"
                " and change the option; otherwise somebody stands between",
                details=details,
            )
        return UntrustedServer(
            f"the server's certificate is not trusted ({_why(error)});"
            f" it has the SHA-256 fingerprint {fingerprint}",
            host=endpoint.host,
            operation=operation,
            option=words.option("ca_path"),
            remedy=f"Give the CA that signed it by {words.option('ca_path')}, and connect by a name that is in it; or,"
            f" when it is self-signed, compare the fingerprint {words.read_certificate} and pin it:"
            f" {words.option('tls_fingerprint')}: '{fingerprint}'"
            f"{self._legacy_remedy() if _is_too_old(error) else ''}",
            details=details,
        )
