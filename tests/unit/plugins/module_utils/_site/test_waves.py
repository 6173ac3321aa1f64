# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waves are done in their order, and one that failed keeps the next from beginning."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.filter.wave_stop import FilterModule as StopFilter
from ansible_collections.ucops.cucm.plugins.filter.wave_stop import wave_stop
from ansible_collections.ucops.cucm.plugins.filter.waves import FilterModule, waves

HOSTVARS: dict[str, dict[str, Any]] = {
    "a1": {"cucm_cluster": "A", "cucm_wave": 1, "cucm_certificate_waiting": []},
    "a2": {"cucm_cluster": "A", "cucm_wave": "1", "cucm_certificate_waiting": ["Cisco CallManager"]},
    "b1": {"cucm_cluster": "B", "cucm_wave": "1", "cucm_certificate_waiting": ["Cisco CallManager"]},
    "c1": {"cucm_cluster": "C", "cucm_wave": 10},
    "d1": {"cucm_cluster": "D", "cucm_wave": "2"},
    "e1": {"cucm_cluster": "E", "cucm_wave": "last"},
    "f1": {"cucm_cluster": "F"},
}
HOSTS = list(HOSTVARS)


def without(*failed: str) -> list[str]:
    return [host for host in HOSTS if host not in failed]


def test_clusters_without_a_wave_come_first_then_numbers_then_names() -> None:
    assert waves(HOSTS, HOSTVARS) == ["", "1", "2", "10", "last"]
    assert FilterModule().filters()["waves"](["f1"], HOSTVARS) == [""]


@pytest.mark.parametrize(
    ("wave", "failed", "max_fail", "stops"),
    [
        ("2", (), 0, False),
        ("2", ("a2",), 0, True),
        ("last", ("a2",), 0, True),
        ("1", ("a2",), 0, False),  # of the wave itself
        ("", ("a2",), 0, False),
        ("2", ("c1",), 0, False),  # of a later one
        ("2", ("a1", "a2"), 1, False),  # one cluster
        ("2", ("a2", "b1"), 1, True),
    ],
)
def test_more_failed_clusters_than_are_allowed_stop_the_waves_that_follow(
    wave: str, failed: tuple[str, ...], max_fail: int, stops: bool
) -> None:
    told = StopFilter().filters()["wave_stop"](wave, HOSTS, without(*failed), HOSTVARS, max_fail)
    assert bool(told) is stops


def test_what_is_half_done_is_said() -> None:
    assert wave_stop("2", HOSTS, without("a2", "b1"), HOSTVARS) == (
        "not restarted, since 2 clusters before this wave failed, the first in wave 1, and cucm_max_fail is 0"
        " (A: a2; B: b1). Half done: A, where a1 is done and a2 is not. Fix that first and run again; what is done"
        " will not be done twice."
    )
