# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The other commands of the command line: services, version, hosts, capture, and what is no command."""

from __future__ import annotations

import re

import pytest
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator
from ansible_collections.ucops.cucm.tests.unit.simulator.ssh_client import SshClient

pytestmark = pytest.mark.filterwarnings("ignore:Diffie-Hellman over")

A, A_SUB = "cucma-pub", "cucma-sub1"
CALL_MANAGER = "Cisco CallManager"
#: What a client reads services with, in both of the shapes that are known.
SERVICE = re.compile(r"\s*(.+?)\s*\[\s*([A-Z]+)\s*\]\s*(.*)")


def test_service_list(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A_SUB)) as ssh:
        text = ssh.log_in().command("utils service list")
    assert text.startswith("Requesting service status, please wait...\nSystem SSH [STARTED]\n")
    assert "Service Manager is running\nGetting list of all services\n>> Return code = 0\n" in text
    matches = [match for line in text.splitlines() if (match := SERVICE.fullmatch(line))]
    found = {match[1]: (match[2], match[3]) for match in matches}
    assert found[CALL_MANAGER] == ("STARTED", "")
    assert found["Cisco Tftp"] == ("STOPPED", "Service Not Activated")
    assert set(sim.node(A_SUB).services.names) <= set(found)


def test_restart_of_the_transcript(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        lines = ssh.log_in().command(f"utils service restart {CALL_MANAGER}").splitlines()
    assert lines[0] == (
        " Don't press Ctrl-c while the service is getting RESTARTED.If Service has not Restarted Properly,"
        " execute the same Command Again"
    )
    assert lines[1] == "Service Manager is running"
    states = list(dict.fromkeys(lines[2:]))
    assert states == [f"{CALL_MANAGER}[{state}]  " for state in ("STOPPING", "STARTING", "STARTED")]
    assert lines[-1] == lines[-2] == states[-1]
    (entry,) = sim.journal.since()
    assert (entry.door, entry.operation, entry.subject) == ("cli", "utils service restart", CALL_MANAGER)


def test_stop_and_start_and_what_is_refused(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A_SUB)) as ssh:
        ssh.log_in()
        assert ssh.command(f"utils service stop {CALL_MANAGER}").endswith(
            f"{CALL_MANAGER}[STOPPED]  Commanded Out of Service\n"
        )
        assert "not running" in ssh.command(f"utils service stop {CALL_MANAGER}")
        assert ssh.command(f"utils service start {CALL_MANAGER}").endswith(f"{CALL_MANAGER}[STARTED]  \n")
        assert "already started" in ssh.command(f"utils service start {CALL_MANAGER}")
        assert "Not Activated" in ssh.command("utils service restart Cisco Tftp")
        assert "not a valid service" in ssh.command("utils service restart Cisco Calmanager")
    assert [entry.operation for entry in sim.journal.since()] == [
        "utils service stop",
        "utils service start",
    ]


def test_tomcat_can_be_restarted_here(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        assert "[STARTED]" in ssh.log_in().command("utils service restart Cisco Tomcat")


def test_restart_that_hangs_holds_the_prompt_back(sim: RunningSimulator) -> None:
    sim.fault(kind="restart-hang", node=A)
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in()
        ssh.send(f"utils service restart {CALL_MANAGER}\n")
        assert "admin:" not in ssh.silence(0.7)
        sim.clear_faults()
        assert ssh.expect("admin:").count("[STARTED]") == 2


def test_control_c_gives_the_prompt_back_and_the_restart_goes_on(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in()
        ssh.send(f"utils service restart {CALL_MANAGER}\n")
        ssh.expect("[STOPPING]  \r\n")
        ssh.send("\x03")
        ssh.expect("admin:")
        sim.advance(10)
        assert f"{CALL_MANAGER}[STARTED]" in ssh.command("utils service list")


def test_version_of_the_transcript(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        text = ssh.log_in().command("show version active")
    head = "\nActive Master Version: 14.0.1.10000-20\nActive Version Installed Software Options:\n"
    assert text.startswith(head)


def test_hosts_of_the_transcript(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        lines = ssh.log_in().command("show tech network hosts").splitlines()
    assert lines[0] == "-------------------- show platform network --------------------"
    assert lines[-3:] == [
        "127.0.0.1 localhost",
        "127.0.0.1 cucma-pub.a.example.com cucma-pub",
        "127.0.0.1 cucma-sub1.a.example.com cucma-sub1",
    ]


def test_status(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in()
        assert re.search(r"^Host Name +: cucma-pub$", ssh.command("show status minimal"), flags=re.MULTILINE)
        assert "No valid command entered" in ssh.command("show status maximal")


def test_capture_runs_until_control_c(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in()
        ssh.send("utils network capture host ip 192.0.2.1\n")
        assert ssh.expect("ip=192.0.2.1\r\n").endswith(
            "Executing command with options:\r\ninterface=eth0\r\nip=192.0.2.1\r\n"
        )
        ssh.send("\x03")
        ssh.expect("admin:")
        assert "No valid command" in ssh.command("utils network capture host 192.0.2.1")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("foo", "Executed command unsuccessfully\nNo valid command entered\n"),
        ("show certificates", "Executed command unsuccessfully\nNo valid command entered\n"),
        ("show cert own", "Executed command unsuccessfully\nIncorrect number of arguments\n"),
        ("", ""),
        ("   ", ""),
    ],
)
def test_what_is_no_command(sim: RunningSimulator, line: str, text: str) -> None:
    with SshClient(sim.node(A)) as ssh:
        assert ssh.log_in().command(line) == text
        assert "Active Master" in ssh.command("  show  version   active ")


def test_exit_ends_the_session(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in().send("exit\n")
        assert ssh.rest() == "exit\r\n"


def test_control_c_at_the_prompt(sim: RunningSimulator) -> None:
    with SshClient(sim.node(A)) as ssh:
        ssh.log_in().send("show cert\x03")
        assert ssh.expect("admin:") == "show cert^C\r\nadmin:"
