# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulator for all tests, put back to its beginning before each of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator, running_simulator
from ansible_collections.ucops.cucm.tests.simulator.topology import default_topology
from ansible_collections.ucops.cucm.tests.unit.simulator.support import hurried


@pytest.fixture(scope="session")
def _simulator() -> Iterator[RunningSimulator]:
    with running_simulator(hurried(default_topology())) as simulator:
        yield simulator


@pytest.fixture
def sim(_simulator: RunningSimulator) -> RunningSimulator:
    """The default topology, as at the start."""
    _simulator.reset()
    return _simulator
