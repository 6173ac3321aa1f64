# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Topologies: defaults, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.simulator.topology import (
    TopologyError,
    default_topology,
    guide_topology,
    topology_from,
)

PUBLISHER = {"name": "pub", "role": "publisher"}


def cluster(**changes: Any) -> dict[str, Any]:
    return {"clusters": [{"name": "C", "release": "14", "nodes": [PUBLISHER], **changes}]}


def test_default_topology() -> None:
    first, second = default_topology().clusters
    assert (first.name, first.release, first.extensions) == ("CUCMA", "14", ("1018",))
    assert (second.name, second.release, second.extensions) == ("CUCM10", "15", ("9898",))
    assert [node.role for node in first.nodes] == ["publisher", "subscriber"]
    assert {node.address for node in first.nodes + second.nodes} == {"127.0.0.1"}


def test_numbers_of_yaml_become_text() -> None:
    made = topology_from(cluster(release=9.1, extensions=[1018])).clusters[0]
    assert (made.release, made.major, made.extensions) == ("9.1", 9, ("1018",))


def test_what_the_release_decides_can_be_overridden() -> None:
    own = topology_from(cluster(release="9.1")).clusters[0]
    assert (own.rsa_length, own.signature_hash) == (1024, "sha1")
    assert own.https_tls_versions == own.sip_tls_versions == ("1.0", "1.0")
    assert own.command_line.delay_factor == 0.01
    changes = {"https_tls": [1.0, 1.2], "key_length": 2048, "command_line": {"delay_factor": 0}}
    changed = topology_from(cluster(release="9.1", **changes)).clusters[0]
    assert (changed.rsa_length, changed.signature_hash) == (2048, "sha1")
    assert (changed.https_tls_versions, changed.sip_tls_versions) == (("1.0", "1.2"), ("1.0", "1.0"))
    assert changed.command_line.delay_factor == 0


def test_names_with_and_without_a_domain() -> None:
    assert topology_from(cluster(domain="")).clusters[0].qualified("pub") == "pub"
    assert topology_from(cluster()).clusters[0].qualified("pub") == "pub.example.com"


def test_guide_topology() -> None:
    first, second = guide_topology().clusters
    assert (first.name, first.release, first.extensions) == ("CUCMA", "9.1", ("1018",))
    assert (second.name, second.release, second.extensions) == ("CUCM10", "10.5", ("9898",))
    assert (second.rsa_length, second.signature_hash) == (1024, "sha1")


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ([], "a mapping with a list 'clusters'"),
        ({"clusters": []}, "at least one cluster"),
        ({"clusters": ["x"]}, "a mapping with a list 'nodes'"),
        (cluster(release="16"), "release '16'"),
        (cluster(nodes=[{"name": "a"}]), "exactly one publisher"),
        (cluster(nodes=[PUBLISHER, {"name": "pub"}]), "same name"),
        (cluster(nodes=[PUBLISHER, {"name": "b", "role": "spare"}]), "role is publisher or subscriber"),
        (cluster(nodes=[{**PUBLISHER, "port": 1}]), r"nodes\[0\]: unknown keys \['port'\]"),
        (cluster(nodes=[{"role": "publisher"}]), "missing 1 required"),
        (cluster(key_length=512), "key_length is one of"),
        (cluster(hash_algorithm="md5"), "hash_algorithm 'md5'"),
        (cluster(https_tls=["1.0"]), "lowest and the highest"),
        (cluster(sip_tls=["1.0", "ssl"]), "lowest and the highest"),
        (cluster(sip_tls=["1.2", "1.0"]), "lowest and the highest"),
        (cluster(sip_tls="1.2"), "lowest and the highest"),
        (cluster(command_line={"speed": 1}), r"command_line: unknown keys \['speed'\]"),
        (cluster(command_line={"paste_ends_with": "eof"}), "paste_ends_with"),
        (cluster(command_line=1), "command_line: a mapping"),
        (cluster(users=[{"username": "x", "password": "y", "roles": ["z"]}]), "unknown roles"),
        ({"clusters": cluster()["clusters"] * 2}, "two clusters have the same name"),
    ],
)
def test_what_cannot_be_used(data: Any, text: str) -> None:
    with pytest.raises(TopologyError, match=text):
        topology_from(data)
