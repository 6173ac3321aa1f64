# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Releases of Unified CM with a known fault that matters before a change, each with its source."""

from __future__ import annotations

import re
from dataclasses import dataclass

#: A build: release, maintenance, and the number whose thousands count service updates (15SU2 is 15.0.1.12900).
_BUILD = re.compile(r"(\d+)\.(\d+)\.(\d+)\.(\d+)-\d+")


@dataclass(frozen=True)
class KnownFault:
    """Builds of one major release from `since` to before `fixed`, as the last number of a version; None is open.

    `warns` is for one that a change of certificates or trunks may run into; others are only noted.
    """

    major: int
    minor: int
    fixed: int | None
    what: str
    source: str
    warns: bool = False
    maintenance: int | None = None

    def concerns(self, version: str) -> bool:
        """Whether a full version has the fault; a short one does not tell."""
        build = _BUILD.match(version)
        if build is None or (int(build[1]), int(build[2])) != (self.major, self.minor):
            return False
        if self.maintenance is not None and int(build[3]) != self.maintenance:
            return False
        return self.fixed is None or int(build[4]) < self.fixed


KNOWN: tuple[KnownFault, ...] = (
    KnownFault(
        10,
        5,
        None,
        "the common name is not repeated among the subject alternative names of a request, so that a CA may issue a"
        " certificate without any",
        "bug CSCus47235 of 10.5(2), named in Cisco's note on multi-server certificates",
        warns=True,
        maintenance=2,
    ),
    KnownFault(
        14,
        0,
        16900,
        "WebDialer is vulnerable (CVE-2026-20230), fixed in 14SU6",
        "a list of fixed releases that is not Cisco's own page",
    ),
    KnownFault(
        15,
        0,
        15900,
        "WebDialer is vulnerable (CVE-2026-20230), fixed in 15SU5",
        "a list of fixed releases that is not Cisco's own page",
    ),
)


def known_faults(version: str) -> list[KnownFault]:
    """The known faults of a full version such as 14.0.1.10000-20."""
    return [fault for fault in KNOWN if fault.concerns(version)]
