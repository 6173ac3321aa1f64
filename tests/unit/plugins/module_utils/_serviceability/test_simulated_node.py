# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cucm_service against a simulated node, over real HTTPS; time passes by the simulator's clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common import http
from ansible_collections.ucops.cucm.plugins.module_utils._common.clock import Clock
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    AuthenticationFailed,
    InvalidOption,
    PermissionDenied,
    TimedOut,
    UnexpectedAnswer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_service import ARGUMENT_SPEC, manage
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator, running_simulator

CALL_MANAGER = "Cisco CallManager"
TFTP = "Cisco Tftp"


@pytest.fixture(scope="module", name="running")
def _running() -> Iterator[RunningSimulator]:
    with running_simulator() as simulator:
        yield simulator


@pytest.fixture(name="simulator")
def _simulator(running: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> RunningSimulator:
    monkeypatch.setattr(http, "BACK_OFF", (0.0, 0.0))
    running.clear_faults()
    running.reset()
    return running


class SharedTime:
    """Sleeping moves the simulator's clock, which is ours too, so that nobody waits."""

    def __init__(self, simulator: RunningSimulator) -> None:
        self._simulator = simulator

    @property
    def passed(self) -> float:
        """Seconds slept since the start, also in earlier calls."""
        return self._simulator.world.clock.offset

    def clock(self) -> Clock:
        return Clock(
            now=lambda: datetime.now(UTC) + timedelta(seconds=self.passed),
            monotonic=lambda: self.passed,
            sleep=self._simulator.advance,
        )


def call(
    simulator: RunningSimulator, *, check_mode: bool = False, node: str = "cucma-pub", **options: Any
) -> dict[str, Any]:
    target = simulator.node(node)
    params = {option: spec.get("default") for option, spec in ARGUMENT_SPEC.items()} | {
        "host": target.topology.address,
        "port": target.web.port,
        "username": "administrator",
        "password": "administrator-secret",
        "validate_certs": False,
        **options,
    }
    return manage(params, Context(check_mode=check_mode), SharedTime(simulator).clock())


def orders(simulator: RunningSimulator) -> list[tuple[str, str]]:
    return [(item.subject, item.details["control"]) for item in simulator.journal.since(0)]


def test_restart_and_its_idempotence(simulator: RunningSimulator) -> None:
    before = call(simulator)
    since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    options = {"services": [TFTP, CALL_MANAGER], "state": "restarted", "restarted_since": since}
    result = call(simulator, **options)
    assert (result["changed"], result["restarted"]) == (True, [TFTP, CALL_MANAGER])
    assert [item["status"] for item in result["services"]] == ["Started", "Started"]
    assert all(item["started_at"] >= since for item in result["services"])
    assert len(before["services"]) > len(result["services"])
    again = call(simulator, **options)
    assert (again["changed"], again["restarted"]) == (False, [])
    assert orders(simulator) == [(TFTP, "Restart"), (CALL_MANAGER, "Restart")]


def test_check_mode(simulator: RunningSimulator) -> None:
    assert call(simulator, check_mode=True, services=[TFTP], state="restarted")["changed"] is True
    assert orders(simulator) == []


def test_stop_and_start(simulator: RunningSimulator) -> None:
    for state, changed in (("stopped", True), ("stopped", False), ("started", True), ("started", False)):
        assert call(simulator, services=[TFTP], state=state)["changed"] is changed
    assert orders(simulator) == [(TFTP, "Stop"), (TFTP, "Start")]


def test_not_activated(simulator: RunningSimulator) -> None:
    result = call(simulator, node="cucma-sub1", services=[TFTP], state="restarted")
    assert (result["changed"], result["left_out"]) == (False, [TFTP])


@pytest.mark.parametrize("name", ["Cisco CallManger", "cisco callmanager"])
def test_a_misspelt_name(simulator: RunningSimulator, name: str) -> None:
    with pytest.raises(InvalidOption, match="Did you mean 'Cisco CallManager'"):
        call(simulator, services=[name])


def test_a_name_for_the_command_line(simulator: RunningSimulator) -> None:
    with pytest.raises(InvalidOption, match="utils service restart Cisco Tomcat"):
        call(simulator, services=["Cisco Tomcat"], state="restarted")


def test_an_answer_lost_after_the_order(simulator: RunningSimulator) -> None:
    simulator.fault(kind="drop-after", door="control-center", operation="soapDoControlServices")
    assert call(simulator, services=[CALL_MANAGER], state="restarted")["restarted"] == [CALL_MANAGER]
    assert orders(simulator) == [(CALL_MANAGER, "Restart")]


def test_an_order_that_never_arrived(simulator: RunningSimulator) -> None:
    simulator.fault(kind="drop-before", door="control-center", operation="soapDoControlServices")
    with pytest.raises(AnswerLost, match="no service shows"):
        call(simulator, services=[CALL_MANAGER], state="restarted")
    assert orders(simulator) == []
    assert call(simulator, services=[CALL_MANAGER], state="restarted")["changed"] is True


def test_a_restart_that_hangs(simulator: RunningSimulator) -> None:
    simulator.fault(kind="restart-hang", node="cucma-pub")
    with pytest.raises(TimedOut, match="last seen: Cisco CallManager: Starting"):
        call(simulator, services=[CALL_MANAGER], state="restarted", wait_timeout=60)


def test_a_used_up_rate(simulator: RunningSimulator) -> None:
    simulator.fault(kind="rate-limit", door="control-center", count=2)
    assert call(simulator, services=[CALL_MANAGER], state="restarted")["changed"] is True
    assert orders(simulator) == [(CALL_MANAGER, "Restart")]


@pytest.mark.parametrize("kind", ["html", "garbage"])
def test_broken_answers(simulator: RunningSimulator, kind: str) -> None:
    simulator.fault(kind=kind, door="control-center")
    with pytest.raises(UnexpectedAnswer):
        call(simulator)


def test_accounts(simulator: RunningSimulator) -> None:
    with pytest.raises(AuthenticationFailed):
        call(simulator, password="wrong")
    with pytest.raises(PermissionDenied, match="Standard RealtimeAndTraceCollection"):
        call(simulator, username="nobody", password="nobody-secret")
