# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP messages: as little of RFC 3261 as a trunk needs, and that strictly."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import Protocol

LARGEST_MESSAGE = 64 * 1024
_REQUEST = re.compile(r"([A-Z]+) (sips?:\S+) SIP/2\.0")
_STATUS = re.compile(r"SIP/2\.0 ([1-6]\d\d) (.*)")
_HEADER = re.compile(r"([A-Za-z][A-Za-z-]*)[ \t]*:[ \t]*(.*)")
_USER = re.compile(r"sips?:([^@;>]+)@")
_MANDATORY = ("Via", "From", "To", "Call-ID", "CSeq")

REASONS = {
    100: "Trying",
    180: "Ringing",
    200: "OK",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    503: "Service Unavailable",
}


class SipSyntaxError(Exception):
    """Bytes that are not a SIP message."""


@dataclass(frozen=True)
class SipMessage:
    """A request (`method`, `uri`) or a response (`status`, `reason`). Header names are canonical."""

    headers: tuple[tuple[str, str], ...]
    method: str = ""
    uri: str = ""
    status: int = 0
    reason: str = ""
    body: str = ""

    def header(self, name: str) -> str:
        """The first value of a header, or empty text."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")

    @property
    def called(self) -> str:
        """The user part of the request URI."""
        found = _USER.match(self.uri)
        return found.group(1) if found else ""

    @property
    def calling(self) -> str:
        """The user part of the From header."""
        found = _USER.search(self.header("From"))
        return found.group(1) if found else ""

    def serialise(self) -> bytes:
        """The message as it goes over the wire."""
        first = f"{self.method} {self.uri} SIP/2.0" if self.method else f"SIP/2.0 {self.status} {self.reason}"
        body = self.body.encode("utf-8")
        lines = [first, *(f"{name}: {value}" for name, value in self.headers), f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode("utf-8") + body


def parse(head: str, body: str) -> SipMessage:
    """Parse a message's start line and headers; raises SipSyntaxError."""
    start, *lines = head.split("\r\n")
    headers = []
    for line in lines:
        found = _HEADER.fullmatch(line)
        if found is None:
            raise SipSyntaxError(f"not a header: {line!r}")
        if found.group(1).lower() != "content-length":
            headers.append((found.group(1), found.group(2)))
    present = {name.lower() for name, _value in headers}
    missing = [name for name in _MANDATORY if name.lower() not in present]
    if missing:
        raise SipSyntaxError(f"missing headers: {', '.join(missing)}")
    request, status = _REQUEST.fullmatch(start), _STATUS.fullmatch(start)
    if request is not None:
        if "max-forwards" not in present:
            raise SipSyntaxError("missing headers: Max-Forwards")
        return SipMessage(tuple(headers), method=request.group(1), uri=request.group(2), body=body)
    if status is not None:
        return SipMessage(tuple(headers), status=int(status.group(1)), reason=status.group(2), body=body)
    raise SipSyntaxError(f"not a start line: {start!r}")


class ByteStream(Protocol):
    """What messages are read from and written to."""

    async def read(self) -> bytes: ...

    async def write(self, data: bytes) -> None: ...


class SipConnection:
    """SIP messages over a byte stream. `begun` is what has been read of it already."""

    def __init__(self, stream: ByteStream, begun: bytes = b"") -> None:
        self._stream = stream
        self._buffer = begun

    async def send(self, message: SipMessage) -> None:
        """Send one message."""
        await self._stream.write(message.serialise())

    async def receive(self) -> SipMessage:
        """The next message; raises SipSyntaxError, and what the stream raises."""
        while b"\r\n\r\n" not in self._buffer:
            await self._more()
        head, _blank_line, rest = self._buffer.partition(b"\r\n\r\n")
        length = _content_length(head)
        self._buffer = rest
        while len(self._buffer) < length:
            await self._more()
        body, self._buffer = self._buffer[:length], self._buffer[length:]
        try:
            return parse(head.decode("utf-8").lstrip("\r\n"), body.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise SipSyntaxError("the message is not UTF-8") from error

    async def _more(self) -> None:
        if len(self._buffer) > LARGEST_MESSAGE:
            raise SipSyntaxError("the message is too large")
        self._buffer += await self._stream.read()


def _content_length(head: bytes) -> int:
    found = re.search(rb"(?:^|\r\n)Content-Length[ \t]*:[ \t]*(\d{1,6})(?:\r\n|$)", head, re.IGNORECASE)
    if found is None:
        raise SipSyntaxError("missing headers: Content-Length")
    return int(found.group(1))


@dataclass(frozen=True)
class Dialog:
    """The caller's side of one call: what all of its requests have in common."""

    local_address: str
    remote: str
    calling: str
    called: str
    call_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    tag: str = field(default_factory=lambda: uuid.uuid4().hex[:12])

    def request(self, method: str, sequence: int, *, to_tag: str = "", body: str = "") -> SipMessage:
        """A request of this call."""
        to = f"<sip:{self.called}@{self.remote}>" + (f";tag={to_tag}" if to_tag else "")
        headers = [
            ("Via", f"SIP/2.0/TLS {self.local_address};branch=z9hG4bK{uuid.uuid4().hex[:12]}"),
            ("From", f"<sip:{self.calling}@{self.local_address}>;tag={self.tag}"),
            ("To", to),
            ("Call-ID", f"{self.call_id}@{self.local_address}"),
            ("CSeq", f"{sequence} {method}"),
            ("Max-Forwards", "70"),
        ]
        if method == "INVITE":
            headers.append(("Contact", f"<sip:{self.calling}@{self.local_address};transport=tls>"))
        if body:
            headers.append(("Content-Type", "application/sdp"))
        return SipMessage(tuple(headers), method=method, uri=f"sip:{self.called}@{self.remote}", body=body)


def options_ping(local_address: str, remote: str) -> SipMessage:
    """The OPTIONS request of a trunk that pings; it belongs to no call."""
    headers = (
        ("Via", f"SIP/2.0/TLS {local_address};branch=z9hG4bK{uuid.uuid4().hex[:12]}"),
        ("From", f"<sip:{local_address}>;tag={uuid.uuid4().hex[:12]}"),
        ("To", f"<sip:{remote}>"),
        ("Call-ID", f"{uuid.uuid4()}@{local_address}"),
        ("CSeq", "101 OPTIONS"),
        ("Max-Forwards", "70"),
    )
    return SipMessage(headers, method="OPTIONS", uri=f"sip:{remote}")


def response(request: SipMessage, status: int, *, to_tag: str = "", body: str = "") -> SipMessage:
    """The response to a request, with the headers that RFC 3261, 8.2.6.2 copies."""
    headers = []
    for name, value in request.headers:
        if name.lower() in ("via", "from", "to", "call-id", "cseq"):
            tagged = name.lower() == "to" and to_tag and ";tag=" not in value
            headers.append((name, f"{value};tag={to_tag}" if tagged else value))
    if body:
        headers.append(("Content-Type", "application/sdp"))
    return SipMessage(tuple(headers), status=status, reason=REASONS.get(status, "Unknown"), body=body)


def session_description(address: str, *, secure: bool) -> str:
    """An SDP offer or answer of one audio stream: SRTP with a key (RFC 4568), or plain RTP."""
    lines = [
        "v=0",
        f"o=CiscoSystemsCCM-SIP 1 1 IN IP4 {address}",
        "s=SIP Call",
        f"c=IN IP4 {address}",
        "t=0 0",
        f"m=audio 24576 {'RTP/SAVP' if secure else 'RTP/AVP'} 0",
        "a=rtpmap:0 PCMU/8000",
    ]
    if secure:
        # A fixed key: nobody sends media here, and a fresh one would only make traces differ.
        lines.append("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:" + "A" * 40)
    return "\r\n".join([*lines, ""])


def offers_srtp(message: SipMessage) -> bool:
    """Whether a message's SDP has SRTP."""
    return "RTP/SAVP" in message.body and "a=crypto:" in message.body
