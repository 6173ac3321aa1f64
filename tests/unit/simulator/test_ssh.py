# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SSH server of a node: algorithms, host key, accounts, sessions."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator, running_simulator
from ansible_collections.ucops.cucm.tests.simulator.topology import CommandLine, topology_from
from ansible_collections.ucops.cucm.tests.unit.simulator.ssh_client import OLD_ALGORITHMS, SshClient
from ansible_collections.ucops.cucm.tests.unit.simulator.support import ADMINISTRATOR, hurried

# What old nodes speak is what the library warns of.
pytestmark = pytest.mark.filterwarnings("ignore:Diffie-Hellman over", "ignore:TripleDES")

RELEASES = ("9.1", "10.5", "11.5", "12.5", "14", "15")
OLD = ("9.1", "10.5", "11.5")
READER = {"username": "osreader", "password": "osreader-secret", "privilege": 0}
#: Whichever side finds first that there is no common algorithm ends the connection.
NO_AGREEMENT = (asyncssh.KeyExchangeFailed, asyncssh.ConnectionLost)
BANNER = (
    "Command Line Interface is starting up, please wait ...\r\n\r\n"
    "   Welcome to the Platform Command Line Interface\r\n\r\n"
    "VMware Installation:\r\n"
    "\t4 vCPU: Intel(R) Xeon(R) CPU E5-2643 0 @ 3.30GHz\r\n"
    "\tDisk 1: 110GB, Partitions aligned\r\n"
    "\t8192 Mbytes RAM\r\n\r\n"
)


def name(release: str) -> str:
    return f"pub-{release.replace('.', '-')}"


@pytest.fixture(scope="module")
def _one_of_each() -> Iterator[RunningSimulator]:
    administrators = [{"username": ADMINISTRATOR[0], "password": ADMINISTRATOR[1]}, READER]
    node = {"role": "publisher", "administrators": administrators}
    clusters = [
        {"name": release, "release": release, "nodes": [{**node, "name": name(release)}]}
        for release in RELEASES
    ]
    idle = {"name": "impatient", "release": "15", "nodes": [{**node, "name": "impatient-pub"}]}
    clusters.append({**idle, "command_line": {"idle_seconds": 0.2}})
    with running_simulator(hurried(topology_from({"clusters": clusters}))) as simulator:
        yield simulator


@pytest.fixture
def nodes(_one_of_each: RunningSimulator) -> RunningSimulator:
    """A publisher of each release, and an impatient one: there, sessions end after 0.2 s of idleness."""
    _one_of_each.reset()
    return _one_of_each


@pytest.mark.parametrize("release", RELEASES)
def test_greeting_of_the_transcripts(nodes: RunningSimulator, release: str) -> None:
    with SshClient(nodes.node(name(release))) as client:
        assert client.expect("admin:") == BANNER + "admin:"
        assert client.connection.get_extra_info("server_version") == (
            "SSH-2.0-OpenSSH_5.3" if release in OLD else "SSH-2.0-OpenSSH_8.0"
        )
    (login,) = nodes.requests.entries()
    assert (login.door, login.operation, login.path, login.status) == ("cli", "login", "osadmin", 200)


@pytest.mark.parametrize(
    ("what", "algorithm"),
    [
        ("kex_algs", "diffie-hellman-group14-sha1"),
        ("kex_algs", "diffie-hellman-group-exchange-sha1"),
        ("encryption_algs", "aes256-cbc"),
        ("encryption_algs", "3des-cbc"),
        ("encryption_algs", "aes128-ctr"),
        ("mac_algs", "hmac-md5"),
    ],
)
def test_what_an_old_node_speaks(nodes: RunningSimulator, what: str, algorithm: str) -> None:
    with SshClient(nodes.node(name("9.1")), **{what: [algorithm]}) as client:
        client.expect("admin:")


@pytest.mark.parametrize("release", OLD)
@pytest.mark.parametrize(
    ("what", "algorithm"),
    [
        ("server_host_key_algs", "rsa-sha2-256"),
        ("kex_algs", "curve25519-sha256"),
        ("kex_algs", "diffie-hellman-group14-sha256"),
        ("encryption_algs", "aes256-gcm@openssh.com"),
        ("mac_algs", "hmac-sha2-256"),
    ],
)
def test_what_an_old_node_has_never_heard_of(
    nodes: RunningSimulator, release: str, what: str, algorithm: str
) -> None:
    with pytest.raises(NO_AGREEMENT):
        SshClient(nodes.node(name(release)), **{what: [algorithm]})


@pytest.mark.parametrize("what", OLD_ALGORITHMS)
def test_a_new_node_has_dropped_the_old_algorithms(nodes: RunningSimulator, what: str) -> None:
    # A cipher that authenticates by itself would need no MAC.
    options = {"encryption_algs": ["aes128-ctr"], what: OLD_ALGORITHMS[what]}
    with pytest.raises(NO_AGREEMENT):
        SshClient(nodes.node(name("15")), **options)


def test_host_key_is_the_one_that_the_readiness_line_names(nodes: RunningSimulator) -> None:
    keys = set()
    for release in RELEASES:
        node = nodes.node(name(release))
        assert node.ssh.host_key.split()[0] == ("ssh-rsa" if release in OLD else "ssh-ed25519")
        key = asyncssh.import_public_key(node.ssh.host_key)
        assert node.ssh.host_key_fingerprint == key.get_fingerprint()
        keys.add(node.ssh.host_key)
    assert len(keys) == len(RELEASES)


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
def test_ways_to_log_in(nodes: RunningSimulator, release: str, method: str) -> None:
    node = nodes.node(name(release))
    if (release, method) == ("15", "password"):
        with pytest.raises(asyncssh.PermissionDenied):
            SshClient(node, preferred_auth=method)
        assert nodes.requests.entries() == []
        return
    with SshClient(node, preferred_auth=method) as client:
        client.expect("admin:")


@pytest.mark.parametrize("account", [("osadmin", "wrong"), ("administrator", "administrator-secret")])
def test_each_wrong_password_is_one_entry_of_the_request_log(
    nodes: RunningSimulator, account: tuple[str, str]
) -> None:
    with pytest.raises(asyncssh.PermissionDenied):
        SshClient(nodes.node(name("9.1")), account, preferred_auth="password")
    (login,) = nodes.requests.entries()
    assert (login.operation, login.status, login.path) == ("login", 401, account[0])
    assert account[1] not in str(login)


def test_six_wrong_passwords_end_the_connection(nodes: RunningSimulator) -> None:
    class Stubborn(asyncssh.SSHClient):
        def password_auth_requested(self) -> str:
            return "wrong"

    node = nodes.node(name("9.1"))

    async def connect() -> None:
        await asyncssh.connect(
            node.topology.address,
            node.ssh.port,
            client_factory=Stubborn,
            username="osadmin",
            preferred_auth="password",
            known_hosts=None,
            client_keys=None,
            agent_path=None,
            config=None,
            **OLD_ALGORITHMS,
        )

    with pytest.raises(asyncssh.DisconnectError, match="Too many authentication failures"):
        asyncio.run(connect())
    assert [entry.status for entry in nodes.requests.entries()] == [401] * 6


def test_exec_request_answers_with_the_banner_only(nodes: RunningSimulator) -> None:
    node = nodes.node(name("14"))

    async def ask() -> Any:
        async with asyncssh.connect(
            node.topology.address,
            node.ssh.port,
            username="osadmin",
            password="osadmin-secret",
            known_hosts=None,
            client_keys=None,
            agent_path=None,
            config=None,
        ) as connection:
            return await connection.run("show version active", timeout=300)

    done = asyncio.run(ask())
    assert done.stdout == BANNER
    assert [entry.operation for entry in nodes.requests.entries()] == ["login"]


def test_idle_session_is_ended(nodes: RunningSimulator) -> None:
    with SshClient(nodes.node("impatient-pub")) as client:
        client.expect("admin:")
        assert "idle" in client.rest()


def test_two_administrators_work_side_by_side(nodes: RunningSimulator) -> None:
    node = nodes.node(name("10.5"))
    with SshClient(node) as first, SshClient(node) as second:
        own = first.log_in().generate()
        other = second.log_in().generate()
        assert own != other
        assert first.command("show csr own CallManager").strip() == other.strip()


def test_reset_ends_sessions_and_keeps_port_and_key(nodes: RunningSimulator) -> None:
    node = nodes.node(name("11.5"))
    before = (node.ssh.port, node.ssh.host_key)
    with SshClient(node) as client:
        client.expect("admin:")
        nodes.reset()
        assert client.rest() == ""
    assert (node.ssh.port, node.ssh.host_key) == before
    with SshClient(node) as client:
        client.expect("admin:")


def test_delays_are_those_of_the_transcript_scaled_down() -> None:
    cluster = {"name": "C", "release": "11.5", "nodes": [{"name": "pub", "role": "publisher"}]}
    cluster["command_line"] = {"delay_factor": 0.1}
    with running_simulator(topology_from({"clusters": [cluster]})) as sim:
        begun = time.monotonic()
        with SshClient(sim.node("pub")) as ssh:
            ssh.expect("admin:")
            assert time.monotonic() - begun >= 0.86
            begun = time.monotonic()
            ssh.command("show version active")
            assert time.monotonic() - begun >= 0.48
    assert CommandLine().delay_factor == 0.01


@pytest.mark.skipif(shutil.which("ssh") is None, reason="OpenSSH's client is not installed")
@pytest.mark.parametrize("release", ["9.1", "14", "15"])
def test_openssh_as_an_independent_client(nodes: RunningSimulator, release: str, tmp_path: Path) -> None:
    node = nodes.node(name(release))
    askpass = tmp_path / "askpass"
    askpass.write_text('#!/bin/sh\necho "$SIMULATED_PASSWORD"\n')
    askpass.chmod(0o700)
    known_hosts = tmp_path / "known_hosts"
    known_hosts.write_text(f"[127.0.0.1]:{node.ssh.port} {node.ssh.host_key}\n")
    options = {
        "UserKnownHostsFile": known_hosts,
        "StrictHostKeyChecking": "yes",
        "NumberOfPasswordPrompts": "1",
        "PubkeyAuthentication": "no",
    }
    if release in OLD:
        options |= {
            "HostKeyAlgorithms": "ssh-rsa",
            "KexAlgorithms": "diffie-hellman-group14-sha1",
            "Ciphers": "aes128-cbc",
            "MACs": "hmac-sha1",
        }
    command = ["ssh", "-F", "none", "-tt", "-p", str(node.ssh.port)]
    for option, value in options.items():
        command += ["-o", f"{option}={value}"]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "SSH_ASKPASS": str(askpass),
        "SSH_ASKPASS_REQUIRE": "force",
        "SIMULATED_PASSWORD": "osadmin-secret",
    }
    with subprocess.Popen(
        [*command, "osadmin@127.0.0.1"],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            greeting = _read_until(process, b"admin:")
            process.stdin.write(b"show version active\n")
            process.stdin.flush()
            answer = _read_until(process, b"admin:")
            process.stdin.write(b"exit\n")
            process.stdin.flush()
            assert process.wait(10) == 0
        finally:
            process.kill()
    assert greeting.decode() == BANNER + "admin:"
    assert answer.startswith(b"show version active\r\n\r\nActive Master Version: ")


def _read_until(process: subprocess.Popen[bytes], ending: bytes) -> bytes:
    data = b""
    while not data.endswith(ending):
        more = os.read(process.stdout.fileno(), 4096)
        assert more, (data, process.stderr.read())
        data += more
    return data
