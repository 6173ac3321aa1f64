# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by the tests of the simulated AXL server."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.tests.schemas import reason_unavailable
from ansible_collections.ucops.cucm.tests.simulator.axl.versions import RELEASES
from ansible_collections.ucops.cucm.tests.unit.simulator_axl.client import Client


@pytest.fixture(scope="session", autouse=True)
def _real_schemas() -> None:
    reason = reason_unavailable()
    if reason:
        pytest.skip(reason)


@pytest.fixture(params=list(RELEASES))
def every(request: pytest.FixtureRequest) -> Client:
    """A client of a fresh cluster, once for each release."""
    return Client(request.param)


@pytest.fixture
def axl() -> Client:
    """A client of a fresh cluster of release 14."""
    return Client("14")


@pytest.fixture
def old() -> Client:
    """A client of a fresh cluster of release 9.1."""
    return Client("9.1")
