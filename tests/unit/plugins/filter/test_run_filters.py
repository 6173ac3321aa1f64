# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of a whole run: what stops it, what waits, and which links cannot work yet."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.ucops.cucm.plugins.filter.existing_hosts import existing_hosts
from ansible_collections.ucops.cucm.plugins.filter.restarts_waiting import restarts_waiting
from ansible_collections.ucops.cucm.plugins.filter.run_links import run_links
from ansible_collections.ucops.cucm.plugins.filter.run_stops import run_stops

GROUPS = {"A": ["a"], "B": ["b", "c"], "cucm": ["a", "b", "c"], "empty": []}


def node(cluster: str, peer: str, **more: Any) -> dict[str, Any]:
    identity = {
        "subject": {"CN": f"{cluster.lower()}.example.com"},
        "subject_alt_names": [],
        "not_before": "2026-01-01T00:00:00Z",
        "restart_services": ["Cisco CallManager"],
    }
    services = [{"name": "Cisco CallManager", "status": "Started", "started_at": "2026-02-01T00:00:00Z"}]
    return {
        "cucm_cluster": cluster,
        "cucm_publisher": GROUPS[cluster][0],
        "cucm_peers": [{"cluster": peer, "patterns": ["1"]}],
        "cucm_preflight_state": {"identity": identity, "services": services, "mixed_mode": False},
        **more,
    }


def hostvars() -> dict[str, dict[str, Any]]:
    return {"a": node("A", "B"), "b": node("B", "A"), "c": node("B", "A")}


def stops(variables: dict[str, dict[str, Any]], hosts: str = "abc") -> list[str]:
    return run_stops(list(hosts), variables, GROUPS)


def test_healthy_run_is_not_stopped() -> None:
    assert stops(hostvars()) == []


@pytest.mark.parametrize("reading", ["cucm_preflight_services", "cucm_preflight_state"])
def test_password_in_what_a_node_says_stops_all(reading: str) -> None:
    variables = hostvars()
    variables["c"][reading] = {"failed": True, "reason": "secret_in_result"}
    assert stops(variables)[0] == "A password occurs in what c says; see the error there (secret_in_result)."


def test_contradiction_is_told_by_the_cluster_once() -> None:
    variables = hostvars()
    variables["a"]["cucm_subject_name"] = "other.example.com"
    (told,) = stops(variables)
    assert told.startswith(
        "b: cucm_peers, cluster A, node a: the inventory says that it is other.example.com"
    )
    # The publisher is not in this run, so another node speaks for the cluster.
    assert stops(variables, "ac")[-1].startswith("c: ")


def test_node_that_failed_stops_nobody_else() -> None:
    variables = hostvars()
    del variables["b"]["cucm_preflight_state"]
    assert stops(variables) == []


def test_restarts_are_told_with_the_remedy() -> None:
    variables = hostvars()
    assert restarts_waiting("abc", variables) == []
    variables["a"]["cucm_certificate_waiting"] = ["Cisco CallManager", "Cisco Tftp"]
    first, remedy = restarts_waiting("abc", variables)
    assert first == "a waits for a restart of Cisco CallManager, Cisco Tftp."
    assert "cucm_certificate_restart_services=true" in remedy
    assert restarts_waiting("abc", variables, check_mode=True)[0].startswith("a would wait")
    variables["a"]["cucm_preflight_state"]["mixed_mode"] = None
    assert "known to be out of it: A. Update the CTL file" in restarts_waiting("abc", variables)[-1]


def test_restarts_are_seen_in_what_the_preflight_read() -> None:
    variables = hostvars()
    variables["b"]["cucm_preflight_state"]["identity"]["not_before"] = "2026-03-01T00:00:00Z"
    assert restarts_waiting("abc", variables)[0] == "b waits for a restart of Cisco CallManager."
    variables["b"]["cucm_certificate_waiting"] = []
    del variables["c"]["cucm_preflight_state"]
    assert restarts_waiting("abc", variables) == []


def links(variables: dict[str, dict[str, Any]], hosts: str = "abc", active: str = "abc") -> dict[str, Any]:
    return run_links(list(hosts), list(active), variables, GROUPS)


def test_links_of_a_run() -> None:
    variables = hostvars()
    nothing = {"waiting": [], "restarting": [], "failed": [], "absent": []}
    assert links(variables) == {"has_links": True, **nothing}
    assert links(variables, "a", "a")["absent"] == ["B"]
    assert links(variables, "abc", "bc")["failed"] == ["A"]
    variables["b"]["cucm_certificate_waiting"] = ["Cisco CallManager"]
    variables["a"]["cucm_certificate_pending"] = True
    assert (links(variables)["waiting"], links(variables)["restarting"]) == (["A"], ["B"])
    del variables["b"]["cucm_certificate_waiting"]
    variables["c"]["cucm_certificate_planned"] = {"restart_services": ["Cisco CallManager"]}
    assert links(variables)["restarting"] == ["B"]
    assert not links({name: {} for name in "abc"})["has_links"]


@pytest.mark.parametrize(
    "pattern", ["cucm", "a", "A:B", "a,b", "cucm:!A", "cucm:&B", "a*", "~x.*", "localhost"]
)
def test_pattern_that_matches_is_kept(pattern: str) -> None:
    assert existing_hosts(pattern, GROUPS) == pattern


def test_inventory_without_hosts_is_left_to_the_check() -> None:
    assert existing_hosts("cucm", {"all": [], "ungrouped": []}) == "localhost"


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("cucmm", "no group and no host cucmm. Did you mean cucm?"),
        ("A:zzzz", "no group and no host zzzz. Nothing was contacted."),
        ("empty", "the group empty has no hosts"),
    ],
)
def test_pattern_that_names_nothing_is_refused(pattern: str, words: str) -> None:
    with pytest.raises(AnsibleFilterError, match="cucm_hosts=") as refused:
        existing_hosts(pattern, GROUPS)
    assert words in str(refused.value)
