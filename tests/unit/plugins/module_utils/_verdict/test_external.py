# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a peer that is no cluster is called right by what nobody saw, or wrong by what it need not do."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._report.page import page
from ansible_collections.ucops.cucm.plugins.module_utils._report.summary import summary
from ansible_collections.ucops.cucm.plugins.module_utils._site.peer_links import described
from ansible_collections.ucops.cucm.plugins.module_utils._site.peers import peer_of
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks import ORDER, TITLES
from ansible_collections.ucops.cucm.tests.support.evidence import (
    NODES,
    A,
    B,
    Pair,
    certificate,
    checks_of,
    failing,
    judged,
    probe_of,
)

#: The peer is called as the other cluster of the pair, and gives no evidence.
TO, FROM = f"{A}>{B}", f"{B}>{A}"
OWN = [row[0] for row in NODES[A]]


class Link:
    """The evidence of one cluster with a peer of this kind."""

    def __init__(self, kind: str = "kamailio", asked: tuple[str, ...] = (), **entry: Any) -> None:
        self.pair = Pair(asked)
        given = {
            "kind": kind,
            "name": B,
            "nodes": [
                {"name": name, "address": address, "client_names": [f"{name}.example.com"]}
                for name, address, _host in NODES[B]
            ],
            **entry,
        }
        self.documents = [self.pair[node] for node in OWN]
        for document in self.documents:
            document["expected"]["peers"][0]["peer"] = described(peer_of(given, {}, {}))
            document["own_probes"] = None
        self.own = [{**probe_of(name, "", f"{name}.example.com"), "node": name} for name in OWN]
        self.documents[0]["own_probes"] = self.own

    def judge(self) -> dict[str, Any]:
        return judged(self.documents)


def check(report: dict[str, Any], direction: str, check_id: str, node: str = "") -> dict[str, Any]:
    return next(
        one
        for where, one in checks_of(report)
        if (where, one["id"]) == (direction, check_id) and node in ("", one["node"])
    )


def of(report: dict[str, Any]) -> dict[str, Any]:
    (link,) = report["links"]
    return dict(link["external"])


def test_a_peer_that_works_passes_as_far_as_can_be_seen() -> None:
    report = Link(verifies_our_name="cn_or_san").judge()
    assert failing(report) == set()
    assert [one["verdict"] for one in report["links"][0]["directions"]] == ["pass", "pass"]
    assert (of(report)["name"], of(report)["kind"], of(report)["states"]) == (B, "kamailio", [])
    # What only they can show is told, with what to ask for.
    assert any("kamcmd tls.list" in text for text in of(report)["theirs_to_show"])
    assert check(report, FROM, "handshake_complete")["result"] == "not_measured"
    assert check(report, FROM, "handshake_complete")["reason"] == "theirs_to_show"
    assert check(report, TO, "service_running")["result"] == "not_applicable"
    assert check(report, FROM, "subject_names", OWN[0])["seen"] == f"'{OWN[0]}.example.com'"


def test_every_check_stands_in_every_direction() -> None:
    for direction in Link().judge()["links"][0]["directions"]:
        ids = [one["id"] for one in direction["checks"]]
        assert list(dict.fromkeys(ids)) == list(TITLES)
        assert [ORDER[one] for one in ids] == sorted(ORDER[one] for one in ids)


def not_asked(link: Link) -> None:
    for probe in link.documents[0]["probes"]:
        probe["result"]["client_certificate_demanded"] = False
        probe["result"]["findings"] = [
            {"reason": "client_certificate_not_demanded", "text": "it asks for none", "remedy": "x"}
        ]


def test_a_peer_that_does_not_ask_proves_nobody() -> None:
    link = Link()
    not_asked(link)
    report = link.judge()
    state = f"{B} does not ask for our certificate, so nobody proves us"
    assert of(report)["states"] == [state]
    assert check(report, TO, "client_certificate_demanded")["result"] == "not_applicable"
    assert report["links"][0]["verdict"] == "pass"
    assert any(state in line for line in summary(report))
    assert state in page(report)


def test_a_kind_that_always_asks_must_ask() -> None:
    link = Link("cube")
    not_asked(link)
    report = link.judge()
    assert {(one[0], one[1]) for one in failing(report)} == {(TO, "client_certificate_demanded")}
    remedy = check(report, TO, "client_certificate_demanded")["remedy"]
    assert f"administrator of {B} (Cisco Unified Border Element)" in remedy
    assert "asks_our_certificate: never" in remedy


def test_the_negative_probe_tells_who_asks_and_lets_everybody_in() -> None:
    link = Link(asked=("negative_probes",))
    for probe in link.documents[0]["probes"]:
        probe["result"]["probes"][0] |= {"refused": False, "how": "accepted", "alert": None}
        probe["result"]["findings"] = [{"reason": "no_certificate_accepted", "text": "let in", "remedy": "x"}]
    report = link.judge()
    assert of(report)["states"]
    assert check(report, TO, "strangers_refused")["reason"] == "peer_does_not_ask"


def test_the_profile_must_accept_the_name_of_the_caller() -> None:
    nodes = [
        {"name": name, "address": address, "client_names": ["client.example.com"]}
        for name, address, _host in NODES[B]
    ]
    report = Link(nodes=nodes).judge()
    assert {(one[0], one[1]) for one in failing(report)} == {(TO, "subject_names")}
    (remedy,) = {one["remedy"] for _where, one in checks_of(report) if one["result"] == "fail"}
    assert "Add 'client.example.com' to X.509 Subject Name" in remedy


@pytest.mark.parametrize(
    ("entry", "result"),
    [
        ({"verifies_our_name": "san"}, "pass"),
        ({"verifies_our_name": "san", "our_names_expected": ["other.example.com"]}, "fail"),
        ({"verifies_our_name": "cn_or_san", "our_names_expected": ["*.example.com"]}, "pass"),
        ({"verifies_our_name": "none"}, "not_applicable"),
        ({"verifies_our_name": "script"}, "not_measured"),
    ],
)
def test_whether_the_peer_finds_our_name(entry: dict[str, Any], result: str) -> None:
    report = Link(**entry).judge()
    one = check(report, FROM, "subject_names", OWN[0])
    assert one["result"] == result
    assert (FROM, "subject_names", OWN[0]) in failing(report) or result != "fail"
    assert B in one["title"]


def test_what_fails_at_the_peer_is_for_its_administrator() -> None:
    link = Link()
    address = NODES[B][0][1]
    probe = next(one for one in link.documents[0]["probes"] if one["address"] == address)
    probe["result"].update(
        reachable=False,
        tls=None,
        chain=[],
        client_certificate_demanded=None,
        findings=[{"reason": "connection_refused", "text": "refused", "remedy": "Start Cisco CallManager"}],
    )
    report = link.judge()
    assert (TO, "port_open", NODES[B][0][0]) in failing(report)
    remedy = check(report, TO, "port_open", NODES[B][0][0])["remedy"]
    assert remedy.startswith(f"Ask the administrator of {B} (Kamailio): let {NODES[B][0][0]} listen")


def test_our_own_port_is_what_takes_the_calls_of_the_peer() -> None:
    link = Link(asked=("negative_probes",))
    report = link.judge()
    assert check(report, FROM, "port_open", OWN[0])["result"] == "pass"
    assert check(report, FROM, "strangers_refused", OWN[0])["result"] == "pass"
    assert check(report, FROM, "certificate_running", OWN[0])["result"] == "pass"
    link.own[0]["result"]["chain"] = [certificate(OWN[0], "old")]
    report = link.judge()
    assert (FROM, "certificate_running", OWN[0]) in failing(report)
    # Only the port of this peer counts.
    for document in link.documents:
        document["expected"]["peers"][0]["profile_options"] = {"incoming_port": 6061}
    assert check(link.judge(), FROM, "port_open", OWN[0])["result"] == "not_measured"


def test_a_certificate_for_servers_only_where_there_are_two() -> None:
    for release, wrong in (("26.1.1", False), ("17.12.4", True)):
        link = Link("cube", release=release)
        for probe, (name, _address, _host) in zip(link.documents[0]["probes"], NODES[B], strict=True):
            probe["result"]["chain"][0] = certificate(name, "server", extended=("serverAuth",))
        found = {one[1] for one in failing(link.judge())}
        assert ("certificate_usage" in found) is wrong


def test_a_trunk_to_each_node_accepts_the_name_of_that_node() -> None:
    link = Link("unity_connection", verifies_our_name="none")
    trunks = link.documents[0]["trunks"]
    (whole,) = trunks["trunks"]
    trunks["trunks"] = []
    for document in link.documents:
        (entry,) = document["expected"]["peers"]
        document["expected"]["peers"] = [
            {
                **entry,
                "trunk": f"{B}-{place}",
                "nodes": [node],
                "patterns": entry["patterns"] if place else [],
            }
            for place, node in enumerate(entry["nodes"])
        ]
    for place, (name, _address, _host) in enumerate(NODES[B]):
        profile = {**whole["security_profile"], "x509_subject_names": [f"{name}.example.com"]}
        destinations = [whole["destinations"][place]]
        own = {"name": f"{B}-{place}", "security_profile": profile, "destinations": destinations}
        trunks["trunks"].append({**whole, **own})
        link.documents[0]["probes"][place]["trunk"] = f"{B}-{place}"
    trunks["route_patterns"][0]["leads_to"] = {
        "type": "route_list",
        "name": B,
        "devices": [f"{B}-0", f"{B}-1"],
    }
    report = link.judge()
    assert failing(report) == set()
    assert report["links"][0]["verdict"] == "pass"
    # The trunk to one node with the name of the other one
    trunks["trunks"][0]["security_profile"]["x509_subject_names"] = [f"{NODES[B][1][0]}.example.com"]
    assert {one[1:] for one in failing(link.judge())} == {("subject_names", NODES[B][0][0])}


def test_one_peer_of_two_clusters() -> None:
    link = Link()
    entry = link.documents[0]["expected"]["peers"][0]
    other = Pair(())
    for name in [row[0] for row in NODES[B]]:
        document = other[name]
        document["expected"]["peers"] = [{**entry, "cluster": "SBC", "trunk": "SBC"}]
        link.documents.append(document)
    for document in link.documents[:2]:
        document["expected"]["peers"] = [{**entry, "cluster": "SBC"}]
    report = link.judge()
    assert [each["clusters"] for each in report["links"]] == [[B, "SBC"], [A, "SBC"]]
    assert [each["external"]["name"] for each in report["links"]] == ["SBC", "SBC"]


def test_the_page_shows_external_peers_apart() -> None:
    html = page(Link().judge())
    assert "Other SIP peers" in html
    assert "kamcmd tls.list" in html
