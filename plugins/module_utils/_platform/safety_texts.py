# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node prints about its backups, replication, time servers and disks, read without a node.

Of each text only words and numbers are read that its commands have in every example that is known. What does not have
them is None, and is told as not measured; nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

#: `2025-12-12-13-44-12.tar   NETWORK   Fri Dec 12 13:45:19 PST 2025  SUCCESS  MANUAL  15.0.1.12900-234 UCM ---`
_BACKUP = re.compile(
    r"^\s*(?P<start>\d{4}-\d{2}-\d{2}-\d{2}-\d{2}-\d{2})\.tar\s+\S+\s+(?P<rest>\S.*)$", re.MULTILINE
)
#: `cucma-sub1  192.0.2.2  0.3  Y/Y/Y  0  (g_3)  (2) Setup Completed`
_REPLICATION = re.compile(
    r"^\s*(?P<server>\S+)\s+\S+\s.*?\(g?_?[\d-]*\)\s+\((?P<state>\d|-)\)\s*(?P<words>\S.*?)?\s*$",
    re.MULTILINE,
)
#: `Disk/active         14154228K        1154220K       12995808K (92%)`
_DISK = re.compile(r"^\s*Disk/(?P<name>\w+)\s.*\((?P<used>\d{1,3})%\)\s*$", re.MULTILINE)
#: `Date               : Mon Nov 30, 2026 17:00:00`
_DATE = re.compile(r"^\s*Date\s*:\s*\w{3} (?P<date>\w{3} \d{1,2}, \d{4} \d{2}:\d{2}:\d{2})", re.MULTILINE)
_UNSYNCHRONISED = re.compile(r"\bunsynchroni[sz]ed\b", re.IGNORECASE)
_SYNCHRONISED = re.compile(r"\bsynchroni[sz]ed to\b", re.IGNORECASE)


@dataclass(frozen=True)
class Backup:
    """One row of the history: when it began, by the node's own clock and time zone."""

    start: datetime
    good: bool


@dataclass(frozen=True)
class Replica:
    """The database of one server; state 2 is good."""

    server: str
    state: str
    words: str


def backups(text: str) -> list[Backup]:
    """The rows of `utils disaster_recovery history backup`, as they stand."""
    found = []
    for row in _BACKUP.finditer(text):
        try:
            start = datetime.strptime(row["start"], "%Y-%m-%d-%H-%M-%S")  # noqa: DTZ007 - the node's local time
        except ValueError:
            continue
        found.append(Backup(start, re.search(r"\bSUCCESS\b", row["rest"]) is not None))
    return found


def local_time(text: str) -> datetime | None:
    """The node's own time, as `show status` has it."""
    found = _DATE.search(text)
    try:
        return datetime.strptime(found["date"], "%b %d, %Y %H:%M:%S") if found else None  # noqa: DTZ007
    except ValueError:
        return None


def replicas(text: str) -> list[Replica]:
    """The rows of `utils dbreplication runtimestate`, one a server."""
    return [Replica(row["server"], row["state"], row["words"] or "") for row in _REPLICATION.finditer(text)]


def is_synchronised(text: str) -> bool | None:
    """Whether `utils ntp status` says that the clock follows a server."""
    if _UNSYNCHRONISED.search(text):
        return False
    return True if _SYNCHRONISED.search(text) else None


def disks(text: str) -> dict[str, int]:
    """How full the partitions are by `show status`, in percent."""
    return {row["name"]: int(row["used"]) for row in _DISK.finditer(text)}


def sql_value(text: str, words: tuple[str, ...]) -> str | None:
    """The value of the one parameter of `run sql select paramname,paramvalue …` whose name has all these words."""
    found = []
    for line in text.splitlines():
        cells = line.split(None, 1)
        name = re.sub(r"[^a-z0-9]", "", cells[0].lower()) if cells else ""
        if name != "paramname" and all(word in name for word in words):
            found.append(cells[1].strip() if len(cells) > 1 else "")
    return found[0] if len(found) == 1 else None
