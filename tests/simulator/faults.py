# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that a test orders: what goes wrong, where, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

Kind = Literal[
    "latency",
    "unavailable",
    "drop-before",
    "drop-after",
    "truncate",
    "html",
    "garbage",
    "rate-limit",
    "restart-hang",
    "replication-lag",
]


@dataclass
class Fault:
    """One ordered fault; None matches everything.

    latency: `seconds` before the answer. unavailable: HTTP 503. drop-before and drop-after: the
    connection breaks before or after the request has been carried out. truncate: the answer breaks
    off in the middle. html, garbage: a body that the protocol does not foresee, with the request
    carried out. rate-limit: the Control Center's "Exceeded allowed rate" fault. restart-hang: the
    next restart never comes back. replication-lag: certificates uploaded elsewhere show up at the
    node only after `reads` reads of its trust stores.
    """

    kind: Kind
    cluster: str | None = None
    node: str | None = None
    door: str | None = None
    operation: str | None = None
    count: int | None = 1
    seconds: float = 0.0
    reads: int = 1

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"unknown kind of fault {self.kind!r}; known are {', '.join(get_args(Kind))}")

    @classmethod
    def from_json(cls, data: Any) -> Fault:
        """Build a fault from the control API's JSON; raises ValueError."""
        if not isinstance(data, Mapping) or "kind" not in data:
            raise ValueError("a fault is an object with a 'kind'")
        unknown = set(data) - {part.name for part in fields(cls)}
        if unknown:
            raise ValueError(f"unknown keys {sorted(unknown)}")
        return cls(**data)

    def as_json(self) -> dict[str, Any]:
        """Plain data for the control API."""
        return asdict(self)

    def matches(self, cluster: str, node: str, door: str, operation: str) -> bool:
        """Whether this fault is meant for such a request."""
        wanted = (self.cluster, self.node, self.door, self.operation)
        return all(
            want is None or want == have
            for want, have in zip(wanted, (cluster, node, door, operation), strict=True)
        )


class Faults:
    """The faults that are still to come."""

    def __init__(self) -> None:
        self.ordered: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Order a fault; the oldest matching one is taken first."""
        self.ordered.append(fault)

    def clear(self) -> None:
        """Order nothing any more."""
        self.ordered.clear()

    def take(self, cluster: str, node: str, door: str, operation: str) -> list[Fault]:
        """The faults for this request: the oldest of each kind. Counts go down by one."""
        taken: dict[str, Fault] = {}
        for fault in self.ordered:
            if fault.kind not in taken and fault.matches(cluster, node, door, operation):
                taken[fault.kind] = fault
        for fault in taken.values():
            if fault.count is not None:
                fault.count -= 1
        self.ordered = [fault for fault in self.ordered if fault.count is None or fault.count > 0]
        return list(taken.values())
