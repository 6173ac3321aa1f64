# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How urgent a finding of the certificate audit is."""

from __future__ import annotations

from collections.abc import Iterable

CRITICAL, WARNING, NOTICE, NONE = "critical", "warning", "notice", "none"
#: The most urgent first.
SEVERITIES = (CRITICAL, WARNING, NOTICE)


def worst_of(severities: Iterable[str]) -> str:
    """The most urgent of these; `none` for nothing."""
    found = set(severities)
    return next((severity for severity in SEVERITIES if severity in found), NONE)


def reaches(severity: str, limit: str) -> bool:
    """Whether a severity is as urgent as a limit; nothing reaches the limit `none`."""
    if NONE in (severity, limit):
        return False
    return SEVERITIES.index(severity) <= SEVERITIES.index(limit)
