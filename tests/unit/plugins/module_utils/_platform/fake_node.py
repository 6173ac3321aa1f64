# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fake node that is its own clock, a session with it, and a capture that runs in its foreground."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import Shell
from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh import SshOptions
from ansible_collections.ucops.cucm.tests.support.ssh_server import PASSWORD, USERNAME


class FakeNode:
    """A channel and its clock in one: echoes what is typed, and answers each line by the script."""

    def __init__(self, answer: Callable[[str], str], *, sizes: Iterator[int] | None = None) -> None:
        self.answer = answer
        self.sizes = sizes
        self.now = 0.0
        self.typed = ""
        self.line = ""
        self.out: list[bytes] = []
        self.closed = False
        self.echo: Callable[[str], str] = lambda text: text
        #: What comes only after a time of silence.
        self.late: list[tuple[float, str]] = []
        self.ends = False

    def clock(self) -> float:
        return self.now

    def say(self, text: str) -> None:
        data = text.encode()
        while data:
            size = next(self.sizes) if self.sizes else len(data)
            self.out.append(data[:size])
            data = data[size:]

    def write(self, data: bytes) -> None:
        if self.closed:
            raise OSError("closed")
        self.typed += data.decode()
        for character in data.decode():
            self.say("\r\n" if character == "\n" else self.echo(character))
            if character == "\n":
                line, self.line = self.line, ""
                self.say(self.answer(line))
            else:
                self.line += character

    def read(self, timeout: float) -> bytes:
        if self.out:
            return self.out.pop(0)
        if self.late and self.late[0][0] <= timeout:
            seconds, text = self.late.pop(0)
            self.now += seconds
            self.say(text)
            return self.out.pop(0)
        if self.ends:
            return b""
        self.now += timeout
        raise TimeoutError

    def close(self) -> None:
        self.closed = True


OPTIONS = SshOptions("node.example.com", 22, USERNAME, PASSWORD)


def session(node: FakeNode) -> Shell:
    return Shell(node, OPTIONS, clock=node.clock)


def started(node: FakeNode) -> Shell:
    node.say("Welcome\r\n\r\nadmin:")
    shell = session(node)
    shell.start()
    return shell


COMMAND = "utils network capture"
HEAD = "Executing command with options:\r\ninterface=eth0\r\n"


def node(*late: tuple[float, str], head: str = HEAD, ctrl_c: str = "^C\r\nadmin:", **more: Any) -> FakeNode:
    """A node whose capture prints its head, and more after these silences; Ctrl-C ends it."""
    made = FakeNode(lambda line: head if line == COMMAND else "text\r\nadmin:", **more)

    def echo(character: str) -> str:
        return ctrl_c if character == "\x03" else character

    made.echo = echo
    made.late = list(late)
    return made


def presses(fake: FakeNode) -> int:
    return fake.typed.count("\x03")
