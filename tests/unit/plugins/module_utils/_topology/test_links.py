# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, clusters are linked that should not be, or links miss, or have the options of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import SETTING_TYPES
from ansible_collections.ucops.cucm.plugins.module_utils._site.variables import PEER, PEER_NODE
from ansible_collections.ucops.cucm.plugins.module_utils._topology import keys
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._topology.reader import peers_of

COLLECTION = Path(__file__).resolve().parents[5]
CLUSTERS = """\
plugin: ucops.cucm.topology
clusters:
  A: {nodes: [a], extensions: ["1000-1999"]}
  B: {nodes: [b], extensions: ["2000-2499"], patterns: ["82XXX"]}
  C: {nodes: [c], patterns: [{pattern: "3XXX", partition: PT}]}
  D: {nodes: [d]}
"""


def linked(links: str) -> set[str]:
    """Directions, each as in AB for cluster A and its peer B."""
    peers = peers_of(f"{CLUSTERS}links:\n{links}\n")
    return {f"{name}{peer}" for name, of_name in peers.items() for peer in of_name}


def both_ways(*pairs: str) -> set[str]:
    return {*pairs, *(pair[::-1] for pair in pairs)}


@pytest.mark.parametrize(
    ("links", "expected"),
    [
        ("  mesh: all", both_ways("AB", "AC", "AD", "BC", "BD", "CD")),
        ("  mesh: [all]", both_ways("AB", "AC", "AD", "BC", "BD", "CD")),
        ("  mesh: [A, C, D]", both_ways("AC", "AD", "CD")),
        ("  mesh: [A, B, C]\n  except: [[C, A]]", both_ways("AB", "BC")),
        ("  hub: {hub: C, spokes: all}", both_ways("CA", "CB", "CD")),
        ("  hub: {hub: C, spokes: [B, A]}", both_ways("CA", "CB")),
        ("  hub: {hub: C, spokes: all}\n  except: [[C, D]]", both_ways("CA", "CB")),
        ("  pairs: [[A, B], [D, C]]", both_ways("AB", "CD")),
        # What `except` leaves out, `pairs` may link in another way.
        ("  mesh: [A, B]\n  except: [[A, B]]\n  pairs: [[B, A]]", both_ways("AB")),
        (
            "  - mesh: [A, B]\n  - hub: {hub: D, spokes: [C]}\n  - pairs: [[A, D]]",
            both_ways("AB", "DC", "AD"),
        ),
        ("  mesh: [A, B]\n  hub: {hub: D, spokes: [C]}\n  pairs: [[A, D]]", both_ways("AB", "DC", "AD")),
        # Unified CM takes calls only from where it has a trunk to.
        ("  pairs: [{clusters: [A, B], one_way: true}]", both_ways("AB")),
    ],
)
def test_which_clusters_are_linked(links: str, expected: set[str]) -> None:
    assert linked(links) == expected


def test_without_links_there_are_no_peers() -> None:
    assert peers_of(CLUSTERS) == {"A": {}, "B": {}, "C": {}, "D": {}}


def test_clusters_and_peers_come_in_the_order_of_the_file() -> None:
    peers = peers_of(f"{CLUSTERS}links: {{pairs: [[D, B], [C, A], [B, A], [A, D]]}}\n")
    assert {name: list(of_name) for name, of_name in peers.items()} == {
        "A": ["B", "C", "D"],
        "B": ["A", "D"],
        "C": ["A"],
        "D": ["A", "B"],
    }


def test_a_peer_is_reached_by_its_own_patterns_and_those_of_its_extensions() -> None:
    peers = peers_of(f"{CLUSTERS}links: {{mesh: all}}\n")
    assert peers["D"] == {
        "A": {"cluster": "A", "patterns": ["1XXX"]},
        "B": {"cluster": "B", "patterns": ["82XXX", "2[0-4]XX"]},
        "C": {"cluster": "C", "patterns": [{"pattern": "3XXX", "partition": "PT"}]},
    }
    assert peers["A"]["D"] == {"cluster": "D", "patterns": []}


def test_patterns_of_a_pair_lead_from_the_first_cluster_to_the_second() -> None:
    peers = peers_of(f'{CLUSTERS}links: {{pairs: [{{clusters: [A, B], patterns: ["9XXX"]}}]}}\n')
    assert peers["A"]["B"]["patterns"] == ["9XXX"]
    assert peers["B"]["A"]["patterns"] == ["1XXX"]


def test_one_way_has_patterns_one_way() -> None:
    peers = peers_of(f"{CLUSTERS}links: {{pairs: [{{clusters: [A, B], one_way: true, device_pool: DP}}]}}\n")
    assert peers["A"]["B"] == {"cluster": "B", "patterns": ["82XXX", "2[0-4]XX"], "device_pool": "DP"}
    assert peers["B"]["A"] == {"cluster": "A", "patterns": [], "device_pool": "DP"}


def test_a_pair_and_its_reverse_describe_one_direction_each() -> None:
    links = """
    - {clusters: [A, B], one_way: true, device_pool: DP_A}
    - {clusters: [B, A], one_way: true, device_pool: DP_B, patterns: ["7777"]}
"""
    peers = peers_of(f"{CLUSTERS}links:\n  pairs:{links}")
    assert peers["A"]["B"] == {"cluster": "B", "patterns": ["82XXX", "2[0-4]XX"], "device_pool": "DP_A"}
    assert peers["B"]["A"] == {"cluster": "A", "patterns": ["7777"], "device_pool": "DP_B"}


def test_every_option_of_a_pair_reaches_both_peers() -> None:
    options = {key: True if kind is bool else f"the {key}" for key, kind in keys.PEER_OPTIONS.items()}
    pair = yaml.safe_dump({"clusters": ["A", "B"], **options}, default_flow_style=True, width=1000)
    peers = peers_of(f"{CLUSTERS}links:\n  pairs:\n    - {pair}")
    assert peers["A"]["B"] == {"cluster": "B", "patterns": ["82XXX", "2[0-4]XX"], **options}
    assert peers["B"]["A"] == {"cluster": "A", "patterns": ["1XXX"], **options}


def test_peers_that_are_no_clusters_come_last_and_as_they_are() -> None:
    peer: dict[str, Any] = {
        "cluster": "CUBE",
        "nodes": [
            {"name": "cube-1", "address": "192.0.2.50", "port": 5071, "subject_name": "cube"},
            {"name": "cube-2", "address_ipv6": "2001:db8::1"},
        ],
        "patterns": ["0.!"],
        "sip_profile": "Profile",
    }
    text = CLUSTERS.replace(
        "A: {nodes", f"A: {{peers: [{yaml.safe_dump(peer, default_flow_style=True)}], nodes"
    )
    peers = peers_of(f"{text}links: {{pairs: [[A, B]]}}\n")
    assert list(peers["A"]) == ["B", "CUBE"]
    assert peers["A"]["CUBE"] == peer


def test_the_options_of_a_peer_are_those_of_the_variable() -> None:
    peer = {option.name: option for option in PEER}
    # Of two clusters of one file, the links say whether one lists the other.
    assert set(peer) - {"one_way"} == set(keys.PEER)
    assert {name: peer[name].type for name in keys.PEER_OPTIONS} == {
        name: kind.__name__ for name, kind in keys.PEER_OPTIONS.items()
    }
    assert {name: peer[name].type for name in SETTING_TYPES} == {
        name: kind.__name__ for name, kind in SETTING_TYPES.items()
    }
    assert {option.name: option.type for option in PEER_NODE} == {
        name: kind.__name__ for name, kind in keys.PEER_NODE.items()
    }
