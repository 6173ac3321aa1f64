# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Elements of DER (X.690): taking them apart and putting them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

SEQUENCE = 0x30
SET = 0x31


def bounds(data: bytes, start: int = 0) -> tuple[int, int]:
    """Where the content of the element at `start` begins and ends; ValueError when it is not there as a whole."""
    if len(data) < start + 2 or data[start] & 0x1F == 0x1F or data[start + 1] == 0x80:
        raise ValueError("no DER element where one is expected")
    length, begin = data[start + 1], start + 2
    if length & 0x80:
        count = length & 0x7F
        length, begin = int.from_bytes(data[begin : begin + count], "big"), begin + count
    if begin + length > len(data):
        raise ValueError(
            f"a DER element is cut off after {len(data) - start} of {begin + length - start} bytes"
        )
    return begin, begin + length


def content(element: bytes) -> bytes:
    """The content of the first element of the data."""
    begin, end = bounds(element)
    return element[begin:end]


def elements(data: bytes) -> Iterator[bytes]:
    """The elements that the data consists of."""
    start = 0
    while start < len(data):
        end = bounds(data, start)[1]
        yield data[start:end]
        start = end


def make_element(tag: int, parts: bytes | Iterable[bytes]) -> bytes:
    """An element with this content."""
    inner = parts if isinstance(parts, bytes) else b"".join(parts)
    size = len(inner)
    if size < 0x80:
        return bytes((tag, size)) + inner
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(length))) + length + inner
