# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How cucm_trace_info gets the SDL traces of a node, and which of their local times are in the window."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability import node_clock
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.log_collection import (
    CALL_MANAGER,
    FileAbsent,
    LogCollection,
    LogFile,
)
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.soap import ROLES

#: A file is listed by when it was last written, so one with the window in it may be written after it.
_WRITTEN_ON = timedelta(hours=1)
#: Time zones are this far apart, and none is further than this from UTC.
_ZONE_STEP = timedelta(minutes=15)
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)
#: By how much a trace may seem to be ahead of its node's HTTP server.
_AHEAD = timedelta(minutes=5)
_SDL = re.compile(r"^SDL(\d{1,6})_(\d{1,6})_(\d{1,12})\.txt", re.IGNORECASE)
_UNSAFE = re.compile(r"[^\w.-]|^\.+", re.ASCII)


@dataclass(frozen=True)
class Wanted:
    """A window of time in UTC, by this machine's clock. `offset` is the nodes' from UTC, None when not known."""

    since: datetime
    until: datetime | None = None
    offset: timedelta | None = None

    def local(
        self, last: datetime | None, node_now: datetime | None = None
    ) -> tuple[datetime, datetime | None] | None:
        """Both ends in the node's local time, by its own clock; None when its offset cannot be told.

        Without an offset, it is found from the last line: a node writes all the time, so that line is
        of about now. A node that was silent for long seems to be further west, and what is told then
        reaches further back; nothing of the window is lost.
        """
        ahead = node_now - datetime.now(UTC) if node_now else timedelta()
        since = self.since + ahead
        until = self.until + ahead if self.until else None
        offset, known = self.offset, self.offset is not None
        if offset is None and last is not None and node_now is not None:
            offset = _zone(last - _naive(node_now))
        if offset is None:
            return None
        return _naive(since + offset), _naive(until + offset) if until and known else None


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _zone(difference: timedelta) -> timedelta | None:
    """The nearest offset of a time zone that is not west of a difference."""
    offset = -((_AHEAD - difference) // _ZONE_STEP) * _ZONE_STEP
    return offset if _WEST <= offset <= _EAST else None


@dataclass
class Collected:
    """The files of a node, where they are now, and what was left out."""

    paths: list[Path] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    #: The node's time, by its HTTP server.
    node_now: datetime | None = None


def collect(options: ConnectionOptions, wanted: Wanted, place: Path, *, max_bytes: int) -> Collected:
    """Copy the traces of a window to a directory, the latest first, up to so many bytes together."""
    collected = Collected()
    with HttpSession(options, roles=ROLES) as session:
        log = LogCollection(session)
        # The first answer tells the node's clock, by which the files are to be listed.
        log.check_access()
        clock = node_clock.skew(session.answered)
        ahead = timedelta(seconds=clock.seconds) if clock else timedelta()
        now = datetime.now(UTC)
        collected.node_now = now + ahead if clock else None
        until = min(wanted.until + _WRITTEN_ON, now) if wanted.until else now
        since = min(wanted.since, until)
        listed = log.list_files([CALL_MANAGER], since + ahead, until + ahead)
        traces = [file for file in listed if _SDL.match(file.name)]
        if not traces:
            collected.left_out.append(
                f"the node has no SDL trace that was written from {in_utc(since)} to {in_utc(until)}"
            )
        left = max_bytes
        taken: set[str] = set()
        for number, file in enumerate(sorted(traces, key=_number, reverse=True)):
            if left <= 0 or (file.size or 0) > left:
                collected.left_out.append(
                    f"{len(traces) - number} earlier files were left out, since all together have more than"
                    f" {max_bytes} bytes (option max_bytes)"
                )
                break
            path = place / _safe(file.name, taken)
            try:
                left -= _download(log, file, path, left)
            except FileAbsent:
                collected.left_out.append(f"{path.name}: the node does not have it any more")
            else:
                collected.paths.append(path)
    return collected


def _download(log: LogCollection, file: LogFile, path: Path, left: int) -> int:
    try:
        return log.download(file.path, path, max_bytes=left, wait=0)
    except FileAbsent:
        if not file.path.endswith(".gzo"):
            raise
        # The node has closed it meanwhile: .gzo becomes .gz.
        return log.download(file.path[:-1], path, max_bytes=left)


def _number(file: LogFile) -> tuple[int, str]:
    named = _SDL.match(file.name)
    return int(named[3]) if named else 0, file.name


def _safe(name: str, taken: set[str]) -> str:
    """A name for a local file from one that the node gave, which is not taken yet; it is taken then."""
    safe = found = _UNSAFE.sub("_", name)[:100]
    number = 1
    while found in taken:
        number += 1
        found = f"{number}-{safe}"
    taken.add(found)
    return found


def in_utc(moment: datetime) -> str:
    """A moment as results have it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def make_directory(path: str) -> Path:
    """The directory for the files, made when it is not there; raises InvalidOption."""
    place = Path(path)
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidOption(
            f"{path} cannot be made: {error.strerror or os.strerror(error.errno or 0)}",
            option="dest",
            remedy="Give a directory in which this account may write",
        ) from None
    return place
