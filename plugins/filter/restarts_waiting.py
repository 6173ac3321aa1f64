# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which services wait for a restart, on all hosts of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.filter.services_waiting import services_waiting
from ansible_collections.ucops.cucm.plugins.filter.signed_at import signed_at

DOCUMENTATION = r"""
name: restarts_waiting
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: Services that still use an old certificate, by host
description:
  - Takes what the role P(ucops.cucm.cucm_certificate#role) found out (the fact C(cucm_certificate_waiting)), and where it did
    not run, what the preflight read (C(cucm_preflight_state)).
options:
  _input:
    description: The hosts, that is C(ansible_play_hosts).
    type: list
    elements: str
    required: true
  hostvars:
    description: The variables of all hosts, that is C(hostvars).
    type: dict
    required: true
  backdate:
    description: Seconds by which the CA puts back the start of validity.
    type: int
    default: 0
  check_mode:
    description: Whether the run only shows what it would do.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: Show what waits
  ansible.builtin.debug:
    msg: "{{ ansible_play_hosts | ucops.cucm.restarts_waiting(hostvars=hostvars) }}"
  run_once: true
"""

RETURN = r"""
_value:
  description: A line for each host with such services, and one that says how to restart them.
  type: list
  elements: str
"""


def restarts_waiting(
    hosts: Iterable[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    backdate: int = 0,
    check_mode: bool = False,
) -> list[str]:
    """See DOCUMENTATION."""
    waits = "would wait" if check_mode else "waits"
    lines = []
    mixed = set()
    for host in hosts:
        variables = hostvars[host]
        names = services_of_host(variables, backdate)
        if names:
            lines.append(f"{host} {waits} for a restart of {', '.join(names)}.")
            if (variables.get("cucm_preflight_state") or {}).get("mixed_mode") is not False:
                mixed.add(str(variables.get("cucm_cluster")))
    if lines:
        lines.append(
            "Run with cucm_certificate_restart_services=true, or restart them in Cisco Unified Serviceability, one node at"
            " a time."
        )
    if mixed:
        lines.append(
            f"In mixed mode, or not known to be out of it: {', '.join(sorted(mixed))}. Update the CTL file before."
        )
    return lines


def services_of_host(variables: Mapping[str, Any], backdate: int) -> list[str]:
    """The services that wait on a host, by its variables; `backdate` as in DOCUMENTATION."""
    known = variables.get("cucm_certificate_waiting")
    if known is not None:
        return list(known)
    state = variables.get("cucm_preflight_state") or {}
    identity = state.get("identity")
    if not identity:
        return []
    since = signed_at(identity, backdate=backdate)
    return services_waiting(state["services"], identity["restart_services"], since)


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"restarts_waiting": restarts_waiting}
