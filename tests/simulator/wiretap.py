# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's SIP connections as packets: recordings in classic pcap, as `utils network capture` writes.

The bytes are those that really went over the node's sockets. Ethernet, IP and TCP around them are
made here: the kernel's own would need privileges, and all of loopback in one capture.
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from datetime import datetime
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.tests.simulator.node_files import CAPTURE_DIRECTORY, NodeFile
from ansible_collections.ucops.cucm.tests.simulator.packets import (
    ACK,
    FIN,
    PSH,
    RST,
    SYN,
    Address,
    Packet,
    frame,
    segment_size,
)
from ansible_collections.ucops.cucm.tests.simulator.running import WELL_KNOWN_PORT

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

#: What a capture without `size` and `count` has.
DEFAULT_SIZE = 128
DEFAULT_COUNT = 1000
#: `size all`.
WHOLE = 65535
#: A receiver acknowledges at least every second segment.
_SEGMENTS_AN_ACK = 2
_MODULUS = 1 << 32
_PCAP_HEAD = struct.Struct("<IHHiIII")
_PACKET_HEAD = struct.Struct("<IIII")
_MAGIC, _ETHERNET = 0xA1B2C3D4, 1


class Recording:
    """One capture that runs, or has run. `name` is empty when it goes to the screen alone.

    `ended` is set when the count is reached or the recording was stopped. `packets` is what has been
    recorded so far, as (time, packet).
    """

    def __init__(
        self,
        wiretap: Wiretap,
        name: str,
        *,
        port: int | None = None,
        host: str | None = None,
        size: int = DEFAULT_SIZE,
        count: int = DEFAULT_COUNT,
        source: str | None = None,
        destination: str | None = None,
    ) -> None:
        self._wiretap = wiretap
        self.name = name
        self.size = size
        self.count = count
        self._port, self._host = port, host
        self._source, self._destination = source, destination
        self.packets: list[tuple[datetime, Packet]] = []
        self.more = asyncio.Event()
        self.ended = asyncio.Event()

    def stop(self) -> None:
        """End the capture; its file is there from now on."""
        self._wiretap.end(self)

    def offer(self, moment: datetime, packet: Packet, ports: frozenset[int]) -> None:
        """Take a packet, if the filters want it. `ports` are the numbers that its ports stand for."""
        if self.ended.is_set() or not self._wants(packet, ports):
            return
        self.packets.append((moment, packet))
        self.more.set()
        if len(self.packets) >= self.count:
            self.stop()

    def _wants(self, packet: Packet, ports: frozenset[int]) -> bool:
        return (
            (self._port is None or self._port in ports)
            and (self._host is None or self._host in (packet.source.host, packet.destination.host))
            and self._source in (None, packet.source.host)
            and self._destination in (None, packet.destination.host)
        )

    def pcap(self) -> bytes:
        """Everything recorded as a classic pcap file with Ethernet frames."""
        parts = [_PCAP_HEAD.pack(_MAGIC, 2, 4, 0, 0, self.size, _ETHERNET)]
        for moment, packet in self.packets:
            whole = frame(packet)
            cut = whole[: self.size]
            seconds, microseconds = int(moment.timestamp()), moment.microsecond
            parts += (_PACKET_HEAD.pack(seconds, microseconds, len(cut), len(whole)), cut)
        return b"".join(parts)


class Tap:
    """One TCP connection, as the node sees it: what passes becomes packets of the running recordings.

    The order of calls is the order on the wire. A side that has closed sends nothing more.
    """

    def __init__(
        self,
        wiretap: Wiretap,
        local: tuple[str, int],
        remote: tuple[str, int],
        *,
        opened_by_us: bool,
        first: tuple[int, int] | None = None,
    ) -> None:
        self._wiretap = wiretap
        self._ends = {True: Address(*local[:2]), False: Address(*remote[:2])}
        ours, theirs = first or (secrets.randbelow(_MODULUS), secrets.randbelow(_MODULUS))
        self._next = {True: ours, False: theirs}
        self._closed: set[bool] = set()
        self._ended = False
        self._server = self._ends[not opened_by_us]
        self._opened_by_us = opened_by_us

    def open(self) -> None:
        """The three packets by which a connection begins."""
        client = self._opened_by_us
        self._send(client, SYN)
        self._send(not client, SYN | ACK)
        self._send(client, ACK)

    def refuse(self) -> None:
        """A connection that nobody accepts."""
        client = self._opened_by_us
        self._send(client, SYN)
        self._next[not client] = 0
        self._send(not client, RST | ACK)
        self._ended = True

    def sent(self, data: bytes) -> None:
        """The node sent these bytes."""
        self._data(True, data)

    def received(self, data: bytes) -> None:
        """The node received these bytes."""
        self._data(False, data)

    def closed(self, by_us: bool) -> None:
        """One side closed; the connection ends when the other one has closed as well."""
        if self._ended or by_us in self._closed:
            return
        self._send(by_us, FIN | ACK)
        self._closed.add(by_us)
        self._send(not by_us, ACK)
        self._ended = len(self._closed) == len(self._ends)

    def reset(self, by_us: bool) -> None:
        """One side broke the connection off."""
        if not self._ended:
            self._send(by_us, RST | ACK)
            self._ended = True

    def _data(self, by_us: bool, data: bytes) -> None:
        if self._ended or by_us in self._closed or not data:
            return
        size = segment_size(self._ends[by_us])
        segments = [data[at : at + size] for at in range(0, len(data), size)]
        for number, segment in enumerate(segments, start=1):
            last = number == len(segments)
            self._send(by_us, ACK | PSH if last else ACK, segment)
            if last or number % _SEGMENTS_AN_ACK == 0:
                self._send(not by_us, ACK)

    def _send(self, by_us: bool, flags: int, payload: bytes = b"") -> None:
        acknowledged = self._next[not by_us] if flags & ACK else 0
        ends = (self._ends[by_us], self._ends[not by_us])
        packet = Packet(*ends, self._next[by_us], acknowledged, flags, payload, outgoing=by_us)
        used = len(payload) + (1 if flags & (SYN | FIN) else 0)
        self._next[by_us] = (self._next[by_us] + used) % _MODULUS
        self._wiretap.pass_on(packet, self._server)


class Wiretap:
    """All recordings of a node, and the files that they have left."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._running: list[Recording] = []
        self._files: dict[str, NodeFile] = {}

    def connection(self, local: tuple[str, int], remote: tuple[str, int], opened_by_us: bool) -> Tap:
        """A TCP connection has come about."""
        tap = Tap(self, local, remote, opened_by_us=opened_by_us)
        tap.open()
        return tap

    def refused(self, local: tuple[str, int], remote: tuple[str, int]) -> None:
        """The remote side refused the node's connection."""
        Tap(self, local, remote, opened_by_us=True).refuse()

    def record(
        self,
        name: str,
        *,
        port: int | None = None,
        host: str | None = None,
        size: int = DEFAULT_SIZE,
        count: int = DEFAULT_COUNT,
        source: str | None = None,
        destination: str | None = None,
    ) -> Recording:
        """Begin a capture; `name` is that of its file without .cap, empty for the screen.

        5061 as the port stands for the real SIP port of every node. A file of that name is replaced
        when the capture ends.
        """
        recording = Recording(
            self,
            name,
            port=port,
            host=host,
            size=size,
            count=count,
            source=source,
            destination=destination,
        )
        self._running.append(recording)
        return recording

    @property
    def recording(self) -> bool:
        """Whether any capture runs."""
        return bool(self._running)

    def files(self) -> list[NodeFile]:
        """What captures have left. A capture that still runs has no file yet."""
        return list(self._files.values())

    def delete(self, path: str) -> bool:
        """Remove a file."""
        return self._files.pop(path, None) is not None

    def stands_for(self, address: Address) -> int:
        """The port, or 5061 for the real SIP port of a node."""
        nodes = self._node.cluster.world.nodes()
        sip = any((node.topology.address, node.sip.port) == address for node in nodes)
        return WELL_KNOWN_PORT if sip else address.port

    def pass_on(self, packet: Packet, server: Address) -> None:
        """Give a packet to the recordings."""
        if self._running:
            ports = frozenset((packet.source.port, packet.destination.port, self.stands_for(server)))
            now = self._node.clock.now()
            for recording in list(self._running):
                recording.offer(now, packet, ports)

    def end(self, recording: Recording) -> None:
        """End a capture and keep its file; a second time it does nothing."""
        if recording in self._running:
            self._running.remove(recording)
            if recording.name:
                path = f"{CAPTURE_DIRECTORY}{recording.name}.cap"
                self._files[path] = NodeFile(
                    f"{recording.name}.cap", path, recording.pcap(), self._node.clock.now()
                )
        recording.ended.set()
        recording.more.set()
