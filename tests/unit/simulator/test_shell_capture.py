# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`utils network capture` over SSH: to a file, to the screen, and how it ends."""

from __future__ import annotations

import re
import struct

import pytest
from ansible_collections.ucops.cucm.tests.simulator.shell.capture_commands import parse
from ansible_collections.ucops.cucm.tests.simulator.shell.refusal import Refused
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator
from ansible_collections.ucops.cucm.tests.simulator.wiretap import Wiretap
from ansible_collections.ucops.cucm.tests.unit.simulator.ssh_client import SshClient
from ansible_collections.ucops.cucm.tests.unit.simulator.support import eventually
from hypothesis import given
from hypothesis import strategies as st

A = "cucma-pub"
PEER = ("192.0.2.200", 5061)
COMMAND = "utils network capture"
HEAD = "Executing command with options:\r\n"


def wiretap(sim: RunningSimulator) -> Wiretap:
    return sim.node(A).wiretap


def traffic(sim: RunningSimulator, *, port: int = PEER[1], data: bytes = b"") -> None:
    """A connection that the node opens, and what it sends."""
    local = (sim.node(A).topology.address, 40000)
    sim.do(lambda: wiretap(sim).connection(local, (PEER[0], port), True).sent(data))


def lengths(data: bytes) -> list[int]:
    """How many bytes a pcap file has of each packet."""
    at, found = 24, []
    while at < len(data):
        found.append(int(struct.unpack_from("<I", data, at + 8)[0]))
        at += 16 + found[-1]
    return found


def test_capture_to_a_file_is_silent_until_control_c(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in().send(f"{COMMAND} eth0 file packets count 100000 size all port 5061\n")
        ssh.expect(
            f"{HEAD}size=ALL count=100000 interface=eth0\r\nsrc=dest= port=5061\r\nip=\r\n",
        )
        eventually(lambda: wiretap(sim).recording, "the node captures")
        traffic(sim, data=b"x" * 2000)
        traffic(sim, port=5062)
        assert ssh.silence(0.2) == ""
        assert wiretap(sim).files() == []
        ssh.send("\x03")
        assert ssh.expect("admin:") == "^C\r\nadmin:"
        (file,) = wiretap(sim).files()
        assert file.path == "/var/log/active/platform/cli/packets.cap"
        assert len(lengths(file.data)) == 3 + 3
        assert not wiretap(sim).recording
        assert "Active Master" in ssh.command("show version active")
    assert len(sim.journal) == 0


def test_capture_ends_at_its_count(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in().send(f"{COMMAND} eth0 file few count 2 size all\n")
        ssh.expect("ip=\r\n")
        eventually(lambda: wiretap(sim).recording, "the node captures")
        traffic(sim)
        assert ssh.expect("admin:") == "admin:"
    (file,) = wiretap(sim).files()
    assert len(lengths(file.data)) == 2


def test_capture_ends_with_its_session(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in().send(f"{COMMAND} eth0 file packets count 1000 size all\n")
        ssh.expect("ip=\r\n")
        eventually(lambda: wiretap(sim).recording, "the node captures")
    eventually(lambda: not wiretap(sim).recording, "the capture has ended")
    assert [file.name for file in wiretap(sim).files()] == ["packets.cap"]


def test_default_size_cuts_packets(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in().send(f"{COMMAND} file packets\n")
        ssh.expect("size=128 count=1000 interface=eth0\r\nsrc=dest= port=\r\nip=\r\n")
        eventually(lambda: wiretap(sim).recording, "the node captures")
        traffic(sim, data=b"x" * 1000)
        ssh.send("\x03")
        ssh.expect("admin:")
    (file,) = wiretap(sim).files()
    assert max(lengths(file.data)) == 128


def test_screen_shows_a_line_a_packet_as_in_the_guide(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in().send(f"{COMMAND} host ip {PEER[0]}\n")
        ssh.expect(f"{HEAD}interface=eth0\r\nip={PEER[0]}\r\n")
        eventually(lambda: wiretap(sim).recording, "the node captures")
        traffic(sim, data=b"x" * 1146)
        text = ssh.expect("ack 1147 win 14600\r\n")
        ssh.send("\x03")
        ssh.expect("admin:")
    moment = r"\d\d:\d\d:\d\d\.\d{6} IP "
    us, peer = r"cucma-pub\.40000", r"192\.0\.2\.200\.sip-tls"
    wanted = (
        rf"{us} > {peer}: S (\d+):\1\(0\) win 14600",
        rf"{peer} > {us}: S (\d+):\1\(0\) ack \d+ win 14600",
        rf"{us} > {peer}: \. ack 1 win 14600",
        rf"{us} > {peer}: P 1:1147\(1146\) ack 1 win 14600",
        rf"{peer} > {us}: \. ack 1147 win 14600",
    )
    lines = text.splitlines()
    assert len(lines) == len(wanted)
    for line, pattern in zip(lines, wanted, strict=True):
        assert re.fullmatch(moment + pattern, line), line
    assert wiretap(sim).files() == []


def test_screen_ends_at_its_count(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in().send(f"{COMMAND} count 2 port 5061\n")
        ssh.expect("size=128 count=2 interface=eth0\r\nsrc=dest= port=5061\r\nip=\r\n")
        eventually(lambda: wiretap(sim).recording, "the node captures")
        traffic(sim)
        assert ssh.expect("admin:").count(" IP ") == 2


@pytest.mark.parametrize(
    "options",
    [
        "file with.dot",
        "file packets count 100001",
        "file packets count 0",
        "file packets count many",
        "size huge",
        "port sip-tls",
        "port",
        "host ip",
        "host 192.0.2.1",
        "host tcp 192.0.2.1",
        "host ip 192.0.2.1 src 192.0.2.2",
        "port 5061 port 5060",
        "eth1",
        "duration 10",
    ],
)
def test_wrong_syntax_starts_nothing(sim: RunningSimulator, options: str) -> None:
    with SshClient(sim.node(A)) as ssh:
        text = ssh.log_in().command(f"{COMMAND} {options}")
    assert text.startswith("Executed command unsuccessfully\n")
    assert not wiretap(sim).recording


WORDS = (
    "eth0",
    "file",
    "count",
    "size",
    "port",
    "host",
    "ip",
    "all",
    "src",
    "dest",
    "a.b",
    "0",
    "7",
    "192.0.2.1",
    "²",
)


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=5), max_size=12))
def test_any_options_are_taken_or_refused(words: list[str]) -> None:
    try:
        options, given_options = parse(words)
    except Refused:
        return
    assert options.count > 0
    assert options.size > 0
    assert "." not in options.file
    assert not ({"host", "src"} <= given_options or {"host", "dest"} <= given_options)


def test_account_that_may_only_read(sim: RunningSimulator) -> None:
    reader = next(admin for admin in sim.node(A).topology.administrators if admin.privilege == 0)
    with SshClient(sim.node(A), (reader.username, reader.password)) as ssh:
        assert "not allowed" in ssh.log_in(pagination=True).command(f"{COMMAND} eth0 file packets")
    assert not wiretap(sim).recording


@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
def test_connection_that_breaks_leaves_no_capture_running(sim: RunningSimulator, kind: str) -> None:
    sim.fault(kind=kind, door="cli", operation=COMMAND)
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in().send(f"{COMMAND} eth0 file packets\n")
        ssh.rest()
    eventually(lambda: not wiretap(sim).recording, "the capture has ended")
    assert len(wiretap(sim).files()) == (kind == "drop-after")


def test_full_disk(sim: RunningSimulator) -> None:
    sim.fault(kind="disk-full", door="cli", operation=COMMAND)
    with SshClient(sim.node(A)) as ssh:
        text = ssh.log_in().command(f"{COMMAND} eth0 file packets")
    assert text.endswith("No space left on device\n")
    assert wiretap(sim).files() == []
