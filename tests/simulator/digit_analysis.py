# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Digit analysis: from dialled digits to a line, or along route patterns to trunks.

Only what is in no partition can be reached, as from a phone without a calling search space.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ucops.cucm.tests.simulator.axl.database import Database, Record

_TOKEN = re.compile(r"\[\^?(?:[0-9*#A-D-]|\\\+)+\]|\\\+|[0-9*#A-DX!.@]|[+?]")
#: How many digit strings `!` or a repeat stands for, in the comparison of patterns only.
_ANY_LENGTH = 1e6


@dataclass(frozen=True)
class PatternMatch:
    """A pattern as a regular expression; `breadth` is the logarithm of how much it matches."""

    expression: re.Pattern[str]
    breadth: float


@dataclass
class Analysis:
    """Where dialled digits lead: to a line, or to trunks in the order to try. `steps` is the trace."""

    line: Record | None = None
    pattern: str = ""
    trunks: list[str] = field(default_factory=list)
    failure: str = ""
    steps: list[str] = field(default_factory=list)

    @property
    def found(self) -> str | None:
        """What the digits matched, a line's number or a route pattern; None for nothing."""
        return self.line.name if self.line is not None else self.pattern or None


def compile_pattern(pattern: str) -> PatternMatch | None:
    """Compile a pattern; None when it has `@` or anything else that is not simulated."""
    tokens = _TOKEN.findall(pattern)
    if "".join(tokens) != pattern or "@" in tokens:
        return None
    expression, breadth = "", 0.0
    for token in tokens:
        if token == ".":
            continue
        if token == "X":
            expression, breadth = expression + "[0-9]", breadth + math.log(10)
        elif token == "!":
            expression, breadth = expression + "[0-9*#+]+", breadth + math.log(_ANY_LENGTH)
        elif token in "+?":
            expression += "+" if token == "+" else "*"
            breadth += math.log(_ANY_LENGTH)
        elif token.startswith("["):
            alternatives = sum(re.fullmatch(token, digit) is not None for digit in "0123456789*#ABCD")
            expression, breadth = expression + token, breadth + math.log(max(alternatives, 1))
        else:
            expression += re.escape(token.lstrip("\\"))
    try:
        return PatternMatch(re.compile(expression), breadth)
    except re.error:
        return None


def find_line(database: Database, digits: str) -> Record | None:
    """The directory number that these digits are, outside of every partition."""
    return next((line for line in database.all("Line") if _reachable(line) and _number(line) == digits), None)


def analyse(database: Database, digits: str) -> Analysis:
    """Find out where dialled digits lead."""
    analysis = Analysis(steps=[f"dialled {digits}"])
    line = find_line(database, digits)
    if line is not None:
        analysis.line = line
        analysis.steps.append(f"line {digits} of this cluster")
        return analysis
    pattern = _best_pattern(database, digits)
    if pattern is None:
        analysis.failure = f"no line and no route pattern matches {digits}"
        return analysis
    analysis.pattern = pattern.name
    analysis.steps.append(f"route pattern {pattern.name}")
    if pattern.values.get("blockEnable") == "true":
        analysis.failure = f"route pattern {pattern.name} blocks the call"
    else:
        _follow(database, pattern, analysis)
    return analysis


def _best_pattern(database: Database, digits: str) -> Record | None:
    matching = []
    for record in database.all("RoutePattern"):
        match = compile_pattern(record.name) if _reachable(record) else None
        if match is not None and match.expression.fullmatch(digits):
            matching.append((match.breadth, record))
    return min(matching, key=lambda item: item[0])[1] if matching else None


def _follow(database: Database, pattern: Record, analysis: Analysis) -> None:
    destination = pattern.values.get("destination") or {}
    if destination.get("gatewayName"):
        analysis.trunks.append(str(destination["gatewayName"]))
        analysis.steps.append(f"trunk {destination['gatewayName']}")
        return
    name = str(destination.get("routeListName") or "")
    route_list = database.find("RouteList", name=name)
    if route_list is None:
        analysis.failure = f"route pattern {pattern.name} leads nowhere"
        return
    analysis.steps.append(f"route list {name}")
    if route_list.values.get("routeListEnabled") == "false":
        analysis.failure = f"route list {name} is not enabled"
        return
    for member in _members(route_list, "selectionOrder"):
        group = database.find("RouteGroup", name=str(member.get("routeGroupName") or ""))
        if group is not None:
            analysis.steps.append(f"route group {group.name}")
            for device in _members(group, "deviceSelectionOrder"):
                analysis.trunks.append(str(device.get("deviceName")))
                analysis.steps.append(f"trunk {device.get('deviceName')}")
    if not analysis.trunks:
        analysis.failure = f"route list {name} has no trunk"


def _members(record: Record, order: str) -> list[dict[str, Any]]:
    return sorted(record.values.get("members") or [], key=lambda member: int(member.get(order) or 0))


def _reachable(record: Record) -> bool:
    return not record.values.get("routePartitionName")


def _number(line: Record) -> str:
    return line.name.replace("\\", "")
