# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP OPTIONS: the request, and answers of every kind."""

from __future__ import annotations

import re

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._sip.context import Identity
from ansible_collections.ucops.cucm.plugins.module_utils._sip.options import (
    LARGEST_BODY,
    LARGEST_HEAD,
    Reader,
    SipSyntaxError,
    ask_options,
    options_request,
    parse_head,
    printable,
)
from ansible_collections.ucops.cucm.plugins.module_utils._sip.probe import Connection, Target
from ansible_collections.ucops.cucm.tests.simulator import sip_messages
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._sip.peers import (
    PROBE,
    identity,
    plain_peer,
    reset,
    response,
    server_context,
    tls_peer,
)
from hypothesis import given
from hypothesis import strategies as st

LOCAL = ("192.0.2.9", 40000)


def ask(directory, answer, *, timeout=300.0):
    with tls_peer(server_context(identity(directory)), answer) as peer:
        own = Identity(*identity(directory, PROBE))
        with Connection(Target("127.0.0.1", peer.port, timeout), own) as connection:
            connection.open()
            return ask_options(connection)


def test_the_request():
    request = options_request("cucm-pub.example.com", 5061, LOCAL)
    parsed = sip_messages.parse(*request.data.decode().split("\r\n\r\n"))  # another parser than ours
    assert (parsed.method, parsed.uri) == ("OPTIONS", "sip:cucm-pub.example.com:5061;transport=tls")
    assert parsed.header("Via") == f"SIP/2.0/TLS 192.0.2.9:40000;branch={request.branch}"
    assert request.branch.startswith("z9hG4bK")
    assert parsed.header("CSeq") == "1 OPTIONS"
    assert parsed.header("From").endswith(f";tag={request.tag}")
    assert ";tag=" not in parsed.header("To")
    assert parsed.header("Call-ID") == request.call_id
    assert re.search(rb"\r\nMax-Forwards: \d+\r\n.*\r\nContent-Length: 0\r\n\r\n$", request.data, re.DOTALL)


def test_two_requests_have_nothing_in_common():
    one, other = (options_request("192.0.2.1", 5061, LOCAL) for _number in range(2))
    assert not {one.branch, one.tag, one.call_id} & {other.branch, other.tag, other.call_id}


def test_an_ipv6_address_is_bracketed():
    data = options_request("2001:db8::1", 5061, ("2001:db8::2", 40000)).data
    assert data.startswith(b"OPTIONS sip:[2001:db8::1]:5061;transport=tls SIP/2.0\r\n")
    assert b"Via: SIP/2.0/TLS [2001:db8::2]:40000;" in data


@pytest.mark.parametrize(
    "status", ["200 OK", "403 Forbidden", "405 Method Not Allowed", "503 Service Unavailable"]
)
def test_a_final_answer(tmp_path, status):
    answer = ask(
        tmp_path, lambda request: response(request, status, ["Server: CUCM/15", "Allow: INVITE, BYE"])
    )
    assert answer.failure is None
    assert f"{answer.response.status} {answer.response.reason}" == status
    assert answer.response.header("server") == "CUCM/15"
    assert answer.response.header("allow") == "INVITE, BYE"
    assert 0 < answer.seconds < 5


def test_a_provisional_answer_and_the_peers_own_question_come_first(tmp_path):
    def answer(request):
        own = options_request("192.0.2.9", 5061, ("192.0.2.1", 5061)).data
        return b"\r\n\r\n" + response(request, "100 Trying") + own + response(request, "200 OK", body="v=0")

    assert ask(tmp_path, answer).response.status == 200


def test_short_and_folded_headers(tmp_path):
    def shorten(lines):
        short = {"Via": "v", "From": "f", "To": "t", "Call-ID": "i", "Content-Length": "l"}
        split = [line.partition(":") for line in lines[1:]]
        return [lines[0], *(f"{short.get(name, name)}:\r\n {value.strip()}" for name, _colon, value in split)]

    assert ask(tmp_path, lambda request: response(request, "200 OK", change=shorten)).response.status == 200


@pytest.mark.parametrize(
    ("what", "pattern", "instead"),
    [
        ("branch", r"branch=\S+", "branch=z9hG4bKother"),
        ("tag", r"(From: .*);tag=\S+", r"\1;tag=other"),
        ("call", r"Call-ID: .*", "Call-ID: other"),
        ("method", r"1 OPTIONS", "1 INVITE"),
        ("number", r"1 OPTIONS", "2 OPTIONS"),
    ],
)
def test_an_answer_to_another_request_is_none(tmp_path, what, pattern, instead):
    def change(lines):
        changed = [re.sub(pattern, instead, line) for line in lines]
        assert changed != lines
        return changed

    answer = ask(tmp_path, lambda request: response(request, "200 OK", change=change), timeout=0.3)
    assert answer.failure.reason == "answer_timeout"


def test_no_answer(tmp_path):
    answer = ask(tmp_path, lambda _request: None, timeout=0.3)
    assert answer.failure.reason == "answer_timeout"
    assert "0.3 s" in answer.failure.text
    assert 0.3 <= answer.seconds < 3


def test_only_provisional_answers_end_too(tmp_path):
    answer = ask(tmp_path, lambda request: response(request, "100 Trying") * 50)
    assert answer.failure.reason == "answer_timeout"
    assert "20 SIP messages" in answer.failure.text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "'HTTP/1.1 400 Bad Request'"),
        (b"\x00" * 64, "it begins with"),
        (b"y" * 5000, "it begins with 'yyy"),
        (b"SIP/2.0 200 OK\r\nServer: " + b"x" * (LARGEST_HEAD + 1) + b"\r\n", "more than 16384 bytes"),
        (b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", "no via, from, to, call-id, cseq"),
        (b"SIP/2.0 200 OK\r\nno header\r\n\r\n", "'no header' is not a header"),
        (b"SIP/2.0 200 OK\r\nServer: \xff\r\n\r\n", "not UTF-8"),
        (b"SIP/2.0 999 Odd\r\n\r\n", "'SIP/2.0 999 Odd'"),
    ],
)
def test_what_is_no_sip(tmp_path, data, words):
    answer = ask(tmp_path, lambda _request: data)
    assert answer.failure.reason == "not_sip"
    assert words in answer.failure.text
    assert len(answer.failure.text) < 400


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (str(LARGEST_BODY + 1), "bytes is announced"),
        ("9" * 30, "is not the length"),
        ("-1", "is not the length"),
        ("1\N{ARABIC-INDIC DIGIT TWO}", "is not the length"),
    ],
)
def test_a_strange_length(tmp_path, length, words):
    def change(lines):
        return [*lines[:-1], f"Content-Length: {length}"]

    answer = ask(tmp_path, lambda request: response(request, "200 OK", change=change))
    assert answer.failure.reason == "not_sip"
    assert words in answer.failure.text


def test_two_lengths(tmp_path):
    answer = ask(tmp_path, lambda request: response(request, "200 OK", ["Content-Length: 7"]))
    assert "several lengths" in answer.failure.text


def test_a_reset_instead_of_an_answer(tmp_path):
    def serve(connection, _peer):
        with context.wrap_socket(connection, server_side=True, do_handshake_on_connect=True) as tls:
            tls.recv(4096)
            reset(tls)

    context = server_context(identity(tmp_path))
    own = Identity(*identity(tmp_path, PROBE))
    with plain_peer(serve) as peer, Connection(Target("127.0.0.1", peer.port, 5.0), own) as connection:
        connection.open()
        answer = ask_options(connection)
    assert answer.failure.reason == "connection_reset"


def whole(request):
    return response(request, "200 OK", ["Server: x"], body="v=0\r\n")


@given(st.lists(st.integers(1, 40), min_size=1))
def test_a_stream_may_be_cut_anywhere(sizes):
    request = options_request("192.0.2.1", 5061, LOCAL)
    stream = (whole(request.data.decode()) + b"\r\n\r\n") * 3
    reader, found, number = Reader(), [], 0
    while stream:
        size = sizes[number % len(sizes)]
        reader.feed(stream[:size])
        stream, number = stream[size:], number + 1
        found += reader.messages()
    assert [message.status for message in found] == [200] * 3
    assert all(request.is_answered_by(message) for message in found)


@given(st.binary(max_size=2000))
def test_any_bytes_are_a_message_or_an_error_of_the_family(data):
    reader = Reader()
    reader.feed(data)
    try:
        found = list(reader.messages())
    except SipSyntaxError:
        return
    assert all(message.headers for message in found)


@given(st.text(max_size=300), st.text(st.characters(codec="utf-8"), max_size=300))
def test_any_text_as_headers(start, headers):
    try:
        parse_head(f"SIP/2.0 200 {start}\r\n{headers}".encode("utf-8", "surrogatepass"))
    except SipSyntaxError:
        pass


@given(st.text())
def test_text_of_the_peer_is_one_short_line(text):
    shown = printable(text)
    assert len(shown) <= 201
    assert shown.isprintable()
