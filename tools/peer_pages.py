# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the tables of defaults into the pages of the kinds of peers, with the source of each and how sure it is.

    python tools/peer_pages.py          write docs/docsite/rst/peer_KIND.rst
    python tools/peer_pages.py --check  end with 1 if one is not up to date

The tables come from plugins/module_utils/_facts/peer_kinds.py; the rest of each page is written by hand.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import (
    GENERIC,
    PEER_KINDS,
    SETTINGS,
    SURENESS,
    ByRelease,
    PeerKind,
    PeerSettings,
)

PAGES = Path(__file__).resolve().parents[1] / "docs" / "docsite" / "rst"
BEGIN, END = ".. The following is written by make variables", ".. Until here"


def page_of(kind: PeerKind) -> Path:
    """The page of a kind."""
    return PAGES / f"peer_{kind.name}.rst"


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return f"``{str(value).lower()}``"
    if isinstance(value, tuple):
        return f"``[{', '.join(value)}]``"
    return f"``{value}``"


def _rows(kind: PeerKind) -> Iterator[tuple[str, str, str, str]]:
    usual = PeerSettings()
    for name in SETTINGS:
        value, source = getattr(kind.defaults, name), kind.sources.get(name)
        if source is None and (
            value in (None, (), False) or (kind is not GENERIC and value == getattr(usual, name))
        ):
            continue
        where = (source.text, SURENESS[source.sure]) if source else ("as every kind", SURENESS["assumed"])
        yield (f"``{name}``", _value(value), *where)


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> Iterator[str]:
    yield ".. list-table::"
    yield "   :header-rows: 1"
    yield ""
    for row in (head, *rows):
        for place, cell in enumerate(row):
            mark = "   * -" if place == 0 else "     -"
            yield f"{mark} {_escaped(cell)}".rstrip()
    yield ""


def _escaped(text: str) -> str:
    """A text in which an asterisk is one."""
    return text if text.startswith("``") else text.replace("*", r"\*")


def _releases(rule: ByRelease) -> str:
    since = ".".join(map(str, rule.since)) if any(rule.since) else ""
    before = ".".join(map(str, rule.before)) if rule.before else ""
    return " ".join(filter(None, (f"from {since}" if since else "", f"before {before}" if before else "")))


def _rule(rule: ByRelease) -> tuple[str, ...]:
    said = [f"``{name}`` is {_value(value)}" for name, value in rule.settings.items()]
    said += ["it may show one certificate as a server and another one as a client"] if rule.separates else []
    said += rule.notes
    return _releases(rule), "; ".join(said), rule.source.text, SURENESS[rule.source.sure]


def tables(kind: PeerKind) -> list[str]:
    """The lines between the marks."""
    lines = ["", *_table(("Key", "Default", "Source", "How sure"), list(_rows(kind)))]
    if kind.by_release:
        lines += ["By release:", ""]
        lines += _table(("Releases", "What holds", "Source", "How sure"), list(map(_rule, kind.by_release)))
    if kind.notes:
        lines += ["Also to know:", "", *(f"* {_escaped(note)}" for note in kind.notes), ""]
    return lines


def written(kind: PeerKind, text: str) -> str:
    """The page with its tables."""
    head, _begin, rest = text.partition(BEGIN)
    _old, _end, tail = rest.partition(END)
    return f"{head}{BEGIN}\n" + "\n".join(tables(kind)) + f"\n{END}{tail}"


def main() -> int:
    """Write the pages, or compare them."""
    stale = []
    for kind in PEER_KINDS.values():
        if not kind.is_external:
            continue
        path = page_of(kind)
        text = path.read_text(encoding="utf-8")
        wanted = written(kind, text)
        if wanted == text:
            continue
        stale.append(path.name)
        if "--check" not in sys.argv[1:]:
            path.write_text(wanted, encoding="utf-8")
            print(f"written: {path.name}")
    if stale and "--check" in sys.argv[1:]:
        print(f"{', '.join(stale)} not up to date; run: make variables", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
