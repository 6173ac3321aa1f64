# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which destination each probe looked at."""

from __future__ import annotations

from typing import Any

from ansible_collections.ucops.cucm.plugins.filter.probe_evidence import FilterModule, probe_evidence


def looked_at(destination: dict[str, Any], trunk: dict[str, Any], **result: Any) -> dict[str, Any]:
    return {"target": [trunk, destination], "invocation": {"module_args": {}}, **result}


def test_each_probe_is_given_its_trunk_and_destination() -> None:
    results = [
        looked_at({"address": "192.0.2.10", "port": 5061}, {"name": "CUCM10"}, reachable=True),
        looked_at({"address": "", "address_ipv6": "2001:db8::10", "port": 5062}, {"name": "X"}, msg="no"),
    ]
    assert probe_evidence(results, loop_var="target") == [
        {"trunk": "CUCM10", "address": "192.0.2.10", "port": 5061, "result": {"reachable": True}},
        {"trunk": "X", "address": "2001:db8::10", "port": 5062, "result": {"msg": "no"}},
    ]


def test_a_trunk_that_was_planned_and_not_read_has_its_planned_name() -> None:
    (probe,) = probe_evidence([{"item": [{"trunk": "CUCM10"}, {"address": "cucm10", "port": 5061}]}])
    assert (probe["trunk"], probe["address"]) == ("CUCM10", "cucm10")


def test_no_probes_are_none() -> None:
    assert FilterModule().filters()["probe_evidence"]([]) == []
