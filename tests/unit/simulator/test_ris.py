# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The RisPort70 SOAP service, over HTTPS, as a client sees it."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from ansible_collections.ucops.cucm.tests import schemas
from ansible_collections.ucops.cucm.tests.simulator.ris import PATHS, RateLimit
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator
from ansible_collections.ucops.cucm.tests.unit.simulator.ris_client import (
    PATH,
    Nodes,
    content,
    nodes,
    request_body,
    send,
)
from ansible_collections.ucops.cucm.tests.unit.simulator.support import USER, Client, add_trunk
from lxml import etree

A, A_SUB, B = "cucma-pub", "cucma-sub1", "cucm10-pub"
#: Cisco's own file is no part of this repository; the test set-up may have it in its cache.
WSDL = schemas.CACHE / "12.5" / "RISService70.wsdl"


def names(found: Nodes, node: str = A) -> list[str]:
    return [device["Name"] for device in found[node][1]]


def fault(reply: requests.Response) -> str:
    assert reply.status_code == 500
    return str(etree.fromstring(reply.content)[0][0].findtext("faultstring"))


@pytest.fixture
def client(sim: RunningSimulator) -> Client:
    """A client of CUCMA's publisher, which has two trunks."""
    add_trunk(sim, "CUCMA", B, "CUCM10", "9898", description="to CUCM10 & back")
    add_trunk(sim, "CUCMA", "cucm10-sub1", "CUCM10-SUB", "9899")
    return Client(sim.node(A), USER)


def test_every_node_of_the_cluster_has_its_row(sim: RunningSimulator, client: Client) -> None:
    found = nodes(send(client, request_body()))
    assert {name: (code, names(found, name)) for name, (code, _rows) in found.items()} == {
        node: ("Ok", ["to-cucm10-pub", "to-cucm10-sub1"]) for node in (A, A_SUB)
    }
    row = found[A_SUB][1][0]
    assert (row["DeviceClass"], row["Model"], row["Protocol"]) == ("SIPTrunk", "131", "SIP")
    assert (row["Status"], row["StatusReason"]) == ("Unknown", "0")
    assert row["Description"] == "to CUCM10 & back"
    assert abs(int(row["TimeStamp"]) - sim.world.clock.seconds()) < 60


@pytest.mark.skipif(not WSDL.is_file(), reason="Cisco's RISService70.wsdl is not in .cache/schemas")
def test_requests_and_replies_are_valid_against_ciscos_own_wsdl(client: Client) -> None:
    types = etree.parse(WSDL).find(".//{http://www.w3.org/2001/XMLSchema}schema")
    theirs = etree.XMLSchema(etree.fromstring(etree.tostring(types)))
    for operation in ("selectCmDevice", "selectCmDeviceExt"):
        for items in (("*",), ("to-cucm10-pub",), ("nothing",)):
            body = request_body(operation, SelectItems=items)
            theirs.assertValid(etree.ElementTree(etree.fromstring(body)))
            theirs.assertValid(etree.ElementTree(content(send(client, body, action=operation))))
    body = request_body(NodeName="nowhere")
    theirs.assertValid(etree.ElementTree(content(send(client, body))))


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        (("to-cucm10-pub",), ["to-cucm10-pub"]),
        (("to-*",), ["to-cucm10-pub", "to-cucm10-sub1"]),
        (("*sub*", "to-cucm10-sub1"), ["to-cucm10-sub1"]),
        (("to-cucm10",), []),
        (("to.cucm10.pub",), []),
        ((), []),
    ],
)
def test_names_and_wildcards(client: Client, items: tuple[str, ...], expected: list[str]) -> None:
    found = nodes(send(client, request_body(SelectItems=items)))
    assert names(found) == expected
    assert found[A][0] == ("Ok" if expected else "NotFound")


def test_the_other_operation_has_no_wildcards_and_the_latest_row_only(
    sim: RunningSimulator, client: Client
) -> None:
    ext = "selectCmDeviceExt"
    assert names(nodes(send(client, request_body(ext, SelectItems=("to-*",)), action=ext))) == []
    found = nodes(send(client, request_body(ext, SelectItems=("to-cucm10-pub",))))
    assert sorted(len(rows) for _code, rows in found.values()) == [0, 1]


@pytest.mark.parametrize(
    ("criteria", "count"),
    [
        ({"Status": "Unknown"}, 2),
        ({"Status": "Registered"}, 0),
        ({"DeviceClass": "Phone"}, 0),
        ({"DeviceClass": "Any", "Model": "131", "Protocol": "SIP"}, 2),
        ({"Model": "2"}, 0),
        ({"Protocol": "SCCP"}, 0),
        ({"DownloadStatus": "Failed"}, 0),
        ({"SelectBy": "Description", "SelectItems": ("to CUCM10*",)}, 1),
        ({"SelectBy": "IPV4Address", "SelectItems": ("127.0.0.1",)}, 2),
        ({"SelectBy": "DirNumber"}, 0),
        ({"MaxReturnedDevices": "1"}, 1),
    ],
)
def test_criteria(client: Client, criteria: dict[str, object], count: int) -> None:
    assert len(names(nodes(send(client, request_body(**criteria))))) == count


def test_one_node_and_no_node(client: Client) -> None:
    assert list(nodes(send(client, request_body(NodeName=A_SUB)))) == [A_SUB]
    assert nodes(send(client, request_body(NodeName="nowhere"))) == {"nowhere": ("InvalidNodeName", [])}


def test_nodes_that_do_not_answer(sim: RunningSimulator, client: Client) -> None:
    sim.fault(kind="unreachable", node=A_SUB)
    assert nodes(send(client, request_body()))[A_SUB] == ("NodeNotResponding", [])
    sim.clear_faults()
    sim.do(lambda: sim.node(A_SUB).services.control("Cisco CallManager", "Stop"))
    sim.advance(10)
    found = nodes(send(client, request_body()))
    assert found[A_SUB] == ("NotFound", [])
    assert found[A][0] == "Ok"


def test_the_deprecated_path(client: Client) -> None:
    assert names(nodes(send(client, request_body(), path=PATHS[1]))) == ["to-cucm10-pub", "to-cucm10-sub1"]
    assert send(client, request_body(), path=PATH + "/").status_code == 404


def test_fifteen_requests_a_minute(sim: RunningSimulator, client: Client) -> None:
    for _request in range(15):
        assert send(client, request_body()).status_code == 200
    assert "Exceeded allowed rate" in fault(send(client, request_body()))
    assert "Exceeded allowed rate" in fault(send(client, request_body(), path=PATHS[1]))
    # Another node counts its own.
    assert send(Client(sim.node(A_SUB), USER), request_body()).status_code == 200
    sim.advance(60)
    assert send(client, request_body()).status_code == 200


def test_a_refused_request_does_not_count(sim: RunningSimulator) -> None:
    clock = sim.world.clock
    limit = RateLimit(clock, 2)
    assert [limit.take() for _request in range(4)] == [True, True, False, False]
    sim.advance(61)
    assert [limit.take() for _request in range(3)] == [True, True, False]


def test_the_rate_limit_can_be_ordered(sim: RunningSimulator, client: Client) -> None:
    sim.fault(kind="rate-limit", door="risport", count=2)
    assert fault(send(client, request_body())).startswith("Exceeded allowed rate for Real-time information")
    assert "Exceeded allowed rate" in fault(send(client, request_body()))
    assert send(client, request_body()).status_code == 200
    entries = [(entry.door, entry.operation, entry.status) for entry in sim.requests.entries()]
    assert entries == [("risport", "selectCmDevice", status) for status in (500, 500, 200)]


@pytest.mark.parametrize(
    "body",
    [
        "<other xmlns='http://schemas.cisco.com/ast/soap'/>",
        request_body().replace("<StateInfo/>", ""),
        request_body().replace(
            "<Model>255</Model><Status>Any</Status>", "<Status>Any</Status><Model>255</Model>"
        ),
        request_body(Model="all"),
        request_body(SelectBy="Names"),
        request_body().replace("<item><Item>*</Item></item>", "<Item>*</Item>"),
        request_body().replace("http://schemas.cisco.com/ast/soap", "http://example.com"),
        request_body(SelectItems=tuple(f"trunk-{number}" for number in range(1001))),
        "<selectCmDevice",
    ],
)
def test_requests_that_do_not_fit(client: Client, body: str) -> None:
    assert fault(send(client, body))


def test_the_soap_action_names_the_operation(client: Client) -> None:
    assert "does not fit" in fault(send(client, request_body(), action="selectCmDeviceExt"))
    assert send(client, request_body(), action="selectCmDevice").status_code == 200


@pytest.mark.parametrize(
    ("account", "status"),
    [(None, 401), (("administrator", "wrong"), 401), (("reader", "reader-secret"), 403), (USER, 200)],
)
def test_accounts(sim: RunningSimulator, account: tuple[str, str] | None, status: int) -> None:
    assert send(Client(sim.node(A), account), request_body()).status_code == status


def test_only_post(client: Client) -> None:
    assert client.request("GET", PATH).status_code == 405


def test_a_file_of_ciscos_is_no_part_of_the_repository() -> None:
    simulator = Path(__file__).resolve().parents[2] / "simulator"
    assert not list(simulator.rglob("RIS*.wsdl"))
