# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that others wrote, with Cisco's full WSDL, on the simulated AXL server over HTTPS."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator, running_simulator
from ansible_collections.ucops.cucm.tests.simulator.topology import ClusterTopology, NodeTopology, Topology
from ansible_collections.ucops.cucm.tests.unit.simulator_axl.client import PROFILE, TRUNK

ciscoaxl = pytest.importorskip("ciscoaxl", reason="the third-party client is a requirement of the tests")

# The client does not verify, and says so.
pytestmark = pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")

NODES = {"9.1": "old-pub", "15": "new-pub"}


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    # The client speaks no TLS 1.0, and TLS is not what this is about.
    clusters = [
        ClusterTopology(f"C{release}", release, (NodeTopology(node, "publisher"),), https_tls=("1.0", "1.2"))
        for release, node in NODES.items()
    ]
    with running_simulator(Topology(tuple(clusters))) as running:
        yield running


def connect(
    simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch, cache: Path, release: str, version: str
) -> Any:
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))  # zeep's cache
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # would override its verify=False
        monkeypatch.delenv(name, raising=False)
    node = simulator.node(NODES[release])
    return ciscoaxl.axl(
        "administrator", "administrator-secret", node.topology.address, version, cucm_port=node.web.port
    )


# The client's newest schema is 12.5, which release 15 still serves.
@pytest.mark.parametrize(("release", "version"), [("9.1", "9.1"), ("15", "12.5")])
def test_ciscoaxl_adds_reads_and_removes_a_trunk(
    simulator: RunningSimulator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    release: str,
    version: str,
) -> None:
    node = simulator.node(NODES[release])
    client = connect(simulator, monkeypatch, tmp_path, release, version)
    client.client.addSipTrunkSecurityProfile(PROFILE)
    trunk: dict[str, Any] = {
        **TRUNK,
        "securityProfileName": "tls-cucm10",
        "destinations": {"destination": TRUNK["destinations"]},
    }

    added = client.add_sip_trunk(sipTrunk=trunk)
    read = client.get_sip_trunk(name="to-cucm10")
    listed = client.get_sip_trunks()
    nodes = client.client.listProcessNode({"name": "%"}, returnedTags={"name": ""})["return"]["processNode"]
    again = client.add_sip_trunk(sipTrunk=trunk)
    client.update_sip_trunk(name="to-cucm10", srtpAllowed="true")
    changed = client.get_sip_trunk(name="to-cucm10")
    running = [trunk.srtp_allowed for trunk in node.running_trunks.values()]
    reset = client.client.doDeviceReset(deviceName="to-cucm10", deviceResetType="Reset")
    running += [trunk.srtp_allowed for trunk in node.running_trunks.values()]
    removed = client.delete_sip_trunk(name="to-cucm10")
    gone = client.get_sip_trunk(name="to-cucm10")

    assert read["uuid"] == added["return"] == removed["return"]
    assert read["securityProfileName"]["_value_1"] == "tls-cucm10"
    assert read["callingSearchSpaceName"]["_value_1"] is None
    assert read["destinations"]["destination"][0]["addressIpv4"] == "192.0.2.10"
    assert read["destinations"]["destination"][0]["port"] == 5061
    assert (read["srtpAllowed"], changed["srtpAllowed"]) == ("false", "true")
    assert (running, reset["return"]) == ([False, True], "true")
    assert [item["name"] for item in listed] == ["to-cucm10"]
    assert NODES[release] in [item["name"] for item in nodes]
    assert "duplicate value" in again.message
    assert gone.detail.findtext("axlError/axlcode") == "5007"
    assert [mutation.operation for mutation in simulator.journal.since(0) if mutation.node == node.name] == [
        "addSipTrunkSecurityProfile",
        "addSipTrunk",
        "updateSipTrunk",
        "doDeviceReset",
        "removeSipTrunk",
    ]


def test_ciscoaxl_adds_changes_lists_and_removes_patterns_and_profiles(
    simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its own methods send Python's words for true and false, and ask for regions and by SQL."""
    client = connect(simulator, monkeypatch, tmp_path, "15", "12.5")
    client.add_sip_trunk(sipTrunk={**TRUNK, "destinations": {"destination": TRUNK["destinations"]}})
    added = client.add_route_pattern("8[2-5]XX", gateway="to-cucm10", description="to ten")
    refused = client.add_route_pattern("8 8", gateway="to-cucm10")
    listed = client.get_route_patterns()
    read = client.get_route_pattern(uuid=added["return"])
    client.update_route_pattern(uuid=added["return"], description="changed")
    changed = client.get_route_pattern(uuid=added["return"])
    regions = client.get_regions()
    query = client.sql_query("select dnorpattern, description from numplan where description = 'changed'")
    broken = client.sql_query("select name from nowhere")
    removed = client.delete_route_pattern(uuid=added["return"])
    profile = client.client.addSipTrunkSecurityProfile(
        {**PROFILE, "name": "p", "transmitSecurityStatus": True}
    )
    client.client.updateSipTrunkSecurityProfile(name="p", acceptPresenceSubscription=True)
    tags = {"name": "", "transmitSecurityStatus": "", "acceptPresenceSubscription": ""}
    profiles = client.client.listSipTrunkSecurityProfile({"name": "p"}, returnedTags=tags)["return"]
    client.client.removeSipTrunkSecurityProfile(name="p")
    client.delete_sip_trunk(name="to-cucm10")

    assert added["return"], added
    assert "is not valid" in refused.message
    assert [item["pattern"] for item in listed] == ["8[2-5]XX"]
    pattern = read["return"]["routePattern"] if "return" in read else read
    assert pattern["blockEnable"] == "false"
    assert pattern["destination"]["gatewayName"]["_value_1"] == "to-cucm10"
    pattern = changed["return"]["routePattern"] if "return" in changed else changed
    assert pattern["description"] == "changed"
    assert [region["name"] for region in regions] == ["Default"]
    assert [element.text for element in query["row"][0]] == ["8[2-5]XX", "changed"]
    assert "not in the database" in broken.message
    assert removed["return"] == added["return"]
    (found,) = profiles["sipTrunkSecurityProfile"]
    assert found["uuid"] == profile["return"]
    assert (found["transmitSecurityStatus"], found["acceptPresenceSubscription"]) == ("true", "true")
