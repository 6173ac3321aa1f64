# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate audit: from the documents of nodes to one report as plain data."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.certificate_uses import (
    SIP_SERVICES,
    STORES,
    USES,
)
from ansible_collections.ucops.cucm.plugins.module_utils._facts.severity import SEVERITIES, worst_of
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_document import (
    NodeReading,
    reading_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_links import (
    depend_on_peers,
    judge_links,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_rules import Finding, Rules, names_of
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_site import (
    IDENTITY,
    Holding,
    Limits,
    Site,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.pool import Pool
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import common_name, is_ca, time_text
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import trust_store_of

FORMAT = "ucops.cucm.certificate-audit-report/1"


def audit(
    documents: Iterable[Mapping[str, Any]],
    *,
    absent: Mapping[str, str],
    now: datetime,
    limits: Limits,
    title: str,
) -> dict[str, Any]:
    """Judge documents, each decoded and let go in turn. `absent` are nodes without one, with the reasons."""
    pool = Pool()
    nodes = [reading_of(document, pool) for document in documents]
    site = Site(nodes, pool, now, limits)
    rules = Rules(site)
    depend_on_peers(rules)
    found = rules.judge()
    unknown = judge_links(rules)
    found = sorted(rules.found.values(), key=lambda finding: _urgency(finding, site))
    described = [_finding(finding, site) for finding in found]
    return {
        "format": FORMAT,
        "created": time_text(now),
        "title": title,
        "limits": {
            "warning_days": limits.warning_days,
            "critical_days": limits.critical_days,
            "ca_warning_days": limits.ca_warning_days,
        },
        "worst": worst_of(finding.severity for finding in found),
        "counts": _counts(found),
        "totals": _totals(site, absent),
        "findings": described,
        "not_measured": list(_not_measured(site, absent, unknown)),
        "clusters": _clusters(site, found),
        "nodes": _nodes(site, absent),
        "certificates": _certificates(site, rules, found),
    }


def _urgency(finding: Finding, site: Site) -> tuple[Any, ...]:
    left = site.days_left(finding.place.fingerprint) if finding.place.fingerprint else 0
    return (SEVERITIES.index(finding.severity), left, finding.place, finding.reason, finding.text)


def _counts(found: Iterable[Finding]) -> dict[str, int]:
    counted = Counter(finding.severity for finding in found)
    return {severity: counted[severity] for severity in SEVERITIES}


def _finding(finding: Finding, site: Site) -> dict[str, Any]:
    name = finding.place.fingerprint
    certificate = site.pool[name] if name else None
    return {
        "severity": finding.severity,
        "reason": finding.reason,
        "text": finding.text,
        "remedy": finding.remedy,
        "fixed_by": finding.fix,
        "cluster": finding.place.cluster,
        "nodes": finding.nodes,
        "kind": finding.place.kind,
        "service": finding.place.service,
        "fingerprint_sha256": name,
        "common_name": (common_name(certificate) or "") if certificate else "",
        "not_after": time_text(certificate.not_valid_after_utc) if certificate else "",
        "days_left": site.days_left(name) if name else None,
    }


def _totals(site: Site, absent: Mapping[str, str]) -> dict[str, int]:
    measured = [node for node in site.nodes if node.measured]
    return {
        "clusters": len(site.clusters),
        "nodes": len(site.nodes) + len(absent),
        "measured": len(measured),
        "identities": sum(len(node.identities) for node in measured),
        "trusted": sum(len(node.trust) for node in measured),
        "certificates": sum(1 for _name in site.pool),
        "links": len({frozenset((link.cluster, link.peer)) for link in site.links}),
    }


# What is not known.


def _not_measured(
    site: Site, absent: Mapping[str, str], unknown: Sequence[tuple[NodeReading, NodeReading]]
) -> Iterator[dict[str, Any]]:
    for name, why in absent.items():
        yield _gap("node", "", [name], "document_missing", why, "Look at the task that reads the node")
    for node in site.nodes:
        if not node.measured:
            yield _gap("node", node.cluster, [node.node], node.reason, node.text, node.remedy)
    for node in site.nodes:
        if node.trunks_text:
            yield _gap(
                *("trunks", node.cluster, [], "trunks_unknown"),
                f"the SIP trunks were not read, those of the inventory are taken: {node.trunks_text}",
                "Check that the application user may use AXL",
            )
    elsewhere: dict[str, list[str]] = defaultdict(list)
    for one in site.elsewhere:
        elsewhere[one.cluster].append(f"{one.trunk} to {one.address}")
    for cluster, trunks in elsewhere.items():
        names = list(dict.fromkeys(trunks))
        shown = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
        yield _gap(
            *("peer", cluster, [], "peer_elsewhere"),
            f"whether peers outside of this audit trust the certificates, and what they show: {shown}",
            "Ask whoever runs them, or use ucops.cucm.verify, which sees what they show",
        )
    for (cluster, peer), nodes in _grouped_pairs(unknown).items():
        yield _gap(
            *("peer", cluster, nodes, "store_unreadable"),
            f"whether {peer} trusts the certificates: one in its trust store cannot be read",
            "Look at the certificates of the peer that are not readable",
        )
    for cluster, nodes in _without_host_name(site).items():
        yield _gap(
            *("names", cluster, nodes, "host_name_unknown"),
            "whether the certificates name the node: its host name is not known",
            "Set cucm_hostname for it",
        )


def _gap(
    what: str, cluster: str, nodes: Sequence[str], reason: str, text: str, remedy: str
) -> dict[str, Any]:
    return {
        "what": what,
        "cluster": cluster,
        "nodes": list(nodes),
        "reason": reason,
        "text": text,
        "remedy": remedy,
    }


def _grouped_pairs(
    pairs: Sequence[tuple[NodeReading, NodeReading]],
) -> dict[tuple[str, str], list[str]]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for node, truster in pairs:
        names = found[(node.cluster, f"{truster.node} of {truster.cluster}")]
        if node.node not in names:
            names.append(node.node)
    return found


def _without_host_name(site: Site) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for node in site.nodes:
        if node.measured and not node.hostname:
            found[node.cluster].append(node.node)
    return found


# What there is.


def _clusters(site: Site, found: Sequence[Finding]) -> list[dict[str, Any]]:
    by_cluster: dict[str, list[Finding]] = defaultdict(list)
    for finding in found:
        by_cluster[finding.place.cluster].append(finding)
    ends: dict[str, list[datetime]] = defaultdict(list)
    for place in site.holdings:
        if place.kind == IDENTITY:
            ends[place.cluster].append(site.pool[place.fingerprint].not_valid_after_utc)
    return [
        {
            "cluster": name,
            "nodes": len(nodes),
            "measured": sum(node.measured for node in nodes),
            "worst": worst_of(finding.severity for finding in by_cluster[name]),
            "counts": _counts(by_cluster[name]),
            "next_expiry": time_text(min(ends[name])) if ends[name] else "",
            "trunks": [trunk.name for trunk in site.trunks(name)],
        }
        for name, nodes in sorted(site.clusters.items())
    ]


def _nodes(site: Site, absent: Mapping[str, str]) -> list[dict[str, Any]]:
    found = [
        {
            "cluster": node.cluster,
            "node": node.node,
            "host": node.host,
            "measured": node.measured,
            "reason": node.reason,
            "text": node.text,
            "identities": len(node.identities),
            "trusted": len(node.trust),
            "names_checked": bool(node.measured and node.hostname),
        }
        for node in site.nodes
    ]
    lost = [
        {
            "cluster": "",
            "node": name,
            "host": "",
            "measured": False,
            "reason": "document_missing",
            "text": why,
            "identities": 0,
            "trusted": 0,
            "names_checked": False,
        }
        for name, why in absent.items()
    ]
    return [*found, *lost]


def _certificates(site: Site, rules: Rules, found: Sequence[Finding]) -> list[dict[str, Any]]:
    """Every certificate once, with the places where it lies; those that end first stand first."""
    places: dict[str, list[Holding]] = defaultdict(list)
    for place in sorted(site.holdings):
        places[place.fingerprint].append(place)
    severities: dict[str, list[str]] = defaultdict(list)
    for finding in found:
        severities[finding.place.fingerprint].append(finding.severity)
    order = sorted(places, key=lambda name: (site.pool[name].not_valid_after_utc, name))
    return [_certificate(name, places[name], severities[name], site, rules) for name in order]


def _certificate(
    name: str, places: Sequence[Holding], severities: Sequence[str], site: Site, rules: Rules
) -> dict[str, Any]:
    certificate, described = site.pool[name], site.pool.described(name)
    services = list(dict.fromkeys(place.service for place in places if place.kind == IDENTITY))
    uses = [USES[service] for service in services if service in USES]
    dependents = sorted(rules.dependents.get(name, ()))
    hanging = f"the {len(dependents)} identities that hang on it" if dependents else ""
    return {
        **described,
        "common_name": common_name(certificate) or "",
        "names": names_of(certificate),
        "days_left": site.days_left(name),
        "dependents": len(dependents),
        "worst": worst_of(severities),
        "role": "identity" if services else "ca" if is_ca(certificate) or dependents else "trusted",
        "issuer_kind": rules.kind_of(name),
        "issuer_name": described["issuer"].get("CN") or described["issuer_dn"],
        "chain": [
            common_name(site.pool[above]) or site.pool.described(above)["subject_dn"]
            for above in site.pool.chain(name, site.pool.above(name))
        ],
        "used_by": list(_used_by(places, dependents, site)),
        "when_expired": "; ".join(dict.fromkeys([*(use.when_expired for use in uses), hanging])).strip("; "),
        "without_client_authentication": "; ".join(
            dict.fromkeys(use.without_client for use in uses if use.without_client)
        ),
        "places": [_place(place, site) for place in places],
    }


def _used_by(places: Sequence[Holding], dependents: Sequence[Holding], site: Site) -> Iterator[str]:
    for service in dict.fromkeys(place.service for place in places if place.kind == IDENTITY):
        use = USES.get(service)
        yield f"{service}: {use.what if use else 'not known what this service is for'}"
    for_trunks = [place for place in places if place.kind == IDENTITY and place.service in SIP_SERVICES]
    for cluster in dict.fromkeys(place.cluster for place in for_trunks):
        names = [trunk.name for trunk in site.trunks(cluster)]
        if names:
            yield f"SIP trunks over TLS of {cluster}: {', '.join(names)}"
    stores = dict.fromkeys(trust_store_of(place.service) for place in places if place.kind != IDENTITY)
    for store in stores:
        yield f"{store}-trust: {STORES.get(store, 'not known what this store is for')}"
    if dependents:
        names = list(dict.fromkeys(f"{place.service} of {place.cluster}" for place in dependents))
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        yield f"issuer of identities: {shown}"


def _place(place: Holding, site: Site) -> dict[str, Any]:
    held = site.holdings[place]
    return {
        "cluster": place.cluster,
        "kind": place.kind,
        "service": place.service,
        "nodes": list(dict.fromkeys(node.node for node, _file in held)),
        "file_names": list(dict.fromkeys(name for _node, name in held if name)),
    }
