# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A chance to clean up for a process that is told to end."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: What ends a run from outside: Ansible when it is interrupted, and a terminal that is closed.
_SIGNALS = (signal.SIGTERM, signal.SIGHUP)


class _Told(SystemExit):
    """Passes through what catches Exception, through an event loop too."""


@contextmanager
def cleaned_up_on_termination() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block by an exception, and then do what they did before.

    A second one waits for the end of the block, so what cleans up must be bounded. A signal that the
    process ignores, as SIGHUP under nohup, stays ignored. Only the main thread can do this; in another
    one nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    told: list[int] = []

    def tell(number: int, _frame: FrameType | None) -> None:
        told.append(number)
        if len(told) == 1:
            raise _Told(128 + number)

    heeded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, tell) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            # None: a handler that was not set from Python, which cannot be put back.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if told:
            os.kill(os.getpid(), told[0])
