# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A topology: clusters, their nodes, and the directions of the links between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ansible_collections.ucops.cucm.plugins.module_utils._topology.extensions import Range

#: A route pattern: its text, or `pattern` and `partition`.
Pattern: TypeAlias = "str | dict[str, str]"
Variables = Mapping[str, Any]


@dataclass(frozen=True)
class Node:
    """A node. Without an `address`, its name is what it is reached by."""

    name: str
    address: str | None = None
    hostname: str | None = None
    variables: Variables = field(default_factory=dict)


@dataclass(frozen=True)
class Cluster:
    """A cluster. `ranges` are merged and sorted; `peers` are those that are no clusters of the file."""

    name: str
    publisher: str
    nodes: tuple[Node, ...]
    release: str | None = None
    patterns: tuple[Pattern, ...] = ()
    ranges: tuple[Range, ...] = ()
    peers: tuple[dict[str, Any], ...] = ()
    wave: str | None = None
    tags: tuple[str, ...] = ()
    variables: Variables = field(default_factory=dict)

    def reached_by(self) -> list[Pattern]:
        """Return the route patterns by which others reach the cluster, each once."""
        patterns = list(self.patterns)
        for one in self.ranges:
            patterns += [pattern for pattern in one.patterns() if pattern not in patterns]
        return patterns


@dataclass(frozen=True)
class Direction:
    """One direction of a link: what a cluster has to know of one peer.

    `patterns` are None where those of the peer itself count.
    """

    patterns: tuple[Pattern, ...] | None = None
    options: Variables = field(default_factory=dict)


#: Cluster, then peer, both in the order of the file.
Directions = dict[str, dict[str, Direction]]


@dataclass(frozen=True)
class Topology:
    """What a topology file says."""

    clusters: Mapping[str, Cluster]
    directions: Directions
    variables: Variables = field(default_factory=dict)
