# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The names a trunk must accept from a peer cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: peer_subject_names
author: ucops.cucm contributors (@ucops)
version_added: 0.1.0
short_description: The X.509 subject names that a trunk must accept from a peer cluster
description:
  - Takes one item of C(cucm_peers) and gives the common names of the certificates of all its nodes, for the field
    B(X.509 Subject Name) of the SIP trunk security profile.
  - For a node that is in the same run, the name is that of the certificate seen or installed in this run (the facts
    C(cucm_certificate_installed) and C(cucm_preflight_identity) of the roles). For any other node it is C(subject_name) of the inventory.
  - A node for which both are known and differ is an error, and so is a node for which neither is.
positional: _input
options:
  _input:
    description: One peer, a dictionary with the keys C(cluster) and C(nodes).
    type: dict
    required: true
  hostvars:
    description: The variables of all hosts, that is C(hostvars).
    type: dict
    required: true
  hosts:
    description: The hosts of the run that have not failed, that is C(ansible_play_hosts).
    type: list
    elements: str
    required: true
"""

EXAMPLES = r"""
- name: Show which names the profile for the first peer will accept
  ansible.builtin.debug:
    msg: "{{ cucm_peers[0] | ucops.cucm.peer_subject_names(hostvars=hostvars, hosts=ansible_play_hosts) }}"
"""

RETURN = r"""
_value:
  description: The names, in the order of the peer's nodes, each once.
  type: list
  elements: str
"""


def _installed_name(
    node: str, hostvars: Mapping[str, Any], hosts: Sequence[str]
) -> tuple[str | None, set[str]]:
    """Common name and all names of the certificate that this run knows of the node."""
    if node not in hosts:
        return None, set()
    facts = hostvars[node]
    identity = facts.get("cucm_certificate_installed") or facts.get("cucm_preflight_identity")
    if not identity:
        return None, set()
    name = identity["subject"].get("CN")
    others = {entry.split(":", 1)[1] for entry in identity["subject_alt_names"]}
    return name, {entry.lower() for entry in others | {name or ""} if entry}


def peer_subject_names(
    peer: Mapping[str, Any], hostvars: Mapping[str, Any], hosts: Sequence[str]
) -> list[str]:
    """See DOCUMENTATION; raises AnsibleFilterError naming the cluster, the node and the remedy."""
    cluster = peer["cluster"]
    names: list[str] = []
    for node in peer["nodes"]:
        wanted = node.get("subject_name")
        installed, accepted = _installed_name(node["name"], hostvars, hosts)
        if wanted and installed and wanted.lower() not in accepted:
            raise AnsibleFilterError(
                f"cucm_peers, cluster {cluster}, node {node['name']}: the inventory says subject_name={wanted},"
                f" but the certificate on that node is made out to {', '.join(sorted(accepted))}."
                " Correct subject_name, or leave it out so that the certificate decides."
            )
        name = wanted or installed
        if not name:
            raise AnsibleFilterError(
                f"cucm_peers, cluster {cluster}, node {node['name']}: the name in its certificate is not known,"
                " since the node is not in this run or has failed in it."
                " Give subject_name for this node in the inventory, or run with that node in the same play."
            )
        if name not in names:
            names.append(name)
    return names


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"peer_subject_names": peer_subject_names}
