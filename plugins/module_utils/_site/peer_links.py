# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The trunks to a peer: one, or one to each node with a route list; and what is told of a peer that is no cluster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import separates_certificates
from ansible_collections.ucops.cucm.plugins.module_utils._site.model import Node, Peer

Entry = dict[str, Any]


def trunks_of(entry: Entry, peer: Peer) -> list[tuple[Entry, Sequence[Node]]]:
    """The trunks of a peer, each with the nodes that it leads to.

    With a trunk for each node, each has a security profile of its own, since a name and an incoming port stand on one
    trunk only. The patterns come with the last one: they need a route list, and that needs all trunks.
    """
    if peer.settings.layout != "trunk_per_node" or len(peer.nodes) < 2:
        return [(entry, peer.nodes)]
    ends = _short_names(peer.nodes)
    parts: list[tuple[Entry, Sequence[Node]]] = []
    for node, end in zip(peer.nodes, ends, strict=True):
        part = {
            **entry,
            "trunk": f"{entry['trunk']}-{end}",
            "security_profile": f"{entry['security_profile']} {end}",
            "patterns": [],
            "notes": [],
            "warnings": [],
        }
        parts.append((part, (node,)))
    last = parts[-1][0]
    last["patterns"] = entry["patterns"]
    last["route_list"] = {
        "name": entry["trunk"],
        "call_manager_group": str(peer.entry.get("call_manager_group") or "Default"),
        "trunks": [part["trunk"] for part, _nodes in parts],
    }
    return parts


def _short_names(nodes: Sequence[Node]) -> list[str]:
    """What tells the nodes apart in names: their host names, or their places in the list."""
    short = [node.name.split(".")[0] for node in nodes]
    numbers = [str(place) for place, _node in enumerate(nodes, start=1)]
    return short if len(set(short)) == len(short) and not any(name.isdigit() for name in short) else numbers


def described(peer: Peer) -> Entry:
    """What a report needs to know of a peer that is no cluster."""
    return {
        "kind": peer.kind.name,
        "title": peer.kind.title,
        "release": peer.release,
        "separates_certificates": separates_certificates(peer.kind, peer.release),
        "settings": {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(peer.settings).items()
        },
        "names": {
            node.name: {
                "server_names": list(node.server_names),
                "client_names": list(node.client_names),
            }
            for node in peer.nodes
        },
    }


def refuse_names_twice(plan: Sequence[Entry], usual_port: int) -> None:
    """Give a problem to each external peer that has a name and an incoming port of another trunk."""
    accepted: dict[tuple[str, int], list[Entry]] = defaultdict(list)
    for entry in plan:
        port = entry["profile_options"].get("incoming_port") or usual_port
        for name in entry["subject_names"]:
            others = accepted[name.lower(), port]
            if all(one["security_profile"] != entry["security_profile"] for one in others):
                others.append(entry)
    for (name, port), entries in accepted.items():
        if len(entries) < 2 or all(entry["kind"] == "cluster" for entry in entries):
            continue
        trunks = " and ".join(entry["trunk"] for entry in entries)
        for entry in entries:
            if entry["kind"] != "cluster" and not entry["problem"]:
                entry["problem"] = (
                    f"cucm_peers, peer {entry['cluster']}: the trunks {trunks} would accept the name {name} on the same"
                    f" incoming port, {port}, and a name stands on one trunk of a port. Give the peer an incoming_port"
                    " of its own, to which it sends its calls, or its nodes certificates with other names."
                )
