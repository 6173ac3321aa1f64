# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate audit as what C(set_stats) hands on, never more than 64 KB of JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._report.audit_words import (
    mapping,
    severity_of,
    texts,
)
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import Entry, entries, plain

LARGEST = 64 * 1024
#: Nodes of one finding, and characters of one text.
_MOST_NODES = 4
_LONGEST = 200
_RESERVE = 200


def audit_statistics(report: Entry) -> dict[str, Any]:
    """Counts, and of clusters, gaps and findings as many as fit, the most urgent first.

    `left_out` says how many of each did not fit.
    """
    made: dict[str, Any] = {
        "created": plain(report.get("created"), 40),
        "worst": severity_of(report, "worst"),
        "counts": dict(mapping(report, "counts")),
        "totals": dict(mapping(report, "totals")),
        "findings": [],
        "not_measured": [],
        "clusters": [],
        "left_out": {"findings": 0, "not_measured": 0, "clusters": 0},
    }
    size = _size(made) + _RESERVE
    # Each list has a share, so that none pushes another out; the findings come last and take what is left.
    for key, share in (("not_measured", LARGEST // 4), ("clusters", LARGEST // 2), ("findings", LARGEST)):
        items = list(_items(report, key))
        for number, item in enumerate(items):
            added = _size(item) + 2
            if size + added > share:
                made["left_out"][key] = len(items) - number
                break
            made[key].append(item)
            size += added
    return made


def _items(report: Entry, key: str) -> Iterator[dict[str, Any]]:
    kept = {
        "findings": ("severity", "reason", "cluster", "service", "kind", "common_name", "not_after", "text"),
        "not_measured": ("what", "reason", "cluster", "text"),
        "clusters": ("cluster", "worst", "next_expiry"),
    }[key]
    for entry in entries(report, key):
        item: dict[str, Any] = {name: plain(entry.get(name), _LONGEST) for name in kept}
        if key == "clusters":
            item["counts"] = dict(mapping(entry, "counts"))
            if severity_of(entry, "worst") == "none":
                continue
        else:
            nodes = texts(entry, "nodes", 100)
            item["nodes"] = nodes[:_MOST_NODES]
        yield item


def _size(value: object) -> int:
    """Bytes of JSON, with what is not ASCII escaped, as the callers of C(set_stats) write it at worst."""
    return len(json.dumps(value, ensure_ascii=True))
