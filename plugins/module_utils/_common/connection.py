# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTPS connection to one node: options, TLS trust, time limits, repeats, errors.

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
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import env_fallback
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

try:
    import certifi
    import requests
    import urllib3
    from requests.adapters import HTTPAdapter
    from requests.auth import HTTPBasicAuth
    from urllib3.connection import HTTPSConnection
    from urllib3.connectionpool import HTTPSConnectionPool
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    HTTPAdapter = HTTPSConnection = HTTPSConnectionPool = object  # type: ignore[assignment,misc,unused-ignore]

if TYPE_CHECKING:
    from requests import Response

#: Seconds to wait for a TCP connection; `timeout` bounds each wait for data.
CONNECT_TIMEOUT = 10
#: Seconds before each repeat of a request that is safe to repeat.
BACK_OFF = (1.0, 3.0, 6.0)
#: The largest reply that is read, in bytes; AXL itself stops at 8 MB.
LARGEST_REPLY = 64 * 1024 * 1024

CONNECTION_ARGUMENTS: dict[str, dict[str, Any]] = {
    "host": {"type": "str", "required": True, "fallback": (env_fallback, ["CUCM_HOST"])},
    "port": {"type": "int", "default": 8443, "fallback": (env_fallback, ["CUCM_PORT"])},
    "username": {"type": "str", "required": True, "fallback": (env_fallback, ["CUCM_USERNAME"])},
    "password": {
        "type": "str",
        "required": True,
        "no_log": True,
        "fallback": (env_fallback, ["CUCM_PASSWORD"]),
    },
    "validate_certs": {
        "type": "bool",
        "default": True,
        "fallback": (env_fallback, ["CUCM_VALIDATE_CERTS"]),
    },
    "ca_path": {"type": "path", "fallback": (env_fallback, ["CUCM_CA_PATH"])},
    "tls_fingerprint": {"type": "str", "fallback": (env_fallback, ["CUCM_TLS_FINGERPRINT"])},
    "timeout": {"type": "int", "default": 60, "fallback": (env_fallback, ["CUCM_TIMEOUT"])},
}


@dataclass(frozen=True)
class ConnectionOptions:
    """Where to connect, as whom, and whom to trust. `timeout` is in seconds."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    validate_certs: bool
    ca_path: str | None
    tls_fingerprint: str | None
    timeout: int

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> ConnectionOptions:
        """Take the connection options out of a module's parameters; raises InvalidOption."""
        options = cls(**{name: params[name] for name in CONNECTION_ARGUMENTS})
        options.check()
        return options

    def check(self) -> None:
        """Refuse what can never work, before anything is sent."""
        if not (_is_ip_address(self.bare_host) or _is_host_name(self.host)):
            raise InvalidOption(
                f"'{self.host}' is not a host name or an address",
                option="host",
                remedy="Give the node's name or address only, without https://, port and path",
            )
        if not 1 <= self.port <= 65535:
            raise InvalidOption(
                f"{self.port} is not a TCP port",
                host=self.host,
                option="port",
                remedy="Use a number from 1 to 65535",
            )
        if ":" in self.username:
            raise InvalidOption(
                "a user name with a colon cannot be sent (HTTP Basic authentication)",
                host=self.host,
                option="username",
                remedy="Use an account without a colon in its name",
            )
        if self.timeout < 1:
            raise InvalidOption(
                f"{self.timeout} is not a time limit",
                host=self.host,
                option="timeout",
                remedy="Use a number of seconds from 1 up",
            )
        if self.ca_path and not Path(self.ca_path).exists():
            raise InvalidOption(
                f"there is no file or directory {self.ca_path}",
                host=self.host,
                option="ca_path",
                remedy="Give the path of the CA certificates (PEM) that signed the node's tomcat certificate",
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
                option="tls_fingerprint",
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
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _is_host_name(text: str) -> bool:
    labels = text.removesuffix(".").split(".")
    return all(re.fullmatch(r"\w[\w-]{0,62}", label, re.ASCII) for label in labels)


def tls_context(options: ConnectionOptions) -> ssl.SSLContext:
    """The context that decides whether the server is trusted.

    `tls_fingerprint` replaces the judgement of the chain: the connection compares the digest. With
    `ca_path` only those CAs count; without it the operating system's and certifi's do.
    """
    if options.tls_fingerprint or not options.validate_certs:
        context = _empty_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    elif options.ca_path:
        context = _empty_context()
        _trust_only(context, options.ca_path, options.host)
    else:
        context = system_trust()
    return context


def _empty_context() -> ssl.SSLContext:
    # Not ssl.create_default_context(): what that trusts and demands depends on the Python version.
    # 3.13 refuses certificates without an Authority Key Identifier, and nodes have such certificates.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def system_trust() -> ssl.SSLContext:
    """The context that trusts the CAs of the operating system and of certifi, read once a process.

    Reading them takes some 75 ms of processor time, more than the rest of a task. A process that
    forks workers calls this first, and the workers have them.
    """
    return _system_trust(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))


@cache
def _system_trust(*_where_openssl_looks: str | None) -> ssl.SSLContext:
    context = _empty_context()
    context.load_default_certs()
    context.load_verify_locations(cafile=certifi.where())
    return context


def _trust_only(context: ssl.SSLContext, ca_path: str, host: str) -> None:
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
            host=host,
            option="ca_path",
            remedy="Give a PEM file, or a directory prepared by 'openssl rehash'",
        ) from error


class _NotConnectedError(Exception):
    """The connection was not made, so nothing was sent; the cause says why."""


class _OtherCertificateError(OSError):
    """The server has another certificate than the pinned one."""

    def __init__(self, der: bytes) -> None:
        super().__init__("another certificate than the pinned one")
        self.der = der


class _Connection(HTTPSConnection):  # type: ignore[misc,unused-ignore]
    """A connection that tells a failure while it is made from a failure afterwards.

    urllib3 reports both in the same words ("Connection aborted"), but only the first is safe to
    repeat. And what urllib3 makes of a context of ours differs between its versions.
    """

    ssl_context: ssl.SSLContext
    assert_fingerprint: str | None

    def connect(self) -> None:
        host = self.host.strip("[]")
        try:
            plain = socket.create_connection((host, self.port), self.timeout)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sock = tls = self.ssl_context.wrap_socket(plain, server_hostname=host)
            der = tls.getpeercert(binary_form=True) or b""
            if self.assert_fingerprint and _fingerprint(der) != self.assert_fingerprint:
                self.close()
                raise _OtherCertificateError(der)
        except OSError as error:
            raise _NotConnectedError from error
        # Otherwise urllib3 warns of each request, also when validate_certs says that it is wanted so.
        self.is_verified = True


class _ConnectionPool(HTTPSConnectionPool):  # type: ignore[misc,unused-ignore]
    ConnectionCls = _Connection  # type: ignore[assignment,unused-ignore]


class _NodeAdapter(HTTPAdapter):  # type: ignore[misc,unused-ignore]
    """An adapter to one node with the trust of our context, whatever requests makes of `verify` and proxies."""

    def __init__(self, options: ConnectionOptions) -> None:
        super().__init__()
        self._host, self._port = options.bare_host, options.port
        self._trust: dict[str, Any] = {"ssl_context": tls_context(options)}
        if options.tls_fingerprint:
            self._trust["assert_fingerprint"] = options.pinned_fingerprint()
        self._pool = self._new_pool()

    def _new_pool(self) -> _ConnectionPool:
        return _ConnectionPool(self._host, self._port, **self._trust)

    def drop_idle_connection(self) -> None:
        """Let the next request have a new connection."""
        self._pool.close()
        self._pool = self._new_pool()

    def get_connection_with_tls_context(self, *_args: Any, **_kwargs: Any) -> _ConnectionPool:
        return self._pool

    def cert_verify(self, *_args: Any, **_kwargs: Any) -> None:
        """Leave the pool's trust as it is."""

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


#: What the socket raises when the other side refuses or hangs up.
_HUNG_UP = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)


class _RefusedForNow(HostUnreachable):
    """Refused or hung up on before anything was sent: a service that restarts does that."""


class HttpSession:
    """One HTTPS session with one node.

    `roles` names the roles that the account needs, for the error about a missing one.
    """

    def __init__(
        self,
        options: ConnectionOptions,
        *,
        roles: str = "the roles that the module's documentation names",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.options = options
        self._roles = roles
        self._sleep = sleep
        self._connect_timeout = min(CONNECT_TIMEOUT, options.timeout)
        self._adapter = _NodeAdapter(options)
        self._session = requests.Session()
        self._session.trust_env = False
        # As bytes, since requests encodes text as Latin-1.
        self._session.auth = HTTPBasicAuth(options.username.encode(), options.password.encode())
        self._session.mount("https://", self._adapter)

    def __enter__(self) -> HttpSession:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the sockets."""
        self._session.close()

    def url(self, path: str) -> str:
        """The absolute URL of a path on the node."""
        return f"https://{self.options.netloc}{path}"

    def request(
        self,
        method: str,
        path: str,
        *,
        operation: str,
        repeatable: bool,
        busy: Callable[[Response], str | None] | None = None,
        **kwargs: Any,
    ) -> Response:
        """Send a request and return the reply, whatever its status but 3xx, 401, 403 and 503.

        `repeatable` says whether the request may be sent again when it is not known what became of
        it: a read may, a write may not. What the server certainly did not take (503, a refused
        connection) is repeated for both, a bounded number of times. `busy` may name why a reply of
        another status means "try again later". Raises the errors of `_common.errors`; AnswerLost
        when a request that is not repeatable may have been carried out.
        """
        delays = iter(BACK_OFF)
        while True:
            if not repeatable:
                # A server may close an idle connection in the moment in which we use it again, and
                # then nobody knows what it has read. A write is not left to that chance.
                self._adapter.drop_idle_connection()
            try:
                response = self._send(method, path, operation, **kwargs)
                self._check_status(response, operation, busy)
            except (AnswerLost, ServerBusy, _RefusedForNow) as error:
                delay = next(delays, None)
                if delay is None or (isinstance(error, AnswerLost) and not repeatable):
                    raise
            else:
                return response
            self._sleep(delay)

    def _send(self, method: str, path: str, operation: str, **kwargs: Any) -> Response:
        try:
            response = self._session.request(
                method,
                self.url(path),
                timeout=(self._connect_timeout, self.options.timeout),
                allow_redirects=False,
                stream=True,
                **kwargs,
            )
            self._read(response, operation)
        except _NotConnectedError as error:
            raise self._not_connected(error.__cause__, operation) from error.__cause__
        except requests.exceptions.ReadTimeout as error:
            raise AnswerLost(
                f"no answer within {self.options.timeout} s",
                host=self.options.host,
                operation=operation,
                remedy="Raise the option timeout, or look at the node's load",
            ) from error
        except (requests.exceptions.RequestException, urllib3.exceptions.HTTPError) as error:
            raise AnswerLost(
                f"the connection broke before the whole answer came ({_why(error)})",
                host=self.options.host,
                operation=operation,
                remedy="Run again: what is already done will not be done twice",
            ) from error
        return response

    def _read(self, response: Response, operation: str) -> None:
        """Read the body as `response.content` would, but not more than is reasonable."""
        body = bytearray()
        for block in response.iter_content(64 * 1024):
            body += block
            if len(body) > LARGEST_REPLY:
                response.close()
                raise UnexpectedAnswer(
                    f"the reply is larger than {LARGEST_REPLY // 1024 // 1024} MiB",
                    host=self.options.host,
                    operation=operation,
                    remedy="Check that host and port name a Unified CM node",
                )
        if response.raw.length_remaining:  # urllib3 1 does not notice by itself
            raise requests.exceptions.ChunkedEncodingError(
                f"{response.raw.length_remaining} bytes are missing"
            )
        response._content = bytes(body)

    def _check_status(
        self, response: Response, operation: str, busy: Callable[[Response], str | None] | None
    ) -> None:
        """Raise for the statuses that mean the same to every caller."""
        options = self.options
        status = response.status_code
        if 300 <= status < 400:
            raise UnexpectedAnswer(
                f"the server redirects to '{response.headers.get('Location', '')[:200]}' (HTTP {status})",
                host=options.host,
                operation=operation,
                remedy="Redirects are not followed, since the password would travel along;"
                " check that host and port name the Unified CM node itself",
            )
        if status == 401:
            raise AuthenticationFailed(
                f"the node refused user name or password of '{options.username}' (HTTP 401)",
                host=options.host,
                operation=operation,
                remedy="Check username and password; it was tried once only, since accounts lock",
            )
        if status == 403:
            raise PermissionDenied(
                f"the account '{options.username}' is known but may not do this (HTTP 403)",
                host=options.host,
                operation=operation,
                remedy=f"Give it {self._roles}",
            )
        why = "HTTP 503" if status == 503 else busy and busy(response)
        if why:
            raise ServerBusy(
                f"the server is busy ({why})",
                host=options.host,
                operation=operation,
                remedy="Run again later, with fewer hosts at a time (serial, throttle)",
            )

    def _not_connected(self, error: BaseException | None, operation: str) -> CucmError:
        """What a failure before anything was sent means to the user."""
        if isinstance(error, (ssl.SSLCertVerificationError, _OtherCertificateError)):
            return self._untrusted(error, operation)
        port = self.options.port
        kind = HostUnreachable
        option: str | None = None
        if isinstance(error, socket.gaierror):
            what = f"the name cannot be resolved ({_why(error)})"
            option, remedy = "host", "Check the name and this machine's DNS"
        elif isinstance(error, TimeoutError):
            what = f"no connection to port {port} within {self._connect_timeout} s"
            remedy = "Check the address, the route and the firewall between this machine and the node"
        elif isinstance(error, ssl.SSLError) and not isinstance(error, _HUNG_UP):
            what = f"no TLS session with port {port} ({_why(error)})"
            remedy = "Check that the port speaks HTTPS, and that the node has TLS 1.2 or newer"
        else:
            what = f"no connection to port {port} ({_why(error)})"
            remedy = "Check the address and the port, and that the node's Cisco Tomcat service runs"
            if isinstance(error, _HUNG_UP):
                kind = _RefusedForNow
        return kind(what, host=self.options.host, operation=operation, option=option, remedy=remedy)

    def _untrusted(
        self, error: ssl.SSLCertVerificationError | _OtherCertificateError, operation: str
    ) -> UntrustedServer:
        options = self.options
        if isinstance(error, _OtherCertificateError):
            der: bytes | None = error.der
        else:  # a failed handshake does not hand the certificate over
            der = presented_certificate(options.bare_host, options.port, self._connect_timeout)
        fingerprint = _fingerprint(der) if der else "(it was not shown a second time)"
        details = (
            {"presented_fingerprint": fingerprint, "presented_certificate": ssl.DER_cert_to_PEM_cert(der)}
            if der
            else {}
        )
        if options.tls_fingerprint:
            return UntrustedServer(
                "the server's certificate is not the pinned one: it has the SHA-256 fingerprint"
                f" {fingerprint}",
                host=options.host,
                operation=operation,
                option="tls_fingerprint",
                remedy="If the node's tomcat certificate was renewed, compare this value on the node"
                " itself (show cert own tomcat) and change the option; otherwise somebody stands between",
                details=details,
            )
        return UntrustedServer(
            f"the server's certificate is not trusted ({_why(error)});"
            f" it has the SHA-256 fingerprint {fingerprint}",
            host=options.host,
            operation=operation,
            option="ca_path",
            remedy="Give the CA that signed it by ca_path, and connect by a name that is in it; or, when it"
            " is self-signed, compare the fingerprint on the node itself (show cert own tomcat) and pin it:"
            f" tls_fingerprint: '{fingerprint}'",
            details=details,
        )
