# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the administrators of other SIP peers are told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.hand_overs import hand_overs

DOCUMENTATION = r"""
name: peer_sheets
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: What the administrators of other SIP peers are told
description:
  - Takes the hosts of a run and gives, for each cluster and each of its C(cucm_peers) that is no cluster, the options of
    M(ucops.cucm.cucm_peer_sheet).
  - The names in the certificates of the cluster are those that the run has read or installed, and C(cucm_subject_name).
options:
  _input:
    description: The hosts of the run, that is C(ansible_play_hosts_all).
    type: list
    elements: str
    required: true
  hostvars:
    description: The variables of all hosts, that is C(hostvars).
    type: dict
    required: true
  groups:
    description: The variable C(groups), in which the nodes of the clusters are looked up.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show for whom there is a sheet
  ansible.builtin.debug:
    msg: "{{ ansible_play_hosts_all | ucops.cucm.peer_sheets(hostvars=hostvars, groups=groups) | map(attribute='folder') }}"
  run_once: true
"""

RETURN = r"""
_value:
  description:
    - One dictionary for each cluster and peer. C(folder) is a relative path for the files; the other keys are options of
      M(ucops.cucm.cucm_peer_sheet).
  type: list
  elements: dict
"""


def peer_sheets(
    hosts: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]], groups: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    """See DOCUMENTATION."""
    return hand_overs(list(hosts), hostvars, groups)


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"peer_sheets": peer_sheets}
