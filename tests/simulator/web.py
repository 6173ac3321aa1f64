# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTPS port of a node: one TLS listener for all of its web services, with faults and a log."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from typing import TYPE_CHECKING

from aiohttp import web
from ansible_collections.ucops.cucm.tests.simulator import http
from ansible_collections.ucops.cucm.tests.simulator.axl_door import AxlDoor
from ansible_collections.ucops.cucm.tests.simulator.certmgr import CertmgrDoor
from ansible_collections.ucops.cucm.tests.simulator.control_center import ControlCenterDoor, soap_fault
from ansible_collections.ucops.cucm.tests.simulator.faults import Fault, Kind
from ansible_collections.ucops.cucm.tests.simulator.http import Door, Reply, Request
from ansible_collections.ucops.cucm.tests.simulator.journal import LoggedRequest

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

LARGEST_REQUEST = 16 * 1024 * 1024
GARBAGE = b"\x00\xff{]<not-closed"
_RATE_LIMIT = (
    "Exceeded allowed rate for Control Center information."
    " Current allowed rate for Control Center information is 15 requests per minute."
)


class NodeWebServer:
    """The HTTPS listener of a node. It presents the running tomcat identity."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._doors: tuple[Door, ...] = (AxlDoor(node), CertmgrDoor(node), ControlCenterDoor(node))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._runner: web.AppRunner | None = None
        self.port = 0

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
        address = self._node.topology.address
        site = web.TCPSite(self._runner, address, self._node.topology.https_port, ssl_context=self._context)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port and all connections."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

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
        faults = {
            fault.kind: fault
            for fault in self._node.cluster.world.faults.take(
                self._node.cluster.name, self._node.name, name, operation
            )
        }
        if "latency" in faults:
            await asyncio.sleep(faults["latency"].seconds)
        reply = self._answer(door, request, faults)
        broken = "drop-before" in faults or "drop-after" in faults
        self._log(request, name, operation, 0 if broken else reply.status)
        if broken:
            assert incoming.transport is not None
            incoming.transport.abort()
            return web.Response()
        return await self._send(incoming, reply, truncated="truncate" in faults)

    def _answer(self, door: Door | None, request: Request, faults: Mapping[Kind, Fault]) -> Reply:
        """The reply, after the faults that change it. Only the first three keep the request undone."""
        if "drop-before" in faults:
            return Reply(0, b"", "")
        if "unavailable" in faults:
            return http.html_page(503, "The server is temporarily unable to service the request.")
        if "rate-limit" in faults:
            return soap_fault(_RATE_LIMIT)
        reply = door.answer(request) if door else http.not_found()
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

    @staticmethod
    async def _send(incoming: web.Request, reply: Reply, *, truncated: bool) -> web.StreamResponse:
        headers = {**reply.headers, "Content-Type": reply.content_type}
        if not truncated:
            return web.Response(status=reply.status, body=reply.body, headers=headers)
        response = web.StreamResponse(status=reply.status, headers=headers)
        response.content_length = len(reply.body)
        await response.prepare(incoming)
        await response.write(reply.body[: len(reply.body) // 2])
        assert incoming.transport is not None
        incoming.transport.close()
        return response
