# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Write the generated parts of the docs site: make pages.

The page of reasons comes from the catalogue, plugins/module_utils/_facts/reasons.py. Pictures are put into the pages
as text, since the site is built from its pages alone; their source is docs/images.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path

from ansible_collections.ucops.cucm.plugins.module_utils._facts.reasons import CATALOGUE, Reason

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "docsite" / "rst"
IMAGES = ROOT / "docs" / "images"
REASONS = PAGES / "reasons.rst"

HEAD = """\
..
  Copyright (c) 2026, the ucops.cucm contributors
  GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

.. _ansible_collections.ucops.cucm.docsite.reasons:

Troubleshooting by reason
=========================

Every problem that the collection reports has a ``reason`` (problems of the inventory call it ``code``): in the result
of a failed task, in a finding, in a check of the verdict, in the report and in ``cucm_outcome``. The reason is stable;
the words around it may change. The message itself is more specific than this page: it names the node, the page and the
field.

Search this page for the reason. The arrow marks the remedy. Words in *italics* stand for a name or a number in the
message.

.. contents::
   :local:
   :depth: 1
"""

#: A picture in a page: its marker, and what was put after it.
_PICTURE = re.compile(
    r"^\.\. picture: (\S+)\n(?:\n\.\. raw:: html\n\n(?:   .*\n|\n)*?   </svg>\n)?", re.MULTILINE
)


def filled(text: str) -> str:
    """The template of a message as reStructuredText: what is filled in is in italics."""
    text = re.sub(r"([*`]|_\b)", r"\\\1", text)
    return re.sub(r"\{(\w+)\}", r"*\1*", text)


def entries(reasons: Mapping[str, Reason]) -> Iterator[str]:
    """A definition list: unlike a table it fits on a phone."""
    for code, reason in sorted(reasons.items()):
        yield f"``{code}``"
        for text in (reason.meaning, reason.remedy):
            sentence = f"{text[0].upper()}{text[1:].rstrip('.')}."
            arrow = "→ " if text is reason.remedy else ""
            lines = textwrap.wrap(arrow + filled(sentence), 130, break_on_hyphens=False)
            yield from (*(f"  {line}" for line in lines), "")


def page_of_reasons() -> str:
    parts = [
        "\n".join(
            (section.title, "-" * len(section.title), "", section.about, "", *entries(section.reasons), "")
        )
        for section in CATALOGUE
    ]
    return "\n".join((HEAD, *parts))


def with_pictures(text: str) -> str:
    """A page with its pictures after their markers. Without their comments, which are about the file."""

    def put(found: re.Match[str]) -> str:
        picture = re.sub(r"<!--.*?-->\n", "", (IMAGES / found[1]).read_text(encoding="utf-8"))
        picture = picture.replace(
            "<svg ", '<svg style="max-width: 100%; height: auto; margin-bottom: 1em" width="640" ', 1
        )
        return f".. picture: {found[1]}\n\n.. raw:: html\n\n{textwrap.indent(picture, '   ')}"

    return _PICTURE.sub(put, text)


def wanted() -> dict[Path, str]:
    """Each generated file with its text."""
    pages = {path: with_pictures(path.read_text(encoding="utf-8")) for path in sorted(PAGES.glob("*.rst"))}
    return {**pages, REASONS: page_of_reasons()}


def main() -> int:
    for path, text in wanted().items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            print(f"written: {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
