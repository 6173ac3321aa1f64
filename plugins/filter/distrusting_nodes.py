# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which nodes do not trust the CAs of a chain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.renewal_run import distrusting

DOCUMENTATION = r"""
name: distrusting_nodes
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: Which nodes of a cluster and of its peers do not trust the CAs of a chain
description:
  - Compares the fingerprints of a chain with what the preflight of the run has read in the trust stores (C(cucm_preflight_state)).
  - A node that was not read in this run is left out.
positional: _input
options:
  _input:
    description: Fingerprints of the CAs, as P(ucops.cucm.certificate_fingerprints#filter) gives them.
    type: list
    elements: str
    required: true
  host:
    description: The node whose certificate the CAs sign.
    type: str
    required: true
  hostvars:
    description: The variables of all hosts, that is C(hostvars).
    type: dict
    required: true
  groups:
    description: The groups of the inventory, that is C(groups).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show who does not trust the CA yet
  ansible.builtin.debug:
    msg: >-
      {{ signed.chain | join('\n') | ucops.cucm.certificate_fingerprints
         | ucops.cucm.distrusting_nodes(host=inventory_hostname, hostvars=hostvars, groups=groups) }}
"""

RETURN = r"""
_value:
  description: A text for each node that lacks one.
  type: list
  elements: str
"""


def distrusting_nodes(
    chain: Iterable[str],
    host: str,
    hostvars: Mapping[str, Mapping[str, Any]],
    groups: Mapping[str, Sequence[str]],
) -> list[str]:
    """See DOCUMENTATION."""
    return distrusting(list(chain), host, hostvars, groups)


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"distrusting_nodes": distrusting_nodes}
