# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The destinations of trunks as the targets of a probe."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

DOCUMENTATION = r"""
name: probe_targets
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: The destinations of trunks as the targets of a probe
description:
  - Gives the option C(targets) of M(ucops.cucm.sip_tls_probe).
positional: _input
options:
  _input:
    description: Pairs of a trunk and one of its destinations, as C(subelements('destinations')) makes them.
    type: list
    elements: list
    required: true
"""

EXAMPLES = r"""
- name: Probe every destination of every trunk
  ucops.cucm.sip_tls_probe:
    targets: "{{ trunks.trunks | subelements('destinations') | ucops.cucm.probe_targets }}"
"""

RETURN = r"""
_value:
  description: Dictionaries with C(host) and C(port), in the order of the pairs.
  type: list
  elements: dict
"""


def probe_targets(pairs: Iterable[Sequence[Mapping[str, Any]]]) -> list[dict[str, Any]]:
    """See DOCUMENTATION."""
    return [
        {"host": destination.get("address") or destination.get("address_ipv6"), "port": destination["port"]}
        for _trunk, destination in pairs
    ]


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"probe_targets": probe_targets}
