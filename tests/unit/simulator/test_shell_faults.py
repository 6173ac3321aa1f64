# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What can go wrong at the command line, when a test orders it."""

from __future__ import annotations

import socket
import time
from typing import Any

import asyncssh
import pytest
from ansible_collections.ucops.cucm.tests.simulator.faults import Fault
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator
from ansible_collections.ucops.cucm.tests.unit.simulator.ssh_client import PASTE, SshClient, pem_in
from ansible_collections.ucops.cucm.tests.unit.simulator.support import Authority, Client

A, A_SUB, B = "cucma-pub", "cucma-sub1", "cucm10-pub"
OWN = "set cert import own CallManager"
TRUST = "set cert import trust CallManager"


@pytest.fixture
def authority() -> Authority:
    return Authority()


def log_in(sim: RunningSimulator, node: str = A) -> SshClient:
    return SshClient(sim.node(node)).log_in()


def statuses(sim: RunningSimulator, operation: str) -> list[int]:
    return [entry.status for entry in sim.requests.entries() if entry.operation == operation]


def test_refused_logins(sim: RunningSimulator) -> None:
    sim.fault(kind="refuse-login", count=2)
    for _attempt in range(2):
        with pytest.raises(asyncssh.PermissionDenied):
            SshClient(sim.node(A), preferred_auth="password")
    log_in(sim).close()
    assert statuses(sim, "login") == [401, 401, 200]


@pytest.mark.parametrize("door", ["cli", None])
def test_unreachable_node(sim: RunningSimulator, door: str | None) -> None:
    ports = (sim.node(A).ssh.port, sim.node(A).web.port)
    with log_in(sim) as ssh:
        sim.fault(kind="unreachable", node=A, door=door)
        assert ssh.rest() == ""
    with pytest.raises(ConnectionRefusedError):
        SshClient(sim.node(A))
    if door is None:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", ports[1]), timeout=300)
    else:
        assert Client(sim.node(A)).certmgr("GET", "/snapshot/server").status_code == 200
    log_in(sim, A_SUB).close()
    sim.clear_faults()
    log_in(sim).close()
    assert Client(sim.node(A)).certmgr("GET", "/snapshot/server").status_code == 200
    assert (sim.node(A).ssh.port, sim.node(A).web.port) == ports


def test_unreachable_node_breaks_https_connections_and_reset_brings_it_back(sim: RunningSimulator) -> None:
    client = Client(sim.node(A))
    assert client.certmgr("GET", "/snapshot/server").status_code == 200
    sim.fault(kind="unreachable", node=A)
    with pytest.raises(OSError, match="Connection"):
        client.certmgr("GET", "/snapshot/server")
    sim.reset()
    assert client.certmgr("GET", "/snapshot/server").status_code == 200


@pytest.mark.parametrize("kind", ["drop-before", "drop-after"])
def test_connection_that_breaks_during_the_greeting(sim: RunningSimulator, kind: str) -> None:
    sim.fault(kind=kind, door="cli", operation="login")
    with SshClient(sim.node(A)) as ssh, pytest.raises((EOFError, asyncssh.Error, OSError)):
        ssh.expect("admin:")
    log_in(sim).close()


def test_first_prompt_that_never_comes(sim: RunningSimulator) -> None:
    sim.fault(kind="no-prompt", door="cli", operation="login")
    with SshClient(sim.node(A)) as ssh:
        ssh.expect("8192 Mbytes RAM\r\n\r\n")
        assert ssh.silence(0.2) == ""


@pytest.mark.parametrize(("kind", "changed"), [("drop-before", False), ("drop-after", True)])
def test_connection_lost_around_the_moment_of_a_new_request(
    sim: RunningSimulator, kind: str, changed: bool
) -> None:
    sim.fault(kind=kind, door="cli", operation="set csr gen")
    with log_in(sim) as ssh:
        ssh.command("set csr gen CallManager", ending="(yes|no)? ")
        ssh.send("no\n")
        assert "Successfully" not in ssh.rest()
    with log_in(sim) as ssh:
        assert ("CallManager.csr" in ssh.command("show csr list own")) is changed
    assert len(sim.journal) == int(changed)
    assert statuses(sim, "set csr gen") == [0]


@pytest.mark.parametrize(
    ("kind", "changed"),
    [("drop-question", False), ("drop-paste", False), ("drop-before", False), ("drop-after", True)],
)
def test_connection_lost_at_each_step_of_an_import(
    sim: RunningSimulator, authority: Authority, kind: str, changed: bool
) -> None:
    with log_in(sim) as ssh:
        ssh.paste(TRUST, authority.pem)
        signed = authority.sign(ssh.generate())
    sim.fault(kind=kind, door="cli", operation="set cert import")
    with log_in(sim) as ssh:
        ssh.send(f"{OWN}\n")
        if kind != "drop-question":
            ssh.expect(f"{PASTE}\r\n")
            ssh.send(signed)
        rest = ssh.rest()
        assert "Successfully" not in rest
        assert ("-----END" in rest) is (kind in ("drop-before", "drop-after"))
    with log_in(sim) as ssh:
        assert (ssh.certificate() == signed) is changed
        assert ("CallManager.csr" in ssh.command("show csr list own")) is not changed


@pytest.mark.parametrize(
    "line", ["set cli pagination off", "show cert list own", "show cert own tomcat", "show version active"]
)
@pytest.mark.parametrize("kind", ["drop-before", "drop-after", "truncate"])
def test_connection_lost_at_commands_that_only_read(sim: RunningSimulator, line: str, kind: str) -> None:
    with SshClient(sim.node(A)) as ssh:
        ssh.expect("admin:")
        sim.fault(kind=kind, operation=line)
        ssh.send(f"{line}\n")
        assert "admin:" not in ssh.rest()
    assert sim.requests.entries()[-1].status == 0


@pytest.mark.parametrize(("kind", "changed"), [("drop-before", 0), ("drop-after", 1)])
def test_connection_lost_around_a_restart(sim: RunningSimulator, kind: str, changed: int) -> None:
    sim.fault(kind=kind, door="cli", operation="utils service restart Cisco CallManager")
    with log_in(sim) as ssh:
        ssh.send("utils service restart Cisco CallManager\n")
        assert "admin:" not in ssh.rest()
    assert len(sim.journal) == changed


def test_prompt_that_never_comes(sim: RunningSimulator) -> None:
    sim.fault(kind="no-prompt", operation="show cert own")
    with log_in(sim) as ssh:
        ssh.send("show cert own tomcat\n")
        ssh.expect("-----END CERTIFICATE-----\r\n")
        ssh.send("\x03\n")
        assert ssh.silence(0.2) == ""


def test_half_printed_certificate(sim: RunningSimulator) -> None:
    sim.fault(kind="half-printed", operation="show cert own")
    with log_in(sim) as ssh:
        text = ssh.command("show cert own CallManager")
        assert "-----BEGIN CERTIFICATE-----\n" in text
        assert "-----END" not in text
        assert pem_in(ssh.command("show cert own CallManager"))


def test_connection_that_breaks_in_the_middle_of_a_certificate(sim: RunningSimulator) -> None:
    sim.fault(kind="truncate", operation="show cert own")
    with log_in(sim) as ssh:
        ssh.send("show cert own CallManager\n")
        rest = ssh.rest()
    assert "-----BEGIN CERTIFICATE-----" in rest
    assert "-----END" not in rest
    assert statuses(sim, "show cert own") == [0]


def test_pager_in_the_middle_of_a_certificate_in_spite_of_pagination_off(sim: RunningSimulator) -> None:
    sim.fault(kind="pager", operation="show cert own")
    with log_in(sim) as ssh:
        ssh.send("show cert own CallManager\n")
        first = ssh.expect("quit\x1b[0m\x1b[K")
        assert "-----BEGIN" in first
        ssh.send(" ")
        rest = ssh.expect("admin:")
        assert rest.startswith("\r\x1b[K")
        assert "-----END CERTIFICATE-----" in rest


def test_disk_full_and_not_allowed(sim: RunningSimulator, authority: Authority) -> None:
    sim.fault(kind="disk-full", operation="set cert import")
    sim.fault(kind="not-allowed", operation="set csr gen")
    with log_in(sim) as ssh:
        assert ssh.paste(TRUST, authority.pem) == "No space left on device\n"
        assert "not allowed" in ssh.command("set csr gen CallManager")
        assert len(sim.journal) == 0
        assert "Successfully" in ssh.paste(TRUST, authority.pem)
    assert statuses(sim, "set cert import trust") == [400, 200]
    assert statuses(sim, "set csr gen") == [403]


def test_latency(sim: RunningSimulator) -> None:
    sim.fault(kind="latency", operation="show version active", seconds=0.5)
    with log_in(sim) as ssh:
        begun = time.monotonic()
        ssh.command("show version active")
        assert time.monotonic() - begun >= 0.5


@pytest.mark.parametrize(
    ("ordered", "line", "matches"),
    [
        ("show cert", "show cert own tomcat", True),
        ("show cert own tomcat", "show cert own tomcat", True),
        ("show cert own tom", "show cert own tomcat", False),
        ("cert", "show cert own tomcat", False),
        (None, "show cert own tomcat", True),
    ],
)
def test_a_fault_names_the_beginning_of_a_command(ordered: Any, line: str, matches: bool) -> None:
    fault = Fault("drop-before", operation=ordered)
    assert fault.matches("C", "n", "cli", line) is matches
    assert not Fault("drop-before", operation="read").matches("C", "n", "certmgr", "read csr")


def test_a_fault_of_one_door_is_not_used_up_at_another(sim: RunningSimulator) -> None:
    sim.fault(kind="unavailable")
    sim.fault(kind="refuse-login")
    assert Client(sim.node(A)).certmgr("GET", "/snapshot/server").status_code == 503
    with pytest.raises(asyncssh.PermissionDenied):
        SshClient(sim.node(A), preferred_auth="password")
    log_in(sim).close()
