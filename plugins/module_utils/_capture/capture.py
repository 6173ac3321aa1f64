# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packet captures: the classic format (.pcap, CUCM's .cap) and .pcapng, one packet at a time.

Formats: draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng. Nothing of the file is kept, so memory
does not grow with it. A file that is no capture is an error; one that is cut off or damaged further
on ends there, and `Capture.damage` says so.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError

#: The longest packet that is believed; tcpdump itself (MAXIMUM_SNAPLEN) writes none that is longer.
LARGEST_PACKET = 262144
#: The longest block of a pcapng file that is believed, and the most interfaces of one section.
_LARGEST_BLOCK = 64 * 1024 * 1024
_MOST_INTERFACES = 1024
_CHUNK = 64 * 1024
_NANOSECONDS = 10**9

_PCAP_MAGIC = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
_PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"
_BYTE_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}

_INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _ENHANCED_PACKET = 1, 2, 3, 6
_PACKET_BLOCKS = (_OLD_PACKET, _SIMPLE_PACKET, _ENHANCED_PACKET)


class CaptureUnreadable(CucmError):
    """The file is no packet capture."""

    reason = "capture_unreadable"


@dataclass(slots=True)  # not frozen: that would take longer than reading it
class Packet:
    """One captured packet; `time` in nanoseconds since 1970, None where the format has none.

    `length` is that on the wire; `data` is shorter when the capture cut the packet off.
    """

    number: int
    time: int | None
    link_type: int
    data: bytes
    length: int


@dataclass(slots=True)
class _Interface:
    link_type: int
    snap_length: int
    units: int = 10**6  # of the time stamps, in a second
    offset: int = 0  # seconds

    def time(self, stamp: int) -> int:
        return stamp * _NANOSECONDS // self.units + self.offset * _NANOSECONDS


class _Damaged(Exception):
    """The rest of the file cannot be read; the text says why."""


class Capture:
    """An iterator over the packets of an open file; `source` names the file in errors.

    `damage` is set, once the packets are through, when the file did not end between two of them.
    """

    def __init__(self, stream: BinaryIO, *, source: str) -> None:
        self.damage: str | None = None
        self.packets = 0
        self._stream = stream
        magic = stream.read(4)
        if magic in _PCAP_MAGIC:
            self.format = "pcap"
            self._rest = self._pcap(*_PCAP_MAGIC[magic])
        elif magic == _PCAPNG_MAGIC:
            self.format = "pcapng"
            self._rest = self._pcapng()
        else:
            raise _no_capture(magic, source)

    def __iter__(self) -> Iterator[Packet]:
        try:
            for packet in self._rest:
                self.packets += 1
                yield packet
        except _Damaged as damage:
            self.damage = str(damage)

    def _read(self, size: int, what: str) -> bytes:
        data = self._stream.read(size)
        if len(data) < size:
            raise _Damaged(f"the file ends within {what}, after packet {self.packets}")
        return data

    def _pcap(self, order: str, factor: int) -> Iterator[Packet]:
        header = self._read(20, "its header")
        link_type = int(struct.unpack_from(f"{order}I", header, 16)[0]) & 0xFFFF
        unpack, read = struct.Struct(f"{order}IIII").unpack, self._stream.read
        while True:
            head = read(16)
            if len(head) < 16:
                if not head:
                    return
                raise _Damaged(f"the file ends within the head of a packet, after packet {self.packets}")
            seconds, fraction, captured, length = unpack(head)
            if captured > LARGEST_PACKET:
                self._check_length(captured)
            data = read(captured)
            if len(data) < captured:
                raise _Damaged(f"the file ends within a packet, after packet {self.packets}")
            time = seconds * _NANOSECONDS + fraction * factor
            yield Packet(self.packets + 1, time, link_type, data, max(captured, length))

    def _check_length(self, captured: int) -> None:
        if captured > LARGEST_PACKET:
            raise _Damaged(
                f"the file is damaged after packet {self.packets}: the next one claims {captured} bytes"
            )

    def _pcapng(self) -> Iterator[Packet]:
        order = self._section()
        interfaces: list[_Interface] = []
        while True:
            head = self._stream.read(8)
            if not head:
                return
            if len(head) < 8:
                raise _Damaged(f"the file ends within the head of a block, after packet {self.packets}")
            if head[:4] == _PCAPNG_MAGIC:
                order = self._section(head[4:])
                interfaces = []
                continue
            kind, total = struct.unpack(f"{order}II", head)
            self._check_block(total)
            if kind not in (_INTERFACE, *_PACKET_BLOCKS):
                self._skip(total - 8)
                continue
            if total - 12 > LARGEST_PACKET + _CHUNK:
                raise _Damaged(f"the file is damaged after packet {self.packets}: a block has {total} bytes")
            body = self._read(total - 8, "a block")[:-4]
            try:
                if kind == _INTERFACE:
                    if len(interfaces) == _MOST_INTERFACES:
                        raise _Damaged(f"the file has more than {_MOST_INTERFACES} interfaces in one section")
                    interfaces.append(_interface(body, order))
                else:
                    yield self._packet(kind, body, order, interfaces)
            except struct.error:
                raise _Damaged(f"the file is damaged after packet {self.packets}: a short block") from None

    def _section(self, length: bytes = b"") -> str:
        """Read a section header, of which the block type (and the length) is read; give the byte order."""
        length = length or self._read(4, "its header")
        order = _BYTE_ORDERS.get(self._read(4, "a section header"))
        if order is None:
            raise _Damaged(f"the file is damaged after packet {self.packets}: a section without byte order")
        total = int(struct.unpack(f"{order}I", length)[0])
        self._check_block(total)
        self._skip(total - 12)
        return order

    def _check_block(self, total: int) -> None:
        if total < 12 or total % 4 or total > _LARGEST_BLOCK:
            raise _Damaged(
                f"the file is damaged after packet {self.packets}: the next block claims {total} bytes"
            )

    def _skip(self, size: int) -> None:
        while size > 0:
            size -= len(self._read(min(size, _CHUNK), "a block"))

    def _packet(self, kind: int, body: bytes, order: str, interfaces: list[_Interface]) -> Packet:
        if kind == _SIMPLE_PACKET:
            index, start = 0, 4
            length = int(struct.unpack_from(f"{order}I", body)[0])
            stamp = None
            limit = interfaces[0].snap_length if interfaces else 0
            captured = min(length, limit) if limit else length
        else:
            # An enhanced packet has its interface in 32 bits, an old one in 16, with 16 of drops.
            width = "I" if kind == _ENHANCED_PACKET else "HH"
            fields = struct.unpack_from(f"{order}{width}IIII", body)
            index, start = int(fields[0]), 20
            high, low, captured, length = fields[-4:]
            stamp = high << 32 | low
        if index >= len(interfaces):
            raise _Damaged(f"the file is damaged after packet {self.packets}: no interface {index}")
        self._check_length(captured)
        data = body[start : start + captured]
        if len(data) < captured:
            raise _Damaged(f"the file is damaged after packet {self.packets}: a packet longer than its block")
        interface = interfaces[index]
        time = None if stamp is None else interface.time(stamp)
        return Packet(self.packets + 1, time, interface.link_type, data, max(length, captured))


def _interface(body: bytes, order: str) -> _Interface:
    link_type, _reserved, snap_length = struct.unpack_from(f"{order}HHI", body)
    interface = _Interface(link_type, snap_length)
    at = 8
    while at + 4 <= len(body):
        code, size = struct.unpack_from(f"{order}HH", body, at)
        value = body[at + 4 : at + 4 + size]
        if code == 0:
            break
        if code == 9 and len(value) == 1:  # if_tsresol
            interface.units = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else int(10 ** value[0])
        elif code == 14 and len(value) == 8:  # if_tsoffset
            interface.offset = int(struct.unpack(f"{order}q", value)[0])
        at += 4 + size + -size % 4
    return interface


def _no_capture(magic: bytes, source: str) -> CaptureUnreadable:
    remedy = "Give a .pcap, .cap or .pcapng file, as 'utils network capture', tcpdump or Wireshark write it"
    if not magic:
        return CaptureUnreadable(f"{source} is empty", remedy=remedy)
    if magic[:2] == b"\x1f\x8b":
        return CaptureUnreadable(f"{source} is compressed", remedy="Unpack it first, with gunzip")
    return CaptureUnreadable(f"{source} is no packet capture: it begins with {magic.hex()}", remedy=remedy)
