# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a peer of a topology file reaches the wrong clusters, or a mistake in it is not told."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._site.entries import fault_of_entry
from ansible_collections.ucops.cucm.plugins.module_utils._topology.inventory import inventory_of
from ansible_collections.ucops.cucm.plugins.module_utils._topology.problems import InvalidTopology
from ansible_collections.ucops.cucm.plugins.module_utils._topology.reading import Source, read

CUBE: dict[str, Any] = {
    "kind": "cube",
    "release": "17.12.4",
    "nodes": [
        {"address": "cube1.example.com", "server_names": ["cube1.example.com"], "client_names": ["c1"]},
        {"name": "two", "address": "192.0.2.2", "port": 5071, "tls_fingerprint": "AB:CD"},
    ],
    "patterns": ["0.!"],
    "ca_certificate_paths": ["pki/cube-ca.pem"],
    "device_pool": "DP_Trunks",
    "incoming_port": 5071,
    "options_ping": False,
    "key_types": ["rsa"],
    "tls_min": 1.2,
    "srtp": False,
    "our_names_expected": ["*.example.com"],
    "clusters": "all",
}


def topology(peers: Any, of_cluster: Any = None) -> dict[str, Any]:
    clusters: dict[str, Any] = {name: {"nodes": [f"{name.lower()}-pub"]} for name in ("A", "B", "C")}
    if of_cluster is not None:
        clusters["A"]["peers"] = of_cluster
    return {"plugin": "ucops.cucm.topology", "clusters": clusters, "peers": peers}


def peers_of(data: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    made = inventory_of(read(data, Source("test.cucm.yml")))
    return {name: made.group_variables[name]["cucm_peers"] for name in ("A", "B", "C")}


def problems(data: dict[str, Any]) -> str:
    with pytest.raises(InvalidTopology) as caught:
        read(data, Source("test.cucm.yml"))
    return str(caught.value.message)


def test_a_hub_pair_reaches_all_clusters_as_an_entry_of_the_variable() -> None:
    found = peers_of(topology({"HQ-CUBE": CUBE}))
    expected = {key: value for key, value in CUBE.items() if key != "clusters"}
    assert (
        found["A"]
        == found["B"]
        == found["C"]
        == [{"name": "HQ-CUBE", **expected, "tls_min": "1.2", "srtp": "off"}]
    )
    assert fault_of_entry(found["A"][0]) is None


def test_a_peer_of_some_clusters_comes_after_their_own() -> None:
    own = {"kind": "unity_connection", "name": "VM", "nodes": [{"address": "cuc1.example.com"}]}
    other = {"kind": "cluster", "nodes": [{"name": "x", "address": "x.example.com"}], "clusters": ["C"]}
    found = peers_of(topology({"HQ-CUBE": {**CUBE, "clusters": ["A", "C"]}, "OTHER": other}, [own]))
    assert [each.get("name") for each in found["A"]] == ["VM", "HQ-CUBE"]
    assert found["A"][0] == {**own, "patterns": []}
    assert found["B"] == []
    assert [each.get("cluster") or each["name"] for each in found["C"]] == ["HQ-CUBE", "OTHER"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"clusters": ["D"]}, "no cluster of this file"),
        ({"clusters": ["A", "A"]}, "stands here twice"),
        ({"clusters": None}, "the key clusters is missing"),
        ({"kind": "cub"}, "Did you mean 'cube'?"),
        ({"kind": None}, "is missing"),
        ({"incomming_port": 1}, "Did you mean 'incoming_port'?"),
        ({"incoming_port": 70000}, "no number from 1 to 65535"),
        ({"incoming_port": True}, "no number from 1 to 65535"),
        ({"options_ping": "perhaps"}, "boolean"),
        ({"srtp": "sometimes"}, "no value of srtp"),
        ({"key_types": ["dsa"]}, "no value of key_types"),
        ({"nodes": []}, "the key nodes is missing"),
        ({"nodes": [{"port": 5061}]}, "the key address is missing"),
        ({"nodes": [{"address": "a", "server_name": ["a"]}]}, "Did you mean 'server_names'?"),
        ({"nodes": [{"address": "a", "port": 0}]}, "is no TCP port"),
        ({"kind": "cluster", "nodes": [{"address": "a"}]}, "the key name is missing"),
        ({"release": "{{ release }}"}, "is a template"),
    ],
)
def test_mistakes(change: dict[str, Any], words: str) -> None:
    peer = {key: value for key, value in {**CUBE, **change}.items() if value is not None}
    assert words in problems(topology({"HQ-CUBE": peer}))


def test_names_of_peers() -> None:
    assert "is a cluster of this file" in problems(topology({"A": CUBE}))
    assert "is no text" in problems(topology({12: CUBE}))
    own = {"kind": "cube", "cluster": "HQ", "nodes": [{"address": "a"}]}
    assert "a peer of the kind cube has no cluster" in problems(topology({}, [own]))
    named = {"name": "HQ", "nodes": [{"name": "x", "address": "a"}]}
    assert "a peer of the kind cluster has no name" in problems(topology({}, [named]))
    same = {"kind": "cube", "name": "HQ-CUBE", "nodes": [{"address": "a"}]}
    assert "stands here twice" in problems(topology({"HQ-CUBE": {**CUBE, "patterns": []}}, [same]))


def test_a_pattern_that_leads_to_two_peers() -> None:
    own = {"kind": "generic", "name": "PSTN", "nodes": [{"address": "a"}], "patterns": ["0.!"]}
    assert "leads to PSTN too, at A" in problems(topology({"HQ-CUBE": CUBE}, [own]))


def test_what_the_sheet_says_besides_is_read_and_checked() -> None:
    given = {"numbers": ["5XXX"], "configuration": {"tag": 500}}
    assert peers_of(topology({"HQ-CUBE": {**CUBE, "hand_over": given}}))["A"][0]["hand_over"] == given
    told = problems(topology({"HQ-CUBE": {**CUBE, "hand_over": {"numbrs": ["5XXX"], "numbers": "5XXX"}}}))
    assert "numbrs" in told
    assert "hand_over, numbers" in told or "hand_over.numbers" in told
