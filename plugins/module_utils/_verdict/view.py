# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking at plain data whose types are not to be relied on.

Evidence is a file that somebody wrote. What has the wrong type is as if it were not there, so that
it is not measured; it is never guessed, and never an exception.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

#: Entries of one list that are looked at. No cluster has more trunks, no reader gives more records.
_MOST_ENTRIES = 10_000
#: Characters of a text that is compared. The longest field is X.509 Subject Name, with 4096.
_LONGEST_TEXT = 8192
#: Characters of a text in the report.
_LONGEST_WORDS = 600
#: What may not stand in a report: control characters, and halves of surrogate pairs.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?Z", re.ASCII)


def words(text: str, longest: int = _LONGEST_WORDS) -> str:
    """A text as it may stand in the report: in one line, and not endless."""
    text = _UNPRINTABLE.sub(" ", text[: 2 * longest]).strip()
    return text if len(text) <= longest else text[: longest - 1] + "…"


def moment_text(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class View:
    """One value of a document."""

    value: Any = None

    def get(self, *keys: str) -> View:
        """What a path of keys leads to; nothing, where it leads nowhere."""
        value = self.value
        for key in keys:
            value = value.get(key) if isinstance(value, Mapping) else None
        return View(value)

    @property
    def is_mapping(self) -> bool:
        return isinstance(self.value, Mapping)

    @property
    def is_list(self) -> bool:
        return isinstance(self.value, list)

    @property
    def text(self) -> str:
        """The text as it is, for comparing; empty for what is no text."""
        value = self.value
        return value if isinstance(value, str) and len(value) <= _LONGEST_TEXT else ""

    @property
    def words(self) -> str:
        """The text for the report."""
        return words(self.value) if isinstance(self.value, str) else ""

    @property
    def flag(self) -> bool | None:
        return self.value if isinstance(self.value, bool) else None

    @property
    def integer(self) -> int | None:
        value = self.value
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    @property
    def number(self) -> float | None:
        """A finite number."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        try:
            number = float(value)
        except OverflowError:
            return None
        return number if math.isfinite(number) else None

    @property
    def port(self) -> int | None:
        number = self.integer
        return number if number is not None and 0 < number < 65536 else None

    @property
    def moment(self) -> datetime | None:
        """A time in UTC, as certificates, captures and documents have it."""
        text = self.text
        if not _MOMENT.fullmatch(text):
            return None
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None

    def __iter__(self) -> Iterator[View]:
        """The entries of a list."""
        if isinstance(self.value, list):
            yield from map(View, self.value[:_MOST_ENTRIES])

    @property
    def texts(self) -> tuple[str, ...]:
        """The entries of a list that are texts."""
        return tuple(entry.text for entry in self if entry.text)
