# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults that a test orders: what goes wrong, where, and how often."""

from __future__ import annotations

from collections.abc import Collection, Mapping
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
    "unreachable",
    "refuse-login",
    "no-prompt",
    "pager",
    "half-printed",
    "drop-question",
    "drop-paste",
    "disk-full",
    "not-allowed",
]

#: What an HTTPS request, a login and a command of the command line can meet.
HTTP_KINDS: tuple[Kind, ...] = (
    "latency",
    "unavailable",
    "drop-before",
    "drop-after",
    "truncate",
    "html",
    "garbage",
    "rate-limit",
)
AUTHENTICATION_KINDS: tuple[Kind, ...] = ("refuse-login",)
GREETING_KINDS: tuple[Kind, ...] = ("latency", "drop-before", "drop-after", "no-prompt")
COMMAND_KINDS: tuple[Kind, ...] = (
    "latency",
    "drop-before",
    "drop-after",
    "drop-question",
    "drop-paste",
    "truncate",
    "half-printed",
    "no-prompt",
    "pager",
    "disk-full",
    "not-allowed",
)


@dataclass
class Fault:
    """One ordered fault; None matches everything.

    latency: `seconds` before the answer. unavailable: HTTP 503. drop-before and drop-after: the
    connection breaks before or after the request has been carried out. truncate: the answer breaks
    off in the middle. html, garbage: a body that the protocol does not foresee, with the request
    carried out. rate-limit: the Control Center's "Exceeded allowed rate" fault. restart-hang: the
    next restart never comes back. replication-lag: certificates uploaded elsewhere show up at the
    node only after `reads` reads of its trust stores. unreachable: the node's ports refuse
    connections, or its SSH port alone (door cli), until the faults are lifted.

    At the command line (door cli) `operation` is `login` or the beginning of a command, in whole
    words. drop-before: the connection breaks right before the command takes effect, when all its
    questions are answered. drop-question, drop-paste: it breaks at the command's first question, or
    in the middle of a paste. truncate: it breaks in the middle of the answer. half-printed: half of
    the answer comes, and the prompt. no-prompt: the answer comes, but no prompt. pager: a pager stops
    the answer in the middle, pagination or not. disk-full, not-allowed: nothing done, and the text
    says so. refuse-login: the right password is wrong.
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
        if self.kind == "unreachable" and self.door not in (None, "cli"):
            raise ValueError(f"unreachable is for the door cli or for all doors, not for {self.door!r}")

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
        wanted = (self.cluster, self.node, self.door)
        if any(
            want is not None and want != have
            for want, have in zip(wanted, (cluster, node, door), strict=True)
        ):
            return False
        if self.operation is None or self.operation == operation:
            return True
        return door == "cli" and operation.startswith(f"{self.operation} ")


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

    def take(
        self, cluster: str, node: str, door: str, operation: str, kinds: Collection[Kind]
    ) -> dict[Kind, Fault]:
        """The faults of these kinds for this request: the oldest of each. Counts go down by one."""
        taken: dict[Kind, Fault] = {}
        for fault in self.ordered:
            if fault.kind not in kinds or fault.kind in taken:
                continue
            if fault.matches(cluster, node, door, operation):
                taken[fault.kind] = fault
        for fault in taken.values():
            if fault.count is not None:
                fault.count -= 1
        self.ordered = [fault for fault in self.ordered if fault.count is None or fault.count > 0]
        return taken
