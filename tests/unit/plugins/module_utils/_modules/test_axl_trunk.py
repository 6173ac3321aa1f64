# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cucm_sip_trunk on the wire."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import VERSIONS
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_sip_trunk import DEFINITION
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._axl.wire import (
    NOT_FOUND,
    UUID,
    Reply,
    Sent,
    Server,
    fault,
    run,
    soap,
)

MINIMUM: dict[str, Any] = {
    "device_pool": "Default",
    "sip_profile": "Standard SIP Profile",
    "security_profile": "TLS",
}
DESTINATION = (
    "<destination uuid='{}'><addressIpv4>{}</addressIpv4><addressIpv6/><port>{}</port>"
    "<sortOrder>{}</sortOrder></destination>"
)


def trunk(*destinations: tuple[str, str, str], **elements: str) -> str:
    items = "".join(DESTINATION.format(UUID, *destination) for destination in destinations)
    values = {
        "description": "To CUCM10",
        "callingSearchSpaceName": "CSS",
        "devicePoolName": "Default",
        "locationName": "Hub_None",
        "securityProfileName": "TLS",
        "sipProfileName": "Standard SIP Profile",
        "srtpAllowed": "false",
        "unknownPrefix": "Default",
        "destAddrIsSrv": "false",
        **elements,
    }
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
    return f"<sipTrunk uuid='{UUID}'><name>T</name>{inner}<destinations>{items}</destinations></sipTrunk>"


def profile(mode: str) -> str:
    inner = f"<name>TLS</name><securityMode>{mode}</securityMode>"
    return f"<sipTrunkSecurityProfile uuid='{UUID}'>{inner}</sipTrunkSecurityProfile>"


def server(**replies: str | Reply | Exception) -> Server:
    """Answers operations with the content given; a trunk that was added is there."""

    def answer(sent: Sent) -> Reply | Exception:
        there = replies.get("getSipTrunk")
        if sent.operation == "getSipTrunk" and there is None:
            added = any(before.operation == "addSipTrunk" for before in wire.sent)
            return soap(sent.version, sent.operation, str(replies["after"])) if added else NOT_FOUND
        reply = replies.get(sent.operation, UUID)
        return soap(sent.version, sent.operation, reply) if isinstance(reply, str) else reply

    wire = Server(answer)
    return wire


@pytest.mark.parametrize("version", VERSIONS)
def test_add_of_a_minimum(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    wire = server(after=trunk(("192.0.2.10", "5061", "1"), ("192.0.2.11", "5060", "2")))
    result = run(
        DEFINITION,
        wire,
        monkeypatch,
        version=version,
        name="T",
        **MINIMUM,
        destinations=[{"address": "192.0.2.10", "port": 5061}, {"address": "192.0.2.11"}],
    )
    assert result["changed"] is True, result
    assert result["reset"] is True
    assert result["warnings"] == []
    reset = "doDeviceReset" if version == "9.1" else "resetSipTrunk"
    assert wire.operations == ["getSipTrunk", "addSipTrunk", reset, "getSipTrunk"]
    assert wire.sent[1].content == [
        (
            "sipTrunk",
            [
                ("name", "T"),
                ("product", "SIP Trunk"),
                ("class", "Trunk"),
                ("protocol", "SIP"),
                ("protocolSide", "Network"),
                ("devicePoolName", "Default"),
                ("locationName", "Hub_None"),
                ("securityProfileName", "TLS"),
                ("sipProfileName", "Standard SIP Profile"),
                ("presenceGroupName", "Standard Presence group"),
                (
                    "destinations",
                    [
                        (
                            "destination",
                            [("addressIpv4", "192.0.2.10"), ("port", "5061"), ("sortOrder", "1")],
                        ),
                        (
                            "destination",
                            [("addressIpv4", "192.0.2.11"), ("port", "5060"), ("sortOrder", "2")],
                        ),
                    ],
                ),
                ("callingAndCalledPartyInfoFormat", "Deliver DN only in connected party"),
            ],
        )
    ]
    assert wire.sent[2].content == (
        [("deviceName", "T"), ("deviceResetType", "Reset")] if version == "9.1" else [("uuid", UUID)]
    )


def test_check_mode_predicts_a_new_trunk(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server()
    result = run(DEFINITION, wire, monkeypatch, check=True, name="T", **MINIMUM, srtp_allowed=False)
    assert wire.operations == ["getSipTrunk", "getDevicePool"]
    assert (result["changed"], result["reset"]) == (True, True)
    assert result["diff"]["after"]["reset"] is True
    assert result["sip_trunk"]["uuid"] is None
    assert result["sip_trunk"]["location"] == "Hub_None"
    assert result["sip_trunk"]["asserted_identity"] is True
    assert result["diff"]["after"]["device_pool"] == "Default"


def test_check_mode_finds_what_no_module_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(getDevicePool=NOT_FOUND, getLocation=NOT_FOUND)
    result = run(DEFINITION, wire, monkeypatch, check=True, name="T", **MINIMUM, location="HQ")
    assert result["reason"] == "missing_reference"
    assert result["msg"] == (
        "cucma-pub.example.com: this cluster has no device_pool 'Default' and no location 'HQ'."
        " Option: device_pool, location. Make it first, or correct the name."
    )
    # Both profiles may be made by a task before.
    assert not {"getSipTrunkSecurityProfile", "getSipProfile"} & set(wire.operations)


@pytest.mark.parametrize("check", [True, False])
def test_only_check_mode_looks_and_only_for_what_changes(
    monkeypatch: pytest.MonkeyPatch, check: bool
) -> None:
    wire = server(getSipTrunk=trunk())
    result = run(DEFINITION, wire, monkeypatch, check=check, name="T", **MINIMUM, location="HQ")
    assert result["changed"] is True, result
    lookups = [name for name in wire.operations if name.startswith("get") and name != "getSipTrunk"]
    assert lookups == (["getLocation"] if check else [])


def test_check_mode_finds_a_missing_reference_of_an_update(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(getSipTrunk=trunk(), getLocation=NOT_FOUND)
    result = run(DEFINITION, wire, monkeypatch, check=True, name="T", location="HQ")
    assert result["reason"] == "missing_reference"
    assert "Option: location." in result["msg"]


@pytest.mark.parametrize("check", [True, False])
def test_a_trunk_of_others_is_not_taken_over(monkeypatch: pytest.MonkeyPatch, check: bool) -> None:
    wire = server(getSipTrunk=trunk(securityProfileName="Theirs"))
    result = run(DEFINITION, wire, monkeypatch, check=check, name="T", **MINIMUM, take_over=False)
    assert result["reason"] == "invalid_option"
    assert result["msg"] == (
        "cucma-pub.example.com: the SIP trunk 'T' is there already and has the security profile 'Theirs', not"
        " the security profile 'TLS'. Option: security_profile. Remove or change it by hand, or set"
        " take_over: true."
    )
    assert wire.operations == ["getSipTrunk"]


def test_a_trunk_of_others_is_not_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(getSipTrunk=trunk(securityProfileName="Theirs"))
    result = run(
        DEFINITION, wire, monkeypatch, name="T", security_profile="TLS", take_over=False, state="absent"
    )
    assert (result["changed"], result["sip_trunk"]["security_profile"]) == (False, "Theirs")
    assert result["diff"] == {"before": {}, "after": {}}
    (warning,) = result["warnings"]
    assert warning == (
        "cucma-pub.example.com: the SIP trunk 'T' was not removed, since it has the security profile 'Theirs'"
        " and take_over is false"
    )
    assert wire.operations == ["getSipTrunk"]


@pytest.mark.parametrize(
    "options",
    [
        {"security_profile": "TLS", "take_over": False},
        {"take_over": False},
        {"security_profile": "Other", "take_over": True},
    ],
)
def test_a_trunk_is_removed_unless_it_is_of_others(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    wire = server(getSipTrunk=trunk())
    result = run(DEFINITION, wire, monkeypatch, name="T", state="absent", **options)
    assert (result["changed"], result["warnings"]) == (True, [])
    assert wire.operations == ["getSipTrunk", "removeSipTrunk"]


def test_check_mode_refuses_what_cannot_be_added(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server()
    result = run(DEFINITION, wire, monkeypatch, check=True, name="T")
    assert result["reason"] == "invalid_option"
    assert result["msg"] == (
        "cucma-pub.example.com: there is no SIP trunk 'T' on this cluster, and a new one needs device_pool and"
        " security_profile and sip_profile. Option: device_pool, security_profile, sip_profile. Correct name"
        " if it should be there, or give what a new one needs."
    )
    assert wire.operations == ["getSipTrunk"]


def test_converged_is_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(getSipTrunk=trunk(("192.0.2.10", "5061", "1")))
    result = run(
        DEFINITION,
        wire,
        monkeypatch,
        name="T",
        **MINIMUM,
        srtp_allowed=False,
        destinations=[{"address": "192.0.2.10", "port": 5061}],
        incoming_calling_party_unknown_prefix="",
        destination_is_srv=False,
    )
    assert result["changed"] is False, result
    assert wire.operations == ["getSipTrunk"]


def test_update_sends_only_what_differs(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(getSipTrunk=trunk(("192.0.2.10", "5061", "1")))
    result = run(
        DEFINITION,
        wire,
        monkeypatch,
        name="T",
        **MINIMUM,
        calling_search_space="",
        description="",
        significant_digits=4,
        destinations=[
            {"address": "b.example.com", "sort_order": 2},
            {"address": "192.0.2.10", "port": 5061, "sort_order": 1},
        ],
    )
    assert result["reset"] is True
    assert wire.operations == ["getSipTrunk", "updateSipTrunk", "resetSipTrunk", "getSipTrunk"]
    assert wire.sent[1].content == [
        ("uuid", UUID),
        ("description", ""),
        ("callingSearchSpaceName", None),
        ("sigDigits", "4"),
        (
            "destinations",
            [
                ("destination", [("addressIpv4", "192.0.2.10"), ("port", "5061"), ("sortOrder", "1")]),
                ("destination", [("addressIpv4", "b.example.com"), ("port", "5060"), ("sortOrder", "2")]),
            ],
        ),
    ]


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        ({"destinations": [{"address": "192.0.2.10"}, {"address": "192.0.2.11"}]}, False),
        ({"destinations": [{"address": "192.0.2.11"}, {"address": "192.0.2.10"}]}, True),
        ({"destinations": [{"address": "192.0.2.10"}]}, True),
        ({"destinations": []}, True),
        ({"destinations": [{"address_ipv6": "2001:db8::1"}, {"address": "192.0.2.11"}]}, True),
        (
            {
                "destinations": [
                    {"address": "192.0.2.11", "sort_order": 5},
                    {"address": "192.0.2.10", "sort_order": 2},
                ]
            },
            False,
        ),
        ({"description": "To CUCM10", "calling_search_space": "CSS"}, False),
        ({"incoming_calling_party_unknown_prefix": "Default"}, False),
        ({"incoming_calling_party_unknown_prefix": "9"}, True),
        ({"significant_digits": 99}, False),
        ({"mlpp_domain": ""}, False),
        ({"retry_video_call_as_audio": True}, False),
        ({"retry_video_call_as_audio": False}, True),
        ({"media_termination_point_required": False}, False),
        ({"external_presentation_anonymous": False, "external_presentation_number": ""}, False),
        ({"confidential_access_mode": "Fixed"}, True),
    ],
)
def test_what_differs(monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], changed: bool) -> None:
    wire = server(getSipTrunk=trunk(("192.0.2.11", "5060", "5"), ("192.0.2.10", "5060", "2")))
    result = run(DEFINITION, wire, monkeypatch, check=True, name="T", **options)
    assert result["changed"] is changed, result
    assert wire.operations == ["getSipTrunk"]


def test_an_srv_name_has_no_port(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(getSipTrunk=trunk())
    options = {"destination_is_srv": True, "destinations": [{"address": "_sips._tcp.example.com"}]}
    run(DEFINITION, wire, monkeypatch, name="T", **options)
    assert wire.last("updateSipTrunk").content == [
        ("uuid", UUID),
        ("destAddrIsSrv", "true"),
        (
            "destinations",
            [("destination", [("addressIpv4", "_sips._tcp.example.com"), ("sortOrder", "1")])],
        ),
    ]
    wire = server(getSipTrunk=trunk(("_sips._tcp.example.com", "0", "1"), destAddrIsSrv="true"))
    assert run(DEFINITION, wire, monkeypatch, name="T", **options)["changed"] is False


@pytest.mark.parametrize(
    ("options", "resets"),
    [
        ({"description": "new"}, False),
        ({"description": "new", "reset": "always"}, True),
        ({"sip_privacy": "ID"}, True),
        ({"sip_privacy": "ID", "reset": "never"}, False),
    ],
)
@pytest.mark.parametrize("version", VERSIONS)
def test_reset(monkeypatch: pytest.MonkeyPatch, version: str, options: dict[str, Any], resets: bool) -> None:
    wire = server(getSipTrunk=trunk())
    result = run(DEFINITION, wire, monkeypatch, version=version, name="T", **options)
    assert result["changed"] is True
    assert (result["reset"], "reset_trunks" in result) == (resets, False)
    reset = "doDeviceReset" if version == "9.1" else "resetSipTrunk"
    assert wire.operations == ["getSipTrunk", "updateSipTrunk", *([reset] if resets else []), "getSipTrunk"]


@pytest.mark.parametrize(("version", "operation"), [("9.1", "doDeviceReset"), ("10.0", "resetSipTrunk")])
@pytest.mark.parametrize("check", [False, True])
def test_reset_always_without_a_change(
    monkeypatch: pytest.MonkeyPatch, version: str, operation: str, check: bool
) -> None:
    wire = server(getSipTrunk=trunk())
    result = run(DEFINITION, wire, monkeypatch, check=check, version=version, name="T", reset="always")
    assert (result["changed"], result["reset"]) == (True, True)
    assert result["diff"] == {"before": {"name": "T"}, "after": {"name": "T", "reset": True}}
    assert wire.operations == ["getSipTrunk", *([] if check else [operation])]


@pytest.mark.parametrize(("version", "operation"), [("9.1", "doDeviceReset"), ("10.0", "resetSipTrunk")])
def test_a_reset_that_fails_says_that_the_change_is_stored(
    monkeypatch: pytest.MonkeyPatch, version: str, operation: str
) -> None:
    wire = server(getSipTrunk=trunk(), **{operation: fault(-1, "No")})
    result = run(DEFINITION, wire, monkeypatch, version=version, name="T", sip_privacy="ID")
    assert (result["changed"], result["reason"], result["axl_code"]) == (True, "reset_failed", -1)
    assert result["msg"] == (
        f"cucma-pub.example.com, {operation}: the SIP trunk 'T' is stored as wanted, but it could not be reset,"
        " so that calls may still use the old values: AXL refused this: No (AXL code -1). Reset it on the"
        " administration page, or run this task once with reset: always."
    )


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("mode", ["Encrypted", "Authenticated", "Non Secure"])
def test_srtp_wants_an_encrypted_profile(monkeypatch: pytest.MonkeyPatch, mode: str, check: bool) -> None:
    wire = server(getSipTrunk=trunk(), getSipTrunkSecurityProfile=profile(mode))
    result = run(DEFINITION, wire, monkeypatch, check=check, name="T", srtp_allowed=True)
    assert wire.operations[:2] == ["getSipTrunk", "getSipTrunkSecurityProfile"]
    if check:
        assert result["changed"] is True
        assert len(result["warnings"]) == (mode != "Encrypted")
    elif mode == "Encrypted":
        assert result["changed"] is True
    else:
        assert len(wire.sent) == 2
        assert result["msg"] == (
            "cucma-pub.example.com: SRTP is allowed on the SIP trunk 'T', but its security profile 'TLS' has the"
            f" device security mode {mode}. Option: srtp_allowed. Use a profile with the device security mode"
            " Encrypted, or leave SRTP off."
        )


def test_srtp_is_judged_when_the_profile_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(getSipTrunk=trunk(srtpAllowed="true"), getSipTrunkSecurityProfile=profile("Non Secure"))
    result = run(DEFINITION, wire, monkeypatch, name="T", security_profile="Other")
    assert result["failed"] is True
    assert wire.sent[1].content == [("name", "Other")]


def test_srtp_with_a_profile_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(getSipTrunkSecurityProfile=NOT_FOUND)
    result = run(DEFINITION, wire, monkeypatch, name="T", **MINIMUM, srtp_allowed=True)
    assert result["reason"] == "missing_reference"
    assert "Option: security_profile" in result["msg"]
    result = run(DEFINITION, wire, monkeypatch, check=True, name="T", **MINIMUM, srtp_allowed=True)
    assert result["changed"] is True


@pytest.mark.parametrize("code", [5007, -691])
def test_a_missing_reference_is_named_with_its_option(monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    refused = fault(code, "Item not valid: The specified x was not found")
    wire = server(addSipTrunk=refused, getDevicePool=NOT_FOUND, getSipProfile=NOT_FOUND)
    result = run(DEFINITION, wire, monkeypatch, name="T", **MINIMUM)
    assert result["reason"] == "missing_reference"
    assert "cucma-pub.example.com" in result["msg"]
    assert "no device_pool 'Default'" in result["msg"]
    assert "no sip_profile 'Standard SIP Profile'" in result["msg"]
    assert "Option: device_pool, sip_profile" in result["msg"]
    assert wire.operations == [
        "getSipTrunk",
        "addSipTrunk",
        "getDevicePool",
        "getSipTrunkSecurityProfile",
        "getSipProfile",
    ]


CANNOT_LOOK = fault(-1, "no such operation")


@pytest.mark.parametrize(
    ("text", "options", "named"),
    [
        ("The specified AAR 1 was not found", {"aar_group": "AAR 1"}, "aar_group"),
        ("The specified AAR 12 was not found", {"aar_group": "AAR 1"}, None),
        ("The specified AarGroup was not found", {"aar_group": "AAR 1"}, None),
        ("The specified X was not found", {"aar_group": "X", "geolocation": "X"}, None),
        ("The specified X was not found", {"aar_group": "X", "geolocation": "Y"}, "aar_group"),
        # It is there: the text means something else of this name.
        ("The specified X was not found", {"calling_search_space": "X"}, None),
        ("The specified X was not found", {"calling_search_space": "X", "aar_group": "X"}, "aar_group"),
    ],
)
def test_a_missing_reference_that_cannot_be_looked_up_is_known_by_the_words_of_the_fault(
    monkeypatch: pytest.MonkeyPatch, text: str, options: dict[str, str], named: str | None
) -> None:
    wire = server(
        getSipTrunk=trunk(),
        updateSipTrunk=fault(5007, f"Item not valid: {text}"),
        getAarGroup=CANNOT_LOOK,
        getGeoLocation=CANNOT_LOOK,
    )
    result = run(DEFINITION, wire, monkeypatch, name="T", **options)
    if named is None:
        assert result["reason"] == "not_found"
        assert text in result["msg"]
    else:
        assert result["reason"] == "missing_reference"
        assert f"this cluster has no {named} '{options[named]}'. Option: {named}." in result["msg"]
        assert result["axl_code"] == 5007


def test_the_words_of_another_fault_are_not_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = fault(5003, "X is wrong")
    wire = server(getSipTrunk=trunk(), updateSipTrunk=refused, getAarGroup=CANNOT_LOOK)
    assert run(DEFINITION, wire, monkeypatch, name="T", aar_group="X")["reason"] == "axl_fault"


def test_a_fault_with_all_references_there_stays_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    refused = fault(5007, "Item not valid: The specified x was not found")
    wire = server(getSipTrunk=trunk(), updateSipTrunk=refused, getCss=fault(-1, "what"))
    result = run(DEFINITION, wire, monkeypatch, name="T", calling_search_space="New")
    assert result["reason"] == "not_found"
    assert result["axl_code"] == 5007
    assert wire.operations == ["getSipTrunk", "updateSipTrunk", "getCss"]


def test_a_duplicate_needs_no_search_for_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(addSipTrunk=fault(-239, "Could not insert new row"))
    result = run(DEFINITION, wire, monkeypatch, name="T", **MINIMUM)
    assert result["reason"] == "duplicate"
    assert "Use another name" in result["msg"]
    assert wire.operations == ["getSipTrunk", "addSipTrunk"]


def test_what_is_set_for_good(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(getSipTrunk=trunk())
    result = run(DEFINITION, wire, monkeypatch, name="T", trunk_service_type="Call Control Discovery")
    assert "cannot be changed" in result["msg"]
    assert len(wire.sent) == 1
    assert (
        run(DEFINITION, wire, monkeypatch, name="T", trunk_service_type="None(Default)")["changed"] is False
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"destinations": [{"port": 5061}]}, "neither address nor address_ipv6"),
        ({"destinations": [{"address": "a"}] * 17}, "at most 16"),
        ({"location": ""}, "location cannot be empty"),
        (
            {"destination_is_srv": True, "destinations": [{"address": "192.0.2.1"}]},
            "192.0.2.1 cannot be the name of an SRV record. Option: destinations.",
        ),
        (
            {"destination_is_srv": True, "destinations": [{"address_ipv6": "2001:db8::1"}]},
            "2001:db8::1 cannot be the name",
        ),
        (
            {"destination_is_srv": True, "destinations": [{"address": "a.example.com"}, {"address": "b"}]},
            "the SIP trunk 'T' would have 2 destinations. Option: destinations.",
        ),
        ({"packet_capture_duration": -5}, "packet_capture_duration is -5, which is not 0 or more"),
        ({"caller_name": "x"}, "went after AXL 12.0; this cluster speaks AXL 14.0"),
    ],
)
def test_bad_options_write_nothing(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], words: str
) -> None:
    wire = server(getSipTrunk=trunk())
    result = run(DEFINITION, wire, monkeypatch, name="T", **options)
    assert result["failed"] is True
    assert words in result["msg"]
    assert result["msg"].startswith("cucma-pub.example.com: ")
    assert f"Option: {'destinations' if 'destinations' in options else next(iter(options))}." in result["msg"]
    assert set(wire.operations) <= {"getSipTrunk"}


@pytest.mark.parametrize(
    ("there", "words"),
    [
        ([("192.0.2.1", "5061", "1")], "192.0.2.1 cannot be"),
        ([("a.example.com", "5061", "1"), ("b.example.com", "5061", "2")], "would have 2 destinations"),
    ],
)
def test_destinations_that_are_there_cannot_become_an_srv_name(
    monkeypatch: pytest.MonkeyPatch, there: list[tuple[str, str, str]], words: str
) -> None:
    wire = server(getSipTrunk=trunk(*there))
    result = run(DEFINITION, wire, monkeypatch, name="T", destination_is_srv=True)
    assert words in result["msg"]
    assert wire.operations == ["getSipTrunk"]


def test_a_name_too_long_for_a_key_is_searched_for(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "x" * 101
    there = trunk().replace("<name>T<", f"<name>{name}<")
    wire = server(getSipTrunk=there, listSipTrunk=f"<sipTrunk uuid='{UUID}'><name>{name}</name></sipTrunk>")
    result = run(DEFINITION, wire, monkeypatch, name=name, description="To CUCM10")
    assert result["changed"] is False, result
    assert [sent.content for sent in wire.sent] == [
        [
            ("searchCriteria", [("name", name)]),
            ("returnedTags", [("name", ""), ("securityProfileName", ""), ("sipProfileName", "")]),
        ],
        [("uuid", UUID)],
    ]


def test_a_reply_without_the_object_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(DEFINITION, server(getSipTrunk=""), monkeypatch, name="T")
    assert result["reason"] == "unexpected_answer"
    assert result["msg"].startswith("cucma-pub.example.com, getSipTrunk: ")
    assert "Check that host and port" in result["msg"]
