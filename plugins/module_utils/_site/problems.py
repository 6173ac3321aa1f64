# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with an inventory, and how it is told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: How many hosts or clusters with the same problem are named.
_PLACES = 4


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: a code for programs, where, what, and what to write instead.

    `place` is a host, the name of a cluster for what its nodes have in common, or several of them.
    """

    code: str
    place: str
    variable: str
    text: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.place}: {self.variable}: " if self.variable else f"{self.place}: "
        return f"{where}{self.text}. {self.remedy}."

    def as_result(self) -> dict[str, Any]:
        """The problem as data, with the line that a person reads."""
        return {
            "code": self.code,
            "place": self.place,
            "variable": self.variable,
            "text": self.text,
            "remedy": self.remedy,
            "message": str(self),
        }


def gathered(problems: Iterable[Problem], clusters: Mapping[str, Sequence[str]]) -> list[Problem]:
    """Each problem once, sorted by its place.

    What all nodes of a cluster share is told of the cluster, and what several places share is told once.
    """
    alike: dict[tuple[str, str, str, str], list[str]] = {}
    for problem in problems:
        key = (problem.code, problem.variable, problem.text, problem.remedy)
        places = alike.setdefault(key, [])
        if problem.place not in places:
            places.append(problem.place)
    told = [
        Problem(code, _named(_by_cluster(places, clusters)), variable, text, remedy)
        for (code, variable, text, remedy), places in alike.items()
    ]
    return sorted(told, key=lambda each: (each.place, each.variable, each.code, each.text))


def _by_cluster(places: Sequence[str], clusters: Mapping[str, Sequence[str]]) -> list[str]:
    left = set(places)
    for name, nodes in clusters.items():
        if len(nodes) > 1 and left.issuperset(nodes):
            left = left.difference(nodes) | {name}
    return sorted(left)


def _named(places: Sequence[str]) -> str:
    if len(places) <= _PLACES:
        return ", ".join(places)
    return f"{', '.join(places[: _PLACES - 1])} and {len(places) - _PLACES + 1} more"


def summary(problems: list[Problem]) -> str:
    """The message of the check: all problems, one a line."""
    count = len(problems)
    head = "1 problem" if count == 1 else f"{count} problems"
    lines = (f"  {problem}" for problem in problems)
    return "\n".join((f"{head} in the inventory; nothing was contacted.", *lines))
