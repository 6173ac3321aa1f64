# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What calls leave in the nodes' traces, and which bytes their packet captures are told of."""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass, field

import pytest
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator
from ansible_collections.ucops.cucm.tests.unit.simulator.support import (
    Authority,
    add_trunk,
    enrol,
    eventually,
    traces,
)

A, B = "cucma-pub", "cucm10-pub"
Place = tuple[str, int]


@dataclass
class Listened:
    """One connection, as a node's capture was told of it."""

    local: Place
    remote: Place
    opened_by_us: bool
    bytes_sent: bytes = b""
    bytes_received: bytes = b""
    ended: list[str] = field(default_factory=list)

    def sent(self, data: bytes) -> None:
        self.bytes_sent += data

    def received(self, data: bytes) -> None:
        self.bytes_received += data

    def closed(self, by_us: bool) -> None:
        self.ended.append(f"closed by {'us' if by_us else 'them'}")

    def reset(self, by_us: bool) -> None:
        self.ended.append(f"reset by {'us' if by_us else 'them'}")


@dataclass
class Ear:
    """Stands in for a node's wiretap."""

    connections: list[Listened] = field(default_factory=list)
    refusals: list[tuple[Place, Place]] = field(default_factory=list)

    def connection(self, local: Place, remote: Place, opened_by_us: bool) -> Listened:
        self.connections.append(Listened(local, remote, opened_by_us))
        return self.connections[-1]

    def refused(self, local: Place, remote: Place) -> None:
        self.refusals.append((local, remote))


@pytest.fixture
def joined(sim: RunningSimulator) -> RunningSimulator:
    authority = Authority()
    enrol(sim, authority, A, "CUCMA")
    enrol(sim, authority, B, "CUCM10")
    add_trunk(sim, "CUCMA", B, "CUCM10", "9898")
    add_trunk(sim, "CUCM10", A, "CUCMA", "1018")
    return sim


@pytest.fixture
def ears(joined: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> dict[str, Ear]:
    ears = {name: Ear() for name in (A, B)}
    for name, ear in ears.items():
        monkeypatch.setattr(joined.node(name), "wiretap", ear)
    return ears


def steps(text: str, *words: str) -> list[str]:
    """Those of the words that stand in the text, in the order of the text."""
    return [found[0] for found in re.finditer("|".join(map(re.escape, words)), text)]


def test_the_guides_lines_in_the_guides_order(joined: RunningSimulator) -> None:
    assert joined.call("CUCMA", "1018", "9898").connected
    written = traces(joined, A)
    port = joined.node(B).sip.port
    assert steps(
        written,
        "Digit analysis: match",
        "|DialingPattern=9898",
        "tls_security=3",
        "sipConnectionManagerProcessConnCreated",
        "Outgoing SIP TCP message",
        "INVITE sip:9898",
        "SIPCertificateInd",
        "Incoming SIP TCP message",
        "SIP/2.0 200 OK",
    )[:14] == [
        "Digit analysis: match",
        "|DialingPattern=9898",
        "tls_security=3",
        "sipConnectionManagerProcessConnCreated",
        "Outgoing SIP TCP message",
        "INVITE sip:9898",
        "SIPCertificateInd",
        "SIPCertificateInd",
        *["Incoming SIP TCP message"] * 3,
        "SIP/2.0 200 OK",
        *["Outgoing SIP TCP message"] * 2,
    ]  # fmt: skip
    assert f"addr=127.0.0.1, port={port}, connid=1, transport=TLS Over TCP" in written
    assert f"Outgoing SIP TCP message to 127.0.0.1 on port {port} index 1" in written
    assert "/CN=CUCM10 --Cipher ECDHE-RSA-AES256-GCM-SHA384 --SubjectAltname =" in written


def test_the_called_side_writes_down_its_own_view(joined: RunningSimulator) -> None:
    assert joined.call("CUCMA", "1018", "9898").connected
    written = traces(joined, B)
    assert steps(
        written, "ProcessConnCreated", "SIPCertificateInd", "Incoming SIP", "Digit analysis: match", "200 OK"
    )[:6] == [
        "ProcessConnCreated",
        "SIPCertificateInd",
        "SIPCertificateInd",
        "Incoming SIP",
        "Digit analysis: match",
        "200 OK",
    ]  # fmt: skip
    assert 'cn="1018"' in written
    assert 'dd="9898"' in written
    assert "tls_security" not in written
    assert "/CN=CUCMA " in written


def test_connections_have_numbers_of_their_own(joined: RunningSimulator) -> None:
    for _call in range(2):
        joined.call("CUCMA", "1018", "9898")
        joined.call("CUCM10", "9898", "1018")
    assert re.findall(r"connid=(\d+)", traces(joined, A)) == ["1", "2", "3", "4"]


def test_digits_that_match_nothing_have_no_results(joined: RunningSimulator) -> None:
    joined.call("CUCMA", "1018", "5555")
    written = traces(joined, A)
    assert 'dd="5555"' in written
    assert "analysis results" not in written


def test_a_number_that_the_peer_does_not_know(joined: RunningSimulator) -> None:
    def change() -> None:
        database = joined.world.clusters["CUCMA"].database
        database.add("RoutePattern", {"pattern": "77XX", "destination": {"gatewayName": f"to-{B}"}})

    joined.do(change)
    joined.call("CUCMA", "1018", "7700")
    assert "|DialingPattern=77XX" in traces(joined, A)
    assert "analysis results" not in traces(joined, B)
    assert "SIP/2.0 404 Not Found" in traces(joined, A)


def test_both_sides_capture_the_same_bytes(joined: RunningSimulator, ears: dict[str, Ear]) -> None:
    assert joined.call("CUCMA", "1018", "9898").connected
    (ours,), (theirs,) = ears[A].connections, ears[B].connections
    assert (ours.opened_by_us, theirs.opened_by_us) == (True, False)
    assert (ours.local, ours.remote) == (theirs.remote, theirs.local)
    assert ours.remote == ("127.0.0.1", joined.node(B).sip.port)
    eventually(lambda: len(ours.ended) == len(theirs.ended) == 2, "both sides have closed")
    assert (ours.bytes_sent, ours.bytes_received) == (theirs.bytes_received, theirs.bytes_sent)
    # A TLS handshake record that begins with a Client Hello, and none of it readable.
    assert (ours.bytes_sent[0], ours.bytes_sent[5]) == (22, 1)
    assert (ours.bytes_received[0], ours.bytes_received[5]) == (22, 2)
    assert b"SIP/2.0" not in ours.bytes_sent + ours.bytes_received
    assert ours.ended == ["closed by us", "closed by them"]
    # TLS says goodbye before TCP does, so the two ends may cross.
    assert sorted(theirs.ended) == ["closed by them", "closed by us"]


def test_a_strangers_bytes_are_captured_too(joined: RunningSimulator, ears: dict[str, Ear]) -> None:
    node = joined.node(B)
    naked = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    naked.check_hostname, naked.verify_mode = False, ssl.CERT_NONE
    naked.maximum_version = ssl.TLSVersion.TLSv1_2  # in TLS 1.3 the alert is encrypted
    with socket.create_connection((node.topology.address, node.sip.port), timeout=300) as raw:
        local = raw.getsockname()
        with pytest.raises(ssl.SSLError):
            naked.wrap_socket(raw)
    (there,) = ears[B].connections
    assert there.remote == local
    # The refusal is an alert (21) of two bytes: fatal (2), handshake failure (40).
    eventually(lambda: there.ended, "the end of the connection")
    assert there.bytes_sent.endswith(bytes([21, 3, 3, 0, 2, 2, 40]))
    assert "peer did not return a certificate" in traces(joined, B)


def test_a_refused_connection(joined: RunningSimulator, ears: dict[str, Ear]) -> None:
    joined.do(lambda: joined.world.break_down("CUCM10", None, {"closed": True}))
    assert joined.call("CUCMA", "1018", "9898").stage == "connect"
    ((local, remote),) = ears[A].refusals
    assert local[0] == "127.0.0.1"
    assert remote == ("127.0.0.1", joined.node(B).sip.port)
    assert ears[A].connections == []
    assert "ProcessConnCreated" not in traces(joined, A)


def test_a_connection_that_breaks_is_a_reset(joined: RunningSimulator, ears: dict[str, Ear]) -> None:
    node = joined.node(B)
    with socket.create_connection((node.topology.address, node.sip.port), timeout=300) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        raw.sendall(b"\x16\x03\x01")
        eventually(lambda: ears[B].connections and ears[B].connections[0].bytes_received, "the bytes")
    eventually(lambda: ears[B].connections[0].ended, "the end of the connection")
    assert ears[B].connections[0].ended == ["reset by them"]
