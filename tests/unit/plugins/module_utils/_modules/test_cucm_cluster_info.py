# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cucm_cluster_info on the wire."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules import cucm_cluster_info
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._axl.wire import (
    Reply,
    Sent,
    Server,
    run,
    soap,
    version_reply,
)


def server() -> Server:
    def answer(sent: Sent) -> Reply:
        if sent.operation == "getCCMVersion":
            return version_reply("14.0.1.10000-20")
        if sent.version != "14.0":
            return Reply("Supported axl versions are 12.x and 14.0", 599, "text/html")
        return soap(
            sent.version,
            sent.operation,
            "<row><paramname>ClusterSecurityMode</paramname><paramvalue>1</paramvalue></row>",
        )

    return Server(answer)


def info(wire: Server, monkeypatch: pytest.MonkeyPatch, **options: Any) -> dict[str, Any]:
    return run(cucm_cluster_info.DEFINITION, wire, monkeypatch, module=cucm_cluster_info, **options)


@pytest.mark.parametrize("check", [False, True])
@pytest.mark.parametrize("version", [None, "14.0"])
def test_what_the_cluster_is(monkeypatch: pytest.MonkeyPatch, version: str | None, check: bool) -> None:
    wire = server()
    assert info(wire, monkeypatch, version=version, check=check) == {
        "changed": False,
        "version": "14.0.1.10000-20",
        "release": "14.0",
        "axl_version": "14.0",
        "mixed_mode": True,
        "certificate_preference": None,
        "warnings": [],
    }
    assert wire.operations == ["getCCMVersion", "executeSQLQuery"]


def test_a_version_that_the_server_does_not_accept(monkeypatch: pytest.MonkeyPatch) -> None:
    failed = info(server(), monkeypatch, version="15.0")
    assert (failed["failed"], failed["changed"], failed["reason"]) == (True, False, "version_not_accepted")
    assert failed["accepted_versions"] == ["12.x", "14.0"]
    assert failed["msg"] == (
        "cucma-pub.example.com, executeSQLQuery: the server does not accept AXL version 15.0; it accepts 12.x,"
        " 14.0. Option: axl_version. Leave axl_version out to have it found, or use one that the server accepts."
    )


def test_a_version_that_does_not_exist(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = server()
    failed = info(wire, monkeypatch, version="13")
    assert failed["reason"] == "invalid_option"
    assert "cucma-pub.example.com" in failed["msg"]
    assert "Option: axl_version." in failed["msg"]
    assert wire.sent == []


def test_a_wrong_password_is_tried_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = Server(lambda _sent: Reply("<html/>", 401, "text/html"))
    failed = info(wire, monkeypatch)
    assert failed["reason"] == "authentication_failed"
    assert len(wire.sent) == 1
