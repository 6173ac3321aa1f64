# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls: from an extension of one cluster, by digit analysis and over trunks, to one of another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ucops.cucm.tests.simulator.digit_analysis import analyse, find_line
from ansible_collections.ucops.cucm.tests.simulator.running import Destination, RunningTrunk
from ansible_collections.ucops.cucm.tests.simulator.sip_listener import InboundConnection
from ansible_collections.ucops.cucm.tests.simulator.sip_messages import (
    Dialog,
    offers_srtp,
    session_description,
)
from ansible_collections.ucops.cucm.tests.simulator.trunk_connection import (
    AttemptFailed,
    TrunkConnection,
    View,
    locate,
    why_not,
)
from ansible_collections.ucops.cucm.tests.simulator.world import Cluster, Node, World

#: What of the last attempt stands in the result itself.
_EVIDENCE = (
    "trunk",
    "destination",
    "server_cluster",
    "server_node",
    "tls_version",
    "cipher",
    "srtp",
    "client_certificate",
    "server_certificate",
)


@dataclass
class Attempt:
    """One try to reach one destination of one trunk."""

    trunk: str
    security_profile: str
    destination: str
    client_node: str
    server_cluster: str | None = None
    server_node: str | None = None
    client: View | None = None
    server: View | None = None
    server_trunk: str | None = None
    server_failure: str = ""
    srtp_offered: bool = False
    srtp_answered: bool = False
    messages: list[str] = field(default_factory=list)
    connected: bool = False
    stage: str = ""
    failure: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain data for the control API.

        `client_certificate` is the client's as the server saw it, `server_certificate` the server's
        as the client saw it; both are absent unless that side got as far as seeing them.
        """
        client = self.client.as_json() if self.client else None
        server = self.server.as_json() if self.server else None
        return {
            "trunk": self.trunk,
            "security_profile": self.security_profile,
            "destination": self.destination,
            "client_node": self.client_node,
            "server_cluster": self.server_cluster,
            "server_node": self.server_node,
            "server_trunk": self.server_trunk,
            "tls_version": client["tls_version"] if client else "",
            "cipher": client["cipher"] if client else "",
            "client_certificate": server["received"] if server else None,
            "server_certificate": client["received"] if client else None,
            "client": client,
            "server": server,
            "server_failure": self.server_failure,
            "srtp_offered": self.srtp_offered,
            "srtp_answered": self.srtp_answered,
            "srtp": self.srtp_offered and self.srtp_answered,
            "messages": self.messages,
            "connected": self.connected,
            "stage": self.stage,
            "failure": self.failure,
        }


@dataclass
class CallResult:
    """A call and its evidence: the last attempt of `path` is the one that connected, if any did."""

    cluster: str
    calling: str
    called: str
    node: str = ""
    connected: bool = False
    digit_analysis: list[str] = field(default_factory=list)
    pattern: str = ""
    path: list[Attempt] = field(default_factory=list)
    stage: str = ""
    failure: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain data for the control API: what the last attempt showed, and every attempt in `path`."""
        last = self.path[-1] if self.path else Attempt("", "", "", self.node)
        evidence = last.as_json()
        return {
            "cluster": self.cluster,
            "from": self.calling,
            "to": self.called,
            "node": self.node,
            "connected": self.connected,
            "stage": self.stage,
            "reason": self.failure,
            "digit_analysis": self.digit_analysis,
            "pattern": self.pattern,
            **{name: evidence[name] for name in _EVIDENCE},
            "path": [attempt.as_json() for attempt in self.path],
        }


async def place_call(
    world: World, cluster: str, calling: str, called: str, *, node: str | None = None
) -> CallResult:
    """Call from an extension of a cluster.

    `node` is the one that processes the call; without it the publisher, or the first node whose
    Cisco CallManager is started. Raises KeyError for a cluster or a node that does not exist.
    """
    world.settle()
    own = world.clusters[cluster]
    result = CallResult(cluster, calling, called)
    processing = own.nodes[node] if node is not None else _processing_node(own)
    if processing is None or not processing.call_processing:
        return _failed(result, "call processing", "Cisco CallManager is not started")
    result.node = processing.name
    if find_line(own.database, calling) is None:
        return _failed(result, "calling party", f"there is no extension {calling} in {cluster}")
    analysis = analyse(own.database, called)
    processing.trace.digit_analysis(calling, called, analysis.found)
    result.digit_analysis, result.pattern = analysis.steps, analysis.pattern
    if analysis.line is not None:
        result.connected = True
        return result
    if analysis.failure:
        return _failed(result, "digit analysis", analysis.failure)
    for name in analysis.trunks:
        runner, trunk = _running_trunk(processing, name)
        if trunk is None:
            _failed(result, "trunk", f"trunk {name} is not known to call processing")
            continue
        await _try_trunk(result, runner, trunk)
        if result.connected:
            break
    return result


def _failed(result: CallResult, stage: str, failure: str) -> CallResult:
    result.stage, result.failure = stage, failure
    return result


def _processing_node(cluster: Cluster) -> Node | None:
    nodes = sorted(cluster.nodes.values(), key=lambda node: node.topology.role != "publisher")
    return next((node for node in nodes if node.call_processing), None)


def _running_trunk(node: Node, name: str) -> tuple[Node, RunningTrunk | None]:
    """The running trunk behind a configured trunk's name, which may have been renamed since.

    It is the processing node's own or, when the trunk does not run there, that of the next node.
    """
    record = node.cluster.database.find("SipTrunk", name=name)
    for runner in (node, *node.cluster.nodes.values()):
        if record is not None and runner.call_processing and record.uuid in runner.running_trunks:
            return runner, runner.running_trunks[record.uuid]
    return node, None


async def _try_trunk(result: CallResult, node: Node, trunk: RunningTrunk) -> None:
    """Try the trunk's destinations in their order, until one takes the call or refuses it by SIP."""
    why = why_not(trunk, node.sip_tls_versions[0])
    if why:
        _failed(result, "trunk", why)
        return
    for destination in trunk.destinations:
        attempt = Attempt(
            trunk.name,
            trunk.profile.name,
            f"{destination.address}:{destination.port}",
            client_node=node.name,
        )
        result.path.append(attempt)
        try:
            await _attempt(attempt, node, trunk, destination, result.calling, result.called)
        except AttemptFailed as error:
            attempt.stage, attempt.failure = error.stage, str(error)
            _failed(result, error.stage, str(error))
            if error.stage == "sip":
                return
        else:
            attempt.connected = result.connected = True
            result.stage = result.failure = ""
            return


async def _attempt(
    attempt: Attempt, node: Node, trunk: RunningTrunk, destination: Destination, calling: str, called: str
) -> None:
    endpoint = locate(node, destination)
    if endpoint.node is not None:
        attempt.server_cluster, attempt.server_node = endpoint.node.cluster.name, endpoint.node.name
    connection = TrunkConnection(node, trunk, endpoint)
    await connection.open()
    attempt.client = connection.view
    address, port = connection.local
    try:
        dialog = Dialog(f"{address}:{port}", attempt.destination, calling, called)
        await _talk(connection, dialog, attempt, secure_media=_secure_media(trunk))
    finally:
        await connection.close()
        if endpoint.node is not None:
            _add_server_view(attempt, endpoint.node.sip.connection_from(connection.local))


def _secure_media(trunk: RunningTrunk) -> bool:
    return trunk.srtp_allowed and trunk.profile.security_mode == "Encrypted"


async def _talk(connection: TrunkConnection, dialog: Dialog, attempt: Attempt, *, secure_media: bool) -> None:
    """INVITE, ACK, and BYE once the call has been answered."""
    offer = session_description(dialog.local_address.rpartition(":")[0], secure=secure_media)
    await connection.start(dialog.request("INVITE", 1, body=offer))
    attempt.srtp_offered = secure_media
    attempt.messages.append("> INVITE")
    status, to_tag = await _final_response(connection, attempt)
    await connection.send(dialog.request("ACK", 1, to_tag=to_tag))
    attempt.messages.append("> ACK")
    if status != 200:
        raise AttemptFailed(
            "sip", f"the peer refused the call: {attempt.messages[-2].lstrip('< ')}", f"Remote={status}"
        )
    await connection.send(dialog.request("BYE", 2, to_tag=to_tag))
    attempt.messages.append("> BYE")
    await _final_response(connection, attempt)


async def _final_response(connection: TrunkConnection, attempt: Attempt) -> tuple[int, str]:
    """The status of the next final response, and the tag that the peer gave the dialogue."""
    while True:
        message = await connection.receive()
        attempt.messages.append(f"< {message.status} {message.reason}")
        if message.status >= 200:
            attempt.srtp_answered = attempt.srtp_answered or offers_srtp(message)
            return message.status, message.header("To").partition(";tag=")[2]


def _add_server_view(attempt: Attempt, seen: InboundConnection | None) -> None:
    if seen is not None:
        attempt.server = View(seen.presented, seen.received, seen.tls_version, seen.cipher)
        attempt.server_trunk = seen.trunk
        attempt.server_failure = seen.failure
