# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a record of an SDL trace says: one function for each kind of line.

Lines differ between releases and copies in white space, in `SIPtcp` for `SIPTcp`, and in line breaks
within them, so nothing here depends on these. What is read is cleaned: control characters and marks
that turn the direction of writing are replaced, and lengths are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address
from itertools import islice
from typing import TypeAlias

from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl_stream import Record

#: The words that `sdl_stream` looks for, each in one kind of line below or in `sdl_failures`. None has
#: white space in it, where a wrapped line may break.
WORDS = (
    b"match(pi=",
    b"NoPotentialMatchesExist",
    b"tls_security=",
    b"ProcessConnCreated",
    b"Certificate",  # SIPCertificateInd, and InvalidX509NameInCertificate
    b"wait_Sdl",
)
#: A word that is only looked for after another one.
FOLLOWING = {b"match(pi=": b"DialingPattern="}

#: Bytes of a record that are read; a certificate with the names of a whole cluster has some two thousand.
LONGEST_LINE = 8 * 1024
#: The same of a SIP message, whose headers come first.
LONGEST_MESSAGE = 16 * 1024
#: Characters of one value, such as a name or a header.
LONGEST_VALUE = 256
#: Characters of a line that is shown as it is.
LONGEST_RAW = 500

# C0, DEL, C1, and the marks that turn the direction of writing.
_UNSAFE = dict.fromkeys(
    (*range(32), *range(127, 160), 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A), 0xFEFF),
    "\N{REPLACEMENT CHARACTER}",
)
# A listing is wrapped at a space, which the break replaces, or after a hyphen, which stays.
_HYPHEN_BREAK = re.compile(rb"-[ \t]{0,8}\r?\n(?=\S)")
# What follows a record in a document: an empty line, the end of a code block, or a heading.
_END_OF_LISTING = re.compile(rb"\n[ \t]{0,80}(?:\r?\n|```|~~~|#{1,6} |</?[A-Za-z])")
# In a SIP message, a header that ends with a hyphen may be followed by the next header.
_HYPHEN_BREAK_IN_SIP = re.compile(rb"-\r?\n(?=\S)(?![A-Za-z][A-Za-z-]{0,40} ?:)")


@dataclass(slots=True)
class Dialled:
    """Digit analysis was asked."""

    calling: str
    called: str


@dataclass(slots=True)
class Routed:
    """Digit analysis found a pattern."""

    calling: str
    pattern: str
    partition: str


@dataclass(slots=True)
class Unmatched:
    """Digit analysis found that no pattern matches, and none would with more digits."""


@dataclass(slots=True)
class ConnectionWanted:
    """A connection was ordered; 3 is TLS."""

    tls_security: int


@dataclass(slots=True)
class ConnectionCreated:
    """A connection has its number."""

    connid: int
    address: str
    port: int
    transport: str


@dataclass(slots=True)
class PeerCertificate:
    """SIPCertificateInd: whom the peer's certificate names."""

    connid: int
    address: str
    port: int
    subject: str
    common_name: str
    subject_alt_names: list[str]
    cipher: str


@dataclass(slots=True)
class SipMessage:
    """An INVITE or OPTIONS, or an answer to one; `status` is None in a request."""

    outgoing: bool
    connid: int
    address: str
    port: int
    method: str
    call_id: str
    sequence: int = 0
    status: int | None = None
    reason: str = ""
    calling: str = ""
    called: str = ""
    via_transport: str = ""
    in_dialog: bool = False


Event: TypeAlias = "Dialled | Routed | Unmatched | ConnectionWanted | ConnectionCreated | PeerCertificate"


def line_of(record: Record) -> str:
    """A record on one line, cleaned and cut to a bounded length."""
    text = record.text[:LONGEST_LINE]
    end = _END_OF_LISTING.search(text)
    return clean(_HYPHEN_BREAK.sub(b"-", text[: end.start()] if end else text))


def clean(data: bytes) -> str:
    """Text on one line, without what a terminal or a page could take for more than text."""
    return " ".join(data.decode("utf-8", "replace").split()).translate(_UNSAFE)


def value(text: str) -> str:
    """A bounded value."""
    return text.strip()[:LONGEST_VALUE]


def event_of(line: str) -> Event | None:
    """What a line says; None when it is none of these."""
    for word, read in _READERS:
        if word in line:
            return read(line)
    return None


# Digit analysis

_CALLING = re.compile(r'\bcn="([^"]{0,128})"')
_CALLED = re.compile(r'\bdd="([^"]{0,128})"')
_RESULT = re.compile(r"\|\s?(CallingPartyNumber|DialingPartition|DialingPattern)=([^|]{0,300})")


def _dialled(text: str) -> Dialled | None:
    called = _CALLED.search(text)
    calling = _CALLING.search(text)
    if not called:
        return None
    return Dialled(value(calling[1]) if calling else "", value(called[1]))


def _routed(text: str) -> Routed | None:
    found = {name: value(content) for name, content in _RESULT.findall(text)}
    if not found.get("DialingPattern"):
        return None
    return Routed(
        found.get("CallingPartyNumber", ""), found["DialingPattern"], found.get("DialingPartition", "")
    )


# Connections

#: An address as it is written, also one that somebody has masked, as x.x.x.x.
_PLACE = r"[0-9A-Za-z.:*\[\]<>_-]{1,64}"
_SECURITY = re.compile(r"tls_security= ?(\d{1,4})")
_CREATED = re.compile(
    rf"\baddr= ?({_PLACE}), ?port= ?(\d{{1,5}}), ?connid= ?(\d{{1,10}}),"
    r" ?transport= ?(\w{1,20}(?: Over \w{1,20})?)"
)
_CERTIFICATE = re.compile(
    rf"\bconnIdx ?= ?(\d{{1,10}}) ?-- ?remoteIP ?= ?({_PLACE}?) ?-- ?remotePort ?= ?(\d{{1,5}})"
    r" ?-- ?X509SubjectName ?=? ?(.{0,2000}?) ?-- ?Cipher ?=? ?(\S{0,100}) ?-- ?SubjectAlt[Nn]ame ?=? ?(.{0,4000})"
)
_ATTRIBUTE = re.compile(r"/(?=[A-Za-z0-9.]{1,40}=)")
_ALT_NAME = re.compile(r"(DNS:|IP:|URI:)?([\w*.:@/-]*\w)", re.IGNORECASE)
#: How many names of one certificate are kept; a multi-server certificate of a large cluster has some 30.
_MOST_NAMES = 100


def _wanted(text: str) -> ConnectionWanted | None:
    found = _SECURITY.search(text)
    return ConnectionWanted(int(found[1])) if found else None


def _created(text: str) -> ConnectionCreated | None:
    found = _CREATED.search(text)
    if not found:
        return None
    return ConnectionCreated(int(found[3]), address_of(found[1]), int(found[2]), value(found[4]))


def _certificate(text: str) -> PeerCertificate | None:
    found = _CERTIFICATE.search(text)
    if not found:
        return None
    subject = found[4]
    names = _alt_names(found[6])
    return PeerCertificate(
        connid=int(found[1]),
        address=address_of(found[2]),
        port=int(found[3]),
        subject=subject[: 4 * LONGEST_VALUE],
        common_name=common_name(subject),
        subject_alt_names=[value(name) for name in names[:_MOST_NAMES]],
        cipher=found[5],
    )


def _alt_names(text: str) -> list[str]:
    """The names at the end of the line, up to the first word that cannot be one.

    How several names are separated, and whether a release writes their types, is not known. A word
    without type, dot, digit or hyphen is only a name when nothing else is there.
    """
    names: list[str] = []
    tokens = [token for token in re.split(r"[\s,;]+", text) if token]
    for token in tokens:
        found = _ALT_NAME.fullmatch(token)
        if found is None or not (found[1] or len(tokens) == 1 or re.search(r"[.\d:-]", found[2])):
            break
        names.append(found[2])
    return names


def common_name(subject: str) -> str:
    """The CN in a subject as OpenSSL writes it on one line, /C=IN/CN=CUCM10; empty without one."""
    for attribute in _ATTRIBUTE.split(subject):
        kind, equals, content = attribute.partition("=")
        if equals and kind.strip() == "CN":
            return value(content)
    return ""


@lru_cache(maxsize=4096)
def address_of(text: str) -> str:
    """An address in its usual form; that of IPv4 in IPv6 as IPv4. What is no address stays as it is."""
    bare = text.strip("[]")
    try:
        address = ip_address(bare)
    except ValueError:
        return bare
    return str(getattr(address, "ipv4_mapped", None) or address)


# SIP messages

_TRANSMISSION = re.compile(
    rb"(Outgoing|Incoming)\s{1,8}SIP\s{1,8}T(?:CP|LS)\s{1,8}message\s{1,8}(?:to|from)\s{1,8}"
    rb"([0-9A-Za-z.:*\[\]<>_-]{1,64})\s{1,8}on\s{1,8}port\s{1,8}(\d{1,5})\s{1,8}index\s{1,8}(\d{1,10})"
)
_START = re.compile(
    rb"(?:\b(INVITE|OPTIONS)\s{1,8}(\S{1,512})\s{1,8}(?i:SIP)/2\.0"
    rb"|\b(?i:SIP)/2\.0\s{1,8}(\d{3})\s{0,8}([^\r\n]{0,128}))"
)
_OTHER_REQUEST = re.compile(rb"\b[A-Z]{3,10}\s{1,8}sips?:")
_ANY_HEADER = re.compile(rb"\s[A-Za-z-]{1,40}:\s")
#: Where a header begins, in lines or all on one line. The short names are those of RFC 3261, 7.3.3.
_HEADER = re.compile(
    rb"(?:\A|\s)(Via|From|To|Call-ID|CSeq|Max-Forwards|Contact|Content-(?:Length|Type|Disposition|Encoding)|Route"
    rb"|Record-Route|Allow(?:-Events)?|Supported|Require|Proxy-Require|User-Agent|Server|Date|Expires|Min-SE|Subject"
    rb"|Session-Expires|Timestamp|Warning|Reason|Accept(?:-\w{1,16})?|Call-Info|Remote-Party-ID|Diversion|Session-ID"
    rb"|P-[A-Za-z-]{1,40}|Privacy|Cisco-Guid|Authorization|Proxy-Auth\w{1,16}|WWW-Authenticate|X-[A-Za-z-]{1,40}"
    rb"|[vftimlcsekuorxbj])[ \t]{0,4}:(?![^\s;<]{0,64}@)",
    re.IGNORECASE,
)
_SHORT_NAMES = {b"v": b"via", b"f": b"from", b"t": b"to", b"i": b"call-id"}
_SEQUENCE = re.compile(rb"\s{0,8}(\d{1,10})\s{1,8}([A-Z]{1,20})", re.IGNORECASE)
_USER_OF = re.compile(rb"sips?:([^@;>\s]{1,128})", re.IGNORECASE)
_VIA = re.compile(rb"\s{0,8}SIP\s{0,4}/\s{0,4}2\.0\s{0,4}/\s{0,4}([A-Za-z]{1,8})", re.IGNORECASE)
_TAG = re.compile(rb";\s{0,4}tag\s{0,4}=", re.IGNORECASE)
_USER = re.compile(rb"sips?:([^@;>\s]{1,128})@", re.IGNORECASE)
#: Headers of one message, and bytes of one header that are looked at.
_MOST_HEADERS = 100
_LONGEST_HEADER = 1000
#: How far from the line of the transport a message may begin: its size and [n,NET] come between.
_BEFORE_START = 200


def transmission_of(record: Record) -> re.Match[bytes] | None:
    """Whether a record is about a SIP message that was sent or came in, for `peer_of` and `message_of`."""
    return _TRANSMISSION.search(record.text, 0, 1000)


def peer_of(sent: re.Match[bytes]) -> str:
    """With whom the message was exchanged."""
    return address_of(sent[2].decode())


def message_of(record: Record, sent: re.Match[bytes]) -> SipMessage | None:
    """The INVITE, the OPTIONS or the answer to one that a record has; None when it has none."""
    data = record.text[:LONGEST_MESSAGE]
    at = sent.end()
    start = _START.search(data, at, at + _BEFORE_START + 600)
    if start is None or start.start() > at + _BEFORE_START:
        return None
    if _OTHER_REQUEST.search(data, at, start.start()):
        return None  # the SIP/2.0 was the end of another request's first line
    message = SipMessage(
        outgoing=sent[1] == b"Outgoing",
        connid=int(sent[4]),
        address=peer_of(sent),
        port=int(sent[3]),
        method="",
        call_id="",
    )
    rest = data[start.end(2 if start[1] else 3) :]
    if b"-\n" in rest or b"-\r\n" in rest:
        rest = _HYPHEN_BREAK_IN_SIP.sub(b"-", rest)
    headers = _headers(rest)
    call_id = headers.get(b"call-id", b"").split()[:1]
    if not call_id:
        return None
    sequence = _SEQUENCE.match(headers.get(b"cseq", b""))
    # Listings leave headers out: of a request, its first line is enough.
    method = start[1] or (sequence[2].upper() if sequence else b"")
    if method not in (b"INVITE", b"OPTIONS"):
        return None
    message.call_id = clean(call_id[0][:LONGEST_VALUE])
    message.method = method.decode()
    message.sequence = int(sequence[1]) if sequence else 0
    if start[3]:
        message.status = int(start[3])
        header = _ANY_HEADER.search(start[4])  # of a message that was put on one line
        message.reason = clean(start[4][: header.start()] if header else start[4])
        return message
    user = _USER.match(start[2])
    message.called = clean(user[1]) if user else ""
    caller, via = _USER_OF.search(headers.get(b"from", b"")), _VIA.match(headers.get(b"via", b""))
    message.calling = clean(caller[1]) if caller else ""
    message.via_transport = via[1].decode().upper() if via else ""
    message.in_dialog = _TAG.search(headers.get(b"to", b"")) is not None
    return message


def _headers(data: bytes) -> dict[bytes, bytes]:
    """The first value of each header, under its long name in lower case."""
    headers: dict[bytes, bytes] = {}
    starts = list(islice(_HEADER.finditer(data), _MOST_HEADERS))
    for place, found in enumerate(starts):
        name = found[1].lower()
        end = starts[place + 1].start() if place + 1 < len(starts) else len(data)
        content = data[found.end() : min(end, found.end() + _LONGEST_HEADER)]
        headers.setdefault(_SHORT_NAMES.get(name, name), content)
    return headers


_READERS: tuple[tuple[str, Callable[[str], Event | None]], ...] = (
    ("match(pi=", _dialled),
    ("NoPotentialMatchesExist", lambda _text: Unmatched()),
    ("DialingPattern=", _routed),
    ("tls_security=", _wanted),
    ("ProcessConnCreated", _created),
    ("SIPCertificateInd", _certificate),
)
