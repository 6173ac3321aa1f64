# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report for a terminal of 100 columns: verdict, links, what fails and its remedy, what was not measured."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Mapping, Sequence

from ansible_collections.ucops.cucm.plugins.module_utils._report.external import state_lines
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import (
    RESULTS,
    Entry,
    Failure,
    Gap,
    by_urgency,
    counts_of,
    counts_text,
    direction_counts,
    direction_name,
    entries,
    failures,
    findings,
    gaps,
    link_name,
    number_of,
    plain,
    result_of,
    similar,
    some,
    unrestarted,
    verdict_sentence,
    word,
)

_WIDTH = 100
#: Characters of one value.
_LONGEST = 400
#: Above so many links, one that passes both ways takes one line.
_MANY_LINKS = 10
#: Remedies with what was expected and seen; of further ones the remedy alone.
_MOST_IN_FULL = 10
_MOST_FINDINGS = 3
_MOST_PLACES = 4
_TERM = 13
_WAITS = "waits"


def summary(report: Entry, waiting: Collection[str] = ()) -> list[str]:
    """The lines, none longer than 100 characters, without colours.

    `waiting` are the ids of links that wait for a restart, as it is known and meant.
    """
    counts = counts_of(finding.result for finding in findings(report))
    title = plain(report.get("title"), 200) or "SIP trunks over TLS"
    return [
        *_wrapped(f"{_whole(report, waiting)}: {verdict_sentence(report, waiting)} ({title})", ""),
        "",
        *_links(entries(report, "links"), waiting),
        *_failed(report, waiting),
        *_waits(report, waiting),
        *_states(report),
        *_gaps(report, waiting),
        f"Checks: {counts_text(counts)}.",
    ]


def _verdict(entry: Entry) -> str:
    """FAIL stands out among lines of small letters."""
    result = result_of(entry, "verdict")
    return "FAIL" if result == "fail" else word(result)


def _whole(report: Entry, waiting: Collection[str]) -> str:
    others = [link for link in entries(report, "links") if plain(link.get("id")) not in waiting]
    if not waiting or any(result_of(link, "verdict") == "fail" for link in others):
        return _verdict(report)
    return _WAITS


def _waits(report: Entry, waiting: Collection[str]) -> Iterator[str]:
    if not waiting:
        return
    yield f"Waits for a restart: {number_of(len(waiting), 'link')}. These still show an older certificate:"
    for name in unrestarted(report) or ["(nothing that could be probed)"]:
        yield from _wrapped(name, "   - ")
    yield ""


def _links(links: Sequence[Entry], waiting: Collection[str]) -> Iterator[str]:
    for link in by_urgency(links):
        if plain(link.get("id")) in waiting:
            yield _line(_WAITS, link_name(link), "for a restart")
            continue
        directions = entries(link, "directions")
        if len(links) > _MANY_LINKS and result_of(link, "verdict") == "pass":
            counts = counts_of(
                result_of(check) for direction in directions for check in entries(direction, "checks")
            )
            yield _line(_verdict(link), link_name(link), f"both directions: {_counted(counts)}")
            continue
        for direction in by_urgency(directions):
            counts = direction_counts(direction)
            yield _line(_verdict(direction), direction_name(direction, "->"), _counted(counts))
    if links:
        yield ""


def _counted(counts: Mapping[str, int]) -> str:
    """Without what does not apply: the last line has that."""
    return counts_text(counts, RESULTS[:3])


def _line(verdict: str, name: str, said: str) -> str:
    """One line, whatever the names: those that are too long lose their end."""
    room = max(34, _WIDTH - 18 - len(said))
    return f"  {verdict:<12}  {_cut(name, room):<34}  {said}"


def _cut(line: str, width: int) -> str:
    return line if len(line) <= width else f"{line[: width - 3]}..."


def _failed(report: Entry, waiting: Collection[str]) -> Iterator[str]:
    found = failures(report, waiting)
    causes = [failure for failure in found if not failure.effect]
    effects = [failure for failure in found if failure.effect]
    if not causes:
        causes, effects = effects, []
    if not causes:
        return
    yield "Fix first:"
    for number, failure in enumerate(causes, start=1):
        yield from _failure(f"{number:>3}. ", failure, in_full=number <= _MOST_IN_FULL)
    yield ""
    if effects:
        yield "These follow from the above:"
        for failure in effects:
            for finding in failure.found[:_MOST_FINDINGS]:
                title = plain(finding.check.get("title"), _LONGEST)
                seen = plain(finding.check.get("seen"), _LONGEST)
                yield from _wrapped(f"{title} ({finding.where}): {seen}", "   - ")
            more = len(failure.found) - _MOST_FINDINGS
            if more > 0:
                yield f"     and {more} more"
        yield ""


def _failure(bullet: str, failure: Failure, *, in_full: bool) -> Iterator[str]:
    remedy = plain(failure.remedy, 2 * _LONGEST) or f"{failure.object}: no remedy is known"
    yield from _wrapped(remedy, bullet)
    if not in_full:
        return
    shown = similar(failure.found)
    for same in shown[:_MOST_FINDINGS]:
        check = same[0].check
        titles = list(dict.fromkeys(plain(finding.check.get("title"), _LONGEST) for finding in same))
        places = list(dict.fromkeys(finding.where for finding in same))
        yield from _pair("fails", some(titles, 1))
        yield from _pair("where", some(places, _MOST_PLACES))
        yield from _pair("expected", plain(check.get("expected"), _LONGEST))
        yield from _pair("seen", plain(check.get("seen"), _LONGEST))
        yield from _pair("source", plain(check.get("source"), _LONGEST))
    more = len(shown) - _MOST_FINDINGS
    if more > 0:
        yield from _pair("and", number_of(more, "more check"))


def _pair(term: str, value: str) -> Iterator[str]:
    if value:
        yield from _wrapped(value, f"     {term:<{_TERM}}")


def _states(report: Entry) -> Iterator[str]:
    """What is known of peers that are no clusters beyond their checks."""
    found = state_lines(report)
    for text in found:
        yield from _wrapped(f"Note: {text}.", "")
    if found:
        yield ""


def _gaps(report: Entry, waiting: Collection[str]) -> Iterator[str]:
    found = gaps(report, waiting)
    if not found:
        return
    yield "Not measured:"
    for gap in found:
        yield from _gap(gap)
    yield ""


def _gap(gap: Gap) -> Iterator[str]:
    places = list(dict.fromkeys(finding.where for finding in gap.found))
    count = f"{len(gap.found)} x " if len(gap.found) > 1 else ""
    needed = "" if gap.required else " (the verdict does without it)"
    why = f": {plain(gap.why, _LONGEST)}" if gap.why else ""
    yield from _wrapped(f"{count}{gap.kind}{why}{needed}", "   - ")
    yield from _pair("where", some(places, _MOST_PLACES))
    yield from _pair("to measure", plain(gap.remedy, _LONGEST))


def _wrapped(content: str, first: str) -> list[str]:
    """The text in lines, the first after this beginning, the others under it."""
    return textwrap.wrap(
        content,
        width=_WIDTH,
        initial_indent=first,
        subsequent_indent=" " * len(first),
        break_on_hyphens=False,
    ) or [first.rstrip()]
