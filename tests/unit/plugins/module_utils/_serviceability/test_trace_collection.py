# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The choice of traces of a node: with a wrong offset or a name that is taken, lines of the window are lost."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability import trace_collection
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.log_collection import (
    FileAbsent,
    LogFile,
)
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.trace_collection import Wanted

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minutes_east", "silent"),
    [(0, 0), (330, 0), (330, 9), (-480, 0), (345, 1), (840, 0), (-720, 0), (60, -4)],
)
def test_the_offset_of_a_node_is_found_from_its_last_line(minutes_east, silent):
    last = (NOW + timedelta(minutes=minutes_east - silent)).replace(tzinfo=None)
    assert trace_collection._zone(last - NOW.replace(tzinfo=None)) == timedelta(minutes=minutes_east)


def test_a_node_that_was_silent_loses_nothing_of_the_window():
    """It seems to be further west, so that the window begins earlier."""
    last = (NOW - timedelta(minutes=40)).replace(tzinfo=None)
    assert trace_collection._zone(last - NOW.replace(tzinfo=None)) == timedelta(minutes=-45)
    assert trace_collection._zone(timedelta(days=-3)) is None


def test_the_clock_of_the_node_counts():
    now = datetime.now(UTC)
    node_now = now + timedelta(hours=3)
    window = Wanted(now - timedelta(minutes=15)).local(node_now.replace(tzinfo=None), node_now)
    assert window is not None
    expected = (node_now - timedelta(minutes=15)).replace(tzinfo=None)
    since, until = window
    assert abs(since - expected) < timedelta(seconds=5)
    assert until is None


class Gone:
    """A node that has closed its open file since it listed it."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def download(self, path: str, dest: Path, *, max_bytes: int, wait: float = 15.0) -> int:
        self.asked.append(path)
        if path.endswith("o"):
            raise FileAbsent("it is not there")
        dest.write_bytes(b"x")
        return 1


def test_a_file_that_the_node_closes_meanwhile(tmp_path):
    log = Gone()
    file = LogFile("CUCMA", "SDL001_100_000001.txt.gzo", "/sdl/SDL001_100_000001.txt.gzo", 1, "")
    assert trace_collection._download(log, file, tmp_path / "x", 10) == 1
    assert log.asked == ["/sdl/SDL001_100_000001.txt.gzo", "/sdl/SDL001_100_000001.txt.gz"]
    closed = LogFile("CUCMA", "x.gzo", "/sdl/x.txto", 1, "")
    with pytest.raises(FileAbsent):
        trace_collection._download(log, closed, tmp_path / "x", 10)


def test_names_that_a_node_gives_are_made_safe():
    taken: set[str] = set()
    names = [trace_collection._safe(name, taken) for name in ("../../x.txt", "a b.gz", "a b.gz", "é")]
    assert all(re.fullmatch(r"[\w-][\w.-]*", name, re.ASCII) for name in names)
    assert names[1:3] == ["a_b.gz", "2-a_b.gz"]
    assert len(set(names)) == 4
