# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report as one HTML page that needs nothing else: no other file, no network, no script to be read."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.ucops.cucm.plugins.module_utils._report import sections
from ansible_collections.ucops.cucm.plugins.module_utils._report.document import html_document
from ansible_collections.ucops.cucm.plugins.module_utils._report.drawing import symbol, symbols, tag
from ansible_collections.ucops.cucm.plugins.module_utils._report.external import (
    TITLE,
    external,
    external_links,
)
from ansible_collections.ucops.cucm.plugins.module_utils._report.ladder import ladder, state_of
from ansible_collections.ucops.cucm.plugins.module_utils._report.markup import Markup, element, joined
from ansible_collections.ucops.cucm.plugins.module_utils._report.network_map import network_map
from ansible_collections.ucops.cucm.plugins.module_utils._report.tables import table
from ansible_collections.ucops.cucm.plugins.module_utils._report.validity import moment, validity
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import (
    RESULTS,
    Entry,
    by_urgency,
    counts_of,
    counts_text,
    direction_counts,
    direction_name,
    entries,
    findings,
    link_name,
    number_of,
    plain,
    result_of,
    source_of,
    verdict_sentence,
)

#: Up to so many directions that pass are unfolded: nobody should have to click for the evidence of one link.
_UNFOLDED = 4

#: Not needed to read the page. Browsers that cannot print what is folded have it unfolded; a button does so too.
_SCRIPT = """
const all=()=>[...document.querySelectorAll("details")];let folded=[];
addEventListener("beforeprint",()=>{folded=all().filter(d=>!d.open);folded.forEach(d=>{d.open=true})});
addEventListener("afterprint",()=>{folded.forEach(d=>{d.open=false})});
const button=document.getElementById("unfold");
button.hidden=false;
button.addEventListener("click",()=>{const open=all().some(d=>!d.open);all().forEach(d=>{d.open=open});
button.textContent=open?"Fold everything":"Unfold everything"});
"""

_SECTIONS = (
    ("fix_first", "Fix first"),
    ("map", "Map"),
    ("open", "Not measured"),
    ("links", "Links"),
    ("external", TITLE),
    ("certificates", "Certificates"),
    ("agreement", "Agreement"),
    ("nodes", "Nodes and evidence"),
)


def page(report: Entry) -> str:
    """The HTML document, for a file in UTF-8."""
    title = plain(report.get("title"), 300) or "SIP trunks over TLS"
    body = joined(
        element("a", "Skip to what to fix", href="#main", class_="skip"),
        symbols(),
        _header(report, title),
        element("main", _main(report), id="main", tabindex=-1),
        _footer(report),
    )
    return html_document(f"{_verdict_word(report)}: {title}", body, _SCRIPT)


def _verdict_word(report: Entry) -> str:
    """The verdict with a capital letter, as titles begin."""
    return {"pass": "Pass", "fail": "Fail"}.get(result_of(report, "verdict"), "Not measured")


def _header(report: Entry, title: str) -> Markup:
    verdict = result_of(report, "verdict")
    counts = counts_of(finding.result for finding in findings(report))
    facts = (
        ("Made", _when(report.get("created"))),
        ("Links", str(len(entries(report, "links")))),
        ("Checks", counts_text(counts)),
    )
    said = verdict_sentence(report)
    return element(
        "header",
        element("h1", title),
        element(
            "p",
            symbol(verdict, 36),
            element("strong", f"{_verdict_word(report)}: {said}"),
            class_="verdict",
        ),
        element(
            "dl",
            (element("div", element("dt", term), element("dd", value)) for term, value in facts),
            class_="facts",
        ),
        element(
            "nav",
            element(
                "ul",
                (element("li", element("a", name, href=f"#{anchor}")) for anchor, name in _sections(report)),
                role="list",
            ),
            aria_label="Sections",
        ),
    )


def _sections(report: Entry) -> list[tuple[str, str]]:
    """The sections of this page: without other peers, there is none for them."""
    shown = bool(external_links(report))
    return [(anchor, name) for anchor, name in _SECTIONS if anchor != "external" or shown]


def _when(value: object) -> str:
    read = moment(value)
    return read.strftime("%Y-%m-%d %H:%M UTC") if read else plain(value, 60) or "unknown"


def _main(report: Entry) -> Iterator[Markup]:
    links = entries(report, "links")
    content = {
        "fix_first": sections.fix_first(report),
        "map": _map(links),
        "open": sections.not_measured(report),
        "links": _links(links),
        "external": external(report),
        "certificates": validity(report),
        "agreement": joined(
            element(
                "p",
                "The certificate that a node has in its store, shows on the wire and is known by in the"
                " peer's trace must be the same one.",
                class_="lead",
            ),
            sections.agreement(report),
        ),
        "nodes": joined(sections.nodes(report), sections.sources(report)),
    }
    plain_ones = ("fix_first", "links")
    for anchor, name in _sections(report):
        inner = content[anchor]
        yield element(
            "section",
            element("h2", name, id=f"{anchor}-title"),
            inner if anchor in plain_ones else element("div", inner, class_="card"),
            id=anchor,
            aria_labelledby=f"{anchor}-title",
        )


def _map(links: list[Entry]) -> Markup:
    if not links:
        return element("p", "There is no link.")
    legend = element(
        "ul", (element("li", tag(result)) for result in RESULTS[:3]), class_="legend", role="list"
    )
    same = element(
        "details",
        element("summary", "The same as a table"),
        table(("Link", "Verdict", "Directions"), [_map_row(*each) for each in enumerate(links, start=1)]),
    )
    lead = (
        "Each link leads to its section. An arrow points from the cluster that expects to the one that shows."
    )
    return joined(element("p", lead, class_="lead"), legend, network_map(links), same)


def _map_row(number: int, link: Entry) -> Markup:
    directions = [
        element("div", direction_name(direction), " ", tag(result_of(direction, "verdict")))
        for direction in entries(link, "directions")
    ]
    return element(
        "tr",
        element("th", element("a", link_name(link), href=f"#link-{number}"), scope="row"),
        element("td", tag(result_of(link, "verdict")), data_label="Verdict"),
        element("td", directions, data_label="Directions"),
    )


def _links(links: list[Entry]) -> Markup:
    if not links:
        return element("p", "There is no link.", class_="card")
    numbers = {id(link): number for number, link in enumerate(links, start=1)}
    directions = [direction for link in links for direction in entries(link, "directions")]
    passed = all(result_of(direction, "verdict") == "pass" for direction in directions)
    choices = (("all", "everything"), ("fail", "what failed"), ("open", "what was not measured"))
    chooser = element(
        "fieldset",
        element("legend", "Show"),
        (
            element(
                "label",
                element("input", type="radio", name="show", id=f"show-{key}", checked=key == "all"),
                said,
            )
            for key, said in choices
        ),
        element("button", "Unfold everything", type="button", id="unfold", hidden=True),
        class_="filter",
    )
    return joined(
        chooser,
        (
            _link(numbers[id(link)], link, passed and len(directions) <= _UNFOLDED)
            for link in by_urgency(links)
        ),
    )


def _link(number: int, link: Entry, unfolded: bool) -> Markup:
    verdict = result_of(link, "verdict")
    return element(
        "section",
        element(
            "div",
            element("h3", link_name(link), id=f"link-{number}-title"),
            tag(verdict),
            class_="head",
        ),
        (
            _direction(f"link-{number}-{index}", direction, unfolded)
            for index, direction in enumerate(entries(link, "directions"), start=1)
        ),
        class_=f"link {verdict}",
        id=f"link-{number}",
        aria_labelledby=f"link-{number}-title",
    )


def _direction(anchor: str, direction: Entry, unfolded: bool) -> Markup:
    verdict = result_of(direction, "verdict")
    source, target = plain(direction.get("from"), 200), plain(direction.get("to"), 200)
    checks = entries(direction, "checks")
    listed = [check for check in checks if result_of(check) != "not_applicable"]
    without = [check for check in checks if result_of(check) == "not_applicable"]
    head = ("Check", f"What {source} expects", f"What {target} shows", "Who says so", "Result")
    return element(
        "details",
        element(
            "summary",
            element("h4", direction_name(direction)),
            tag(verdict),
            element("span", counts_text(direction_counts(direction)), class_="count"),
        ),
        table(head, list(map(_check, listed)), class_="checks")
        if listed
        else element("p", "Nothing was checked."),
        _not_applicable(without),
        _handshakes(direction),
        class_="direction",
        id=anchor,
        open=unfolded or verdict == "fail",
    )


def _check(check: Entry) -> Markup:
    result = result_of(check)
    title = plain(check.get("title")) or plain(check.get("id"))
    about, node = plain(check.get("object")), plain(check.get("node"), 200)
    if node and node not in title and node not in about:
        about = f"{about}, {node}" if about else node
    if check.get("is_effect") and result == "fail":
        about += "; it fails because another check does"
    row = element(
        "tr",
        element("th", title, element("small", about) if about else None, scope="row"),
        element("td", plain(check.get("expected"))),
        element("td", plain(check.get("seen"))),
        element("td", source_of(check)),
        element("td", tag(result)),
        class_=result,
    )
    remedy = plain(check.get("remedy")) if result in ("fail", "not_measured") else ""
    if not remedy:
        return row
    said = element("strong", "Fix: " if result == "fail" else "To measure: ")
    return joined(row, element("tr", element("td", said, remedy, colspan=5), class_=f"{result} do"))


def _not_applicable(checks: list[Entry]) -> Markup | None:
    if not checks:
        return None
    items = [
        element("li", plain(check.get("title")) or plain(check.get("id")), _because(check))
        for check in checks
    ]
    return element(
        "details",
        element("summary", f"{number_of(len(checks), 'check does', 'checks do')} not apply"),
        element("ul", items),
    )


def _because(check: Entry) -> str:
    why = plain(check.get("seen")) or plain(check.get("reason"), 100).replace("_", " ")
    return f": {why}" if why else ""


def _handshakes(direction: Entry) -> Markup | None:
    handshakes = entries(direction, "handshakes")
    if not handshakes:
        return None
    failed = any(state_of(handshake)[0] == "fail" for handshake in handshakes)
    return element(
        "details",
        element("summary", number_of(len(handshakes), "handshake")),
        element("div", map(ladder, handshakes), class_="ladders"),
        open=failed or len(handshakes) <= 2,
    )


def _footer(report: Entry) -> Markup:
    return element(
        "footer",
        element(
            "p",
            "What was not measured never counts as passed. A direction passes when nothing fails and all"
            " that its verdict needs was measured.",
        ),
        element("p", f"ucops.cucm, {plain(report.get('format'), 60)}"),
    )
