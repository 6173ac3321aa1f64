# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, route patterns made from a range send calls elsewhere, or leave numbers without a route."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._facts.texts import fault_of_pattern
from ansible_collections.ucops.cucm.plugins.module_utils._topology import extensions
from ansible_collections.ucops.cucm.tests.simulator.digit_analysis import compile_pattern
from hypothesis import assume, given
from hypothesis import strategies as st


def matching(patterns: list[str], numbers: list[str]) -> set[str]:
    """Numbers that one of the patterns matches, by the digit analysis of the simulator."""
    compiled = [compile_pattern(pattern) for pattern in patterns]
    assert all(compiled)
    return {number for number in numbers if any(one and one.expression.fullmatch(number) for one in compiled)}


def numbers_of(digits: int) -> list[str]:
    return [f"{number:0{digits}d}" for number in range(10**digits)]


@st.composite
def ends(draw: st.DrawFn, shortest: int = 1, longest: int = 4) -> tuple[str, str]:
    """Two ends of one length; digits at the limits are likely, since ends of ranges have them."""
    digits = draw(st.integers(shortest, longest))
    digit = st.sampled_from("0123456789009955")
    low, high = sorted("".join(draw(st.lists(digit, min_size=digits, max_size=digits))) for _end in "ab")
    return low, high


@given(ends())
def test_the_patterns_match_exactly_the_numbers_of_the_range(both: tuple[str, str]) -> None:
    low, high = both
    patterns = extensions.parse(f"{low}-{high}").patterns()
    numbers = numbers_of(len(low))
    assert matching(patterns, numbers) == {number for number in numbers if low <= number <= high}


@given(ends(5, 11), st.data())
def test_long_ranges_match_at_their_ends_and_between(both: tuple[str, str], data: st.DataObject) -> None:
    low, high = both
    patterns = extensions.parse(f"{low}-{high}").patterns()
    digits = len(low)
    near = [int(low) - 1, int(low), int(low) + 1, int(high) - 1, int(high), int(high) + 1]
    drawn = data.draw(st.lists(st.integers(0, 10**digits - 1), max_size=50))
    inside = data.draw(st.lists(st.integers(int(low), int(high)), max_size=50))
    numbers = [f"{one:0{digits}d}" for one in (*near, *drawn, *inside) if 0 <= one < 10**digits]
    assert matching(patterns, numbers) == {number for number in numbers if low <= number <= high}


@given(ends(1, 11))
def test_unified_cm_takes_the_patterns(both: tuple[str, str]) -> None:
    patterns = extensions.parse(f"{both[0]}-{both[1]}").patterns()
    assert [fault_of_pattern(pattern) for pattern in patterns] == [None] * len(patterns)
    assert len(set(patterns)) == len(patterns)
    assert {len(pattern) <= 50 for pattern in patterns} == {True}


def no_pattern_has_both(first: str, second: str, low: str, high: str) -> bool:
    """Whether each pattern that matches two numbers matches one outside of the range too."""
    return not all(low <= "".join(mixed) <= high for mixed in product(*zip(first, second, strict=True)))


def some_apart(numbers: list[str], count: int, low: str, high: str) -> bool:
    """Whether there are so many numbers in the range, each of which needs a pattern of its own."""
    if count == 0:
        return True
    for place, number in enumerate(numbers):
        rest = [other for other in numbers[place + 1 :] if no_pattern_has_both(number, other, low, high)]
        if len(rest) >= count - 1 and some_apart(rest, count - 1, low, high):
            return True
    return False


@given(ends(2, 2))
def test_no_fewer_patterns_would_do(both: tuple[str, str]) -> None:
    low, high = both
    patterns = extensions.parse(f"{low}-{high}").patterns()
    numbers = [number for number in numbers_of(2) if low <= number <= high]
    assert some_apart(numbers, len(patterns), low, high)


@pytest.mark.parametrize(
    ("text", "patterns"),
    [
        ("1000", ["1000"]),
        ("1000-1999", ["1XXX"]),
        ("1000-1000", ["1000"]),
        ("0000-9999", ["XXXX"]),
        ("1000-3999", ["[1-3]XXX"]),
        ("1500-1899", ["1[5-8]XX"]),
        ("9000-9499", ["9[0-4]XX"]),
        ("1018-1019", ["101[8-9]"]),
        ("1999-2000", ["1999", "2000"]),
        ("1500-2499", ["1[5-9]XX", "2[0-4]XX"]),
        ("+4989100-+4989199", ["\\+49891XX"]),
        # Two that overlap instead of 1[5-9]XX, 2XXX, 3[0-4]XX
        ("1500-3499", ["[1-2][5-9]XX", "[2-3][0-4]XX"]),
        # Four without overlap
        ("002-712", ["[0-7]0[2-9]", "[0-6][1-9]X", "[1-7][0-1][0-2]"]),
        # What is between the ends needs its own, since the ends leave it open
        ("1900-3099", ["19XX", "2XXX", "30XX"]),
    ],
)
def test_ranges_and_their_patterns(text: str, patterns: list[str]) -> None:
    assert extensions.parse(text).patterns() == patterns


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", "is no range"),
        ("1XXX", "is no range"),
        ("1000-", "is no range"),
        ("1000-1999-2999", "is no range"),
        ("900-1099", "joins numbers of 3 and of 4 digits"),
        ("1999-1000", 'runs backwards. Write "1000-1999"'),
        ("+1999-+1000", 'runs backwards. Write "+1000-+1999"'),
        ("+1000-1999", "a plus at one end only"),
        ("1" * 25, "more than 24 digits"),
    ],
)
def test_what_is_no_range(text: str, part: str) -> None:
    with pytest.raises(extensions.NotARange, match=r".") as caught:
        extensions.parse(text)
    assert part in str(caught.value)


@given(st.lists(ends(2, 2), max_size=6))
def test_merged_ranges_have_the_same_numbers_and_gaps_between_them(many: list[tuple[str, str]]) -> None:
    ranges = [extensions.parse(f"{low}-{high}") for low, high in many]
    merged = extensions.merged(ranges)
    numbers = numbers_of(2)

    def within(some: list[extensions.Range]) -> set[str]:
        return {number for number in numbers for one in some if one.low <= number <= one.high}

    assert within(merged) == within(ranges)
    assert all(int(one.high) + 1 < int(other.low) for one, other in pairwise(merged))


@given(ends(2, 2), ends(2, 2))
def test_overlap_is_a_number_in_both(one: tuple[str, str], other: tuple[str, str]) -> None:
    first, second = (extensions.parse(f"{low}-{high}") for low, high in (one, other))
    common = [each for each in numbers_of(2) if one[0] <= each <= one[1] and other[0] <= each <= other[1]]
    assert first.overlaps(second) == second.overlaps(first) == bool(common)


@given(ends(1, 4))
def test_numbers_with_a_plus_and_without_are_different_numbers(both: tuple[str, str]) -> None:
    assume(both[0] != both[1])
    plain, plus = extensions.parse("-".join(both)), extensions.parse(f"+{both[0]}-+{both[1]}")
    assert not plain.overlaps(plus)
    assert extensions.merged([plus, plain]) == [plain, plus]
    assert [str(plain), str(plus)] == ["-".join(both), f"+{both[0]}-+{both[1]}"]
