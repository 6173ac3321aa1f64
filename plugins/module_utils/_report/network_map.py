# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The map of clusters and links.

Clusters that are joined in a ring or a mesh, up to twelve, stand in a circle. Everything else, and
everything on a narrow screen, is drawn as rows: a cluster, and beside it those that it is joined
with. Rows stay readable with any number of links; each link is drawn once.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ansible_collections.ucops.cucm.plugins.module_utils._report.drawing import arrow_tip, mark, shorten
from ansible_collections.ucops.cucm.plugins.module_utils._report.markup import Markup, element, joined
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import (
    RESULTS,
    Entry,
    direction_name,
    entries,
    plain,
    result_of,
    word,
)

_IN_CIRCLE = 12
_IN_ROWS = 12
_BOX_WIDTH, _BOX_HEIGHT, _NAME_WIDTH = 124, 28, 114
_ROW_PITCH, _ROW_WIDTH = 38, 336


@dataclass(frozen=True)
class _Line:
    """A link between two clusters, and the verdict of each direction."""

    number: int
    link: Entry
    ends: tuple[str, str]

    def other(self, cluster: str) -> str:
        return self.ends[1] if self.ends[0] == cluster else self.ends[0]

    def verdict(self, source: str) -> str:
        """The verdict of the direction that begins at this cluster; without one, not measured."""
        for direction in entries(self.link, "directions"):
            if plain(direction.get("from")) == source:
                return result_of(direction, "verdict")
        return "not_measured"

    @property
    def name(self) -> str:
        return f"{self.ends[0]} and {self.ends[1]}: {word(result_of(self.link, 'verdict'))}"

    @property
    def told(self) -> str:
        """The link and its directions in words, for the pointer that rests on it."""
        directions = [
            f"{direction_name(direction)}: {word(result_of(direction, 'verdict'))}"
            for direction in entries(self.link, "directions")
        ]
        return f"{self.name} ({'; '.join(directions)})" if directions else self.name


def network_map(links: Sequence[Entry]) -> Markup:
    """The map; the links' numbers count from one, as in their anchors `#link-1`."""
    lines = [_Line(number, link, _ends(link)) for number, link in enumerate(links, start=1)]
    wide: list[Markup] = []
    narrow: list[Markup] = []
    for component in _components(lines):
        rows = [_rows(hub, part, of) for hub, part, of in _stars(component)]
        clusters = {end for line in component for end in line.ends}
        meshed = len(component) >= len(clusters) >= 3
        wide += [_circle(component)] if meshed and len(clusters) <= _IN_CIRCLE else rows
        narrow += rows
    if wide == narrow:
        return element("div", wide, class_="tiles")
    return joined(
        element("div", wide, class_="tiles wide"),
        element("div", narrow, class_="tiles narrow"),
    )


def _ends(link: Entry) -> tuple[str, str]:
    clusters = link.get("clusters")
    names = [plain(name) for name in clusters[:2]] if isinstance(clusters, (list, tuple)) else []
    names += ["?"] * (2 - len(names))
    return names[0], names[1]


def _components(lines: Sequence[_Line]) -> list[list[_Line]]:
    """The lines in groups that no line joins, the largest first."""
    leader: dict[str, str] = {}

    def find(cluster: str) -> str:
        while leader.setdefault(cluster, cluster) != cluster:
            leader[cluster] = leader[leader[cluster]]
            cluster = leader[cluster]
        return cluster

    for line in lines:
        leader[find(line.ends[0])] = find(line.ends[1])
    groups: dict[str, list[_Line]] = {}
    for line in lines:
        groups.setdefault(find(line.ends[0]), []).append(line)
    return sorted(groups.values(), key=len, reverse=True)


def _stars(lines: Sequence[_Line]) -> Iterator[tuple[str, list[_Line], str]]:
    """The lines as rows of the cluster that has most of them left; long ones in parts, `2 of 5`."""
    left = list(lines)
    while left:
        degrees: dict[str, int] = {}
        for line in left:
            for end in set(line.ends):
                degrees[end] = degrees.get(end, 0) + 1
        hub = min(degrees, key=lambda cluster: (-degrees[cluster], cluster))
        mine = [line for line in left if hub in line.ends]
        left = [line for line in left if hub not in line.ends]
        parts = math.ceil(len(mine) / _IN_ROWS)
        size = math.ceil(len(mine) / parts)
        for part in range(parts):
            of = f"{part + 1} of {parts}" if parts > 1 else ""
            yield hub, mine[part * size : (part + 1) * size], of


def _rows(hub: str, lines: Sequence[_Line], of: str) -> Markup:
    """One cluster at the left, those that it is joined with at the right, two arrows between them."""
    height = len(lines) * _ROW_PITCH
    middle = height / 2
    name = shorten(hub, _NAME_WIDTH)
    drawn = [_row(hub, line, (index + 0.5) * _ROW_PITCH) for index, line in enumerate(lines)]
    return element(
        "svg",
        element(
            "g",
            element("title", hub),
            element(
                "rect",
                class_="box hub",
                x=1,
                y=(_ROW_PITCH - _BOX_HEIGHT) / 2,
                width=_BOX_WIDTH,
                height=height - (_ROW_PITCH - _BOX_HEIGHT),
                rx=5,
            ),
            element("text", name, class_="strong", x=_BOX_WIDTH / 2, y=middle + 4, text_anchor="middle"),
            element("text", of, class_="small", x=_BOX_WIDTH / 2, y=middle + 20, text_anchor="middle")
            if of
            else None,
        ),
        drawn,
        viewBox=f"0 0 {_ROW_WIDTH} {height}",
        width=_ROW_WIDTH,
        height=height,
        role="group",
        aria_label=f"Links of {hub}" + (f", part {of}" if of else ""),
    )


def _row(hub: str, line: _Line, y: float) -> Markup:
    leaf = line.other(hub)
    left, right = _BOX_WIDTH + 1, _ROW_WIDTH - _BOX_WIDTH - 1
    there, back = line.verdict(hub), line.verdict(leaf)
    return element(
        "a",
        element("title", line.told),
        element("path", class_=f"wire {there}", d=f"M{left} {y - 4:g}H{right - 6}"),
        arrow_tip(right - 1, y - 4, 1, 0, f"tip {there}"),
        element("path", class_=f"wire {back}", d=f"M{right} {y + 4:g}H{left + 6}"),
        arrow_tip(left + 1, y + 4, -1, 0, f"tip {back}"),
        mark(result_of(line.link, "verdict"), (left + right) / 2, y),
        element(
            "rect",
            class_="box",
            x=right,
            y=y - _BOX_HEIGHT / 2,
            width=_BOX_WIDTH,
            height=_BOX_HEIGHT,
            rx=5,
        ),
        element("text", shorten(leaf, _NAME_WIDTH), x=right + _BOX_WIDTH / 2, y=y + 4, text_anchor="middle"),
        href=f"#link-{line.number}",
        aria_label=line.name,
    )


def _circle(lines: Sequence[_Line]) -> Markup:
    """Clusters in a circle; the marks of the links keep off each other."""
    clusters = sorted({end for line in lines for end in line.ends})
    count = len(clusters)
    rx, ry = (180, 120) if count <= 5 else (370, 260)
    width, height = 2 * rx + _BOX_WIDTH + 4, 2 * ry + _BOX_HEIGHT + 4
    places = {
        cluster: (
            width / 2 + rx * math.sin(2 * math.pi * index / count),
            height / 2 - ry * math.cos(2 * math.pi * index / count),
        )
        for index, cluster in enumerate(clusters)
    }
    wires, marks = [], []
    # The middle of a circle is on too many lines to tell which one a mark there belongs to.
    taken: list[tuple[float, float]] = [(width / 2, height / 2)]
    # Those that fail last: they lie above the others.
    for line in sorted(lines, key=lambda line: -RESULTS.index(result_of(line.link, "verdict"))):
        start, end = places[line.ends[0]], places[line.ends[1]]
        verdict = result_of(line.link, "verdict")
        wires.append(
            element(
                "path",
                class_=f"wire {verdict}",
                d=f"M{start[0]:.1f} {start[1]:.1f}L{end[0]:.1f} {end[1]:.1f}",
            )
        )
        x, y = _free_place(start, end, taken, list(places.values()))
        taken.append((x, y))
        marks.append(
            element(
                "a",
                element("title", line.told),
                mark(verdict, x, y),
                href=f"#link-{line.number}",
                aria_label=line.name,
            )
        )
    return element(
        "svg",
        wires,
        (_cluster_box(cluster, *place) for cluster, place in places.items()),
        marks,
        viewBox=f"0 0 {width} {height}",
        width=width,
        height=height,
        class_="mesh",
        role="group",
        aria_label=f"{count} clusters and their {len(lines)} links",
    )


def _free_place(
    start: tuple[float, float],
    end: tuple[float, float],
    taken: Sequence[tuple[float, float]],
    boxes: Sequence[tuple[float, float]],
) -> tuple[float, float]:
    """The place on the line, near its middle, that is on no box and farthest from the marks that are there."""
    best, best_room = start, -1.0
    for share in (0.5, 0.44, 0.56, 0.38, 0.62, 0.32, 0.68):
        x, y = start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
        room = min((math.dist((x, y), other) for other in taken), default=100.0)
        if any(abs(x - bx) < _BOX_WIDTH / 2 + 12 and abs(y - by) < _BOX_HEIGHT / 2 + 12 for bx, by in boxes):
            room = 0.0
        if room >= 26:
            return x, y
        if room > best_room:
            best, best_room = (x, y), room
    return best


def _cluster_box(cluster: str, x: float, y: float) -> Markup:
    return element(
        "g",
        element("title", cluster),
        element(
            "rect",
            class_="box hub",
            x=round(x - _BOX_WIDTH / 2, 1),
            y=round(y - _BOX_HEIGHT / 2, 1),
            width=_BOX_WIDTH,
            height=_BOX_HEIGHT,
            rx=5,
        ),
        element(
            "text",
            shorten(cluster, _NAME_WIDTH),
            class_="strong",
            x=round(x, 1),
            y=round(y + 4, 1),
            text_anchor="middle",
        ),
    )
