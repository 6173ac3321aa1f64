# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SSH: algorithms, accounts, and what a client may open a channel for."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import asyncssh
from ansible_collections.ucops.cucm.tests.simulator.faults import AUTHENTICATION_KINDS
from ansible_collections.ucops.cucm.tests.simulator.journal import LoggedRequest
from ansible_collections.ucops.cucm.tests.simulator.shell.session import Shell, greeting
from ansible_collections.ucops.cucm.tests.simulator.shell.terminal import Terminal

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.topology import Administrator
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

# The library warns of every Diffie-Hellman exchange. Old nodes know no other.
warnings.filterwarnings("ignore", message="Diffie-Hellman over finite fields")
warnings.filterwarnings("ignore", message="TripleDES")

#: OpenSSH 5.3, less what no client has spoken for long.
_OLD: dict[str, Any] = {
    "server_version": "OpenSSH_5.3",
    "kex_algs": ["diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha1"],
    "encryption_algs": [
        *("aes128-ctr", "aes192-ctr", "aes256-ctr"),
        *("aes128-cbc", "3des-cbc", "aes192-cbc", "aes256-cbc"),
    ],
    "mac_algs": ["hmac-md5", "hmac-sha1"],
}
_MODERN: dict[str, Any] = {
    "server_version": "OpenSSH_8.0",
    "kex_algs": [
        *("curve25519-sha256", "ecdh-sha2-nistp256", "ecdh-sha2-nistp384"),
        *("diffie-hellman-group-exchange-sha256", "diffie-hellman-group14-sha256"),
    ],
    "encryption_algs": ["aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes128-ctr"],
    "mac_algs": ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256"],
}
_LOGIN_SECONDS = 120
#: As OpenSSH's MaxAuthTries.
_LOGIN_ATTEMPTS = 6


class SshConnections:
    """All SSH connections of one node."""

    def __init__(self, node: Node, private_key: bytes) -> None:
        self._node = node
        self._open: set[asyncssh.SSHServerConnection] = set()
        traits = node.cluster.topology.traits
        host_keys = asyncssh.load_keypairs([asyncssh.import_private_key(private_key)])
        if traits.old_ssh:
            for pair in host_keys:
                pair.host_key_algorithms = [b"ssh-rsa"]  # no signatures with SHA-2
        self._options = asyncssh.SSHServerConnectionOptions(
            server_factory=lambda: _Server(node, self._open),
            server_host_keys=host_keys,
            kbdint_auth=True,
            public_key_auth=False,
            gss_host=None,
            agent_forwarding=False,
            encoding=None,
            line_editor=False,
            login_timeout=_LOGIN_SECONDS,
            **(_OLD if traits.old_ssh else _MODERN),
        )

    async def serve(self, raw: socket.socket) -> None:
        """Serve one connection until it ends."""
        with contextlib.suppress(OSError, asyncssh.Error):
            connection = await asyncssh.run_server(raw, options=self._options)
            await connection.wait_closed()

    def abort(self) -> None:
        """Break every connection."""
        for connection in list(self._open):
            connection.abort()


class _Server(asyncssh.SSHServer):
    """Who may log in, and that a session is all there is."""

    def __init__(self, node: Node, opened: set[asyncssh.SSHServerConnection]) -> None:
        self._node = node
        self._opened = opened
        self._connection: asyncssh.SSHServerConnection | None = None
        self._account: Administrator | None = None
        self._refused = 0

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._opened.add(conn)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection is not None:
            self._opened.discard(self._connection)

    def password_auth_supported(self) -> bool:
        return self._node.cluster.topology.traits.password_login

    def kbdint_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return self._log_in(username, password)

    def get_kbdint_challenge(
        self, username: str, lang: str, submethods: str
    ) -> tuple[str, str, str, list[tuple[str, bool]]]:
        return "", "", "", [("Password: ", False)]

    def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> bool:
        return len(responses) == 1 and self._log_in(username, responses[0])

    def session_requested(self) -> asyncssh.SSHServerSession[bytes]:
        assert self._account is not None
        assert self._connection is not None
        return _Session(self._node, self._account, self._connection)

    def _log_in(self, username: str, password: str) -> bool:
        """Whether the account is right; the attempt stands in the request log."""
        node = self._node
        refused = node.cluster.world.faults.take(
            node.cluster.name, node.name, "cli", "login", AUTHENTICATION_KINDS
        )
        self._account = None if refused else self._find(username, password)
        node.cluster.world.requests.add(
            LoggedRequest(
                cluster=node.cluster.name,
                node=node.name,
                door="cli",
                operation="login",
                method="SSH",
                path=username,
                status=200 if self._account else 401,
                time=node.clock.text(),
            )
        )
        if self._account is None:
            self._refused += 1
            if self._refused >= _LOGIN_ATTEMPTS and self._connection is not None:
                self._connection.disconnect(
                    asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, "Too many authentication failures"
                )
        return self._account is not None

    def _find(self, username: str, password: str) -> Administrator | None:
        accounts = self._node.topology.administrators
        return next(
            (known for known in accounts if (known.username, known.password) == (username, password)), None
        )


class _Session(asyncssh.SSHServerSession[bytes]):
    """A session: the shell on a terminal, or an exec request, which gets the banner only."""

    def __init__(self, node: Node, account: Administrator, connection: asyncssh.SSHServerConnection) -> None:
        self._node = node
        self._account = account
        self._connection = connection
        self._channel: asyncssh.SSHServerChannel[bytes] | None = None
        self._terminal: Terminal | None = None
        self._size = (80, 24)
        self._has_terminal = False
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
        self._channel = chan

    def pty_requested(self, term_type: str, term_size: Any, term_modes: Any) -> bool:
        self._has_terminal = True
        self._set_size(*term_size[:2])
        return True

    def terminal_size_changed(self, width: int, height: int, pixwidth: int, pixheight: int) -> None:
        self._set_size(width, height)

    def _set_size(self, width: int, height: int) -> None:
        self._size = (width or 80, height or 24)
        if self._terminal is not None:
            self._terminal.size = self._size

    def shell_requested(self) -> bool:
        return True

    def exec_requested(self, command: str) -> bool:
        self._has_terminal = False
        return True

    def session_started(self) -> None:
        assert self._channel is not None
        self._task = asyncio.get_running_loop().create_task(self._run(self._channel))

    async def _run(self, channel: asyncssh.SSHServerChannel[bytes]) -> None:
        settings = self._node.cluster.topology.command_line
        terminal = self._terminal = Terminal(channel.write, settings, self._size)
        try:
            if self._has_terminal:
                await Shell(self._node, self._account, terminal, self._connection.abort).run()
            else:
                for pause, text in greeting(self._node):
                    await asyncio.sleep(pause * settings.delay_factor)
                    terminal.write(text)
        finally:
            if not channel.is_closing():
                channel.exit(0)

    def data_received(self, data: bytes, datatype: int | None) -> None:
        if self._terminal is not None:
            self._terminal.type(data)

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        if self._task is not None:
            self._task.cancel()
