# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this failed, call processing would restart without need, or go on with an old certificate unseen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.clock import Clock
from ansible_collections.ucops.cucm.plugins.module_utils._facts.services import (
    COMMANDED_OUT_OF_SERVICE,
    Order,
    ServiceState,
    Waited,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.activation import (
    ACCEPTED,
    CALL_MANAGER,
    HAPROXY,
    NOT_MEASURED,
    NOT_OFFERED,
    OLD,
    REFUSED,
    SHOWN,
    Activation,
    Limits,
    Look,
    Moments,
    Outcome,
    Seen,
    StillOld,
)

NOW = datetime(2026, 12, 1, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class Node:
    """A node whose port shows what its services have read. `needs` are the services that make it show the new one."""

    needs: tuple[str, ...] = (HAPROXY,)
    rsa: str = OLD
    ec: str | None = None
    trust: str = NOT_MEASURED
    names: tuple[str, ...] = (HAPROXY, CALL_MANAGER)
    stopped: tuple[str, ...] = ()
    started: timedelta = -24 * HOUR
    #: Looks at the port that find nothing after each restart.
    silent: int = 0
    #: Looks that still show the old certificate after the restart that changes it.
    late: int = 0
    elapsed: float = 0.0
    restarted: list[str] = field(default_factory=list)
    _quiet: int = 0
    _behind: int = 0

    transcript = None

    def look(self) -> Seen:
        if self._quiet > 0:
            self._quiet -= 1
            return Seen((Look("CallManager", NOT_MEASURED, text="connection refused"),), NOT_MEASURED)
        rsa = self.rsa
        if self._behind > 0:
            self._behind -= 1
            rsa = OLD
        looks = [Look("CallManager", rsa)]
        if self.ec is not None:
            looks.append(Look("CallManager-ECDSA", self.ec))
        return Seen(tuple(looks), self.trust)

    def status(self) -> dict[str, ServiceState]:
        return {name: self._state(name) for name in self.names}

    def _state(self, name: str) -> ServiceState:
        started = NOW + HOUR if name in self.restarted else NOW + self.started
        if name in self.stopped:
            return ServiceState(name, "Stopped", COMMANDED_OUT_OF_SERVICE, "", None, None)
        return ServiceState(name, "Started", None, "", 60, started)

    def settle(self, names: Sequence[str], timeout: float) -> Waited:
        raise NotImplementedError

    def carry_out(self, order: Order, timeout: float | None) -> Waited:
        assert order.control_type == "Restart"
        (name,) = order.names
        self.restarted.append(name)
        self._quiet = self.silent
        if name in self.needs:
            self.rsa = SHOWN if self.rsa == OLD else self.rsa
            self.ec = SHOWN if self.ec == OLD else self.ec
            self._behind = self.late
        if name == CALL_MANAGER:
            self.trust = ACCEPTED if self.trust == REFUSED else self.trust
        return Waited({}, 1.5)

    def look_at(self, names: Sequence[str]) -> dict[str, ServiceState]:
        raise NotImplementedError

    def sleep(self, seconds: float) -> None:
        self.elapsed += seconds

    def activate(self, *, check_mode: bool = False, **moments: datetime) -> Outcome:
        clock = Clock(now=lambda: NOW, monotonic=lambda: self.elapsed, sleep=self.sleep)
        services: Any = self
        return Activation(self.look, services, "cucma-pub", Limits(60, 5), clock).run(
            Moments(**moments), check_mode=check_mode
        )


def test_nothing_is_restarted_where_the_port_shows_it() -> None:
    """Although both services have run since long before, and whatever was signed when."""
    node = Node(rsa=SHOWN, ec=NOT_OFFERED)
    outcome = node.activate(identity=NOW)
    assert (outcome.restarted, outcome.needed, node.restarted) == ([], [], [])


@pytest.mark.parametrize(
    ("needs", "restarted"),
    [((HAPROXY,), [HAPROXY]), ((CALL_MANAGER,), [HAPROXY, CALL_MANAGER])],
    ids=["security guide", "technical assistance center"],
)
def test_the_smallest_restart_that_helps(needs: tuple[str, ...], restarted: list[str]) -> None:
    node = Node(needs)
    outcome = node.activate()
    assert outcome.restarted == node.restarted == restarted
    assert outcome.needed == []
    assert [look.status for look in outcome.after.looks] == [SHOWN]


def test_before_release_14_there_is_no_haproxy() -> None:
    assert Node((CALL_MANAGER,), names=(CALL_MANAGER,)).activate().restarted == [CALL_MANAGER]


def test_an_old_ec_certificate_counts_too() -> None:
    assert Node((CALL_MANAGER,), rsa=SHOWN, ec=OLD).activate().restarted == [HAPROXY, CALL_MANAGER]


def test_check_mode_says_what_it_would_begin_with() -> None:
    node = Node()
    outcome = node.activate(check_mode=True)
    assert (outcome.needed, outcome.restarted, node.restarted) == ([HAPROXY, CALL_MANAGER], [], [])


def test_a_port_that_is_closed_for_a_while_is_waited_for() -> None:
    node = Node((CALL_MANAGER,), names=(CALL_MANAGER,), silent=20)
    assert node.activate().restarted == [CALL_MANAGER]
    assert node.elapsed >= 20


def test_a_port_that_changes_a_little_later_costs_no_second_restart() -> None:
    assert Node(late=3).activate().restarted == [HAPROXY]


def test_restarts_that_do_not_help_are_an_error() -> None:
    node = Node(())
    with pytest.raises(StillOld, match="after a restart of Cisco HAProxy, Cisco CallManager") as caught:
        node.activate()
    assert caught.value.details["restarted"] == [HAPROXY, CALL_MANAGER]


def test_a_service_that_somebody_has_stopped_stays_so() -> None:
    """It reads the certificate when it starts."""
    node = Node(stopped=(HAPROXY, CALL_MANAGER))
    assert node.activate().restarted == []


@pytest.mark.parametrize(("signed", "restarted"), [(-25 * HOUR, []), (-HOUR, [CALL_MANAGER])])
def test_where_the_port_cannot_be_asked_the_time_counts(signed: timedelta, restarted: list[str]) -> None:
    assert Node(rsa=NOT_MEASURED).activate(identity=NOW + signed).restarted == restarted


def test_where_nothing_is_known_nothing_is_restarted() -> None:
    assert Node(rsa=NOT_MEASURED).activate().restarted == []


@pytest.mark.parametrize(
    ("trust", "restarted"), [(ACCEPTED, []), (REFUSED, [CALL_MANAGER]), (NOT_MEASURED, [CALL_MANAGER])]
)
def test_a_ca_in_the_trust_store(trust: str, restarted: list[str]) -> None:
    """By the document of 2016, Cisco CallManager restarts for it, unless the port takes a certificate of the CA."""
    assert Node(rsa=SHOWN, trust=trust).activate(trust=NOW).restarted == restarted


def test_a_ca_that_the_port_refuses_is_found_without_knowing_when_it_was_uploaded() -> None:
    assert Node(rsa=SHOWN, trust=REFUSED).activate().restarted == [CALL_MANAGER]


def test_a_ca_that_has_been_read_needs_nothing() -> None:
    assert Node(rsa=SHOWN, started=HOUR).activate(trust=NOW).restarted == []


def test_every_status_has_a_look() -> None:
    look = Look("CallManager", SHOWN, "AA")
    assert replace(look, status=OLD).as_dict()["status"] == OLD
