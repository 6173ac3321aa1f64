# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stops a run before anything is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.filter.trunk_plan import trunk_plan
from ansible_collections.ucops.cucm.plugins.module_utils._common.masking import SecretInResult
from ansible_collections.ucops.cucm.plugins.module_utils._site.tls_links import speaker_of, stops_of_tls

DOCUMENTATION = r"""
name: run_stops
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: Reasons to stop a run before anything is changed
description:
  - Of all hosts of a run, tells where a password occurs in what a node says, and where the name that the inventory gives for
    a node contradicts its certificate or is missing. Such a run would change some clusters by a wrong inventory.
  - Tells also which links cannot work, since the TLS versions of their clusters do not meet, or since both speak TLS 1.3 only and a
    security profile should be Authenticated. What was not measured stops nothing.
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
  groups:
    description: The variable C(groups).
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Stop a run before anything is changed
  ansible.builtin.assert:
    that: ansible_play_hosts_all | ucops.cucm.run_stops(hostvars=hostvars, groups=groups) | length == 0
  run_once: true
"""

RETURN = r"""
_value:
  description: A sentence for each reason; none where the run may go on.
  type: list
  elements: str
"""

_MET = SecretInResult.reason
#: What the tasks of the preflight register.
_READINGS = (
    "cucm_preflight_cluster_info",
    "cucm_preflight_state",
)


def run_stops(
    hosts: Iterable[str], hostvars: Mapping[str, Mapping[str, Any]], groups: Mapping[str, Sequence[str]]
) -> list[str]:
    """See DOCUMENTATION."""
    names = list(hosts)
    met = [name for name in names if any(_reason(hostvars[name], each) == _MET for each in _READINGS)]
    stops = []
    if met:
        stops.append(f"A password occurs in what {', '.join(met)} says; see the error there ({_MET}).")
    for name in names:
        variables = hostvars[name]
        if variables.get("cucm_publisher") != name and not _speaks_for_its_cluster(
            name, names, groups, variables
        ):
            continue
        options = variables.get("cucm_sip_tls_trunk_pattern_options") or {}
        plan = trunk_plan(
            variables.get("cucm_peers") or (),
            hostvars,
            names,
            pattern_options=options,
            groups=groups,
            own_hosts=groups.get(str(variables.get("cucm_cluster")), ()),
        )
        stops += [f"{name}: {entry['problem']}" for entry in plan if entry["inventory_error"]]
    return [*stops, *_stops_of_tls(names, hostvars)]


def _stops_of_tls(hosts: Sequence[str], hostvars: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Of each link between clusters of the run, once."""
    members: dict[str, list[str]] = {}
    for host in hosts:
        members.setdefault(str(hostvars[host].get("cucm_cluster")), []).append(host)
    pairs: dict[frozenset[str], tuple[str, str]] = {}
    for cluster, nodes in members.items():
        # The peers are those of the cluster, the same on all its nodes.
        for peer in hostvars[nodes[0]].get("cucm_peers") or ():
            other = str(peer.get("cluster") or "") if isinstance(peer, Mapping) else ""
            pairs.setdefault(frozenset((cluster, other)), (cluster, other))
    told: set[str] = set()
    for one, other in pairs.values():
        first, second = (speaker_of(cluster, members.get(cluster, ()), hostvars) for cluster in (one, other))
        if one != other and first is not None and second is not None:
            told.update(stops_of_tls(first, second))
    yield from sorted(told)


def _reason(variables: Mapping[str, Any], registered: str) -> Any:
    result = variables.get(registered)
    return result.get("reason") if isinstance(result, Mapping) else None


def _speaks_for_its_cluster(
    name: str, hosts: Sequence[str], groups: Mapping[str, Sequence[str]], variables: Mapping[str, Any]
) -> bool:
    """Whether the publisher is not in the run, and this is the first node of the cluster that is."""
    cluster = groups.get(str(variables.get("cucm_cluster")), ())
    present = [host for host in cluster if host in hosts]
    return variables.get("cucm_publisher") not in present and present[:1] == [name]


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"run_stops": run_stops}
