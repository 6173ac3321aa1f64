# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cucm_sip_trunk_security_profile on the wire."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_sip_trunk_security_profile import (
    DEFINITION,
)
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

KIND = "SipTrunkSecurityProfile"
NAME = "CUCM10 TLS"
PORT = "<incomingPort>5061</incomingPort>"
THERE = (
    f"<sipTrunkSecurityProfile uuid='{UUID}'><name>{NAME}</name><description>To CUCM10</description>"
    "<securityMode>Encrypted</securityMode><incomingTransport>TLS</incomingTransport>"
    "<outgoingTransport>TLS</outgoingTransport><digestAuthentication>false</digestAuthentication>"
    f"<noncePolicyTime>600</noncePolicyTime><x509SubjectName>CUCM10</x509SubjectName>{PORT}"
    "<acceptReplacesHeader>t</acceptReplacesHeader></sipTrunkSecurityProfile>"
)


def listed(*profiles: tuple[str, str, int]) -> str:
    return "".join(
        f"<sipTrunkSecurityProfile uuid='{UUID}'><name>{name}</name><x509SubjectName>{names}</x509SubjectName>"
        f"<incomingPort>{port}</incomingPort></sipTrunkSecurityProfile>"
        for name, names, port in profiles
    )


def trunks(*uses: tuple[str, str]) -> str:
    """Trunks as a list has them, each with the profile that it uses."""
    return "".join(
        f"<sipTrunk uuid='{UUID}'><name>{name}</name><securityProfileName>{profile}</securityProfileName>"
        "</sipTrunk>"
        for name, profile in uses
    )


USED = trunks(("To CUCM10", NAME), ("To Lab", "Lab"), ("Backup", NAME))


def server(**replies: str | Reply | Exception) -> Server:
    """Answers verbs (get, add, …) with the content given, in the version of the request.

    Other operations go by their whole name. Two trunks of three use the profile, if nothing else is said.
    """
    replies.setdefault("listSipTrunk", USED)

    def answer(sent: Sent) -> Reply | Exception:
        verb = sent.operation.removesuffix("SipTrunkSecurityProfile")
        reply = replies[verb]
        return soap(sent.version, sent.operation, reply) if isinstance(reply, str) else reply

    return Server(answer)


def after_add(**replies: Any) -> Server:
    """The profile is there after it was added."""
    inner = server(get=THERE, **replies)

    def answer(sent: Sent) -> Reply | Exception:
        added = any(before.operation.startswith("add") for before in inner.sent)
        inner.sent.append(sent)
        if sent.operation.startswith("get") and not added:
            return NOT_FOUND
        return inner.answer(sent)

    return Server(answer)


def test_add_sends_what_is_given_in_the_schema_s_order(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = after_add(list="", add=UUID)
    result = run(
        DEFINITION,
        wire,
        monkeypatch,
        name=NAME,
        incoming_port=5061,
        x509_subject_names=["CUCM10"],
        device_security_mode="Encrypted",
        incoming_transport_type="TLS",
        outgoing_transport_type="TLS",
        enable_digest_authentication=False,
        description="To CUCM10",
    )
    assert result["changed"] is True, result
    assert result["reset"] is False
    assert result["warnings"] == []
    assert wire.operations == [
        "getSipTrunkSecurityProfile",
        "listSipTrunkSecurityProfile",
        "addSipTrunkSecurityProfile",
        "getSipTrunkSecurityProfile",
    ]
    assert wire.sent[1].content == [
        ("searchCriteria", [("name", "%")]),
        ("returnedTags", [("name", ""), ("x509SubjectName", ""), ("incomingPort", "")]),
    ]
    assert wire.sent[2].content == [
        (
            "sipTrunkSecurityProfile",
            [
                ("name", NAME),
                ("description", "To CUCM10"),
                ("securityMode", "Encrypted"),
                ("incomingTransport", "TLS"),
                ("outgoingTransport", "TLS"),
                ("digestAuthentication", "false"),
                ("x509SubjectName", "CUCM10"),
                ("incomingPort", "5061"),
                ("sipV150OutboundSdpOfferFiltering", "Use Default Filter"),
            ],
        )
    ]
    assert result["sip_trunk_security_profile"]["uuid"] == UUID
    assert result["diff"]["before"] == {}
    assert result["diff"]["after"]["x509_subject_names"] == ["CUCM10"]


def test_converged_is_one_request(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(get=THERE)
    result = run(
        DEFINITION,
        wire,
        monkeypatch,
        name=NAME,
        x509_subject_names=["CUCM10"],
        description="To CUCM10",
        incoming_port=5061,
    )
    assert result["changed"] is False
    assert result["reset"] is False
    assert result["diff"]["before"] == result["diff"]["after"]
    assert wire.operations == ["getSipTrunkSecurityProfile"]


@pytest.mark.parametrize("check", [False, True])
def test_update_sends_only_what_differs_and_resets(monkeypatch: pytest.MonkeyPatch, check: bool) -> None:
    wire = server(
        get=THERE, list=listed((NAME, "CUCM10", 5061), ("Other", "B", 5060)), update=UUID, reset=UUID
    )
    result = run(
        DEFINITION,
        wire,
        monkeypatch,
        check=check,
        name=NAME,
        description="To CUCM10",
        device_security_mode="Encrypted",
        x509_subject_names=["B", "CUCM10"],
    )
    assert result["changed"] is True
    assert result["reset"] is True
    assert result["reset_trunks"] == ["To CUCM10", "Backup"]
    assert result["diff"]["before"]["x509_subject_names"] == ["CUCM10"]
    assert result["diff"]["after"]["reset_trunks"] == ["To CUCM10", "Backup"]
    reading = ["getSipTrunkSecurityProfile", "listSipTrunkSecurityProfile", "listSipTrunk"]
    if check:
        assert wire.operations == reading
        assert result["diff"]["after"]["x509_subject_names"] == ["B", "CUCM10"]
        return
    assert wire.operations == [
        *reading,
        "updateSipTrunkSecurityProfile",
        "resetSipTrunkSecurityProfile",
        "getSipTrunkSecurityProfile",
    ]
    assert wire.sent[2].content == [
        ("searchCriteria", [("name", "%")]),
        ("returnedTags", [("name", ""), ("securityProfileName", ""), ("sipProfileName", "")]),
    ]
    assert wire.sent[3].content == [("uuid", UUID), ("x509SubjectName", "B,CUCM10")]
    assert wire.sent[4].content == [("uuid", UUID)]
    # This server keeps the old names whatever it is told.
    (warning,) = result["warnings"]
    assert "x509_subject_names is ['CUCM10'], not ['B', 'CUCM10']" in warning


@pytest.mark.parametrize(
    ("options", "resets"),
    [
        ({"description": "new"}, False),
        ({"description": ""}, False),
        ({"accept_replaces_header": True}, True),
        ({"accept_replaces_header": True, "reset": "never"}, False),
        ({"description": "new", "reset": "always"}, True),
    ],
)
def test_only_what_needs_it_is_reset(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], resets: bool
) -> None:
    wire = server(get=THERE, update=UUID, reset=UUID)
    result = run(DEFINITION, wire, monkeypatch, name=NAME, **options)
    assert result["reset"] is resets
    assert result["reset_trunks"] == (["To CUCM10", "Backup"] if resets else [])
    assert ("listSipTrunk" in wire.operations) is resets
    assert ("resetSipTrunkSecurityProfile" in wire.operations) is resets


def test_a_text_is_cleared_by_nil(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(get=THERE, update=UUID)
    run(DEFINITION, wire, monkeypatch, name=NAME, description="")
    assert wire.sent[1].content == [("uuid", UUID), ("description", None)]


@pytest.mark.parametrize(("check", "changed"), [(True, True), (False, True)])
def test_reset_always_without_a_change(monkeypatch: pytest.MonkeyPatch, check: bool, changed: bool) -> None:
    wire = server(get=THERE, reset=UUID)
    result = run(DEFINITION, wire, monkeypatch, check=check, name=NAME, reset="always")
    assert (result["changed"], result["reset"]) == (changed, True)
    assert ("resetSipTrunkSecurityProfile" in wire.operations) is not check


@pytest.mark.parametrize("version", ["9.1", "10.0", "15.0"])
@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("uses", [(), (("To Lab", "Lab"), ("To lab", NAME.lower()))])
@pytest.mark.parametrize(("options", "changed"), [({"transmit_security_status": True}, True), ({}, False)])
def test_a_profile_that_no_trunk_uses_needs_no_reset(
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    check: bool,
    uses: tuple[tuple[str, str], ...],
    options: dict[str, Any],
    changed: bool,
) -> None:
    wire = server(get=THERE, update=UUID, listSipTrunk=trunks(*uses))
    result = run(
        DEFINITION, wire, monkeypatch, check=check, version=version, name=NAME, reset="always", **options
    )
    assert (result["changed"], result["reset"], result["reset_trunks"]) == (changed, False, [])
    assert "reset" not in result["diff"]["after"]
    assert "doDeviceReset" not in wire.operations
    assert "resetSipTrunkSecurityProfile" not in wire.operations


@pytest.mark.parametrize("check", [False, True])
def test_9_1_resets_the_trunks_that_use_the_profile(monkeypatch: pytest.MonkeyPatch, check: bool) -> None:
    wire = server(get=THERE, update=UUID, doDeviceReset="true")
    result = run(
        DEFINITION,
        wire,
        monkeypatch,
        check=check,
        version="9.1",
        name=NAME,
        transmit_security_status=True,
        allow_charging_header=False,
    )
    assert (result["changed"], result["reset"]) == (True, True)
    assert result["reset_trunks"] == ["To CUCM10", "Backup"]
    assert result["diff"]["before"] == {"name": NAME, "transmit_security_status": False}
    assert result["diff"]["after"] == {
        "name": NAME,
        # This server keeps the old value whatever it is told.
        "transmit_security_status": check,
        "reset": True,
        "reset_trunks": ["To CUCM10", "Backup"],
    }
    reading = ["getSipTrunkSecurityProfile", "listSipTrunk"]
    if check:
        assert wire.operations == reading
        return
    assert wire.operations == [
        *reading,
        "updateSipTrunkSecurityProfile",
        "doDeviceReset",
        "doDeviceReset",
        "getSipTrunkSecurityProfile",
    ]
    assert wire.sent[1].content == [
        ("searchCriteria", [("name", "%")]),
        ("returnedTags", [("name", ""), ("securityProfileName", ""), ("sipProfileName", "")]),
    ]
    assert wire.sent[2].content == [("uuid", UUID), ("transmitSecurityStatus", "true")]
    assert [sent.content for sent in wire.sent[3:5]] == [
        [("deviceName", "To CUCM10"), ("deviceResetType", "Reset")],
        [("deviceName", "Backup"), ("deviceResetType", "Reset")],
    ]
    assert {sent.headers["SOAPAction"] for sent in wire.sent[3:5]} == {'"CUCM:DB ver=9.1 doDeviceReset"'}


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize(("version", "operation"), [("9.1", "doDeviceReset"), ("10.0", f"reset{KIND}")])
def test_reset_always_of_a_profile_in_use(
    monkeypatch: pytest.MonkeyPatch, version: str, operation: str, check: bool
) -> None:
    wire = server(get=THERE, reset=UUID, doDeviceReset="true")
    result = run(DEFINITION, wire, monkeypatch, check=check, version=version, name=NAME, reset="always")
    assert (result["changed"], result["reset_trunks"]) == (True, ["To CUCM10", "Backup"])
    assert set(wire.operations[2:]) == (set() if check else {operation})


def test_a_trunk_whose_profile_the_list_does_not_have_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    other = UUID.replace("A", "B")
    bare = f"<sipTrunk uuid='{other}'><name>Bare</name><securityProfileName/></sipTrunk>"
    whole = trunks(("Bare", NAME)).replace(UUID, other)
    wire = server(get=THERE, update=UUID, listSipTrunk=USED + bare, getSipTrunk=whole, doDeviceReset="true")
    result = run(DEFINITION, wire, monkeypatch, version="9.1", name=NAME, transmit_security_status=True)
    assert result["reset_trunks"] == ["To CUCM10", "Backup", "Bare"]
    assert wire.last("getSipTrunk").content == [("uuid", other)]
    assert wire.operations.count("getSipTrunk") == 1


def test_trunks_that_cannot_be_listed_stop_the_change(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(get=THERE, listSipTrunk=fault(-1, "Query request too large"))
    result = run(DEFINITION, wire, monkeypatch, version="9.1", name=NAME, transmit_security_status=True)
    assert (result["changed"], result["reason"]) == (False, "axl_fault")
    assert result["msg"].startswith("cucma-pub.example.com, listSipTrunk: ")
    assert "updateSipTrunkSecurityProfile" not in wire.operations


@pytest.mark.parametrize(
    ("answers", "done", "left"),
    [
        ([fault(5007, "Item not valid: gone"), "true", "true"], ["Backup", "Third"], "'To CUCM10'"),
        (["true", fault(-1, "No"), "true"], ["To CUCM10", "Third"], "'Backup'"),
        ([fault(-1, "No")] * 3, [], "'To CUCM10', 'Backup', 'Third'"),
        # Who does not answer would not answer for the next one either.
        (["true", requests.exceptions.ReadTimeout()], ["To CUCM10"], "'Backup', 'Third'"),
    ],
)
def test_on_9_1_a_trunk_that_is_not_reset_is_named_and_does_not_keep_others_from_it(
    monkeypatch: pytest.MonkeyPatch, answers: list[str | Reply | Exception], done: list[str], left: str
) -> None:
    wire = server(get=THERE, update=UUID, listSipTrunk=USED + trunks(("Third", NAME)))
    inner, waiting = wire.answer, list(answers)

    def answer(sent: Sent) -> Reply | Exception:
        if sent.operation != "doDeviceReset":
            return inner(sent)
        reply = waiting.pop(0)
        return soap(sent.version, sent.operation, reply) if isinstance(reply, str) else reply

    wire.answer = answer
    result = run(DEFINITION, wire, monkeypatch, version="9.1", name=NAME, transmit_security_status=True)
    assert (result["failed"], result["changed"], result["reason"]) == (True, True, "reset_failed")
    assert result["reset_trunks"] == done
    assert waiting == []
    assert f"is stored as wanted, but of the devices that use it {left} could not be reset" in result["msg"]
    assert result["msg"].startswith("cucma-pub.example.com, doDeviceReset: ")
    assert result["msg"].endswith(
        "Reset them on the administration page, or run this task once with reset: always."
    )


def test_a_reset_that_fails_says_that_the_change_is_stored(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(get=THERE, update=UUID, reset=fault(-1, "No"))
    result = run(DEFINITION, wire, monkeypatch, name=NAME, transmit_security_status=True)
    assert result["failed"] is True
    assert result["changed"] is True
    assert result["reason"] == "reset_failed"
    assert "is stored as wanted" in result["msg"]
    assert "reset: always" in result["msg"]


@pytest.mark.parametrize("check", [False, True])
def test_a_subject_name_of_another_profile_on_the_same_port(
    monkeypatch: pytest.MonkeyPatch, check: bool
) -> None:
    wire = server(get=NOT_FOUND, list=listed(("Lab", "A cucm10,B", 5061)), add=UUID)
    result = run(
        DEFINITION,
        wire,
        monkeypatch,
        check=check,
        name=NAME,
        x509_subject_names=["CUCM10"],
        incoming_port=5061,
    )
    assert result["failed"] is True
    assert result["msg"] == (
        "cucma-pub.example.com: the SIP trunk security profile 'Lab' has the X.509 subject name cucm10 with the"
        " incoming port 5061 already. Option: x509_subject_names. Use that profile, another incoming_port, or"
        " take the name out of that profile. If it is left from an earlier name of the same peer, remove it with"
        " its trunk and patterns: the playbook unpair_clusters does that with the earlier name in cucm_peers."
    )
    assert "addSipTrunkSecurityProfile" not in wire.operations


@pytest.mark.parametrize(
    "others",
    [[], [("Lab", "CUCM10", 5062)], [("Lab", "CUCM11", 5061)], [(NAME, "CUCM10", 5061)], [("Lab", "", 5061)]],
)
def test_a_subject_name_that_is_free(
    monkeypatch: pytest.MonkeyPatch, others: list[tuple[str, str, int]]
) -> None:
    wire = after_add(list=listed(*others), add=UUID)
    result = run(DEFINITION, wire, monkeypatch, name=NAME, x509_subject_names=["CUCM10"], incoming_port=5061)
    assert result["changed"] is True, result


@pytest.mark.parametrize(
    ("options", "works"),
    [
        ({"nonce_validity_time": 700}, False),
        ({"nonce_validity_time": 600}, True),
        ({"nonce_validity_time": 700, "enable_digest_authentication": True}, True),
    ],
)
def test_a_nonce_validity_wants_digest_authentication(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], works: bool
) -> None:
    result = run(DEFINITION, server(get=THERE), monkeypatch, check=True, name=NAME, **options)
    assert result.get("failed", False) is not works
    assert works or "Option: nonce_validity_time" in result["msg"]


def test_copy_from_is_the_base_of_a_new_profile_only(monkeypatch: pytest.MonkeyPatch) -> None:
    inner = after_add(list="", add=UUID)
    base = (
        f"<sipTrunkSecurityProfile uuid='{UUID}'><name>Base</name><description>Base</description>"
        "<incomingTransport>TCP+UDP</incomingTransport><outgoingTransport>TCP</outgoingTransport>"
        "<digestAuthentication>true</digestAuthentication><noncePolicyTime>700</noncePolicyTime><allowReplaceHeader>true</allowReplaceHeader>"
        "</sipTrunkSecurityProfile>"
    )

    def answer(sent: Sent) -> Reply | Exception:
        if sent.content == [("name", "Base")]:
            return soap(sent.version, sent.operation, base)
        return inner.answer(sent)

    wire = Server(answer)
    result = run(
        DEFINITION,
        wire,
        monkeypatch,
        name=NAME,
        copy_from="Base",
        outgoing_transport_type="TLS",
        reset="never",
    )
    assert result["changed"] is True, result
    ((_element, sent),) = wire.last("addSipTrunkSecurityProfile").content
    values = dict(sent)
    assert values["name"] == NAME
    assert values["description"] == "Base"
    assert values["outgoingTransport"] == "TLS"
    assert values["noncePolicyTime"] == "700"
    assert values["allowReplaceHeader"] == "true"
    assert "x509SubjectName" not in values

    wire = server(get=THERE)
    result = run(DEFINITION, wire, monkeypatch, name=NAME, copy_from="Base")
    assert result["changed"] is False
    assert len(wire.sent) == 1


BASE = (
    f"<sipTrunkSecurityProfile uuid='{UUID}'><name>Base</name><securityMode>Encrypted</securityMode>"
    "<incomingTransport>TLS</incomingTransport><outgoingTransport>TLS</outgoingTransport>"
    "<digestAuthentication>false</digestAuthentication><noncePolicyTime>600</noncePolicyTime>"
    f"<x509SubjectName>CUCM10</x509SubjectName>{PORT}</sipTrunkSecurityProfile>"
)


def with_base(wire: Server, base: str | Reply) -> Server:
    """The same server, on which there is a profile Base besides."""

    def answer(sent: Sent) -> Reply | Exception:
        if sent.operation.startswith("get") and sent.content == [("name", "Base")]:
            return soap(sent.version, sent.operation, base) if isinstance(base, str) else base
        return wire.answer(sent)

    return Server(answer)


@pytest.mark.parametrize(
    ("options", "option", "remedy"),
    [
        ({}, "copy_from", "Give the new profile its own x509_subject_names"),
        ({"x509_subject_names": ["CUCM10"]}, "x509_subject_names", "Use that profile"),
    ],
)
def test_a_subject_name_that_was_copied(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], option: str, remedy: str
) -> None:
    wire = with_base(server(get=NOT_FOUND, list=listed(("Base", "CUCM10", 5061))), BASE)
    result = run(DEFINITION, wire, monkeypatch, name=NAME, copy_from="Base", **options)
    assert result["failed"] is True
    assert ("copied from 'Base'" in result["msg"]) == (option == "copy_from")
    assert f"Option: {option}. {remedy}" in result["msg"]
    assert not any(operation.startswith("add") for operation in wire.operations)


@pytest.mark.parametrize("options", [{"x509_subject_names": []}, {"incoming_port": 5062}])
def test_a_copy_without_the_clash(monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]) -> None:
    wire = with_base(server(get=NOT_FOUND, list=listed(("Base", "CUCM10", 5061))), BASE)
    result = run(DEFINITION, wire, monkeypatch, check=True, name=NAME, copy_from="Base", **options)
    assert result["changed"] is True, result


TLS = {"incoming_transport_type": "TLS", "outgoing_transport_type": "TLS"}
BOTH = "incoming_transport_type, outgoing_transport_type"


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("mode", ["Encrypted", "Authenticated"])
@pytest.mark.parametrize(
    ("options", "wrong", "words"),
    [
        ({}, BOTH, "incoming_transport_type is TCP+UDP and outgoing_transport_type is not set"),
        ({"incoming_transport_type": "TLS"}, "outgoing_transport_type", "outgoing_transport_type is not set"),
        (
            {**TLS, "incoming_transport_type": "UDP"},
            "incoming_transport_type",
            "incoming_transport_type is UDP",
        ),
        (
            {**TLS, "outgoing_transport_type": "TCP"},
            "outgoing_transport_type",
            "outgoing_transport_type is TCP",
        ),
    ],
)
def test_a_new_secure_profile_wants_tls(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], wrong: str, words: str, mode: str, check: bool
) -> None:
    wire = server(get=NOT_FOUND)
    result = run(DEFINITION, wire, monkeypatch, check=check, name=NAME, device_security_mode=mode, **options)
    assert result["reason"] == "invalid_option"
    assert result["msg"].startswith("cucma-pub.example.com: ")
    assert (
        f"the device security mode {mode}, which is TLS, but {words}. Option: {wrong}. Set" in result["msg"]
    )
    assert wire.operations == ["getSipTrunkSecurityProfile"]


PLAIN = THERE.replace("Encrypted", "Non Secure").replace(">TLS<", ">TCP<")


@pytest.mark.parametrize(
    ("there", "options", "wrong"),
    [
        (PLAIN, {"device_security_mode": "Encrypted"}, BOTH),
        (
            PLAIN,
            {"device_security_mode": "Encrypted", "incoming_transport_type": "TLS"},
            "outgoing_transport_type",
        ),
        (PLAIN, {"device_security_mode": "Encrypted", **TLS}, None),
        # What a page would do about TLS without security is not known.
        (PLAIN, TLS, None),
        (THERE, {"incoming_transport_type": "TCP"}, "incoming_transport_type"),
        (THERE, {"device_security_mode": "Authenticated"}, None),
        (THERE, {"device_security_mode": "Non Secure"}, None),
        # Wrong before, and not by this task.
        (THERE.replace(">TLS<", ">TCP<"), {"description": "New"}, None),
    ],
)
def test_a_change_keeps_security_and_tls_together(
    monkeypatch: pytest.MonkeyPatch, there: str, options: dict[str, Any], wrong: str | None
) -> None:
    wire = server(get=there)
    result = run(DEFINITION, wire, monkeypatch, check=True, name=NAME, **options)
    if wrong is None:
        assert result["changed"] is True, result
    else:
        assert f"Option: {wrong}." in result["msg"]


@pytest.mark.parametrize(
    ("options", "works"),
    [
        ({"device_security_mode": "Encrypted"}, True),
        ({"device_security_mode": "Encrypted", "incoming_transport_type": "TCP"}, False),
        ({"incoming_transport_type": "TCP"}, True),
        ({"nonce_validity_time": 700}, True),
        ({"nonce_validity_time": 700, "enable_digest_authentication": False}, False),
        ({"x509_subject_names": ["CUCM10"]}, True),
        ({"x509_subject_names": ["CUCM10"], "incoming_port": 5060}, False),
        ({"incoming_port": 5060}, True),
    ],
)
def test_check_mode_judges_what_is_known_of_a_copy_of_a_profile_still_to_be_made(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], works: bool
) -> None:
    wire = server(get=NOT_FOUND, list=listed(("Lab", "CUCM10", 5060)))
    result = run(DEFINITION, wire, monkeypatch, check=True, name=NAME, copy_from="Base", **options)
    assert result.get("failed", False) is not works, result


def test_copy_from_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(get=NOT_FOUND)
    result = run(DEFINITION, wire, monkeypatch, name=NAME, copy_from="Base")
    assert result["reason"] == "missing_reference"
    assert "Option: copy_from" in result["msg"]

    result = run(DEFINITION, wire, monkeypatch, check=True, name=NAME, copy_from="Base")
    assert result["changed"] is True
    assert "'Base'" in result["warnings"][0]


@pytest.mark.parametrize("check", [False, True])
def test_remove(monkeypatch: pytest.MonkeyPatch, check: bool) -> None:
    wire = server(get=THERE, remove=UUID)
    result = run(DEFINITION, wire, monkeypatch, check=check, name=NAME, state="absent")
    assert result["changed"] is True
    assert result["diff"]["before"]["name"] == NAME
    assert result["diff"]["after"] == result["sip_trunk_security_profile"] == {}
    assert wire.operations[1:] == ([] if check else ["removeSipTrunkSecurityProfile"])


def test_remove_what_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(get=NOT_FOUND)
    result = run(DEFINITION, wire, monkeypatch, name=NAME, state="absent")
    assert result["changed"] is False
    assert len(wire.sent) == 1


def test_remove_what_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(get=THERE, remove=fault(-692, "Key value for constraint is still being referenced."))
    result = run(DEFINITION, wire, monkeypatch, name=NAME, state="absent")
    assert result["reason"] == "axl_fault"
    assert result["axl_code"] == -692
    assert "still refers to it" in result["msg"]


# An answer that is lost


class Losing:
    """A server that loses answers to the write; `does` says which of them it carried out all the same."""

    def __init__(self, verb: str, does: list[bool], before: str | Reply, after: str | Reply) -> None:
        self.verb, self.does, self.state, self.after = verb, does, before, after
        self.server = Server(self.answer)

    def answer(self, sent: Sent) -> Reply | Exception:
        verb = sent.operation.removesuffix("SipTrunkSecurityProfile")
        if verb == "get":
            state = self.state
            return soap(sent.version, sent.operation, state) if isinstance(state, str) else state
        if verb == self.verb and self.does:
            if self.does.pop(0):
                self.state = self.after
            return requests.exceptions.ReadTimeout()
        if verb == self.verb:
            self.state = self.after
        return soap(sent.version, sent.operation, UUID)


CHANGED = THERE.replace("To CUCM10", "New")


@pytest.mark.parametrize(
    ("verb", "before", "after", "options"),
    [
        ("add", NOT_FOUND, THERE, {"description": "To CUCM10"}),
        ("update", THERE, CHANGED, {"description": "New"}),
        ("remove", THERE, NOT_FOUND, {"state": "absent"}),
    ],
)
@pytest.mark.parametrize(
    ("does", "writes", "works"),
    [([True], 1, True), ([False], 2, True), ([False, True], 2, True), ([False, False], 2, False)],
)
def test_a_lost_answer_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
    before: str | Reply,
    after: str | Reply,
    options: dict[str, Any],
    does: list[bool],
    writes: int,
    works: bool,
) -> None:
    losing = Losing(verb, list(does), before, after)
    result = run(DEFINITION, losing.server, monkeypatch, name=NAME, **options)
    assert losing.server.operations.count(f"{verb}SipTrunkSecurityProfile") == writes
    if works:
        assert result["changed"] is True, result
        assert result["warnings"] == []
    else:
        assert result["reason"] == "answer_lost"


def test_a_lost_answer_that_cannot_be_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server(get=THERE, update=requests.exceptions.ReadTimeout())
    inner = wire.answer

    def answer(sent: Sent) -> Reply | Exception:
        if "updateSipTrunkSecurityProfile" in wire.operations[:-1]:
            return Reply("<html/>", 401, "text/html")
        return inner(sent)

    wire.answer = answer
    result = run(DEFINITION, wire, monkeypatch, name=NAME, description="New")
    assert result["reason"] == "answer_lost"
    assert "could not be read either" in result["msg"]
