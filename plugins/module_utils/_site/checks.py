# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of an inventory that need nothing but the inventory."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts import texts
from ansible_collections.ucops.cucm.plugins.module_utils._facts.nearest import nearest
from ansible_collections.ucops.cucm.plugins.module_utils._site.entries import fault_of_entry
from ansible_collections.ucops.cucm.plugins.module_utils._site.model import Cluster, Site
from ansible_collections.ucops.cucm.plugins.module_utils._site.peers import Groups, Hosts, peer_of
from ansible_collections.ucops.cucm.plugins.module_utils._site.problems import Problem
from ansible_collections.ucops.cucm.plugins.module_utils._site.value_types import (
    HIGHEST_PORT,
    TypeChecks,
)
from ansible_collections.ucops.cucm.plugins.module_utils._site.variables import (
    BY_NAME,
    SHARED,
)

#: Variables that say where a node is; each has to be that of one node.
_PORTS = ("cucm_port", "cucm_ssh_port", "cucm_sip_port")


def unknown_variables(
    names: Iterable[str], known: Collection[str], own: Collection[str], place: str
) -> Iterator[Problem]:
    """Variables that begin with cucm_ and that nothing here reads."""
    for name in names:
        if name in known or name in own:
            continue
        near = nearest(name, known)
        meant = f"Did you mean {near}? If not, give" if near else "Give"
        yield Problem(
            "unknown_variable",
            place,
            name,
            "no role and no playbook of ucops.cucm reads this variable",
            f"{meant} your own variable a name that does not begin with cucm_, or list it in cucm_own_variables",
        )


def problems_of_values(
    hosts: Hosts, chosen: Iterable[str], specifications: Mapping[str, Mapping[str, Any]]
) -> Iterator[Problem]:
    """Values of the wrong type, and ports that are none."""
    types = TypeChecks({name: spec for name, spec in specifications.items() if name != "cucm_peers"})
    for host in chosen:
        for name, value in hosts[host].items():
            if value is None or name not in specifications or name == "cucm_peers":
                continue
            why = types.fault(name, value)
            if why is not None:
                yield Problem("wrong_value", host, name, why, _type_remedy(name, specifications[name]))
            elif name in _PORTS and not 0 < int(value) <= HIGHEST_PORT:
                yield Problem(
                    "port_out_of_range",
                    host,
                    name,
                    f"{value} is no TCP port",
                    f"Write a number from 1 to {HIGHEST_PORT}",
                )


def _type_remedy(name: str, specification: Mapping[str, Any]) -> str:
    described = BY_NAME[name].description if name in BY_NAME else ""
    wanted = f"Write a value of the type {specification.get('type', 'str')}"
    return f"{wanted}: {described.rstrip('.')}" if described else wanted


def problems_of_requirements(hosts: Hosts, chosen: Iterable[str], *, accounts: bool) -> Iterator[Problem]:
    """Variables without which a node cannot be used. Accounts count only where the run logs on."""
    for host in chosen:
        for variable in SHARED:
            is_account = variable.option in ("username", "password")
            if not variable.required or (is_account and not accounts) or hosts[host].get(variable.name):
                continue
            source = (
                "in an encrypted file of group_vars, or as a credential of AWX"
                if variable.secret
                else "for the group of the cluster"
            )
            yield Problem(
                "missing_variable",
                host,
                variable.name,
                "is not set",
                f"Set it {source}: {variable.description.rstrip('.')}",
            )


def read_site(hosts: Hosts, groups: Groups, partition: str = "") -> Site:
    """The model of whatever of the inventory can be read; what cannot is told by the checks."""
    members: dict[str, list[str]] = defaultdict(list)
    for host, variables in hosts.items():
        if isinstance(variables.get("cucm_cluster"), str) and variables["cucm_cluster"]:
            members[variables["cucm_cluster"]].append(host)
    clusters = {}
    for name, nodes in members.items():
        ordered = [host for host in groups.get(name, ()) if host in nodes]
        ordered += [host for host in nodes if host not in ordered]
        first = hosts[ordered[0]]
        entries = first.get("cucm_peers") or ()
        peers = (
            peer_of(entry, hosts, groups, partition)
            for entry in (entries if isinstance(entries, (list, tuple)) else ())
            if fault_of_entry(entry) is None
        )
        clusters[name] = Cluster(name, str(first.get("cucm_publisher") or ""), tuple(ordered), tuple(peers))
    return Site(clusters)


def problems_of_structure(site: Site, hosts: Hosts, groups: Groups) -> Iterator[Problem]:
    """Clusters, their groups, their publishers and their nodes."""
    for cluster in site.clusters.values():
        yield from _problems_of_cluster(cluster, site, hosts, groups)
    yield from _hosts_in_two_clusters(site, groups)
    yield from _shared_addresses(site, hosts)


def _problems_of_cluster(cluster: Cluster, site: Site, hosts: Hosts, groups: Groups) -> Iterator[Problem]:
    if cluster.name not in groups:
        near = nearest(cluster.name, groups)
        yield Problem(
            "no_group",
            cluster.name,
            "cucm_cluster",
            f"the inventory has no group {texts.shown(cluster.name)}",
            f"Put the cluster's nodes into a group of this name{f', or correct the name to {near}' if near else ''}",
        )
    else:
        for host in cluster.nodes:
            if host not in groups[cluster.name]:
                yield Problem(
                    "not_in_group",
                    host,
                    "cucm_cluster",
                    f"the host is not in the group {cluster.name}",
                    "Put it there, or correct the variable",
                )
    for name in ("cucm_publisher", "cucm_peers"):
        values = {repr(hosts[host].get(name)) for host in cluster.nodes}
        if len(values) > 1:
            yield Problem(
                "differs_in_cluster",
                cluster.name,
                name,
                "the nodes of the cluster do not have the same value",
                "Set it once, for the group of the cluster",
            )
    yield from _problems_of_publisher(cluster, site, groups)
    for place, entry in enumerate(_entries(hosts[cluster.nodes[0]])):
        fault = fault_of_entry(entry)
        if fault is not None:
            called = entry.get("cluster") or entry.get("name") if isinstance(entry, Mapping) else None
            named = f" ({texts.shown(str(called))})" if called else ""
            yield Problem("wrong_peer", cluster.name, f"cucm_peers[{place}]{named}", *fault)
    if not isinstance(hosts[cluster.nodes[0]].get("cucm_peers") or [], (list, tuple)):
        yield Problem(
            "wrong_peer",
            cluster.name,
            "cucm_peers",
            "is no list",
            'Write a list: [{cluster: NAME, patterns: ["9898"]}]',
        )


def _entries(variables: Mapping[str, Any]) -> Sequence[Any]:
    entries = variables.get("cucm_peers") or ()
    return entries if isinstance(entries, (list, tuple)) else ()


def _problems_of_publisher(cluster: Cluster, site: Site, groups: Groups) -> Iterator[Problem]:
    publisher = cluster.publisher
    if not publisher or publisher in cluster.nodes:
        return
    others = [other.name for other in site.clusters.values() if publisher in other.nodes]
    if others:
        text = f"{publisher} is a node of {others[0]}"
    elif any(publisher in members for members in groups.values()):
        text = f"{publisher} is no node of the cluster"
    else:
        text = f"the inventory has no host {publisher}"
    near = nearest(publisher, cluster.nodes)
    yield Problem(
        "wrong_publisher",
        cluster.name,
        "cucm_publisher",
        text,
        f"Write the inventory name of the publisher{f', for example {near}' if near else ''}. A job slice has only some"
        " nodes of a cluster: run without slices, and choose clusters by the limit",
    )


def _hosts_in_two_clusters(site: Site, groups: Groups) -> Iterator[Problem]:
    found: dict[str, list[str]] = defaultdict(list)
    for name in site.clusters:
        for host in groups.get(name, ()):
            found[host].append(name)
    for host, names in found.items():
        if len(names) > 1:
            yield Problem(
                "in_two_clusters",
                host,
                "",
                f"the host is in the groups of {len(names)} clusters: {', '.join(sorted(names))}",
                "A node is of one cluster; take it out of the others",
            )


def _shared_addresses(site: Site, hosts: Hosts) -> Iterator[Problem]:
    at: dict[tuple[str, int], list[str]] = defaultdict(list)
    for cluster in site.clusters.values():
        for host in cluster.nodes:
            variables = hosts[host]
            port = variables.get("cucm_port")
            address = str(variables.get("ansible_host") or host).lower().removesuffix(".")
            at[address, port if isinstance(port, int) else BY_NAME["cucm_port"].default].append(host)
    for (address, _port), names in at.items():
        for host in names[1:]:
            yield Problem(
                "shared_address",
                host,
                "ansible_host",
                f"{names[0]} has the address {texts.shown(address)} too",
                "Give each node its own address; if both names mean one node, remove one",
            )
