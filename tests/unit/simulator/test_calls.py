# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls between two clusters over real mutual TLS, and every reason why one does not come about."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.tests.simulator import pki
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator
from ansible_collections.ucops.cucm.tests.unit.simulator.support import (
    Authority,
    Client,
    add_trunk,
    enrol,
    follow,
    restart_call_manager,
)
from cryptography import x509

A, B = "cucma-pub", "cucm10-pub"


@pytest.fixture
def authority() -> Authority:
    return Authority()


@pytest.fixture
def joined(sim: RunningSimulator, authority: Authority) -> RunningSimulator:
    """Two clusters joined as the guide does it: certificates, restart, trunk, route pattern."""
    enrol(sim, authority, A, "CUCMA")
    enrol(sim, authority, B, "CUCM10")
    add_trunk(sim, "CUCMA", B, "CUCM10", "9898")
    add_trunk(sim, "CUCM10", A, "CUCMA", "1018")
    return sim


def running(sim: RunningSimulator, node: str) -> x509.Certificate:
    return sim.node(node).certificates.running["CallManager"].certificate


def test_calls_go_both_ways_with_the_installed_certificates(joined: RunningSimulator) -> None:
    there = joined.call("CUCMA", "1018", "9898")
    back = joined.call("CUCM10", "9898", "1018")

    assert (there.connected, there.failure) == (True, "")
    assert back.connected
    attempt = there.path[0]
    assert attempt.messages == [
        "> INVITE", "< 100 Trying", "< 180 Ringing", "< 200 OK", "> ACK", "> BYE", "< 200 OK"
    ]  # fmt: skip
    assert (attempt.server_cluster, attempt.server_node, attempt.server_trunk) == ("CUCM10", B, f"to-{A}")
    assert attempt.srtp_offered
    assert attempt.srtp_answered
    evidence = attempt.as_json()
    assert evidence["tls_version"] == "TLSv1.2"
    assert evidence["cipher"] == attempt.server.cipher
    assert evidence["client_certificate"]["fingerprint"] == pki.fingerprint(running(joined, A))
    assert evidence["server_certificate"]["fingerprint"] == pki.fingerprint(running(joined, B))
    assert evidence["client_certificate"]["issuer"] == "CN=Example Root"
    assert there.digit_analysis == ["dialled 9898", "route pattern 9898", f"trunk to-{B}"]


def test_self_signed_peer_that_is_trusted_as_itself(sim: RunningSimulator) -> None:
    for node, other in ((A, B), (B, A)):
        Client(sim.node(node)).upload_trust(pki.pem(running(sim, other)))
        restart_call_manager(sim, node)
    add_trunk(sim, "CUCMA", B, f"{B}.b.example.com", "9898")
    add_trunk(sim, "CUCM10", A, f"{A}.a.example.com", "1018")

    assert sim.call("CUCMA", "1018", "9898").failure == ""


def test_subject_name_of_the_called_side_is_wrong(sim: RunningSimulator, authority: Authority) -> None:
    enrol(sim, authority, A, "CUCMA")
    enrol(sim, authority, B, "CUCM10")
    add_trunk(sim, "CUCMA", B, "somebody-else", "9898")
    add_trunk(sim, "CUCM10", A, "CUCMA", "1018")

    result = sim.call("CUCMA", "1018", "9898")

    assert (result.connected, result.stage) == (False, "peer-name")
    assert "received ['CUCM10']" in result.failure


def test_subject_name_of_the_calling_side_is_wrong(sim: RunningSimulator, authority: Authority) -> None:
    enrol(sim, authority, A, "CUCMA")
    enrol(sim, authority, B, "CUCM10")
    add_trunk(sim, "CUCMA", B, "CUCM10", "9898")
    add_trunk(sim, "CUCM10", A, "somebody-else", "1018")

    result = sim.call("CUCMA", "1018", "9898")

    assert (result.connected, result.stage) == (False, "sip")
    assert "403 Forbidden" in result.failure
    assert "expected one of ['somebody-else']" in result.path[0].server_failure


def test_subject_names_are_a_list_and_match_alternative_names(
    sim: RunningSimulator, authority: Authority
) -> None:
    client = Client(sim.node(B))
    client.upload_trust(authority.pem)
    client.upload_identity(authority.sign(client.csr(commonName="other", altNames=["b.example.com"])))
    restart_call_manager(sim, B)
    enrol(sim, authority, A, "CUCMA")
    add_trunk(sim, "CUCMA", B, "x.example.com;y.example.com, b.example.com", "9898")
    add_trunk(sim, "CUCM10", A, "CUCMA", "1018")

    assert sim.call("CUCMA", "1018", "9898").connected


def test_root_is_missing_at_the_called_side(sim: RunningSimulator, authority: Authority) -> None:
    other = Authority("Other Root")
    enrol(sim, other, B, "CUCM10")
    Client(sim.node(A)).upload_trust(other.pem)
    enrol(sim, authority, A, "CUCMA")
    add_trunk(sim, "CUCMA", B, "CUCM10", "9898")
    add_trunk(sim, "CUCM10", A, "CUCMA", "1018")

    result = sim.call("CUCMA", "1018", "9898")

    assert (result.connected, result.stage) == (False, "handshake")
    assert "alert unknown ca" in result.failure
    assert "self-signed certificate in certificate chain" in result.path[0].server_failure


def test_root_is_missing_at_the_calling_side(sim: RunningSimulator, authority: Authority) -> None:
    enrol(sim, authority, B, "CUCM10")
    add_trunk(sim, "CUCMA", B, "CUCM10", "9898")
    add_trunk(sim, "CUCM10", A, "CUCMA", "1018")

    result = sim.call("CUCMA", "1018", "9898")

    assert result.stage == "handshake"
    assert "self-signed certificate in certificate chain" in result.failure


def test_chain_has_to_end_at_a_root(sim: RunningSimulator, authority: Authority) -> None:
    issuing = Authority("Example Issuing CA", issuer=authority)
    enrol(sim, authority, A, "CUCMA")
    client = Client(sim.node(B))
    client.upload_trust(authority.pem)
    client.upload_trust(issuing.pem)
    client.upload_identity(issuing.sign(client.csr(commonName="CUCM10")))
    restart_call_manager(sim, B)
    add_trunk(sim, "CUCMA", B, "CUCM10", "9898")
    add_trunk(sim, "CUCM10", A, "CUCMA", "1018")

    def forget_root() -> None:
        running_trust = sim.node(A).certificates.running_trust
        running_trust["CallManager"] = [issuing.certificate]

    assert sim.call("CUCMA", "1018", "9898").connected
    sim.do(forget_root)
    assert sim.call("CUCMA", "1018", "9898").stage == "handshake"


def test_uploaded_certificate_runs_only_after_a_restart(sim: RunningSimulator, authority: Authority) -> None:
    enrol(sim, authority, A, "CUCMA")
    add_trunk(sim, "CUCMA", B, "CUCM10", "9898")
    add_trunk(sim, "CUCM10", A, "CUCMA", "1018")
    client = Client(sim.node(B))
    client.upload_trust(authority.pem)
    client.upload_identity(authority.sign(client.csr(commonName="CUCM10")))

    before = sim.call("CUCMA", "1018", "9898")
    restart_call_manager(sim, B)
    after = sim.call("CUCMA", "1018", "9898")

    assert (before.connected, before.stage) == (False, "handshake")
    assert after.connected


def test_uploaded_trust_is_used_only_after_a_restart(sim: RunningSimulator, authority: Authority) -> None:
    enrol(sim, authority, B, "CUCM10")
    add_trunk(sim, "CUCMA", B, "CUCM10", "9898")
    add_trunk(sim, "CUCM10", A, f"{A}.a.example.com", "1018")
    Client(sim.node(A)).upload_trust(authority.pem)
    Client(sim.node(B)).upload_trust(pki.pem(running(sim, A)))
    restart_call_manager(sim, B)

    before = sim.call("CUCMA", "1018", "9898")
    restart_call_manager(sim, A)

    assert before.stage == "handshake"
    assert sim.call("CUCMA", "1018", "9898").connected


def test_certificate_expires(joined: RunningSimulator) -> None:
    joined.advance(400 * 86400)

    result = joined.call("CUCMA", "1018", "9898")

    assert (result.connected, result.stage) == (False, "handshake")
    assert "has expired" in result.failure


@pytest.mark.parametrize(
    ("caller_usages", "called_usages", "who"),
    [
        ([x509.ExtendedKeyUsageOID.SERVER_AUTH], None, "server"),
        (None, [x509.ExtendedKeyUsageOID.CLIENT_AUTH], "client"),
    ],
)
def test_key_usage_does_not_suit_the_side(
    sim: RunningSimulator, authority: Authority, caller_usages: list, called_usages: list, who: str
) -> None:
    enrol(sim, authority, A, "CUCMA", **({"usages": caller_usages} if caller_usages else {}))
    enrol(sim, authority, B, "CUCM10", **({"usages": called_usages} if called_usages else {}))
    add_trunk(sim, "CUCMA", B, "CUCM10", "9898")
    add_trunk(sim, "CUCM10", A, "CUCMA", "1018")

    result = sim.call("CUCMA", "1018", "9898")

    judged = result.failure if who == "client" else result.path[0].server_failure
    assert "unsupported certificate purpose" in judged or "unsuitable certificate purpose" in judged


def test_next_destination_is_tried_when_one_does_not_answer(joined: RunningSimulator) -> None:
    def add_dead_destination() -> None:
        trunk = joined.world.clusters["CUCMA"].database.find("SipTrunk", name=f"to-{B}")
        trunk.values["destinations"] = [
            {"addressIpv4": B, "port": "5061", "sortOrder": "2"},
            {"addressIpv4": "cucm10-sub1.b.example.com", "port": "1", "sortOrder": "1"},
        ]
        joined.world.clusters["CUCMA"].reset_object("SipTrunk", f"to-{B}")

    joined.do(add_dead_destination)

    result = joined.call("CUCMA", "1018", "9898")

    assert result.connected
    assert [attempt.stage for attempt in result.path] == ["connect", ""]


def test_changed_trunk_needs_a_reset(joined: RunningSimulator) -> None:
    cluster = joined.world.clusters["CUCMA"]

    def change(name: str) -> None:
        profile = cluster.database.find("SipTrunkSecurityProfile", name=f"TLS {B}")
        profile.values["x509SubjectName"] = name
        follow(joined, "CUCMA")

    joined.do(lambda: change("somebody-else"))
    assert joined.call("CUCMA", "1018", "9898").connected

    joined.do(lambda: cluster.reset_object("SipTrunkSecurityProfile", f"TLS {B}"))
    assert joined.call("CUCMA", "1018", "9898").stage == "peer-name"


def test_port_is_closed_without_a_tls_trunk(sim: RunningSimulator, authority: Authority) -> None:
    enrol(sim, authority, A, "CUCMA")
    add_trunk(sim, "CUCMA", B, "CUCM10", "9898")

    assert not sim.node(B).sip.listening
    result = sim.call("CUCMA", "1018", "9898")
    assert (result.stage, "Connection refused" in result.failure) == ("connect", True)


def test_port_closes_with_the_last_trunk_and_with_the_service(joined: RunningSimulator) -> None:
    node = joined.node(B)
    assert node.sip.listening

    joined.do(lambda: node.services.control("Cisco CallManager", "Stop"))
    joined.advance(10)
    assert not node.sip.listening
    joined.do(lambda: node.services.control("Cisco CallManager", "Start"))
    joined.advance(10)
    assert node.sip.listening

    def remove() -> None:
        database = joined.world.clusters["CUCM10"].database
        database.remove(database.find("RoutePattern", pattern="1018"))
        database.remove(database.find("SipTrunk", name=f"to-{A}"))
        follow(joined, "CUCM10")

    joined.do(remove)
    assert not node.sip.listening


def test_profile_on_another_port_does_not_open_the_listener(sim: RunningSimulator) -> None:
    def add() -> None:
        add_profile = {"securityMode": "Encrypted", "incomingTransport": "TLS", "outgoingTransport": "TLS"}
        database = sim.world.clusters["CUCMA"].database
        database.add("SipTrunkSecurityProfile", {"name": "odd", "incomingPort": "5070", **add_profile})
        database.add("SipTrunk", {"name": "odd", "securityProfileName": "odd"})
        follow(sim, "CUCMA")

    sim.do(add)

    assert not sim.node(A).sip.listening


@pytest.mark.parametrize(
    ("calling", "called", "stage"), [("4711", "9898", "calling party"), ("1018", "4711", "digit analysis")]
)
def test_unknown_numbers(joined: RunningSimulator, calling: str, called: str, stage: str) -> None:
    assert joined.call("CUCMA", calling, called).stage == stage


def test_called_cluster_does_not_know_the_number(joined: RunningSimulator) -> None:
    def widen() -> None:
        joined.world.clusters["CUCMA"].database.add(
            "RoutePattern", {"pattern": "98XX", "destination": {"gatewayName": f"to-{B}"}}
        )

    joined.do(widen)

    result = joined.call("CUCMA", "1018", "9800")

    assert (result.stage, result.path[0].messages[-2:]) == ("sip", ["< 404 Not Found", "> ACK"])


def test_stopped_service_places_no_call(joined: RunningSimulator) -> None:
    joined.do(lambda: joined.node(A).services.control("Cisco CallManager", "Stop"))
    joined.advance(10)

    assert joined.call("CUCMA", "1018", "9898", node=A).stage == "call processing"


def test_ambiguous_loopback_destination_is_refused(sim: RunningSimulator) -> None:
    destinations = [{"addressIpv4": "127.0.0.1", "port": "5061", "sortOrder": "1"}]
    add_trunk(sim, "CUCMA", B, "CUCM10", "9898", destinations=destinations)

    result = sim.call("CUCMA", "1018", "9898")

    assert result.stage == "destination"
    assert "may be any of" in result.failure
