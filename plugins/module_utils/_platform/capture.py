# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packet captures at the command line of a node: start, end, send, delete.

`utils network capture` runs in the foreground and says nothing while it writes to a file. It ends after
its number of packets or by Ctrl-C, so one whose session died ends too, in time. The disk is that of the
traces: nothing is left on it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, TimedOut
from ansible_collections.ucops.cucm.plugins.module_utils._platform import capture_texts as texts
from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import CommandRefused, Shell

#: Seconds until the node says that it captures.
START = 30.0
#: Seconds that it says nothing more before the capture counts as running. Assumed: it does not say when.
START_SILENCE = 1.0
#: Seconds that a file may take on its way to the SFTP server.
SENDING = 600.0
#: Captures of ours that are older are left over: none runs for longer than ten minutes.
LEFT_OVER = timedelta(hours=1)


class NotSent(CucmError):
    """The node did not send a file to the SFTP server."""

    reason = "not_sent"


@dataclass(frozen=True)
class Outcome:
    """A capture that has ended, by its duration or its number of packets. `lines` are those of the screen."""

    ended_by: str
    seconds: float
    lines: list[str]


def run(shell: Shell, order: texts.Order, duration: float, running: Callable[[], None]) -> Outcome:
    """Capture for so many seconds, or until the number of packets is there; `running` is called once it runs.

    The capture has ended in any case, by an exception too, unless the session is broken.
    """
    began = time.monotonic()
    shell.begin(order.command)
    try:
        output = _start(shell, order)
        if output is None:
            running()
            output = shell.attend(duration)
        ended_by = "duration" if output is None else "count"
    except BaseException:
        _stop(shell)
        raise
    if output is None:
        output = shell.interrupt()
    lines = [] if order.name else texts.packet_lines(output)
    return Outcome(ended_by, round(time.monotonic() - began, 1), lines)


def _start(shell: Shell, order: texts.Order) -> str | None:
    """Wait until it runs; the output when it has ended already."""
    output = shell.attend(START, until=texts.STARTED)
    if output is None and not shell.has_printed(texts.STARTED):
        raise TimedOut(
            f"the node did not say within {START:g} s that it captures",
            host=shell.host,
            operation=order.command,
            remedy="Run the command by hand, and see what the node says",
            reason="capture_not_started",
            details={"transcript": shell.transcript},
        )
    return output if output is not None else shell.attend(START_SILENCE)


def _stop(shell: Shell) -> None:
    """Press Ctrl-C after something went wrong; what goes wrong now is of less interest."""
    if shell.usable and shell.is_running:
        try:
            shell.interrupt()
        except CucmError:
            pass


def our_files(shell: Shell) -> list[str]:
    """The captures of this collection that are on the node."""
    return _listed(shell) or []


def _listed(shell: Shell) -> list[str] | None:
    """The same; None when the node did not list any files, as it may when there are none."""
    try:
        return texts.our_files(shell.run(texts.LIST_FILES).output)
    except CommandRefused:
        return None


def delete(shell: Shell, name: str) -> bool:
    """Delete a capture; the list tells whether it is gone, since the words of releases differ."""
    try:
        shell.run(texts.delete_command(name), answers=texts.DELETE_ANSWERS)
        refused = False
    except CommandRefused:
        refused = True
    names = _listed(shell)
    return not refused if names is None else name not in names


def delete_left_over(shell: Shell, now: datetime) -> list[str]:
    """Delete what runs that were killed have left behind; return the names."""
    found = texts.left_over(our_files(shell), now, LEFT_OVER)
    return [name for name in found if delete(shell, name)]


def send(shell: Shell, name: str, server: texts.SftpServer) -> None:
    """Let the node send a capture to an SFTP server; raises NotSent."""
    command = texts.send_command(name)
    try:
        output = shell.run(command, answers=texts.send_answers(server), timeout=SENDING).output
    except CommandRefused as refusal:
        output = refusal.output
    if not texts.was_sent(output):
        raise NotSent(
            f"the node did not send the capture to {server.host}; it ended with:"
            f" {' '.join(output.split())[-200:] or '(nothing)'}",
            host=shell.host,
            operation=command,
            option="sftp",
            remedy="Check host, port, account and directory of the SFTP server, and the way from the node to it",
            details={"transcript": shell.transcript},
        )
