# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hosts of which more has to be asked before their part of the plan is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.certificate_plan import planned_of

DOCUMENTATION = r"""
name: unplanned_hosts
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: Hosts of which more has to be asked before their part of the plan is known
description:
  - What M(ucops.cucm.cucm_node_state) has read is enough for the plan of most nodes. Of the others a CA must be asked, or the CA
    certificates are not in the inventory.
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
- name: Show of which nodes more must be asked
  ansible.builtin.debug:
    msg: "{{ ansible_play_hosts | ucops.cucm.unplanned_hosts(hostvars=hostvars) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The hosts, in their order.
  type: list
  elements: str
"""


def unplanned_hosts(hosts: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """See DOCUMENTATION."""
    return [host for host in hosts if _is_unplanned(hostvars[host])]


def _is_unplanned(variables: Mapping[str, Any]) -> bool:
    """Whether a CA, or the SIP port, must be asked first."""
    asks_the_port = variables.get("cucm_certificate_restart_by") == "evidence"
    return planned_of(variables) is None or (asks_the_port and "cucm_certificate_planned" not in variables)


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"unplanned_hosts": unplanned_hosts}
