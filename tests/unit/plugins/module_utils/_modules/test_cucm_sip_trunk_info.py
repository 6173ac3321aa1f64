# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cucm_sip_trunk_info: a simulated AXL server of each release, and a status service that is scripted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import forget_versions
from ansible_collections.ucops.cucm.plugins.module_utils._modules import cucm_sip_trunk_info as module
from ansible_collections.ucops.cucm.tests.schemas import reason_unavailable
from ansible_collections.ucops.cucm.tests.simulator.axl.database import Database
from ansible_collections.ucops.cucm.tests.simulator.axl.schemas import CiscoSchemas
from ansible_collections.ucops.cucm.tests.simulator.axl.service import AxlService
from ansible_collections.ucops.cucm.tests.simulator.axl.versions import RELEASES
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._axl.wire import (
    NOT_FOUND,
    Reply,
    Sent,
    Server,
    run,
    session_with,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._serviceability.ris_answers import (
    PATH,
    answer,
    device,
    node,
)

NAME = "CUCM10"
DESTINATION = {"addressIpv4": "192.0.2.200", "port": "5061", "sortOrder": "1"}
FULL = answer(node("CUCMA", device(NAME)), node("CUCMA-SUB", device(NAME)), found=2)


@pytest.fixture(scope="module", autouse=True)
def _real_schemas() -> None:
    reason = reason_unavailable()
    if reason:
        pytest.skip(reason)


@dataclass
class Cluster:
    """A cluster with one trunk, whose nodes say of it what a test wants."""

    monkeypatch: pytest.MonkeyPatch
    release: str = "14.0"
    status: list[bytes | Reply] = field(default_factory=lambda: [FULL])
    journal: list[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.database = Database(self.release)
        for host in ("CUCMA", "CUCMA-SUB"):
            self.database.add_call_manager(host)
        self.database.add(
            "SipTrunkSecurityProfile",
            {
                "name": "TLS",
                "securityMode": "Encrypted",
                "incomingTransport": "TLS",
                "outgoingTransport": "TLS",
                "x509SubjectName": "CUCM10,CUCM10-SUB",
                "incomingPort": "5061",
            },
        )
        self.trunk(NAME)
        self.service = AxlService(
            self.database,
            self.release,
            record=self.journal.append,
            on_reset=lambda kind, name: self.journal.append((kind, name)),
            schemas=CiscoSchemas(),
        )
        self.server = Server(self._answer, validates=False)

    def trunk(self, name: str, **elements: Any) -> None:
        self.database.add(
            "SipTrunk",
            {
                "name": name,
                "devicePoolName": "Default",
                "sipProfileName": "Standard SIP Profile",
                "securityProfileName": "TLS",
                "srtpAllowed": "true",
                "destinations": [DESTINATION],
                **elements,
            },
        )

    def ping(self) -> None:
        self.database.named("SipProfile", "Standard SIP Profile").values["enableOutboundOptionsPing"] = "true"

    def _answer(self, sent: Sent) -> Reply:
        if sent.url.endswith(PATH):
            status = self.status.pop(0) if len(self.status) > 1 else self.status[0]
            return status if isinstance(status, Reply) else Reply(status)
        reply = self.service.answer(sent.headers.get("SOAPAction"), sent.body)
        return Reply(reply.body, reply.status, reply.content_type)

    def read(self, **options: Any) -> dict[str, Any]:
        self.server.sent.clear()
        self.monkeypatch.setattr(module, "HttpSession", lambda *_args, **_how: session_with(self.server))
        result = run(module.DEFINITION, self.server, self.monkeypatch, version=None, module=module, **options)
        assert self.journal == []
        return result

    def count(self, operation: str) -> int:
        return self.server.operations.count(operation)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Cluster:
    return Cluster(monkeypatch)


@pytest.fixture(autouse=True)
def _no_remembered_version() -> None:
    forget_versions()


@pytest.mark.parametrize("release", RELEASES)
def test_a_trunk_with_all_that_it_refers_to_on_every_release(
    monkeypatch: pytest.MonkeyPatch, release: str
) -> None:
    cluster = Cluster(monkeypatch, release)
    cluster.ping()
    result = cluster.read()
    (trunk,) = result["trunks"]
    status = trunk.pop("status")
    assert trunk == {
        "name": NAME,
        "description": "",
        "device_pool": "Default",
        "destinations": [{"address": "192.0.2.200", "address_ipv6": "", "port": 5061, "sort_order": 1}],
        "destination_is_srv": False,
        "srtp_allowed": True,
        "run_on_all_active_nodes": False,
        "security_profile": {
            "name": "TLS",
            "device_security_mode": "Encrypted",
            "incoming_transport_type": "TLS",
            "outgoing_transport_type": "TLS",
            "incoming_port": 5061,
            "x509_subject_names": ["CUCM10", "CUCM10-SUB"],
        },
        "sip_profile": {
            "name": "Standard SIP Profile",
            "options_ping": True,
            "options_ping_interval": 60,
            "options_ping_interval_down": 120,
        },
        # The nodes, not the names of their CallManagers (CM_CUCMA).
        "call_manager_group": {"name": "Default", "nodes": ["CUCMA", "CUCMA-SUB"]},
    }
    assert (status["measured"], status["state"], status["text"]) == (
        True,
        "full_service",
        "Full Service on CUCMA, CUCMA-SUB.",
    )
    assert status["nodes"][0] == {
        "node": "CUCMA",
        "status": "Registered",
        "state": "full_service",
        "status_reason": 0,
        "reason_text": "",
        "addresses": ["192.0.2.200"],
        "since": "2025-11-01T12:26:40Z",
    }
    assert (result["changed"], result["missing"], result["status_error"], result["warnings"]) == (
        False,
        [],
        None,
        [],
    )
    assert result["axl_version"] == RELEASES[release].native


def test_what_trunks_share_is_read_once_and_the_status_is_one_request(cluster: Cluster) -> None:
    for number in range(30):
        cluster.trunk(f"T{number}")
    result = cluster.read()
    assert len(result["trunks"]) == 31
    assert {operation: cluster.count(operation) for operation in set(cluster.server.operations)} == {
        "getCCMVersion": 1,
        "listSipTrunk": 1,
        "getSipTrunk": 31,
        "getSipTrunkSecurityProfile": 1,
        "getSipProfile": 1,
        "getDevicePool": 1,
        "getCallManagerGroup": 1,
        "listCallManager": 1,
        "selectCmDevice": 1,
    }


def test_trunks_by_name_and_names_without_a_trunk(cluster: Cluster) -> None:
    cluster.trunk("Other")
    long = "L" * 128
    cluster.trunk(long)
    result = cluster.read(names=["No such", long, NAME, NAME], status=False)
    assert [trunk["name"] for trunk in result["trunks"]] == [long, NAME]
    assert result["missing"] == ["No such"]
    # A request by name takes 100 characters; the longer one is searched for.
    assert cluster.count("listSipTrunk") == 1
    assert "Other" not in str(result)


def test_no_name_is_no_trunk(cluster: Cluster) -> None:
    result = cluster.read(names=[])
    assert (result["trunks"], result["missing"], result["status_error"]) == ([], [], None)
    assert cluster.count("selectCmDevice") == 0


def test_a_trunk_that_is_removed_meanwhile_is_left_out(cluster: Cluster) -> None:
    cluster.trunk("Gone")
    inner = cluster.service.answer

    def answer_(action: str | None, body: bytes) -> Any:
        reply = inner(action, body)
        if b"listSipTrunk" in body:
            cluster.database.remove(cluster.database.named("SipTrunk", "Gone"))
        return reply

    cluster.monkeypatch.setattr(cluster.service, "answer", answer_)
    assert [trunk["name"] for trunk in cluster.read()["trunks"]] == [NAME]


# The state


def test_without_ping_unknown_is_not_measured(cluster: Cluster) -> None:
    cluster.status = [answer(node("CUCMA", device(NAME, "Unknown")))]
    status = cluster.read()["trunks"][0]["status"]
    assert (status["measured"], status["state"]) == (False, "not_pinged")
    assert status["nodes"][0]["status"] == "Unknown"
    cluster.ping()
    status = cluster.read()["trunks"][0]["status"]
    assert (status["measured"], status["state"]) == (True, "no_service")


def test_a_node_of_the_group_that_does_not_run_the_trunk_is_listed(cluster: Cluster) -> None:
    cluster.ping()
    cluster.status = [
        answer(
            node("CUCMA", device(NAME)),
            node("CUCMA-SUB", code="NotFound"),
            node("CUCMA-TFTP", code="NotFound"),
        )
    ]
    status = cluster.read()["trunks"][0]["status"]
    assert [(each["node"], each["state"]) for each in status["nodes"]] == [
        ("CUCMA", "full_service"),
        ("CUCMA-SUB", "not_found"),
    ]


def test_the_status_can_be_left_out(cluster: Cluster) -> None:
    result = cluster.read(status=False)
    assert result["trunks"][0]["status"] == {
        "measured": False,
        "state": "not_asked",
        "text": "The status was not asked for (status: false).",
        "nodes": [],
    }
    assert (cluster.count("selectCmDevice"), result["status_error"]) == (0, None)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply("forbidden", 403, "text/html"), "permission_denied"),
        (Reply("busy", 503, "text/html"), "rate_exceeded"),
        (Reply("no XML", 200, "text/html"), "unexpected_answer"),
    ],
)
def test_nodes_that_cannot_be_asked_do_not_keep_the_configuration_back(
    cluster: Cluster, reply: Reply, reason: str
) -> None:
    cluster.status = [reply]
    result = cluster.read(status_timeout=0)
    (trunk,) = result["trunks"]
    assert trunk["security_profile"]["name"] == "TLS"
    assert (trunk["status"]["measured"], trunk["status"]["state"]) == (False, "not_asked")
    assert result["status_error"]["reason"] == reason
    assert result["status_error"]["msg"] in trunk["status"]["text"]
    assert "The state of the trunks is therefore not known." in result["warnings"][0]
    assert cluster.count("selectCmDevice") == 1
    assert "failed" not in result


def test_a_trunk_that_runs_on_every_node_gets_room_for_all_of_them(cluster: Cluster) -> None:
    for number in range(60):
        cluster.trunk(f"T{number}", runOnEveryNode="true")
    cluster.read()
    # 61 trunks on 20 nodes do not fit into one answer of a thousand.
    assert cluster.count("selectCmDevice") == 2


def test_a_time_limit_below_zero_is_refused(cluster: Cluster) -> None:
    result = cluster.read(status_timeout=-1)
    assert (result["failed"], result["reason"]) == (True, "invalid_option")
    assert "Option: status_timeout." in result["msg"]
    assert cluster.server.sent == []


# Nodes and patterns


def test_a_call_manager_that_cannot_be_read_keeps_its_name(cluster: Cluster) -> None:
    for record in cluster.database.all("CallManager"):
        record.values["processNodeName"] = ""
    nodes = cluster.read(status=False)["trunks"][0]["call_manager_group"]["nodes"]
    assert nodes == ["CM_CUCMA", "CM_CUCMA-SUB"]


def pattern(cluster: Cluster, text: str, partition: str = "", **elements: Any) -> None:
    cluster.database.add(
        "RoutePattern",
        {"pattern": text, "routePartitionName": partition, "blockEnable": "false", **elements},
    )


def where(cluster: Cluster, *patterns: str | dict[str, str]) -> list[dict[str, Any]]:
    given = [item if isinstance(item, dict) else {"pattern": item} for item in patterns]
    return cluster.read(status=False, names=[], route_patterns=given)["route_patterns"]


def test_where_patterns_lead(cluster: Cluster) -> None:
    cluster.database.add("RoutePartition", {"name": "PSTN"})
    cluster.trunk("SomeGateway")
    inner = cluster.service.answer
    # A gateway of another kind, which the simulator does not have: there is no SIP trunk of its name.
    cluster.monkeypatch.setattr(
        cluster.service,
        "answer",
        lambda action, body: (
            NOT_FOUND if b"getSipTrunk" in body and b"SomeGateway" in body else inner(action, body)
        ),
    )
    pattern(cluster, "9898", destination={"gatewayName": NAME})
    pattern(cluster, "9898", "PSTN", destination={"gatewayName": "SomeGateway"}, blockEnable="true")
    assert where(cluster, "9898", {"pattern": "9898", "partition": "PSTN"}, "1234") == [
        {
            "pattern": "9898",
            "partition": "",
            "exists": True,
            "leads_to": {"type": "trunk", "name": NAME, "devices": [NAME]},
            "block": False,
        },
        {
            "pattern": "9898",
            "partition": "PSTN",
            "exists": True,
            "leads_to": {"type": "gateway", "name": "SomeGateway", "devices": ["SomeGateway"]},
            "block": True,
        },
        {"pattern": "1234", "partition": "", "exists": False, "leads_to": None, "block": None},
    ]


def test_through_a_route_list(cluster: Cluster) -> None:
    cluster.trunk("Backup")
    for group, devices in (("First", [NAME]), ("Second", ["Backup", NAME])):
        members = [
            {"deviceName": name, "deviceSelectionOrder": str(place), "port": "0"}
            for place, name in enumerate(devices, 1)
        ]
        cluster.database.add("RouteGroup", {"name": group, "members": members})
    members = [
        {"routeGroupName": group, "selectionOrder": str(place)}
        for place, group in enumerate(("First", "Second"), 1)
    ]
    cluster.database.add("RouteList", {"name": "RL", "callManagerGroupName": "Default", "members": members})
    pattern(cluster, "98XX", destination={"routeListName": "RL"})
    (found,) = where(cluster, "98XX")
    assert found["leads_to"] == {"type": "route_list", "name": "RL", "devices": [NAME, "Backup"]}


def test_a_pattern_is_compared_exactly(cluster: Cluster) -> None:
    pattern(cluster, r"\+1!", destination={"gatewayName": NAME})
    pattern(cluster, "9+1!", destination={"gatewayName": NAME})
    found = where(cluster, r"\+1!", "98%")
    assert [each["exists"] for each in found] == [True, False]
