# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Defects of a node, and certificates that come in by the back way, through the control door."""

from __future__ import annotations

import socket
import ssl
import urllib.error
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.simulator import pki, sip_tls
from ansible_collections.ucops.cucm.tests.simulator.client import ControlClient
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator
from ansible_collections.ucops.cucm.tests.simulator.sip_messages import options_ping
from ansible_collections.ucops.cucm.tests.unit.simulator.support import (
    USER,
    Authority,
    Client,
    add_trunk,
    enrol,
    traces,
)
from cryptography import x509

A, A_SUB, B, B_SUB = "cucma-pub", "cucma-sub1", "cucm10-pub", "cucm10-sub1"
OPTIONS = options_ping("127.0.0.1:5061", f"{B}:5061").serialise()


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def joined(sim: RunningSimulator, authority: Authority) -> RunningSimulator:
    enrol(sim, authority, A, "CUCMA")
    enrol(sim, authority, B, "CUCM10")
    add_trunk(sim, "CUCMA", B, "CUCM10", "9898")
    add_trunk(sim, "CUCM10", A, "CUCMA", "1018")
    return sim


@pytest.fixture
def control(joined: RunningSimulator) -> ControlClient:
    return ControlClient(joined.control_url)


def plainly(sim: RunningSimulator, data: bytes) -> bytes:
    """Send bytes to CUCM10's SIP port without TLS; what comes back until the end."""
    node = sim.node(B)
    with socket.create_connection((node.topology.address, node.sip.port), timeout=300) as raw:
        raw.sendall(data)
        raw.shutdown(socket.SHUT_WR)
        answer = b""
        while block := raw.recv(65536):
            answer += block
    return answer


def securely(sim: RunningSimulator, *, version: ssl.TLSVersion | None = None, naked: bool = False) -> str:
    """OPTIONS to CUCM10 with the identity of CUCMA, or with none; the first line of the answer."""
    node = sim.node(B)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if version is not None:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = version
    if not naked:
        identity = sim.node(A).certificates.running["CallManager"]
        context.load_cert_chain(sim.world.identity_files.path(identity))
    with (
        socket.create_connection((node.topology.address, node.sip.port), timeout=300) as raw,
        context.wrap_socket(raw) as tls,
    ):
        tls.sendall(OPTIONS)
        return tls.recv(65536).decode().partition("\r\n")[0]


def test_plain_sip(joined: RunningSimulator, control: ControlClient) -> None:
    control.defect(cluster="CUCM10", node=B, plain_sip=True)
    assert plainly(joined, OPTIONS).startswith(b"SIP/2.0 200 OK\r\n")
    with pytest.raises(ssl.SSLError, match="WRONG_VERSION_NUMBER"):
        securely(joined)
    assert joined.call("CUCMA", "1018", "9898").stage == "handshake"
    assert "wrong version number" in traces(joined, A)
    control.repair()
    assert securely(joined) == "SIP/2.0 200 OK"


def test_a_closed_port(joined: RunningSimulator, control: ControlClient) -> None:
    control.defect(node=B, closed=True)
    with pytest.raises(ConnectionRefusedError):
        securely(joined)
    result = joined.call("CUCMA", "1018", "9898")
    assert (result.stage, result.path[0].failure.rpartition(": ")[2]) == ("connect", "Connection refused")
    assert f"Connection refused: connect to 127.0.0.1 on port {joined.node(B).sip.port}" in traces(joined, A)
    control.repair()
    assert joined.call("CUCMA", "1018", "9898").connected


def test_a_silent_port(
    joined: RunningSimulator, control: ControlClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sip_tls, "TIMEOUT", 1.0)
    control.defect(node=B, silent=True)
    result = joined.call("CUCMA", "1018", "9898")
    assert (result.stage, result.failure) == ("handshake", "the TLS handshake did not end within 1 s")
    assert plainly(joined, OPTIONS) == b""


def test_tls_versions_of_a_cluster(joined: RunningSimulator, control: ControlClient) -> None:
    control.defect(cluster="CUCM10", tls_versions=["1.3", "1.3"])
    assert securely(joined, version=ssl.TLSVersion.TLSv1_3) == "SIP/2.0 200 OK"
    with pytest.raises(ssl.SSLError, match="PROTOCOL_VERSION"):
        securely(joined, version=ssl.TLSVersion.TLSv1_2)
    assert joined.call("CUCMA", "1018", "9898").stage == "handshake"
    # Also when the node calls: CUCMA goes no further than TLS 1.2.
    back = joined.call("CUCM10", "9898", "1018")
    assert (back.stage, "protocol version" in back.failure) == ("handshake", True)
    assert "protocol version" in traces(joined, B)


def test_the_refusal_of_tls_1_3_comes_late(joined: RunningSimulator, control: ControlClient) -> None:
    control.defect(tls_versions=["1.3", "1.3"])
    joined.do(lambda: joined.node(B).certificates.running_trust.update(CallManager=[]))
    result = joined.call("CUCMA", "1018", "9898")
    assert result.stage == "sip"
    assert "alert unknown ca" in traces(joined, A)
    assert "Verification error:" in traces(joined, B)


@pytest.mark.parametrize(
    "defect", [{"demands_client_certificate": False}, {"client_certificate_optional": True}]
)
def test_no_client_certificate_is_demanded(
    joined: RunningSimulator, control: ControlClient, defect: dict[str, bool]
) -> None:
    control.defect(node=B, **defect)
    assert securely(joined, naked=True) == "SIP/2.0 200 OK"
    assert "SIPCertificateInd" not in traces(joined, B)
    assert joined.call("CUCMA", "1018", "9898").connected
    assert ("SIPCertificateInd" in traces(joined, B)) is ("client_certificate_optional" in defect)
    control.repair()
    with pytest.raises(ssl.SSLError, match=r"HANDSHAKE_FAILURE|CERTIFICATE_REQUIRED"):
        securely(joined, naked=True)


def test_options_are_refused_and_calls_taken(joined: RunningSimulator, control: ControlClient) -> None:
    control.defect(cluster="CUCM10", options_status=503)
    assert securely(joined) == "SIP/2.0 503 Service Unavailable"
    assert joined.call("CUCMA", "1018", "9898").connected


def test_another_certificate_than_the_installed_one(joined: RunningSimulator, control: ControlClient) -> None:
    control.defect(node=B, serves_self_signed=True)
    shown = control.defects()[B]["served"]
    installed = control.certificates("CUCM10", B)["installed"]["CallManager"]
    assert shown["fingerprint"] != installed["fingerprint"]
    assert shown["subject"] == shown["issuer"] == installed["subject"]
    result = joined.call("CUCMA", "1018", "9898")
    assert (result.stage, "self-signed certificate" in result.failure) == ("handshake", True)
    assert joined.call("CUCM10", "9898", "1018").stage == "handshake"
    control.defect(node=B, serves_self_signed=False)
    assert control.defects() == {}
    assert joined.call("CUCMA", "1018", "9898").connected


def test_a_given_identity_is_served(
    joined: RunningSimulator, control: ControlClient, authority: Authority
) -> None:
    certificate, key = issued(authority, "CUCM10")
    control.defect(node=B, served={"certificate_pem": certificate, "key_pem": key})
    evidence = joined.call("CUCMA", "1018", "9898").as_json()
    assert evidence["connected"]
    assert evidence["server_certificate"]["fingerprint"] == fingerprint(certificate)
    assert "PRIVATE" not in str(control.defects())


def test_the_clock_of_one_node(joined: RunningSimulator, control: ControlClient) -> None:
    control.defect(node=B, clock_skew=90)

    def skew(node: str) -> float:
        reply = Client(joined.node(node), USER).request("GET", "/axl/")
        there = parsedate_to_datetime(reply.headers["Date"])
        return (there - datetime.now(UTC)).total_seconds()

    assert 85 < skew(B) < 95
    assert -5 < skew(B_SUB) < 5
    report = joined.do(lambda: joined.node(B).services.report("Cisco CallManager"))
    assert report.uptime < 90
    assert (datetime.now(UTC) - report.started).total_seconds() < report.uptime
    assert joined.call("CUCMA", "1018", "9898").connected
    control.repair()
    assert -5 < skew(B) < 5


def test_a_clock_that_is_years_off_finds_certificates_expired(
    joined: RunningSimulator, control: ControlClient
) -> None:
    control.defect(cluster="CUCM10", clock_skew=400 * 86400)
    result = joined.call("CUCMA", "1018", "9898")
    assert not result.connected
    assert "has expired" in result.path[0].server_failure
    assert "(Verification error:10)- certificate has expired" in traces(joined, B)
    assert "Verification error" not in traces(joined, A)
    control.defect(cluster="CUCM10", clock_skew=-400 * 86400)
    joined.call("CUCMA", "1018", "9898")
    assert "(Verification error:9)- certificate is not yet valid" in traces(joined, B)


def test_a_reset_mends(joined: RunningSimulator, control: ControlClient) -> None:
    control.defect(clock_skew=90, closed=True)
    assert set(control.defects()) == {A, A_SUB, B, B_SUB}
    control.reset()
    assert control.defects() == {}
    assert joined.node(B).clock.offset == 0


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({"cluster": "NONE", "closed": True}, 404),
        ({"cluster": "CUCM10", "node": A, "closed": True}, 404),
        ({"broken": True}, 400),
        ({"closed": "yes"}, 400),
        ({"tls_versions": ["1.2"]}, 400),
        ({"tls_versions": ["1.3", "1.2"]}, 400),
        ({"tls_versions": 1.2}, 400),
        ({"options_status": 100}, 400),
        ({"clock_skew": "90"}, 400),
        ({"served": True}, 400),
        ({"served": {"certificate_pem": "x", "key_pem": "y"}}, 400),
        ({"serves_self_signed": 1}, 400),
    ],
)
def test_defects_that_make_no_sense(control: ControlClient, order: dict[str, Any], status: int) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        control.defect(**order)
    assert refused.value.code == status
    assert control.defects() == {}


def issued(authority: Authority, name: str, *, length: int = 2048, **sign: Any) -> tuple[str, str]:
    """A certificate of the authority, and its key, both as PEM."""
    key = pki.new_key("rsa", length)
    request = pki.signing_request(pki.subject_name({}, name), key, "sha256", [])
    return authority.sign(pki.pem(request), **sign), pki.key_pem(key).decode()


def fingerprint(pem: str) -> str:
    return pki.fingerprint(x509.load_pem_x509_certificate(pem.encode()))


def test_an_identity_is_installed_and_runs_after_the_restart(
    joined: RunningSimulator, control: ControlClient, authority: Authority
) -> None:
    certificate, key = issued(authority, "CUCM10")
    assert control.install("CUCM10", B, "CallManager", certificate, key) == fingerprint(certificate)
    known = control.certificates("CUCM10", B)
    assert known["installed"]["CallManager"]["fingerprint"] == fingerprint(certificate)
    assert known["running"]["CallManager"]["fingerprint"] != fingerprint(certificate)
    control.control("CUCM10", B, "Cisco CallManager", "Restart")
    control.advance(10)
    known = control.certificates("CUCM10", B)
    assert known["running"]["CallManager"]["fingerprint"] == fingerprint(certificate)
    assert control.journal(len(joined.journal)) == []


@pytest.mark.parametrize(
    ("sign", "failure"),
    [
        ({"days": 0.01}, "certificate has expired"),
        ({"usages": [x509.ExtendedKeyUsageOID.CLIENT_AUTH]}, "certificate purpose"),
    ],
)
def test_what_no_door_would_take(
    joined: RunningSimulator,
    control: ControlClient,
    authority: Authority,
    sign: dict[str, Any],
    failure: str,
) -> None:
    certificate, key = issued(authority, "CUCM10", **sign)
    control.install("CUCM10", B, "CallManager", certificate, key, running=True)
    result = joined.call("CUCMA", "1018", "9898")
    assert (result.stage, failure in result.failure) == ("handshake", True)


def test_a_weak_key_of_another_authority_works_where_it_is_trusted(
    joined: RunningSimulator, control: ControlClient
) -> None:
    other = Authority("Other Root")
    certificate, key = issued(other, "CUCM10", length=1024)
    control.install("CUCM10", B, "CallManager", certificate, key, running=True)
    assert joined.call("CUCMA", "1018", "9898").stage == "handshake"
    trusting = control.certificates("CUCMA", A)["installed"]["CallManager"]
    own = joined.node(A).certificates.installed["CallManager"]
    control.install(
        "CUCMA", A, "CallManager", pki.pem(own.certificate), pki.key_pem(own.key).decode(), [other.pem],
        running=True,
    )  # fmt: skip
    assert joined.call("CUCMA", "1018", "9898").connected
    assert control.certificates("CUCMA", A)["installed"]["CallManager"] == trusting
    assert "CN=Other Root" not in str(control.certificates("CUCMA", A_SUB)["trust"])


def test_a_certificate_replaces_a_newer_one_of_its_name(
    joined: RunningSimulator, control: ControlClient, authority: Authority
) -> None:
    # The same name and another key; a trust store keeps the newer one of two.
    namesake = Authority()
    assert namesake.certificate.not_valid_before_utc - authority.certificate.not_valid_before_utc < timedelta(
        1
    )
    certificate, key = issued(namesake, "CUCM10")
    control.install("CUCM10", B, "CallManager", certificate, key, [authority.pem])
    control.install("CUCM10", B, "CallManager", certificate, key, [namesake.pem, authority.pem, namesake.pem])
    trusted = [known["fingerprint"] for known in control.certificates("CUCM10", B)["trust"]["CallManager"]]
    assert pki.fingerprint(namesake.certificate) in trusted
    assert pki.fingerprint(authority.certificate) not in trusted


def test_distrust_on_one_node(joined: RunningSimulator, control: ControlClient, authority: Authority) -> None:
    root = pki.fingerprint(authority.certificate)
    control.distrust("CUCM10", B, "CallManager", root.replace(":", "").lower())
    known = control.certificates("CUCM10", B)
    assert root not in [entry["fingerprint"] for entry in known["trust"]["CallManager"]]
    assert root in [entry["fingerprint"] for entry in known["running_trust"]["CallManager"]]
    others = control.certificates("CUCM10", B_SUB)["trust"]["CallManager"]
    assert root in [entry["fingerprint"] for entry in others]
    assert joined.call("CUCMA", "1018", "9898").connected
    with pytest.raises(urllib.error.HTTPError) as refused:
        control.distrust("CUCM10", B, "CallManager", root)
    assert refused.value.code == 404


def test_distrust_that_counts_at_once(
    joined: RunningSimulator, control: ControlClient, authority: Authority
) -> None:
    control.distrust("CUCM10", B, "CallManager", pki.fingerprint(authority.certificate), running=True)
    result = joined.call("CUCMA", "1018", "9898")
    assert (result.stage, "unknown ca" in result.failure) == ("handshake", True)


def test_a_certificate_and_a_key_that_do_not_belong_together(
    control: ControlClient, authority: Authority
) -> None:
    certificate, _key = issued(authority, "CUCM10")
    _certificate, key = issued(authority, "CUCM10")
    before = control.certificates("CUCM10", B)
    for wrong in (key, "no key"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            control.install("CUCM10", B, "CallManager", certificate, wrong)
        assert refused.value.code == 400
        assert "PRIVATE" not in refused.value.read().decode()
    with pytest.raises(urllib.error.HTTPError) as refused:
        control.install("CUCM10", B, "CallManagers", certificate, issued(authority, "x")[1])
    assert refused.value.code in (400, 404)
    assert control.certificates("CUCM10", B) == before
