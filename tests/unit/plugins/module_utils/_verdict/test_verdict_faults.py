# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault names itself: one at a time, exactly its checks fail, and the remedy names what to fix."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
    Ca,
    make_ca,
    make_issuing_ca,
)
from ansible_collections.ucops.cucm.tests.support.evidence import (
    NODES,
    A,
    B,
    Break,
    Pair,
    authority,
    authority_entry,
    certificate,
    checks_of,
    failing,
    failure_of,
    judged,
    local,
    probe_of,
    results,
)

AB, BA = f"{A}>{B}", f"{B}>{A}"
FAULTS: dict[str, tuple[Break, set[tuple[str, str, str]], str]] = {}


def fault(fails: set[tuple[str, str, str]], remedy: str):
    """Register a fault: what it breaks, what fails then, and words of the remedy of the first one to fix."""

    def register(function: Break) -> Break:
        FAULTS[function.__name__] = (function, fails, remedy)
        return function

    return register


# Trunk and profile


@fault(
    {
        (AB, "trunk_configured", ""),
    },
    "Add the SIP trunk 'CUCM10' on CUCMA (Device > Trunk) with the profile 'Secure SIP Trunk Profile TLS CUCM10'",
)
def the_trunk_is_missing(pair):
    pair["cucma-pub"]["trunks"].update(trunks=[], missing=[B])


@fault(
    {(AB, "trunk_security", "")},
    "In the profile 'Secure SIP Trunk Profile TLS CUCM10' on CUCMA (System > Security > SIP Trunk Security Profile)"
    " set Device Security Mode to Encrypted",
)
def the_profile_only_authenticates(pair):
    pair.profile(A)["device_security_mode"] = "Authenticated"
    pair.trunk(A)["srtp_allowed"] = False


@fault(
    {(BA, "trunk_security", ""), (BA, "srtp", "")},
    "Give the trunk 'CUCMA' on CUCM10 (Device > Trunk) the SIP Trunk Security Profile"
    " 'Secure SIP Trunk Profile TLS CUCMA'",
)
def the_trunk_has_a_udp_profile_and_srtp(pair):
    pair.profile(B).update(
        name="Non Secure SIP Trunk Profile",
        device_security_mode="Non Secure",
        incoming_transport_type="TCP+UDP",
        outgoing_transport_type="UDP",
    )


@fault(
    {(BA, "port_open", "cucma-pub")},
    "The profile 'Secure SIP Trunk Profile TLS CUCM10' on CUCMA has Incoming Port 5062, the trunk sends to 5061",
)
def the_incoming_port_is_another_one(pair):
    pair.profile(A)["incoming_port"] = 5062
    pair.fail_probe("cucma-pub", "connection_refused")


@fault({(AB, "trunk_destinations", "")}, "add 192.0.2.201:5061; then reset the trunk")
def a_destination_is_missing(pair):
    pair.trunk(A)["destinations"].pop()


@fault(
    {(AB, "trunk_destinations", ""), (AB, "port_open", "cucm10-pub")},
    "add 192.0.2.200:5061, remove 192.0.2.200:5062",
)
def the_destination_port_is_wrong(pair):
    pair.trunk(A)["destinations"][0]["port"] = 5062
    pair.probe_entry("cucm10-pub")["port"] = 5062
    pair.fail_probe("cucm10-pub", "connection_refused")


@fault(
    {(AB, "subject_names", "cucm10-sub")},
    "Add 'cucm10-sub.example.com' to X.509 Subject Name of the profile 'Secure SIP Trunk Profile TLS CUCM10' on CUCMA"
    " (System > Security > SIP Trunk Security Profile), then reset the trunk 'CUCM10'",
)
def a_subject_name_is_missing(pair):
    pair.profile(A)["x509_subject_names"].remove("cucm10-sub.example.com")


@fault(
    {(AB, "subject_names", "cucm10-pub")},
    "Replace 'CUCM10-pub.example.com' with 'cucm10-pub.example.com' in X.509 Subject Name",
)
def a_subject_name_has_other_case(pair):
    pair.profile(A)["x509_subject_names"][0] = "CUCM10-pub.example.com"


@fault(
    {(BA, "subject_names", "cucma-pub"), (BA, "subject_names", "cucma-sub")},
    "Add 'cucma-pub.example.com' to X.509",
)
def no_subject_name_is_accepted(pair):
    pair.profile(B)["x509_subject_names"] = []


@fault(
    {(AB, "route_pattern", "")},
    "Add the route pattern '9898' on CUCMA (Call Routing > Route/Hunt > Route Pattern)",
)
def the_pattern_is_missing(pair):
    pair.pattern(A).update(exists=False, leads_to=None, block=None)


@fault({(AB, "route_pattern", "")}, "Set Gateway/Route List of the route pattern '9898' on CUCMA to 'CUCM10'")
def the_pattern_leads_to_another_trunk(pair):
    pair.pattern(A)["leads_to"] = {"type": "trunk", "name": "CUCM12", "devices": ["CUCM12"]}


@fault(
    {(BA, "route_pattern", "")},
    "Set Route Option of the route pattern '1018' on CUCM10 to Route this pattern",
)
def the_pattern_blocks(pair):
    pair.pattern(B)["block"] = True


@fault({(AB, "route_pattern", "")}, "Add the trunk 'CUCM10' to a route group of the route list 'RL'")
def the_route_list_lacks_the_trunk(pair):
    pair.pattern(A)["leads_to"] = {"type": "route_list", "name": "RL", "devices": ["CUCM12"]}


@fault(
    {(AB, "options_ping", "")}, "Tick Enable OPTIONS Ping in the SIP profile 'Standard SIP Profile' on CUCMA"
)
def options_ping_is_off(pair):
    pair.trunk(A)["sip_profile"]["options_ping"] = False
    pair.trunk(A)["status"] = {
        "measured": False,
        "state": "not_pinged",
        "text": "OPTIONS ping is off",
        "nodes": [],
    }


@fault({(AB, "trunk_status", "cucma-sub")}, "Look into the SDL traces of cucma-sub")
def a_node_has_no_service(pair):
    pair.trunk(A)["status"]["nodes"][1].update(status="Unknown", state="no_service")


# The nodes of the peer and their ports


@fault(
    {
        (AB, "service_running", "cucm10-sub"),
        (AB, "port_open", "cucm10-sub"),
        (AB, "trunk_status", "cucma-pub"),
    },
    "Start Cisco CallManager on cucm10-sub (Cisco Unified Serviceability > Tools > Control Center - Feature Services)",
)
def a_service_is_stopped(pair):
    pair["cucm10-sub"]["node_info"]["services"][0]["status"] = "Stopped"
    pair.fail_probe("cucm10-sub", "connection_refused")
    pair.trunk(A)["status"]["nodes"][0].update(status="UnRegistered", state="partial_service")


@fault({(BA, "service_running", "cucma-sub")}, "Activate Cisco CallManager on cucma-sub")
def a_service_is_not_activated(pair):
    pair["cucma-sub"]["node_info"]["services"][0].update(status="Stopped", activated=False)


@fault({(BA, "clock", "cucma-pub")}, "Check that cucma-pub follows its NTP servers")
def a_clock_is_wrong(pair):
    pair["cucma-pub"]["node_info"]["clock"]["skew_seconds"] = -3600.0


@fault({(AB, "name_resolved", "cucm10-pub")}, "Add cucm10-pub.example.com to DNS")
def a_name_is_not_resolved(pair):
    _by_name(pair, "cucm10-pub.example.com")
    pair.probe_entry("cucm10-pub")["address"] = "cucm10-pub.example.com"
    probe = pair["cucma-pub"]["probes"][0]["result"]
    probe["findings"] = [{"reason": "name_not_resolved", "text": "not known", "remedy": "Check the name"}]
    probe.update(
        reachable=False, tls=None, chain=[], client_certificate_demanded=None, options=None, probes=[]
    )


def _by_name(pair, name):
    """Let CUCMA know the publisher of CUCM10 by a name."""
    for node in ("cucma-pub", "cucma-sub"):
        pair[node]["expected"]["peers"][0]["nodes"][0]["address"] = name
    pair.trunk(A)["destinations"][0]["address"] = name


@fault({(AB, "port_open", "cucm10-pub")}, "On cucm10-pub: Fix connect_timeout")
def a_firewall_is_between(pair):
    pair.fail_probe("cucm10-pub", "connect_timeout")


@fault({(AB, "tls_spoken", "cucm10-pub")}, "On cucm10-pub: Fix not_tls")
def plain_tcp_is_spoken(pair):
    pair.fail_probe("cucm10-pub", "not_tls", reachable=True)


@fault({(AB, "tls_spoken", "cucm10-sub")}, "On cucm10-sub: Fix tls_timeout")
def the_port_is_silent(pair):
    pair.fail_probe("cucm10-sub", "tls_timeout", reachable=True)


@fault({(AB, "tls_version", "cucm10-pub")}, "On cucm10-pub: Fix tls_version_not_shared")
def no_version_is_shared(pair):
    pair.fail_probe("cucm10-pub", "tls_version_not_shared", reachable=True)


@fault({(AB, "tls_version", "cucm10-pub")}, "Raise the TLS version of cucm10-pub")
def the_version_is_too_low(pair):
    pair.probe("cucm10-pub")["tls"]["version"] = "1.0"


@fault({(AB, "tls_cipher", "cucm10-pub")}, "On cucm10-pub: Fix no_shared_cipher")
def no_cipher_is_shared(pair):
    pair.fail_probe("cucm10-pub", "no_shared_cipher", reachable=True)


@fault(
    {(AB, "tls_cipher", "cucm10-pub")},
    "Choose a stronger setting in System > Enterprise Parameters > TLS Ciphers",
)
def the_cipher_protects_nothing(pair):
    pair.probe("cucm10-pub")["tls"]["cipher"] = "DES-CBC3-SHA"


@fault({(AB, "client_certificate_demanded", "cucm10-pub")}, "On cucm10-pub: Set Device Security Mode")
def no_client_certificate_is_demanded(pair):
    probe = pair.probe("cucm10-pub")
    probe["client_certificate_demanded"] = False
    probe["findings"] = [
        {
            "reason": "client_certificate_not_demanded",
            "text": "asks for none",
            "remedy": "Set Device Security Mode",
        }
    ]


@fault({(AB, "strangers_refused", "cucm10-pub")}, "On cucm10-pub: Set Device Security Mode")
def a_stranger_is_let_in(pair):
    probe = pair.probe("cucm10-pub")
    probe["probes"][1]["refused"] = False
    probe["findings"] = [
        {"reason": "throw_away_ca_accepted", "text": "took a stranger", "remedy": "Set Device Security Mode"}
    ]


@fault({(BA, "options_answered", "cucma-pub")}, "On cucma-pub: See that a SIP trunk")
def options_are_refused(pair):
    probe = pair.probe("cucma-pub")
    probe["options"] = {"status": 503, "reason_phrase": "Service Unavailable"}
    probe["findings"] = [
        {"reason": "options_refused", "text": "answered 503", "remedy": "See that a SIP trunk"}
    ]


# The certificates


@fault(
    {(AB, "certificate_trusted", "cucma-sub")},
    "Upload the root 'CUCM10 Root' to CallManager-trust on cucma-sub (Cisco Unified OS Administration > Security >"
    " Certificate Management), then restart Cisco CallManager there",
)
def the_root_is_missing_on_one_node(pair):
    pair["cucma-sub"]["certificates"]["trust"] = [authority_entry(authority(A))]


@fault(
    {(AB, "certificate_trusted", "cucma-pub")},
    "Upload the CA certificate 'Test Issuing' to CallManager-trust",
)
def an_intermediate_is_missing(pair):
    issuing = make_issuing_ca()
    for node, *_others in NODES[B]:
        pair.install(node, certificate(node, ca=issuing))
    root = authority_entry(Ca(issuing.above[0], None))
    for node in ("cucma-sub", "cucm10-pub", "cucm10-sub"):
        pair[node]["certificates"]["trust"] += [root, authority_entry(issuing)]
    pair["cucma-pub"]["certificates"]["trust"] += [root]


@fault(
    {(AB, "certificate_trusted", "cucma-pub"), (AB, "certificate_trusted", "cucma-sub")},
    "Upload the root 'Other Root' to CallManager-trust on cucma-pub",
)
def the_certificate_is_of_another_ca(pair):
    ca = make_ca("Other Root", with_key="rsa2048-other-root")
    pair.install("cucm10-pub", certificate("cucm10-pub", ca=ca))
    pair["cucm10-pub"]["certificates"]["trust"].append(authority_entry(ca))


@fault(
    {(AB, "certificate_trusted", "cucma-pub"), (AB, "certificate_trusted", "cucma-sub")},
    "Upload the root 'CUCM10 Root 2' to CallManager-trust on cucma-pub",
)
def the_ca_was_renewed_on_one_side_only(pair):
    ca = make_ca(f"{B} Root 2", with_key="rsa2048-second-root")
    for node, *_others in NODES[B]:
        pair.install(node, certificate(node, ca=ca))
        pair[node]["certificates"]["trust"].append(authority_entry(ca))


@fault({(BA, "certificate_dates", "cucma-pub")}, "Renew the certificate CallManager of cucma-pub")
def a_certificate_has_expired(pair):
    dates = {"start": NOW - timedelta(days=20), "end": NOW - timedelta(days=1)}
    pair.install("cucma-pub", certificate("cucma-pub", **dates))


@fault(
    {(BA, "certificate_dates", "cucma-pub")}, "Compare the clocks of cucma-pub, of the CA and of this machine"
)
def a_certificate_is_of_the_future(pair):
    dates = {"start": NOW + timedelta(days=1), "end": NOW + timedelta(days=90)}
    pair.install("cucma-pub", certificate("cucma-pub", **dates))


@fault({(AB, "certificate_expiry", "cucm10-sub")}, "Renew the certificate CallManager of cucm10-sub")
def a_certificate_ends_soon(pair):
    pair.install("cucm10-sub", certificate("cucm10-sub", end=NOW + timedelta(days=14)))


@fault(
    {(AB, "certificate_usage", "cucm10-pub")},
    "Use a CA, or a certificate template, that gives both server and client authentication",
)
def a_certificate_is_for_servers_only(pair):
    pair.install("cucm10-pub", certificate("cucm10-pub", extended=("serverAuth",)))


@fault({(AB, "certificate_usage", "cucm10-pub")}, "Let the CA take the key usage of the CSR")
def a_key_usage_is_missing(pair):
    pair.install("cucm10-pub", certificate("cucm10-pub", usages=("keyEncipherment",)))


@fault({(AB, "certificate_strength", "cucm10-pub")}, "Use a key of at least 2048 bits")
def a_key_is_weak(pair):
    pair.install("cucm10-pub", certificate("cucm10-pub", with_key="rsa1024-weak"))


@fault({(BA, "certificate_strength", "cucma-sub")}, "Let the CA sign with one of sha256, sha384, sha512")
def a_signature_is_weak(pair):
    pair.install("cucma-sub", certificate("cucma-sub", digest="sha224"))


@fault(
    {(AB, "certificate_running", "cucm10-sub"), (AB, "certificate_agreement", "cucm10-sub")},
    "Restart Cisco CallManager on cucm10-sub (Cisco Unified Serviceability > Tools > Control Center - Feature"
    " Services): it still shows the certificate",
)
def a_certificate_was_uploaded_and_not_restarted(pair):
    pair.install("cucm10-sub", certificate("cucm10-sub", "-new"), running=False)


# The captures


@fault(
    {(AB, "handshake_complete", "cucm10-pub")},
    "Upload the root and intermediate CA certificates",
)
def a_handshake_failed(pair):
    pair.captured("cucma-pub", "cucm10-pub").update(
        handshake="failed",
        broke={
            "reason": "unknown_ca",
            "fault": "server",
            "after": "Certificate Verify",
            "text": "The server refused the certificate of the client",
            "remedy": "Upload the root and intermediate CA certificates of the client",
        },
    )


@fault({(AB, "application_data", "cucm10-pub")}, "cucm10-pub takes the connection and does not answer SIP")
def nobody_answers_on_the_connection(pair):
    pair.captured("cucma-pub", "cucm10-pub")["application_data"]["server"] = {"records": 0, "bytes": 0}


@fault({(AB, "certificate_agreement", "cucm10-sub")}, "Restart Cisco CallManager on cucm10-sub")
def another_certificate_is_in_the_capture(pair):
    pair.captured("cucma-sub", "cucm10-sub")["server_chain"] = [certificate("cucm10-sub", "-other")]


# The traces


def _call(pair, node="cucma-pub"):
    """The only call in the traces of CUCMA."""
    for other_node in ("cucma-pub", "cucma-sub"):
        if other_node != node:
            pair[other_node]["traces"]["calls"] = []
    return pair[node]["traces"]["calls"][0]


@fault({(AB, "digit_analysis", "")}, "Add a route pattern for 9898 on CUCMA")
def no_pattern_matches(pair):
    _call(pair).update(
        digit_analysis={"matched": False, "pattern": "", "partition": ""},
        address=None,
        port=None,
        transport=None,
        via_transport=None,
        certificate=None,
        responses=[],
        final=None,
    )


@fault({(AB, "digit_analysis", "")}, "Set Gateway/Route List of the route pattern on CUCMA to 'CUCM10'")
def the_call_goes_elsewhere(pair):
    _call(pair).update(address="198.51.100.7", certificate=None)


@fault({(AB, "digit_analysis", "")}, "Look which route pattern of CUCMA comes before that of the inventory")
def another_pattern_matches(pair):
    _call(pair)["digit_analysis"] = {"matched": True, "pattern": "9XXX", "partition": ""}


@fault(
    {(AB, "trunk_reset", ""), (AB, "call_over_tls", "")},
    "Reset the trunk 'CUCM10' on CUCMA (Device > Trunk > Reset)",
)
def the_trunk_was_not_reset_and_calls_go_over_tcp(pair):
    _call(pair).update(transport="TCP", via_transport="TCP", tls_security=0)


@fault(
    {(AB, "trunk_reset", ""), (AB, "trace_failures", "cucma-pub")},
    "Reset the trunk 'CUCM10' on CUCMA (Device > Trunk > Reset)",
)
def the_trunk_was_not_reset_and_refuses_a_new_name(pair):
    pair["cucma-pub"]["traces"]["failures"] = [
        failure_of("name_mismatch", A, received="cucm10-pub.example.com", expected="old.example.com")
    ]


@fault(
    {(AB, "certificate_in_trace", "cucm10-sub"), (AB, "certificate_agreement", "cucm10-sub")},
    "See which certificate",
)
def another_certificate_is_in_the_trace(pair):
    for node in ("cucma-pub", "cucma-sub"):
        pair[node]["traces"]["connections"][1]["certificate"]["common_name"] = "other.example.com"


@fault({(AB, "call_answered", "")}, "Look at the calling search space of the trunk on CUCM10")
def the_call_is_refused(pair):
    _call(pair).update(final=404, responses=[{"time": local(6), "status": 404, "reason": "Not Found"}])


@fault({(AB, "call_answered", "")}, "Look at the failures in the SDL traces of CUCMA")
def the_call_is_not_sent(pair):
    _call(pair).update(
        address=None,
        port=None,
        transport=None,
        via_transport=None,
        certificate=None,
        responses=[],
        final=None,
    )


@fault(
    {(AB, "trace_failures", "cucma-pub")},
    "Fix what the trace says (this node is cucma-pub, the peer 192.0.2.200 of CUCM10)",
)
def the_traces_show_a_failure(pair):
    pair["cucma-pub"]["traces"]["failures"] = [failure_of("connection_refused", A)]


@fault({(AB, "trace_failures", "cucma-pub")}, "Fix what the trace says")
def the_traces_show_a_trunk_out_of_service(pair):
    pair["cucma-pub"]["traces"]["failures"] = [failure_of("trunk_out_of_service", A, address="", trunk=B)]


def test_the_healthy_pair_passes_all_that_is_measured():
    report = Pair().judge()
    assert report["verdict"] == "pass"
    assert report["counts"]["fail"] == report["counts"]["not_measured"] == 0
    assert {
        check["id"] for _direction, check in checks_of(report) if check["result"] == "not_applicable"
    } == {"name_resolved"}
    assert report["fix_first"] == []
    assert all(check["remedy"] == check["reason"] == "" for _direction, check in checks_of(report))


def test_there_are_enough_faults():
    assert len(FAULTS) >= 48


@pytest.mark.parametrize("name", FAULTS)
def test_exactly_its_checks_fail_and_the_remedy_names_what_to_mend(name):
    break_it, expected, remedy = FAULTS[name]
    pair = Pair()
    break_it(pair)
    report = pair.judge()
    assert failing(report) == expected
    assert report["verdict"] == "fail"
    assert report["fix_first"][0]["remedy"].find(remedy) >= 0, report["fix_first"]
    assert report["fix_first"][0]["object"]
    for _direction, check in checks_of(report):
        if check["result"] == "fail":
            assert check["reason"]
            assert check["seen"]
            assert check["remedy"].startswith("Fix first: ") == check["is_effect"]
        if check["result"] == "not_measured":
            assert check["remedy"]


@pytest.mark.parametrize("name", FAULTS)
def test_a_failed_direction_fails_its_link_and_the_other_one_stays_as_it_is(name):
    break_it, expected, _remedy = FAULTS[name]
    pair = Pair()
    break_it(pair)
    (link,) = pair.judge()["links"]
    verdicts = {f"{one['from']}>{one['to']}": one["verdict"] for one in link["directions"]}
    assert {direction for direction, verdict in verdicts.items() if verdict == "fail"} == {
        direction for direction, _check, _node in expected
    }
    assert link["verdict"] == "fail"


#: Faults that one of several pieces of evidence shows: without that piece, what remains agrees.
SHOWN_ONCE = {
    "another_certificate_is_in_the_capture",
    "a_handshake_failed",
    "nobody_answers_on_the_connection",
}
SECTIONS = ("certificates", "node_info", "trunks", "probes", "captures", "traces")


@pytest.mark.parametrize("name", sorted(set(FAULTS) - SHOWN_ONCE))
def test_no_fault_passes_because_the_section_that_shows_it_is_missing(name):
    """Each section taken away, on all nodes."""
    pair = Pair()
    FAULTS[name][0](pair)
    for section in SECTIONS:
        documents = [{**document, section: None} for document in pair.documents.values()]
        assert judged(documents)["verdict"] != "pass", section


def test_a_probe_of_an_unknown_destination_is_joined_by_the_certificate():
    pair = Pair()
    entry = probe_of("cucm10-sub", B, "198.51.100.9")
    pair["cucma-pub"]["probes"].append(entry)
    nodes = [
        check["node"]
        for direction, check in checks_of(pair.judge())
        if direction == AB and check["id"] == "port_open" and "198.51.100.9" in check["object"]
    ]
    assert nodes == ["cucm10-sub"]
    entry["result"]["chain"] = []
    assert results(pair.judge(), "port_open")[AB, ""] == "pass"
