# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an entry of `cucm_peers` means: its nodes come from the inventory unless it lists them itself.

A peer that is no cluster of Unified CM says its kind and its name, and lists its nodes:

    cucm_peers:
      - kind: cube
        name: HQ-CUBE
        release: "17.12.4"
        ca_certificate_paths: [pki/cube-ca.pem]
        patterns: ["0.!"]
        nodes:
          - address: cube1.example.com
            server_names: [cube1.example.com]
            client_names: [cube1.example.com]

The kinds, and what may be overridden in the entry, are in `_facts.peer_kinds`: each field of `PeerSettings` is a key
of it. `server_names` are the names in the certificate that the node shows when it is called, `client_names` those in
the one that it shows when it calls.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import (
    CLUSTER,
    PEER_KINDS,
    PeerKind,
    settings_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._site.model import Node, Pattern, Peer

#: The variables of every host that matter here, by inventory name.
Hosts = Mapping[str, Mapping[str, Any]]
Groups = Mapping[str, Sequence[str]]

SIP_PORT = 5061


def node_of_host(name: str, variables: Mapping[str, Any]) -> Node:
    """A node of the inventory, as its peers reach it."""
    ipv6 = str(variables.get("cucm_sip_address_ipv6") or "")
    address = str(variables.get("cucm_sip_address") or "")
    if not address:
        reached = str(variables.get("ansible_host") or name)
        if ":" in reached:
            ipv6 = ipv6 or reached
        else:
            address = reached
    return Node(
        name=name,
        address=address,
        address_ipv6=ipv6,
        port=int(variables.get("cucm_sip_port") or SIP_PORT),
        subject_name=str(variables.get("cucm_subject_name") or ""),
    )


def _listed(node: Mapping[str, Any], port: int) -> Node:
    address, ipv6 = str(node.get("address") or ""), str(node.get("address_ipv6") or "")
    return Node(
        name=str(node.get("name") or address or ipv6),
        address=address,
        address_ipv6=ipv6,
        port=int(node.get("port") or port),
        subject_name=str(node.get("subject_name") or ""),
        server_names=tuple(map(str, node.get("server_names") or ())),
        client_names=tuple(map(str, node.get("client_names") or ())),
        tls_fingerprint=str(node.get("tls_fingerprint") or ""),
    )


def kind_of(entry: Mapping[str, Any]) -> PeerKind:
    """The kind of a peer; a cluster where the entry names none that exists."""
    return PEER_KINDS.get(str(entry.get("kind") or ""), CLUSTER)


def name_of(entry: Mapping[str, Any]) -> str:
    """The name of a peer, which a cluster has under another key; empty where it is missing."""
    return str(entry.get("name" if kind_of(entry).is_external else "cluster") or "")


def nodes_of_cluster(cluster: str, hosts: Hosts, groups: Groups) -> tuple[Node, ...]:
    """The nodes of a cluster of the inventory, in the order of its group; none for a stranger."""
    return tuple(node_of_host(name, hosts.get(name, {})) for name in groups.get(cluster, ()))


def pattern_of(item: Any, partition: str = "") -> Pattern:
    """A pattern as it was written: a text, or a dictionary with `pattern` and `partition`."""
    fields = item if isinstance(item, Mapping) else {"pattern": item}
    return Pattern(str(fields.get("pattern") or ""), str(fields.get("partition") or partition))


def peer_of(entry: Mapping[str, Any], hosts: Hosts, groups: Groups, partition: str = "") -> Peer:
    """The peer that an entry means. The entry has passed the checks of types; `partition` is that of most patterns."""
    cluster, kind = name_of(entry), kind_of(entry)
    release = str(entry.get("release") or "")
    settings = settings_of(kind, release, entry)
    listed = entry.get("nodes")
    if listed:
        nodes = tuple(_listed(node, settings.port) for node in listed)
    else:
        nodes = () if kind.is_external else nodes_of_cluster(cluster, hosts, groups)
    return Peer(
        cluster=cluster,
        nodes=nodes,
        patterns=tuple(pattern_of(item, partition) for item in entry.get("patterns") or ()),
        in_inventory=not listed and bool(nodes),
        one_way=bool(entry.get("one_way")),
        trunk=str(entry.get("trunk") or cluster),
        security_profile=str(entry.get("security_profile") or ""),
        entry=entry,
        kind=kind,
        release=release,
        settings=settings,
        ca_certificate_paths=tuple(map(str, entry.get("ca_certificate_paths") or ())),
    )
