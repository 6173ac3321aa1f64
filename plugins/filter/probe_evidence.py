# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which destination of which trunk each probe looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

DOCUMENTATION = r"""
name: probe_evidence
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: Match each probe with its trunk and destination
description:
  - Takes what M(ucops.cucm.sip_tls_probe) found at the destinations of trunks, and gives the C(probes) of an evidence document of
    M(ucops.cucm.sip_trunk_verdict).
positional: _input
options:
  _input:
    description: The result of the module. One that has failed as a whole stands for each destination.
    type: dict
    required: true
  targets:
    description: Pairs of a trunk and one of its destinations, as they were given to P(ucops.cucm.probe_targets#filter).
    type: list
    elements: list
    required: true
"""

EXAMPLES = r"""
- name: Probe every destination of every trunk
  ucops.cucm.sip_tls_probe:
    targets: "{{ pairs | ucops.cucm.probe_targets }}"
  vars:
    pairs: "{{ trunks.trunks | subelements('destinations') }}"
  register: probes

- name: Show what each of them found
  ansible.builtin.debug:
    msg: "{{ item.trunk }}, {{ item.address }}:{{ item.port }}: {{ item.result.findings | map(attribute='text') }}"
  loop: "{{ probes | ucops.cucm.probe_evidence(targets=trunks.trunks | subelements('destinations')) }}"
"""

RETURN = r"""
_value:
  description: One dictionary for each probe; C(trunk), C(address), C(port) and C(result), and C(node) for a port of the cluster itself.
  type: list
  elements: dict
"""


_NOT_OF_THE_PROBE = ("host", "port", "invocation")


def probe_evidence(
    probed: Mapping[str, Any], targets: Iterable[Sequence[Mapping[str, Any]]]
) -> list[dict[str, Any]]:
    """See DOCUMENTATION."""
    pairs = list(targets) if probed else []
    results = probed.get("results") or [probed] * len(pairs)
    return [
        {
            "trunk": trunk.get("name") or trunk["trunk"],
            **({"node": trunk["node"]} if "node" in trunk else {}),
            "address": destination.get("address") or destination.get("address_ipv6") or "",
            "port": destination["port"],
            "result": {key: value for key, value in result.items() if key not in _NOT_OF_THE_PROBE},
        }
        for result, (trunk, destination) in zip(results, pairs, strict=True)
    ]


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"probe_evidence": probe_evidence}
