# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is typed for a capture, and what is read out of what a node prints."""

from __future__ import annotations

import re
import string
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._platform import capture
from ansible_collections.ucops.cucm.plugins.module_utils._platform import capture_texts as texts
from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import CommandUnfinished
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._platform.fake_node import (
    node,
    presses,
    started,
)
from hypothesis import given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 24, 10, 0, 0, tzinfo=UTC)
NAME = "ucops20261124100000c0ffee42"
SERVER = texts.SftpServer("192.0.2.20", 2222, "collector", "sftp-secret", "/captures")
#: As the guide has it.
GUIDE = """Executing command with options:
interface=eth0
ip=10.106.95.200
19:04:13.410944 IP CUCMA.42387 > 10.106.95.200.sip-tls: P 790302485:790303631(1146) ack 3661485150 win 182
19:04:13.450507 IP 10.106.95.200.sip-tls > CUCMA.42387: . ack 1146 win 249 <nop,nop,timestamp 6072188 2864697196>
Control-C pressed
"""


class TestCommand:
    @pytest.mark.parametrize(
        ("order", "command"),
        [
            (
                texts.Order("eth0", 5061, None, 10000, "packets"),
                "utils network capture eth0 file packets count 10000 size all port 5061",
            ),
            (
                texts.Order("eth0", 0, "10.106.95.200", 100000, "packets"),
                "utils network capture eth0 file packets count 100000 size all host ip 10.106.95.200",
            ),
            (
                texts.Order("eth0", 5061, "10.106.95.200", 5),
                "utils network capture eth0 count 5 port 5061 host ip 10.106.95.200",
            ),
        ],
    )
    def test_it(self, order: texts.Order, command: str) -> None:
        assert order.command == command


class TestNames:
    def test_one(self) -> None:
        assert texts.file_name(NOW, "c0ffee42") == NAME
        assert set(NAME) <= set(string.ascii_letters + string.digits)

    def test_the_zone_of_the_clock_does_not_matter(self) -> None:
        assert texts.file_name(NOW.astimezone(ZoneInfo("Asia/Kolkata")), "c0ffee42") == NAME

    @pytest.mark.parametrize(
        "listing",
        [
            "24 Nov,2026 10:00:00          1,234  {}",
            "{}",
            "/var/log/active/platform/cli/{}\n",
            "-rw-r--r-- 1 admin platform 1234 Nov 24 10:00 {}\tpackets.cap",
            "{0}\n{0}",
        ],
    )
    def test_they_are_found_in_any_listing(self, listing: str) -> None:
        assert texts.our_files(listing.format(f"{NAME}.cap")) == [f"{NAME}.cap"]

    @pytest.mark.parametrize(
        "name",
        ["packets.cap", f"x{NAME}.cap", f"{NAME}.cap0", f"{NAME}.txt", f"{NAME}.cap_old", f"{NAME}0.cap"],
    )
    def test_others_are_not(self, name: str) -> None:
        assert texts.our_files(f"24 Nov,2026 10:00:00 1,234 {name}\n") == []

    @given(st.integers(0, 10**9), st.text("0123456789abcdef", min_size=8, max_size=8), st.integers(0, 10**6))
    def test_the_name_tells_the_age(self, later: int, chance: str, seconds: int) -> None:
        began = NOW + timedelta(seconds=later)
        name = f"{texts.file_name(began, chance)}.cap"
        assert texts.our_files(f"a {name} b") == [name]
        old = texts.left_over([name], began + timedelta(seconds=seconds), timedelta(hours=1))
        assert old == ([name] if seconds > 3600 else [])

    @given(st.lists(st.text(max_size=30) | st.from_regex(r"ucops\d{14}[0-9a-f]{8}\.cap", fullmatch=True)))
    def test_whatever_is_listed(self, words: list[str]) -> None:
        listing = " ".join(words)
        assert all(name in listing for name in texts.left_over(texts.our_files(listing), NOW, timedelta()))


class TestScreen:
    def test_the_lines_of_the_guide(self) -> None:
        lines = texts.packet_lines(GUIDE)
        assert lines == GUIDE.splitlines()[3:5]

    @given(st.lists(st.text(string.printable, max_size=40)))
    def test_what_is_no_packet_is_left_out(self, noise: list[str]) -> None:
        text = "\n".join(["19:04:13.410944 IP a > b", *noise, "19:04:13.410945 IP b > a"])
        found = texts.packet_lines(text)
        assert found[0] == "19:04:13.410944 IP a > b"
        assert all(re.match(r"\d\d:\d\d:\d\d\.\d{6} ", line) for line in found)


class TestSftp:
    @pytest.mark.parametrize(
        ("output", "sent"),
        [
            ("SFTP server IP: 192.0.2.20\n.\nTransfer completed.", True),
            ("Transfer\ncompleted", True),
            ("Transfer failed", False),
            ("", False),
        ],
    )
    def test_whether_it_was_sent(self, output: str, sent: bool) -> None:
        assert texts.was_sent(output) is sent

    @pytest.mark.parametrize(
        ("question", "text"),
        [
            ("Would you like to proceed [y/n]? ", "y"),
            ("Please answer 'y' for <yes> or 'n' for <no>: ", "y"),
            ("SFTP server IP: ", "192.0.2.20"),
            ("SFTP server port [22]: ", "2222"),
            ("User ID: ", "collector"),
            ("Password: ", "sftp-secret"),
            ("Download directory: ", "/captures"),
            ("Are you sure you want to continue connecting (yes/no)? ", "yes"),
            ("Are you sure you want to continue connecting (yes/no/[fingerprint])? ", "yes"),
        ],
    )
    def test_each_question_has_one_answer(self, question: str, text: str) -> None:
        answers = [
            answer.text
            for answer in texts.send_answers(SERVER)
            if re.search(rf"(?:{answer.pattern})\s*$", f"Total size in Kbytes: 2639.3828\r\n{question}")
        ]
        assert answers == [text]

    def test_only_the_password_is_secret(self) -> None:
        assert [answer.text for answer in texts.send_answers(SERVER) if answer.secret] == ["sftp-secret"]


class TestRun:
    ORDER = texts.Order("eth0", 5061, None, 5)
    COMMAND = ORDER.command

    def fake(self, *late: tuple[float, str]):
        made = node(*late)
        made.answer = lambda line: (
            "Executing command with options:\r\nip=\r\n" if line == self.COMMAND else "text\r\nadmin:"
        )
        return made

    def test_it_is_ready_after_a_silence(self) -> None:
        fake = self.fake((0.5, "19:04:13.410944 IP a > b\r\n"))
        shell = started(fake)
        ready: list[float] = []
        outcome = capture.run(shell, self.ORDER, 30, lambda: ready.append(fake.now))
        assert len(ready) == 1
        assert capture.START_SILENCE <= ready[0] < capture.START_SILENCE + 0.5
        assert (outcome.ended_by, outcome.lines) == ("duration", ["19:04:13.410944 IP a > b"])
        assert presses(fake) == 1

    def test_it_may_end_before_it_is_ready(self) -> None:
        fake = self.fake((0.1, "19:04:13.410944 IP a > b\r\nadmin:"))
        ready: list[float] = []
        outcome = capture.run(started(fake), self.ORDER, 30, lambda: ready.append(fake.now))
        assert (outcome.ended_by, len(outcome.lines), ready) == ("count", 1, [])
        assert presses(fake) == 0

    def test_it_ends_when_the_caller_fails(self) -> None:
        fake = self.fake()
        shell = started(fake)

        def full() -> None:
            raise OSError("no space left")

        with pytest.raises(OSError, match="no space left"):
            capture.run(shell, self.ORDER, 30, full)
        assert presses(fake) == 1
        assert shell.run("show x").output == "text"

    def test_the_first_failure_is_the_one_that_is_told(self) -> None:
        fake = self.fake()
        shell = started(fake)
        fake.echo = lambda character: "" if character == "\x03" else character

        def full() -> None:
            raise OSError("no space left")

        with pytest.raises(OSError, match="no space left"):
            capture.run(shell, self.ORDER, 30, full)
        assert not shell.usable

    def test_a_session_that_breaks(self) -> None:
        fake = self.fake()
        shell = started(fake)
        with pytest.raises(CommandUnfinished):
            capture.run(shell, self.ORDER, 30, lambda: setattr(fake, "ends", True))
        assert presses(fake) == 0
        assert fake.closed
