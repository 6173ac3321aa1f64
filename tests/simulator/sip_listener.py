# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SIP port of a node: who may connect, and what becomes of the calls that come in."""

from __future__ import annotations

import asyncio
import socket
import ssl
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from ansible_collections.ucops.cucm.tests.simulator import pki, sip_tls
from ansible_collections.ucops.cucm.tests.simulator.certificates import Identity
from ansible_collections.ucops.cucm.tests.simulator.digit_analysis import find_line
from ansible_collections.ucops.cucm.tests.simulator.key_choice import client_takes
from ansible_collections.ucops.cucm.tests.simulator.listener import Listener
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
    PlainStream,
    Tap,
    TlsStream,
)
from cryptography import x509

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

#: How many connections the node remembers, for the evidence of calls.
_REMEMBERED = 100
#: What a port without TLS says to somebody who speaks TLS.
_NOT_SIP = b"SIP/2.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
#: How long a silent port keeps a connection.
_SILENT_SECONDS = 60.0


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


class Connection(Protocol):
    """Where answers go."""

    async def send(self, message: SipMessage) -> None: ...


class _WrittenDown:
    """SIP messages on one connection, which go into the node's trace too."""

    def __init__(self, node: Node, connection: SipConnection, connid: int, peer: tuple[str, int]) -> None:
        self._node = node
        self._connection = connection
        self._connid = connid
        self._peer = peer

    async def receive(self) -> SipMessage:
        message = await self._connection.receive()
        self._write_down(message, outgoing=False)
        return message

    async def send(self, message: SipMessage) -> None:
        self._write_down(message, outgoing=True)
        await self._connection.send(message)

    def _write_down(self, message: SipMessage, *, outgoing: bool) -> None:
        text = message.serialise().decode()
        self._node.trace.message(self._connid, *self._peer, text, outgoing=outgoing)


class SipListener:
    """Mutual TLS on the node's SIP port.

    The port is bound from the beginning, so that its number is known; it listens only while Cisco
    CallManager is started and a running trunk's profile accepts TLS.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._listener = Listener(self._serve)
        self._timer: asyncio.TimerHandle | None = None
        self.seen: list[InboundConnection] = []

    def start(self) -> None:
        """Reserve the port, and listen if there is a reason to."""
        self._listener.reserve(self._node.topology.address, self._node.topology.sip_port)
        self.refresh()

    async def stop(self) -> None:
        """Close the port and all connections, those of OPTIONS pings as well."""
        if self._timer is not None:
            self._timer.cancel()
        await asyncio.gather(*self._node.monitor.stop(), return_exceptions=True)
        await self._listener.stop()

    @property
    def port(self) -> int:
        """The real SIP port."""
        return self._listener.port

    @property
    def listening(self) -> bool:
        """Whether a connection would be accepted."""
        return self._listener.listening

    def refresh(self) -> None:
        """Open or close the port as services and running trunks demand."""
        if not self._listener.reserved:
            return
        wanted = (
            self._node.reachable
            and not self._node.defects.closed
            and self._node.call_processing
            and bool(self._tls_trunks())
        )
        if wanted:
            self._listener.open()
        else:
            self._listener.close()

    def settle_later(self, seconds: float | None) -> None:
        """See to the node's pending changes after that time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if seconds is not None and self._listener.reserved:
            self._timer = asyncio.get_running_loop().call_later(seconds + 0.01, self._node.settle)

    def connection_from(self, peer: tuple[str, int]) -> InboundConnection | None:
        """What the node saw of the latest connection from this address and port."""
        return next((seen for seen in reversed(self.seen) if seen.peer == peer), None)

    async def _serve(self, raw: socket.socket, peer: tuple[str, int]) -> None:
        tap = self._node.wiretap.connection(raw.getsockname()[:2], peer, opened_by_us=False)
        seen = InboundConnection(peer, self._node.sip_identity.certificate)
        self.seen = [*self.seen[1 - _REMEMBERED :], seen]
        if self._node.defects.silent:
            await _say_nothing(raw, tap)
        elif self._node.defects.plain_sip:
            await self._serve_plainly(PlainStream(raw, tap), seen)
        else:
            await self._serve_securely(raw, tap, seen)

    async def _serve_securely(self, raw: socket.socket, tap: Tap, seen: InboundConnection) -> None:
        trusted = self._node.certificates.running_trust["CallManager"]
        node = self._node

        def presents(identity: Identity) -> ssl.SSLContext:
            return sip_tls.context(
                node.cluster.world.identity_files.path(identity),
                trusted,
                node.clock,
                versions=node.sip_tls_versions,
                server_side=True,
                client_certificate=node.defects.client_certificate,
            )

        def choose(received: bytes) -> ssl.SSLContext:
            identity = node.chosen_identity(client_takes(received, node.sip_tls_versions[1]))
            seen.presented = identity.certificate
            return presents(identity)

        stream = TlsStream(raw, presents(node.sip_identity), tap, server_side=True, choose=choose)
        trace = self._node.trace
        try:
            await stream.handshake()
            seen.received = stream.peer_certificate()
            seen.tls_version, seen.cipher = stream.version, stream.cipher
            connid = trace.next_connid()
            trace.connection_created(connid, *seen.peer)
            if seen.received is not None:
                trace.certificate(connid, *seen.peer, seen.received, stream.cipher)
                sip_tls.check_dates(seen.received, trusted, self._node.clock)
            connection = _WrittenDown(self._node, SipConnection(stream), connid, seen.peer)
            await self._converse(connection, seen)
        except HandshakeFailed as error:
            seen.failure = seen.failure or str(error)
            sip_tls.write_down(trace, *seen.peer, error)
        except (SipSyntaxError, TimeoutError) as error:
            seen.failure = seen.failure or str(error)
        except ConnectionEnded as error:
            if error.alert:
                trace.tls_error(*seen.peer, error.alert)
        finally:
            await stream.close()

    async def _serve_plainly(self, stream: PlainStream, seen: InboundConnection) -> None:
        """Answer SIP without TLS, as a profile with incoming transport TCP would on this port."""
        seen.failure = "the SIP port answers without TLS"
        trunk = next(iter(self._tls_trunks()), None)
        try:
            begun = await stream.read()
            if not begun[:1].isalpha():
                await stream.write(_NOT_SIP)
                return
            connection = SipConnection(stream, begun)
            while trunk is not None:
                await self._answer(connection, await connection.receive(), trunk)
        except (ConnectionEnded, SipSyntaxError, TimeoutError):
            pass
        finally:
            await stream.close()

    async def _converse(self, connection: _WrittenDown, seen: InboundConnection) -> None:
        """Answer requests until the peer goes; refuse the first one of a peer that fits no trunk.

        A peer without a certificate gets this far only when a defect does not demand one; it is taken
        for the first trunk's.
        """
        names = set() if seen.received is None else pki.peer_names(seen.received)
        trunk = next(iter(self._tls_trunks()), None) if seen.received is None else self._trunk_of(names)
        seen.trunk = trunk.name if trunk is not None else None
        while True:
            request = await connection.receive()
            seen.messages.append(request.method or str(request.status))
            if trunk is None:
                expected = sorted(self._subject_names())
                seen.failure = (
                    f"InvalidX509NameInCertificate: received {sorted(names)}, expected one of {expected}"
                )
                self._write_down_mismatch(seen, names, expected)
                await connection.send(response(request, 403))
                return
            await self._answer(connection, request, trunk)

    def _write_down_mismatch(self, seen: InboundConnection, names: set[str], expected: list[str]) -> None:
        assert seen.received is not None
        received = pki.common_name(seen.received.subject) or sorted(names)
        self._node.trace.name_mismatch(*seen.peer, received, expected)

    def _tls_trunks(self) -> list[RunningTrunk]:
        lowest = self._node.sip_tls_versions[0]
        trunks = self._node.running_trunks.values()
        return [trunk for trunk in trunks if trunk.profile.listens_on(self.port, lowest)]

    def _subject_names(self) -> set[str]:
        return {name for trunk in self._tls_trunks() for name in trunk.profile.subject_names}

    def _trunk_of(self, names: set[str]) -> RunningTrunk | None:
        """The running trunk whose profile has one of the peer's names."""
        return next((trunk for trunk in self._tls_trunks() if names & set(trunk.profile.subject_names)), None)

    async def _answer(self, connection: Connection, request: SipMessage, trunk: RunningTrunk) -> None:
        tag = uuid.uuid4().hex[:12]
        if request.method == "OPTIONS":
            await connection.send(response(request, self._node.defects.options_status, to_tag=tag))
        elif request.method == "BYE":
            await connection.send(response(request, 200, to_tag=tag))
        elif request.method == "INVITE":
            await self._answer_call(connection, request, trunk, tag)
        elif request.method != "ACK":
            await connection.send(response(request, 405, to_tag=tag))

    async def _answer_call(
        self, connection: Connection, invite: SipMessage, trunk: RunningTrunk, tag: str
    ) -> None:
        await connection.send(response(invite, 100))
        line = find_line(self._node.cluster.database, invite.called)
        pattern = line.name if line is not None else None
        self._node.trace.digit_analysis(invite.calling, invite.called, pattern)
        if line is None:
            await connection.send(response(invite, 404, to_tag=tag))
            return
        await connection.send(response(invite, 180, to_tag=tag))
        secure = trunk.srtp_allowed and offers_srtp(invite)
        answer = session_description(self._node.topology.address, secure=secure)
        await connection.send(response(invite, 200, to_tag=tag, body=answer))


async def _say_nothing(raw: socket.socket, tap: Tap) -> None:
    """Keep a connection, and let the peer wait until it goes."""
    stream = PlainStream(raw, tap)
    try:
        async with asyncio.timeout(_SILENT_SECONDS):
            while True:
                try:
                    await stream.read()
                except TimeoutError:
                    continue
    except (ConnectionEnded, TimeoutError):
        pass
    finally:
        await stream.close()
