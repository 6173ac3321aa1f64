# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cucm_sip_profile on the wire."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_sip_profile import DEFINITION
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

NAME = "Standard SIP Profile with OPTIONS Ping"
BASE = "Standard SIP Profile"


def profile(name: str = NAME, **elements: str) -> str:
    """A profile as the server returns it, with a field for phones, which the module leaves alone."""
    values = {
        "description": "",
        "timerInvite": "180",
        "enableOutboundOptionsPing": "false",
        "optionsPingIntervalWhenStatusOK": "60",
        "optionsPingIntervalWhenStatusNotOK": "120",
        "sipOptionsRetryCount": "6",
        "sipOptionsRetryTimer": "500",
        **elements,
    }
    content = "".join(f"<{element}>{text}</{element}>" for element, text in values.items())
    return f"<sipProfile uuid='{UUID}'><name>{name}</name>{content}</sipProfile>"


def trunks(*uses: tuple[str, str]) -> str:
    return "".join(
        f"<sipTrunk uuid='{UUID}'><name>{name}</name><sipProfileName>{used}</sipProfileName></sipTrunk>"
        for name, used in uses
    )


USED = trunks(("To A", NAME), ("To Lab", BASE), ("To B", NAME))


def server(**replies: Any) -> Server:
    """Answers verbs (get, add, …) of the profile, and other operations by their whole name.

    A list is one answer after the other, the last one again and again.
    """
    replies.setdefault("listSipTrunk", USED)
    replies.setdefault("doDeviceReset", UUID)

    def answer(sent: Sent) -> Reply | Exception:
        reply = replies[sent.operation.removesuffix("SipProfile")]
        if isinstance(reply, list):
            reply = reply.pop(0) if len(reply) > 1 else reply[0]
        return soap(sent.version, sent.operation, reply) if isinstance(reply, str) else reply

    return Server(answer)


def test_a_copy_takes_over_what_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    base = profile(BASE, sipRe11XxEnabled="Send PRACK for all 1xx Messages", sdpTransparency="Pass all")
    wire = server(get=[NOT_FOUND, base, profile(enableOutboundOptionsPing="true")], add=UUID)
    result = run(DEFINITION, wire, monkeypatch, name=NAME, copy_from=BASE, options_ping=True)
    assert (result["changed"], result["reset"], result["reset_trunks"]) == (True, False, [])
    assert wire.operations == ["getSipProfile", "getSipProfile", "addSipProfile", "getSipProfile"]
    sent = dict(wire.last("addSipProfile").content[0][1])
    assert sent["name"] == NAME
    assert sent["enableOutboundOptionsPing"] == "true"
    assert sent["sipRe11XxEnabled"] == "Send PRACK for all 1xx Messages"
    assert sent["sdpTransparency"] == "Pass all"
    # What has no option gets the server's default, and an anonymity that is off is not sent at all.
    assert "timerInvite" not in sent
    assert "externalPresentationInfo" not in sent


@pytest.mark.parametrize(
    ("inside", "sent"),
    [
        ("<isAnonymous>true</isAnonymous>", [("isAnonymous", "true")]),
        (
            "<presentationInfo><externalPresentationNumber>100</externalPresentationNumber></presentationInfo>",
            [
                (
                    "presentationInfo",
                    [("externalPresentationNumber", "100"), ("externalPresentationName", None)],
                )
            ],
        ),
    ],
)
def test_a_copy_has_the_branch_of_a_choice_that_the_other_has(
    monkeypatch: pytest.MonkeyPatch, inside: str, sent: Any
) -> None:
    base = profile(BASE, externalPresentationInfo=inside)
    wire = server(get=[NOT_FOUND, base, profile()], add=UUID)
    run(DEFINITION, wire, monkeypatch, name=NAME, copy_from=BASE)
    assert dict(wire.last("addSipProfile").content[0][1])["externalPresentationInfo"] == sent


def test_a_profile_to_copy_from_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(get=NOT_FOUND)
    result = run(DEFINITION, wire, monkeypatch, name=NAME, copy_from="Custom")
    assert (result["failed"], result["reason"]) == (True, "missing_reference")
    assert result["msg"] == (
        "cucma-pub.example.com, getSipProfile: this cluster has no SIP profile 'Custom'. Option: copy_from."
        " Name an existing profile, such as Standard SIP Profile."
    )
    predicted = run(DEFINITION, server(get=NOT_FOUND), monkeypatch, check=True, name=NAME, copy_from="Custom")
    assert predicted["changed"] is True
    assert "an earlier task makes" in predicted["warnings"][0]


def test_only_what_differs_is_sent_and_each_trunk_is_reset(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(get=[profile(), profile(enableOutboundOptionsPing="true")], update=UUID)
    result = run(
        DEFINITION, wire, monkeypatch, name=NAME, copy_from=BASE, options_ping=True, options_ping_interval=60
    )
    assert (result["changed"], result["reset_trunks"]) == (True, ["To A", "To B"])
    assert result["diff"]["before"] == {"name": NAME, "options_ping": False, "options_ping_interval": 60}
    assert result["diff"]["after"] == {
        "name": NAME,
        "options_ping": True,
        "options_ping_interval": 60,
        "reset": True,
        "reset_trunks": ["To A", "To B"],
    }
    assert wire.operations == [
        "getSipProfile",
        "listSipTrunk",
        "updateSipProfile",
        "doDeviceReset",
        "doDeviceReset",
        "getSipProfile",
    ]
    assert wire.last("updateSipProfile").content == [("uuid", UUID), ("enableOutboundOptionsPing", "true")]
    assert wire.last("doDeviceReset").content == [("deviceName", "To B"), ("deviceResetType", "Reset")]
    assert wire.last("listSipTrunk").content == [
        ("searchCriteria", [("name", "%")]),
        ("returnedTags", [("name", ""), ("securityProfileName", ""), ("sipProfileName", "")]),
    ]


def test_what_is_as_it_should_be_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(get=profile(enableOutboundOptionsPing="true"))
    result = run(DEFINITION, wire, monkeypatch, name=NAME, options_ping=True, sip_rel1xx_options="Disabled")
    assert (result["changed"], result["reset"], wire.operations) == (False, False, ["getSipProfile"])


def test_never_leaves_the_reset_to_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(get=[profile(), profile(enableOutboundOptionsPing="true")], update=UUID)
    result = run(DEFINITION, wire, monkeypatch, name=NAME, options_ping=True, reset="never")
    assert (result["changed"], result["reset"]) == (True, False)
    assert wire.operations == ["getSipProfile", "updateSipProfile", "getSipProfile"]


def test_a_trunk_that_the_list_says_nothing_of_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = f"<sipTrunk uuid='{UUID}'><name>Quiet</name><sipProfileName>{NAME}</sipProfileName></sipTrunk>"
    wire = server(get=profile(), listSipTrunk=trunks(("Quiet", "")), getSipTrunk=whole)
    result = run(DEFINITION, wire, monkeypatch, check=True, name=NAME, options_ping=True)
    assert result["reset_trunks"] == ["Quiet"]


def test_a_reset_that_fails_says_which_trunks_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(
        get=profile(), update=UUID, doDeviceReset=[fault(-1, "Device not registered"), fault(-1, "The same")]
    )
    result = run(DEFINITION, wire, monkeypatch, name=NAME, options_ping=True)
    assert (result["failed"], result["reason"], result["changed"]) == (True, "reset_failed", True)
    assert f"the SIP profile '{NAME}' is stored as wanted" in result["msg"]
    assert "'To A', 'To B' could not be reset" in result["msg"]
    assert result["reset_trunks"] == []


def test_the_server_decides_what_can_be_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(get=profile(BASE), update=fault(5003, "A standard profile cannot be modified"))
    result = run(DEFINITION, wire, monkeypatch, name=BASE, options_ping=True)
    assert (result["reason"], result["axl_message"]) == ("axl_fault", "A standard profile cannot be modified")


def test_a_script_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(get=NOT_FOUND, add=fault(5007, "Item not valid"), getSIPNormalizationScript=NOT_FOUND)
    result = run(DEFINITION, wire, monkeypatch, name=NAME, normalization_script="mine")
    assert result["reason"] == "missing_reference"
    assert "no normalization_script 'mine'. Option: normalization_script." in result["msg"]


@pytest.mark.parametrize(
    ("version", "option", "value", "words"),
    [
        ("10.0", "early_offer", "Best Effort (no MTP inserted)", "early_offer came with AXL 10.5"),
        (
            "10.5",
            "early_offer_for_voice_calls",
            True,
            "early_offer_for_voice_calls went after AXL 10.0",
        ),
        ("14.0", "options_ping_interval", -1, "options_ping_interval is -1, which is not 0 or more"),
        ("14.0", "description", "x" * 101, "has 101 characters; AXL 14.0 takes 100"),
    ],
)
def test_what_cannot_be_right_is_refused_before_anything_is_sent(
    monkeypatch: pytest.MonkeyPatch, version: str, option: str, value: Any, words: str
) -> None:
    wire = server()
    result = run(DEFINITION, wire, monkeypatch, version=version, name=NAME, **{option: value})
    assert words in result["msg"]
    assert f"Option: {option}." in result["msg"]
    assert wire.sent == []


def test_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(get=profile(), remove=UUID)
    assert run(DEFINITION, wire, monkeypatch, name=NAME, state="absent")["changed"] is True
    assert wire.operations == ["getSipProfile", "removeSipProfile"]
    in_use = server(get=profile(), remove=fault(-692, "Key value for constraint is still being referenced"))
    result = run(DEFINITION, in_use, monkeypatch, name=NAME, state="absent")
    assert (result["failed"], result["axl_code"]) == (True, -692)
    assert "If something still refers to it, remove or change that first" in result["msg"]
