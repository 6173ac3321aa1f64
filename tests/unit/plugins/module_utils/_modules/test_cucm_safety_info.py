# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, cucm_safety_info does not read at a node's command line what it judges."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules import cucm_safety_info
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator, running_simulator
from ansible_collections.ucops.cucm.tests.simulator.topology import (
    ClusterTopology,
    NodeTopology,
    Topology,
    default_topology,
)
from ansible_collections.ucops.cucm.tests.support.builders import execute
from ansible_collections.ucops.cucm.tests.unit.simulator.support import ADMINISTRATOR, hurried


@pytest.fixture(scope="module")
def simulator() -> Iterator[RunningSimulator]:
    old = ClusterTopology("OLD", "12.5", (NodeTopology("old-pub", "publisher"),))
    with running_simulator(hurried(Topology((*default_topology().clusters, old)))) as running:
        yield running


def read(simulator: RunningSimulator, name: str, **options: Any) -> dict[str, Any]:
    node = simulator.node(name)
    given = {
        "host": node.topology.address,
        "ssh_port": node.ssh.port,
        "ssh_host_key": node.ssh.host_key_fingerprint,
        "username": ADMINISTRATOR[0],
        "password": ADMINISTRATOR[1],
        "timeout": 120,
        **options,
    }
    result, warnings = execute(cucm_safety_info.DEFINITION, given)
    assert not warnings
    return result


def test_a_healthy_node(simulator: RunningSimulator) -> None:
    result = read(simulator, "cucma-pub", backup_hours=6)
    assert result["go"], result
    assert result["measured"] == {
        "backup": 5.0,
        "replication": {"cucma-pub": ["2", "Setup Completed"], "cucma-sub1": ["2", "Setup Completed"]},
        "phones": "Automatically Reset Phones",
        "ntp": True,
        "disk": {"active": 92, "inactive": 1, "logging": 80},
    }


def test_a_node_in_trouble(simulator: RunningSimulator) -> None:
    try:
        simulator.do(
            lambda: simulator.world.break_down(
                "CUCM10",
                None,
                {"backup_hours": None, "replication_state": 4, "ntp_synchronised": False, "disk_percent": 97},
            )
        )
        result = read(simulator, "cucm10-pub", backup_hours=6)
    finally:
        simulator.do(simulator.world.repair)
    assert not result["go"]
    assert [(each["check"], each["severity"]) for each in result["findings"]] == [
        ("backup", "refused"),
        ("replication", "refused"),
        ("ntp", "warning"),
        ("disk", "warning"),
        ("phones", "note"),
    ]


def test_a_release_without_the_parameter(simulator: RunningSimulator) -> None:
    found = read(simulator, "old-pub", checks=["phones"], require_measured=True)["findings"]
    assert [(each["check"], each["severity"]) for each in found] == [("phones", "refused")]
