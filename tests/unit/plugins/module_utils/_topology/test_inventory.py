# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, hosts, groups or variables of a topology are wrong, or their data grow beyond use."""

from __future__ import annotations

import json

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._topology import inventory
from ansible_collections.ucops.cucm.plugins.module_utils._topology.places import Places
from ansible_collections.ucops.cucm.tests.support.topologies import topology
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._topology.reader import inventory_of, read

TEXT = """\
plugin: ucops.cucm.topology
domain: example.com
vars: {cucm_axl_username: axl-user}
clusters:
  CUCMA:
    release: 15
    nodes: [cucma-pub, cucma-sub1]
    wave: 1
    tags: [europe, pilot, europe]
    vars: {cucm_options_ping: true}
  CUCMB:
    release: "12.5(1)"
    domain: b.example.com
    publisher: cucmb-2
    nodes:
      cucmb-1: {hostname: node1, vars: {cucm_port: 9443}}
      cucmb-2: {address: 192.0.2.22}
      cucmb-3: {ansible_host: 2001:db8::23}
      cucmb-4.example.net:
    wave: late
links:
  mesh: all
"""


def test_hosts_and_their_variables() -> None:
    assert inventory_of(TEXT).host_variables == {
        "cucma-pub": {"ansible_host": "cucma-pub.example.com"},
        "cucma-sub1": {"ansible_host": "cucma-sub1.example.com"},
        "cucmb-1": {"ansible_host": "node1.b.example.com", "cucm_hostname": "node1", "cucm_port": 9443},
        "cucmb-2": {"ansible_host": "192.0.2.22"},
        "cucmb-3": {"ansible_host": "2001:db8::23"},
        "cucmb-4.example.net": {},
    }


def test_without_a_domain_the_name_is_the_address() -> None:
    text = TEXT.replace("domain: example.com\n", "", 1)
    assert inventory_of(text).host_variables["cucma-pub"] == {}


def test_groups() -> None:
    made = inventory_of(TEXT)
    assert made.groups == [
        "cucm",
        "publishers",
        "subscribers",
        *("CUCMA", "wave_1", "release_15", "tag_europe", "tag_pilot"),
        *("CUCMB", "wave_late", "release_12_5"),
    ]
    assert made.children == [
        *((parent, "CUCMA") for parent in ("cucm", "wave_1", "release_15", "tag_europe", "tag_pilot")),
        *((parent, "CUCMB") for parent in ("cucm", "wave_late", "release_12_5")),
    ]
    assert [host for group, host in made.hosts if group == "CUCMB"] == [
        "cucmb-1",
        "cucmb-2",
        "cucmb-3",
        "cucmb-4.example.net",
    ]
    assert [host for group, host in made.hosts if group == "publishers"] == ["cucma-pub", "cucmb-2"]
    assert [host for group, host in made.hosts if group == "subscribers"] == [
        "cucma-sub1",
        "cucmb-1",
        "cucmb-3",
        "cucmb-4.example.net",
    ]


def test_variables_of_groups() -> None:
    variables = inventory_of(TEXT).group_variables
    assert variables["cucm"] == {"cucm_axl_username": "axl-user"}
    assert variables["CUCMA"] == {
        "cucm_cluster": "CUCMA",
        "cucm_publisher": "cucma-pub",
        "cucm_wave": "1",
        "cucm_peers": [{"cluster": "CUCMB", "patterns": []}],
        "cucm_options_ping": True,
    }
    assert variables["CUCMB"]["cucm_publisher"] == "cucmb-2"
    assert not any(variables[name] for name in variables if name not in ("cucm", "CUCMA", "CUCMB"))


@pytest.mark.parametrize(
    ("release", "group"),
    [
        ("15", "15"),
        ("14SU3", "14"),
        ("14 SU3a", "14"),
        ("15.0", "15"),
        ("15.0.1.10000-32", "15"),
        ("12.5(1)SU4", "12_5"),
        ("9.1(2)", "9_1"),
        ("10.5", "10_5"),
    ],
)
def test_releases(release: str, group: str) -> None:
    assert inventory.release_of_group(release) == group
    made = inventory_of(TEXT.replace('"12.5(1)"', f'"{release}"'))
    assert (f"release_{group}", "CUCMB") in made.children


def test_texts_are_passed_through_what_ansible_wants_and_given_variables_are_not() -> None:
    text = TEXT.replace("wave: 1", "peers: [{cluster: CUBE, nodes: [{name: cube, address: 192.0.2.9}]}]")
    made = inventory.inventory_of(read(text), lambda each: f"<{each}>")
    assert made.group_variables["CUCMA"]["cucm_peers"] == [
        {"cluster": "<CUCMB>", "patterns": []},
        {"cluster": "<CUBE>", "nodes": [{"name": "<cube>", "address": "<192.0.2.9>"}], "patterns": []},
    ]
    assert made.host_variables["cucmb-1"]["cucm_hostname"] == "<node1>"
    assert made.group_variables["cucm"] == {"cucm_axl_username": "axl-user"}


def test_a_mesh_of_two_hundred_stays_small() -> None:
    """`ansible-inventory --list` writes the variables of groups at each host; 30 MB are too many."""
    made = inventory_of(topology(clusters=200, nodes=2, links="mesh: all"))
    hosts = [(group, host) for group, host in made.hosts if group.startswith("CUCM")]
    assert len(hosts) == 400
    # All names are of one length, so that one host is as large as any other.
    group, host = hosts[0]
    variables = {**made.group_variables["cucm"], **made.group_variables[group], **made.host_variables[host]}
    assert len(variables["cucm_peers"]) == 199
    output = json.dumps({"_meta": {"hostvars": {host: variables}}}, indent=4)
    assert 400 * len(output) < 17_000_000
    stored = json.dumps([made.group_variables, made.host_variables])
    assert len(stored) < 3_000_000


def test_lines_of_a_file_with_anchors() -> None:
    text = "a: &one\n  b: 1\nc:\n  <<: *one\n  d: [1,\n    2]\n  d: 3\n"
    places = Places(text)
    assert [places.line(path) for path in ((), ("a", "b"), ("c", "b"), ("c", "d"), ("x",))] == [
        None,
        2,
        3,
        7,
        None,
    ]
    assert places.repeated() == [("c", "d")]
    assert Places("").line(("a",)) is None
