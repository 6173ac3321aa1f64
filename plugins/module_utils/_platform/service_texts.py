# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service commands of the `admin:` shell print, read without a node.

`utils service list` prints `Name [STATE]` for services of the platform and `Name[STATE]  reason` for
the others, in some releases with blanks inside the brackets. `utils service restart` prints the same
while it waits. What looks like a state and cannot be read raises UnexpectedAnswer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import UnexpectedAnswer

_ROW = re.compile(r"(?P<name>[^\[\]]*[^\[\]\s])\s*\[\s*(?P<state>[A-Z]+(?: [A-Z]+)*)\s*\](?P<reason>.*)")


@dataclass(frozen=True)
class ListedService:
    """One line: `state` as printed (STARTED, STOPPED, STARTING, STOPPING), `reason` often empty."""

    name: str
    state: str
    reason: str


def service_rows(text: str) -> list[ListedService]:
    """The services of `utils service list`, in its order, each once."""
    found: dict[str, ListedService] = {}
    for line in text.splitlines():
        row = _row(line)
        if row is None:
            if "[" in line:
                raise UnexpectedAnswer(
                    f"a line of the list of services cannot be read: {line.strip()[:200]!r}"
                )
            continue
        if found.setdefault(row.name, row).state != row.state:
            raise UnexpectedAnswer(
                f"the list of services has '{row.name}' twice, as {found[row.name].state} and {row.state}"
            )
    if not found:
        raise UnexpectedAnswer("the node printed no list of services")
    return list(found.values())


def states_seen(text: str, name: str) -> list[str]:
    """The states of a service, one after the other, that a command printed while it waited."""
    return [row.state for line in text.splitlines() if (row := _row(line)) and row.name == name]


def _row(line: str) -> ListedService | None:
    found = _ROW.fullmatch(line.strip())
    return ListedService(found["name"], found["state"], found["reason"].strip()) if found else None
