# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One direction of a TLS connection, read record by record from its bytes (RFC 2246, 4346, 5246, 8446).

What is in clear is decoded; what is encrypted is counted. Of a long connection only the counts grow.
Bytes that make no sense end the reading with a reason in `lost`, never with an exception.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ansible_collections.ucops.cucm.plugins.module_utils._capture.tcp import Mark
from ansible_collections.ucops.cucm.plugins.module_utils._capture.tls_names import (
    HANDSHAKE_MESSAGES,
    SIGNALS,
    TLS_1_2,
    is_grease,
    is_tls_1_3,
)

#: The longest record: 2¹⁴ bytes and what protection may add (RFC 5246, 6.2.3).
_LARGEST_RECORD = (1 << 14) + 2048
#: The longest handshake message that is read. A chain has some thousands of bytes, a list of CAs some tens of them.
LARGEST_MESSAGE = 64 * 1024
#: Messages that are kept of one direction; a handshake has about ten.
MOST_EVENTS = 64
MOST_CERTIFICATES = 16
#: Numbers that are kept of one list: of ciphers, say, of which there are some 350 in all.
_MOST_NUMBERS = 512

_CHANGE_CIPHER_SPEC, _ALERT, _HANDSHAKE, _APPLICATION_DATA, _HEARTBEAT = 20, 21, 22, 23, 24
_DATA_START = bytes((_APPLICATION_DATA,))
_CLIENT_HELLO, _SERVER_HELLO = 1, 2
_SERVER_NAME, _SIGNATURE_ALGORITHMS, _SESSION_TICKET, _PRE_SHARED_KEY, _SUPPORTED_VERSIONS = 0, 13, 35, 41, 43

#: The random of a Server Hello that asks for another Client Hello (RFC 8446, 4.1.3).
_RETRY = bytes.fromhex("cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c")

_SIP_STARTS = tuple(
    word.encode()
    for word in (
        *("SIP/2.0 ", "INVITE ", "ACK ", "BYE ", "CANCEL ", "OPTIONS ", "REGISTER ", "PRACK ", "UPDATE "),
        *("SUBSCRIBE ", "NOTIFY ", "REFER ", "INFO ", "MESSAGE ", "PUBLISH "),
    )
)
_LONGEST_START = max(map(len, _SIP_STARTS))


@dataclass(frozen=True, slots=True)
class ClientHello:
    version: int
    versions: tuple[int, ...]
    ciphers: tuple[int, ...]
    signature_algorithms: tuple[int, ...]
    server_name: str | None
    session_id: bytes
    resumes: bool


@dataclass(frozen=True, slots=True)
class ServerHello:
    version: int
    cipher: int
    session_id: bytes
    retry: bool
    resumes: bool


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """`authorities` are names in DER."""

    signature_algorithms: tuple[int, ...]
    authorities: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Alert:
    level: int
    number: int


@dataclass(frozen=True, slots=True)
class Event:
    """A message; `end` is its end in the stream, `mark` comes from the packet that completed it."""

    name: str
    end: int
    mark: Mark
    alert: Alert | None = None


class _Malformed(Exception):
    """A message that does not have the form that it should have."""


class _Cursor:
    """Reads a message from its start to its end."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, size: int) -> bytes:
        part = self._data[self._at : self._at + size]
        if len(part) < size:
            raise _Malformed
        self._at += size
        return part

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size))

    def vector(self, size: int) -> _Cursor:
        """A part whose length stands before it in so many bytes."""
        return _Cursor(self.take(self.number(size)))

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)

    def numbers(self) -> tuple[int, ...]:
        """The rest, as numbers of 16 bits, without those that mean nothing."""
        found = []
        while self:
            number = self.number(2)
            if not is_grease(number):
                found.append(number)
        if len(found) > _MOST_NUMBERS:
            raise _Malformed
        return tuple(found)


class Pool:
    """Keeps what many connections have in common, certificates above all, once; and not without end."""

    def __init__(self, largest: int = 16 * 1024 * 1024) -> None:
        self._kept: dict[bytes, bytes] = {}
        self._room = largest

    def keep(self, data: bytes) -> bytes:
        if data not in self._kept:
            self._room -= len(data)
            if self._room < 0:
                raise _Full
            self._kept[data] = data
        return self._kept[data]


class _Full(Exception):
    """The capture holds more certificates than are kept."""


@dataclass
class TlsReader:
    """The state of one direction. `protocol` is `tls`, `sip`, `other`, or None before it is known.

    `lost` says why the reading ended: `gap`, `no_record`, `too_much`. After a message that cannot be
    read (`malformed_message` in `unread`) it goes on, since records have their own lengths.
    """

    pool: Pool = field(default_factory=Pool)
    protocol: str | None = None
    lost: str | None = None
    unread: str | None = None
    events: list[Event] = field(default_factory=list)
    events_left_out: int = 0
    client_hello: ClientHello | None = None
    server_hello: ServerHello | None = None
    retried: bool = False
    chain: tuple[bytes, ...] | None = None
    request: CertificateRequest | None = None
    changed_cipher: bool = False
    finished: bool = False
    encrypted_alert: bool = False
    data_records: int = 0
    data_bytes: int = 0
    first_data: int | None = None
    last_data: int | None = None
    names: set[str] = field(default_factory=set)
    _buffer: bytearray = field(default_factory=bytearray)
    _message: bytearray = field(default_factory=bytearray)
    _left_of_message: int = 0
    _skip: int = 0
    _skipped: str | None = None

    def feed(self, data: bytes, end: int, mark: Mark) -> None:
        if self.lost or self.protocol in ("sip", "other"):
            return
        if self._skip >= len(data) > 0:  # the body of a long record: nothing of it is kept
            self._skip -= len(data)
            if not self._skip:
                self._end_skip(end, mark)
            return
        if not self._buffer and data[:1] == _DATA_START and self._is_one_record(data):
            self._count(len(data) - 5)
            self._skipped = "Application Data"
            self._end_skip(end, mark)
            return
        self._buffer += data
        if self.protocol is None and not self._recognise():
            return
        if self.protocol == "tls":
            used = self._records(end, mark)
            del self._buffer[:used]
        else:
            self._buffer.clear()

    def _is_one_record(self, data: bytes) -> bool:
        """Whether these bytes are a record as a whole, and no body of an earlier one."""
        return (
            self.protocol == "tls"
            and not self._skip
            and _is_record(data[:5])
            and int.from_bytes(data[3:5]) == len(data) - 5
        )

    def gap(self, size: int) -> None:
        """Missing bytes do no harm within a record that is only counted; elsewhere the reading ends."""
        if self.lost or self.protocol in ("sip", "other"):
            return
        if size <= self._skip:
            self._skip -= size
        else:
            self.lost = "gap"
            self._buffer.clear()
            self._message.clear()

    def end(self) -> None:
        """No more bytes: judge by what there is."""
        if self.protocol is None and self._buffer and not self.lost:
            self._recognise(all_there=True)

    def _recognise(self, *, all_there: bool = False) -> bool:
        start = bytes(self._buffer[: _LONGEST_START + 64]).lstrip(b"\r\n")
        head = bytes(self._buffer[:5])
        if _is_record(head) or _is_old_hello(head):
            self.protocol = "tls"
            return True
        if start.startswith(_SIP_STARTS) or start[:8].upper() == b"SIP/2.0 ":
            self.protocol = "sip"
        elif all_there or len(start) >= _LONGEST_START:
            self.protocol = "other"
        return self.protocol is not None

    def _records(self, end: int, mark: Mark) -> int:
        """Read all whole records of the buffer; gives how many bytes of it are done with."""
        at, size = 0, len(self._buffer)
        base = end - size
        while not self.lost:
            if self._skip:
                step = min(self._skip, size - at)
                at += step
                self._skip -= step
                if self._skip:
                    break
                self._end_skip(base + at, mark)
            if size - at < 5:
                break
            head = bytes(self._buffer[at : at + 5])
            if _is_old_hello(head) and not self.events:
                length = 2 + ((head[0] & 0x7F) << 8 | head[1])
                if size - at < length:
                    break
                self._old_hello(bytes(self._buffer[at + 2 : at + length]), base + at + length, mark)
                at += length
                continue
            if not _is_record(head):
                self.lost = "no_record"
                break
            kind, length = head[0], int.from_bytes(head[3:])
            if kind == _APPLICATION_DATA:
                self._count(length)
                at += 5
                self._skip, self._skipped = length, "Application Data"
                if not length:
                    self._end_skip(base + at, mark)
                continue
            if size - at < 5 + length:
                break
            body = bytes(self._buffer[at + 5 : at + 5 + length])
            at += 5 + length
            self._record(kind, body, base + at, mark)
        if self.lost:
            return size
        return at

    def _count(self, length: int) -> None:
        self.data_records += 1
        self.data_bytes += length
        self.last_data = length
        if self.first_data is None:
            self.first_data = length

    def _end_skip(self, end: int, mark: Mark) -> None:
        name, self._skipped = self._skipped, None
        if name is not None and name not in self.names:
            self._event(name, end, mark)

    def _event(self, name: str, end: int, mark: Mark, alert: Alert | None = None) -> None:
        self.names.add(name)
        if len(self.events) < MOST_EVENTS:
            self.events.append(Event(name, end, mark, alert))
        else:
            self.events_left_out += 1

    def _record(self, kind: int, body: bytes, end: int, mark: Mark) -> None:
        if kind == _CHANGE_CIPHER_SPEC:
            self.changed_cipher = True
            self._event("Change Cipher Spec", end, mark)
        elif kind == _ALERT:
            self._alert(body, end, mark)
        elif kind == _HEARTBEAT:  # RFC 6520; it may come before and after the handshake is through
            if "Heartbeat" not in self.names:
                self._event("Heartbeat", end, mark)
        elif self.changed_cipher and not self._is_hello_after_retry(body):
            # The first encrypted message is the Finished one; what Wireshark calls encrypted too.
            name = "Encrypted Handshake Message" if self.finished else "Finished"
            self.finished = True
            self._event(name, end, mark)
        else:
            self._message += body
            try:
                for number, message in self._messages():
                    try:
                        self._handshake(number, message, end, mark)
                    except _Malformed:
                        self.unread = "malformed_message"
            except _Full:
                self.lost = "too_much"

    def _alert(self, body: bytes, end: int, mark: Mark) -> None:
        if len(body) == 2:
            self._event("Alert", end, mark, Alert(body[0], body[1]))
        elif self.changed_cipher:
            self.encrypted_alert = True
            self._event("Alert (encrypted)", end, mark)
        else:
            self.unread = "malformed_message"

    def _is_hello_after_retry(self, body: bytes) -> bool:
        """TLS 1.3 sends a Change Cipher Spec for show, and a clear hello after it (RFC 8446, D.4)."""
        return (
            len(body) > 38
            and body[0] in (_CLIENT_HELLO, _SERVER_HELLO)
            and int.from_bytes(body[1:4]) == len(body) - 4
            and body[4:6] == b"\x03\x03"
            and self.names <= {"Client Hello", "Hello Retry Request", "Change Cipher Spec"}
        )

    def _messages(self) -> Iterator[tuple[int, bytes]]:
        while True:
            # What is longer than is read is passed over, up to its end.
            passed = min(self._left_of_message, len(self._message))
            del self._message[:passed]
            self._left_of_message -= passed
            if len(self._message) < 4:
                return
            length = int.from_bytes(self._message[1:4])
            if length > LARGEST_MESSAGE:
                self.unread = "malformed_message"
                self._left_of_message = 4 + length
                continue
            if len(self._message) < 4 + length:
                return
            number, message = self._message[0], bytes(self._message[4 : 4 + length])
            del self._message[: 4 + length]
            yield number, message

    def _handshake(self, number: int, message: bytes, end: int, mark: Mark) -> None:
        name = HANDSHAKE_MESSAGES.get(number, f"Handshake message {number}")
        if number == _CLIENT_HELLO:
            self.client_hello = _client_hello(_Cursor(message))
        elif number == _SERVER_HELLO:
            self.server_hello = _server_hello(_Cursor(message))
            if self.server_hello.retry:
                self.retried, name = True, "Hello Retry Request"
        elif number == 11:
            self.chain = tuple(self.pool.keep(certificate) for certificate in _chain(_Cursor(message)))
            if not self.chain:
                name = "Certificate (empty)"
        elif number == 13:
            version = self.server_hello.version if self.server_hello else TLS_1_2
            algorithms, authorities = _certificate_request(_Cursor(message), version)
            self.request = CertificateRequest(algorithms, tuple(map(self.pool.keep, authorities)))
        self._event(name, end, mark)

    def _old_hello(self, message: bytes, end: int, mark: Mark) -> None:
        """A Client Hello in the form of SSL 2, which old clients send for TLS too (RFC 5246, E.2)."""
        try:
            cursor = _Cursor(message)
            cursor.take(1)
            version = cursor.number(2)
            size, session, challenge = (cursor.number(2) for _number in range(3))
            specs = cursor.take(size)
            session_id = cursor.take(session)
            cursor.take(challenge)
        except _Malformed:
            self.unread = "malformed_message"
            return
        ciphers = (int.from_bytes(specs[n : n + 3]) for n in range(0, len(specs) - 2, 3))
        known = tuple(cipher for cipher in ciphers if cipher <= 0xFFFF and cipher not in SIGNALS)
        self.client_hello = ClientHello(version, (version,), known, (), None, session_id, bool(session_id))
        self._event("Client Hello", end, mark)


def _is_record(head: bytes) -> bool:
    return (
        len(head) == 5
        and _CHANGE_CIPHER_SPEC <= head[0] <= _HEARTBEAT
        and head[1] == 3
        and head[2] <= 4
        and int.from_bytes(head[3:]) <= _LARGEST_RECORD
    )


def _is_old_hello(head: bytes) -> bool:
    return len(head) == 5 and bool(head[0] & 0x80) and head[2] == 1 and head[3:] in (b"\x00\x02", *_HELLOS)


_HELLOS = tuple(bytes((3, minor)) for minor in range(4))


def _extensions(cursor: _Cursor) -> Iterator[tuple[int, _Cursor]]:
    if cursor:
        block = cursor.vector(2)
        while block:
            number = block.number(2)
            yield number, block.vector(2)


def _client_hello(cursor: _Cursor) -> ClientHello:
    version = cursor.number(2)
    cursor.take(32)
    session_id = cursor.vector(1).rest()
    ciphers = tuple(number for number in cursor.vector(2).numbers() if number not in SIGNALS)
    cursor.vector(1)
    versions: tuple[int, ...] = (version,)
    algorithms: tuple[int, ...] = ()
    server_name = None
    resumes = False
    for number, body in _extensions(cursor):
        if number == _SUPPORTED_VERSIONS:
            versions = body.vector(1).numbers()
        elif number == _SIGNATURE_ALGORITHMS:
            algorithms = body.vector(2).numbers()
        elif number == _SERVER_NAME and body:
            names = body.vector(2)
            if names and names.number(1) == 0:
                server_name = _printable(names.vector(2).rest()[:255])
        elif number == _PRE_SHARED_KEY or (number == _SESSION_TICKET and body):
            resumes = True
    # A client of TLS 1.3 sends a session id for show (RFC 8446, D.4).
    resumes = resumes or (bool(session_id) and not any(map(is_tls_1_3, versions)))
    return ClientHello(version, versions, ciphers, algorithms, server_name, session_id, resumes)


def _printable(data: bytes) -> str:
    """What was sent goes into reports and terminals: other characters than those of names become escapes."""
    return "".join(chr(byte) if 0x20 < byte < 0x7F else f"\\x{byte:02x}" for byte in data)


def _server_hello(cursor: _Cursor) -> ServerHello:
    version = cursor.number(2)
    random = cursor.take(32)
    session_id = cursor.vector(1).rest()
    cipher = cursor.number(2)
    cursor.take(1)
    resumes = False
    for number, body in _extensions(cursor):
        if number == _SUPPORTED_VERSIONS:
            version = body.number(2)
        elif number == _PRE_SHARED_KEY:
            resumes = True
    return ServerHello(version, cipher, session_id, random == _RETRY, resumes)


def _chain(cursor: _Cursor) -> tuple[bytes, ...]:
    entries = cursor.vector(3)
    found: list[bytes] = []
    while entries:
        certificate = entries.vector(3).rest()
        if not certificate or len(found) == MOST_CERTIFICATES:
            raise _Malformed
        found.append(certificate)
    return tuple(found)


def _certificate_request(cursor: _Cursor, version: int) -> tuple[tuple[int, ...], list[bytes]]:
    cursor.vector(1)
    algorithms = cursor.vector(2).numbers() if version >= TLS_1_2 else ()
    names = cursor.vector(2)
    authorities = []
    while names:
        authorities.append(names.vector(2).rest())
    return algorithms, authorities
