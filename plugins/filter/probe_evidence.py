# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which destination of which trunk each probe looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

DOCUMENTATION = r"""
name: probe_evidence
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: Match each probe with its trunk and destination
description:
  - Takes what a loop of M(ucops.cucm.sip_tls_probe) over the destinations of trunks registered, and gives the
    C(probes) of an evidence document of M(ucops.cucm.sip_trunk_verdict).
positional: _input
options:
  _input:
    description: The C(results) of the loop.
    type: list
    elements: dict
    required: true
  loop_var:
    description: The name of the loop's variable, each value of which is a trunk and one of its destinations.
    type: str
    default: item
"""

EXAMPLES = r"""
- name: Probe every destination of every trunk
  ucops.cucm.sip_tls_probe:
    host: "{{ item.1.address }}"
    port: "{{ item.1.port }}"
  loop: "{{ trunks.trunks | subelements('destinations') }}"
  register: probes

- name: Show what each of them found
  ansible.builtin.debug:
    msg: "{{ item.trunk }}, {{ item.address }}:{{ item.port }}: {{ item.result.findings | map(attribute='text') }}"
  loop: "{{ probes.results | ucops.cucm.probe_evidence }}"
"""

RETURN = r"""
_value:
  description: One dictionary for each probe; C(trunk), C(address), C(port) and C(result).
  type: list
  elements: dict
"""


def probe_evidence(results: Iterable[Mapping[str, Any]], loop_var: str = "item") -> list[dict[str, Any]]:
    """See DOCUMENTATION."""
    probes = []
    for result in results:
        trunk, destination = result[loop_var]
        probes.append(
            {
                "trunk": trunk.get("name") or trunk["trunk"],
                "address": destination.get("address") or destination.get("address_ipv6") or "",
                "port": destination["port"],
                "result": {
                    key: value for key, value in result.items() if key not in (loop_var, "invocation")
                },
            }
        )
    return probes


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"probe_evidence": probe_evidence}
