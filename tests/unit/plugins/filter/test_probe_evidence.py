# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which destination each probe looked at."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.filter.probe_evidence import FilterModule, probe_evidence
from ansible_collections.ucops.cucm.plugins.filter.probe_targets import probe_targets

PAIRS = [
    ({"name": "CUCM10"}, {"address": "192.0.2.10", "port": 5061}),
    ({"trunk": "planned"}, {"address": "", "address_ipv6": "2001:db8::10", "port": 5062}),
]


def test_each_probe_is_given_its_trunk_and_destination() -> None:
    targets = probe_targets(PAIRS)
    assert targets == [{"host": "192.0.2.10", "port": 5061}, {"host": "2001:db8::10", "port": 5062}]
    results = [{**targets[0], "reachable": True}, {**targets[1], "failed": True, "msg": "no"}]
    # A trunk that was planned and not read has its planned name.
    assert probe_evidence({"results": results, "invocation": {}}, PAIRS) == [
        {"trunk": "CUCM10", "address": "192.0.2.10", "port": 5061, "result": {"reachable": True}},
        {
            "trunk": "planned",
            "address": "2001:db8::10",
            "port": 5062,
            "result": {"failed": True, "msg": "no"},
        },
    ]


def test_a_task_that_failed_as_a_whole_stands_for_each_destination() -> None:
    found = probe_evidence({"failed": True, "msg": "no library", "invocation": {}}, PAIRS)
    assert [each["result"] for each in found] == [{"failed": True, "msg": "no library"}] * 2


def test_no_probes_are_none() -> None:
    assert FilterModule().filters()["probe_evidence"]({}, PAIRS) == []
    assert probe_evidence({"results": []}, []) == []
