# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the roles take out of `cucm_peers`."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.filter.trunk_plan import trunk_plan


def certificate(name: str, *alt_names: str) -> dict[str, Any]:
    return {"subject": {"CN": name, "O": "Example"}, "subject_alt_names": list(alt_names)}


def seen(name: str, *alt_names: str) -> dict[str, Any]:
    return {"cucm_preflight_state": {"identity": certificate(name, *alt_names)}}


def installed(**certificates: dict[str, Any]) -> dict[str, Any]:
    """What the certificate role leaves when it has run for these services; `EC` is that of CallManager-ECDSA."""
    states = {
        name.replace("EC", "CallManager-ECDSA"): {"pending": False, "is_usable": True, "installed": one}
        for name, one in certificates.items()
    }
    return {"cucm_certificate_states": states}


def node(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "address": f"{name}.example.com", **more}


def plan(
    *nodes: dict[str, Any], hostvars: dict[str, Any], hosts: list[str] | None = None, **more: Any
) -> dict[str, Any]:
    peer = {"cluster": "CUCM10", "nodes": list(nodes), **more}
    (entry,) = trunk_plan([peer], hostvars, list(hostvars) if hosts is None else hosts)
    return entry


def test_names_come_from_the_certificates_of_the_run() -> None:
    entry = plan(
        node("pub"), node("sub"), hostvars={"pub": seen("p.example.com"), "sub": seen("s.example.com")}
    )
    assert entry["subject_names"] == ["p.example.com", "s.example.com"]
    assert entry["problem"] == ""


def test_the_certificate_that_was_just_installed_counts() -> None:
    facts = {**seen("old.example.com"), **installed(CallManager=certificate("new.example.com"))}
    assert plan(node("pub"), hostvars={"pub": facts})["subject_names"] == ["new.example.com"]


def test_both_certificates_of_a_node_are_accepted() -> None:
    both = installed(EC=certificate("p-EC.example.com"), CallManager=certificate("p.example.com"))
    assert plan(node("pub"), hostvars={"pub": both})["subject_names"] == ["p.example.com", "p-EC.example.com"]
    one = {**seen("p.example.com"), **installed(EC=certificate("p-EC.example.com"))}
    assert plan(node("pub"), hostvars={"pub": one})["subject_names"] == ["p.example.com", "p-EC.example.com"]
    for wanted, names in (
        ("p-EC.example.com", ["p-EC.example.com", "p.example.com"]),
        ("p.example.com", ["p.example.com", "p-EC.example.com"]),
    ):
        assert plan(node("pub", subject_name=wanted), hostvars={"pub": both})["subject_names"] == names


def test_a_certificate_of_another_service_is_not_shown_on_sip_ports() -> None:
    facts = {**seen("p.example.com"), **installed(tomcat=certificate("web.example.com"))}
    assert plan(node("pub"), hostvars={"pub": facts})["subject_names"] == ["p.example.com"]
    facts["cucm_certificate_states"]["tomcat"].update(pending=True, is_usable=False)
    assert plan(node("pub"), hostvars={"pub": facts})["waits_for"] == []


def test_one_certificate_for_the_cluster_gives_one_name() -> None:
    shared = seen("cucm10-ms.example.com")
    assert plan(node("pub"), node("sub"), hostvars={"pub": shared, "sub": shared})["subject_names"] == [
        "cucm10-ms.example.com"
    ]


def test_names_come_from_the_inventory_when_the_peer_is_not_in_the_run() -> None:
    # A fact may be left from a cache; a host that is not in this run is not a witness.
    entry = plan(
        node("pub", subject_name="new.example.com"), hostvars={"pub": seen("stale.example.com")}, hosts=[]
    )
    assert entry["subject_names"] == ["new.example.com"]


def test_a_subject_alternative_name_may_be_chosen() -> None:
    entry = plan(
        node("pub", subject_name="SIP.example.com"),
        hostvars={"pub": seen("p.example.com", "DNS:sip.example.com")},
    )
    assert entry["subject_names"] == ["SIP.example.com"]


@pytest.mark.parametrize(
    ("alternative", "wanted", "accepted"),
    [
        ("sip.example.com.", "sip.example.com", ["sip.example.com", "sip.example.com."]),
        ("sip.example.com", "sip.example.com.", ["sip.example.com.", "sip.example.com"]),
        ("sip.example.com.", "sip.example.com.", ["sip.example.com."]),
    ],
)
def test_a_name_with_the_dot_of_the_root_is_accepted_in_both_spellings(
    alternative: str, wanted: str, accepted: list[str]
) -> None:
    entry = plan(
        node("pub", subject_name=wanted),
        hostvars={"pub": seen("p.example.com", f"DNS:{alternative}")},
    )
    assert (entry["subject_names"], entry["problem"]) == (accepted, "")


def test_a_contradiction_names_cluster_node_both_names_and_the_remedy() -> None:
    entry = plan(node("pub", subject_name="other.example.com"), hostvars={"pub": seen("p.example.com")})
    for part in ("CUCM10", "node pub", "says that it is other.example.com", "p.example.com", "Correct"):
        assert part in entry["problem"]
    assert entry["inventory_error"]


def test_a_node_outside_of_the_run_needs_its_name_in_the_inventory() -> None:
    entry = plan(node("pub"), hostvars={"pub": {}}, hosts=[])
    assert "node pub: the node is not in this run" in entry["problem"]
    assert entry["inventory_error"]


@pytest.mark.parametrize(
    ("ours", "theirs", "waits"), [("1", 2, "2"), (None, "2", "2"), ("2", "2", ""), ("1", None, "")]
)
def test_a_peer_of_another_wave_is_waited_for(ours: Any, theirs: Any, waits: str) -> None:
    hostvars = {"pub": {"cucm_wave": theirs}, "own": {"cucm_wave": ours}}
    peer = {"cluster": "CUCM10", "nodes": [node("pub")]}
    (entry,) = trunk_plan([peer], hostvars, ["own"], own_hosts=["own"])
    assert entry["waits_for_wave"] == waits
    assert entry["waits_for"] == ([f"wave {waits}"] if waits else [])
    assert bool(entry["problem"]) is not bool(waits)
    # Where its names are known, nothing has to be waited for.
    named = {"cluster": "CUCM10", "nodes": [node("pub", subject_name="p.example.com")]}
    assert trunk_plan([named], hostvars, ["own"], own_hosts=["own"])[0]["waits_for"] == []


def test_a_node_that_failed_is_no_error_of_the_inventory() -> None:
    entry = plan(node("pub"), hostvars={"pub": {}})
    assert "node pub: its certificate could not be read in this run" in entry["problem"]
    assert not entry["inventory_error"]


def test_destinations_follow_the_nodes() -> None:
    entry = plan(
        {"name": "pub", "address": "192.0.2.1"},
        {"name": "sub", "address_ipv6": "2001:db8::2", "port": "5071"},
        hostvars={"pub": seen("p"), "sub": seen("s")},
    )
    assert entry["destinations"] == [
        {"address": "192.0.2.1", "port": 5061, "sort_order": 1},
        {"address_ipv6": "2001:db8::2", "port": 5071, "sort_order": 2},
    ]


def test_patterns_with_and_without_partition() -> None:
    entry = plan(
        node("pub"),
        hostvars={"pub": seen("p")},
        patterns=["9898", {"pattern": "8.XXX", "partition": "PSTN"}],
    )
    assert entry["patterns"] == [
        {"pattern": "9898", "partition": ""},
        {"pattern": "8.XXX", "partition": "PSTN"},
    ]


@pytest.mark.parametrize("pattern", [9898, "", {"partition": "PSTN"}, None])
def test_what_is_not_a_pattern_is_an_error(pattern: Any) -> None:
    entry = plan(node("pub"), hostvars={"pub": seen("p")}, patterns=[pattern])
    assert "cluster CUCM10" in entry["problem"]
    assert "is not a route pattern" in entry["problem"]


def test_a_node_without_an_address_is_an_error() -> None:
    entry = plan({"name": "pub", "address": ""}, hostvars={"pub": seen("p")})
    assert "cluster CUCM10, node pub: there is no address" in entry["problem"]


@pytest.mark.parametrize("nodes", [[], [{"address": "192.0.2.1"}]])
def test_a_peer_needs_named_nodes(nodes: list[dict[str, Any]]) -> None:
    assert "lists no nodes, each with its name" in plan(*nodes, hostvars={})["problem"]


def test_names_of_trunk_and_profile() -> None:
    default = plan(node("pub"), hostvars={"pub": seen("p")})
    assert (default["trunk"], default["security_profile"]) == (
        "CUCM10",
        "Secure SIP Trunk Profile TLS CUCM10",
    )
    own = plan(node("pub"), hostvars={"pub": seen("p")}, trunk="to-10", security_profile="TLS 10")
    assert (own["trunk"], own["security_profile"]) == ("to-10", "TLS 10")


def test_one_bad_peer_does_not_hide_the_others() -> None:
    peers = [
        {"cluster": "BAD", "nodes": [node("gone")]},
        {"cluster": "GOOD", "nodes": [node("pub")]},
    ]
    bad, good = trunk_plan(peers, {"pub": seen("p")}, ["pub"])
    assert bad["problem"]
    assert good["problem"] == ""
    assert good["subject_names"] == ["p"]


def waiting(name: str, *, usable: bool = False) -> dict[str, Any]:
    return {**seen(name), "cucm_certificate_states": {"CallManager": {"pending": True, "is_usable": usable}}}


def test_nodes_that_wait_for_their_first_certificate_are_named_on_both_sides() -> None:
    hostvars = {
        "own": waiting("own.example.com"),
        "pub": waiting("p.example.com"),
        "sub": seen("s.example.com"),
    }
    peer = {"cluster": "CUCM10", "nodes": [node("pub"), node("sub")]}
    (entry,) = trunk_plan([peer], hostvars, list(hostvars), own_hosts=["own"])
    assert entry["waits_for"] == ["own", "pub"]
    assert entry["problem"] == ""


def test_a_node_that_waits_for_a_renewal_keeps_nothing_back() -> None:
    hostvars = {"pub": waiting("p.example.com", usable=True)}
    assert plan(node("pub"), hostvars=hostvars)["waits_for"] == []


def test_a_node_outside_of_the_run_is_no_witness_that_it_waits() -> None:
    hostvars = {"pub": waiting("p.example.com")}
    entry = plan(node("pub", subject_name="p.example.com"), hostvars=hostvars, hosts=[])
    assert entry["waits_for"] == []


def test_the_nodes_of_the_peer_are_there_with_their_ports() -> None:
    entry = plan(node("pub"), node("sub", port="5062"), hostvars={}, hosts=[])
    assert entry["problem"]  # no name of a certificate is known, which does not matter for the nodes
    assert entry["nodes"] == [
        {"name": "pub", "address": "pub.example.com", "address_ipv6": "", "port": 5061},
        {"name": "sub", "address": "sub.example.com", "address_ipv6": "", "port": 5062},
    ]


def test_nodes_of_a_peer_come_from_the_group_of_its_name() -> None:
    hostvars = {
        "pub": {**seen("p.example.com"), "ansible_host": "192.0.2.1", "cucm_sip_port": 5071},
        "sub": {**seen("s.example.com"), "ansible_host": "2001:db8::2"},
        "own": {},
    }
    groups = {"CUCM10": ["pub", "sub"], "all": list(hostvars)}
    (entry,) = trunk_plan([{"cluster": "CUCM10"}], hostvars, list(hostvars), groups=groups)
    assert entry["problem"] == ""
    assert entry["subject_names"] == ["p.example.com", "s.example.com"]
    assert entry["destinations"] == [
        {"address": "192.0.2.1", "port": 5071, "sort_order": 1},
        {"address_ipv6": "2001:db8::2", "port": 5061, "sort_order": 2},
    ]


NEW, OLD = "15.0.1.12900-234", "15.0.1.11900-23"


def read(version: str | None, *names: str) -> dict[str, Any]:
    """A node whose installed certificates were read by the preflight, that of CallManager first."""
    services = ("CallManager", "CallManager-ECDSA")
    identities = [
        {"service": service, **certificate(name)} for service, name in zip(services, names, strict=False)
    ]
    return {"cucm_preflight_state": {"version": version, "identity": identities[0], "identities": identities}}


@pytest.mark.parametrize(
    ("own", "peer", "both"),
    [(NEW, NEW, True), (NEW, OLD, False), (OLD, NEW, False), (NEW, "15.0", False), (None, NEW, False)],
)
def test_the_name_of_the_ec_certificate_is_accepted_where_tls_1_3_can_show_it(
    own: str | None, peer: str | None, both: bool
) -> None:
    hostvars = {"here": read(own, "here.example.com"), "pub": read(peer, "p.example.com", "p-EC.example.com")}
    entries = [{"cluster": "CUCM10", "nodes": [node("pub")]}]
    (entry,) = trunk_plan(entries, hostvars, list(hostvars), own_hosts=["here"])
    assert entry["subject_names"] == (["p.example.com", "p-EC.example.com"] if both else ["p.example.com"])
    (entry,) = trunk_plan(entries, hostvars, ["pub"], own_hosts=["here"])
    assert entry["subject_names"] == ["p.example.com"]  # the own release is not known
