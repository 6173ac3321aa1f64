# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which SIP peers do without client authentication in the extended key usage of a certificate.

Public CAs stop giving it, and a trunk over mutual TLS is server and client. Data with its sources, all of Cisco;
when it was checked stands in each row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

#: `auto` requires it unless both ends of every trunk are known to do without.
Requirement = Literal["auto", "always", "never"]
REQUIREMENTS: tuple[Requirement, ...] = ("auto", "always", "never")
#: Documented in `doc_fragments/client_auth.py`.
CLIENT_AUTH_ARGUMENTS: dict[str, dict[str, Any]] = {
    "require_client_auth": {"type": "str", "choices": list(REQUIREMENTS), "default": "auto"},
    "end_versions": {"type": "list", "elements": "str", "default": []},
}


@dataclass(frozen=True)
class Release:
    """The releases of a product from `since` up to but not including `before`.

    `ignores`: it takes a peer whose certificate lacks client authentication. `separates`: it has a certificate as a
    server and another one as a client. `condition` is what has to be set for it, which nobody but the administrator
    sees: no interface that tells is documented.
    """

    product: str
    since: tuple[int, ...]
    before: tuple[int, ...] | None
    ignores: bool
    separates: bool
    condition: str
    source: str
    checked: date


_CHECKED = date(2026, 11, 23)

RELEASES = (
    # "Both ends must have it": a server-only certificate is also what the node shows as a client. Announced for the
    # end of 2026; whether it has shipped was not known when this was checked. Nothing is announced for release 14.
    Release(
        product="Unified CM",
        since=(15, 0, 1, 15900),
        before=None,
        ignores=True,
        separates=True,
        condition="'Ignore client authentication EKU' has to be on at both ends",
        source="Cisco field notice FN74345, revision 1.2 of 2026-03-25",
        checked=_CHECKED,
    ),
    # X15.4 has a part of it, and counts as without.
    Release(
        product="Expressway",
        since=(15, 5),
        before=None,
        ignores=True,
        separates=True,
        condition="",
        source="Cisco field notice FN74362, revision 1.2 of 2026-06-01",
        checked=_CHECKED,
    ),
    Release(
        product="CUBE",
        since=(26, 1, 1),
        before=None,
        ignores=True,
        separates=True,
        condition="",
        source="Cisco field notice FN74350, revision 2.0 of 2026-06-23",
        checked=_CHECKED,
    ),
    Release(
        product="CUBE",
        since=(0,),
        before=(26, 1, 1),
        ignores=True,
        separates=False,
        condition="the trustpoint must have neither 'match eku client-auth' nor cc-mode",
        source="Cisco field notice FN74350, revision 2.0 of 2026-06-23",
        checked=_CHECKED,
    ),
)

#: How the versions of each product are written.
_FORMS = (
    ("Unified CM", re.compile(r"(\d+\.\d+\.\d+\.\d+)-\d+")),
    ("Expressway", re.compile(r"X(\d+(?:\.\d+)*)", re.IGNORECASE)),
    ("CUBE", re.compile(r"IOS[ -]?XE (\d+(?:\.\d+)*)", re.IGNORECASE)),
)


def release_of(version: str | None) -> Release | None:
    """The row of a version, such as 15.0.1.15900-1, X15.5 or IOS XE 17.9.4; None for one that has no row."""
    for product, form in _FORMS:
        found = form.match(version or "")
        if found is None:
            continue
        numbers = tuple(map(int, found[1].split(".")))
        for release in RELEASES:
            if (
                release.product == product
                and release.since <= numbers
                and (release.before is None or numbers < release.before)
            ):
                return release
    return None


@dataclass(frozen=True)
class Decision:
    """Whether certificates of the trunks need client authentication, and what that depends on."""

    required: bool
    why: str


def decide(requirement: str, end_versions: Sequence[str | None]) -> Decision:
    """The decision for trunks between ends of these versions; one that is empty or unknown needs it."""
    if requirement != "auto":
        return Decision(requirement == "always", f"require_client_auth is {requirement}")
    if not end_versions:
        return Decision(True, "the versions of the ends are not known")
    for version in end_versions:
        release = release_of(version)
        if release is None or not release.ignores:
            return Decision(
                True, f"an end of the version {version or '(not known)'} is not known to do without it"
            )
    rows = [release for version in end_versions if (release := release_of(version))]
    conditions = dict.fromkeys(row.condition for row in rows if row.condition)
    sources = dict.fromkeys(row.source for row in rows)
    return Decision(
        False,
        f"both ends can do without it{_if(conditions)} (source: {'; '.join(sources)})",
    )


def _if(conditions: Iterable[str]) -> str:
    words = "; ".join(conditions)
    return f", where {words}" if words else ""
