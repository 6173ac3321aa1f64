# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks end to end: pair, again, check, limit, interrupt, restart window, unpair."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.integration.playbooks import PAIR, UNPAIR, Site, make_ca, site
from ansible_collections.ucops.cucm.tests.integration.runner import Simulator

pytestmark = pytest.mark.timeout(600)

RESTART = ("-e", "cucm_certificate_restart_services=true")
NODES = ("cucma-pub", "cucma-sub1", "cucm10-pub", "cucm10-sub1")


@pytest.fixture(scope="session")
def ca(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_ca(tmp_path_factory.mktemp("laboratory"))


@pytest.fixture
def fresh(tmp_path: Path, simulator: Simulator, ca: Path) -> Iterator[Site]:
    with site(tmp_path, simulator, ca) as made:
        yield made


def assert_calls_prove_the_pair(here: Site) -> None:
    """Both calls went over mutual TLS, with the certificates that are installed."""
    installed = {
        here.control.certificates(cluster, node)["installed"]["CallManager"]["fingerprint"]
        for cluster, facts in here.simulator.clusters.items()
        for node in facts["nodes"]
    }
    for call in here.calls():
        assert call["connected"], call
        assert call["tls_version"] in {"TLSv1.2", "TLSv1.3"}
        assert {
            call["client_certificate"]["fingerprint"],
            call["server_certificate"]["fingerprint"],
        } <= installed


def test_pair_then_nothing_changes(fresh: Site) -> None:
    first = fresh.succeed(PAIR, *RESTART)
    assert all(first.changed().values()), first.output
    assert_calls_prove_the_pair(fresh)
    before = fresh.journal()
    second = fresh.succeed(PAIR, *RESTART)
    assert second.changed() == dict.fromkeys(NODES, 0)
    assert fresh.journal() == before
    assert "waits for a restart" not in second.output


def test_check_mode_goes_through_and_changes_nothing(fresh: Site) -> None:
    outcome = fresh.succeed(PAIR, "--check", "--diff", *RESTART)
    assert fresh.journal() == []
    assert all(outcome.changed().values())
    for shown in ("Secure SIP Trunk Profile TLS CUCM10", "9898", "1018", "Encrypted", "Example Root CA"):
        assert shown in outcome.output
    real = fresh.succeed(PAIR, *RESTART)
    for module in ("cucm_csr", "cucm_sip_trunk_security_profile", "cucm_sip_trunk", "cucm_route_pattern"):
        predicted = [task["result"]["changed"] for task in outcome.tasks(module)]
        assert predicted == [task["result"]["changed"] for task in real.tasks(module)]


def test_no_restart_unless_allowed(fresh: Site) -> None:
    outcome = fresh.succeed(PAIR)
    assert not [mutation for mutation in fresh.journal() if mutation["door"] == "control-center"]
    for node in NODES:
        assert f"{node} waits for a restart of" in outcome.output
    assert not any(call["connected"] for call in fresh.calls())
    again = fresh.succeed(PAIR)
    assert again.changed() == dict.fromkeys(NODES, 0)
    assert "cucma-pub waits for a restart of" in again.output
    window = fresh.succeed(PAIR, "--tags", "restart", *RESTART)
    assert "waits for a restart" not in window.output
    assert_calls_prove_the_pair(fresh)


def test_one_node_of_a_cluster_restarts_at_a_time(fresh: Site) -> None:
    fresh.succeed(PAIR, *RESTART)
    turns: dict[str, list[str]] = {}
    for mutation in fresh.journal():
        if mutation["door"] == "control-center":
            turns.setdefault(mutation["cluster"], []).append(mutation["node"])
    assert set(turns) == {"CUCMA", "CUCM10"}
    for order in turns.values():
        # All restarts of a node stand together: no other node of the cluster restarts in between.
        runs = [node for at, node in enumerate(order) if at == 0 or order[at - 1] != node]
        assert len(runs) == len(set(runs)) == 2


def test_limited_to_one_cluster_the_inventory_must_name_the_peer(fresh: Site) -> None:
    screen = fresh.fail(PAIR, "--limit", "CUCMA", *RESTART)
    assert "the name in its certificate is not known" in screen
    assert "cluster CUCM10, node cucm10-pub" in screen
    assert "addSipTrunk" not in fresh.operations()


def test_cluster_by_cluster(fresh: Site) -> None:
    names = {node: f"{node}.{'a' if 'cucma' in node else 'b'}.example.com" for node in NODES}

    def name_peers(data: dict[str, Any]) -> None:
        for cluster in data["all"]["children"]["cucm"]["children"].values():
            for peer in cluster["vars"]["cucm_peers"]:
                for node in peer["nodes"]:
                    node["subject_name"] = names[node["name"]]

    fresh.edit = name_peers
    for cluster in ("CUCMA", "CUCM10"):
        fresh.succeed(PAIR, "--limit", cluster, *RESTART)
    assert_calls_prove_the_pair(fresh)
    both = fresh.succeed(PAIR, *RESTART)
    assert both.changed() == dict.fromkeys(NODES, 0)


def test_a_contradiction_about_a_name_is_an_error(fresh: Site) -> None:
    def contradict(data: dict[str, Any]) -> None:
        peers = data["all"]["children"]["cucm"]["children"]["CUCMA"]["vars"]["cucm_peers"]
        peers[0]["nodes"][0]["subject_name"] = "other.example.com"

    fresh.edit = contradict
    screen = fresh.fail(PAIR, *RESTART)
    assert "the inventory says subject_name=other.example.com" in screen
    assert "addSipTrunk" not in [m["operation"] for m in fresh.journal() if m["cluster"] == "CUCMA"]


def test_wrong_host_name_stops_before_anything_is_changed(fresh: Site) -> None:
    def rename(data: dict[str, Any]) -> None:
        data["all"]["children"]["cucm"]["children"]["CUCMA"]["hosts"]["cucma-sub1"]["cucm_hostname"] = "other"

    fresh.edit = rename
    screen = fresh.fail(PAIR, *RESTART)
    assert "cucma-sub1: the CallManager certificate of the node is made out to" in screen
    assert not [mutation for mutation in fresh.journal() if mutation["node"] == "cucma-sub1"]


def test_unpair_removes_what_pair_made_and_nothing_else(fresh: Site) -> None:
    fresh.succeed(PAIR, *RESTART)
    made = len(fresh.journal())
    outcome = fresh.succeed(UNPAIR)
    removed = Counter((m["cluster"], m["operation"]) for m in fresh.journal()[made:])
    assert removed == Counter(
        (cluster, operation)
        for cluster in ("CUCMA", "CUCM10")
        for operation in ("removeRoutePattern", "removeSipTrunk", "removeSipTrunkSecurityProfile")
    )
    assert outcome.changed()["cucma-pub"] == 3
    again = fresh.succeed(UNPAIR)
    assert set(again.changed().values()) == {0}
    fresh.succeed(PAIR, *RESTART)
    assert_calls_prove_the_pair(fresh)


def test_unpair_leaves_a_pattern_that_points_elsewhere(fresh: Site) -> None:
    fresh.succeed(PAIR, *RESTART)

    # The pattern 9898 is now said to lead to a trunk of another name; the one that exists does not.
    def other_trunk(data: dict[str, Any]) -> None:
        data["all"]["children"]["cucm"]["children"]["CUCMA"]["vars"]["cucm_peers"][0]["trunk"] = "ELSEWHERE"

    fresh.edit = other_trunk
    made = len(fresh.journal())
    fresh.run(UNPAIR)
    removed = [(m["cluster"], m["operation"]) for m in fresh.journal()[made:]]
    assert ("CUCMA", "removeRoutePattern") not in removed
    assert ("CUCMA", "removeSipTrunk") not in removed


INTERRUPTIONS = (
    "generate-csr",
    "upload-trust",
    "upload-identity",
    "soapDoControlServices",
    "addSipTrunkSecurityProfile",
    "addSipTrunk",
    "addRoutePattern",
)


@pytest.mark.parametrize("operation", INTERRUPTIONS)
def test_interrupted_and_run_again_it_finishes(fresh: Site, operation: str) -> None:
    """Ansible is killed as soon as the simulator has done the operation for the first time."""
    process = fresh.start(PAIR, *RESTART)
    try:
        until = time.monotonic() + 120
        while operation not in fresh.operations():
            assert process.poll() is None, process.communicate()[0]
            assert time.monotonic() < until, f"no {operation} within 120 s"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    fresh.succeed(PAIR, *RESTART)
    assert_calls_prove_the_pair(fresh)
    assert fresh.succeed(PAIR, *RESTART).changed() == dict.fromkeys(NODES, 0)


def test_a_mixed_mode_cluster_is_told_to_update_its_ctl_first(fresh: Site) -> None:
    screen = fresh.fail(PAIR, *RESTART, "-e", "cucm_certificate_mixed_mode=true")
    assert "utils ctl update CTLFile" in screen
    assert not [mutation for mutation in fresh.journal() if mutation["door"] == "control-center"]
    fresh.succeed(
        PAIR, *RESTART, "-e", "cucm_certificate_mixed_mode=true", "-e", "cucm_certificate_ctl_is_updated=true"
    )
    assert_calls_prove_the_pair(fresh)
