# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happened: successful mutations (the journal), and every request (the request log).

The journal is the oracle for idempotence and check mode: a run that should change nothing leaves
no entry. The request log counts what a run cost.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

Door = Literal["axl", "certmgr", "control-center", "cli"]


@dataclass(frozen=True)
class Mutation:
    """One change that a cluster accepted.

    `operation` is the wire's own word (addSipTrunk, upload-trust, soapDoControlServices, set csr gen),
    `subject` the name of what was changed. The journal itself fills in sequence, time, cluster and node.
    """

    door: Door
    operation: str
    subject: str
    details: Mapping[str, Any] = field(default_factory=dict)
    sequence: int = 0
    time: str = ""
    cluster: str = ""
    node: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain data for the control API."""
        return asdict(self)


@dataclass(frozen=True)
class LoggedRequest:
    """One request at a node's HTTPS port, or one login or command at its command line.

    `status` 0 means that no answer was sent. At the command line, `method` is SSH and `path` is what
    was typed, or the name that somebody logged in with; 200 stands for a command that was carried
    out, 400 for one that was refused, 401 for a refused login, 403 for a command that the account
    may not use, 404 for one that does not exist.
    """

    cluster: str
    node: str
    door: str
    operation: str
    method: str
    path: str
    status: int
    time: str
    sequence: int = 0

    def as_json(self) -> dict[str, Any]:
        """Plain data for the control API."""
        return asdict(self)


class Journal:
    """The mutations of the whole simulated world, in order. Sequences start at 1."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._mutations: list[Mutation] = []

    def record(self, mutation: Mutation, *, time: str, cluster: str, node: str) -> Mutation:
        """Append a mutation and return it with its sequence, time and place."""
        with self._lock:
            placed = replace(
                mutation, sequence=len(self._mutations) + 1, time=time, cluster=cluster, node=node
            )
            self._mutations.append(placed)
            return placed

    def since(self, sequence: int = 0) -> list[Mutation]:
        """The mutations after the one of that sequence."""
        with self._lock:
            return self._mutations[max(sequence, 0) :]

    def clear(self) -> None:
        """Forget everything; sequences start again at 1."""
        with self._lock:
            self._mutations.clear()

    def __len__(self) -> int:
        return len(self._mutations)


class RequestLog:
    """Every request at every node."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[LoggedRequest] = []

    def add(self, entry: LoggedRequest) -> None:
        """Append an entry; the log numbers it."""
        with self._lock:
            self._entries.append(replace(entry, sequence=len(self._entries) + 1))

    def entries(self) -> list[LoggedRequest]:
        """All entries, oldest first."""
        with self._lock:
            return list(self._entries)

    def counts(self) -> Counter[tuple[str, str, str]]:
        """How many requests each (node, door, operation) got."""
        return Counter((entry.node, entry.door, entry.operation) for entry in self.entries())

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._entries.clear()
