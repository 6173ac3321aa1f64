# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cucm_trace_info: local files, and the traces of a simulated node over real HTTPS."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common import http
from ansible_collections.ucops.cucm.plugins.module_utils._modules import cucm_trace_info
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator, running_simulator
from ansible_collections.ucops.cucm.tests.support.builders import execute
from ansible_collections.ucops.cucm.tests.support.traces import (
    HOST,
    LISTING,
    PEER,
    Lines,
)


@pytest.fixture(name="info")
def _info(tmp_path: Path):
    def run(*texts, **params):
        paths = []
        for number, text in enumerate(texts):
            path = tmp_path / f"SDL001_100_{number:06d}.txt"
            path.write_text(text.text if isinstance(text, Lines) else text, encoding="utf-8")
            paths.append(str(path))
        result, warnings = execute(cucm_trace_info.DEFINITION, {"paths": paths, **params})
        assert warnings == []
        return result

    return run


@pytest.fixture(scope="module", name="running")
def _running() -> Iterator[RunningSimulator]:
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture(name="node")
def _node(running: RunningSimulator, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http, "BACK_OFF", (0.0, 0.0))
    running.clear_faults()
    running.reset()
    return running.node("cucma-pub")


@pytest.fixture(name="live")
def _live(node):
    def run(check_mode=False, **params):
        return execute(
            cucm_trace_info.DEFINITION,
            {
                "host": node.topology.address,
                "port": node.web.port,
                "username": "administrator",
                "password": "administrator-secret",
                "validate_certs": False,
                **params,
            },
            check_mode=check_mode,
        )[0]

    return run


def written(node, pattern: str | None = "9898") -> None:
    trace = node.trace
    trace.digit_analysis("1018", "9898", pattern)
    trace.connection_wanted()
    trace.connection_created(7, PEER, 5061)


def test_local_files(info):
    result = info(LISTING)
    assert not result["changed"]
    assert result["window"] is None
    assert result["calls"][0]["digit_analysis"]["pattern"] == "9898"
    assert result["files"][0]["path"].endswith("SDL001_100_000000.txt")


def test_several_nodes_at_once(info):
    result = info(Lines().created(1), Lines(PEER).created(1, HOST))
    assert {connection["host"] for connection in result["connections"]} == {HOST, PEER}


def test_a_window_in_local_files(info):
    lines = Lines().created(1).created(2, at="12:00:00.000")
    asked = {"since": "2026-11-24T05:30:00Z", "until": "2026-11-24T07:00:00+00:00", "utc_offset": "+05:30"}
    result = info(lines, **asked)
    assert [connection["connid"] for connection in result["connections"]] == [2]
    assert result["window"] == {
        "since": "2026-11-24T05:30:00Z",
        "until": "2026-11-24T07:00:00Z",
        "local_since": "2026-11-24T11:00:00.000",
    }
    assert info(lines, until="2026-11-24T04:45:00Z", utc_offset="+0530")["summary"]["connections"] == 1


def test_names_switch_the_filter_off(info):
    assert len(info(Lines().created(), addresses=["192.0.2.9"])["connections"]) == 0
    assert len(info(Lines().created(), addresses=["192.0.2.9", "cucm-b.example.com"])["connections"]) == 1


@pytest.mark.parametrize(
    ("params", "option"),
    [
        ({"max_records": 0}, "max_records"),
        ({"max_records": 100_001}, "max_records"),
        ({"minutes": 0}, "minutes"),
        ({"max_bytes": 0}, "max_bytes"),
        ({"since": "yesterday", "utc_offset": "+01:00"}, "since"),
        ({"since": "2026-11-24T05:30:00Z"}, "utc_offset"),
        ({"until": "2026-11-24T05:30:00Z", "utc_offset": "CET"}, "utc_offset"),
        ({"until": "2026-11-24T05:30:00Z", "utc_offset": "+15:00"}, "utc_offset"),
    ],
)
def test_options_that_cannot_be(info, params, option):
    result = info(LISTING, **params)
    assert result["failed"]
    assert result["reason"] == "invalid_option"
    assert f"Option: {option}." in result["msg"]


def test_neither_files_nor_a_node(monkeypatch):
    for name in ("CUCM_HOST", "CUCM_USERNAME", "CUCM_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    result, _warnings = execute(cucm_trace_info.DEFINITION, {"host": "192.0.2.1"})
    assert result["reason"] == "invalid_option"
    assert "username, password" in result["msg"]


def test_what_is_no_trace(info, tmp_path):
    assert info("Dear colleague")["reason"] == "trace_unreadable"
    absent = execute(cucm_trace_info.DEFINITION, {"paths": [str(tmp_path / "absent.txt")]})[0]
    assert "delegate_to" in absent["msg"]


def test_the_traces_of_a_node(node, live, tmp_path):
    written(node)
    node.trace.rotate()
    written(node)
    result = live(dest=str(tmp_path / "new" / "traces"))
    assert "failed" not in result, result
    assert len(result["connections"]) == 2
    assert not result["truncated"], result["truncated_because"]
    assert len(result["files"]) == 2
    for file in result["files"]:
        path = Path(file["path"])
        assert path.parent == tmp_path / "new" / "traces"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert file["host"] == node.topology.address
    assert stat.S_IMODE((tmp_path / "new" / "traces").stat().st_mode) == 0o700


def test_files_are_not_kept_without_a_place_for_them(node, live, tmp_path):
    written(node)
    result = live()
    assert [file["path"] for file in result["files"]] == [None]
    assert result["connections"]
    checked = live(check_mode=True, dest=str(tmp_path / "traces"))
    assert checked["connections"]
    assert not (tmp_path / "traces").exists()


def test_what_was_before_the_window_is_not_told(running, node, live):
    """The node's clock is two hours ahead of ours, and the window is meant by ours."""
    written(node, "old")
    running.advance(7200)
    written(node, "9898")
    assert {call["digit_analysis"]["pattern"] for call in live()["calls"]} == {"9898"}
    everything = live(minutes=180)["calls"]
    assert {call["digit_analysis"]["pattern"] for call in everything} == {"old", "9898"}


def test_a_node_without_traces_of_the_window(node, live):
    result = live(since="2020-01-01T00:00:00Z", until="2020-01-02T00:00:00Z")
    assert result["files"] == []
    assert "no SDL trace" in result["truncated_because"][0]


def test_a_window_that_ends_before_it_begins(node, live):
    assert live(since="2020-01-02T00:00:00Z", until="2020-01-01T00:00:00Z")["reason"] == "invalid_option"


def test_only_so_many_bytes_are_fetched(node, live):
    for _file in range(3):
        written(node)
        node.trace.rotate()
    size = max(len(file.data) for file in node.trace.files())
    result = live(max_bytes=size + 1)
    assert len(result["files"]) == 1
    assert result["files"][0]["name"].startswith("SDL001_100_000003")
    assert "2 earlier files were left out" in result["truncated_because"][0]


def test_a_wrong_password(node, live):
    result = live(password="not-the-password")
    assert result["reason"] == "authentication_failed"
    assert "not-the-password" not in str(result)


def test_a_directory_that_cannot_be_made(node, live, tmp_path):
    (tmp_path / "file").write_text("x", encoding="utf-8")
    result = live(dest=str(tmp_path / "file" / "traces"))
    assert "Option: dest." in result["msg"]
