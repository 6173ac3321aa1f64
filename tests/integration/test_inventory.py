# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every playbook begins with the check of the whole inventory: all mistakes at once, and nothing is contacted.

Each kind of mistake by itself is in tests/unit/plugins/module_utils/_modules/test_inventory_check.py. Here
inventories have many, and go through ansible-playbook.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.support.playbooks import PAIR, UNPAIR, Site, site
from ansible_collections.ucops.cucm.tests.support.runner import Simulator

VERIFY, CHECK = "ucops.cucm.verify", "ucops.cucm.check_inventory"


@pytest.fixture
def fresh(simulator: Simulator, tmp_path: Path, ca: Path) -> Iterator[Site]:
    with site(tmp_path, simulator, ca) as made:
        made.control.clear_requests()
        yield made


def assert_nothing_was_contacted(here: Site) -> None:
    assert here.journal() == []
    assert here.control.requests() == []


def clusters_of(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = data["all"]["children"]["cucm"]["children"]
    return found


def break_names(data: dict[str, Any]) -> None:
    """Mistakes in names: of variables, hosts, clusters and peers."""
    a, b = clusters_of(data)["CUCMA"], clusters_of(data)["CUCM10"]
    a["vars"] |= {"cucm_peer": [], "cucm_option_ping": True, "cucm_publisher": "cucm10-pub"}
    a["vars"]["cucm_peers"] += [
        {"cluster": "CUMC10", "patterns": ["77XX"]},
        {"cluster": "LAB", "pattern": "7XXX"},
        {"cluster": "LAB", "nodes": ["lab-pub"]},
    ]
    b["vars"] |= {"cucm_certificate_restart_servces": True, "cucm_peers": []}
    b["hosts"]["cucma-sub1"] = {}
    data["all"]["vars"]["cucm_hsots"] = "x"


def break_values(data: dict[str, Any]) -> None:
    """Mistakes in values: ports, addresses, patterns, files, passwords."""
    a, b = clusters_of(data)["CUCMA"], clusters_of(data)["CUCM10"]
    a["hosts"]["cucma-pub"]["cucm_port"] = 88443
    a["hosts"]["cucma-sub1"]["cucm_ssh_port"] = "ssh"
    a["vars"]["cucm_peers"][0]["patterns"] = ["9.@", "98xx", 9898]
    b["vars"]["cucm_peers"] += [
        {
            "cluster": "LAB",
            "nodes": [{"name": "lab", "address": "10.0.0.256"}],
            "patterns": ["1018", {"pattern": "5", "partition": "PT "}],
            "trunk": "LAB ",
        }
    ]
    b["vars"] |= {
        "cucm_ca_path": "/nowhere/tomcat.pem",
        "cucm_os_password": "cucm10",
        "cucm_axl_password": "",
    }
    a["vars"]["cucm_certificate_ca_certificate_paths"] = ["/nowhere/root.pem"]
    a["vars"]["cucm_axl_username"] = "{{ no_such_variable }}"


UNREAD = "no role and no playbook of ucops.cucm reads this variable"
NAMES = (
    f"CUCM10, cucma-sub1: cucm_certificate_restart_servces: {UNREAD}. Did you mean cucm_certificate_restart_services?",
    f"CUCMA: cucm_option_ping: {UNREAD}. Did you mean cucm_options_ping?",
    f"CUCMA: cucm_peer: {UNREAD}. Did you mean cucm_peers?",
    f"cucm_hsots: {UNREAD}. Did you mean cucm_hosts?",
    "CUCMA: cucm_publisher: cucm10-pub is a node of CUCM10. Write the inventory name of the publisher",
    "CUCMA: cucm_peers, cluster CUMC10: the inventory has no cluster of this name, and the peer lists no nodes.",
    "CUCMA: cucm_peers, cluster CUCM10: CUCM10 does not list CUCMA among its own peers",
    "CUCMA: cucm_peers[2] (LAB): there is no key pattern. Did you mean patterns?",
    "CUCMA: cucm_peers[3] (LAB): nodes[0] is 'lab-pub', which is no dictionary.",
    "cucma-sub1: the host is in the groups of 2 clusters: CUCM10, CUCMA.",
)

VALUES = (
    "cucma-pub: cucm_port: 88443 is no TCP port. Write a number from 1 to 65535.",
    "cucma-sub1: cucm_ssh_port: ",
    "CUCMA: cucm_axl_username: its value cannot be evaluated: 'no_such_variable' is undefined.",
    "CUCMA: cucm_certificate_ca_certificate_paths: ",
    "CUCMA: cucm_peers[0] (CUCM10): 9898 is not a route pattern. Write patterns in quotes",
    "CUCM10: cucm_ca_path: /nowhere/tomcat.pem cannot be read: No such file or directory. Correct the path.",
    "CUCM10: cucm_axl_password: is not set.",
    "CUCM10: cucm_os_password: occurs in a name of the inventory",
    "CUCM10: cucm_peers, cluster LAB: the trunk's name 'LAB ' begins or ends with a blank.",
    "CUCM10: cucm_peers, cluster LAB: the partition 'PT ' of the route pattern '5' begins or ends with a blank.",
    "CUCM10: cucm_peers, cluster LAB, node lab: address '10.0.0.256' is not an IPv4 address. Correct it.",
    "CUCM10: cucm_peers: the route pattern 1018 is to lead to CUCMA and to LAB.",
)


@pytest.mark.parametrize(
    ("playbook", "edit", "messages"),
    [(PAIR, break_values, VALUES), (VERIFY, break_names, NAMES), (UNPAIR, break_names, NAMES)],
)
def test_all_mistakes_are_told_before_anything_is_contacted(
    fresh: Site, playbook: str, edit: Any, messages: tuple[str, ...]
) -> None:
    fresh.edit = edit
    screen = fresh.fail(playbook)
    assert [message for message in messages if message not in screen] == []
    assert "in the inventory; nothing was contacted." in screen
    assert_nothing_was_contacted(fresh)


@pytest.mark.parametrize("playbook", [PAIR, VERIFY, UNPAIR, CHECK])
def test_hosts_that_do_not_exist_are_no_success(fresh: Site, playbook: str) -> None:
    screen = fresh.fail(playbook, "-e", "cucm_hosts=cucmm")
    assert "cucm_hosts=cucmm: the inventory has no group and no host cucmm. Did you mean cucm?" in screen
    assert_nothing_was_contacted(fresh)


def test_check_mode_tells_the_same(fresh: Site) -> None:
    fresh.edit = break_names
    told = [fresh.fail(PAIR, *arguments) for arguments in ((), ("--check",))]
    assert [message for message in NAMES if message not in told[0]] == []
    assert told[0] == told[1]
    assert_nothing_was_contacted(fresh)


def test_check_inventory_needs_no_password(fresh: Site) -> None:
    def no_accounts(data: dict[str, Any]) -> None:
        variables = data["all"]["children"]["cucm"]["vars"]
        del variables["cucm_axl_username"], variables["cucm_axl_password"], variables["cucm_os_username"]
        variables["cucm_os_password"] = "{{ vault_os_password }}"

    fresh.edit = no_accounts
    outcome = fresh.succeed(CHECK)
    assert "The inventory is right: 2 clusters, 4 nodes." in str(outcome.results)
    screen = fresh.fail(CHECK, "-e", "cucm_check_accounts=true")
    assert "4 problems in the inventory" in screen
    assert "CUCM10, CUCMA: cucm_axl_password: is not set." in screen
    assert (
        "CUCM10, CUCMA: cucm_os_password: its value cannot be evaluated: 'vault_os_password' is undefined."
        in screen
    )
    assert_nothing_was_contacted(fresh)


def test_what_is_wrong_elsewhere_does_not_stop_a_run_with_a_limit(fresh: Site) -> None:
    def elsewhere(data: dict[str, Any]) -> None:
        clusters_of(data)["CUCM10"]["vars"]["cucm_option_ping"] = True

    fresh.edit = elsewhere
    assert fresh.run(CHECK, "--limit", "CUCMA").status == 0
    assert "cucm_option_ping" in fresh.fail(CHECK, "--limit", "CUCM10")


def test_inventory_without_hosts_is_no_success(fresh: Site) -> None:
    def empty(data: dict[str, Any]) -> None:
        data.clear()
        data["all"] = {"hosts": {}}

    fresh.edit = empty
    outcome = fresh.run(VERIFY)
    assert outcome.status != 0
    assert "no host of it has the variable cucm_cluster. Give an inventory with -i" in " ".join(
        outcome.output.split()
    )
