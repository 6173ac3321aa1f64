# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cucm_service: what is ordered and what is left alone, waiting, lost answers, wrong names."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    InvalidOption,
    PermissionDenied,
    TimedOut,
)
from ansible_collections.ucops.cucm.plugins.module_utils._facts.services import SIGN_OF_LIFE
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_service import DEFINITION, manage
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._platform.wire import (
    CONNECTION,
    HOST,
    Wire,
    plug_in,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._serviceability import answers
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._serviceability.answers import FakeTime

CALL_MANAGER = "Cisco CallManager"
TFTP = "Cisco Tftp"
CTI = "Cisco CTIManager"
STATUS = "soapGetServiceStatus"
ORDER = "soapDoControlServices"
#: Five minutes before the fake time begins.
EARLIER = "2026-11-23T11:55:00Z"


@pytest.fixture(name="wire")
def _wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    return plug_in(monkeypatch)


@pytest.fixture(name="time")
def _time() -> FakeTime:
    return FakeTime()


def run(time: FakeTime, *, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    params = {
        **CONNECTION,
        "transport": "auto",
        "services": None,
        "state": None,
        "restarted_since": None,
        "skip_not_activated": True,
        "wait": True,
        "wait_timeout": 600,
        **options,
    }
    return manage(params, Context(check_mode=check_mode), time.clock())


def operations(wire: Wire) -> list[str]:
    return [sent.headers["SOAPAction"].strip('"') for sent in wire.sent]


def ordered(wire: Wire) -> list[tuple[str, list[str]]]:
    """Control type and services of every order."""
    found = []
    for sent in wire.sent:
        texts = {
            name.partition("}")[2]: text for name, text in answers.elements(sent.body) if "ast/soap" in name
        }
        if "ControlType" in texts:
            names = [text for name, text in answers.elements(sent.body) if name.endswith("}item")]
            found.append((texts["ControlType"], names))
    return found


class TestStatus:
    def test_all_services_are_one_request(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(CALL_MANAGER), answers.not_activated(TFTP))
        result = run(time)
        assert operations(wire) == [STATUS]
        assert result["changed"] is False
        assert [(item["name"], item["status"]) for item in result["services"]] == [
            (CALL_MANAGER, "Started"),
            (TFTP, "Stopped"),
        ]
        assert result["services"][0]["started_at"] == "2026-11-23T11:45:55Z"
        assert result["restart_needed"] == []
        assert result["diff"]["before"] == result["diff"]["after"]

    def test_named_services_in_their_order(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(CALL_MANAGER), answers.item(CTI), answers.item(TFTP))
        result = run(time, services=[TFTP, CALL_MANAGER, TFTP])
        assert [item["name"] for item in result["services"]] == [TFTP, CALL_MANAGER]

    def test_what_needs_a_restart(self, wire: Wire, time: FakeTime) -> None:
        answers.status(
            wire,
            answers.item(CALL_MANAGER, uptime=845),
            answers.item(TFTP, uptime=60),
            answers.stopped(CTI),
            answers.item("Cisco Messaging Interface", "Stopped", -1, -1069, "Commanded Out of Service"),
        )
        result = run(time, restarted_since=EARLIER)
        assert result["restart_needed"] == [CALL_MANAGER, CTI]
        assert result["changed"] is False
        assert operations(wire) == [STATUS]


class TestNames:
    @pytest.mark.parametrize("state", [None, "restarted"])
    def test_a_misspelt_name(self, wire: Wire, time: FakeTime, state: str | None) -> None:
        answers.status(wire, answers.item(CALL_MANAGER), answers.item(TFTP))
        with pytest.raises(
            InvalidOption, match=r"no service 'Cisco CallManger'.*Did you mean 'Cisco CallM"
        ) as error:
            run(time, services=[TFTP, "Cisco CallManger"], state=state)
        assert error.value.reason == "unknown_service"
        assert error.value.host == HOST
        assert operations(wire) == [STATUS]

    def test_case_counts_and_is_suggested(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(TFTP))
        with pytest.raises(InvalidOption, match="Did you mean 'Cisco Tftp'"):
            run(time, services=["cisco tftp"])

    def test_a_name_like_no_other(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(TFTP))
        with pytest.raises(InvalidOption, match="Leave services out"):
            run(time, services=["xyz"])

    def test_a_service_that_only_later_releases_have(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(CALL_MANAGER, uptime=1))
        result = run(
            time, services=[CALL_MANAGER, "Cisco HAProxy"], state="restarted", restarted_since=EARLIER
        )
        assert result["left_out"] == ["Cisco HAProxy"]
        assert result["changed"] is False

    @pytest.mark.parametrize(
        ("state", "command"),
        [
            ("restarted", "utils service restart Cisco Tomcat"),
            ("started", "utils service start Cisco Tomcat"),
            ("stopped", "utils service stop Cisco Tomcat"),
        ],
    )
    def test_what_only_the_command_line_can_control(
        self, wire: Wire, time: FakeTime, state: str, command: str
    ) -> None:
        answers.status(wire, answers.item("Cisco Tomcat"), answers.item(CALL_MANAGER))
        with pytest.raises(InvalidOption, match=command) as error:
            run(time, services=[CALL_MANAGER, "Cisco Tomcat"], state=state)
        assert error.value.reason == "command_line_only"
        assert ordered(wire) == []

    def test_its_status_can_be_read(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item("Cisco Tomcat"))
        assert run(time, services=["Cisco Tomcat"])["services"][0]["status"] == "Started"


class TestStartAndStop:
    def test_start(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.stopped(TFTP), answers.item(CALL_MANAGER))
        answers.taken(wire, answers.item(TFTP, "Starting", 0, -1029))
        answers.status(wire, answers.item(TFTP, "Starting", 0, -1029))
        answers.status(wire, answers.item(TFTP, uptime=1))
        result = run(time, services=[TFTP, CALL_MANAGER], state="started")
        assert ordered(wire) == [("Start", [TFTP])]
        assert result["changed"] is True
        assert [item["status"] for item in result["services"]] == ["Started", "Started"]
        assert result["restarted"] == []
        assert result["waited"] == 3.0
        assert result["diff"] == {
            "before": {TFTP: "Stopped", CALL_MANAGER: "Started"},
            "after": {TFTP: "Started", CALL_MANAGER: "Started"},
        }

    def test_stop(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(TFTP))
        answers.taken(wire, answers.item(TFTP, "Stopping", -1, -1029))
        answers.status(wire, answers.item(TFTP, "Stopped", -1, -1069, "Commanded Out of Service"))
        result = run(time, services=[TFTP], state="stopped")
        assert ordered(wire) == [("Stop", [TFTP])]
        assert result["services"][0]["reason"] == "Commanded Out of Service"

    @pytest.mark.parametrize(("state", "now"), [("started", "item"), ("stopped", "stopped")])
    def test_nothing_to_do(self, wire: Wire, time: FakeTime, state: str, now: str) -> None:
        answers.status(wire, getattr(answers, now)(TFTP))
        assert run(time, services=[TFTP], state=state)["changed"] is False
        assert operations(wire) == [STATUS]

    def test_what_is_on_its_way_is_let_arrive_first(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(TFTP, "Starting", 0, -1029))
        answers.status(wire, answers.item(TFTP, uptime=1))
        result = run(time, services=[TFTP], state="started")
        assert result["changed"] is False
        assert result["waited"] == 1.0
        assert operations(wire) == [STATUS, STATUS]


class TestRestart:
    def test_the_whole_of_it(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(CALL_MANAGER, uptime=845))
        answers.taken(wire, answers.item(CALL_MANAGER, "Stopping", -1, -1029))
        answers.status(wire, answers.item(CALL_MANAGER, uptime=846))  # not begun yet
        answers.status(wire, answers.item(CALL_MANAGER, "Starting", 0, -1029))
        answers.status(wire, answers.item(CALL_MANAGER, uptime=2))
        result = run(time, services=[CALL_MANAGER], state="restarted")
        assert ordered(wire) == [("Restart", [CALL_MANAGER])]
        assert result["changed"] is True
        assert result["restarted"] == [CALL_MANAGER]
        assert result["services"][0]["uptime"] == 2
        assert result["diff"]["after"] == {CALL_MANAGER: "Started (restarted)"}

    def test_only_what_started_before(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(CALL_MANAGER, uptime=60), answers.item(TFTP, uptime=845))
        answers.taken(wire)
        answers.status(wire, answers.item(TFTP, uptime=0))
        result = run(time, services=[CALL_MANAGER, TFTP], state="restarted", restarted_since=EARLIER)
        assert ordered(wire) == [("Restart", [TFTP])]
        assert result["restarted"] == [TFTP]
        assert result["restart_needed"] == []

    def test_nothing_started_before(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(CALL_MANAGER, uptime=60))
        result = run(time, services=[CALL_MANAGER], state="restarted", restarted_since=EARLIER)
        assert result["changed"] is False
        assert operations(wire) == [STATUS]

    def test_a_stopped_service_is_started(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(CALL_MANAGER), answers.stopped(TFTP))
        answers.taken(wire)
        answers.status(wire, answers.item(TFTP, uptime=0))
        answers.taken(wire)
        answers.status(wire, answers.item(CALL_MANAGER, uptime=0))
        result = run(time, services=[TFTP, CALL_MANAGER], state="restarted")
        assert ordered(wire) == [("Start", [TFTP]), ("Restart", [CALL_MANAGER])]
        assert result["restarted"] == [TFTP, CALL_MANAGER]

    def test_one_after_the_other_in_the_order_given(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(CALL_MANAGER), answers.item(CTI), answers.item(TFTP))
        for name in (TFTP, CALL_MANAGER, CTI):
            answers.taken(wire)
            answers.status(wire, answers.item(name, "Starting", 0, -1029))
            answers.status(wire, answers.item(name, uptime=0))
        result = run(time, services=[TFTP, CALL_MANAGER, CTI], state="restarted")
        assert ordered(wire) == [("Restart", [TFTP]), ("Restart", [CALL_MANAGER]), ("Restart", [CTI])]
        assert operations(wire) == [STATUS, *[ORDER, STATUS, STATUS] * 3]
        assert result["restarted"] == [TFTP, CALL_MANAGER, CTI]
        assert result["waited"] == 9.0
        assert [item["uptime"] for item in result["services"]] == [0, 0, 0]

    def test_it_stops_where_one_does_not_come_back(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(CALL_MANAGER), answers.item(CTI), answers.item(TFTP))
        answers.taken(wire)
        for _turn in range(3):
            answers.status(wire, answers.item(TFTP, "Starting", 0, -1029))
        with pytest.raises(TimedOut) as error:
            run(time, services=[TFTP, CALL_MANAGER, CTI], state="restarted", wait_timeout=5)
        assert "not restarted yet: Cisco CallManager, Cisco CTIManager." in error.value.message
        assert error.value.details["not_reached"] == [CALL_MANAGER, CTI]
        assert [item["name"] for item in error.value.details["last_seen"]] == [TFTP]
        assert ordered(wire) == [("Restart", [TFTP])]

    def test_all_at_once_without_waiting(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(CALL_MANAGER), answers.item(CTI), answers.stopped(TFTP))
        answers.taken(wire)
        answers.taken(wire)
        answers.status(wire, answers.item(CALL_MANAGER), answers.item(CTI), answers.item(TFTP))
        run(time, services=[TFTP, CTI, CALL_MANAGER], state="restarted", wait=False)
        assert ordered(wire) == [("Restart", [CTI, CALL_MANAGER]), ("Start", [TFTP])]

    def test_check_mode_orders_nothing(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(CALL_MANAGER), answers.item(TFTP, "Starting", 0, -1029))
        result = run(
            time,
            check_mode=True,
            services=[CALL_MANAGER, TFTP],
            state="restarted",
            restarted_since=EARLIER,
        )
        assert operations(wire) == [STATUS]
        assert result["changed"] is True
        assert CALL_MANAGER in result["restarted"]
        assert CALL_MANAGER in result["restart_needed"]
        assert time.slept == []

    def test_not_activated_is_skipped(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.not_activated(TFTP))
        result = run(time, services=[TFTP], state="restarted")
        assert result["changed"] is False
        assert result["left_out"] == [TFTP]
        assert result["services"][0]["activated"] is False

    def test_not_activated_can_be_an_error(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.not_activated(TFTP), answers.item(CALL_MANAGER))
        with pytest.raises(InvalidOption, match="not activated on this node: Cisco Tftp"):
            run(time, services=[CALL_MANAGER, TFTP], state="restarted", skip_not_activated=False)
        assert ordered(wire) == []

    def test_without_waiting(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(CALL_MANAGER))
        answers.taken(wire)
        answers.status(wire, answers.item(CALL_MANAGER, "Stopping", -1, -1029))
        result = run(time, services=[CALL_MANAGER], state="restarted", wait=False)
        assert result["services"][0]["status"] == "Stopping"
        assert (result["changed"], result["waited"]) == (True, 0.0)
        assert time.slept == []

    def test_a_service_that_never_comes_back(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(CALL_MANAGER))
        answers.taken(wire)
        for _turn in range(6):
            answers.status(wire, answers.item(CALL_MANAGER, "Starting", 0, -1029, "Operation is pending"))
        with pytest.raises(
            TimedOut, match=r"within 30 s; last seen: Cisco CallManager: Starting \(Oper"
        ) as error:
            run(time, services=[CALL_MANAGER], state="restarted", wait_timeout=30)
        assert (error.value.host, error.value.option) == (HOST, "wait_timeout")
        assert "run again" in (error.value.remedy or "")
        assert error.value.details["last_seen"][0]["status"] == "Starting"
        assert error.value.details["not_reached"] == []
        assert "not restarted yet" not in error.value.message


class TestLostAnswer:
    def test_the_uptime_tells_that_it_was_taken(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(CALL_MANAGER))
        wire.lost()
        answers.status(wire, answers.item(CALL_MANAGER, "Stopping", -1, -1029))
        answers.status(wire, answers.item(CALL_MANAGER, uptime=0))
        result = run(time, services=[CALL_MANAGER], state="restarted")
        assert len(ordered(wire)) == 1
        assert result["restarted"] == [CALL_MANAGER]

    def test_no_sign_means_not_taken(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(CALL_MANAGER))
        wire.lost()
        for at in (1, 3, 7, 15, 25, 30):
            answers.status(wire, answers.item(CALL_MANAGER, uptime=845 + at))
        with pytest.raises(AnswerLost, match="no service shows within 30 s that the order Restart was taken"):
            run(time, services=[CALL_MANAGER], state="restarted")
        assert len(ordered(wire)) == 1
        assert time.seconds == SIGN_OF_LIFE


class TestOptions:
    @pytest.mark.parametrize(
        "text",
        ["2026-11-23T11:55:00Z", "2026-11-23T06:55:00-05:00", "2026-11-23 11:55:00", "20261123T115500Z"],
    )
    def test_forms_of_time(self, wire: Wire, time: FakeTime, text: str) -> None:
        answers.status(wire, answers.item(CALL_MANAGER, uptime=299), answers.item(TFTP, uptime=301))
        assert run(time, restarted_since=text)["restart_needed"] == [TFTP]

    @pytest.mark.parametrize("text", ["yesterday", "12:00", "2026-13-01"])
    def test_what_is_no_time(self, wire: Wire, time: FakeTime, text: str) -> None:
        with pytest.raises(InvalidOption, match="ISO 8601") as error:
            run(time, restarted_since=text)
        assert (error.value.host, error.value.option) == (HOST, "restarted_since")
        assert wire.sent == []

    def test_the_future(self, wire: Wire, time: FakeTime) -> None:
        with pytest.raises(InvalidOption, match="future") as error:
            run(time, services=[TFTP], state="restarted", restarted_since="2026-11-24T12:00:00Z")
        assert (error.value.host, error.value.option) == (HOST, "restarted_since")

    @pytest.mark.parametrize("state", ["started", "stopped"])
    def test_since_has_no_meaning_otherwise(self, wire: Wire, time: FakeTime, state: str) -> None:
        with pytest.raises(InvalidOption, match="restarted_since has no meaning") as error:
            run(time, services=[TFTP], state=state, restarted_since=EARLIER)
        assert (error.value.host, error.value.option) == (HOST, "restarted_since")
        assert wire.sent == []

    def test_an_empty_time_is_none(self, wire: Wire, time: FakeTime) -> None:
        answers.status(wire, answers.item(TFTP))
        assert run(time, restarted_since="")["restart_needed"] == []

    def test_the_account_lacks_a_role(self, wire: Wire, time: FakeTime) -> None:
        wire.raw(b"", "text/html", 403)
        with pytest.raises(PermissionDenied, match="Standard CCM Admin Users"):
            run(time)

    def test_a_state_needs_services(self) -> None:
        assert ["state", "restarted", ["services"]] in DEFINITION.required_if
