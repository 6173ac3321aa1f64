# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services wait for a restart."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.filter.services_waiting import services_waiting
from ansible_collections.ucops.cucm.plugins.filter.signed_at import signed_at

SERVICES = [
    {"name": "Cisco CallManager", "status": "Started", "started_at": "2026-05-23T17:00:00Z"},
    {"name": "Cisco CTIManager", "status": "Started", "started_at": "2026-05-23T18:00:00Z"},
    {"name": "Cisco Tftp", "status": "Stopped", "started_at": None},
]
NAMES = ["Cisco Tftp", "Cisco CTIManager", "Cisco CallManager", "Cisco HAProxy"]


def test_only_running_services_that_started_before_wait() -> None:
    assert services_waiting(SERVICES, NAMES, "2026-05-23T17:30:00Z") == ["Cisco CallManager"]


def test_the_order_is_that_of_the_names() -> None:
    assert services_waiting(SERVICES, NAMES, "2026-05-24T00:00:00Z") == [
        "Cisco CTIManager",
        "Cisco CallManager",
    ]


def test_a_start_in_the_same_second_counts_as_after() -> None:
    assert services_waiting(SERVICES, NAMES, "2026-05-23T17:00:00Z") == []


def test_signing_is_the_start_of_validity_plus_the_back_dating() -> None:
    assert signed_at({"not_before": "2026-05-23T23:55:00Z"}, backdate=600) == "2026-05-24T00:05:00Z"
