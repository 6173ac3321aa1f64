# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate audit as a table for spreadsheets, without anything that one would take for a formula."""

from __future__ import annotations

import csv
import io
import re
from collections import defaultdict
from collections.abc import Iterator

from ansible_collections.ucops.cucm.plugins.module_utils._report.audit_words import mapping, texts
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import Entry, entries, plain

HEAD = (
    *("cluster", "kind", "service", "nodes", "file_names", "common_name", "subject", "names"),
    *("issuer_kind", "issuer", "serial_number", "not_before", "not_after", "days_left"),
    *("key_type", "key_size", "signature_hash", "extended_key_usage", "fingerprint_sha256"),
    *("worst", "findings", "used_by"),
)
#: What spreadsheets take for the beginning of a formula, at the beginning of a cell or behind what another
#: locale takes for the end of one. The letters of full width count for some.
_FORMULA = re.compile("(^|[;,|\t\"'])(\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20])")


def audit_csv(report: Entry) -> str:
    """A row for each certificate in each place of a cluster, and one for each node that was not measured."""
    stream = io.StringIO()
    writer = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(HEAD)
    writer.writerows(_rows(report))
    return stream.getvalue()


def cell(value: object) -> str:
    """The value as text that no spreadsheet calculates, of visible characters."""
    shown = plain(value, 2000)
    return _FORMULA.sub(lambda found: f"{found.group(1)}'{found.group(2)}", shown)


def _number(value: object) -> str:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def _rows(report: Entry) -> Iterator[list[str]]:
    for node in entries(report, "nodes"):
        if not node.get("measured"):
            shown = {"cluster": node.get("cluster"), "kind": "not measured", "nodes": node.get("node")}
            shown |= {"findings": node.get("text")}
            yield [cell(shown.get(name)) for name in HEAD]
    reasons: dict[tuple[str, ...], list[str]] = defaultdict(list)
    severities: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for finding in entries(report, "findings"):
        key = _key(finding, finding)
        reasons[key].append(plain(finding.get("reason"), 60))
        severities[key].append(plain(finding.get("severity"), 20))
    for certificate in entries(report, "certificates"):
        shared = _of_certificate(certificate)
        for place in entries(certificate, "places"):
            key = _key(place, certificate)
            own = {
                "cluster": cell(place.get("cluster")),
                "kind": cell(place.get("kind")),
                "service": cell(place.get("service")),
                "nodes": cell(" ".join(texts(place, "nodes"))),
                "file_names": cell(" ".join(texts(place, "file_names"))),
                # The report lists findings by urgency.
                "worst": cell(next(iter(severities.get(key, ())), "")),
                "findings": cell(" ".join(dict.fromkeys(reasons.get(key, ())))),
            }
            yield [own[name] if name in own else shared[name] for name in HEAD]


def _key(place: Entry, certificate: Entry) -> tuple[str, ...]:
    return (
        *(plain(place.get(name)) for name in ("cluster", "kind", "service")),
        plain(certificate.get("fingerprint_sha256")),
    )


def _of_certificate(certificate: Entry) -> dict[str, str]:
    """The cells that are the same in every place."""
    key = mapping(certificate, "public_key")
    special = {
        "subject": cell(certificate.get("subject_dn")),
        "names": cell(" ".join(texts(certificate, "names"))),
        "issuer": cell(certificate.get("issuer_dn")),
        "days_left": _number(certificate.get("days_left")),
        "key_type": cell(key.get("type")),
        "key_size": _number(key.get("size")),
        "extended_key_usage": cell(" ".join(texts(certificate, "extended_key_usage"))),
        "used_by": cell("; ".join(texts(certificate, "used_by"))),
    }
    return {name: special[name] if name in special else cell(certificate.get(name)) for name in HEAD}
