# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls: from an extension of one cluster, by digit analysis and over trunks, to one of another."""

from __future__ import annotations

import asyncio
import os
import socket
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ucops.cucm.tests.simulator import pki, sip_tls
from ansible_collections.ucops.cucm.tests.simulator.digit_analysis import analyse, find_line
from ansible_collections.ucops.cucm.tests.simulator.running import Destination, RunningTrunk
from ansible_collections.ucops.cucm.tests.simulator.sip_listener import InboundConnection
from ansible_collections.ucops.cucm.tests.simulator.sip_messages import (
    Dialog,
    SipConnection,
    SipSyntaxError,
    offers_srtp,
    session_description,
)
from ansible_collections.ucops.cucm.tests.simulator.sip_tls import (
    ConnectionEnded,
    HandshakeFailed,
    TlsStream,
)
from ansible_collections.ucops.cucm.tests.simulator.world import (
    Cluster,
    DestinationUnknown,
    Endpoint,
    Node,
    World,
)
from cryptography import x509

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


class CallFailed(Exception):
    """One attempt ended. `stage` is where: destination, connect, handshake, peer-name or sip."""

    def __init__(self, stage: str, reason: str) -> None:
        super().__init__(reason)
        self.stage = stage


@dataclass
class View:
    """What one side saw of the TLS session. `received` is the other side's certificate."""

    presented: x509.Certificate
    received: x509.Certificate | None = None
    tls_version: str = ""
    cipher: str = ""

    def as_json(self) -> dict[str, Any]:
        """Plain data for the control API."""
        return {
            "tls_version": self.tls_version,
            "cipher": self.cipher,
            "presented": pki.describe(self.presented),
            "received": pki.describe(self.received) if self.received is not None else None,
        }


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
    result.digit_analysis, result.pattern = analysis.steps, analysis.pattern
    if analysis.line is not None:
        result.connected = True
        return result
    if analysis.failure:
        return _failed(result, "digit analysis", analysis.failure)
    for name in analysis.trunks:
        trunk = _running_trunk(processing, name)
        if trunk is None:
            _failed(result, "trunk", f"trunk {name} is not known to call processing")
            continue
        await _try_trunk(result, processing, trunk)
        if result.connected:
            break
    return result


def _failed(result: CallResult, stage: str, failure: str) -> CallResult:
    result.stage, result.failure = stage, failure
    return result


def _processing_node(cluster: Cluster) -> Node | None:
    nodes = sorted(cluster.nodes.values(), key=lambda node: node.topology.role != "publisher")
    return next((node for node in nodes if node.call_processing), None)


def _running_trunk(node: Node, name: str) -> RunningTrunk | None:
    """The running trunk behind a configured trunk's name: it may have been renamed since."""
    record = node.cluster.database.find("SipTrunk", name=name)
    return node.running_trunks.get(record.uuid) if record is not None else None


async def _try_trunk(result: CallResult, node: Node, trunk: RunningTrunk) -> None:
    """Try the trunk's destinations in their order, until one takes the call or refuses it by SIP."""
    profile = trunk.profile
    if not profile.secure or profile.outgoing_transport != "TLS":
        why = f"security profile {profile.name} does not send over TLS, and nothing else is simulated"
        _failed(result, "trunk", why)
        return
    if trunk.destination_is_srv or not trunk.destinations:
        why = "an SRV record" if trunk.destination_is_srv else "no destination"
        _failed(result, "trunk", f"trunk {trunk.name} has {why}, which is not simulated")
        return
    for destination in trunk.destinations:
        attempt = Attempt(
            trunk.name, profile.name, f"{destination.address}:{destination.port}", client_node=node.name
        )
        result.path.append(attempt)
        try:
            await _attempt(attempt, node, trunk, destination, result.calling, result.called)
        except CallFailed as error:
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
    world = node.cluster.world
    try:
        endpoint = world.locate(destination.address, destination.port)
    except DestinationUnknown as error:
        raise CallFailed("destination", str(error)) from error
    if endpoint.node is not None:
        attempt.server_cluster, attempt.server_node = endpoint.node.cluster.name, endpoint.node.name
    raw = await _connect(node, endpoint)
    local = raw.getsockname()[:2]
    identity = node.certificates.running["CallManager"]
    trusted = node.certificates.running_trust["CallManager"]
    tls = sip_tls.context(
        world.identity_files.path(identity),
        trusted,
        node.clock,
        versions=node.cluster.topology.sip_tls_versions,
        server_side=False,
    )
    stream = TlsStream(raw, tls, server_side=False)
    attempt.client = View(identity.certificate)
    try:
        await stream.handshake()
        attempt.client.received = stream.peer_certificate()
        attempt.client.tls_version, attempt.client.cipher = stream.version, stream.cipher
        sip_tls.check_dates(attempt.client.received, trusted, node.clock)
        _check_name(attempt.client.received, trunk)
        dialog = Dialog(f"{local[0]}:{local[1]}", attempt.destination, calling, called)
        await _talk(SipConnection(stream), dialog, attempt, secure_media=_secure_media(trunk))
    except HandshakeFailed as error:
        raise CallFailed("handshake", str(error)) from error
    except (ConnectionEnded, SipSyntaxError, TimeoutError) as error:
        raise CallFailed("sip", str(error) or "no answer") from error
    finally:
        await stream.close()
        if endpoint.node is not None:
            _add_server_view(attempt, endpoint.node.sip.connection_from(local))


async def _connect(node: Node, endpoint: Endpoint) -> socket.socket:
    family = socket.AF_INET6 if ":" in endpoint.address else socket.AF_INET
    raw = socket.socket(family, socket.SOCK_STREAM)
    raw.setblocking(False)
    try:
        async with asyncio.timeout(sip_tls.TIMEOUT):
            raw.bind((node.topology.address, 0))
            await asyncio.get_running_loop().sock_connect(raw, (endpoint.address, endpoint.port))
    except (OSError, TimeoutError) as error:
        raw.close()
        errno = getattr(error, "errno", None)
        why = os.strerror(errno) if errno else "timed out"
        raise CallFailed("connect", f"no connection to {endpoint.address}:{endpoint.port}: {why}") from error
    return raw


def _check_name(certificate: x509.Certificate, trunk: RunningTrunk) -> None:
    """The peer's CN or a SAN must be among the profile's X.509 subject names."""
    names = pki.peer_names(certificate)
    if not names & set(trunk.profile.subject_names):
        raise CallFailed(
            "peer-name",
            f"InvalidX509NameInCertificate: received {sorted(names)}, security profile"
            f" {trunk.profile.name} expects one of {list(trunk.profile.subject_names)}",
        )


def _secure_media(trunk: RunningTrunk) -> bool:
    return trunk.srtp_allowed and trunk.profile.security_mode == "Encrypted"


async def _talk(connection: SipConnection, dialog: Dialog, attempt: Attempt, *, secure_media: bool) -> None:
    """INVITE, ACK, and BYE once the call has been answered."""
    attempt.srtp_offered = secure_media
    offer = session_description(dialog.local_address.rpartition(":")[0], secure=secure_media)
    await connection.send(dialog.request("INVITE", 1, body=offer))
    attempt.messages.append("> INVITE")
    status, to_tag = await _final_response(connection, attempt)
    await connection.send(dialog.request("ACK", 1, to_tag=to_tag))
    attempt.messages.append("> ACK")
    if status != 200:
        raise CallFailed("sip", f"the peer refused the call: {attempt.messages[-2].lstrip('< ')}")
    await connection.send(dialog.request("BYE", 2, to_tag=to_tag))
    attempt.messages.append("> BYE")
    await _final_response(connection, attempt)


async def _final_response(connection: SipConnection, attempt: Attempt) -> tuple[int, str]:
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
