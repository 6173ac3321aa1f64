# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the SDL traces of one side tell of the other, as the checks look at it."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.ucops.cucm.plugins.module_utils._verdict.case import Direction, Member
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_trunk import Trunk
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.view import View

SOURCE = ("SDL trace",)
CALL_AGAIN = "Make a call over the trunk, and gather the traces after it (cucm_verify_traces: true)"


class Traces:
    """What the traces of this side tell of the other one."""

    def __init__(self, direction: Direction) -> None:
        self.direction = direction
        self.trunks = [Trunk(direction, peer) for peer in direction.peers]
        self.asked = direction.asked("traces") or direction.asked("call")
        self.patterns = {pattern for peer in direction.peers for pattern, _partition in peer.patterns}

    def concerns(self, record: View) -> bool:
        """Whether a record is about a node of the other side, or about the trunk to it."""
        trunk = record.get("trunk").text
        if trunk and any(trunk == peer.trunk for peer in self.direction.peers):
            return True
        address = record.get("address").text
        return self.direction.peer_at(address, record.get("port").port) is not None

    def records(self, kind: str) -> Iterator[tuple[View, Member]]:
        """The records of one kind about the other side, in order of time, with the node that wrote them."""
        found = [
            (record, member)
            for log, member in self.direction.logs
            for record in getattr(log, kind)
            if self.concerns(record)
        ]
        yield from sorted(found, key=lambda entry: entry[0].get("time").text)

    @property
    def why_none(self) -> str:
        """Why there are no traces; empty when there are some."""
        if self.direction.logs:
            return ""
        for node in self.direction.here.documents:
            if node.view.get("traces").value is not None and node.traces.missing:
                return f"the traces of {node.name}: {node.traces.missing}"
        return f"there are no traces of {self.direction.here.name}"


def time_of(record: View) -> str:
    return record.get("time").text


def is_outgoing(record: View) -> bool:
    """What came in is judged by the traces of the side that sent it."""
    return record.get("direction").text != "incoming"


def transport_of(record: View) -> str:
    """`TLS`, the other transport, or nothing; all that is told of it must be TLS."""
    told = [record.get(key).text.upper() for key in ("transport", "via_transport")]
    told = [text for text in told if text]
    for text in told:
        if "TLS" not in text:
            return text
    return "TLS" if told else ""
