# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""cucm_packet_capture and log collection against simulated nodes of releases 9.1 to 15."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
import time
import warnings
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    CONNECTION_ARGUMENTS,
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import PermissionDenied
from ansible_collections.ucops.cucm.plugins.module_utils._modules import (
    cucm_packet_capture,
    tls_capture_info,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform import capture, shell
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.log_collection import (
    FileAbsent,
    LogCollection,
)
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator, running_simulator
from ansible_collections.ucops.cucm.tests.simulator.topology import (
    ClusterTopology,
    NodeTopology,
    Topology,
    default_topology,
)
from ansible_collections.ucops.cucm.tests.unit.simulator.support import add_trunk, hurried

#: A node of each release: with GetOneFile, and without.
NODES = ("cucma-pub", "cucm10-pub", "ten-pub", "nine-pub")


@pytest.fixture(scope="module", name="running")
def _running() -> Iterator[RunningSimulator]:
    old = (
        ClusterTopology("NINE", "9.1", (NodeTopology("nine-pub", "publisher"),)),
        ClusterTopology("TEN", "10.5", (NodeTopology("ten-pub", "publisher"),)),
    )
    with running_simulator(hurried(Topology((*default_topology().clusters, *old)))) as simulator:
        yield simulator


@pytest.fixture(name="simulator")
def _simulator(running: RunningSimulator, monkeypatch: pytest.MonkeyPatch) -> RunningSimulator:
    monkeypatch.setattr(shell, "AFTER_CTRL_C", 0.05)
    monkeypatch.setattr(capture, "START_SILENCE", 0.1)
    running.clear_faults()
    running.reset()
    return running


def options(simulator: RunningSimulator, name: str) -> dict[str, Any]:
    """Connection options with the accounts that each node has by default."""
    node = simulator.node(name)
    administrator, user = node.topology.administrators[0], node.cluster.topology.users[0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        algorithms = ["ssh-rsa", "rsa-sha2-256", "ssh-ed25519", "ecdsa-sha2-nistp256"]
        key = asyncio.run(
            asyncssh.get_server_host_key(
                node.topology.address,
                node.ssh.port,
                config=None,
                server_host_key_algs=algorithms,
                kex_algs=["diffie-hellman-group14-sha1", "diffie-hellman-group14-sha256"],
            )
        )
    assert key is not None
    return {
        "host": node.topology.address,
        "port": node.web.port,
        "validate_certs": False,
        "allow_legacy_tls": True,
        "username": administrator.username,
        "password": administrator.password,
        "serviceability_username": user.username,
        "serviceability_password": user.password,
        "ssh_port": node.ssh.port,
        "ssh_host_key": key.get_fingerprint(),
        "ssh_allow_legacy_algorithms": True,
        "timeout": 20,
    }


def run(asked: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    definition, context = cucm_packet_capture.DEFINITION, Context()
    validation = ArgumentSpecValidator(dict(definition.argument_spec), **definition.rules()).validate(asked)
    assert validation.error_messages == []
    return definition.run(validation.validated_parameters, context), context.warnings


def say_hello(address: str, port: int, ready: Path) -> None:
    """Connect to a SIP port over TLS, without a certificate, once the capture runs."""
    deadline = time.monotonic() + 600
    while not ready.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context.minimum_version = ssl.TLSVersion.TLSv1
    with (
        contextlib.suppress(OSError),
        socket.create_connection((address, port), 10) as plain,
        context.wrap_socket(plain),
    ):
        pass


@pytest.mark.parametrize("name", NODES)
def test_a_handshake_is_captured(simulator: RunningSimulator, name: str, tmp_path: Path) -> None:
    asked = {
        **options(simulator, name),
        "dest": str(tmp_path / "packets.cap"),
        "ready_path": str(tmp_path / "running"),
        "count": 8,
        "duration": 60,
    }
    node = simulator.node(name)
    # Without a trunk over TLS, no node listens for one.
    add_trunk(simulator, node.cluster.name, NODES[NODES.index(name) - 1], "peer", "9XXX")
    client = threading.Thread(
        target=say_hello, args=(node.topology.address, node.sip.port, tmp_path / "running")
    )
    client.start()
    result, warned = run(asked)
    client.join(30)
    assert warned == []
    assert result["packets"] == 8
    assert result["bytes"] == (tmp_path / "packets.cap").stat().st_size
    assert (result["fetched_by"], result["deleted"], result["ended_by"]) == ("https", True, "count")
    assert simulator.do(node.wiretap.files) == []
    assert list(tmp_path.iterdir()) == [tmp_path / "packets.cap"]
    read = tls_capture_info.DEFINITION.run(
        {"path": result["path"], "port": [node.sip.port, 5061], "address": None, "max_connections": 10},
        Context(),
    )
    assert (read["truncated"], read["packets"]) == (False, result["packets"])
    assert read["connections"][0]["server_chain"]


@pytest.mark.parametrize("name", ["cucma-pub", "nine-pub"])
def test_by_sftp(simulator: RunningSimulator, name: str, tmp_path: Path) -> None:
    """A real SFTP server takes the file, in the tree that the node makes."""
    (tmp_path / "root" / "captures").mkdir(parents=True)
    with sftp_server(tmp_path / "root") as port:
        asked = {
            **options(simulator, name),
            "dest": str(tmp_path / "packets.cap"),
            "duration": 1,
            "fetch": "sftp",
            "sftp": {
                "host": "127.0.0.1",
                "port": port,
                "username": "collector",
                "password": "sftp-secret",
                "directory": "/captures",
                "local_directory": str(tmp_path / "root" / "captures"),
            },
        }
        result, warned = run(asked)
        assert warned == []
        assert (result["fetched_by"], result["bytes"], result["deleted"]) == ("sftp", 24, True)
        asked["sftp"]["password"] = "wrong"
        with pytest.raises(capture.NotSent, match="did not send the capture"):
            run(asked)
    assert simulator.do(simulator.node(name).wiretap.files) == []


@pytest.mark.parametrize("name", NODES)
def test_log_collection(simulator: RunningSimulator, name: str, tmp_path: Path) -> None:
    """Requests that are valid by the schema of the WSDL; the right way to a file in each release."""
    asked = options(simulator, name)
    asked.update(username=asked["serviceability_username"], password=asked["serviceability_password"])
    connection = {option: asked.get(option) for option in CONNECTION_ARGUMENTS}
    node = simulator.node(name)

    def leave_a_capture() -> None:
        node.wiretap.record("packets").stop()

    simulator.do(leave_a_capture)
    now = simulator.do(node.clock.now)
    simulator.requests.clear()
    with HttpSession(ConnectionOptions(**connection)) as session:
        logs = LogCollection(session)
        logs.check_access()
        window = (now - timedelta(hours=1), now + timedelta(hours=1))
        files = logs.list_files(["Cisco CallManager"], *window, ["Packet Capture Logs"])
        found = next(file for file in files if file.name == "packets.cap")
        assert found.size == 24
        assert (
            logs.list_files([], *(moment - timedelta(days=1) for moment in window), ["Packet Capture Logs"])
            == []
        )
        assert logs.download(found.path, tmp_path / "first", max_bytes=100) == 24
        assert logs.download(found.path, tmp_path / "second", max_bytes=100) == 24
        with pytest.raises(FileAbsent):
            logs.download(f"{found.path}x", tmp_path / "third", max_bytes=100, wait=0)
    expected = (
        [200, 200, 200, 200, 200, 500]
        if name in ("cucma-pub", "cucm10-pub")
        else [200, 200, 200, 500, 200, 200, 500]
    )
    assert [entry.status for entry in simulator.requests.entries() if entry.door != "cli"] == expected


def test_an_account_without_the_role(simulator: RunningSimulator, tmp_path: Path) -> None:
    asked = {
        **options(simulator, "cucma-pub"),
        "serviceability_username": "reader",
        "serviceability_password": "reader-secret",
        "dest": str(tmp_path / "packets.cap"),
    }
    with pytest.raises(PermissionDenied, match="Standard RealtimeAndTraceCollection"):
        run(asked)


@contextlib.contextmanager
def sftp_server(root: Path) -> Iterator[int]:
    """An SFTP server on 127.0.0.1 with one account, in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    class Account(asyncssh.SSHServer):
        def password_auth_supported(self) -> bool:
            return True

        def validate_password(self, username: str, password: str) -> bool:
            return (username, password) == ("collector", "sftp-secret")

    async def listen() -> asyncssh.SSHAcceptor:
        return await asyncssh.create_server(
            Account,
            "127.0.0.1",
            0,
            server_host_keys=[asyncssh.generate_private_key("ssh-ed25519")],
            sftp_factory=lambda channel: asyncssh.SFTPServer(channel, chroot=str(root).encode()),
        )

    async def stop() -> None:
        acceptor.close()
        await acceptor.wait_closed()

    acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result(30)
    try:
        yield acceptor.get_port()
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
