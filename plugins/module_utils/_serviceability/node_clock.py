# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a node's clock is from this machine's, by the Date header of an answer.

The header has whole seconds, cut off, and was written at some moment between the request and the
answer. So the true difference lies within half a second and half the round trip of what is said here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import Answered

#: On average this much is cut off a time in whole seconds.
_CUT_OFF = timedelta(seconds=0.5)


@dataclass(frozen=True)
class Skew:
    """The node's time minus this machine's, and by how much that can be wrong; in seconds."""

    seconds: float
    accuracy: float


def skew(answered: Answered | None) -> Skew | None:
    """The difference; None when there is no answer, or its Date cannot be read."""
    if answered is None:
        return None
    half_way = (answered.received_at - answered.sent_at) / 2
    try:
        date = parsedate_to_datetime(answered.date)
        # HTTP dates are GMT. A header that does not say so is read as if it did.
        date = date.replace(tzinfo=date.tzinfo or UTC)
        difference = date + _CUT_OFF - (answered.sent_at + half_way)
    except (ValueError, TypeError, OverflowError):  # all of them come, for one wrong header or another
        return None
    return Skew(difference.total_seconds(), (_CUT_OFF + half_way).total_seconds())


def plain(found: Skew | None) -> dict[str, Any]:
    """The difference as plain data."""
    if found is None:
        return {
            "measured": False,
            "skew_seconds": None,
            "accuracy_seconds": None,
            "text": "The node's answer has no Date header that can be read.",
        }
    return {
        "measured": True,
        "skew_seconds": round(found.seconds, 1),
        "accuracy_seconds": round(found.accuracy, 1),
        "text": _text(found),
    }


def _text(found: Skew) -> str:
    if abs(found.seconds) <= found.accuracy:
        return f"The node's clock agrees with this machine's, as far as can be measured ({found.accuracy:.1f} s)."
    direction = "ahead of" if found.seconds > 0 else "behind"
    return (
        f"The node's clock is {_span(abs(found.seconds))} {direction} this machine's, give or take"
        f" {found.accuracy:.1f} s."
    )


def _span(seconds: float) -> str:
    """A span of time: in seconds, and from two minutes on also as hours, minutes and seconds."""
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds:.0f} s ({timedelta(seconds=round(seconds))})"
