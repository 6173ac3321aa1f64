# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases before 14, whose certificates are managed by the command line; and the guide, replayed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.simulator.topology import NodeTopology, Topology, pair_topology
from ansible_collections.ucops.cucm.tests.support.pairs import RESTART, assert_pair_works, paired_site
from ansible_collections.ucops.cucm.tests.support.playbooks import PAIR, Site

pytestmark = pytest.mark.timeout(1800)


@pytest.mark.parametrize(
    ("first", "second"), [("9.1", "15SU2-upgraded"), pytest.param("11.5", "12.5", marks=pytest.mark.long)]
)
def test_each_release_in_a_pair(first: str, second: str, tmp_path: Path) -> None:
    """Each release once, with 10.5 in the guide and 14 in most other tests; `make test-matrix` has all pairs."""
    assert_pair_works(first, second, tmp_path)


def test_the_guide_replayed() -> None:
    done = subprocess.run(
        (sys.executable, "-m", "ansible_collections.ucops.cucm.tests.demo.guide"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=1500,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    for number in range(1, 11):
        assert f"Step {number:>2} " in done.stdout


SUBSCRIBERS = tuple(f"alpha-sub{number}" for number in range(1, 5))


def five_nodes() -> Topology:
    """A cluster of release 10.5 with five nodes, and one of 12.5 with one."""
    pair = pair_topology("10.5", "12.5")
    alpha, beta = pair.clusters
    nodes = (*alpha.nodes, *(NodeTopology(name) for name in SUBSCRIBERS))
    return Topology((replace(alpha, nodes=nodes), beta))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with paired_site(five_nodes(), tmp_path_factory.mktemp("five")) as here:
        yield here


@pytest.fixture
def five(running: Site) -> Iterator[Site]:
    running.control.reset()
    running.edit = lambda data: None
    yield running
    running.control.heal()


def installed(here: Site) -> list[str]:
    return sorted(
        m["node"] for m in here.journal() if "identity" in m["operation"] or "import own" in m["operation"]
    )


@pytest.mark.long  # a node that is down is in test_faults and test_audit
def test_two_of_five_nodes_cannot_be_reached(five: Site) -> None:
    """The others finish, the failed ones are named, and the next run completes."""
    for node in SUBSCRIBERS[2:]:
        five.control.inject(kind="unreachable", node=node, count=None)
    outcome = five.run(PAIR)
    assert outcome.status != 0
    failed = {host for host, counts in outcome.counts.items() if counts["failed"] or counts["unreachable"]}
    assert failed == {*SUBSCRIBERS[2:], "beta-pub"}  # beta-pub: does not know the names of the two
    for node in SUBSCRIBERS[2:]:
        assert f"fatal: [{node}]" in outcome.output
    assert sorted({m["node"] for m in five.journal()}) == ["alpha-pub", *SUBSCRIBERS[:2], "beta-pub"]
    five.control.heal()
    done = len(five.journal())
    five.succeed(PAIR, *RESTART, may_warn=True)
    assert {m["node"] for m in five.journal()[done:] if m["operation"].startswith("set csr gen")} <= {
        *SUBSCRIBERS[2:]
    }
    again = five.succeed(PAIR, *RESTART, may_warn=True)
    assert set(again.changed().values()) == {0}


def test_a_wrong_password_is_tried_once_on_each_node(five: Site) -> None:
    def wrong(data: dict[str, Any]) -> None:
        five.cluster_variables(data, "ALPHA")["cucm_os_password"] = "not-the-password"

    five.edit = wrong
    five.control.clear_requests()
    outcome = five.run(PAIR)
    assert outcome.status != 0
    assert "not-the-password" not in outcome.output
    logins = [r for r in five.control.requests() if r["door"] == "cli" and r["operation"] == "login"]
    tried = [login["node"] for login in logins if login["node"].startswith("alpha")]
    assert sorted(tried) == sorted({"alpha-pub", *SUBSCRIBERS})
    assert not [m for m in five.journal() if m["cluster"] == "ALPHA" and m["door"] == "cli"]


def test_a_wrong_host_name_stops_before_anything_is_changed(five: Site) -> None:
    """The guide's second step: certificates are name-based."""

    def rename(data: dict[str, Any]) -> None:
        data["all"]["children"]["cucm"]["children"]["ALPHA"]["hosts"]["alpha-sub1"]["cucm_hostname"] = "other"

    five.edit = rename
    screen = five.fail(PAIR)
    assert "alpha-sub1: the CallManager certificate of the node is made out to" in screen
    assert not [m for m in five.journal() if m["node"] == "alpha-sub1"]


def test_an_unknown_host_key_is_shown_and_nothing_is_sent(five: Site) -> None:
    def forget(data: dict[str, Any]) -> None:
        hosts = data["all"]["children"]["cucm"]["children"]["ALPHA"]["hosts"]
        hosts["alpha-pub"]["cucm_ssh_host_key"] = "SHA256:" + "A" * 43

    five.edit = forget
    screen = five.fail(PAIR)
    key = five.simulator.clusters["ALPHA"]["nodes"]["alpha-pub"]["ssh_host_key_fingerprint"]
    assert key in screen
    assert not [m for m in five.journal() if m["node"] == "alpha-pub"]


def test_old_tls_is_named_where_it_is_not_allowed(five: Site) -> None:
    def forbid(data: dict[str, Any]) -> None:
        del five.cluster_variables(data, "ALPHA")["cucm_allow_legacy_tls"]

    five.edit = forbid
    assert "set allow_legacy_tls" in five.fail(PAIR)
    assert not [m for m in five.journal() if m["cluster"] == "ALPHA"]


def test_check_mode_goes_through_over_the_command_line(five: Site) -> None:
    predicted = five.succeed(PAIR, "--check", "--diff", *RESTART, may_warn=True)
    assert five.journal() == []
    assert all(predicted.changed().values())
