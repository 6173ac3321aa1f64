# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The sections of the page around its links: what to fix, what was not measured, agreement, nodes."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.ucops.cucm.plugins.module_utils._report.drawing import tag
from ansible_collections.ucops.cucm.plugins.module_utils._report.markup import Markup, element, joined
from ansible_collections.ucops.cucm.plugins.module_utils._report.tables import folded_table, table
from ansible_collections.ucops.cucm.plugins.module_utils._report.validity import day
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import (
    RESULTS,
    Entry,
    Failure,
    Finding,
    Gap,
    direction_name,
    entries,
    failures,
    gaps,
    number_of,
    plain,
    result_of,
    similar,
    some,
    source_of,
)

#: Directions that are named beside a remedy; the rest can be unfolded.
_MOST_PLACES = 6
_MOST_FINDINGS = 3
#: Remedies with their evidence unfolded.
_MOST_IN_FULL = 4


def pairs(items: Sequence[tuple[str, object]]) -> Markup:
    """Terms and what they are; those without anything are left out."""
    return element(
        "dl",
        ((element("dt", term), element("dd", value)) for term, value in items if value not in (None, "")),
        class_="pairs",
    )


def fix_first(report: Entry) -> Markup:
    """What to fix, causes first."""
    found = failures(report)
    causes = [failure for failure in found if not failure.effect]
    effects = [failure for failure in found if failure.effect]
    if not found:
        return element("p", "No check failed: there is nothing to fix.")
    if not causes:
        causes, effects = effects, []
    folded = len(causes) > _MOST_IN_FULL
    more = number_of(len(effects), "more failure follows", "more failures follow")
    return joined(
        element("ol", (_failure(failure, folded) for failure in causes), class_="fix_first", role="list"),
        element(
            "details",
            element("summary", f"{more} from these"),
            element("ul", (_failure(failure, False) for failure in effects), class_="effects"),
        )
        if effects
        else None,
    )


def _failure(failure: Failure, folded: bool) -> Markup:
    """The remedy, where, and the evidence: folded where there are many remedies."""
    where = ("Where", _places(failure.found))
    evidence = (("Object", failure.object), *_said(failure.found))
    return element(
        "li",
        element("p", failure.remedy or f"{failure.object or 'A check'}: no remedy is known", class_="remedy"),
        pairs((where,) if folded else (where, *evidence)),
        element("details", element("summary", "Evidence"), pairs(evidence)) if folded else None,
    )


def _said(found: Sequence[Finding]) -> list[tuple[str, object]]:
    """What was expected, seen and by whom; checks that say the same once."""
    shown = similar(found)
    said: list[tuple[str, object]] = []
    for same in shown[:_MOST_FINDINGS]:
        check = same[0].check
        titles = list(dict.fromkeys(plain(finding.check.get("title")) for finding in same))
        said += [
            ("Check", some(titles, 1)),
            ("Expected", plain(check.get("expected"))),
            ("Seen", plain(check.get("seen"))),
            ("Who says so", source_of(check)),
        ]
    more = len(shown) - _MOST_FINDINGS
    return [*said, ("And", number_of(more, "more check"))] if more > 0 else said


def _places(found: Sequence[Finding]) -> Markup:
    """The directions as anchors to their sections."""
    places = {
        (finding.link_number, finding.direction_number): direction_name(finding.direction)
        for finding in found
    }
    anchors = [
        element("a", name, href=f"#link-{link}-{direction}") for (link, direction), name in places.items()
    ]
    shown, hidden = anchors[:_MOST_PLACES], anchors[_MOST_PLACES:]
    return joined(
        _listed(shown),
        element("details", element("summary", f"and {len(hidden)} more"), _listed(hidden))
        if hidden
        else None,
    )


def _listed(anchors: Sequence[Markup]) -> Markup:
    return joined(*((", " if index else "", anchor) for index, anchor in enumerate(anchors)))


def not_measured(report: Entry) -> Markup:
    """What was not measured and why, fifty of a kind as one."""
    found = gaps(report)
    if not found:
        return element("p", "Everything that applies was measured.")
    head = ("What", "Why", "How it can be measured", "Where")
    return table(head, list(map(_gap, found)), class_="gaps")


def _gap(gap: Gap) -> Markup:
    count = number_of(len(gap.found), "check")
    needed = "the verdict needs it" if gap.required else "the verdict does without it"
    return element(
        "tr",
        element("th", gap.kind, element("span", f"{count}; {needed}", class_="note"), scope="row"),
        element("td", gap.why, data_label="Why"),
        element("td", gap.remedy, data_label="How"),
        element("td", _places(gap.found), data_label="Where"),
    )


_AGREE = {True: ("pass", "agree"), False: ("fail", "differ"), None: ("not_measured", "not measured")}


def agreement(report: Entry) -> Markup:
    """The certificate of each node in the store, on the wire and in the trace."""
    rows = sorted(entries(report, "agreement"), key=lambda row: RESULTS.index(_agreed(row)[0]))
    if not rows:
        return element("p", "No certificate was compared.")
    head = ("Node", "Certificate store", "On the wire", "In the trace", "Result")
    return folded_table(head, list(map(_agreement_row, rows)), class_="agreement")


def _agreed(row: Entry) -> tuple[str, str]:
    """The result and its word."""
    agree = row.get("agree")
    return _AGREE[agree if isinstance(agree, bool) else None]


def _agreement_row(row: Entry) -> Markup:
    store, wire = plain(row.get("store"), 100), plain(row.get("wire"), 100)
    result, said = _agreed(row)
    return element(
        "tr",
        element(
            "th",
            plain(row.get("node"), 200) or plain(row.get("cluster"), 200),
            element("span", plain(row.get("cluster"), 200), class_="note"),
            scope="row",
        ),
        element("td", _fingerprint(store), data_label="Store"),
        element("td", "the same" if wire and wire == store else _fingerprint(wire), data_label="Wire"),
        element("td", plain(row.get("trace")) or _nothing(), data_label="Trace"),
        element("td", tag(result, said), data_label="Result"),
    )


def _fingerprint(value: str) -> Markup:
    return element("code", value, class_="print") if value else _nothing()


def _nothing() -> Markup:
    return element("span", "not measured", class_="same")


def nodes(report: Entry) -> Markup:
    """The clusters, their nodes and the certificates that these have."""
    rows = [
        _node_row(cluster, node)
        for cluster in entries(report, "clusters")
        for node in entries(cluster, "nodes")
    ]
    if not rows:
        return element("p", "No cluster was asked: this report was made from captures and traces.")
    head = ("Node", "Host", "Release", "Certificate", "Issuer", "Valid", "SHA-256")
    return folded_table(head, rows, class_="nodes")


def _node_row(cluster: Entry, node: Entry) -> Markup:
    found = node.get("certificate")
    certificate: Entry = found if isinstance(found, dict) else {}
    role = "publisher" if node.get("is_publisher") else "subscriber"
    serial = plain(certificate.get("serial_number"), 100)
    dates = [day(certificate.get(key)) for key in ("not_before", "not_after")]
    return element(
        "tr",
        element(
            "th",
            plain(node.get("name"), 200),
            element("span", f"{plain(cluster.get('name'), 200)}, {role}", class_="note"),
            scope="row",
        ),
        element("td", plain(node.get("host"), 200), data_label="Host"),
        element("td", plain(cluster.get("release"), 60) or _unknown(), data_label="Release"),
        element(
            "td",
            plain(certificate.get("common_name"), 300) or _unknown(),
            element("span", "serial number ", element("code", serial), class_="note") if serial else None,
            data_label="Certificate",
        ),
        element("td", plain(certificate.get("issuer"), 300), data_label="Issuer"),
        element("td", " to ".join(dates) if all(dates) else "", data_label="Valid"),
        element("td", _code(certificate.get("fingerprint_sha256")), data_label="SHA-256"),
    )


def _code(value: object) -> Markup | None:
    shown = plain(value, 100)
    return element("code", shown, class_="print") if shown else None


def _unknown() -> Markup:
    return element("span", "unknown", class_="same")


def sources(report: Entry) -> Markup:
    """Who was asked, and what each said."""
    counts: dict[str, dict[str, int]] = {}
    for link in entries(report, "links"):
        for direction in entries(link, "directions"):
            for check in entries(direction, "checks"):
                said = check.get("source")
                result = result_of(check)
                for source in said if isinstance(said, (list, tuple)) else [said]:
                    if plain(source) and result != "not_applicable":
                        row = counts.setdefault(plain(source, 300), {})
                        row[result] = row.get(result, 0) + 1
    if not counts:
        return element("p", "There is no evidence.")
    head = ("Source", "Passed", "Failed", "Not measured")
    return folded_table(
        head,
        [_source_row(source, row) for source, row in counts.items()],
        caption="Checks by source; one that two sources answer counts for both.",
    )


def _source_row(source: str, row: dict[str, int]) -> Markup:
    return element(
        "tr",
        element("th", source, scope="row"),
        element("td", row.get("pass", 0), data_label="Passed"),
        element("td", row.get("fail", 0), data_label="Failed"),
        element("td", row.get("not_measured", 0), data_label="Not measured"),
    )
