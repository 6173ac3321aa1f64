# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which AXL versions each release serves, and what it says to the others."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace

NAMESPACE = "http://www.cisco.com/AXL/API/"


@dataclass(frozen=True)
class Release:
    """A CUCM release: what getCCMVersion says, and the AXL versions served, lowest first.

    `refusal` is what stands in the page for any other version.
    """

    ccm_version: str
    versions: tuple[str, ...]
    refusal: str

    @property
    def native(self) -> str:
        """The release's own AXL version."""
        return self.versions[-1]


_OLD = "The specified version is not available.  Available versions are "
_NEW = "Incorrect axl version. Supported axl versions are "

RELEASES = {
    "9.1": Release(
        "9.1.2.10000-28",
        ("7.1", "8.0", "8.5", "9.0", "9.1"),
        _OLD + "1.0, 7.1, 8.0, 8.5, 9.0 and 9.1",
    ),
    "10.5": Release(
        "10.5.2.10000-5",
        ("8.0", "8.5", "9.0", "9.1", "10.0", "10.5"),
        _OLD + "1.0, 8.0, 8.5, 9.0, 9.1, 10.0 and 10.5",
    ),
    "11.5": Release(
        "11.5.1.10000-6",
        ("9.0", "9.1", "10.0", "10.5", "11.0", "11.5"),
        _NEW + "9.x, 10.x, 11.0 and 11.5",
    ),
    "12.5": Release(
        "12.5.1.10000-22",
        ("10.0", "10.5", "11.0", "11.5", "12.0", "12.5"),
        _NEW + "10.x, 11.x, 12.0 and 12.5",
    ),
    "14": Release(
        "14.0.1.10000-20",
        ("11.0", "11.5", "12.0", "12.5", "14.0"),
        _NEW + "11.x, 12.x and 14.0",
    ),
    "15": Release(
        "15.0.1.12900-234",
        ("12.0", "12.5", "14.0", "15.0"),
        _NEW + "12.x, 14.0 and 15.0",
    ),
}

#: Service updates: the release whose AXL they have, and their own build.
VARIANTS = {
    "14SU2": ("14", "14.0.1.12900-161"),
    "15SU1": ("15", "15.0.1.11900-23"),
    "15SU2-upgraded": ("15", "15.0.1.12900-234"),
}


def release(name: str) -> Release:
    """The release of that name; 14.0 is 14."""
    if name in VARIANTS:
        base, build = VARIANTS[name]
        return replace(RELEASES[base], ccm_version=build)
    known = RELEASES.get(name.removesuffix(".0"))
    if known is None:
        raise ValueError(f"no simulated release {name}: {', '.join(RELEASES)}")
    return known


def refusal_page(known: Release) -> bytes:
    """The HTML page of HTTP 599."""
    text = html.escape(f"HTTP Status 599 - {known.refusal}")
    return (
        f"<html><head><title>Error report</title></head><body><h1>{text}</h1>"
        f"<hr/><p><b>type</b> Status report</p><p><b>message</b> {html.escape(known.refusal)}</p>"
        "<hr/></body></html>"
    ).encode()
