# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Check that each number and each route pattern of a cluster leads to one place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._topology.extensions import Range
from ansible_collections.ucops.cucm.plugins.module_utils._topology.model import Cluster, Directions, Pattern
from ansible_collections.ucops.cucm.plugins.module_utils._topology.problems import Path, Problems, shown


def check(clusters: Mapping[str, Cluster], directions: Directions, problems: Problems) -> None:
    """Add a problem for each two clusters whose numbers cannot be told apart, and for patterns to two peers."""
    told = set()
    for (first, first_range), (second, second_range) in _overlaps(clusters):
        where = _where(first, second, directions)
        if where is None or (first, second) in told:
            continue
        told.add((first, second))
        problems.add(
            ("clusters", second, "extensions"),
            f"{shown(str(second_range))} overlaps {shown(str(first_range))} of {first}, {where}",
            "Give each number to one cluster, or write patterns for the pair in links",
        )
    for name, cluster in clusters.items():
        _check_patterns(cluster, clusters, directions.get(name, {}), told, problems)


def _overlaps(clusters: Mapping[str, Cluster]) -> Iterator[tuple[tuple[str, Range], tuple[str, Range]]]:
    """Ranges of two clusters that have a number in common."""
    ranges = sorted(
        (one, place, name) for place, (name, cluster) in enumerate(clusters.items()) for one in cluster.ranges
    )
    open_ranges: list[tuple[Range, int, str]] = []
    for item in ranges:
        open_ranges = [other for other in open_ranges if other[0].overlaps(item[0])]
        for other in open_ranges:
            earlier, later = sorted((other, item), key=lambda each: each[1])
            yield (earlier[2], earlier[0]), (later[2], later[0])
        open_ranges.append(item)


def _where(first: str, second: str, directions: Directions) -> str | None:
    """Where both ranges count: at one of the two, or at a cluster that has both as peers."""
    for source, target in ((first, second), (second, first)):
        if _by_own_patterns(source, target, directions):
            return "to which it is linked"
    for source in directions:
        if _by_own_patterns(source, first, directions) and _by_own_patterns(source, second, directions):
            return f"and {source} is linked to both"
    return None


def _by_own_patterns(source: str, target: str, directions: Directions) -> bool:
    direction = directions.get(source, {}).get(target)
    return direction is not None and direction.patterns is None


def _check_patterns(
    cluster: Cluster,
    clusters: Mapping[str, Cluster],
    peers: Mapping[str, Any],
    told: set[tuple[str, str]],
    problems: Problems,
) -> None:
    leads: dict[tuple[str, str], str] = {}
    named: dict[str, Path] = {}
    place: Path = ("clusters", cluster.name, "peers")
    for target, direction in peers.items():
        patterns = clusters[target].reached_by() if direction.patterns is None else direction.patterns
        _lead(patterns, target, leads, ("clusters", target), cluster.name, told, problems)
    for index, peer in enumerate(cluster.peers):
        target, here = str(peer.get("cluster") or peer.get("name")), (*place, index)
        if target in clusters:
            problems.add(here, f"{shown(target)} is a cluster of this file", "Write it in links")
        elif target in named:
            problems.add(here, f"{shown(target)} stands here twice", "Remove one of the two")
        named[target] = here
        _lead(peer["patterns"], target, leads, here, cluster.name, told, problems)


def _lead(
    patterns: Iterator[Pattern] | Any,
    target: str,
    leads: dict[tuple[str, str], str],
    path: Path,
    cluster: str,
    told: set[tuple[str, str]],
    problems: Problems,
) -> None:
    for pattern in patterns:
        key = (pattern, "") if isinstance(pattern, str) else (pattern["pattern"], pattern["partition"])
        other = leads.setdefault(key, target)
        if other != target and (other, target) not in told:
            told.add((other, target))
            problems.add(
                path,
                f"the route pattern {shown(key[0])} leads to {other} too, at {cluster}",
                "Give each pattern to one peer, or write patterns for the pair in links",
            )
