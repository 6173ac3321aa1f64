# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a rehearsal simulates something else than the inventory says, or could contact a real node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ucops.cucm.extensions.rehearsal.clusters import (
    ACCOUNTS,
    CARRIED,
    BadInput,
    inventory_of,
    number_for,
    rehearsal_of,
    simulated_release,
)
from ansible_collections.ucops.cucm.plugins.module_utils._site.variables import BY_NAME
from ansible_collections.ucops.cucm.tests.simulator.digit_analysis import compile_pattern
from ansible_collections.ucops.cucm.tests.simulator.topology import topology_from

COLLECTION = Path(__file__).resolve().parents[4]


def host(cluster: str, publisher: str, *groups: str, **variables: Any) -> dict[str, Any]:
    values = {"cucm_cluster": cluster, "cucm_publisher": publisher, **variables}
    return {"groups": list(groups), "variables": values, "failed": {}, "flags": {}}


def inventory(**hosts: Any) -> dict[str, Any]:
    named = {name.replace("_", "-"): facts for name, facts in hosts.items()}
    return {"hosts": named, "encrypted": []}


def pair(**variables: Any) -> dict[str, Any]:
    """CUCMA and CUCM10, which call each other; `variables` are those of CUCMA's publisher."""
    here = {"cucm_peers": [{"cluster": "CUCM10", "patterns": ["9XXX"]}], "ansible_host": "a.example.com"}
    there = {"cucm_peers": [{"cluster": "CUCMA", "patterns": ["1[0-8]XX"]}]}
    return inventory(
        a_pub=host("CUCMA", "a-pub", "release_12_5", **{**here, **variables}),
        a_sub=host("CUCMA", "a-pub", "release_12_5", **here),
        b_pub=host("CUCM10", "b-pub", **there),
    )


def problems(data: dict[str, Any], **options: Any) -> str:
    with pytest.raises(BadInput) as caught:
        rehearsal_of(data, **options)
    return "\n".join(caught.value.problems)


def test_the_simulator_takes_the_topology_and_the_calls_reach_their_clusters() -> None:
    rehearsal = rehearsal_of(pair())
    topology = topology_from(rehearsal.topology())
    assert [(one.name, one.release, one.domain) for one in topology.clusters] == [
        ("CUCMA", "12.5", "example.com"),
        ("CUCM10", "15", ""),
    ]
    assert [(call.cluster, call.calling, call.called) for call in rehearsal.calls] == [
        ("CUCMA", "1000", "9000"),
        ("CUCM10", "9000", "1000"),
    ]
    assert rehearsal.notes == ("CUCM10 is rehearsed as release 15; --release CUCM10=X names another",)


def test_ports_are_consecutive_from_the_first_one_on() -> None:
    nodes = [node for one in rehearsal_of(pair()).topology(20000)["clusters"] for node in one["nodes"]]
    assert [node[key] for node in nodes for key in ("https_port", "sip_port", "ssh_port")] == [
        *range(20000, 20009)
    ]


def test_everything_by_which_a_real_node_could_be_reached_is_replaced() -> None:
    """What is carried over never says where to connect, as whom, or where to send anything."""
    reaching = {
        name
        for name, variable in BY_NAME.items()
        if variable.secret or variable.type == "path" or "address" in name or "port" in name.split("_")
    }
    assert reaching & CARRIED == set()
    rehearsal = rehearsal_of(pair(ansible_host="192.0.2.10"))
    facts = {"address": "127.0.0.1", "https_port": 1, "sip_port": 2, "ssh_port": 3, "hostname": "x"}
    facts |= {"tomcat_fingerprint": "AA", "ssh_host_key_fingerprint": "SHA256:x"}
    simulated = {one.name: {"nodes": dict.fromkeys(one.nodes, facts)} for one in rehearsal.clusters}
    made = inventory_of(rehearsal, simulated, {})
    assert "192.0.2.10" not in yaml.safe_dump(made)
    groups = made["all"]["children"]["cucm"]
    assert {
        host["ansible_host"] for one in groups["children"].values() for host in one["hosts"].values()
    } == {"127.0.0.1"}
    assert ACCOUNTS.items() <= groups["vars"].items()


def test_a_peer_that_is_not_simulated_is_left_out_and_named() -> None:
    outside = {"cluster": "CUBE", "nodes": [{"name": "cube", "address": "192.0.2.50"}]}
    rehearsal = rehearsal_of(pair(cucm_peers=[outside, {"cluster": "CUCM10", "patterns": ["9XXX"]}]))
    assert (
        "left out: CUCMA to CUBE, which is not simulated, so that nothing real is called" in rehearsal.notes
    )
    assert "192.0.2.50" not in str(rehearsal.clusters)
    chosen = rehearsal_of(pair(), chosen=["CUCMA"])
    assert [one.name for one in chosen.clusters] == ["CUCMA"]
    assert any("left out: CUCMA to CUCM10" in note for note in chosen.notes)


def test_objects_that_the_variables_name_exist_in_the_simulated_cluster() -> None:
    peers = [
        {"cluster": "CUCM10", "device_pool": "DP_B", "patterns": [{"pattern": "9", "partition": "PT_B"}]}
    ]
    options = {"rerouting_calling_search_space": "CSS_B", "calling_party_transformation_css": "CSS_C"}
    rehearsal = rehearsal_of(pair(cucm_peers=peers, cucm_sip_tls_trunk_trunk_options=options))
    assert rehearsal.clusters[0].objects == {
        "Css": ["CSS_B", "CSS_C"],
        "DevicePool": ["DP_B"],
        "RoutePartition": ["PT_B"],
    }
    topology_from(rehearsal.topology())


@pytest.mark.parametrize(
    ("data", "options", "said"),
    [
        (pair(), {"stated_releases": {"CUCMA": "8.6"}}, "cluster CUCMA: there is no simulated release '8.6'"),
        (
            pair(),
            {"stated_releases": {"CUCMB": "14"}},
            "CUCMB is no cluster of the inventory; it has: CUCM10, CUCMA",
        ),
        (pair(), {"chosen": ["CUCMB"]}, "CUCMB is no cluster of the inventory"),
        (pair(), {"max_nodes": 2}, "3 nodes are more than 2: they would take about"),
        (pair(), {"max_nodes": 2}, "--max-nodes 3; or rehearse some clusters, with --clusters CUCMA,CUCM10"),
        (pair(cucm_hostname="a_pub"), {}, "'a_pub' is no host name, which a node's certificate needs"),
        (pair(cucm_hostname="192.0.2.1"), {}, "'192.0.2.1' is no host name"),
        (pair(cucm_hostname="a-sub"), {}, "a-pub, a-sub have one host name, a-sub"),
        (
            pair(cucm_publisher="c-pub"),
            {},
            "cucm_publisher is 'c-pub', which is none of its hosts (a-pub, a-sub)",
        ),
        (inventory(), {}, "no host in the group cucm"),
        (inventory(x=host("", "x")), {}, "x: cucm_cluster is not set"),
    ],
)
def test_bad_input_is_named_with_its_remedy(data: Any, options: dict[str, Any], said: str) -> None:
    assert said in problems(data, **options)


def test_all_problems_are_told_at_once() -> None:
    told = problems(pair(cucm_hostname="a_pub"), stated_releases={"CUCMA": "8.6"}, max_nodes=1)
    assert len(told.splitlines()) == 3


@pytest.mark.parametrize(
    ("wanted", "simulated"),
    [
        ("15", "15"),
        ("12.5(1)SU7", "12.5"),
        ("14SU2", "14SU2"),
        ("14SU3", "14"),
        ("15.0", "15"),
        ("15SU1", "15SU1"),
        ("11.0", None),
        ("", None),
    ],
)
def test_a_release_is_simulated_by_the_nearest_without_its_service_update(
    wanted: str, simulated: str | None
) -> None:
    assert simulated_release(wanted) == simulated


@pytest.mark.parametrize("pattern", ["9898", "1[0-8]XX", "0.!", r"\+49891XX", "*X#", "[2-3][5-9]XX"])
def test_a_number_for_a_pattern_is_matched_by_it(pattern: str) -> None:
    number, compiled = number_for(pattern), compile_pattern(pattern)
    assert number is not None
    assert compiled is not None
    assert compiled.expression.fullmatch(number)


@pytest.mark.parametrize("pattern", ["9@", "[^1]XX", "", {"pattern": "9", "partition": "PT"}, "1?"])
def test_no_number_is_guessed(pattern: Any) -> None:
    assert number_for(pattern) is None


def test_what_the_rehearsal_imports_is_in_the_archive() -> None:
    """galaxy.yml leaves the tests out, except for the simulator and what it imports."""
    ignored = yaml.safe_load((COLLECTION / "galaxy.yml").read_text(encoding="utf-8"))["build_ignore"]
    shipped = {"__init__.py", "simulator", "schemas", "__pycache__"}
    there = {path.name for path in (COLLECTION / "tests").iterdir()}
    assert {name for name in there if f"tests/{name}" not in ignored} == shipped & there
    assert "tests/schemas/__init__.py" not in ignored
