# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The product's clock, moved in this process together with that of the simulator: a year of nights in some minutes."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.clock import Clock
from ansible_collections.ucops.cucm.tests.simulator.client import ControlClient

_PRODUCT = "ansible_collections.ucops.cucm.plugins."


class _AsDatetime(type):
    """Lets every datetime be an instance of the class that stands in for it."""

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime)


class _Moved(datetime, metaclass=_AsDatetime):
    """What the product takes for `datetime`: only `now` differs, by `offset`."""

    offset = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        """The moved time."""
        return datetime.now(tz) + cls.offset


@dataclass
class MovedTime:
    """The time of the product and of the simulator. `error` is by how many seconds the product has it wrong."""

    control: ControlClient
    error: float = 0.0
    _moved: float = 0.0

    def now(self) -> datetime:
        """The right time."""
        return datetime.now(UTC) + timedelta(seconds=self._moved)

    def advance(self, seconds: float) -> None:
        """Let time pass for both."""
        self.control.advance(seconds)
        self._moved += seconds
        self.go_wrong(self.error)

    def until(self, moment: datetime) -> None:
        """Let time pass up to a moment."""
        self.advance((moment - self.now()).total_seconds())

    def go_wrong(self, seconds: float) -> None:
        """Put the product's clock alone ahead of the right time."""
        self.error = seconds
        _Moved.offset = timedelta(seconds=self._moved + seconds)

    def clock(self) -> Clock:
        """A clock for modules that wait: waiting costs simulated time only."""
        return Clock(
            now=lambda: datetime.now(UTC) + _Moved.offset,
            monotonic=lambda: time.monotonic() + self._moved,
            sleep=self.advance,
        )


@contextmanager
def moved_time(control: ControlClient) -> Iterator[MovedTime]:
    """Replace `datetime` in every module of the product that is imported."""
    replaced = [
        module
        for name, module in list(sys.modules.items())
        if name.startswith(_PRODUCT) and getattr(module, "datetime", None) is datetime
    ]
    for module in replaced:
        module.datetime = _Moved  # type: ignore[attr-defined]
    _Moved.offset = timedelta()
    try:
        yield MovedTime(control)
    finally:
        _Moved.offset = timedelta()
        for module in replaced:
            module.datetime = datetime  # type: ignore[attr-defined]
