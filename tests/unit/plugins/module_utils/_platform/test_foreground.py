# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A command that runs in the foreground: watched, ended by itself or by Ctrl-C, and never left alone."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption, UnexpectedAnswer
from ansible_collections.ucops.cucm.plugins.module_utils._platform import shell as shell_module
from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import (
    CommandRefused,
    CommandUnfinished,
    HungUp,
    Shell,
    TypingLost,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._platform.fake_node import (
    COMMAND,
    HEAD,
    FakeNode,
    node,
    presses,
    started,
)
from hypothesis import given
from hypothesis import strategies as st


def running(fake: FakeNode) -> Shell:
    shell = started(fake)
    shell.begin(COMMAND)
    assert shell.is_running
    return shell


class TestAttend:
    def test_until_the_time_is_over(self) -> None:
        fake = node()
        shell = running(fake)
        began = fake.now
        assert shell.attend(30) is None
        assert fake.now - began == pytest.approx(30)
        assert shell.has_printed("interface=eth0")
        assert presses(fake) == 0

    def test_until_it_says_something(self) -> None:
        fake = node((2.0, "one\r\n"), (3.0, "two\r\n"), (4.0, "three\r\n"))
        shell = running(fake)
        assert shell.attend(30, until="two") is None
        assert shell.has_printed("two")
        assert not shell.has_printed("three")
        assert fake.now < 6

    def test_until_its_own_end(self) -> None:
        fake = node((20.0, "admin:"))
        shell = running(fake)
        assert shell.attend(30) == HEAD.replace("\r", "").strip()
        assert not shell.is_running
        assert shell.run("show x").output == "text"
        assert presses(fake) == 0

    def test_a_prompt_that_was_none(self) -> None:
        fake = node((1.0, "admin:"), (0.01, " is what the prompt is called\r\n"))
        shell = running(fake)
        assert shell.attend(5) is None
        assert shell.is_running

    def test_refused(self) -> None:
        fake = node(head="Executed command unsuccessfully\r\nNo valid command entered\r\nadmin:")
        shell = running(fake)
        with pytest.raises(CommandRefused):
            shell.attend(5)
        assert not shell.is_running
        assert shell.usable
        assert shell.run("show x").output == "text"

    def test_a_question(self) -> None:
        fake = node(head="File exists. Overwrite (y/n)?")
        shell = running(fake)
        with pytest.raises(UnexpectedAnswer, match="Overwrite"):
            shell.attend(5)
        assert shell.interrupt().endswith("^C")

    def test_hung_up(self) -> None:
        fake = node((1.0, "one\r\n"))
        shell = running(fake)
        fake.ends = True
        with pytest.raises(CommandUnfinished, match="hung up") as error:
            shell.attend(30)
        assert error.value.output.endswith("one")
        assert not shell.usable
        assert fake.closed

    def test_a_pager(self) -> None:
        pager = "Press <enter> for 1 line, <space> for one page, or <q> to quit"
        fake = node((1.0, f"one\r\n{pager}"))
        fake.echo = lambda character: (
            "\r\x1b[Ktwo\r\nadmin:" if character == " " and not fake.line else character
        )
        output = running(fake).attend(5)
        assert output is not None
        assert output.splitlines()[-1].strip() == "two"


class TestInterrupt:
    def test_ctrl_c(self) -> None:
        fake = node((1.0, "one\r\n"))
        shell = running(fake)
        shell.attend(5)
        assert shell.interrupt().split("\n")[-2:] == ["one", "^C"]
        assert presses(fake) == 1
        assert not shell.is_running
        assert shell.run("show x").output == "text"

    def test_a_command_that_ended_just_before(self) -> None:
        """Then Ctrl-C was pressed at the prompt, and the shell prints another one a little later."""
        fake = node((1.0, "one\r\n"))
        shell = running(fake)
        shell.attend(5)
        fake.say("admin:")
        fake.echo = lambda character: "" if character == "\x03" else character
        fake.late = [(0.3, "^C\r\n"), (0.1, "admin:")]
        assert shell.interrupt().endswith("one")
        assert fake.late == []
        assert shell.run("show x").output == "text"

    def test_a_first_one_that_is_lost(self) -> None:
        fake = node()
        answers = iter(["", "admin:"])
        fake.echo = lambda character: next(answers) if character == "\x03" else character
        shell = running(fake)
        shell.interrupt()
        assert presses(fake) == 2
        assert fake.now <= shell_module.INTERRUPTION / 2 + 2

    def test_none_that_helps(self) -> None:
        fake = node(ctrl_c="")
        shell = running(fake)
        with pytest.raises(CommandUnfinished, match="after Ctrl-C"):
            shell.interrupt()
        assert fake.now <= shell_module.INTERRUPTION + 1
        assert not shell.usable
        assert fake.closed

    def test_hung_up(self) -> None:
        fake = node()
        shell = running(fake)
        fake.closed = fake.ends = True
        with pytest.raises(CommandUnfinished, match="hung up"):
            shell.interrupt()
        assert not shell.usable

    def test_after_an_exception(self) -> None:
        """What reads may be interrupted anywhere, and the command is still ended in the same session."""
        fake = node()
        shell = running(fake)
        read = fake.read

        def broken(_timeout: float) -> bytes:
            raise KeyboardInterrupt

        fake.read = broken  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            shell.attend(5)
        fake.read = read  # type: ignore[method-assign]
        assert shell.interrupt().endswith("^C")

    def test_more_than_anybody_reads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shell_module, "LARGEST_ANSWER", 1000)
        fake = node((1.0, "x" * 2000))
        shell = running(fake)
        with pytest.raises(UnexpectedAnswer, match="longer than"):
            shell.attend(5)
        with pytest.raises(UnexpectedAnswer, match="longer than"):
            shell.interrupt()
        assert presses(fake) == 1
        assert fake.closed


class TestBegin:
    def test_typing_that_is_lost(self) -> None:
        fake = node()
        shell = started(fake)
        fake.echo = lambda character: "" if character == "w" else character
        with pytest.raises(TypingLost):
            shell.begin(COMMAND)
        assert not shell.is_running
        assert fake.closed

    def test_hung_up_before(self) -> None:
        fake = node()
        shell = started(fake)
        fake.ends = True
        with pytest.raises(HungUp):
            shell.begin(COMMAND)
        assert not shell.is_running

    def test_no_command(self) -> None:
        shell = started(node())
        with pytest.raises(InvalidOption):
            shell.begin("a\nb")

    def test_nothing_to_attend(self) -> None:
        shell = started(node())
        for method in (lambda: shell.attend(1), shell.interrupt):
            with pytest.raises(RuntimeError, match="no command runs"):
                method()


def test_hanging_up_presses_ctrl_c_first() -> None:
    fake = node()
    running(fake).close()
    assert fake.typed.endswith("\n\x03")


@given(
    st.lists(st.integers(1, 30), min_size=1, max_size=20), st.sampled_from(["", "^C", "Control-C pressed"])
)
def test_in_any_pieces(sizes: list[int], words: str) -> None:
    again = iter(size for _turn in range(1000) for size in sizes)
    fake = node((1.0, "19:04:13.410944 IP a > b\r\n"), ctrl_c=f"{words}\r\nadmin:", sizes=again)
    shell = running(fake)
    assert shell.attend(5, until="options") is None
    assert shell.attend(5) is None
    assert "IP a > b" in shell.interrupt()
    assert shell.run("show x").output == "text"
