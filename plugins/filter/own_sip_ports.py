# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ports of a cluster that peers call which are no clusters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.peers import node_of_host

DOCUMENTATION = r"""
name: own_sip_ports
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: The ports of a cluster that peers call which are no clusters
description:
  - Takes the nodes of a cluster and gives their SIP ports for the peers in C(cucm_peers) that are of another kind than a cluster,
    each once; C(incoming_port) of the peer, or C(cucm_sip_port) of the node. No other cluster of a run need look at these ports.
options:
  _input:
    description: The nodes of the cluster, that is its inventory group.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variables of all hosts, that is C(hostvars).
    type: dict
    required: true
  plan:
    description: What P(ucops.cucm.trunk_plan#filter) gives for the cluster.
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the ports that other peers call
  ansible.builtin.debug:
    msg: "{{ groups[cucm_cluster] | ucops.cucm.own_sip_ports(hostvars=hostvars, plan=plan) }}"
"""

RETURN = r"""
_value:
  description: Pairs of a dictionary with C(trunk), which is empty, and C(node), and one with C(address) and C(port).
  type: list
  elements: list
"""


def own_sip_ports(
    hosts: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]], plan: Iterable[Mapping[str, Any]]
) -> list[list[dict[str, Any]]]:
    """See DOCUMENTATION."""
    peers = [entry for entry in plan if entry.get("peer")]
    found: list[list[dict[str, Any]]] = []
    for host in hosts if peers else ():
        node = node_of_host(host, hostvars[host])
        address = node.address or node.address_ipv6
        ports = dict.fromkeys(entry["profile_options"].get("incoming_port") or node.port for entry in peers)
        found += [[{"trunk": "", "node": host}, {"address": address, "port": port}] for port in ports]
    return found


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"own_sip_ports": own_sip_ports}
