# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The node's side of a terminal, without SSH: echo, editing, pager, and what is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.simulator.shell.terminal import (
    PAGER,
    EndOfInput,
    IdleTooLong,
    Interrupted,
    Terminal,
)
from ansible_collections.ucops.cucm.tests.simulator.topology import CommandLine
from hypothesis import given
from hypothesis import strategies as st

ERASE = "\r\x1b[K"
PEM = "-----BEGIN CERTIFICATE-----\nAAAA\nBBBB\n-----END CERTIFICATE-----\n"


class Screen:
    """A terminal, and what the client sees of it."""

    def __init__(self, size: tuple[int, int] = (80, 24), **settings: Any) -> None:
        self.seen = b""
        self.terminal = Terminal(self._see, CommandLine(**settings), size)

    def _see(self, data: bytes) -> None:
        self.seen += data

    @property
    def text(self) -> str:
        return self.seen.decode()

    async def typed(self, work: Awaitable[Any], *pieces: bytes) -> Any:
        """Let the node's side work, and type the pieces one after the other once it waits."""
        task = asyncio.ensure_future(work)
        for piece in pieces:
            await _settle()
            self.terminal.type(piece)
        return await asyncio.wait_for(task, 300)

    def run(self, work: Callable[[Terminal], Awaitable[Any]], *pieces: bytes) -> Any:
        return asyncio.run(self.typed(work(self.terminal), *pieces))


async def _settle() -> None:
    for _round in range(10):
        await asyncio.sleep(0)


def line(terminal: Terminal) -> Awaitable[str]:
    return terminal.line("admin:")


@pytest.mark.parametrize(
    ("typed", "taken", "echo"),
    [
        (b"show x\r", "show x", "show x\r\n"),
        (b"show x\n", "show x", "show x\r\n"),
        (b"shob\x7fw\n", "show", "shob\b \bw\r\n"),
        (b"a\x08\x08b\n", "b", "a\b \bb\r\n"),
        (b"abc\x15d\n", "d", "abc" + "\b \b" * 3 + "d\r\n"),
        (b"a\x1b[Ab\x1b[3~c\n", "abc", "abc\r\n"),
        (b"a\tb\x00\n", "ab", "ab\r\n"),
        (b"\xc3\xa4\n", "\xc3\xa4", "??\r\n"),
        (b"a\x04b\n", "ab", "ab\r\n"),
    ],
)
def test_a_line_is_edited_and_echoed(typed: bytes, taken: str, echo: str) -> None:
    screen = Screen()
    assert screen.run(line, typed) == taken
    assert screen.text == f"admin:{echo}"


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=60), st.data())
def test_a_line_survives_any_segmentation(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(min_value=0, max_value=len(text)))
    screen = Screen()
    assert screen.run(line, text[:at].encode(), text[at:].encode() + b"\n") == text
    assert screen.text == f"admin:{text}\r\n"


def test_a_long_line_is_wrapped_as_readline_does() -> None:
    screen = Screen(size=(10, 24))
    assert screen.run(line, b"abcdefgh\n") == "abcdefgh"
    assert screen.text == "admin:abcd \refgh\r\n"


def test_control_c_and_control_d() -> None:
    screen = Screen()
    with pytest.raises(Interrupted):
        screen.run(line, b"abc\x03")
    assert screen.text == "admin:abc^C\r\n"
    with pytest.raises(EndOfInput):
        Screen().run(line, b"\x04")


def test_what_is_typed_while_nothing_waits_is_lost() -> None:
    screen = Screen()

    async def work(terminal: Terminal) -> str:
        terminal.type(b"too early")
        first = await terminal.line("admin:")
        await _settle()
        terminal.type(b"too early again")
        return first + await terminal.line("admin:")

    # What follows the Enter in one piece comes while the command is carried out.
    assert screen.run(work, b"one\nlost", b"", b"two\n") == "onetwo"


def test_what_finds_the_queue_full_is_lost() -> None:
    screen = Screen(input_buffer=4)
    assert screen.run(line, b"abcdef", b"gh\n") == "abcdgh"
    assert screen.text == "admin:abcdgh\r\n"


def test_the_shell_has_its_own_pace() -> None:
    """At 100 characters a second, 8 of 20 fit: those of the queue, and one while it is emptied."""
    screen = Screen(input_buffer=8, delay_factor=1, characters_per_second=100)

    async def work(terminal: Terminal) -> str:
        task = asyncio.ensure_future(terminal.line("admin:"))
        await _settle()
        terminal.type(b"a" * 20)
        while not screen.text.endswith("a" * 8):
            await asyncio.sleep(0.01)
        terminal.type(b"\n")
        return await task

    assert screen.run(work) == "a" * 8


def test_an_idle_session_ends() -> None:
    with pytest.raises(IdleTooLong):
        Screen(idle_seconds=0.01).run(line)


def test_the_pager_stops_at_each_page() -> None:
    text = "\n".join("abcdefgh")
    screen = Screen(size=(80, 4))
    screen.run(lambda terminal: terminal.show(text), b" ", b"x\r", b" ")
    page = "a\r\nb\r\nc\r\n" + PAGER + ERASE + "d\r\ne\r\nf\r\n" + PAGER + ERASE
    assert screen.text == page + "g\r\n" + PAGER + ERASE + "h\r\n"


@pytest.mark.parametrize(("pagination", "rows"), [(False, 4), (True, 1000)])
def test_no_pager_without_pagination_or_on_a_tall_terminal(pagination: bool, rows: int) -> None:
    screen = Screen(size=(80, rows))
    screen.terminal.pagination = pagination
    screen.run(lambda terminal: terminal.show("\n".join("abcdefgh")))
    assert PAGER not in screen.text


def test_the_pager_can_be_left() -> None:
    screen = Screen(size=(80, 3))
    screen.run(lambda terminal: terminal.show("a\nb\nc\nd"), b"q")
    assert screen.text == "a\r\nb\r\n" + PAGER + ERASE
    with pytest.raises(Interrupted):
        Screen(size=(80, 3)).run(lambda terminal: terminal.show("a\nb\nc\nd"), b"\x03")


def paste(terminal: Terminal) -> Awaitable[str]:
    return terminal.paste("Paste", after_line=lambda number: None)


@pytest.mark.parametrize(
    ("ends_with", "typed"),
    [
        ("enter", PEM),
        ("enter", PEM.replace("\n", "\r")),
        ("enter", "garbage\n\n"),
        ("enter", "garbage\n\x04"),
        ("blank-line", PEM + "\n"),
        ("ctrl-d", PEM + "\n\n\x04"),
    ],
)
def test_a_paste_ends(ends_with: str, typed: str) -> None:
    screen = Screen(paste_ends_with=ends_with)
    pasted = screen.run(paste, typed.encode())
    assert pasted == ("garbage\n" if typed.startswith("g") else PEM)


@pytest.mark.parametrize("ends_with", ["blank-line", "ctrl-d"])
def test_a_paste_that_has_not_ended_waits(ends_with: str) -> None:
    screen = Screen(paste_ends_with=ends_with)

    async def work(terminal: Terminal) -> bool:
        task = asyncio.ensure_future(paste(terminal))
        await _settle()
        terminal.type(PEM.encode())
        await _settle()
        done = task.done()
        task.cancel()
        return done

    assert screen.run(work) is False


def test_waiting_can_be_interrupted() -> None:
    screen = Screen()
    with pytest.raises(Interrupted):
        screen.run(lambda terminal: terminal.wait(None), b"x\x03")


@pytest.mark.parametrize(
    "settings",
    [
        {"paste_ends_with": "eof"},
        {"delay_factor": -1},
        {"delay_factor": True},
        {"idle_seconds": "long"},
        {"characters_per_second": 0},
        {"input_buffer": 0},
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        CommandLine(**settings)
