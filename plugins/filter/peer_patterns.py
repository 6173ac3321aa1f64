# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The route patterns that lead to peer clusters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

DOCUMENTATION = r"""
name: peer_patterns
author: ucops.cucm contributors (@ucops)
version_added: 0.1.0
short_description: The route patterns that lead to peer clusters, one by one
description:
  - Takes C(cucm_peers) and gives one item for each route pattern, with the trunk that it leads to.
positional: _input
options:
  _input:
    description:
      - Dictionaries with the key C(cluster), and C(trunk) where the trunk is not named like the cluster.
      - Their C(patterns) are strings, or dictionaries with C(pattern) and C(partition).
    type: list
    elements: dict
    required: true
"""

EXAMPLES = r"""
- name: Show which patterns lead where
  ansible.builtin.debug:
    msg: "{{ cucm_peers | ucops.cucm.peer_patterns }}"
"""

RETURN = r"""
_value:
  description: Dictionaries with C(cluster), C(trunk), C(pattern) and C(partition), which is empty for none.
  type: list
  elements: dict
"""


def peer_patterns(peers: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """See DOCUMENTATION; raises AnsibleFilterError naming the cluster and the remedy."""
    patterns = []
    for peer in peers:
        for item in peer.get("patterns") or ():
            fields = item if isinstance(item, Mapping) else {"pattern": item}
            if not fields.get("pattern") or not isinstance(fields["pattern"], str):
                raise AnsibleFilterError(
                    f"cucm_peers, cluster {peer['cluster']}: {item!r} is not a route pattern."
                    ' Write patterns in quotes, as in patterns: ["9898"].'
                )
            patterns.append(
                {
                    "cluster": peer["cluster"],
                    "trunk": peer.get("trunk") or peer["cluster"],
                    "pattern": fields["pattern"],
                    "partition": fields.get("partition") or "",
                }
            )
    return patterns


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"peer_patterns": peer_patterns}
