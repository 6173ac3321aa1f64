# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of links: peers, their nodes, and the route patterns that lead to them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts import texts
from ansible_collections.ucops.cucm.plugins.module_utils._facts.nearest import nearest
from ansible_collections.ucops.cucm.plugins.module_utils._site.model import Cluster, Node, Peer, Site
from ansible_collections.ucops.cucm.plugins.module_utils._site.peers import SIP_PORT, Groups, Hosts
from ansible_collections.ucops.cucm.plugins.module_utils._site.problems import Problem


def problems_of_links(
    site: Site, hosts: Hosts, groups: Groups, *, dial_plan: bool = False
) -> Iterator[Problem]:
    """See `checks.problems_of_peers`."""
    for cluster in site.clusters.values():
        for peer in cluster.peers:
            yield from _problems_of_peer(site, cluster, peer, hosts, groups)
            yield from _problems_of_patterns(cluster, peer, dial_plan=dial_plan)
        yield from _twice(cluster)
        yield from _names_twice(cluster, int(incoming_port(hosts[cluster.nodes[0]])))


def incoming_port(variables: Mapping[str, Any]) -> Any:
    """The port on which a cluster takes the calls of peers that have none of their own."""
    options = variables.get("cucm_sip_tls_trunk_profile_options")
    named = options.get("incoming_port") if isinstance(options, Mapping) else None
    port = named or variables.get("cucm_sip_tls_trunk_incoming_port") or SIP_PORT
    return port if str(port).isdecimal() else SIP_PORT


def _names_twice(cluster: Cluster, usual_port: int) -> Iterator[Problem]:
    """Names that two trunks would accept on one port: Unified CM could not tell whose call it is."""
    accepted: dict[tuple[str, int], dict[str, str]] = defaultdict(dict)
    for peer in cluster.peers:
        port = peer.settings.incoming_port or usual_port
        per_node = peer.settings.layout == "trunk_per_node"
        for node in peer.nodes:
            trunk = f"{peer.cluster}, node {node.name}" if per_node else peer.security_profile or peer.cluster
            for name in node.names:
                accepted[name.lower(), port].setdefault(trunk, peer.where)
    for (name, port), trunks in accepted.items():
        if len(trunks) > 1:
            yield Problem(
                "name_twice",
                cluster.name,
                "cucm_peers",
                f"{' and '.join(texts.shown(trunk) for trunk in trunks)} have the name {texts.shown(name)} on the same"
                f" incoming port, {port}",
                "A name stands on one trunk of a port: give one of the peers an incoming_port of its own, to which it"
                " sends its calls, or certificates with other names",
            )


def _where(peer: Peer) -> str:
    return texts.shown(peer.where)


def _problems_of_peer(
    site: Site, cluster: Cluster, peer: Peer, hosts: Hosts, groups: Groups
) -> Iterator[Problem]:
    if peer.kind.is_external and peer.cluster in (*site.clusters, *groups):
        yield Problem(
            "peer_is_a_group",
            cluster.name,
            _where(peer),
            f"{texts.shown(peer.cluster)} is the name of a group of the inventory, too",
            f"Give the {peer.kind.title} another name, or write cluster: {texts.shown(peer.cluster)} for the cluster",
        )
        return
    if peer.cluster == cluster.name:
        yield Problem(
            "own_peer",
            cluster.name,
            _where(peer),
            "a cluster cannot be its own peer",
            "Write the name of the other cluster",
        )
        return
    if not peer.nodes:
        near = nearest(peer.cluster, site.clusters)
        meant = f"Did you mean {near}? " if near else ""
        yield Problem(
            "unknown_peer",
            cluster.name,
            _where(peer),
            "the inventory has no cluster of this name, and the peer lists no nodes",
            f"{meant}For a cluster that is not in the inventory, list its nodes:"
            " nodes: [{name: NAME, address: ADDRESS}]",
        )
        return
    for node in peer.nodes:
        yield from _problems_of_node(cluster, peer, node, hosts, groups)
    other = site.clusters.get(peer.cluster)
    listed_back = other is not None and any(back.cluster == cluster.name for back in other.peers)
    if other is not None and not listed_back and not peer.one_way:
        yield Problem(
            "one_sided",
            cluster.name,
            _where(peer),
            f"{texts.shown(peer.cluster)} does not list {cluster.name} among its own peers, so it would refuse the"
            " calls",
            f"Add {{cluster: {cluster.name}}} to its cucm_peers, or write one_way: true here if that is meant",
        )


def _problems_of_node(
    cluster: Cluster, peer: Peer, node: Node, hosts: Hosts, groups: Groups
) -> Iterator[Problem]:
    where = f"{_where(peer)}, node {texts.shown(node.name)}"
    its_cluster = hosts.get(node.name, {}).get("cucm_cluster")
    # A host in the groups of two clusters is told as that.
    is_doubled = peer.in_inventory and node.name in groups.get(str(its_cluster), ())
    if its_cluster and its_cluster != peer.cluster and not is_doubled:
        yield Problem(
            "node_of_other_cluster",
            cluster.name,
            where,
            f"the host is a node of {texts.shown(str(its_cluster))}",
            f"Correct the name of the peer to {texts.shown(str(its_cluster))}, or list the nodes of"
            f" {texts.shown(peer.cluster)}",
        )
    if not node.address and not node.address_ipv6:
        yield Problem(
            "no_address",
            cluster.name,
            where,
            "there is no address",
            "Give address (a name or an IPv4 address) or address_ipv6",
        )
    faults = (
        ("address", node.address, texts.fault_of_address),
        ("address_ipv6", node.address_ipv6, texts.fault_of_address_ipv6),
    )
    for option, address, fault in faults:
        why = fault(address) if address else None
        if why is not None:
            source = "" if not peer.in_inventory else " (of the host's variables)"
            yield Problem(
                "wrong_address",
                cluster.name,
                where,
                f"{option} '{texts.shown(address)}'{source} {why}",
                "Correct it",
            )


def _problems_of_patterns(cluster: Cluster, peer: Peer, *, dial_plan: bool) -> Iterator[Problem]:
    for each in peer.patterns:
        why = texts.fault_of_pattern(each.pattern)
        if why is not None:
            yield Problem(
                "wrong_pattern",
                cluster.name,
                _where(peer),
                f"the route pattern '{texts.shown(each.pattern)}' {why}",
                "Correct it",
            )
        elif "@" in each.pattern and not dial_plan:
            yield Problem(
                "wrong_pattern",
                cluster.name,
                _where(peer),
                f"the route pattern '{each.pattern}' has @, which stands for the numbers of a dial plan, and no"
                " dial plan is given",
                "Write it without @, or give dial_plan in cucm_sip_tls_trunk_pattern_options",
            )
        why = texts.unsendable(each.partition) or texts.fault_of_name(each.partition)
        if why is not None:
            yield Problem(
                "wrong_pattern",
                cluster.name,
                _where(peer),
                f"the partition '{texts.shown(each.partition)}' of the route pattern '{each.pattern}' {why}",
                "Correct it",
            )


def _twice(cluster: Cluster) -> Iterator[Problem]:
    leads: dict[tuple[str, str], list[str]] = defaultdict(list)
    trunks: dict[str, list[str]] = defaultdict(list)
    for peer in cluster.peers:
        trunks[peer.trunk.lower()].append(peer.cluster)
        for each in peer.patterns:
            leads[each.pattern, each.partition].append(peer.cluster)
    for (pattern, partition), clusters in leads.items():
        if len(clusters) > 1:
            there = f" of the partition {texts.shown(partition)}" if partition else ""
            yield Problem(
                "pattern_twice",
                cluster.name,
                "cucm_peers",
                f"the route pattern {texts.shown(pattern)}{there} is to lead to {' and to '.join(clusters)}",
                "A pattern leads to one trunk: remove it from one of them",
            )
    for address, clusters in _at_one_address(cluster):
        if len(set(clusters)) > 1:
            yield Problem(
                "peer_twice",
                cluster.name,
                "cucm_peers",
                f"{' and '.join(clusters)} have a node at the same address, {texts.shown(address)}",
                "List each cluster once, by one name",
            )
    for trunk, clusters in trunks.items():
        if len(clusters) > 1:
            yield Problem(
                "trunk_twice",
                cluster.name,
                "cucm_peers",
                f"the trunk {texts.shown(trunk)} is to lead to {' and to '.join(clusters)}",
                "List each peer once, with all its patterns, or give the trunks names of their own",
            )


def _at_one_address(cluster: Cluster) -> Iterator[tuple[str, list[str]]]:
    """Each address to which trunks lead, with the peers that have it."""
    at: dict[tuple[str, int], list[str]] = defaultdict(list)
    for peer in cluster.peers:
        for address in {(node.address or node.address_ipv6, node.port) for node in peer.nodes}:
            at[address].append(peer.cluster)
    return ((address, clusters) for (address, _port), clusters in at.items() if address)
