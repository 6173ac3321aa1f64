# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The waves of hosts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.waves import waves_of

DOCUMENTATION = r"""
name: waves
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: The waves of hosts, in their order
description:
  - Reads the variable C(cucm_wave) of each host. Clusters without one come first, then numbers, then names.
positional: _input
options:
  _input:
    description: Inventory names of hosts.
    type: list
    elements: str
    required: true
  hostvars:
    description: The variables of all hosts, that is C(hostvars).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the waves of the run
  ansible.builtin.debug:
    msg: "{{ ansible_play_hosts_all | ucops.cucm.waves(hostvars=hostvars) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The waves as text; empty text stands for no wave.
  type: list
  elements: str
"""


def waves(hosts: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """See DOCUMENTATION."""
    return waves_of(hosts, hostvars)


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"waves": waves}
