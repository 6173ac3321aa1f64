# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this failed, a report would go to a server that is not trusted, or a refusal would be taken for an upload."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_report_upload import DEFINITION
from ansible_collections.ucops.cucm.plugins.module_utils._report.upload import ReportServer, Secret
from ansible_collections.ucops.cucm.tests.support.builders import execute
from ansible_collections.ucops.cucm.tests.support.tls_server import (
    TlsServer,
    answer,
    certificate,
    hang_up,
)

TOKEN = "Bearer a-token-of-some-length"


class Place:
    """A report server, the file of its CA, and the files of a report."""

    def __init__(self, directory: Path, server: TlsServer, ca_path: Path) -> None:
        self.server = server
        self.files = []
        for name in ("report.html", "report.json", "report.xml", "notes"):
            path = directory / name
            path.write_text(f"content of {name}")
            self.files.append(str(path))
        self.params: dict[str, Any] = {
            "url": f"https://127.0.0.1:{server.port}/reports/4711/",
            "paths": self.files[:3],
            "ca_path": str(ca_path),
        }

    def run(self, *, check_mode: bool = False, **changes: Any) -> tuple[dict[str, Any], list[str]]:
        params = {name: value for name, value in {**self.params, **changes}.items() if value is not None}
        return execute(DEFINITION, params, check_mode=check_mode)


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    root = certificate("Root", is_ca=True)
    own = certificate("127.0.0.1", issuer=root, names=["127.0.0.1"])
    ca_path = tmp_path / "ca.pem"
    ca_path.write_text(root.pem)
    with TlsServer(own.write(tmp_path, "server"), [answer(201)]) as server:
        yield Place(tmp_path, server, ca_path)


def test_each_file_is_put_below_the_path_of_the_address(place: Place) -> None:
    result, warnings = place.run(header="PRIVATE-TOKEN", header_value=TOKEN, paths=place.files)
    sent = place.server.requests
    assert [(request.method, request.path) for request in sent] == [
        ("PUT", f"/reports/4711/{name}") for name in ("report.html", "report.json", "report.xml", "notes")
    ]
    assert [request.body for request in sent] == [Path(path).read_bytes() for path in place.files]
    assert [request.headers["content-type"] for request in sent] == [
        "text/html; charset=utf-8",
        "application/json",
        "application/xml",
        "application/octet-stream",
    ]
    assert {request.headers["private-token"] for request in sent} == {TOKEN}
    assert not any("authorization" in request.headers for request in sent)
    assert (result["uploaded"], result["changed"], result["problem"], warnings) == (True, False, "", [])
    assert result["urls"][0] == f"https://127.0.0.1:{place.server.port}/reports/4711/report.html"
    assert TOKEN not in str(result)


def test_an_account_is_sent_as_basic(place: Place) -> None:
    place.run(username="réports", password="pässword")
    (header,) = {request.headers["authorization"] for request in place.server.requests}
    assert base64.b64decode(header.partition(" ")[2]).decode() == "réports:pässword"


def test_check_mode_sends_nothing(place: Place) -> None:
    result, _warnings = place.run(check_mode=True)
    assert place.server.connections == 0
    assert result["uploaded"] is False
    assert len(result["urls"]) == 3
    assert result["summary"][0].startswith("The report would be at https://")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (answer(401), "authentication_failed"),
        (answer(403), "permission_denied"),
        (answer(404, b"no such folder"), "upload_refused"),
        (answer(405), "upload_refused"),
        (answer(413), "upload_refused"),
        (answer(507, f"not for {TOKEN}".encode()), "upload_refused"),
        (answer(302, Location="https://elsewhere.example.com/"), "unexpected_answer"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_refusal_is_an_error_and_nothing_follows_it(place: Place, reply: Any, reason: str) -> None:
    place.server.script[:] = [reply]
    result, _warnings = place.run(header="Authorization", header_value=TOKEN)
    assert (result["failed"], result["reason"]) == (True, reason)
    assert len(place.server.requests) == 1
    assert TOKEN.partition(" ")[2] not in str(result)
    assert "401" not in result["msg"] or "the header Authorization" in result["msg"]


def test_a_lost_answer_is_asked_for_again(place: Place) -> None:
    """The same file in the same place does no harm."""
    place.server.script[:] = [hang_up, answer(204)]
    slept: list[float] = []
    server = ReportServer(place.params["url"], Secret(), ca_path=place.params["ca_path"], sleep=slept.append)
    assert len(server.put([Path(place.files[0])])) == 1
    assert len(slept) == 1
    assert [request.body for request in place.server.requests] == [b"content of report.html"] * 2


def test_a_server_that_is_not_trusted_gets_nothing(place: Place) -> None:
    result, _warnings = place.run(ca_path=None, username="reports", password="password")
    assert result["reason"] == "untrusted_server"
    assert place.server.requests == []
    assert place.run(ca_path=None, validate_certs=False)[0]["uploaded"]


def test_a_refusal_can_be_a_warning(place: Place) -> None:
    place.server.script[:] = [answer(403)]
    result, (warning,) = place.run(fail_on_refusal=False, username="reports", password="password")
    assert not result.get("failed")
    assert (result["uploaded"], result["urls"]) == (False, [])
    assert "HTTP 403" in result["problem"]
    assert warning == f"The report was not sent. {result['problem']}"
    assert result["summary"][-1] == "The verdict stands all the same, and this log has it."


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"url": "http://reports.example.com/cucm"}, "url"),
        ({"url": "reports.example.com"}, "url"),
        ({"url": "https://user:word@reports.example.com/"}, "url"),
        ({"url": "https://reports.example.com/?signature=word"}, "url"),
        ({"url": "https://reports.example.com:port/"}, "url"),
        ({"paths": []}, "paths"),
        ({"paths": ["/nowhere/report.html"]}, "paths"),
        ({"paths": ["/a/report.html", "/b/report.html"]}, "paths"),
        ({"header": "A header", "header_value": "word"}, "header"),
        ({"header": "Authorization", "header_value": "word\n"}, "header_value"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_sent(
    place: Place, changes: dict[str, Any], option: str
) -> None:
    result, _warnings = place.run(**changes)
    assert result["failed"]
    assert f"Option: {option}." in result["msg"]
    assert "word" not in result["msg"].replace("password", "")
    assert place.server.requests == []


def test_there_is_one_secret_and_it_is_whole() -> None:
    for rule, options in (
        ("required together: header, header_value", {"header": "Authorization"}),
        ("required together: username, password", {"password": "word"}),
        ("mutually exclusive", {"header": "A", "header_value": "b", "username": "c", "password": "d"}),
    ):
        with pytest.raises(AssertionError, match=rule):
            execute(DEFINITION, {"url": "https://reports.example.com", "paths": ["a"], **options})
