# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of a dialogue with a shell, fit to be shown: bounded, without passwords and private keys."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable

#: Characters that are kept: the beginning, where the node says what it is, and the end, where it went wrong.
HEAD, TAIL = 4_000, 28_000
HIDDEN = "********"
_KEY_BEGINS = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")
_KEY_ENDS = re.compile(r"-----END [A-Z ]*PRIVATE KEY-----")


class Transcript:
    """Takes text as it comes, in any pieces; a line is judged when it is whole."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = {secret for secret in secrets if secret}
        self._line = ""
        self._in_key = False
        self._head: list[str] = []
        self._tail: deque[str] = deque()
        self._head_size = self._tail_size = self._dropped = 0

    def hide(self, secret: str) -> None:
        """Keep this out from now on."""
        if secret:
            self._secrets.add(secret)

    def add(self, text: str) -> None:
        """What the node printed; an echo is how what was typed comes in."""
        *lines, rest = (self._line + text).split("\n")
        for line in lines:
            in_key, shown = self._in_key, self._fit(line)
            if shown or not in_key:
                self._keep(shown + "\n")
        # A line without end is not kept for ever; a secret that is cut in two is longer than this.
        self._line = rest if len(rest) <= TAIL else ""
        if not self._line and rest:
            self._keep(self._fit(rest))

    def note(self, text: str) -> None:
        """A remark of ours, in square brackets, on a line of its own."""
        self.add(f"\n[{text}]\n" if self._line else f"[{text}]\n")

    def __str__(self) -> str:
        in_key = self._in_key
        end = self._fit(self._line)
        self._in_key = in_key
        gap = [f"[… {self._dropped} characters …]\n"] if self._dropped else []
        return "".join([*self._head, *gap, *self._tail, end]).strip("\n")

    def _keep(self, text: str) -> None:
        room = HEAD - self._head_size
        if room:
            self._head.append(text[:room])
            self._head_size += len(self._head[-1])
            text = text[room:]
        self._dropped += max(0, len(text) - TAIL)
        text = text[-TAIL:]
        self._tail.append(text)
        self._tail_size += len(text)
        while self._tail_size > TAIL:
            size = len(self._tail.popleft())
            self._tail_size -= size
            self._dropped += size

    def _fit(self, line: str) -> str:
        """The line without what is secret in it."""
        line, shown = line.rstrip("\r").replace("\r", "\n"), ""
        while line:
            if self._in_key:
                end = _KEY_ENDS.search(line)
                if end is None:
                    return shown
                self._in_key, line = False, line[end.end() :]
            elif begin := _KEY_BEGINS.search(line):
                shown += line[: begin.start()] + "[private key]"
                self._in_key, line = True, line[begin.end() :]
            else:
                shown, line = shown + line, ""
        for secret in sorted(self._secrets, key=len, reverse=True):
            shown = shown.replace(secret, HIDDEN)
        return shown
