# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTPS port: AXL's door, the request log, and the faults that can be ordered."""

from __future__ import annotations

import pytest
import requests
from ansible_collections.ucops.cucm.tests.simulator.axl_door import COOKIE
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator
from ansible_collections.ucops.cucm.tests.unit.simulator.support import USER, Client
from lxml import etree

A, A_SUB = "cucma-pub", "cucma-sub1"
ENVELOPE = (
    "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body>"
    "<n:{operation} xmlns:n='http://www.cisco.com/AXL/API/{version}'>{content}</n:{operation}>"
    "</e:Body></e:Envelope>"
)
REMOVE = "<name>nothing</name>"


def axl(
    client: Client, operation: str = "getCCMVersion", content: str = "", path: str = "/axl/", **headers: str
) -> requests.Response:
    body = ENVELOPE.format(operation=operation, version="14.0", content=content)
    headers = {"Content-Type": "text/xml; charset=utf-8", **headers}
    return client.request("POST", path, data=body.encode(), headers=headers)


@pytest.fixture
def client(sim: RunningSimulator) -> Client:
    return Client(sim.node(A), USER)


def test_axl_answers_on_every_node(sim: RunningSimulator) -> None:
    for name in (A, A_SUB):
        reply = axl(Client(sim.node(name), USER))
        assert reply.status_code == 200
        assert etree.fromstring(reply.content).findtext(".//version").startswith("14.")


def test_axl_path_needs_its_trailing_slash(client: Client) -> None:
    assert axl(client, path="/axl").status_code == 404


def test_axl_accounts(sim: RunningSimulator) -> None:
    node = sim.node(A)
    wrong = axl(Client(node, ("administrator", "wrong")))
    assert wrong.status_code == 401
    assert wrong.headers["Content-Type"].startswith("text/html")
    assert wrong.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert axl(Client(node, ("nobody", "nobody-secret"))).status_code == 403
    reader = Client(node, ("reader", "reader-secret"))
    assert axl(reader).status_code == 200
    assert axl(reader, "removeSipTrunk", REMOVE).status_code == 403


def test_axl_session_cookie_stands_for_the_password(sim: RunningSimulator) -> None:
    node = sim.node(A)
    session = axl(Client(node, USER)).cookies[COOKIE]
    anonymous = Client(node, None)
    assert axl(anonymous, Cookie=f"{COOKIE}={session}").status_code == 200
    sim.advance(31 * 60)
    assert axl(anonymous, Cookie=f"{COOKIE}={session}").status_code == 404
    assert axl(Client(node, USER), Cookie=f"{COOKIE}={session}").status_code == 200


def test_axl_wants_xml(client: Client) -> None:
    assert client.request("POST", "/axl/", json={}).status_code == 415
    assert client.request("GET", "/axl/").status_code == 405


def test_axl_mutations_are_placed_in_the_journal(sim: RunningSimulator) -> None:
    content = (
        "<sipTrunkSecurityProfile><name>P</name><sipV150OutboundSdpOfferFiltering>"
        "Use Default Filter</sipV150OutboundSdpOfferFiltering></sipTrunkSecurityProfile>"
    )
    reply = axl(Client(sim.node(A_SUB), USER), "addSipTrunkSecurityProfile", content)
    assert reply.status_code == 200, reply.text
    entry = sim.journal.since()[0]
    assert (entry.sequence, entry.cluster, entry.node, entry.door) == (1, "CUCMA", A_SUB, "axl")
    assert (entry.operation, entry.subject) == ("addSipTrunkSecurityProfile", "P")
    assert entry.time.endswith("Z")


def test_requests_are_counted_by_node_door_and_operation(sim: RunningSimulator, client: Client) -> None:
    axl(client)
    axl(client)
    axl(client, "getSipTrunk", REMOVE)
    Client(sim.node(A_SUB)).certmgr("GET", "/snapshot/server")
    client.request("GET", "/nowhere")
    assert sim.requests.counts() == {
        (A, "axl", "getCCMVersion"): 2,
        (A, "axl", "getSipTrunk"): 1,
        (A_SUB, "certmgr", "snapshot"): 1,
        (A, "other", "unknown"): 1,
    }
    assert [entry.status for entry in sim.requests.entries()] == [200, 200, 500, 200, 404]


def test_unavailable_as_often_as_ordered_and_only_there(sim: RunningSimulator, client: Client) -> None:
    sim.fault(kind="unavailable", node=A, door="axl", operation="getCCMVersion", count=2)
    assert axl(Client(sim.node(A_SUB), USER)).status_code == 200
    assert [axl(client).status_code for _request in range(3)] == [503, 503, 200]


@pytest.mark.parametrize(("kind", "carried_out"), [("drop-before", 0), ("drop-after", 1)])
def test_dropped_connections(sim: RunningSimulator, kind: str, carried_out: int) -> None:
    client = Client(sim.node(A))
    sim.fault(kind=kind, door="certmgr")
    with pytest.raises(requests.ConnectionError):
        client.csr()
    assert len(sim.journal) == carried_out
    assert sim.requests.entries()[-1].status == 0
    client.csr()
    assert len(sim.journal) == carried_out + 1


def test_truncated_reply(sim: RunningSimulator) -> None:
    client = Client(sim.node(A))
    sim.fault(kind="truncate")
    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="IncompleteRead"):
        client.csr()
    assert len(sim.journal) == 1


def test_replies_that_are_not_what_they_should_be(sim: RunningSimulator) -> None:
    client = Client(sim.node(A))
    sim.fault(kind="html")
    reply = client.certmgr("GET", "/snapshot/server")
    assert (reply.status_code, reply.headers["Content-Type"].split(";")[0]) == (200, "text/html")
    sim.fault(kind="garbage")
    reply = client.certmgr("GET", "/snapshot/server")
    assert reply.headers["Content-Type"] == "application/json"
    with pytest.raises(requests.JSONDecodeError):
        reply.json()


def test_latency_is_longer_than_the_clients_patience(sim: RunningSimulator, client: Client) -> None:
    sim.fault(kind="latency", seconds=0.2)
    reply = client.request("GET", "/nowhere")
    assert reply.elapsed.total_seconds() >= 0.2


def test_cleared_faults_do_not_come(sim: RunningSimulator, client: Client) -> None:
    sim.fault(kind="unavailable", count=None)
    assert [axl(client).status_code for _request in range(2)] == [503, 503]
    sim.clear_faults()
    assert axl(client).status_code == 200
