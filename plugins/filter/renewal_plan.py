# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificates a run renews."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.ucops.cucm.plugins.module_utils._site.renewal import Policy, PolicyError
from ansible_collections.ucops.cucm.plugins.module_utils._site.renewal_run import plan_of_renewal

DOCUMENTATION = r"""
name: renewal_plan
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: Which certificates a run renews
description:
  - Takes what the preflight has read (C(cucm_preflight_state)) and decides which nodes are due, the most urgent first.
  - Nodes are spread over the nights by their names and certificates, and always by the same amount for the same certificate. Some nights
    before the end always stay. Certificates that end within three days are renewed whatever O(largest) says.
  - Nodes whose clock is wrong and self-signed certificates are refused. Where most nodes differ from this machine, its own clock is wrong.
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
  before:
    description: How long before its end a certificate is renewed, as days (V(30)) or as a part of its validity (V(33%)).
    type: str
    default: 33%
  jitter:
    description: Over which part of that time, or how many days, the nodes are spread.
    type: str
    default: 50%
  largest:
    description: How many nodes a run renews at most; V(0) for any number.
    type: int
    default: 0
  service:
    description: The service whose certificates are renewed.
    type: str
    default: CallManager
"""

EXAMPLES = r"""
- name: Show what is renewed
  ansible.builtin.debug:
    msg: "{{ (ansible_play_hosts_all | ucops.cucm.renewal_plan(hostvars=hostvars, before='33%')).lines }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: The plan.
  type: dict
  contains:
    renew:
      description: The hosts that are renewed, the most urgent first.
      type: list
      elements: str
    wait:
      description: The hosts whose request waits at the CA.
      type: list
      elements: str
    postpone:
      description: The hosts that are due and left for a later run, since O(largest) are renewed.
      type: list
      elements: str
    refuse:
      description: The hosts that are due and that a person has to look at first.
      type: list
      elements: str
    nodes:
      description:
        - By host, C(action) (the names above, or C(leave)), C(why), C(days_left), C(not_after), C(due_from), C(fingerprint_sha256) and
          C(renew_before), the days to hand on to M(ucops.cucm.cucm_csr).
      type: dict
    others:
      description: Certificates of other services that are due and left, each with C(host), C(service), C(not_after) and C(text).
      type: list
      elements: dict
    not_read:
      description: The hosts that could not be read.
      type: list
      elements: str
    problem:
      description: Why nothing can be decided; empty otherwise.
      type: str
    service:
      description: As O(service).
      type: str
    lines:
      description: The page that says so.
      type: list
      elements: str
"""


def renewal_plan(
    hosts: Iterable[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    before: str | int = "33%",
    jitter: str | int = "50%",
    largest: int = 0,
    service: str = "CallManager",
) -> dict[str, Any]:
    """See DOCUMENTATION."""
    try:
        policy = Policy.of(before, jitter, largest)
    except PolicyError as error:
        raise AnsibleFilterError(str(error)) from None
    now = datetime.now(UTC)
    return plan_of_renewal(list(hosts), hostvars, now=now, policy=policy, service=service)


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"renewal_plan": renewal_plan}
