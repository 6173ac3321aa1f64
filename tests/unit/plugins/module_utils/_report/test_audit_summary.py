# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate audit on a terminal: short, the worst first, and no line that a hostile name makes longer."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._report.audit_summary import audit_summary
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report import audit_reports


def test_healthy_site_takes_a_few_lines() -> None:
    lines = audit_summary(audit_reports.healthy())
    assert lines[0] == "Certificates: no finding; 2 nodes of 2 clusters measured"
    assert len(lines) <= 40
    assert sum("700 d  CallManager of CUCM" in line for line in lines) == 2


def test_the_worst_stands_first_with_its_remedy() -> None:
    lines = audit_summary(audit_reports.failing())
    text = " ".join(" ".join(lines).split())
    assert lines[0].startswith("Certificates: 4 critical, ")
    assert "2 of 3 nodes of 2 clusters measured" in text
    headings = [line for line in lines if line in ("Critical:", "Warnings:", "Notices:", "Not measured:")]
    assert headings == ["Critical:", "Warnings:", "Notices:", "Not measured:"]
    assert text.index("the certificate expired") < text.index("expires in 5 days") < text.index("Warnings:")
    assert "release Unified CM 15SU5" in text
    assert "CUCM10: cucm10-sub1: no route to the node" in text


def test_hundreds_of_clusters_with_one_fault_stay_short() -> None:
    lines = audit_summary(audit_reports.many(60))
    assert len(lines) <= 40
    assert any("60 x CallManager" in line for line in lines)
    assert any("and 57 more clusters" in line for line in lines)


def test_hostile_texts_make_no_line_longer_and_are_visible() -> None:
    for line in audit_summary(audit_reports.hostile()):
        assert len(line) <= 100
        assert line.isprintable(), line
