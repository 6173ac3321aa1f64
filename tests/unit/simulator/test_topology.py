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
        (cluster(users=[{"username": "x", "password": "y", "roles": ["z"]}]), "unknown roles"),
        ({"clusters": cluster()["clusters"] * 2}, "two clusters have the same name"),
    ],
)
def test_what_cannot_be_used(data: Any, text: str) -> None:
    with pytest.raises(TopologyError, match=text):
        topology_from(data)
