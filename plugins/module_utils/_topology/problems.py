# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a topology file, collected and told at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._facts.nearest import nearest

#: Keys and indexes from the root of the file to a value.
Path = tuple["str | int", ...]
#: The line of the file in which the value of a path begins, if that is known.
Lines = Callable[[Path], "int | None"]

#: A message that lists more is not read to its end.
SHOWN = 5
_LONGEST_VALUE = 60


class Problem(NamedTuple):
    """One problem: where, what is wrong (the value in it), and what to write instead."""

    path: Path
    what: str
    remedy: str

    def text(self, file: str, lines: Lines) -> str:
        """One line: file and line, path, what is wrong, remedy."""
        line = lines(self.path)
        place = f"{file}:{line}" if line else file
        end = "" if self.remedy.endswith("?") else "."
        return f"{place}: {rendered(self.path)}: {self.what}. {self.remedy}{end}"


class InvalidTopology(CucmError):
    """The topology file cannot be used; `problems` has everything that is wrong with it."""

    reason = "invalid_topology"

    def __init__(self, problems: Sequence[Problem], file: str, lines: Lines) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        texts = [one.text(file, lines) for one in self.problems[:SHOWN]]
        if count > SHOWN:
            texts.append(f"and {count - SHOWN} more")
        title = "The topology has a problem" if count == 1 else f"The topology has {count} problems"
        self._text = "\n".join((f"{title}:", *texts))
        super().__init__(title)

    @property
    def message(self) -> str:
        """The title, and one line for each problem shown."""
        return self._text


def rendered(path: Path) -> str:
    """Write a path as in `clusters.CUCMA.nodes[1].address`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif re.fullmatch(r"[\w-]+", step):
            text += f".{step}" if text else step
        else:
            text += f"[{shown(step)}]"
    return text or "(the file)"


def shown(value: Any) -> str:
    """Show a value of the file, on one line and not at any length.

    Only plain values are shown: a mapping may have secrets in it, and the text of a vaulted value is one.
    """
    if isinstance(value, str):
        text = repr(str(value))
    elif isinstance(value, bool):
        text = str(value).lower()
    elif value is None:
        text = "null"
    elif isinstance(value, (int, float)):
        text = str(value)
    elif isinstance(value, Mapping):
        text = "{…}"
    elif isinstance(value, list):
        text = f"[{', '.join(map(shown, value[:_LONGEST_VALUE]))}]"
    else:
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


class Problems:
    """Collects problems in the order of their discovery."""

    def __init__(self) -> None:
        self.found: list[Problem] = []

    def add(self, path: Path, what: str, remedy: str) -> None:
        """Add a problem; both texts without a full stop."""
        self.found.append(Problem(path, what, remedy))

    def unknown(self, path: Path, name: str, known: Iterable[str], what: str) -> None:
        """Add a name that is none of the known ones, with the nearest of them."""
        names = list(known)
        meant = nearest(name, names)
        listed = ", ".join(names) if len(names) <= 20 else f"{', '.join(names[:20])}, …"
        remedy = f"Did you mean {shown(meant)}?" if meant else f"Known are: {listed or 'none'}"
        self.add(path, f"{shown(name)} is {what}", remedy)
