# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One TLS connection to a SIP port, made to see and not to trust.

The handshake is never ended because of the server's certificate: the chain is kept as it was shown,
and others judge it. OpenSSL's handshake messages are watched as they pass, since a server that demands
a client certificate ends the handshake of TLS 1.2 before Python would give the chain away, and since
only they say whether a certificate was demanded. A refusal in TLS 1.3 comes after the handshake has
ended for the client (RFC 8446, 4.4.2.4), so whoever wants to know must read on.
"""

from __future__ import annotations

import errno
import socket
import ssl
import time
from dataclasses import dataclass, field
from typing import Any, Self

from ansible_collections.ucops.cucm.plugins.module_utils._sip.alerts import (
    CLOSE_NOTIFY,
    Alert,
    alert_in_reason,
    alert_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._sip.context import Identity, client_context
from ansible_collections.ucops.cucm.plugins.module_utils._sip.tls_messages import (
    authorities_in,
    certificates_in,
    choice_of,
)

_BLOCK = 16 * 1024
#: Bytes of the peer's first words that are kept, to tell what speaks there when it is not TLS.
_FIRST_WORDS = 64
#: Bytes that are read in all on one connection. A chain has some 5 000, an answer to OPTIONS some 1 000.
LARGEST_CONVERSATION = 512 * 1024

#: Seconds to wait for what a broken connection may still hold.
_LAST_WORDS_SECONDS = 0.5
#: CPython's own interface to OpenSSL's message callback, from 3.8 on. Where it is missing, less is seen.
_CAN_WATCH = hasattr(ssl.SSLContext, "_msg_callback")

# Content types and handshake types (RFC 8446, 5.1 and 4).
_ALERT, _HANDSHAKE = 21, 22
_SERVER_HELLO, _NEW_SESSION_TICKET, _CERTIFICATE, _CERTIFICATE_REQUEST = 2, 4, 11, 13


@dataclass(frozen=True)
class Target:
    """Where to connect; `timeout` bounds, in seconds, the making of the connection and each exchange on it."""

    host: str
    port: int
    timeout: float
    allow_legacy_tls: bool = False


@dataclass(frozen=True)
class Failure:
    """What ended a connection: a stable reason, the words for it, and the alert if the server sent one."""

    reason: str
    text: str
    alert: Alert | None = None


class Broken(Exception):
    """The connection has ended; `failure` says how. Never leaves this package."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.text)
        self.failure = failure


@dataclass
class Seen:
    """What passed on one connection. `chain` is DER, the server's own certificate first."""

    reachable: bool = False
    established: bool = False
    tls_version: str | None = None
    cipher: str | None = None
    chain: tuple[bytes, ...] = ()
    #: Whether the server asked for a client certificate; None as long as that cannot be known.
    certificate_requested: bool | None = None
    #: The CAs that it named when it asked, in DER, none for any; None as long as that cannot be known.
    authorities: tuple[bytes, ...] | None = None
    #: Whether one was shown to it.
    certificate_shown: bool = False
    #: Whether the server has taken the client's side of the handshake, certificate or none.
    accepted: bool = False
    #: Whether it has sent anything after the handshake.
    answered: bool = False
    failure: Failure | None = None
    first_words: bytes = field(default=b"", repr=False)
    alert: Alert | None = field(default=None, repr=False)


class Deadline:
    """The end of a wait, however many steps it has."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left; TimeoutError when there are none."""
        seconds = self._end - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds


class Connection:
    """A TLS connection, from the first packet on. What was seen of it is in `seen` at any time."""

    def __init__(self, target: Target, identity: Identity | None = None) -> None:
        self.target = target
        self.seen = Seen()
        self._context = client_context(identity, allow_legacy_tls=target.allow_legacy_tls)
        self._cipher_names = {cipher["id"] & 0xFFFF: cipher["name"] for cipher in self._context.get_ciphers()}
        if _CAN_WATCH:
            self._context._msg_callback = self._watch  # type: ignore[attr-defined]
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = self._context.wrap_bio(
            self._incoming, self._outgoing, server_hostname=server_name(target.host)
        )
        self._socket: socket.socket | None = None
        self._received = 0
        self._early = b""  # what came while the verdict was waited for

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def open(self) -> None:
        """Connect and shake hands; a failure is in `seen`, and Broken is raised."""
        try:
            deadline = Deadline(self.target.timeout)
            self._connect(deadline)
            self._run(self._tls.do_handshake, deadline)
        except Broken as broken:
            self.seen.failure = broken.failure
            raise
        finally:
            self._learn_from_session()
        # Up to TLS 1.2 the server's Finished comes after the client's certificate has been judged.
        self.seen.accepted = self.seen.accepted or self.seen.tls_version != "1.3"

    def send(self, data: bytes) -> None:
        """Send all of it; raises Broken."""
        self._keep_failure(lambda deadline: self._run(lambda: self._tls.write(data), deadline))

    def receive(self, deadline: Deadline) -> bytes:
        """The next bytes, at least one; raises Broken, with the reason `answer_timeout` when nothing comes."""
        if self._early:
            early, self._early = self._early, b""
            return early
        data: bytes = self._keep_failure(lambda _own: self._run(lambda: self._tls.read(_BLOCK), deadline))
        self.seen.accepted = self.seen.answered = True
        return data

    def wait_for_verdict(self, seconds: float | None = None) -> None:
        """Read until the server has taken or refused the client's certificate, or the time is up.

        Whoever wants to send something waits first, if only for a moment: a server that has refused and
        closed answers what is sent with a reset, which may overtake its alert.
        A server of TLS 1.3 that has taken it says so by a session ticket, as OpenSSL's does, or by data.
        One that does neither leaves `seen.accepted` false and `seen.failure` empty: not known.
        """
        if self.seen.failure:
            return
        deadline = Deadline(min(seconds or self.target.timeout, self.target.timeout))
        try:
            while not self.seen.accepted:
                try:
                    data = self._tls.read(_BLOCK)
                except ssl.SSLWantReadError:
                    self._flush(deadline)
                    if not self.seen.accepted:  # a ticket is no data
                        self._fill(deadline)
                else:
                    if not data:
                        raise Broken(self._ended())
                    self._early += data
                    self.seen.accepted = self.seen.answered = True
        except TimeoutError:
            pass
        except Broken as broken:
            self.seen.failure = broken.failure
        except (ssl.SSLError, OSError) as error:
            self.seen.failure = self._explain(error)

    def local_address(self) -> tuple[str, int]:
        """Address and port of the connection's own end."""
        name = self._stream.getsockname()
        return name[0], name[1]

    def close(self) -> None:
        """End the connection with the alert that says so, as far as the other end still listens."""
        if self._socket is None:
            return
        self._socket.settimeout(0.5)
        try:
            if self.seen.established and self.seen.failure is None:
                try:
                    self._tls.unwrap()
                except ssl.SSLError:
                    pass
                self._flush()
        except OSError:
            pass
        finally:
            self._socket.close()
            self._socket = None

    def _connect(self, deadline: Deadline) -> None:
        host, port = self.target.host, self.target.port
        try:
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (socket.gaierror, UnicodeError) as error:
            why = error.strerror if isinstance(error, socket.gaierror) else str(error)
            raise Broken(
                Failure("name_not_resolved", f"the name {host} cannot be resolved ({why})")
            ) from None
        last: OSError | None = None
        for number, (family, kind, protocol, _name, address) in enumerate(addresses):
            try:
                # One address that swallows packets must leave time for the others.
                share = deadline.left() / (len(addresses) - number)
                made = socket.socket(family, kind, protocol)
            except OSError as error:
                last = error
                continue
            try:
                made.settimeout(share)
                made.connect(address)
                made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except OSError as error:
                made.close()
                last = error
            else:
                self._socket = made
                self.seen.reachable = True
                return
        raise Broken(_explain_connect(last, self.target)) from None

    def _run(self, step: Any, deadline: Deadline) -> Any:
        """Do one step of the TLS engine, moving bytes for it until it is done; raises Broken."""
        try:
            while True:
                try:
                    result = step()
                except ssl.SSLWantReadError:
                    self._flush(deadline)
                    self._fill(deadline)
                else:
                    self._flush(deadline)
                    if result == b"":
                        raise Broken(self._ended())
                    return result
        except (ssl.SSLError, OSError) as error:
            self._flush_quietly(deadline)
            if isinstance(error, (BrokenPipeError, ConnectionResetError)):
                self._read_last_words()
            raise Broken(self._explain(error)) from None

    def _keep_failure(self, exchange: Any) -> Any:
        try:
            return exchange(Deadline(self.target.timeout))
        except Broken as broken:
            self.seen.failure = broken.failure
            raise

    @property
    def _stream(self) -> socket.socket:
        if self._socket is None:
            raise RuntimeError("the connection is not open")
        return self._socket

    def _flush(self, deadline: Deadline | None = None) -> None:
        data = self._outgoing.read()
        if data and self._socket is not None:
            if deadline is not None:
                self._socket.settimeout(deadline.left())
            self._socket.sendall(data)

    def _flush_quietly(self, deadline: Deadline) -> None:
        """Send the alert that tells the other side why, if it still listens."""
        try:
            self._flush(deadline)
        except OSError:
            pass

    def _read_last_words(self) -> None:
        """Let the engine see what has come before the connection broke: often the alert that says why."""
        try:
            self._fill(Deadline(_LAST_WORDS_SECONDS))
            self._tls.read(_BLOCK)
        except (ssl.SSLError, OSError, Broken):
            pass

    def _fill(self, deadline: Deadline) -> None:
        self._stream.settimeout(deadline.left())
        data = self._stream.recv(_BLOCK)
        self._received += len(data)
        if self._received > LARGEST_CONVERSATION:
            raise Broken(
                Failure(
                    "too_much_data", f"the peer sent more than {LARGEST_CONVERSATION} bytes on one connection"
                )
            )
        if len(self.seen.first_words) < _FIRST_WORDS:
            self.seen.first_words += data[: _FIRST_WORDS - len(self.seen.first_words)]
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    def _watch(
        self, _conn: Any, direction: str, _version: int, content_type: int, _kind: int, data: bytes
    ) -> None:
        """Called by OpenSSL with each message, in clear. Nothing that it raises may be lost: it raises nothing."""
        incoming = direction == "read"
        if content_type == _ALERT and incoming and len(data) >= 2:
            if data[1] != CLOSE_NOTIFY:
                self.seen.alert = alert_of(data[1])
        elif content_type == _HANDSHAKE and len(data) >= 4:
            kind, body = data[0], data[4:]
            if not incoming:
                if kind == _CERTIFICATE:
                    self.seen.certificate_shown = bool(certificates_in(body, tls_13=self._speaks_13()))
            elif kind == _SERVER_HELLO:
                self._learn_from_hello(body)
            elif kind == _CERTIFICATE:
                self.seen.chain = certificates_in(body, tls_13=self._speaks_13())
            elif kind == _CERTIFICATE_REQUEST:
                self.seen.certificate_requested = True
                self.seen.authorities = authorities_in(body, version=self.seen.tls_version)
            elif kind == _NEW_SESSION_TICKET and self._speaks_13():
                self.seen.accepted = True

    def _speaks_13(self) -> bool:
        return self.seen.tls_version == "1.3"

    def _learn_from_hello(self, body: bytes) -> None:
        """Version and cipher of the ServerHello: only here are they seen when the handshake fails later."""
        self.seen.tls_version, code = choice_of(body)
        self.seen.cipher = self._cipher_names.get(code) or (f"0x{code:04X}" if code else None)

    def _learn_from_session(self) -> None:
        """What Python itself knows of a session that came about, and what a completed handshake proves."""
        version, cipher = self._tls.version(), self._tls.cipher()
        if version is None or cipher is None:
            return
        self.seen.established = True
        self.seen.tls_version = version.removeprefix("TLSv") if "." in version else "1.0"
        self.seen.cipher = cipher[0]
        if not self.seen.chain:
            der = self._tls.getpeercert(binary_form=True)
            self.seen.chain = (der,) if der else ()
        if _CAN_WATCH and self.seen.certificate_requested is None:
            self.seen.certificate_requested = False

    def _explain(self, error: Exception) -> Failure:
        """The failure that an exception of ssl or socket stands for."""
        alert = self.seen.alert
        if isinstance(error, ssl.SSLError) and alert is None:
            alert = alert_in_reason(error.reason)
        if alert is not None:
            return Failure(
                "tls_alert", f"the server ended the handshake with {alert}: {alert.meaning}", alert
            )
        if isinstance(error, TimeoutError):
            return self._timed_out()
        if isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            return self._ended()
        if isinstance(error, (ConnectionResetError, BrokenPipeError, ConnectionAbortedError)):
            return Failure("connection_reset", "the connection was reset")
        if isinstance(error, ssl.SSLError):
            return self._not_understood(error)
        return Failure("network_error", f"the connection broke ({_os_words(error)})")

    def _timed_out(self) -> Failure:
        seconds = f"{self.target.timeout:g} s"
        if self.seen.established:
            return Failure("answer_timeout", f"no answer came within {seconds}")
        return Failure("tls_timeout", f"the TLS handshake did not end within {seconds}")

    def _ended(self) -> Failure:
        when = "after" if self.seen.established or self._tls.version() else "during"
        return Failure(
            "connection_closed", f"the server closed the connection {when} the handshake, without an alert"
        )

    def _not_understood(self, error: ssl.SSLError) -> Failure:
        words = (error.reason or "unknown").replace("_", " ").lower()
        first = self.seen.first_words
        if first[:1] in (b"\x14", b"\x15", b"\x16", b"\x17") and first[1:2] in (b"\x03", b""):
            if error.reason in ("UNSUPPORTED_PROTOCOL", "WRONG_VERSION_NUMBER", "WRONG_SSL_VERSION"):
                return Failure(
                    "tls_version_not_shared",
                    "the server answered with a TLS version that this probe does not offer",
                )
            return Failure("tls_error", f"this side ended the handshake ({words})")
        speaks = "SIP without TLS" if b"SIP/2.0" in first else "something else than TLS"
        return Failure("not_tls", f"{speaks} is spoken on the port")


def server_name(host: str) -> str | None:
    """The name for the extension server_name, which addresses do not have (RFC 6066, 3)."""
    name = host.removesuffix(".")
    return None if ":" in name or name.replace(".", "").isdigit() else name


def _explain_connect(error: OSError | None, target: Target) -> Failure:
    where = f"port {target.port} of {target.host}"
    if isinstance(error, ConnectionRefusedError):
        return Failure("connection_refused", f"{where} is closed: the connection was refused")
    if isinstance(error, TimeoutError) or (error is not None and error.errno == errno.ETIMEDOUT):
        return Failure("connect_timeout", f"{where} did not answer within {target.timeout:g} s")
    return Failure("network_unreachable", f"{where} cannot be reached ({_os_words(error)})")


def _os_words(error: Exception | None) -> str:
    return getattr(error, "strerror", None) or (type(error).__name__ if error else "no address")
