# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts of a run have requested from their CAs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

DOCUMENTATION = r"""
name: certificate_requests
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: What the hosts of a run have requested from their CAs
description:
  - Takes the hosts of a run and gives for each what the role P(ucops.cucm.cucm_certificate#role) has found out about its
    certificate request, from the facts that the role leaves. Hosts that have asked for nothing are left out.
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
"""

EXAMPLES = r"""
- name: Name what waits
  ansible.builtin.debug:
    msg: "{{ ansible_play_hosts_all | ucops.cucm.certificate_requests(hostvars=hostvars) | selectattr('pending') }}"
"""

RETURN = r"""
_value:
  description: One dictionary for each host that has asked for something.
  type: list
  elements: dict
  contains:
    host:
      description: The inventory name of the host.
      type: str
    pending:
      description: Whether its request waits for a decision of the CA.
      type: bool
    text:
      description: What has to be done, with the name of the host. Empty when nothing waits.
      type: str
    requests:
      description: What to keep, by service, as RV(ucops.cucm.ca_sign#module:request).
      type: dict
"""


def certificate_requests(
    hosts: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """See DOCUMENTATION."""
    found = []
    for host in hosts:
        facts = hostvars[host]
        states = facts.get("cucm_certificate_states") or {}
        waiting = [state for state in states.values() if state["pending"]]
        pending = bool(waiting)
        requests = dict((facts.get("ansible_facts") or {}).get("cucm_certificate_kept_requests") or {})
        if not pending and not requests:
            continue
        instructions = " ".join(state.get("instructions") or "" for state in waiting)
        text = f"{host}: {instructions}" if pending else ""
        found.append({"host": host, "pending": pending, "text": text, "requests": requests})
    return found


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"certificate_requests": certificate_requests}
