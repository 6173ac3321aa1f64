# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RisPort70: the state of SIP trunks, as each call processing node has it.

Only a trunk whose SIP profile has OPTIONS ping is watched by the nodes. Of any other they say
"Unknown", the very word that they have for a trunk that does not answer, so a word is judged together
with the profile. The meaning of the words is that of the published monitoring plugins: Registered is
Full Service, UnRegistered is Partial Service, Unknown is No Service.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.clock import Clock
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import HttpSession
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import UnexpectedAnswer
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability import soap

if TYPE_CHECKING:
    from requests import Response

PATH = "/realtimeservice2/services/RISService70"
ROLES = (
    "the role 'Standard RealtimeAndTraceCollection' (and 'Standard CCM Admin Users', which some releases want"
    " beside it)"
)
#: The most devices that one answer has.
LARGEST_ANSWER = 1000
#: How many nodes at most report one trunk: a cluster has no more nodes that process calls.
MOST_NODES = 20

#: Words of CmDevRegStat for a SIP trunk whose destinations are watched.
_STATES = {
    "Registered": "full_service",
    "UnRegistered": "partial_service",
    "PartiallyRegistered": "partial_service",
    "Rejected": "no_service",
    "Unknown": "no_service",
}
#: CcmDevFailCauseCode of CISCO-CCM-MIB, as far as it is known.
_REASONS = {
    0: "",
    1: "unknown",
    6: "connectivity error",
    7: "initialization error",
    10: "authentication error",
    11: "invalid X.509 name in the certificate",
    12: "invalid TLS cipher",
}
#: What a node says when it does not report the trunk.
_RETURN_CODES = {
    "NotFound": "the node does not run the trunk",
    "NodeNotResponding": "the node did not answer the one that was asked",
    "InternalError": "the node has an internal error",
    "InvalidRequest": "the node did not understand the request",
    "InvalidNodeName": "the node's name is not known to the one that was asked",
}
_IN_WORDS = {
    "full_service": "Full Service",
    "partial_service": "Partial Service",
    "no_service": "No Service",
    "not_found": "not reported",
}


@dataclass(frozen=True)
class TrunkOnNode:
    """A trunk as one node has it. `since` is when it came to be so, by the node's clock."""

    name: str
    node: str
    status: str
    status_reason: int | None
    addresses: tuple[str, ...]
    since: datetime | None


@dataclass
class Answer:
    """What the nodes said: a row for each trunk and node, and what each node said of itself."""

    rows: list[TrunkOnNode] = field(default_factory=list)
    nodes: dict[str, str] = field(default_factory=dict)
    found: int = 0

    def add(self, other: Answer) -> None:
        """Take in another answer; of a node the first word that is not NotFound stays."""
        self.rows += other.rows
        for node, code in other.nodes.items():
            if self.nodes.get(node, "NotFound") == "NotFound":
                self.nodes[node] = code
        self.found += other.found


class RisPort:
    """The status service of a cluster, asked on one node, which asks the others.

    The cluster answers some 15 requests a minute of all clients together. `timeout` bounds, in
    seconds, how long a request waits for its turn; then RateExceeded is raised.
    """

    def __init__(self, session: HttpSession, clock: Clock, timeout: float) -> None:
        self._session = session
        self._clock = clock
        self._deadline = clock.monotonic() + timeout

    def trunks(self, names: Sequence[str], nodes_each: int = MOST_NODES) -> Answer:
        """The named trunks on every node that runs them.

        `nodes_each` is how many nodes may report a trunk: as many trunks are asked for at once as
        fit into one answer.
        """
        at_once = max(1, LARGEST_ANSWER // max(1, nodes_each))
        answer = Answer()
        for start in range(0, len(names), at_once):
            answer.add(self._whole(names[start : start + at_once]))
        return answer

    def _whole(self, names: Sequence[str]) -> Answer:
        """One answer; where there was more than it has room for, the halves are asked for."""
        answer = self._ask(names)
        if answer.found > len(answer.rows) >= LARGEST_ANSWER and len(names) > 1:
            middle = len(names) // 2
            answer = self._whole(names[:middle])
            answer.add(self._whole(names[middle:]))
        return answer

    def _ask(self, names: Sequence[str]) -> Answer:
        # selectCmDevice and not selectCmDeviceExt, which has the latest report of one node only.
        operation = "selectCmDevice"
        content = self._in_turn(operation, _request(operation, names))
        result = soap.child(content, f"{operation}Return")
        found = soap.child(result, "SelectCmDeviceResult") if result is not None else None
        if found is None:
            raise UnexpectedAnswer(
                "the answer has no SelectCmDeviceResult",
                host=self._session.options.host,
                operation=operation,
                remedy="Check the node's release and that its SOAP services run",
            )
        answer = Answer(found=_integer(soap.child_text(found, "TotalDevicesFound")) or 0)
        for node in _items(found, "CmNodes"):
            name = soap.child_text(node, "Name") or ""
            answer.nodes[name] = soap.child_text(node, "ReturnCode") or ""
            answer.rows += [_row(device, name) for device in _items(node, "CmDevices")]
        return answer

    def _in_turn(self, operation: str, envelope: Any) -> Any:
        """Send; when the rate is used up, again after 5, 10 and 20 s, as long as there is time."""
        pauses = iter(soap.RATE_BACK_OFF)
        while True:
            try:
                return self._send(operation, envelope)
            except soap.RateExceeded:
                pause = next(pauses, None)
                if pause is None or self._clock.monotonic() + pause > self._deadline:
                    raise
            self._clock.sleep(pause)

    def _send(self, operation: str, envelope: Any) -> Any:
        try:
            return soap.call(
                self._session, PATH, operation, envelope, repeatable=True, refuse=_refuse_throttled
            )
        except _Throttled as error:
            raise soap.RateExceeded(
                f"the node takes no more requests for now ({error})",
                host=self._session.options.host,
                operation=operation,
                remedy="Run again in a minute, or let fewer tools ask this cluster for the state of devices",
            ) from None


class _Throttled(Exception):
    """The rate is used up; not repeated by the session, which would do it too soon."""


def _refuse_throttled(response: Response) -> None:
    """HTTP 503 comes for the rate too, and the session would ask three times more within ten seconds."""
    if response.status_code == 503:
        raise _Throttled("HTTP 503")


def _request(operation: str, names: Sequence[str]) -> Any:
    """The request in the order of the WSDL's elements."""
    envelope, body = soap.request_body(operation)
    soap.element(body, "StateInfo")
    criteria = soap.element(body, "CmSelectionCriteria")
    soap.element(criteria, "MaxReturnedDevices", str(LARGEST_ANSWER))
    soap.element(criteria, "DeviceClass", "SIPTrunk")
    # Any model.
    soap.element(criteria, "Model", "255")
    soap.element(criteria, "Status", "Any")
    soap.element(criteria, "NodeName")
    soap.element(criteria, "SelectBy", "Name")
    items = soap.element(criteria, "SelectItems")
    for name in names:
        soap.element(soap.element(items, "item"), "Item", name)
    soap.element(criteria, "Protocol", "Any")
    soap.element(criteria, "DownloadStatus", "Any")
    return envelope


def _items(parent: Any, name: str) -> Iterator[Any]:
    found = soap.child(parent, name)
    if found is not None:
        yield from found.iterchildren("{*}item")


def _row(device: Any, node: str) -> TrunkOnNode:
    stamp = _integer(soap.child_text(device, "TimeStamp"))
    return TrunkOnNode(
        name=soap.child_text(device, "Name") or "",
        node=node,
        status=soap.child_text(device, "Status") or "Unknown",
        status_reason=_integer(soap.child_text(device, "StatusReason")),
        addresses=tuple(
            address for item in _items(device, "IPAddress") if (address := soap.child_text(item, "IP"))
        ),
        since=datetime.fromtimestamp(stamp, UTC) if stamp else None,
    )


def _integer(text: str | None) -> int | None:
    """A number of the type unsignedInt; None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() and int(text) < 2**32 else None


# What an answer means


def status_of(
    name: str, answer: Answer, *, pings: bool | None, expected_nodes: Sequence[str]
) -> dict[str, Any]:
    """What the nodes say of one trunk, as plain data.

    `pings` is whether its SIP profile has OPTIONS ping, None when that is not known;
    `expected_nodes` are those of its Cisco Unified CM group.
    """
    rows = [row for row in answer.rows if row.name.casefold() == name.casefold()]
    nodes = [_on_node(row, pings) for row in rows]
    reported = {row.node.casefold() for row in rows}
    nodes += [
        _silent_node(node, code)
        for node, code in answer.nodes.items()
        if node.casefold() not in reported
        and (code != "NotFound" or node.casefold() in {each.casefold() for each in expected_nodes})
    ]
    state = _overall([node["state"] for node in nodes])
    return {
        "measured": state in ("full_service", "partial_service", "no_service"),
        "state": state,
        "text": _text(state, nodes, pings),
        "nodes": nodes,
    }


def not_asked(text: str) -> dict[str, Any]:
    """The status of a trunk of which nobody was asked, or nobody could answer."""
    return {"measured": False, "state": "not_asked", "text": text, "nodes": []}


def _on_node(row: TrunkOnNode, pings: bool | None) -> dict[str, Any]:
    state = _STATES.get(row.status, "no_service")
    if row.status == "Unknown" and not pings:
        state = "not_pinged"
    return {
        "node": row.node,
        "status": row.status,
        "state": state,
        "status_reason": row.status_reason,
        "reason_text": ""
        if row.status_reason is None
        else _REASONS.get(row.status_reason, f"code {row.status_reason}"),
        "addresses": list(row.addresses),
        "since": row.since.strftime("%Y-%m-%dT%H:%M:%SZ") if row.since else None,
    }


def _silent_node(node: str, code: str) -> dict[str, Any]:
    return {
        "node": node,
        "status": code,
        "state": "not_found",
        "status_reason": None,
        "reason_text": _RETURN_CODES.get(code, "the node does not report the trunk"),
        "addresses": [],
        "since": None,
    }


def _overall(states: Sequence[str]) -> str:
    """The state of the trunk out of those on its nodes.

    A node that reports nothing takes nothing from what the others say; it stands in the list. One
    that does not watch the destinations leaves the whole unknown.
    """
    heard = {state for state in states if state != "not_found"}
    if not heard:
        return "not_found"
    if "not_pinged" in heard:
        return "not_pinged"
    return heard.pop() if len(heard) == 1 else "partial_service"


def _text(state: str, nodes: Sequence[Mapping[str, Any]], pings: bool | None) -> str:
    """One sentence; where nodes differ, each is named."""
    if state == "not_found":
        why = "; ".join(f"{node['node']}: {node['reason_text']}" for node in nodes)
        return (
            "No node reports the trunk"
            + (f" ({why})" if why else "")
            + ". Check that Cisco CallManager runs on the nodes of its group, and that the trunk was reset"
            " after it was made."
        )
    if state == "not_pinged":
        if pings is None:
            return (
                "Unknown: whether the SIP profile has OPTIONS ping could not be read, so it is not known why."
            )
        return (
            "Unknown: OPTIONS ping is not enabled in the SIP profile, so that no node watches the"
            " destinations. Calls may work all the same."
        )
    if all(node["state"] == state for node in nodes):
        return f"{_IN_WORDS[state]} on {', '.join(node['node'] for node in nodes)}."
    return "; ".join(f"{node['node']}: {_node_in_words(node)}" for node in nodes) + "."


def _node_in_words(node: Mapping[str, Any]) -> str:
    words = _IN_WORDS.get(node["state"], "Unknown, not pinged")
    return f"{words} ({node['reason_text']})" if node["reason_text"] else words
