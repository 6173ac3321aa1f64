# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SIP port of a node: who may connect, and what becomes of the calls that come in."""

from __future__ import annotations

import asyncio
import socket
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.tests.simulator import pki, sip_tls
from ansible_collections.ucops.cucm.tests.simulator.digit_analysis import find_line
from ansible_collections.ucops.cucm.tests.simulator.running import RunningTrunk
from ansible_collections.ucops.cucm.tests.simulator.sip_messages import (
    SipConnection,
    SipMessage,
    SipSyntaxError,
    offers_srtp,
    response,
    session_description,
)
from ansible_collections.ucops.cucm.tests.simulator.sip_tls import (
    ConnectionEnded,
    HandshakeFailed,
    TlsStream,
)
from cryptography import x509

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

_BACKLOG = 50
#: How many connections the node remembers, for the evidence of calls.
_REMEMBERED = 100


@dataclass
class InboundConnection:
    """What the node saw of one connection. `presented` is its own certificate."""

    peer: tuple[str, int]
    presented: x509.Certificate
    received: x509.Certificate | None = None
    tls_version: str = ""
    cipher: str = ""
    trunk: str | None = None
    failure: str = ""
    messages: list[str] = field(default_factory=list)


class SipListener:
    """Mutual TLS on the node's SIP port.

    The port is bound from the beginning, so that its number is known; it listens only while Cisco
    CallManager is started and a running trunk's profile accepts TLS.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._reserved: socket.socket | None = None
        self._listening: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._connections: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self.seen: list[InboundConnection] = []
        self.port = 0

    def start(self) -> None:
        """Reserve the port, and listen if there is a reason to."""
        self._reserved = self._bind(self._node.topology.sip_port)
        self.port = self._reserved.getsockname()[1]
        self.refresh()

    async def stop(self) -> None:
        """Close the port and all connections."""
        if self._timer is not None:
            self._timer.cancel()
        self._close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None

    @property
    def listening(self) -> bool:
        """Whether a connection would be accepted."""
        return self._listening is not None

    def refresh(self) -> None:
        """Open or close the port as services and running trunks demand."""
        if self._reserved is None:
            return
        wanted = self._node.call_processing and any(
            trunk.profile.listens_on(self.port) for trunk in self._node.running_trunks.values()
        )
        if wanted and self._listening is None:
            self._open()
        elif not wanted:
            self._close()

    def settle_later(self, seconds: float | None) -> None:
        """See to the node's pending changes after that time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None and self._reserved is not None:
            self._timer = asyncio.get_running_loop().call_later(seconds + 0.01, self._node.settle)

    def connection_from(self, peer: tuple[str, int]) -> InboundConnection | None:
        """What the node saw of the latest connection from this address and port."""
        return next((seen for seen in reversed(self.seen) if seen.peer == peer), None)

    def _bind(self, port: int) -> socket.socket:
        address = self._node.topology.address
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # A second socket listens on the same port while the first one keeps it reserved.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.setblocking(False)
        bound.bind((address, port))
        return bound

    def _open(self) -> None:
        self._listening = self._bind(self.port)
        self._listening.listen(_BACKLOG)
        self._accepting = asyncio.get_running_loop().create_task(self._accept(self._listening))

    def _close(self) -> None:
        if self._listening is None or self._accepting is None:
            return
        self._accepting.cancel()
        asyncio.get_running_loop().remove_reader(self._listening)
        self._listening.close()
        self._listening = self._accepting = None

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            raw, peer = await loop.sock_accept(listening)
            raw.setblocking(False)
            task = loop.create_task(self._serve(raw, peer[:2]))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)

    async def _serve(self, raw: socket.socket, peer: tuple[str, int]) -> None:
        certificates = self._node.certificates
        identity = certificates.running["CallManager"]
        trusted = certificates.running_trust["CallManager"]
        seen = InboundConnection(peer, identity.certificate)
        self.seen = [*self.seen[1 - _REMEMBERED :], seen]
        path = self._node.cluster.world.identity_files.path(identity)
        tls = sip_tls.context(path, trusted, self._node.clock, server_side=True)
        stream = TlsStream(raw, tls, server_side=True)
        try:
            await stream.handshake()
            seen.received = stream.peer_certificate()
            seen.tls_version, seen.cipher = stream.version, stream.cipher
            sip_tls.check_dates(seen.received, trusted, self._node.clock)
            await self._converse(SipConnection(stream), seen)
        except (HandshakeFailed, SipSyntaxError, TimeoutError) as error:
            seen.failure = seen.failure or str(error)
        except ConnectionEnded:
            pass
        finally:
            await stream.close()

    async def _converse(self, connection: SipConnection, seen: InboundConnection) -> None:
        """Answer requests until the peer goes; refuse the first one of a peer that fits no trunk."""
        assert seen.received is not None
        names = pki.peer_names(seen.received)
        trunk = self._trunk_of(names)
        seen.trunk = trunk.name if trunk is not None else None
        while True:
            request = await connection.receive()
            seen.messages.append(request.method or str(request.status))
            if trunk is None:
                expected = sorted(self._subject_names())
                seen.failure = (
                    f"InvalidX509NameInCertificate: received {sorted(names)}, expected one of {expected}"
                )
                await connection.send(response(request, 403))
                return
            await self._answer(connection, request, trunk)

    def _tls_trunks(self) -> list[RunningTrunk]:
        return [trunk for trunk in self._node.running_trunks.values() if trunk.profile.listens_on(self.port)]

    def _subject_names(self) -> set[str]:
        return {name for trunk in self._tls_trunks() for name in trunk.profile.subject_names}

    def _trunk_of(self, names: set[str]) -> RunningTrunk | None:
        """The running trunk whose profile has one of the peer's names."""
        return next((trunk for trunk in self._tls_trunks() if names & set(trunk.profile.subject_names)), None)

    async def _answer(self, connection: SipConnection, request: SipMessage, trunk: RunningTrunk) -> None:
        tag = uuid.uuid4().hex[:12]
        if request.method in ("OPTIONS", "BYE"):
            await connection.send(response(request, 200, to_tag=tag))
        elif request.method == "INVITE":
            await self._answer_call(connection, request, trunk, tag)
        elif request.method != "ACK":
            await connection.send(response(request, 405, to_tag=tag))

    async def _answer_call(
        self, connection: SipConnection, invite: SipMessage, trunk: RunningTrunk, tag: str
    ) -> None:
        await connection.send(response(invite, 100))
        if find_line(self._node.cluster.database, invite.called) is None:
            await connection.send(response(invite, 404, to_tag=tag))
            return
        await connection.send(response(invite, 180, to_tag=tag))
        secure = trunk.srtp_allowed and offers_srtp(invite)
        answer = session_description(self._node.topology.address, secure=secure)
        await connection.send(response(invite, 200, to_tag=tag, body=answer))
