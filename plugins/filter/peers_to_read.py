# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The peers of a run whose names can be read from their ports."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site import peer_names

DOCUMENTATION = r"""
name: peers_to_read
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: The peers of a run whose names can be read from their ports
description:
  - Takes the hosts of a run and gives the peers in their C(cucm_peers) that list nodes and have C(ca_certificate_paths), or nodes
    with a C(tls_fingerprint). A port that several clusters have a trunk to is given once.
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
"""

EXAMPLES = r"""
- name: Read the names of peers from their ports
  ucops.cucm.sip_peer_names:
    peers: "{{ ansible_play_hosts_all | ucops.cucm.peers_to_read(hostvars=hostvars) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The option O(ucops.cucm.sip_peer_names#module:peers).
  type: list
  elements: dict
"""


def peers_to_read(hosts: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """See DOCUMENTATION."""
    return peer_names.peers_to_read(hosts, hostvars)


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"peers_to_read": peers_to_read}
