# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is told of a whole run: what stops it, what waits, and which links cannot work yet."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.ucops.cucm.plugins.filter.end_versions import end_versions
from ansible_collections.ucops.cucm.plugins.filter.existing_hosts import existing_hosts
from ansible_collections.ucops.cucm.plugins.filter.restarts_waiting import restarts_waiting
from ansible_collections.ucops.cucm.plugins.filter.run_links import run_links
from ansible_collections.ucops.cucm.plugins.filter.run_stops import run_stops
from ansible_collections.ucops.cucm.plugins.filter.tls_versions_differ import tls_versions_differ

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


@pytest.mark.parametrize("reading", ["cucm_preflight_cluster_info", "cucm_preflight_state"])
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


def speaking(
    name: str, newest: str | None, lowest: str | None = None, client: str | None = None, **more: Any
) -> dict[str, Any]:
    """A run in which a cluster was read to have these TLS versions, the other one TLS 1.0 to 1.2."""
    variables = hostvars()
    for host, one in variables.items():
        ours = one["cucm_cluster"] == name
        one["cucm_preflight_state"] |= {
            "version": f"{'15' if newest == '1.3' and ours else '14'}.0.1.12900-1",
            "tls": {"newest": newest if ours else "1.2"},
        }
        # The command line of one node of a cluster is asked.
        if host != "c":
            one["cucm_preflight_tls"] = {
                "min_server_version": lowest if ours else "1.0",
                "min_client_version": client or lowest if ours else "1.0",
            }
        if ours:
            variables[host] |= more
    return variables


def test_versions_that_do_not_meet_stop_the_run_once() -> None:
    (told,) = stops(speaking("A", "1.3", "1.3"))
    assert told == (
        "a: cucm_peers, cluster B: A (15.0.1.12900-1) speaks at least TLS 1.3 and at most TLS 1.3, B (14.0.1.12900-1)"
        " speaks at least TLS 1.0 and at most TLS 1.2, so that they have no TLS version in common. Lower the minimum of"
        " A to 1.2 (set tls min-version, at the command line of the publisher; all its nodes restart), upgrade B, or"
        " remove the link from cucm_peers of both."
    )
    (told,) = stops(speaking("B", "1.3", "1.0", client="1.3"))
    assert "Lower the minimum of B to 1.2" in told and "upgrade A" in told


@pytest.mark.parametrize(
    ("newest", "lowest"), [("1.3", "1.2"), ("1.2", "1.2"), ("1.3", None), (None, None), (None, "1.2")]
)
def test_versions_that_meet_or_were_not_measured_stop_nothing(newest: str | None, lowest: str | None) -> None:
    assert stops(speaking("A", newest, lowest)) == []
    assert stops(speaking("A", "1.3", "1.3"), "a") == stops(hostvars(), "a")


@pytest.mark.parametrize("mode", ["Authenticated", "Encrypted"])
@pytest.mark.parametrize("lowest", ["1.3", "1.2", None])
def test_authenticated_profiles_are_refused_where_both_speak_tls_1_3_only(
    mode: str, lowest: str | None
) -> None:
    options = {"cucm_sip_tls_trunk_profile_options": {"device_security_mode": mode}}
    variables = speaking("A", "1.3", "1.3", **options)
    for host in "bc":
        variables[host]["cucm_preflight_state"]["tls"] = {"newest": "1.3"}
        variables[host]["cucm_preflight_tls"] = {"min_server_version": lowest, "min_client_version": lowest}
    told = stops(variables)
    assert bool(told) is (mode == "Authenticated" and lowest == "1.3")
    if told:
        assert told[0].startswith(
            "a: cucm_sip_tls_trunk_profile_options: device_security_mode is Authenticated"
        )
        assert "Write Encrypted" in told[0]


@pytest.mark.parametrize(
    ("versions", "matters"),
    [
        (["14.0.1.10000-20", "12.5.1.10000-22"], False),
        (["14.0.1.10000-20", "9.1.2.10000-28"], True),
        (["15.0.1.12900-234"], True),
        (["14.0.1.10000-20", "what"], True),
        (["14.0.1.10000-20", None], False),
    ],
)
def test_the_minimum_is_read_where_it_matters(versions: list[str | None], matters: bool) -> None:
    variables = {
        str(place): {"cucm_preflight_cluster_info": {"version": version} if version else {"failed": True}}
        for place, version in enumerate(versions)
    }
    assert tls_versions_differ([*variables, "other"], {**variables, "other": {}}) is matters


def test_the_versions_at_both_ends_of_the_links() -> None:
    def read(cluster: str, version: str | None) -> dict[str, Any]:
        found = {"version": version} if version else {"failed": True}
        return {"cucm_cluster": cluster, "cucm_preflight_cluster_info": found}

    variables = {"a": read("A", "15.0.1.15900-1"), "b": read("B", None), "c": read("B", "14.0.1.10000-20")}
    variables["d"] = {"cucm_cluster": "D"}
    peers = [{"cluster": "B"}, {"cluster": "D"}, {"cluster": "elsewhere"}, {"cluster": "B"}, "no peer"]
    found = end_versions(peers, "A", variables, ["a", "b", "c", "d"])
    assert found == ["15.0.1.15900-1", "14.0.1.10000-20", "", "", ""]
    assert end_versions([], "D", variables, ["d"]) == [""]
    # A host that is not in this run is no witness.
    assert end_versions(peers[:1], "A", variables, ["a"]) == ["15.0.1.15900-1", ""]
