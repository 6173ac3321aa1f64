# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that is told to end cleans up first, and then does what it would have done."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import FrameType

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.termination import (
    cleaned_up_on_termination,
)

NUMBERS = (signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(name="heard", autouse=True)
def _heard() -> Iterator[list[int]]:
    """What handlers that were there before are told, instead of the end of the tests."""
    heard: list[int] = []

    def listen(number: int, _frame: FrameType | None) -> None:
        heard.append(number)

    before = {number: signal.signal(number, listen) for number in NUMBERS}
    yield heard
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", NUMBERS)
def test_the_block_ends_and_then_the_handler_hears(number: signal.Signals, heard: list[int]) -> None:
    steps: list[str] = []

    @cleaned_up_on_termination()
    def work() -> None:
        try:
            os.kill(os.getpid(), number)
            steps.append("went on")
        finally:
            steps.append(f"cleaned up, heard {heard}")

    with pytest.raises(SystemExit) as told:
        work()
    assert steps == ["cleaned up, heard []"]
    assert heard == [number]
    assert told.value.code == 128 + number


def test_a_second_signal_does_not_disturb_the_cleaning(heard: list[int]) -> None:
    steps: list[str] = []

    @cleaned_up_on_termination()
    def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGTERM)
            steps.append("cleaned up")

    with pytest.raises(SystemExit):
        work()
    assert steps == ["cleaned up"]
    assert heard == [signal.SIGTERM]


def test_nothing_changes_otherwise(heard: list[int]) -> None:
    with cleaned_up_on_termination():
        pass
    with pytest.raises(ValueError, match="other"), cleaned_up_on_termination():
        raise ValueError("other")
    os.kill(os.getpid(), signal.SIGTERM)
    assert heard == [signal.SIGTERM]


def test_in_another_thread_it_does_nothing() -> None:
    passed: list[bool] = []

    def work() -> None:
        with cleaned_up_on_termination():
            passed.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    assert passed == [True]


def test_without_a_handler_the_process_dies_of_the_signal() -> None:
    script = (
        "import os, signal\n"
        "from ansible_collections.ucops.cucm.plugins.module_utils._common.termination import"
        " cleaned_up_on_termination\n"
        "with cleaned_up_on_termination():\n"
        "    try:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "    finally:\n"
        "        print('cleaned up', flush=True)\n"
        "print('went on')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (-signal.SIGTERM, "cleaned up\n")


@pytest.mark.parametrize("number", NUMBERS)
def test_an_ignored_signal_stays_ignored(number: signal.Signals) -> None:
    """A program under nohup starts with SIGHUP ignored: the terminal may be closed, the work goes on."""
    signal.signal(number, signal.SIG_IGN)
    steps: list[str] = []
    with cleaned_up_on_termination():
        os.kill(os.getpid(), number)
        steps.append("went on")
    assert steps == ["went on"]
    assert signal.getsignal(number) is signal.SIG_IGN
