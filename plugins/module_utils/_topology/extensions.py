# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ranges of extensions, and the route patterns that match exactly their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product
from typing import NamedTuple

_RANGE = re.compile(r"(\+?)([0-9]+)(?:\s*-\s*(\+?)([0-9]+))?")

#: No dial plan has longer numbers; a route pattern has at most 50 characters.
LONGEST = 24
#: In how many digits, from the first to the last that counts, the ends of a range may differ for the search.
SEARCHED = 5


class NotARange(ValueError):
    """The text is no range of extensions: what is wrong, and what to write instead."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}. {remedy}.")
        self.what = what
        self.remedy = remedy


class Range(NamedTuple):
    """Numbers of one length, from `low` to `high`, with a leading plus or without.

    Tuples of one length and plus sort by number, since digits of equal length do.
    """

    plus: bool
    digits: int
    low: str
    high: str

    def __str__(self) -> str:
        sign = "+" if self.plus else ""
        return sign + self.low if self.low == self.high else f"{sign}{self.low}-{sign}{self.high}"

    def overlaps(self, other: Range) -> bool:
        """Whether a number is in both."""
        same_kind = (self.plus, self.digits) == (other.plus, other.digits)
        return same_kind and self.low <= other.high and other.low <= self.high

    def patterns(self) -> list[str]:
        """Return the fewest route patterns that together match exactly these numbers."""
        return [(r"\+" if self.plus else "") + pattern for pattern in _cover(self.low, self.high)]


def parse(text: str) -> Range:
    """Read "1000-1999", "+49891000-+49891999" or the single number "1000"; raise NotARange."""
    found = _RANGE.fullmatch(text.strip())
    if found is None:
        raise NotARange("is no range of extensions", 'Write the first and the last number, as in "1000-1999"')
    plus, low, plus_of_high, high = found.groups()
    if high is None:
        plus_of_high, high = plus, low
    if plus != plus_of_high:
        raise NotARange("has a plus at one end only", "Write it at both ends, or at none")
    if len(low) != len(high):
        raise NotARange(
            f"joins numbers of {len(low)} and of {len(high)} digits",
            'Write a range for each length, as in "900-999" and "1000-1099"',
        )
    if len(low) > LONGEST:
        raise NotARange(f"has more than {LONGEST} digits", "Write the numbers as they are dialled")
    if low > high:
        raise NotARange("runs backwards", f'Write "{plus}{high}-{plus}{low}"')
    return Range(bool(plus), len(low), low, high)


def merged(ranges: Iterable[Range]) -> list[Range]:
    """Sort ranges, and merge those that overlap or follow one another."""
    result: list[Range] = []
    for one in sorted(ranges):
        last = result[-1] if result else None
        if last and last[:2] == one[:2] and int(one.low) <= int(last.high) + 1:
            result[-1] = last._replace(high=max(last.high, one.high))
        else:
            result.append(one)
    return result


def _set(low: int, high: int) -> str:
    if low == high:
        return str(low)
    return "X" if (low, high) == (0, 9) else f"[{low}-{high}]"


def _cover(low: str, high: str) -> list[str]:
    """Cover the numbers between two of equal length, without overlap where that takes no more patterns."""
    plain = _decomposed(low, high)
    head = next((place for place, (a, b) in enumerate(zip(low, high, strict=True)) if a != b), len(low))
    inner = len(low)
    while inner > head and (low[inner - 1], high[inner - 1]) == ("0", "9"):
        inner -= 1
    # Two patterns cannot be one: that one would be the whole range. Ends that differ in more digits than
    # this do not occur, and the search for them would take long.
    if len(plain) <= 2 or inner - head > SEARCHED:
        return plain
    fewest = _smallest(low[head:inner], high[head:inner], len(plain))
    return [low[:head] + pattern + "X" * (len(low) - inner) for pattern in fewest] if fewest else plain


def _decomposed(low: str, high: str) -> list[str]:
    """Cover a range by patterns that do not overlap: up from the low end, what is between, up to the high end."""
    if not low:
        return [""]
    first, last, tail_low, tail_high = int(low[0]), int(high[0]), low[1:], high[1:]
    if first == last:
        return [low[0] + rest for rest in _decomposed(tail_low, tail_high)]
    below, above = [], []
    if tail_low.strip("0"):
        below = [f"{first}{rest}" for rest in _at_least(tail_low)]
        first += 1
    if tail_high.strip("9"):
        above = [f"{last}{rest}" for rest in _at_most(tail_high)]
        last -= 1
    between = [_set(first, last) + "X" * len(tail_low)] if first <= last else []
    return [*below, *between, *above]


def _at_least(low: str) -> list[str]:
    first, tail = int(low[0]), low[1:]
    if not tail.strip("0"):
        return [_set(first, 9) + "X" * len(tail)]
    above = [_set(first + 1, 9) + "X" * len(tail)] if first < 9 else []
    return [*(f"{first}{rest}" for rest in _at_least(tail)), *above]


def _at_most(high: str) -> list[str]:
    last, tail = int(high[0]), high[1:]
    if not tail.strip("9"):
        return [_set(0, last) + "X" * len(tail)]
    below = [_set(0, last - 1) + "X" * len(tail)] if last > 0 else []
    return [*below, *(f"{last}{rest}" for rest in _at_most(tail))]


def _smallest(low: str, high: str, limit: int) -> list[str] | None:
    """Find fewer patterns than `limit` that cover a range, overlapping ones too; None if there are not any.

    A pattern is a set of digits for each place. One that cannot be widened has as its lowest number the low
    end, or a start of it with the next digit raised and zeros after it; the highest number likewise. So there
    are few of them, and of numbers that differ as to which patterns match them, too.
    """
    lows = [low, *(f"{low[:i]}{int(d) + 1}".ljust(len(low), "0") for i, d in enumerate(low) if d < "9")]
    highs = [high, *(f"{high[:i]}{int(d) - 1}".ljust(len(high), "9") for i, d in enumerate(high) if d > "0")]
    patterns = [(m, n) for m in lows for n in highs if all(a <= b for a, b in zip(m, n, strict=True))]
    edges = [
        sorted({"0", *places, *(str(int(d) + 1) for d in ends if d < "9")})
        for places, ends in zip(zip(*lows, strict=True), zip(*highs, strict=True), strict=True)
    ]
    matches = set()
    for number in map("".join, product(*edges)):
        if low <= number <= high:
            matches.add(
                sum(
                    1 << bit
                    for bit, (m, n) in enumerate(patterns)
                    if all(a <= x <= b for a, x, b in zip(m, number, n, strict=True))
                )
            )
    # Who matches a number that few patterns match need not look at one that these and more match.
    needed: list[int] = []
    for match in sorted(matches, key=int.bit_count):
        if not any(match & one == one for one in needed):
            needed.append(match)
    for count in range(1, limit):
        chosen = _chosen(needed, count)
        if chosen is not None:
            found = sorted(patterns[bit] for bit in chosen)
            return ["".join(_set(int(a), int(b)) for a, b in zip(m, n, strict=True)) for m, n in found]
    return None


def _chosen(needed: list[int], count: int) -> list[int] | None:
    """Choose at most `count` bits so that each of the numbers has one of them."""
    if not needed:
        return []
    # Numbers of which no two share a bit need one each.
    taken, apart = 0, 0
    for one in needed:
        if not one & taken:
            taken, apart = taken | one, apart + 1
    if apart > count:
        return None
    for bit in (bit for bit in range(needed[0].bit_length()) if needed[0] >> bit & 1):
        rest = _chosen([one for one in needed if not one >> bit & 1], count - 1)
        if rest is not None:
            return [bit, *rest]
    return None
