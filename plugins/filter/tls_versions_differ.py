# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether clusters of a run may have no TLS version in common."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.sip_tls import newest_version
from ansible_collections.ucops.cucm.plugins.module_utils._site.entries import fault_of_entry
from ansible_collections.ucops.cucm.plugins.module_utils._site.peers import kind_of, peer_of

DOCUMENTATION = r"""
name: tls_versions_differ
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: Whether clusters of a run may have no TLS version in common
description:
  - Takes the hosts of a run and looks at the versions that the role P(ucops.cucm.cucm_preflight#role) has read of their clusters. Where
    the newest TLS version of all of them is the same and older than 1.3, they have that one in common, and their minimum
    does not matter. In TLS 1.3 it matters for the security profiles.
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
- name: Read the lowest TLS version where it matters
  ucops.cucm.cucm_tls_info:
  when: ansible_play_hosts_all | ucops.cucm.tls_versions_differ(hostvars=hostvars)
"""

RETURN = r"""
_value:
  description: Whether the minimum of a cluster may keep another one from linking with it.
  type: bool
"""


def tls_versions_differ(hosts: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]]) -> bool:
    """See DOCUMENTATION."""
    names = list(hosts)
    if any(_has_limits(entry) for host in names for entry in hostvars[host].get("cucm_peers") or ()):
        return True
    read = (hostvars[host].get("cucm_preflight_cluster_info") or {} for host in names)
    newest = {newest_version(each["version"]) for each in read if each.get("version")}
    return len(newest) > 1 or bool(newest & {None, "1.3"})


def _has_limits(entry: Any) -> bool:
    """Whether a peer that is no cluster is known to have TLS versions of its own."""
    if not isinstance(entry, Mapping) or not kind_of(entry).is_external or fault_of_entry(entry) is not None:
        return False
    settings = peer_of(entry, {}, {}).settings
    return settings.tls_min is not None or settings.tls_max not in (None, "1.3")


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"tls_versions_differ": tls_versions_differ}
