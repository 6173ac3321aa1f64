# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A terminal session as the node's side has it: echo, line editing, pager, and lost characters.

Characters are taken only while a prompt, a question or a paste waits for them: what is typed at
another time is lost. While one waits, they go through a short queue that the shell empties at its
own pace; what finds the queue full is lost too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.topology import CommandLine

PAGER = "\x1b[1mPress <enter> for 1 line, <space> for one page, or <q> to quit\x1b[0m\x1b[K"
_ERASE_LINE = "\r\x1b[K"
_CTRL_C, _CTRL_D, _BELL, _BACKSPACE, _CTRL_U, _ESCAPE, _DELETE = 0x03, 0x04, 0x07, 0x08, 0x15, 0x1B, 0x7F
_ENTER = (0x0A, 0x0D)
#: The shell sleeps when it is this far ahead of its pace, in seconds.
_SLICE = 0.005
_END_OF_CERTIFICATE = "-----END "


class Interrupted(Exception):
    """Ctrl-C."""


class EndOfInput(Exception):
    """Ctrl-D on an empty line."""


class IdleTooLong(Exception):
    """Nothing was typed for the time that the session allows."""


class Terminal:
    """One terminal. `size` is in columns and rows, `pagination` what `set cli pagination` sets."""

    def __init__(self, send: Callable[[bytes], None], settings: CommandLine, size: tuple[int, int]) -> None:
        self._send = send
        self._settings = settings
        self.size = size
        self.pagination = True
        self._queue = bytearray()
        self._arrived = asyncio.Event()
        self._interrupted = asyncio.Event()
        self._listening = False
        self._debt = 0.0
        self._echo = ""

    # Output

    def write(self, text: str) -> None:
        """Send text, after the echo that is due; a line ends with CR and LF."""
        text, self._echo = self._echo + text, ""
        if text:
            self._send(text.replace("\n", "\r\n").encode())

    async def show(self, text: str, *, stop_at: int | None = None) -> None:
        """Send lines, a page at a time; a pager also comes before the line `stop_at`."""
        rows = max(self.size[1] - 1, 1)
        left = rows
        for number, line in enumerate(text.split("\n")):
            if (self.pagination and left == 0) or number == stop_at:
                key = await self._page()
                if key == "q":
                    return
                left = rows if key == " " else 1
            self.write(f"{line}\n")
            left -= 1

    async def _page(self) -> str:
        with self._taking():
            self.write(PAGER)
            while True:
                key = await self._key()
                if key in _ENTER or key in b" q":
                    self.write(_ERASE_LINE)
                    return chr(key)
                if key == _CTRL_C:
                    self.write(_ERASE_LINE)
                    raise Interrupted

    # Input

    def type(self, data: bytes) -> None:
        """Characters from the client."""
        for character in data:
            if not self._listening:
                if character == _CTRL_C:
                    self._interrupted.set()
            elif len(self._queue) < self._settings.input_buffer:
                self._queue.append(character)
                self._arrived.set()

    async def pause(self, seconds: float) -> None:
        """Let that much time of a real node pass; raises Interrupted by Ctrl-C."""
        await self.wait(seconds * self._settings.delay_factor)

    async def wait(self, seconds: float | None) -> None:
        """Let time pass, or wait for ever; raises Interrupted by Ctrl-C."""
        try:
            async with asyncio.timeout(seconds):
                await self._interrupted.wait()
        except TimeoutError:
            return
        self._interrupted.clear()
        raise Interrupted

    async def line(self, prompt: str, *, mask: str = "") -> str:
        """A line that is typed after a prompt; raises Interrupted, EndOfInput and IdleTooLong.

        `mask` is what every character is echoed as, for a password.
        """
        with self._taking():
            self.write(prompt)
            return await self._edit(len(prompt), mask)

    async def paste(self, prompt: str, *, after_line: Callable[[int], None]) -> str:
        """What is pasted after a prompt; `after_line` gets the number of lines so far."""
        ends_with = self._settings.paste_ends_with
        lines: list[str] = []
        with self._taking():
            self.write(f"{prompt}\n")
            while True:
                try:
                    line = await self._edit(0)
                except EndOfInput:
                    break
                if line:
                    lines.append(line)
                    after_line(len(lines))
                    if ends_with == "enter" and line.startswith(_END_OF_CERTIFICATE):
                        break
                elif lines and ends_with != "ctrl-d":
                    break
        return "\n".join(lines) + "\n"

    @contextmanager
    def _taking(self) -> Iterator[None]:
        """What is typed meanwhile is taken."""
        self._queue.clear()
        self._interrupted.clear()
        self._listening = True
        try:
            yield
        finally:
            self._listening = False
            self._queue.clear()

    async def _key(self) -> int:
        """The next character, at the shell's pace."""
        self._debt += self._settings.delay_factor / self._settings.characters_per_second
        if self._debt > _SLICE:
            self.write("")
            await asyncio.sleep(self._debt)
            self._debt = 0.0
        while not self._queue:
            self.write("")
            self._arrived.clear()
            try:
                async with asyncio.timeout(self._settings.idle_seconds):
                    await self._arrived.wait()
            except TimeoutError as error:
                raise IdleTooLong from error
        return self._queue.pop(0)

    async def _edit(self, column: int, mask: str = "") -> str:
        """Read and echo one line that begins in that column."""
        typed: list[str] = []
        while True:
            key = await self._key()
            if key in _ENTER:
                self.write("\n")
                return "".join(typed)
            if key == _CTRL_C:
                self.write("^C\n")
                raise Interrupted
            if key == _CTRL_D:
                if not typed:
                    self.write("\n")
                    raise EndOfInput
            elif key in (_BACKSPACE, _DELETE):
                self._erase(typed, 1)
            elif key == _CTRL_U:
                self._erase(typed, len(typed))
            elif key == _ESCAPE:
                await self._skip_sequence()
            elif key >= 0x20:
                typed.append(chr(key))
                self._echo += mask or (chr(key) if key < _DELETE else "?")
                if (column + len(typed)) % self.size[0] == 0:
                    self._echo += " \r"  # as readline does, so that the cursor is in the next row

    def _erase(self, typed: list[str], count: int) -> None:
        for _character in range(min(count, len(typed))):
            typed.pop()
            self._echo += "\b \b"

    async def _skip_sequence(self) -> None:
        """Arrow keys and their like do nothing."""
        if await self._key() == ord("["):
            while not 0x40 <= await self._key() <= 0x7E:
                pass
