# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names to accept from a peer that is no cluster of the inventory: given, read from its port, or its address."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import separates_certificates
from ansible_collections.ucops.cucm.plugins.module_utils._site.entries import fault_of_entry
from ansible_collections.ucops.cucm.plugins.module_utils._site.model import Node, Peer
from ansible_collections.ucops.cucm.plugins.module_utils._site.peers import Hosts, peer_of

#: What no name in the field X.509 Subject Name has.
_UNUSABLE = re.compile(r"[\s,;:*]")


def peers_to_read(hosts: Iterable[str], hostvars: Hosts) -> list[dict[str, Any]]:
    """The peers of a run whose ports can be trusted to tell their names, each port once.

    They have CA certificates, or a node has the fingerprint of its certificate. In the form of the option `peers` of
    M(ucops.cucm.sip_peer_names).
    """
    found: list[dict[str, Any]] = []
    known: set[str] = set()
    done: set[str] = set()
    for host in hosts:
        variables = hostvars[host]
        cluster = str(variables.get("cucm_cluster") or host)
        if cluster in done:
            continue
        done.add(cluster)
        for entry in variables.get("cucm_peers") or ():
            if not isinstance(entry, Mapping) or not entry.get("nodes") or fault_of_entry(entry) is not None:
                continue
            peer = peer_of(entry, {}, {})
            nodes = [
                _node_to_read(node)
                for node in peer.nodes
                if node.place not in known and (peer.ca_certificate_paths or node.tls_fingerprint)
            ]
            known.update(str(node["place"]) for node in nodes)
            if nodes:
                found.append(
                    {
                        "name": peer.cluster,
                        "nodes": nodes,
                        # From where the command was typed, as for other files of the inventory.
                        "ca_certificate_paths": [
                            os.path.abspath(os.path.expanduser(path)) for path in peer.ca_certificate_paths
                        ],
                        "allow_legacy_tls": peer.settings.tls_max in ("1.0", "1.1"),
                    }
                )
    return found


def _node_to_read(node: Node) -> dict[str, Any]:
    return {
        "name": node.name,
        "place": node.place,
        "address": node.address or node.address_ipv6,
        "port": node.port,
        "tls_fingerprint": node.tls_fingerprint,
    }


@dataclass
class Names:
    """The names to accept of a node, where they come from, and what is worth telling.

    `unknown` says why there are none; `is_missing` that the inventory could give them.
    """

    accepted: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    unknown: str = ""
    is_missing: bool = False


def names_of(peer: Peer, node: Node, read: Mapping[str, Mapping[str, Any]]) -> Names:
    """The names of a node of an external peer; `read` are the results of M(ucops.cucm.sip_peer_names) by place."""
    found = Names()
    where = f"{peer.where}, node {node.name}"
    seen = read.get(node.place) or {}
    shown = [name for name in seen.get("names") or () if is_usable(name)]
    if seen.get("finding"):
        found.warnings.append(f"{where}: {seen['finding']}")
    server = list(node.server_names)
    if server:
        other = sorted({name.lower() for name in shown} - {name.lower() for name in node.names})
        if shown and not {name.lower() for name in server} & {
            name.lower() for name in seen.get("all_names") or ()
        }:
            found.warnings.append(
                f"{where}: its port shows {', '.join(other) or ', '.join(shown)}, and server_names has"
                f" {', '.join(server)}. Correct server_names, or see who answers there."
            )
    elif shown:
        server = shown
        found.notes.append(
            f"{where}: its port shows {', '.join(seen.get('all_names') or shown)} (certificate"
            f" {seen.get('fingerprint') or 'not known'}); accepted: {', '.join(shown)}"
        )
    elif is_usable(node.address) and not is_address(node.address) and not node.subject_name:
        server = [node.address]
        if not node.client_names:
            found.notes.append(f"{where}: server_names is not given, so its address counts: {node.address}")
    client = list(node.client_names)
    if not client and server and separates_certificates(peer.kind, peer.release):
        found.warnings.append(
            f"{where}: a {peer.kind.title} of the release {peer.release} may show another certificate when it calls,"
            " which its port does not show: the names of that one are not measured. Give client_names."
        )
    given = (node.subject_name, *server, *client)
    found.accepted = list(dict.fromkeys(name for name in given if name))
    if not found.accepted:
        found.unknown, found.is_missing = _why_unknown(where, seen)
    return found


def _why_unknown(where: str, seen: Mapping[str, Any]) -> tuple[str, bool]:
    remedy = "Give server_names (and client_names) of the node"
    if seen.get("text"):
        return f"{where}: its names are not known: {seen['text']}. {remedy}.", False
    text = (
        f"{where}: the names in its certificates are not known, and its address is no name. {remedy}, or"
        " ca_certificate_paths of the peer, so that they are read from its port."
    )
    return text, True


def is_usable(name: str) -> bool:
    """Whether the field X.509 Subject Name can have the name; it takes no wildcards."""
    return bool(name) and _UNUSABLE.search(name) is None


def is_address(name: str) -> bool:
    """Whether it is an IP address."""
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def read_by_place(hosts: Sequence[str], hostvars: Hosts) -> dict[str, Mapping[str, Any]]:
    """What the run has read of the ports of peers; the same on all of its hosts."""
    for host in hosts:
        result = hostvars[host].get("cucm_preflight_peer_names")
        if isinstance(result, Mapping) and result.get("places") is not None:
            return {str(each["place"]): each for each in result["places"]}
    return {}
