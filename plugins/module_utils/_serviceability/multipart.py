# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reader of multipart/related bodies (RFC 2046, RFC 2387) that keeps no more than a line of them.

Strict: lines end in CR LF, each part has its header fields, and a body without its closing boundary
is cut off. What comes after the closing boundary does not count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

#: Bytes of the header fields of one part, and of what stands before the first boundary.
LARGEST_HEAD = 16 * 1024
_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_PARAMETER = re.compile(r';\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;"]*))\s*')


class MultipartError(ValueError):
    """The body is not what the standard wants; the text says where."""


class CutOff(MultipartError):
    """The body ended before its closing boundary."""


@dataclass(frozen=True)
class Part:
    """One part: its header fields, in lower case, and the body in pieces, to be taken before the next part."""

    fields: Mapping[str, str]
    pieces: Iterator[bytes]


def boundary_of(content_type: str) -> bytes | None:
    """The boundary of a Content-Type; None when it is no multipart/related. Raises MultipartError."""
    kind, _semicolon, _rest = content_type.partition(";")
    if kind.strip().lower() != "multipart/related":
        return None
    parameters, place = {}, len(kind)
    while place < len(content_type):
        found = _PARAMETER.match(content_type, place)
        if found is None:
            break
        quoted = found[2]
        value = found[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        parameters[found[1].lower()], place = value, found.end()
    boundary = parameters.get("boundary", "")
    if not _BOUNDARY.fullmatch(boundary):
        raise MultipartError("the content type multipart/related has no boundary that can be used")
    return boundary.encode("ascii")


def parts(pieces: Iterator[bytes], boundary: bytes) -> Iterator[Part]:
    """The parts of a body, which comes in pieces of any size. Raises MultipartError, also from `Part.pieces`."""
    body = _Body(pieces, b"\r\n--" + boundary)
    for _piece in body.until_delimiter(limit=LARGEST_HEAD):
        pass
    while body.after_delimiter():
        fields = body.header_fields()
        content = body.until_delimiter()
        yield Part(fields, content)
        for _piece in content:
            pass


class _Body:
    def __init__(self, pieces: Iterator[bytes], delimiter: bytes) -> None:
        self._pieces = pieces
        self._delimiter = delimiter
        # The first boundary may be the very first line.
        self._buffer = bytearray(b"\r\n")

    def _more(self, where: str) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            raise CutOff(f"it ended {where}")
        self._buffer += piece

    def until_delimiter(self, *, limit: int | None = None) -> Iterator[bytes]:
        """What comes before the next delimiter, which is taken as well."""
        size = 0
        while (place := self._buffer.find(self._delimiter)) < 0:
            certain = len(self._buffer) - len(self._delimiter) + 1
            if certain > 0:
                piece = self._take(certain)
                size += certain
                if limit is not None and size > limit:
                    raise MultipartError(f"there is no boundary in its first {limit} bytes")
                yield piece
            self._more("before the closing boundary")
        if place:
            yield self._take(place)
        self._take(len(self._delimiter))

    def after_delimiter(self) -> bool:
        """Take the rest of a boundary's line; false when it was the closing boundary."""
        while len(self._buffer) < 2:
            self._more("at a boundary")
        if self._buffer.startswith(b"--"):
            return False
        line = self._line("a boundary")
        if line.strip(b" \t"):
            raise MultipartError("a line of it begins as the boundary does, and goes on")
        return True

    def header_fields(self) -> dict[str, str]:
        fields: dict[str, str] = {}
        left, name = LARGEST_HEAD, ""
        while line := self._line("the header fields of a part"):
            left -= len(line)
            if left < 0 or not line.isascii():
                raise MultipartError("a part of it has no header fields that can be read")
            text = line.decode("ascii")
            if text[0] in " \t" and name:
                fields[name] += " " + text.strip()
                continue
            name, colon, value = text.partition(":")
            name = name.lower()
            if not colon or not re.fullmatch(r"[!-9;-~]+", name) or name in fields:
                raise MultipartError("a part of it has no header fields that can be read")
            fields[name] = value.strip()
        return fields

    def _line(self, what: str) -> bytes:
        """The next line without its end."""
        start = 0
        while (place := self._buffer.find(b"\r\n", start)) < 0:
            if len(self._buffer) > LARGEST_HEAD:
                raise MultipartError(f"the line of {what} has no end")
            start = max(0, len(self._buffer) - 1)
            self._more(f"within {what}")
        line = self._take(place)
        self._take(2)
        return line

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken
