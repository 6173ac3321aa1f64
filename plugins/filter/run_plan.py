# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run is going to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.plan import plan_of

DOCUMENTATION = r"""
name: run_plan
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: The plan of a run, from what its hosts have read
description:
  - Takes the hosts of a run and gives every step of it, and a page that says so. The playbook
    C(ucops.cucm.pair_clusters) shows the page before it changes anything.
  - Reads C(cucm_certificate_planned) of the role P(ucops.cucm.cucm_certificate#role), and C(cucm_sip_tls_trunk_foreseen) and
    C(cucm_sip_tls_trunk_plan) of the role P(ucops.cucm.cucm_sip_tls_trunk#role), which their tasks C(plan) leave, and
    C(cucm_preflight_safety) of the role P(ucops.cucm.cucm_preflight#role).
positional: _input
options:
  _input:
    description: The hosts of the run, that is C(ansible_play_hosts).
    type: list
    elements: str
    required: true
  hostvars:
    description: The variables of all hosts, that is C(hostvars).
    type: dict
    required: true
  check_mode:
    description: Whether this is a check, that is C(ansible_check_mode).
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show what the run will do
  ansible.builtin.debug:
    msg: "{{ (ansible_play_hosts | ucops.cucm.run_plan(hostvars=hostvars)).page }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The plan.
  type: dict
  contains:
    steps:
      description: Every step, with C(cluster), C(host), C(action), C(what), C(why) and C(drops_calls).
      type: list
      elements: dict
      sample:
        - {cluster: CUCMA, host: cucma-pub, action: add, what: trunk 'CUCM10', why: '', drops_calls: false}
    counts:
      description:
        - How many steps there are of each action, which are C(sign), C(trust), C(restart), C(add), C(change), C(remove) and
          C(reset); and of C(decide), C(wait), C(refuse), C(warn) and C(note), which are shown and not done.
      type: dict
    hosts_with_steps:
      description: The hosts on which something is done.
      type: list
      elements: str
    clusters_with_steps:
      description: The clusters in which something is done, or may be once a CA has decided.
      type: list
      elements: str
    recorded_by:
      description:
        - The first host of each cluster of which objects or certificates are changed. It records what is there before.
      type: list
      elements: str
    certificates_are_done:
      description: Whether no node needs a certificate or a CA, and no CA decides about one.
      type: bool
    trunks_are_done:
      description: Whether the trunks are right as they are, and stay so.
      type: bool
    stops:
      description: Why the run cannot begin; empty when it can.
      type: list
      elements: str
    page:
      description: The plan as lines of text.
      type: list
      elements: str
"""


def run_plan(
    hosts: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]], check_mode: bool = False
) -> dict[str, Any]:
    """See DOCUMENTATION."""
    return plan_of(list(hosts), hostvars, check_mode=check_mode)


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"run_plan": run_plan}
