# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The marks of the page: a result has a shape and a word, never only a colour."""

from __future__ import annotations

from collections.abc import Sequence
from unicodedata import east_asian_width

from ansible_collections.ucops.cucm.plugins.module_utils._report.markup import Markup, element
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import plain, word

#: Around the origin, 18 units across: a circle, an octagon, a diamond, a square.
_OUTLINES = {
    "pass": "M-9 0A9 9 0 1 1 9 0A9 9 0 1 1-9 0Z",
    "fail": "M-4-9H4L9-4V4L4 9H-4L-9 4V-4Z",
    "not_measured": "M0-10L10 0L0 10L-10 0Z",
    "not_applicable": "M-8-8H8V8H-8Z",
}
_GLYPHS = {
    "pass": "M-4 .5L-1 3.5L4.5-3",
    "fail": "M-3.5-3.5L3.5 3.5M3.5-3.5L-3.5 3.5",
    "not_measured": "M-2.5-1.8C-2.5-5 2.5-5 2.5-1.8C2.5 0 0 0 0 1.6M0 4.6V4.7",
    "not_applicable": "M-4 0H4",
}


def shorten(name: object, width: float) -> str:
    """The name without its middle, so that it fits: names of clusters and nodes often differ only at the end.

    The width is in units of a drawing, for letters of 12 units; widths are those of a wide font.
    """
    shown = plain(name)
    if sum(map(_letter_width, shown)) <= width:
        return shown
    left = width - _letter_width("m")
    tail, head = "", ""
    for letter in reversed(shown):
        if sum(map(_letter_width, letter + tail)) > left / 3:
            break
        tail = letter + tail
    left -= sum(map(_letter_width, tail))
    for letter in shown:
        left -= _letter_width(letter)
        if left < 0:
            break
        head += letter
    return f"{head}…{tail}"


def _letter_width(letter: str) -> float:
    if east_asian_width(letter) in ("W", "F") or letter in "WM@%mw":
        return 12.5
    if letter in "iljI.,:;'|!/()[] -":
        return 5.0
    return 9.0 if letter.isupper() else 8.0


def mark(result: str, x: float = 0, y: float = 0) -> Markup:
    """The mark of a result, its centre at this point of a drawing."""
    return element(
        "g",
        element("path", class_=f"mark {result}", d=_OUTLINES[result]),
        element("path", class_=f"mark glyph {result}", d=_GLYPHS[result]),
        transform=f"translate({x:g} {y:g})" if x or y else None,
    )


def symbols() -> Markup:
    """The marks once, for `symbol` to repeat."""
    return element(
        "svg",
        (
            element("symbol", mark(result), id=f"mark-{result}", viewBox="-11 -11 22 22")
            for result in _OUTLINES
        ),
        width=0,
        height=0,
        aria_hidden="true",
        class_="symbols",
    )


def symbol(result: str, size: int = 16) -> Markup:
    """The mark beside a word."""
    return element("svg", element("use", href=f"#mark-{result}"), width=size, height=size, aria_hidden="true")


def tag(result: str, said: str = "") -> Markup:
    """The result as mark and word."""
    return element("span", symbol(result), said or word(result), class_=f"tag {result}")


def arrow_tip(x: float, y: float, dx: float, dy: float, class_: str, size: float = 7) -> Markup:
    """The tip of an arrow that ends here and points along (dx, dy)."""
    length = (dx * dx + dy * dy) ** 0.5 or 1.0
    ux, uy = dx / length, dy / length
    bx, by, half = x - ux * size, y - uy * size, size / 2
    points: Sequence[tuple[float, float]] = (
        (x, y),
        (bx - uy * half, by + ux * half),
        (bx + uy * half, by - ux * half),
    )
    path = "L".join(f"{px:.1f} {py:.1f}" for px, py in points)
    return element("path", class_=class_, d=f"M{path}Z")
