# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What set_stats hands on: bounded, whatever the site, or a workflow fails that only wanted numbers."""

from __future__ import annotations

import json

from ansible_collections.ucops.cucm.plugins.module_utils._report.audit_statistics import (
    LARGEST,
    audit_statistics,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report import audit_reports


def test_a_small_site_is_handed_on_whole() -> None:
    report = audit_reports.failing()
    made = audit_statistics(report)
    assert made["worst"] == "critical"
    assert made["counts"] == report["counts"]
    assert made["left_out"] == {"findings": 0, "not_measured": 0, "clusters": 0}
    assert len(made["findings"]) == len(report["findings"])
    assert made["not_measured"][0]["nodes"] == ["cucm10-sub1"]
    assert [cluster["cluster"] for cluster in made["clusters"]] == ["CUCM10", "CUCMA"]


def test_a_large_site_is_cut_and_says_so() -> None:
    report = dict(audit_reports.hostile())
    for name in ("findings", "not_measured", "clusters"):
        report[name] = report[name] * 200
    made = audit_statistics(report)
    assert len(json.dumps(made)) <= LARGEST
    for name in ("findings", "not_measured", "clusters"):
        assert made[name], name
        assert made["left_out"][name] == len(report[name]) - len(made[name]) > 0


def test_clusters_without_a_finding_take_no_room() -> None:
    assert audit_statistics(audit_reports.healthy())["clusters"] == []
