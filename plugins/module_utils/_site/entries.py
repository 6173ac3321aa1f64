# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of an entry of `cucm_peers`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.nearest import nearest
from ansible_collections.ucops.cucm.plugins.module_utils._site.value_types import HIGHEST_PORT, TypeChecks
from ansible_collections.ucops.cucm.plugins.module_utils._site.variables import PEER, PEER_NODE

_ENTRY_TYPES = TypeChecks({"peer": {"type": "dict", "options": {o.name: o.specification() for o in PEER}}})


def fault_of_entry(entry: Any) -> tuple[str, str] | None:
    """What is wrong with the form of an entry of `cucm_peers`, and what to write; None for nothing."""
    if not isinstance(entry, Mapping):
        return f"{entry!r} is no dictionary", 'Write each peer as {cluster: NAME, patterns: ["9898"]}'
    if not entry.get("cluster"):
        return "the key cluster is missing", "Give the name of the peer's inventory group as cluster"
    unknown = _unknown_key(entry, [option.name for option in PEER])
    if unknown is not None:
        return unknown
    nodes = entry.get("nodes")
    for place, node in enumerate(nodes if isinstance(nodes, (list, tuple)) else ()):
        fault = _fault_of_node(f"nodes[{place}]", node)
        if fault is not None:
            return fault
    patterns = entry.get("patterns")
    for item in patterns if isinstance(patterns, (list, tuple)) else ():
        if not _is_pattern(item):
            return f"{item!r} is not a route pattern", 'Write patterns in quotes, as in patterns: ["9898"]'
    why = _ENTRY_TYPES.fault("peer", dict(entry))
    if why is not None:
        return why, "Correct the entry"
    for place, node in enumerate(nodes or ()):
        port = node.get("port")
        if port is not None and not 0 < int(port) <= HIGHEST_PORT:
            return f"nodes[{place}]: port {port} is no TCP port", f"Write a number from 1 to {HIGHEST_PORT}"
    return None


def _fault_of_node(place: str, node: Any) -> tuple[str, str] | None:
    if not isinstance(node, Mapping):
        return (
            f"{place} is {node!r}, which is no dictionary",
            "Leave nodes out for a cluster of the inventory; for another one write {name: NAME, address: ADDRESS}",
        )
    return _unknown_key(node, [option.name for option in PEER_NODE], f"{place}: ")


def _is_pattern(item: Any) -> bool:
    fields = item if isinstance(item, Mapping) else {"pattern": item}
    pattern = fields.get("pattern")
    return isinstance(pattern, str) and bool(pattern) and not set(fields) - {"pattern", "partition"}


def _unknown_key(entry: Mapping[str, Any], known: Sequence[str], lead: str = "") -> tuple[str, str] | None:
    for key in entry:
        if key not in known:
            near = nearest(str(key), known)
            meant = f"Did you mean {near}? " if near else ""
            return f"{lead}there is no key {key}", f"{meant}The keys are {', '.join(known)}"
    return None
