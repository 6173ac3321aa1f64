# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`utils network capture`: packets of the node's SIP connections, to the screen or to a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.tests.simulator.packets import Address, Screen
from ansible_collections.ucops.cucm.tests.simulator.running import WELL_KNOWN_PORT
from ansible_collections.ucops.cucm.tests.simulator.shell.refusal import Refused
from ansible_collections.ucops.cucm.tests.simulator.shell.terminal import Interrupted
from ansible_collections.ucops.cucm.tests.simulator.wiretap import (
    DEFAULT_COUNT,
    DEFAULT_SIZE,
    WHOLE,
    Recording,
)

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.shell.session import Run

REFUSED = "Executed command unsuccessfully\nNo valid command entered"
INTERRUPTED = "^C"
_INTERFACE = "eth0"
_LARGEST_COUNT = 100_000
_PROTOCOLS = ("ip", "arp", "rarp", "all")
_SERVICE = "sip-tls"


@dataclass
class Options:
    """What stands behind the command's name."""

    file: str = ""
    count: int = DEFAULT_COUNT
    size: int = DEFAULT_SIZE
    source: str | None = None
    destination: str | None = None
    port: int | None = None
    protocol: str = ""
    host: str | None = None

    def head(self, given: set[str]) -> str:
        """The lines about the options: of a capture of one host on the screen, and of every other one."""
        if given <= {"host"}:
            return f"interface={_INTERFACE}\n" + (f"ip={self.host}\n" if self.host else "")
        size = "ALL" if self.size == WHOLE else self.size
        return (
            f"size={size} count={self.count} interface={_INTERFACE}\n"
            f"src={self.source or ''}dest={self.destination or ''} port={self.port or ''}\n"
            f"ip={self.host or ''}\n"
        )


def parse(words: list[str]) -> tuple[Options, set[str]]:
    """The options, and which of them were given; raises Refused."""
    rest = words[1:] if words[:1] == [_INTERFACE] else list(words)
    options, given = Options(), set()
    while rest:
        name, *rest = rest
        needed = 2 if name == "host" else 1
        if name in given or len(rest) < needed:
            raise Refused(REFUSED)
        given.add(name)
        values, rest = rest[:needed], rest[needed:]
        _set(options, name, values)
    if "host" in given and given & {"src", "dest"}:
        raise Refused(REFUSED)
    if options.file and options.count > _LARGEST_COUNT:
        raise Refused(REFUSED)
    return options, given


def _set(options: Options, name: str, values: list[str]) -> None:
    value = values[-1]
    if name == "file" and "." not in value and "/" not in value:
        options.file = value
    elif name == "count":
        options.count = _number(value)
    elif name == "size":
        options.size = WHOLE if value.lower() == "all" else _number(value)
    elif name == "port":
        options.port = _number(value)
    elif name == "src":
        options.source = value
    elif name == "dest":
        options.destination = value
    elif name == "host" and values[0] in _PROTOCOLS:
        options.protocol, options.host = values[0], value
    else:
        raise Refused(REFUSED)


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise Refused(REFUSED)
    return int(text)


async def capture(run: Run) -> str:
    """Capture until the count is reached, until Ctrl-C, or until the session ends."""
    options, given = parse(run.arguments)
    recordings: list[Recording] = []

    def begin() -> Recording:
        recording = run.node.wiretap.record(
            options.file,
            port=options.port,
            # Nothing but IP is ever on this wire.
            host=options.host if options.protocol in ("", "ip", "all") else "nobody",
            size=options.size,
            count=options.count,
            source=options.source,
            destination=options.destination,
        )
        recordings.append(recording)
        return recording

    run.terminal.write(f"Executing command with options:\n{options.head(given)}")
    try:
        recording = run.carry_out(begin)
        if options.file:
            await run.perform(recording.ended.wait())
        else:
            await run.perform(_show(run, recording))
    except Interrupted:
        return INTERRUPTED
    finally:
        for recording in recordings:
            recording.stop()
    return ""


async def _show(run: Run, recording: Recording) -> None:
    """Print a line a packet as they come."""
    screen, shown = Screen(), 0
    while True:
        recording.more.clear()
        for moment, packet in recording.packets[shown:]:
            source = _called(run, packet.source, own=packet.outgoing)
            destination = _called(run, packet.destination, own=not packet.outgoing)
            line = screen.line(packet, source, destination)
            run.terminal.write(f"{moment:%H:%M:%S.%f} {line}\n")
        shown = len(recording.packets)
        if recording.ended.is_set():
            return
        await recording.more.wait()


def _called(run: Run, end: Address, *, own: bool) -> str:
    """An address and its port: the node by its name, another one by its address, 5061 by its service."""
    name = run.node.topology.hostname if own else end.host
    service = _SERVICE if run.node.wiretap.stands_for(end) == WELL_KNOWN_PORT else str(end.port)
    return f"{name}.{service}"
