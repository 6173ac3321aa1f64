# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Values that are refused before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._axl import objects
from ansible_collections.ucops.cucm.plugins.module_utils._axl.check import checked
from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import ObjectTable
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    InvalidOption,
    UnsupportedByRelease,
)

PROFILE = objects.SIP_TRUNK_SECURITY_PROFILE
TRUNK = objects.SIP_TRUNK


def check(table: ObjectTable, version: str, **params: Any) -> dict[str, Any]:
    return checked(table, version, params, "cucma-pub.example.com")


@pytest.mark.parametrize(
    ("table", "version", "params", "words"),
    [
        (PROFILE, "11.0", {"name": "x" * 65}, "65 characters; AXL 11.0 takes 64"),
        (PROFILE, "15.0", {"name": "x" * 76}, "76 characters; AXL 15.0 takes 75"),
        (PROFILE, "15.0", {"name": ""}, "name cannot be empty"),
        (PROFILE, "15.0", {"device_security_mode": "encrypted"}, "Non Secure, Authenticated, Encrypted"),
        (PROFILE, "15.0", {"incoming_port": 0}, "incoming_port is 0, which is not a number from 1 to 65535"),
        (PROFILE, "15.0", {"incoming_port": 65536}, "a number from 1 to 65535"),
        (PROFILE, "15.0", {"x509_subject_names": ["a b"]}, "'a b' cannot be one of x509_subject_names"),
        (PROFILE, "15.0", {"x509_subject_names": [""]}, "'' cannot be one of x509_subject_names"),
        (PROFILE, "15.0", {"x509_subject_names": ["x" * 4000, "y" * 96]}, "4097 characters together"),
        (TRUNK, "15.0", {"name": "x" * 129}, "AXL 15.0 takes 128"),
        (TRUNK, "15.0", {"location": ""}, "location cannot be empty"),
        (TRUNK, "15.0", {"significant_digits": 33}, "significant_digits is 33, which is not one of 0, 1"),
        (
            TRUNK,
            "15.0",
            {"destinations": [{"address": "a"}] * 17},
            "destinations has 17 entries, and at most 16",
        ),
        (
            TRUNK,
            "15.0",
            {"destinations": [{"address": "a"}, {"address": "b", "port": 70000}]},
            "entry 2 of destinations: port is 70000",
        ),
        (
            TRUNK,
            "15.0",
            {"destinations": [{"address": "x" * 256}]},
            "entry 1 of destinations: address .*takes 255",
        ),
        (
            TRUNK,
            "15.0",
            {"destinations": [{"address": "a", "sort_order": 2}, {"address": "b"}]},
            "the same sort_order",
        ),
        (objects.ROUTE_GROUP, "15.0", {"members": []}, "members needs at least 1"),
        (objects.ROUTE_GROUP, "9.1", {"name": "Route Group"}, "no spaces"),
        (
            objects.ROUTE_LIST,
            "15.0",
            {"members": [{"route_group": "a"}, {"route_group": "a"}]},
            "two entries of members have the same route_group",
        ),
        (objects.ROUTE_PATTERN, "15.0", {"trunk": ""}, "trunk cannot be empty"),
        (TRUNK, "15.0", {"packet_capture_duration": -5}, "packet_capture_duration is -5, .* 0 or more"),
        (TRUNK, "15.0", {"confidential_access_level": -1}, "not 0 or more"),
        (TRUNK, "15.0", {"destinations": [{"address": "a", "sort_order": -1}]}, "sort_order is -1"),
        (PROFILE, "15.0", {"nonce_validity_time": -1}, "not 0 or more"),
        (objects.ROUTE_GROUP, "15.0", {"members": [{"device": "T", "port": -1}]}, "port is -1"),
        (objects.ROUTE_GROUP, "15.0", {"members": [{"device": "T", "selection_order": -1}]}, "0 or more"),
        (
            objects.ROUTE_LIST,
            "15.0",
            {"members": [{"route_group": "a", "selection_order": -1}]},
            "entry 1 of members: selection_order is -1",
        ),
    ],
)
def test_refused(table: ObjectTable, version: str, params: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidOption, match=words) as caught:
        check(table, version, **params)
    assert caught.value.option == next(iter(params))
    assert caught.value.host == "cucma-pub.example.com"
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("table", "version", "params"),
    [
        (PROFILE, "11.5", {"name": "x" * 75}),
        (PROFILE, "9.1", {"description": "", "x509_subject_names": []}),
        (TRUNK, "9.1", {"calling_search_space": "", "description": "", "significant_digits": 99}),
        (TRUNK, "9.1", {"destinations": [{"address": "a"}] * 16}),
        (objects.ROUTE_GROUP, "10.0", {"name": "Route Group"}),
        (objects.ROUTE_GROUP, "9.1", {"name": "Route_Group-1"}),
    ],
)
def test_taken(table: ObjectTable, version: str, params: dict[str, Any]) -> None:
    assert check(table, version, **params, state="present") == params


@pytest.mark.parametrize(
    ("table", "version", "params", "words"),
    [
        (PROFILE, "9.1", {"allow_charging_header": True}, "came with AXL 10.0; this cluster speaks AXL 9.1"),
        (TRUNK, "10.5", {"redirecting_party_transformation_css": "x"}, "came with AXL 11.0"),
        (TRUNK, "11.5", {"trust_received_identity": "Trust None"}, "came with AXL 12.0"),
        (TRUNK, "12.5", {"caller_name": "x"}, "went after AXL 12.0"),
        (TRUNK, "12.0", {"external_presentation_number": "1"}, "came with AXL 12.5"),
        (TRUNK, "9.1", {"confidential_access_level": 1}, "came with AXL 10.0"),
        (objects.ROUTE_PATTERN, "10.5", {"is_emergency_services_number": True}, "came with AXL 11.0"),
        (TRUNK, "9.1", {"incoming_called_party_unknown_use_device_pool_css": False}, "came with AXL 10.0"),
    ],
)
def test_not_in_the_release(table: ObjectTable, version: str, params: dict[str, Any], words: str) -> None:
    with pytest.raises(UnsupportedByRelease, match=words) as caught:
        check(table, version, **params)
    assert caught.value.option in params
    assert "cucma-pub.example.com" in str(caught.value)


@pytest.mark.parametrize(
    ("table", "version", "params"),
    [
        (PROFILE, "9.1", {"allow_charging_header": False}),
        (TRUNK, "9.1", {"incoming_called_party_unknown_use_device_pool_css": True}),
        (objects.ROUTE_PATTERN, "9.1", {"is_emergency_services_number": False}),
    ],
)
def test_a_check_box_that_stands_as_without_it_is_left_out(
    table: ObjectTable, version: str, params: dict[str, Any]
) -> None:
    assert check(table, version, **params) == {}
