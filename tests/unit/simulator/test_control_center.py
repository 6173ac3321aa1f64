# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Control Center SOAP service, over HTTPS, as a client sees it."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests
from ansible_collections.ucops.cucm.tests import schemas
from ansible_collections.ucops.cucm.tests.simulator.control_center import AST, PATH
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator
from ansible_collections.ucops.cucm.tests.unit.simulator.control_center_client import (
    CONTROL,
    STATUS,
    content,
    control,
    send,
    services,
    status,
)
from ansible_collections.ucops.cucm.tests.unit.simulator.support import USER, Client
from lxml import etree

A, A_SUB = "cucma-pub", "cucma-sub1"


def fault(reply: requests.Response) -> str:
    assert reply.status_code == 500
    return str(etree.fromstring(reply.content)[0][0].findtext("faultstring"))


@pytest.fixture
def client(sim: RunningSimulator) -> Client:
    return Client(sim.node(A), USER)


def test_status_of_named_services(client: Client) -> None:
    found = status(client, "Cisco CallManager", "Cisco Tftp")
    assert list(found) == ["Cisco CallManager", "Cisco Tftp"]
    assert found["Cisco CallManager"]["ServiceStatus"] == "Started"
    assert abs(int(found["Cisco CallManager"]["UpTime"]) - 3 * 86400) < 600


def test_empty_name_means_all_services(client: Client) -> None:
    assert {"Cisco CallManager", "Cisco Tomcat", "Cisco HAProxy"} <= set(status(client))


def test_service_that_is_not_activated(sim: RunningSimulator) -> None:
    found = status(Client(sim.node(A_SUB), USER), "Cisco Tftp")["Cisco Tftp"]
    assert (found["ServiceStatus"], found["ReasonCode"], found["UpTime"]) == ("Stopped", "-1068", "-1")
    assert found["ReasonCodeString"] == "Service Not Activated"
    assert found["StartTime"] == ""


def test_misspelt_service_is_stopped_and_no_error(client: Client) -> None:
    assert status(client, "Cisco Callmanager")["Cisco Callmanager"]["ServiceStatus"] == "Stopped"


def test_restart_passes_through_its_states(sim: RunningSimulator, client: Client) -> None:
    sim.node(A).services.duration = 100.0
    assert control(client, "Cisco CallManager")["ServiceStatus"] == "Stopping"
    seen = []
    for seconds in (60, 60):
        sim.advance(seconds)
        seen.append(status(client, "Cisco CallManager")["Cisco CallManager"])
    assert [item["ServiceStatus"] for item in seen] == ["Starting", "Started"]
    assert int(seen[1]["UpTime"]) < 60
    entry = sim.journal.since()[-1]
    assert (entry.door, entry.node, entry.subject) == ("control-center", A, "Cisco CallManager")
    assert sim.node(A_SUB).services.status("Cisco CallManager") == "Started"


def test_restart_that_hangs_comes_back_when_the_fault_is_lifted(
    sim: RunningSimulator, client: Client
) -> None:
    sim.fault(kind="restart-hang", node=A)
    control(client, "Cisco CallManager")
    sim.advance(86400)
    assert status(client, "Cisco CallManager")["Cisco CallManager"]["ServiceStatus"] == "Starting"
    assert control(client, "Cisco CallManager")["ReasonCode"] == "-1029"
    sim.clear_faults()
    assert status(client, "Cisco CallManager")["Cisco CallManager"]["ServiceStatus"] == "Started"


@pytest.mark.parametrize(
    ("service", "order", "reason"),
    [
        ("Cisco Tomcat", "Restart", "-1012"),
        ("A Cisco DB", "Stop", "-1012"),
        ("Cisco Callmanager", "Restart", "-1010"),
        ("Cisco CallManager", "Start", "-1039"),
    ],
)
def test_orders_that_are_not_taken(
    sim: RunningSimulator, client: Client, service: str, order: str, reason: str
) -> None:
    assert control(client, service, order)["ReasonCode"] == reason
    assert len(sim.journal) == 0


def test_static_list(client: Client) -> None:
    body = "<soapGetStaticServiceList xmlns='{}'><ServiceInformationResponse/></soapGetStaticServiceList>"
    found = services(send(client, body.format(AST)))
    assert found["Cisco Tomcat"]["Deployable"] == "false"
    assert found["Cisco CallManager"]["ServiceType"] == "Service"


@pytest.mark.parametrize(
    "body",
    [
        STATUS.format(ns=AST, body="<ServiceStatus><item>Cisco Tftp</item></ServiceStatus>"),
        STATUS.format(ns=AST, body="<ServiceName>Cisco Tftp</ServiceName>"),
        STATUS.format(ns="", body="<ServiceStatus>Cisco Tftp</ServiceStatus>"),
        CONTROL.format(ns=AST, control="Kill", service="Cisco Tftp"),
        "<other xmlns='http://schemas.cisco.com/ast/soap'/>",
        "",
        "<not-closed>",
    ],
)
def test_requests_of_the_wrong_shape(sim: RunningSimulator, client: Client, body: str) -> None:
    assert fault(send(client, body))
    assert len(sim.journal) == 0


def test_soap_action_of_another_operation(client: Client) -> None:
    body = STATUS.format(ns=AST, body="<ServiceStatus/>")
    assert "does not fit" in fault(send(client, body, "soapDoControlServices"))


def test_accounts(sim: RunningSimulator) -> None:
    body = STATUS.format(ns=AST, body="<ServiceStatus/>")
    assert send(Client(sim.node(A), ("administrator", "wrong")), body).status_code == 401
    assert send(Client(sim.node(A), ("reader", "reader-secret")), body).status_code == 403


def test_rate_limit(sim: RunningSimulator, client: Client) -> None:
    sim.fault(kind="rate-limit", door="control-center")
    body = STATUS.format(ns=AST, body="<ServiceStatus/>")
    assert "Exceeded allowed rate" in fault(send(client, body))
    assert send(client, body).status_code == 200


def test_zeep_gets_on_with_the_published_wsdl(client: Client, tmp_path: Path) -> None:
    zeep = pytest.importorskip("zeep")
    wsdl = tmp_path / "service.wsdl"
    wsdl.write_bytes(client.request("GET", PATH + "?wsdl").content)
    base, session = client.request("GET", PATH + "?wsdl").url.split("?")[0], requests.Session()
    session.trust_env, session.verify, session.auth = False, False, USER
    proxy = zeep.Client(str(wsdl), transport=zeep.Transport(session=session))
    service = proxy.create_service(f"{{{AST}}}ControlCenterServicesBinding", base)
    order = {"ControlType": "Restart", "ServiceList": {"item": ["Cisco CallManager"]}}
    assert service.soapDoControlServices(order).ReturnCode == "0"
    assert service.soapGetServiceStatus(["Cisco Tftp"]).ServiceInfoList.item[0].ServiceName == "Cisco Tftp"


def test_replies_are_valid_against_ciscos_own_wsdl(client: Client) -> None:
    """Cisco's own file is no part of this repository; `make schemas` fetches it."""
    path = schemas.control_center_path()
    if not path.is_file():
        pytest.skip("Cisco's ControlCenterServices.wsdl is not in .cache/schemas; run make schemas")
    types = etree.parse(path).find(".//{http://www.w3.org/2001/XMLSchema}schema")
    theirs = etree.XMLSchema(etree.fromstring(etree.tostring(types)))
    static = "<soapGetStaticServiceList xmlns='{ns}'><ServiceInformationResponse/></soapGetStaticServiceList>"
    for body in (STATUS, CONTROL, static):
        request = body.format(ns=AST, body="<ServiceStatus/>", control="Restart", service="Cisco CallManager")
        theirs.assertValid(etree.ElementTree(etree.fromstring(request)))
        theirs.assertValid(etree.ElementTree(content(send(client, request))))
