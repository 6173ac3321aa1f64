# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a recording could change a cluster or name a customer, or a replay overlooks what differs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.extensions.recording import program
from ansible_collections.ucops.cucm.extensions.recording.anonymous import Anonymiser, anonymous
from ansible_collections.ucops.cucm.extensions.recording.differences import compare
from ansible_collections.ucops.cucm.extensions.recording.questions import (
    READING_COMMANDS,
    Exchange,
    WouldChange,
    ask,
    http_key,
    noting,
)
from ansible_collections.ucops.cucm.plugins.module_utils._modules import cucm_sip_trunk
from ansible_collections.ucops.cucm.tests.simulator.client import ControlClient, simulator_process

NAMES = ("cucma", "a.example.com", "127.0.0.1", "osadmin", "administrator", "Example City", "Berlin")


def soap(operation: str, inner: str = "") -> bytes:
    return f"<soap-env:Envelope><soap-env:Body><ns0:{operation}>{inner}</ns0:{operation}></soap-env:Body>".encode()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[Any]]:
    """A recording of CUCMA with a trunk, and what the simulator's journal says after it."""
    with simulator_process() as ready:
        nodes = [program.simulated_node(facts) for facts in ready["clusters"]["CUCMA"]["nodes"].values()]
        program.make_trunk(nodes[0])
        before = ControlClient(ready["control"]).journal()
        made = program.recording(nodes, ["Berlin"])
        return made, ControlClient(ready["control"]).journal()[len(before) :]


@pytest.fixture(scope="module")
def again(
    recorded: tuple[dict[str, Any], list[Any]], tmp_path_factory: pytest.TempPathFactory
) -> list[Exchange]:
    """What the simulator answers to the same questions."""
    data, _journal = recorded
    return program.simulated(program.simulated_release(data["release"]), data["nodes"], with_trunk=True)


def exchanges(recorded: tuple[dict[str, Any], list[Any]]) -> list[Exchange]:
    return [Exchange(**one) for one in recorded[0]["exchanges"]]


def test_a_recording_asks_everything_and_changes_nothing(recorded: tuple[dict[str, Any], list[Any]]) -> None:
    data, journal = recorded
    assert journal == []
    refused = [outcome for outcome in data["outcomes"] if not outcome.endswith(": answered")]
    assert all("show no-such-command: not answered, command_refused" in outcome for outcome in refused)
    keys = {one["key"] for one in data["exchanges"]}
    assert {"axl getCCMVersion", "axl getSipTrunk", "cli show status", "sip OPTIONS over TLS"} <= keys
    assert any("ControlCenterServices" in key for key in keys)
    assert any("certmgr" in key for key in keys)
    assert any("selectCmDevice" in key for key in keys)


def test_a_recording_names_nobody(recorded: tuple[dict[str, Any], list[Any]]) -> None:
    text = json.dumps(recorded[0])
    assert [name for name in (*NAMES, "secret") if name.lower() in text.lower()] == []


def test_the_simulator_does_not_differ_from_itself(
    recorded: tuple[dict[str, Any], list[Any]], again: list[Exchange]
) -> None:
    assert compare(exchanges(recorded), again) == []


PLANTED = [
    (
        "axl getSipTrunk",
        r"mtpRequired\b",
        "mtpWanted",
        "element Envelope/Body/getSipTrunkResponse/return/sipTrunk/mtpWanted",
    ),
    (
        "axl getSipTrunk",
        r"(<mtpRequired>)\w+",
        r"\1",
        "element Envelope/Body/getSipTrunkResponse/return/sipTrunk/mtpRequired",
    ),
    ("cli show status", "Product Ver", "Product Version", "line 'Product Version:'"),
    ("cli show status", "^", "Uptime : 1\n", "line 'Uptime:'"),
]


@pytest.mark.parametrize(("key", "pattern", "new", "fact"), PLANTED)
def test_a_planted_difference_is_listed(
    recorded: tuple[dict[str, Any], list[Any]],
    again: list[Exchange],
    key: str,
    pattern: str,
    new: str,
    fact: str,
) -> None:
    planted = [
        replace(one, answer=re.sub(pattern, new, one.answer)) if one.key == key else one
        for one in exchanges(recorded)
    ]
    assert planted != exchanges(recorded)
    found = compare(planted, again)
    listed = [one for one in found if one.recorded]
    assert [one.fact.startswith(fact) for one in listed] == [True], found
    assert {one.key for one in found} == {key}
    assert "observed on 14.0.1; the simulator has it not" in listed[0].line("14.0.1")


def test_another_status_and_a_question_that_nobody_answered_are_listed(
    recorded: tuple[dict[str, Any], list[Any]], again: list[Exchange]
) -> None:
    one, *rest = exchanges(recorded)
    others = [other for other in rest if other.key != "cli show status"]
    found = compare([replace(one, status=599), *others], again)
    assert {(one.key, one.fact, one.recorded) for one in found} >= {
        (one.key, "status 599", True),
        ("cli show status", "asked and answered", False),
    }


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("POST", soap("updateSipTrunk")),
        ("POST", soap("resetSipTrunk")),
        ("POST", soap("soapDoControlServices")),
        ("POST", soap("executeSQLUpdate", "<sql>update x</sql>")),
        ("POST", soap("executeSQLQuery", "<sql>delete from x</sql>")),
        ("POST", b"{}"),
        ("DELETE", b""),
        ("PUT", b""),
    ],
)
def test_a_request_that_is_no_question_is_refused(method: str, body: bytes) -> None:
    with pytest.raises(WouldChange):
        http_key(method, "/axl/", body)


def test_what_a_module_would_change_is_not_sent() -> None:
    with simulator_process() as ready:
        node = program.simulated_node(next(iter(ready["clusters"]["CUCMA"]["nodes"].values())))
        trunk = {
            "name": "Trunk",
            "destinations": [{"address": "192.0.2.1"}],
            "security_profile": "Non Secure SIP Trunk Profile",
            "sip_profile": "Standard SIP Profile",
            "device_pool": "Default",
        }
        with noting([]), pytest.raises(WouldChange, match="addSipTrunk"):
            ask(cucm_sip_trunk.DEFINITION, {**node.axl, **trunk}, check_mode=False)
        assert ControlClient(ready["control"]).journal() == []


@pytest.mark.parametrize(
    "command", ["set csr gen CallManager", "utils service restart Cisco Tftp", "file delete a", "show"]
)
def test_a_command_that_is_no_question_is_refused(command: str) -> None:
    assert not READING_COMMANDS.match(command)


def test_one_name_has_one_replacement_everywhere() -> None:
    soap_answer = "<a><name>berlin-pub</name><ip>10.1.2.3</ip><on>true</on><number>4930123456</number></a>"
    cli = (
        "Host Name : berlin-pub\n10.1.2.3 berlin-pub.corp.local berlin-pub\nat 12:34:56\nuser@corp.local 4\n"
    )
    made = anonymous(
        [
            Exchange("axl getX", "", 200, "text/xml", soap_answer),
            Exchange("cli show x", "show x", 0, "text/plain", cli + "password geheim"),
        ],
        Anonymiser(secrets=["geheim"], names=["berlin-pub.corp.local"]),
    )
    text = made[0].answer + made[1].answer
    for name in ("berlin", "corp.local", "10.1.2.3", "4930123456", "geheim"):
        assert name not in text
    assert "<on>true</on>" in text
    assert "12:34:56" in text
    (name,) = {
        line.rpartition(": ")[2] for line in made[1].answer.splitlines() if line.startswith("Host Name")
    }
    assert f"<name>{name}</name>" in made[0].answer


def test_a_file_that_is_no_recording_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.json"
    path.write_text("[]")
    assert program.replay_main([str(path)]) == 2
    assert "this is no recording" in capsys.readouterr().err


def test_a_recording_overwrites_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.json"
    path.touch()
    assert (
        program.record_main(["--host", "a", "--output", str(path), "--axl-user", "u", "--os-user", "o"]) == 1
    )
    assert "name a file that does not exist" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("version", "release"), [("14.0.1.12900-161", "14"), ("12.5.1.18900-40", "12.5"), ("8.6.2.1-1", "9.1")]
)
def test_the_nearest_older_release_is_simulated(version: str, release: str) -> None:
    assert program.simulated_release(version) == release
