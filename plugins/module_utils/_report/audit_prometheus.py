# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate audit for the textfile collector of node_exporter (Prometheus text format 0.0.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from ansible_collections.ucops.cucm.plugins.module_utils._facts.severity import SEVERITIES
from ansible_collections.ucops.cucm.plugins.module_utils._report.audit_words import count, mapping
from ansible_collections.ucops.cucm.plugins.module_utils._report.validity import moment
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import Entry, entries, plain

PREFIX = "ucops_cucm_"
_LONGEST = 200


def audit_prometheus(report: Entry) -> str:
    """The metrics; all are gauges, and none has a time stamp, which the collector does not take."""
    return "".join(
        f"{line}\n"
        for name, text, samples in _metrics(report)
        for line in (
            f"# HELP {PREFIX}{name} {text}",
            f"# TYPE {PREFIX}{name} gauge",
            *_lines(f"{PREFIX}{name}", samples),
        )
    )


def escaped(value: object) -> str:
    """A label's value: visible characters, with what the format wants escaped."""
    shown = plain(value, _LONGEST)
    return shown.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


Samples = Iterable[tuple[Mapping[str, object], float]]


def _lines(name: str, samples: Samples) -> list[str]:
    """The samples; one series has one value, the smallest, or the whole file is refused."""
    found: dict[str, float] = {}
    for labels, value in samples:
        inside = ",".join(f'{label}="{escaped(each)}"' for label, each in labels.items())
        series = f"{name}{{{inside}}}" if inside else name
        found[series] = min(value, found.get(series, value))
    return [f"{series} {value:.0f}" for series, value in found.items()]


def _metrics(report: Entry) -> Iterator[tuple[str, str, Samples]]:
    created = moment(report.get("created"))
    yield (
        "certificate_audit_timestamp_seconds",
        "Time of the certificate audit.",
        [({}, _seconds(created))] if created else [],
    )
    yield (
        "certificate_audit_node_measured",
        "Whether the certificates of the node could be read.",
        [(_labels(node, "cluster", "node"), float(bool(node.get("measured")))) for node in _nodes(report)],
    )
    yield (
        "certificate_audit_findings",
        "Findings of the certificate audit.",
        [
            (
                {**_labels(cluster, "cluster"), "severity": severity},
                count(mapping(cluster, "counts"), severity),
            )
            for cluster in entries(report, "clusters")
            for severity in SEVERITIES
        ],
    )
    yield (
        "identity_certificate_not_after_timestamp_seconds",
        "End of the validity of a certificate of a node.",
        _identities(report),
    )
    yield (
        "ca_certificate_not_after_timestamp_seconds",
        "End of the validity of a CA in a trust store on which certificates of nodes hang.",
        _authorities(report),
    )


def _seconds(when: datetime) -> float:
    return float(int(when.timestamp()))


def _nodes(report: Entry) -> list[Entry]:
    return entries(report, "nodes")


def _labels(entry: Entry, *names: str) -> dict[str, object]:
    return {name: entry.get(name) for name in names}


def _of_certificate(entry: Entry) -> dict[str, object]:
    return {
        **_labels(entry, "common_name", "issuer_name", "issuer_kind", "serial_number"),
        "fingerprint": plain(entry.get("fingerprint_sha256"), 100).replace(":", "").lower(),
    }


def _identities(report: Entry) -> Iterator[tuple[dict[str, object], float]]:
    for entry in entries(report, "certificates"):
        end = moment(entry.get("not_after"))
        if end is None:
            continue
        for place in entries(entry, "places"):
            nodes = place.get("nodes")
            if place.get("kind") != "identity" or not isinstance(nodes, (list, tuple)):
                continue
            for node in nodes:
                labels = {**_labels(place, "cluster"), "node": node, **_labels(place, "service")}
                yield {**labels, **_of_certificate(entry)}, _seconds(end)


def _authorities(report: Entry) -> Iterator[tuple[dict[str, object], float]]:
    for entry in entries(report, "certificates"):
        end = moment(entry.get("not_after"))
        if end is None or not count(entry, "dependents"):
            continue
        for place in entries(entry, "places"):
            if place.get("kind") == "trust":
                yield {**_labels(place, "cluster", "service"), **_of_certificate(entry)}, _seconds(end)
