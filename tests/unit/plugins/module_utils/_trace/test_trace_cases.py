# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Traces as they occur in the field: without these, phones count as trunks, and what is not there counts as failed."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules import sip_trunk_verdict
from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl import read_traces
from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl_failures import (
    Failure,
    Recovery,
    failure_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.case import Case
from ansible_collections.ucops.cucm.tests.support.builders import execute
from ansible_collections.ucops.cucm.tests.support.traces import HOST, PEER, Lines, read

FILES = Path(__file__).parent / "files"
UNAVAILABLE = f"UnavailableRemotePeersWithReasonCode:{PEER}:5061, Local=2;"
MATCHED = {"matched": True, "pattern": "9898", "partition": ""}


def told(name: str) -> dict[str, Any]:
    return read_traces([FILES / f"{name}.txt"])


def judged(*names: str) -> dict[str, Any]:
    paths = [str(FILES / f"{name}.txt") for name in names]
    return execute(sip_trunk_verdict.DEFINITION, {"traces": paths})[0]


def checks(result: dict[str, Any], name: str) -> list[tuple[str, str]]:
    return [
        (check["result"], check["reason"])
        for link in result["report"]["links"]
        for direction in link["directions"]
        for check in direction["checks"]
        if check["id"] == name and check["result"] in ("fail", "pass")
    ]


def test_the_call_of_a_sip_phone_has_the_digit_analysis_on_both_legs():
    incoming, outgoing = told("t1-sip-phone-caller")["calls"]
    assert (incoming["direction"], incoming["digit_analysis"]) == ("incoming", MATCHED)
    assert (outgoing["direction"], outgoing["digit_analysis"]) == ("outgoing", MATCHED)


def test_a_pattern_that_strips_a_digit_and_a_mask_leave_one_call():
    (call,) = told("t2-predot-and-mask")["calls"]
    assert (call["call_id"], call["digit_analysis"]["pattern"]) == ("pre-1@192.0.2.203", "8.1555XXXX")


@pytest.mark.parametrize(
    ("dialled", "caller", "sent", "sender"),
    [
        ("00495550100", "1018", "+495550100", "+49891018"),
        ("5550100", "1018", "95550100", "1018"),
        ("5550100", "\\+49891018", "5550100", "1018"),
    ],
)
def test_other_transformations(tmp_path, dialled, caller, sent, sender):
    lines = Lines().dialled(dialled, caller).routed("X!", caller).request("INVITE", sent, sender)
    (call,) = read(tmp_path, lines)["calls"]
    assert call["digit_analysis"]["pattern"] == "X!"


def test_the_next_destination_of_a_failed_call_has_the_same_analysis(tmp_path):
    lines = Lines().dialled("9898").routed("9898").request("INVITE").answer("503 Service Unavailable")
    calls = read(tmp_path, lines.request("INVITE", call_id="d@a"))["calls"]
    assert [call["digit_analysis"]["pattern"] for call in calls] == ["9898", "9898"]


def test_an_analysis_whose_results_are_not_there_is_unknown():
    (call,) = told("t4-only-the-match-line")["calls"]
    assert call["digit_analysis"] == {"matched": None, "pattern": "", "partition": ""}
    assert judged("t4-only-the-match-line")["verdict"] != "fail"


@pytest.mark.parametrize(
    "name", ["t5-external-call-control", "t6-ils-that-succeeds", "t7-phone-name-mismatch"]
)
def test_failures_of_others_are_none_of_trunks(name):
    assert told(name)["failures"] == []


@pytest.mark.parametrize(
    "line",
    [
        f"|ConnectionFailureToPDP - IP Address:{PEER} Reason code:2",
        f"|CertUtil Ils::HandleSSLError - Certificate verification failed:(Verification error:20)- x for {PEER}:7501",
        f"|SIPStationD(1) - HandleSSLError - TLS protocol error(ssl reason code=bad [1042]),lib=x for {PEER}:5061",
        f"|ConnectionFailure - x Device Name:Phone IP Address:{PEER} Device type:684 Reason code:2 App ID:x",
        f"|AlarmName: ConnectionFailure, AlarmParameters: DeviceName:SEP001122334455, IPAddress:{PEER}, Reason:2",
        f"|DbConnection - Connection refused: connect to {PEER} on port 8404 failed, errno=111",
        "|AlarmName: SIPTrunkOOSCounter, AlarmParameters: DeviceName:x",
    ],
)
def test_lines_of_phones_and_of_other_services(line):
    assert failure_of(line) is None


def test_the_alarm_of_a_trunk_with_its_device_type_counts():
    line = (
        f"|ConnectionFailure - x Device Name:Trunk-B IP Address:{PEER} Device type:131 Reason code:4 App ID:x"
    )
    failure = failure_of(line)
    assert isinstance(failure, Failure)
    assert (failure.trunk, failure.address, failure.number) == ("Trunk-B", PEER, 4)


def test_a_phone_without_tls_is_no_subject_of_the_verdict():
    result = judged("t8-call-from-the-trunk-to-a-sip-phone")
    assert [link["clusters"] for link in result["report"]["links"]] == [["192.0.2.200", "192.0.2.203"]]
    assert result["verdict"] != "fail"


def test_a_phone_with_tls_is_no_subject_of_the_verdict(tmp_path):
    lines = Lines().created(5, "192.0.2.57", port=53443).certificate("SEP001122334455", 5, "192.0.2.57")
    lines.created().certificate().request("INVITE")
    case = Case([], [], [read(tmp_path, lines)])
    assert {address for link in case.links for address in link} == {"10.106.95.203", PEER}


def test_a_gateway_without_tls_whose_trunk_fails_is_no_subject_of_the_verdict(tmp_path):
    lines = Lines().add(
        f"|AlarmName: SIPTrunkOOS, Parameters: DeviceName:T, {UNAVAILABLE}, A:x", kind="AlarmErr"
    )
    lines.message(
        f"INVITE sip:1@{PEER} SIP/2.0\nVia: SIP/2.0/TCP 192.0.2.1\nCall-ID: d@a\nCSeq: 1 INVITE", port=5060
    )
    assert Case([], [], [read(tmp_path, lines)]).links == []


@pytest.mark.parametrize("name", ["MGCP-Trunk", "BOTSWANA", "Trunk-Ils", "SEP-Site"])
def test_the_name_of_a_trunk_does_not_make_it_another_device(name):
    failure = failure_of(f"|AlarmName: SIPTrunkOOS, Parameters: DeviceName:{name}, {UNAVAILABLE}, A:x")
    assert isinstance(failure, Failure)
    assert failure.trunk == name


def test_a_peer_that_is_spoken_to_with_and_without_tls_stays_one(tmp_path):
    lines = (
        Lines()
        .created()
        .request("INVITE")
        .message(
            f"INVITE sip:9898@{PEER} SIP/2.0\nVia: SIP/2.0/TCP 192.0.2.1\nCall-ID: d@a\nCSeq: 1 INVITE",
            connid=13,
        )
    )
    assert Case([], [], [read(tmp_path, lines)]).links == [("10.106.95.200", "10.106.95.203")]


def test_options_that_are_answered_with_405_end_the_failure():
    result = judged("t9-options-answered-405")
    assert ("pass", "") in checks(result, "trace_failures")
    assert ("fail", "trunk_out_of_service") not in checks(result, "trace_failures")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("486 Busy Here", "pass"),
        ("404 Not Found", "pass"),
        ("503 Unavailable", "fail"),
        ("500 Error", "fail"),
    ],
)
def test_a_call_that_the_peer_refuses_went_over_the_trunk(tmp_path, status, outcome):
    lines = Lines().add(
        f"|AlarmName: SIPTrunkOOS, Parameters: DeviceName:T, {UNAVAILABLE}, A:x", kind="AlarmErr"
    )
    lines.created(at="10:01:00.000").request("INVITE").answer(status)
    path = tmp_path / "SDL001_100_000001.txt"
    path.write_text(lines.text)
    result = execute(sip_trunk_verdict.DEFINITION, {"traces": [str(path)]})[0]
    assert outcome in [found for found, _reason in checks(result, "trace_failures")]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (401, "options_refused"),
        (403, "options_refused"),
        (407, "options_refused"),
        (408, "trunk_out_of_service"),
        (503, "trunk_out_of_service"),
    ],
)
def test_answers_to_options_that_are_findings(tmp_path, status, expected):
    text = (
        (FILES / "t9-options-answered-405.txt").read_text().replace("405 Method Not Allowed", f"{status} x")
    )
    path = tmp_path / "SDL001_100_000001.txt"
    path.write_text(text)
    result = execute(sip_trunk_verdict.DEFINITION, {"traces": [str(path)]})[0]
    assert ("fail", expected) in checks(result, "trace_failures")


@pytest.mark.parametrize("name", ["t10-listing-followed-by-prose", "t11-grep-with-file-names"])
def test_what_follows_a_listing_is_no_certificate_name(name):
    (connection,) = told(name)["connections"]
    assert connection["certificate"]["common_name"] == "CUCM10"
    assert connection["certificate"]["subject_alt_names"] == []


def test_grep_does_not_hide_the_failure():
    (failure,) = told("t11-grep-with-file-names")["failures"]
    assert (failure["received"], failure["expected"]) == ("CUCM10", "CUCM-10")


def test_grep_with_context_and_line_numbers(tmp_path):
    lines = Lines().request("INVITE").answer("200 OK").text.splitlines(keepends=True)
    (call,) = read(tmp_path, "".join(f"cm/trace/SDL001.txt-{n}-{line}" for n, line in enumerate(lines)))[
        "calls"
    ]
    assert (call["called"], call["final"], call["call_id"]) == ("9898", 200, "c@a")


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("cucm-b.example.com, 192.0.2.200", ["cucm-b.example.com", "192.0.2.200"]),
        ("DNS:publisher IP:192.0.2.200", ["publisher", "192.0.2.200"]),
        ("publisher", ["publisher"]),
        ("\nThe certificate is fine. See www.example.com", []),
        ("cucm-b.example.com\n## Next 1.0", ["cucm-b.example.com"]),
    ],
)
def test_the_names_of_a_certificate_end_where_prose_begins(tmp_path, names, expected):
    (connection,) = read(tmp_path, Lines().certificate(names=names))["connections"]
    assert connection["certificate"]["subject_alt_names"] == expected


def test_masked_addresses_are_told_as_they_are_written():
    found = told("t13-masked-addresses")
    incoming, outgoing = found["calls"]
    assert (incoming["address"], outgoing["address"]) == ("10.x.x.57", "x.x.x.x")
    assert outgoing["certificate"]["common_name"] == "peer.example.com"
    assert (outgoing["digit_analysis"], outgoing["final"]) == (MATCHED, 200)


def test_a_failure_with_a_masked_address():
    failure = failure_of(
        "|HandleSSLError - Certificate verification failed:(Verification error:20)- x for 10.x.x.7:5061"
    )
    assert isinstance(failure, Failure)
    assert (failure.address, failure.port) == ("10.x.x.7", 5061)


def test_one_alarm_in_two_lines_is_one_failure():
    (failure,) = told("t15-trunk-alarm-in-two-lines")["failures"]
    assert (failure["trunk"], failure["address"], failure["port"]) == ("Trunk-SBC", "192.0.2.200", 5061)
    assert (failure["kind"], failure["number"]) == ("trunk_out_of_service", 2)


def test_the_alarms_of_two_trunks_are_two_failures(tmp_path):
    alarm = "|AlarmName: SIPTrunkOOS, AlarmParameters: DeviceName:{}, UnavailableRemotePeersWithReasonCode:{} Local=2,"
    lines = Lines().add(alarm.format("T1", PEER)).add(alarm.format("T2", PEER)).add(alarm.format("T1", PEER))
    assert [failure["trunk"] for failure in read(tmp_path, lines)["failures"]] == ["T1", "T2"]


@pytest.mark.parametrize(
    "line",
    [
        f"|RISCMAccess::SIPTrunkOOS ::deviceName=Trunk-B ::availList= ::unAvailList={PEER}:5061 Local=2",
        f"|RISCMAccess::SIPTrunkOOS::deviceName=Trunk-B::availList=::unAvailList={PEER}:5061, Local=2;",
        f"%UC-3-SIPTrunkOOS: %[DeviceName=Trunk-B][{UNAVAILABLE.replace(':', '=', 1)}][AppID=x]",
        f"|AlarmName: SIPTrunkOOS, AlarmDescription: All, of it. Parameters: DeviceName:Trunk-B, {UNAVAILABLE}, A:x,",
    ],
)
def test_forms_of_the_alarm_of_a_trunk(line):
    failure = failure_of(line)
    assert isinstance(failure, Failure)
    assert (failure.kind, failure.trunk, failure.number) == ("trunk_out_of_service", "Trunk-B", 2)
    assert (failure.address, failure.port) == (PEER, 5061)


@pytest.mark.parametrize("only", [None, 0, 1, 2])
def test_the_line_of_the_ris_the_text_and_the_alarm_are_one_failure(tmp_path, only):
    """Whichever of them the file has: a filter or a rotated file may have left one alone."""
    forms = [
        f"|RISCMAccess::SIPTrunkOOS ::deviceName=Trunk-B ::availList= ::unAvailList={PEER}:5061, Local=2;",
        (
            f"|SIPTrunkOOS - All are out SIP Trunk Name:Trunk-B Unavailable remote peers with Reason Code:{PEER}:5061,"
            " Local=2; App ID:Cisco CallManager"
        ),
        f"|%UC_CALLMANAGER-3-SIPTrunkOOS: %[DeviceName=Trunk-B][{UNAVAILABLE.replace(':', '=', 1)}][AppID=x]",
    ]
    lines = Lines()
    for form in forms if only is None else [forms[only]]:
        lines.add(form)
    (failure,) = read(tmp_path, lines)["failures"]
    assert (failure["kind"], failure["trunk"], failure["number"]) == ("trunk_out_of_service", "Trunk-B", 2)
    assert (failure["address"], failure["port"]) == (PEER, 5061)


@pytest.mark.parametrize(
    "line",
    [
        "|RISCMAccess::SIPTrunkISV ::deviceName=Trunk-B ::availList=192.0.2.1:5061 ::unAvailList=",
        "|RISCMAccess::SIPTrunkISV::deviceName=Trunk-B::availList=192.0.2.1:5061::unAvailList=",
        "|%UC_CALLMANAGER-5-SIPTrunkISV: %[DeviceName=Trunk-B][AvailableRemotePeers=192.0.2.1:5061][AppID=x]",
    ],
)
def test_forms_of_the_alarm_of_a_trunk_that_is_back(line):
    assert failure_of(line) == Recovery("trunk_in_service", "Trunk-B")


def test_a_recovery_that_two_lines_tell_is_one(tmp_path):
    lines = Lines().add(
        "|RISCMAccess::SIPTrunkISV ::deviceName=Trunk-B ::availList=192.0.2.1:5061 ::unAvailList="
    )
    lines.add(
        "|AlarmName: SIPTrunkISV, AlarmParameters: DeviceName:Trunk-B, AvailableRemotePeers:x,",
        kind="AlarmErr",
    )
    assert [found["trunk"] for found in read(tmp_path, lines)["recoveries"]] == ["Trunk-B"]
    assert failure_of("RISCMAccess::SIPTrunkISV::deviceName=T") == Recovery("trunk_in_service", "T")


@pytest.mark.parametrize("name", ["t16-to-before-from-on-one-line", "t17-compact-headers"])
def test_headers_in_any_order_and_form(name):
    (call,) = told(name)["calls"]
    assert (call["calling"], call["called"], call["final"]) == ("5550100", "1018", 200)
    assert call["via_transport"] == "TLS"


def test_options_with_short_names_and_a_version_in_lower_case(tmp_path):
    head = f"Via: SIP/2.0/TLS {PEER}\ni: o@a\nCSeq: 1 OPTIONS"
    lines = Lines().message(f"OPTIONS sip:{PEER} sip/2.0\n{head}")
    lines.message(f"sip/2.0 200 OK\n{head}", outgoing=False)
    (options,) = read(tmp_path, lines)["options"]
    assert options["status"] == 200


@pytest.mark.parametrize("name", sorted(path.stem for path in FILES.iterdir()))
@pytest.mark.parametrize("packed", [False, True])
def test_a_file_that_is_given_twice_is_told_once(tmp_path, name, packed):
    """As SDL001.txt beside SDL001.txt.gz, or in two folders of one download."""
    data = (FILES / f"{name}.txt").read_bytes()
    for folder, content in (("one", data), ("two", gzip.compress(data) if packed else data)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{name}.txt").write_bytes(content)
    paths = [tmp_path / folder / f"{name}.txt" for folder in ("one", "two")]
    once, twice = read_traces(paths[:1]), read_traces(paths)
    for what in ("connections", "calls", "failures", "recoveries", "options", "truncated"):
        assert twice[what] == once[what]
    assert sorted(file["reason"] for file in twice["files"]) == ["", f"a copy of {paths[0]}"]


def test_of_a_file_and_its_beginning_the_whole_one_is_read(tmp_path):
    """As a trace that was collected while it was written, and again later."""
    lines = Lines()
    for number in range(2000):
        error = 18 + number % 2
        lines.add(
            f"|HandleSSLError - Certificate verification failed:(Verification error:{error})- x for {PEER}:1"
        )
    text = lines.text
    (tmp_path / "early.txt").write_text(text[:100_000])
    (tmp_path / "late.txt").write_text(text)
    found = read_traces([tmp_path / "early.txt", tmp_path / "late.txt"])
    assert found["failures"] == read_traces([tmp_path / "late.txt"])["failures"]


FILE_HEAD = "04530100.000 |{}.000 |FileHead |Version: 14.0 Date: {} HostIPAddress: ::ffff:{}\n"
FAILURE = (
    "04530164.001 |{}.000 |AppInfo  |HandleSSLError - Certificate verification failed:(Verification error:{})-"
    " x for 192.0.2.200:5061\n"
)


@pytest.mark.parametrize("day", ["2026/11/25", "2026/11/20"])
def test_each_file_of_those_put_behind_one_another_has_its_own_day(tmp_path, day):
    text = FILE_HEAD.format("10:00:00", "2026/11/24", HOST) + FAILURE.format("10:00:05", 18)
    text += FILE_HEAD.format("09:00:00", day, HOST) + FAILURE.format("09:00:05", 20)
    (tmp_path / "all.txt").write_text(text)
    found = read_traces([tmp_path / "all.txt"])
    times = {failure["number"]: failure["time"] for failure in found["failures"]}
    assert times == {18: "2026-11-24T10:00:05.000", 20: f"{day.replace('/', '-')}T09:00:05.000"}
    assert not found["truncated"]


def test_files_of_two_nodes_in_one_are_told(tmp_path):
    text = FILE_HEAD.format("10:00:00", "2026/11/24", HOST) + FAILURE.format("10:00:05", 18)
    text += FILE_HEAD.format("10:00:00", "2026/11/24", "192.0.2.77") + FAILURE.format("10:00:06", 20)
    (tmp_path / "all.txt").write_text(text)
    found = read_traces([tmp_path / "all.txt"])
    assert found["truncated"]
    assert "files of other nodes follow in it (192.0.2.77)" in found["truncated_because"][0]
