# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The protocol of the simulated AXL server: versions, SOAP, faults, and life without schemas."""

from __future__ import annotations

import copy

import pytest
from ansible_collections.ucops.cucm.tests.simulator.axl import schemas as simulated_schemas
from ansible_collections.ucops.cucm.tests.simulator.axl.database import Database
from ansible_collections.ucops.cucm.tests.simulator.axl.faults import AxlFault
from ansible_collections.ucops.cucm.tests.simulator.axl.schemas import CiscoSchemas, NoSchemas
from ansible_collections.ucops.cucm.tests.simulator.axl.versions import RELEASES, release
from ansible_collections.ucops.cucm.tests.unit.simulator_axl.client import (
    API,
    ENVELOPE,
    PATTERN,
    PROFILE,
    TRUNK,
    Client,
    element,
    envelope,
    refuses,
)
from lxml import etree

ACCEPTED = {
    "9.1": {"7.1", "8.0", "8.5", "9.0", "9.1"},
    "10.5": {"8.0", "8.5", "9.0", "9.1", "10.0", "10.5"},
    "11.5": {"9.0", "9.1", "10.0", "10.5", "11.0", "11.5"},
    "12.5": {"10.0", "10.5", "11.0", "11.5", "12.0", "12.5"},
    "14": {"11.0", "11.5", "12.0", "12.5", "14.0"},
    "15": {"12.0", "12.5", "14.0", "15.0"},
}
ALL_VERSIONS = sorted(set().union(*ACCEPTED.values()) | {"6.1", "16.0"}, key=float)
SYSTEM_ENTITY = (
    b'<!DOCTYPE e [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body>'
    b'<n:getSipTrunk xmlns:n="http://www.cisco.com/AXL/API/14.0"><name>&x;</name></n:getSipTrunk>'
    b"</e:Body></e:Envelope>"
)


@pytest.mark.parametrize("name", RELEASES)
@pytest.mark.parametrize("version", ALL_VERSIONS)
def test_each_release_serves_its_versions(name: str, version: str) -> None:
    reply = Client(name).post("getCCMVersion", version=version)

    assert reply.status == (200 if version in ACCEPTED[name] else 599)


def test_the_refusal_of_a_version_names_those_that_are_served() -> None:
    new = Client("15").post("getSipTrunk", version="11.5")
    old = Client("9.1").post("getSipTrunk", version="10.0")

    assert new.content_type.startswith("text/html")
    assert (
        b"HTTP Status 599 - Incorrect axl version. Supported axl versions are 12.x, 14.0 and 15.0<"
        in new.body
    )
    assert b"Available versions are 1.0, 7.1, 8.0, 8.5, 9.0 and 9.1<" in old.body


def test_version_1_0_without_soap_action_finds_the_version(every: Client) -> None:
    reply = every.service.answer(None, envelope("getCCMVersion", "", "1.0"))

    assert reply.status == 200
    (version,) = etree.fromstring(reply.body).iter("version")
    assert version.text == RELEASES[every.version.removesuffix(".0")].ccm_version


def test_namespace_and_soap_action_must_agree(axl: Client) -> None:
    body = envelope("getCCMVersion", "", "14.0")

    assert axl.service.answer('"CUCM:DB ver=12.5 getCCMVersion"', body).status == 500
    assert axl.service.answer('"CUCM:DB ver=15.0 getCCMVersion"', body).status == 599
    assert axl.service.answer("CUCM:DB ver=14.0", body).status == 200
    assert axl.service.answer('""', body).status == 200


def test_a_release_may_be_named_with_its_axl_version() -> None:
    assert release("14.0") is release("14")
    with pytest.raises(ValueError, match=r"no simulated release 13: 9\.1, 10\.5"):
        release("13")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not XML",
        b"<a/>",
        envelope("getCCMVersion", "", "14.0")[:-5],
        envelope("getCCMVersion", "", "14.0").replace(b"</e:Body>", b"<x/></e:Body>"),
        SYSTEM_ENTITY,
    ],
    ids=["empty", "text", "no envelope", "cut", "two operations", "entity"],
)
def test_what_is_no_soap_request(axl: Client, body: bytes) -> None:
    reply = axl.service.answer(None, body)

    assert reply.status == 500
    fault = etree.fromstring(reply.body).find(f"{{{ENVELOPE}}}Body/{{{ENVELOPE}}}Fault")
    assert fault.findtext("faultcode") == "soapenv:Client"
    assert axl.journal == []


def test_a_fault_has_axls_detail_without_namespace(axl: Client) -> None:
    reply = axl.post("getSipTrunk", "<name>nowhere</name>")

    assert reply.content_type.startswith("text/xml")
    text = "Item not valid: The specified SipTrunk was not found"
    assert (
        f"<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>{text}</faultstring><detail><axlError>"
        f"<axlcode>5007</axlcode><axlmessage>{text}</axlmessage><request>getSipTrunk</request>"
        "</axlError></detail></soapenv:Fault>"
    ) in reply.body.decode()


def test_operations_that_are_not_there(axl: Client) -> None:
    with refuses(-1, "has no operation applySipTrunk"):
        axl.call("applySipTrunk", "<name>x</name>")
    with refuses(-1, "does not serve the operation executeSQLUpdate"):
        axl.call("executeSQLUpdate", "<sql>delete from device</sql>")
    with refuses(-1, "has no operation addSipTrunk\\d"):
        axl.call("addSipTrunk2")


def test_a_sequence_number_comes_back(axl: Client) -> None:
    inner = "<name>Standard SIP Profile</name><returnedTags><name/></returnedTags>"
    body = envelope("getSipProfile", inner, "14.0")
    numbered = body.replace(b"<n:getSipProfile", b'<n:getSipProfile sequence="7"')

    assert b' sequence="7"' in axl.service.answer(None, numbered).body


def test_only_the_operation_has_a_namespace(axl: Client) -> None:
    axl.add("SipTrunk", TRUNK)

    root = etree.fromstring(axl.post("getSipTrunk", "<name>to-cucm10</name>").body)

    assert {etree.QName(node).namespace for node in root.iter()} == {ENVELOPE, f"{API}14.0", None}


def test_an_element_inside_the_namespace_is_refused(axl: Client) -> None:
    with refuses(-1, "name"):
        axl.call("getSipTrunk", "<n:name>to-cucm10</n:name>")


def test_without_schemas_the_server_still_works() -> None:
    lax = Client("15", NoSchemas())
    lax.call("addSipTrunkSecurityProfile", element("sipTrunkSecurityProfile", PROFILE))
    lax.call("addSipTrunk", element("sipTrunk", {**TRUNK, "securityProfileName": "tls-cucm10"}))
    lax.call("addRoutePattern", element("routePattern", PATTERN))
    name = "<name>to-cucm10</name>"
    lax.call("updateSipTrunk", f"{name}<srtpAllowed>true</srtpAllowed><callingSearchSpaceName/>")

    trunk = lax.call("getSipTrunk", name)[0]

    assert trunk.findtext("srtpAllowed") == "true"
    assert trunk.find("devicePoolName").get("uuid")
    assert trunk.findtext("callingSearchSpaceName") == ""
    assert trunk.findtext("destinations/destination/addressIpv4") == "192.0.2.10"
    with refuses(5007, "Nowhere"):
        lax.call("updateSipTrunk", f"{name}<locationName>Nowhere</locationName>")
    with refuses(-692, "referenced"):
        lax.call("removeSipTrunk", name)
    with refuses(-1, "addSipTrunk without sipTrunk"):
        lax.call("addSipTrunk")
    listed = lax.call(
        "listSipTrunk", "<searchCriteria><name>%</name></searchCriteria><returnedTags><name/></returnedTags>"
    )
    assert [child.tag for child in listed[0]] == ["name"]
    assert lax.service.checks == "AXL 15.0: no schema, requests are hardly checked"


def test_a_missing_schema_is_replaced_by_its_neighbour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulated_schemas.schemas, "VERSIONS", ("9.1", "12.5"))
    there = CiscoSchemas()

    assert there.schema("14.0").source_version == "12.5"
    assert there.schema("12.5").source_version == "12.5"
    assert there.schema("12.0").source_version == "9.1"
    assert there.schema("8.5").source_version == "9.1"
    client = Client("14", there)
    client.call("addSipTrunk", element("sipTrunk", TRUNK))
    with refuses(-1, "nonsense"):
        client.call("updateSipTrunk", "<name>to-cucm10</name><nonsense/>")
    assert client.service.checks == "AXL 14.0: checked against Cisco's schema 12.5 in its place"


def test_a_database_is_seeded_consistently_and_can_be_copied() -> None:
    database = Database("14")
    pool = database.find("DevicePool", name="Default")

    kept = copy.deepcopy(database)
    database.add("Line", {"pattern": "1018", "routePartitionName": None})

    assert kept.find("Line", pattern="1018") is None
    assert kept.by_uuid("DevicePool", pool.uuid).values == pool.values
    with pytest.raises(AxlFault, match="still being referenced"):
        database.remove(database.find("Region", name="Default"))


def test_a_refused_change_changes_nothing() -> None:
    database = Database("14")
    profile = database.find("SipTrunkSecurityProfile")
    trunk = database.add("SipTrunk", {"name": "t", "securityProfileName": profile.name})

    with pytest.raises(AxlFault, match="Nowhere was not found"):
        database.update(trunk, {"description": "new", "locationName": "Nowhere"})

    assert trunk.values == {"name": "t", "securityProfileName": profile.name}
    assert database.users(profile) == [trunk]
