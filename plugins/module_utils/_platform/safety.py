# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What speaks for or against a change on a node, by its command line. Every command only reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._platform import safety_texts
from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import CommandRefused

CHECKS = ("backup", "replication", "phones", "ntp", "disk")
_PARAMETER = "run sql select paramname,paramvalue from processconfig where paramname like '%Phone%'"
_NOT_SHOWN = "the command line of this release does not show it"

#: What was read, or why it was not: the one is None where the other is not.
Reading = dict[str, Any]


def measure(run: Callable[[str], str], checks: Sequence[str]) -> dict[str, Reading]:
    """Read what is asked for; `run` gives what a command prints, and raises CommandRefused where it is unknown.

    Each reading has `value`, or None and `why`.
    """
    readers: dict[str, Callable[[Callable[[str], str]], Reading]] = {
        "backup": _backup,
        "replication": _replication,
        "phones": _phones,
        "ntp": _ntp,
        "disk": _disk,
    }
    found: dict[str, Reading] = {}
    for check in CHECKS:
        if check not in checks:
            continue
        try:
            found[check] = readers[check](run)
        except CommandRefused:
            found[check] = _unread(_NOT_SHOWN)
    return found


def _read(value: Any) -> Reading:
    return {"value": value, "why": ""}


def _unread(why: str) -> Reading:
    return {"value": None, "why": why}


def _printed(output: str) -> str:
    shown = " ".join(output.split())[:200] or "(nothing)"
    return f"it cannot be read in what the node printed: {shown}"


def _backup(run: Callable[[str], str]) -> Reading:
    """Hours since the last good backup began, by the node's clock; `value` is False where there is none."""
    output = run("utils disaster_recovery history backup")
    rows = safety_texts.backups(output)
    good = [row.start for row in rows if row.good]
    if not good:
        return _read(value=False) if rows else _unread(_printed(output))
    status = run("show status")
    now = safety_texts.local_time(status)
    if now is None:
        return _unread(f"the node's time: {_printed(status)}")
    return _read(round((now - max(good)).total_seconds() / 3600, 1))


def _replication(run: Callable[[str], str]) -> Reading:
    """The state of the database of each server, with the words for it."""
    output = run("utils dbreplication runtimestate")
    rows = safety_texts.replicas(output)
    return _read({row.server: [row.state, row.words] for row in rows}) if rows else _unread(_printed(output))


def _phones(run: Callable[[str], str]) -> Reading:
    value = safety_texts.sql_value(run(_PARAMETER), ("phone", "interaction", "cert"))
    return _unread("the database does not tell") if value is None else _read(value)


def _ntp(run: Callable[[str], str]) -> Reading:
    output = run("utils ntp status")
    value = safety_texts.is_synchronised(output)
    return _unread(_printed(output)) if value is None else _read(value)


def _disk(run: Callable[[str], str]) -> Reading:
    output = run("show status")
    found = safety_texts.disks(output)
    return _read(found) if found else _unread(_printed(output))
