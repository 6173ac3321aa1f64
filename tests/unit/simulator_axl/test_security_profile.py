# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP trunk security profiles on the simulated AXL server."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.tests.unit.simulator_axl.client import PROFILE, TRUNK, Client, refuses

KIND = "SipTrunkSecurityProfile"
NAME = "<name>tls-cucm10</name>"


def test_an_added_profile_reads_back_with_defaults(every: Client) -> None:
    every.add(KIND, PROFILE)

    profile = every.get(KIND, NAME)

    assert profile.findtext("securityMode") == "Encrypted"
    assert profile.findtext("noncePolicyTime") == "600"
    assert profile.findtext("digestAuthentication") == "false"
    assert profile.findtext("x509SubjectName") == "cucm10-pub.example.com"
    assert profile.findtext("allowChargingHeader") == (None if every.version == "9.1" else "false")


def test_a_profile_needs_little(every: Client) -> None:
    few = {"name": "few", "sipV150OutboundSdpOfferFiltering": "Use Default Filter"}
    every.add(KIND, few)

    profile = every.get(KIND, "<name>few</name>")

    assert profile.findtext("securityMode") == "Non Secure"
    assert profile.findtext("incomingTransport") == "TCP+UDP"
    assert profile.findtext("outgoingTransport") == "TCP"
    assert profile.findtext("incomingPort") == "5060"


def test_a_fresh_cluster_has_the_profile_without_security(every: Client) -> None:
    profile = every.get(KIND, "<name>Non Secure SIP Trunk Profile</name>")

    assert profile.findtext("securityMode") == "Non Secure"
    assert profile.findtext("incomingPort") == "5060"
    assert profile.findtext("sipV150OutboundSdpOfferFiltering") == "Use Default Filter"


def test_the_length_of_a_name_depends_on_the_version() -> None:
    name = "n" * 75
    Client("11.5").add(KIND, PROFILE, name=name)
    with refuses(-1, "name"):
        Client("10.5").add(KIND, PROFILE, name=name)
    with refuses(-1, "name"):
        Client("11.5").add(KIND, PROFILE, name=name + "n")


@pytest.mark.parametrize(
    ("name", "value"),
    [("securityMode", "Secret"), ("incomingTransport", "SCTP"), ("sipV150OutboundSdpOfferFiltering", "None")],
)
def test_unknown_choices_are_refused(every: Client, name: str, value: str) -> None:
    with refuses(5007, f"The specified {value} was not found"):
        every.add(KIND, PROFILE, **{name: value})
    assert every.journal == []


def test_9_1_has_no_charging_header(old: Client) -> None:
    with refuses(-1, "allowChargingHeader"):
        old.call(f"update{KIND}", f"{NAME}<allowChargingHeader>true</allowChargingHeader>")


def test_the_nonce_time_changes_only_with_digest_authentication(axl: Client) -> None:
    axl.add(KIND, PROFILE, noncePolicyTime="900")
    assert axl.get(KIND, NAME).findtext("noncePolicyTime") == "600"
    axl.update(KIND, NAME, digestAuthentication="true", noncePolicyTime="900")
    assert axl.get(KIND, NAME).findtext("noncePolicyTime") == "900"
    axl.update(KIND, NAME, digestAuthentication="false", noncePolicyTime="700")
    assert axl.get(KIND, NAME).findtext("noncePolicyTime") == "900"


def test_a_profile_is_updated_renamed_and_removed(every: Client) -> None:
    every.add(KIND, PROFILE)
    every.add("SipTrunk", TRUNK, securityProfileName="tls-cucm10")

    every.update(KIND, NAME, newName="tls-b", x509SubjectName="b.example.com")

    assert every.database.find("SipTrunk").values["securityProfileName"] == "tls-b"
    with refuses(5007, "The specified SipTrunkSecurityProfile was not found"):
        every.get(KIND, NAME)
    with refuses(-692, "still being referenced"):
        every.call(f"remove{KIND}", "<name>tls-b</name>")
    every.call("removeSipTrunk", f"<name>{TRUNK['name']}</name>")
    every.call(f"remove{KIND}", "<name>tls-b</name>")
    assert [mutation.operation for mutation in every.journal[2:]] == [
        "updateSipTrunkSecurityProfile",
        "removeSipTrunk",
        "removeSipTrunkSecurityProfile",
    ]


def test_a_profile_may_get_a_subject_only_while_no_other_trunk_expects_it(axl: Client) -> None:
    axl.add(KIND, PROFILE)
    axl.add(KIND, PROFILE, name="second", x509SubjectName="a.example.com b.example.com")
    axl.add("SipTrunk", TRUNK, securityProfileName="tls-cucm10")
    axl.add("SipTrunk", TRUNK, name="to-b", securityProfileName="second")

    with refuses(5003, "b.example.com with incoming port 5061 is already used by SIP trunk to-b"):
        axl.update(KIND, NAME, x509SubjectName="b.example.com")
    axl.update(KIND, NAME, x509SubjectName="b.example.com", incomingPort="5071")


def test_profiles_without_tls_expect_nobody(axl: Client) -> None:
    for number in (1, 2):
        axl.add(KIND, PROFILE, name=f"tcp-{number}", incomingTransport="TCP+UDP", outgoingTransport="TCP")
        axl.add("SipTrunk", TRUNK, name=f"trunk-{number}", securityProfileName=f"tcp-{number}")


def test_profiles_are_listed(every: Client) -> None:
    every.add(KIND, PROFILE)
    inner = (
        "<searchCriteria><description>%</description></searchCriteria><returnedTags><name/></returnedTags>"
    )

    found = every.call(f"list{KIND}", inner)

    assert [item.findtext("name") for item in found] == ["Non Secure SIP Trunk Profile", "tls-cucm10"]
