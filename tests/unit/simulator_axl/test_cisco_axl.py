# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, the simulated AXL server serves our own client and refuses one that others wrote in JavaScript.

The client is cisco-axl, with Cisco's WSDL of version 15.0 as it comes with the client.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.schemas import CISCO_AXL, cisco_axl_is_installed
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator, running_simulator
from ansible_collections.ucops.cucm.tests.simulator.topology import ClusterTopology, NodeTopology, Topology
from ansible_collections.ucops.cucm.tests.unit.simulator_axl.client import PATTERN, PROFILE, TRUNK

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed"),
    pytest.mark.skipif(
        not cisco_axl_is_installed(), reason="cisco-axl is not in .cache/cisco-axl; run make schemas"
    ),
]

CLIENT = Path(__file__).with_name("cisco_axl_client.js")
NODE = "cucm-pub"
PROFILE_TRUNK = {
    **TRUNK,
    "securityProfileName": "tls-cucm10",
    "destinations": {"destination": TRUNK["destinations"]},
}


@pytest.fixture
def simulator() -> Iterator[RunningSimulator]:
    cluster = ClusterTopology("CUCMA", "15", (NodeTopology(NODE, "publisher"),))
    with running_simulator(Topology((cluster,))) as running:
        yield running


def call(
    simulator: RunningSimulator, *calls: tuple[str, dict[str, Any]], password: str = "administrator-secret"
) -> list[dict[str, Any]]:
    """What the client gives for each call: `value` or `error`. It starts once, since it reads the WSDL then."""
    node = simulator.node(NODE)
    order = {
        "endpoint": f"https://{node.topology.address}:{node.web.port}/axl/",
        "username": "administrator",
        "password": password,
        "version": "15.0",
        "calls": calls,
    }
    # The client's manual has certificates unchecked.
    env = {**os.environ, "NODE_PATH": str(CISCO_AXL / "node_modules"), "NODE_TLS_REJECT_UNAUTHORIZED": "0"}
    done = subprocess.run(
        ["node", CLIENT], input=json.dumps(order), env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    results: list[dict[str, Any]] = json.loads(done.stdout)
    return results


def listing(key: str, **tags: str) -> dict[str, Any]:
    return {"searchCriteria": {key: "%"}, "returnedTags": tags}


def test_cisco_axl_adds_gets_lists_changes_and_removes_each_object(simulator: RunningSimulator) -> None:
    # The client drops an empty text; the schema wants all four elements of the key.
    others = ("routePartitionName", "dialPlanName", "routeFilterName")
    key = {"pattern": "9898", **{name: {"value": ""} for name in others}}
    results = call(
        simulator,
        ("addSipTrunkSecurityProfile", {"sipTrunkSecurityProfile": PROFILE}),
        ("getSipTrunkSecurityProfile", {"name": "tls-cucm10"}),
        ("listSipTrunkSecurityProfile", listing("name", name="", incomingPort="")),
        ("updateSipTrunkSecurityProfile", {"name": "tls-cucm10", "x509SubjectName": "other.example.com"}),
        ("getSipTrunkSecurityProfile", {"name": "tls-cucm10"}),
        ("addSipTrunk", {"sipTrunk": PROFILE_TRUNK}),
        ("getSipTrunk", {"name": "to-cucm10"}),
        ("listSipTrunk", listing("name", name="", srtpAllowed="")),
        ("updateSipTrunk", {"name": "to-cucm10", "srtpAllowed": "true"}),
        ("getSipTrunk", {"name": "to-cucm10"}),
        ("addRoutePattern", {"routePattern": PATTERN}),
        ("getRoutePattern", key),
        ("listRoutePattern", listing("pattern", pattern="", description="")),
        ("updateRoutePattern", {**key, "description": "to ten"}),
        ("getRoutePattern", key),
        ("removeSipTrunk", {"name": "to-cucm10"}),
        ("removeRoutePattern", key),
        ("removeSipTrunk", {"name": "to-cucm10"}),
        ("removeSipTrunkSecurityProfile", {"name": "tls-cucm10"}),
        ("getSipTrunkSecurityProfile", {"name": "tls-cucm10"}),
    )
    values = [result.get("value") for result in results]
    errors = {number: result["error"] for number, result in enumerate(results) if "error" in result}

    assert values[1]["sipTrunkSecurityProfile"]["attributes"]["uuid"] == values[0]
    assert values[1]["sipTrunkSecurityProfile"]["securityMode"] == "Encrypted"
    ports = {row["name"]: row["incomingPort"] for row in values[2]["sipTrunkSecurityProfile"]}
    assert ports["tls-cucm10"] == "5061"
    assert values[3] == values[0]
    assert values[4]["sipTrunkSecurityProfile"]["x509SubjectName"] == "other.example.com"

    trunk = values[6]["sipTrunk"]
    assert trunk["attributes"]["uuid"] == values[5] == values[8]
    assert trunk["securityProfileName"]["value"] == "tls-cucm10"
    assert trunk["destinations"]["destination"][0]["addressIpv4"] == "192.0.2.10"
    assert [(row["name"], row["srtpAllowed"]) for row in values[7]["sipTrunk"]] == [("to-cucm10", "false")]
    assert values[9]["sipTrunk"]["srtpAllowed"] == "true"

    assert values[11]["routePattern"]["destination"]["gatewayName"]["value"] == "to-cucm10"
    assert [row["pattern"] for row in values[12]["routePattern"]] == ["9898"]
    assert values[14]["routePattern"]["description"] == "to ten"

    # A trunk that a pattern leads to is not removed; once the pattern is gone, it is.
    assert set(errors) == {15, 19}
    assert errors[19]["detail"]["axlError"]["axlcode"] == "5007"
    assert (values[16], values[17], values[18]) == (values[10], values[5], values[0])
    changes = [mutation.operation for mutation in simulator.journal.since(0)]
    assert changes == [
        *("addSipTrunkSecurityProfile", "updateSipTrunkSecurityProfile"),
        *("addSipTrunk", "updateSipTrunk"),
        *("addRoutePattern", "updateRoutePattern", "removeRoutePattern"),
        *("removeSipTrunk", "removeSipTrunkSecurityProfile"),
    ]


def test_cisco_axl_is_told_of_a_wrong_password(simulator: RunningSimulator) -> None:
    (result,) = call(simulator, ("getSipTrunk", {"name": "x"}), password="wrong")
    assert "value" not in result
    assert list(simulator.journal.since(0)) == []
