# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The part of the report on peers that are no clusters: how far each was judged, and what is theirs to show."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._report.drawing import tag
from ansible_collections.ucops.cucm.plugins.module_utils._report.markup import Markup, element, joined
from ansible_collections.ucops.cucm.plugins.module_utils._report.tables import table
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import (
    Entry,
    direction_name,
    entries,
    plain,
    result_of,
)

TITLE = "Other SIP peers"
_LEAD = (
    "These peers are no clusters and give no evidence. They are judged as far as can be seen from the clusters; what"
    " only their administrators can show is not measured."
)


def external_links(report: Entry) -> list[tuple[int, Entry]]:
    """The links to peers that are no clusters, with their numbers on the page."""
    return [
        (number, link)
        for number, link in enumerate(entries(report, "links"), start=1)
        if isinstance(link.get("external"), dict)
    ]


def external(report: Entry) -> Markup:
    """A table of these peers."""
    head = ("Peer", "Judged as far as seen from here", "Known of it", "Theirs to show")
    rows = [_row(number, link) for number, link in external_links(report)]
    return joined(element("p", _LEAD, class_="lead"), table(head, rows))


def _row(number: int, link: Entry) -> Markup:
    peer = link["external"]
    kind = " ".join(filter(None, (plain(peer.get("title"), 100), plain(peer.get("release"), 40))))
    directions = [
        element("div", direction_name(direction), " ", tag(result_of(direction, "verdict")))
        for direction in entries(link, "directions")
    ]
    return element(
        "tr",
        element(
            "th",
            element("a", plain(peer.get("name"), 200), href=f"#link-{number}"),
            element("span", kind, class_="note"),
            scope="row",
        ),
        element("td", directions, data_label=head_of(1)),
        element("td", _lines(peer.get("states")) or "nothing beyond its checks", data_label=head_of(2)),
        element("td", _lines(peer.get("theirs_to_show")) or "nothing", data_label=head_of(3)),
    )


def head_of(column: int) -> str:
    """The short name of a column, for narrow screens."""
    return ("Peer", "Verdict", "Known", "Theirs to show")[column]


def _lines(texts: object) -> list[Markup]:
    found = texts if isinstance(texts, (list, tuple)) else ()
    return [element("div", plain(text)) for text in found]


def state_lines(report: Entry) -> list[str]:
    """What is known of such peers beyond their checks, as sentences for a terminal."""
    return [
        plain(text, 400)
        for _number, link in external_links(report)
        for text in link["external"].get("states") or ()
    ]
