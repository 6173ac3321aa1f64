# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""multipart/related: the same parts in any pieces, and an error for what is cut off or malformed."""

from __future__ import annotations

import email.parser
import email.policy
import tracemalloc
from collections.abc import Iterator

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.multipart import (
    LARGEST_HEAD,
    CutOff,
    MultipartError,
    boundary_of,
    parts,
)
from hypothesis import given
from hypothesis import strategies as st

BOUNDARY = b"MIMEBoundary_1f"
LINE = b"--" + BOUNDARY


def body(*contents: bytes, closing: bytes = b"--", preamble: bytes = b"") -> bytes:
    """A body with a header field and a content in each part."""
    made = b"".join(
        b"--%s\r\nContent-Type: application/octet-stream\r\nContent-ID: <%d@example.com>\r\n\r\n%s\r\n"
        % (BOUNDARY, number, content)
        for number, content in enumerate(contents)
    )
    return preamble + made + LINE + closing + b"\r\n"


def cut(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    """The data in pieces of these sizes, again and again."""
    start, place = 0, 0
    while start < len(data):
        size = sizes[place % len(sizes)]
        yield data[start : start + size]
        start, place = start + size, place + 1


def read(data: bytes, sizes: list[int]) -> list[bytes]:
    return [b"".join(part.pieces) for part in parts(cut(data, sizes), BOUNDARY)]


#: Contents with what looks like a boundary and is none.
CONTENTS = st.lists(
    st.lists(
        st.one_of(
            st.binary(max_size=20),
            st.sampled_from(
                [b"\r\n", b"\r", b"\r\n-", b"\r\n--", b"\r\n--MIMEBoundary_1", LINE, b"\r\n\r\n--M"]
            ),
        ),
        max_size=8,
    ).map(b"".join),
    min_size=1,
    max_size=4,
).filter(lambda contents: not any(b"\r\n" + LINE in b"\r\n" + content for content in contents))
SIZES = st.lists(st.integers(1, 60), min_size=1, max_size=10)


class TestParts:
    @given(CONTENTS, SIZES)
    def test_the_same_in_any_pieces(self, contents: list[bytes], sizes: list[int]) -> None:
        assert read(body(*contents), sizes) == contents

    @given(CONTENTS, SIZES, st.integers(min_value=1))
    def test_cut_off_anywhere(self, contents: list[bytes], sizes: list[int], place: int) -> None:
        whole = body(*contents)
        end = len(whole) - len(b"\r\n")
        with pytest.raises(CutOff):
            read(whole[: place % end], sizes)

    @given(st.binary(max_size=300), SIZES)
    def test_noise_is_an_error(self, noise: bytes, sizes: list[int]) -> None:
        with pytest.raises(MultipartError):
            read(noise, sizes)

    @given(st.lists(st.text("abc \t", max_size=30).map(str.encode), min_size=1, max_size=3), SIZES)
    def test_as_the_standard_library_reads_it(self, contents: list[bytes], sizes: list[int]) -> None:
        whole = body(*contents)
        head = b'Content-Type: multipart/related; boundary="%s"\r\n\r\n' % BOUNDARY
        message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + whole)
        expected = [(part["content-id"], part.get_payload(decode=True)) for part in message.iter_parts()]
        assert [
            (part.fields["content-id"], b"".join(part.pieces)) for part in parts(cut(whole, sizes), BOUNDARY)
        ] == expected

    def test_a_part_that_nobody_reads_is_passed_over(self) -> None:
        numbers = [part.fields["content-id"] for part in parts(cut(body(b"a" * 99, b"b"), [7]), BOUNDARY)]
        assert numbers == ["<0@example.com>", "<1@example.com>"]

    def test_what_stands_around_the_parts(self) -> None:
        assert read(body(b"x", preamble=b"A remark\r\n") + b"more\r\n--", [5]) == [b"x"]
        assert read(body(b"x").replace(LINE + b"\r\n", LINE + b" \t\r\n"), [5]) == [b"x"]

    def test_folded_fields(self) -> None:
        whole = body(b"x").replace(b"octet-stream", b"xop+xml;\r\n\tcharset=UTF-8")
        (part,) = parts(cut(whole, [3]), BOUNDARY)
        assert part.fields["content-type"] == "application/xop+xml; charset=UTF-8"

    @pytest.mark.parametrize(
        "malformed",
        [
            body(b"x").replace(LINE + b"\r\n", LINE + b"X\r\n"),
            body(b"x").replace(b"Content-ID: ", b"Content-ID "),
            body(b"x").replace(b"Content-ID", "Content-ÏD".encode()),
            body(b"x").replace(b"Content-ID", b"Content-Type"),
            body(b"x").replace(b"Content-Type", b" folded"),
            body(b"x").replace(b"\r\n", b"\n"),
            body(b"x", preamble=b"y" * 2 * LARGEST_HEAD + b"\r\n"),
            body(b"x").replace(b"<0@", b"<" + b"0" * (LARGEST_HEAD + 100)),
            body(b"x").replace(b"Content-ID", b"".join(b"A%d: b\r\n" % n for n in range(LARGEST_HEAD // 4))),
            b"",
        ],
    )
    def test_malformed(self, malformed: bytes) -> None:
        with pytest.raises(MultipartError):
            read(malformed, [4096])

    def test_memory_does_not_grow_with_the_content(self) -> None:
        size, piece = 64 * 1024 * 1024, b"x" * 16 * 1024

        def stream() -> Iterator[bytes]:
            yield body(b"").partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
            for _turn in range(size // len(piece)):
                yield piece
            yield b"\r\n" + LINE + b"--"

        tracemalloc.start()
        read_size = sum(len(taken) for part in parts(stream(), BOUNDARY) for taken in part.pieces)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert read_size == size
        assert most < 1024 * 1024


class TestBoundary:
    @pytest.mark.parametrize(
        ("content_type", "boundary"),
        [
            ("multipart/related; boundary=abc", b"abc"),
            ('Multipart/Related;type="text/xml"; Boundary="a b:c"', b"a b:c"),
            ('multipart/related; start="<0; boundary=no@x>"; boundary="uuid:1=2"', b"uuid:1=2"),
            (r'multipart/related; boundary="a\=b"', b"a=b"),
            ("text/xml; boundary=abc", None),
            ("", None),
        ],
    )
    def test_it_is_found(self, content_type: str, boundary: bytes | None) -> None:
        assert boundary_of(content_type) == boundary

    @pytest.mark.parametrize(
        "content_type",
        [
            "multipart/related",
            "multipart/related; boundary=",
            'multipart/related; boundary="ends with a blank "',
            f"multipart/related; boundary={'x' * 71}",
            "multipart/related; boundary=ü",
        ],
    )
    def test_none_that_can_be_used(self, content_type: str) -> None:
        with pytest.raises(MultipartError):
            boundary_of(content_type)

    @given(st.text(max_size=100))
    def test_whatever_the_server_says(self, rest: str) -> None:
        try:
            boundary = boundary_of(f"multipart/related;{rest}")
        except MultipartError:
            return
        assert boundary
        assert len(boundary) <= 70
