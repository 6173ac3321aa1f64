# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Failures in a trace: which one it is, whom it is about, and that the remedy names where to fix it."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._trace import sdl_failures
from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl_failures import (
    Failure,
    Recovery,
    failure_of,
)
from ansible_collections.ucops.cucm.tests.support.traces import PEER, Lines, read
from hypothesis import given
from hypothesis import strategies as st

MISMATCH = "|validTLSConnection:TLS InvalidX509NameInCertificate"
FIRST = f"{MISMATCH}, Rcvd=CUCM10 , Expected=CUCM-10. Will check SAN the next"
SECOND = (
    f"{MISMATCH} Error , did not find matching SAN either, Rcvd=CUCM10, Expected=CUCM-10,cucm-b.example.com"
)
FAILED = (
    "|ConnectionFailure - Unified CM failed to open a TLS connection for the indicated device Device Name:"
    f" IP Address:{PEER} Device Port:5061 Reason code:2"
)
ALARM = (
    "|AlarmClass: CallManager, AlarmName: ConnectionFailure, AlarmSeverity: Error, AlarmMessage: , AlarmDescription: ,"
    f" AlarmParameters:  DeviceName:, IPAddress:{PEER}, DevicePort:5061, Reason:2, AppID:Cisco CallManager"
)


def verification(number: int, text: str = "unable to get local issuer certificate", peer: str = PEER) -> str:
    return f"|HandleSSLError - Certificate verification failed:(Verification error:{number})- {text} for {peer}:5061"


def protocol(reason: str, peer: str = PEER) -> str:
    return (
        f"|HandleSSLError - TLS protocol error(ssl reason code={reason}),lib=SSL routines [20],"
        f"fun=SSL3_READ_BYTES [148], errno=0 for {peer}:5061"
    )


def alarm(name: str, peers: str = "") -> str:
    return (
        f"|AlarmClass: CallManager, AlarmName: {name}, AlarmSeverity: Error, AlarmMessage: , AlarmDescription: ,"
        f" AlarmParameters:  DeviceName:CUCM10, UnavailableRemotePeersWithReasonCode:{peers}, AppID:Cisco CallManager,"
        " ClusterID:A, NodeID:CUCMA"
    )


def test_a_name_mismatch_is_one_failure(tmp_path):
    lines = Lines().created().add(FIRST).add(SECOND).add(FAILED).add(ALARM, kind="AlarmErr")
    found = read(tmp_path, lines)
    (failure,) = found["failures"]
    assert failure["kind"] == "name_mismatch"
    assert (failure["received"], failure["expected"]) == ("CUCM10", "CUCM-10,cucm-b.example.com")
    assert (failure["address"], failure["port"], failure["number"], failure["connid"]) == (PEER, 5061, 2, 12)
    assert failure["trunk"] is None
    assert "field X.509 Subject Name" in failure["remedy"]
    assert failure["raw"].startswith("validTLSConnection:TLS InvalidX509NameInCertificate Error")
    assert found["connections"][0]["failures"] == [0]


def test_a_name_mismatch_has_the_address_of_its_connection(tmp_path):
    (failure,) = read(tmp_path, Lines().created().add(f"{SECOND} connid=12"))["failures"]
    assert (failure["address"], failure["port"], failure["connid"]) == (PEER, 5061, 12)


def test_a_later_line_tells_that_a_failure_is_about_a_peer_that_does_not_count(tmp_path):
    lines = Lines().add(SECOND).add(FAILED.replace(PEER, "198.51.100.77"))
    (failure,) = read(tmp_path, lines, addresses=[PEER])["failures"]
    assert failure["address"] == "198.51.100.77"


def test_a_name_that_is_found_among_the_sans_is_no_failure(tmp_path):
    assert read(tmp_path, Lines().created().add(FIRST))["failures"] == []


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (9, "NTP"),
        (10, "signed again"),
        (18, "CA-signed CallManager certificate on the peer"),
        (19, "root CA certificate to CallManager-trust on this node"),
        (20, "CallManager-trust on this node"),
        (21, "CallManager-trust on both nodes"),
        (26, "serverAuth and clientAuth"),
        (99, "error 99"),
    ],
)
def test_verification_errors(tmp_path, number, words):
    lines = Lines().created().add(verification(number)).add(protocol("certificate verify failed [134]"))
    (failure,) = read(tmp_path, lines)["failures"]
    assert (failure["kind"], failure["number"]) == ("verification_error", number)
    assert words in failure["remedy"]
    assert (failure["address"], failure["port"], failure["connid"]) == (PEER, 5061, 12)


@pytest.mark.parametrize(
    ("reason", "number", "words"),
    [
        ("tlsv1 alert unknown ca [1048]", 1048, "CallManager-trust on the peer"),
        ("1048", 1048, "CallManager-trust on the peer"),
        ("sslv3 alert certificate expired [1045]", 1045, "this node's CallManager certificate"),
        ("sslv3 alert unsupported certificate [1043]", 1043, "serverAuth and clientAuth"),
        ("tlsv1 alert protocol version [1070]", 1070, "min-version"),
        ("sslv3 alert handshake failure [1040]", 1040, "TLS Ciphers"),
        ("wrong version number [267]", 267, "Incoming Transport Type"),
        ("no shared cipher [193]", 193, "TLS Ciphers"),
        ("something new [4711]", 4711, "trace of the peer"),
        ("", None, "trace of the peer"),
    ],
)
def test_reasons_of_the_tls_library(reason, number, words):
    failure = failure_of(protocol(reason))
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.number, failure.address) == ("tls_error", number, PEER)
    assert words in failure.remedy


def test_what_the_peer_refuses_is_another_failure(tmp_path):
    lines = Lines().add(verification(20)).add(protocol("tlsv1 alert unknown ca [1048]"))
    kinds = [failure["kind"] for failure in read(tmp_path, lines)["failures"]]
    assert kinds == ["verification_error", "tls_error"]


def test_failures_of_two_peers_are_not_taken_together(tmp_path):
    lines = Lines().add(verification(20)).add(protocol("certificate verify failed [134]", "192.0.2.9"))
    assert [failure["address"] for failure in read(tmp_path, lines)["failures"]] == [PEER, "192.0.2.9"]


def test_a_later_failure_is_another_one(tmp_path):
    lines = Lines().add(verification(20)).add(verification(20)).add(FAILED, at="10:00:06.000")
    kinds = [failure["kind"] for failure in read(tmp_path, lines)["failures"]]
    assert kinds == ["verification_error", "verification_error", "connection_failure"]


def test_an_ipv6_peer():
    failure = failure_of(verification(20, peer="[2001:DB8::5]"))
    assert isinstance(failure, Failure)
    assert (failure.address, failure.port) == ("2001:db8::5", 5061)


def test_a_certificate_that_is_in_no_store():
    failure = failure_of("|CertUtil isCertInLocalStore X509_STORE_get_by_subject failed.")
    assert isinstance(failure, Failure)
    assert failure.kind == "certificate_not_in_store"
    assert "CallManager-trust" in failure.remedy


@pytest.mark.parametrize(
    ("reason", "words"),
    [(1, "CallManager-trust"), (2, "X.509 Subject Name"), (4, "TLS Ciphers"), (9, "trace of the peer")],
)
def test_connection_failures(reason, words):
    failure = failure_of(ALARM.replace("Reason:2", f"Reason:{reason}"))
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.number, failure.port) == ("connection_failure", reason, 5061)
    assert words in failure.remedy


def test_a_refused_connection(tmp_path):
    line = f"|SIPTcp - Connection refused: connect to {PEER} on port 5062 failed, errno=111"
    (failure,) = read(tmp_path, Lines().add(line))["failures"]
    assert (failure["kind"], failure["address"], failure["port"]) == ("connection_refused", PEER, 5062)
    assert "Incoming Port" in failure["remedy"]


@pytest.mark.parametrize(
    ("peers", "number", "words"),
    [
        (f"{PEER}:5061=Local=1", 1, "firewall"),
        (f"{PEER}:Local=2", 2, "Incoming Port"),
        ("cucm-b.example.com:Local=3", 3, "utils network host"),
        (f"{PEER}:Remote=503", 503, "back on the peer"),
        (f"{PEER}:Remote=408", 408, "peer's trace"),
        (f"{PEER}:Remote=404", 404, "trace of the peer"),
        ("", None, "trace of the peer"),
    ],
)
def test_a_trunk_out_of_service(peers, number, words):
    failure = failure_of(alarm("SIPTrunkOOS", peers))
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.trunk, failure.number) == ("trunk_out_of_service", "CUCM10", number)
    assert words in failure.remedy
    assert failure.address == (PEER if PEER in peers else None)


def test_each_reason_of_an_alarm_is_told():
    failure = failure_of(
        alarm("SIPTrunkOOS", f"cafe:5061 Local=3; {PEER}:5061 Local=2; 192.0.2.9:5061 Local=2")
    )
    assert isinstance(failure, Failure)
    assert (failure.number, failure.address, failure.port) == (3, PEER, 5061)
    assert "cannot be resolved; this node could not open a connection" in failure.text
    assert "DNS" in failure.remedy
    assert failure.remedy.count("Incoming Port") == 1


def test_a_trunk_that_is_partly_in_service_and_one_that_comes_back(tmp_path):
    lines = Lines().add(alarm("SIPTrunkPartiallyISV", f"{PEER}:Local=1"), kind="AlarmErr")
    found = read(tmp_path, lines.add(alarm("SIPTrunkISV"), kind="AlarmErr", at="10:01:00.000"))
    assert [(item["kind"], item["trunk"]) for item in found["failures"]] == [
        ("trunk_partly_in_service", "CUCM10")
    ]
    assert found["recoveries"] == [
        {
            "time": "2026-11-24T10:01:00.000",
            "host": "10.106.95.203",
            "kind": "trunk_in_service",
            "trunk": "CUCM10",
        }
    ]


def test_an_alarm_as_syslog_writes_it():
    peers = f"[UnavailableRemotePeersWithReasonCode={PEER}:Local=2]"
    failure = failure_of(f"SIPTrunkOOS: %[DeviceName=CUCM10]{peers}[AppID=Cisco CallManager]")
    assert isinstance(failure, Failure)
    assert (failure.trunk, failure.number, failure.address) == ("CUCM10", 2, PEER)


@pytest.mark.parametrize(
    "text", ["SIPTrunkType", "Connection refused", "isCertInLocalStore found", MISMATCH, "nothing"]
)
def test_lines_that_tell_no_failure(text):
    assert failure_of(text) is None


@given(st.sampled_from(sdl_failures.WORDS), st.text(max_size=100), st.text(max_size=100))
def test_any_line_with_a_word(word, before, after):
    found = failure_of(before + word.decode() + after)
    assert found is None or isinstance(found, Failure | Recovery)
    if isinstance(found, Failure):
        assert found.text
        assert found.remedy
        assert len(found.raw) <= 500
