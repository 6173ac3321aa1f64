# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What came of a run that renews certificates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.renewal_run import outcome_of_renewal

DOCUMENTATION = r"""
name: renewal_outcome
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: What came of a run that renews certificates
description:
  - Takes the plan of P(ucops.cucm.renewal_plan#filter) and the facts that the role P(ucops.cucm.cucm_certificate#role) leaves, and gives
    one state for a scheduler.
positional: _input
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
  active:
    description: The hosts that have not failed, that is C(ansible_play_hosts).
    type: list
    elements: str
    required: true
  renewal:
    description: The plan.
    type: dict
    required: true
  check_mode:
    description: Whether the run only shows what it would do.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show the result of the run
  ansible.builtin.debug:
    msg: >-
      {{ (ansible_play_hosts_all | ucops.cucm.renewal_outcome(hostvars=hostvars, active=ansible_play_hosts, renewal=renew_plan)).state }}
  run_once: true
"""

RETURN = r"""
_value:
  description: The outcome.
  type: dict
  contains:
    state:
      description:
        - The most urgent of V(failed), V(waits_for_restart), V(waits_for_ca), V(renewed) and V(nothing_to_do). A refused node counts
          as failed, and a restart that finishes an earlier renewal as renewed.
      type: str
      sample: renewed
    renewed:
      description: The hosts that have a new certificate, or would have in check mode.
      type: list
      elements: str
    waits_for_ca:
      description: The hosts whose request waits at the CA.
      type: list
      elements: str
    waits_for_restart:
      description: The hosts whose SIP port still shows an old certificate.
      type: list
      elements: str
    restarted:
      description: By host, the services that were restarted.
      type: dict
    failed:
      description: The hosts on which a task has failed.
      type: list
      elements: str
    refused:
      description: The hosts that were not renewed, since a person has to look first.
      type: list
      elements: str
    postponed:
      description: The hosts that are due and left for a later run.
      type: list
      elements: str
    others_due:
      description: Certificates of other services that are due and left.
      type: list
      elements: dict
    problem:
      description: Why nothing could be decided; empty otherwise.
      type: str
    service:
      description: The service whose certificates are renewed.
      type: str
    lines:
      description: The same for a person.
      type: list
      elements: str
"""


def renewal_outcome(
    hosts: Iterable[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    active: Sequence[str],
    renewal: Mapping[str, Any],
    check_mode: bool = False,
) -> dict[str, Any]:
    """See DOCUMENTATION."""
    return outcome_of_renewal(list(hosts), hostvars, active=active, renewal=renewal, check_mode=check_mode)


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"renewal_outcome": renewal_outcome}
