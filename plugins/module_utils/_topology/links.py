# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read how clusters are linked: each with each, a hub with its spokes, single pairs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._topology import keys, values
from ansible_collections.ucops.cucm.plugins.module_utils._topology.model import Direction, Directions
from ansible_collections.ucops.cucm.plugins.module_utils._topology.problems import Path, rendered, shown

ALL = "all"

_EXAMPLE = "links: {mesh: all}"
_PAIR_EXAMPLE = "[CUCMA, CUCMB]"
_PLAIN = Direction()

Pair = tuple[str, str]


def read(data: Any, clusters: Sequence[str], reader: values.Reader) -> Directions:
    """Read `links`, a mapping or a list of them; clusters and their peers come in the order of the file."""
    path: Path = ("links",)
    read_links = _Links(clusters, reader)
    if isinstance(data, Sequence) and not isinstance(data, str):
        for index, one in enumerate(data):
            read_links.read(one, (*path, index))
    elif data is not None:
        read_links.read(data, path)
    return read_links.directions()


def options_of(data: Mapping[Any, Any], reader: values.Reader, path: Path) -> dict[str, Any]:
    """The options of a peer that are given."""
    found: dict[str, Any] = {}
    for key, kind in keys.PEER_OPTIONS.items():
        here = (*path, key)
        value = (
            reader.boolean(data.get(key), here)
            if kind is bool
            else reader.text(data.get(key), here, "a name")
        )
        if value is not None:
            found[key] = value
    return found


class _Links:
    """Gathers the directions of all links, and where each was made."""

    def __init__(self, clusters: Sequence[str], reader: values.Reader) -> None:
        self.clusters = clusters
        self.order = {name: place for place, name in enumerate(clusters)}
        self.reader = reader
        self.problems = reader.problems
        self.made: dict[Pair, Direction] = {}
        self.origin: dict[Pair, Path] = {}
        #: The ways back of one_way pairs, which another entry may describe.
        self.ways_back: dict[Pair, Direction] = {}

    def directions(self) -> Directions:
        found: Directions = {}
        everything = {**self.ways_back, **self.made}
        for source, target in sorted(everything, key=lambda pair: (self.order[pair[0]], self.order[pair[1]])):
            found.setdefault(source, {})[target] = everything[source, target]
        return found

    def read(self, data: Any, path: Path) -> None:
        """Read one mapping of mesh, hub, pairs and except."""
        reader = self.reader
        rule = reader.mapping(data, path, _EXAMPLE)
        reader.keys(rule, keys.LINKS, path, "links")
        if isinstance(data, Mapping) and not {"mesh", "hub", "pairs"} & set(rule):
            self.problems.add(path, "this links nothing", f"Write mesh, hub or pairs, as in {_EXAMPLE}")
        excepted = self._excepted(rule.get("except"), (*path, "except"))
        unused = set(excepted)
        if rule.get("mesh") is not None:
            here = (*path, "mesh")
            names = self._names(rule["mesh"], here)
            if len(names) < 2 and not self._has_problem(here):
                self.problems.add(
                    here, "fewer than two clusters cannot be linked", "Write two or more, or all"
                )
            self._link_many(combinations(names, 2), excepted, unused, here)
        if rule.get("hub") is not None:
            here = (*path, "hub")
            self._link_many(self._hub(rule["hub"], here), excepted, unused, here)
        for pair, place in excepted.items():
            if pair in unused:
                self.problems.add(
                    place,
                    f"neither mesh nor hub links {' and '.join(sorted(pair))} here",
                    "Remove the exception, or correct its names",
                )
        pairs = (*path, "pairs")
        for index, one in enumerate(reader.listing(rule.get("pairs"), pairs, f"[{_PAIR_EXAMPLE}]")):
            self._pair(one, (*pairs, index))

    def _has_problem(self, path: Path) -> bool:
        return any(one.path[: len(path)] == path for one in self.problems.found)

    def _names(self, value: Any, path: Path, without: str | None = None) -> list[str]:
        """Names of clusters, or all of them."""
        if value in (ALL, [ALL]):
            return [name for name in self.clusters if name != without]
        if isinstance(value, str):
            self.problems.add(path, f"{shown(value)} is not a list", "Write a list of names, or all")
            return []
        found: list[str] = []
        for index, one in enumerate(self.reader.listing(value, path, _PAIR_EXAMPLE)):
            name = self._cluster(one, (*path, index))
            if name is not None and name in found:
                self.problems.add((*path, index), f"{shown(name)} stands here twice", "Remove one of the two")
            elif name is not None:
                found.append(name)
        return found

    def _cluster(self, value: Any, path: Path) -> str | None:
        name = self.reader.text(value, path, "CUCMA")
        if name is not None and name not in self.order:
            self.problems.unknown(path, name, self.clusters, "no cluster of this file")
            return None
        return name

    def _two(self, value: Any, path: Path) -> Pair | None:
        """Names of two clusters."""
        if value is None or isinstance(value, str) or not isinstance(value, Sequence) or len(value) != 2:
            self.problems.add(
                path, f"{shown(value)} is no pair of clusters", f"Write two names, as in {_PAIR_EXAMPLE}"
            )
            return None
        first, second = (self._cluster(one, (*path, index)) for index, one in enumerate(value))
        if first is None or second is None:
            return None
        if first == second:
            self.problems.add(path, f"{shown(first)} is linked to itself", "Write two different clusters")
            return None
        return first, second

    def _excepted(self, value: Any, path: Path) -> dict[frozenset[str], Path]:
        found: dict[frozenset[str], Path] = {}
        for index, one in enumerate(self.reader.listing(value, path, f"[{_PAIR_EXAMPLE}]")):
            two = self._two(one, (*path, index))
            if two is None:
                continue
            if frozenset(two) in found:
                self.problems.add(
                    (*path, index), f"{' and '.join(two)} stand here twice", "Remove one of the two"
                )
            found.setdefault(frozenset(two), (*path, index))
        return found

    def _hub(self, value: Any, path: Path) -> list[Pair]:
        data = self.reader.mapping(value, path, "{hub: CUCMA, spokes: all}")
        self.reader.keys(data, keys.HUB, path, "a hub")
        for key in keys.HUB:
            if isinstance(value, Mapping) and data.get(key) is None:
                self.problems.add(
                    path, f"the key {key} is missing", "Write it as in {hub: CUCMA, spokes: all}"
                )
        hub = self._cluster(data.get("hub"), (*path, "hub"))
        spokes = self._names(data.get("spokes"), (*path, "spokes"), hub)
        if hub is not None and hub in spokes:
            self.problems.add(
                (*path, "spokes"), f"{shown(hub)} is linked to itself", "Leave the hub out of its spokes"
            )
        if not spokes and not self._has_problem(path):
            self.problems.add(
                (*path, "spokes"), "there are no spokes", "Write names of other clusters, or all"
            )
        return [(hub, spoke) for spoke in spokes if spoke != hub] if hub is not None else []

    def _link_many(
        self,
        pairs: Iterator[Pair] | Sequence[Pair],
        excepted: Mapping[frozenset[str], Path],
        unused: set[frozenset[str]],
        path: Path,
    ) -> None:
        """Link both ways; what was linked before is one problem for each place that did."""
        again: dict[Path, list[Pair]] = {}
        for first, second in pairs:
            if excepted and (both := frozenset((first, second))) in excepted:
                unused.discard(both)
                continue
            earlier = self.origin.get((first, second)) or self.origin.get((second, first))
            if earlier is not None:
                again.setdefault(earlier, []).append((first, second))
                continue
            for pair in ((first, second), (second, first)):
                self.made[pair] = _PLAIN
                self.origin[pair] = path
        for earlier, found in again.items():
            more = f", and {len(found) - 1} more pairs" if len(found) > 1 else ""
            self.problems.add(
                path,
                f"{' and '.join(found[0])}{more} are linked by {rendered(earlier)} already",
                "Write the pair in except, here or there",
            )

    def _pair(self, value: Any, path: Path) -> None:
        reader = self.reader
        patterns, one_way, options, names_path = None, False, {}, path
        if isinstance(value, Mapping):
            reader.keys(value, keys.PAIR, path, "a pair")
            names_path = (*path, "clusters")
            one_way = reader.boolean(value.get("one_way"), (*path, "one_way")) or False
            options = options_of(value, reader, path)
            if value.get("patterns") is not None:
                patterns = reader.patterns(value["patterns"], (*path, "patterns"), keys.PATTERN)
            value = value.get("clusters")
        two = self._two(value, names_path)
        if two is None:
            return
        back = (two[1], two[0])
        earlier = self.origin.get(two) or (None if one_way else self.origin.get(back))
        if earlier is not None:
            is_single = "pairs" in earlier
            self.problems.add(
                names_path,
                f"{' and '.join(two)} are linked by {rendered(earlier)} already",
                "Remove the one or the other"
                if is_single
                else "Write the pair in except there, or remove it here",
            )
            return
        self.made[two], self.origin[two] = Direction(patterns, options), path
        if one_way:
            self.ways_back[back] = Direction((), options)
        else:
            self.made[back], self.origin[back] = Direction(None, options), path
