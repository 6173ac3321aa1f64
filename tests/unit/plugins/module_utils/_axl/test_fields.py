# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables' language, and that the tables use it consistently."""

from __future__ import annotations

import pytest
import yaml
from ansible_collections.ucops.cucm.plugins.module_utils._axl import objects, wsdl
from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import (
    VERSIONS,
    Kind,
    Listing,
    ObjectTable,
    Row,
    boolean,
    exists_in,
    text,
    version_key,
)
from ansible_collections.ucops.cucm.plugins.modules import (
    cucm_route_group,
    cucm_route_list,
    cucm_route_pattern,
    cucm_sip_profile,
    cucm_sip_trunk,
    cucm_sip_trunk_security_profile,
)

#: The options of the design, which others rely on.
PUBLIC_NAMES = {
    "SipTrunkSecurityProfile": """name description device_security_mode incoming_transport_type
        outgoing_transport_type enable_digest_authentication nonce_validity_time x509_subject_names
        incoming_port enable_application_level_authorization accept_presence_subscription
        accept_out_of_dialog_refer accept_unsolicited_notification accept_replaces_header
        transmit_security_status allow_charging_header sip_v150_outbound_sdp_offer_filtering""",
    "SipTrunk": """name description device_pool location sip_profile security_profile srtp_allowed
        consider_traffic_secure destinations destination_is_srv""",
    "RoutePattern": """pattern partition dial_plan route_filter description trunk route_list block
        urgent_priority provide_outside_dial_tone""",
    "SipProfile": """name description options_ping options_ping_interval options_ping_interval_down
        options_ping_retry_timer options_ping_retry_count early_offer sip_rel1xx_options normalization_script""",
    "RouteGroup": "name distribution_algorithm members",
    "RouteList": "name description call_manager_group enabled run_on_all_nodes members",
}


#: Discard digits instructions cannot be read by their name alone; the others hardly anybody has.
NO_LOOKUPS = {"Ddi", "ResourcePriorityNamespaceList", "SdpTransparencyProfile"}


def rows(table: ObjectTable) -> list[Row]:
    found: list[Row] = []
    for option in table.options():
        found += option.rows if isinstance(option, Listing) else [option]
    return found


def test_versions_are_in_their_order() -> None:
    assert list(VERSIONS) == sorted(VERSIONS, key=version_key)


@pytest.mark.parametrize(
    ("since", "until", "there"),
    [
        (None, None, True),
        ("10.0", None, False),
        ("9.1", None, True),
        (None, "9.1", True),
        ("9.1", "9.1", True),
    ],
)
def test_since_and_until_hold_on_their_ends(since: str | None, until: str | None, there: bool) -> None:
    assert exists_in(since, until, "9.1") == there


def test_a_type_changes_with_the_version() -> None:
    row = text("name", "name", {"9.1": "String64", "11.5": "String75"})
    assert [row.length_in(version) for version in ("9.1", "11.0", "11.5", "15.0")] == [64, 64, 75, 75]
    assert text("x", "x", "UniqueString128").length_in("9.1") == 128
    assert text("x", "x").length_in("9.1") is None


@pytest.mark.parametrize("table", objects.ALL, ids=lambda table: table.kind)
def test_the_public_names_are_options(table: ObjectTable) -> None:
    assert set(PUBLIC_NAMES[table.kind].split()) <= set(table.argument_spec())


@pytest.mark.parametrize("table", objects.ALL, ids=lambda table: table.kind)
def test_each_row_makes_sense(table: ObjectTable) -> None:
    for row in rows(table):
        what = f"{table.kind}.{row.option}"
        assert row.option == row.option.lower(), what
        assert bool(row.choices) == (row.kind is Kind.CHOICE), what
        assert (row.target is not None) == (row.kind is Kind.REFERENCE), what
        assert row.on_add is None or row.required, what
        assert row.kind is not Kind.INTEGER or (row.numbers is not None and -1 not in row.numbers), what
        assert row.target is None or row.target in wsdl.LOOKUPS or row.target in NO_LOOKUPS, what


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("table", objects.ALL, ids=lambda table: table.kind)
def test_an_option_is_one_element_in_a_version(table: ObjectTable, version: str) -> None:
    names = [option.option for option in table.options_in(version)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("table", objects.ALL, ids=lambda table: table.kind)
def test_the_oldest_and_the_newest_version_together_have_every_option(table: ObjectTable) -> None:
    # test_axl_every_release tries each option alone on these two, and on one between.
    ends = {option.option for version in (VERSIONS[0], VERSIONS[-1]) for option in table.options_in(version)}
    assert ends == {option.option for option in table.options()}


MODULES = {
    "SipTrunkSecurityProfile": cucm_sip_trunk_security_profile,
    "SipProfile": cucm_sip_profile,
    "SipTrunk": cucm_sip_trunk,
    "RoutePattern": cucm_route_pattern,
    "RouteGroup": cucm_route_group,
    "RouteList": cucm_route_list,
}


@pytest.mark.parametrize("table", objects.ALL, ids=lambda table: table.kind)
def test_the_documentation_says_from_and_up_to_which_release_an_option_is_there(table: ObjectTable) -> None:
    documented = yaml.safe_load(MODULES[table.kind].DOCUMENTATION)["options"]
    for option in {option.option for option in table.options()}:
        there = [
            version for version in VERSIONS if option in {row.option for row in table.options_in(version)}
        ]
        described = documented[option]["description"]
        text = described if isinstance(described, str) else " ".join(described)
        since, until = there[0], there[-1]
        assert (f"Since release {since}." in text) == (since != VERSIONS[0]), option
        assert (f"Up to release {until}." in text) == (until != VERSIONS[-1]), option
        # Without a gap in between.
        assert there == [version for version in VERSIONS if exists_in(since, until, version)], option


def test_the_argument_spec_comes_from_the_rows() -> None:
    spec = objects.SIP_TRUNK_SECURITY_PROFILE.argument_spec()
    assert spec["name"] == {"type": "str", "required": True}
    assert spec["incoming_transport_type"] == {"type": "str", "choices": ["TCP", "UDP", "TLS", "TCP+UDP"]}
    assert spec["x509_subject_names"] == {"type": "list", "elements": "str"}
    assert spec["incoming_port"] == {"type": "int"}
    assert spec["accept_replaces_header"] == boolean("x", "x").argument() == {"type": "bool"}
    destinations = objects.SIP_TRUNK.argument_spec()["destinations"]
    assert destinations["elements"] == "dict"
    assert destinations["options"]["sort_order"] == {"type": "int"}
    members = objects.ROUTE_GROUP.argument_spec()["members"]["options"]
    assert members["device"] == {"type": "str", "required": True}
    assert members["port"] == {"type": "int"}
