# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate audit for a terminal of 100 columns: the worst first, and no more than a screen or two."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from ansible_collections.ucops.cucm.plugins.module_utils._report.audit_words import (
    Group,
    certificate_name,
    groups_of,
    headline,
    place_of,
    places_of,
    used_in,
)
from ansible_collections.ucops.cucm.plugins.module_utils._report.validity import day
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import (
    Entry,
    entries,
    number_of,
    plain,
    some,
)

_WIDTH = 100
_LONGEST = 400
#: Groups of findings in full; of further ones a line each, and of the rest their number.
_MOST_IN_FULL = {"critical": 6, "warning": 4, "notice": 0}
_MOST_LINES = 8
_MOST_GAPS = 6
_MOST_EXPIRIES = 8
_TERM = 8


def audit_summary(report: Entry) -> list[str]:
    """The lines, none longer than 100 characters, without colours."""
    title = plain(report.get("title"), 100) or "Certificates"
    return [
        *_wrapped(f"{title}: {headline(report)}", ""),
        "",
        *_findings(groups_of(report)),
        *_gaps(entries(report, "not_measured")),
        *_expiries(report),
    ]


def _findings(groups: Sequence[Group]) -> Iterator[str]:
    for severity, heading in (("critical", "Critical:"), ("warning", "Warnings:"), ("notice", "Notices:")):
        chosen = [group for group in groups if group.severity == severity]
        if not chosen:
            continue
        yield heading
        most = _MOST_IN_FULL[severity]
        for group in chosen[:most]:
            yield from _in_full(group)
        rest = chosen[most:]
        for group in rest[:_MOST_LINES]:
            reason = group.reason.replace("_", " ")
            yield from _line(
                f"{len(group.found)} x {reason}, {group.store}: {places_of(group.found, 2)}", "   - "
            )
        if len(rest) > _MOST_LINES:
            yield f"   - and {len(rest) - _MOST_LINES} more kinds of findings"
        yield ""


def _in_full(group: Group) -> Iterator[str]:
    first = group.found[0]
    name = plain(first.get("common_name"), 80)
    times = f"{len(group.found)} x " if len(group.found) > 1 else ""
    said = f"{times}{group.store}{f' ({name})' if name else ''}: {plain(first.get('text'), _LONGEST)}"
    yield from _wrapped(said, "   - ")
    yield from _pair("where", places_of(group.found, 3))
    yield from _pair("remedy", plain(first.get("remedy"), _LONGEST))
    yield from _pair("release", plain(first.get("fixed_by"), _LONGEST))


def _pair(term: str, value: str) -> Iterator[str]:
    if value:
        yield from _wrapped(value, f"     {term:<{_TERM}}")


def _gaps(gaps: Sequence[Entry]) -> Iterator[str]:
    if not gaps:
        return
    yield "Not measured:"
    same: dict[tuple[str, str], list[Entry]] = {}
    for gap in gaps:
        text = plain(gap.get("text"), _LONGEST)
        # Of nodes that differ in their address alone, one stands for all.
        key = (plain(gap.get("what"), 40), plain(gap.get("reason"), 60) or text)
        same.setdefault(key, []).append(gap)
    for (what, _reason), found in list(same.items())[:_MOST_GAPS]:
        kind = "" if what == "node" else f"{what}: "
        places = some([place_of(gap) for gap in found], 4)
        text = plain(found[0].get("text"), _LONGEST)
        yield from _wrapped(f"{kind}{places}: {text}", "   - ")
    if len(same) > _MOST_GAPS:
        yield f"   - and {number_of(len(same) - _MOST_GAPS, 'more kind', 'more kinds')}"
    yield ""


def _expiries(report: Entry) -> Iterator[str]:
    certificates = [
        entry
        for entry in entries(report, "certificates")
        if entry.get("role") == "identity" and isinstance(entry.get("days_left"), int)
    ]
    if not certificates:
        return
    certificates.sort(key=lambda entry: entry["days_left"])
    yield "Next to expire:"
    for entry in certificates[:_MOST_EXPIRIES]:
        where = some(used_in(entry), 1)
        left = entry["days_left"]
        yield from _line(
            f"{day(entry.get('not_after'))} {left:>5} d  {where}, {certificate_name(entry)}", "  "
        )
    more = len(certificates) - _MOST_EXPIRIES
    if more > 0:
        yield f"  and {number_of(more, 'more identity', 'more identities')}"


def _line(content: str, first: str) -> Iterator[str]:
    """One line, whatever the names: what is too long loses its end."""
    line = f"{first}{content}"
    yield line if len(line) <= _WIDTH else f"{line[: _WIDTH - 3]}..."


def _wrapped(content: str, first: str) -> list[str]:
    """The text in lines, the first after this beginning, the others under it."""
    return textwrap.wrap(
        content,
        width=_WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_on_hyphens=False,
    ) or [first.rstrip()]
