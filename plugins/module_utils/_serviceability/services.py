# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's services over its Control Center, as cucm_service uses them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from ansible_collections.ucops.cucm.plugins.module_utils._common.clock import Clock
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import AnswerLost, TimedOut
from ansible_collections.ucops.cucm.plugins.module_utils._facts.services import (
    SIGN_OF_LIFE,
    Order,
    ServiceState,
    Waited,
    Wish,
)
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.control_center import (
    ROUNDING,
    ControlCenter,
    restarted_after,
)


class SoapServices:
    """`_facts.services.Services` over the Control Center. The uptime tells what has restarted."""

    transcript = None

    def __init__(self, center: ControlCenter, clock: Clock) -> None:
        self._center = center
        self._clock = clock

    def status(self) -> dict[str, ServiceState]:
        return self._center.status()

    def look(self, names: Sequence[str]) -> dict[str, ServiceState]:
        return self._center.status(names)

    def settle(self, names: Sequence[str], timeout: float) -> Waited:
        return self._center.wait(
            names, lambda state: state.settled, what="the end of the change", timeout=timeout
        )

    def carry_out(self, order: Order, timeout: float | None) -> Waited:
        seconds = 0.0
        ordered_at = self._clock.now() - ROUNDING
        try:
            self._center.order(order.control_type, order.names)
        except AnswerLost as error:
            seconds = self._look_for_sign(order, ordered_at, error)
        if timeout is None:
            return Waited({}, seconds)
        waited = self._center.wait(
            order.names,
            _arrived(order.control_type, ordered_at),
            what=f"{order.control_type} of {', '.join(order.names)}",
            timeout=timeout,
        )
        return Waited(waited.states, seconds + waited.seconds)

    def _look_for_sign(self, order: Order, ordered_at: datetime, lost: AnswerLost) -> float:
        """A lost answer: the services themselves tell whether the order was taken.

        It is not sent again: two restarts in a row would be worse than an error.
        """
        arrived = _arrived(order.control_type, ordered_at)
        try:
            return self._center.wait(
                order.names,
                lambda state: not state.settled or arrived(state),
                what="a sign that the order was taken",
                timeout=SIGN_OF_LIFE,
                enough=any,
            ).seconds
        except TimedOut as error:
            raise AnswerLost(
                f"{lost.what}, and no service shows within {SIGN_OF_LIFE:g} s that the order"
                f" {order.control_type} was taken",
                host=lost.host,
                operation=lost.operation,
                remedy="Run again: services that did restart meanwhile are recognized with restarted_since",
                details=error.details,
            ) from error


def _arrived(control_type: str, ordered_at: datetime) -> Wish:
    if control_type == "Stop":
        return lambda state: state.settled and state.status == "Stopped"
    if control_type == "Start":
        return lambda state: state.settled and state.status == "Started"
    return lambda state: restarted_after(state, ordered_at)
