# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of the verdict: what is missing, what is required, what follows from what, and offline evidence."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks import ORDER, TITLES
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.verdict import judge
from ansible_collections.ucops.cucm.tests.support.builders import NOW, make_ca
from ansible_collections.ucops.cucm.tests.support.evidence import (
    EVERYTHING,
    NODES,
    PATTERNS,
    A,
    B,
    Pair,
    at,
    authority,
    authority_entry,
    certificate,
    checks_of,
    connection_of,
    failing,
    failure_of,
    judged,
    local,
    results,
    trace_of,
)
from cryptography import x509

AB, BA = f"{A}>{B}", f"{B}>{A}"


def check(report, direction, check_id, node=""):
    found = [
        one
        for where, one in checks_of(report)
        if (where, one["id"]) == (direction, check_id) and node in ("", one["node"])
    ]
    return found[0]


# The report as a whole


def test_every_check_stands_in_every_direction_in_the_order_of_the_contract():
    for asked in ((), EVERYTHING):
        for direction in Pair(asked).judge()["links"][0]["directions"]:
            ids = [one["id"] for one in direction["checks"]]
            assert list(dict.fromkeys(ids)) == list(TITLES)
            assert [ORDER[one] for one in ids] == sorted(ORDER[one] for one in ids)


def test_the_report_has_the_keys_of_the_contract():
    report = Pair().judge()
    assert list(report) == [
        "format",
        "title",
        "created",
        "verdict",
        "counts",
        "clusters",
        "links",
        "certificates",
        "agreement",
        "fix_first",
    ]
    (link,) = report["links"]
    assert (link["id"], link["clusters"]) == ("CUCM10--CUCMA", [B, A])
    direction = link["directions"][1]
    assert (direction["from"], direction["to"], direction["verdict"]) == (A, B, "pass")
    assert set(direction["checks"][0]) == {
        "id",
        "title",
        "object",
        "node",
        "expected",
        "seen",
        "source",
        "result",
        "required",
        "is_effect",
        "reason",
        "remedy",
    }
    assert sum(report["counts"].values()) == len(checks_of(report))
    handshake = direction["handshakes"][0]
    assert handshake["client"] == {"name": "cucma-pub", "address": "192.0.2.203", "port": 33135}
    assert handshake["server"]["name"] in ("cucm10-pub", "cucm10-sub")
    assert [step["from"] for step in handshake["steps"]] == ["client", "server"]
    assert handshake["broke"] is None
    nodes = {node["name"]: node for cluster in report["clusters"] for node in cluster["nodes"]}
    assert nodes["cucma-pub"]["is_publisher"]
    assert nodes["cucma-pub"]["certificate"]["common_name"] == "cucma-pub.example.com"
    assert nodes["cucma-pub"]["certificate"]["issuer"] == "CUCMA Root"
    roles = [(one["node"], one["role"], one["common_name"]) for one in report["certificates"]]
    assert ("cucm10-sub", "identity", "cucm10-sub.example.com") in roles
    assert ("cucm10-sub", "ca", "CUCMA Root") in roles
    assert all(row["agree"] for row in report["agreement"])
    assert len(report["agreement"]) == 4
    json.dumps(report, allow_nan=False)


def test_a_ca_that_has_nothing_to_do_with_the_trunks_is_left_out():
    pair = Pair()
    pair["cucma-pub"]["certificates"]["trust"].append(
        authority_entry(make_ca("Cisco Manufacturing CA", with_key="rsa2048-cisco"))
    )
    assert "Cisco Manufacturing CA" not in {one["common_name"] for one in pair.judge()["certificates"]}


def test_each_remedy_stands_once_causes_first():
    pair = Pair()
    for cluster, node in ((A, "cucm10-pub"), (A, "cucm10-sub")):
        pair.profile(cluster)["x509_subject_names"].remove(f"{node}.example.com")
    for cluster in (A, B):
        for row in pair.trunk(cluster)["status"]["nodes"]:
            row["state"] = "no_service"
    report = pair.judge()
    remedies = [step["remedy"] for step in report["fix_first"]]
    assert len(remedies) == len(set(remedies))
    assert [remedy.startswith("Fix first: ") for remedy in remedies] == sorted(
        remedy.startswith("Fix first: ") for remedy in remedies
    )
    assert report["fix_first"][0]["checks"] == ["subject_names"]
    assert report["fix_first"][0]["links"] == ["CUCM10--CUCMA"]


# What is missing


def test_no_evidence_at_all_gives_no_pass():
    report = judge([], [], NOW)
    assert report["verdict"] == "not_measured"
    assert report["links"] == report["fix_first"] == []


def test_empty_documents_give_no_pass():
    pair = Pair()
    for document in pair.documents.values():
        for key in ("certificates", "node_info", "trunks", "probes", "captures", "traces"):
            document[key] = None
    report = pair.judge()
    assert report["verdict"] == "not_measured"
    assert report["counts"]["pass"] == report["counts"]["fail"] == 0


@pytest.mark.parametrize(
    ("section", "checks"),
    [
        ("certificates", {"certificate_trusted", "certificate_running"}),
        ("node_info", {"service_running", "clock"}),
        (
            "trunks",
            {
                "trunk_configured",
                "trunk_security",
                "trunk_destinations",
                "subject_names",
                "srtp",
                "route_pattern",
                "options_ping",
                "trunk_status",
                "trunk_reset",
            },
        ),
        ("captures", {"handshake_complete"}),
    ],
)
def test_a_section_that_failed_is_not_measured_and_says_why(section, checks):
    pair = Pair()
    pair["cucma-pub"][section] = {
        "msg": "192.0.2.203: wrong password",
        "failed": True,
        "reason": "authentication_failed",
    }
    report = pair.judge()
    missing = [one for _where, one in checks_of(report) if one["result"] == "not_measured"]
    assert {one["id"] for one in missing} == checks
    assert failing(report) == set()
    assert any("wrong password" in one["seen"] for one in missing)
    assert report["verdict"] == "not_measured"


def test_a_probe_that_failed_is_not_measured_from_its_first_step():
    pair = Pair()
    pair.probe_entry("cucm10-pub")["result"] = {"msg": "delegate unreachable", "unreachable": True}
    report = pair.judge()
    for step in ("name_resolved", "port_open", "tls_spoken", "client_certificate_demanded"):
        assert check(report, AB, step, "cucm10-pub")["seen"] == "delegate unreachable"
        assert check(report, AB, step, "cucm10-pub")["result"] == "not_measured"
    assert check(report, AB, "port_open", "cucm10-sub")["result"] == "pass"


def test_after_a_failed_step_the_later_ones_are_not_measured():
    pair = Pair()
    pair.fail_probe("cucm10-pub", "connection_refused")
    report = pair.judge()
    assert check(report, AB, "port_open", "cucm10-pub")["result"] == "fail"
    for step in (
        "tls_spoken",
        "tls_version",
        "tls_cipher",
        "client_certificate_demanded",
        "strangers_refused",
    ):
        assert check(report, AB, step, "cucm10-pub")["result"] == "not_measured"
        assert check(report, AB, step, "cucm10-pub")["reason"] == "earlier_step"


def test_a_destination_that_was_not_probed_is_not_measured():
    pair = Pair()
    pair["cucma-pub"]["probes"].pop()
    assert results(pair.judge(), "port_open")[AB, "cucm10-sub"] == "not_measured"
    pair["cucma-pub"]["probes"] = None
    assert results(pair.judge(), "tls_version")[AB, "cucm10-pub"] == "not_measured"


def test_one_side_alone_passes_neither_direction():
    pair = Pair()
    for node in ("cucm10-pub", "cucm10-sub"):
        del pair.documents[node]
    report = pair.judge()
    assert {one["verdict"] for one in report["links"][0]["directions"]} == {"not_measured"}
    # What the probe saw is measured all the same.
    assert check(report, AB, "certificate_trusted", "cucma-pub")["result"] == "pass"
    assert check(report, AB, "service_running", "cucm10-pub")["result"] == "not_measured"
    assert "no evidence of cucm10-pub" in check(report, AB, "service_running", "cucm10-pub")["seen"]


def test_a_link_that_only_one_inventory_knows_is_there_and_does_not_pass():
    pair = Pair()
    for node in ("cucm10-pub", "cucm10-sub"):
        pair[node]["expected"]["peers"] = []
    report = pair.judge()
    verdicts = {one["from"]: one["verdict"] for one in report["links"][0]["directions"]}
    assert verdicts == {A: "pass", B: "not_measured"}
    assert "names no trunk to CUCMA" in check(report, BA, "trunk_configured")["seen"]


def test_a_missing_publisher_is_named():
    pair = Pair()
    del pair.documents["cucma-pub"]
    report = pair.judge()
    assert "no evidence of the publisher of CUCMA" in check(report, AB, "trunk_configured")["seen"]
    assert check(report, AB, "certificate_trusted", "cucma-sub")["result"] == "pass"


def test_the_node_that_asked_for_the_publisher_tells_of_the_trunks():
    pair = Pair()
    asked, asking = pair["cucma-pub"], pair["cucma-sub"]
    asking.update(trunks=asked["trunks"], probes=asked["probes"])
    asked.update(trunks=None, probes=[])
    assert pair.judge()["verdict"] == "pass"
    del pair.documents["cucma-pub"]
    assert check(pair.judge(), AB, "trunk_configured")["result"] == "pass"


def test_a_node_of_the_group_without_evidence_keeps_the_direction_from_passing():
    pair = Pair()
    for node in ("cucm10-pub", "cucm10-sub"):  # the peer does not name it either
        del pair[node]["expected"]["peers"][0]["nodes"][1]
    del pair.trunk(B)["destinations"][1], pair["cucm10-pub"]["probes"][1]
    del pair.trunk(A)["status"]["nodes"][1], pair.documents["cucma-sub"]
    report = pair.judge()
    (direction,) = [one for one in report["links"][0]["directions"] if one["from"] == A]
    assert direction["verdict"] == "not_measured"
    (found,) = [one for where, one in checks_of(report) if (where, one["reason"]) == (AB, "node_unseen")]
    assert "CUCMA-SUB" in found["seen"]


def test_nodes_that_the_inventory_names_otherwise_are_no_unseen_ones():
    pair = Pair()
    for trunk in map(pair.trunk, (A, B)):
        trunk["call_manager_group"]["nodes"] = ["CM_1", "CM_2"]
    assert pair.judge()["verdict"] == "pass"


def test_another_certificate_that_only_the_second_probe_of_a_node_saw_is_told():
    pair = Pair()
    other = json.loads(json.dumps(pair.probe_entry("cucm10-pub")))
    stranger = make_ca("Stranger Root", with_key="rsa2048-stranger")
    other["result"]["chain"] = [certificate("cucm10-pub", "-stranger", ca=stranger)]
    pair["cucma-pub"]["probes"].append(other)
    failed = failing(pair.judge())
    assert (AB, "certificate_running", "cucm10-pub") in failed
    assert (AB, "certificate_trusted", "cucma-pub") in failed


def test_the_name_is_that_of_the_certificate_which_the_port_shows():
    pair = Pair(())
    shown = certificate("cucm10-pub", with_key="ec256-pub", common_name="cucm10-pub-EC.example.com", names=())
    pair["cucm10-pub"]["certificates"]["identities"].append({"service": "CallManager-ECDSA", **shown})
    pair.show("cucm10-pub", shown)
    assert failing(pair.judge()) == {(AB, "subject_names", "cucm10-pub")}
    pair.profile(A)["x509_subject_names"].append("cucm10-pub-EC.example.com")
    assert pair.judge()["verdict"] == "pass"


def test_of_several_documents_of_a_node_the_last_counts():
    pair = Pair()
    old = json.loads(json.dumps(pair["cucm10-pub"]))
    old["collected_at"] = "2026-11-23T10:00:00Z"
    old["node_info"]["services"][0]["status"] = "Stopped"
    for documents in ([*pair.documents.values(), old], [old, *pair.documents.values()]):
        assert judged(documents)["verdict"] == "pass"


# What is required


def test_nothing_more_is_required_than_was_asked():
    report = Pair(()).judge()
    assert report["verdict"] == "pass"
    moot = {one["id"] for _where, one in checks_of(report) if one["result"] == "not_applicable"}
    assert moot == {
        "name_resolved",
        "strangers_refused",
        "options_answered",
        "handshake_complete",
        "application_data",
        "digit_analysis",
        "call_over_tls",
        "certificate_in_trace",
        "call_answered",
        "trace_failures",
        "trunk_reset",
    }


@pytest.mark.parametrize("expected", [True, False])
def test_the_status_without_ping_counts_only_where_ping_is_expected(expected):
    pair = Pair()
    for document in pair.documents.values():
        document["expected"]["options_ping"] = expected
    for cluster in (A, B):
        pair.trunk(cluster)["sip_profile"]["options_ping"] = False
        pair.trunk(cluster)["status"] = {
            "measured": False,
            "state": "not_pinged",
            "text": "ping is off",
            "nodes": [],
        }
    report = pair.judge()
    status = check(report, AB, "trunk_status")
    assert (status["result"], status["required"], status["seen"]) == ("not_measured", expected, "ping is off")
    assert check(report, AB, "options_ping")["result"] == ("fail" if expected else "not_applicable")
    assert report["verdict"] == ("fail" if expected else "pass")


def test_a_node_of_the_group_that_reports_no_status_is_not_measured():
    pair = Pair()
    pair.trunk(A)["status"]["nodes"].pop()
    assert results(pair.judge(), "trunk_status")[AB, "cucma-sub"] == "not_measured"


def test_a_node_that_does_not_know_the_trunk_is_not_measured():
    pair = Pair()
    pair.trunk(A)["status"]["nodes"][1].update(
        state="not_found", status="NodeNotResponding", reason_text="silent"
    )
    status = check(pair.judge(), AB, "trunk_status", "cucma-sub")
    assert (status["result"], status["seen"]) == ("not_measured", "silent")


def test_a_handshake_in_tls_1_3_is_not_visible_and_not_required():
    pair = Pair()
    for node in pair.documents.values():
        for connection in node["captures"][0]["result"]["connections"]:
            connection.update(
                handshake="not_visible",
                version="TLSv1.3",
                server_chain=[],
                client_chain=[],
                not_measured=[
                    {"reason": "encrypted", "text": "encrypted in TLS 1.3", "remedy": "Read the traces"}
                ],
            )
    report = pair.judge()
    handshake = check(report, AB, "handshake_complete")
    assert (handshake["result"], handshake["required"], handshake["reason"]) == (
        "not_measured",
        False,
        "encrypted",
    )
    assert handshake["remedy"] == "Read the traces"
    assert report["verdict"] == "pass"


def test_a_capture_that_was_asked_for_and_shows_no_handshake_is_required():
    pair = Pair()
    for node in pair.documents.values():
        node["captures"][0]["result"]["connections"] = []
    report = pair.judge()
    assert set(results(report, "handshake_complete").values()) == {"not_measured"}
    assert report["verdict"] == "not_measured"
    assert "reset the trunk while the capture runs" in check(report, AB, "handshake_complete")["remedy"]


def test_the_last_handshake_decides():
    pair = Pair()
    failed = connection_of("cucma-pub", "cucm10-pub") | {
        "handshake": "failed",
        "start": at(-60),
        "client": {"address": "192.0.2.203", "port": 33000},
    }
    connections = pair["cucma-pub"]["captures"][0]["result"]["connections"]
    connections.append(failed)
    assert check(pair.judge(), AB, "handshake_complete")["seen"].endswith("after 1 that failed")
    failed["start"] = at(120)
    assert (AB, "handshake_complete", "cucm10-pub") in failing(pair.judge())


def test_a_connection_that_both_ends_captured_counts_once_with_what_tells_more():
    pair = Pair()
    twin = pair.captured("cucma-pub", "cucm10-pub") | {"handshake": "not_measured"}
    pair["cucm10-pub"]["captures"][0]["result"]["connections"].insert(0, twin)
    report = pair.judge()
    assert results(report, "handshake_complete")[AB, "cucm10-pub"] == "pass"
    direction = next(one for one in report["links"][0]["directions"] if one["from"] == A)
    assert len(direction["handshakes"]) == 4


# What follows from what


def test_a_stopped_service_is_named_before_its_closed_port():
    pair = Pair()
    pair["cucm10-sub"]["node_info"]["services"][0]["status"] = "Stopped"
    pair.fail_probe("cucm10-sub", "connection_refused")
    report = pair.judge()
    effect = check(report, AB, "port_open", "cucm10-sub")
    assert effect["is_effect"]
    assert (
        effect["remedy"] == "Fix first: service_running (Cisco CallManager on cucm10-sub); then verify again"
    )
    assert not check(report, AB, "service_running", "cucm10-sub")["is_effect"]


def test_the_stopped_service_of_one_node_explains_nothing_on_another():
    pair = Pair()
    pair["cucm10-sub"]["node_info"]["services"][0]["status"] = "Stopped"
    pair.fail_probe("cucm10-pub", "connection_refused")
    assert not check(pair.judge(), AB, "port_open", "cucm10-pub")["is_effect"]


def test_what_one_side_refuses_explains_the_status_of_the_other():
    pair = Pair()
    pair.profile(B)["x509_subject_names"] = ["other.example.com"]
    pair.trunk(A)["status"]["nodes"][0]["state"] = "no_service"
    status = check(pair.judge(), AB, "trunk_status", "cucma-pub")
    assert status["is_effect"]
    assert status["remedy"].startswith("Fix first: subject_names of CUCM10 towards CUCMA (profile")


def test_a_profile_without_tls_explains_the_port_on_its_side():
    pair = Pair()
    pair.profile(B)["incoming_transport_type"] = "TCP+UDP"
    pair.fail_probe("cucm10-pub", "connection_refused")
    effect = check(pair.judge(), AB, "port_open", "cucm10-pub")
    assert effect["is_effect"]
    assert "trunk_security of CUCM10 towards CUCMA" in effect["remedy"]


def test_a_failure_without_a_cause_keeps_its_own_remedy():
    pair = Pair()
    pair.trunk(A)["status"]["nodes"][0]["state"] = "no_service"
    status = check(pair.judge(), AB, "trunk_status", "cucma-pub")
    assert not status["is_effect"]
    assert "cucm_verify_traces" in status["remedy"]


def test_an_effect_names_the_root_and_not_another_effect():
    pair = Pair()
    pair.profile(B)["outgoing_transport_type"] = "TCP"
    pair.fail_probe("cucm10-pub", "connection_refused")
    pair.trunk(A)["status"]["nodes"][0]["state"] = "partial_service"
    assert "trunk_security" in check(pair.judge(), AB, "trunk_status", "cucma-pub")["remedy"]


# Certificates


def test_the_certificate_that_still_runs_and_is_not_trusted_is_an_effect():
    pair = Pair()
    old = certificate("cucm10-pub", ca=make_ca("Former Root", with_key="rsa2048-former"))
    pair.show("cucm10-pub", old)
    report = pair.judge()
    trusted = check(report, AB, "certificate_trusted", "cucma-pub")
    assert (trusted["result"], trusted["is_effect"]) == ("fail", True)
    assert trusted["remedy"].startswith("Fix first: certificate_running (Cisco CallManager on cucm10-pub)")
    assert report["fix_first"][0]["checks"] == ["certificate_running"]


def test_a_name_counts_letter_by_letter_also_among_the_alternative_names():
    pair = Pair()
    pair.install(
        "cucm10-pub", certificate("cucm10-pub", common_name="CUCM10", names=("DNS:SIP.Example.com",))
    )
    pair.profile(A)["x509_subject_names"] = ["sip.example.com", "cucm10-sub.example.com"]
    assert results(pair.judge(), "subject_names")[AB, "cucm10-pub"] == "fail"
    pair.profile(A)["x509_subject_names"][0] = "SIP.Example.com"
    named = check(pair.judge(), AB, "subject_names", "cucm10-pub")
    assert (named["result"], named["seen"]) == ("pass", "'SIP.Example.com' (subject alternative name)")
    assert named["expected"] == "CUCM10 or SIP.Example.com"


@pytest.mark.parametrize("dotted", ["certificate", "profile"])
def test_a_name_is_compared_without_the_dot_at_its_end_and_that_is_said(dotted):
    pair = Pair()
    ends = {"certificate": ".", "profile": ""}[dotted]
    named = certificate("cucm10-pub", common_name="CUCM10", names=(f"DNS:sip.example.com{ends}",))
    pair.install("cucm10-pub", named)
    pair.profile(A)["x509_subject_names"][0] = "sip.example.com" + ("" if ends else ".")
    seen = check(pair.judge(), AB, "subject_names", "cucm10-pub")
    assert seen["result"] == "pass"
    assert seen["seen"] == (
        f"'sip.example.com{ends}' (subject alternative name, compared without the dot at the end of a name)"
    )


def test_a_certificate_of_another_key_type_is_not_taken_for_another_certificate():
    pair = Pair()
    pair.show("cucm10-pub", certificate("cucm10-pub", with_key="ec256-cucm10"))
    report = pair.judge()
    running = check(report, AB, "certificate_running", "cucm10-pub")
    assert (running["result"], running["reason"]) == ("not_measured", "other_key_type")


def test_what_a_document_says_beside_the_certificate_is_not_believed():
    pair = Pair()
    described = certificate("cucm10-pub", ca=make_ca("Evil", with_key="rsa2048-evil"))
    forged = described | {"fingerprint_sha256": pair.identity("cucm10-pub")["fingerprint_sha256"]}
    pair.identity("cucm10-pub").update(forged)
    pair.probe("cucm10-pub")["chain"] = [forged]
    for node in pair.documents.values():
        node["captures"][0]["result"]["connections"] = []
    trusted = check(pair.judge(), AB, "certificate_trusted", "cucma-pub")
    assert trusted["result"] == "not_measured"


def test_a_self_signed_certificate_is_trusted_only_as_itself():
    pair = Pair()
    ca = make_ca("cucm10-pub.example.com", with_key="rsa2048-own")
    own = authority_entry(ca)
    pair.install("cucm10-pub", own)
    report = pair.judge()
    assert {where for where in failing(report) if where[1] == "certificate_trusted"} == {
        (AB, "certificate_trusted", "cucma-pub"),
        (AB, "certificate_trusted", "cucma-sub"),
    }
    assert "self-signed" in check(report, AB, "certificate_trusted", "cucma-pub")["seen"]
    for node in ("cucma-pub", "cucma-sub"):
        pair[node]["certificates"]["trust"].append(own)
    assert not any(where[1] == "certificate_trusted" for where in failing(pair.judge()))


def test_a_root_in_another_trust_store_does_not_count():
    pair = Pair()
    for entry in pair["cucma-pub"]["certificates"]["trust"]:
        entry["service"] = "tomcat"
    assert results(pair.judge(), "certificate_trusted")[AB, "cucma-pub"] == "fail"


def test_an_expired_ca_breaks_trust():
    pair = Pair()
    later = NOW + timedelta(days=366 * 30)
    report = pair.judge(later)
    assert "expired" in check(report, AB, "certificate_trusted", "cucma-pub")["reason"]
    assert check(report, AB, "certificate_expiry", "cucm10-pub")["result"] == "not_applicable"


@pytest.mark.parametrize(
    ("permitted", "excluded", "words"),
    [
        (["corp.example"], None, "permit only corp.example"),
        (None, ["example.com"], "exclude example.com"),
        (None, ["cucm10-pub.example.com", "cucm10-sub.example.com"], "exclude cucm10-pub.example.com"),
    ],
)
@pytest.mark.parametrize("whose", ["root", "issuing"])
def test_a_ca_whose_name_constraints_exclude_the_nodes_fails_the_link(whose, permitted, excluded, words):
    """Every TLS library refuses each handshake then, whatever the rest of the evidence says."""
    pair = Pair()
    limits = x509.NameConstraints(
        *([x509.DNSName(name) for name in names] if names else None for names in (permitted, excluded))
    )
    root = make_ca("CUCM10 Root", with_key="rsa2048-CUCM10", constraints=limits if whose == "root" else None)
    issuing = make_ca(
        "CUCM10 Issuing",
        issuer=root,
        with_key="rsa2048-issuing",
        constraints=limits if whose == "issuing" else None,
    )
    for node in ("cucm10-pub", "cucm10-sub"):
        pair.install(node, certificate(node, ca=issuing))
    for node in ("cucma-pub", "cucma-sub", "cucm10-pub", "cucm10-sub"):
        trust = pair[node]["certificates"]["trust"]
        trust[:] = [entry for entry in trust if entry["subject"]["CN"] != "CUCM10 Root"]
        trust += [authority_entry(ca, f"{number}.pem") for number, ca in enumerate((root, issuing))]
    report = pair.judge()
    assert report["verdict"] == "fail"
    for truster in ("cucma-pub", "cucma-sub"):
        failed = check(report, AB, "certificate_trusted", truster)
        assert (failed["result"], failed["reason"]) == ("fail", "name_constraints")
        assert words in failed["seen"]
        assert "Use a CA whose name constraints include the names of the nodes" in failed["remedy"]
    # The certificates of the other cluster are not concerned.
    assert results(report, "certificate_trusted")[BA, "cucm10-pub"] == "pass"


def test_a_changed_root_in_the_trust_store_does_not_fail_a_link():
    """TLS libraries do not check the signature of a root; one that is not in the store is not trusted."""
    pair = Pair()
    other_key = make_ca(
        "CUCM10 Root", with_key="rsa2048-CUCM10", issuer=make_ca("CUCM10 Root"), identifiers=False
    )
    for node in ("cucma-pub", "cucma-sub"):
        trust = pair[node]["certificates"]["trust"]
        trust[:] = [entry for entry in trust if entry["subject"]["CN"] != "CUCM10 Root"]
        trust.append(authority_entry(other_key))
    assert results(pair.judge(), "certificate_trusted")[AB, "cucma-pub"] == "pass"
    for node in ("cucma-pub", "cucma-sub"):
        pair[node]["certificates"]["trust"].pop()
    assert results(pair.judge(), "certificate_trusted")[AB, "cucma-pub"] == "fail"


def test_an_old_certificate_in_the_capture_that_was_replaced_is_history():
    pair = Pair()
    old = connection_of("cucma-pub", "cucm10-pub") | {
        "server_chain": [certificate("cucm10-pub", "-former")],
        "start": at(-120),
        "client": {"address": "192.0.2.203", "port": 33001},
    }
    pair["cucma-pub"]["captures"][0]["result"]["connections"].append(old)
    assert pair.judge()["verdict"] == "pass"
    old["start"] = at(120)
    assert (AB, "certificate_agreement", "cucm10-pub") in failing(pair.judge())


@pytest.mark.parametrize(
    ("kept", "result"),
    [(("store", "wire"), "pass"), (("store",), "not_measured"), (("wire",), "not_measured")],
)
def test_two_of_three_must_agree(kept, result):
    pair = Pair(())
    if "store" not in kept:
        pair["cucm10-pub"]["certificates"] = None
    if "wire" not in kept:
        pair.probe("cucm10-pub")["chain"] = []
    report = pair.judge()
    agreed = check(report, AB, "certificate_agreement", "cucm10-pub")
    assert (agreed["result"], agreed["required"]) == (result, False)


# Traces


def test_failures_that_are_over_do_not_count():
    pair = Pair()
    traces = pair["cucma-pub"]["traces"]
    traces["failures"] = [failure_of("connection_refused", A, time=local(0))]
    assert check(pair.judge(), AB, "trace_failures", "cucma-pub")["seen"] == "1 failure, all of them over"
    traces["failures"] = [failure_of("trunk_out_of_service", A, address="", trunk=B)]
    assert results(pair.judge(), "trace_failures")[AB, "cucma-pub"] == "fail"
    traces["recoveries"] = [{"time": local(9.5), "host": "192.0.2.203", "kind": "x", "trunk": B}]
    assert results(pair.judge(), "trace_failures")[AB, "cucma-pub"] == "pass"


def test_a_failure_about_another_peer_is_of_no_concern():
    pair = Pair()
    pair["cucma-pub"]["traces"]["failures"] = [failure_of("connection_refused", A, address="198.51.100.77")]
    assert pair.judge()["verdict"] == "pass"


def test_a_failure_that_names_nobody_is_not_passed_over():
    pair = Pair()
    nobody = {"address": None, "port": None, "connid": None, "trunk": None}
    pair["cucma-pub"]["traces"]["failures"] = [failure_of("name_mismatch", A, **nobody)]
    found = check(pair.judge(), AB, "trace_failures", "cucma-pub")
    assert (found["result"], found["reason"]) == ("not_measured", "peer_not_told")
    pair["cucma-pub"]["traces"]["failures"][0]["time"] = local(2)  # and the call after it went well
    assert pair.judge()["verdict"] == "pass"


def test_truncated_traces_without_failures_do_not_pass():
    pair = Pair()
    pair["cucma-pub"]["traces"].update(truncated=True, truncated_because=["the file is a bomb"])
    found = check(pair.judge(), AB, "trace_failures", "cucma-pub")
    assert (found["result"], found["reason"]) == ("not_measured", "truncated")
    assert "bomb" in found["seen"]


def test_traces_of_one_node_say_nothing_of_the_other():
    pair = Pair()
    pair["cucma-sub"]["traces"] = {"msg": "no space left"}
    report = pair.judge()
    assert results(report, "trace_failures")[AB, "cucma-sub"] == "not_measured"
    assert results(report, "trace_failures")[AB, "cucma-pub"] == "pass"


def test_a_call_that_was_not_picked_up_counts_only_where_a_test_call_was_asked_for():
    for asked, result in ((("traces",), "not_measured"), (("traces", "call"), "fail")):
        pair = Pair(asked)
        for node in ("cucma-pub", "cucma-sub"):
            pair[node]["traces"]["calls"][0].update(
                final=486, responses=[{"status": 486, "reason": "Busy Here"}]
            )
        answered = check(pair.judge(), AB, "call_answered")
        assert (answered["result"], answered["required"]) == (result, "call" in asked)
        assert "486 Busy Here" in answered["seen"]


def test_calls_that_came_in_are_judged_by_the_traces_of_their_sender():
    pair = Pair()
    for node in ("cucma-pub", "cucma-sub"):
        pair[node]["traces"]["calls"][0]["direction"] = "incoming"
    report = pair.judge()
    assert check(report, AB, "call_answered")["result"] == "not_measured"
    assert check(report, BA, "call_answered")["result"] == "pass"


def test_a_node_known_by_name_is_recognized_by_its_certificate():
    pair = Pair()
    for document in pair.documents.values():
        for peer in document["expected"]["peers"]:
            for known in peer["nodes"]:
                known["address"] = f"{known['name']}.example.com"
        document["host"] = f"{document['node']}.example.com"
    for cluster in (A, B):
        for destination, row in zip(
            pair.trunk(cluster)["destinations"], NODES[B if cluster == A else A], strict=True
        ):
            destination["address"] = f"{row[0]}.example.com"
        for probe, row in zip(
            pair[NODES[cluster][0][0]]["probes"], NODES[B if cluster == A else A], strict=True
        ):
            probe["address"] = f"{row[0]}.example.com"
    report = pair.judge()
    assert report["verdict"] == "pass"
    assert report["counts"]["not_measured"] == 0


# Addresses that several nodes share, behind a gateway or in a laboratory


PORTS = {"cucma-pub": 15061, "cucma-sub": 15062, "cucm10-pub": 25061, "cucm10-sub": 25062}


def in_a_laboratory():
    """The healthy pair, with all nodes at one address."""
    pair = Pair()
    here = "192.0.2.1"
    for document in pair.documents.values():
        document["host"] = here
        for peer in document["expected"]["peers"]:
            for known in peer["nodes"]:
                known.update(address=here, port=PORTS[known["name"]])
        rows = NODES[B if document["cluster"] == A else A]
        for connection, row in zip(document["captures"][0]["result"]["connections"], rows, strict=True):
            connection["client"] = {"address": here, "port": 20000 + PORTS[document["node"]]}
            connection["server"] = {"address": here, "port": PORTS[row[0]]}
        traces = document["traces"]
        traces["files"][0]["host"] = here
        for record, row in zip((*traces["connections"], *traces["calls"]), (*rows, rows[0]), strict=True):
            record.update(host=here, address=here, port=PORTS[row[0]])
        if document["is_publisher"]:
            places = (*document["trunks"]["trunks"][0]["destinations"], *document["probes"])
            for place, row in zip(places, (*rows, *rows), strict=True):
                place.update(address=here, port=PORTS[row[0]])
    return pair


def test_nodes_that_share_an_address_are_told_apart_by_their_ports():
    report = in_a_laboratory().judge()
    assert report["verdict"] == "pass", report["fix_first"]
    assert report["counts"]["not_measured"] == 0
    direction = next(one for one in report["links"][0]["directions"] if one["from"] == A)
    assert {(one["client"]["name"], one["server"]["name"]) for one in direction["handshakes"]} == {
        (client, server) for client in ("cucma-pub", "cucma-sub") for server in ("cucm10-pub", "cucm10-sub")
    }


def test_a_client_with_a_shared_address_is_known_by_who_captured_it():
    pair = in_a_laboratory()
    for document in pair.documents.values():
        for connection in document["captures"][0]["result"]["connections"]:
            connection["client_chain"] = []
    assert pair.judge()["verdict"] == "pass"


def test_what_comes_from_a_shared_address_and_an_unknown_port_is_of_nobody():
    pair = in_a_laboratory()
    pair["cucma-pub"]["traces"]["failures"] = [
        failure_of("tls_error", A, host="192.0.2.1", address="192.0.2.1", port=58026)
    ]
    assert pair.judge()["verdict"] == "pass"
    pair["cucma-pub"]["traces"]["failures"][0]["port"] = PORTS["cucm10-sub"]
    assert failing(pair.judge()) == {(AB, "trace_failures", "cucma-pub")}


# Without a cluster


def given_captures():
    return [
        {"path": "/tmp/packets.cap", "result": {"connections": [connection_of("cucma-pub", "cucm10-pub")]}}
    ]


def given_traces():
    return [trace_of("cucma-pub", A)]


def test_a_capture_and_traces_alone_are_judged():
    report = judged([], captures=given_captures(), traces=given_traces())
    assert {link["id"] for link in report["links"]} == {
        "192.0.2.200--192.0.2.203",
        "192.0.2.201--192.0.2.203",
    }
    link = next(one for one in report["links"] if one["id"] == "192.0.2.200--192.0.2.203")
    forward = next(one for one in link["directions"] if one["from"] == "192.0.2.203")
    states = {one["id"]: one["result"] for one in forward["checks"]}
    assert set(states) == set(TITLES)
    assert {name for name, state in states.items() if state == "pass"} == {
        "tls_spoken",
        "tls_cipher",
        "client_certificate_demanded",
        "certificate_dates",
        "certificate_expiry",
        "certificate_usage",
        "certificate_strength",
        "handshake_complete",
        "application_data",
        "digit_analysis",
        "call_over_tls",
        "certificate_in_trace",
        "call_answered",
        "trace_failures",
        "certificate_agreement",
    }
    assert {name for name, state in states.items() if state not in ("pass", "not_applicable")} == set()
    assert forward["verdict"] == "pass"
    assert forward["handshakes"][0]["server"]["name"] == "192.0.2.200"
    clusters = {one["name"] for one in report["clusters"]}
    assert clusters == {"192.0.2.200", "192.0.2.201", "192.0.2.203"}


def test_the_way_back_that_nobody_captured_does_not_pass():
    report = judged([], captures=given_captures())
    (link,) = report["links"]
    back = next(one for one in link["directions"] if one["from"] == "192.0.2.200")
    assert back["verdict"] == "not_measured"
    assert report["verdict"] == "not_measured"


def test_a_failed_handshake_alone_fails():
    captures = given_captures()
    captures[0]["result"]["connections"][0].update(
        handshake="failed", broke={"reason": "unknown_ca", "text": "refused", "remedy": "Upload the root"}
    )
    report = judged([], captures=captures)
    assert report["verdict"] == "fail"
    assert report["fix_first"][0]["remedy"] == "Upload the root"


def test_an_old_capture_is_judged_by_its_own_time():
    report = judged([], captures=given_captures(), now=NOW + timedelta(days=3650))
    assert check(report, "192.0.2.203>192.0.2.200", "certificate_dates")["result"] == "pass"
    captures = given_captures()
    captures[0]["result"]["connections"][0]["start"] = "2025-01-01T00:00:00.000000Z"
    report = judged([], captures=captures)
    assert check(report, "192.0.2.203>192.0.2.200", "certificate_dates")["reason"] == "not_yet_valid"


def test_captures_beside_documents_are_joined_by_address():
    pair = Pair(())
    report = judged(list(pair.documents.values()), captures=given_captures(), traces=given_traces())
    assert [link["id"] for link in report["links"]] == ["CUCM10--CUCMA"]
    handshake = check(report, AB, "handshake_complete", "cucm10-pub")
    assert (handshake["result"], handshake["source"]) == ("pass", ["packet capture packets.cap"])
    assert check(report, AB, "call_answered")["result"] == "pass"
    assert check(report, BA, "call_answered")["result"] == "not_applicable"
    assert report["verdict"] == "pass"


def test_the_patterns_of_the_pair_differ():
    assert PATTERNS[A] != PATTERNS[B]
    assert authority(A).certificate != authority(B).certificate


@pytest.mark.parametrize("side", ["cucma-pub", "cucm10-pub"])
def test_a_weak_certificate_passes_where_either_inventory_allows_it_and_says_so(side):
    pair = Pair()
    pair.install("cucm10-pub", certificate("cucm10-pub", with_key="rsa1024-weak"))
    assert check(pair.judge(), AB, "certificate_strength", "cucm10-pub")["result"] == "fail"
    cluster = pair[side]["cluster"]
    for document in pair.documents.values():
        if document["cluster"] == cluster:
            document["expected"]["allow_weak_certificates"] = True
    found = check(pair.judge(), AB, "certificate_strength", "cucm10-pub")
    assert found["result"] == "pass"
    assert "1024 bits" in found["seen"]
    assert found["seen"].endswith("which the inventory allows")
