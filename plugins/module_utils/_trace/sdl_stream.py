# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records of an SDL trace that matter, out of files of any size.

A record begins with its head, `04530161.009 |19:59:21.185 |AppInfo`, and goes on up to the next one,
over as many lines as it likes: SIP messages do, and so do listings that a mail program has wrapped.
The file is read in blocks of whole records. Each block is searched for a few words as a whole, which is
what makes it fast, and only the records with one of them are cut out. Nothing else is looked at.

Form of the files: SDL<node>_<process>_<sequence>.txt, .txt.gz, or .txt.gzo while the node still writes.
"""

from __future__ import annotations

import re
import zlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import BinaryIO, Protocol

#: Bytes that are read at once, and the longest stretch without a head that is kept for the next block.
BLOCK = 256 * 1024
#: Bytes of one record that are looked at; a SIP message of Unified CM is far shorter.
LONGEST_RECORD = 64 * 1024
#: How much is looked at for the host after its name.
_LONGEST_HOST = 64
#: A compressed file may unpack to so many times its size, beyond the first bytes. Traces reach about 20.
LARGEST_RATIO = 200
FREE_TO_UNPACK = 64 * 1024 * 1024

#: How far back a head is looked for, in steps: it is near, except for long records.
_WINDOWS = (192, 2048, LONGEST_RECORD)
#: How often the time of day is looked at, so that no midnight is missed.
_SAMPLE = 64 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
#: A time of day that is this much earlier is the next day's; one hour is the end of summer time.
_BACKWARDS = timedelta(hours=2)
_HALF_A_DAY = timedelta(hours=12)
_MIDNIGHT = date(1, 1, 2)

# Every repeat is bounded and none overlaps its neighbour, so no line can make it slow.
HEAD = re.compile(
    rb"(?<!\d)\d{8,10}\.\d{3}\s{0,8}\|\s{0,8}(\d\d):(\d\d):(\d\d)\.(\d{3})\s{0,8}\|\s{0,8}(\w{1,16})"
)
#: What grep writes before a line: the name of the file, and the number of the line.
_FILE_NAME = re.compile(rb"(?:\A|[\r\n])((?:[A-Za-z]:)?[^\s|:]{1,220}?)[:-](?:\d{1,9}[:-])?\Z")
_LONGEST_FILE_NAME = 256
_FILE_DATE = re.compile(rb"\bDate:\s{0,8}(\d{4})/(\d\d)/(\d\d)")
#: What only the first record of a file has; a second one is that of another file, which was put behind it.
_FILE_BEGINS = b"HostIPAddress:"
_FILE_HOST = re.compile(rb"\bHostIPAddress:\s{0,8}(?:::ffff:)?([0-9A-Fa-f.:]{2,45})")


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its time, its kind (AppInfo, SdlSig, AlarmErr …) and what follows them."""

    time: datetime
    kind: bytes
    text: bytes


class Source(Protocol):
    """Where the bytes come from."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""


class Unpacked:
    """The text of a file that may be compressed; `damage` says why it ends early.

    A file that is still being written ends in the middle, compressed or not: what is there is read.
    """

    def __init__(self, stream: BinaryIO, size: int) -> None:
        self.damage: str | None = None
        self._stream = stream
        self._allowed = FREE_TO_UNPACK + LARGEST_RATIO * size
        self._waiting = stream.read(len(_GZIP_MAGIC))
        self.compressed = self._waiting == _GZIP_MAGIC
        self._gzip = zlib.decompressobj(wbits=31)
        self._ended = False

    def read(self, size: int, /) -> bytes:
        if not self.compressed:
            data, self._waiting = self._waiting + self._stream.read(size - len(self._waiting)), b""
            return data
        while not self._ended:
            data = self._unpack(size)
            if data:
                return data
        return b""

    def _unpack(self, size: int) -> bytes:
        packed = self._waiting or self._stream.read(BLOCK // 4)
        self._waiting = b""
        if self._gzip.eof:
            # Another member may follow, after padding or none.
            self._ended = not packed
            packed = packed.lstrip(b"\0")
            if not packed:
                return b""
            self._gzip = zlib.decompressobj(wbits=31)
        try:
            data = self._gzip.decompress(packed, size)
        except zlib.error:
            return self._end("the compressed data are damaged")
        self._waiting = self._gzip.unconsumed_tail or self._gzip.unused_data
        self._allowed -= len(data)
        if self._allowed < 0:
            return self._end(f"it unpacks to more than {LARGEST_RATIO} times its size")
        if not packed and not data:
            self._end("the file ends within the compressed data, as one does that is still being written")
        return data

    def _end(self, why: str) -> bytes:
        self.damage = why
        self._ended = True
        return b""


class Clock:
    """Makes times of day to times, over midnights. The first one is on the day of the file's head."""

    def __init__(self, day: date | None) -> None:
        self._day = day or _MIDNIGHT
        self._last: datetime | None = None

    @property
    def day(self) -> date:
        """The day on which the last time was."""
        return self._day

    def at(self, head: re.Match[bytes]) -> datetime | None:
        """The time of a head; None when it is none."""
        hour, minute, second, thousandths = (int(head[group]) for group in (1, 2, 3, 4))
        try:
            of_day = time(hour, minute, second, thousandths * 1000)
        except ValueError:
            return None
        try:
            return self._placed(datetime.combine(self._day, of_day))
        except OverflowError:  # a file that says it is of the year 9999
            return None

    def _placed(self, found: datetime) -> datetime:
        if self._last is not None:
            if self._last - found > _BACKWARDS:
                found += timedelta(days=1)
                self._day = found.date()
            elif found - self._last > _HALF_A_DAY and found - timedelta(days=1) >= self._last - _BACKWARDS:
                # Written late by another thread, over midnight.
                return found - timedelta(days=1)
        self._last = found
        return found


class TraceText:
    """The records of one file that have one of the words; what was seen of the file, once they are through.

    `following` has words that are only looked for after others of them.
    """

    def __init__(
        self, source: Source, words: Sequence[bytes], following: Mapping[bytes, bytes] | None = None
    ) -> None:
        self.host: str | None = None
        self.day: date | None = None
        self.first: datetime | None = None
        self.last: datetime | None = None
        self.size = 0
        self.lines = 0
        self.cut_off = 0  # records that are longer than is looked at
        self.other_hosts: set[str] = set()  # of files of other nodes that were put behind the first
        self._source = source
        self._words = words
        self._following = following or {}
        self._owed: dict[bytes, int] = {}  # bytes of the next block in which a word may follow
        self._clock = Clock(None)
        self._name = b""  # what grep wrote before the first head of this block
        self._floor = 0  # nothing before it is looked at again

    @property
    def is_trace(self) -> bool:
        """Whether any head was found."""
        return self.first is not None

    def __iter__(self) -> Iterator[Record]:
        for block, end in self._blocks():
            self._floor = 0
            if self.first is None:
                self._begin(block)
            yield from self._records(block, end)

    def _blocks(self) -> Iterator[tuple[bytes, int]]:
        """Blocks, and where the last whole record of each ends."""
        kept = b""
        while data := self._source.read(BLOCK):
            self.size += len(data)
            self.lines += data.count(b"\n")
            block = kept + data if kept else data
            end = _last_head(block)
            if end > 0:
                kept = block[end:]
                yield block, end
                self._name = _file_name_before(block, end)
            elif len(block) <= BLOCK:
                kept = block
            else:
                kept = b""
                self.cut_off += 1
                yield block, len(block)
        if kept:
            yield kept, len(kept)

    def _begin(self, block: bytes) -> None:
        head = HEAD.search(block)
        if head is None:
            return
        start = block[: head.end() + 4096]
        found_day, found_host = _FILE_DATE.search(start), _FILE_HOST.search(start)
        if found_day:
            try:
                self.day = date(int(found_day[1]), int(found_day[2]), int(found_day[3]))
            except ValueError:
                pass
        if found_host:
            self.host = found_host[1].decode()
        self._clock = Clock(self.day)
        self._see(head)

    def _begin_again(self, head: re.Match[bytes], text: bytes) -> None:
        """Another file may follow in this one, as `cat` leaves them: its day counts from here on."""
        found_day, found_host = _FILE_DATE.search(text), _FILE_HOST.search(text)
        if found_day is None or found_host is None or self.day is None:
            return
        if self.host and found_host[1].decode() != self.host:
            self.other_hosts.add(found_host[1].decode())
        try:
            day = date(int(found_day[1]), int(found_day[2]), int(found_day[3]))
        except ValueError:
            return
        if day != self._clock.day:
            self._clock = Clock(day)
        self._see(head)

    def _see(self, head: re.Match[bytes] | None) -> datetime | None:
        seen = self._clock.at(head) if head else None
        if seen is not None:
            self.first = self.first or seen
            self.last = seen if self.last is None else max(self.last, seen)
        return seen

    def _records(self, block: bytes, end: int) -> Iterator[Record]:
        sample = 0
        for at in self._hits(block, end):
            if at < self._floor:
                continue
            sample = self._sample(block, sample, at)
            head = self._head_before(block, at)
            if head is None:
                continue
            if block.startswith(_FILE_BEGINS, at):
                self._begin_again(head, block[head.end() : at + _LONGEST_HOST])
                continue
            limit = min(end, head.start() + LONGEST_RECORD)
            following = HEAD.search(block, head.end(), limit)
            stop = following.start() if following else limit
            self._floor = max(stop, at + 1)
            self.cut_off += following is None and limit < end
            seen = self._see(head)
            if seen is not None and stop > at:
                yield Record(seen, head[5], self._text(block, head, stop))
        self._sample(block, sample, end)
        self._see(HEAD.match(block, end) if end < len(block) else self._head_before(block, end))

    def _text(self, block: bytes, head: re.Match[bytes], stop: int) -> bytes:
        """The text of a record, without the names of files that grep writes before each line."""
        text = block[head.end() : stop]
        following = _FILE_NAME.search(text, max(0, len(text) - _LONGEST_FILE_NAME))
        if following:
            text = text[: following.start()]
        name = _file_name_before(block, head.start()) if head.start() else self._name
        if name:
            text = re.sub(rb"(?m)^" + re.escape(name) + rb"[:-](?:\d{1,9}[:-])?", b"", text)
        return text

    def _sample(self, block: bytes, at: int, end: int) -> int:
        """Look at the time of day every so many bytes on the way to `end`; where to go on."""
        while at + _SAMPLE < end:
            self._see(HEAD.search(block, at, at + _SAMPLE))
            at += _SAMPLE
        return at

    def _hits(self, block: bytes, end: int) -> list[int]:
        hits: list[int] = []
        for word in (*self._words, _FILE_BEGINS):
            at = block.find(word, 0, end)
            second = self._following.get(word)
            if second:
                self._follow(block, end, second, at, hits)
            while at >= 0:
                hits.append(at)
                at = block.find(word, at + len(word), end)
        hits.sort()
        return hits

    def _follow(self, block: bytes, end: int, word: bytes, first: int, hits: list[int]) -> None:
        """Look for the word that only follows another: in what is owed to the last block, and after the first one."""
        owed = min(self._owed.pop(word, 0), end)
        if first < 0 and not owed:
            return
        at = block.find(word, 0 if owed else first, owed if first < 0 else end)
        while at >= 0:
            hits.append(at)
            at = block.find(word, at + len(word), owed if first < 0 else end)
        if first >= 0:
            self._owed[word] = BLOCK

    def _head_before(self, block: bytes, at: int) -> re.Match[bytes] | None:
        """The head of the record that a hit is in."""
        for size in _WINDOWS:
            head = _head_in(block, max(self._floor, at - size), at)
            if head is not None or at - size <= self._floor:
                return head
        return None


def _file_name_before(block: bytes, end: int) -> bytes:
    """The name of a file that stands before a head; empty without one."""
    found = _FILE_NAME.search(block, max(0, end - _LONGEST_FILE_NAME), end)
    return found[1] if found else b""


def _head_in(block: bytes, start: int, end: int) -> re.Match[bytes] | None:
    """The last head between two places."""
    heads = deque(HEAD.finditer(block, start, end), maxlen=1)
    return heads[0] if heads else None


def _last_head(block: bytes) -> int:
    """Where the last record begins; -1 when no record begins here."""
    for size in (*_WINDOWS, len(block)):
        head = _head_in(block, max(0, len(block) - size), len(block))
        if head is not None:
            return head.start()
    return -1
