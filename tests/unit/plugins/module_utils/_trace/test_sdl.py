# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SDL traces as a whole: what belongs together is joined, in order, and nothing grows without bound."""

from __future__ import annotations

import re
import textwrap
import tracemalloc
from datetime import datetime

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._trace import sdl_stream
from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl import (
    TraceUnreadable,
    Window,
    read_traces,
)
from ansible_collections.ucops.cucm.tests.support.traces import (
    CALL_ID,
    HOST,
    LISTING,
    PEER,
    Lines,
    read,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

CERTIFICATE = {
    "subject": "/C=IN/ST=cisco/L=cisco/O=cisco/OU=cisco/CN=CUCM10",
    "common_name": "CUCM10",
    "subject_alt_names": [],
    "cipher": "AES128-SHA",
}


def good_call() -> Lines:
    lines = Lines().dialled("9898").routed("9898", partition="PT TLS").wanted().created()
    lines.request("INVITE").certificate().answer("100 Trying").answer("180 Ringing")
    return lines.answer("200 OK", at="10:00:05.125")


def reflowed(text: str) -> str:
    """The listing as one paragraph, wrapped anew at another width: record heads stand within lines."""
    return textwrap.fill(" ".join(text.split()), 70, break_long_words=False, break_on_hyphens=False)


@pytest.mark.parametrize(
    "text",
    [
        LISTING,
        LISTING.replace("\n", "\r\n"),
        LISTING.replace("^^^*", "^*^*").replace("34-4bd", "34~4bd").replace("SIPtcp", "SIPTcp"),
        LISTING.replace(" |", "|").replace("|AppInfo", "|  AppInfo  "),
        reflowed(LISTING.replace("```", "").replace("++", "")),
    ],
    ids=["as printed", "CRLF", "original characters", "white space", "refilled"],
)
def test_the_guides_listing(tmp_path, text):
    found = read(tmp_path, text)
    (connection,) = found["connections"]
    (call,) = found["calls"]
    assert connection == {
        "host": None,
        "connid": 12,
        "address": PEER,
        "port": 5061,
        "transport": "TLS Over TCP",
        "time": "19:59:21.224",
        "opened": True,
        "tls_security": 3,
        "certificate": CERTIFICATE,
        "calls": [CALL_ID],
        "failures": [],
    }
    assert call["digit_analysis"] == {"matched": True, "pattern": "9898", "partition": ""}
    assert (call["calling"], call["called"], call["call_id"]) == ("1018", "9898", CALL_ID)
    assert (call["connid"], call["tls_security"], call["via_transport"]) == (12, 3, "TLS")
    assert call["certificate"] == CERTIFICATE
    assert (call["final"], call["answered"]) == (None, False)
    assert found["failures"] == []
    assert not found["truncated"]


def test_one_call_is_one_record(tmp_path):
    found = read(tmp_path, good_call())
    (call,) = found["calls"]
    assert call["time"] == "2026-11-24T10:00:00.000"
    assert call["host"] == HOST
    assert call["direction"] == "outgoing"
    assert call["digit_analysis"] == {"matched": True, "pattern": "9898", "partition": "PT TLS"}
    assert [(answer["status"], answer["reason"]) for answer in call["responses"]] == [
        (100, "Trying"),
        (180, "Ringing"),
        (200, "OK"),
    ]
    assert call["responses"][-1]["time"] == "2026-11-24T10:00:05.125"
    assert (call["final"], call["answered"]) == (200, True)
    assert found["summary"] == {
        "files": 1,
        "bytes": len(good_call().text),
        "connections": 1,
        "calls": 1,
        "answered": 1,
        "failures": 0,
    }
    (file,) = found["files"]
    assert (file["lines"], file["date"], file["complete"]) == (
        good_call().text.count("\n"),
        "2026-11-24",
        True,
    )


def test_a_refused_call(tmp_path):
    lines = Lines().created().request("INVITE").answer("503 Service Unavailable")
    (call,) = read(tmp_path, lines)["calls"]
    assert (call["final"], call["answered"]) == (503, False)
    assert call["digit_analysis"] is None


def test_a_call_from_the_trunk_is_joined_with_the_digit_analysis_after_it(tmp_path):
    lines = Lines().created(port=40123).request("INVITE", called="1018", calling="9898", outgoing=False)
    lines.dialled("1018", calling="9898").routed("1018", calling="9898")
    (call,) = read(tmp_path, lines.answer("200 OK", outgoing=True))["calls"]
    assert (call["direction"], call["answered"]) == ("incoming", True)
    assert call["digit_analysis"]["pattern"] == "1018"


def test_an_answer_in_the_wrong_direction_is_none(tmp_path):
    lines = Lines().created().request("INVITE").answer("200 OK", outgoing=True)
    assert read(tmp_path, lines)["calls"][0]["final"] is None


def test_a_call_within_a_call_is_not_another_one(tmp_path):
    lines = (
        good_call().request("INVITE", to_tag=";tag=2", number=102).answer("488 Not Acceptable", number=102)
    )
    (call,) = read(tmp_path, lines)["calls"]
    assert call["final"] == 200
    assert read(tmp_path, Lines().request("INVITE", to_tag=";tag=2"))["calls"] == []


def test_the_next_destination_of_a_call(tmp_path):
    lines = Lines().created(3, "192.0.2.1").request("INVITE", connid=3, peer="192.0.2.1")
    lines.created(4, "192.0.2.2").request("INVITE", connid=4, peer="192.0.2.2")
    (call,) = read(tmp_path, lines)["calls"]
    assert (call["connid"], call["address"]) == (4, "192.0.2.2")


def test_a_number_that_no_pattern_matches(tmp_path):
    miss = "|Digit analysis: potentialMatches=NoPotentialMatchesExist"
    found = read(tmp_path, Lines().dialled("9").dialled("98").dialled("9898").add(miss))
    (call,) = found["calls"]
    assert (call["called"], call["call_id"], call["connid"]) == ("9898", None, None)
    assert call["digit_analysis"] == {"matched": False, "pattern": "", "partition": ""}
    assert not call["answered"]


def test_digit_analysis_that_is_asked_twice_is_one_attempt(tmp_path):
    lines = Lines().dialled("9898").routed("9898").dialled("9898").routed("9898")
    assert len(read(tmp_path, lines)["calls"]) == 1
    assert len(read(tmp_path, lines.dialled("9898", at="10:00:06.000"))["calls"]) == 2


def test_each_caller_gets_his_own_digit_analysis(tmp_path):
    lines = Lines().dialled("9898", calling="1").routed("9898", calling="1", partition="one")
    lines.dialled("9898", calling="2").routed("9898", calling="2", partition="two").created()
    lines.request("INVITE", calling="1", call_id="x@a").request("INVITE", calling="2", call_id="y@a")
    found = {call["call_id"]: call for call in read(tmp_path, lines)["calls"]}
    assert found["x@a"]["digit_analysis"]["partition"] == "one"
    assert found["y@a"]["digit_analysis"]["partition"] == "two"


def test_a_transformed_number_is_joined_by_its_caller(tmp_path):
    lines = Lines().dialled("99898").routed("9.9898").created().request("INVITE", called="9898")
    (call,) = read(tmp_path, lines)["calls"]
    assert call["digit_analysis"]["pattern"] == "9.9898"


def test_the_security_of_a_connection_is_not_that_of_another(tmp_path):
    lines = Lines().wanted(1).wanted(3).created(1).created(2)
    first, second = read(tmp_path, lines)["connections"]
    assert (first["tls_security"], second["tls_security"]) == (3, None)
    stale = Lines().wanted(3).created(1, at="10:00:31.000")
    assert read(tmp_path, stale)["connections"][0]["tls_security"] is None


def test_the_number_of_a_connection_comes_back(tmp_path):
    lines = (
        Lines().created(5).certificate("OLD", connid=5).created(5, at="10:01:00.000").certificate(connid=5)
    )
    first, second = read(tmp_path, lines)["connections"]
    assert [first["certificate"]["common_name"], second["certificate"]["common_name"]] == ["OLD", "CUCM10"]
    other = Lines().created(5).certificate("X", connid=5, peer="192.0.2.9")
    first, second = read(tmp_path, other)["connections"]
    assert first["certificate"] is None
    assert (second["address"], second["opened"], second["transport"]) == ("192.0.2.9", False, None)


def test_a_connection_that_is_older_than_the_trace(tmp_path):
    (connection,) = read(tmp_path, Lines().request("INVITE"))["connections"]
    assert (connection["opened"], connection["transport"], connection["calls"]) == (False, None, ["c@a"])


def test_nodes_are_kept_apart(tmp_path):
    first, second = Lines().created(1), Lines("10.106.95.200").certificate("OTHER", connid=1)
    found = read(tmp_path, first, second)["connections"]
    assert {item["host"]: item["certificate"] and item["certificate"]["common_name"] for item in found} == {
        HOST: None,
        PEER: "OTHER",
    }


def test_files_are_put_in_order(tmp_path):
    later = Lines(at="11:00:00.000").answer("200 OK")
    earlier = Lines(at="10:00:00.000").created().request("INVITE")
    day_before = Lines(date="2026/11/23", at="23:00:00.000").created(9)
    found = read(tmp_path, later, earlier, day_before)
    assert [file["first_time"] for file in found["files"]] == [
        "2026-11-23T23:00:00.000",
        "2026-11-24T10:00:00.000",
        "2026-11-24T11:00:00.000",
    ]
    assert found["calls"][0]["final"] == 200


def test_files_without_a_head_are_of_the_node_that_was_asked(tmp_path):
    text = Lines(None).created().text
    assert read(tmp_path, text)["connections"][0]["host"] is None
    assert read(tmp_path, text, host="192.0.2.7")["connections"][0]["host"] == "192.0.2.7"


def test_over_midnight(tmp_path):
    lines = Lines(at="23:59:59.900").created(1).created(2, at="00:00:00.100").created(3, at="23:59:59.999")
    times = {
        item["connid"]: item["time"]
        for item in read(tmp_path, lines.created(4, at="00:00:01.000"))["connections"]
    }
    assert times == {
        1: "2026-11-24T23:59:59.900",
        2: "2026-11-25T00:00:00.100",
        3: "2026-11-24T23:59:59.999",
        4: "2026-11-25T00:00:01.000",
    }


def test_only_some_peers(tmp_path):
    lines = good_call().created(13, "192.0.2.9").request("INVITE", connid=13, peer="192.0.2.9", call_id="z@a")
    lines.add("|SIPTcp - Connection refused: connect to 192.0.2.9 on port 5061 failed, errno=111")
    found = read(tmp_path, lines, addresses=[PEER])
    assert [item["address"] for item in found["connections"]] == [PEER]
    assert [call["call_id"] for call in found["calls"]] == ["c@a"]
    assert found["failures"] == []
    ipv6 = Lines().created(1, "2001:DB8:0:0::5")
    assert len(read(tmp_path, ipv6, addresses=["2001:db8::5"])["connections"]) == 1


def test_a_window(tmp_path):
    lines = Lines().created(1).request("INVITE", connid=1)
    lines.created(2, at="12:00:00.000").request("INVITE", connid=2, call_id="new@a")
    window = Window(since=datetime(2026, 11, 24, 11), until=datetime(2026, 11, 24, 13))  # noqa: DTZ001
    found = read(tmp_path, lines, window=lambda _last: window)
    assert [call["call_id"] for call in found["calls"]] == ["new@a"]
    assert [item["connid"] for item in found["connections"]] == [2]
    headless = read(tmp_path, Lines(None).created(1), window=lambda _last: window)
    assert len(headless["connections"]) == 1


def test_options(tmp_path):
    lines = Lines().created()
    lines.request("OPTIONS", number=1).request("OPTIONS", number=1).answer("200 OK", "OPTIONS", number=1)
    lines.request("OPTIONS", number=2, at="10:01:00.000")
    found = read(tmp_path, lines)
    assert [(item["time"][11:], item["status"]) for item in found["options"]] == [
        ("10:00:00.000", 200),
        ("10:01:00.000", None),
    ]
    assert found["options"][0] | {"time": ""} == {
        "time": "",
        "host": HOST,
        "connid": 12,
        "address": PEER,
        "port": 5061,
        "direction": "outgoing",
        "status": 200,
    }
    assert found["calls"] == []


def test_the_words_of_a_message_are_no_lines_of_the_trace(tmp_path):
    """A peer writes what it likes into its messages."""
    lines = Lines().created().request("INVITE", call_id="c@a")
    lines.message(
        "SIP/2.0 200 OK\nCall-ID: c@a\nCSeq: 101 INVITE\nX: HandleSSLError - Certificate verification"
        " failed:(Verification error:18)- for 192.0.2.1:1 Connection refused: connect to 192.0.2.1 on port 1",
        outgoing=False,
    )
    found = read(tmp_path, lines)
    assert found["failures"] == []
    assert found["calls"][0]["answered"]


def test_the_latest_are_kept(tmp_path):
    lines = Lines()
    for number in range(30):
        lines.created(number, f"192.0.2.{number}").request(
            "INVITE", connid=number, peer=f"192.0.2.{number}", call_id=f"{number}@a"
        )
    found = read(tmp_path, lines, most=10)
    assert [item["connid"] for item in found["connections"]] == list(range(20, 30))
    assert [call["call_id"] for call in found["calls"]] == [f"{number}@a" for number in range(20, 30)]
    assert found["truncated"]
    assert "of calls only the latest 10 were kept, and 20 earlier ones left out" in found["truncated_because"]
    assert len(read(tmp_path, lines.answer("200 OK", call_id="3@a"), most=10)["calls"]) == 10


@pytest.mark.parametrize(
    "make", [lambda path: path / "none.txt", lambda path: path], ids=["absent", "directory"]
)
def test_a_file_that_cannot_be_read(tmp_path, make):
    with pytest.raises(TraceUnreadable) as caught:
        read_traces([make(tmp_path)])
    assert caught.value.option == "paths"
    assert str(tmp_path) in str(caught.value)


def test_no_trace_at_all(tmp_path):
    with pytest.raises(TraceUnreadable, match="no line begins as those of an SDL trace do"):
        read(tmp_path, "Dear colleague,\nfind the trace attached.\n")
    found = read(tmp_path, "Dear colleague", good_call())
    assert found["truncated"]
    assert [file["complete"] for file in found["files"]] == [False, True]
    assert len(found["calls"]) == 1


def test_no_files(tmp_path):
    assert read(tmp_path)["summary"]["files"] == 0


def test_memory_does_not_grow_with_the_file(tmp_path):
    """32 MB of calls, of which 100 are kept; a block is 1 MiB."""
    piece = [
        Lines(None).created(number).request("INVITE", connid=number, call_id=f"{number}@a").text
        + "04530161.009 |10:00:00.000 |AppInfo |"
        + "x" * 4000
        + "\n"
        for number in range(200)
    ]
    text = "".join(piece).encode()
    path = tmp_path / "SDL001_100_000001.txt"
    with path.open("wb") as stream:
        for _repeat in range(32_000_000 // len(text)):
            stream.write(text)
    tracemalloc.start()
    try:
        found = read_traces([path], most=100)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found["calls"]) == 100
    assert peak < 8 * 1024 * 1024


WORDS = (
    [word.decode() for word in (b"match(pi=", b"tls_security=", b"SIPCertificateInd", b"HandleSSLError")]
    + [
        "\n",
        "\r\n",
        " ",
        "|",
        "04530161.009 |19:59:21.185 |AppInfo |",
        "24:61:00.000",
        "-",
        "9" * 30,
        "\x1b[2J",
    ]
    + re.findall(r"\S+", LISTING + good_call().text)
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.one_of(
            st.sampled_from(WORDS).map(lambda word: word.encode() + b" "),
            st.sampled_from([LISTING, good_call().text]).map(str.encode),
            st.binary(max_size=40),
        ),
        max_size=60,
    ),
    st.integers(0, 400),
)
def test_hostile_traces(tmp_path, pieces, cut):
    """Whatever is in the file: a result without control characters, or an error of the family."""
    data = b"".join(pieces)
    try:
        found = read(tmp_path, data[cut:], most=50)
    except CucmError:
        return
    shown = repr(found)
    assert not re.search(r"\\x[01][0-9a-f]|\\x7f|\\u202e", shown)
    assert sum(len(found[name]) for name in ("connections", "failures", "options")) <= 150


@pytest.mark.parametrize("cut", range(0, 3000, 97))
def test_a_trace_that_is_cut_off_anywhere(tmp_path, cut):
    text = good_call().text
    found = read(tmp_path, text[: max(cut, 60)])
    assert found["summary"]["calls"] <= 1
    assert found["failures"] == []


@pytest.mark.parametrize("size", [97, 512, 4096])
def test_the_size_of_a_block_does_not_matter(tmp_path, monkeypatch, size):
    text = good_call().text * 5 + LISTING
    whole = read(tmp_path, text)
    monkeypatch.setattr(sdl_stream, "BLOCK", size)
    in_pieces = read(tmp_path, text)
    if size >= 512:
        assert in_pieces == whole
    else:
        assert in_pieces["files"][0]["lines"] == whole["files"][0]["lines"]
