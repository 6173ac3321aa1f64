# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions at both ends of the links of a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.entries import fault_of_entry
from ansible_collections.ucops.cucm.plugins.module_utils._site.peers import kind_of, peer_of

DOCUMENTATION = r"""
name: end_versions
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: The versions at both ends of the links of a cluster
description:
  - Takes C(cucm_peers) and gives the full version of the cluster itself and of each peer, as the role
    P(ucops.cucm.cucm_preflight#role) has read them in this run. A peer that was not read has an empty one.
  - A peer of another kind than a cluster has its kind, release and name. It is left out where it ignores client authentication.
positional: _input
options:
  _input:
    description: The peers, that is C(cucm_peers).
    type: list
    elements: dict
    required: true
  cluster:
    description: The name of the cluster itself.
    type: str
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
"""

EXAMPLES = r"""
- name: Show the versions at both ends of the links
  ansible.builtin.debug:
    msg: "{{ cucm_peers | ucops.cucm.end_versions(cluster=cucm_cluster, hostvars=hostvars, hosts=ansible_play_hosts_all) }}"
"""

RETURN = r"""
_value:
  description: The versions, that of the cluster itself first. An empty one is not known.
  type: list
  elements: str
"""


def end_versions(
    peers: Iterable[Any], cluster: str, hostvars: Mapping[str, Mapping[str, Any]], hosts: Sequence[str]
) -> list[str]:
    """See DOCUMENTATION."""
    read: dict[str, str] = {}
    for host in hosts:
        variables = hostvars[host]
        version = (variables.get("cucm_preflight_cluster_info") or {}).get("version")
        if version:
            read.setdefault(str(variables.get("cucm_cluster")), str(version))
    entries = [peer if isinstance(peer, Mapping) else {} for peer in peers]
    ends = (str(peer.get("cluster")) for peer in entries if not kind_of(peer).is_external)
    return [
        *(read.get(name, "") for name in dict.fromkeys((cluster, *ends))),
        *(end for peer in entries if kind_of(peer).is_external for end in _end_of(peer)),
    ]


def _end_of(entry: Mapping[str, Any]) -> list[str]:
    """The end at a peer that is no cluster: none where it is said that it does without client authentication."""
    if fault_of_entry(entry) is not None:
        return [""]
    peer = peer_of(entry, {}, {})
    if peer.settings.client_auth == "ignored":
        return []
    return [f"{peer.kind.title} {peer.release} ({peer.cluster})"]


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"end_versions": end_versions}
