# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The form of an entry of `cucm_peers`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.nearest import nearest
from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import (
    CHOICES,
    PEER_KINDS,
    release_numbers,
    settings_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._site.peers import kind_of, name_of
from ansible_collections.ucops.cucm.plugins.module_utils._site.value_types import HIGHEST_PORT, TypeChecks
from ansible_collections.ucops.cucm.plugins.module_utils._site.variables import PEER, PEER_NODE

_ENTRY_TYPES = TypeChecks({"peer": {"type": "dict", "options": {o.name: o.specification() for o in PEER}}})


def fault_of_entry(entry: Any) -> tuple[str, str] | None:
    """What is wrong with the form of an entry of `cucm_peers`, and what to write; None for nothing."""
    if not isinstance(entry, Mapping):
        return f"{entry!r} is no dictionary", 'Write each peer as {cluster: NAME, patterns: ["9898"]}'
    fault = _fault_of_kind(entry)
    if fault is not None:
        return fault
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
        fault = _fault_of_port(f"nodes[{place}]: port", node.get("port"))
        if fault is not None:
            return fault
    return fault_of_peer(entry)


def _fault_of_port(called: str, port: Any) -> tuple[str, str] | None:
    if port is None or 0 < int(port) <= HIGHEST_PORT:
        return None
    return f"{called} {port} is no TCP port", f"Write a number from 1 to {HIGHEST_PORT}"


def _fault_of_kind(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """What is wrong with the kind and the name."""
    kind = entry.get("kind")
    if kind is not None and kind not in PEER_KINDS:
        near = nearest(str(kind), PEER_KINDS)
        meant = f"Did you mean {near}? " if near else ""
        return f"{kind} is no kind of peer", f"{meant}The kinds are {', '.join(PEER_KINDS)}"
    if not kind_of(entry).is_external:
        if entry.get("name"):
            return (
                "the key name is that of a peer of another kind than cluster",
                f"Write cluster: {entry['name']}, or give its kind",
            )
        if not entry.get("cluster"):
            return (
                "the key cluster is missing",
                "Give the name of the peer's inventory group as cluster; a peer of another kind has kind and name",
            )
    elif entry.get("cluster"):
        return f"a peer of the kind {kind} has no key cluster", f"Write name: {entry['cluster']}"
    elif not entry.get("name"):
        return "the key name is missing", f"Give the {PEER_KINDS[str(kind)].title} a name"
    return None


def fault_of_peer(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """What is wrong with the values of an entry whose types are right."""
    kind, name, release = kind_of(entry), name_of(entry), str(entry.get("release") or "")
    for key in ("port", "incoming_port"):
        fault = _fault_of_port(key, entry.get(key))
        if fault is not None:
            return fault
    for option in PEER:
        # Ansible makes a text of anything.
        if option.type == "str" and isinstance(entry.get(option.name), (Mapping, list)):
            return f"{option.name} is no text", "Correct it"
    for key in ("transports", "key_types"):
        wrong = [one for one in entry.get(key) or () if one not in CHOICES[key]]
        if wrong:
            return f"{key}: {wrong[0]} is not among {', '.join(CHOICES[key])}", "Correct it"
    if entry.get("max_names") is not None and int(entry["max_names"]) < 1:
        return f"max_names {entry['max_names']} is no number of names", "Write 1 or more, or leave it out"
    if release and kind.is_external and kind.release_example and release_numbers(kind, release) is None:
        return (
            f"release {release} is no release of {kind.title}",
            f"Write it as in {kind.release_example}",
        )
    settings = settings_of(kind, release, entry)
    if settings.tls_min and settings.tls_max and settings.tls_min > settings.tls_max:
        return (
            f"tls_min {settings.tls_min} is newer than tls_max {settings.tls_max}",
            f"Correct the one or the other; release {release or 'not given'} decides their defaults",
        )
    nodes = entry.get("nodes") or ()
    if kind.is_external and not nodes:
        return f"{name} has no nodes", "List its nodes: nodes: [{address: ADDRESS, server_names: [NAME]}]"
    for place, node in enumerate(nodes):
        if not any(node.get(key) for key in _NAMES_OF_A_NODE[kind.is_external]):
            wanted = "the key address" if kind.is_external else "the key name"
            return f"nodes[{place}]: {wanted} is missing", "Write {name: NAME, address: ADDRESS}"
    return None


#: What a node is called by: one of a cluster by its name, another one by its address if need be.
_NAMES_OF_A_NODE = {False: ("name",), True: ("name", "address", "address_ipv6")}


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
