# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hold each row of each table against Cisco's real schema of each version."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._axl import objects
from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import (
    VERSIONS,
    Fixed,
    Group,
    Kind,
    Listing,
    Member,
    ObjectTable,
    Row,
)
from ansible_collections.ucops.cucm.tests import schemas
from ansible_collections.ucops.cucm.tests.schemas import reason_unavailable

XSD = "{http://www.w3.org/2001/XMLSchema}"

INSIDE = {f"{XSD}{tag}" for tag in ("sequence", "choice", "complexType", "complexContent", "extension")}

#: Drop-down lists of the page that have fewer entries than the schema's type, which others share.
FEWER_CHOICES = {("RouteGroup", "distributionAlgorithm")}


@pytest.fixture(scope="module", autouse=True)
def _real_schemas() -> None:
    reason = reason_unavailable()
    if reason:
        pytest.skip(reason)


@dataclass(frozen=True)
class Element:
    """What the real schema says of one element."""

    name: str
    type: str
    required: bool
    nillable: bool
    default: str | None
    node: object


def named(version: str, name: str, kind: str = "complexType"):
    found = schemas.document(version).getroot().find(f"{XSD}{kind}[@name='{name}']")
    assert found is not None, f"{version} has no type {name}"
    return found


def children(node) -> list[Element]:
    """The elements directly below a type, in order, through sequences, choices and extensions."""
    found: list[Element] = []
    for child in node:
        if child.tag == f"{XSD}element":
            found.append(
                Element(
                    child.get("name"),
                    (child.get("type") or "inline").split(":")[-1],
                    child.get("minOccurs", "1") != "0",
                    child.get("nillable") == "true",
                    child.get("default"),
                    child,
                )
            )
        elif child.tag in INSIDE:
            found += children(child)
    return found


def enumeration(version: str, name: str) -> set[str]:
    return {node.get("value") for node in named(version, name, "simpleType").iter(f"{XSD}enumeration")}


def max_length(version: str, name: str) -> int | None:
    if name in {"string", "Name"}:
        return None
    limit = named(version, name, "simpleType").find(f".//{XSD}maxLength")
    return None if limit is None else int(limit.get("value"))


def hold_row(table: ObjectTable, version: str, row: Row, real: Element, *, on_add: bool = True) -> None:
    what = f"{table.kind} {version} {row.element}"
    if row.enable_attribute:
        extension = real.node.find(f".//{XSD}extension")
        assert extension.get("base").split(":")[-1] == row.type_in(version), what
        assert [node.get("name") for node in extension] == ["enable"], what
    else:
        assert real.type == row.type_in(version), what
    assert real.nillable == row.nillable, what
    assert real.default == row.default, what
    if on_add:
        assert real.required == row.required, what
    if row.kind is Kind.TEXT or row.kind is Kind.NAMES:
        assert row.length_in(version) == max_length(version, real.type), what
    if row.kind is Kind.BOOLEAN:
        assert real.type == "boolean", what
    if row.kind is Kind.CHOICE and real.type != "string":
        values = enumeration(version, real.type)
        if (table.kind, row.element) in FEWER_CHOICES:
            assert set(row.choices) < values, what
        else:
            assert set(row.choices) == values, what
        assert row.default is None or row.default in row.choices, what


def hold_group(table: ObjectTable, version: str, group: Group, real: Element) -> None:
    what = f"{table.kind} {version} {group.element}"
    assert real.required == group.required, what
    assert (real.node.find(f"{XSD}complexType/{XSD}choice") is not None) == group.choice, what
    hold_members(table, version, group.members, children(real.node))


def hold_listing(table: ObjectTable, version: str, listing: Listing, real: Element) -> None:
    what = f"{table.kind} {version} {listing.element}"
    assert real.required == listing.required, what
    (item,) = children(real.node)
    assert (item.name, item.type) == (listing.item, listing.item_type), what
    assert int(item.node.get("minOccurs", "1")) == listing.minimum, what
    maximum = item.node.get("maxOccurs", "1")
    assert (None if maximum == "unbounded" else int(maximum)) == listing.maximum, what
    hold_members(table, version, listing.rows, children(named(version, listing.item_type)))


def hold_members(
    table: ObjectTable, version: str, members: tuple[Member, ...], real: list[Element], *, left_out=()
) -> None:
    ours = [member for member in members if member.exists_in(version)]
    theirs = [element for element in real if element.name not in left_out]
    assert [member.element for member in ours] == [element.name for element in theirs], version
    for member, element in zip(ours, theirs, strict=True):
        if isinstance(member, Row):
            hold_row(table, version, member, element)
        elif isinstance(member, Group):
            hold_group(table, version, member, element)
        elif isinstance(member, Fixed):
            assert (element.type, element.required) == (member.type, True)
            assert member.text in enumeration(version, member.type)
        else:
            hold_listing(table, version, member, element)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("table", objects.ALL, ids=lambda table: table.kind)
def test_add_has_exactly_these_elements(table: ObjectTable, version: str) -> None:
    real = children(named(version, f"X{table.kind}"))
    hold_members(table, version, table.members, real, left_out=table.left_out)


@pytest.mark.parametrize("table", objects.ALL, ids=lambda table: table.kind)
def test_what_is_left_out_exists_somewhere(table: ObjectTable) -> None:
    everywhere = {
        element.name for version in VERSIONS for element in children(named(version, f"X{table.kind}"))
    }
    assert set(table.left_out) <= everywhere


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("table", objects.ALL, ids=lambda table: table.kind)
def test_update_has_the_same_elements_in_the_same_order(table: ObjectTable, version: str) -> None:
    real = children(named(version, f"Update{table.kind}Req"))
    by_name = {element.name: element for element in real}
    ours = [
        member
        for member in table.members
        if member.exists_in(version)
        and not isinstance(member, Fixed)
        and not (isinstance(member, Row) and member.add_only)
    ]
    order = [element.name for element in real if element.name in {member.element for member in ours}]
    assert [member.element for member in ours] == order
    for member in ours:
        if isinstance(member, Row):
            hold_row(table, version, member, by_name[member.element], on_add=False)
        assert not by_name[member.element].required


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("table", objects.ALL, ids=lambda table: table.kind)
def test_get_returns_every_element(table: ObjectTable, version: str) -> None:
    real = {element.name for element in children(named(version, f"R{table.kind}"))}
    assert {member.element for member in table.members if member.exists_in(version)} <= real


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("table", objects.READ, ids=lambda table: table.kind)
def test_what_is_only_read_has_these_elements_among_others(table: ObjectTable, version: str) -> None:
    ours = [member.element for member in table.members]
    real = {element.name: element for element in children(named(version, f"X{table.kind}"))}
    others = tuple(name for name in real if name not in ours)
    hold_members(table, version, table.members, list(real.values()), left_out=others)
    assert set(ours) <= {element.name for element in children(named(version, f"R{table.kind}"))}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("table", objects.ALL, ids=lambda table: table.kind)
def test_reset_exists_since_the_version_that_the_table_says(table: ObjectTable, version: str) -> None:
    root = schemas.document(version).getroot()
    exists = root.find(f"{XSD}element[@name='reset{table.kind}']") is not None
    if table.reset_each:
        assert not exists
        assert root.find(f"{XSD}element[@name='doDeviceReset']") is not None
    elif table.reset_since is not None:
        assert exists == (VERSIONS.index(version) >= VERSIONS.index(table.reset_since))
