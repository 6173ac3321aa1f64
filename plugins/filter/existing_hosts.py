# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pattern of hosts that matches some."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible_collections.ucops.cucm.plugins.module_utils._facts.nearest import nearest

DOCUMENTATION = r"""
name: existing_hosts
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: Refuse a pattern of hosts that names no group and no host of the inventory
description:
  - For C(hosts) of a play. Ansible skips a play whose hosts do not exist, and ends well; a wrong name of a group would then
    look like a proof.
  - Returns the pattern as it is. Fails if a name in it, without wildcards, is neither a group with hosts nor a host.
  - Where the inventory has no host at all, returns V(localhost), so that the play runs and can say so.
positional: _input, groups
options:
  _input:
    description: The pattern.
    type: str
    required: true
  groups:
    description: The variable C(groups).
    type: dict
    required: true
  variable:
    description: The variable that the pattern comes from, for the message.
    type: str
    default: cucm_hosts
"""

EXAMPLES = r"""
- name: A play that cannot be skipped by a typing error
  hosts: "{{ cucm_hosts | default('cucm') | ucops.cucm.existing_hosts(groups) }}"
  gather_facts: false
"""

RETURN = r"""
_value:
  description: The pattern.
  type: str
"""

_SEPARATORS = re.compile(r"[,:;]")
_WILDCARDS = re.compile(r"[*?\[\]~]")
#: Hosts that Ansible knows without an inventory.
_IMPLICIT = ("localhost", "127.0.0.1", "::1")


def existing_hosts(pattern: str, groups: Mapping[str, Sequence[str]], variable: str = "cucm_hosts") -> str:
    """See DOCUMENTATION."""
    known = set(groups).union(*groups.values())
    if not any(groups.values()):
        return _IMPLICIT[0]
    for part in _SEPARATORS.split(pattern):
        name = part.strip()
        if not name or name[0] in "!&" or _WILDCARDS.search(name) or name in _IMPLICIT:
            continue
        if name not in known:
            near = nearest(name, known)
            meant = f" Did you mean {near}?" if near else ""
            raise AnsibleFilterError(
                f"{variable}={pattern}: the inventory has no group and no host {name}.{meant} Nothing was contacted."
                " Put the nodes of all clusters into the group cucm, or name the hosts in cucm_hosts."
            )
        if name in groups and not groups[name]:
            raise AnsibleFilterError(
                f"{variable}={pattern}: the group {name} has no hosts. Nothing was contacted. Put the nodes of the"
                " clusters into it."
            )
    return pattern


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"existing_hosts": existing_hosts}
