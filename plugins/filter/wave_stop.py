# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a wave may begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.waves import stop_of_wave

DOCUMENTATION = r"""
name: wave_stop
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: Why a wave must not begin
description:
  - Counts the clusters of the waves before that have a failed node, and says what of them is half done.
positional: _input, hosts, active
options:
  _input:
    description: The wave.
    type: str
    required: true
  hosts:
    description: The hosts of the run, that is C(ansible_play_hosts_all).
    type: list
    elements: str
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
  max_fail:
    description: How many clusters may have failed.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Stop before the second wave where the first has failed
  ansible.builtin.assert:
    that: "'2' | ucops.cucm.wave_stop(ansible_play_hosts_all, ansible_play_hosts, hostvars=hostvars) == ''"
"""

RETURN = r"""
_value:
  description: A sentence; empty when the wave may begin.
  type: str
"""


def wave_stop(
    wave: str,
    hosts: Sequence[str],
    active: Sequence[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    max_fail: int = 0,
) -> str:
    """See DOCUMENTATION."""
    return stop_of_wave(str(wave), hosts, active, hostvars, int(max_fail))


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"wave_stop": wave_stop}
