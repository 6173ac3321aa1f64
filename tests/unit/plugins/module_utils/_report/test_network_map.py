# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The map draws each link once, whatever the clusters look like, and its marks keep off each other."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._report.drawing import shorten
from ansible_collections.ucops.cucm.plugins.module_utils._report.network_map import network_map
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report import reports
from hypothesis import given
from hypothesis import strategies as st


def _links(*pairs: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"clusters": list(pair), "verdict": "pass", "directions": []} for pair in pairs]


def _drawn(text: str) -> Counter[str]:
    return Counter(re.findall(r'href="#(link-\d+)"', text))


@given(st.lists(st.tuples(*[st.sampled_from("ABCDEFGHIJKLMNOPQRST")] * 2), max_size=40))
def test_each_link_is_drawn_once(pairs: list[tuple[str, str]]) -> None:
    text = network_map(_links(*pairs))
    for variant in text.split('<div class="tiles narrow">'):
        assert _drawn(variant) == Counter(f"link-{number}" for number in range(1, len(pairs) + 1))


@pytest.mark.parametrize("count", range(3, 13))
def test_in_a_mesh_no_mark_covers_another_or_a_cluster(count: int) -> None:
    text = network_map(reports.mesh(count)["links"]).partition('<div class="tiles narrow">')[0]
    marks = [(float(x), float(y)) for x, y in re.findall(r"translate\(([\d.]+) ([\d.]+)\)", text)]
    assert len(marks) == count * (count - 1) // 2
    for index, mark in enumerate(marks):
        for other in marks[index + 1 :]:
            assert math.dist(mark, other) >= 20, count
    for x, y in re.findall(r'<rect class="box hub" x="([\d.]+)" y="([\d.]+)"', text):
        for mark_x, mark_y in marks:
            inside = 0 < mark_x - float(x) < 124 and 0 < mark_y - float(y) < 28
            assert not inside, count


def test_a_hub_is_drawn_in_parts_that_say_so() -> None:
    text = network_map(reports.star(50)["links"])
    assert re.findall(r">(\d of \d)<", text) == [f"{part} of 5" for part in range(1, 6)]


def test_directions_have_verdicts_of_their_own() -> None:
    text = network_map(reports.failing_pair()["links"])
    # The hub is CUCM10: from it to CUCMA it passes, from CUCMA to it it fails.
    assert re.findall(r'class="wire (\w+)"', text) == ["pass", "fail"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("CUCM10", "CUCM10"),
        ("CUCM-SINGAPORE-BRANCH-01", "CUCM-SIN…H-01"),
        ("W" * 40, "WWWWWW…WW"),
        ("\u5e83" * 40, "\u5e83" * 6 + "…" + "\u5e83" * 2),
    ],
)
def test_long_names_lose_their_middle(name: str, shown: str) -> None:
    assert shorten(name, 114) == shown
