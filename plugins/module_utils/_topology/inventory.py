# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a topology is as an inventory: hosts, groups and variables, as plain data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ansible_collections.ucops.cucm.plugins.module_utils._topology.model import Cluster, Topology


@dataclass
class Inventory:
    """Groups come before their children.

    `children` of a group are groups; `hosts` of a group are names. Variables of a cluster stand at its group,
    once, and not at each of its hosts.
    """

    groups: list[str] = field(default_factory=list)
    children: list[tuple[str, str]] = field(default_factory=list)
    hosts: list[tuple[str, str]] = field(default_factory=list)
    group_variables: dict[str, dict[str, Any]] = field(default_factory=dict)
    host_variables: dict[str, dict[str, Any]] = field(default_factory=dict)

    def group(self, name: str) -> str:
        """Add a group, unless it is there."""
        if name not in self.group_variables:
            self.groups.append(name)
            self.group_variables[name] = {}
        return name


def inventory_of(topology: Topology, text: Callable[[str], str] = str) -> Inventory:
    """Make the inventory of a topology; `text` makes of a text what Ansible takes as a variable's value."""
    made = Inventory()
    made.group_variables[made.group("cucm")].update(topology.variables)
    made.group("publishers")
    made.group("subscribers")
    # The same for each of two hundred peers.
    targets = {
        name: _Target(text(name), _texts(cluster.reached_by(), text))
        for name, cluster in topology.clusters.items()
    }
    for name, cluster in topology.clusters.items():
        made.group(name)
        for parent in _parents(cluster):
            made.children.append((made.group(parent), name))
        made.group_variables[name].update(
            cluster.variables,
            cucm_cluster=text(name),
            cucm_publisher=text(cluster.publisher),
            cucm_peers=_peers(cluster, topology, targets, text),
            **({} if cluster.wave is None else {"cucm_wave": text(cluster.wave)}),
        )
        for node in cluster.nodes:
            variables = made.host_variables[node.name] = dict(node.variables)
            if node.address is not None:
                variables["ansible_host"] = text(node.address)
            if node.hostname is not None:
                variables["cucm_hostname"] = text(node.hostname)
            made.hosts.append((name, node.name))
            role = "publishers" if node.name == cluster.publisher else "subscribers"
            made.hosts.append((role, node.name))
    return made


def _parents(cluster: Cluster) -> list[str]:
    parents = ["cucm"]
    if cluster.wave is not None:
        parents.append(f"wave_{cluster.wave}")
    if cluster.release is not None:
        parents.append(f"release_{release_of_group(cluster.release)}")
    return parents + [f"tag_{tag}" for tag in cluster.tags]


def release_of_group(release: str) -> str:
    """Shorten a release to what its group is named after: 15 of 15SU2 and of 15.0, 12_5 of 12.5(1)."""
    major, minor = re.findall(r"[0-9]+", release.partition("(")[0].partition("SU")[0] + ".0")[:2]
    return major if int(minor) == 0 else f"{major}_{minor}"


class _Target(NamedTuple):
    """What every peer of a cluster has to know of it."""

    name: str
    patterns: list[Any]


def _peers(
    cluster: Cluster, topology: Topology, targets: Mapping[str, _Target], text: Callable[[str], str]
) -> list[dict[str, Any]]:
    peers = []
    for name, direction in topology.directions.get(cluster.name, {}).items():
        own = direction.patterns
        peers.append(
            {
                "cluster": targets[name].name,
                "patterns": targets[name].patterns if own is None else _texts(own, text),
                **_texts(direction.options, text),
            }
        )
    return [*peers, *_texts(cluster.peers, text)]


def _texts(value: Any, text: Callable[[str], str]) -> Any:
    """Copy plain data with all its texts, keys excepted, passed through `text`."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        return {key: _texts(inner, text) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_texts(inner, text) for inner in value]
    return value
