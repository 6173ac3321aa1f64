# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node that captures: its SSH shell with `utils network capture` and `file …`, its files over HTTPS.

What it prints is that of the published transcripts, or a variant that a test asks for.
"""

from __future__ import annotations

import re
import struct
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
from ansible_collections.ucops.cucm.tests.support import log_answers
from ansible_collections.ucops.cucm.tests.support.ssh_server import Node, SshServer, _Shell
from ansible_collections.ucops.cucm.tests.support.tls_server import Reply, TlsServer

DIRECTORY = "/var/log/active/platform/cli/"
LINE = "19:04:13.410944 IP CUCMA.42387 > 10.106.95.200.sip-tls: P 790302485:790303631(1146) ack 3661485150 win 182"


def capture_file(packets: int) -> bytes:
    """A classic capture with so many packets of 60 bytes."""
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
    return head + (struct.pack("<IIII", 1_700_000_000, 0, 60, 60) + b"\0" * 60) * packets


@dataclass
class CapturingNode(Node):
    """Files by name; what captures do."""

    files: dict[str, bytes] = field(default_factory=dict)
    #: Packets that come, at once; a capture of no more ends by itself.
    packets: int = 3
    #: What the node prints on the screen for each packet.
    line: str = LINE
    head: str = (
        "Executing command with options:\nsize=ALL count=10000 interface=eth0\nsrc=dest= port=5061\nip=\n"
    )
    ctrl_c: str = "Control-C pressed\n"
    #: Set while a capture runs.
    capturing: threading.Event = field(default_factory=threading.Event)
    interrupted: int = 0
    #: How `file delete` asks: the question, and what is yes. None: it does not.
    delete_question: tuple[str, str] | None = ('Enter "y" followed by return to continue: ', "y")
    deletes: bool = True
    lists: bool = True
    #: Where the node's SFTP server puts files, and what `file get` says in the end.
    sftp_root: Path | None = None
    sent_words: str = "Transfer completed."
    answers: list[str] = field(default_factory=list)
    https: TlsServer | None = None


class _CapturingShell(_Shell):
    _node: CapturingNode

    async def line(self, echo: bool, name: str | None) -> str:
        """Ctrl-C at a prompt begins a new line."""
        if name is not None:
            self._node.checkpoint(name)
        text = ""
        while (key := await self._key()) not in "\r\n\x04":
            text = "" if key == "\x03" else text + key
            if key == "\x03":
                await self._send("^C\r\nadmin:")
            elif echo:
                await self._send(key)
        if echo:
            await self._send("\r\n")
        return text

    async def _execute(self, command: str) -> None:
        words = command.split()
        handlers: dict[tuple[str, ...], Callable[[list[str]], Awaitable[None]]] = {
            ("utils", "network", "capture"): self._capture,
            ("file", "list", "activelog"): self._list_files,
            ("file", "get", "activelog"): self._get,
            ("file", "delete", "activelog"): self._delete_file,
        }
        handler = handlers.get(tuple(words[:3]))
        refused = any(command.startswith(prefix) for prefix in self._style.instead)
        if handler is None or refused:
            await super()._execute(command)
        else:
            await handler(words)

    async def _capture(self, words: list[str]) -> None:
        node = self._node
        count = int(words[words.index("count") + 1])
        name = f"{words[words.index('file') + 1]}.cap" if "file" in words else None
        await self.print(node.head)
        taken = min(count, node.packets)
        if name:
            node.files[name] = capture_file(taken)
        else:
            await self.print("".join(f"{node.line}\n" for _packet in range(taken)))
        node.capturing.set()
        node.checkpoint("capturing")
        try:
            while taken < count:
                key = await self._key()
                if key == "\x03":
                    node.interrupted += 1
                    await self.print(node.ctrl_c)
                    return
        finally:
            node.capturing.clear()

    async def _list_files(self, _words: list[str]) -> None:
        node = self._node
        if not node.lists:
            await self.print("Executed command unsuccessfully")
            return
        if not node.files:
            await self.print("no such file or directory can be found")
            return
        rows = [f"24 Nov,2026 10:00:00 {len(data):>14,}  {name}" for name, data in sorted(node.files.items())]
        await self.print("\n".join([*rows, f"dir count = 0, file count = {len(rows)}"]))

    async def _ask(self, question: str) -> str:
        await self.print(question, ends=False)
        answer = await self.line(self._style.echo, "answer")
        self._node.answers.append(answer)
        return answer

    async def _delete_file(self, words: list[str]) -> None:
        node = self._node
        name = words[3].rpartition("/")[2]
        if node.delete_question is not None:
            question, yes = node.delete_question
            await self.print(f"Delete the File {words[3]}?")
            if await self._ask(question) != yes:
                return
        node.checkpoint("before the removal")
        found = node.files.pop(name, None) is not None if node.deletes else False
        await self.print(f"files: found = {int(found)}, deleted = {int(found)}")

    async def _get(self, words: list[str]) -> None:
        node = self._node
        name = words[3].rpartition("/")[2]
        await self.print("Please wait while the system is gathering files info ...done.")
        await self.print(
            "Sub-directories were not traversed.\nNumber of files affected: 1\nTotal size in Bytes: 2702728"
        )
        questions = (
            "Would you like to proceed [y/n]? ",
            "SFTP server IP: ",
            "SFTP server port [22]: ",
            "User ID: ",
        )
        for question in questions:
            await self._ask(question)
        await self.print("Password: ", ends=False)
        node.answers.append(await self.line(False, "password"))
        await self.print("\nDownload directory: ", ends=False)
        directory = await self.line(self._style.echo, "answer")
        node.answers.append(directory)
        await self._ask("Are you sure you want to continue connecting (yes/no)? ")
        if node.sftp_root is not None:
            path = (
                node.sftp_root / directory.strip("/") / "192.0.2.203" / "active" / "platform" / "cli" / name
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(node.files[name])
        await self.print(f".\n{node.sent_words}")


@dataclass
class CapturingServer(SshServer):
    """The SSH server of a capturing node."""

    node: CapturingNode = field(default_factory=CapturingNode)

    async def _serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        self.node.log_ons += 1
        await _CapturingShell(self.node, process).run()


def files_over_https(node: CapturingNode, server: TlsServer) -> Reply:
    """Answers each request with the file that it asks for, or with the list of services."""

    def reply(connection: Any) -> bool:
        asked = log_answers.asked(server.requests[-1])
        if asked == "listNodeServiceLogs":
            return log_answers.services()(connection)
        data = node.files.get(re.sub(f"^{DIRECTORY}", "", asked))
        return (log_answers.absent(asked) if data is None else log_answers.file(data))(connection)

    return reply
