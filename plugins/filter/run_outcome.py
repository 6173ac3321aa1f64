# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run passes on to the next job of a workflow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.filter.certificate_requests import certificate_requests
from ansible_collections.ucops.cucm.plugins.filter.restarts_waiting import services_of_host
from ansible_collections.ucops.cucm.plugins.module_utils._report.outcome import bounded, size_of
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import plain

DOCUMENTATION = r"""
name: run_outcome
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: What a run passes on to the next job of a workflow
description:
  - Gathers the verdict, the requests that wait for a CA, the services that wait for a restart, the nodes that have failed, and the failed
    checks with their remedies, for C(ansible.builtin.set_stats).
  - The result has at most 64 KB as JSON, together with what the role P(ucops.cucm.cucm_certificate#role) hands on in
    C(cucm_certificate_requests). Lists that are longer are cut, and C(left_out) counts what is missing.
  - The requests themselves are never cut, since a request that is forgotten would be made again. They take some 300 bytes a node.
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
  active:
    description: The hosts that have not failed, that is C(ansible_play_hosts).
    type: list
    elements: str
    required: true
  plan:
    description: The plan of P(ucops.cucm.run_plan#filter), where the run has one.
    type: dict
    default: {}
  verdict:
    description: The result of M(ucops.cucm.sip_trunk_verdict), where the run has one.
    type: dict
    default: {}
  upload:
    description: The result of M(ucops.cucm.cucm_report_upload), where the run has one.
    type: dict
    default: {}
  ticket:
    description: Number of the change ticket.
    type: str
    default: ""
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
- name: Hand the outcome on to the next job
  ansible.builtin.set_stats:
    data:
      cucm_outcome: "{{ ansible_play_hosts_all | ucops.cucm.run_outcome(hostvars=hostvars, active=ansible_play_hosts) }}"
    aggregate: false
  run_once: true
"""

RETURN = r"""
_value:
  description: The outcome.
  type: dict
  contains:
    format:
      description: Name and version of the form.
      type: str
      sample: ucops.cucm.outcome/1
    check_mode:
      description: As O(check_mode). Then RV(_value.restarts) would wait after a real run.
      type: bool
    ticket:
      description: As O(ticket).
      type: str
    state:
      description:
        - With the playbook C(ucops.cucm.renew_certificates), the state of the run, see P(ucops.cucm.renewal_outcome#filter). V(failed) also where a
          link does not pass that waits for nothing.
      type: str
    renewal:
      description:
        - With the playbook C(ucops.cucm.renew_certificates), by C(renewed), C(waits_for_ca), C(waits_for_restart), C(failed), C(refused)
          and C(postponed) how many hosts there are (C(count)), and the first ten (C(first)).
      type: dict
    nodes:
      description: Number of nodes in the run.
      type: int
    plan_counts:
      description: Number of planned steps by their actions; empty where the run has no plan.
      type: dict
    verdict:
      description: V(pass), V(fail) or V(not_measured); empty where nothing was judged.
      type: str
    passed:
      description: Whether RV(_value.verdict) is V(pass); null where nothing was judged.
      type: bool
    counts:
      description: Number of checks by their results.
      type: dict
      sample: {pass: 120, fail: 0, not_measured: 0, not_applicable: 4}
    report:
      description: Addresses of the uploaded files in C(urls), and in C(problem) why nothing was uploaded.
      type: dict
    failed:
      description: What to fix, causes first, each with C(remedy), C(object), C(links) and C(checks).
      type: list
      elements: dict
    requests:
      description: What waits for a CA, each with C(host) and C(text).
      type: list
      elements: dict
    restarts:
      description: What waits for a restart, each with C(host) and C(services).
      type: list
      elements: dict
    plan:
      description: The page of the plan, line by line.
      type: list
      elements: str
    failed_nodes:
      description: The nodes on which a task has failed.
      type: list
      elements: str
    not_passed:
      description: The links that do not pass, failed ones first.
      type: list
      elements: str
    left_out:
      description: By the name of a list, how many of its entries are missing.
      type: dict
"""

_LONGEST_TEXT = 400
_LONGEST_NAME = 100
#: How many hosts of a list of renew_certificates are named.
_MOST_NAMES = 10
#: What of the result of renew_certificates is for persons, or no list of hosts.
_NOT_TOLD = ("lines", "others_due")


def run_outcome(
    hosts: Iterable[str],
    hostvars: Mapping[str, Mapping[str, Any]],
    active: Sequence[str],
    plan: Mapping[str, Any] | None = None,
    verdict: Mapping[str, Any] | None = None,
    upload: Mapping[str, Any] | None = None,
    ticket: str = "",
    backdate: int = 0,
    check_mode: bool = False,
) -> dict[str, Any]:
    """See DOCUMENTATION."""
    everyone = list(hosts)
    judged = verdict or {}
    asked = certificate_requests(everyone, hostvars)
    waiting = {host: services_of_host(hostvars[host], backdate) for host in active}
    head = {
        "check_mode": check_mode,
        "ticket": ticket,
        "nodes": len(everyone),
        "plan_counts": dict((plan or {}).get("counts") or {}),
        "verdict": judged.get("verdict") or "",
        "passed": judged.get("passed"),
        "counts": dict(judged.get("counts") or {}),
        "report": _report(upload or {}),
    }
    renewal = next(filter(None, (hostvars[host].get("renew_result") for host in everyone)), None)
    if renewal is not None:
        head |= _of_renewal(renewal, judged)
    lists = {
        "failed": judged.get("failed_checks") or [],
        "requests": [
            {"host": entry["host"], "text": plain(entry["text"], _LONGEST_TEXT)}
            for entry in asked
            if entry["pending"]
        ],
        "restarts": [{"host": host, "services": names} for host, names in waiting.items() if names],
        "plan": [plain(line, _LONGEST_TEXT) for line in (plan or {}).get("page") or ()],
        "failed_nodes": [host for host in everyone if host not in set(active)],
        "not_passed": judged.get("links_not_passed") or [],
    }
    records = {entry["host"]: entry["requests"] for entry in asked if entry["requests"]}
    return bounded(head, lists, beside=size_of(records) if records else 0)


def _of_renewal(renewal: Mapping[str, Any], verdict: Mapping[str, Any]) -> dict[str, Any]:
    """The state of a run of renew_certificates, and by what it is decided: the first names, and how many there are."""
    lists = {
        name: value for name, value in renewal.items() if isinstance(value, list) and name not in _NOT_TOLD
    }
    # As the playbook ends: what waits for a restart, or for a peer, has not failed.
    failed = bool(verdict) and not verdict.get("passed") and bool(verdict.get("not_passed"))
    return {
        "state": "failed" if failed else renewal["state"],
        "renewal": {
            name: {"count": len(value), "first": [plain(each, _LONGEST_NAME) for each in value[:_MOST_NAMES]]}
            for name, value in lists.items()
        },
    }


def _report(upload: Mapping[str, Any]) -> dict[str, Any]:
    """Where the report is. A task that has failed has a message in place of the problem."""
    problem = upload.get("problem") or (upload.get("msg") if upload.get("failed") else "") or ""
    return {"urls": list(upload.get("urls") or ()), "problem": plain(problem, _LONGEST_TEXT)}


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"run_outcome": run_outcome}
