# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The verdict: from evidence to checks, from checks to directions and links, and to what must be fixed.

What is missing is never taken for right: a direction passes only when something was measured and
nothing that is required is missing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._verdict.case import Case, Direction, Member
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks import (
    FAIL,
    NOT_MEASURED,
    ORDER,
    PASS,
    RESULTS,
    TITLES,
    Check,
    Checks,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_agreement import (
    agreement,
    check_agreement,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_capture import (
    check_captures,
    handshakes,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_certificate import (
    Judgement,
    check_certificates,
    check_names,
    check_trust,
    held_by,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_port import (
    check_ports,
    check_services,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_status import check_status
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_trace import check_traces
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_trunk import check_trunks
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.evidence import Certificate
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.external import adapt, described
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.view import moment_text, words

FORMAT = "ucops.cucm.report/1"
#: Checks for which a cluster must be asked.
_OF_CLUSTERS = frozenset(
    (
        "trunk_configured",
        "trunk_security",
        "trunk_destinations",
        "subject_names",
        "srtp",
        "route_pattern",
        "options_ping",
        "service_running",
        "clock",
        "name_resolved",
        "port_open",
        "tls_version",
        "strangers_refused",
        "options_answered",
        "certificate_trusted",
        "certificate_running",
        "trunk_status",
        "trunk_reset",
    )
)


@dataclass(frozen=True)
class _Judged:
    """A direction with its checks, in the order of the report."""

    direction: Direction
    checks: tuple[Check, ...]

    @property
    def names(self) -> tuple[str, str]:
        return self.direction.here.name, self.direction.there.name

    @property
    def verdict(self) -> str:
        results = {check.result for check in self.checks}
        if FAIL in results:
            return FAIL
        missing = any(check.required and check.result == NOT_MEASURED for check in self.checks)
        return NOT_MEASURED if missing or PASS not in results else PASS


def judge(
    evidence: Sequence[Mapping[str, Any]],
    trust: Sequence[Mapping[str, Any]],
    now: datetime,
    *,
    certificates: Sequence[Mapping[str, Any]] = (),
    captures: Sequence[Mapping[str, Any]] = (),
    traces: Sequence[Mapping[str, Any]] = (),
    title: str = "",
) -> dict[str, Any]:
    """The report on evidence documents.

    `trust` and `certificates` are what only the signatures tell (see `Judgement`). `captures`, each
    `{path, result}`, and `traces`, results of cucm_trace_info, were given without a document.
    """
    case = Case(evidence, captures, traces)
    return judge_case(case, trust, now, certificates=certificates, title=title)


def judge_case(
    case: Case,
    trust: Sequence[Mapping[str, Any]],
    now: datetime,
    *,
    certificates: Sequence[Mapping[str, Any]] = (),
    title: str = "",
) -> dict[str, Any]:
    """As `judge`, on evidence that has been put together already."""
    judgement = Judgement(trust, certificates)
    links = []
    for one, other in case.links:
        there = _checks(case.direction(one, other), judgement, now)
        back = _checks(case.direction(other, one), judgement, now)
        links.append((_explain(there, back), _explain(back, there)))
    return {
        "format": FORMAT,
        "title": words(title) or "SIP trunks over TLS",
        "created": moment_text(now),
        "verdict": _worst(judged.verdict for link in links for judged in link),
        "counts": _counts(check for link in links for judged in link for check in judged.checks),
        "clusters": _clusters(case),
        "links": [_link(*link) for link in links],
        "certificates": _certificates(case),
        "agreement": _agreements(case),
        "fix_first": _fix_first(links),
    }


def _checks(direction: Direction, judgement: Judgement, now: datetime) -> _Judged:
    checks = Checks(direction.here.name, direction.there.name)
    if not direction.offline:
        check_trunks(direction, checks)
        check_names(direction, judgement, checks)
        check_services(direction, checks)
        check_trust(direction, judgement, checks)
        check_status(direction, checks)
    check_ports(direction, checks)
    check_certificates(direction, judgement, now, checks)
    check_captures(direction, checks)
    check_traces(direction, checks)
    check_agreement(direction, checks)
    adapt(direction, judgement, checks)
    _complete(direction, checks)
    found = sorted(checks.found, key=lambda check: (ORDER[check.id], check.node))
    return _Judged(direction, tuple(found))


def _complete(direction: Direction, checks: Checks) -> None:
    """No check is passed over in silence: those that have found nothing to look at say so."""
    there = {check.id for check in checks.found}
    if direction.offline:
        checks.found = [check for check in checks.found if check.id not in _OF_CLUSTERS]
        there -= _OF_CLUSTERS
    for check in TITLES:
        if check in there:
            continue
        about = checks.about(
            check, object=f"{direction.here.name} to {direction.there.name}", expected="", source=()
        )
        if direction.offline:
            about.moot("no cluster was asked")
        else:
            about.missing(f"no node of {direction.there.name} or {direction.here.name} is known")


# Causes and effects.


def _explain(judged: _Judged, other: _Judged) -> _Judged:
    """Mark the checks that fail, or say nothing, because another one fails, and name that one."""
    own, across = _roots(judged, back=other), _roots(other, back=judged)
    checks = tuple(_explained(check, own, across, other.names) for check in judged.checks)
    return replace(judged, checks=checks)


def _roots(judged: _Judged, *, back: _Judged) -> list[Check]:
    """The checks that fail without another one to blame."""
    own, across = _failed(judged), _failed(back)
    return [
        check
        for check in own
        if _first(check, own, check.causes) is None and _first(check, across, check.across) is None
    ]


def _failed(judged: _Judged) -> list[Check]:
    return [check for check in judged.checks if check.result == FAIL]


def _explained(check: Check, own: Sequence[Check], across: Sequence[Check], other: tuple[str, str]) -> Check:
    if check.result not in (FAIL, NOT_MEASURED):
        return check
    cause, where = _first(check, own, check.causes), ""
    if cause is None:
        cause, where = _first(check, across, check.across), f" of {other[0]} towards {other[1]}"
    if cause is None:
        return check
    remedy = f"Fix first: {cause.id}{where} ({cause.object}); then verify again"
    return replace(check, is_effect=check.result == FAIL, remedy=remedy)


def _first(check: Check, failed: Sequence[Check], causes: Sequence[str]) -> Check | None:
    """The first of the causes that failed, on the same node where both are about one node alone."""
    for cause in causes:
        for one in failed:
            same = not check.node or not one.node or one.node in (check.node, check.peer)
            if one.id == cause and one is not check and (same or check.id in _OF_THE_WHOLE):
                return one
    return None


#: Effects that come from whatever node of either side.
_OF_THE_WHOLE = frozenset(("trunk_status", "trace_failures", "handshake_complete", "application_data"))


# Assembling.


def _worst(verdicts: Iterable[str]) -> str:
    found = set(verdicts)
    if FAIL in found:
        return FAIL
    return PASS if found == {PASS} else NOT_MEASURED


def _counts(checks: Iterable[Check]) -> dict[str, int]:
    counted = Counter(check.result for check in checks)
    return {result: counted[result] for result in RESULTS}


def _link(one: _Judged, other: _Judged) -> dict[str, Any]:
    names = one.names
    external = described(one.direction, (*one.checks, *other.checks))
    return {
        "id": _link_id(one),
        "clusters": [words(name) for name in names],
        "verdict": _worst((one.verdict, other.verdict)),
        **({"external": external} if external else {}),
        "directions": [_direction(judged) for judged in (one, other)],
    }


def _link_id(judged: _Judged) -> str:
    return words("--".join(sorted(judged.names)))


def _direction(judged: _Judged) -> dict[str, Any]:
    here, there = judged.names
    return {
        "from": words(here),
        "to": words(there),
        "verdict": judged.verdict,
        "counts": _counts(judged.checks),
        "checks": [check.as_dict() for check in judged.checks],
        "handshakes": handshakes(judged.direction),
    }


def _clusters(case: Case) -> list[dict[str, Any]]:
    linked = {name for link in case.links for name in link}
    return [
        {
            "name": words(cluster),
            "release": next((node.release for node in _nodes(members) if node.release), None),
            "nodes": [_node(members[name]) for name in sorted(members)],
        }
        for cluster, members in sorted(case.members.items())
        if members and (cluster in linked or _nodes(members))
    ]


def _nodes(members: Mapping[str, Member]) -> list[Any]:
    found = [member.document for member in members.values() if member.document]
    return sorted(found, key=lambda node: not node.is_publisher)


def _node(member: Member) -> dict[str, Any]:
    known, node = member.known, member.document
    return {
        "name": words(member.name),
        "host": words(node.host if node else min(member.addresses, default="")),
        "is_publisher": bool(node and node.is_publisher),
        "certificate": _certificate(known) if known else None,
    }


def _certificate(certificate: Certificate) -> dict[str, Any]:
    return {
        "common_name": words(certificate.common_name),
        "serial_number": words(certificate.serial_number),
        "issuer": words(certificate.issuer_name),
        "not_before": moment_text(certificate.not_before) if certificate.not_before else None,
        "not_after": moment_text(certificate.not_after) if certificate.not_after else None,
        "fingerprint_sha256": words(certificate.fingerprint),
    }


def _certificates(case: Case) -> list[dict[str, Any]]:
    """The certificates of the trunks, and the CAs of the trust stores that their issuers name."""
    rows = []
    issuers: set[str] = set()
    for _cluster, members in sorted(case.members.items()):
        for _name, member in sorted(members.items()):
            for held in held_by(member):
                rows.append(_validity(member, "identity", held.certificate))
                issuers.add(held.certificate.issuer_dn)
    authorities = [
        (member, certificate)
        for _cluster, members in sorted(case.members.items())
        for _name, member in sorted(members.items())
        for certificate in (member.document.trusted if member.document else ())
    ]
    # Upwards: the issuers of the issuers are of interest too. The names do, where nothing is decided.
    above: dict[str, set[str]] = defaultdict(set)
    for _member, ca in authorities:
        above[ca.subject_dn].add(ca.issuer_dn)
    found = list(issuers)
    while found:
        new = above[found.pop()] - issuers
        issuers |= new
        found += new
    return rows + [
        _validity(member, "ca", certificate)
        for member, certificate in authorities
        if certificate.subject_dn in issuers
    ]


def _validity(member: Member, role: str, certificate: Certificate) -> dict[str, Any]:
    described = _certificate(certificate)
    del described["issuer"]
    return {"cluster": words(member.cluster), "node": words(member.name), "role": role, **described}


def _agreements(case: Case) -> list[dict[str, Any]]:
    """Store, wire and trace of each node that is in a link, each node once."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for direction in case.directions():
        for member in direction.there.members:
            found = agreement(direction, member)
            row = {"cluster": words(member.cluster), "node": words(member.name), **found.as_dict()}
            known = rows.get((member.cluster, member.name))
            better = known is None or (known["agree"] is not False and found.told > _told(known))
            if better or found.agree is False:
                rows[member.cluster, member.name] = row
    return [rows[key] for key in sorted(rows)]


def _told(row: Mapping[str, Any]) -> int:
    return sum(bool(row[key]) for key in ("store", "wire", "trace"))


def _fix_first(links: Sequence[tuple[_Judged, _Judged]]) -> list[dict[str, Any]]:
    """What is to be done, causes first, each remedy once."""
    failed = [
        (check, _link_id(judged))
        for link in links
        for judged in link
        for check in judged.checks
        if check.result == FAIL
    ]
    failed.sort(key=lambda entry: (entry[0].is_effect, ORDER[entry[0].id]))
    steps: dict[str, dict[str, Any]] = {}
    for check, link in failed:
        remedy = words(check.remedy)
        step = steps.setdefault(
            remedy, {"remedy": remedy, "object": words(check.object), "links": [], "checks": []}
        )
        for key, value in (("links", link), ("checks", check.id)):
            if value not in step[key]:
                step[key].append(value)
    return list(steps.values())
