# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP OPTIONS (RFC 3261, 11): the question of a peer that wants to know whether the other one lives.

The answer is read strictly and with limits: what RFC 3261 does not allow is reported, never guessed.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._sip.probe import (
    Broken,
    Connection,
    Deadline,
    Failure,
)

#: The largest head and the largest body of a message that is read, in bytes, and how many messages
#: (provisional responses, requests of the peer's own) may come before the answer.
LARGEST_HEAD = 16 * 1024
LARGEST_BODY = 64 * 1024
_MOST_MESSAGES = 20
_LONGEST_TEXT = 200

_TOKEN = r"[A-Za-z0-9\-.!%*_+`'~]+"  # noqa: S105 - the rule "token" of RFC 3261, 25.1
#: The version compares in any case (RFC 3261, 7.1).
_STATUS_LINE = re.compile(r"(?i:SIP)/2\.0 ([1-6][0-9][0-9]) (.*)")
_REQUEST_LINE = re.compile(rf"({_TOKEN}) \S+ (?i:SIP)/2\.0")
_HEADER = re.compile(rf"({_TOKEN})[ \t]*:[ \t]*(.*)", re.DOTALL)
_BRANCH = re.compile(rf";[ \t]*branch[ \t]*=[ \t]*({_TOKEN})", re.IGNORECASE)
_TAG = re.compile(rf";[ \t]*tag[ \t]*=[ \t]*({_TOKEN})", re.IGNORECASE)
_SEQUENCE = re.compile(rf"([0-9]{{1,10}})[ \t]+({_TOKEN})")
#: The short forms of header names (RFC 3261, 7.3.3 and 20).
_SHORT_FORMS: Mapping[str, str] = {
    "c": "content-type",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "s": "subject",
    "t": "to",
    "v": "via",
}
#: What every message has, and on a stream Content-Length as well (RFC 3261, 8.1.1 and 18.3).
_MANDATORY = ("via", "from", "to", "call-id", "cseq", "content-length")


class SipSyntaxError(CucmError):
    """The bytes are no SIP message of RFC 3261, or larger than is read."""

    reason = "sip_syntax"


@dataclass(frozen=True)
class Message:
    """A response (`status`, `reason`) or a request (`method`). Header names are long and in lower case."""

    headers: tuple[tuple[str, str], ...]
    status: int = 0
    reason: str = ""
    method: str = ""

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True)
class Request:
    """One OPTIONS request and what identifies the response to it."""

    data: bytes
    branch: str
    tag: str
    call_id: str

    def is_answered_by(self, message: Message) -> bool:
        """Whether a response is to this request (RFC 3261, 17.1.3, and what 8.2.6.2 copies)."""
        branch = _BRANCH.search(message.header("via") or "")
        sequence = _SEQUENCE.fullmatch(message.header("cseq") or "")
        tag = _TAG.search(message.header("from") or "")
        return (
            branch is not None
            and branch.group(1) == self.branch
            and sequence is not None
            and (int(sequence.group(1)), sequence.group(2)) == (1, "OPTIONS")
            and tag is not None
            and tag.group(1) == self.tag
            and message.header("call-id") == self.call_id
        )


@dataclass(frozen=True)
class Answer:
    """What came of the request: a final response, or the failure that came instead. `seconds` since it was sent."""

    seconds: float
    response: Message | None = None
    failure: Failure | None = None


def options_request(host: str, port: int, local: tuple[str, int]) -> Request:
    """An OPTIONS request over TLS to a host, from the connection's own end (RFC 3261, 8.1.1 and 11.1)."""
    remote = f"sip:{_in_uri(host)}:{port};transport=tls"
    own = f"{_in_uri(local[0])}:{local[1]}"
    branch, tag = f"z9hG4bK{secrets.token_hex(12)}", secrets.token_hex(8)
    call_id = f"{secrets.token_hex(16)}@{_in_uri(local[0])}"
    lines = (
        f"OPTIONS {remote} SIP/2.0",
        f"Via: SIP/2.0/TLS {own};branch={branch}",
        "Max-Forwards: 70",
        f"From: <sip:probe@{own}>;tag={tag}",
        f"To: <sip:{_in_uri(host)}:{port}>",
        f"Call-ID: {call_id}",
        "CSeq: 1 OPTIONS",
        f"Contact: <sip:probe@{own};transport=tls>",
        "Accept: application/sdp",
        "User-Agent: ucops.cucm sip_tls_probe",
        "Content-Length: 0",
        "",
        "",
    )
    return Request("\r\n".join(lines).encode("ascii"), branch, tag, call_id)


def ask_options(connection: Connection) -> Answer:
    """Send OPTIONS and wait for the final response, as long as the target's `timeout` allows."""
    target = connection.target
    request = options_request(target.host, target.port, connection.local_address())
    reader = Reader()
    start = time.monotonic()
    deadline = Deadline(target.timeout)
    seen = 0
    try:
        connection.send(request.data)
        while True:
            reader.feed(connection.receive(deadline))
            for message in reader.messages():
                if message.status >= 200 and request.is_answered_by(message):
                    return Answer(time.monotonic() - start, response=message)
                seen += 1
                if seen >= _MOST_MESSAGES:
                    return Answer(time.monotonic() - start, failure=_no_answer_among(seen))
    except SipSyntaxError as error:
        failure = Failure("not_sip", f"what came in answer to OPTIONS is not SIP ({error.what})")
        return Answer(time.monotonic() - start, failure=failure)
    except Broken as broken:
        return Answer(time.monotonic() - start, failure=broken.failure)


def _no_answer_among(seen: int) -> Failure:
    return Failure(
        "answer_timeout", f"the peer sent {seen} SIP messages, none of them the final answer to OPTIONS"
    )


class Reader:
    """SIP messages from a stream, however it is cut into pieces (RFC 3261, 18.3)."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> None:
        """Take in the next bytes."""
        self._buffer += data

    def messages(self) -> Iterator[Message]:
        """The messages that are whole by now; raises SipSyntaxError."""
        while True:
            # Empty lines before a message are nothing (RFC 3261, 7.5), and keep connections open (RFC 5626).
            self._buffer = self._buffer.lstrip(b"\r\n")
            head, blank_line, rest = self._buffer.partition(b"\r\n\r\n")
            if len(head) > LARGEST_HEAD:
                raise SipSyntaxError(f"the head of a message has more than {LARGEST_HEAD} bytes")
            if not blank_line:
                self._check_start()
                return
            message = parse_head(head)
            length = _content_length(message)
            if len(rest) < length:
                return
            self._buffer = rest[length:]
            yield message

    def _check_start(self) -> None:
        """Refuse what can never become a message, before a deadline has to end it."""
        line, newline, _rest = self._buffer.partition(b"\r\n")
        if newline:
            _start_line(_text(line))
        elif len(line) > 1024 or b"\x00" in line:
            raise SipSyntaxError(f"it begins with {printable(line[:40].decode('latin-1'))!r}")


def parse_head(head: bytes) -> Message:
    """Start line and headers, without the empty line; raises SipSyntaxError."""
    start, *lines = _text(head).split("\r\n")
    unfolded: list[str] = []
    for line in lines:
        if line[:1] in (" ", "\t") and unfolded:  # a folded header goes on (RFC 3261, 7.3.1)
            unfolded[-1] += f" {line.strip()}"
        else:
            unfolded.append(line)
    headers = []
    for line in unfolded:
        found = _HEADER.fullmatch(line)
        if found is None or "\n" in line or "\r" in line:
            raise SipSyntaxError(f"{printable(line)!r} is not a header")
        name = found.group(1).lower()
        headers.append((_SHORT_FORMS.get(name, name), found.group(2).strip(" \t")))
    present = {name for name, _value in headers}
    missing = [name for name in _MANDATORY if name not in present]
    status, reason, method = _start_line(start)
    if missing:
        raise SipSyntaxError(f"a message has no {', '.join(missing)}")
    return Message(tuple(headers), status=status, reason=reason, method=method)


def printable(text: str) -> str:
    """Text of the peer, fit for a message: one line, no control characters, not endless."""
    shown = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text
    )
    return shown if len(shown) <= _LONGEST_TEXT else f"{shown[:_LONGEST_TEXT]}…"


def _start_line(line: str) -> tuple[int, str, str]:
    status = _STATUS_LINE.fullmatch(line)
    if status is not None:
        return int(status.group(1)), status.group(2), ""
    request = _REQUEST_LINE.fullmatch(line)
    if request is not None:
        return 0, "", request.group(1)
    raise SipSyntaxError(f"it begins with {printable(line)!r}")


def _content_length(message: Message) -> int:
    values = {value for name, value in message.headers if name == "content-length"}
    if len(values) != 1:
        raise SipSyntaxError("a message has several lengths")
    value = values.pop()
    if not re.fullmatch(r"[0-9]{1,9}", value, re.ASCII):
        raise SipSyntaxError(f"{printable(value)!r} is not the length of a body")
    length = int(value)
    if length > LARGEST_BODY:
        raise SipSyntaxError(f"a body of {length} bytes is announced, {LARGEST_BODY} are read at most")
    return length


def _text(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise SipSyntaxError("a message is not UTF-8") from None


def _in_uri(host: str) -> str:
    return f"[{host}]" if ":" in host else host
