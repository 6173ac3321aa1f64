# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module sip_trunk_verdict as a whole: what it reads, what it writes, and when it fails."""

from __future__ import annotations

import json
import os
import stat
import xml.etree.ElementTree as ET

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules import sip_trunk_verdict
from ansible_collections.ucops.cucm.tests.support.builders import execute
from ansible_collections.ucops.cucm.tests.support.evidence import A, Pair, certificate
from ansible_collections.ucops.cucm.tests.support.handshakes import (
    CLIENT,
    SERVER,
    context,
    handshake,
    identity,
    mutual,
    segments,
    written,
)
from ansible_collections.ucops.cucm.tests.support.traces import Lines

A_NODE, B_NODE = "192.0.2.203", "192.0.2.200"


def called() -> str:
    """The traces of a node that called over a trunk with TLS."""
    lines = Lines(host=A_NODE).dialled("9898").routed("9898").wanted().created(peer=B_NODE)
    lines.request("INVITE", peer=B_NODE).certificate("cucm-b.example.com", peer=B_NODE)
    return lines.answer("200 OK", peer=B_NODE, at="10:00:05.125").text


@pytest.fixture
def folder(tmp_path):
    """The evidence of a pair, one file a node."""

    def make(pair=None):
        directory = tmp_path / "evidence"
        directory.mkdir(exist_ok=True)
        for node, document in (pair or Pair()).documents.items():
            (directory / f"{node}.json").write_text(json.dumps(document))
        return directory

    return make


def run(check_mode=False, **params):
    return execute(sip_trunk_verdict.DEFINITION, params, check_mode=check_mode)


def broken():
    pair = Pair()
    pair.profile(A)["x509_subject_names"] = []
    return pair


def test_a_directory_is_judged(folder):
    result, warnings = run(evidence_paths=[str(folder())])
    assert warnings == []
    assert (result["changed"], result["passed"], result["verdict"]) == (False, True, "pass")
    assert result["counts"] == result["report"]["counts"]
    assert any("pass" in line.lower() for line in result["summary"])


def test_the_reports_are_written_for_the_user_alone(folder, tmp_path):
    paths = {name: str(tmp_path / f"report.{name}") for name in ("json", "junit", "html")}
    os.umask(os.umask(0o022))
    result, _warnings = run(
        evidence_paths=[str(folder(broken()))],
        title="Change <4711>",
        return_report=False,
        **{f"{name}_path": path for name, path in paths.items()},
    )
    assert result["report"] is None
    assert not result["passed"]
    for path in paths.values():
        assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    with open(paths["json"], encoding="utf-8") as stream:
        report = json.load(stream)
    assert (report["format"], report["title"], report["verdict"]) == (
        "ucops.cucm.report/1",
        "Change <4711>",
        "fail",
    )
    assert ET.parse(paths["junit"]).getroot().findall(".//failure")
    with open(paths["html"], encoding="utf-8") as stream:
        page = stream.read()
    assert "Change &lt;4711&gt;" in page
    assert "Change <4711>" not in page


def test_nothing_is_written_in_check_mode(folder, tmp_path):
    path = tmp_path / "report.json"
    result, _warnings = run(evidence_paths=[str(folder())], json_path=str(path), check_mode=True)
    assert result["passed"]
    assert not path.exists()


def test_a_pipe_in_the_directory_is_not_waited_for(folder):
    directory = folder()
    os.mkfifo(directory / "pipe.json")
    assert run(evidence_paths=[str(directory)])[0]["passed"]


def test_a_report_beside_the_evidence_is_no_evidence(folder):
    directory = folder()
    for _turn in (1, 2):
        result, _warnings = run(evidence_paths=[str(directory)], json_path=str(directory / "report.json"))
        assert result["passed"]


@pytest.mark.parametrize(
    ("fail_on", "fails"),
    [([], False), (["not_measured"], False), (["fail"], True), (["fail", "not_measured"], True)],
)
def test_a_verdict_fails_the_task_only_where_that_is_asked_for(folder, fail_on, fails):
    result, _warnings = run(evidence_paths=[str(folder(broken()))], fail_on=fail_on)
    assert result.get("failed", False) == fails
    assert result["verdict"] == "fail"
    if fails:
        assert result["reason"] == "verdict_failed"
        assert "X.509 Subject Name" in result["msg"]
        assert result["report"]["fix_first"]


@pytest.mark.parametrize(
    ("tolerated", "not_passed"), [([], ["CUCM10--CUCMA"]), (["ELSEWHERE"], ["CUCM10--CUCMA"]), ([A], [])]
)
def test_links_of_clusters_that_wait_are_judged_and_tolerated(folder, tolerated, not_passed):
    result, _warnings = run(evidence_paths=[str(folder(broken()))], tolerated_clusters=tolerated)
    assert (result["verdict"], result["passed"], result["not_passed"]) == ("fail", False, not_passed)


def test_the_report_is_written_also_when_the_task_fails(folder, tmp_path):
    path = tmp_path / "report.json"
    result, _warnings = run(evidence_paths=[str(folder(broken()))], fail_on=["fail"], json_path=str(path))
    assert result["failed"]
    assert json.loads(path.read_text())["verdict"] == "fail"


def test_what_was_not_measured_can_fail_the_task(folder):
    pair = Pair()
    pair["cucma-sub"]["node_info"] = None
    result, _warnings = run(evidence_paths=[str(folder(pair))], fail_on=["not_measured"])
    assert result["failed"]
    assert "could not be made" in result["msg"]


def test_captures_and_traces_alone(tmp_path):
    capture, trace = tmp_path / "packets.cap", tmp_path / "SDL001_100_000001.txt"
    capture.write_bytes(written(segments(mutual("TLSv1.2"))))
    trace.write_text(called())
    result, warnings = run(captures=[str(capture)], traces=[str(trace)])
    assert warnings == []
    (link,) = result["report"]["links"]
    assert link["id"] == "192.0.2.200--192.0.2.203"
    forward = next(one for one in link["directions"] if one["from"] == "192.0.2.203")
    states = {one["id"]: one["result"] for one in forward["checks"]}
    assert states["handshake_complete"] == "pass"
    assert states["digit_analysis"] == "pass"
    assert states["call_over_tls"] == "pass"
    assert states["call_answered"] == "pass"
    assert states["certificate_in_trace"] == "pass"
    assert states["certificate_agreement"] == "pass"
    assert states["trunk_configured"] == "not_applicable"
    assert forward["handshakes"][0]["steps"][0]["message"] == "Client Hello"


def test_a_capture_alone_of_a_refused_handshake(tmp_path):
    stranger = context(
        CLIENT, certificate=identity("cucm-a.example.com", ca="Other CA"), name="cucm-a.example.com"
    )
    server = context(SERVER, certificate=identity("cucm-b.example.com"), name="cucm-b.example.com")
    refused, _end = handshake(stranger, server)
    path = tmp_path / "packets.cap"
    path.write_bytes(written(segments(refused)))
    result, _warnings = run(captures=[str(path)])
    assert result["verdict"] == "fail"
    assert "CallManager-trust" in result["report"]["fix_first"][0]["remedy"]


def test_a_capture_without_a_connection_is_told(tmp_path):
    path = tmp_path / "packets.cap"
    path.write_bytes(written(segments(mutual("TLSv1.2"))))
    result, warnings = run(captures=[str(path)], ports=[443])
    assert result["verdict"] == "not_measured"
    assert "no connection" in warnings[0]
    assert run(captures=[str(path)], ports=[])[0]["report"]["links"]


def test_a_capture_of_others_beside_documents_is_told(folder, tmp_path):
    path = tmp_path / "packets.cap"
    path.write_bytes(written(segments(mutual("TLSv1.2")), (("198.51.100.1", 40000), ("198.51.100.2", 5061))))
    result, warnings = run(evidence_paths=[str(folder())], captures=[str(path)])
    assert result["passed"]
    assert "No connection of the captures" in warnings[0]


def test_evidence_without_a_link_is_told(folder):
    pair = Pair()
    for document in pair.documents.values():
        document["expected"]["peers"] = []
    result, warnings = run(evidence_paths=[str(folder(pair))])
    assert result["verdict"] == "not_measured"
    assert "names no link" in warnings[0]


def test_what_cannot_be_used_is_an_error_with_a_reason(folder, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "bad.cap").write_text("no capture")
    (tmp_path / "bad.txt").write_text("no trace")
    good = str(folder())
    for params, reason, said in (
        ({}, "invalid_option", "there is nothing to judge"),
        ({"evidence_paths": [str(tmp_path / "empty")]}, "evidence_unreadable", "holds no evidence"),
        (
            {"evidence_paths": [str(tmp_path / "bad.json")]},
            "evidence_unreadable",
            "bad.json is no JSON document",
        ),
        ({"evidence_paths": [str(tmp_path / "none.json")]}, "file_unreadable", "none.json cannot be read"),
        (
            {"evidence_paths": [good], "captures": [str(tmp_path / "bad.cap")]},
            "capture_unreadable",
            "bad.cap",
        ),
        ({"evidence_paths": [good], "traces": [str(tmp_path / "bad.txt")]}, "trace_unreadable", "bad.txt"),
        ({"evidence_paths": [good], "html_path": "/nonexistent/x.html"}, "invalid_option", "/nonexistent"),
    ):
        result, _warnings = run(**params)
        assert result["failed"], params
        assert result["reason"] == reason
        assert said in result["msg"]
        assert "traceback" not in result


def test_no_private_key_and_no_password_can_come_from_it(folder):
    pair = Pair()
    pair["cucma-pub"]["password"] = "hunter2"  # a hostile document, not one of the role
    result, _warnings = run(evidence_paths=[str(folder(pair))])
    assert "hunter2" not in json.dumps(result)
    assert "PRIVATE KEY" not in json.dumps(result)


def unrestarted(**more_wrong):
    """A pair of which one node has a new certificate that its call processing does not show yet."""
    pair = Pair()
    pair.show("cucm10-pub", certificate("cucm10-pub", "old"))
    if more_wrong:
        pair.profile(A)["x509_subject_names"] = []
    return pair


@pytest.mark.parametrize(
    ("restarting", "waiting", "not_passed"),
    [
        ([], [], ["CUCM10--CUCMA"]),
        (["ELSEWHERE"], [], ["CUCM10--CUCMA"]),
        (["CUCM10"], ["CUCM10--CUCMA"], []),
    ],
)
def test_a_link_that_only_waits_for_a_restart_does_not_fail(folder, restarting, waiting, not_passed):
    result, _warnings = run(evidence_paths=[str(folder(unrestarted()))], restarting_clusters=restarting)
    assert (result["verdict"], result["waiting"], result["not_passed"]) == ("fail", waiting, not_passed)
    screen = "\n".join(result["summary"])
    assert ("waits: 1 link waits for a restart" in screen) == bool(waiting)
    assert ("   - Cisco CallManager on cucm10-pub" in screen) == bool(waiting)
    assert ("Fix first:" in screen) == (not waiting)


def test_what_a_restart_cannot_fix_fails_although_one_is_waited_for(folder):
    result, _warnings = run(
        evidence_paths=[str(folder(unrestarted(names="missing")))], restarting_clusters=["CUCM10"]
    )
    assert (result["waiting"], result["not_passed"]) == ([], ["CUCM10--CUCMA"])
    assert result["summary"][0].startswith("FAIL: the link fails")
    assert "X.509 Subject Name" in "\n".join(result["summary"])
