# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between options and elements: reading, comparing, writing."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._axl import objects, values
from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import (
    VERSIONS,
    Kind,
    ObjectTable,
    Row,
    boolean,
    choice,
    integer,
    names,
    reference,
    text,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.route_list import ROUTE_LIST
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.sip_trunk import DESTINATIONS
from ansible_collections.ucops.cucm.plugins.module_utils._axl.values import Payload
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from hypothesis import given
from hypothesis import strategies as st
from zeep import xsd

SUBJECTS = names("x509_subject_names", "x509SubjectName", "String4096")
WORDS = st.text(st.characters(categories=("L", "N", "P", "S")), min_size=1)
SUBJECT = st.text(
    st.characters(codec="ascii", exclude_characters=" ,;:", categories=("L", "N", "P")), min_size=1
)
(MEMBERS,) = [option for option in ROUTE_LIST.options() if option.option == "members"]


@pytest.mark.parametrize(
    ("row", "data", "value"),
    [
        (boolean("o", "e"), "true", True),
        (boolean("o", "e"), "t", True),
        (boolean("o", "e"), "1", True),
        (boolean("o", "e"), "false", False),
        (boolean("o", "e"), "f", False),
        (boolean("o", "e"), None, False),
        (boolean("o", "e", default="true"), None, True),
        (boolean("o", "e", default="true"), "false", False),
        (integer("o", "e"), None, None),
        (integer("o", "e"), "", None),
        (integer("o", "e"), "-1", -1),
        (integer("o", "e"), "what", None),
        (integer("o", "e", default="600"), None, 600),
        (integer("o", "e"), {"_value_1": "99", "enable": "false"}, 99),
        (reference("o", "e", "Css"), {"_value_1": None, "uuid": ""}, ""),
        (reference("o", "e", "Css"), {"_value_1": "CSS", "uuid": "{X}"}, "CSS"),
        (reference("o", "e", "Css"), None, ""),
        (choice("o", "e", "X", ("A", "B"), default="B"), None, "B"),
        (choice("o", "e", "X", ("A", "B")), None, ""),
        (text("o", "e", empty_reads="Default"), "Default", ""),
        (text("o", "e"), "Default", "Default"),
        (text("o", "e"), None, ""),
        (SUBJECTS, None, []),
        (SUBJECTS, "a b,c;d:e", ["a", "b", "c", "d", "e"]),
        (SUBJECTS, " a, b ;; c ", ["a", "b", "c"]),
    ],
)
def test_read(row: Row, data: Any, value: Any) -> None:
    assert values.read(row, data) == value


@pytest.mark.parametrize(
    ("row", "value", "data"),
    [
        (boolean("o", "e"), True, "true"),
        (boolean("o", "e"), False, "false"),
        (integer("o", "e"), 0, "0"),
        (reference("o", "e", "Css"), "CSS", "CSS"),
        (reference("o", "e", "Css", nillable=True), "", xsd.Nil),
        (text("o", "e"), "", ""),
        (text("o", "e", nillable=True), "", xsd.Nil),
        (text("o", "e", nillable=True, clear="-1"), "", "-1"),
        (SUBJECTS, ["b", "a"], "b,a"),
        (SUBJECTS, [], ""),
    ],
)
def test_write(row: Row, value: Any, data: Any) -> None:
    assert values.write(row, value) == data


@given(st.lists(SUBJECT))
def test_subject_names_survive_and_compare_as_a_set(subjects: list[str]) -> None:
    there = values.read(SUBJECTS, values.write(SUBJECTS, subjects))
    assert there == subjects
    assert values.same(SUBJECTS, list(reversed(subjects)), there)
    assert values.same(SUBJECTS, subjects + subjects, there)
    assert not values.same(
        SUBJECTS, [*subjects, "not-there"], [name for name in there if name != "not-there"]
    )


@given(WORDS)
def test_text_survives(words: str) -> None:
    row = text("o", "e")
    assert values.same(row, words, values.read(row, values.write(row, words)))
    assert not values.same(row, words + "x", values.read(row, words))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("table", objects.ALL, ids=lambda table: table.kind)
def test_an_empty_object_reads_as_the_defaults_and_has_every_option(table: ObjectTable, version: str) -> None:
    assert set(values.read_object(table, version, {})) == {
        option.option for option in table.options_in(version)
    }
    for option in table.options_in(version):
        if isinstance(option, Row) and option.default and option.kind is Kind.CHOICE:
            assert values.read_object(table, version, {})[option.option] == option.default


# Lists


DESTINATION = st.fixed_dictionaries(
    {"address": SUBJECT}, optional={"port": st.integers(0, 65535), "address_ipv6": SUBJECT}
)


@given(st.lists(DESTINATION, max_size=16))
def test_destinations_that_were_written_are_the_same_again(items: list[dict[str, Any]]) -> None:
    wanted = values.complete_items(DESTINATIONS, items, [])
    data = {
        "destination": [
            {row.element: values.write(row, item[row.option]) for row in DESTINATIONS.rows} for item in wanted
        ]
    }
    there = values.read(DESTINATIONS, data)
    assert values.same(DESTINATIONS, values.complete_items(DESTINATIONS, items, there), there)
    assert [item["sort_order"] for item in wanted] == list(range(1, len(items) + 1))


def test_places_count_only_when_they_are_given() -> None:
    there = [
        {"address": "a", "address_ipv6": "", "port": 5060, "sort_order": 3},
        {"address": "b", "address_ipv6": "", "port": 5060, "sort_order": 7},
    ]
    without = values.complete_items(DESTINATIONS, [{"address": "a"}, {"address": "b"}], there)
    assert values.same(DESTINATIONS, without, there)
    swapped = values.complete_items(DESTINATIONS, [{"address": "b"}, {"address": "a"}], there)
    assert not values.same(DESTINATIONS, swapped, there)
    numbered = values.complete_items(
        DESTINATIONS, [{"address": "b", "sort_order": 2}, {"address": "a", "sort_order": 1}], there
    )
    assert [item["address"] for item in numbered] == ["a", "b"]
    assert not values.same(DESTINATIONS, numbered, there)


def test_an_open_option_is_neither_compared_nor_filled() -> None:
    there = [{"address": "a", "address_ipv6": "", "port": 0, "sort_order": 1}]
    wanted = values.complete_items(DESTINATIONS, [{"address": "a"}], there, open_options=("port",))
    assert wanted[0]["port"] is None
    assert values.same(DESTINATIONS, wanted, there)


def test_a_member_keeps_what_is_not_given() -> None:
    there = [
        {**values.complete_items(MEMBERS, [{"route_group": "RG"}], [])[0], "called_party_transform_mask": "X"}
    ]
    wanted = values.complete_items(MEMBERS, [{"route_group": "RG"}, {"route_group": "New"}], there)
    assert [item["called_party_transform_mask"] for item in wanted] == ["X", ""]
    assert wanted[1]["use_calling_party_external_phone_number_mask"] == "Default"


# Payload


def payload(table: ObjectTable, given: dict[str, Any], current: dict[str, Any] | None = None) -> Payload:
    return Payload(table, "14.0", given, current or {}, host="cucma-pub.example.com")


def test_a_choice_takes_one_branch() -> None:
    pattern = objects.ROUTE_PATTERN
    assert payload(pattern, {"trunk": "T"}).for_update(["trunk"]) == {"destination": {"gatewayName": "T"}}
    assert payload(pattern, {"route_list": "L", "trunk": ""}).for_update(["route_list"]) == {
        "destination": {"routeListName": "L"}
    }
    assert values.exclusive_with(pattern, "trunk") == {"route_list"}
    assert values.exclusive_with(pattern, "pattern") == set()


def test_a_choice_in_a_choice() -> None:
    trunk = objects.SIP_TRUNK
    info = "externalPresentationInfo"
    number = {"external_presentation_number": "1"}
    current = {"external_presentation_name": "N"}
    assert payload(trunk, number, current).for_update(number) == {
        info: {
            "presentationInfo": {"externalPresentationNumber": "1", "externalPresentationName": "N"},
        }
    }
    both = {"external_presentation_anonymous": False, **number}
    assert "presentationInfo" in payload(trunk, both).for_update(both)[info]
    anonymous = {"external_presentation_anonymous": False}
    assert payload(trunk, anonymous).for_update(anonymous) == {info: {"isAnonymous": "false"}}
    clash = {"external_presentation_anonymous": True, **number}
    with pytest.raises(InvalidOption, match=r"cucma-pub.*: only one of"):
        payload(trunk, clash).for_update(clash)


def test_a_group_is_sent_whole() -> None:
    trunk = objects.SIP_TRUNK
    level = {"confidential_access_level": 3}
    assert payload(trunk, level, {"confidential_access_mode": "Fixed"}).for_update(level) == {
        "confidentialAccess": {"confidentialAccessMode": "Fixed", "confidentialAccessLevel": "3"}
    }
    assert payload(trunk, level, {"confidential_access_mode": ""}).for_update(level) == {
        "confidentialAccess": {"confidentialAccessMode": xsd.Nil, "confidentialAccessLevel": "3"}
    }


def test_a_part_of_a_group_needs_the_rest() -> None:
    with pytest.raises(
        InvalidOption,
        match=r"cucma-pub.*: network_service cannot be set without network_service_protocol",
    ):
        payload(objects.ROUTE_PATTERN, {"network_service": "Private"}).for_update(["network_service"])


@pytest.mark.parametrize(
    ("table", "given", "needed"),
    [
        (objects.SIP_TRUNK, {"name": "T"}, ["device_pool", "security_profile", "sip_profile"]),
        (objects.SIP_TRUNK, {"name": "T", "device_pool": "D"}, ["security_profile", "sip_profile"]),
        (objects.SIP_TRUNK, {"name": "T", "sip_profile": "S", "security_profile": "P"}, ["device_pool"]),
        (objects.ROUTE_PATTERN, {"pattern": "1"}, ["trunk or route_list"]),
        (objects.ROUTE_PATTERN, {"pattern": "1", "trunk": "T"}, []),
        (objects.ROUTE_GROUP, {"name": "G"}, ["members"]),
        (objects.ROUTE_LIST, {"name": "L"}, ["call_manager_group"]),
    ],
)
def test_a_new_object_needs(table: ObjectTable, given: dict[str, Any], needed: list[str]) -> None:
    assert payload(table, given).missing() == needed
