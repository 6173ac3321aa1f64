# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run is going to do, from what its hosts have read; the page that says so; and what came of it.

Reads the variables that the roles register: `cucm_certificate_planned` or `cucm_preflight_state` of every node,
`cucm_sip_tls_trunk_foreseen` and `cucm_sip_tls_trunk_plan` of every publisher.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.certificate_plan import planned_of
from ansible_collections.ucops.cucm.plugins.module_utils._site.entries import fault_of_entry
from ansible_collections.ucops.cucm.plugins.module_utils._site.peer_rules import of_all
from ansible_collections.ucops.cucm.plugins.module_utils._site.peers import kind_of, peer_of

Variables = Mapping[str, Any]

#: Actions in the order in which they are done, with the word for one and for several.
ACTIONS = {
    "sign": ("certificate to have signed and to upload", "certificates to have signed and to upload"),
    "trust": ("node that gets CA certificates", "nodes that get CA certificates"),
    "restart": ("node whose services restart", "nodes whose services restart"),
    "add": ("object to add", "objects to add"),
    "change": ("object to change", "objects to change"),
    "remove": ("object to remove", "objects to remove"),
    "reset": ("trunk to reset", "trunks to reset"),
}
#: What is told and not done: a CA decides, something waits for something else, something cannot be done, something may
#: not work, something is worth knowing.
DECIDES, WAITS, REFUSED, WARNS, NOTES = "decide", "wait", "refuse", "warn", "note"
#: After any of these, the trunks are looked at again.
_OF_TRUNKS = {"sign", DECIDES, "add", "change", "remove", "reset", REFUSED}

#: After these alone nothing is left that could be put back.
_NOT_RECORDED = {"restart", WAITS, REFUSED, WARNS, NOTES}

_KINDS = {
    "sip_trunk_security_profile": "security profile",
    "sip_profile": "SIP profile",
    "sip_trunk": "trunk",
    "route_pattern": "pattern",
    "route_group": "route group",
    "route_list": "route list",
}
_VERBS = {"add": "add", "change": "change", "remove": "remove"}
#: How many lines of steps a page has at most; the rest is counted.
LONGEST_PAGE = 200


@dataclass(frozen=True)
class Step:
    """One thing that the run does on a node or in a cluster, or that waits or is refused.

    `drops_calls` says that calls may be cut off.
    """

    cluster: str
    host: str
    action: str
    what: str
    why: str = ""
    drops_calls: bool = False


def steps_of(hosts: Iterable[str], hostvars: Mapping[str, Variables]) -> list[Step]:
    """All steps, by host in the order of the run."""
    names = list(hosts)
    warned = dict(_warnings_of_peers(names, hostvars))
    return [step for host in names for step in (*_steps_of_host(host, hostvars[host]), *warned.get(host, ()))]


def _warnings_of_peers(
    hosts: Sequence[str], hostvars: Mapping[str, Variables]
) -> Iterator[tuple[str, list[Step]]]:
    """What is wrong with the peers of each cluster that are no clusters, at the first of its hosts.

    What the plan of the trunks has refused already is told there.
    """
    members: dict[str, list[str]] = {}
    for host in hosts:
        members.setdefault(str(hostvars[host].get("cucm_cluster") or ""), []).append(host)
    for cluster, nodes in members.items():
        variables = hostvars[nodes[0]]
        entries = [
            entry
            for entry in variables.get("cucm_peers") or ()
            if isinstance(entry, Mapping) and kind_of(entry).is_external and fault_of_entry(entry) is None
        ]
        if entries and not variables.get("cucm_sip_tls_trunk_removes"):
            found = of_all(nodes, hostvars, [peer_of(entry, {}, {}) for entry in entries])
            told = _problems_told(nodes, hostvars)
            yield (
                nodes[0],
                [
                    Step(cluster, nodes[0], REFUSED if one.refuses else WARNS, one.text)
                    for one in found
                    if not (one.refuses and one.text in told)
                ],
            )


def _steps_of_host(host: str, variables: Variables) -> Iterator[Step]:
    cluster = str(variables.get("cucm_cluster") or "")
    planned = planned_of(variables)
    if planned is not None:
        yield from _steps_of_certificate(cluster, host, planned)
    foreseen = variables.get("cucm_sip_tls_trunk_foreseen")
    if isinstance(foreseen, Mapping):
        for each in foreseen.get("objects") or ():
            yield from _steps_of_object(cluster, host, each)
        for problem in _refusals(foreseen):
            yield Step(cluster, host, REFUSED, problem)
    for link in variables.get("cucm_sip_tls_trunk_plan") or ():
        if link.get("waits_for_wave"):
            yield Step(
                cluster, host, WAITS, f"wave {link['waits_for_wave']}: no trunk to {link['cluster']} yet"
            )
        elif link["waits_for"]:
            yield Step(
                cluster,
                host,
                WAITS,
                f"a certificate of {', '.join(link['waits_for'])}: no trunk to {link['cluster']}",
            )
        if variables.get("cucm_sip_tls_trunk_removes"):
            continue
        if link["problem"]:
            yield Step(cluster, host, REFUSED, str(link["problem"]))
        for text in link.get("warnings") or ():
            yield Step(cluster, host, WARNS, str(text))
        for text in link.get("notes") or ():
            yield Step(cluster, host, NOTES, str(text))


def _problems_told(hosts: Sequence[str], hostvars: Mapping[str, Variables]) -> str:
    links = (link for host in hosts for link in hostvars[host].get("cucm_sip_tls_trunk_plan") or ())
    return " ".join(str(link["problem"]) for link in links)


#: The severities of `_site.safety` that are told, and as what. Notes on phones matter to new certificates only.
_TOLD = {"refused": REFUSED, "warning": WARNS, "not_measured": NOTES, "note": NOTES}


def _safety(
    hosts: Sequence[str], hostvars: Mapping[str, Variables], steps: Sequence[Step], busy: set[str]
) -> Iterator[Step]:
    """What speaks against a change now, from `cucm_preflight_safety` of the hosts of these clusters."""
    signing = {step.cluster for step in steps if step.action in ("sign", DECIDES)}
    for host in hosts:
        cluster = str(hostvars[host].get("cucm_cluster") or "")
        read = hostvars[host].get("cucm_preflight_safety")
        if cluster not in busy or not isinstance(read, Mapping) or read.get("skipped"):
            continue
        if "findings" not in read:
            demanded = str(hostvars[host].get("cucm_safety_require_measured", False)).lower() in (
                "true",
                "yes",
                "1",
                "on",
            )
            why = str(read.get("msg") or "it was not read").rstrip(".")
            yield Step(
                cluster,
                host,
                REFUSED if demanded else NOTES,
                f"not measured: whether a change is safe: {why}",
            )
            continue
        for each in read["findings"]:
            if each["severity"] not in _TOLD or (each["check"] == "phones" and cluster not in signing):
                continue
            yield Step(cluster, host, _TOLD[each["severity"]], str(each["text"]))


def _refusals(foreseen: object) -> list[str]:
    """Why objects cannot be made; of a failed task that did not fail its host only the reason is left."""
    if not isinstance(foreseen, Mapping) or ("objects" in foreseen and "reason" not in foreseen):
        return []
    return [str(each["msg"]) for each in foreseen.get("problems") or ()] or [str(foreseen.get("msg", ""))]


def _steps_of_certificate(cluster: str, host: str, planned: Mapping[str, Any]) -> Iterator[Step]:
    service = planned["service"]
    if planned.get("is_pending"):
        yield Step(
            cluster,
            host,
            DECIDES,
            f"the {planned['backend']} CA, which decides about the {service} certificate",
        )
    elif planned["reasons"]:
        why = "; ".join(each["text"] for each in planned["reasons"] if each["about"] != "pending")
        yield Step(
            cluster, host, "sign", f"{service} certificate, signed by the {planned['backend']} CA", why
        )
    if planned["missing_cas"] and not planned.get("is_pending"):
        many = "certificate" if planned["missing_cas"] == 1 else "certificates"
        yield Step(cluster, host, "trust", f"{planned['missing_cas']} CA {many} to {service}-trust")
    services = planned["restart_services"]
    if services:
        named = ", ".join(services)
        if planned["may_restart"]:
            yield Step(cluster, host, "restart", named, drops_calls="Cisco CallManager" in services)
        else:
            yield Step(
                cluster, host, WAITS, f"a restart of {named}", "cucm_certificate_restart_services is not true"
            )


def _steps_of_object(cluster: str, host: str, each: Mapping[str, Any]) -> Iterator[Step]:
    named = f"{_KINDS.get(each['kind'], each['kind'])} '{each['name']}'"
    if each["change"] in _VERBS:
        yield Step(cluster, host, each["change"], named, ", ".join(each["fields"]))
    for trunk in each["resets"]:
        yield Step(cluster, host, "reset", f"trunk '{trunk}'", drops_calls=True)


def plan_of(
    hosts: Sequence[str], hostvars: Mapping[str, Variables], *, check_mode: bool = False
) -> dict[str, Any]:
    """Give the plan as data, whose keys the filter `run_plan` documents."""
    steps = list(dict.fromkeys(steps_of(hosts, hostvars)))
    busy = {step.cluster for step in steps if step.action in (*ACTIONS, DECIDES)}
    unsafe = [] if not busy else list(_safety(hosts, hostvars, steps, busy))
    steps += unsafe
    counts = Counter(step.action for step in steps)
    done = [step for step in steps if step.action in ACTIONS]
    return {
        "steps": [asdict(step) for step in steps],
        "counts": {action: counts[action] for action in (*ACTIONS, DECIDES, WAITS, REFUSED, WARNS, NOTES)},
        "hosts_with_steps": list(dict.fromkeys(step.host for step in done)),
        "clusters_with_steps": sorted(busy),
        "recorded_by": _recorders(hosts, hostvars, steps),
        # New certificates may have other names, and a peer that cannot be served is told.
        "certificates_are_done": not ({"sign", "trust", DECIDES} & set(counts)),
        "trunks_are_done": not (_OF_TRUNKS & set(counts)),
        "stops": [
            problem
            for host in hosts
            for problem in _refusals(hostvars[host].get("cucm_sip_tls_trunk_foreseen"))
        ]
        + [f"{step.host}: {step.what}." for step in unsafe if step.action == REFUSED],
        "page": list(_page(hosts, hostvars, steps, check_mode=check_mode)),
    }


def _recorders(hosts: Sequence[str], hostvars: Mapping[str, Variables], steps: Sequence[Step]) -> list[str]:
    """The first host of each cluster of which something is changed that can be put back."""
    clusters = {step.cluster for step in steps if step.action not in _NOT_RECORDED}
    first: dict[str, str] = {}
    for host in hosts:
        first.setdefault(str(hostvars[host].get("cucm_cluster") or ""), host)
    return [host for cluster, host in first.items() if cluster in clusters]


def _page(
    hosts: Sequence[str], hostvars: Mapping[str, Variables], steps: Sequence[Step], *, check_mode: bool
) -> Iterator[str]:
    """What a person reads before anything is changed."""
    clusters = dict.fromkeys(str(hostvars[host].get("cucm_cluster") or "") for host in hosts)
    size = f"{_many(len(hosts), 'node')} of {_many(len(clusters), 'cluster')}"
    doing = [step for step in steps if step.action in ACTIONS]
    if not doing:
        yield f"PLAN: nothing to do on {size}."
    else:
        ending = "This is a check: nothing is changed." if check_mode else "Changes begin now."
        yield f"PLAN for {size}: {_counted(steps)}. {ending}"
    lines = [line for cluster in clusters for line in _lines_of(cluster, hostvars, steps)]
    yield from lines[:LONGEST_PAGE]
    if len(lines) > LONGEST_PAGE:
        yield f"… and {len(lines) - LONGEST_PAGE} lines more: cucm_plan_path names a file for all of it."
    cut = list(dict.fromkeys(step.cluster for step in doing if step.drops_calls))
    if cut:
        yield f"Calls may drop in: {', '.join(cut)}."


def _counted(steps: Sequence[Step]) -> str:
    counts = Counter(step.action for step in steps)
    return ", ".join(
        f"{counts[action]} {one if counts[action] == 1 else several}"
        for action, (one, several) in ACTIONS.items()
        if counts[action]
    )


def _lines_of(cluster: str, hostvars: Mapping[str, Variables], steps: Sequence[Step]) -> Iterator[str]:
    here = [step for step in steps if step.cluster == cluster]
    if not here:
        return
    release = next(filter(None, (_release(hostvars[step.host]) for step in here)), "")
    yield f"{cluster}{f' ({release})' if release else ''}"
    for step in here:
        why = f" ({step.why})" if step.why else ""
        yield f"  {step.host}: {_LABELS[step.action]}{step.what}{why}"


_LABELS = {
    "sign": "new ",
    "trust": "upload ",
    "restart": "restart ",
    "add": "add ",
    "change": "change ",
    "remove": "remove ",
    "reset": "reset ",
    DECIDES: "WAITS for ",
    WAITS: "WAITS for ",
    REFUSED: "REFUSED: ",
    WARNS: "WARNING: ",
    NOTES: "NOTE: ",
}


def _release(variables: Variables) -> str:
    return str((variables.get("cucm_preflight_state") or {}).get("release") or "")


def _many(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"


def differences(
    plan: Mapping[str, Any], active: Sequence[str], hostvars: Mapping[str, Variables]
) -> list[str]:
    """What did not come as planned, each as a sentence; empty when all did.

    `active` are the hosts that have not failed, whose own errors say what happened there.
    """
    planned: dict[tuple[str, str], list[str]] = {}
    for step in plan["steps"]:
        planned.setdefault((step["host"], step["action"]), []).append(step["what"])
    told = [
        f"{host}: not finished, since the node has failed. What was planned there may be done in part."
        for host in plan["hosts_with_steps"]
        if host not in active
    ]
    for host in active:
        variables = hostvars[host]
        told += _differences_of_certificate(host, planned, variables)
        told += _differences_of_trunks(host, planned, variables)
    return told


def _differences_of_certificate(
    host: str, planned: Mapping[tuple[str, str], list[str]], variables: Variables
) -> Iterator[str]:
    was_planned = (host, "sign") in planned
    if was_planned and variables.get("cucm_certificate_pending"):
        yield f"{host}: the certificate was not issued yet, since the CA has not decided."
    elif was_planned != bool(variables.get("cucm_certificate_is_new")):
        yield f"{host}: a new certificate was {'planned and not made' if was_planned else 'made and not planned'}."
    if (host, "restart") in planned and variables.get("cucm_certificate_waiting"):
        services = ", ".join(variables["cucm_certificate_waiting"])
        yield f"{host}: a restart was planned, and {services} still waits for one."


def _differences_of_trunks(
    host: str, planned: Mapping[tuple[str, str], list[str]], variables: Variables
) -> Iterator[str]:
    made = variables.get("cucm_sip_tls_trunk_made")
    objects = made.get("objects") or () if isinstance(made, Mapping) else ()
    done = {
        (action, what)
        for each in objects
        for step in _steps_of_object("", host, each)
        for action, what in [(step.action, step.what)]
    }
    wanted = {(action, what) for action in (*_VERBS, "reset") for what in planned.get((host, action), ())}
    for link in variables.get("cucm_sip_tls_trunk_plan") or ():
        if link["waits_for"] and not link.get("waits_for_wave"):
            nodes = ", ".join(link["waits_for"])
            yield f"{host}: nothing was done towards {link['cluster']}, since {nodes} waits for a CA."
            return
    for action, what in sorted(wanted - done):
        yield f"{host}: planned and not done: {action} {what}."
    for action, what in sorted(done - wanted):
        yield f"{host}: done and not planned: {action} {what}."
