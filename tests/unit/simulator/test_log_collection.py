# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log collection doors over HTTPS: listing, download, releases without GetOneFile, faults."""

from __future__ import annotations

import gzip
import re
import ssl
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from ansible_collections.ucops.cucm.tests.simulator.log_collection import COOKIE, DIME_ACTION, DIME_PATH, PATH
from ansible_collections.ucops.cucm.tests.simulator.node_files import CAPTURE_DIRECTORY
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator, running_simulator
from ansible_collections.ucops.cucm.tests.simulator.soap import AST
from ansible_collections.ucops.cucm.tests.simulator.topology import guide_topology
from ansible_collections.ucops.cucm.tests.unit.simulator.log_collection_client import (
    CRITERIA,
    attached,
    content,
    get_file,
    listed,
    select,
    send,
)
from ansible_collections.ucops.cucm.tests.unit.simulator.support import USER, Client, hurried
from lxml import etree

A, A_SUB = "cucma-pub", "cucma-sub1"
CAPTURE = f"{CAPTURE_DIRECTORY}packets.cap"


@pytest.fixture
def client(sim: RunningSimulator) -> Client:
    return Client(sim.node(A), USER)


@pytest.fixture(scope="module")
def old() -> Iterator[RunningSimulator]:
    """Releases 9.1 and 10.5."""
    with running_simulator(hurried(guide_topology())) as simulator:
        yield simulator


def dime(client: Client, path: str, kind: str = "get:FileName") -> requests.Response:
    body = (
        "<soap:GetOneFile><FileName xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance'"
        f" xsi:type='{kind}' xmlns:get='http://cisco.com/ccm/serviceability/soap/LogCollection/GetFile/'>"
        f"{path}</FileName></soap:GetOneFile>"
    )
    return send(client, body, DIME_ACTION, DIME_PATH)


def fault(reply: requests.Response) -> str:
    assert reply.status_code == 500
    return str(etree.fromstring(reply.content)[0][0].findtext("faultstring"))


def write(sim: RunningSimulator, node: str = A, *, connid: int = 1, close: bool = False) -> None:
    """Leave a line in a node's trace, and perhaps close its file."""

    def work() -> None:
        trace = sim.node(node).trace
        trace.connection_created(connid, "192.0.2.200", 5061)
        if close:
            trace.rotate()

    sim.do(work)


def capture(sim: RunningSimulator, node: str = A) -> bytes:
    """Leave a capture with two packets on a node; returns its bytes."""

    def work() -> bytes:
        wiretap = sim.node(node).wiretap
        recording = wiretap.record("packets", size=65535)
        wiretap.refused(("192.0.2.203", 40000), ("192.0.2.200", 5061))
        recording.stop()
        return wiretap.files()[0].data

    return sim.do(work)


def date(moment: datetime) -> str:
    return moment.strftime("%m/%d/%y %I:%M %p")


# Files


def test_gzo_comes_decompressed_and_gz_as_it_is(sim: RunningSimulator, client: Client) -> None:
    write(sim, connid=7, close=True)
    write(sim, connid=8)
    names = [file["absolutepath"] for file in listed(select(client)).values()]
    assert [name.rpartition(".")[2] for name in names] == ["gz", "gzo"]
    closed, opened = (attached(get_file(client, name)) for name in names)
    assert b"connid=7," in gzip.decompress(closed)
    assert b"connid=8," in opened


def test_capture_comes_byte_by_byte_by_both_doors(sim: RunningSimulator, client: Client) -> None:
    data = capture(sim)
    assert attached(get_file(client, CAPTURE)) == data
    assert attached(dime(Client(sim.node(A), USER), CAPTURE)) == data


def test_listing_of_captures(sim: RunningSimulator, client: Client) -> None:
    data = capture(sim)
    write(sim)
    reply = select(client, ServiceLogs="", SystemLogs="<item>Packet Capture Logs</item>")
    (file,) = list(listed(reply).values())
    assert (file["name"], file["absolutepath"]) == ("packets.cap", CAPTURE)
    assert file["filesize"] == str(len(data))
    assert re.fullmatch(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d UTC 20\d\d", file["modifiedDate"])
    assert content(reply).findtext(f".//{{{AST}}}Node/{{{AST}}}name") == "cucma-pub"


def test_nothing_asked_for_nothing_listed(sim: RunningSimulator, client: Client) -> None:
    capture(sim)
    write(sim)
    assert listed(select(client, ServiceLogs="")) == {}
    assert listed(select(client, ServiceLogs="<item>Cisco Tftp</item>")) == {}
    assert listed(select(Client(sim.node(A_SUB), USER))) == {}


def test_window_of_dates(sim: RunningSimulator, client: Client) -> None:
    write(sim)
    now = sim.do(sim.node(A).clock.now)
    minute = timedelta(minutes=1)
    for begin, end, found in (
        (now - minute, now + minute, 1),
        (now + minute, now + 2 * minute, 0),
        (now - 3 * minute, now - 2 * minute, 0),
    ):
        assert len(listed(select(client, FromDate=date(begin), ToDate=date(end)))) == found
    for blank in ({"FromDate": date(now + minute)}, {"ToDate": date(now + minute)}, {}):
        assert len(listed(select(client, **blank))) == (0 if "FromDate" in blank else 1)


@pytest.mark.parametrize(
    ("zone", "east"),
    [
        ("Client: (GMT+5:30)India Standard Time-Asia/Kolkata", timedelta(hours=5, minutes=30)),
        ("Client: (GMT-7:0)Somewhere-Nowhere/Land", timedelta(hours=-7)),
        ("Client: (GMT+0:00)Coordinated Universal Time-Etc/UTC", timedelta()),
        ("", timedelta()),
    ],
)
def test_dates_are_in_the_zone_that_is_named(
    sim: RunningSimulator, client: Client, zone: str, east: timedelta
) -> None:
    write(sim)
    now = sim.do(sim.node(A).clock.now)
    window = {
        "FromDate": date(now + east - timedelta(minutes=2)),
        "ToDate": date(now + east + timedelta(minutes=2)),
    }
    assert len(listed(select(client, TimeZone=zone, **window))) == 1
    other = "Client: (GMT+12:0)Far-Pacific/Auckland"
    assert listed(select(client, TimeZone=other, **window)) == {}


def test_file_that_does_not_exist(sim: RunningSimulator, client: Client) -> None:
    capture(sim)
    for path in (
        f"{CAPTURE_DIRECTORY}other.cap",
        "/etc/shadow",
        f"{CAPTURE_DIRECTORY}../cli/packets.cap",
        "",
    ):
        assert fault(get_file(client, path)) == f"FileName {path} do not exist"
    assert fault(dime(Client(sim.node(A), USER), "/no.cap")) == "FileName /no.cap do not exist"


def test_capture_that_still_runs_does_not_exist(sim: RunningSimulator, client: Client) -> None:
    recording = sim.do(lambda: sim.node(A).wiretap.record("packets"))
    assert "do not exist" in fault(get_file(client, CAPTURE))
    sim.do(recording.stop)
    assert len(attached(get_file(client, CAPTURE))) == 24


# The other operations


def test_services_and_zone(sim: RunningSimulator, client: Client) -> None:
    known = content(send(client, f"<listNodeServiceLogs xmlns='{AST}'><ListRequest/></listNodeServiceLogs>"))
    assert known.xpath("//*[local-name()='name']/text()") == ["cucma-pub", "cucma-sub1"]
    assert "Cisco CallManager" in known.xpath("//*[local-name()='ServiceLog']/*/text()")
    assert content(send(client, f"<LocalHost xmlns='{AST}'/>", "getTimeZone")).text == "Etc/UTC"


def test_listing_needs_its_service_and_a_download_does_not(sim: RunningSimulator, client: Client) -> None:
    data = capture(sim)
    sim.do(lambda: sim.node(A).services.control("SOAP -Log Collection APIs", "Stop"))
    sim.advance(10)
    assert "is not running" in fault(select(client))
    assert attached(get_file(client, CAPTURE)) == data


@pytest.mark.parametrize("release", ["9.1", "10.5"])
def test_old_releases_have_no_get_one_file(old: RunningSimulator, release: str) -> None:
    old.reset()
    node = next(node.name for node in old.world.nodes() if node.cluster.topology.release == release)
    data = capture(old, node)
    client = Client(old.node(node), USER)
    # An old Tomcat speaks TLS 1.0 only, which a client of today has to be told.
    client._session.mount("https://", legacy_adapter())
    assert "Operation not found" in fault(get_file(client, CAPTURE))
    assert "Operation not found" in fault(send(client, f"<LocalHost xmlns='{AST}'/>", "getTimeZone"))
    assert "GetOneFile" not in operations(client)
    assert "selectLogFiles" in operations(client)
    client._session.cookies.clear()
    assert attached(dime(client, CAPTURE)) == data


def legacy_adapter() -> requests.adapters.HTTPAdapter:
    class Adapter(requests.adapters.HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.set_ciphers("DEFAULT:@SECLEVEL=0")
            context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
            super().init_poolmanager(*arguments, **options, ssl_context=context)

    return Adapter()


def operations(client: Client) -> set[str]:
    """The operations of the published WSDL."""
    tree = etree.fromstring(client.request("GET", f"{PATH}?wsdl").content)
    return {found.get("name", "") for found in tree.iter("{http://schemas.xmlsoap.org/wsdl/}operation")}


def test_wsdl_has_all_operations_in_new_releases(client: Client) -> None:
    assert operations(client) == {"GetOneFile", "getTimeZone", "listNodeServiceLogs", "selectLogFiles"}


# What is refused


@pytest.mark.parametrize(
    "criteria",
    [
        {"FromDate": "2026-11-24 10:00"},
        {"ToDate": "13/01/26 10:00 AM"},
        {"TimeZone": "Mars"},
        {"JobType": "PushtoSFTPServer"},
        {"JobType": "Mail"},
        {"RelTime": "1000"},
    ],
)
def test_criteria_that_are_refused(client: Client, criteria: dict[str, str]) -> None:
    assert fault(select(client, **criteria))


def test_order_of_the_criteria_is_fixed(client: Client) -> None:
    moved = {"RemoteFolder": CRITERIA["RemoteFolder"], **CRITERIA}
    body = "".join(f"<{name}>{text}</{name}>" for name, text in moved.items())
    request = f"<selectLogFiles xmlns='{AST}'><FileSelectionCriteria>{body}</FileSelectionCriteria></selectLogFiles>"
    assert "not expected" in fault(send(client, request))


@pytest.mark.parametrize(
    ("body", "action"),
    [
        ("", "GetOneFile"),
        ("<FileName>/x</FileName>", "GetOneFile"),
        (f"<GetOneFile xmlns='{AST}'><FileName>/x</FileName></GetOneFile>", "GetOneFile"),
        (f"<FileName xmlns='{AST}'>/x</FileName>", "getTimeZone"),
        ("<not-closed>", "GetOneFile"),
    ],
)
def test_requests_of_the_wrong_shape(client: Client, body: str, action: str) -> None:
    assert "do not exist" not in fault(send(client, body, action))


def test_dime_wants_its_type_and_action(sim: RunningSimulator, client: Client) -> None:
    capture(sim)
    assert "needs a FileName" in fault(dime(client, CAPTURE, "xsd:string"))
    body = f"<FileName xmlns='{AST}'>{CAPTURE}</FileName>"
    assert "No such operation" in fault(send(client, body, DIME_ACTION, DIME_PATH))


def test_accounts(sim: RunningSimulator) -> None:
    capture(sim)
    wrong, reader = (
        Client(sim.node(A), account) for account in ((USER[0], "wrong"), ("reader", "reader-secret"))
    )
    for door in (get_file, dime):
        assert door(wrong, CAPTURE).status_code == 401
        assert door(reader, CAPTURE).status_code == 403
    assert select(reader).status_code == 403


def test_cookie_of_one_service_is_not_taken_by_the_other(sim: RunningSimulator, client: Client) -> None:
    data = capture(sim)
    assert attached(get_file(client, CAPTURE)) == data
    assert client._session.cookies[COOKIE].endswith(".log-collection")
    assert dime(client, CAPTURE).status_code == 500
    client._session.cookies.clear()
    assert attached(dime(client, CAPTURE)) == data


# Faults


def test_rate_limit_and_unavailable(sim: RunningSimulator, client: Client) -> None:
    capture(sim)
    sim.fault(kind="rate-limit", door="log-collection", operation="selectLogFiles")
    sim.fault(kind="unavailable", door="log-collection", operation="GetOneFile")
    assert "Exceeded allowed rate" in fault(select(client))
    assert get_file(client, CAPTURE).status_code == 503
    assert get_file(client, CAPTURE).status_code == 200
    sim.fault(kind="unavailable", door="dime-get-file")
    assert dime(Client(sim.node(A), USER), CAPTURE).status_code == 503


def test_truncated_file_is_shorter_than_announced(sim: RunningSimulator, client: Client) -> None:
    capture(sim)
    sim.fault(kind="truncate", door="log-collection", operation="GetOneFile")
    with pytest.raises(requests.RequestException):
        get_file(client, CAPTURE)


def test_garbage_and_html(sim: RunningSimulator, client: Client) -> None:
    capture(sim)
    sim.fault(kind="garbage", door="log-collection")
    reply = get_file(client, CAPTURE)
    assert reply.headers["Content-Type"].startswith("multipart/related")
    assert b"--MIMEBoundary" not in reply.content
    sim.fault(kind="html", door="log-collection")
    assert get_file(client, CAPTURE).text.startswith("<!doctype html>")


def test_reading_files_is_no_mutation(sim: RunningSimulator, client: Client) -> None:
    capture(sim)
    get_file(client, CAPTURE)
    select(client)
    assert len(sim.journal) == 0
    logged = [(entry.door, entry.operation, entry.status) for entry in sim.requests.entries()]
    assert logged == [("log-collection", "GetOneFile", 200), ("log-collection", "selectLogFiles", 200)]
