# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever the frames and the order of the segments, the streams come out the same."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._capture import tcp
from ansible_collections.ucops.cucm.plugins.module_utils._capture.capture import Packet
from ansible_collections.ucops.cucm.tests.support.handshakes import (
    ACK,
    CLIENT,
    SERVER,
    START,
    SYN,
    V4,
    V6,
    Tcp,
    frame,
    ip_packet,
    segments,
)
from hypothesis import given
from hypothesis import strategies as st

HELLO = [(CLIENT, b"question " * 300), (SERVER, b"answer " * 500), (CLIENT, b"thanks"), (SERVER, b"bye")]
SENT = [b"".join(data for sender, data in HELLO if sender == side) for side in (CLIENT, SERVER)]


class Text:
    """Keeps what it is fed, with the gaps."""

    def __init__(self):
        self.data = b""
        self.gaps = []

    def feed(self, data, end, mark):
        self.data += data

    def gap(self, size):
        self.gaps.append((len(self.data), size))


def packet(data, link=1, length=None):
    return Packet(1, START, link, data, length or len(data))


def connections(made, ends=V4, **options):
    found = tcp.Connections(Text, **options)
    for one in made:
        found.add(packet(frame(ip_packet(one, ends))))
    found.finish()
    return found


def streams(made, ends=V4):
    """What client and server sent, and the gaps, of the only connection."""
    (connection,) = connections(made, ends).all
    side = connection.side(ends[CLIENT])
    readers = [connection.streams[side].reader, connection.streams[1 - side].reader]
    return [reader.data for reader in readers], [reader.gaps for reader in readers]


@pytest.mark.parametrize("ends", [V4, V6])
@pytest.mark.parametrize(
    ("link", "vlans"),
    [(1, ()), (1, (7,)), (1, (7, 300)), (113, ()), (113, (7,)), (276, ()), (0, ()), (101, ())],
)
def test_every_kind_of_frame_is_decoded(ends, link, vlans):
    one = Tcp(SERVER, 5, 6, ACK, b"text")
    segment = tcp.decode(packet(frame(ip_packet(one, ends), link=link, vlans=vlans), link))
    assert (segment.source, segment.destination) == (ends[SERVER], ends[CLIENT])
    assert (segment.sequence, segment.acknowledged, segment.payload) == (5, 6, b"text")
    assert segment.missing == 0  # the padding of a short frame of Ethernet is no payload


@pytest.mark.parametrize(
    "extension",
    [
        bytes([6, 0]) + bytes(6),
        bytes([6, 1]) + bytes(14),
        bytes([43, 0]) + bytes(6) + bytes([6, 0]) + bytes(6),
    ],
)
def test_extension_headers_of_ipv6_are_passed(extension):
    segment = tcp.decode(packet(frame(ip_packet(Tcp(CLIENT, 5, 6, ACK, b"text"), V6, extension=extension))))
    assert segment.payload == b"text"


def test_what_is_no_tcp_is_counted_by_its_kind():
    whole = frame(ip_packet(Tcp(CLIENT, 1, 1, ACK, b"text" * 20)))
    udp = whole[:23] + b"\x11" + whole[24:]
    found = tcp.Connections(Text)
    for data, link in (
        (udp, 1),
        (frame(ip_packet(Tcp(CLIENT, 1, 1, ACK, b"x"), fragment=0x2000)), 1),
        (frame(ip_packet(Tcp(CLIENT, 1, 1, ACK, b"x"), fragment=0x0010)), 1),
        (b"\xff" * 12 + b"\x08\x06" + bytes(46), 1),
        (whole[:40], 1),
        (whole, 147),
        (b"", 101),
    ):
        found.add(packet(data, link))
    assert found.ignored == {"not_tcp": 1, "fragments": 2, "not_ip": 1, "cut_off": 2, "link_type": 1}
    assert found.all == []


def test_payload_that_was_not_captured_is_a_gap():
    made = segments([(CLIENT, b"a" * 1000), (CLIENT, b"b" * 10)])
    found = tcp.Connections(Text)
    for one in made:
        data = frame(ip_packet(one))
        found.add(packet(data[:128], length=len(data)))
    (connection,) = found.finish()
    stream = connection.streams[connection.side(V4[CLIENT])]
    assert stream.reader.data == b"a" * (128 - 54) + b"b" * 10
    assert stream.reader.gaps == [(74, 926)]
    assert stream.cut_off == 926


@pytest.mark.parametrize("starts", [(1000, 900_000), (2**32 - 1, 2**32 - 700), (2**31 - 5, 2**31 + 5)])
def test_sequence_numbers_wrap(starts):
    assert streams(segments(HELLO, starts=starts)) == (SENT, [[], []])


def test_a_connection_without_its_opening_is_read_from_the_first_byte_seen():
    assert streams(segments(HELLO, opening=False)) == (SENT, [[], []])


def test_a_missing_segment_is_a_gap_of_its_size():
    made = [one for one in segments(HELLO, size=100) if one.payload]
    opening = segments(HELLO)[:3]
    lost = made.pop(3)
    data, gaps = streams(opening + made)
    assert gaps == [[(300, 100)], []]
    assert data[CLIENT] == SENT[CLIENT].replace(lost.payload, b"", 0)[:300] + SENT[CLIENT][400:]


def test_a_port_that_is_used_again_is_another_connection():
    again = segments([(CLIENT, b"second")], starts=(77_000_000, 99_000_000))
    found = connections(segments(HELLO) + again)
    assert len(found.all) == 2
    readers = [one.streams[one.side(V4[CLIENT])].reader for one in found.all]
    assert [reader.data for reader in readers] == [SENT[CLIENT], b"second"]


def test_filters_and_the_limit():
    ends = [(("192.0.2.1", 40000 + n), ("192.0.2.200", 5061)) for n in range(5)]
    other = (("192.0.2.9", 40000), ("192.0.2.10", 443))

    def found(**options):
        made = tcp.Connections(Text, **options)
        for pair in (*ends, other):
            for one in segments(HELLO):
                made.add(packet(frame(ip_packet(one, pair))))
        return made

    assert len(found().all) == 6
    assert len(found(ports=frozenset((5061,))).all) == 5
    assert len(found(ports=frozenset((443, 40001))).all) == 2
    assert len(found(address="192.0.2.10").all) == 1
    limited = found(most=2)
    assert (len(limited.all), limited.left_out) == (2, 4)


def test_what_waits_in_one_direction_is_bounded():
    opening = segments(HELLO)[:3]
    late = [Tcp(CLIENT, 2001 + n * 1000, 0, ACK, b"x" * 1000) for n in range(2000)]
    found = tcp.Connections(Text)
    for one in opening + late:
        found.add(packet(frame(ip_packet(one))))
        assert all(stream.weight <= tcp.MOST_WAITING + 2000 for stream in found.all[0].streams)
    reader = found.all[0].streams[found.all[0].side(V4[CLIENT])].reader
    assert reader.gaps == [(0, 1000)]
    assert len(reader.data) == 2_000_000


def test_what_waits_in_all_connections_is_bounded(monkeypatch):
    monkeypatch.setattr(tcp, "MOST_WAITING_TOGETHER", 100_000)
    found = tcp.Connections(Text)
    for n in range(200):
        ends = (("192.0.2.1", 10000 + n), ("192.0.2.200", 5061))
        for one in [*segments(HELLO)[:3], Tcp(CLIENT, 5000, 0, ACK, b"x" * 1000)]:
            found.add(packet(frame(ip_packet(one, ends))))
        assert sum(connection.weight for connection in found.all) <= 100_000 + 2000
    assert [connection.given_up for connection in found.all].count(True) > 50
    assert not found.all[-1].given_up
    assert found.all[0].given_up


@st.composite
def disturbed(draw, made):
    """The segments split, duplicated, overlapping and in any order; nothing is lost."""
    pieces = []
    for one in made:
        if len(one.payload) > 2 and draw(st.booleans()):
            cut = draw(st.integers(1, len(one.payload) - 1))
            overlap = draw(st.integers(0, cut))
            pieces += [
                replace(one, payload=one.payload[:cut]),
                replace(
                    one, sequence=(one.sequence + cut - overlap) % 2**32, payload=one.payload[cut - overlap :]
                ),
            ]
        else:
            pieces.append(one)
        if draw(st.integers(0, 4)) == 0:
            pieces.append(one)
    random.Random(draw(st.integers(0, 2**32))).shuffle(pieces)
    return pieces


@pytest.mark.parametrize("starts", [(1000, 900_000), (2**32 - 600, 2**32 - 3)])
@given(data=st.data())
def test_any_order_any_splitting_and_any_repetition_give_the_same_streams(starts, data):
    made = data.draw(disturbed(segments(HELLO, size=150, starts=starts)))
    assert streams(made) == (SENT, [[], []])


@given(st.data())
def test_no_frame_is_an_exception(data):
    whole = bytearray(
        frame(ip_packet(Tcp(CLIENT, 1, 1, SYN, b"text" * 10), data.draw(st.sampled_from([V4, V6]))))
    )
    for _change in range(data.draw(st.integers(0, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    link = data.draw(st.sampled_from([0, 1, 12, 101, 108, 113, 228, 229, 276, 999]))
    found = tcp.Connections(Text)
    found.add(packet(cut, link))
    found.finish()
    assert len(found.all) + sum(found.ignored.values()) == 1
