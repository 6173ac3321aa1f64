# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures for the tests: real handshakes of OpenSSL, put into packets by hand.

The writers here know nothing of the reader under test.
"""

from __future__ import annotations

import io
import ssl
import struct
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._capture.handshake import read_capture
from ansible_collections.ucops.cucm.tests.support.builders import (
    BOTH,
    NOW,
    Ca,
    key,
    make_ca,
    make_csr,
    make_leaf,
    pem,
    write_key,
)

CLIENT, SERVER = 0, 1
#: 2026-11-24 18:46:11 UTC, as the guide's listing has the time of day.
START = 1795545971 * 10**9
#: From the client and the server, in turn.
Exchange = list[tuple[int, bytes]]

VERSIONS = {
    "TLSv1.0": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}


@cache
def authority(name: str = "Test Root") -> Ca:
    return make_ca(name, with_key=f"rsa2048-{name}")


@cache
def identity(
    name: str, *, ca: str = "Test Root", expired: bool = False, extended: Sequence[str] = BOTH
) -> Any:
    """Certificate of a node; its key is `key(f"rsa2048-{name}")`."""
    end = NOW - timedelta(days=1) if expired else NOW + timedelta(days=365)
    return make_leaf(
        make_csr(name, names=[f"DNS:{name}"], with_key=f"rsa2048-{name}"),
        authority(ca),
        extended=extended,
        start=NOW - timedelta(days=30),
        end=end,
    )


def context(
    side: int,
    *,
    versions: tuple[str, str] = ("TLSv1.2", "TLSv1.2"),
    certificate: Any = None,
    name: str = "",
    trusts: str = "Test Root",
    demands: bool = True,
    ciphers: str = "ALL:@SECLEVEL=0",
) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT if side == CLIENT else ssl.PROTOCOL_TLS_SERVER)
    made.check_hostname = False
    made.set_ciphers(ciphers)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TLS 1.0 is what release 9.1 speaks
        made.minimum_version, made.maximum_version = (VERSIONS[version] for version in versions)
    made.verify_mode = ssl.CERT_REQUIRED if side == CLIENT or demands else ssl.CERT_NONE
    made.load_verify_locations(cadata=pem(authority(trusts).certificate))
    if certificate is not None:
        with TemporaryDirectory() as directory:
            path = Path(directory) / "identity.pem"
            write_key(path, key(f"rsa2048-{name}"))
            with path.open("a") as stream:
                stream.write(pem(certificate) + pem(authority().certificate))
            made.load_cert_chain(path)
    return made


def handshake(
    client: ssl.SSLContext,
    server: ssl.SSLContext,
    *,
    requests: int = 1,
    session: ssl.SSLSession | None = None,
    size: int = 400,
) -> tuple[Exchange, ssl.SSLObject]:
    """A handshake in memory, then requests and answers, then a goodbye; ends early when a side refuses."""
    queues = (ssl.MemoryBIO(), ssl.MemoryBIO())  # what client and server have yet to read
    ends = (
        client.wrap_bio(queues[0], queues[1], server_hostname="cucm-b.example.com", session=session),
        server.wrap_bio(queues[1], queues[0], server_side=True),
    )
    exchange: Exchange = []
    sent = [0, 0]

    def moved(side: int) -> None:
        """Note what this side has just written for the other."""
        queue = queues[1 - side]
        data = queue.read()
        if data:
            exchange.append((side, data))
            queue.write(data)
            sent[side] += len(data)

    def step(side: int, action: Any) -> str:
        try:
            action()
        except ssl.SSLWantReadError:
            state = "waits"
        except (ssl.SSLError, ssl.SSLZeroReturnError):
            state = "failed"
        else:
            state = "done"
        moved(side)
        return state

    # What one side wrote must not be taken for the other's: each reads all of it before it writes.
    states = ["waits", "waits"]
    for _turn in range(10):
        for side in (CLIENT, SERVER):
            if states[side] == "waits":
                states[side] = step(side, ends[side].do_handshake)
        if "waits" not in states or states == ["failed", "failed"]:
            break
    if states == ["done", "done"]:
        # In TLS 1.3 the server refuses after the client believes in success; reading tells it.
        for _request in range(requests):
            step(CLIENT, lambda: ends[CLIENT].write(b"OPTIONS sip:b.example.com SIP/2.0\r\n".ljust(size)))
            step(SERVER, lambda: ends[SERVER].read(65536))
            step(SERVER, lambda: ends[SERVER].write(b"SIP/2.0 200 OK\r\n".ljust(size)))
            step(CLIENT, lambda: ends[CLIENT].read(65536))
        step(CLIENT, ends[CLIENT].unwrap)
        step(SERVER, ends[SERVER].unwrap)
    return exchange, ends[CLIENT]


@cache
def mutual(
    version: str, *, ciphers: str = "ALL:@SECLEVEL=0", requests: int = 1
) -> tuple[tuple[int, bytes], ...]:
    """A good handshake of cucm-a (client) with cucm-b."""
    sides = [
        context(
            side,
            versions=(version, version),
            certificate=identity(f"cucm-{letter}.example.com"),
            name=f"cucm-{letter}.example.com",
            ciphers=ciphers,
        )
        for side, letter in ((CLIENT, "a"), (SERVER, "b"))
    ]
    return tuple(handshake(*sides, requests=requests)[0])


@dataclass(frozen=True)
class Tcp:
    """A TCP segment to be written; `time` in nanoseconds."""

    side: int
    sequence: int
    acknowledged: int
    flags: int
    payload: bytes = b""
    time: int = START


FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def segments(
    exchange: Iterable[tuple[int, bytes]],
    *,
    size: int = 1448,
    starts: tuple[int, int] = (1000, 900_000),
    opening: bool = True,
    closing: str | None = "fin",
    start: int = START,
) -> list[Tcp]:
    """The TCP segments of a conversation, with the opening, acknowledgements and the end."""
    following = list(starts)
    made: list[Tcp] = []

    def send(side: int, flags: int, payload: bytes = b"") -> None:
        acknowledged = following[1 - side] if flags & ACK else 0
        time = start + len(made) * 1_000_000
        made.append(Tcp(side, following[side], acknowledged, flags, payload, time))
        following[side] = (following[side] + len(payload) + bool(flags & (SYN | FIN))) & 0xFFFFFFFF

    if opening:
        send(CLIENT, SYN)
        send(SERVER, SYN | ACK)
        send(CLIENT, ACK)
    else:
        following = [(number + 1) & 0xFFFFFFFF for number in following]
    for side, data in exchange:
        for at in range(0, len(data), size):
            send(side, PSH | ACK, data[at : at + size])
        send(1 - side, ACK)
    if closing == "fin":
        for side in (CLIENT, SERVER):
            send(side, FIN | ACK)
    elif closing == "reset":
        send(SERVER, RST | ACK)
    return made


V4 = (("192.0.2.203", 33135), ("192.0.2.200", 5061))
V6 = (("2001:db8::203", 33135), ("2001:db8::200", 5061))


def ip_packet(
    segment: Tcp, ends: Sequence[tuple[str, int]] = V4, *, extension: bytes = b"", fragment: int = 0
) -> bytes:
    """Without checksums, as a capture on the sending node with offloading has them."""
    (source, source_port), (destination, destination_port) = ends[segment.side], ends[1 - segment.side]
    head = struct.pack(
        ">HHIIBBHHH",
        source_port,
        destination_port,
        segment.sequence,
        segment.acknowledged,
        5 << 4,
        segment.flags,
        512,
        0,
        0,
    )
    content = head + segment.payload
    addresses = ip_address(source).packed + ip_address(destination).packed
    if len(addresses) == 8:
        return (
            struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(content), 7, fragment, 64, 6, 0) + addresses + content
        )
    following = 0 if extension else 6
    return (
        struct.pack(">IHBB", 6 << 28, len(extension + content), following, 64)
        + addresses
        + extension
        + content
    )


MACS = bytes.fromhex("020000000001020000000002")


def frame(packet: bytes, *, link: int = 1, vlans: Sequence[int] = ()) -> bytes:
    kind = struct.pack(">H", 0x86DD if packet[0] >> 4 == 6 else 0x0800)
    tags = b"".join(
        struct.pack(">HH", 0x88A8 if n == 0 and len(vlans) > 1 else 0x8100, v) for n, v in enumerate(vlans)
    )
    if link == 1:
        return (MACS + tags + kind + packet).ljust(60, b"\0")  # the shortest frame of Ethernet
    if link == 113:
        return struct.pack(">HHH8s", 0, 1, 6, MACS[:8]) + tags + kind + packet
    if link == 276:
        return kind + struct.pack(">HIHBB8s", 0, 1, 1, 0, 6, MACS[:8]) + packet
    if link == 0:
        return struct.pack("<I", 2 if packet[0] >> 4 == 4 else 30) + packet
    return packet


def pcap(
    frames: Iterable[tuple[int, bytes]],
    *,
    link: int = 1,
    order: str = "<",
    nanoseconds: bool = False,
    snap: int = 262144,
) -> bytes:
    """Frames with their times in nanoseconds, as a file."""
    magic, unit = (0xA1B23C4D, 1) if nanoseconds else (0xA1B2C3D4, 1000)
    parts = [struct.pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snap, link)]
    for time, data in frames:
        kept = data[:snap]
        seconds, rest = divmod(time, 10**9)
        parts.append(struct.pack(f"{order}IIII", seconds, rest // unit, len(kept), len(data)) + kept)
    return b"".join(parts)


def pcapng(
    frames: Iterable[tuple[int, bytes]], *, link: int = 1, order: str = "<", simple: bool = False
) -> bytes:
    """The same as pcapng with nanoseconds, with blocks between that a reader must pass over."""

    def block(kind: int, body: bytes) -> bytes:
        body += b"\0" * (-len(body) % 4)
        length = struct.pack(f"{order}I", len(body) + 12)
        return struct.pack(f"{order}I", kind) + length + body + length

    resolution = struct.pack(f"{order}HHB3xHH", 9, 1, 9, 0, 0)
    parts = [
        block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1)),
        block(1, struct.pack(f"{order}HHI", link, 0, 0) + resolution),
    ]
    for time, data in frames:
        if simple:
            parts.append(block(3, struct.pack(f"{order}I", len(data)) + data))
        else:
            fields = (0, time >> 32, time & 0xFFFFFFFF, len(data), len(data))
            parts += [block(6, struct.pack(f"{order}IIIII", *fields) + data), block(0xBAD, b"odd")]
    return b"".join(parts)


def written(made: Iterable[Tcp], ends: Sequence[tuple[str, int]] = V4, **options: Any) -> bytes:
    return pcap(((one.time, frame(ip_packet(one, ends))) for one in made), **options)


def read(data: bytes, **options: Any) -> Any:
    return read_capture(io.BytesIO(data), source="trial.cap", **options)


def only(data: bytes, **options: Any) -> dict[str, Any]:
    """The one connection of a capture."""
    (connection,) = read(data, **options).connections
    return connection


def retimed(made: Sequence[Tcp]) -> list[Tcp]:
    """As if the packets had come in this order."""
    return [replace(one, time=START + n * 1_000_000) for n, one in enumerate(made)]


def steps(connection: dict[str, Any]) -> list[str]:
    """As in a listing: `>` from the client, `<` from the server."""
    return [f"{'>' if step['from'] == 'client' else '<'} {step['message']}" for step in connection["steps"]]
