# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SDL traces of Unified CM, from files to plain data: connections, calls, failures.

Files are read one after the other, node by node and oldest first, whatever their order. Memory does
not grow with them: a block of a file at a time, and of what is found the latest so many.
Times are the node's local time without a zone, since a trace does not tell it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._trace import sdl_failures, sdl_records
from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl_join import (
    Attempt,
    Call,
    Connection,
    Failed,
    Joiner,
    Node,
)
from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl_stream import (
    TraceText,
    Unpacked,
)

#: How much of each list is kept unless the caller says otherwise.
MOST_RECORDS = 10_000
#: Bytes of a file that are looked at to put the files in order.
_LOOK = 64 * 1024
_WORDS = (*sdl_records.WORDS, *sdl_failures.WORDS)
#: Times without a day are on this one.
_NO_DAY = 1000
_NAME = re.compile(r"^SDL(\d{1,6})_(\d{1,6})_(\d{1,12})", re.IGNORECASE)


class TraceUnreadable(CucmError):
    """A file cannot be read, or none of the files is a trace."""

    reason = "trace_unreadable"


@dataclass(slots=True)
class _File:
    path: str
    host: str | None = None
    day: str | None = None
    first: datetime | None = None
    last: datetime | None = None
    size: int = 0
    lines: int = 0
    reasons: list[str] = field(default_factory=list)
    start: bytes = b""  # the digest of its first bytes
    copy_of: str = ""

    @property
    def name(self) -> str:
        return os.path.basename(self.path)

    @property
    def group(self) -> str:
        """Files of one group are one stream: those of a host, or of a node's number in a directory."""
        if self.host:
            return self.host
        named = _NAME.match(self.name)
        prefix = f"{named[1]}_{named[2]}" if named else self.name
        return f"{os.path.dirname(self.path)}/{prefix}"

    def order(self) -> tuple[str, str, int, str]:
        named = _NAME.match(self.name)
        number = int(named[3]) if named else 0
        return self.group, _time(self.first) or "", number, self.path

    def as_dict(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "name": self.name,
            "bytes": self.size,
            "lines": self.lines,
            "host": self.host,
            "date": self.day,
            "first_time": _time(self.first),
            "last_time": _time(self.last),
            "complete": not self.reasons,
            "reason": "; ".join(self.reasons) or (f"a copy of {self.copy_of}" if self.copy_of else ""),
        }


@dataclass(frozen=True)
class Window:
    """Only what happened between two local times of the nodes; None is open."""

    since: datetime | None = None
    until: datetime | None = None

    def has(self, time: datetime | None) -> bool:
        """Whether a time is in it. A time without a day cannot be told and is."""
        if time is None or time.year < _NO_DAY:
            return True
        return (self.since is None or time >= self.since) and (self.until is None or time <= self.until)


def read_traces(
    paths: Sequence[str | Path],
    *,
    addresses: Collection[str] = (),
    most: int = MOST_RECORDS,
    window: Callable[[datetime | None], Window | None] = lambda _last: None,
    host: str | None = None,
) -> dict[str, Any]:
    """Read files of SDL traces; the result's keys are those of the module cucm_trace_info.

    `addresses` are the peers that count, all without them. `host` is the node of files whose head does
    not tell it. `window` gets the latest time of all files. Raises TraceUnreadable.
    """
    files = sorted((_looked_at(str(path), host) for path in dict.fromkeys(paths)), key=_File.order)
    joiner = Joiner(addresses=[sdl_records.address_of(address) for address in addresses], most=most)
    nodes: dict[str, Node] = {}
    _find_copies(files)
    for file in files:
        if file.copy_of:
            continue
        node = nodes.setdefault(file.group, Node(file.group, file.host))
        _read(file, node, joiner)
    if files and not any(file.first for file in files):
        raise TraceUnreadable(
            f"{_listed([file.path for file in files])}: no line begins as those of an SDL trace do",
            remedy="Give files SDL*.txt, .txt.gz or .txt.gzo, as RTMT, 'file get activelog cm/trace/ccm/sdl' or this"
            " module collects them",
        )
    last = max((file.last for file in files if file.last), default=None)
    return _result(files, joiner, window(last) or Window())


def _find_copies(files: Sequence[_File]) -> None:
    """Mark the files that hold what another one holds, such as SDL001.txt beside SDL001.txt.gz.

    Read twice, each of its connections and failures would be told twice.
    """
    alike: dict[tuple[str, bytes], list[_File]] = {}
    for file in files:
        if file.first is not None:
            alike.setdefault((file.host or "", file.start), []).append(file)
    for same in alike.values():
        if len(same) < 2:
            continue
        for file in same:
            with _open(file.path) as stream:
                unpacked = Unpacked(stream, os.fstat(stream.fileno()).st_size)
                with contextlib.suppress(OSError):
                    while data := unpacked.read(_LOOK):
                        file.size += len(data)
        longest = max(same, key=lambda file: file.size)
        for file in same:
            if file is not longest:
                file.copy_of, file.last = longest.path, file.first


def _open(path: str) -> BinaryIO:
    try:
        # Without blocking: a named pipe is refused below, not waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        stream = open(descriptor, "rb", buffering=0)  # noqa: SIM115
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            stream.close()
            raise TraceUnreadable(
                f"{path} is not a regular file", option="paths", remedy="Give the files, not their directory"
            )
    except OSError as error:
        raise _unreadable(path, error) from None
    return stream


def _unreadable(path: str, error: OSError) -> TraceUnreadable:
    return TraceUnreadable(
        f"{path} cannot be read: {error.strerror}",
        option="paths",
        remedy="Check the path, and on which host the task runs (delegate_to)",
    )


def _looked_at(path: str, host: str | None) -> _File:
    """A file with what its beginning tells."""
    file = _File(path, host=host)
    with _open(path) as stream:
        try:
            start = Unpacked(stream, os.fstat(stream.fileno()).st_size).read(_LOOK)
        except OSError as error:
            raise _unreadable(path, error) from None
    trace = TraceText(_Once(start), ())
    for _record in trace:
        pass
    file.start = hashlib.sha256(start).digest()
    file.host = sdl_records.address_of(trace.host) if trace.host else host
    file.day = trace.day.isoformat() if trace.day else None
    file.first = trace.first
    return file


class _Once:
    """A source of bytes that are already there."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read(self, size: int, /) -> bytes:
        data, self._data = self._data[:size], self._data[size:]
        return data


def _read(file: _File, node: Node, joiner: Joiner) -> None:
    with _open(file.path) as stream:
        unpacked = Unpacked(stream, os.fstat(stream.fileno()).st_size)
        trace = TraceText(unpacked, _WORDS, sdl_records.FOLLOWING)
        try:
            for record in trace:
                joiner.take(node, record)
        except OSError as error:
            file.reasons.append(f"reading stopped: {error.strerror}")
    file.size, file.lines = trace.size, trace.lines
    file.first, file.last = trace.first or file.first, trace.last
    if unpacked.damage:
        file.reasons.append(unpacked.damage)
    if trace.cut_off:
        file.reasons.append(f"{trace.cut_off} lines are longer than is read")
    if trace.other_hosts:
        others = ", ".join(sorted(trace.other_hosts))
        file.reasons.append(
            f"files of other nodes follow in it ({others}), and were taken for those of the first"
        )
    if not trace.size:
        file.reasons.append("it is empty")
    elif not trace.is_trace:
        file.reasons.append("it is no SDL trace: no line begins as its lines do")


# From what was found to plain data


def _result(files: Sequence[_File], joiner: Joiner, window: Window) -> dict[str, Any]:
    failures = _in_order(failed for failed in joiner.failures if window.has(failed.time))
    calls = _in_order(call for call in joiner.calls if window.has(call.time))
    dialled = _in_order(attempt for attempt in _without_call(joiner.attempts) if window.has(attempt.time))
    told = [*map(_call, calls), *map(_attempt, dialled)]
    told.sort(key=lambda call: call["time"])
    indices: dict[int, list[int]] = {}
    for index, failed in enumerate(failures):
        if failed.connection is not None:
            indices.setdefault(id(failed.connection), []).append(index)
    connections = sorted(
        (found for found in joiner.connections if window.has(found.last)), key=lambda found: found.first
    )
    because = [f"{file.name}: {reason}" for file in files for reason in file.reasons]
    because += [
        f"of {what} only the latest {len(kept)} were kept, and {kept.lost} earlier ones left out"
        for what, kept in (
            ("connections", joiner.connections),
            ("calls", joiner.calls),
            ("dialled numbers", joiner.attempts),
            ("failures", joiner.failures),
            ("recoveries", joiner.recoveries),
            ("OPTIONS", joiner.pings),
        )
        if kept.lost
    ]
    return {
        "files": [file.as_dict() for file in files],
        "connections": [_connection(found, indices.get(id(found), [])) for found in connections],
        "calls": told,
        "failures": [_failure(failed) for failed in failures],
        "recoveries": [
            {
                "time": _time(found.time),
                "host": found.node.host,
                "kind": found.recovery.kind,
                "trunk": found.recovery.trunk,
            }
            for found in _in_order(found for found in joiner.recoveries if window.has(found.time))
        ],
        "options": [
            {
                "time": _time(ping.time),
                "host": ping.node.host,
                "connid": ping.request.connid,
                "address": ping.request.address,
                "port": ping.request.port,
                "direction": _direction(ping.request.outgoing),
                "status": ping.status,
            }
            for ping in _in_order(ping for ping in joiner.pings if window.has(ping.time))
        ],
        "truncated": bool(because),
        "truncated_because": because,
        "summary": {
            "files": len(files),
            "bytes": sum(file.size for file in files),
            "connections": len(connections),
            "calls": len(told),
            "answered": sum(call["answered"] for call in told),
            "failures": len(failures),
        },
    }


def _in_order(found: Iterable[Any]) -> list[Any]:
    return sorted(found, key=lambda item: item.time)


def _without_call(attempts: Iterable[Attempt]) -> list[Attempt]:
    """Dialled numbers that did not become an INVITE; not the first digits of a longer number."""
    left: list[Attempt] = []
    later: dict[tuple[str, str], Attempt] = {}
    for attempt in reversed(list(attempts)):
        following = later.get((attempt.node.key, attempt.calling))
        later[attempt.node.key, attempt.calling] = attempt
        is_beginning = (
            attempt.pattern is None
            and following is not None
            and len(following.called) > len(attempt.called)
            and following.called.startswith(attempt.called)
        )
        if attempt.call is None and attempt.sent is None and not is_beginning:
            left.append(attempt)
    return left


def _time(time: datetime | None) -> str | None:
    """ISO 8601 with milliseconds; the time of day alone when no head told the day."""
    if time is None:
        return None
    text = time.isoformat(timespec="milliseconds")
    return text if time.year >= _NO_DAY else text.partition("T")[2]


def _direction(outgoing: bool) -> str:
    return "outgoing" if outgoing else "incoming"


def _certificate(connection: Connection) -> dict[str, Any] | None:
    found = connection.certificate
    if found is None:
        return None
    return {
        "subject": found.subject,
        "common_name": found.common_name,
        "subject_alt_names": found.subject_alt_names,
        "cipher": found.cipher,
    }


def _connection(connection: Connection, failures: list[int]) -> dict[str, Any]:
    return {
        "host": connection.node.host,
        "connid": connection.connid,
        "address": connection.address,
        "port": connection.port,
        "transport": connection.transport,
        "time": _time(connection.first),
        "opened": connection.opened,
        "tls_security": connection.tls_security,
        "certificate": _certificate(connection),
        "calls": list(connection.calls),
        "failures": failures,
    }


def _analysis(attempt: Attempt | None) -> dict[str, Any] | None:
    if attempt is None:
        return None
    return {
        "matched": True if attempt.pattern is not None else False if attempt.unmatched else None,
        "pattern": attempt.pattern or "",
        "partition": attempt.partition,
    }


def _call(call: Call) -> dict[str, Any]:
    connection, invite = call.connection, call.invite
    return {
        "time": _time(call.time),
        "host": call.node.host,
        "direction": _direction(invite.outgoing),
        "calling": invite.calling,
        "called": invite.called,
        "digit_analysis": _analysis(call.attempt),
        "call_id": invite.call_id,
        "connid": connection.connid,
        "address": connection.address,
        "port": connection.port,
        "transport": connection.transport,
        "tls_security": connection.tls_security,
        "via_transport": invite.via_transport,
        "certificate": _certificate(connection),
        "responses": [
            {"time": _time(time), "status": status, "reason": reason}
            for time, status, reason in call.responses
        ],
        "final": call.final,
        "answered": call.answered,
    }


def _attempt(attempt: Attempt) -> dict[str, Any]:
    """A number that was dialled without an INVITE: no pattern, no connection, or a phone of the cluster."""
    return {
        "time": _time(attempt.time),
        "host": attempt.node.host,
        "direction": "outgoing",
        "calling": attempt.calling,
        "called": attempt.called,
        "digit_analysis": _analysis(attempt),
        **dict.fromkeys(
            (
                "call_id",
                "connid",
                "address",
                "port",
                "transport",
                "tls_security",
                "via_transport",
                "certificate",
            )
        ),
        "responses": [],
        "final": None,
        "answered": False,
    }


def _failure(failed: Failed) -> dict[str, Any]:
    failure, connection = failed.failure, failed.connection
    return {
        "time": _time(failed.time),
        "host": failed.node.host,
        "kind": failure.kind,
        "connid": failure.connid if failure.connid is not None or connection is None else connection.connid,
        "address": failure.address or (connection.address if connection else None),
        "port": failure.port if failure.address or connection is None else connection.port,
        "trunk": failure.trunk,
        "text": failure.text,
        "received": failure.received,
        "expected": failure.expected,
        "number": failure.number,
        "remedy": failure.remedy,
        "raw": failure.raw,
    }


def _listed(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ", ".join(paths[:3]) + more
