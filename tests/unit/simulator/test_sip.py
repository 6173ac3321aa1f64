# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP messages, and a stranger at a node's SIP port."""

from __future__ import annotations

import asyncio
import socket
import ssl

import pytest
from ansible_collections.ucops.cucm.tests.simulator import pki
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator
from ansible_collections.ucops.cucm.tests.simulator.sip_messages import (
    Dialog,
    SipConnection,
    SipMessage,
    SipSyntaxError,
    parse,
    response,
    session_description,
)
from ansible_collections.ucops.cucm.tests.unit.simulator.support import Authority, Client, add_trunk, enrol
from hypothesis import given
from hypothesis import strategies as st

A, B = "cucma-pub", "cucm10-pub"
INVITE = Dialog("192.0.2.1:5061", "peer.example.com:5061", "1018", "9898").request(
    "INVITE", 1, body=session_description("192.0.2.1", secure=True)
)


class Pieces:
    """A byte stream that hands out what it has in pieces of a given length."""

    def __init__(self, data: bytes, length: int) -> None:
        self._data, self._length = data, length

    async def read(self) -> bytes:
        assert self._data, "more was read than was sent"
        piece, self._data = self._data[: self._length], self._data[self._length :]
        return piece

    async def write(self, data: bytes) -> None:
        self._data += data


def receive(data: bytes, count: int, length: int = 4096) -> list[SipMessage]:
    async def run() -> list[SipMessage]:
        connection = SipConnection(Pieces(data, length))
        return [await connection.receive() for _message in range(count)]

    return asyncio.run(run())


@given(st.integers(min_value=1, max_value=2000))
def test_messages_survive_any_segmentation(length: int) -> None:
    answer = response(INVITE, 200, to_tag="abc", body="v=0\r\n")
    assert receive(INVITE.serialise() + answer.serialise(), 2, length) == [INVITE, answer]


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=40), st.text(max_size=200))
def test_any_header_value_and_body_comes_back(value: str, body: str) -> None:
    message = SipMessage((*INVITE.headers, ("Subject", value.strip())), "OPTIONS", INVITE.uri, body=body)
    assert receive(message.serialise(), 1) == [message]


def test_request_and_response() -> None:
    assert INVITE.called == "9898"
    answer = response(INVITE, 200, to_tag="abc")
    assert answer.header("to") == "<sip:9898@peer.example.com:5061>;tag=abc"
    assert [name for name, _value in answer.headers] == ["Via", "From", "To", "Call-ID", "CSeq"]
    assert (answer.header("Call-ID"), answer.header("CSeq")) == (INVITE.header("call-id"), "1 INVITE")


@pytest.mark.parametrize(
    "head",
    [
        "INVITE sip:9898@x SIP/1.0",
        "SIP/2.0 200",
        "HTTP/1.1 200 OK",
        "",
    ],
)
def test_start_lines_that_are_none(head: str) -> None:
    lines = "\r\n".join(f"{name}: x" for name in ("Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards"))
    with pytest.raises(SipSyntaxError, match="start line"):
        parse(f"{head}\r\n{lines}", "")


@pytest.mark.parametrize("missing", ["Via", "From", "To", "Call-ID", "CSeq", "Max-Forwards"])
def test_mandatory_headers(missing: str) -> None:
    headers = tuple((name, value) for name, value in INVITE.headers if name != missing)
    with pytest.raises(SipSyntaxError, match=missing):
        receive(SipMessage(headers, "INVITE", INVITE.uri).serialise(), 1)


def test_content_length_is_mandatory() -> None:
    data = b"\r\n".join(line for line in INVITE.serialise().split(b"\r\n") if b"Content-Length" not in line)
    with pytest.raises(SipSyntaxError, match="Content-Length"):
        receive(data, 1)


def ask(sim: RunningSimulator, context: ssl.SSLContext, method: str = "OPTIONS") -> list[str]:
    """Send a request with Python's own TLS client; the start lines that come back until the end."""
    node = sim.node(B)
    request = Dialog("127.0.0.1:5061", f"{B}:5061", "1018", "9898").request(method, 1)
    with (
        socket.create_connection((node.topology.address, node.sip.port), timeout=300) as raw,
        context.wrap_socket(raw, server_hostname=B) as tls,
    ):
        tls.sendall(request.serialise())
        data = tls.recv(65536)
    return data.decode().split("\r\n")[:1]


@pytest.fixture
def context(sim: RunningSimulator, tmp_path: object) -> ssl.SSLContext:
    """A client that has CUCMA's identity and trusts the authority of a joined CUCM10."""
    authority = Authority()
    enrol(sim, authority, A, "CUCMA")
    enrol(sim, authority, B, "CUCM10")
    add_trunk(sim, "CUCM10", A, "CUCMA", "1018")
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.load_verify_locations(cadata=authority.pem)
    made.load_cert_chain(sim.world.identity_files.path(sim.node(A).certificates.running["CallManager"]))
    return made


def test_options_are_answered(sim: RunningSimulator, context: ssl.SSLContext) -> None:
    assert ask(sim, context) == ["SIP/2.0 200 OK"]


def test_method_that_is_not_allowed(sim: RunningSimulator, context: ssl.SSLContext) -> None:
    assert ask(sim, context, "PUBLISH") == ["SIP/2.0 405 Method Not Allowed"]


def test_client_certificate_is_demanded(sim: RunningSimulator, context: ssl.SSLContext) -> None:
    naked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    naked.check_hostname, naked.verify_mode = False, ssl.CERT_NONE
    with pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"):
        ask(sim, naked)


def test_known_authority_but_unknown_name(sim: RunningSimulator, context: ssl.SSLContext) -> None:
    enrol(sim, Authority("Third Root"), "cucm10-sub1", "CUCM10")
    stranger = sim.node("cucm10-sub1").certificates.running["CallManager"]
    Client(sim.node(B)).upload_trust(pki.pem(stranger.certificate))
    sim.do(lambda: sim.node(B).certificates.activate("Cisco CallManager"))
    context.load_cert_chain(sim.world.identity_files.path(stranger))
    assert ask(sim, context) == ["SIP/2.0 403 Forbidden"]
    assert "expected one of ['CUCMA']" in sim.node(B).sip.seen[-1].failure
