# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two clusters joined over their own doors alone: REST, AXL and Control Center, nothing behind them."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.schemas import reason_unavailable
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator
from ansible_collections.ucops.cucm.tests.unit.simulator.control_center_client import control
from ansible_collections.ucops.cucm.tests.unit.simulator.support import USER, Authority, Client
from ansible_collections.ucops.cucm.tests.unit.simulator_axl import client as axl

A, B = "cucma-pub", "cucm10-pub"
VERSION = "14.0"

pytestmark = pytest.mark.skipif(bool(reason_unavailable()), reason=str(reason_unavailable()))


class Publisher:
    """AXL over HTTPS at one publisher, in the schema that both releases accept."""

    def __init__(self, sim: RunningSimulator, node: str) -> None:
        self._client = Client(sim.node(node), USER)

    def send(self, operation: str, inner: str) -> None:
        reply = self._client.request(
            "POST",
            "/axl/",
            data=axl.envelope(operation, inner, VERSION),
            headers={"Content-Type": "text/xml", "SOAPAction": f'"CUCM:DB ver={VERSION} {operation}"'},
        )
        assert reply.status_code == 200, reply.text

    def add(self, kind: str, usual: Any, **changes: Any) -> None:
        order = axl.order_of(f"X{kind}", VERSION)
        self.send(f"add{kind}", axl.element(axl.tag(kind), {**usual, **changes}, order))

    def join(self, peer: str, subject_name: str, pattern: str) -> None:
        destination = {"addressIpv4": peer, "port": "5061", "sortOrder": "1"}
        self.add("SipTrunkSecurityProfile", axl.PROFILE, name="TLS", x509SubjectName=subject_name)
        trunk = {"name": "PEER", "securityProfileName": "TLS", "srtpAllowed": "true"}
        self.add("SipTrunk", axl.TRUNK, destinations=[destination], **trunk)
        self.add("RoutePattern", axl.PATTERN, pattern=pattern, destination={"gatewayName": "PEER"})


def test_join_call_change_and_part(sim: RunningSimulator) -> None:
    authority = Authority()
    for node, name in ((A, "CUCMA"), (B, "CUCM10")):
        client = Client(sim.node(node))
        client.upload_trust(authority.pem)
        client.upload_identity(authority.sign(client.csr(commonName=name)))
        assert control(Client(sim.node(node), USER), "Cisco CallManager")["ServiceStatus"] == "Stopping"
    sim.advance(10)
    here, there = Publisher(sim, A), Publisher(sim, B)
    here.join(B, "CUCM10", "9898")
    there.join(A, "CUCMA", "1018")

    assert sim.call("CUCMA", "1018", "9898").failure == ""
    assert sim.call("CUCM10", "9898", "1018").failure == ""

    other_name = "<name>TLS</name><x509SubjectName>somebody-else</x509SubjectName>"
    there.send("updateSipTrunkSecurityProfile", other_name)
    assert sim.call("CUCMA", "1018", "9898").connected
    there.send("resetSipTrunk", "<name>PEER</name>")
    assert sim.call("CUCMA", "1018", "9898").path[0].messages == ["> INVITE", "< 403 Forbidden", "> ACK"]

    key = "<pattern>1018</pattern><routePartitionName/><dialPlanName/><routeFilterName/>"
    there.send("removeRoutePattern", key)
    there.send("removeSipTrunk", "<name>PEER</name>")
    assert sim.call("CUCMA", "1018", "9898").stage == "connect"
    assert {entry.door for entry in sim.journal.since()} == {"axl", "certmgr", "control-center"}
