# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AXL client: protocol, versions, errors, and what zeep would get wrong."""

from __future__ import annotations

import itertools

import pytest
import requests
from ansible_collections.ucops.cucm.plugins.module_utils._axl import faults, objects, wsdl
from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import (
    AxlClient,
    checked_version,
    find_version,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import VERSIONS, ObjectTable
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    AuthenticationFailed,
    InvalidOption,
    PermissionDenied,
    ServerBusy,
    UnexpectedAnswer,
    UnsupportedByRelease,
)
from ansible_collections.ucops.cucm.tests.simulator.axl.service import OPERATIONS
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._axl.wire import (
    ENVELOPE,
    NOT_FOUND,
    SCHEMAS,
    UUID,
    Reply,
    Server,
    fault,
    session_with,
    soap,
    version_reply,
)
from lxml import etree

TRUNK = objects.SIP_TRUNK
PAGE_15 = (
    "<html><head><title>Error Page</title></head><body>HTTP Status 599 - Incorrect axl version."
    " Supported axl versions are 12.x, 14.0 and 15.0</body></html>"
)
PAGE_7 = (
    "<html><body>HTTP Status 599 The specified version is not available."
    "  Available versions are 1.0, 6.0, 6.1, 7.0 and 7.1</body></html>"
)


def client_for(*replies: Reply | Exception, version: str = "14.0") -> tuple[AxlClient, Server]:
    """A client of a server that gives these replies, the last one for ever."""
    following = itertools.chain(replies, itertools.repeat(replies[-1]))
    server = Server(lambda _sent: next(following))
    return AxlClient(session_with(server), version), server


def get(client: AxlClient, name: str = "T"):
    return client.call(TRUNK, "getSipTrunk", repeatable=True, name=name)


# The request


@pytest.mark.parametrize("version", VERSIONS)
def test_a_request_names_one_version_in_namespace_and_soap_action(version: str) -> None:
    client, server = client_for(soap(version, "getSipTrunk", f"<sipTrunk uuid='{UUID}'/>"), version=version)
    get(client)
    (sent,) = server.sent
    assert sent.url == "https://cucma-pub.example.com:8443/axl/"
    assert sent.headers["SOAPAction"] == f'"CUCM:DB ver={version} getSipTrunk"'
    assert sent.headers["Content-Type"].startswith("text/xml")
    assert sent.version == version
    assert sent.content == [("name", "T")]


def test_names_are_escaped_and_utf_8() -> None:
    client, server = client_for(soap("14.0", "getSipTrunk", f"<sipTrunk uuid='{UUID}'/>"))
    get(client, 'a<b>&c"é✓')
    assert server.sent[0].content == [("name", 'a<b>&c"é✓')]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_lookup_is_valid_in_every_version(version: str) -> None:
    server = Server(lambda sent: soap(version, sent.operation, "<x><name>a</name></x>"))
    client = AxlClient(session_with(server), version)
    assert all(client.exists(kind, "a") for kind in wsdl.LOOKUPS)
    assert server.operations == [f"get{kind}" for kind in wsdl.LOOKUPS]


def test_a_lookup_says_that_there_is_none() -> None:
    client, _server = client_for(NOT_FOUND)
    assert not client.exists("DevicePool", "a")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("table", objects.ALL, ids=lambda table: table.kind)
def test_operations_are_those_of_the_version(table: ObjectTable, version: str) -> None:
    text = wsdl.object_wsdl(version, table)
    resets = {
        name for name in (f"reset{table.kind}", "doDeviceReset") if f'<operation name="{name}">' in text
    }
    if table.reset_each:
        assert resets == {"doDeviceReset"}
    elif table.reset_since is None:
        assert resets == set()
    else:
        assert resets == ({"doDeviceReset"} if version == "9.1" else {f"reset{table.kind}"})


@pytest.mark.parametrize("version", VERSIONS)
def test_keys_are_as_long_as_the_real_schemas_take_them(version: str) -> None:
    server = Server(lambda sent: soap(version, sent.operation, "<x><name>a</name></x>"))
    client = AxlClient(session_with(server), version)
    for kind, key in wsdl.LOOKUPS.items():
        longest = wsdl.longest_key(kind)
        assert client.exists(kind, "x" * longest)
        if SCHEMAS:
            request = etree.Element(f"get{kind}")
            etree.SubElement(request, key).text = "x" * (longest + 1)
            assert "maxLength" in SCHEMAS[version].errors(OPERATIONS, request)[0]


# The reply


def test_an_unset_reference_is_none_whether_empty_or_nil() -> None:
    client, _server = client_for(
        soap(
            "14.0",
            "getSipTrunk",
            f"<sipTrunk uuid='{UUID}'><callingSearchSpaceName/>"
            '<aarNeighborhoodName xsi:nil="true" uuid=""'
            ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>'
            f"<devicePoolName uuid='{UUID}'>Default</devicePoolName></sipTrunk>",
        )
    )
    trunk = get(client)["sipTrunk"]
    assert trunk["callingSearchSpaceName"]["_value_1"] is None
    assert trunk["aarNeighborhoodName"]["_value_1"] is None
    assert trunk["devicePoolName"]["_value_1"] == "Default"


def test_unknown_elements_and_another_order_lose_nothing() -> None:
    client, _server = client_for(
        soap(
            "14.0",
            "getSipTrunk",
            f"<sipTrunk uuid='{UUID}'><versionStamp>{{1-2}}</versionStamp><mtpRequired>true</mtpRequired>"
            "<new><x>1</x></new><description>d</description><name>T</name>"
            "<destinations><destination><sortOrder>1</sortOrder><port>5061</port><what/>"
            "<addressIpv4>192.0.2.1</addressIpv4></destination></destinations>"
            "<srtpAllowed>true</srtpAllowed></sipTrunk>",
        )
    )
    trunk = get(client)["sipTrunk"]
    assert (trunk["name"], trunk["description"], trunk["mtpRequired"]) == ("T", "d", "true")
    assert trunk["srtpAllowed"] == "true"
    assert trunk["destinations"]["destination"][0]["addressIpv4"] == "192.0.2.1"


def test_an_empty_list_is_none() -> None:
    client, _server = client_for(soap("14.0", "listSipTrunk", ""))
    reply = client.call(
        TRUNK, "listSipTrunk", repeatable=True, searchCriteria={"name": "x"}, returnedTags={"name": ""}
    )
    assert reply is None


def test_a_reply_of_a_single_string_is_that_string() -> None:
    client, _server = client_for(soap("14.0", "removeSipTrunk", UUID))
    assert client.call(TRUNK, "removeSipTrunk", uuid=UUID) == UUID


# Faults


@pytest.mark.parametrize("namespaced", [False, True])
@pytest.mark.parametrize(
    ("code", "kind"),
    [(5007, faults.AxlNotFound), (-239, faults.AxlDuplicate), (5003, faults.AxlFault), (-1, faults.AxlFault)],
)
def test_a_fault_is_typed_by_its_code(code: int, kind: type[faults.AxlFault], namespaced: bool) -> None:
    client, server = client_for(fault(code, "The reason.", namespaced=namespaced))
    with pytest.raises(faults.AxlFault) as caught:
        get(client)
    assert caught.value.__class__ is kind
    assert caught.value.as_result() == {
        "msg": f"cucma-pub.example.com, getSipTrunk: AXL refused this: The reason (AXL code {code})."
        f" {kind.usual_remedy}.",
        "reason": kind.reason,
        "axl_code": code,
        "axl_message": "The reason.",
    }
    assert len(server.sent) == 1


def test_a_fault_without_detail_keeps_its_words() -> None:
    client, _server = client_for(fault(None, "com.cisco.Something"))
    with pytest.raises(faults.AxlFault, match=r"AXL refused this: com\.cisco\.Something\.") as caught:
        get(client)
    assert caught.value.code is None


def test_the_memory_fault_is_repeated_a_bounded_number_of_times() -> None:
    busy = fault(-1, "Maximum AXL Memory Allocation Consumed. Please retry once requests have completed")
    good = soap("14.0", "getSipTrunk", f"<sipTrunk uuid='{UUID}'><name>T</name></sipTrunk>")
    client, server = client_for(busy, busy, good)
    assert get(client)["sipTrunk"]["name"] == "T"
    assert len(server.sent) == 3

    client, server = client_for(busy)
    with pytest.raises(ServerBusy, match="Maximum AXL Memory"):
        get(client)
    assert len(server.sent) == 4


def test_a_read_whose_answer_is_lost_is_repeated_and_a_write_is_not() -> None:
    good = soap("14.0", "getSipTrunk", f"<sipTrunk uuid='{UUID}'><name>T</name></sipTrunk>")
    client, server = client_for(requests.exceptions.ReadTimeout(), good)
    assert get(client)["sipTrunk"]["name"] == "T"
    assert len(server.sent) == 2

    client, server = client_for(requests.exceptions.ReadTimeout())
    with pytest.raises(AnswerLost):
        client.call(TRUNK, "removeSipTrunk", uuid=UUID)
    assert len(server.sent) == 1


# What is not SOAP


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply("", 200), "an empty reply"),
        (Reply("<html><title>Login</title></html>", 200, "text/html"), "a web page.*'Login'"),
        (Reply("hello", 200), "not XML"),
        (Reply("<soapenv:Envelope", 200), "not XML"),
        (Reply("<x/>", 200), "not SOAP"),
        (Reply("", 500), "an empty reply"),
        (Reply("<h1>oops</h1>", 500, "text/html"), "a web page"),
        (Reply("<title>Not here</title>", 404, "text/html"), "HTTP 404 'Not here'"),
        (Reply("", 302), "HTTP 302"),
        (
            Reply(f"<e:Envelope xmlns:e='{ENVELOPE}'><e:Body/></e:Envelope>", 500),
            "HTTP 500 without a SOAP fault",
        ),
        (Reply("plain", 502, "text/plain"), "HTTP 502"),
    ],
)
def test_what_is_not_soap_never_reaches_zeep(reply: Reply, words: str) -> None:
    client, server = client_for(reply)
    with pytest.raises(UnexpectedAnswer, match=words) as caught:
        get(client)
    assert (caught.value.host, caught.value.operation) == ("cucma-pub.example.com", "getSipTrunk")
    assert caught.value.remedy
    assert len(server.sent) == 1


def test_an_external_entity_is_not_resolved(tmp_path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret")
    client, _server = client_for(Reply(f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{secret}">]><x>&e;</x>'))
    with pytest.raises(UnexpectedAnswer) as caught:
        get(client)
    assert "secret" not in str(caught.value).replace(str(secret), "")


def test_a_refused_account_is_tried_once() -> None:
    client, server = client_for(Reply("<html/>", 401, "text/html"))
    with pytest.raises(AuthenticationFailed):
        get(client)
    assert len(server.sent) == 1


def test_a_lacking_role_is_named() -> None:
    client, _server = client_for(Reply("<html/>", 403, "text/html"))
    with pytest.raises(PermissionDenied, match="Standard AXL API Access"):
        get(client)


@pytest.mark.parametrize(
    ("page", "accepted"),
    [(PAGE_15, ["12.x", "14.0", "15.0"]), (PAGE_7, ["1.0", "6.0", "6.1", "7.0", "7.1"]), ("<html/>", [])],
)
def test_a_version_that_is_not_accepted(page: str, accepted: list[str]) -> None:
    client, _server = client_for(Reply(page, 599, "text/html"))
    with pytest.raises(faults.VersionNotAccepted, match="axl_version") as caught:
        get(client)
    assert caught.value.as_result()["accepted_versions"] == accepted
    assert "14.0" in str(caught.value)


# Versions


@pytest.mark.parametrize(
    ("release", "version"),
    [
        ("9.1.2.10000-28", "9.1"),
        ("10.0.1.10000-24", "10.0"),
        ("10.5.2.13900-12", "10.5"),
        ("11.0.1.10000-10", "11.0"),
        ("11.5.1.15900-18", "11.5"),
        ("12.0.1.10000-10", "12.0"),
        ("12.5.1.18900-40", "12.5"),
        ("14.0.1.10000-20", "14.0"),
        ("15.0.1.10000-32", "15.0"),
        ("12.8.1.1", "12.5"),
    ],
)
def test_the_release_decides_the_version(release: str, version: str) -> None:
    server = Server(lambda _sent: version_reply(release))
    assert find_version(session_with(server)) == version
    (sent,) = server.sent
    assert (sent.operation, sent.version, sent.content) == ("getCCMVersion", "1.0", "")
    assert "SOAPAction" not in sent.headers


def test_the_version_is_asked_once_a_process() -> None:
    server = Server(lambda _sent: version_reply("14.0.1.10000-20"))
    assert {AxlClient(session_with(server)).version for _time in range(3)} == {"14.0"}
    assert len(server.sent) == 1


def test_a_given_version_is_not_asked_for() -> None:
    server = Server(lambda _sent: version_reply("14.0.1.10000-20"))
    assert AxlClient(session_with(server), "12.5").version == "12.5"
    assert server.sent == []


@pytest.mark.parametrize("release", ["8.6.2.10000-30", "9.0.1.10000-37", "7.1.5"])
def test_a_release_too_old_is_named(release: str) -> None:
    server = Server(lambda _sent: version_reply(release))
    with pytest.raises(UnsupportedByRelease, match=release):
        find_version(session_with(server))


@pytest.mark.parametrize(
    ("page", "version"),
    [(None, "15.0"), (PAGE_15.replace("15.0", "16.0"), "14.0"), (PAGE_15.replace("14.0", "17.0"), "15.0")],
)
def test_a_release_newer_than_the_tables(page: str | None, version: str) -> None:
    replies = iter(
        [version_reply("17.0.1.1"), Reply(page, 599, "text/html") if page else version_reply("17.0.1.1")]
    )
    server = Server(lambda _sent: next(replies))
    assert find_version(session_with(server)) == version
    assert [sent.version for sent in server.sent] == ["1.0", "15.0"]


def test_a_release_newer_than_anything_in_common() -> None:
    replies = iter([version_reply("30.0.1.1"), Reply("Supported axl versions are 28.0 and 30.0", 599)])
    server = Server(lambda _sent: next(replies))
    with pytest.raises(UnsupportedByRelease, match=r"28\.0, 30\.0"):
        find_version(session_with(server))


def test_a_version_that_says_nothing() -> None:
    server = Server(lambda _sent: version_reply("unknown"))
    with pytest.raises(UnexpectedAnswer, match="axl_version"):
        find_version(session_with(server))


@pytest.mark.parametrize(
    ("text", "version"), [("14", "14.0"), ("14.0", "14.0"), (" 9.1 ", "9.1"), ("12.5", "12.5")]
)
def test_the_option_names_a_version(text: str, version: str) -> None:
    assert checked_version(text, "cucma-pub.example.com") == version


@pytest.mark.parametrize("text", [" ", "8.5", "14.1", "latest", "9"])
def test_the_option_names_no_version_that_we_know(text: str) -> None:
    server = Server(lambda _sent: version_reply("14.0.1.10000-20"))
    with pytest.raises(InvalidOption, match=r"9\.1, 10\.0") as caught:
        AxlClient(session_with(server), text)
    assert (caught.value.host, caught.value.option) == ("cucma-pub.example.com", "axl_version")
    assert server.sent == []
