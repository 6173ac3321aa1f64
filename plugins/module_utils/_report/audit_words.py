# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What all forms of the certificate audit share: findings in groups, places in words, safe numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ansible_collections.ucops.cucm.plugins.module_utils._facts.severity import NONE, SEVERITIES
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import (
    Entry,
    entries,
    number_of,
    plain,
    some,
)

_WORDS = {"critical": "critical", "warning": "warning", "notice": "notice", NONE: "no finding"}
#: The marks of the page are those of the verdict's results.
MARKS = {"critical": "fail", "warning": "not_measured", "notice": "not_applicable", NONE: "pass"}


def severity_of(entry: Entry, key: str = "severity") -> str:
    """The severity; a value that is none counts as a warning, never as nothing."""
    value = entry.get(key)
    return value if isinstance(value, str) and value in _WORDS else "warning"


def severity_word(severity: str) -> str:
    """How a severity is said."""
    return _WORDS[severity]


def count(entry: Entry, key: str) -> int:
    """The number under this key; zero for anything else."""
    value = entry.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) else 0


def mapping(entry: Entry, key: str) -> Entry:
    """The mapping under this key; an empty one for anything else."""
    value = entry.get(key)
    return value if isinstance(value, dict) else {}


def texts(entry: Entry, key: str, longest: int = 300) -> list[str]:
    """The list of texts under this key, each fit to be shown."""
    value = entry.get(key)
    return [plain(item, longest) for item in value] if isinstance(value, (list, tuple)) else []


@dataclass
class Group:
    """Findings of one kind on certificates of one service: shown as one, by their first."""

    severity: str
    reason: str
    service: str
    kind: str
    found: list[Entry] = field(default_factory=list)

    @property
    def store(self) -> str:
        """`CallManager`, or `CallManager-trust`."""
        return f"{self.service or 'unnamed service'}{'-trust' if self.kind == 'trust' else ''}"


def groups_of(report: Entry) -> list[Group]:
    """The findings in groups, the most urgent first, as the report orders them."""
    found: dict[tuple[str, str, str, str], Group] = {}
    for entry in entries(report, "findings"):
        severity, reason = severity_of(entry), plain(entry.get("reason"), 60)
        service, kind = plain(entry.get("service"), 60), plain(entry.get("kind"), 20)
        key = (severity, reason, service, kind)
        found.setdefault(key, Group(severity, reason, service, kind)).found.append(entry)
    return sorted(found.values(), key=lambda group: SEVERITIES.index(group.severity))


def place_of(entry: Entry, most: int = 3) -> str:
    """`CUCMA: cucma-pub, cucma-sub1`; of a place or a finding."""
    nodes = texts(entry, "nodes", 100)
    cluster = plain(entry.get("cluster"), 100)
    return ": ".join(part for part in (cluster, some(nodes, most) if nodes else "") if part)


def by_cluster(found: Iterable[Entry]) -> list[Entry]:
    """The places of several findings, those of one cluster as one."""
    nodes: dict[str, list[str]] = {}
    for entry in found:
        names = nodes.setdefault(plain(entry.get("cluster"), 100), [])
        names += [name for name in texts(entry, "nodes", 100) if name not in names]
    return [{"cluster": cluster, "nodes": names} for cluster, names in nodes.items()]


def places_of(found: Iterable[Entry], most: int) -> str:
    """The places of several findings: `CUCMA: cucma-pub, cucma-sub1; CUCM10: cucm10-pub and 2 more`."""
    places = list(map(place_of, by_cluster(found)))
    more = len(places) - most
    return "; ".join(places[:most]) + (f" and {number_of(more, 'more cluster')}" if more > 0 else "")


def headline(report: Entry) -> str:
    """The whole in a sentence: `2 critical, 1 warning; 3 of 4 nodes of 2 clusters measured`."""
    counts, totals = mapping(report, "counts"), mapping(report, "totals")
    said = [
        number_of(count(counts, severity), severity, severity if severity == "critical" else "")
        for severity in SEVERITIES
        if count(counts, severity)
    ]
    measured, nodes = count(totals, "measured"), count(totals, "nodes")
    of_nodes = f"{measured} of {number_of(nodes, 'node')}" if measured != nodes else number_of(nodes, "node")
    clusters = number_of(count(totals, "clusters"), "cluster")
    return f"{', '.join(said) or 'no finding'}; {of_nodes} of {clusters} measured"


def certificate_name(entry: Entry) -> str:
    """The common name, else the subject."""
    return plain(entry.get("common_name"), 200) or plain(entry.get("subject_dn"), 200) or "without a name"


def used_in(entry: Entry) -> list[str]:
    """Where a certificate lies: `CallManager of CUCMA: cucma-pub`; of an identity, not who trusts it too."""
    every = entries(entry, "places")
    places = [place for place in every if place.get("kind") == "identity"] or every
    return [
        f"{plain(place.get('service'), 60)}{'-trust' if place.get('kind') == 'trust' else ''} of {place_of(place)}"
        for place in places
    ]


def is_told(entry: Entry) -> bool:
    """Whether a certificate stands in short forms: an identity, a CA in use, or one with an urgent finding."""
    return (
        entry.get("role") == "identity"
        or count(entry, "dependents") > 0
        or severity_of(entry, "worst") in ("critical", "warning")
    )
