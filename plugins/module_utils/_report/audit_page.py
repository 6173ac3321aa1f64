# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate audit as one HTML page that needs nothing else, with the look of the verdict's."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.ucops.cucm.plugins.module_utils._facts.severity import SEVERITIES
from ansible_collections.ucops.cucm.plugins.module_utils._report.audit_words import (
    MARKS,
    Group,
    by_cluster,
    certificate_name,
    count,
    groups_of,
    headline,
    is_told,
    mapping,
    place_of,
    severity_of,
    severity_word,
    texts,
    used_in,
)
from ansible_collections.ucops.cucm.plugins.module_utils._report.document import html_document
from ansible_collections.ucops.cucm.plugins.module_utils._report.drawing import symbol, symbols, tag
from ansible_collections.ucops.cucm.plugins.module_utils._report.markup import Markup, element, joined
from ansible_collections.ucops.cucm.plugins.module_utils._report.sections import pairs
from ansible_collections.ucops.cucm.plugins.module_utils._report.tables import folded_table
from ansible_collections.ucops.cucm.plugins.module_utils._report.validity import day, moment, validity
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import (
    Entry,
    entries,
    number_of,
    plain,
    some,
)

#: Groups whose remedies stand unfolded, and places of one group.
_MOST_IN_FULL = 6
_MOST_PLACES = 12

#: Not needed to read the page: what is folded is unfolded in print, and by a button.
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
    ("fix", "Fix first"),
    ("expiry", "Time line"),
    ("open", "Not measured"),
    ("certificates", "Certificates"),
    ("clusters", "Clusters"),
    ("nodes", "Nodes"),
)


def audit_page(report: Entry) -> str:
    """The HTML document, for a file in UTF-8."""
    title = plain(report.get("title"), 300) or "Certificates"
    worst = _worst(report)
    body = joined(
        element("a", "Skip to what to fix", href="#main", class_="skip"),
        symbols(),
        _header(report, title, worst),
        element(
            "main", (_section(report, anchor, name) for anchor, name in _SECTIONS), id="main", tabindex=-1
        ),
        element(
            "footer",
            element(
                "p",
                "What was not measured never counts as good. Trusted certificates without a finding, and on which"
                " nothing hangs, are in the other forms of the report.",
            ),
            element("p", f"ucops.cucm, {plain(report.get('format'), 60)}"),
        ),
    )
    return html_document(f"{_capital(severity_word(worst))}: {title}", body, _SCRIPT)


def _worst(report: Entry) -> str:
    return severity_of(report, "worst")


def _capital(word: str) -> str:
    return word[:1].upper() + word[1:]


def _header(report: Entry, title: str, worst: str) -> Markup:
    totals = mapping(report, "totals")
    created = moment(report.get("created"))
    facts = (
        ("Made", created.strftime("%Y-%m-%d %H:%M UTC") if created else "unknown"),
        ("Identities", str(count(totals, "identities"))),
        ("Certificates", str(count(totals, "certificates"))),
        ("Clusters with trunks between them", str(count(totals, "links"))),
    )
    # Nothing that could not be read may look like good news.
    unread = count(totals, "measured") != count(totals, "nodes")
    shown = "not_measured" if worst == "none" and unread else MARKS[worst]
    return element(
        "header",
        element("h1", title),
        element(
            "p",
            symbol(shown, 36),
            element("strong", _capital(headline(report))),
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
                (element("li", element("a", name, href=f"#{anchor}")) for anchor, name in _SECTIONS),
                role="list",
            ),
            aria_label="Sections",
        ),
        element("button", "Unfold everything", type="button", id="unfold", hidden=True),
    )


def _section(report: Entry, anchor: str, name: str) -> Markup:
    content = {
        "fix": _fix,
        "expiry": _expiry,
        "open": _not_measured,
        "certificates": _certificates,
        "clusters": _clusters,
        "nodes": _nodes,
    }[anchor](report)
    return element(
        "section",
        element("h2", name, id=f"{anchor}-title"),
        content if anchor == "fix" else element("div", content, class_="card"),
        id=anchor,
        aria_labelledby=f"{anchor}-title",
    )


def _severity(severity: str) -> Markup:
    return tag(MARKS[severity], severity_word(severity))


# What to fix.


def _fix(report: Entry) -> Markup:
    groups = groups_of(report)
    if not groups:
        return element("p", "There is no finding.", class_="card")
    urgent = [group for group in groups if group.severity != "notice"]
    notices = [group for group in groups if group.severity == "notice"]
    return joined(
        element(
            "ol",
            (_group(group, folded=number >= _MOST_IN_FULL) for number, group in enumerate(urgent)),
            class_="fix_first",
            role="list",
        )
        if urgent
        else None,
        element(
            "details",
            element("summary", number_of(len(notices), "kind of notice", "kinds of notices")),
            element(
                "ol", (_group(group, folded=True) for group in notices), class_="fixes notices", role="list"
            ),
        )
        if notices
        else None,
    )


def _group(group: Group, *, folded: bool) -> Markup:
    first = group.found[0]
    what = f"{len(group.found)} x {group.store}" if len(group.found) > 1 else group.store
    head = element(
        "p", _severity(group.severity), f" {what}: {plain(first.get('text'), 600)}", class_="remedy"
    )
    said = (
        ("Certificate", plain(first.get("common_name"), 200)),
        ("Remedy", plain(first.get("remedy"))),
        ("Fixed by", plain(first.get("fixed_by"))),
        ("Reason", element("code", group.reason)),
        ("Where", _where(group.found)),
    )
    if not folded:
        return element("li", head, pairs(said), class_=MARKS[group.severity])
    return element(
        "li",
        head,
        element("details", element("summary", "Remedy and places"), pairs(said)),
        class_=MARKS[group.severity],
    )


def _where(found: Sequence[Entry]) -> Markup:
    places = [place_of(entry, 6) for entry in by_cluster(found)]
    shown, hidden = places[:_MOST_PLACES], places[_MOST_PLACES:]
    return joined(
        "; ".join(shown),
        element("details", element("summary", f"and {len(hidden)} more"), "; ".join(hidden))
        if hidden
        else None,
    )


# What there is.


def _expiry(report: Entry) -> Markup:
    """The time line of the verdict's page: those that end first at the top."""
    shown = [
        {
            "role": "identity" if entry.get("role") == "identity" else "ca",
            "common_name": certificate_name(entry),
            "fingerprint_sha256": entry.get("fingerprint_sha256"),
            "serial_number": entry.get("serial_number"),
            "not_before": entry.get("not_before"),
            "not_after": entry.get("not_after"),
            "node": some(used_in(entry), 2),
        }
        for entry in entries(report, "certificates")
        if is_told(entry)
    ]
    return validity({"created": report.get("created"), "certificates": shown})


def _not_measured(report: Entry) -> Markup:
    gaps = entries(report, "not_measured")
    if not gaps:
        return element("p", "Everything was measured.")
    return folded_table(
        ("What", "Why", "How it can be measured", "Where"), list(map(_gap, gaps)), class_="gaps"
    )


def _gap(gap: Entry) -> Markup:
    return element(
        "tr",
        element("th", plain(gap.get("what"), 40), scope="row"),
        element("td", plain(gap.get("text")), data_label="Why"),
        element("td", plain(gap.get("remedy")), data_label="How"),
        element("td", place_of(gap, 6), data_label="Where"),
    )


def _certificates(report: Entry) -> Markup:
    shown = [entry for entry in entries(report, "certificates") if is_told(entry)]
    if not shown:
        return element("p", "No certificate was read.")
    order = (*SEVERITIES, "none")
    shown.sort(key=lambda entry: order.index(severity_of(entry, "worst")))
    head = ("Certificate", "Issuer", "Key and usage", "What it is for", "Finding")
    return folded_table(head, list(map(_certificate, shown)), class_="agreement")


def _certificate(entry: Entry) -> Markup:
    key = mapping(entry, "public_key")
    strength = (
        f"{plain(key.get('type'), 40)} {plain(key.get('size'), 20)}, {plain(entry.get('signature_hash'), 40)}"
    )
    usage = ", ".join(texts(entry, "extended_key_usage", 80)) or "no extended key usage"
    kind = plain(entry.get("issuer_kind"), 40).replace("_", " ")
    return element(
        "tr",
        element(
            "th",
            certificate_name(entry),
            element("span", f"until {day(entry.get('not_after'))}", class_="note"),
            element("span", some(texts(entry, "names", 120), 4), class_="note"),
            scope="row",
        ),
        element(
            "td",
            plain(entry.get("issuer_name"), 200),
            element("span", kind, class_="note"),
            data_label="Issuer",
        ),
        element("td", strength, element("span", usage, class_="note"), data_label="Key and usage"),
        element(
            "td",
            some(texts(entry, "used_by", 300), 4),
            element("span", some(used_in(entry), 3), class_="note"),
            data_label="What it is for",
        ),
        element("td", _severity(severity_of(entry, "worst")), data_label="Finding"),
    )


def _clusters(report: Entry) -> Markup:
    order = (*SEVERITIES, "none")
    found = sorted(entries(report, "clusters"), key=lambda each: order.index(severity_of(each, "worst")))
    if not found:
        return element("p", "No cluster was read.")
    head = ("Cluster", "Nodes measured", "Next expiry", "Critical", "Warnings", "Notices", "Worst")
    return folded_table(head, list(map(_cluster, found)))


def _cluster(entry: Entry) -> Markup:
    counts = mapping(entry, "counts")
    trunks = texts(entry, "trunks", 100)
    return element(
        "tr",
        element(
            "th",
            plain(entry.get("cluster"), 200),
            element("span", f"trunks over TLS: {some(trunks, 3)}", class_="note") if trunks else None,
            scope="row",
        ),
        element("td", f"{count(entry, 'measured')} of {count(entry, 'nodes')}", data_label="Nodes measured"),
        element("td", day(entry.get("next_expiry")), data_label="Next expiry"),
        *(
            element("td", str(count(counts, severity)), data_label=label)
            for severity, label in zip(SEVERITIES, ("Critical", "Warnings", "Notices"), strict=True)
        ),
        element("td", _severity(severity_of(entry, "worst")), data_label="Worst"),
    )


def _nodes(report: Entry) -> Markup:
    found = sorted(entries(report, "nodes"), key=lambda each: bool(each.get("measured")))
    if not found:
        return element("p", "No node was read.")
    head = ("Node", "Host", "Identities", "Trusted", "Measured")
    return folded_table(head, list(map(_node, found)))


def _node(entry: Entry) -> Markup:
    measured = bool(entry.get("measured"))
    return element(
        "tr",
        element(
            "th",
            plain(entry.get("node"), 200),
            element("span", plain(entry.get("cluster"), 200), class_="note"),
            scope="row",
        ),
        element("td", plain(entry.get("host"), 200), data_label="Host"),
        element("td", str(count(entry, "identities")) if measured else "", data_label="Identities"),
        element("td", str(count(entry, "trusted")) if measured else "", data_label="Trusted"),
        element(
            "td",
            tag("pass", "measured") if measured else tag("not_measured"),
            element("span", plain(entry.get("text"), 400), class_="note"),
            data_label="Measured",
        ),
    )
