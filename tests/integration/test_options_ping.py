# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OPTIONS ping from the variable to the state that each node reports of a trunk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ucops.cucm.tests.support.playbooks import (
    PAIR,
    UNPAIR,
    Site,
    make_ca,
    site,
)
from ansible_collections.ucops.cucm.tests.support.runner import Simulator

pytestmark = pytest.mark.timeout(1800)

RUN = ("-e", "cucm_certificate_restart_services=true", "--skip-tags", "verify")
PINGED = "Standard SIP Profile with OPTIONS Ping"
READ = {
    "name": "Read the trunks on each publisher",
    "hosts": "cucm",
    "connection": "local",
    "gather_facts": False,
    "tasks": [
        {
            "name": "Read the trunks",
            "ucops.cucm.cucm_sip_trunk_info": {
                "host": "{{ ansible_host }}",
                "port": "{{ cucm_port }}",
                "username": "{{ cucm_axl_username }}",
                "password": "{{ cucm_axl_password }}",
                "tls_fingerprint": "{{ cucm_tls_fingerprint }}",
            },
            "when": "inventory_hostname == cucm_publisher",
        }
    ],
}


@pytest.fixture
def here(tmp_path: Path, simulator: Simulator) -> Iterator[Site]:
    made = make_ca(tmp_path)
    (tmp_path / "site").mkdir()
    with site(tmp_path / "site", simulator, made, variables={"cucm_options_ping": True}) as found:
        (tmp_path / "site" / "read.yml").write_text(yaml.safe_dump([READ]), encoding="utf-8")
        yield found


def trunks(here: Site) -> dict[str, Any]:
    """The one trunk of each cluster, by the name of its publisher."""
    read = here.succeed("read.yml").tasks("cucm_sip_trunk_info")
    return {task["host"]: task["result"]["trunks"][0] for task in read}


def test_the_trunks_of_a_pair_are_watched_when_the_variable_says_so(here: Site) -> None:
    # On empty clusters: neither the profile nor the trunk is there yet.
    here.succeed(PAIR, "--check", *RUN)
    assert here.journal() == []

    here.succeed(PAIR, *RUN)
    added = [mutation["subject"] for mutation in here.journal() if mutation["operation"] == "addSipProfile"]
    assert added == [PINGED, PINGED]
    for publisher, trunk in trunks(here).items():
        assert trunk["sip_profile"]["name"] == PINGED
        assert trunk["status"]["measured"], trunk["status"]
        assert trunk["status"]["state"] == "full_service", trunk["status"]
        nodes = [node["node"] for node in trunk["status"]["nodes"]]
        assert sorted(nodes) == sorted(trunk["call_manager_group"]["nodes"])
        assert len(nodes) == 2, publisher
    assert set(here.succeed(PAIR, *RUN).changed().values()) == {0}

    # One node of the peer goes down: the trunk to it is in partial service on both nodes.
    here.control.control("CUCM10", "cucm10-sub1", "Cisco CallManager", "Stop")
    status = trunks(here)["cucma-pub"]["status"]
    assert (status["measured"], status["state"]) == (True, "partial_service"), status
    here.control.control("CUCM10", "cucm10-sub1", "Cisco CallManager", "Start")

    # Taken back, the trunks use the profile of before, and nobody knows their state.
    here.variables["cucm_options_ping"] = False
    here.succeed(PAIR, *RUN)
    for trunk in trunks(here).values():
        assert trunk["sip_profile"]["name"] == "Standard SIP Profile"
        assert (trunk["status"]["measured"], trunk["status"]["state"]) == (False, "not_pinged")
    here.succeed(UNPAIR)


@pytest.mark.long  # the target cucm_sip_tls_trunks has the suffix
def test_without_a_suffix_the_profile_itself_is_changed(here: Site) -> None:
    here.variables["cucm_sip_tls_trunk_options_ping_suffix"] = ""
    here.variables["cucm_sip_tls_trunk_sip_profile_options"] = {"options_ping_interval_down": 30}
    here.succeed(PAIR, *RUN)
    assert "addSipProfile" not in here.operations()
    for trunk in trunks(here).values():
        assert trunk["sip_profile"] == {
            "name": "Standard SIP Profile",
            "options_ping": True,
            "options_ping_interval": 60,
            "options_ping_interval_down": 30,
        }
        assert trunk["status"]["state"] == "full_service", trunk["status"]
