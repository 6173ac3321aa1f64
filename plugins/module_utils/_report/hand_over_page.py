# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The hand-over sheet of a SIP peer as one HTML page that needs nothing else, with the look of the verdict's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ansible_collections.ucops.cucm.plugins.module_utils._report.document import html_document
from ansible_collections.ucops.cucm.plugins.module_utils._report.markup import (
    Markup,
    element,
    joined,
    preformatted,
)
from ansible_collections.ucops.cucm.plugins.module_utils._report.tables import table
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import Entry, entries, plain

#: Not needed to read the page: what is folded is unfolded in print.
_SCRIPT = """
const all=()=>[...document.querySelectorAll("details")];let folded=[];
addEventListener("beforeprint",()=>{folded=all().filter(d=>!d.open);folded.forEach(d=>{d.open=true})});
addEventListener("afterprint",()=>{folded.forEach(d=>{d.open=false})});
"""


def hand_over_page(sheet: Entry) -> str:
    """The HTML document, for a file in UTF-8. `sheet` is what `_peers.sheet` makes."""
    title = plain(sheet.get("title"), 300)
    sections = entries(sheet, "sections")
    body = joined(
        element("a", "Skip to the sheet", href="#main", class_="skip"),
        element(
            "header",
            element("h1", title),
            element("p", sheet.get("lead"), class_="lead"),
            element(
                "dl",
                (
                    element("div", element("dt", name), element("dd", value))
                    for name, value in _pairs(sheet.get("facts"))
                ),
                class_="facts",
            ),
            element(
                "nav",
                element(
                    "ul",
                    (
                        element("li", element("a", each.get("title"), href=f"#{plain(each.get('id'))}"))
                        for each in sections
                    ),
                    role="list",
                ),
                aria_label="Sections",
            ),
        ),
        element("main", map(_section, sections), id="main", tabindex=-1),
        element(
            "footer",
            element(
                "p", "Each statement has its source, or is said to be assumed. This sheet has no secrets."
            ),
            element("p", "ucops.cucm"),
        ),
    )
    return html_document(title, body, _SCRIPT)


def _pairs(value: object) -> list[tuple[str, str]]:
    rows = value if isinstance(value, (list, tuple)) else ()
    return [
        (plain(row[0]), plain(row[1])) for row in rows if isinstance(row, (list, tuple)) and len(row) == 2
    ]


def _section(section: Entry) -> Markup:
    anchor = plain(section.get("id"))
    return element(
        "section",
        element("h2", section.get("title"), id=f"{anchor}-title"),
        element("div", map(_block, entries(section, "blocks")), class_="card"),
        id=anchor,
        aria_labelledby=f"{anchor}-title",
    )


def _block(block: Entry) -> Markup:
    return _BLOCKS[str(block["kind"])](block)


def _list(block: Entry) -> Markup:
    return element("ol", (element("li", item) for item in _strings(block.get("items"))))


def _table(block: Entry) -> Markup:
    head = _strings(block.get("head"))
    rows = block.get("rows")
    made = [
        element(
            "tr",
            (
                element("th", _cell(value), scope="row")
                if place == 0
                else element("td", _cell(value), data_label=head[place])
                for place, value in enumerate(_strings(row))
            ),
        )
        for row in (rows if isinstance(rows, (list, tuple)) else ())
    ]
    return table(head, made)


def _cell(value: str) -> object:
    """A fingerprint or the like in letters of one width, so that it can be compared."""
    return element("code", value) if value.count(":") >= 15 else value


def _file(block: Entry) -> Markup:
    return element(
        "details",
        element("summary", element("code", block.get("name"))),
        element("pre", element("code", preformatted(str(block.get("text"))))),
    )


def _strings(value: object) -> Sequence[str]:
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else []


_BLOCKS: Mapping[str, Callable[[Entry], Markup]] = {
    "text": lambda block: element("p", block.get("text")),
    "list": _list,
    "table": _table,
    "file": _file,
}
