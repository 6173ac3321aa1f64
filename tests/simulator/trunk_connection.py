# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's own connection to one destination of a trunk: the road of calls and of OPTIONS pings.

Trace and packet capture of the node see all of it, in the order of the guide's trace: the first request
is written down as soon as the TCP connection is there, before the certificates.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.tests.simulator import pki, sip_tls
from ansible_collections.ucops.cucm.tests.simulator.certificates import Identity
from ansible_collections.ucops.cucm.tests.simulator.endpoints import DestinationUnknown, Endpoint
from ansible_collections.ucops.cucm.tests.simulator.key_choice import server_speaks_13
from ansible_collections.ucops.cucm.tests.simulator.running import Destination, RunningTrunk
from ansible_collections.ucops.cucm.tests.simulator.sip_messages import (
    SipConnection,
    SipMessage,
    SipSyntaxError,
)
from ansible_collections.ucops.cucm.tests.simulator.sip_tls import (
    ConnectionEnded,
    HandshakeFailed,
    TlsStream,
)
from cryptography import x509

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

# What a SIPTrunkOOS alarm says of a destination that is not available.
NO_ANSWER, NO_CONNECTION, NO_ADDRESS = "Local=1", "Local=2", "Local=3"


class AttemptFailed(Exception):
    """One attempt ended. `stage` is where: trunk, destination, connect, handshake, peer-name or sip.

    `alarm_reason` is what the alarm of a trunk out of service says about it.
    """

    def __init__(self, stage: str, reason: str, alarm_reason: str) -> None:
        super().__init__(reason)
        self.stage = stage
        self.alarm_reason = alarm_reason


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


def why_not(trunk: RunningTrunk, lowest: str) -> str:
    """Why a node with this lowest TLS version cannot use a trunk at all; empty when it can."""
    profile = trunk.profile
    if not profile.works_over(lowest):
        return (
            f"security profile {profile.name} is Authenticated, which does not work at minimum TLS {lowest}"
        )
    if not profile.secure or profile.outgoing_transport != "TLS":
        return f"security profile {profile.name} does not send over TLS, and nothing else is simulated"
    if trunk.destination_is_srv:
        return f"trunk {trunk.name} has an SRV record, which is not simulated"
    if not trunk.destinations:
        return f"trunk {trunk.name} has no destination"
    return ""


class TrunkConnection:
    """One connection of a node. `view` is what the node saw of it, `local` its own address and port.

    All methods raise AttemptFailed.
    """

    def __init__(self, node: Node, trunk: RunningTrunk, endpoint: Endpoint) -> None:
        self._node = node
        self._trunk = trunk
        self.endpoint = endpoint
        self.view = View(node.sip_identity.certificate)
        self.local = ("", 0)
        self._connid = 0
        self._stream: TlsStream | None = None
        self._connection: SipConnection | None = None

    async def open(self) -> None:
        """Make the TCP connection."""
        node = self._node
        node.trace.connection_wanted()
        raw = await self._connect()
        remote = (self.endpoint.address, self.endpoint.port)
        tap = node.wiretap.connection(self.local, remote, opened_by_us=True)

        def presents(identity: Identity) -> ssl.SSLContext:
            return sip_tls.context(
                node.cluster.world.identity_files.path(identity),
                node.certificates.running_trust["CallManager"],
                node.clock,
                versions=node.sip_tls_versions,
                server_side=False,
            )

        def choose(received: bytes) -> ssl.SSLContext:
            # Which key types the server takes is encrypted: both, as every server of TLS 1.3 here does.
            identity = node.chosen_identity(("rsa", "ec") if server_speaks_13(received) else None)
            self.view.presented = identity.certificate
            return presents(identity)

        tls = presents(node.sip_identity)
        self._stream = TlsStream(raw, tls, tap, server_side=False, choose=choose)
        self._connection = SipConnection(self._stream)
        self._connid = node.trace.next_connid()
        node.trace.connection_created(self._connid, *remote)

    async def _connect(self) -> socket.socket:
        endpoint = self.endpoint
        family = socket.AF_INET6 if ":" in endpoint.address else socket.AF_INET
        raw = socket.socket(family, socket.SOCK_STREAM)
        raw.setblocking(False)
        # Without this, BYE waits for the acknowledgement of ACK.
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            raw.bind((self._node.topology.address, 0))
            self.local = raw.getsockname()[:2]
            async with asyncio.timeout(sip_tls.TIMEOUT):
                await asyncio.get_running_loop().sock_connect(raw, (endpoint.address, endpoint.port))
        except (OSError, TimeoutError) as error:
            raw.close()
            if isinstance(error, ConnectionRefusedError):
                self._node.wiretap.refused(self.local, (endpoint.address, endpoint.port))
                self._node.trace.connection_refused(endpoint.address, endpoint.port)
            errno = getattr(error, "errno", None)
            why = os.strerror(errno) if errno else "timed out"
            raise AttemptFailed(
                "connect", f"no connection to {endpoint.address}:{endpoint.port}: {why}", NO_CONNECTION
            ) from error
        return raw

    async def start(self, request: SipMessage) -> None:
        """Shake hands, judge the peer, and send the first request."""
        assert self._stream is not None
        self._write_down(request, outgoing=True)
        node, address, port = self._node, self.endpoint.address, self.endpoint.port
        try:
            await self._stream.handshake()
            received = self._stream.peer_certificate()
            assert received is not None, "a client demands the server's certificate"
            self.view.received = received
            self.view.tls_version, self.view.cipher = self._stream.version, self._stream.cipher
            node.trace.certificate(self._connid, address, port, received, self._stream.cipher)
            trusted = node.certificates.running_trust["CallManager"]
            sip_tls.check_dates(received, trusted, node.clock)
        except HandshakeFailed as error:
            sip_tls.write_down(node.trace, address, port, error)
            late = isinstance(error.__cause__, TimeoutError)
            raise AttemptFailed("handshake", str(error), NO_ANSWER if late else NO_CONNECTION) from error
        self._check_name(received)
        await self._send(request)

    def _check_name(self, certificate: x509.Certificate) -> None:
        """The peer's CN or a SAN must be among the profile's X.509 subject names."""
        names, profile = pki.peer_names(certificate), self._trunk.profile
        if names & set(profile.subject_names):
            return
        self._node.trace.name_mismatch(
            self.endpoint.address,
            self.endpoint.port,
            pki.common_name(certificate.subject) or sorted(names),
            profile.subject_names,
        )
        raise AttemptFailed(
            "peer-name",
            f"InvalidX509NameInCertificate: received {sorted(names)}, security profile"
            f" {profile.name} expects one of {list(profile.subject_names)}",
            NO_CONNECTION,
        )

    async def send(self, request: SipMessage) -> None:
        """Send a further request."""
        self._write_down(request, outgoing=True)
        await self._send(request)

    async def _send(self, request: SipMessage) -> None:
        assert self._connection is not None
        try:
            await self._connection.send(request)
        except ConnectionEnded as error:
            raise self._ended(error) from error

    async def receive(self) -> SipMessage:
        """The next message of the peer."""
        assert self._connection is not None
        try:
            message = await self._connection.receive()
        except (ConnectionEnded, SipSyntaxError, TimeoutError) as error:
            raise self._ended(error) from error
        self._write_down(message, outgoing=False)
        return message

    def _ended(self, error: ConnectionEnded | SipSyntaxError | TimeoutError) -> AttemptFailed:
        if isinstance(error, ConnectionEnded) and error.alert:
            self._node.trace.tls_error(self.endpoint.address, self.endpoint.port, error.alert)
        return AttemptFailed("sip", str(error) or "no answer", NO_ANSWER)

    def _write_down(self, message: SipMessage, *, outgoing: bool) -> None:
        text = message.serialise().decode()
        address, port = self.endpoint.address, self.endpoint.port
        self._node.trace.message(self._connid, address, port, text, outgoing=outgoing)

    async def close(self) -> None:
        """End the connection."""
        if self._stream is not None:
            await self._stream.close()


def locate(node: Node, destination: Destination) -> Endpoint:
    """Where a destination of a trunk really is."""
    try:
        return node.cluster.world.locate(destination.address, destination.port)
    except DestinationUnknown as error:
        raise AttemptFailed("destination", str(error), NO_ADDRESS) from error
