# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metrics of the certificate audit: a file that node_exporter refuses would hide that certificates end."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._report.audit_prometheus import (
    audit_prometheus,
    escaped,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report import audit_reports
from hypothesis import given
from hypothesis import strategies as st

# The grammar of the text format 0.0.4 (prometheus.io, "Exposition formats"), less time stamps, which the textfile
# collector refuses.
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
VALUE = r'"(?:[^"\\\n]|\\[\\"n])*"'
LABEL = rf"[a-zA-Z_][a-zA-Z0-9_]*={VALUE}"
SAMPLE = re.compile(rf"({NAME})(?:\{{({LABEL}(?:,{LABEL})*)?\}})? (-?[0-9]+(?:\.[0-9]+)?)")
HELP, TYPE = re.compile(rf"# HELP ({NAME}) [^\n]+"), re.compile(rf"# TYPE ({NAME}) gauge")


def parsed(text: str) -> dict[str, dict[str, str]]:
    """Series by metric, with their values; it fails on what breaks a rule of the format."""
    assert text.endswith("\n")
    metrics: dict[str, dict[str, str]] = {}
    current, described = "", ""
    for line in text.removesuffix("\n").split("\n"):
        if found := HELP.fullmatch(line):
            described = found[1]
            assert described not in metrics, "the lines of a metric are one group"
        elif found := TYPE.fullmatch(line):
            current = found[1]
            assert current == described, "HELP and TYPE stand before the samples"
            metrics[current] = {}
        else:
            found = SAMPLE.fullmatch(line)
            assert found, line
            assert found[1] == current
            labels = re.findall(rf"({LABEL})", found[2] or "")
            names = [label.partition("=")[0] for label in labels]
            assert len(names) == len(set(names))
            series = ",".join(sorted(labels))
            assert series not in metrics[current], "a series twice"
            metrics[current][series] = found[3]
    return metrics


@pytest.mark.parametrize("name", ["healthy", "failing", "hostile"])
def test_the_format_is_right(name: str) -> None:
    metrics = parsed(audit_prometheus(getattr(audit_reports, name)()))
    assert len(metrics) == 5
    assert all(metrics.values())


def test_what_it_says() -> None:
    report = audit_reports.failing()
    metrics = parsed(audit_prometheus(report))
    ends = metrics["ucops_cucm_identity_certificate_not_after_timestamp_seconds"]
    (series,) = [each for each in ends if 'service="TVS"' in each]
    (gone,) = [one for one in report["certificates"] if one["days_left"] == -3]
    assert int(ends[series]) == int(datetime.fromisoformat(gone["not_after"]).timestamp())
    assert 'cluster="CUCMA"' in series and 'node="cucma-pub"' in series
    measured = metrics["ucops_cucm_certificate_audit_node_measured"]
    assert measured['cluster="CUCM10",node="cucm10-sub1"'] == "0"
    assert measured['cluster="CUCMA",node="cucma-pub"'] == "1"
    found = metrics["ucops_cucm_certificate_audit_findings"]
    assert found['cluster="CUCMA",severity="critical"'] == "4"
    authorities = metrics["ucops_cucm_ca_certificate_not_after_timestamp_seconds"]
    assert any('common_name="Audit Root CA"' in each for each in authorities)


@given(st.text())
def test_any_text_is_a_value_of_a_label(text: str) -> None:
    assert re.fullmatch(VALUE, f'"{escaped(text)}"')


@pytest.mark.parametrize(
    ("text", "written"), [('a"b', r"a\"b"), ("a\\", r"a\\"), ("a\nb", "a b"), ('\\"', r"\\\"")]
)
def test_escapes(text: str, written: str) -> None:
    assert escaped(text) == written
