# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, an entry of cucm_peers with a mistake is taken, or one that is right is refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import (
    CHOICES,
    PEER_KINDS,
    SETTINGS,
)
from ansible_collections.ucops.cucm.plugins.module_utils._site.entries import fault_of_entry
from ansible_collections.ucops.cucm.plugins.module_utils._site.peer_variables import PEER_SETTINGS
from ansible_collections.ucops.cucm.plugins.module_utils._site.peers import peer_of

EXTERNAL = [name for name, kind in PEER_KINDS.items() if kind.is_external]
NODES = [{"address": "peer1.example.com"}, {"address": "192.0.2.2", "server_names": ["peer2.example.com"]}]
TYPES = {each.name: each for each in PEER_SETTINGS}


def entry(kind: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "name": "HQ", "nodes": NODES, **more}


def right(name: str) -> Any:
    """A right value of a setting."""
    if name in CHOICES:
        value: Any = CHOICES[name][0]
        return [value] if TYPES[name].type == "list" else value
    return {"int": 5081, "bool": True, "str": "CSS_Phones", "list": ["*.example.com"]}[TYPES[name].type]


def wrong(name: str) -> Any:
    """A wrong value of a setting."""
    if name in CHOICES:
        return ["pigeon"] if TYPES[name].type == "list" else "pigeon"
    return {"int": 0, "bool": "perhaps", "str": {"no": "text"}, "list": {"no": "list"}}[TYPES[name].type]


def test_every_setting_is_a_key() -> None:
    assert [each.name for each in PEER_SETTINGS] == list(SETTINGS)


@pytest.mark.parametrize("kind", EXTERNAL)
def test_a_peer_of_each_kind_with_its_defaults(kind: str) -> None:
    assert fault_of_entry(entry(kind)) is None
    peer = peer_of(entry(kind), {}, {})
    assert peer.settings == PEER_KINDS[kind].defaults
    assert [(node.name, node.address, node.port) for node in peer.nodes] == [
        ("peer1.example.com", "peer1.example.com", 5061),
        ("192.0.2.2", "192.0.2.2", 5061),
    ]
    assert (peer.cluster, peer.trunk, peer.in_inventory) == ("HQ", "HQ", False)
    assert peer.where == "cucm_peers, peer HQ"


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("kind", EXTERNAL)
def test_each_setting_of_each_kind_overridden_and_wrong(kind: str, name: str) -> None:
    given = entry(kind, **{name: right(name)})
    assert fault_of_entry(given) is None
    value = getattr(peer_of(given, {}, {}).settings, name)
    assert value == (tuple(right(name)) if isinstance(right(name), list) else right(name))
    fault = fault_of_entry(entry(kind, **{name: wrong(name)}))
    assert fault is not None
    assert name in fault[0]


@pytest.mark.parametrize("kind", EXTERNAL)
def test_an_unknown_key_has_its_nearest_name(kind: str) -> None:
    fault = fault_of_entry(entry(kind, incomming_port=6061))
    assert fault is not None
    assert fault[0] == "there is no key incomming_port"
    assert "Did you mean incoming_port?" in fault[1]
    fault = fault_of_entry(entry(kind, nodes=[{"address": "a", "server_name": "a"}]))
    assert fault is not None
    assert "Did you mean server_names?" in fault[1]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"kind": "cub", "name": "HQ"}, ("cub is no kind of peer", "Did you mean cube?")),
        ({"kind": "cube", "cluster": "HQ"}, ("has no key cluster", "Write name: HQ")),
        ({"kind": "cube", "nodes": NODES}, ("the key name is missing", "Border Element")),
        ({"kind": "cube", "name": "HQ"}, ("HQ has no nodes", "nodes:")),
        ({"kind": "cube", "name": "HQ", "nodes": [{"port": 5061}]}, ("key address is missing", "Write")),
        ({"name": "HQ", "nodes": NODES}, ("of another kind than cluster", "Write cluster: HQ")),
        ({"kind": "cluster"}, ("the key cluster is missing", "has kind and name")),
        ({"cluster": "HQ", "nodes": [{"address": "a"}]}, ("the key name is missing", "Write")),
        (entry("cube", release="seventeen"), ("is no release of Cisco Unified Border", "17.12.4")),
        (entry("expressway", release="newest"), ("is no release of", "X15.5")),
        (entry("cube", port=70000), ("port 70000 is no TCP port", "65535")),
        (entry("cube", nodes=[{"address": "a", "port": 0}]), ("nodes[0]: port 0", "65535")),
        (
            entry("cube", release="17.12.4", tls_min="1.3"),
            ("tls_min 1.3 is newer than tls_max 1.2", "17.12.4"),
        ),
        (entry("cube", max_names=0), ("max_names 0", "1 or more")),
        (entry("cube", patterns=[9898]), ("is not a route pattern", "quotes")),
    ],
)
def test_mistakes_are_named(given: dict[str, Any], words: tuple[str, str]) -> None:
    fault = fault_of_entry(given)
    assert fault is not None
    assert words[0] in fault[0]
    assert words[1] in fault[1]


def test_a_tls_version_that_yaml_takes_for_a_number() -> None:
    given = entry("generic", tls_min=1.2, release=14)
    assert fault_of_entry(given) is None
    peer = peer_of(given, {}, {})
    assert (peer.settings.tls_min, peer.release) == ("1.2", "14")


def test_srtp_off_that_yaml_takes_for_a_boolean() -> None:
    given = entry("cube", srtp=False)
    assert fault_of_entry(given) is None
    assert peer_of(given, {}, {}).settings.srtp == "off"


def test_ports_of_the_peer_and_of_a_node() -> None:
    peer = peer_of(entry("generic", port=5065, nodes=[*NODES, {"address": "b", "port": 5070}]), {}, {})
    assert [node.port for node in peer.nodes] == [5065, 5065, 5070]


def test_names_of_both_roles_each_once() -> None:
    node = {"address": "a", "server_names": ["s", "both"], "client_names": ["both", "c"]}
    (seen,) = peer_of(entry("cube", nodes=[node]), {}, {}).nodes
    assert seen.names == ("s", "both", "c")
