# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When public CAs stop issuing certificates with client authentication, which a SIP trunk needs.

Data with its sources. Dates of this kind move: a record says when it was checked, and how sure it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cryptography import x509

#: `published`: the issuer's own text was read; `planned`: so, and it is older than the rule it follows,
#: which has moved since; `reported`: from others than the issuer.
Certainty = Literal["published", "planned", "reported"]

_ORGANIZATION = "2.5.4.10"


@dataclass(frozen=True)
class Document:
    """A text to read, with its revision where it has one."""

    title: str
    published: date
    revision: str = ""


@dataclass(frozen=True)
class EndOfClientAuthentication:
    """From `starts` on, `who` issues `what` without client authentication.

    `organizations` are the organization names of the issuers that it applies to.
    """

    who: str
    what: str
    starts: date
    source: str
    certainty: Certainty
    checked: date
    organizations: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The record in a line, for messages."""
        return (
            f"{self.who} issue {self.what} without client authentication from {self.starts} on"
            f" (source: {self.source})"
        )


_CHECKED = date(2026, 11, 23)

#: What Cisco says about it, with its ways out: a private CA is one.
CISCO_NOTICE = Document("Cisco field notice FN74345", date(2026, 3, 25), revision="1.2")

#: The rule of the browser that the public CAs follow: it fits whom no other record fits.
GENERAL = EndOfClientAuthentication(
    who="the public CAs in Chrome's root store",
    what="certificates",
    starts=date(2027, 3, 15),
    source="Chrome Root Program Policy 1.8 of 2026-02-05",
    certainty="published",
    checked=_CHECKED,
)

RECORDS: tuple[EndOfClientAuthentication, ...] = (
    GENERAL,
    EndOfClientAuthentication(
        who="the public CAs in Chrome's root store",
        what="certificates of new subordinate CAs",
        starts=date(2026, 6, 15),
        source="Chrome Root Program Policy 1.8 of 2026-02-05",
        certainty="published",
        checked=_CHECKED,
    ),
    EndOfClientAuthentication(
        who="the CAs of Let's Encrypt",
        what="certificates of the default profile",
        starts=date(2026, 2, 11),
        source="documentation of Let's Encrypt",
        certainty="published",
        checked=_CHECKED,
        organizations=("Let's Encrypt",),
    ),
    EndOfClientAuthentication(
        who="the CAs of Let's Encrypt",
        what="all certificates, those of the profile tlsclient last,",
        starts=date(2026, 7, 8),
        source="documentation of Let's Encrypt",
        certainty="published",
        checked=_CHECKED,
        organizations=("Let's Encrypt",),
    ),
    EndOfClientAuthentication(
        who="the CAs of DigiCert in Chrome's root store",
        what="certificates",
        starts=date(2026, 5, 1),
        source="plan of DigiCert of 2025",
        certainty="planned",
        checked=_CHECKED,
        organizations=("DigiCert Inc", "DigiCert, Inc."),
    ),
    EndOfClientAuthentication(
        who="the CAs of Sectigo",
        what="certificates",
        starts=date(2026, 5, 15),
        source="reports of June 2025, perhaps outdated",
        certainty="reported",
        checked=_CHECKED,
        organizations=("Sectigo Limited",),
    ),
)


def end_for(issuer: x509.Name) -> EndOfClientAuthentication:
    """The record for certificates of this issuer, the last one if it has several; else the general one."""
    names = {
        str(attribute.value).casefold()
        for attribute in issuer
        if attribute.oid.dotted_string == _ORGANIZATION
    }
    fitting = [
        record
        for record in RECORDS
        if names & {organization.casefold() for organization in record.organizations}
    ]
    return max(fitting, key=lambda record: record.starts, default=GENERAL)
