# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTPS port of a node: one TLS listener for all of its web services, with faults and a log."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Mapping
from email.utils import format_datetime
from typing import TYPE_CHECKING
from weakref import WeakSet

from aiohttp import web
from ansible_collections.ucops.cucm.tests.simulator import http, sip_tls, soap
from ansible_collections.ucops.cucm.tests.simulator.axl_door import AxlDoor
from ansible_collections.ucops.cucm.tests.simulator.certmgr import CertmgrDoor
from ansible_collections.ucops.cucm.tests.simulator.control_center import ControlCenterDoor
from ansible_collections.ucops.cucm.tests.simulator.faults import HTTP_KINDS, Fault, Kind
from ansible_collections.ucops.cucm.tests.simulator.http import Door, Reply, Request
from ansible_collections.ucops.cucm.tests.simulator.journal import LoggedRequest
from ansible_collections.ucops.cucm.tests.simulator.listener import Listener
from ansible_collections.ucops.cucm.tests.simulator.log_collection import DimeGetFileDoor, LogCollectionDoor
from ansible_collections.ucops.cucm.tests.simulator.ris import RATE_LIMIT, RisDoor

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

LARGEST_REQUEST = 16 * 1024 * 1024
#: What a Tomcat of releases 9.1 and 10.5 offers.
_LEGACY_CIPHERS = "AES128-SHA:DHE-RSA-AES128-SHA:AES256-SHA:DES-CBC3-SHA"
GARBAGE = b"\x00\xff{]<not-closed"
_RATE_LIMIT = (
    "Exceeded allowed rate for Control Center information."
    " Current allowed rate for Control Center information is 15 requests per minute."
)


class NodeWebServer:
    """The HTTPS listener of a node. It presents the running tomcat identity."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._doors: tuple[Door, ...] = (
            AxlDoor(node),
            CertmgrDoor(node),
            ControlCenterDoor(node),
            RisDoor(node),
            LogCollectionDoor(node),
            DimeGetFileDoor(node),
        )
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        sip_tls.limit_versions(self._context, node.cluster.topology.https_tls_versions, _LEGACY_CIPHERS)
        self._listener = Listener(self._serve)
        self._connections: WeakSet[asyncio.Transport] = WeakSet()
        self._runner: web.AppRunner | None = None

    def load_identity(self) -> None:
        """Present the running tomcat identity from now on."""
        identity = self._node.certificates.running["tomcat"]
        self._context.load_cert_chain(self._node.cluster.world.identity_files.path(identity))

    async def start(self) -> None:
        """Listen."""
        self.load_identity()
        application = web.Application(client_max_size=LARGEST_REQUEST)
        application.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        self._listener.reserve(self._node.topology.address, self._node.topology.https_port)
        self._listener.open()

    async def stop(self) -> None:
        """Close the port and all connections."""
        await self._listener.stop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def port(self) -> int:
        """The real HTTPS port."""
        return self._listener.port

    def cut_off(self) -> None:
        """Refuse connections, and break those that exist."""
        self._listener.close()
        for transport in list(self._connections):
            transport.abort()

    def reconnect(self) -> None:
        """Accept connections again."""
        if self._listener.reserved:
            self._listener.open()

    async def _serve(self, raw: socket.socket, _peer: tuple[str, int]) -> None:
        """Shake hands; from then on the connection is aiohttp's."""
        assert self._runner is not None
        assert self._runner.server is not None
        try:
            transport, _protocol = await asyncio.get_running_loop().connect_accepted_socket(
                self._runner.server, raw, ssl=self._context
            )
        except OSError:  # no TLS session came about, which is the client's to tell
            raw.close()
        else:
            self._connections.add(transport)

    async def _handle(self, incoming: web.Request) -> web.StreamResponse:
        self._node.settle()
        request = Request(
            method=incoming.method,
            path=incoming.path,
            query=dict(incoming.query),
            headers={name.lower(): value for name, value in incoming.headers.items()},
            body=await incoming.read(),
        )
        door = next((door for door in self._doors if door.serves(request.path)), None)
        name = door.name if door else "other"
        operation = door.operation(request) if door else "unknown"
        faults = self._node.cluster.world.faults.take(
            self._node.cluster.name, self._node.name, name, operation, HTTP_KINDS
        )
        if "latency" in faults:
            await asyncio.sleep(faults["latency"].seconds)
        reply = await self._answer(door, request, faults)
        broken = "drop-before" in faults or "drop-after" in faults
        self._log(request, name, operation, 0 if broken else reply.status)
        if broken:
            assert incoming.transport is not None
            incoming.transport.abort()
            return web.Response()
        return await self._send(incoming, reply, truncated="truncate" in faults)

    async def _answer(self, door: Door | None, request: Request, faults: Mapping[Kind, Fault]) -> Reply:
        """The reply, after the faults that change it. Only the first three keep the request undone."""
        if "drop-before" in faults:
            return Reply(0, b"", "")
        if "unavailable" in faults:
            return http.html_page(503, "The server is temporarily unable to service the request.")
        if "rate-limit" in faults:
            limit = RATE_LIMIT.format(self._node.device_queries.per_minute)
            return soap.fault(limit if door and door.name == RisDoor.name else _RATE_LIMIT)
        answer = door.answer(request) if door else http.not_found()
        reply = answer if isinstance(answer, Reply) else await answer
        if "html" in faults:
            return http.html_page(200, "Cisco Unified Communications Manager")
        if "garbage" in faults:
            return Reply(reply.status, GARBAGE, reply.content_type, reply.headers)
        return reply

    def _log(self, request: Request, door: str, operation: str, status: int) -> None:
        self._node.cluster.world.requests.add(
            LoggedRequest(
                cluster=self._node.cluster.name,
                node=self._node.name,
                door=door,
                operation=operation,
                method=request.method,
                path=request.path,
                status=status,
                time=self._node.clock.text(),
            )
        )

    async def _send(self, incoming: web.Request, reply: Reply, *, truncated: bool) -> web.StreamResponse:
        now = format_datetime(self._node.clock.now(), usegmt=True)
        headers = {**reply.headers, "Content-Type": reply.content_type, "Date": now}
        if not truncated:
            return web.Response(status=reply.status, body=reply.body, headers=headers)
        response = web.StreamResponse(status=reply.status, headers=headers)
        response.content_length = len(reply.body)
        await response.prepare(incoming)
        await response.write(reply.body[: len(reply.body) // 2])
        assert incoming.transport is not None
        incoming.transport.close()
        return response
