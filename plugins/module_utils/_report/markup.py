# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTML and SVG that cannot be written without escaping: text becomes markup only through `element`."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from ansible_collections.ucops.cucm.plugins.module_utils._report.words import plain


class Markup(str):
    """Text that is markup already. Only this module and constants of the page make it."""

    __slots__ = ()


_EMPTY = frozenset(("br", "input", "meta"))
_SVG_EMPTY = frozenset(("circle", "line", "path", "rect"))


def text(value: object) -> Markup:
    """Any value as escaped text of visible characters."""
    return Markup(escape(plain(value), quote=True))


def preformatted(value: str) -> Markup:
    """Escaped text that keeps its lines, for an element that shows them; other invisible characters as in `text`."""
    return Markup("\n".join(text(plain(line, len(line))) for line in value.split("\n")))


def joined(*content: object) -> Markup:
    """The contents after each other."""
    return Markup("".join(map(_rendered, content)))


def element(tag: str, /, *content: object, **attributes: object) -> Markup:
    """An element. `class_` is class, `aria_label` is aria-label; None and False leave an attribute out."""
    written = "".join(map(_attribute, attributes.items()))
    if tag in _EMPTY:
        return Markup(f"<{tag}{written}>")
    if tag in _SVG_EMPTY and not content:
        return Markup(f"<{tag}{written}/>")
    return Markup(f"<{tag}{written}>{''.join(map(_rendered, content))}</{tag}>")


def _attribute(item: tuple[str, object]) -> str:
    name, value = item
    if value is None or value is False:
        return ""
    name = name.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    shown = f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else plain(value)
    return f' {name}="{escape(shown, quote=True)}"'


def _rendered(content: object) -> str:
    if isinstance(content, Markup):
        return content
    if content is None:
        return ""
    if isinstance(content, Iterable) and not isinstance(content, str):
        return "".join(map(_rendered, content))
    return text(content)
