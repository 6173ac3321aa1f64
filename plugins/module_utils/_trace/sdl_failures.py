# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The failures that an SDL trace shows, in words and with the page and field to fix.

Documented lines: InvalidX509NameInCertificate and ConnectionFailure (Cisco 211304, of a phone),
HandleSSLError (Cisco 200694, of ILS), the alarms SIPTrunkOOS, SIPTrunkPartiallyISV and SIPTrunkISV.
Assumed: that a trunk writes the first two as well, the text of a refused TCP connection, and reason
codes of ConnectionFailure other than 2. Numbers of verification errors and of TLS reasons are OpenSSL's.

The same trace holds lines of phones (SIPStationD, device types other than a SIP trunk) and of the
Intercluster Lookup Service (Ils), which looks into tomcat-trust. They say nothing about a trunk.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from ansible_collections.ucops.cucm.plugins.module_utils._facts.pages import CERTIFICATE_PAGE
from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl_records import (
    LONGEST_RAW,
    address_of,
    value,
)

#: The words that `sdl_stream` looks for, beside those of `sdl_records`.
WORDS = (
    b"HandleSSLError",
    b"isCertInLocalStore",
    b"ConnectionFailure",
    b"SIPTrunk",
    b"Connection refused",
)

#: More about one of the second kinds follows the first kinds, of the same event.
SPECIFIC = ("name_mismatch", "verification_error", "certificate_not_in_store")
GENERAL = ("tls_error", "connection_failure")

_TRUST = CERTIFICATE_PAGE
_SUBJECT_NAME = "System > Security > SIP Trunk Security Profile, field X.509 Subject Name"
_TRUNK = "Device > Trunk"


@dataclass(slots=True)
class Failure:
    """One failure. `number` is OpenSSL's verification error, the reason of the TLS library or of the alarm."""

    kind: str
    text: str
    remedy: str
    address: str | None = None
    port: int | None = None
    connid: int | None = None
    trunk: str | None = None
    received: str | None = None
    expected: str | None = None
    number: int | None = None
    raw: str = ""


@dataclass(slots=True)
class Recovery:
    """A trunk is in service again."""

    kind: str
    trunk: str


#: An address, or one of IPv4 in which somebody has masked numbers, as 10.x.x.57.
_ADDRESS = (
    r"((?:::ffff:)?[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
    r"|(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}"
    r"|[0-9a-zA-Z*]{1,3}(?:\.(?:[xyzXYZ*]{1,3}|[0-9]{1,3})){3})"
)
_PLACE = re.compile(rf"\bfor \[?{_ADDRESS}\]?(?::(\d{{1,5}}))?(?![\w:.])")
_NUMBERED = re.compile(r"\bconn(?:id|Idx) ?= ?(\d{1,10})")

#: Processes that are no trunks, as they name themselves at the beginning of their lines.
_OF_OTHERS = re.compile(
    r"[|\s]*(?:.{0,60}?\bIls(?:::|D\b)|(?:SIPStation|Station|CtiD|LineControl|MGCP|H225|H245)\w{0,40}[( ])"
)
#: Names of phones and analogue gateways, which end with the address of their network interface.
_PHONE = re.compile(r"(?:SEP|ATA|AN|VGC|SKIGW)[0-9A-Fa-f]{10,12}\w{0,4}")
_DEVICE_TYPE = re.compile(r"\bDevice ?type ?[:=] ?(\d{1,6})\b", re.IGNORECASE)
#: SIP Trunk, in the list of device types (enum DeviceType of the alarm catalogue).
_SIP_TRUNK = 131


def failure_of(text: str) -> Failure | Recovery | None:
    """The failure, or the recovery, that a cleaned line tells; None when it tells none."""
    if _OF_OTHERS.match(text):
        return None
    for word, read in _READERS:
        if word.search(text):
            found = read(text)
            if found is not None:
                if isinstance(found, Failure):
                    if found.kind == "connection_failure" and _PHONE.fullmatch(found.trunk or ""):
                        return None
                    found.raw = text.lstrip("| ")[:LONGEST_RAW]
                    numbered = _NUMBERED.search(text)
                    found.connid = int(numbered[1]) if numbered else None
                return found
    return None


# The peer's certificate has another name than the profile

_NAMES = re.compile(r"\bRcvd ?= ?(.{0,4000}?) ?, ?Expected ?= ?(.{0,4000})")


def _name_mismatch(text: str) -> Failure | None:
    # The first of two lines only says that the CN did not fit; the SANs are still to be compared.
    if "Error" not in text and "did not find" not in text:
        return None
    names = _NAMES.search(text)
    received = value(names[1]) if names else None
    expected = value(names[2]) if names else None
    return Failure(
        "name_mismatch",
        f"the peer's certificate names {received or 'another name'}, and the trunk's profile expects"
        f" {expected or 'something else'}",
        f"Compare with the peer's certificate, letter by letter, and correct {_SUBJECT_NAME}, or have the peer's"
        " certificate signed with the name that is expected; then reset the trunk",
        received=received,
        expected=expected,
    )


# Certificates and TLS, by OpenSSL's numbers

#: X509_V_ERR: what it means, and what to do (x509_vfy.h; verify(1)).
_VERIFICATION = {
    9: (
        "the peer's certificate is not yet valid",
        "Compare the clocks (NTP) of both nodes: Cisco Unified OS Administration > Settings > NTP Servers",
    ),
    10: (
        "a certificate of the peer has expired",
        (
            f"Have the peer's CallManager certificate signed again and upload it: {_TRUST}; if its dates are right,"
            " correct this node's clock (NTP)"
        ),
    ),
    18: (
        "the peer shows a self-signed certificate that this node does not trust",
        f"Upload the CA-signed CallManager certificate on the peer and restart Cisco CallManager there: {_TRUST}",
    ),
    19: (
        "the root CA of the peer's chain is not trusted here",
        f"Upload the root CA certificate to CallManager-trust on this node: {_TRUST}",
    ),
    20: (
        "the CA that issued the peer's certificate is not in this node's trust store",
        f"Upload the root and intermediate CA certificates to CallManager-trust on this node: {_TRUST}",
    ),
    21: (
        "the peer's certificate came without its CA certificates, which this node does not have",
        f"Upload the intermediate and root CA certificates to CallManager-trust on both nodes: {_TRUST}",
    ),
    26: (
        "the peer's certificate is not meant for this use",
        (
            "Have the peer's CallManager certificate signed with the extended key usages serverAuth and clientAuth"
            f" (TLS Web Server and Client Authentication), and upload it: {_TRUST}"
        ),
    ),
}

#: Reasons of the TLS library (sslerr.h) from here on are alerts that the peer sent, and their numbers.
FIRST_ALERT = 1000
_REASONS = {
    134: _VERIFICATION[20],
    193: (
        "both sides have no cipher in common",
        "Compare System > Enterprise Parameters > TLS Ciphers of both clusters",
    ),
    199: (
        "the peer showed no certificate",
        f"Upload a CallManager certificate with clientAuth on the peer: {_TRUST}",
    ),
    258: (
        "both sides have no TLS version in common",
        "Compare 'show tls client min-version' and 'show tls server min-version' of both nodes",
    ),
    267: (
        "the peer's port does not speak TLS",
        (
            "On the peer, set System > Security > SIP Trunk Security Profile, field Incoming Transport Type to TLS, and"
            " compare the destination port of the trunk"
        ),
    ),
    1040: (
        "the peer refused the handshake: no cipher in common, or no certificate was shown to it",
        "Compare System > Enterprise Parameters > TLS Ciphers of both clusters; then look into the peer's trace",
    ),
    1042: (
        "the peer refused this node's certificate as damaged or unacceptable",
        "Look into the peer's trace for the verification error",
    ),
    1043: (
        "the peer refused this node's certificate: it is not meant for this use",
        (
            "Have this node's CallManager certificate signed with the extended key usages serverAuth and"
            f" clientAuth, and upload it: {_TRUST}"
        ),
    ),
    1045: (
        "the peer refused this node's certificate as expired",
        (
            f"Have this node's CallManager certificate signed again and upload it: {_TRUST}; if its dates are right,"
            " correct the peer's clock (NTP)"
        ),
    ),
    1046: (
        "the peer refused this node's certificate without saying why",
        "Look into the peer's trace for the verification error",
    ),
    1048: (
        "the peer does not trust the CA of this node's certificate",
        f"Upload the root and intermediate CA certificates to CallManager-trust on the peer: {_TRUST}",
    ),
    1070: (
        "the peer does not speak this TLS version",
        "Compare 'show tls client min-version' and 'show tls server min-version' of both nodes",
    ),
    1116: (
        "the peer demands a certificate, and this node showed none",
        f"Upload a CallManager certificate with clientAuth on this node: {_TRUST}",
    ),
}
#: How OpenSSL words them, where a line has no number.
_REASON_WORDS = (
    ("certificate verify failed", 134),
    ("no shared cipher", 193),
    ("did not return a certificate", 199),
    ("unsupported protocol", 258),
    ("wrong version number", 267),
    ("alert handshake failure", 1040),
    ("alert bad certificate", 1042),
    ("alert unsupported certificate", 1043),
    ("alert certificate expired", 1045),
    ("alert certificate unknown", 1046),
    ("alert unknown ca", 1048),
    ("alert protocol version", 1070),
    ("alert certificate required", 1116),
)
_VERIFICATION_NUMBER = re.compile(r"Verification error ?: ?(\d{1,4})\)?[ -]{0,4}(.{0,200})")
_REASON = re.compile(r"reason code ?= ?([^=]{0,200}?)\)? ?, ?lib ?=")
_NUMBER = re.compile(r"\[(\d{1,5})\]|\b(\d{2,5})\b")
_READ_PEER = "Look into the trace of the peer at the same time, and into a packet capture for the alert"


def _tls_error(text: str) -> Failure:
    place = _PLACE.search(text)
    verification = _VERIFICATION_NUMBER.search(text)
    if verification:
        number = int(verification[1])
        words = value(verification[2].split(" for ")[0]).rstrip(" .")
        meaning, remedy = _VERIFICATION.get(
            number,
            (
                f"the peer's certificate was not accepted ({words or 'no reason'})",
                f"Look the number up with 'openssl verify' (error {number})",
            ),
        )
        return _placed(Failure("verification_error", meaning, remedy, number=number), place)
    reason = _REASON.search(text)
    words = value(reason[1]) if reason else ""
    code = _reason_number(words)
    meaning, remedy = _REASONS.get(
        code or 0, (f"the TLS handshake failed ({words or 'no reason is told'})", _READ_PEER)
    )
    return _placed(Failure("tls_error", meaning, remedy, number=code), place)


def _reason_number(words: str) -> int | None:
    for known, number in _REASON_WORDS:
        if known in words.lower():
            return number
    found = _NUMBER.search(words)
    return int(found[1] or found[2]) if found else None


def _placed(failure: Failure, place: re.Match[str] | None) -> Failure:
    if place:
        failure.address = address_of(place[1])
        failure.port = int(place[2]) if place[2] else None
    return failure


def _not_in_store(text: str) -> Failure | None:
    if "failed" not in text:
        return None
    meaning, remedy = _VERIFICATION[20]
    return _placed(Failure("certificate_not_in_store", meaning, remedy), _PLACE.search(text))


# Connections that did not come about

#: Only 2 is documented; the others are inferred from the words of the alarm.
_CONNECTION_REASONS = {
    1: (
        "the peer was not authenticated",
        f"Compare CallManager-trust on both nodes with the CA of the other: {_TRUST}",
    ),
    2: (
        "the peer's certificate has none of the names that the trunk's profile expects",
        f"Compare {_SUBJECT_NAME} with the peer's certificate; then reset the trunk",
    ),
    4: (
        "both sides have no cipher in common",
        "Compare System > Enterprise Parameters > TLS Ciphers of both clusters",
    ),
}
_FAILED_ADDRESS = re.compile(r"\bIP ?Address ?[:=] ?\[?([0-9A-Fa-f.:]{2,45})\]?")
_FAILED_PORT = re.compile(r"\bDevice ?Port ?[:=] ?(\d{1,5})\b")
_FAILED_REASON = re.compile(r"\bReason(?: ?code)? ?[:=] ?(\d{1,4})\b", re.IGNORECASE)
_DEVICE = re.compile(
    r"\b(?:Device|SIP ?Trunk) ?Name ?[:=] ?([^,\]|]{0,128}?)"
    r"(?= ?[,\]|]| ?::| ?IP ?Address| Unavailable ?Remote| Available ?Remote| App ?ID|$)",
    re.IGNORECASE,
)
_REFUSED = re.compile(
    r"\bconnect(?:ion)? to \[?([0-9A-Fa-f.:]{2,45}?)\]?(?: on port |:)(\d{1,5})\b", re.IGNORECASE
)


def _connection_failure(text: str) -> Failure | None:
    device_type = _DEVICE_TYPE.search(text)
    if device_type and int(device_type[1]) != _SIP_TRUNK:
        return None
    address, port = _FAILED_ADDRESS.search(text), _FAILED_PORT.search(text)
    reason, device = _FAILED_REASON.search(text), _DEVICE.search(text)
    number = int(reason[1]) if reason else None
    meaning, remedy = _CONNECTION_REASONS.get(
        number or 0, ("no TLS connection came about" + (f" (reason {number})" if number else ""), _READ_PEER)
    )
    return Failure(
        "connection_failure",
        meaning,
        remedy,
        address=address_of(address[1]) if address else None,
        port=int(port[1]) if port else None,
        trunk=value(device[1]) or None if device else None,
        number=number,
    )


def _refused(text: str) -> Failure | None:
    place = _REFUSED.search(text)
    if place is None or "SIP" not in text:
        return None  # other parts of Unified CM connect too, to directories and databases
    return Failure(
        "connection_refused",
        f"{address_of(place[1])} refused the TCP connection to port {place[2]}",
        f"Compare the destination port of the trunk ({_TRUNK}) with Incoming Port of the peer's profile (System >"
        " Security > SIP Trunk Security Profile); on the peer, Cisco CallManager must run and the trunk must have been"
        " reset since the profile was changed",
        address=address_of(place[1]),
        port=int(place[2]),
    )


# Alarms of trunks

#: The peers that do not answer: in the alarm, in its text for the trace, and in the line of the RIS.
_PEERS = re.compile(
    r"\b(?:Unavailable ?Remote ?Peers ?With ?Reason ?Code\w{0,20}|unAvailList) ?[:=] ?(.{0,1000}?)"
    r"(?=[ ;]*, ?(?!Local\b|Remote\b)[A-Z]\w{1,40} ?[:=]| ?\]| ?::| App ?ID ?:|$)",
    re.IGNORECASE,
)
_ALARM = re.compile(r"\b(SIPTrunkOOS|SIPTrunkPartiallyISV|SIPTrunkISV)\b")
_PEER_REASON = re.compile(r"\b(Local|Remote) ?= ?(\d{1,4})\b")
_PEER_ADDRESS = re.compile(rf"(?<![\w.:]){_ADDRESS}\]?(?::(\d{{1,5}}))?(?![\w.])")
_PEER_REASONS = {
    "Local=1": (
        "the peer did not answer in time",
        (
            f"Check the route and the firewall to the peer, that Cisco CallManager runs there, and the destination"
            f" port of the trunk ({_TRUNK})"
        ),
    ),
    "Local=2": (
        "this node could not open a connection to the peer",
        (
            "Look at the failures just before: the connection was refused, or TLS failed. Compare the"
            f" destination port of the trunk ({_TRUNK}) with Incoming Port of the peer's SIP Trunk Security Profile"
        ),
    ),
    "Local=3": (
        "the name of the destination cannot be resolved",
        (
            f"Correct Destination Address of the trunk ({_TRUNK}), or the name in DNS: 'utils network host NAME' on"
            " this node"
        ),
    ),
    "Remote=408": (
        "the peer said that the request timed out (408)",
        "Look into the peer's trace: it did not get an answer itself",
    ),
    "Remote=503": (
        "the peer said that its service is unavailable (503)",
        (
            f"Look at the trunk back on the peer ({_TRUNK}): its destination must be this node, and Cisco CallManager"
            " must run there"
        ),
    ),
}
#: How many reasons of one alarm are told; a trunk has up to 16 destinations.
_MOST_REASONS = 3
_PARTLY = "some destinations of the trunk do not answer"
_WHOLLY = "no destination of the trunk answers"


def _trunk_alarm(text: str) -> Failure | Recovery | None:
    alarm = _ALARM.search(text)
    if alarm is None:
        return None
    out = alarm[1] == "SIPTrunkOOS"
    device = _DEVICE.search(text)
    trunk = value(device[1]) if device else ""
    if alarm[1] == "SIPTrunkISV":
        return Recovery("trunk_in_service", trunk)
    peers = _PEERS.search(text)
    listed = value(peers[1]).rstrip(" ;,") if peers else ""
    place = _PEER_ADDRESS.search(listed)
    codes = list(dict.fromkeys(f"{side}={number}" for side, number in _PEER_REASON.findall(listed)))
    told = [_PEER_REASONS.get(code, (f"the reason is {code}", _READ_PEER)) for code in codes[:_MOST_REASONS]]
    meaning = "; ".join(words for words, _remedy in told) or "no reason is told"
    remedy = ". ".join(dict.fromkeys(remedy for _words, remedy in told)) or _READ_PEER
    named = f" ({listed})" if listed else ""
    return Failure(
        "trunk_out_of_service" if out else "trunk_partly_in_service",
        f"{_WHOLLY if out else _PARTLY}: {meaning}{named}",
        remedy,
        address=address_of(place[1]) if place else None,
        port=int(place[2]) if place and place[2] else None,
        trunk=trunk or None,
        received=listed or None,
        number=int(codes[0].partition("=")[2]) if codes else None,
    )


_Reader = Callable[[str], "Failure | Recovery | None"]
#: Names of alarms are whole words: ConnectionFailureToPDP is about another server.
_READERS: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        (r"\bInvalidX509NameInCertificate\b", _name_mismatch),
        (r"\bHandleSSLError\b", _tls_error),
        (r"\bisCertInLocalStore\b", _not_in_store),
        (r"\bConnectionFailure\b", _connection_failure),
        (r"\bSIPTrunk(?:OOS|PartiallyISV|ISV)\b", _trunk_alarm),
        (r"\bConnection refused\b", _refused),
    )
)
