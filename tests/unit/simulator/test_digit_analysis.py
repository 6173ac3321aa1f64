# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digit analysis: wildcards, the best match, blocking, and the way over route lists."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.tests.simulator.axl.database import Database
from ansible_collections.ucops.cucm.tests.simulator.digit_analysis import analyse, compile_pattern


@pytest.fixture
def database() -> Database:
    database = Database("14")
    database.add("Line", {"pattern": "1018", "routePartitionName": None})
    for name in ("T1", "T2", "T3"):
        database.add("SipTrunk", {"name": name})
    return database


def route(database: Database, pattern: str, trunk: str = "T1", **values: str) -> None:
    database.add("RoutePattern", {"pattern": pattern, "destination": {"gatewayName": trunk}, **values})


@pytest.mark.parametrize(
    ("pattern", "digits", "matches"),
    [
        ("9898", "9898", True),
        ("9898", "98980", False),
        ("98XX", "9812", True),
        ("98XX", "981*", False),
        ("9.8[1-3]", "982", True),
        ("9.8[^1-3]", "982", False),
        ("9!", "9", False),
        ("9!", "912345", True),
        (r"\+1X", "+15", True),
        ("12+", "1222", True),
        ("12?", "1", True),
        ("*1#", "*1#", True),
    ],
)
def test_wildcards(pattern: str, digits: str, matches: bool) -> None:
    compiled = compile_pattern(pattern)
    assert compiled is not None
    assert (compiled.expression.fullmatch(digits) is not None) == matches


@pytest.mark.parametrize("pattern", ["9.@", "98Y", "[", "9[a]"])
def test_patterns_that_are_not_simulated(pattern: str) -> None:
    assert compile_pattern(pattern) is None


def test_line_of_the_cluster_comes_first(database: Database) -> None:
    route(database, "101!")
    assert analyse(database, "1018").line is not None
    assert analyse(database, "1019").trunks == ["T1"]


def test_narrowest_pattern_wins(database: Database) -> None:
    route(database, "9!", "T1")
    route(database, "98XX", "T2")
    route(database, "98[0-4]X", "T3")
    found = {digits: analyse(database, digits).trunks for digits in ("9700", "9890", "9812")}
    assert found == {"9700": ["T1"], "9890": ["T2"], "9812": ["T3"]}


def test_blocking_pattern_and_no_pattern(database: Database) -> None:
    route(database, "9900", blockEnable="true")
    assert analyse(database, "9900").failure == "route pattern 9900 blocks the call"
    assert analyse(database, "7").failure == "no line and no route pattern matches 7"


def test_partitions_are_out_of_reach(database: Database) -> None:
    database.add("RoutePartition", {"name": "internal"})
    route(database, "9898", routePartitionName="internal")
    assert analyse(database, "9898").failure


def test_route_list_in_its_order(database: Database) -> None:
    for name, trunks in (("G1", ("T3", "T1")), ("G2", ("T2",))):
        members = [
            {"deviceSelectionOrder": str(len(trunks) - at), "deviceName": trunk}
            for at, trunk in enumerate(trunks)
        ]
        database.add("RouteGroup", {"name": name, "members": members})
    members = [
        {"routeGroupName": "G2", "selectionOrder": "2"},
        {"routeGroupName": "G1", "selectionOrder": "1"},
    ]
    database.add("RouteList", {"name": "L", "members": members})
    database.add("RoutePattern", {"pattern": "9898", "destination": {"routeListName": "L"}})

    analysis = analyse(database, "9898")

    assert analysis.trunks == ["T1", "T3", "T2"]
    assert analysis.steps[1:4] == ["route pattern 9898", "route list L", "route group G1"]
