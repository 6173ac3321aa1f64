# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Large traces and captures, made in seconds: pieces that are written again with other numbers."""

from __future__ import annotations

import random
import struct
from pathlib import Path

from ansible_collections.ucops.cucm.tests.support import handshakes as made
from ansible_collections.ucops.cucm.tests.support.traces import Lines

#: Bytes of a trace in which there is one call of eleven lines that matter, and one OPTIONS.
PER_CALL = 256 * 1024
#: Bytes of application data in one connection of a capture.
PER_CONNECTION = 120_000
#: Client ports of the connections.
FIRST_PORT, LAST_PORT = 20_000, 60_000

#: What most lines of a trace are about; shapes of SdlSig and AppInfo lines, with a number in each.
_SIGNAL = "|1,100,14,{0}.81^192.0.2.{1}^SEP0011223344{1:02d} |[R:N-H:0,N:1,L:0,V:0,Z:0,D:0]"
_OTHER = (
    "SdlSig |DeviceOffHook |call_initiated |LineControl(1,100,174,{0}) |StationD(1,100,63,{0}) "
    + _SIGNAL
    + " CI={0} ssType=0",
    "SdlSig |SIPTimer |wait |SIPHandler(1,100,72,1) |SdlTimerService(1,100,3,1) " + _SIGNAL + " value={0}",
    "AppInfo |StationD: ({0:07d}) DisplayPromptStatus timeOutValue=0 promptStatus='...' content='Enter Number' CI={0}",
    "AppInfo |RegionsServer: matchCapabilities(handle=2) -- savedOption=3, PREF_LIST, latentCaps(A=0, B=0) kbps={0}",
    "AppInfo |//SIP/Stack/Info/0x0/ccsip_spi_get_msg_qos: no stream is there for 192.0.2.{1}, ccb {0}, state 7",
    "AppInfo |DbMobility: getMatchedRemDest starts: cnumber = {0} of the line of SEP0011223344{1:02d}",
)
_SEED = 1018


def _others(size: int) -> str:
    chance = random.Random(_SEED)
    lines, written = [], 0
    while written < size:
        text = chance.choice(_OTHER).format(chance.randrange(10**7), chance.randrange(100))
        lines.append(f"{chance.randrange(10**8):08d}.000 |10:00:00.000 |{text}\n")
        written += len(lines[-1])
    return "".join(lines)


def _call(number: int) -> str:
    lines = Lines(None).dialled("9898").routed("9898").wanted().created(number).certificate(connid=number)
    call_id = f"{number}-cb5f6a0a@{made.V4[0][0]}"
    lines.request("INVITE", call_id=call_id, connid=number)
    for status in ("100 Trying", "180 Ringing", "200 OK"):
        lines.answer(status, call_id=call_id, connid=number)
    lines.request("OPTIONS", call_id="o" + call_id, connid=number)
    return lines.answer("200 OK", "OPTIONS", call_id="o" + call_id, connid=number).text


def make_trace(path: Path, size: int) -> int:
    """Write a trace of about so many bytes; return the number of its calls."""
    others, calls = _others(PER_CALL).encode(), 0
    with path.open("wb", buffering=8 * 1024 * 1024) as stream:
        stream.write(Lines().text.encode())
        while stream.tell() < size:
            calls += 1
            stream.write(others)
            stream.write(_call(calls).encode())
    return calls


def _exchange() -> list[tuple[int, bytes]]:
    chance = random.Random(_SEED)
    exchange = list(made.mutual("TLSv1.2"))
    head = b"\x17\x03\x03" + struct.pack(">H", 1400)
    exchange += [(number % 2, head + chance.randbytes(1400)) for number in range(PER_CONNECTION // 1400)]
    return exchange


def _port_offsets(data: bytes, port: int) -> list[int]:
    """Where the client's port stands in a classic capture of Ethernet and IPv4."""
    at, found = 24, []
    while at < len(data):
        captured = struct.unpack_from("<I", data, at + 8)[0]
        ports = (at + 16 + 34, at + 16 + 36)
        found += [offset for offset in ports if struct.unpack_from(">H", data, offset)[0] == port]
        at += 16 + captured
    return found


def make_capture(path: Path, size: int) -> int:
    """Write a capture of about so many bytes; return the number of its connections."""
    ends = ((made.V4[0][0], FIRST_PORT), made.V4[1])
    whole = made.written(made.segments(_exchange()), ends)
    connection, offsets = bytearray(whole), _port_offsets(whole, FIRST_PORT)
    connections = 0
    with path.open("wb", buffering=8 * 1024 * 1024) as stream:
        stream.write(whole[:24])
        while stream.tell() < size and FIRST_PORT + connections < LAST_PORT:
            for offset in offsets:
                struct.pack_into(">H", connection, offset, FIRST_PORT + connections)
            stream.write(memoryview(connection)[24:])
            connections += 1
    return connections
