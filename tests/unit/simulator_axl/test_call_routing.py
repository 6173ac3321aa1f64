# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route patterns, route lists, route groups and lines on the simulated AXL server."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.tests.unit.simulator_axl.client import (
    PATTERN,
    TRUNK,
    Client,
    element,
    refuses,
)

KEY = "<pattern>9898</pattern><routePartitionName/><dialPlanName/><routeFilterName/>"
GROUP = {
    "name": "group",
    "distributionAlgorithm": "Top Down",
    "members": [{"deviceSelectionOrder": "1", "deviceName": "to-cucm10", "port": "0"}],
}
LIST = {
    "name": "list",
    "callManagerGroupName": "Default",
    "members": [
        {"routeGroupName": "group", "selectionOrder": "1", "useFullyQualifiedCallingPartyNumber": "Default"}
    ],
}


@pytest.fixture
def with_trunk(every: Client) -> Client:
    every.add("SipTrunk", TRUNK)
    every.journal.clear()
    return every


def test_an_added_pattern_reads_back(with_trunk: Client) -> None:
    record = with_trunk.add("RoutePattern", PATTERN)

    pattern = with_trunk.get("RoutePattern", KEY)

    assert pattern.get("uuid") == record.uuid
    assert pattern.findtext("destination/gatewayName") == "to-cucm10"
    assert pattern.find("destination/routeListName") is None
    assert pattern.findtext("provideOutsideDialtone") == "true"
    assert pattern.findtext("allowDeviceOverride") == "false"
    assert pattern.findtext("usage") == "Route"
    assert pattern.findtext("routePartitionName") == ""
    assert with_trunk.get("RoutePattern", uuid=record.uuid).findtext("pattern") == "9898"


def test_the_key_has_four_parts(axl: Client) -> None:
    axl.add("SipTrunk", TRUNK)
    axl.database.add("RoutePartition", {"name": "internal"})
    axl.add("RoutePattern", PATTERN)
    axl.add("RoutePattern", PATTERN, routePartitionName="internal", description="inside")

    with refuses(-239, "duplicate value"):
        axl.add("RoutePattern", PATTERN)
    inside = KEY.replace("<routePartitionName/>", "<routePartitionName>internal</routePartitionName>")
    assert axl.get("RoutePattern", inside).findtext("description") == "inside"
    with refuses(-1, "dialPlanName"):
        axl.get("RoutePattern", "<pattern>9898</pattern><routePartitionName/>")
    with refuses(5007, "The specified RoutePattern was not found"):
        axl.get("RoutePattern", KEY.replace("9898", "9899"))


def test_a_pattern_is_updated_and_moved(with_trunk: Client) -> None:
    uuid = with_trunk.add("RoutePattern", PATTERN).uuid
    with_trunk.database.add("RoutePartition", {"name": "internal"})

    with_trunk.update(
        "RoutePattern",
        KEY,
        newPattern="98XX",
        newRoutePartitionName="internal",
        blockEnable="true",
        releaseClause="Call Rejected",
    )

    values = with_trunk.database.by_uuid("RoutePattern", uuid).values
    assert (values["pattern"], values["routePartitionName"]) == ("98XX", "internal")
    assert (values["blockEnable"], values["releaseClause"]) == ("true", "Call Rejected")
    assert with_trunk.journal[-1].details["elements"] == {
        "newPattern": "98XX",
        "newRoutePartitionName": "internal",
        "blockEnable": "true",
        "releaseClause": "Call Rejected",
    }
    with refuses(-692, "still being referenced"):
        with_trunk.call("removeRoutePartition", "<name>internal</name>")


def test_what_a_pattern_points_at_must_exist(with_trunk: Client) -> None:
    for destination in ({"gatewayName": "nowhere"}, {"routeListName": "nowhere"}):
        with refuses(5007, "The specified nowhere was not found"):
            with_trunk.add("RoutePattern", PATTERN, destination=destination)
    with refuses(-1, "routeListName"):
        with_trunk.call(
            "addRoutePattern",
            element("routePattern", PATTERN).replace(
                "</gatewayName>", "</gatewayName><routeListName>list</routeListName>"
            ),
        )
    with refuses(-1, "gatewayName"):
        with_trunk.add("RoutePattern", PATTERN, destination={})
    with refuses(-391, "gatewayName"):
        with_trunk.add("RoutePattern", PATTERN, destination={"gatewayName": ""})
    assert with_trunk.journal == []


def test_a_pattern_with_at_needs_a_dial_plan(axl: Client) -> None:
    axl.add("SipTrunk", TRUNK)

    with refuses(5003, "Dial plan is mandatory"):
        axl.add("RoutePattern", PATTERN, pattern="9.@")
    axl.add("RoutePattern", PATTERN, pattern="9.@", dialPlanName="NANP", digitDiscardInstructionName="PreDot")


def test_patterns_are_listed_without_destination(with_trunk: Client) -> None:
    with_trunk.add("RoutePattern", PATTERN)
    criteria = "<searchCriteria><pattern>98%</pattern></searchCriteria>"

    (found,) = with_trunk.call(
        "listRoutePattern", f"{criteria}<returnedTags><pattern/><routePartitionName/></returnedTags>"
    )

    assert [child.tag for child in found] == ["pattern", "routePartitionName"]
    with refuses(-1, "has no destination"):
        with_trunk.call("listRoutePattern", f"{criteria}<returnedTags><destination/></returnedTags>")


def test_emergency_patterns_come_with_11_0(axl: Client, old: Client) -> None:
    for client in (axl, old):
        client.add("SipTrunk", TRUNK)
    axl.add("RoutePattern", PATTERN, isEmergencyServiceNumber="true")
    with refuses(-1, "isEmergencyServiceNumber"):
        old.call("addRoutePattern", element("routePattern", {**PATTERN, "isEmergencyServiceNumber": "true"}))


def test_network_facilities_of_a_pattern(with_trunk: Client) -> None:
    with_trunk.add("RoutePattern", PATTERN, isdnNsfInfoElement={"networkServiceProtocol": "PRI NI2"})

    pattern = with_trunk.get("RoutePattern", KEY)

    assert pattern.findtext("isdnNsfInfoElement/networkServiceProtocol") == "PRI NI2"
    with refuses(5007, "PRI 5"):
        with_trunk.update("RoutePattern", KEY, isdnNsfInfoElement={"networkServiceProtocol": "PRI 5"})


def test_a_pattern_over_a_route_list(with_trunk: Client) -> None:
    with_trunk.add("RouteGroup", GROUP)
    with_trunk.add("RouteList", LIST)
    with_trunk.add("RoutePattern", PATTERN, destination={"routeListName": "list"})

    group = with_trunk.get("RouteGroup", "<name>group</name>")
    route_list = with_trunk.get("RouteList", "<name>list</name>")

    assert group.findtext("members/member/deviceName") == "to-cucm10"
    assert group.find("members/member").get("uuid")
    assert route_list.findtext("members/member/routeGroupName") == "group"
    assert route_list.findtext("routeListEnabled") == "false"
    assert with_trunk.get("RoutePattern", KEY).findtext("destination/routeListName") == "list"
    for operation, name in (("SipTrunk", "to-cucm10"), ("RouteGroup", "group"), ("RouteList", "list")):
        with refuses(-692, "still being referenced"):
            with_trunk.call(f"remove{operation}", f"<name>{name}</name>")
    with_trunk.call("removeRoutePattern", KEY)
    for operation, name in (("RouteList", "list"), ("RouteGroup", "group"), ("SipTrunk", "to-cucm10")):
        with_trunk.call(f"remove{operation}", f"<name>{name}</name>")
    assert with_trunk.database.all("RouteList") == []


def test_members_of_a_route_group_are_edited(with_trunk: Client) -> None:
    with_trunk.add("SipTrunk", TRUNK, name="second")
    with_trunk.add("RouteGroup", GROUP)
    second = {"deviceSelectionOrder": "2", "deviceName": "second", "port": "0"}

    with_trunk.update("RouteGroup", "<name>group</name>", addMembers=[second], newName="both")
    with refuses(-239, "duplicate"):
        with_trunk.update("RouteGroup", "<name>both</name>", addMembers=[second])
    with_trunk.update("RouteGroup", "<name>both</name>", removeMembers=GROUP["members"])

    assert with_trunk.database.find("RouteGroup", name="both").values["members"] == [second]
    with refuses(5007, "The specified third was not found"):
        with_trunk.update("RouteGroup", "<name>both</name>", members=[{**second, "deviceName": "third"}])


def test_lines(every: Client) -> None:
    line = {"pattern": "1018", "usage": "Device"}
    every.add("Line", line)
    key = "<pattern>1018</pattern><routePartitionName/>"

    with refuses(4052, "same pattern and partition"):
        every.add("Line", line)
    assert every.get("Line", key).findtext("pattern") == "1018"
    found = every.call(
        "listLine",
        "<searchCriteria><pattern>%</pattern></searchCriteria><returnedTags><pattern/></returnedTags>",
    )
    assert [item.findtext("pattern") for item in found] == ["1018"]
    every.call("removeLine", key)
    assert every.database.all("Line") == []


@pytest.mark.parametrize("text", [" 9898", "98 98", "98x", "user@example.com", "[12", "1;2"])
def test_what_is_no_pattern_is_refused(axl: Client, text: str) -> None:
    axl.add("SipTrunk", TRUNK)
    with refuses(5003, "is not valid"):
        axl.add("RoutePattern", {**PATTERN, "pattern": text, "dialPlanName": "NANP"})


@pytest.mark.parametrize(
    ("sent", "kept"), [("True", "true"), ("False", "false"), ("t", "true"), ("0", "false")]
)
def test_words_for_true_and_false(axl: Client, sent: str, kept: str) -> None:
    axl.add("SipTrunk", TRUNK)
    axl.add("RoutePattern", {**PATTERN, "blockEnable": sent})
    assert axl.database.find("RoutePattern", pattern="9898").values["blockEnable"] == kept
