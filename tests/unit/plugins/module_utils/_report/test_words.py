# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be seen is made visible, and failures and gaps are put together without losing one."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._report import words
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report import reports
from hypothesis import given
from hypothesis import strategies as st


@given(st.text(st.characters(), max_size=300))
def test_text_becomes_one_line_of_visible_characters(text: str) -> None:
    shown = words.plain(text)
    assert shown.isprintable()
    shown.encode()  # no half of a surrogate pair is left


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("CUCM10\u200e", "CUCM10<U+200E>"),
        ("CUCM\xa010", "CUCM<U+00A0>10"),
        ("\x1b[31m", "<U+001B>[31m"),
        ("two\r\nlines", "two lines"),
        ("Zürich \u5e83\u5cf6", "Zürich \u5e83\u5cf6"),
        (None, ""),
        (True, "yes"),
        (["AXL", "SDL trace"], "AXL, SDL trace"),
        ({"a": 1}, "{'a': 1}"),
        ("x" * 2010, "x" * 2000 + " … (10 more characters)"),
    ],
)
def test_how_a_value_is_shown(value: object, shown: str) -> None:
    assert words.plain(value) == shown


def test_a_result_that_is_none_counts_as_not_measured() -> None:
    for value in (None, "ok", True, ["pass"], {}):
        assert words.result_of({"result": value}) == "not_measured"


def test_every_failed_check_is_in_exactly_one_failure() -> None:
    for report in (reports.failing_pair(), reports.star(20), reports.mesh(5)):
        failed = [id(each.check) for each in words.findings(report) if each.result == "fail"]
        told = [id(each.check) for failure in words.failures(report) for each in failure.found]
        assert failed and sorted(failed) == sorted(told)


def test_causes_come_before_effects_whatever_the_order_of_the_verdict() -> None:
    report = reports.failing_pair()
    report["fix_first"].reverse()
    assert [failure.effect for failure in words.failures(report)] == [False, True]


def test_a_failure_that_the_verdict_does_not_list_is_told_all_the_same() -> None:
    report = reports.failing_pair()
    report["fix_first"] = []
    assert len(words.failures(report)) == 2


def test_fifty_gaps_of_a_kind_are_one_and_what_the_verdict_needs_comes_first() -> None:
    report = reports.star(49)
    (gap,) = words.gaps(report)
    assert len(gap.found) == 7 and not gap.required
    assert [each.required for each in words.gaps(reports.failing_pair())] == [True, False, False]


@pytest.mark.parametrize(
    ("verdicts", "sentence"),
    [
        ([], "no link was judged"),
        (["pass"], "the link works"),
        (["fail"], "the link fails"),
        (["not_measured"], "the link was not measured in full"),
        (["pass"] * 50, "all 50 links work"),
        (["fail"] + ["pass"] * 2, "1 of 3 links fails"),
        (["fail"] * 2 + ["pass"] + ["not_measured"], "2 of 4 links fail, 1 was not measured in full"),
        (["pass", "not_measured", "not_measured"], "2 of 3 links were not measured in full"),
        (["pass", "no verdict"], "1 of 2 links was not measured in full"),
    ],
)
def test_the_verdict_in_a_sentence(verdicts: list[str], sentence: str) -> None:
    assert words.verdict_sentence({"links": [{"verdict": verdict} for verdict in verdicts]}) == sentence
