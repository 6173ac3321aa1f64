# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The TLS versions of SIP by release, and whether two ranges of them meet.

Sources: Cisco's Security Guide 15, chapter "TLS 1.3 Setup (from Release 15SU2 onwards)"; for releases before 11,
Cisco's configuration example of a SIP trunk over TLS between 9.1(2) and 10.5(2).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: As results spell them, the oldest first.
VERSIONS = ("1.0", "1.1", "1.2", "1.3")
#: A build: release, maintenance, and the number whose thousands count service updates (15SU2 is 15.0.1.12900).
_BUILD = re.compile(r"(\d+)\.(\d+)\.\d+\.(\d+)-\d+")
_WITH_TLS_13 = (15, 0, 12900)
_WITH_TLS_12 = 11


def newest_version(version: str | None) -> str | None:
    """The newest TLS version of SIP, by the full version of a cluster; None where that does not tell.

    The first two numbers alone do not: 15 and 15SU2 share them.
    """
    build = _BUILD.match(version or "")
    if build is None:
        numbers = re.match(r"(\d+)(?:\.\d+)?$", version or "")
        if numbers is None or int(numbers[1]) >= _WITH_TLS_13[0]:
            return None
        return "1.2" if int(numbers[1]) >= _WITH_TLS_12 else "1.0"
    release = (int(build[1]), int(build[2]), int(build[3]))
    if release >= _WITH_TLS_13:
        return "1.3"
    return "1.2" if release[0] >= _WITH_TLS_12 else "1.0"


def older(first: str, second: str) -> bool:
    """Whether the first version is older than the second."""
    return VERSIONS.index(first) < VERSIONS.index(second)


@dataclass(frozen=True)
class Range:
    """What one end of a connection speaks. None is what was not measured, and is never assumed."""

    lowest: str | None = None
    newest: str | None = None

    @property
    def only_13(self) -> bool:
        """Whether it is known to speak nothing older than TLS 1.3."""
        return self.lowest == "1.3"


def never_meet(one: Range, other: Range) -> bool:
    """Whether two ranges are known to have no version in common."""
    return any(
        first.lowest is not None and second.newest is not None and older(second.newest, first.lowest)
        for first, second in ((one, other), (other, one))
    )
