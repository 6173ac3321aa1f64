# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A run of renewals: what it is going to do, from the variables that its hosts have read, and what came of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.renewal import (
    Decided,
    Installed,
    Policy,
    decide,
    due_from,
    installed_on,
    own_clock_problem,
    state_of_run,
)

Variables = Mapping[str, Any]

#: How many lines of nodes a page has at most; the rest is counted.
LONGEST_PAGE = 100
_WORDS = {
    "renew": "is renewed now",
    "wait": "waits for its CA",
    "postpone": "is renewed in a later run",
    "refuse": "is NOT renewed",
}
_DUE = ("renew", "wait", "postpone")
_TIME = "%Y-%m-%d %H:%M UTC"


def plan_of_renewal(
    hosts: Sequence[str],
    hostvars: Mapping[str, Variables],
    *,
    now: datetime,
    policy: Policy,
    service: str = "CallManager",
) -> dict[str, Any]:
    """Decide what the run renews. Keys as the filter `renewal_plan` documents them."""
    certificates = [one for host in hosts if (one := _installed(host, hostvars[host], service)) is not None]
    problem = own_clock_problem(certificates)
    decided = [] if problem else decide(certificates, now, policy)
    actions: dict[str, list[str]] = {action: [] for action in ("renew", "wait", "postpone", "refuse")}
    for each in decided:
        actions.get(each.action, []).append(each.installed.host)
    others = list(_others_due(hosts, hostvars, now, policy, service))
    return {
        **actions,
        "problem": problem,
        "service": service,
        "nodes": {each.installed.host: _node(each) for each in decided},
        "others": others,
        "not_read": [host for host in hosts if not hostvars[host].get("cucm_preflight_state")],
        "lines": list(_page(decided, others, problem, policy, service)),
    }


def _installed(host: str, variables: Variables, service: str) -> Installed | None:
    state = variables.get("cucm_preflight_state")
    if not isinstance(state, Mapping):
        return None
    identities = [state.get("identity"), *(state.get("identities") or ())]
    identity = next((each for each in identities if each and each.get("service") == service), None)
    if identity is None:
        return None
    clock = state.get("clock") or {}
    planned = variables.get("cucm_certificate_planned")
    waits = bool(planned.get("is_pending")) if isinstance(planned, Mapping) else False
    return installed_on(
        host,
        str(variables.get("cucm_cluster") or ""),
        identity,
        skew=clock.get("skew_seconds"),
        waits=waits,
    )


def _others_due(
    hosts: Iterable[str], hostvars: Mapping[str, Variables], now: datetime, policy: Policy, service: str
) -> Iterator[dict[str, Any]]:
    """Certificates of other services that are due too, and that this run leaves."""
    for host in hosts:
        read = hostvars[host].get("renew_identities")
        for identity in read.get("identities") or () if isinstance(read, Mapping) else ():
            if identity["service"] == service:
                continue
            one = installed_on(host, str(hostvars[host].get("cucm_cluster") or ""), identity)
            if now >= due_from(one, policy):
                yield {
                    "host": host,
                    "service": one.service,
                    "not_after": identity["not_after"],
                    "text": f"{host}: {one.service} {_ends(one, now)}. {_why_left(one.service)}",
                }


def _why_left(service: str) -> str:
    if service == "TVS":
        return (
            "It is left: CallManager and TVS must never change in one run, since phones would trust neither. Renew TVS"
            " by hand when the phones have registered again"
        )
    return "It is left, since a run renews certificates of one service"


def _ends(one: Installed, now: datetime) -> str:
    word = "ended" if one.not_after <= now else "ends"
    return f"{word} at {one.not_after:{_TIME}}"


def _node(each: Decided) -> dict[str, Any]:
    return {
        "action": each.action,
        "why": each.why,
        "days_left": each.days_left,
        "not_after": f"{each.installed.not_after:%Y-%m-%dT%H:%M:%SZ}",
        "due_from": f"{each.due_from:%Y-%m-%dT%H:%M:%SZ}",
        "fingerprint_sha256": each.installed.fingerprint,
        # What cucm_csr takes for its own limit, so that it agrees. What is left for later may still find a place in the
        # run, when another turns out to wait for its CA.
        "renew_before": max(math.ceil(each.days_left) + 1, 1) if each.action in _DUE else 0,
    }


def _page(
    decided: Sequence[Decided],
    others: Sequence[Mapping[str, Any]],
    problem: str,
    policy: Policy,
    service: str,
) -> Iterator[str]:
    """What a person reads before anything is changed."""
    if problem:
        yield f"RENEWAL: nothing is renewed: {problem}."
        return
    doing = [each for each in decided if each.action == "renew"]
    size = f"{len(decided)} {service} certificate{'' if len(decided) == 1 else 's'}"
    yield f"RENEWAL: {len(doing)} of {size} {'is' if len(doing) == 1 else 'are'} renewed now."
    told = [each for each in decided if each.action in _WORDS]
    for each in told[:LONGEST_PAGE]:
        why = f": {each.why}" if each.why else ""
        until = f"until {each.installed.not_after:{_TIME}}"
        yield f"  {each.installed.host}: {_WORDS[each.action]}, {_left(each)} ({until}){why}."
    if len(told) > LONGEST_PAGE:
        yield f"  … and {len(told) - LONGEST_PAGE} more."
    coming = [each for each in decided if each.action == "leave"]
    if coming:
        first = min(coming, key=lambda each: each.due_from)
        yield f"  Next: {first.installed.host}, from {first.due_from:{_TIME}} on."
    late = [each for each in decided if each.action == "postpone"]
    if late and policy.largest:
        nights = math.ceil(len(late) / policy.largest)
        yield f"  {len(late)} left for later, {nights} run{'' if nights == 1 else 's'} of {policy.largest}."
    yield from (f"  {other['text']}." for other in others[:LONGEST_PAGE])


def _left(each: Decided) -> str:
    if each.days_left < 0:
        return f"expired {-each.days_left:.1f} days ago"
    return f"{each.days_left:.1f} days left"


def outcome_of_renewal(
    hosts: Sequence[str],
    hostvars: Mapping[str, Variables],
    *,
    active: Sequence[str],
    renewal: Mapping[str, Any],
    check_mode: bool = False,
) -> dict[str, Any]:
    """What came of a run. Keys as the filter `renewal_outcome` documents them."""
    running = set(active)
    failed = [host for host in hosts if host not in running]
    refused = [host for host in renewal.get("refuse") or () if host in running]
    renewed = [host for host in hosts if hostvars[host].get("cucm_certificate_is_new")]
    waits = [host for host in active if hostvars[host].get("cucm_certificate_pending")]
    waits = list(
        dict.fromkeys([*waits, *(host for host in renewal.get("wait") or () if host not in renewed)])
    )
    restarts = {
        host: list(hostvars[host]["cucm_certificate_waiting"])
        for host in active
        if hostvars[host].get("cucm_certificate_waiting")
    }
    restarted = {
        host: list(hostvars[host]["cucm_certificate_restarted"])
        for host in hosts
        if hostvars[host].get("cucm_certificate_restarted")
    }
    problem = str(renewal.get("problem") or "")
    state = state_of_run(
        failed=[*failed, *refused, *([problem] if problem else [])],
        restarts=list(restarts),
        waits=waits,
        # A restart finishes what an earlier run has renewed.
        renewed=[*renewed, *restarted],
    )
    result = {
        "state": state,
        "service": str(renewal.get("service") or ""),
        "renewed": renewed,
        "waits_for_ca": waits,
        "waits_for_restart": sorted(restarts),
        "restarted": restarted,
        "failed": failed,
        "refused": refused,
        "postponed": list(renewal.get("postpone") or ()),
        "others_due": [
            {key: each[key] for key in ("host", "service", "not_after")}
            for each in renewal.get("others") or ()
        ],
        "problem": problem,
    }
    return {**result, "lines": list(_lines(result, check_mode=check_mode))}


def _lines(result: Mapping[str, Any], *, check_mode: bool) -> Iterator[str]:
    yield f"RESULT: {result['state']}{' (a check: nothing was changed)' if check_mode else ''}"
    named = (
        ("renewed", "Renewed" if not check_mode else "Would be renewed"),
        ("waits_for_ca", "Waits for the CA"),
        (
            "waits_for_restart",
            "Runs with the old certificate until it restarts (cucm_certificate_restart_services)",
        ),
        ("failed", "Failed"),
        ("refused", "Refused"),
        ("postponed", "Left for a later run"),
    )
    for key, words in named:
        if result[key]:
            yield f"  {words}: {', '.join(result[key])}"
    for host, services in result["restarted"].items():
        yield f"  Restarted on {host}: {', '.join(services)}"
    if result["renewed"]:
        yield (
            "  The SIP port says nothing of Cisco Tftp, Cisco CTIManager and Cisco Trust Verification Service, which"
            " read the certificate when they start. Cisco's Technical Assistance Center restarts them too."
        )


def distrusting(
    chain: Sequence[str],
    host: str,
    hostvars: Mapping[str, Variables],
    groups: Mapping[str, Sequence[str]],
) -> list[str]:
    """Which nodes of the host's cluster and of its peers lack a CA of the chain; what was not read is left out."""
    own = hostvars[host]
    clusters = [str(own.get("cucm_cluster") or "")]
    clusters += [
        str(peer.get("cluster"))
        for peer in own.get("cucm_peers") or ()
        if isinstance(peer, Mapping) and peer.get("cluster")
    ]
    told = []
    for node in dict.fromkeys(node for cluster in clusters for node in groups.get(cluster, ())):
        state = hostvars[node].get("cucm_preflight_state") if node in hostvars else None
        if not isinstance(state, Mapping) or "trusted" not in state:
            continue
        missing = [each for each in chain if each not in set(state["trusted"])]
        if missing:
            told.append(f"{node} lacks {', '.join(missing)}")
    return told
