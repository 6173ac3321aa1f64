# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is let through is valid in the real schema of each version; what a version lacks is refused.

The extremes of every option go through the check, the payload and zeep, and the server at the end
holds the request against Cisco's schema.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._axl import check, objects, values
from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import AxlClient
from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import (
    VERSIONS,
    Kind,
    Listing,
    ObjectTable,
    Row,
)
from ansible_collections.ucops.cucm.plugins.module_utils._modules import (
    cucm_route_group,
    cucm_route_list,
    cucm_route_pattern,
    cucm_sip_profile,
    cucm_sip_trunk,
    cucm_sip_trunk_security_profile,
)
from ansible_collections.ucops.cucm.tests.schemas import reason_unavailable
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._axl.wire import (
    UUID,
    Server,
    run,
    session_with,
    soap,
)

HOST = "cucma-pub.example.com"
MODULES = {
    "SipTrunkSecurityProfile": cucm_sip_trunk_security_profile,
    "SipProfile": cucm_sip_profile,
    "SipTrunk": cucm_sip_trunk,
    "RoutePattern": cucm_route_pattern,
    "RouteGroup": cucm_route_group,
    "RouteList": cucm_route_list,
}
#: Options whose elements are a choice, one branch for each end.
OTHER_BRANCH = {
    "largest": {"external_presentation_anonymous", "trunk"},
    "smallest": {"external_presentation_number", "external_presentation_name", "route_list"},
}

#: How many options of all objects together each version does not have.
LACKING = [37, 21, 21, 18, 15, 8, 5, 5, 5]

every_table = pytest.mark.parametrize("table", objects.ALL, ids=lambda table: table.kind)
every_version = pytest.mark.parametrize("version", VERSIONS)


@pytest.fixture(scope="module", autouse=True)
def _real_schemas() -> None:
    reason = reason_unavailable()
    if reason:
        pytest.skip(reason)


def bounds(row: Row) -> tuple[int, int]:
    # Not min() and max(), which walk through a range.
    assert isinstance(row.numbers, Sequence)
    return row.numbers[0], row.numbers[-1]


def largest(row: Row, version: str) -> Any:
    if row.kind is Kind.BOOLEAN:
        return True
    if row.kind is Kind.INTEGER:
        return bounds(row)[1]
    if row.kind is Kind.CHOICE:
        return row.choices[-1]
    limit = row.length_in(version) or 200
    if row.fault is not None:
        # What the pages take: digits are a pattern, a label of a name and a description.
        return ".".join(["1" * 62 + "a"] * 4)[:limit] if "address" in row.option else "1" * limit
    if row.kind is Kind.NAMES:
        return ["é" * (limit - 2), "x"]
    return "_." + "x" * 198 if row.type_in(version) == "Name" else "&" + "é" * (limit - 1)


def smallest(row: Row, version: str) -> Any:
    if row.kind is Kind.BOOLEAN:
        return False
    if row.kind is Kind.INTEGER:
        return bounds(row)[0]
    if row.kind is Kind.CHOICE:
        return row.choices[0]
    if row.kind is Kind.NAMES:
        return []
    return "X" if check.fault_of(row, version, "") else ""


def given(table: ObjectTable, version: str, value: Callable[[Row, str], Any], count: int) -> dict[str, Any]:
    """Every option of the version with its extreme value; lists have so many entries."""
    options: dict[str, Any] = {}
    for option in table.options_in(version):
        if isinstance(option, Row):
            options[option.option] = value(option, version)
            continue
        items = []
        for place in range(count):
            item = {row.option: value(row, version) for row in option.rows}
            item[option.order] = place
            if option.key is not None:
                item[option.key] = f"{item[option.key]}{place}"
            items.append(item)
        options[option.option] = items
    for name in OTHER_BRANCH[value.__name__]:
        options.pop(name, None)
    return options


@every_version
@every_table
@pytest.mark.parametrize(("value", "count"), [(largest, 16), (smallest, 1)])
def test_what_is_let_through_is_valid(
    table: ObjectTable, version: str, value: Callable[[Row, str], Any], count: int
) -> None:
    server = Server(lambda sent: soap(version, sent.operation, UUID))
    client = AxlClient(session_with(server), version)
    options = given(table, version, value, count)
    assert check.checked(table, version, options, HOST) == options
    payload = values.Payload(table, version, options, {}, host=HOST)
    client.call(table, f"add{table.kind}", **{table.element: payload.for_add()})
    changed = [name for name in options if not next(o for o in table.options() if o.option == name).add_only]
    client.call(table, f"update{table.kind}", uuid=UUID, **payload.for_update(changed))
    for sent in server.sent:
        # Nothing was lost on the way, and the elements that AXL ignores since 8.5 are never sent.
        ours = {member.element for member in table.members if member.exists_in(version)}
        top = sent.content[0][1] if sent.operation.startswith("add") else sent.content[1:]
        assert {name for name, _value in top} <= ours
        assert not {name for name, _value in top} & set(table.left_out)
        assert sent.operation.startswith("update") or len(top) == len(ours)


@every_version
@every_table
def test_one_more_is_refused(table: ObjectTable, version: str) -> None:
    for option in table.options_in(version):
        for row in option.rows if isinstance(option, Listing) else [option]:
            limit = row.length_in(version)
            beyond: list[Any] = []
            if row.kind is Kind.INTEGER:
                beyond = [bounds(row)[0] - 1, bounds(row)[1] + 1]
            elif row.kind is Kind.CHOICE:
                beyond = ["", row.choices[0].lower() + "x"]
            elif row.kind is Kind.NAMES:
                beyond = [["x" * ((limit or 0) + 1)]]
            elif row.kind is Kind.TEXT and limit is not None:
                beyond = ["x" * (limit + 1)]
            for value in beyond:
                assert check.fault_of(row, version, value), (row.option, value)


def lacking(table: ObjectTable, version: str) -> list[Row]:
    there = {option.option for option in table.options_in(version)}
    return [option for option in table.options() if isinstance(option, Row) and option.option not in there]


def nothing(_sent: object) -> Exception:
    return AssertionError("something was sent")


@every_version
@every_table
def test_what_the_version_lacks_is_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, table: ObjectTable, version: str
) -> None:
    for row in lacking(table, version):
        without = values.read(row, None)
        refused = (
            [not without] if row.kind is Kind.BOOLEAN else [largest(row, version), smallest(row, version)]
        )
        for value in refused:
            wire = Server(nothing)
            name = {"name": "T"} if table.identity[0] == "name" else {"pattern": "1"}
            result = run(
                MODULES[table.kind].DEFINITION,
                wire,
                monkeypatch,
                version=version,
                **{**name, row.option: value},
            )
            assert result["reason"] == "unsupported_by_release", row.option
            assert result["msg"].startswith(f"{HOST}: {row.option} ")
            assert (
                f"this cluster speaks AXL {version}. Option: {row.option}. Leave the option out"
                in result["msg"]
            )
            assert wire.sent == []
        if row.kind is Kind.BOOLEAN:
            assert check.checked(table, version, {row.option: without}, HOST) == {}


def test_every_version_lacks_something_or_has_it_in_another_way() -> None:
    # So that the test above cannot pass by finding nothing to try.
    lacks = [sum(len(lacking(table, version)) for table in objects.ALL) for version in VERSIONS]
    assert lacks == LACKING
