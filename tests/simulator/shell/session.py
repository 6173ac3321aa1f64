# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shell: the greeting, the prompt, and one command after the other, with faults and a log."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from ansible_collections.ucops.cucm.tests.simulator.faults import (
    COMMAND_KINDS,
    GREETING_KINDS,
    Fault,
    Kind,
)
from ansible_collections.ucops.cucm.tests.simulator.journal import LoggedRequest, Mutation
from ansible_collections.ucops.cucm.tests.simulator.shell import commands
from ansible_collections.ucops.cucm.tests.simulator.shell.refusal import Refused
from ansible_collections.ucops.cucm.tests.simulator.shell.terminal import (
    EndOfInput,
    IdleTooLong,
    Interrupted,
    Terminal,
)

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.shell.commands import Command
    from ansible_collections.ucops.cucm.tests.simulator.topology import Administrator
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

T = TypeVar("T")

PROMPT = "admin:"
NOT_ALLOWED = "The command is not allowed for this account"
DISK_FULL = "No space left on device"
#: How many pasted lines arrive before the connection breaks.
_LINES_BEFORE_BREAK = 5


def greeting(node: Node) -> list[tuple[float, str]]:
    """What comes before the first prompt, each part with the seconds before it."""
    hardware = (
        "VMware Installation:\n"
        "\t4 vCPU: Intel(R) Xeon(R) CPU E5-2643 0 @ 3.30GHz\n"
        "\tDisk 1: 110GB, Partitions aligned\n"
        "\t8192 Mbytes RAM\n"
    )
    if not node.cluster.topology.domain:
        hardware += "        WARNING: DNS unreachable\n"
    return [
        (0.7, "Command Line Interface is starting up, please wait ...\n\n"),
        (5.4, "   Welcome to the Platform Command Line Interface\n\n"),
        (1.6, hardware),
        (0.9, "\n"),
    ]


class ConnectionBroken(Exception):
    """A fault broke the connection."""


@dataclass
class Run:
    """One command that is being carried out."""

    node: Node
    terminal: Terminal
    arguments: list[str]
    operation: str
    faults: Mapping[Kind, Fault]

    def carry_out(self, work: Callable[[], T]) -> T:
        """Do what the command is for, unless a fault forbids it."""
        self._begin()
        done = work()
        self._end()
        return done

    async def perform(self, work: Awaitable[T]) -> T:
        """The same for what takes its time. Ctrl-C cancels it and raises Interrupted."""
        working = asyncio.ensure_future(work)
        interrupted = asyncio.ensure_future(self.terminal.wait(None))
        try:
            self._begin()
            await asyncio.wait((working, interrupted), return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                interrupted.result()
            done = working.result()
            self._end()
            return done
        finally:
            working.cancel()
            interrupted.cancel()
            await asyncio.gather(working, interrupted, return_exceptions=True)

    def _begin(self) -> None:
        if "drop-before" in self.faults:
            raise ConnectionBroken
        if "disk-full" in self.faults:
            raise Refused(DISK_FULL)

    def _end(self) -> None:
        if "drop-after" in self.faults:
            raise ConnectionBroken

    async def ask(self, question: str) -> str:
        """The answer to a question, in lower case and without blanks around it."""
        return (await self.ask_text(question)).lower()

    async def ask_text(self, question: str, *, mask: str = "") -> str:
        """The answer as it was typed, without blanks around it; `mask` hides a password."""
        self._break_at("drop-question", question)
        return (await self.terminal.line(question, mask=mask)).strip()

    async def paste(self, prompt: str) -> str:
        """What is pasted."""
        self._break_at("drop-question", f"{prompt}\n")

        def after_line(number: int) -> None:
            if number == _LINES_BEFORE_BREAK:
                self._break_at("drop-paste", "")

        return await self.terminal.paste(prompt, after_line=after_line)

    def _break_at(self, kind: Kind, last_words: str) -> None:
        if kind in self.faults:
            self.terminal.write(last_words)
            raise ConnectionBroken

    def record(self, subject: str, details: Mapping[str, Any]) -> None:
        """Enter a change into the journal."""
        self.node.record(Mutation("cli", self.operation, subject, details))


class Shell:
    """One session at the command line. `break_connection` is how a fault ends it."""

    def __init__(
        self,
        node: Node,
        account: Administrator,
        terminal: Terminal,
        break_connection: Callable[[], None],
    ) -> None:
        self._node = node
        self._account = account
        self._terminal = terminal
        self._break_connection = break_connection

    async def run(self) -> None:
        """Greet, and obey until `exit`."""
        try:
            await self._greet()
            while await self._obey():
                pass
        except ConnectionBroken:
            # What was written last is sent before the connection breaks.
            await asyncio.sleep(0)
            self._break_connection()
        except IdleTooLong:
            self._terminal.write("\nThe session has been idle for too long\n")

    async def _greet(self) -> None:
        faults = self._take("login", GREETING_KINDS)
        if "drop-before" in faults:
            raise ConnectionBroken
        if "latency" in faults:
            await asyncio.sleep(faults["latency"].seconds)
        for seconds, text in greeting(self._node):
            await asyncio.sleep(seconds * self._node.cluster.topology.command_line.delay_factor)
            self._terminal.write(text)
        if "no-prompt" in faults:
            await _for_ever()
        if "drop-after" in faults:
            raise ConnectionBroken

    async def _obey(self) -> bool:
        """Read a command and carry it out; False when it was the last one."""
        try:
            words = (await self._terminal.line(PROMPT)).split()
        except (Interrupted, EndOfInput):
            return True
        if not words:
            return True
        if words == ["exit"]:
            return False
        found = commands.find(words)
        operation = found.name if found is not None else "unknown"
        line = " ".join(words)
        faults = self._take(line, COMMAND_KINDS)
        status = 0
        try:
            if "latency" in faults:
                await asyncio.sleep(faults["latency"].seconds)
            text, status = await self._answer(found, words, faults)
            self._node.settle()
            await self._print(text, faults)
        except Interrupted:
            pass  # the next prompt follows
        except (ConnectionBroken, asyncio.CancelledError):
            status = 0
            raise
        finally:
            self._log(operation, line, status)
        if "no-prompt" in faults:
            await _for_ever()
        return True

    async def _answer(
        self, found: Command | None, words: list[str], faults: Mapping[Kind, Fault]
    ) -> tuple[str, int]:
        """What the command prints, and the status for the request log."""
        if found is None:
            return commands.UNKNOWN, 404
        arguments = words[len(found.name.split()) :]
        if not found.fewest <= len(arguments) <= found.most:
            return commands.WRONG_ARGUMENTS, 400
        if self._account.privilege < found.privilege or "not-allowed" in faults:
            return NOT_ALLOWED, 403
        run = Run(self._node, self._terminal, arguments, found.name, faults)
        try:
            await self._terminal.pause(found.seconds)
            return await found.carry_out(run), 200
        except Refused as refusal:
            return str(refusal), refusal.status
        except EndOfInput:
            return "", 400

    async def _print(self, text: str, faults: Mapping[Kind, Fault]) -> None:
        if "truncate" in faults or "half-printed" in faults:
            self._terminal.write(text[: _middle(text)])
            if "truncate" in faults:
                raise ConnectionBroken
            self._terminal.write("\n")
        elif text:
            middle = text.count("\n", 0, _middle(text))
            await self._terminal.show(text, stop_at=middle if "pager" in faults else None)

    def _take(self, operation: str, kinds: Collection[Kind]) -> dict[Kind, Fault]:
        node = self._node
        return node.cluster.world.faults.take(node.cluster.name, node.name, "cli", operation, kinds)

    def _log(self, operation: str, line: str, status: int) -> None:
        node = self._node
        node.cluster.world.requests.add(
            LoggedRequest(
                cluster=node.cluster.name,
                node=node.name,
                door="cli",
                operation=operation,
                method="SSH",
                path=line,
                status=status,
                time=node.clock.text(),
            )
        )


def _middle(text: str) -> int:
    """A place in the middle: of the PEM text, if there is one."""
    begin = max(text.find("-----BEGIN "), 0)
    return (begin + len(text)) // 2


async def _for_ever() -> None:
    """Until the connection ends."""
    await asyncio.Event().wait()
