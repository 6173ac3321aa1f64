# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`file list`, `file get` and `file delete` over SSH; `get` sends to a real SFTP server."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator
from ansible_collections.ucops.cucm.tests.unit.simulator.sftp_server import (
    PASSWORD,
    USERNAME,
    SftpServer,
    sftp_server,
)
from ansible_collections.ucops.cucm.tests.unit.simulator.ssh_client import SshClient

#: Release 14, which takes any answer but y for a no, and release 15, which asks again.
A, B = "cucma-pub", "cucm10-pub"
CAPTURES = "platform/cli"
TRACES = "cm/trace/ccm/sdl"
CONTINUE = "Are you sure you want to continue connecting (yes/no)? "


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SftpServer]:
    with sftp_server(tmp_path) as running:
        yield running


def capture(sim: RunningSimulator, *names: str, node: str = A) -> None:
    """Leave captures; each has two packets more than the one before."""

    def work() -> None:
        wiretap = sim.node(node).wiretap
        for count, name in enumerate(names, start=1):
            recording = wiretap.record(name, size=65535)
            for _connection in range(count):
                wiretap.refused(("192.0.2.203", 40000), ("192.0.2.200", 5061))
            recording.stop()

    sim.do(work)


def trace(sim: RunningSimulator) -> None:
    """Leave a closed and an open trace file."""

    def work() -> None:
        written = sim.node(A).trace
        written.connection_wanted()
        written.rotate()
        written.connection_wanted()

    sim.do(work)


# List


def test_list_with_details(sim: RunningSimulator) -> None:
    capture(sim, "packets", "more")
    with SshClient(sim.node(A)) as ssh:
        lines = ssh.log_in().command(f"file list activelog {CAPTURES}/* detail").splitlines()
        assert ssh.command(f"file list activelog {CAPTURES}/p*.cap") == (
            "packets.cap\ndir count = 0, file count = 1\n"
        )
        assert ssh.command(f"file list activelog {CAPTURES} size reverse").splitlines()[:2] == [
            "more.cap",
            "packets.cap",
        ]
    assert lines[-1] == "dir count = 0, file count = 2"
    found = [
        re.fullmatch(r"\d\d [A-Z][a-z]{2},20\d\d \d\d:\d\d:\d\d +([\d,]+)  (\S+)", line)
        for line in lines[:-1]
    ]
    sizes = {file.name: len(file.data) for file in sim.node(A).wiretap.files()}
    assert {match[2]: int(match[1].replace(",", "")) for match in found if match} == sizes


def test_list_of_traces(sim: RunningSimulator) -> None:
    trace(sim)
    with SshClient(sim.node(A)) as ssh:
        text = ssh.log_in().command(f"file list activelog {TRACES}/SDL*")
    assert text.splitlines()[:2] == ["SDL001_100_000001.txt.gz", "SDL001_100_000002.txt.gzo"]


@pytest.mark.parametrize(
    "pattern", ["platform/cli/none.cap", "platform/cl*", "../../etc/*", "platform/cli/../cli/packets.cap"]
)
def test_list_of_nothing(sim: RunningSimulator, pattern: str) -> None:
    capture(sim, "packets")
    with SshClient(sim.node(A)) as ssh:
        assert ssh.log_in().command(f"file list activelog {pattern}") == (
            "no such file or directory can be found\n"
        )


def test_list_with_unknown_options(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in()
        assert "No valid command" in ssh.command(f"file list activelog {CAPTURES}/* colour")
        assert "No valid command" in ssh.command(f"file list inactivelog {CAPTURES}/*")


# Delete


def test_delete_asks_first(sim: RunningSimulator) -> None:
    capture(sim, "packets", "other")
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in()
        question = 'Enter "y" followed by return to continue: '
        ssh.command(f"file delete activelog {CAPTURES}/packets.cap", ending=question)
        ssh.send("n\n")
        ssh.expect("admin:")
        assert len(sim.node(A).wiretap.files()) == 2
        ssh.command(f"file delete activelog {CAPTURES}/packets.cap", ending=question)
        ssh.send("y\n")
        assert "files: found = 1, deleted = 1\r\n" in ssh.expect("admin:")
    assert [file.name for file in sim.node(A).wiretap.files()] == ["other.cap"]
    assert len(sim.journal) == 0


def test_delete_without_a_question(sim: RunningSimulator) -> None:
    capture(sim, "a", "b")
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in()
        assert ssh.command(f"file delete activelog {CAPTURES}/*.cap noconfirm detail") == (
            "deleted a.cap\ndeleted b.cap\nfiles: found = 2, deleted = 2\n"
        )
        assert "no such file" in ssh.command(f"file delete activelog {CAPTURES}/a.cap noconfirm")


def test_open_trace_is_not_deleted(sim: RunningSimulator) -> None:
    trace(sim)
    with SshClient(sim.node(A)) as ssh:
        assert "found = 2, deleted = 1" in ssh.log_in().command(f"file delete activelog {TRACES}/* noconfirm")
    assert [file.name for file in sim.node(A).trace.files()] == ["SDL001_100_000002.txt.gzo"]


def test_delete_needs_the_right_to_write(sim: RunningSimulator) -> None:
    capture(sim, "packets")
    reader = next(admin for admin in sim.node(A).topology.administrators if admin.privilege == 0)
    with SshClient(sim.node(A), (reader.username, reader.password)) as ssh:
        ssh.log_in(pagination=True)
        assert "packets.cap" in ssh.command(f"file list activelog {CAPTURES}/*")
        assert "not allowed" in ssh.command(f"file delete activelog {CAPTURES}/packets.cap noconfirm")
    assert len(sim.node(A).wiretap.files()) == 1


# Get


def dialogue(
    ssh: SshClient, server: SftpServer, path: str = f"{CAPTURES}/packets.cap", password: str = PASSWORD
) -> str:
    """Answer everything up to the question about the host key; returns what came before the first one."""
    ssh.log_in()
    text = ssh.command(f"file get activelog {path}", ending="Would you like to proceed [y/n]? ")
    for answer, question in (
        ("y", "SFTP server IP: "),
        ("127.0.0.1", "SFTP server port [22]: "),
        (str(server.port), "User ID: "),
        (USERNAME, "Password: "),
        (password, "Download directory: "),
    ):
        ssh.send(f"{answer}\n")
        ssh.expect(question)
    ssh.send("incoming\n")
    ssh.expect(CONTINUE)
    return text


def test_get_sends_the_file_into_a_tree(sim: RunningSimulator, server: SftpServer) -> None:
    capture(sim, "packets")
    (file,) = sim.node(A).wiretap.files()
    with SshClient(sim.node(A)) as ssh:
        text = dialogue(ssh, server)
        assert server.fingerprint in ssh.received
        ssh.send("yes\n")
        assert ssh.expect("admin:").endswith("\r\n.\r\nTransfer completed.\r\nadmin:")
        assert PASSWORD not in ssh.received
        assert "*" * len(PASSWORD) in ssh.received
    assert text == (
        "Please wait while the system is gathering files info ...done.\n"
        "Sub-directories were not traversed.\n"
        "Number of files affected: 1\n"
        f"Total size in Bytes: {len(file.data)}\n"
        f"Total size in Kbytes: {round(len(file.data) / 1024, 4)}\n"
    )
    (sent,) = (path for path in server.directory.rglob("*") if path.is_file())
    assert sent.read_bytes() == file.data
    assert re.fullmatch(
        r"incoming/127\.0\.0\.1/\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d/active/platform/cli/packets\.cap",
        str(sent.relative_to(server.directory)),
    )
    assert all(PASSWORD not in entry.path for entry in sim.requests.entries())


def test_get_of_an_open_trace_sends_it_compressed(sim: RunningSimulator, server: SftpServer) -> None:
    trace(sim)
    opened = sim.node(A).trace.files()[-1]
    with SshClient(sim.node(A)) as ssh:
        dialogue(ssh, server, f"{TRACES}/*.gzo")
        ssh.send("yes\n")
        assert "Transfer completed." in ssh.expect("admin:")
    (sent,) = (path for path in server.directory.rglob("*") if path.is_file())
    assert sent.read_bytes() == opened.on_disk != opened.data


def test_get_without_a_wish_to_proceed(sim: RunningSimulator) -> None:
    capture(sim, "packets")
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in().command(f"file get activelog {CAPTURES}/packets.cap", ending="proceed [y/n]? ")
        ssh.send("maybe\n")
        assert ssh.expect("admin:") == "maybe\r\nadmin:"


def test_release_15_asks_again(sim: RunningSimulator) -> None:
    capture(sim, "packets", node=B)
    with SshClient(sim.node(B)) as ssh:
        ssh.log_in().command(f"file get activelog {CAPTURES}/packets.cap", ending="proceed [y/n]? ")
        ssh.send("yes\n")
        ssh.expect("Please answer 'y' for <yes> or 'n' for <no>: ")
        ssh.send("n\n")
        ssh.expect("admin:")


def test_get_of_nothing(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        text = ssh.log_in().command(f"file get activelog {CAPTURES}/none.cap")
    assert text.endswith("no such file or directory can be found\n")


def test_host_key_that_is_not_accepted(sim: RunningSimulator, server: SftpServer) -> None:
    capture(sim, "packets")
    with SshClient(sim.node(A)) as ssh:
        dialogue(ssh, server)
        ssh.send("perhaps\n")
        ssh.expect("Please type 'yes' or 'no': ")
        ssh.send("no\n")
        assert "Host key verification failed." in ssh.expect("admin:")
    assert not any(path.is_file() for path in server.directory.rglob("*"))


def test_wrong_password(sim: RunningSimulator, server: SftpServer) -> None:
    capture(sim, "packets")
    with SshClient(sim.node(A)) as ssh:
        dialogue(ssh, server, password="wrong")
        ssh.send("yes\n")
        text = ssh.expect("admin:")
    assert "Authentication failed" in text
    assert "Transfer completed" not in text


def test_control_c_at_a_question(sim: RunningSimulator, server: SftpServer) -> None:
    capture(sim, "packets")
    with SshClient(sim.node(A)) as ssh:
        dialogue(ssh, server)
        ssh.send("\x03")
        assert ssh.expect("admin:") == "^C\r\nadmin:"


@pytest.mark.parametrize("host", ["127.0.0.1", "192.0.2.9", "sftp.example.com"])
def test_server_that_cannot_be_reached(sim: RunningSimulator, host: str) -> None:
    capture(sim, "packets")
    with socket.socket() as bound, SshClient(sim.node(A)) as ssh:
        bound.bind(("127.0.0.1", 0))  # and does not listen
        ssh.log_in().command(f"file get activelog {CAPTURES}/packets.cap", ending="proceed [y/n]? ")
        for answer, question in (
            ("y", "SFTP server IP: "),
            (host, "[22]: "),
            (str(bound.getsockname()[1]), "User ID: "),
            (USERNAME, "Password: "),
            (PASSWORD, "Download directory: "),
        ):
            ssh.send(f"{answer}\n")
            ssh.expect(question)
        ssh.send("\n")
        assert f"Unable to connect to SFTP server {host}\r\n" in ssh.expect("admin:")


@pytest.mark.parametrize(("kind", "sent"), [("drop-before", 0), ("drop-after", 1), ("drop-question", 0)])
def test_connection_that_breaks(sim: RunningSimulator, server: SftpServer, kind: str, sent: int) -> None:
    capture(sim, "packets")
    sim.fault(kind=kind, door="cli", operation="file get activelog")
    with SshClient(sim.node(A)) as ssh:
        if kind == "drop-question":
            ssh.log_in().send(f"file get activelog {CAPTURES}/packets.cap\n")
        else:
            dialogue(ssh, server)
            ssh.send("yes\n")
        assert "Transfer completed" not in ssh.rest()
    assert len([path for path in server.directory.rglob("*") if path.is_file()]) == sent
