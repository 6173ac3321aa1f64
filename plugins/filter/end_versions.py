# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions at both ends of the links of a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

DOCUMENTATION = r"""
name: end_versions
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: The versions at both ends of the links of a cluster
description:
  - Takes C(cucm_peers) and gives the full version of the cluster itself and of each peer, as the role
    P(ucops.cucm.cucm_preflight#role) has read them in this run. A peer that was not read has an empty one.
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
    ends = (str(peer.get("cluster")) if isinstance(peer, Mapping) else "" for peer in peers)
    return [read.get(name, "") for name in dict.fromkeys((cluster, *ends))]


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"end_versions": end_versions}
