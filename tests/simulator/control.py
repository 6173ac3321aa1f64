# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API: plain HTTP on loopback, for tests and the demo. Nothing of a real cluster."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any, get_args

from aiohttp import web
from ansible_collections.ucops.cucm.tests.simulator import pki, services, tampering
from ansible_collections.ucops.cucm.tests.simulator.calls import place_call
from ansible_collections.ucops.cucm.tests.simulator.certificates import PURPOSES
from ansible_collections.ucops.cucm.tests.simulator.defects import read_identity
from ansible_collections.ucops.cucm.tests.simulator.faults import Fault
from ansible_collections.ucops.cucm.tests.simulator.world import Node, World
from cryptography import x509


class ControlServer:
    """The control API of one world."""

    def __init__(self, world: World, port: int) -> None:
        self._world = world
        self._port = port
        self._runner: web.AppRunner | None = None
        self.url = ""

    async def start(self) -> None:
        """Listen on loopback."""
        application = web.Application(middlewares=[_errors_as_json])
        application.add_routes(
            [
                web.get("/state", self._state),
                web.get("/journal", self._journal),
                web.get("/requests", self._requests),
                web.delete("/requests", self._clear_requests),
                web.get("/faults", self._faults),
                web.post("/faults", self._order_fault),
                web.delete("/faults", self._clear_faults),
                web.get("/defects", self._defects),
                web.post("/defects", self._break_down),
                web.delete("/defects", self._mend),
                web.post("/clock", self._clock),
                web.post("/calls", self._call),
                web.post("/services", self._service),
                web.get("/clusters/{cluster}/nodes/{node}/certificates", self._certificates),
                web.post("/clusters/{cluster}/nodes/{node}/certificates", self._install),
                web.delete("/clusters/{cluster}/nodes/{node}/certificates", self._distrust),
                web.get("/clusters/{cluster}/nodes/{node}/trunks", self._trunks),
                web.post("/reset", self._reset),
            ]
        )
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def stop(self) -> None:
        """Close the port."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def description(self) -> dict[str, Any]:
        """Where everything listens: control URL, and per cluster its release and nodes."""
        clusters = {
            cluster.name: {
                "release": cluster.topology.release,
                "domain": cluster.topology.domain,
                "mixed_mode": cluster.topology.mixed_mode,
                "extensions": list(cluster.topology.extensions),
                "nodes": {node.name: _describe_node(node) for node in cluster.nodes.values()},
            }
            for cluster in self._world.clusters.values()
        }
        return {"control": self.url, "clusters": clusters}

    async def _state(self, _request: web.Request) -> web.Response:
        self._world.settle()
        state = self.description()
        state["clock"] = {"now": self._world.clock.text(), "offset": self._world.clock.offset}
        state["journal"] = len(self._world.journal)
        for cluster in self._world.clusters.values():
            state["clusters"][cluster.name]["axl"] = cluster.publisher.axl.checks
            for node in cluster.nodes.values():
                state["clusters"][cluster.name]["nodes"][node.name] |= _describe_running(node)
        return web.json_response(state)

    async def _journal(self, request: web.Request) -> web.Response:
        since = int(request.query.get("since", "0"))
        return web.json_response([entry.as_json() for entry in self._world.journal.since(since)])

    async def _requests(self, _request: web.Request) -> web.Response:
        return web.json_response([entry.as_json() for entry in self._world.requests.entries()])

    async def _clear_requests(self, _request: web.Request) -> web.Response:
        self._world.requests.clear()
        return web.json_response({})

    async def _faults(self, _request: web.Request) -> web.Response:
        return web.json_response([fault.as_json() for fault in self._world.faults.ordered])

    async def _order_fault(self, request: web.Request) -> web.Response:
        fault = Fault.from_json(await request.json())
        self._world.order_fault(fault)
        return web.json_response(fault.as_json(), status=201)

    async def _clear_faults(self, _request: web.Request) -> web.Response:
        self._world.clear_faults()
        return web.json_response({})

    async def _defects(self, _request: web.Request) -> web.Response:
        found = {node.name: node.defects.as_json() for node in self._world.nodes()}
        return web.json_response({name: defects for name, defects in found.items() if defects})

    async def _break_down(self, request: web.Request) -> web.Response:
        order = await request.json()
        self._world.break_down(order.pop("cluster", None), order.pop("node", None), order)
        return web.json_response({}, status=201)

    async def _mend(self, _request: web.Request) -> web.Response:
        self._world.repair()
        return web.json_response({})

    async def _clock(self, request: web.Request) -> web.Response:
        self._world.advance(float((await request.json())["advance"]))
        return web.json_response({"now": self._world.clock.text(), "offset": self._world.clock.offset})

    async def _call(self, request: web.Request) -> web.Response:
        order = await request.json()
        result = await place_call(
            self._world, order["cluster"], str(order["from"]), str(order["to"]), node=order.get("node")
        )
        return web.json_response(result.as_json())

    async def _service(self, request: web.Request) -> web.Response:
        """As `utils service …` of the command line, which may control every service."""
        order = await request.json()
        if order["control"] not in get_args(services.Control):
            raise ValueError(f"control is one of {', '.join(get_args(services.Control))}")
        node = self._node(order["cluster"], order["node"])
        reason = node.services.control(order["service"], order["control"], from_command_line=True)
        node.settle()
        return web.json_response({"reason": reason, "text": services.REASONS[reason]})

    async def _certificates(self, request: web.Request) -> web.Response:
        self._world.settle()
        node = self._node(request.match_info["cluster"], request.match_info["node"])
        own = node.certificates
        return web.json_response(
            {
                "installed": {
                    name: pki.describe(identity.certificate) for name, identity in own.installed.items()
                },
                "running": {
                    name: pki.describe(identity.certificate) for name, identity in own.running.items()
                },
                "trust": {
                    name: [pki.describe(certificate) for certificate in store.certificates()]
                    for name, store in own.trust.items()
                },
                "running_trust": {
                    name: [pki.describe(certificate) for certificate in certificates]
                    for name, certificates in own.running_trust.items()
                },
                "pending": {name: pki.pem(pending.request) for name, pending in own.pending.items()},
            }
        )

    async def _install(self, request: web.Request) -> web.Response:
        """The back way: an identity and trusted certificates that no door would take, on one node."""
        order = await request.json()
        node = self._node(request.match_info["cluster"], request.match_info["node"])
        identity = read_identity(order["certificate_pem"], order["key_pem"])
        chain = [x509.load_pem_x509_certificate(text.encode()) for text in order.get("chain", ())]
        if order.get("shown_only"):
            tampering.show(node.certificates, order["service"], identity.certificate)
        else:
            tampering.install(node.certificates, order["service"], identity, chain)
            self._restarted(node, order)
        return web.json_response({"fingerprint": pki.fingerprint(identity.certificate)}, status=201)

    async def _distrust(self, request: web.Request) -> web.Response:
        order = await request.json()
        node = self._node(request.match_info["cluster"], request.match_info["node"])
        if not tampering.distrust(node.certificates, order["service"], order["fingerprint"]):
            raise KeyError(order["fingerprint"])
        self._restarted(node, order)
        return web.json_response({})

    @staticmethod
    def _restarted(node: Node, order: dict[str, Any]) -> None:
        """Let the service take up its certificates at once, where the order wants that."""
        if order.get("running"):
            node.service_started(PURPOSES[order["service"]].presented_by)

    async def _trunks(self, request: web.Request) -> web.Response:
        """What the node tells of its trunks, without the rate limit of RisPort70."""
        self._world.settle()
        node = self._node(request.match_info["cluster"], request.match_info["node"])
        statuses = await node.trunk_status()
        return web.json_response(
            [{**asdict(status), "since": status.since.isoformat()} for status in statuses]
        )

    async def _reset(self, _request: web.Request) -> web.Response:
        self._world.restore()
        return web.json_response({})

    def _node(self, cluster: str, node: str) -> Node:
        return self._world.clusters[cluster].nodes[node]


def _describe_node(node: Node) -> dict[str, Any]:
    return {
        "address": node.topology.address,
        "https_port": node.web.port,
        "sip_port": node.sip.port,
        "ssh_port": node.ssh.port,
        "ssh_host_key": node.ssh.host_key,
        "ssh_host_key_fingerprint": node.ssh.host_key_fingerprint,
        "tomcat_fingerprint": pki.fingerprint(node.certificates.running["tomcat"].certificate),
        "hostname": node.topology.hostname,
        "fqdn": node.fqdn,
        "role": node.topology.role,
    }


def _describe_running(node: Node) -> dict[str, Any]:
    return {
        "sip_listening": node.sip.listening,
        "services": {name: node.services.status(name) for name in node.services.names},
        "running_trunks": sorted(trunk.name for trunk in node.running_trunks.values()),
    }


@web.middleware
async def _errors_as_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    try:
        return await handler(request)
    except KeyError as error:
        return web.json_response({"error": f"unknown or missing: {error.args[0]}"}, status=404)
    except (TypeError, ValueError, json.JSONDecodeError) as error:
        return web.json_response({"error": str(error)}, status=400)
