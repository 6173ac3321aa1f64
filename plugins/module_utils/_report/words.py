# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all forms of the report share: the words of results, text made safe, failures and gaps in groups."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: A link, a direction, a check and the like, as the verdict writes them.
Entry = Mapping[str, Any]

#: Results, the most urgent first: so links, directions and checks are ordered.
RESULTS = ("fail", "not_measured", "pass", "not_applicable")

_WORDS = {
    "pass": "pass",
    "fail": "fail",
    "not_measured": "not measured",
    "not_applicable": "not applicable",
}
_COUNTED = {
    "fail": "failed",
    "not_measured": "not measured",
    "pass": "passed",
    "not_applicable": "not applicable",
}
#: Characters of one value that are shown. The JSON form of the report has everything.
_LONGEST = 2000


def result_of(entry: Entry, key: str = "result") -> str:
    """The result or verdict; a value that is none counts as not measured, never as pass."""
    value = entry.get(key)
    return value if isinstance(value, str) and value in _WORDS else "not_measured"


def word(result: str) -> str:
    """How a result is said."""
    return _WORDS[result]


def plain(value: object, longest: int = _LONGEST) -> str:
    """The value as one line of visible characters.

    What cannot be seen is written as its code point: a left-to-right mark that was pasted with a
    subject name is why two names that look the same differ. It also keeps escape sequences from
    terminals, and characters from XML that it does not allow.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return plain(", ".join(plain(item, longest) for item in value[:100]), longest)
    text = value if isinstance(value, str) else str(value)
    left_out = len(text) - longest
    if left_out > 0:
        text = text[:longest]
    if not text.isprintable():
        text = " ".join(text.split("\n")).replace("\r", "").replace("\t", " ")
        text = "".join(char if char.isprintable() else f"<U+{ord(char):04X}>" for char in text)
    return f"{text} … ({left_out} more characters)" if left_out > 0 else text


def number_of(count: int, one: str, many: str = "") -> str:
    """`1 link`, `2 links`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def entries(entry: Entry, key: str) -> list[Entry]:
    """The list under this key; what is no mapping is left out."""
    value = entry.get(key)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, (list, tuple)) else []


def counts_of(results: Iterable[str]) -> dict[str, int]:
    """How often each result occurs, the most urgent first."""
    counts = dict.fromkeys(RESULTS, 0)
    for result in results:
        counts[result] += 1
    return counts


def counts_text(counts: Mapping[str, int], results: Sequence[str] = RESULTS) -> str:
    """`2 failed, 27 passed`; what does not occur is not said."""
    said = [f"{counts[result]} {_COUNTED[result]}" for result in results if counts.get(result)]
    return ", ".join(said) or "nothing was checked"


def direction_counts(direction: Entry) -> dict[str, int]:
    """The counts of a direction, counted from its checks."""
    return counts_of(result_of(check) for check in entries(direction, "checks"))


def direction_name(direction: Entry, arrow: str = "→") -> str:
    """`CUCMA → CUCM10`."""
    return f"{plain(direction.get('from'), 200)} {arrow} {plain(direction.get('to'), 200)}"


def link_name(link: Entry) -> str:
    """`CUCM10 and CUCMA`, or the link's id where it names no clusters."""
    clusters = link.get("clusters")
    if isinstance(clusters, (list, tuple)) and clusters:
        return " and ".join(plain(name, 200) for name in clusters)
    return plain(link.get("id"), 200)


def by_urgency(items: Iterable[Entry], key: str = "verdict") -> list[Entry]:
    """Failed first, then not measured, then passed; otherwise in their order."""
    return sorted(items, key=lambda item: RESULTS.index(result_of(item, key)))


def verdict_sentence(report: Entry, waiting: Collection[str] = ()) -> str:
    """The whole in a sentence: `2 of 50 links fail, 1 was not measured, 3 wait for a restart`."""
    every = entries(report, "links")
    links = [link for link in every if plain(link.get("id")) not in waiting]
    if waiting:
        waits = f"{number_of(len(every) - len(links), 'link')} {'waits' if len(waiting) == 1 else 'wait'} for a restart"
        return f"{verdict_sentence({**report, 'links': links})}, {waits}" if links else waits
    if not links:
        return "no link was judged"
    counts = counts_of(result_of(link, "verdict") for link in links)
    total, failed, open_ = len(links), counts["fail"], counts["not_measured"]
    if not failed and not open_:
        return "the link works" if total == 1 else f"all {total} links work"
    if total == 1:
        return "the link fails" if failed else "the link was not measured in full"
    said = []
    if failed:
        said.append(f"{failed} of {number_of(total, 'link')} {'fails' if failed == 1 else 'fail'}")
    if open_:
        whole = str(open_) if failed else f"{open_} of {number_of(total, 'link')}"
        said.append(f"{whole} {'was' if open_ == 1 else 'were'} not measured in full")
    return ", ".join(said)


@dataclass(frozen=True)
class Finding:
    """One check of a direction, with the numbers of its link and direction: they make the anchors."""

    link_number: int
    direction_number: int
    link: Entry
    direction: Entry
    check: Entry

    @property
    def result(self) -> str:
        return result_of(self.check)

    @property
    def where(self) -> str:
        """`CUCMA -> CUCM10`, and the node where there is one: for terminals, which may lack the arrow."""
        node = plain(self.check.get("node"), 200)
        return direction_name(self.direction, "->") + (f" ({node})" if node else "")


def findings(report: Entry) -> Iterator[Finding]:
    """Every check of the report."""
    for link_number, link in enumerate(entries(report, "links"), start=1):
        for direction_number, direction in enumerate(entries(link, "directions"), start=1):
            for check in entries(direction, "checks"):
                yield Finding(link_number, direction_number, link, direction, check)


#: Checks of what runs. Until call processing has been restarted, they tell nothing of what is configured.
_OF_WHAT_RUNS = frozenset(
    (
        "call_answered",
        "call_over_tls",
        "certificate_agreement",
        "certificate_in_trace",
        "certificate_running",
        "client_certificate_demanded",
        "handshake_complete",
        "application_data",
        "options_answered",
        "strangers_refused",
        "trace_failures",
        "trunk_reset",
        "trunk_status",
    )
)


def waiting_links(report: Entry, restarting: Iterable[str]) -> list[str]:
    """The ids of links that do not pass, and of which nothing is wrong that a restart cannot fix.

    `restarting` are the clusters with nodes that are known to wait for a restart.
    """
    clusters = set(restarting)
    faulty = {
        plain(finding.link.get("id"))
        for finding in findings(report)
        if finding.result == "fail"
        and not finding.check.get("is_effect")
        and plain(finding.check.get("id")) not in _OF_WHAT_RUNS
    }
    return [
        name
        for link in entries(report, "links")
        if (name := plain(link.get("id"))) not in faulty
        and result_of(link, "verdict") != "pass"
        and clusters.intersection(map(plain, link.get("clusters") or ()))
    ]


def unrestarted(report: Entry) -> list[str]:
    """What still shows a certificate that is not the installed one, by the name of the check's object."""
    found = (
        plain(finding.check.get("object"))
        for finding in findings(report)
        if finding.result == "fail" and plain(finding.check.get("id")) == "certificate_running"
    )
    return sorted(set(found))


@dataclass
class Failure:
    """What one remedy fixes: the checks that fail for that reason. `effect`: they fail because others do."""

    remedy: str
    object: str
    effect: bool
    found: list[Finding] = field(default_factory=list)


def failures(report: Entry, waiting: Collection[str] = ()) -> list[Failure]:
    """What to fix, in the order of the verdict, causes before effects; without the links that wait."""
    failed: dict[str, list[Finding]] = {}
    for finding in findings(report):
        if finding.result == "fail" and plain(finding.link.get("id")) not in waiting:
            failed.setdefault(plain(finding.check.get("remedy")), []).append(finding)
    order = [plain(entry.get("remedy")) for entry in entries(report, "fix_first")]
    remedies = [remedy for remedy in dict.fromkeys(order) if remedy in failed]
    remedies += [remedy for remedy in failed if remedy not in set(remedies)]
    made = [
        Failure(
            remedy=remedy,
            object=plain(failed[remedy][0].check.get("object")),
            effect=all(bool(finding.check.get("is_effect")) for finding in failed[remedy]),
            found=failed[remedy],
        )
        for remedy in remedies
    ]
    return sorted(made, key=lambda failure: failure.effect)


def similar(found: Iterable[Finding]) -> list[list[Finding]]:
    """The findings in groups that differ at most in their names: the same check, expected and seen."""
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for finding in found:
        key = tuple(plain(finding.check.get(name)) for name in ("id", "expected", "seen", "source"))
        groups.setdefault(key, []).append(finding)
    return list(groups.values())


@dataclass
class Gap:
    """Checks of one kind that were not measured for one reason."""

    kind: str
    why: str
    remedy: str
    required: bool
    found: list[Finding] = field(default_factory=list)


def gaps(report: Entry, waiting: Collection[str] = ()) -> list[Gap]:
    """What was not measured, fifty of the same kind as one; what the verdict needs first; not of links that wait."""
    grouped: dict[tuple[str, str, str], Gap] = {}
    for finding in findings(report):
        if finding.result == "not_measured" and plain(finding.link.get("id")) not in waiting:
            check = finding.check
            seen, remedy = plain(check.get("seen")), plain(check.get("remedy"))
            key = (plain(check.get("id")), plain(check.get("reason")) or seen, remedy)
            gap = grouped.setdefault(key, Gap(kind_of(check), seen, remedy, required=False))
            gap.required = gap.required or bool(check.get("required"))
            gap.found.append(finding)
    return sorted(grouped.values(), key=lambda gap: not gap.required)


def kind_of(check: Entry) -> str:
    """The id as words, `trunk status`: the title names clusters and nodes."""
    return plain(check.get("id"), 80).replace("_", " ")


def source_of(check: Entry) -> str:
    """Who says so."""
    return plain(check.get("source"))


def some(names: Sequence[str], most: int) -> str:
    """The first names, and how many more there are."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")
