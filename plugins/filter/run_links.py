# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The links of a run, and those that cannot work yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.certificate_plan import planned_of
from ansible_collections.ucops.cucm.plugins.module_utils._site.entries import fault_of_entry
from ansible_collections.ucops.cucm.plugins.module_utils._site.peers import peer_of

DOCUMENTATION = r"""
name: run_links
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: The links of a run, and those that cannot work yet
description:
  - Of the hosts of a run, tells whether their clusters have peers, and the clusters whose links cannot work yet. That is so
    where a certificate waits for its CA or for a restart, where a node has failed, and where nodes of a peer are not in the
    run.
options:
  _input:
    description: The hosts of the run, that is C(ansible_play_hosts_all).
    type: list
    elements: str
    required: true
  active:
    description: Those that have not failed, that is C(ansible_play_hosts).
    type: list
    elements: str
    required: true
  hostvars:
    description: The variables of all hosts, that is C(hostvars).
    type: dict
    required: true
  groups:
    description: The variable C(groups).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Show the clusters of which nodes have failed
  ansible.builtin.debug:
    msg: "{{ (ansible_play_hosts_all | ucops.cucm.run_links(active=ansible_play_hosts, hostvars=hostvars, groups=groups)).failed }}"
  run_once: true
"""

RETURN = r"""
_value:
  description:
    - Names of clusters in C(waiting), which is for a CA, C(restarting), which is for a restart, C(failed) and C(absent), and
      whether there are links at all in C(has_links).
  type: dict
"""


def run_links(
    hosts: Iterable[str],
    active: Sequence[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    groups: Mapping[str, Sequence[str]],
) -> dict[str, Any]:
    """See DOCUMENTATION."""
    everyone = list(hosts)
    has_links = False
    waiting: list[str] = []
    restarting: list[str] = []
    absent: list[str] = []
    for host in active:
        variables = hostvars[host]
        cluster = str(variables.get("cucm_cluster") or "")
        if variables.get("cucm_certificate_pending"):
            waiting.append(cluster)
        if _waits_for_a_restart(variables):
            restarting.append(cluster)
        for entry in variables.get("cucm_peers") or ():
            has_links = True
            if fault_of_entry(entry) is None:
                peer = peer_of(entry, hostvars, groups)
                # Another kind of peer is never a host of the run, and is judged as far as it can be seen from here.
                if not peer.kind.is_external and any(node.name not in everyone for node in peer.nodes):
                    absent.append(peer.cluster)
    failed = [str(hostvars[host].get("cucm_cluster") or "") for host in everyone if host not in active]
    return {
        "has_links": has_links,
        "waiting": _once(waiting),
        "restarting": _once(restarting),
        "failed": _once(name for name in failed if name),
        "absent": _once(absent),
    }


def _waits_for_a_restart(variables: Mapping[str, Any]) -> bool:
    """As the role `cucm_certificate` says; of a node that needed nothing else, as the plan of the run does."""
    waiting = variables.get("cucm_certificate_waiting")
    if waiting is None:
        waiting = (planned_of(variables) or {}).get("restart_services")
    return bool(waiting)


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"run_links": run_links}
