# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log collection over real TLS: the requests element by element, and every way in which a download ends."""

from __future__ import annotations

import gzip
import itertools
import stat
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common import http
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    AuthenticationFailed,
    CucmError,
    InvalidOption,
    PermissionDenied,
    ServerBusy,
    UnexpectedAnswer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability import log_collection
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.log_collection import (
    DIME_ACTION,
    DIME_PATH,
    DOWNLOAD_BACK_OFF,
    FILE_WAIT,
    PATH,
    FileAbsent,
    LogCollection,
    LogFile,
)
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.soap import ServiceabilityFault
from ansible_collections.ucops.cucm.tests.support import log_answers as node
from ansible_collections.ucops.cucm.tests.support.tls_server import (
    Reply,
    TlsServer,
    answer,
    certificate,
    hang_up,
    raw,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._serviceability.answers import FakeTime
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

NAME = "/var/log/active/platform/cli/packets.cap"
DATA = bytes(range(256)) * 300 + b"\r\n--MIMEBoundary_4e1 is no boundary"
SINCE = datetime(2026, 11, 24, 11, 59, 30, tzinfo=UTC)
UNTIL = datetime(2026, 11, 24, 13, 5, 0, 1, tzinfo=UTC)
PASSWORD = "only-for-this-test"


@pytest.fixture(scope="module", name="chain")
def _chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate("node").write(tmp_path_factory.mktemp("certificates"), "node")


@pytest.fixture(name="server")
def _server(chain: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TlsServer]:
    monkeypatch.setattr(http, "BACK_OFF", ())
    with TlsServer(chain) as running:
        yield running


@pytest.fixture(name="time")
def _time() -> FakeTime:
    return FakeTime()


@pytest.fixture(name="logs")
def _logs(server: TlsServer, time: FakeTime) -> Iterator[LogCollection]:
    options = ConnectionOptions(
        "127.0.0.1",
        server.port,
        validate_certs=False,
        ca_path=None,
        tls_fingerprint=None,
        timeout=300,
        username="axluser",
        password=PASSWORD,
    )
    with HttpSession(options, roles="the role X", sleep=time.sleep) as session:
        yield LogCollection(session, clock=time.clock())


@pytest.fixture(name="dest")
def _dest(tmp_path: Path) -> Path:
    return tmp_path / "fetched.cap"


def in_turn(*replies: Reply) -> list[Reply]:
    """A script in which nothing may come after the last reply."""

    def no_more(_connection: Any) -> bool:
        raise AssertionError("one request too many")

    return [*replies, no_more]


def download(logs: LogCollection, dest: Path, **options: Any) -> int:
    return logs.download(NAME, dest, **{"max_bytes": 1024 * 1024, **options})


def nothing_left(dest: Path) -> bool:
    return list(dest.parent.iterdir()) == []


class TestDownload:
    @pytest.mark.parametrize("data", [b"", b"x", DATA, b"\r\n" * 9])
    def test_every_byte(self, server: TlsServer, logs: LogCollection, dest: Path, data: bytes) -> None:
        server.script = in_turn(node.file(data))
        assert download(logs, dest) == len(data)
        assert dest.read_bytes() == data
        assert stat.S_IMODE(dest.stat().st_mode) == 0o600
        assert list(dest.parent.iterdir()) == [dest]

    def test_the_request(self, server: TlsServer, logs: LogCollection, dest: Path) -> None:
        server.script = in_turn(node.file(DATA))
        download(logs, dest)
        (request,) = server.requests
        assert (request.method, request.path) == ("POST", PATH)
        assert request.headers["soapaction"] == '"GetOneFile"'
        assert request.headers["content-type"] == "text/xml; charset=utf-8"
        assert request.headers["accept-encoding"] == "identity"
        (content,) = etree.fromstring(request.body).find(f"{{{node.ENVELOPE}}}Body")
        assert (content.tag, content.text, len(content)) == (f"{{{node.AST}}}FileName", NAME, 0)

    def test_a_file_that_is_there_is_replaced(
        self, server: TlsServer, logs: LogCollection, dest: Path
    ) -> None:
        dest.write_text("older")
        server.script = in_turn(node.file(b"newer"))
        download(logs, dest)
        assert dest.read_bytes() == b"newer"

    def test_chunks(self, server: TlsServer, logs: LogCollection, dest: Path) -> None:
        body = node.multipart_body(DATA)
        cut = [body[place : place + 777] for place in range(0, len(body), 777)]
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in cut)
        head = (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: multipart/related;"
            f"boundary={node.BOUNDARY}\r\n\r\n"
        )
        server.script = in_turn(raw(head.encode() + chunks + b"0\r\n\r\n"))
        assert download(logs, dest) == len(DATA)
        assert dest.read_bytes() == DATA

    def test_compressed_on_the_way(self, server: TlsServer, logs: LogCollection, dest: Path) -> None:
        """Not asked for, and understood."""
        body = gzip.compress(node.multipart_body(DATA))
        server.script = in_turn(node.multipart(body, Content_Encoding="gzip"))
        assert download(logs, dest) == len(DATA)

    def test_a_compressed_file_stays_as_it_is(
        self, server: TlsServer, logs: LogCollection, dest: Path
    ) -> None:
        packed = gzip.compress(DATA)
        server.script = in_turn(node.file(packed), node.file(DATA))
        download(logs, dest)
        assert dest.read_bytes() == packed
        download(logs, dest)
        assert dest.read_bytes() == DATA

    @pytest.mark.parametrize("size", [999, 1000])
    def test_no_more_than_was_allowed(
        self, server: TlsServer, logs: LogCollection, dest: Path, size: int
    ) -> None:
        server.script = in_turn(node.file(b"x" * 1000))
        if size == 1000:
            assert download(logs, dest, max_bytes=size) == 1000
            return
        with pytest.raises(UnexpectedAnswer, match="more than 999 bytes") as error:
            download(logs, dest, max_bytes=size)
        assert error.value.reason == "file_too_large"
        assert nothing_left(dest)

    def test_a_bomb(self, server: TlsServer, logs: LogCollection, dest: Path) -> None:
        body = gzip.compress(node.multipart_body(b"\0" * 200_000_000))
        server.script = in_turn(node.multipart(body, Content_Encoding="gzip"))
        tracemalloc.start()
        with pytest.raises(UnexpectedAnswer):
            download(logs, dest)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 64 * 1024 * 1024
        assert nothing_left(dest)

    def test_memory_does_not_grow_with_the_file(
        self, server: TlsServer, logs: LogCollection, dest: Path
    ) -> None:
        size, block = 96 * 1024 * 1024, b"x" * 1024 * 1024
        end = f"\r\n--{node.BOUNDARY}--\r\n".encode()
        begin = node.multipart_body(b"")[: -len(end)]

        def reply(connection: Any) -> bool:
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(begin) + size + len(end)}\r\n"
            head += f"Content-Type: multipart/related; boundary={node.BOUNDARY}\r\n\r\n"
            connection.sendall(head.encode() + begin)
            for _turn in range(size // len(block)):
                connection.sendall(block)
            connection.sendall(end)
            return True

        server.script = [reply]
        tracemalloc.start()
        assert download(logs, dest, max_bytes=size) == size
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 4 * 1024 * 1024

    def test_where_nothing_can_be_written(
        self, server: TlsServer, logs: LogCollection, tmp_path: Path
    ) -> None:
        with pytest.raises(InvalidOption, match="cannot be written") as error:
            download(logs, tmp_path / "nowhere" / "file")
        assert (error.value.option, error.value.reason) == ("dest", "file_not_written")
        (tmp_path / "directory").mkdir()
        server.script = [node.file(DATA)]
        with pytest.raises(InvalidOption, match="cannot be written"):
            download(logs, tmp_path / "directory")
        assert [path.name for path in tmp_path.iterdir()] == ["directory"]


class TestBrokenOff:
    @pytest.mark.parametrize("place", [200, 500, 1000, -1, -30])
    def test_by_the_length(
        self, server: TlsServer, logs: LogCollection, dest: Path, place: int, time: FakeTime
    ) -> None:
        """Cut off in head, envelope, file and closing boundary; then it is asked for again."""
        sent: list[bytes] = []

        class Recorder:
            def sendall(self, data: bytes) -> None:
                sent.append(data)

        node.file(DATA)(Recorder())  # type: ignore[arg-type]
        server.script = in_turn(raw(sent[0][:place]), node.file(DATA))
        assert download(logs, dest) == len(DATA)
        assert time.slept == [DOWNLOAD_BACK_OFF[0]]

    def test_by_the_closing_boundary(self, server: TlsServer, logs: LogCollection, dest: Path) -> None:
        """Of a whole HTTP body only the multipart tells that it is not the whole file."""
        cut = node.multipart(node.multipart_body(DATA)[:5000])
        server.script = in_turn(*[cut] * (len(DOWNLOAD_BACK_OFF) + 1))
        with pytest.raises(AnswerLost, match=r"came incomplete .* before the closing boundary") as error:
            download(logs, dest)
        assert NAME in error.value.message
        assert nothing_left(dest)

    def test_a_file_of_before_survives(self, server: TlsServer, logs: LogCollection, dest: Path) -> None:
        dest.write_text("older")
        server.script = [hang_up]
        with pytest.raises(AnswerLost):
            download(logs, dest)
        assert dest.read_text() == "older"
        assert list(dest.parent.iterdir()) == [dest]


class TestTheOtherDoor:
    @pytest.mark.parametrize(
        "refusal",
        [
            node.fault(node.UNKNOWN_OPERATION),
            answer(404, b"<html>not found</html>", Content_Type="text/html"),
            answer(500, b"<html>error</html>", Content_Type="text/html"),
        ],
        ids=["unknown operation", "404", "500"],
    )
    def test_it_is_tried_and_remembered(
        self, server: TlsServer, logs: LogCollection, dest: Path, refusal: Reply
    ) -> None:
        server.script = in_turn(refusal, node.file(DATA), node.file(b"again"))
        assert download(logs, dest) == len(DATA)
        assert download(logs, dest) == len(b"again")
        assert server.paths == [PATH, DIME_PATH, DIME_PATH]
        request = server.requests[1]
        assert request.headers["soapaction"] == f'"{DIME_ACTION}"'
        (content,) = etree.fromstring(request.body).find(f"{{{node.ENVELOPE}}}Body")
        (name,) = content
        assert content.tag == "{http://schemas.cisco.com/ast/soap/}GetOneFile"
        assert content.get(f"{{{node.ENVELOPE}}}encodingStyle") == "http://schemas.xmlsoap.org/soap/encoding/"
        assert (name.tag, name.text) == ("FileName", NAME)
        prefix, _colon, local = name.get("{http://www.w3.org/2001/XMLSchema-instance}type").partition(":")
        assert (name.nsmap[prefix], local) == (
            "http://cisco.com/ccm/serviceability/soap/LogCollection/GetFile/",
            "FileName",
        )

    def test_the_first_one_is_remembered_too(
        self, server: TlsServer, logs: LogCollection, dest: Path
    ) -> None:
        server.script = in_turn(node.file(DATA), node.fault("Out of order"))
        download(logs, dest)
        with pytest.raises(ServiceabilityFault, match="Out of order"):
            download(logs, dest)
        assert server.paths == [PATH, PATH]

    def test_neither(self, server: TlsServer, logs: LogCollection, dest: Path) -> None:
        server.script = in_turn(node.fault("Out of order"), answer(404, b"none", Content_Type="text/html"))
        with pytest.raises(ServiceabilityFault, match="Out of order"):
            download(logs, dest)
        assert nothing_left(dest)

    def test_absent_behind_the_other_door(self, server: TlsServer, logs: LogCollection, dest: Path) -> None:
        server.script = in_turn(node.fault(node.UNKNOWN_OPERATION), node.absent(NAME))
        with pytest.raises(FileAbsent):
            download(logs, dest, wait=0)

    def test_no_cookie_goes_from_one_to_the_other(
        self, server: TlsServer, logs: LogCollection, dest: Path
    ) -> None:
        def session(name: str, reply: Reply) -> Reply:
            def with_cookie(connection: Any) -> bool:
                class Adding:
                    def sendall(self, data: bytes) -> None:
                        cookie = f"\r\nSet-Cookie: JSESSIONID={name}; Path=/; Secure\r\n"
                        connection.sendall(data.replace(b"\r\n", cookie.encode(), 1))

                return reply(Adding())  # type: ignore[arg-type]

            return with_cookie

        server.script = in_turn(
            session("first", node.fault(node.UNKNOWN_OPERATION)),
            session("second", node.file(DATA)),
            node.file(DATA),
        )
        download(logs, dest)
        download(logs, dest)
        cookies = [request.headers.get("cookie") for request in server.requests]
        assert cookies == [None, None, "JSESSIONID=second"]


class TestRefused:
    def test_a_file_that_comes_later(
        self, server: TlsServer, logs: LogCollection, dest: Path, time: FakeTime
    ) -> None:
        server.script = in_turn(node.absent(), node.absent(), node.file(DATA))
        assert download(logs, dest) == len(DATA)
        assert time.slept == [1.0, 2.0]

    def test_a_file_that_never_comes(
        self, server: TlsServer, logs: LogCollection, dest: Path, time: FakeTime
    ) -> None:
        server.script = [node.absent(NAME)]
        with pytest.raises(FileAbsent, match=r"do not exist.*file list activelog") as error:
            download(logs, dest)
        assert error.value.reason == "file_absent"
        assert sum(time.slept) == FILE_WAIT
        assert set(server.paths) == {PATH}
        assert nothing_left(dest)

    def test_the_rate(self, server: TlsServer, logs: LogCollection, dest: Path, time: FakeTime) -> None:
        text = "Exceeded allowed rate for Log Collection information"
        server.script = in_turn(node.fault(text), node.fault(text), node.file(DATA))
        assert download(logs, dest) == len(DATA)
        assert time.slept == [5.0, 10.0]
        server.script = [node.fault(text)]
        with pytest.raises(ServerBusy) as error:
            download(logs, dest)
        assert error.value.reason == "rate_exceeded"
        assert time.slept[2:] == [5.0, 10.0, 20.0]

    @pytest.mark.parametrize(("status", "kind"), [(401, AuthenticationFailed), (403, PermissionDenied)])
    def test_the_account(
        self, server: TlsServer, logs: LogCollection, dest: Path, status: int, kind: type[CucmError]
    ) -> None:
        server.script = in_turn(answer(status, b"no"))
        with pytest.raises(kind) as error:
            download(logs, dest)
        assert len(server.requests) == 1
        assert PASSWORD not in str(error.value)
        assert nothing_left(dest)

    @pytest.mark.parametrize(
        ("reply", "words"),
        [
            (answer(200, b"text", Content_Type="text/plain"), "no SOAP message"),
            (answer(200, b"x" * 2_000_000, Content_Type="text/xml"), "no file"),
            (answer(200, node.envelope("<a/>"), Content_Type="text/xml"), "<a> without a file"),
            (answer(200, b"", Content_Type="multipart/related"), "no boundary"),
            (node.multipart(b""), "came incomplete"),
            (node.multipart(node.multipart_body(b"x", first=b"no XML")), "no SOAP envelope"),
            (node.multipart(node.multipart_body(b"x", first=b"y" * 2_000_000)), "no SOAP envelope"),
            (
                node.multipart(node.multipart_body(b"x", head="Content-Transfer-Encoding: base64")),
                "is encoded",
            ),
            (
                node.multipart(
                    node.multipart_body(b"x").partition(b"\r\n--")[0] + b"\r\n--MIMEBoundary_4e1c--"
                ),
                "no file",
            ),
            (
                node.multipart(
                    node.multipart_body(b"x")[:-4] + b"\r\nA: b\r\n\r\nthird\r\n--MIMEBoundary_4e1c--"
                ),
                "more parts",
            ),
        ],
    )
    def test_what_is_no_file(
        self, server: TlsServer, logs: LogCollection, dest: Path, reply: Reply, words: str
    ) -> None:
        server.script = [reply]
        with pytest.raises((UnexpectedAnswer, AnswerLost), match=words) as error:
            download(logs, dest)
        assert error.value.remedy
        assert nothing_left(dest)

    def test_a_fault_in_the_envelope(self, server: TlsServer, logs: LogCollection, dest: Path) -> None:
        fault = node.envelope("<soapenv:Fault><faultstring>Not today</faultstring></soapenv:Fault>")
        server.script = [node.multipart(node.multipart_body(b"", first=fault))]
        with pytest.raises(ServiceabilityFault, match="Not today"):
            download(logs, dest)

    def test_entities_are_not_followed(
        self, server: TlsServer, logs: LogCollection, dest: Path, tmp_path: Path
    ) -> None:
        secret = tmp_path / "secret"
        secret.write_text("never-shown")
        text = (
            f'<!DOCTYPE a [<!ENTITY x SYSTEM "file://{secret}">]>'
            + node.envelope("<soapenv:Fault><faultstring>&x;</faultstring></soapenv:Fault>").decode()
        )
        server.script = [answer(500, text.encode(), Content_Type="text/xml")]
        with pytest.raises(CucmError) as error:
            download(logs, dest)
        assert "never-shown" not in str(error.value)


class TestList:
    def test_the_request(self, server: TlsServer, logs: LogCollection) -> None:
        server.script = in_turn(node.listing())
        assert logs.list_files(["Cisco CallManager", "A & B"], SINCE, UNTIL, ["Packet Capture Logs"]) == []
        (request,) = server.requests
        assert request.path == PATH
        assert request.headers["soapaction"] == '"selectLogFiles"'
        (content,) = etree.fromstring(request.body).find(f"{{{node.ENVELOPE}}}Body")
        (criteria,) = content
        assert {etree.QName(item).namespace for item in content.iter()} == {node.AST}
        assert [etree.QName(item).localname for item in (content, criteria)] == [
            "selectLogFiles",
            "FileSelectionCriteria",
        ]
        assert [
            (etree.QName(item).localname, [each.text for each in item] or item.text or "")
            for item in criteria
        ] == [
            ("ServiceLogs", ["Cisco CallManager", "A & B"]),
            ("SystemLogs", ["Packet Capture Logs"]),
            ("SearchStr", ""),
            ("Frequency", "OnDemand"),
            ("JobType", "DownloadtoClient"),
            ("ToDate", "11/24/26 01:06 PM"),
            ("FromDate", "11/24/26 11:59 AM"),
            ("TimeZone", "Client: (GMT+0:00)Coordinated Universal Time-Etc/UTC"),
            ("RelText", "None"),
            ("RelTime", "0"),
            ("Port", "0"),
            ("IPAddress", ""),
            ("UserName", ""),
            ("Password", ""),
            ("ZipInfo", "false"),
            ("RemoteFolder", ""),
        ]

    def test_the_files(self, server: TlsServer, logs: LogCollection) -> None:
        path = "/var/log/active/cm/trace/ccm/sdl/SDL001_100_000127.txt.gzo"
        server.script = in_turn(
            node.listing(
                f"<ns0:name>SDL001_100_000127.txt.gzo</ns0:name><ns0:absolutepath>{path}</ns0:absolutepath>"
                "<ns0:filesize>211561</ns0:filesize><ns0:modifiedDate>Sun Apr 26 00:23:22 MDT 2026</ns0:modifiedDate>",
                "<ns0:absolutepath>/a/b</ns0:absolutepath><ns0:filesize>many</ns0:filesize>",
                "<ns0:name>no path</ns0:name>",
            )
        )
        assert logs.list_files(["Cisco CallManager"], SINCE, UNTIL) == [
            LogFile("CUCMA", "SDL001_100_000127.txt.gzo", path, 211561, "Sun Apr 26 00:23:22 MDT 2026"),
            LogFile("CUCMA", "b", "/a/b", None, ""),
        ]

    @given(st.integers(0, 10**9), st.integers(-720, 840))
    def test_dates_say_the_same_moment(self, seconds: int, minutes: int) -> None:
        zoned = (SINCE + timedelta(seconds=seconds)).astimezone(timezone(timedelta(minutes=minutes)))
        text = log_collection._minute(zoned)
        parsed = datetime.strptime(text, "%m/%d/%y %I:%M %p").replace(tzinfo=UTC)
        assert timedelta() <= zoned - parsed < timedelta(minutes=1)

    @pytest.mark.parametrize(
        ("since", "until"), [(UNTIL, SINCE), (SINCE.replace(tzinfo=None), UNTIL)], ids=["order", "zone"]
    )
    def test_moments_that_are_none(
        self, server: TlsServer, logs: LogCollection, since: datetime, until: datetime
    ) -> None:
        with pytest.raises(ValueError, match="moments with a zone"):
            logs.list_files([], since, until)
        assert server.requests == []

    def test_the_rate(self, server: TlsServer, logs: LogCollection, time: FakeTime) -> None:
        busy = node.fault("Exceeded allowed rate for information")
        server.script = in_turn(busy, node.listing())
        assert logs.list_files(["Cisco CallManager"], SINCE, UNTIL) == []
        assert time.slept == [5.0]

    def test_an_answer_without_a_result(self, server: TlsServer, logs: LogCollection) -> None:
        content = f'<selectLogFilesResponse xmlns="{node.AST}"/>'
        server.script = [answer(200, node.envelope(content), Content_Type="text/xml")]
        with pytest.raises(UnexpectedAnswer, match="without a ResultSet"):
            logs.list_files(["Cisco CallManager"], SINCE, UNTIL)

    def test_access(self, server: TlsServer, logs: LogCollection) -> None:
        server.script = in_turn(node.services(), answer(403, b"no"))
        logs.check_access()
        with pytest.raises(PermissionDenied, match="role X"):
            logs.check_access()
        assert [node.asked(request) for request in server.requests] == ["listNodeServiceLogs"] * 2


def test_nothing_secret_is_shown(server: TlsServer, logs: LogCollection, dest: Path) -> None:
    for reply in itertools.chain([node.absent(), hang_up, answer(500, b"?"), node.fault("x")]):
        server.script = [reply]
        with pytest.raises(CucmError) as error:
            download(logs, dest)
        assert PASSWORD not in f"{error.value.as_result()}"
