# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a peer that is no cluster gets a wrong trunk, or what is wrong with it is not in the plan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.filter.end_versions import end_versions
from ansible_collections.ucops.cucm.plugins.filter.own_sip_ports import own_sip_ports
from ansible_collections.ucops.cucm.plugins.filter.peers_to_read import peers_to_read
from ansible_collections.ucops.cucm.plugins.filter.probe_evidence import probe_evidence
from ansible_collections.ucops.cucm.plugins.filter.run_links import run_links
from ansible_collections.ucops.cucm.plugins.filter.run_plan import run_plan
from ansible_collections.ucops.cucm.plugins.filter.run_stops import run_stops
from ansible_collections.ucops.cucm.plugins.filter.tls_versions_differ import tls_versions_differ
from ansible_collections.ucops.cucm.plugins.filter.trunk_plan import trunk_plan

NODES: list[dict[str, Any]] = [
    {
        "address": "cube1.example.com",
        "server_names": ["cube1.example.com"],
        "client_names": ["c1.example.com"],
    },
    {"address": "cube2.example.com"},
]
CUBE = {"kind": "cube", "name": "HQ-CUBE", "patterns": ["0.!"], "nodes": NODES}
SERVERS = [{"address": "cuc1.example.com"}, {"address": "cuc2.example.com"}]
VOICEMAIL = {
    "kind": "unity_connection",
    "name": "VOICEMAIL",
    "patterns": ["8000"],
    "rerouting_calling_search_space": "CSS_Phones",
    "nodes": SERVERS,
}


def node(**more: Any) -> dict[str, Any]:
    certificate = {
        "service": "CallManager",
        "subject": {"CN": "pub.example.com"},
        "subject_alt_names": ["DNS:pub.example.com"],
        "extended_key_usage": ["serverAuth", "clientAuth"],
        "self_signed": False,
    }
    state = {"release": "15.0", "mixed_mode": True, "identity": certificate, "identities": [certificate]}
    return {
        "cucm_cluster": "CUCMA",
        "cucm_publisher": "pub",
        "cucm_sip_address": "pub.example.com",
        "cucm_preflight_state": {**state, **more.pop("state", {})},
        **more,
    }


def plan(*peers: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return trunk_plan(peers, {"pub": node(**more)}, ["pub"], own_hosts=["pub"])


def test_one_trunk_with_the_settings_of_the_kind() -> None:
    (entry,) = plan(CUBE)
    assert entry["problem"] == ""
    assert entry["subject_names"] == ["cube1.example.com", "c1.example.com", "cube2.example.com"]
    assert [each["address"] for each in entry["destinations"]] == ["cube1.example.com", "cube2.example.com"]
    assert entry["options"] == {"srtp_allowed": True}
    assert entry["profile_options"] == {"device_security_mode": "Encrypted"}
    assert (entry["options_ping"], entry["route_list"], entry["kind"]) == (True, None, "cube")
    (note,) = entry["notes"]
    assert (
        "node cube2.example.com: server_names is not given, so its address counts: cube2.example.com" in note
    )
    assert entry["link"]["profile_options"] == entry["profile_options"]
    assert entry["peer"]["settings"]["max_names"] == 10


def test_what_the_entry_says_goes_over_the_kind() -> None:
    given = {"srtp": "off", "incoming_port": 5071, "options_ping": False, "early_offer": "mandatory"}
    (entry,) = plan({**CUBE, **given})
    assert entry["options"] == {"srtp_allowed": False}
    assert entry["profile_options"]["incoming_port"] == 5071
    assert entry["options_ping"] is False
    assert entry["sip_profile_options"] == {"early_offer": "Mandatory (insert MTP if needed)"}
    # The older key of clusters counts before the new one.
    (entry,) = plan({**CUBE, "srtp_allowed": False})
    assert entry["options"] == {"srtp_allowed": False}


def test_a_trunk_for_each_server_of_unity_connection() -> None:
    first, last = plan(VOICEMAIL)
    assert [each["trunk"] for each in (first, last)] == ["VOICEMAIL-cuc1", "VOICEMAIL-cuc2"]
    assert first["security_profile"] == "Secure SIP Trunk Profile TLS VOICEMAIL cuc1"
    assert [each["subject_names"] for each in (first, last)] == [["cuc1.example.com"], ["cuc2.example.com"]]
    assert (first["patterns"], first["route_list"]) == ([], None)
    assert last["patterns"] == [{"pattern": "8000", "partition": ""}]
    assert last["route_list"] == {
        "name": "VOICEMAIL",
        "call_manager_group": "Default",
        "trunks": ["VOICEMAIL-cuc1", "VOICEMAIL-cuc2"],
    }
    assert first["options"]["rerouting_calling_search_space"] == "CSS_Phones"


def test_names_of_the_trunks_of_a_peer() -> None:
    # One server needs no route list, and addresses have no host names.
    (only,) = plan({**VOICEMAIL, "nodes": SERVERS[:1]})
    assert (only["trunk"], only["route_list"]) == ("VOICEMAIL", None)
    addresses = [{"address": f"192.0.2.{n}", "server_names": [f"cuc{n}"]} for n in (1, 2)]
    trunks = [each["trunk"] for each in plan({**VOICEMAIL, "nodes": addresses})]
    assert trunks == ["VOICEMAIL-1", "VOICEMAIL-2"]


def test_a_problem_of_one_trunk_is_one_of_the_peer() -> None:
    entries = plan({**VOICEMAIL, "nodes": [SERVERS[0], {"address": "192.0.2.2"}]})
    assert len({entry["problem"] for entry in entries}) == 1
    assert "node 192.0.2.2: the names in its certificates are not known" in entries[0]["problem"]
    assert entries[0]["inventory_error"]


def test_what_the_run_has_read_of_the_cluster_refuses_the_trunk() -> None:
    entries = plan(VOICEMAIL, state={"mixed_mode": False})
    assert all("not in mixed mode" in entry["problem"] for entry in entries)
    assert not any(entry["inventory_error"] for entry in entries)
    assert plan(CUBE, state={"mixed_mode": False})[0]["problem"] == ""


def test_a_name_and_a_port_stand_on_one_trunk() -> None:
    nodes = [{"address": "192.0.2.9", "server_names": ["CUBE2.example.com"]}]
    other = {**CUBE, "name": "OTHER", "nodes": nodes}
    entries = plan(CUBE, other)
    words = "HQ-CUBE and OTHER would accept the name cube2.example.com on the same incoming port, 5061"
    assert all(words in one["problem"] for one in entries)
    shared = {"security_profile": entries[0]["security_profile"]}
    for more in ({"incoming_port": 5071}, shared):
        assert [one["problem"] for one in plan(CUBE, {**other, **more})] == ["", ""]


def read(**more: Any) -> dict[str, Any]:
    place = {
        "place": "cube2.example.com:5061",
        "names": ["two.example.com"],
        "all_names": ["two.example.com", "x"],
        "status": "read",
        "finding": "",
    }
    return {"cucm_preflight_peer_names": {"places": [{**place, **more}]}}


def test_names_that_were_read_from_the_port() -> None:
    (entry,) = plan(CUBE, **read())
    assert entry["subject_names"][-1] == "two.example.com"
    assert "its port shows two.example.com, x" in entry["notes"][0]
    (entry,) = plan(CUBE, **read(finding="it shows another name now"))
    assert entry["warnings"] == [
        "cucm_peers, peer HQ-CUBE, node cube2.example.com: it shows another name now"
    ]


def test_a_given_name_that_the_port_does_not_show_is_a_warning() -> None:
    nodes = [{"address": "cube2.example.com", "server_names": ["mine.example.com"]}]
    (entry,) = plan({**CUBE, "nodes": nodes}, **read())
    assert entry["subject_names"] == ["mine.example.com"]
    assert "its port shows two.example.com, and server_names has mine.example.com" in entry["warnings"][0]


def test_a_port_that_could_not_be_read_is_no_error_of_the_inventory() -> None:
    given = {**CUBE, "nodes": [{"address": "192.0.2.2", "tls_fingerprint": "AB"}]}
    unread = {"place": "192.0.2.2:5061", "names": [], "text": "nobody answers", "status": "not_reached"}
    (entry,) = plan(given, cucm_preflight_peer_names={"places": [unread]})
    assert "its names are not known: nobody answers" in entry["problem"]
    assert not entry["inventory_error"]


def test_the_certificate_of_a_client_is_not_measured() -> None:
    recent = {**CUBE, "release": "26.1.1"}
    (entry,) = plan({**recent, "nodes": [{"address": "cube2.example.com"}]})
    assert "the names of that one are not measured. Give client_names" in entry["warnings"][0]
    (entry,) = plan({**recent, "nodes": [{"address": "cube2.example.com", "client_names": ["c"]}]})
    assert entry["warnings"] == []


def test_the_plan_warns_before_anything_is_done() -> None:
    planned = {
        "service": "CallManager",
        "reasons": [{"about": "x", "text": "old"}],
        "backend": "local",
        "missing_cas": 0,
        "restart_services": [],
        "is_pending": False,
    }
    variables = node(cucm_peers=[VOICEMAIL, CUBE], cucm_certificate_planned=planned)
    hostvars = {"pub": variables}
    variables["cucm_sip_tls_trunk_plan"] = trunk_plan(
        variables["cucm_peers"], hostvars, ["pub"], own_hosts=["pub"]
    )
    made = run_plan(["pub"], hostvars)
    assert [made["counts"][action] for action in ("warn", "note", "refuse")] == [1, 3, 0]
    page = "\n".join(made["page"])
    assert "WARNING: pub: cucm_peers, peer VOICEMAIL: the new certificate will cut off" in page
    assert "NOTE: cucm_peers, peer HQ-CUBE, node cube2.example.com" in page
    variables["cucm_sip_tls_trunk_removes"] = True
    assert run_plan(["pub"], hostvars)["counts"]["warn"] == 0


def test_a_peer_of_another_kind_is_never_absent_from_the_run() -> None:
    hostvars = {"pub": node(cucm_peers=[CUBE])}
    assert run_links(["pub"], ["pub"], hostvars, {"CUCMA": ["pub"]})["absent"] == []


def test_a_missing_name_stops_the_run_and_a_refusal_leaves_the_peer_out() -> None:
    unnamed = {**CUBE, "nodes": [{"address": "192.0.2.2"}]}
    (stop,) = run_stops(["pub"], {"pub": node(cucm_peers=[unnamed])}, {"CUCMA": ["pub"]})
    assert "pub: cucm_peers, peer HQ-CUBE, node 192.0.2.2" in stop
    refused = {"pub": node(cucm_peers=[VOICEMAIL], state={"mixed_mode": False})}
    assert run_stops(["pub"], refused, {"CUCMA": ["pub"]}) == []


def test_versions_at_the_ends() -> None:
    hostvars = {"pub": node(cucm_preflight_cluster_info={"version": "15.0.1.15900-1"})}
    expressway = {**CUBE, "kind": "expressway", "name": "EXP", "release": "X15.5"}
    peers = [CUBE, expressway, {"cluster": "CUCM10"}, {"kind": "cube"}]
    assert end_versions(peers, "CUCMA", hostvars, ["pub"]) == [
        "15.0.1.15900-1",
        "",
        "Cisco Expressway-C X15.5 (EXP)",
        "",
    ]


@pytest.mark.parametrize(
    ("peer", "matters"),
    [
        ({**CUBE, "release": "17.12.4"}, True),
        ({**CUBE, "release": "17.14.1a"}, False),
        ({**CUBE, "tls_min": "1.3"}, True),
        (CUBE, False),
        ({"cluster": "CUCM10", "tls_min": "1.3"}, False),
        ({"kind": "cube"}, False),
    ],
)
def test_the_lowest_version_is_read_where_a_peer_has_limits(peer: dict[str, Any], matters: bool) -> None:
    info = {"version": "14.0.1.12900-161"}
    hostvars = {"pub": {"cucm_peers": [peer], "cucm_preflight_cluster_info": info}}
    assert tls_versions_differ(["pub"], hostvars) is matters


def test_each_port_is_read_once_in_a_run() -> None:
    trusted = {**CUBE, "ca_certificate_paths": ["ca.pem"]}
    hostvars: dict[str, dict[str, Any]] = {
        "pub": {
            "cucm_cluster": "A",
            "cucm_peers": [trusted, {**CUBE, "name": "BLIND"}, {"kind": "cube"}, "x"],
        },
        "sub": {"cucm_cluster": "A", "cucm_peers": [trusted]},
        "other": {"cucm_cluster": "B", "cucm_peers": [trusted, {"cluster": "A"}]},
    }
    (peer,) = peers_to_read(list(hostvars), hostvars)
    assert (peer["name"], peer["ca_certificate_paths"], peer["allow_legacy_tls"]) == (
        "HQ-CUBE",
        [str(Path("ca.pem").absolute())],
        False,
    )
    places = [each["place"] for each in peer["nodes"]]
    assert places == ["cube1.example.com:5061", "cube2.example.com:5061"]


def test_the_ports_of_the_cluster_that_such_peers_call() -> None:
    hostvars = {"pub": node(cucm_sip_port=5081), "sub": {"ansible_host": "192.0.2.11"}}
    entries = trunk_plan([CUBE, {**VOICEMAIL, "incoming_port": 5091}], hostvars, [])
    found = own_sip_ports(["pub", "sub"], hostvars, entries)
    assert found == [
        [{"trunk": "", "node": "pub"}, {"address": "pub.example.com", "port": 5081}],
        [{"trunk": "", "node": "pub"}, {"address": "pub.example.com", "port": 5091}],
        [{"trunk": "", "node": "sub"}, {"address": "192.0.2.11", "port": 5061}],
        [{"trunk": "", "node": "sub"}, {"address": "192.0.2.11", "port": 5091}],
    ]
    assert own_sip_ports(["pub"], hostvars, trunk_plan([{"cluster": "CUCM10"}], hostvars, [])) == []
    (probe,) = probe_evidence({"results": [{"findings": []}]}, found[:1])
    assert (probe["trunk"], probe["node"], probe["port"]) == ("", "pub", 5081)


def test_the_plan_refuses_what_was_read_after_the_trunks_were_planned() -> None:
    variables = node(cucm_peers=[{**CUBE, "release": "17.12.4"}])
    hostvars = {"pub": variables}
    variables["cucm_sip_tls_trunk_plan"] = trunk_plan(
        variables["cucm_peers"], hostvars, ["pub"], own_hosts=["pub"]
    )
    assert run_plan(["pub"], hostvars)["counts"]["refuse"] == 0
    variables["cucm_preflight_tls"] = {"min_server_version": "1.3", "min_client_version": "1.3"}
    (step,) = [each for each in run_plan(["pub"], hostvars)["steps"] if each["action"] == "refuse"]
    assert "they have no TLS version in common" in step["what"]
    # The trunks are planned again before they are made; what that refuses is not told twice.
    variables["cucm_sip_tls_trunk_plan"] = trunk_plan(
        variables["cucm_peers"], hostvars, ["pub"], own_hosts=["pub"]
    )
    assert "no TLS version in common" in variables["cucm_sip_tls_trunk_plan"][0]["problem"]
    assert run_plan(["pub"], hostvars)["counts"]["refuse"] == 1
