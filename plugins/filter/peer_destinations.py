# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The destinations of the trunk to a peer cluster."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: peer_destinations
author: ucops.cucm contributors (@ucops)
version_added: 0.1.0
short_description: The destinations of the trunk to a peer cluster
description:
  - Takes one item of C(cucm_peers) and gives the option C(destinations) of M(ucops.cucm.cucm_sip_trunk),
    one for each of the peer's nodes, in their order.
positional: _input
options:
  _input:
    description:
      - One peer, a dictionary with the keys C(cluster) and C(nodes).
      - A node has C(address) or C(address_ipv6), and C(port) where that is not 5061.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show where the trunk to the first peer will lead
  ansible.builtin.debug:
    msg: "{{ cucm_peers[0] | ucops.cucm.peer_destinations }}"
"""

RETURN = r"""
_value:
  description: Dictionaries with C(address), C(address_ipv6) where given, C(port) and C(sort_order).
  type: list
  elements: dict
"""


def peer_destinations(peer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """See DOCUMENTATION; raises AnsibleFilterError naming the cluster, the node and the remedy."""
    destinations = []
    for order, node in enumerate(peer["nodes"], start=1):
        addresses = {key: node[key] for key in ("address", "address_ipv6") if node.get(key)}
        if not addresses:
            raise AnsibleFilterError(
                f"cucm_peers, cluster {peer['cluster']}, node {node['name']}: there is no address."
                " Give address (a name or an IPv4 address) or address_ipv6 for this node in the inventory."
            )
        destinations.append({**addresses, "port": int(node.get("port", 5061)), "sort_order": order})
    return destinations


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"peer_destinations": peer_destinations}
