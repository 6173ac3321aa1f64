# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The validity of certificates: a table, and in it a time line with today's mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ansible_collections.ucops.cucm.plugins.module_utils._report.markup import Markup, element, joined
from ansible_collections.ucops.cucm.plugins.module_utils._report.tables import folded_table
from ansible_collections.ucops.cucm.plugins.module_utils._report.words import (
    Entry,
    entries,
    number_of,
    plain,
    some,
)

_LONGEST_AXIS = timedelta(days=366 * 12)
_SHORTEST_AXIS = timedelta(days=90)
_MOST_TICKS = 5
_HEAD = ("Certificate", "Where", "Valid from", "Valid until", "Left")


@dataclass
class _Certificate:
    entry: Entry
    start: datetime | None
    end: datetime | None
    places: list[str] = field(default_factory=list)

    @property
    def is_ca(self) -> bool:
        return self.entry.get("role") == "ca"


@dataclass(frozen=True)
class _Axis:
    start: datetime
    end: datetime
    today: datetime

    def share(self, moment: datetime) -> float:
        """Where a moment lies, from 0 to 100 %; what lies outside lies at the edge."""
        share = (moment - self.start) / (self.end - self.start) * 100
        return min(100.0, max(0.0, share))


def moment(value: object) -> datetime | None:
    """An ISO 8601 time, UTC without a zone; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    try:
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except OverflowError:
        return None


def day(value: object) -> str:
    """The day of a time, or the value as it is."""
    read = moment(value)
    return read.strftime("%Y-%m-%d") if read else plain(value, 60)


def validity(report: Entry) -> Markup:
    """The table of certificates, those that end first at the top; one that lies on many nodes is one row."""
    certificates = _certificates(report)
    if not certificates:
        return element("p", "No certificate was read.")
    today = moment(report.get("created")) or datetime.now(UTC)
    axis = _axis(certificates, today)
    return folded_table(
        (*_HEAD, joined("Time line", _ticks(axis))),
        [_row(certificate, axis) for certificate in certificates],
        class_="validity-table",
        caption=f"The mark on the time line is {axis.today:%Y-%m-%d}, the day of this report.",
    )


def _certificates(report: Entry) -> list[_Certificate]:
    found: dict[str, _Certificate] = {}
    for index, entry in enumerate(entries(report, "certificates")):
        key = plain(entry.get("fingerprint_sha256")) or f"no fingerprint {index}"
        certificate = found.setdefault(
            key, _Certificate(entry, moment(entry.get("not_before")), moment(entry.get("not_after")))
        )
        place = plain(entry.get("node"), 200) or plain(entry.get("cluster"), 200)
        if place and place not in certificate.places:
            certificate.places.append(place)
    latest = datetime.max.replace(tzinfo=UTC)
    return sorted(found.values(), key=lambda certificate: certificate.end or latest)


def _axis(certificates: Sequence[_Certificate], today: datetime) -> _Axis:
    """As long as the identities are valid: beside a root of twenty years they would be dots."""
    chosen = [certificate for certificate in certificates if not certificate.is_ca] or certificates
    starts = [certificate.start for certificate in chosen if certificate.start] + [today]
    ends = [certificate.end for certificate in chosen if certificate.end] + [today]
    try:
        start = max(min(starts), today - _LONGEST_AXIS)
        end = min(max(ends), today + _LONGEST_AXIS)
        span = max(end - start, _SHORTEST_AXIS)
        return _Axis(start - span * 0.04, end + span * 0.04 + (span - (end - start)), today)
    except OverflowError:
        return _Axis(today, today + _SHORTEST_AXIS, today)


def _ticks(axis: _Axis) -> Markup:
    """Beginnings of years or of months on the axis, at most five of them."""
    months = range(axis.start.year * 12 + axis.start.month, axis.end.year * 12 + axis.end.month)
    for step in (1, 3, 6, 12, 24, 60, 120):
        chosen = [month for month in months if month % step == 0]
        if len(chosen) <= _MOST_TICKS:
            break
    shares = [(month, axis.share(datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC))) for month in chosen]
    drawn = [
        element(
            "text",
            f"{month // 12}" if step >= 12 else f"{month // 12}-{month % 12 + 1:02}",
            x=f"{share:.1f}%",
            y=12,
            text_anchor="middle",
        )
        for month, share in shares
        if 7 < share < 93
    ]
    return element("svg", drawn, class_="axis", aria_hidden="true")


def _row(certificate: _Certificate, axis: _Axis) -> Markup:
    entry = certificate.entry
    role = "CA" if certificate.is_ca else "identity"
    serial = plain(entry.get("serial_number"), 100)
    left, over = _left(certificate, axis.today)
    return element(
        "tr",
        element(
            "th",
            plain(entry.get("common_name"), 300) or "without a common name",
            element("span", f"{role}, serial number ", element("code", serial), class_="note")
            if serial
            else element("span", role, class_="note"),
            scope="row",
        ),
        element("td", some(certificate.places, 3), data_label="Where"),
        element("td", day(entry.get("not_before")), data_label="Valid from"),
        element("td", day(entry.get("not_after")), data_label="Valid until"),
        element("td", element("strong", left) if over else left, data_label="Left"),
        element("td", _bar(certificate, axis, over)),
    )


def _left(certificate: _Certificate, today: datetime) -> tuple[str, bool]:
    """How long it is valid, in words, and whether it is not valid today."""
    if certificate.start is None or certificate.end is None:
        return "unknown", False
    if certificate.end <= today:
        return f"expired {number_of((today - certificate.end).days, 'day')} ago", True
    if certificate.start > today:
        return f"valid in {number_of((certificate.start - today).days, 'day')}", True
    return number_of((certificate.end - today).days, "day"), False


def _bar(certificate: _Certificate, axis: _Axis, over: bool) -> Markup:
    now = f"{axis.share(axis.today):.2f}%"
    drawn = [element("line", class_="rail", x1="0%", y1=10, x2="100%", y2=10)]
    if certificate.start and certificate.end and certificate.end > certificate.start:
        start, end = axis.share(certificate.start), axis.share(certificate.end)
        class_ = "span over" if over else "span ca" if certificate.is_ca else "span"
        drawn.append(
            element(
                "rect",
                class_=class_,
                x=f"{start:.2f}%",
                y=6,
                width=f"{max(end - start, 0.6):.2f}%",
                height=8,
            )
        )
    drawn.append(element("line", class_="today", x1=now, y1=0, x2=now, y2=20))
    return element("svg", drawn, class_="validity", aria_hidden="true")
