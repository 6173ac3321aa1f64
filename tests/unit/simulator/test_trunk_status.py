# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""OPTIONS ping: what a node tells of its trunks, over real mutual TLS, and the alarms it raises."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.simulator import sip_tls, trunk_status
from ansible_collections.ucops.cucm.tests.simulator.client import ControlClient
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator
from ansible_collections.ucops.cucm.tests.unit.simulator.ris_client import nodes, request_body, send
from ansible_collections.ucops.cucm.tests.unit.simulator.support import (
    PING_PROFILE,
    USER,
    Authority,
    Client,
    add_trunk,
    enrol,
    eventually,
    ping,
    traces,
)

A, B, B_SUB = "cucma-pub", "cucm10-pub", "cucm10-sub1"


#: How long a result counts as fresh in these tests: longer than any of them takes.
FRESH = 600.0


@pytest.fixture(autouse=True)
def _slow_pings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trunk_status, "FRESH_SECONDS", FRESH)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port of loopback that refuses connections as long as the test lasts."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.fixture
def joined(sim: RunningSimulator) -> RunningSimulator:
    """CUCMA's publisher and both nodes of CUCM10, joined; CUCMA's trunk leads to both."""
    authority = Authority()
    enrol(sim, authority, A, "CUCMA")
    enrol(sim, authority, B, "CUCM10")
    enrol(sim, authority, B_SUB, "CUCM10-SUB")
    destinations = [
        {"addressIpv4": "127.0.0.1", "port": str(sim.node(name).sip.port), "sortOrder": str(order)}
        for order, name in enumerate((B, B_SUB), 1)
    ]
    add_trunk(sim, "CUCMA", B, "CUCM10,CUCM10-SUB", "9898", destinations=destinations)
    add_trunk(sim, "CUCM10", A, "CUCMA", "1018")
    return sim


def lead_to(sim: RunningSimulator, *destinations: tuple[str, int]) -> None:
    """Give CUCMA's trunk other destinations; a reset is still due."""

    def change() -> None:
        database = sim.world.clusters["CUCMA"].database
        trunk = database.named("SipTrunk", f"to-{B}")
        assert trunk is not None
        listed = [
            {"addressIpv4": address, "port": str(port), "sortOrder": str(order)}
            for order, (address, port) in enumerate(destinations, 1)
        ]
        database.update(trunk, {"destinations": listed})

    sim.do(change)


def status(sim: RunningSimulator, cluster: str = "CUCMA", node: str = A) -> Any:
    (found,) = ControlClient(sim.control_url).trunks(cluster, node)
    return found


def pings(sim: RunningSimulator, node: str = B) -> int:
    """How many OPTIONS a node was sent."""
    return [seen.messages for seen in sim.node(node).sip.seen].count(["OPTIONS"])


def alarms(sim: RunningSimulator, node: str = A) -> list[tuple[str, str]]:
    """The alarms of trunks in a node's trace, each with what it says of peers."""
    return [
        (found[1], found[2])
        for found in re.finditer(
            r"AlarmName: (SIPTrunk\w+),.*DeviceName:to-\S+, (.*), AppID:", traces(sim, node)
        )
    ]


def test_without_options_ping_nothing_is_known_and_nobody_is_asked(joined: RunningSimulator) -> None:
    found = status(joined)
    assert (found["name"], found["status"], found["reason"]) == (f"to-{B}", "Unknown", 0)
    assert found["addresses"] == ["127.0.0.1"]
    assert joined.node(B).sip.seen == []
    assert alarms(joined) == []


def test_all_destinations_answer(joined: RunningSimulator) -> None:
    ping(joined, "CUCMA")
    assert status(joined)["status"] == "Registered"
    ports = [joined.node(name).sip.port for name in (B, B_SUB)]
    peers = "; ".join(f"127.0.0.1:{port}" for port in ports)
    assert alarms(joined) == [("SIPTrunkISV", f"AvailableRemotePeers:{peers}")]
    assert (pings(joined), pings(joined, B_SUB)) == (1, 1)
    assert "OPTIONS sip:127.0.0.1" in traces(joined, A)
    assert "SIP/2.0 200 OK" in traces(joined, A)


def test_a_result_is_told_while_it_is_fresh(joined: RunningSimulator) -> None:
    ping(joined, "CUCMA")
    first = status(joined)
    assert status(joined) == first
    assert pings(joined) == 1
    joined.advance(FRESH + 1)
    assert status(joined) == first
    assert pings(joined) == 2
    assert len(alarms(joined)) == 1


def test_risport_tells_it_of_every_node(joined: RunningSimulator) -> None:
    ping(joined, "CUCMA")
    found = nodes(send(Client(joined.node(A), USER), request_body()))
    # Nobody trusts the subscriber, which has its self-signed certificate still.
    assert {name: [row["Status"] for row in rows] for name, (_code, rows) in found.items()} == {
        A: ["Registered"],
        "cucma-sub1": ["Unknown"],
    }


def test_one_destination_is_dead(joined: RunningSimulator, closed_port: int) -> None:
    lead_to(joined, ("127.0.0.1", joined.node(B).sip.port), ("127.0.0.1", closed_port))
    ping(joined, "CUCMA")
    assert status(joined)["status"] == "UnRegistered"
    (alarm,) = alarms(joined)
    assert alarm[0] == "SIPTrunkPartiallyISV"
    assert f"UnavailableRemotePeersWithReasonCode:127.0.0.1:{closed_port} Local=2" in alarm[1]
    assert f"AvailableRemotePeers:127.0.0.1:{joined.node(B).sip.port}," in alarm[1]
    assert f"Connection refused: connect to 127.0.0.1 on port {closed_port}" in traces(joined, A)


def test_a_trunk_goes_out_of_service_and_comes_back(joined: RunningSimulator) -> None:
    ping(joined, "CUCMA")
    up = status(joined)
    joined.do(lambda: joined.world.break_down("CUCM10", None, {"closed": True}))
    joined.advance(FRESH + 1)
    down = status(joined)
    joined.do(joined.world.repair)
    joined.advance(FRESH + 1)

    assert (up["status"], down["status"], status(joined)["status"]) == ("Registered", "Unknown", "Registered")
    assert down["since"] > up["since"]
    assert [name for name, _peers in alarms(joined)] == ["SIPTrunkISV", "SIPTrunkOOS", "SIPTrunkISV"]


def test_a_name_that_nobody_knows(joined: RunningSimulator) -> None:
    lead_to(joined, ("nowhere.example.com", 5061))
    ping(joined, "CUCMA")
    assert status(joined)["status"] == "Unknown"
    reason = "UnavailableRemotePeersWithReasonCode:nowhere.example.com:5061 Local=3"
    assert alarms(joined) == [("SIPTrunkOOS", reason)]


def test_a_peer_that_takes_no_calls(joined: RunningSimulator) -> None:
    joined.do(lambda: joined.world.break_down(None, B, {"options_status": 503}))
    ping(joined, "CUCMA")
    assert status(joined)["status"] == "UnRegistered"
    assert f"127.0.0.1:{joined.node(B).sip.port} Remote=503" in alarms(joined)[0][1]


def test_an_answer_that_is_no_success_is_an_answer(joined: RunningSimulator) -> None:
    joined.do(lambda: joined.world.break_down("CUCM10", None, {"options_status": 405}))
    ping(joined, "CUCMA")
    assert status(joined)["status"] == "Registered"


def test_a_peer_that_says_nothing(joined: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sip_tls, "TIMEOUT", 1.0)
    joined.do(lambda: joined.world.break_down("CUCM10", None, {"silent": True}))
    ping(joined, "CUCMA")
    assert status(joined)["status"] == "Unknown"
    assert alarms(joined)[0][1].endswith("Local=1")


def test_the_peers_name_is_checked(joined: RunningSimulator) -> None:
    def change() -> None:
        database = joined.world.clusters["CUCMA"].database
        profile = database.named("SipTrunkSecurityProfile", f"TLS {B}")
        database.update(profile, {"x509SubjectName": "CUCM10,somebody-else"})

    joined.do(change)
    ping(joined, "CUCMA")
    assert status(joined)["status"] == "UnRegistered"
    written = traces(joined, A)
    assert "Rcvd=CUCM10-SUB , Expected=CUCM10,somebody-else. Will check SAN the next" in written
    assert "InvalidX509NameInCertificate" not in traces(joined, B_SUB)


def test_a_peer_that_does_not_know_our_name_refuses(joined: RunningSimulator) -> None:
    def change() -> None:
        own = joined.world.clusters["CUCM10"]
        profile = own.database.named("SipTrunkSecurityProfile", f"TLS {A}")
        own.database.update(profile, {"x509SubjectName": "somebody-else"})
        own.reset_object("SipTrunk", f"to-{A}")

    joined.do(change)
    ping(joined, "CUCMA")
    assert status(joined)["status"] == "Unknown"
    assert alarms(joined)[0][1].count("Remote=403") == 2
    assert "Rcvd=CUCMA , Expected=somebody-else" in traces(joined, B)
    assert "InvalidX509NameInCertificate" not in traces(joined, A)


def test_a_root_that_is_missing_on_one_node(joined: RunningSimulator) -> None:
    def change() -> None:
        joined.node(B).certificates.running_trust["CallManager"] = []

    joined.do(change)
    ping(joined, "CUCMA")
    assert status(joined)["status"] == "UnRegistered"
    port = joined.node(B).sip.port
    assert re.search(
        rf"HandleSSLError .*tlsv1 alert unknown ca\).* for 127\.0\.0\.1:{port}\n", traces(joined, A)
    )
    assert "HandleSSLError - Certificate verification failed:(Verification error:" in traces(joined, B)


def test_a_trunk_that_does_not_send_over_tls(joined: RunningSimulator) -> None:
    def change() -> None:
        database = joined.world.clusters["CUCMA"].database
        profile = database.named("SipTrunkSecurityProfile", f"TLS {B}")
        database.update(profile, {"securityMode": "Non Secure", "outgoingTransport": "UDP"})

    joined.do(change)
    ping(joined, "CUCMA")
    assert status(joined)["status"] == "Unknown"
    assert alarms(joined)[0][0] == "SIPTrunkOOS"


def test_a_stopped_call_manager_tells_nothing(joined: RunningSimulator) -> None:
    ping(joined, "CUCMA")
    joined.do(lambda: joined.node(A).services.control("Cisco CallManager", "Stop"))
    joined.advance(10)
    client = ControlClient(joined.control_url)
    assert client.trunks("CUCMA", A) == []
    assert [found["name"] for found in client.trunks("CUCMA", "cucma-sub1")] == [f"to-{B}"]


def test_a_reset_pings_without_being_asked(joined: RunningSimulator) -> None:
    ping(joined, "CUCMA")
    eventually(lambda: alarms(joined), "the alarm after the reset")
    assert alarms(joined)[0][0] == "SIPTrunkISV"


def test_a_sip_profile_counts_after_the_reset(joined: RunningSimulator) -> None:
    def change() -> None:
        database = joined.world.clusters["CUCMA"].database
        database.add("SipProfile", {"name": PING_PROFILE, "enableOutboundOptionsPing": "true"})
        database.update(database.named("SipTrunk", f"to-{B}"), {"sipProfileName": PING_PROFILE})

    joined.do(change)
    assert status(joined)["status"] == "Unknown"
    assert joined.node(B).sip.seen == []
    joined.do(lambda: joined.world.clusters["CUCMA"].reset_object("SipProfile", PING_PROFILE))
    assert status(joined)["status"] == "Registered"


@pytest.mark.parametrize(("everywhere", "runs"), [("false", False), ("true", True)])
def test_a_trunk_runs_on_the_nodes_of_its_group(
    joined: RunningSimulator, everywhere: str, runs: bool
) -> None:
    def change() -> None:
        own = joined.world.clusters["CUCMA"]
        group = {"name": "Publisher", "members": [{"callManagerName": f"CM_{A}", "priority": "0"}]}
        own.database.add("CallManagerGroup", group)
        own.database.add("DevicePool", {"name": "Publisher", "callManagerGroupName": "Publisher"})
        trunk = own.database.named("SipTrunk", f"to-{B}")
        own.database.update(trunk, {"devicePoolName": "Publisher", "runOnEveryNode": everywhere})
        for node in own.nodes.values():
            node.follow_configuration()

    joined.do(change)
    client = ControlClient(joined.control_url)
    assert len(client.trunks("CUCMA", A)) == 1
    assert bool(client.trunks("CUCMA", "cucma-sub1")) is runs
    # The call goes out where the trunk runs, whichever node has analysed the digits.
    result = joined.call("CUCMA", "1018", "9898", node="cucma-sub1")
    if not runs:
        assert (result.connected, result.path[0].client_node) == (True, A)
