# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From captured packets to the byte streams of TCP connections.

Frames of Ethernet (VLAN tags too), Linux cooked captures, loopback and raw IP; IPv4 and IPv6. Each
direction is put together by sequence numbers, whatever the order of the packets, and handed on as it
grows; what waits for a missing piece is bounded. Bytes that the capture does not have are a gap, which
is told and never bridged.
"""

from __future__ import annotations

import struct
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import heappop, heappush
from ipaddress import ip_address
from typing import Protocol

from ansible_collections.ucops.cucm.plugins.module_utils._capture.capture import Packet

#: Bytes that wait for an earlier piece: in one direction, and in all of them together.
MOST_WAITING = 512 * 1024
MOST_WAITING_TOGETHER = 32 * 1024 * 1024
#: What one waiting piece costs beside its bytes.
_PIECE_COST = 128
#: A SYN belongs to data that came before it only when it is this near.
_NEAR = 1024 * 1024

_ETHERNET, _SLL, _SLL2 = 1, 113, 276
_LOOPBACK = (0, 108)
_RAW_IP = (12, 14, 101, 228, 229)
_VLAN = (0x8100, 0x88A8, 0x9100)
_IPV4, _IPV6 = 0x0800, 0x86DD
_TCP = 6
#: What carries packets within packets, which are not unpacked: by IP protocol, EtherType and UDP port.
_TUNNELS = {4: "ip_in_ip", 41: "ip_in_ip", 47: "gre", 50: "esp", 94: "ip_in_ip", 115: "l2tp"}
_TUNNELS_OF_ETHERNET = {0x8847: "mpls", 0x8848: "mpls", 0x8864: "pppoe", 0x88E7: "mac_in_mac", 0x894F: "nsh"}
_TUNNELS_OF_UDP = {
    1701: "l2tp",
    2152: "gtp",
    4500: "esp",
    4789: "vxlan",
    4790: "vxlan",
    5246: "capwap",
    5247: "capwap",
    6081: "geneve",
    8472: "vxlan",
    37008: "tzsp",
}
_UDP = 17
_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
#: Of IPv4: version and header length, total length, fragment, protocol, both addresses. Of TCP: both ports, sequence
#: number, acknowledgement, header length, flags.
_IPV4_HEADER = struct.Struct(">BxH2xHxB2x4s4s")
_TCP_HEADER = struct.Struct(">HHIIBB")

#: How the keys of `Connections.ignored` begin that count packets within packets.
TUNNEL = "tunnel_"

Endpoint = tuple[str, int]


@dataclass(slots=True)
class Segment:
    """A TCP segment; `missing` bytes at its end were sent and not captured."""

    source: Endpoint
    destination: Endpoint
    sequence: int
    acknowledged: int | None
    flags: int
    payload: bytes
    missing: int
    time: int | None


class _Skip(Exception):
    """A packet that is no readable TCP segment; the text is a key of `Connections.ignored`."""


def decode(packet: Packet) -> Segment:
    """The TCP segment of a packet; _Skip when there is none to be had."""
    try:
        network, at = _network(packet)
        if network == _IPV4:
            return _ipv4(packet, at)
        if network == _IPV6:
            return _ipv6(packet, at)
    except (struct.error, IndexError):
        raise _Skip("cut_off") from None
    raise _Skip(_tunnel(_TUNNELS_OF_ETHERNET.get(network)) or "not_ip")


def _tunnel(kind: str | None) -> str | None:
    return f"{TUNNEL}{kind}" if kind else None


def _other_protocol(data: bytes, protocol: int, at: int) -> _Skip:
    """Why a packet that is not TCP is not read: it may carry another packet within."""
    kind = _TUNNELS.get(protocol)
    if protocol == _UDP and len(data) >= at + 4:
        kind = _TUNNELS_OF_UDP.get(_u16(data, at + 2)) or _TUNNELS_OF_UDP.get(_u16(data, at))
    return _Skip(_tunnel(kind) or "not_tcp")


def _network(packet: Packet) -> tuple[int, int]:
    """The EtherType and where the network layer begins."""
    data, link_type = packet.data, packet.link_type
    if link_type == _ETHERNET:
        kind, at = _u16(data, 12), 14
    elif link_type == _SLL:
        kind, at = _u16(data, 14), 16
    elif link_type == _SLL2:
        kind, at = _u16(data, 0), 20
    elif link_type in _RAW_IP or link_type in _LOOPBACK:
        # The number of the address family differs between systems; the version in the IP header does not.
        at = 4 if link_type in _LOOPBACK else 0
        return {4: _IPV4, 6: _IPV6}.get(data[at] >> 4, 0), at
    else:
        raise _Skip("link_type")
    while kind in _VLAN:
        kind, at = _u16(data, at + 2), at + 4
    return kind, at


def _ipv4(packet: Packet, at: int) -> Segment:
    data = packet.data
    first, total, fragment, protocol, source, destination = _IPV4_HEADER.unpack_from(data, at)
    header = (first & 0x0F) * 4
    if first >> 4 != 4 or header < 20:
        raise _Skip("not_ip")
    if protocol != _TCP:
        raise _other_protocol(data, protocol, at + header)
    if fragment & 0x3FFF:
        raise _Skip("fragments")
    # With segmentation offload the length is 0, and the frame's counts.
    end = at + total if total else packet.length
    if len(data) < at + header:
        raise _Skip("cut_off")
    return _tcp(packet, at + header, end, _text(source), _text(destination))


def _ipv6(packet: Packet, at: int) -> Segment:
    data = packet.data
    if data[at] >> 4 != 6:
        raise _Skip("not_ip")
    length, following = _u16(data, at + 4), data[at + 6]
    end = at + 40 + length if length else packet.length
    if len(data) < at + 40:
        raise _Skip("cut_off")
    source, destination = _text(data[at + 8 : at + 24]), _text(data[at + 24 : at + 40])
    at += 40
    while following != _TCP:
        if following == 44:  # fragment
            if _u16(data, at + 2) & 0xFFF9:
                raise _Skip("fragments")
            size = 8
        elif following == 51:  # authentication
            size = (data[at + 1] + 2) * 4
        elif following in (0, 43, 60):
            size = (data[at + 1] + 1) * 8
        else:
            raise _other_protocol(data, following, at)
        following, at = data[at], at + size
    return _tcp(packet, at, end, source, destination)


def _tcp(packet: Packet, at: int, end: int, source: str, destination: str) -> Segment:
    data = packet.data
    source_port, destination_port, sequence, acknowledged, offset, flags = _TCP_HEADER.unpack_from(data, at)
    start = at + (offset >> 4) * 4
    if offset >> 4 < 5 or end < start:
        raise _Skip("malformed")
    # A header cut off within its options still tells where the missing payload would have been.
    payload = data[start:end]
    return Segment(
        (source, source_port),
        (destination, destination_port),
        sequence,
        acknowledged if flags & _ACK else None,
        flags,
        payload,
        end - start - len(payload),
        packet.time,
    )


@lru_cache(maxsize=4096)
def _text(address: bytes) -> str:
    return str(ip_address(address))


def _u16(data: bytes, at: int) -> int:
    return int(struct.unpack_from(">H", data, at)[0])


@dataclass(slots=True)  # not frozen, as Packet
class Mark:
    """Where bytes of a stream came from: the time, and what their sender had received by then.

    `acknowledged` is an offset in the other direction's stream, None when it is not known.
    """

    time: int | None
    acknowledged: int | None


class Reader(Protocol):
    """Who reads one direction of a connection."""

    def feed(self, data: bytes, end: int, mark: Mark) -> None:
        """The next bytes, which end at the stream's offset `end`."""

    def gap(self, size: int) -> None:
        """Bytes that the capture does not have."""


@dataclass(slots=True)
class Stream:
    """One direction. Offsets count from the first byte after the SYN, or from the first one seen.

    `unseen` counts bytes at the end that were sent, since the other side acknowledged them or a later
    packet has a higher sequence number, and that the capture does not have; it is there after `finish`.
    """

    reader: Reader
    reference: int | None = None  # sequence number of offset 0
    position: int | None = None  # offset of the next byte to hand on; None until the start is known
    syn: int | None = None
    fin: bool = False
    reset: bool = False
    closed_at: int | None = None
    missing: int = 0
    cut_off: int = 0
    waiting: list[tuple[int, int, int, bytes | None, int | None, int | None]] = field(default_factory=list)
    weight: int = 0
    count: int = 0
    unseen: int = 0
    begun: int | None = None  # the lowest offset that a packet of this direction had
    reached: int | None = None  # the highest one, of its packets and of the acknowledgements of the other
    acknowledged: bool = False  # whether the other side acknowledged anything
    starts: set[int] = field(default_factory=set)  # sequence numbers of all SYNs
    fed: bool = False

    def offset(self, sequence: int) -> int:
        """The offset of a sequence number, which wraps at 2³²: the one that is nearest."""
        if self.reference is None:
            self.reference = sequence
        near = self.position or 0
        delta = (sequence - self.reference - near) & 0xFFFFFFFF
        return near + (delta - (1 << 32) if delta >> 31 else delta)

    def is_same_start(self, sequence: int) -> bool:
        """Whether a SYN with this number can be the start of what was seen so far."""
        if self.syn is not None:
            return self.syn == sequence
        if self.position is not None:
            return False
        return abs(self.offset((sequence + 1) & 0xFFFFFFFF)) < _NEAR

    def start(self, sequence: int) -> None:
        """Take a SYN. One that comes again with another number counts, unless the other side took the first."""
        is_open = not self.fed and not self.acknowledged
        if (self.syn is None and self.position is None) or (self.syn is not None and is_open):
            self._begin_at(sequence)
        self.starts.add(sequence)

    def _begin_at(self, sequence: int) -> None:
        self.syn = sequence
        self.position = self.offset((sequence + 1) & 0xFFFFFFFF)
        self.begun = self.reached = None

    def note(self, segment: Segment) -> None:
        """Remember how far a packet of this direction says that it has come."""
        at = self.offset((segment.sequence + bool(segment.flags & _SYN)) & 0xFFFFFFFF)
        self.begun = at if self.begun is None else min(self.begun, at)
        self.reached = at if self.reached is None else max(self.reached, at)

    def note_acknowledged(self, sequence: int) -> None:
        """Remember what the other side has received of this direction."""
        start = (sequence - 1) & 0xFFFFFFFF
        if start != self.syn and start in self.starts and not self.fed:
            self._begin_at(start)
        self.acknowledged = True
        at = self.offset(sequence)
        self.reached = at if self.reached is None else max(self.reached, at)

    def measure(self) -> None:
        """Find what is missing at the end. One byte more than was seen is a FIN."""
        if self.reached is None:
            return
        if self.position is not None:
            seen = self.position
        elif self.begun is not None:
            seen = self.begun
        else:
            # Of this direction there is no packet at all, and the other side has received something.
            self.unseen = max(1, self.reached)
            return
        self.unseen = max(0, self.reached - seen - 1)

    def close(self, time: int | None) -> None:
        if time is not None:
            self.closed_at = time if self.closed_at is None else min(self.closed_at, time)

    def add(self, segment: Segment, other: Stream) -> None:
        """Take the payload, and note what of it the capture does not have."""
        start = self.offset((segment.sequence + bool(segment.flags & _SYN)) & 0xFFFFFFFF)
        if start == self.position and not self.waiting and not segment.missing:
            # In its turn, as most are.
            if segment.payload:
                self.position = start + len(segment.payload)
                self._feed(segment.payload, self.position, segment.time, segment.acknowledged, other)
            return
        self._wait(start, len(segment.payload), segment.payload, segment)
        if segment.missing:
            self.cut_off += segment.missing
            self._wait(start + len(segment.payload), segment.missing, None, segment)

    def _wait(self, start: int, size: int, data: bytes | None, segment: Segment) -> None:
        if not size or (self.position is not None and start + size <= self.position):
            return
        self.count += 1
        heappush(self.waiting, (start, self.count, size, data, segment.time, segment.acknowledged))
        self.weight += (len(data) if data else 0) + _PIECE_COST

    def drain(self, other: Stream) -> None:
        """Hand on what has its turn."""
        while self.waiting and self.position is not None and self.waiting[0][0] <= self.position:
            start, _count, size, data, time, acknowledged = heappop(self.waiting)
            self.weight -= (len(data) if data else 0) + _PIECE_COST
            done = self.position - start
            if done >= size:
                continue
            self.position = start + size
            if data is None:
                self._gap(size - done)
            else:
                self._feed(data[done:] if done else data, self.position, time, acknowledged, other)

    def _feed(self, data: bytes, end: int, time: int | None, acknowledged: int | None, other: Stream) -> None:
        self.fed = True
        known = None if acknowledged is None else other.offset(acknowledged)
        self.reader.feed(data, end, Mark(time, known))

    def flush(self, other: Stream, down_to: int = 0) -> None:
        """Give up waiting for what is missing, until no more than so much is waiting."""
        self.drain(other)
        while self.waiting and self.weight > down_to:
            if self.position is not None:
                self._gap(self.waiting[0][0] - self.position)
            self.position = self.waiting[0][0]
            self.drain(other)

    def _gap(self, size: int) -> None:
        self.missing += size
        self.reader.gap(size)


@dataclass(slots=True)
class Connection:
    """Two streams; `opener` is the side (0 or 1) that sent the SYN, None when none was seen."""

    endpoints: tuple[Endpoint, Endpoint]
    streams: tuple[Stream, Stream]
    opener: int | None = None
    first: int | None = None
    last: int | None = None
    packets: int = 0
    given_up: bool = False

    def side(self, endpoint: Endpoint) -> int:
        return 0 if endpoint == self.endpoints[0] else 1

    def take(self, segment: Segment) -> None:
        self.packets += 1
        time = segment.time
        if time is not None:
            if self.first is None or time < self.first:
                self.first = time
            if self.last is None or time > self.last:
                self.last = time
        side = self.side(segment.source)
        stream, other = self.streams[side], self.streams[1 - side]
        if segment.flags & (_SYN | _RST | _FIN):
            self._take_flags(segment, side)
            if segment.flags & _RST:
                return  # what a reset carries is no part of the stream (RFC 9293, 3.5.3)
        stream.note(segment)
        if segment.acknowledged is not None:
            other.note_acknowledged(segment.acknowledged)
        if not segment.payload and not segment.missing:
            return  # acknowledges only
        stream.add(segment, other)
        if stream.waiting:
            stream.drain(other)
            if stream.weight > MOST_WAITING:
                stream.flush(other, MOST_WAITING // 2)

    def _take_flags(self, segment: Segment, side: int) -> None:
        stream = self.streams[side]
        if segment.flags & _SYN:
            self.opener = 1 - side if segment.flags & _ACK else side
            stream.start(segment.sequence)
        if segment.flags & _RST:
            stream.reset = True
            stream.close(segment.time)
        elif segment.flags & _FIN:
            stream.fin = True
            stream.close(segment.time)

    @property
    def weight(self) -> int:
        return self.streams[0].weight + self.streams[1].weight

    def finish(self) -> None:
        """No more packets: what waits for missing ones is read after a gap."""
        first, second = self.streams
        first.flush(second)
        second.flush(first)
        for stream in self.streams:
            stream.measure()


class Connections:
    """All connections of a capture that pass the filter, at most `most` of them, in their order."""

    def __init__(
        self,
        make_reader: Callable[[], Reader],
        *,
        ports: frozenset[int] = frozenset(),
        address: str | None = None,
        most: int = 1000,
    ) -> None:
        self.all: list[Connection] = []
        self.left_out = 0
        self.filtered = 0  # TCP packets of other ports or addresses than were asked for
        self.ignored: Counter[str] = Counter()
        self._make_reader = make_reader
        self._ports = ports
        self._address = address
        self._most = most
        self._current: OrderedDict[tuple[Endpoint, Endpoint], Connection] = OrderedDict()
        self._weight = 0

    def add(self, packet: Packet) -> None:
        try:
            segment = decode(packet)
        except _Skip as why:
            self.ignored[str(why)] += 1
            return
        if not self._is_wanted(segment):
            self.filtered += 1
            return
        connection = self._connection_of(segment)
        if connection is None:
            return
        before = connection.weight
        connection.take(segment)
        self._weight += connection.weight - before
        if self._weight > MOST_WAITING_TOGETHER:
            self._give_up_oldest()

    def finish(self) -> list[Connection]:
        for connection in self.all:
            connection.finish()
        return self.all

    def _is_wanted(self, segment: Segment) -> bool:
        ends = (segment.source, segment.destination)
        if self._ports and not (ends[0][1] in self._ports or ends[1][1] in self._ports):
            return False
        return self._address is None or self._address in (ends[0][0], ends[1][0])

    def _connection_of(self, segment: Segment) -> Connection | None:
        key = (segment.source, segment.destination)
        if segment.destination < segment.source:
            key = (segment.destination, segment.source)
        known = self._current.get(key)
        opens = segment.flags & (_SYN | _ACK) == _SYN
        if known is not None:
            same = not opens or known.streams[known.side(segment.source)].is_same_start(segment.sequence)
            if same:
                self._current.move_to_end(key)
                return known
        if len(self.all) >= self._most:
            # Only openings are counted: to tell other packets apart, all connections had to be kept.
            self.left_out += opens
            return None
        if known is not None:
            self._weight -= known.weight
            known.finish()
        made = Connection(key, (Stream(self._make_reader()), Stream(self._make_reader())))
        self.all.append(made)
        self._current[key] = made
        self._current.move_to_end(key)
        return made

    def _give_up_oldest(self) -> None:
        """Stop waiting in the connections that were silent for longest."""
        for connection in self._current.values():
            if self._weight <= MOST_WAITING_TOGETHER // 2:
                return
            if connection.weight:
                self._weight -= connection.weight
                connection.given_up = True
                connection.finish()
