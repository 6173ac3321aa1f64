# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TCP packets: their bytes on an Ethernet, and their line on the screen of `tcpdump`."""

from __future__ import annotations

import ipaddress
import struct
from dataclasses import dataclass
from typing import NamedTuple

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10
WINDOW = 14600
_MTU = 1500
_TCP_HEAD, _IPV4_HEAD, _IPV6_HEAD = 20, 20, 40
_TCP = 6
_DONT_FRAGMENT = 0x4000
_TTL = 64
_ETHERTYPE_IPV4, _ETHERTYPE_IPV6 = 0x0800, 0x86DD


class Address(NamedTuple):
    """An IP address and a port."""

    host: str
    port: int


@dataclass(frozen=True)
class Packet:
    """One TCP segment on its way. Sequence numbers are absolute; `outgoing` is as the node sees it."""

    source: Address
    destination: Address
    sequence: int
    acknowledged: int
    flags: int
    payload: bytes = b""
    outgoing: bool = True


def segment_size(address: Address) -> int:
    """How many bytes of data a packet carries: 1460 over IPv4."""
    ip = _IPV6_HEAD if ":" in address.host else _IPV4_HEAD
    return _MTU - ip - _TCP_HEAD


def frame(packet: Packet) -> bytes:
    """The packet as an Ethernet frame, with the right lengths and checksums."""
    source = ipaddress.ip_address(packet.source.host)
    destination = ipaddress.ip_address(packet.destination.host)
    segment = _segment(packet, source.packed + destination.packed)
    if source.version == 4:
        kind, ip = _ETHERTYPE_IPV4, _ipv4(source.packed, destination.packed, segment, packet)
    else:
        head = struct.pack("!IHBB", 0x60000000, len(segment), _TCP, _TTL)
        kind, ip = _ETHERTYPE_IPV6, head + source.packed + destination.packed + segment
    return _mac(destination.packed) + _mac(source.packed) + struct.pack("!H", kind) + ip


def _segment(packet: Packet, addresses: bytes) -> bytes:
    """TCP header and data; `addresses` are those of the checksum's pseudo-header."""
    options = b""
    if packet.flags & SYN:
        options = struct.pack("!BBH", 2, 4, segment_size(packet.source))
    words = (_TCP_HEAD + len(options)) // 4

    def build(checksum: int) -> bytes:
        head = struct.pack(
            "!HHIIBBHHH",
            packet.source.port,
            packet.destination.port,
            packet.sequence,
            packet.acknowledged,
            words << 4,
            packet.flags,
            WINDOW,
            checksum,
            0,
        )
        return head + options + packet.payload

    bare = build(0)
    return build(_checksum(addresses + struct.pack("!II", len(bare), _TCP) + bare))


def _ipv4(source: bytes, destination: bytes, segment: bytes, packet: Packet) -> bytes:
    # An identification that differs from packet to packet, without a counter to be kept.
    identification = (packet.sequence ^ packet.acknowledged ^ packet.flags) & 0xFFFF

    def head(checksum: int) -> bytes:
        return (
            struct.pack(
                "!BBHHHBBH",
                0x45,
                0,
                _IPV4_HEAD + len(segment),
                identification,
                _DONT_FRAGMENT,
                _TTL,
                _TCP,
                checksum,
            )
            + source
            + destination
        )

    return head(_checksum(head(0))) + segment


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    words: tuple[int, ...] = struct.unpack(f"!{len(data) // 2}H", data)
    total = sum(words)
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _mac(address: bytes) -> bytes:
    """A locally administered Ethernet address for an IP address."""
    return b"\x02\x00" + address[-4:]


class Screen:
    """Lines about packets in the way of tcpdump 3.9: later sequence numbers are relative."""

    def __init__(self) -> None:
        self._base: dict[tuple[Address, Address], int] = {}

    def line(self, packet: Packet, source: str, destination: str) -> str:
        """What stands behind the time; source and destination are `name.service`."""
        way = (packet.source, packet.destination)
        back = (packet.destination, packet.source)
        first = way not in self._base
        length = len(packet.payload)
        flags = "".join(
            letter for letter, bit in (("S", SYN), ("F", FIN), ("P", PSH), ("R", RST)) if packet.flags & bit
        )
        parts = [f"IP {source} > {destination}: {flags or '.'}"]
        base = 0 if first or packet.flags & SYN else self._base[way]
        if length or packet.flags & (SYN | FIN | RST):
            begin = (packet.sequence - base) % (1 << 32)
            parts.append(f"{begin}:{begin + length}({length})")
        if packet.flags & ACK:
            acknowledged = packet.acknowledged
            if back in self._base and not packet.flags & SYN:
                acknowledged = (acknowledged - self._base[back]) % (1 << 32)
            parts.append(f"ack {acknowledged}")
        parts.append(f"win {WINDOW}")
        if first:
            self._base[way] = packet.sequence
        return " ".join(parts)
