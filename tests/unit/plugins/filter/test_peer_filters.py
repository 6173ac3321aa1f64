# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles take out of `cucm_peers`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.ucops.cucm.plugins.filter.peer_destinations import peer_destinations
from ansible_collections.ucops.cucm.plugins.filter.peer_patterns import peer_patterns
from ansible_collections.ucops.cucm.plugins.filter.peer_subject_names import peer_subject_names


def identity(name: str, *alt_names: str) -> dict[str, Any]:
    return {
        "cucm_preflight_identity": {
            "subject": {"CN": name, "O": "Example"},
            "subject_alt_names": list(alt_names),
        }
    }


def peer(*nodes: dict[str, Any]) -> dict[str, Any]:
    return {"cluster": "CUCM10", "nodes": list(nodes)}


def test_names_come_from_the_certificates_of_the_run() -> None:
    hostvars = {"pub": identity("cucm10-pub.example.com"), "sub": identity("cucm10-sub.example.com")}
    assert peer_subject_names(peer({"name": "pub"}, {"name": "sub"}), hostvars, ["pub", "sub"]) == [
        "cucm10-pub.example.com",
        "cucm10-sub.example.com",
    ]


def test_one_certificate_for_the_cluster_gives_one_name() -> None:
    shared = identity("cucm10-ms.example.com")
    names = peer_subject_names(
        peer({"name": "pub"}, {"name": "sub"}), {"pub": shared, "sub": shared}, ["pub", "sub"]
    )
    assert names == ["cucm10-ms.example.com"]


def test_names_come_from_the_inventory_when_the_peer_is_not_in_the_run() -> None:
    # A fact may be left from a cache; a host that is not in this run is not a witness.
    hostvars = {"pub": identity("stale.example.com")}
    assert peer_subject_names(peer({"name": "pub", "subject_name": "new.example.com"}), hostvars, []) == [
        "new.example.com"
    ]


def test_a_subject_alternative_name_may_be_chosen() -> None:
    hostvars = {"pub": identity("pub.example.com", "DNS:sip.example.com")}
    chosen = peer({"name": "pub", "subject_name": "SIP.example.com"})
    assert peer_subject_names(chosen, hostvars, ["pub"]) == ["SIP.example.com"]


def test_a_contradiction_names_cluster_node_both_names_and_the_remedy() -> None:
    hostvars = {"pub": identity("pub.example.com")}
    with pytest.raises(AnsibleFilterError) as caught:
        peer_subject_names(peer({"name": "pub", "subject_name": "other.example.com"}), hostvars, ["pub"])
    for part in ("CUCM10", "node pub", "subject_name=other.example.com", "pub.example.com", "Correct"):
        assert part in str(caught.value)


@pytest.mark.parametrize("hosts", [[], ["pub"]])
def test_an_unknown_name_is_an_error(hosts: list[str]) -> None:
    with pytest.raises(AnsibleFilterError, match="node pub: the name in its certificate is not known"):
        peer_subject_names(peer({"name": "pub"}), {"pub": {}}, hosts)


def test_destinations_follow_the_nodes() -> None:
    assert peer_destinations(
        peer(
            {"name": "pub", "address": "192.0.2.1"},
            {"name": "sub", "address_ipv6": "2001:db8::2", "port": "5071"},
        )
    ) == [
        {"address": "192.0.2.1", "port": 5061, "sort_order": 1},
        {"address_ipv6": "2001:db8::2", "port": 5071, "sort_order": 2},
    ]


def test_a_node_without_an_address_is_an_error() -> None:
    with pytest.raises(AnsibleFilterError, match="cluster CUCM10, node pub: there is no address"):
        peer_destinations(peer({"name": "pub", "address": ""}))


def test_patterns_one_by_one_with_their_trunks() -> None:
    peers = [
        {"cluster": "CUCM10", "patterns": ["9898", {"pattern": "8.XXX", "partition": "PSTN"}]},
        {"cluster": "LAB", "trunk": "to-lab", "patterns": ["7XXX"]},
        {"cluster": "QUIET"},
    ]
    assert peer_patterns(peers) == [
        {"cluster": "CUCM10", "trunk": "CUCM10", "pattern": "9898", "partition": ""},
        {"cluster": "CUCM10", "trunk": "CUCM10", "pattern": "8.XXX", "partition": "PSTN"},
        {"cluster": "LAB", "trunk": "to-lab", "pattern": "7XXX", "partition": ""},
    ]


@pytest.mark.parametrize("pattern", [9898, "", {"partition": "PSTN"}, None])
def test_what_is_not_a_pattern_is_an_error(pattern: Any) -> None:
    with pytest.raises(AnsibleFilterError, match=r"cluster CUCM10: .* is not a route pattern"):
        peer_patterns([{"cluster": "CUCM10", "patterns": [pattern]}])
