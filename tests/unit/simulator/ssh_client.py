# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A terminal session of an SSH client, driven step by step, and its certificate dialogues."""

from __future__ import annotations

import asyncio
import re
from types import TracebackType
from typing import Any

import asyncssh
from ansible_collections.ucops.cucm.tests.simulator.world import Node
from ansible_collections.ucops.cucm.tests.unit.simulator.support import ADMINISTRATOR

PROMPT = "admin:"
PASTE = "Paste the Certificate and Hit Enter"
SECONDS = 300
_CERTIFICATE = re.compile(r"-----BEGIN ([A-Z ]+)-----.+?-----END \1-----", re.DOTALL)
#: What the echo has where a line goes on in the next row.
_WRAP = re.compile(r" \r(?!\n)")
#: What reaches an OpenSSH 5.3.
OLD_ALGORITHMS: dict[str, Any] = {
    "server_host_key_algs": ["ssh-rsa"],
    "kex_algs": ["diffie-hellman-group14-sha1"],
    "encryption_algs": ["aes128-cbc"],
    "mac_algs": ["hmac-sha1"],
}


class SshClient:
    """One SSH connection with a terminal. `received` is everything that the node has sent."""

    def __init__(
        self,
        node: Node,
        account: tuple[str, str] = ADMINISTRATOR,
        *,
        size: tuple[int, int] = (80, 24),
        **options: Any,
    ) -> None:
        self._runner = asyncio.Runner()
        self.received = ""
        self._read = 0
        if node.cluster.topology.traits.old_ssh:
            options = {**OLD_ALGORITHMS, **options}
        try:
            self._runner.run(self._open(node, account, size, options))
        except BaseException:
            self._runner.close()
            raise

    async def _open(
        self, node: Node, account: tuple[str, str], size: tuple[int, int], options: dict[str, Any]
    ) -> None:
        self.connection = await asyncssh.connect(
            node.topology.address,
            node.ssh.port,
            username=account[0],
            password=account[1],
            known_hosts=asyncssh.import_known_hosts(f"[{node.topology.address}]:* {node.ssh.host_key}"),
            client_keys=None,
            agent_path=None,
            config=None,
            connect_timeout=SECONDS,
            **options,
        )
        self._process = await self.connection.create_process(term_type="vt100", term_size=size)

    def __enter__(self) -> SshClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection without a word."""
        self.connection.abort()
        self._runner.run(asyncio.sleep(0))
        self._runner.close()

    def send(self, text: str) -> None:
        """Type."""
        self._process.stdin.write(text)

    def expect(self, *endings: str, seconds: float = SECONDS) -> str:
        """What has come since the last time, up to where it ends in one of these."""
        return self._runner.run(self._expect(endings, seconds))

    async def _expect(self, endings: tuple[str, ...], seconds: float) -> str:
        async with asyncio.timeout(seconds):
            while not self.received[self._read :].endswith(endings):
                more = await self._process.stdout.read(65536)
                if not more:
                    raise EOFError(f"the session ended after {self.received[self._read :]!r}")
                self.received += more
        found, self._read = self.received[self._read :], len(self.received)
        return found

    def silence(self, seconds: float) -> str:
        """What comes in that time, which must not end the session."""
        try:
            self.expect("\0", seconds=seconds)
        except TimeoutError:
            pass
        return self.received[self._read :]

    def rest(self) -> str:
        """Everything up to the end of the session, which must come."""
        try:
            return self.expect("\0")
        except TimeoutError:
            raise
        except (EOFError, asyncssh.Error, OSError):
            return self.received[self._read :]

    def log_in(self, *, pagination: bool = False) -> SshClient:
        """Wait for the first prompt, and turn the pager off."""
        self.expect(PROMPT)
        if not pagination:
            assert self.command("set cli pagination off") == "Automatic pagination is turned off\n"
        return self

    def command(self, line: str, *, ending: str = PROMPT) -> str:
        """Type a line; what is printed between its echo and `ending`, with plain line ends."""
        self.send(f"{line}\n")
        text = _WRAP.sub("", self.expect(ending))
        assert text.startswith(f"{line}\r\n"), text
        assert "\n" not in text.replace("\r\n", "")
        return text.removeprefix(f"{line}\r\n").removesuffix(ending).replace("\r\n", "\n")

    def paste(self, line: str, pem: str) -> str:
        """A command that asks for a paste; what is printed after the paste."""
        assert self.command(line, ending=f"{PASTE}\r\n") == ""
        self.send(pem.rstrip("\n") + "\n")
        text = self.expect(PROMPT).removesuffix(PROMPT)
        return text.replace("\r\n", "\n").removeprefix(pem.rstrip("\n") + "\n")

    def generate(self, unit: str = "CallManager", unit_in_request: str = "no") -> str:
        """Generate a request and read it; returns PEM."""
        self.send(f"set csr gen {unit}\n")
        if self.expect(PROMPT, "(yes|no)? ").endswith("? "):
            self.command(unit_in_request)
        return pem_in(self.command(f"show csr own {unit}"))

    def certificate(self, unit: str = "CallManager") -> str:
        """The installed certificate in PEM."""
        return pem_in(self.command(f"show cert own {unit}"))


def pem_in(text: str) -> str:
    """The PEM object somewhere in a text."""
    found = _CERTIFICATE.search(text)
    assert found, text
    return found.group() + "\n"
