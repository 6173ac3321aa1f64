# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this failed, a job would hand on more than the next one can take, or would leave out what failed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._report.outcome import (
    LARGEST,
    bounded,
    failed_checks,
    not_passed,
    size_of,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report.reports import (
    failing_pair,
    healthy_pair,
)
from hypothesis import given
from hypothesis import strategies as st


def test_a_healthy_pair_has_nothing_to_fix() -> None:
    report = healthy_pair()
    assert failed_checks(report) == []
    assert not_passed(report) == []


def test_what_failed_is_told_with_its_remedy_causes_first() -> None:
    report = failing_pair()
    found = failed_checks(report)
    assert found[0]["remedy"] == report["fix_first"][0]["remedy"][:400]
    assert {check for each in found for check in each["checks"]} == {
        check["id"]
        for link in report["links"]
        for direction in link["directions"]
        for check in direction["checks"]
        if check["result"] == "fail"
    }
    assert all(each["links"] and each["object"] for each in found)
    assert not_passed(report) == [report["links"][0]["id"]]


def test_a_small_outcome_is_whole() -> None:
    lists = {"failed": [{"remedy": "Do"}], "restarts": [{"host": "a"}]}
    assert bounded({"verdict": "fail"}, lists) == {
        "format": "ucops.cucm.outcome/1",
        "verdict": "fail",
        **lists,
        "requests": [],
        "plan": [],
        "failed_nodes": [],
        "not_passed": [],
        "left_out": {},
    }


@pytest.mark.parametrize("beside", [0, 40_000, 1_000_000])
def test_a_large_one_is_cut_and_says_how_much_is_missing(beside: int) -> None:
    failed = [{"remedy": f"{number} " + "é" * 398} for number in range(1000)]
    restarts = [{"host": f"node{number}", "services": ["Cisco CallManager"]} for number in range(2000)]
    found = bounded({"verdict": "fail"}, {"failed": failed, "restarts": restarts}, beside=beside)
    assert size_of(found) <= max(LARGEST - beside, 4096)
    assert found["failed"] == failed[: len(found["failed"])]
    assert found["left_out"] == {
        "failed": 1000 - len(found["failed"]),
        "restarts": 2000 - len(found["restarts"]),
    }
    if not beside:
        assert found["failed"] and found["restarts"]


TEXTS = st.text(max_size=400)
ENTRIES = st.lists(
    st.dictionaries(st.sampled_from(("remedy", "object", "host")), TEXTS, max_size=3), max_size=300
)


@given(
    st.dictionaries(st.sampled_from(("failed", "requests", "restarts", "not_passed")), ENTRIES),
    st.integers(0, 100_000),
    st.text(max_size=5000),
)
def test_it_never_grows_beyond_its_bound(lists: dict[str, list[Any]], beside: int, ticket: str) -> None:
    found = bounded({"ticket": ticket[:100], "verdict": "fail"}, lists, beside=beside)
    assert size_of(found) <= max(LARGEST - beside, 4096)
    for name, entries in lists.items():
        assert len(found[name]) + found["left_out"].get(name, 0) == len(entries)
