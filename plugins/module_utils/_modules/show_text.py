# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of the module `show_text`: lines for a screen, without what could move its cursor."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

ARGUMENTS: dict[str, dict[str, Any]] = {"lines": {"type": "list", "elements": "str", "default": []}}


def printable(lines: Iterable[str]) -> list[str]:
    """Split the lines where they have more than one, and replace what cannot be printed."""
    return [
        "".join(character if character.isprintable() else "?" for character in part)
        for line in lines
        for part in line.splitlines() or [""]
    ]
