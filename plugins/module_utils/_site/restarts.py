# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services that still run with what they read before a certificate was installed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

_FORM = "%Y-%m-%dT%H:%M:%SZ"


def signed_at(certificate: Mapping[str, Any], backdate: int = 0) -> str:
    """The time at which a certificate was signed by a CA that back-dates by so many seconds."""
    start = datetime.strptime(certificate["not_before"], _FORM).replace(tzinfo=UTC)
    return (start + timedelta(seconds=int(backdate))).strftime(_FORM)


def services_waiting(services: Iterable[Mapping[str, Any]], names: Sequence[str], since: str) -> list[str]:
    """The named services that run and were started before `since`, a time such as 2026-05-23T17:50:42Z."""
    started = {
        service["name"]: service["started_at"]
        for service in services
        if service["status"] == "Started" and service.get("started_at")
    }
    # Times of this form compare as text.
    return [name for name in names if name in started and started[name] < since]


def now() -> str:
    """The time of this machine, in the form of the other times."""
    return datetime.now(UTC).strftime(_FORM)
