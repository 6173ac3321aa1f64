# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run hands on to the next job of a workflow: verdict, counts, what waits, what failed and its remedy.

It is small, whatever the size of the site: AWX stores it with the job and gives it to every later job of the
workflow as an extra variable. The whole report is in the files that the run writes and uploads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._report.words import (
    Entry,
    by_urgency,
    entries,
    failures,
    plain,
    result_of,
)

FORMAT = "ucops.cucm.outcome/1"
#: Bytes of JSON that a run hands on, all variables together.
LARGEST = 64 * 1024
#: What is left to the lists even where the records of requests take all.
_SMALLEST = 4 * 1024
#: Bytes for what is no list.
_HEAD = 2 * 1024
#: The lists, the most useful first, and the part of the room that each may fill.
_SHARES = {
    "failed": 0.35,
    "requests": 0.15,
    "restarts": 0.15,
    "plan": 0.2,
    "failed_nodes": 0.1,
    "not_passed": 0.05,
}
_LONGEST_TEXT = 400
_LONGEST_NAME = 200
#: Names within one entry.
_MOST_NAMES = 10


def failed_checks(report: Entry) -> list[dict[str, Any]]:
    """What to fix, causes before effects: remedy, object, the links concerned and the checks that fail."""
    return [
        {
            "remedy": plain(failure.remedy, _LONGEST_TEXT),
            "object": plain(failure.object, _LONGEST_NAME),
            "links": _names(_link_id(finding.link) for finding in failure.found),
            "checks": _names(plain(finding.check.get("id"), _LONGEST_NAME) for finding in failure.found),
        }
        for failure in failures(report)
    ]


def not_passed(report: Entry) -> list[str]:
    """The ids of the links that do not pass, failed ones first."""
    return [
        _link_id(link)
        for link in by_urgency(entries(report, "links"))
        if result_of(link, "verdict") != "pass"
    ]


def bounded(
    head: Mapping[str, Any], lists: Mapping[str, Sequence[Any]], *, beside: int = 0
) -> dict[str, Any]:
    """The outcome in at most LARGEST bytes of JSON, less `beside`, which other variables take.

    `head` is what is never cut. A list that does not fit ends earlier, and `left_out` counts the rest.
    """
    room = max(LARGEST - beside, _SMALLEST) - _HEAD
    outcome: dict[str, Any] = {"format": FORMAT, **_shortened(head)}
    left_out = {}
    spare = 0.0
    for name, share in _SHARES.items():
        # What one list does not need is the next one's.
        spare += room * share
        kept = []
        for item in lists.get(name, ()):
            size = size_of(item) + 2
            if size > spare:
                break
            spare -= size
            kept.append(item)
        outcome[name] = kept
        if len(kept) < len(lists.get(name, ())):
            left_out[name] = len(lists[name]) - len(kept)
    outcome["left_out"] = left_out
    return outcome


def size_of(value: Any) -> int:
    """Bytes of a value as JSON."""
    return len(json.dumps(value).encode())


def _shortened(head: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: plain(value, _LONGEST_TEXT) if isinstance(value, str) else value for key, value in head.items()
    }


def _link_id(link: Entry) -> str:
    return plain(link.get("id"), _LONGEST_NAME)


def _names(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))[:_MOST_NAMES]
