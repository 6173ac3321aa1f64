# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of the module `show_text`: lines for a screen, without what could move its cursor."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import check_writable, write_atomically

ARGUMENTS: dict[str, dict[str, Any]] = {
    "lines": {"type": "list", "elements": "str", "default": []},
    "stats": {"type": "dict", "default": {}},
    "path": {"type": "path"},
    "data": {"type": "dict", "default": {}},
}


def printable(lines: Iterable[str]) -> list[str]:
    """Split the lines where they have more than one, and replace what cannot be printed."""
    return [
        "".join(character if character.isprintable() else "?" for character in part)
        for line in lines
        for part in line.splitlines() or [""]
    ]


def write_json(path: str, data: Mapping[str, Any]) -> None:
    """Write data for its user alone, in one step; raises an error that names the option."""
    check_writable(path, option="path")
    write_atomically(path, (json.dumps(data, indent=4, sort_keys=True) + "\n").encode(), mode=0o600)
