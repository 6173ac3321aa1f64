# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is typed for a packet capture, and what the node prints: names of files, packets, questions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import Answer

#: Where `utils network capture … file NAME` writes NAME.cap.
DIRECTORY = "/var/log/active/platform/cli"
#: What a node keeps of one capture in a file.
MOST_PACKETS = 100_000
#: Lines of a capture on the screen: some megabytes.
MOST_LINES = 10_000
#: How the answer to the command begins, on the screen and to a file.
STARTED = r"Executing command with options"
LIST_FILES = "file list activelog platform/cli/* detail"

#: `ucops`, the moment in UTC, and chance. Letters and digits only: which others a name may have besides
#: the dot, which it may not, is not documented.
_OURS = re.compile(r"\bucops(\d{14})[0-9a-f]{8}\.cap\b")
_MOMENT = "%Y%m%d%H%M%S"
_PACKET = re.compile(r"\d\d:\d\d:\d\d\.\d{6} ")


@dataclass(frozen=True)
class Order:
    """What to capture. Without a name it goes to the screen; a port of 0 stands for all."""

    interface: str
    port: int
    address: str | None
    count: int
    name: str | None = None

    @property
    def command(self) -> str:
        """The command, which ends by itself after `count` packets."""
        # The default size of 128 bytes a packet would cut certificates off.
        file = f"file {self.name} count {self.count} size all" if self.name else f"count {self.count}"
        port = f" port {self.port}" if self.port else ""
        # `ip` is tcpdump's word for IPv4 alone; that `all` takes an IPv6 address is assumed.
        protocol = "all" if ":" in (self.address or "") else "ip"
        host = f" host {protocol} {self.address}" if self.address else ""
        return f"utils network capture {self.interface} {file}{port}{host}"


@dataclass(frozen=True)
class SftpServer:
    """Where the node sends a file. `directory` is the server's name for the directory."""

    host: str
    port: int
    username: str
    password: str
    directory: str


def file_name(moment: datetime, chance: str) -> str:
    """The name of a capture, without .cap; `chance` is 8 hexadecimal digits."""
    return f"ucops{moment.astimezone(UTC).strftime(_MOMENT)}{chance}"


def our_files(listing: str) -> list[str]:
    """The names of captures of this collection in what `file list` prints, whatever stands around them."""
    return list(dict.fromkeys(found[0] for found in _OURS.finditer(listing)))


def left_over(names: Iterable[str], now: datetime, age: timedelta) -> list[str]:
    """Those names of captures that began longer ago than `age`, by the clock that named them."""
    return [name for name in names if (began := _began(name)) is not None and now - began > age]


def _began(name: str) -> datetime | None:
    found = _OURS.fullmatch(name)
    try:
        return datetime.strptime(found[1], _MOMENT).replace(tzinfo=UTC) if found else None
    except ValueError:
        return None  # digits that are no moment: not ours


def packet_lines(output: str) -> list[str]:
    """The lines of packets of a capture on the screen; what else a node prints around them is left out."""
    return [line.strip() for line in output.splitlines() if _PACKET.match(line.strip())]


def send_command(name: str) -> str:
    """The command that sends a file of the node to an SFTP server."""
    return f"file get activelog platform/cli/{name}"


def send_answers(server: SftpServer) -> list[Answer]:
    """What `file get` asks, in the words of 9.1 to 15."""
    return [
        Answer(r"Would you like to proceed \[y/n\]\s*\?", "y"),
        Answer(r"Please answer 'y' for <yes> or 'n' for <no>:", "y"),
        Answer(r"SFTP server IP:", server.host),
        Answer(r"SFTP server port \[\d+\]:", str(server.port)),
        Answer(r"User ID:", server.username),
        Answer(r"Password:", server.password, secret=True),
        Answer(r"Download directory:", server.directory),
        Answer(r"continue connecting \(yes/no[^)]*\)\s*\?", "yes"),
    ]


def was_sent(output: str) -> bool:
    """Whether `file get` says that the file has arrived."""
    return "transfer completed" in " ".join(output.split()).lower()


def delete_command(name: str) -> str:
    """The command that deletes a file of the node."""
    return f"file delete activelog platform/cli/{name}"


#: Whether and how `file delete` asks is not documented; it is told yes to one question about this file.
DELETE_ANSWERS = (
    Answer(r"(?i:\[\s*y\s*/\s*n\s*\]|\(\s*y\s*/\s*n\s*\))\s*[?:]?", "y"),
    Answer(r"(?i:\(\s*yes\s*[/|]\s*no\s*\)|\[\s*yes\s*[/|]\s*no\s*\])\s*[?:]?", "yes"),
    Answer(r"(?i:enter \"?y\"? followed by return to continue)\s*:?", "y"),
)
