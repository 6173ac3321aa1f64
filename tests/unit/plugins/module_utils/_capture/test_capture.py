# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures are read in every variant of their formats, and damaged ones up to the damage."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._capture.capture import (
    LARGEST_PACKET,
    Capture,
    CaptureUnreadable,
)
from ansible_collections.ucops.cucm.tests.support.handshakes import (
    CLIENT,
    START,
    frame,
    ip_packet,
    mutual,
    pcap,
    pcapng,
    segments,
    written,
)
from hypothesis import given
from hypothesis import strategies as st

FRAMES = [(START + 123_456_789, b"a" * 60), (START + 10**9, b"b" * 61), (START + 2 * 10**9, b"")]


def packets(data):
    capture = Capture(io.BytesIO(data), source="trial.cap")
    return list(capture), capture.damage


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("nanoseconds", [False, True])
def test_pcap_of_both_byte_orders_and_both_resolutions(order, nanoseconds):
    found, damage = packets(pcap(FRAMES, order=order, nanoseconds=nanoseconds))
    assert damage is None
    assert [packet.data for packet in found] == [data for _time, data in FRAMES]
    assert [packet.number for packet in found] == [1, 2, 3]
    assert found[0].time == START + (123_456_789 if nanoseconds else 123_456_000)
    assert {packet.link_type for packet in found} == {1}


@pytest.mark.parametrize("order", ["<", ">"])
def test_pcapng_with_blocks_between(order):
    found, damage = packets(pcapng(FRAMES, order=order))
    assert damage is None
    assert [(packet.time, packet.data) for packet in found] == FRAMES


def test_pcapng_of_simple_packets_has_no_times():
    found, damage = packets(pcapng(FRAMES, simple=True))
    assert damage is None
    assert [(packet.time, packet.data) for packet in found] == [(None, data) for _time, data in FRAMES]


def test_pcapng_of_two_sections_in_different_byte_orders():
    found, damage = packets(pcapng(FRAMES, order="<") + pcapng(FRAMES, order=">", link=113))
    assert damage is None
    assert [packet.link_type for packet in found] == [1, 1, 1, 113, 113, 113]
    assert [packet.data for packet in found] == 2 * [data for _time, data in FRAMES]


def test_what_the_capture_cut_off_is_told():
    (packet,), _damage = packets(pcap([(START, b"x" * 500)], snap=128))
    assert (len(packet.data), packet.length) == (128, 500)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\x1f\x8b\x08\x00" + bytes(20), "is compressed"),
        (b"-----BEGIN CERTIFICATE-----", "is no packet capture"),
        (b"\xd4\xc3", "is no packet capture"),
    ],
)
def test_what_is_no_capture_is_an_error_with_a_remedy(data, words):
    with pytest.raises(CaptureUnreadable, match=words) as caught:
        Capture(io.BytesIO(data), source="trial.cap")
    assert caught.value.reason == "capture_unreadable"
    assert "trial.cap" in caught.value.message
    assert caught.value.remedy


def test_a_capture_without_packets_is_one():
    assert packets(pcap([])) == ([], None)


def boundaries(made):
    """Where a file may end: after its header, and after each packet or block."""
    at, ends = (24, [24]) if made[:4] == b"\xd4\xc3\xb2\xa1" else (0, [])
    while at < len(made):
        pcap_length = 16 + int.from_bytes(made[at + 8 : at + 12], "little")
        at += pcap_length if ends[:1] == [24] else int.from_bytes(made[at + 4 : at + 8], "little")
        ends.append(at)
    return ends


@pytest.mark.parametrize("made", [pcap(FRAMES), pcapng(FRAMES)])
def test_cut_at_every_byte_all_whole_packets_are_read_and_the_cut_is_told(made):
    whole = packets(made)[0]
    ends = boundaries(made)
    for length in range(4, len(made)):
        found, damage = packets(made[:length])
        assert found == whole[: len(found)]
        assert (damage is None) == (length in ends)


@pytest.mark.parametrize(
    "tail",
    [
        struct.pack("<IIII", 1, 1, LARGEST_PACKET + 1, LARGEST_PACKET + 1),
        struct.pack("<IIII", 1, 1, 0xFFFFFFFF, 1) + bytes(100),
    ],
)
def test_lengths_that_cannot_be_are_not_believed(tail):
    found, damage = packets(pcap(FRAMES) + tail)
    assert len(found) == 3
    assert "damaged after packet 3" in damage


@pytest.mark.parametrize(
    "tail",
    [
        struct.pack("<II", 6, 8),  # shorter than a block can be
        struct.pack("<II", 6, 0xFFFFFFFC),
        struct.pack("<IIIIIIII", 6, 32, 7, 0, 0, 0, 0, 32),  # of an interface that is not there
        struct.pack("<IIIIIIII", 6, 32, 0, 0, 0, 99, 99, 32),  # longer than its block
        struct.pack("<III", 6, 12, 12),
        struct.pack("<IIII", 0x0A0D0D0A, 28, 0, 28) + bytes(12),  # a section of no byte order
    ],
)
def test_blocks_that_cannot_be_end_the_reading(tail):
    found, damage = packets(pcapng(FRAMES) + tail)
    assert len(found) == 3
    assert damage


def test_interfaces_without_end_are_not_kept():
    interface = struct.pack("<IIHHII", 1, 20, 1, 0, 0, 20)
    _found, damage = packets(pcapng([]) + interface * 2000)
    assert "1024 interfaces" in damage


@given(st.sampled_from([pcap(FRAMES), pcapng(FRAMES), pcapng(FRAMES, order=">")]), st.data())
def test_no_damage_is_an_exception(made, data):
    damaged = bytearray(made)
    for _change in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(4, len(damaged) - 1))
        damaged[at] = data.draw(st.integers(0, 255))
    packets(bytes(damaged))


@given(st.binary(max_size=300))
def test_no_rubbish_is_an_exception_but_that_of_the_family(rubbish):
    for magic in (b"", b"\xd4\xc3\xb2\xa1", b"\x0a\x0d\x0d\x0a"):
        try:
            packets(magic + rubbish)
        except CaptureUnreadable:
            assert not magic


#: What a node with receive offloading hands to a capture: several segments in one.
SEGMENT = 10 * 1448


class Endless(io.RawIOBase):
    """A capture of some 50 MB, which is made while it is read."""

    def __init__(self, head, chunks):
        self.rest = head
        self.chunks = chunks

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self.rest:
            self.rest = next(self.chunks, b"")
        part = self.rest[: len(buffer)]
        self.rest = self.rest[len(part) :]
        buffer[: len(part)] = part
        return len(part)


@pytest.mark.parametrize("lost_every", [0, 50])
def test_memory_does_not_grow_with_the_capture(lost_every):
    """50 MB of one connection; also when it lacks packets, so that pieces wait for them."""
    from ansible_collections.ucops.cucm.plugins.module_utils._capture.handshake import read_capture

    opening = [one for one in segments(mutual("TLSv1.2"), closing=None) if one.payload or one.flags & 2]
    last = max((one for one in opening if one.side == CLIENT), key=lambda one: one.sequence)
    begin = last.sequence + len(last.payload)
    record = b"\x17\x03\x03" + struct.pack(">H", 16000) + bytes(16000)
    stream = record * ((50_000_000 // len(record)) + 1)

    def chunks():
        for n, at in enumerate(range(0, 50_000_000, SEGMENT)):
            if lost_every and n % lost_every == lost_every - 1:
                continue
            one = type(last)(CLIENT, begin + at, 0, 24, bytes(view[at : at + SEGMENT]), START + n * 1000)
            yield pcap([(one.time, frame(ip_packet(one)))])[24:]

    view = memoryview(stream)
    source = io.BufferedReader(Endless(written(opening), chunks()))
    tracemalloc.start()
    try:
        began = time.process_time()
        reading = read_capture(source, source="large.cap")
        took = time.process_time() - began
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    (connection,) = reading.connections
    assert reading.packets > 3_300
    assert connection["handshake"] == "complete"
    if lost_every:
        assert [lack["reason"] for lack in connection["not_measured"]] == ["gap"]
    else:
        assert connection["application_data"]["client"]["bytes"] > 49_000_000
    assert peak < 8_000_000, f"{peak} bytes"
    assert took < 20, f"{took} s"
