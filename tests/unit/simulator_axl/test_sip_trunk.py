# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP trunks on the simulated AXL server."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.tests.unit.simulator_axl.client import (
    PROFILE,
    TRUNK,
    XSI,
    Client,
    element,
    order_of,
    refuses,
)

NAME = "<name>to-cucm10</name>"


def addresses(axl: Client) -> list[tuple[str, str, str]]:
    found = axl.get("SipTrunk", NAME).find("destinations")
    return [
        (item.findtext("addressIpv4"), item.findtext("port"), item.findtext("sortOrder")) for item in found
    ]


def destination(address: str, order: int, port: str = "5061") -> dict[str, str]:
    return {"addressIpv4": address, "port": port, "sortOrder": str(order)}


def test_an_added_trunk_reads_back_with_defaults(every: Client) -> None:
    record = every.add("SipTrunk", TRUNK, srtpAllowed="t")

    trunk = every.get("SipTrunk", NAME)

    assert trunk.get("uuid") == record.uuid == record.uuid.upper()
    assert trunk.get("ctiid") == "1"
    assert trunk.findtext("srtpAllowed") == "true"
    assert trunk.findtext("isPaiEnabled") == "true"
    assert trunk.findtext("mtpRequired") == "false"
    assert trunk.findtext("sigDigits") == "99"
    assert trunk.findtext("trunkTrafficSecure") == "When using both sRTP and TLS"
    assert trunk.findtext("unknownPrefix") == "Default"
    pool = trunk.find("devicePoolName")
    assert (pool.text, pool.get("uuid")) == ("Default", every.database.find("DevicePool").uuid)
    unset = trunk.find("callingSearchSpaceName")
    assert (unset.text, len(unset.attrib)) == (None, 0)
    assert addresses(every) == [("192.0.2.10", "5061", "1")]


def test_the_reply_has_the_elements_of_its_version_in_their_order(every: Client) -> None:
    every.add("SipTrunk", TRUNK)

    names = [child.tag for child in every.get("SipTrunk", NAME)]

    order = order_of("RSipTrunk", every.version)
    assert names == [name for name in order if name in names]
    assert ("confidentialAccess" in names) is (every.version != "9.1")
    assert ("trustReceivedIdentity" in names) is (float(every.version) >= 12)


def test_a_cluster_shows_each_client_the_elements_of_the_clients_version(axl: Client) -> None:
    axl.add("SipTrunk", TRUNK)

    new = axl.get("SipTrunk", NAME)
    older = axl.get("SipTrunk", NAME, version="11.0")

    assert new.find("externalPresentationInfo") is not None
    assert older.find("externalPresentationInfo") is None
    assert older.find("callerIdDn") is not None


def test_null_references_come_empty_or_nil(old: Client, axl: Client) -> None:
    for client, declared in ((old, False), (axl, True)):
        client.add("SipTrunk", TRUNK)
        body = client.post("getSipTrunk", NAME).body.decode()

        assert "<callingSearchSpaceName/>" in body
        assert ('Response xmlns:ns="http://www.cisco.com/AXL/API/14.0" xmlns:xsi=' in body) is declared
        own = "" if declared else f'xmlns:xsi="{XSI}" '
        assert f'<geoLocationName {own}xsi:nil="true" uuid=""/>' in body


def test_what_was_sent_is_in_the_journal(axl: Client) -> None:
    record = axl.add("SipTrunk", TRUNK)
    axl.update("SipTrunk", NAME, srtpAllowed="true", newName="to-b")

    added, updated = axl.journal
    assert (added.door, added.operation, added.subject) == ("axl", "addSipTrunk", "to-cucm10")
    assert added.details["elements"] == TRUNK
    assert (updated.operation, updated.subject) == ("updateSipTrunk", "to-b")
    assert updated.details == {
        "kind": "SipTrunk",
        "uuid": record.uuid,
        "elements": {"newName": "to-b", "srtpAllowed": "true"},
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("devicePoolName", "Nowhere"),
        ("locationName", "Nowhere"),
        ("sipProfileName", "Nowhere"),
        ("securityProfileName", "Nowhere"),
        ("presenceGroupName", "Nowhere"),
        ("rerouteCallingSearchSpaceName", "Nowhere"),
        ("sipNormalizationScriptName", "Nowhere"),
    ],
)
def test_a_reference_to_nothing_is_refused(every: Client, name: str, value: str) -> None:
    with refuses(5007, "Item not valid: The specified Nowhere was not found"):
        every.add("SipTrunk", TRUNK, **{name: value})

    assert every.journal == []
    assert every.database.find("SipTrunk") is None


def test_a_name_is_unique_among_devices(axl: Client) -> None:
    axl.add("SipTrunk", TRUNK)

    with refuses(-239, "duplicate value in a UNIQUE INDEX column"):
        axl.add("SipTrunk", TRUNK)
    with refuses(-239, "duplicate value"):
        axl.add("RouteList", {"name": "to-cucm10", "callManagerGroupName": "Default"})
    assert len(axl.journal) == 1


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("srtpAllowed", "yes", "srtpAllowed"),
        ("name", "n" * 129, "name"),
        ("packetCaptureDuration", "soon", "packetCaptureDuration"),
        ("locationName", None, "locationName"),
    ],
)
def test_what_the_schema_forbids_is_refused(axl: Client, name: str, value: str | None, message: str) -> None:
    with refuses(-1, message) as caught:
        axl.add("SipTrunk", TRUNK, **{name: value})

    assert (caught.value.fault_code, caught.value.request) == ("soapenv:Client", "addSipTrunk")
    assert axl.journal == []


def test_a_missing_element_and_a_wrong_order_are_refused(axl: Client) -> None:
    with refuses(-1, "'destinations': This element is not expected"):
        axl.add("SipTrunk", TRUNK, presenceGroupName=...)
    with refuses(-1, "not expected"):
        axl.call("addSipTrunk", element("sipTrunk", dict(reversed(TRUNK.items()))))


def test_values_that_only_the_server_checks_are_refused(every: Client) -> None:
    with refuses(5007, "The specified Sometimes was not found"):
        every.add("SipTrunk", TRUNK, useTrustedRelayPoint="Sometimes")
    every.add("SipTrunk", TRUNK)
    with refuses(5007, "The specified 711u was not found"):
        every.update("SipTrunk", NAME, tkSipCodec="711u")
    for name in ("tkSipCodec", "isPaiEnabled"):
        with refuses(-391, name):
            every.update("SipTrunk", NAME, **{name: ""})


def test_elements_of_other_versions_are_refused(old: Client, axl: Client) -> None:
    inner = element("sipTrunk", {**TRUNK, "recordingInformation": "0"})
    with refuses(-1, "recordingInformation"):
        old.call("addSipTrunk", inner)
    axl.add("SipTrunk", TRUNK)
    with refuses(-1, "callerIdDn"):
        axl.call("updateSipTrunk", NAME + "<callerIdDn>1</callerIdDn>")
    axl.update("SipTrunk", NAME, callerIdDn="1", version="11.5")


def test_an_update_changes_only_what_is_sent(every: Client) -> None:
    every.add("SipTrunk", TRUNK, description="before", srtpAllowed="true")
    before = dict(every.database.find("SipTrunk").values)

    every.update("SipTrunk", NAME, description="after")

    assert every.database.find("SipTrunk").values == {**before, "description": "after"}


@pytest.mark.parametrize("empty", ["", None])
def test_an_empty_or_nil_reference_is_cleared(axl: Client, empty: str | None) -> None:
    axl.database.add("Css", {"name": "internal"})
    axl.add("SipTrunk", TRUNK, callingSearchSpaceName="internal")

    axl.update("SipTrunk", NAME, callingSearchSpaceName=empty)

    assert axl.get("SipTrunk", NAME).findtext("callingSearchSpaceName") == ""


def test_location_and_presence_group_cannot_be_cleared(every: Client) -> None:
    every.add("SipTrunk", TRUNK)

    for name in ("locationName", "presenceGroupName"):
        with refuses(-391, name):
            every.update("SipTrunk", NAME, **{name: ""})
        with refuses(-1, name):
            every.update("SipTrunk", NAME, **{name: None})
    assert len(every.journal) == 1


def test_a_reference_may_come_as_a_uuid(axl: Client) -> None:
    axl.add("SipTrunk", TRUNK)
    uuid = axl.database.find("SipProfile", name="Standard SIP Profile For Cisco VCS").uuid

    axl.call("updateSipTrunk", f'{NAME}<sipProfileName uuid="{uuid}"/>')

    assert axl.get("SipTrunk", NAME).findtext("sipProfileName") == "Standard SIP Profile For Cisco VCS"
    missing = "{00000000-0000-0000-0000-000000000000}"
    with refuses(5007, missing):
        axl.call("updateSipTrunk", f'{NAME}<sipProfileName uuid="{missing}"/>')


def test_a_trunk_is_found_by_uuid_in_any_writing(axl: Client) -> None:
    uuid = axl.add("SipTrunk", TRUNK).uuid

    for written in (uuid, uuid.lower(), uuid.strip("{}"), uuid.strip("{}").lower()):
        assert axl.get("SipTrunk", uuid=written).findtext("name") == "to-cucm10"


def test_destinations_are_replaced_added_and_removed(every: Client) -> None:
    every.add("SipTrunk", TRUNK)

    every.update("SipTrunk", NAME, destinations=[destination("192.0.2.20", 1), destination("192.0.2.21", 2)])
    assert addresses(every) == [("192.0.2.20", "5061", "1"), ("192.0.2.21", "5061", "2")]
    every.update(
        "SipTrunk",
        NAME,
        addDestinations=[{"addressIpv4": "192.0.2.22", "sortOrder": "3"}],
        removeDestinations=[destination("192.0.2.20", 1)],
    )
    assert addresses(every) == [("192.0.2.21", "5061", "2"), ("192.0.2.22", "5060", "3")]
    with refuses(5007, "192.0.2.99"):
        every.update("SipTrunk", NAME, removeDestinations=[destination("192.0.2.99", 1)])
    every.update("SipTrunk", NAME, destinations=[])
    assert addresses(every) == []


def test_more_than_16_destinations_are_refused(axl: Client) -> None:
    many = [destination(f"192.0.2.{number}", number) for number in range(1, 18)]
    with refuses(-1, "destination"):
        axl.add("SipTrunk", TRUNK, destinations=many)
    axl.add("SipTrunk", TRUNK, destinations=many[:16])
    with refuses(5003, "at most 16"):
        axl.update("SipTrunk", NAME, addDestinations=many[16:])
    assert len(addresses(axl)) == 16


def test_srv_is_ignored_for_an_address(axl: Client) -> None:
    axl.add("SipTrunk", TRUNK, destAddrIsSrv="true")
    assert axl.get("SipTrunk", NAME).findtext("destAddrIsSrv") == "false"

    axl.update("SipTrunk", NAME, destAddrIsSrv="true", destinations=[destination("sip.example.com", 1)])
    assert axl.get("SipTrunk", NAME).findtext("destAddrIsSrv") == "true"


def test_old_flat_destinations_are_ignored(old: Client) -> None:
    old.add("SipTrunk", TRUNK, destinations=..., destinationAddress="192.0.2.10", destinationport="5061")

    trunk = old.get("SipTrunk", NAME)
    assert trunk.findtext("destinationAddress") == ""
    assert len(trunk.find("destinations")) == 0


def test_what_an_update_cannot_change(axl: Client) -> None:
    axl.add("SipTrunk", TRUNK)

    axl.update("SipTrunk", NAME, sipTrunkType="Call Control Discovery", mlppDomainId="-1")

    trunk = axl.get("SipTrunk", NAME)
    assert trunk.findtext("sipTrunkType") == "None(Default)"
    assert trunk.findtext("mlppDomainId") == ""


def test_groups_inside_of_a_trunk(axl: Client) -> None:
    axl.add("SipTrunk", TRUNK)
    access = axl.get("SipTrunk", NAME).find("confidentialAccess")
    assert [(child.tag, child.text) for child in access] == [
        ("confidentialAccessMode", None),
        ("confidentialAccessLevel", "-1"),
    ]

    axl.update(
        "SipTrunk",
        NAME,
        externalPresentationInfo={"presentationInfo": {"externalPresentationNumber": "1018"}},
        confidentialAccess={"confidentialAccessMode": "Fixed", "confidentialAccessLevel": "3"},
    )

    trunk = axl.get("SipTrunk", NAME)
    assert trunk.findtext("externalPresentationInfo/presentationInfo/externalPresentationNumber") == "1018"
    assert trunk.findtext("confidentialAccess/confidentialAccessLevel") == "3"


def test_srtp_without_an_encrypted_profile_is_accepted(axl: Client) -> None:
    axl.add("SipTrunk", TRUNK, srtpAllowed="true")

    assert axl.database.find("SipTrunk").values["srtpAllowed"] == "true"


def test_two_trunks_may_not_expect_the_same_subject_on_one_port(every: Client) -> None:
    every.add("SipTrunkSecurityProfile", PROFILE)
    every.add("SipTrunkSecurityProfile", PROFILE, name="same", x509SubjectName="x,cucm10-pub.example.com")
    every.add("SipTrunkSecurityProfile", PROFILE, name="other-port", incomingPort="5071")
    every.add("SipTrunk", TRUNK, securityProfileName="tls-cucm10")

    for profile in ("same", "tls-cucm10"):
        with refuses(
            5003, "cucm10-pub.example.com with incoming port 5061 is already used by SIP trunk to-cucm10"
        ):
            every.add("SipTrunk", TRUNK, name="second", securityProfileName=profile)
    every.add("SipTrunk", TRUNK, name="second", securityProfileName="other-port")
    with refuses(5003, "already used by SIP trunk to-cucm10"):
        every.update("SipTrunkSecurityProfile", "<name>other-port</name>", incomingPort="5061")
    every.update("SipTrunk", NAME, securityProfileName="same")


def test_a_trunk_in_use_stays(axl: Client) -> None:
    axl.add("SipTrunk", TRUNK)
    axl.database.add("RoutePattern", {"pattern": "9898", "destination": {"gatewayName": "to-cucm10"}})

    with refuses(-692, "still being referenced"):
        axl.call("removeSipTrunk", NAME)
    axl.database.remove(axl.database.find("RoutePattern"))
    uuid = axl.database.find("SipTrunk").uuid
    assert axl.call("removeSipTrunk", NAME).text == uuid
    with refuses(5007, "Item not valid: The specified SipTrunk was not found"):
        axl.call("removeSipTrunk", NAME)
    with refuses(5003, "SipTrunk not found"):
        axl.update("SipTrunk", NAME, description="gone")


def test_a_renamed_trunk_is_renamed_where_it_is_used(axl: Client) -> None:
    axl.add("SipTrunk", TRUNK)
    axl.database.add("RoutePattern", {"pattern": "9898", "destination": {"gatewayName": "to-cucm10"}})
    axl.database.add("RouteGroup", {"name": "g", "members": [{"deviceName": "to-cucm10"}]})

    axl.update("SipTrunk", NAME, newName="to-b")

    assert axl.database.find("RoutePattern").values["destination"] == {"gatewayName": "to-b"}
    assert axl.database.find("RouteGroup").values["members"] == [{"deviceName": "to-b"}]


def test_returned_tags_choose_what_comes(axl: Client) -> None:
    axl.add("SipTrunk", TRUNK)

    tags = (
        "<returnedTags uuid=''><name/><srtpAllowed/>"
        "<destinations><destination><port/></destination></destinations></returnedTags>"
    )
    trunk = axl.get("SipTrunk", NAME + tags)

    assert [child.tag for child in trunk] == ["name", "srtpAllowed", "destinations"]
    assert [child.tag for child in trunk.find("destinations/destination")] == ["port"]
    with refuses(-1, "has no callerIdDn"):
        axl.get("SipTrunk", f"{NAME}<returnedTags><callerIdDn/></returnedTags>")


def test_trunks_are_listed_by_wildcard(every: Client) -> None:
    for number in (1, 2, 3):
        every.add("SipTrunk", TRUNK, name=f"trunk-{number}", description="b" if number == 3 else "a")

    def listed(criteria: str, page: str = "") -> list[str]:
        inner = f"<searchCriteria>{criteria}</searchCriteria><returnedTags><name/></returnedTags>{page}"
        found = every.call("listSipTrunk", inner)
        assert all([child.tag for child in trunk] == ["name"] and trunk.get("uuid") for trunk in found)
        return [trunk.findtext("name") for trunk in found]

    assert listed("<name>trunk-%</name>") == ["trunk-1", "trunk-2", "trunk-3"]
    assert listed("<name>%-2</name>") == ["trunk-2"]
    assert listed("<name>trunk-%</name><description>b</description>") == ["trunk-3"]
    assert listed("<name>trunk</name>") == listed("<name/>") == []
    assert listed("<name>%</name>", "<skip>1</skip><first>1</first>") == ["trunk-2"]
    assert listed("<name>%</name>", "<skip>1</skip>") == ["trunk-1", "trunk-2", "trunk-3"]
    with refuses(-1, "At least one element"):
        listed("")


def test_a_list_never_has_destinations(axl: Client) -> None:
    axl.add("SipTrunk", TRUNK)

    with refuses(-1, "LSipTrunk of AXL 14.0 has no destinations"):
        axl.call(
            "listSipTrunk",
            "<searchCriteria><name>%</name></searchCriteria><returnedTags><destinations/></returnedTags>",
        )


def test_an_empty_list_is_an_empty_return(axl: Client) -> None:
    inner = "<searchCriteria><name>%</name></searchCriteria><returnedTags><name/></returnedTags>"

    assert b"<return/>" in axl.post("listSipTrunk", inner).body


def test_special_characters_survive(axl: Client) -> None:
    axl.add("SipTrunk", TRUNK, description="R&amp;D &lt;Zürich&gt;")

    assert axl.get("SipTrunk", NAME).findtext("description") == "R&D <Zürich>"
