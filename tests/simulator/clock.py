# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated time: real time plus an offset that a test moves."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """Counts in seconds since the epoch. `advance` moves the simulated world, never the machine."""

    def __init__(self) -> None:
        self.offset = 0.0

    def seconds(self) -> float:
        """The simulated time in seconds since the epoch."""
        return time.time() + self.offset

    def now(self) -> datetime:
        """The simulated time as an aware datetime."""
        return datetime.fromtimestamp(self.seconds(), UTC)

    def text(self) -> str:
        """The simulated time in ISO 8601, UTC, to the millisecond."""
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def advance(self, seconds: float) -> None:
        """Move the simulated time forward (or back, when negative)."""
        self.offset += seconds

    def reset(self) -> None:
        """Go back to real time."""
        self.offset = 0.0


class NodeClock(Clock):
    """The clock of one node: the simulated time, and `skew` seconds by which the node has it wrong."""

    def __init__(self, world: Clock) -> None:
        self.world = world
        self.skew = 0.0

    @property
    def offset(self) -> float:  # type: ignore[override]
        """How far the node's time is from the real one, in seconds."""
        return self.world.offset + self.skew

    def advance(self, seconds: float) -> None:
        """Put this clock alone forward: the others stay."""
        self.skew += seconds

    def reset(self) -> None:
        """Take the skew away."""
        self.skew = 0.0
