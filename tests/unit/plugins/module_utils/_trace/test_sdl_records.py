# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Single lines of a trace: what they say, and that nothing but text comes out of them."""

from __future__ import annotations

from datetime import datetime

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._trace import sdl_records
from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl_records import (
    PeerCertificate,
    address_of,
    clean,
    common_name,
    event_of,
    line_of,
    message_of,
    transmission_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl_stream import Record
from hypothesis import given
from hypothesis import strategies as st

TIME = datetime(2026, 11, 24)  # noqa: DTZ001
SENT = b"|SIPTcp - wait_SdlSPISignal: Outgoing SIP TCP message to 192.0.2.1 on port 5061 index 12 \n[1,NET]\n"


def record(data: bytes) -> Record:
    return Record(TIME, b"AppInfo", data)


def message(data: bytes):
    made = record(data)
    return message_of(made, transmission_of(made))


def certificate(subject: str = "/CN=x", names: str = "") -> PeerCertificate:
    found = event_of(
        "|SIPCertificateInd |wait connIdx= 3 --remoteIP=::ffff:192.0.2.1 --remotePort = 5061 --X509SubjectName"
        f" {subject} --Cipher ECDHE-RSA-AES256-GCM-SHA384 --SubjectAltname ={names}"
    )
    assert isinstance(found, PeerCertificate)
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("[2001:DB8:0:0::1]", "2001:db8::1"),
        ("999.1.1.1", "999.1.1.1"),
    ],
)
def test_addresses(text, expected):
    assert address_of(text) == expected


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("/C=IN/O=cisco/CN=CUCM10", "CUCM10"),
        ("/CN=CUCM10/O=a/b", "CUCM10"),
        ("/CN=xn--bcher-kva.example.com", "xn--bcher-kva.example.com"),
        ("/CN=Two Words/emailAddress=a@example.com", "Two Words"),
        ("/CN=a/b", "a/b"),
        ("/O=only", ""),
        ("", ""),
    ],
)
def test_common_names(subject, expected):
    assert common_name(subject) == expected


def test_a_certificate():
    found = certificate(
        "/C=IN/CN=xn--a.example.com", " DNS:a.example.com,b.example.com IP:192.0.2.9; *.c.example.com"
    )
    assert (found.connid, found.address, found.port) == (3, "192.0.2.1", 5061)
    assert found.common_name == "xn--a.example.com"
    assert found.subject_alt_names == ["a.example.com", "b.example.com", "192.0.2.9", "*.c.example.com"]
    assert found.cipher == "ECDHE-RSA-AES256-GCM-SHA384"


@pytest.mark.parametrize(
    "text",
    [
        (
            b"SIPCertificateInd connIdx=3--remoteIP= 192.0.2.1 -- remotePort=5061 -- X509SubjectName /CN=x --Cipher A"
            b" --SubjectAltname="
        ),
        (
            b"SIPCertificateInd connIdx= 3 --\nremoteIP=192.0.2.1 --remotePort = 5061 --\r\nX509SubjectName\n/CN=x"
            b" --Cipher A --\nSubjectAltname ="
        ),
    ],
)
def test_white_space_and_breaks_make_no_difference(text):
    found = event_of(line_of(record(text)))
    assert isinstance(found, PeerCertificate)
    assert (found.connid, found.common_name, found.cipher) == (3, "x", "A")


def test_a_name_that_was_wrapped_at_its_hyphen():
    text = (
        b"SIPCertificateInd connIdx= 3 --remoteIP=192.0.2.1 --remotePort = 1 --X509SubjectName"
        b" /CN=cucm-\nb.example.com --Cipher A --SubjectAltname ="
    )
    found = event_of(line_of(record(text)))
    assert found.common_name == "cucm-b.example.com"


@pytest.mark.parametrize(
    "text",
    [
        "SIPCertificateInd without fields",
        "createConnMsg tls_security=",
        "sipConnectionManagerProcessConnCreated: addr=, port=x",
        'Digit analysis: match(pi="2"',
        "|DialingPattern=",
        "something else",
    ],
)
def test_lines_that_say_nothing(text):
    assert event_of(text) is None


def test_a_request():
    found = message(
        SENT + b"INVITE sip:9898@192.0.2.1:5061 SIP/2.0\r\nVia: SIP/2.0/TLS 192.0.2.2;branch=1\r\n"
        b'From: "A" <sips:1018@192.0.2.2>;tag=1\r\nTo: <sip:9898@192.0.2.1>\r\nCall-ID: a-b@c\r\nCSeq: 7 INVITE\r\n'
    )
    assert (found.method, found.called, found.calling, found.call_id) == ("INVITE", "9898", "1018", "a-b@c")
    assert (found.sequence, found.via_transport, found.in_dialog, found.status) == (7, "TLS", False, None)


def test_an_answer_on_one_line():
    found = message(
        SENT + b"SIP/2.0 180 Ringing Via: SIP/2.0/TLS x From: <sip:1@x>;tag=1 Call-ID: a CSeq: 1 INVITE"
    )
    assert (found.status, found.reason, found.call_id, found.method) == (180, "Ringing", "a", "INVITE")


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"ACK sip:1@x SIP/2.0\r\nCall-ID: a\r\nCSeq: 1 ACK\r\n",
        b"BYE sip:1@x SIP/2.0\r\nCall-ID: a\r\nCSeq: 1 BYE\r\n",
        b"SIP/2.0 200 OK\r\nCall-ID: a\r\nCSeq: 1 BYE\r\n",
        b"SIP/2.0 200 OK\r\nCall-ID: a\r\n",
        b"INVITE sip:1@x SIP/2.0\r\nCSeq: 1 INVITE\r\n",
        b"REGISTER sip:x SIP/2.0\r\nX: INVITE sip:1@x SIP/2.0\r\nCall-ID: a\r\nCSeq: 1 REGISTER\r\n",
    ],
)
def test_messages_that_are_of_no_interest(text):
    assert message(SENT + text) is None


def test_a_header_after_one_that_ends_with_a_hyphen():
    found = message(SENT + b"OPTIONS sip:x SIP/2.0\nSubject: odd-\nCall-ID: a-\nb@c\nCSeq: 1 OPTIONS\n")
    assert found.call_id == "a-b@c"


def test_nothing_but_text_comes_out():
    assert clean(
        b"a\x1b[2J\x00b\xff\xe2\x80\xaec\r\nd"
    ) == "a\N{REPLACEMENT CHARACTER}[2J\N{REPLACEMENT CHARACTER}b" + (2 * "\N{REPLACEMENT CHARACTER}" + "c d")


@given(st.binary(max_size=400))
def test_any_line_is_cleaned(data):
    line = line_of(record(data))
    assert line.isprintable() or all(one.isprintable() or ord(one) > 159 for one in line)
    assert not set(line) & set("\x1b\x00\r\n\u202e\u2066\x9b")


@given(st.sampled_from(sdl_records.WORDS), st.binary(max_size=200))
def test_any_line_with_a_word(word, data):
    made = record(data[:50] + word + data[50:])
    event_of(line_of(made))
    sent = transmission_of(record(SENT + data))
    assert sent is not None
    message_of(record(SENT + data), sent)
