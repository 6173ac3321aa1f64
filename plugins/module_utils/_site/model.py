# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A site: clusters with their nodes, and to whom each has trunks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Node:
    """A node as the trunks of a peer see it: the addresses to which they send calls, and the name that they accept."""

    name: str
    address: str = ""
    address_ipv6: str = ""
    port: int = 5061
    subject_name: str = ""


@dataclass(frozen=True)
class Pattern:
    """A route pattern; no partition is the empty text."""

    pattern: str
    partition: str = ""


@dataclass(frozen=True)
class Peer:
    """A cluster to which there is a trunk. `in_inventory` says that its nodes are hosts of this inventory."""

    cluster: str
    nodes: tuple[Node, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    in_inventory: bool = True
    one_way: bool = False
    trunk: str = ""
    security_profile: str = ""
    entry: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Cluster:
    """A cluster of the inventory. `nodes` are the inventory names of its hosts, in the order of its group."""

    name: str
    publisher: str
    nodes: tuple[str, ...]
    peers: tuple[Peer, ...] = ()


@dataclass(frozen=True)
class Site:
    """All clusters of an inventory, by name."""

    clusters: Mapping[str, Cluster]
