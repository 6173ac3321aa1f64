# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables of the page; on a narrow screen each row becomes a block, with the heads as labels."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.ucops.cucm.plugins.module_utils._report.markup import Markup, element, joined

#: Rows of a table that are shown unfolded.
_UNFOLDED = 12


def table(
    head: Sequence[object], rows: Sequence[Markup], *, class_: str | None = None, caption: str = ""
) -> Markup:
    """A table with a row of heads; those of columns may be markup."""
    return element(
        "table",
        element("caption", caption) if caption else None,
        element("thead", element("tr", (element("th", title, scope="col") for title in head))),
        element("tbody", rows),
        class_=class_,
    )


def folded_table(
    head: Sequence[object], rows: Sequence[Markup], *, class_: str | None = None, caption: str = ""
) -> Markup:
    """The first rows, and a second table to unfold for the others."""
    first, more = rows[:_UNFOLDED], rows[_UNFOLDED:]
    shown = table(head, first, class_=class_, caption=caption)
    if not more:
        return shown
    return joined(
        shown, element("details", element("summary", f"{len(more)} more"), table(head, more, class_=class_))
    )
