# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What did not come as planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.plan import differences

DOCUMENTATION = r"""
name: plan_differences
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: Differences between the plan and the result of a run
description:
  - Holds the plan of a run against what its roles did in the end.
positional: _input
options:
  _input:
    description: The plan, as P(ucops.cucm.run_plan#filter) gave it.
    type: dict
    required: true
  active:
    description: The hosts that have not failed, that is C(ansible_play_hosts).
    type: list
    elements: str
    required: true
  hostvars:
    description: The variables of all hosts, that is C(hostvars).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show what did not come as planned
  ansible.builtin.debug:
    msg: "{{ cucm_preflight_plan | ucops.cucm.plan_differences(active=ansible_play_hosts, hostvars=hostvars) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: A sentence for each difference.
  type: list
  elements: str
"""


def plan_differences(
    plan: Mapping[str, Any], active: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]]
) -> list[str]:
    """See DOCUMENTATION."""
    return differences(plan, active, hostvars)


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"plan_differences": plan_differences}
