# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, an object that the trunks of a peer need is not recorded before it is changed."""

from __future__ import annotations

from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._axl.restore import touched

PARAMS: dict[str, Any] = {
    "options_ping": False,
    "options_ping_suffix": " with OPTIONS Ping",
    "trunk_options": {},
    "route_pattern_options": {},
}
LINK: dict[str, Any] = {
    "cluster": "VOICEMAIL",
    "trunk": "VOICEMAIL-cuc1",
    "security_profile": "TLS VOICEMAIL cuc1",
    "options": {},
    "patterns": [{"pattern": "8000", "partition": None}],
}


def names(**more: Any) -> list[tuple[str, str]]:
    found = touched({**PARAMS, "links": [{**LINK, **more}]})
    return [(each.kind, each.identity.get("name") or each.identity["pattern"]) for each in found]


def test_what_a_peer_has_of_its_own_is_recorded() -> None:
    plain = [
        ("sip_trunk_security_profile", "TLS VOICEMAIL cuc1"),
        ("sip_trunk", "VOICEMAIL-cuc1"),
        ("route_pattern", "8000"),
    ]
    assert names() == plain
    assert names(options_ping=True)[1] == ("sip_profile", "Standard SIP Profile with OPTIONS Ping")
    assert names(sip_profile_options={"early_offer": "x"})[1] == ("sip_profile", "SIP Profile VOICEMAIL")


def test_a_route_list_and_its_group_are_recorded_before_the_pattern() -> None:
    found = names(route_list={"name": "VOICEMAIL", "trunks": ["VOICEMAIL-cuc1"]})
    assert found[2:] == [
        ("route_group", "VOICEMAIL"),
        ("route_list", "VOICEMAIL"),
        ("route_pattern", "8000"),
    ]
    (pattern,) = [
        each
        for each in touched(
            {**PARAMS, "links": [{**LINK, "route_list": {"name": "VOICEMAIL", "trunks": []}}]}
        )
        if each.kind == "route_pattern"
    ]
    assert pattern.belonging == {"route_list": "VOICEMAIL"}
