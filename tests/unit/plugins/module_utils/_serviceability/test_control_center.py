# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Control Center on the wire, and the waiting for it."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    CucmError,
    TimedOut,
    UnexpectedAnswer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._facts.services import (
    POLL_INTERVALS,
    ServiceRefused,
    ServiceState,
    plain,
)
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.control_center import (
    ControlCenter,
    restarted_after,
)
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.soap import (
    RATE_BACK_OFF,
    RateExceeded,
    ServiceabilityFault,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._platform.wire import (
    CONNECTION,
    HOST,
    Wire,
    plug_in,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._serviceability import answers
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._serviceability.answers import (
    NOON,
    FakeTime,
)
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"
AST = "{http://schemas.cisco.com/ast/soap}"
CALL_MANAGER = "Cisco CallManager"


@pytest.fixture(name="wire")
def _wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return plug_in(monkeypatch)


@pytest.fixture(name="time")
def _time() -> FakeTime:
    return FakeTime()


@pytest.fixture(name="center")
def _center(wire: Wire, time: FakeTime) -> ControlCenter:
    return ControlCenter(HttpSession(ConnectionOptions.from_params(CONNECTION)), time.clock())


class TestRequests:
    def test_status_of_named_services(self, wire: Wire, center: ControlCenter) -> None:
        answers.status(wire, answers.item(CALL_MANAGER))
        center.status([CALL_MANAGER, "Cisco Tftp"])
        assert wire.requests == [f"POST {answers.PATH}"]
        sent = wire.sent[0]
        assert sent.headers["Content-Type"] == "text/xml; charset=utf-8"
        assert sent.headers["SOAPAction"] == '"soapGetServiceStatus"'
        assert answers.elements(sent.body) == [
            (f"{ENVELOPE}Envelope", ""),
            (f"{ENVELOPE}Body", ""),
            (f"{AST}soapGetServiceStatus", ""),
            (f"{AST}ServiceStatus", CALL_MANAGER),
            (f"{AST}ServiceStatus", "Cisco Tftp"),
        ]

    def test_status_of_all_is_one_empty_name(self, wire: Wire, center: ControlCenter) -> None:
        answers.status(wire, answers.item(CALL_MANAGER))
        center.status()
        assert answers.elements(wire.sent[0].body)[3:] == [(f"{AST}ServiceStatus", "")]

    def test_order(self, wire: Wire, center: ControlCenter) -> None:
        answers.taken(wire, answers.item(CALL_MANAGER, "Stopping", -1, -1029, "Operation is pending"))
        center.order("Restart", [CALL_MANAGER, "Cisco Tftp"])
        sent = wire.sent[0]
        assert sent.headers["SOAPAction"] == '"soapDoControlServices"'
        assert answers.elements(sent.body)[2:] == [
            (f"{AST}soapDoControlServices", ""),
            (f"{AST}ControlServiceRequest", ""),
            (f"{AST}NodeName", ""),
            (f"{AST}ControlType", "Restart"),
            (f"{AST}ServiceList", ""),
            (f"{AST}item", CALL_MANAGER),
            (f"{AST}item", "Cisco Tftp"),
        ]
        name = etree.fromstring(sent.body).find(f".//{AST}NodeName")
        assert name is not None
        assert dict(name.attrib) == {"{http://www.w3.org/2001/XMLSchema-instance}nil": "true"}

    def test_names_are_escaped(self, wire: Wire, center: ControlCenter) -> None:
        answers.status(wire)
        center.status(["<a>&b"])
        assert answers.elements(wire.sent[0].body)[-1] == (f"{AST}ServiceStatus", "<a>&b")


class TestAnswers:
    def test_states(self, wire: Wire, center: ControlCenter) -> None:
        answers.status(
            wire,
            answers.item(CALL_MANAGER, uptime=845),
            answers.not_activated("Cisco Tftp"),
            answers.item("Cisco CTIManager", "Starting", 3, -1029),
        )
        states = center.status()
        started = states[CALL_MANAGER]
        assert (started.status, started.uptime, started.activated, started.settled) == (
            "Started",
            845,
            True,
            True,
        )
        assert started.started_at == NOON - timedelta(seconds=845)
        off = states["Cisco Tftp"]
        assert (off.activated, off.uptime, off.started_at, off.reason) == (
            False,
            None,
            None,
            "Service Not Activated",
        )
        assert not states["Cisco CTIManager"].settled
        assert states["Cisco CTIManager"].started_at is None
        assert plain(started) == {
            "name": CALL_MANAGER,
            "status": "Started",
            "activated": True,
            "reason": "",
            "reason_code": -1,
            "started_at": "2026-11-23T11:45:55Z",
            "uptime": 845,
        }

    def test_prefixes_do_not_matter(self, wire: Wire, center: ControlCenter) -> None:
        body = answers.envelope("soapGetServiceStatus", answers.item(CALL_MANAGER))
        wire.raw(body.replace(b"ns0:", b"").replace(b"xmlns:ns0", b"xmlns"), answers.XML)
        assert list(center.status()) == [CALL_MANAGER]

    def test_numbers_that_are_none(self, wire: Wire, center: ControlCenter) -> None:
        answers.status(wire, answers.item(CALL_MANAGER, uptime="soon", code=""))
        assert center.status()[CALL_MANAGER].uptime is None

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html><body>maintenance</body>",
            b"<html><body>maintenance</body></html>",
            b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body/></e:Envelope>',
            answers.envelope("soapGetServiceStatus", answers.item("x"))[:-40],
            answers.envelope("soapDoControlServices"),
            answers.envelope("soapGetServiceStatus").replace(b"ServiceInfoList", b"Other"),
        ],
    )
    @pytest.mark.parametrize("http_status", [200, 404])
    def test_broken_answers(self, wire: Wire, center: ControlCenter, body: bytes, http_status: int) -> None:
        wire.raw(body, "text/xml", http_status)
        with pytest.raises(UnexpectedAnswer) as caught:
            center.status()
        assert caught.value.host == HOST
        assert caught.value.operation == "soapGetServiceStatus"

    def test_an_entity_is_not_expanded(self, wire: Wire, center: ControlCenter) -> None:
        body = answers.envelope("soapGetServiceStatus", answers.item("&file;"))
        doctype = b'<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/hostname">]>'
        wire.raw(body.replace(b"?>", b"?>" + doctype, 1), "text/xml")
        assert list(center.status()) == ["&file;"]

    def test_a_fault_has_the_words_of_the_node(self, wire: Wire, center: ControlCenter) -> None:
        answers.fault(wire, "Access  is denied")
        with pytest.raises(ServiceabilityFault, match="Access is denied"):
            center.status()

    @pytest.mark.parametrize("code", [-1010, -1012, -1036, -1037, -1068])
    def test_an_order_that_is_not_taken(self, wire: Wire, center: ControlCenter, code: int) -> None:
        answers.taken(wire, answers.item(CALL_MANAGER, "Stopped", -1, code, "why not"))
        with pytest.raises(ServiceRefused, match="Cisco CallManager: why not"):
            center.order("Restart", [CALL_MANAGER])

    def test_an_order_that_is_refused_as_a_whole(self, wire: Wire, center: ControlCenter) -> None:
        answers.taken(wire, return_code="1", code="-1012", text="Bad arguments")
        with pytest.raises(ServiceRefused, match="Bad arguments"):
            center.order("Stop", [CALL_MANAGER])

    @pytest.mark.parametrize("code", [-1, -1003, -1019, -1029, -1031, -1039, -1057, -1069])
    def test_states_that_are_no_refusal(self, wire: Wire, center: ControlCenter, code: int) -> None:
        answers.taken(wire, answers.item(CALL_MANAGER, "Stopped", -1, code))
        center.order("Stop", [CALL_MANAGER])

    def test_nothing_to_do_as_a_whole_is_no_refusal(self, wire: Wire, center: ControlCenter) -> None:
        answers.taken(wire, return_code="1", code="-1057")
        center.order("Start", [CALL_MANAGER])

    def test_a_lost_order_is_not_sent_again(self, wire: Wire, center: ControlCenter) -> None:
        wire.lost()
        with pytest.raises(AnswerLost):
            center.order("Restart", [CALL_MANAGER])
        assert len(wire.sent) == 1


class TestRate:
    @pytest.mark.parametrize("operation", ["status", "order"])
    def test_a_used_up_rate_is_waited_for(
        self, wire: Wire, center: ControlCenter, time: FakeTime, operation: str
    ) -> None:
        answers.fault(wire, "Exceeded allowed rate for Control Center. Current allowed rate is 15")
        if operation == "status":
            answers.status(wire, answers.item(CALL_MANAGER))
            center.status()
        else:
            answers.taken(wire)
            center.order("Restart", [CALL_MANAGER])
        assert len(wire.sent) == 2
        assert time.slept == [RATE_BACK_OFF[0]]

    def test_a_bounded_number_of_times(self, wire: Wire, center: ControlCenter, time: FakeTime) -> None:
        for _turn in range(len(RATE_BACK_OFF) + 1):
            answers.fault(wire, "Exceeded allowed rate for Control Center")
        with pytest.raises(RateExceeded, match="Exceeded allowed rate"):
            center.status()
        assert time.slept == list(RATE_BACK_OFF)


class TestWait:
    def test_until_all_are_there(self, wire: Wire, center: ControlCenter, time: FakeTime) -> None:
        answers.status(wire, answers.item("a", "Starting"), answers.item("b"))
        answers.status(wire, answers.item("a"), answers.item("b"))
        waited = center.wait(["a", "b"], lambda state: state.settled, what="a", timeout=60)
        assert waited.seconds == sum(POLL_INTERVALS[:2])
        assert waited.states["a"].status == "Started"
        assert time.slept == list(POLL_INTERVALS[:2])

    def test_any_may_be_enough(self, wire: Wire, center: ControlCenter) -> None:
        answers.status(wire, answers.item("a", "Starting"), answers.item("b"))
        center.wait(["a", "b"], lambda state: not state.settled, what="a", timeout=60, enough=any)
        assert len(wire.sent) == 1

    def test_the_time_limit_tells_what_was_seen_last(
        self, wire: Wire, center: ControlCenter, time: FakeTime
    ) -> None:
        for _turn in range(3):
            answers.status(wire, answers.item("a", "Stopping"), answers.item("b"))
        with pytest.raises(TimedOut, match=r"Start of a .* within 7 s; last seen: a: Stopping") as caught:
            center.wait(["a", "b"], lambda state: state.settled, what="Start of a", timeout=7)
        assert time.seconds == 7
        assert [seen["name"] for seen in caught.value.details["last_seen"]] == ["a", "b"]

    def test_a_node_that_does_not_answer_for_a_while(self, wire: Wire, center: ControlCenter) -> None:
        for _turn in range(3):
            wire.lost()
        answers.status(wire, answers.item("a"))
        waited = center.wait(["a"], lambda state: state.settled, what="a", timeout=60)
        assert waited.states["a"].status == "Started"

    def test_trouble_at_the_end_is_told(self, wire: Wire, center: ControlCenter) -> None:
        for _turn in range(3):
            wire.lost()
        with pytest.raises(TimedOut, match=r"a: not reported; the last look failed: .*broke"):
            center.wait(["a"], lambda state: state.settled, what="a", timeout=1)


@pytest.mark.parametrize(
    ("status", "started_at", "restarted"),
    [
        ("Started", NOON, True),
        ("Started", NOON + timedelta(seconds=5), True),
        ("Started", NOON - timedelta(seconds=1), False),
        ("Starting", NOON + timedelta(seconds=5), False),
        ("Stopped", None, False),
    ],
)
def test_restarted_after(status: str, started_at: object, restarted: bool) -> None:
    state = ServiceState("a", status, -1, "", 1, started_at)  # type: ignore[arg-type]
    assert restarted_after(state, NOON) is restarted


@cache
def session() -> HttpSession:
    return HttpSession(ConnectionOptions.from_params(CONNECTION))


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_noise_is_reported(noise: bytes) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        wire = plug_in(monkeypatch).raw(noise, "text/xml")
        with pytest.raises(CucmError):
            ControlCenter(session(), FakeTime().clock()).status()
        assert len(wire.sent) == 1
