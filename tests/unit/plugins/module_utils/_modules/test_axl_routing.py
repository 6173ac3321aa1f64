# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cucm_route_pattern, cucm_route_group and cucm_route_list on the wire."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules import (
    cucm_route_group,
    cucm_route_list,
    cucm_route_pattern,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._axl.wire import (
    NOT_FOUND,
    UUID,
    Reply,
    Sent,
    Server,
    fault,
    run,
    soap,
)

OTHER = UUID.replace("A}", "B}")
PATTERN = cucm_route_pattern.DEFINITION
GROUP = cucm_route_group.DEFINITION
LIST = cucm_route_list.DEFINITION


def pattern(uuid: str = UUID, name: str = "98XX", partition: str = "", rest: str = "") -> str:
    return (
        f"<routePattern uuid='{uuid}'><pattern>{name}</pattern>"
        f"<routePartitionName>{partition}</routePartitionName><dialPlanName/><routeFilterName/>{rest}"
        "</routePattern>"
    )


TO_TRUNK = pattern(
    rest="<description>d</description><blockEnable>false</blockEnable>"
    f"<destination><gatewayName uuid='{UUID}'>T</gatewayName></destination>"
)


def server(**replies: str | Reply) -> Server:
    def answer(sent: Sent) -> Reply:
        reply = replies.get(sent.operation, UUID)
        return soap(sent.version, sent.operation, reply) if isinstance(reply, str) else reply

    return Server(answer)


def test_add_a_pattern(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(listRoutePattern="", getRoutePattern=TO_TRUNK)
    result = run(PATTERN, wire, monkeypatch, pattern="98XX", trunk="T", description="d")
    assert result["changed"] is True, result
    assert "reset" not in result
    assert wire.operations == ["listRoutePattern", "addRoutePattern", "getRoutePattern"]
    tags = [(name, "") for name in ("pattern", "routePartitionName", "dialPlanName", "routeFilterName")]
    assert wire.sent[0].content == [("searchCriteria", [("pattern", "98XX")]), ("returnedTags", tags)]
    assert wire.sent[1].content == [
        (
            "routePattern",
            [
                ("pattern", "98XX"),
                ("description", "d"),
                ("routePartitionName", None),
                ("blockEnable", "false"),
                ("useCallingPartyPhoneMask", "Default"),
                ("dialPlanName", None),
                ("digitDiscardInstructionName", None),
                ("networkLocation", "OnNet"),
                ("prefixDigitsOut", None),
                ("routeFilterName", None),
                ("destination", [("gatewayName", "T")]),
            ],
        )
    ]
    assert wire.sent[2].content == [("uuid", UUID)]


def test_a_pattern_is_told_from_others_by_its_whole_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(
        listRoutePattern=pattern(OTHER, partition="PT") + pattern(OTHER, "98XX1") + pattern(UUID),
        getRoutePattern=TO_TRUNK,
    )
    result = run(PATTERN, wire, monkeypatch, pattern="98XX", trunk="T")
    assert result["changed"] is False, result
    assert wire.sent[1].content == [("uuid", UUID)]
    assert len(wire.sent) == 2


@pytest.mark.parametrize("partition", ["", None])
def test_no_partition_is_no_partition(monkeypatch: pytest.MonkeyPatch, partition: str | None) -> None:
    wire = server(listRoutePattern=pattern(partition="PT"), getRoutePattern=TO_TRUNK)
    result = run(PATTERN, wire, monkeypatch, pattern="98XX", partition=partition, state="absent")
    assert result["changed"] is False
    assert wire.operations == ["listRoutePattern"]


def test_a_backslash_is_searched_for_and_compared_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(
        listRoutePattern=pattern(OTHER, "1+1") + pattern(UUID, "\\+1"),
        getRoutePattern=pattern(UUID, "\\+1"),
    )
    result = run(PATTERN, wire, monkeypatch, pattern="\\+1", state="absent")
    assert result["changed"] is True
    assert wire.sent[0].content[0] == ("searchCriteria", [("pattern", "%+1")])
    assert wire.last("removeRoutePattern").content == [("uuid", UUID)]


@pytest.mark.parametrize("check", [False, True])
def test_a_pattern_moves_to_a_route_list(monkeypatch: pytest.MonkeyPatch, check: bool) -> None:
    wire = server(listRoutePattern=pattern(), getRoutePattern=TO_TRUNK)
    result = run(
        PATTERN, wire, monkeypatch, check=check, pattern="98XX", route_list="RL", description="d", block=False
    )
    assert result["changed"] is True
    if check:
        assert wire.operations == ["listRoutePattern", "getRoutePattern"]
        assert (result["route_pattern"]["trunk"], result["route_pattern"]["route_list"]) == ("", "RL")
    else:
        assert wire.last("updateRoutePattern").content == [
            ("uuid", UUID),
            ("destination", [("routeListName", "RL")]),
        ]


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(("option", "noun"), [("trunk", "trunk"), ("route_list", "route list")])
def test_a_pattern_of_others_is_not_taken_over(
    monkeypatch: pytest.MonkeyPatch, option: str, noun: str, check: bool
) -> None:
    wire = server(listRoutePattern=pattern(), getRoutePattern=TO_TRUNK)
    result = run(PATTERN, wire, monkeypatch, check=check, pattern="98XX", take_over=False, **{option: "Ours"})
    assert result["reason"] == "invalid_option"
    assert result["msg"] == (
        "cucma-pub.example.com: the route pattern '98XX' is there already and leads to the trunk 'T', not the"
        f" {noun} 'Ours'. Option: {option}. Remove or change it by hand, or set take_over: true."
    )
    assert wire.operations == ["listRoutePattern", "getRoutePattern"]


@pytest.mark.parametrize(("check", "trunk"), [(False, "T"), (True, "T"), (False, None)])
def test_our_own_pattern_is_changed(monkeypatch: pytest.MonkeyPatch, check: bool, trunk: str | None) -> None:
    wire = server(listRoutePattern=pattern(), getRoutePattern=TO_TRUNK)
    options = {"pattern": "98XX", "trunk": trunk, "take_over": False, "description": "new"}
    result = run(PATTERN, wire, monkeypatch, check=check, **options)
    assert result["changed"] is True, result
    assert ("updateRoutePattern" in wire.operations) is not check


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(
    ("content", "leads"),
    [(TO_TRUNK, "leads to the trunk 'T'"), (pattern(), "leads to no trunk or route list")],
)
def test_a_pattern_of_others_is_not_removed(
    monkeypatch: pytest.MonkeyPatch, content: str, leads: str, check: bool
) -> None:
    wire = server(listRoutePattern=pattern(), getRoutePattern=content)
    options = {"pattern": "98XX", "route_list": "Ours", "take_over": False, "state": "absent"}
    result = run(PATTERN, wire, monkeypatch, check=check, **options)
    assert (result["changed"], result["route_pattern"]["uuid"]) == (False, UUID)
    (warning,) = result["warnings"]
    assert warning == (
        f"cucma-pub.example.com: the route pattern '98XX' was not removed, since it {leads} and take_over is"
        " false"
    )
    assert wire.operations == ["listRoutePattern", "getRoutePattern"]


@pytest.mark.parametrize("trunk", ["T", None])
def test_our_own_pattern_is_removed(monkeypatch: pytest.MonkeyPatch, trunk: str | None) -> None:
    wire = server(listRoutePattern=pattern(), getRoutePattern=TO_TRUNK)
    options = {"pattern": "98XX", "trunk": trunk, "take_over": False, "state": "absent"}
    result = run(PATTERN, wire, monkeypatch, **options)
    assert (result["changed"], result["warnings"]) == (True, [])
    assert wire.last("removeRoutePattern").content == [("uuid", UUID)]


def test_a_new_pattern_needs_a_destination(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(
        PATTERN, server(listRoutePattern=""), monkeypatch, pattern="98XX", partition="PT", block=True
    )
    assert "there is no route pattern '98XX', partition 'PT' on this cluster" in result["msg"]
    assert "a new one needs trunk or route_list. Option: trunk or route_list." in result["msg"]


@pytest.mark.parametrize(
    ("option", "operation", "value"),
    [
        ("partition", "getRoutePartition", "PT"),
        ("route_list", "getRouteList", "RL"),
        ("trunk", "getSipTrunk", "T"),
    ],
)
def test_a_missing_reference(
    monkeypatch: pytest.MonkeyPatch, option: str, operation: str, value: str
) -> None:
    wire = server(listRoutePattern="", addRoutePattern=NOT_FOUND, **{operation: NOT_FOUND})
    given = {"trunk": "T", option: value} if option == "partition" else {option: value}
    result = run(PATTERN, wire, monkeypatch, pattern="98XX", **given)
    assert result["reason"] == "missing_reference"
    assert result["msg"] == (
        f"cucma-pub.example.com, addRoutePattern: this cluster has no {option} '{value}'. Option: {option}."
        " Make it first, or correct the name."
    )


def test_missing_discard_digits_which_cannot_be_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = fault(5007, "Item not valid: The specified PreDash was not found")
    wire = server(listRoutePattern="", addRoutePattern=refused)
    result = run(PATTERN, wire, monkeypatch, pattern="98XX", trunk="T", discard_digits="PreDash")
    assert "this cluster has no discard_digits 'PreDash'. Option: discard_digits." in result["msg"]


def test_isdn_facilities_are_one_element(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(listRoutePattern=pattern(), getRoutePattern=TO_TRUNK)
    run(
        PATTERN,
        wire,
        monkeypatch,
        pattern="98XX",
        network_service_protocol="PRI NI2",
        network_service="Private",
    )
    assert wire.last("updateRoutePattern").content == [
        ("uuid", UUID),
        ("isdnNsfInfoElement", [("networkServiceProtocol", "PRI NI2"), ("networkService", "Private")]),
    ]


def group(*members: tuple[int, str]) -> str:
    items = "".join(
        f"<member uuid='{UUID}'><deviceSelectionOrder>{place}</deviceSelectionOrder>"
        f"<deviceName>{name}</deviceName><port>0</port></member>"
        for place, name in members
    )
    return (
        f"<routeGroup uuid='{UUID}'><name>RG</name><distributionAlgorithm>Circular</distributionAlgorithm>"
        f"<members>{items}</members></routeGroup>"
    )


@pytest.mark.parametrize("version", ["9.1", "10.0", "15.0"])
def test_add_a_group(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    added = group((1, "T1"), (2, "T2"))
    wire = server()
    wire.answer = lambda sent: (
        NOT_FOUND
        if len(wire.sent) == 1
        else soap(version, sent.operation, added if sent.operation == "getRouteGroup" else UUID)
    )
    members = [{"device": "T2", "selection_order": 2}, {"device": "T1", "selection_order": 1}]
    result = run(GROUP, wire, monkeypatch, version=version, name="RG", members=members)
    assert result["changed"] is True, result
    assert result["warnings"] == []
    ((_element, content),) = wire.last("addRouteGroup").content
    member = [
        ("member", [("deviceSelectionOrder", str(place)), ("deviceName", f"T{place}"), ("port", "0")])
        for place in (1, 2)
    ]
    rest = [("distributionAlgorithm", "Circular"), ("members", member)]
    name = ("name", "RG")
    assert content == ([name, *rest] if version == "9.1" else [*rest, name])


@pytest.mark.parametrize(
    ("members", "changed"),
    [
        ([{"device": "T1"}, {"device": "T2"}], False),
        ([{"device": "T2"}, {"device": "T1"}], True),
        ([{"device": "T1", "port": 1}, {"device": "T2"}], True),
        ([{"device": "T1", "selection_order": 3}, {"device": "T2", "selection_order": 9}], False),
        ([{"device": "T1"}], True),
    ],
)
def test_the_order_of_a_group_counts(
    monkeypatch: pytest.MonkeyPatch, members: list[dict[str, Any]], changed: bool
) -> None:
    wire = server(getRouteGroup=group((9, "T2"), (3, "T1")))
    result = run(GROUP, wire, monkeypatch, check=True, name="RG", members=members)
    assert result["changed"] is changed


ROUTE_LIST = (
    f"<routeList uuid='{UUID}'><name>RL</name><callManagerGroupName>Default</callManagerGroupName>"
    "<routeListEnabled>true</routeListEnabled><members><member><routeGroupName>RG</routeGroupName>"
    "<selectionOrder>1</selectionOrder><calledPartyTransformationMask>9XXXX</calledPartyTransformationMask>"
    "<useFullyQualifiedCallingPartyNumber>On</useFullyQualifiedCallingPartyNumber></member></members>"
    "<runOnEveryNode>false</runOnEveryNode></routeList>"
)


def test_a_list_keeps_what_its_members_have(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(getRouteList=ROUTE_LIST)
    result = run(LIST, wire, monkeypatch, name="RL", enabled=True, members=[{"route_group": "RG"}])
    assert result["changed"] is False, result
    assert wire.operations == ["getRouteList"]

    run(LIST, wire, monkeypatch, name="RL", members=[{"route_group": "New"}, {"route_group": "RG"}])
    uuid, (element, members) = wire.last("updateRouteList").content
    assert uuid == ("uuid", UUID)
    assert element == "members"
    assert [dict(member)["routeGroupName"] for _name, member in members] == ["New", "RG"]
    assert [dict(member)["selectionOrder"] for _name, member in members] == ["1", "2"]
    kept = dict(members[1][1])
    assert kept["calledPartyTransformationMask"] == "9XXXX"
    assert kept["useFullyQualifiedCallingPartyNumber"] == "On"
    assert dict(members[0][1])["useFullyQualifiedCallingPartyNumber"] == "Default"


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    ("name", "option"), [("9.@", "dial_plan"), (" 9898", "pattern"), ("9898 ", "pattern"), ("98x", "pattern")]
)
def test_what_is_no_pattern_is_refused_and_nothing_is_sent(
    monkeypatch: pytest.MonkeyPatch, name: str, option: str, check_mode: bool
) -> None:
    wire = server()
    result = run(PATTERN, wire, monkeypatch, check=check_mode, pattern=name, trunk="T")
    assert result["reason"] == "invalid_option"
    assert f"Option: {option}." in result["msg"]
    assert wire.operations == []
