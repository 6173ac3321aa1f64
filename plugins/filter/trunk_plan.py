# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute trunk, profile and pattern settings from cucm_peers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.host_names import without_root
from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import (
    profile_options,
    sip_profile_options,
    trunk_options,
)
from ansible_collections.ucops.cucm.plugins.module_utils._facts.sip_tls import newest_version
from ansible_collections.ucops.cucm.plugins.module_utils._site.certificate_plan import planned_of
from ansible_collections.ucops.cucm.plugins.module_utils._site.entries import fault_of_entry
from ansible_collections.ucops.cucm.plugins.module_utils._site.links import incoming_port
from ansible_collections.ucops.cucm.plugins.module_utils._site.model import Node, Peer
from ansible_collections.ucops.cucm.plugins.module_utils._site.peer_links import (
    described,
    refuse_names_twice,
    trunks_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._site.peer_names import names_of, read_by_place
from ansible_collections.ucops.cucm.plugins.module_utils._site.peer_rules import findings_of, own_side
from ansible_collections.ucops.cucm.plugins.module_utils._site.peers import (
    SIP_PORT,
    kind_of,
    name_of,
    peer_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._site.waves import wave_of

DOCUMENTATION = r"""
name: trunk_plan
author: ucops.cucm contributors (@ucops)
version_added: 0.1.0
short_description: Compute trunk, profile and pattern settings from cucm_peers
description:
  - Takes C(cucm_peers) and gives for each peer the settings of its security profile, its trunk and its route patterns.
  - The subject names are the common names of the certificates of the peer's nodes. For a node that is in the same run
    that is the certificate seen or installed in this run (the facts C(cucm_certificate_states) and
    C(cucm_preflight_state) of the roles), and both names where a node has a certificate for CallManager and one for
    CallManager-ECDSA. The one for CallManager-ECDSA that a node has from its installation counts where the releases of both
    clusters (15SU2 and later, by O(own_hosts)) speak TLS 1.3, in which a node may show it. For any other node it is
    C(subject_name) of the inventory. When both are known they must agree, by common name or by subject alternative name.
  - What is wrong with a peer is said in its C(problem), so that the other peers can be served.
  - The nodes of a peer are those that it lists in C(nodes), or the hosts of the inventory group of its name with their
    C(cucm_sip_address) (or C(ansible_host)) and C(cucm_sip_port).
  - What can be found without certificates is found by M(ucops.cucm.inventory_check) before.
  - A peer of another kind than a cluster has the names that its nodes list in C(server_names) and C(client_names), or that
    M(ucops.cucm.sip_peer_names) has read from their ports in this run (the fact C(cucm_preflight_peer_names)), or its addresses.
    What refuses the trunk by what the run has read of the cluster is its C(problem) too.
  - A peer with the layout C(trunk_per_node) has an entry for each node. The last one has the patterns, which lead to a route list.
  - A node that waits for its first certificate (the fact C(cucm_certificate_states) of the role) is named in
    C(waits_for), on both sides, so that its trunks can be left as they are until the certificate is there.
positional: _input
options:
  _input:
    description: The peers, as the role P(ucops.cucm.cucm_sip_tls_trunk#role) describes them.
    type: list
    elements: dict
    required: true
  hostvars:
    description: The variables of all hosts, that is C(hostvars).
    type: dict
    required: true
  hosts:
    description: The hosts of the run, that is C(ansible_play_hosts_all).
    type: list
    elements: str
    required: true
  groups:
    description: The variable C(groups), in which the nodes of peers are looked up.
    type: dict
    default: {}
    version_added: 0.2.0
  own_hosts:
    description: The nodes of the cluster itself, that is its inventory group.
    type: list
    elements: str
    default: []
    version_added: 0.2.0
  profile_name_prefix:
    description: Start of the name of a security profile; the name of the peer cluster follows.
    type: str
    default: 'Secure SIP Trunk Profile TLS '
  pattern_options:
    description:
      - The options that all patterns share, as the role's C(cucm_sip_tls_trunk_pattern_options). Its C(partition) holds for
        patterns that name none.
    type: dict
    default: {}
    version_added: 0.2.0
"""

EXAMPLES = r"""
- name: Show what the peers mean for the trunks
  ansible.builtin.debug:
    msg: "{{ cucm_peers | ucops.cucm.trunk_plan(hostvars=hostvars, hosts=ansible_play_hosts_all, groups=groups) }}"
"""

RETURN = r"""
_value:
  description: One dictionary for each trunk, that is for each peer, or each node of a peer.
  type: list
  elements: dict
  contains:
    cluster:
      description: The name of the peer.
      type: str
    kind:
      description: The kind of the peer.
      type: str
    trunk:
      description: The name of the trunk.
      type: str
    security_profile:
      description: The name of the security profile.
      type: str
    subject_names:
      description: The names to accept, in the order of the nodes, each once.
      type: list
      elements: str
    destinations:
      description: The option C(destinations) of M(ucops.cucm.cucm_sip_trunk).
      type: list
      elements: dict
    nodes:
      description: The nodes of the peer; C(name), C(address), C(address_ipv6) and C(port) of each.
      type: list
      elements: dict
    patterns:
      description: Dictionaries with C(pattern) and C(partition), which is empty for none.
      type: list
      elements: dict
    options:
      description: The options of M(ucops.cucm.cucm_sip_trunk) that the peer has.
      type: dict
    profile_options:
      description: The options of M(ucops.cucm.cucm_sip_trunk_security_profile) that the peer has.
      type: dict
    sip_profile_options:
      description: The options of M(ucops.cucm.cucm_sip_profile) that the peer has. With any, the trunk has a SIP profile of its own.
      type: dict
    options_ping:
      description: Whether the trunk watches the peer with OPTIONS; empty where the peer does not say.
      type: bool
    route_list:
      description: C(name), C(call_manager_group) and C(trunks) of the route list for the patterns; empty where they lead to the trunk.
      type: dict
    peer:
      description: What is known of a peer that is no cluster, for M(ucops.cucm.sip_trunk_verdict); empty for a cluster.
      type: dict
    notes:
      description: Where names come from that the inventory does not give.
      type: list
      elements: str
    warnings:
      description: What is wrong and does not refuse the trunk.
      type: list
      elements: str
    link:
      description: Of these keys, those that are suboptions of O(ucops.cucm.cucm_sip_tls_trunks#module:links).
      type: dict
    waits_for:
      description: Nodes of either cluster that have no certificate for the trunk yet, since their CA has not decided.
      type: list
      elements: str
    waits_for_wave:
      description: The wave of the peer, where that is not in the run and the names in its certificates are not known.
      type: str
    problem:
      description: What is wrong, and what to do about it. Empty when nothing is.
      type: str
    inventory_error:
      description: Whether the problem is one of the inventory, and not that a node of the peer has failed.
      type: bool
"""

#: The suboptions of the option `links` of M(ucops.cucm.cucm_sip_tls_trunks).
_LINK_OPTIONS = (
    *("cluster", "trunk", "security_profile", "subject_names", "destinations", "patterns", "options"),
    *("profile_options", "sip_profile_options", "options_ping", "route_list"),
)
_TRUNK_OPTIONS = ("device_pool", "location", "sip_profile", "srtp_allowed")
_NAMED = "cucm_peers, cluster {cluster}, node {node}: "


class _Problem(Exception):
    """What is wrong with a peer."""

    def __init__(self, text: str, inventory_error: bool = True) -> None:
        super().__init__(text)
        self.inventory_error = inventory_error


class _OtherWave(Exception):
    """The peer is of a wave that is not in this run."""


def _names_of(certificate: Mapping[str, Any]) -> set[str]:
    """The names of a certificate as they compare: in lower case, without the dot of the root."""
    return {without_root(name).lower() for name in _spelled(certificate)}


def _spelled(certificate: Mapping[str, Any]) -> list[str]:
    """The names of a certificate as they stand there, the common name first."""
    names = [entry.split(":", 1)[1] for entry in certificate["subject_alt_names"]]
    return [name for name in (certificate["subject"].get("CN"), *names) if name]


#: The services whose certificates a node may show on its SIP ports; which one decides the cipher.
_SIP_SERVICES = ("CallManager", "CallManager-ECDSA")


def _certificates(facts: Mapping[str, Any], *, with_ec: bool) -> list[Mapping[str, Any]]:
    """The certificates that a node shows on its SIP ports, as far as this run has seen or installed them.

    One for CallManager-ECDSA that this run did not install counts only with `with_ec`.
    """
    states = facts.get("cucm_certificate_states") or {}
    installed = {
        name: states[name]["installed"] for name in _SIP_SERVICES if states.get(name, {}).get("installed")
    }
    read = facts.get("cucm_preflight_state") or {}
    for seen in (read.get("identity"), *((read.get("identities") or ()) if with_ec else ())):
        if seen:
            installed.setdefault(seen.get("service") or _SIP_SERVICES[0], seen)
    return [installed[name] for name in _SIP_SERVICES if name in installed]


@dataclass(frozen=True)
class _Run:
    """The variables of all hosts, the hosts of the run, and those of the cluster whose peers are meant."""

    hostvars: Mapping[str, Any]
    hosts: Sequence[str]
    groups: Mapping[str, Sequence[str]]
    own_hosts: Sequence[str]


def _newest_tls(hosts: Iterable[str], run: _Run) -> str | None:
    """The newest TLS version of a cluster's SIP, by what this run has read of its nodes."""
    read = (run.hostvars[host].get("cucm_preflight_state") or {} for host in hosts if host in run.hosts)
    return next((newest for each in read if (newest := newest_version(each.get("version")))), None)


def _subject_names(cluster: str, node: Node, run: _Run, *, with_ec: bool) -> list[str]:
    """The names to accept for a node; raises _Problem."""
    place = _NAMED.format(cluster=cluster, node=node.name)
    if node.server_names or node.client_names:
        return list(node.names)
    wanted = node.subject_name
    facts = run.hostvars[node.name] if node.name in run.hosts else {}
    certificates = _certificates(facts, with_ec=with_ec)
    names = set().union(*map(_names_of, certificates))
    dotted: list[str] = []
    if wanted:
        compared = without_root(str(wanted)).lower()
        if certificates and compared not in names:
            raise _Problem(
                f"{place}the inventory says that it is {wanted}, but the certificate on that node is made out to"
                f" {', '.join(sorted(names))}. Correct cucm_subject_name (or subject_name of the peer's node), or leave"
                " it out so that the certificate decides."
            )
        # What the other certificate of the node is made out to is accepted too.
        matching = [each for each in certificates if compared in _names_of(each)]
        certificates = [each for each in certificates if each not in matching]
        # A name that differs in the dot of the root is accepted in both spellings: which one a node compares with
        # is not documented.
        spelled = [
            name for each in matching for name in _spelled(each) if without_root(name).lower() == compared
        ]
        if spelled and not any(name.endswith(".") == str(wanted).endswith(".") for name in spelled):
            dotted = spelled[:1]
    common = [str(each["subject"]["CN"]) for each in certificates if each["subject"].get("CN")]
    if wanted or common:
        return [str(wanted), *dotted, *common] if wanted else common
    if node.name in run.hosts:
        raise _Problem(
            f"{place}its certificate could not be read in this run, so the name to accept is not known. Fix that"
            " node and run again, or give cucm_subject_name for it in the inventory.",
            inventory_error=False,
        )
    theirs = wave_of(run.hostvars[node.name]) if node.name in run.hostvars else ""
    ours = {wave_of(run.hostvars[host]) for host in run.own_hosts}
    if theirs and theirs not in ours:
        raise _OtherWave(theirs)
    raise _Problem(
        f"{place}the node is not in this run, so the name in its certificate is not known. Give cucm_subject_name"
        " for it in the inventory, or run with that node in the same play."
    )


def _waits(node: str, run: _Run) -> bool:
    """Whether a node of this run waits for its CA and has no certificate that does meanwhile."""
    facts = run.hostvars[node] if node in run.hosts else {}
    states = facts.get("cucm_certificate_states") or {}
    planned = planned_of(facts) or {}
    if planned.get("service") in _SIP_SERVICES and planned["service"] not in states:
        # As the plan of the run has seen it.
        states = {**states, planned["service"]: {"pending": planned.get("is_pending"), **planned}}
    return any(
        states[name]["pending"] and not states[name].get("is_usable")
        for name in _SIP_SERVICES
        if name in states
    )


def _destination(cluster: str, node: Node, order: int) -> dict[str, Any]:
    named = {"address": node.address, "address_ipv6": node.address_ipv6}
    addresses = {key: value for key, value in named.items() if value}
    if not addresses:
        raise _Problem(
            _NAMED.format(cluster=cluster, node=node.name)
            + "there is no address. Give address (a name or an IPv4 address) or address_ipv6."
        )
    return {**addresses, "port": node.port, "sort_order": order}


def _node(node: Node) -> dict[str, Any]:
    return {
        "name": node.name,
        "address": node.address,
        "address_ipv6": node.address_ipv6,
        "port": node.port,
    }


def _seen(peer: Mapping[str, Any], name: str, run: _Run, partition: str) -> Peer:
    """The peer that an entry means; raises _Problem."""
    fault = fault_of_entry(peer)
    if fault is not None:
        word = "peer" if isinstance(peer, Mapping) and kind_of(peer).is_external else "cluster"
        raise _Problem(f"cucm_peers, {word} {name}: {fault[0]}. {fault[1]}.")
    seen = peer_of(peer, run.hostvars, run.groups, partition)
    if not seen.nodes or not all(node.name for node in seen.nodes):
        raise _Problem(
            f"cucm_peers, cluster {name}: the inventory has no group of this name, and the peer lists no"
            " nodes, each with its name. Correct the name, or list them in nodes."
        )
    return seen


def _fill(entry: dict[str, Any], seen: Peer, nodes: Sequence[Node], run: _Run) -> None:
    """Fill in one trunk, to these nodes of the peer; raises _Problem."""
    entry["nodes"] = [_node(node) for node in nodes]
    entry["destinations"] = [
        _destination(seen.cluster, node, order) for order, node in enumerate(nodes, start=1)
    ]
    if seen.kind.is_external:
        entry["subject_names"] = _external_names(entry, seen, nodes, run)
        entry["waits_for"] = [name for name in run.own_hosts if _waits(name, run)]
        return
    # Only a link over TLS 1.3 can show the EC certificate: see `_facts.sip_tls`.
    ends = (run.own_hosts, [node.name for node in nodes])
    with_ec = all(_newest_tls(hosts, run) == "1.3" for hosts in ends)
    names = [_subject_names(seen.cluster, node, run, with_ec=with_ec) for node in nodes]
    entry["subject_names"] = list(dict.fromkeys(name for each in names for name in each))
    both = (*run.own_hosts, *(node.name for node in nodes))
    entry["waits_for"] = [name for name in both if _waits(name, run)]


def _external_names(entry: dict[str, Any], seen: Peer, nodes: Sequence[Node], run: _Run) -> list[str]:
    read = read_by_place(run.hosts, run.hostvars)
    accepted: list[str] = []
    for node in nodes:
        names = names_of(seen, node, read)
        entry["notes"] += names.notes
        entry["warnings"] += names.warnings
        if names.unknown:
            raise _Problem(names.unknown, inventory_error=names.is_missing)
        accepted += names.accepted
    return list(dict.fromkeys(accepted))


def _refuse(seen: Peer, run: _Run) -> None:
    """Raise _Problem for what refuses an external peer by what this run has read of the cluster."""
    own_hosts = [host for host in run.own_hosts if host in run.hosts]
    if seen.kind.is_external and own_hosts:
        found = findings_of(seen, own_side("", own_hosts, run.hostvars))
        refused = [one.text for one in found if one.refuses]
        if refused:
            raise _Problem(" ".join(dict.fromkeys(refused)), inventory_error=False)


def _entry(peer: Mapping[str, Any], name: str, prefix: str) -> dict[str, Any]:
    return {
        "cluster": name,
        "kind": kind_of(peer).name,
        "trunk": peer.get("trunk") or name,
        "security_profile": peer.get("security_profile") or prefix + name,
        "subject_names": [],
        "nodes": [],
        "destinations": [],
        "patterns": [],
        "options": {option: peer[option] for option in _TRUNK_OPTIONS if option in peer},
        "profile_options": {},
        "sip_profile_options": {},
        "options_ping": None,
        "route_list": None,
        "peer": {},
        "notes": [],
        "warnings": [],
        "waits_for": [],
        "waits_for_wave": "",
        "problem": "",
        "inventory_error": False,
    }


def _settle(entry: dict[str, Any], seen: Peer) -> None:
    """What the settings of the peer mean for its trunk."""
    settings = seen.settings
    entry["options"] = {**trunk_options(settings), **entry["options"]}
    entry["profile_options"] = profile_options(settings)
    entry["sip_profile_options"] = sip_profile_options(settings)
    entry["options_ping"] = settings.options_ping
    entry["patterns"] = [{"pattern": each.pattern, "partition": each.partition} for each in seen.patterns]
    if seen.kind.is_external:
        entry["peer"] = described(seen)


def _entries(peer: Mapping[str, Any], prefix: str, partition: str, run: _Run) -> list[dict[str, Any]]:
    """One entry, or one for each node; a problem of one is one of all of them."""
    name = name_of(peer) or "(a peer without the key cluster)"
    whole = _entry(peer, name, prefix)
    entries = [whole]
    try:
        seen = _seen(peer, name, run, partition)
        _settle(whole, seen)
        parts = trunks_of(whole, seen)
        entries = [entry for entry, _nodes in parts]
        for entry, nodes in parts:
            _fill(entry, seen, nodes, run)
        _refuse(seen, run)
    except _OtherWave as wave:
        for entry in entries:
            entry["waits_for"] = [f"wave {wave}"]
            entry["waits_for_wave"] = str(wave)
    except _Problem as problem:
        for entry in entries:
            entry["problem"] = str(problem)
            entry["inventory_error"] = problem.inventory_error
    return entries


def trunk_plan(
    peers: Iterable[Mapping[str, Any]],
    hostvars: Mapping[str, Any],
    hosts: Sequence[str],
    profile_name_prefix: str = "Secure SIP Trunk Profile TLS ",
    own_hosts: Sequence[str] = (),
    pattern_options: Mapping[str, Any] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
) -> list[dict[str, Any]]:
    """See DOCUMENTATION."""
    run = _Run(hostvars, hosts, groups or {}, own_hosts)
    partition = str((pattern_options or {}).get("partition") or "")
    plan = [entry for peer in peers for entry in _entries(peer, profile_name_prefix, partition, run)]
    usual_port = (
        int(incoming_port(hostvars[own_hosts[0]])) if own_hosts and own_hosts[0] in hostvars else SIP_PORT
    )
    refuse_names_twice(plan, usual_port)
    for entry in plan:
        entry["link"] = {name: entry[name] for name in _LINK_OPTIONS}
    return plan


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"trunk_plan": trunk_plan}
