# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RisPort70: the request element by element, what the nodes' words mean, and the bounded waiting."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import UnexpectedAnswer
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability import risport, soap
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.risport import (
    Answer,
    RisPort,
    TrunkOnNode,
    status_of,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._platform.wire import (
    CONNECTION,
    HOST,
    Wire,
    plug_in,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._serviceability.answers import (
    FakeTime,
    elements,
    fault,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._serviceability.ris_answers import (
    PATH,
    XML,
    answer,
    device,
    node,
)
from hypothesis import given
from hypothesis import strategies as st

AST = "{http://schemas.cisco.com/ast/soap}"
TOO_MANY = "Exceeded allowed rate for Real-time information. Current allowed rate is 15 requests per minute."


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return plug_in(monkeypatch)


def port(time: FakeTime, timeout: float = 60) -> RisPort:
    session = HttpSession(ConnectionOptions.from_params(CONNECTION), roles=risport.ROLES, sleep=time.sleep)
    return RisPort(session, time.clock(), timeout)


def ask(time: FakeTime | None = None, *names: str, nodes_each: int = 1, timeout: float = 60) -> Answer:
    return port(time or FakeTime(), timeout).trunks(names or ("CUCM10",), nodes_each)


# The request


def test_the_request_has_the_elements_of_the_wsdl_in_their_order(wire: Wire) -> None:
    wire.raw(answer(), XML)
    ask(None, "CUCM10", "A & B")
    assert wire.requests == [f"POST {PATH}"]
    assert wire.sent[0].headers["SOAPAction"] == '"selectCmDevice"'
    assert elements(wire.sent[0].body)[2:] == [
        (AST + "selectCmDevice", ""),
        (AST + "StateInfo", ""),
        (AST + "CmSelectionCriteria", ""),
        (AST + "MaxReturnedDevices", "1000"),
        (AST + "DeviceClass", "SIPTrunk"),
        (AST + "Model", "255"),
        (AST + "Status", "Any"),
        (AST + "NodeName", ""),
        (AST + "SelectBy", "Name"),
        (AST + "SelectItems", ""),
        (AST + "item", ""),
        (AST + "Item", "CUCM10"),
        (AST + "item", ""),
        (AST + "Item", "A & B"),
        (AST + "Protocol", "Any"),
        (AST + "DownloadStatus", "Any"),
    ]


def asked_for(wire: Wire) -> list[int]:
    """How many trunks each request asked for."""
    return [sum(name == AST + "Item" for name, _text in elements(sent.body)) for sent in wire.sent]


def test_all_trunks_are_one_request(wire: Wire) -> None:
    wire.raw(answer(), XML)
    ask(None, *(f"T{number}" for number in range(1000)))
    assert asked_for(wire) == [1000]


def test_as_many_at_once_as_fit_into_an_answer(wire: Wire) -> None:
    for _request in range(4):
        wire.raw(answer(), XML)
    ask(None, *(f"T{number}" for number in range(1000)), nodes_each=3)
    assert asked_for(wire) == [333, 333, 333, 1]


def test_no_trunk_is_no_request(wire: Wire) -> None:
    assert port(FakeTime()).trunks([]).rows == []
    assert wire.sent == []


def test_an_answer_that_was_cut_off_is_asked_for_in_halves(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(risport, "LARGEST_ANSWER", 2)
    wire.raw(answer(node("CUCMA", device("T0"), device("T1")), found=3), XML)
    wire.raw(answer(node("CUCMA", device("T0"))), XML)
    wire.raw(answer(node("CUCMA", device("T1"))), XML)
    found = ask(None, "T0", "T1")
    assert asked_for(wire) == [2, 1, 1]
    assert [row.name for row in found.rows] == ["T0", "T1"]


# The answer


def test_every_node_answers_for_itself(wire: Wire) -> None:
    wire.raw(
        answer(
            node("CUCMA", device("CUCM10", addresses=("192.0.2.200", "192.0.2.201"))),
            node("CUCMA-SUB", device("CUCM10", "Unknown", reason=6, stamp=0)),
            node("CUCMA-SUB2", code="NodeNotResponding"),
            found=2,
        ),
        XML,
    )
    found = ask()
    assert found.rows[0] == TrunkOnNode(
        "CUCM10", "CUCMA", "Registered", 0, ("192.0.2.200", "192.0.2.201"), found.rows[0].since
    )
    assert str(found.rows[0].since) == "2025-11-01 12:26:40+00:00"
    assert (found.rows[1].status, found.rows[1].status_reason, found.rows[1].since) == ("Unknown", 6, None)
    assert found.nodes == {"CUCMA": "Ok", "CUCMA-SUB": "Ok", "CUCMA-SUB2": "NodeNotResponding"}


@pytest.mark.parametrize("wrong", ["", "-1", "x", "99999999999", "²"])
def test_a_number_that_is_none_is_not_guessed(wire: Wire, wrong: str) -> None:
    wire.raw(answer(node("CUCMA", device("CUCM10", reason=wrong, stamp=wrong))), XML)
    row = ask().rows[0]
    assert (row.status_reason, row.since) == (None, None)


def test_an_answer_without_a_result_is_refused(wire: Wire) -> None:
    wire.raw(answer().replace(b"SelectCmDeviceResult", b"Other"), XML)
    with pytest.raises(UnexpectedAnswer) as caught:
        ask()
    assert caught.value.message.startswith(f"{HOST}, selectCmDevice: the answer has no SelectCmDeviceResult.")


# The rate


def test_a_refused_request_is_sent_again_after_5_10_and_20_seconds(wire: Wire) -> None:
    for _refused in range(3):
        fault(wire, TOO_MANY)
    wire.raw(answer(node("CUCMA", device("CUCM10"))), XML)
    time = FakeTime()
    assert len(ask(time).rows) == 1
    assert time.slept == [5.0, 10.0, 20.0]


def test_after_that_it_is_an_error(wire: Wire) -> None:
    for _refused in range(4):
        fault(wire, TOO_MANY)
    time = FakeTime()
    with pytest.raises(soap.RateExceeded) as caught:
        ask(time)
    assert time.slept == [5.0, 10.0, 20.0]
    assert "Exceeded allowed rate" in caught.value.message


def test_the_wait_is_bounded(wire: Wire) -> None:
    for _refused in range(3):
        fault(wire, TOO_MANY)
    time = FakeTime()
    with pytest.raises(soap.RateExceeded):
        ask(time, timeout=16)
    assert time.slept == [5.0, 10.0]
    assert len(wire.sent) == 3


def test_without_time_it_is_asked_once(wire: Wire) -> None:
    fault(wire, TOO_MANY)
    time = FakeTime()
    with pytest.raises(soap.RateExceeded):
        ask(time, timeout=0)
    assert (time.slept, len(wire.sent)) == ([], 1)


def test_the_wait_is_for_all_requests_together(wire: Wire) -> None:
    fault(wire, TOO_MANY)
    wire.raw(answer(), XML)
    fault(wire, TOO_MANY)
    time = FakeTime()
    with pytest.raises(soap.RateExceeded):
        ask(time, *(f"T{number}" for number in range(1001)), timeout=9)
    assert time.slept == [5.0]


def test_http_503_is_the_rate_too_and_is_not_hammered(wire: Wire) -> None:
    # The session by itself would ask three times within ten seconds.
    wire.raw(b"busy", "text/html", 503)
    wire.raw(b"busy", "text/html", 503)
    wire.raw(answer(), XML)
    time = FakeTime()
    ask(time)
    assert time.slept == [5.0, 10.0]


def test_a_503_that_stays_says_so(wire: Wire) -> None:
    wire.raw(b"busy", "text/html", 503)
    with pytest.raises(soap.RateExceeded) as caught:
        ask(timeout=0)
    assert "HTTP 503" in caught.value.message
    assert caught.value.reason == "rate_exceeded"


# What it means


def row(
    status: str, node_name: str = "CUCMA", *, reason: int | None = 0, name: str = "CUCM10"
) -> TrunkOnNode:
    return TrunkOnNode(name, node_name, status, reason, (), None)


def judged(
    *rows: TrunkOnNode, pings: bool | None = True, nodes: dict[str, str] | None = None
) -> tuple[bool, str, str]:
    status = status_of(
        "CUCM10",
        Answer(list(rows), nodes or {each.node: "Ok" for each in rows}),
        pings=pings,
        expected_nodes=["CUCMA", "CUCMA-SUB"],
    )
    return status["measured"], status["state"], status["text"]


@pytest.mark.parametrize(
    ("word", "pings", "measured", "state"),
    [
        ("Registered", True, True, "full_service"),
        ("UnRegistered", True, True, "partial_service"),
        ("PartiallyRegistered", True, True, "partial_service"),
        ("Rejected", True, True, "no_service"),
        ("Unknown", True, True, "no_service"),
        # The same word, and it says nothing.
        ("Unknown", False, False, "not_pinged"),
        ("Unknown", None, False, "not_pinged"),
        # The profile was changed, and the trunk not reset yet: what runs is what counts.
        ("Registered", False, True, "full_service"),
        ("UnRegistered", False, True, "partial_service"),
    ],
)
def test_a_word_is_judged_with_the_profile(word: str, pings: bool | None, measured: bool, state: str) -> None:
    assert judged(row(word), pings=pings)[:2] == (measured, state)


def test_the_text_says_why_it_is_not_measured() -> None:
    assert "OPTIONS ping is not enabled" in judged(row("Unknown"), pings=False)[2]
    assert "could not be read" in judged(row("Unknown"), pings=None)[2]


def test_nodes_that_differ_make_a_partial_service_and_are_named() -> None:
    measured, state, text = judged(row("Registered"), row("Unknown", "CUCMA-SUB", reason=12))
    assert (measured, state) == (True, "partial_service")
    assert text == "CUCMA: Full Service; CUCMA-SUB: No Service (invalid TLS cipher)."


def test_a_node_that_does_not_watch_leaves_the_whole_unknown() -> None:
    # One node still runs the trunk with the profile of before.
    assert judged(row("Registered"), row("Unknown", "CUCMA-SUB"), pings=False)[:2] == (False, "not_pinged")


def test_nodes_that_agree_are_named_together() -> None:
    assert judged(row("Registered"), row("Registered", "CUCMA-SUB"))[2] == "Full Service on CUCMA, CUCMA-SUB."


def test_a_node_that_keeps_silent_takes_nothing_away_and_is_listed() -> None:
    answer_ = Answer([row("Registered")], {"CUCMA": "Ok", "CUCMA-SUB": "NodeNotResponding"})
    status = status_of("CUCM10", answer_, pings=True, expected_nodes=[])
    assert (status["measured"], status["state"]) == (True, "full_service")
    assert status["nodes"][1] == {
        "node": "CUCMA-SUB",
        "status": "NodeNotResponding",
        "state": "not_found",
        "status_reason": None,
        "reason_text": "the node did not answer the one that was asked",
        "addresses": [],
        "since": None,
    }
    assert "CUCMA-SUB: not reported" in status["text"]


def test_a_node_outside_of_the_group_that_does_not_run_the_trunk_is_not_listed() -> None:
    nodes = {"CUCMA": "Ok", "cucma-sub": "NotFound", "CUCMA-TFTP": "NotFound"}
    status = status_of("CUCM10", Answer([row("Registered")], nodes), pings=True, expected_nodes=["CUCMA-SUB"])
    assert [(each["node"], each["status"]) for each in status["nodes"]] == [
        ("CUCMA", "Registered"),
        ("cucma-sub", "NotFound"),
    ]


def test_a_trunk_that_no_node_reports() -> None:
    measured, state, text = judged(nodes={"CUCMA": "NotFound"})
    assert (measured, state) == (False, "not_found")
    assert "CUCMA: the node does not run the trunk" in text
    assert judged(nodes={})[:2] == (False, "not_found")


def test_the_rows_of_other_trunks_do_not_count() -> None:
    assert judged(row("Unknown", name="CUCM11"), row("Registered", name="cucm10"))[1] == "full_service"


@pytest.mark.parametrize(
    ("code", "text"), [(0, ""), (11, "invalid X.509 name in the certificate"), (3, "code 3"), (None, "")]
)
def test_the_reason_in_words(code: int | None, text: str) -> None:
    answer_ = Answer([row("Unknown", reason=code)], {"CUCMA": "Ok"})
    status = status_of("CUCM10", answer_, pings=True, expected_nodes=[])
    assert status["nodes"][0]["reason_text"] == text


WORDS = st.sampled_from(["Registered", "UnRegistered", "PartiallyRegistered", "Rejected", "Unknown", "Newer"])


@given(st.lists(WORDS, max_size=6), st.sampled_from([True, False, None]))
def test_whatever_the_nodes_say_it_is_judged_and_unknown_without_ping_is_never_measured(
    words: list[str], pings: bool | None
) -> None:
    rows = [row(word, f"N{place}") for place, word in enumerate(words)]
    measured, state, text = judged(*rows, pings=pings)
    assert measured == (state in {"full_service", "partial_service", "no_service"})
    assert text.endswith(".")
    if words and set(words) == {"Unknown"}:
        assert measured is (pings is True)
    if state == "full_service":
        assert set(words) == {"Registered"}


@given(st.binary(max_size=300))
def test_what_is_no_answer_is_an_error_of_the_family(data: bytes) -> None:
    with pytest.MonkeyPatch.context() as patch:
        wire = plug_in(patch)
        wire.raw(data, XML)
        with pytest.raises(UnexpectedAnswer):
            ask()
