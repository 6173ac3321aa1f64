# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services still run with an old certificate."""

from __future__ import annotations

from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.restarts import services_waiting

DOCUMENTATION = r"""
name: services_waiting
author: ucops.cucm contributors (@ucops)
version_added: 0.1.0
short_description: Names of the services that were not restarted since a time
description:
  - Of the services that M(ucops.cucm.cucm_service) reports, gives the names of those that run, are asked about,
    and were started before a time.
positional: _input
options:
  _input:
    description: The list C(services) that M(ucops.cucm.cucm_service) returns.
    type: list
    elements: dict
    required: true
  names:
    description: Names of the services that matter. One that the node does not list is left out.
    type: list
    elements: str
    required: true
  since:
    description: A time in UTC as in V(2026-05-23T17:50:42Z).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Show what has not been restarted since the certificate was uploaded
  ansible.builtin.debug:
    msg: >-
      {{ status.services
         | ucops.cucm.services_waiting(names=['Cisco CallManager'], since=upload.uploaded_at) }}
"""

RETURN = r"""
_value:
  description: Names in the order of O(names).
  type: list
  elements: str
"""


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"services_waiting": services_waiting}
