# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A node's SSH server on 127.0.0.1 whose `admin:` shell does what a test tells it, wrong things too.

The dialogues are those of the published transcripts. Every step of every dialogue is a checkpoint
with a number and a name; the node can hang up at any one of them, so a test walks through all.
"""

from __future__ import annotations

import asyncio
import random
import re
import threading
import warnings
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncssh
from cryptography import x509
from cryptography.hazmat.primitives import serialization

PASSWORD = "ssh-server-secret"
USERNAME = "osadmin"

#: What an OpenSSH 5.3 offers at worst.
OLD = {
    "kex_algs": ("diffie-hellman-group1-sha1",),
    "encryption_algs": ("3des-cbc",),
    "mac_algs": ("hmac-md5",),
    "host_key_algs": (b"ssh-rsa",),
}
#: One key of each kind for the whole run, since keys take time.
KEYS = {
    "ed25519": asyncssh.generate_private_key("ssh-ed25519"),
    "other": asyncssh.generate_private_key("ssh-ed25519"),
    "rsa": asyncssh.generate_private_key("ssh-rsa", key_size=2048),
}
BANNER = """
Command Line Interface is starting up, please wait ...

   Welcome to the Platform Command Line Interface

VMware Installation:
\t2 vCPU: Intel(R) Xeon(R) CPU E5-4669 v4 @ 2.20GHz
\tDisk 1: 80GB, Partitions aligned
\t6144 Mbytes RAM
        WARNING: DNS unreachable

"""
#: The dump before the PEM; 14SU2 has other labels, and nobody may read either.
DUMP = """[
  Version: V3
  Serial Number: 5FF87B282B54DC8D42A315B568C9ADFF
  SignatureAlgorithm: SHA1withRSA (1.2.840.113549.1.1.5)
  Issuer Name: CN=CUCMA, OU=cisco, O=cisco, L=cisco, ST=cisco, C=IN
  Validity From: Mon Jan 05 10:05:36 IST 2015
           To:   Sat Jan 04 10:05:35 IST 2020
  Subject Name: CN=CUCMA, OU=cisco, O=cisco, L=cisco, ST=cisco, C=IN
]"""
PAGER = "\x1b[1mPress <enter> for 1 line, <space> for one page, or <q> to quit\x1b[0m\x1b[K"


@dataclass
class Style:
    """How this release, or this terminal, does it."""

    newline: str = "\r\n"
    banner: str = BANNER
    prompt: str = "admin:"
    never_prompts: bool = False
    #: The seed of the places at which output is cut; None sends each text in one piece.
    splits: int | None = None
    echo: bool = True
    echo_paste: bool = True
    #: Characters that are taken of what arrives at once; what is above is lost.
    keystrokes: int | None = None
    #: Lines a page, when something pages.
    page: int | None = None
    asks_ou: bool = False
    csr_made: str = "Successfully Generated CSR  for {unit}"
    paste_prompt: str = "Paste the Certificate and Hit Enter"
    #: Lines after the END line until the paste counts as ended.
    blank_lines: int = 0
    needs_end_of_file: bool = False
    csr_by_path: bool = True
    wants_ca_file: bool = False
    delete_unit_suffix: str = "-trust"
    delete_question: str | None = "Do you want to delete the certificate (yes|no)?"
    #: Command prefix → what is printed instead of doing it.
    instead: dict[str, str] = field(default_factory=dict)
    #: Seconds that the node takes for each command.
    delay: float = 0.0
    first_prompt: float = 0.0


class _HangUp(Exception):
    pass


@dataclass
class Node:
    """What a node has. Certificates are PEM texts; a trust store is file name → PEM."""

    identities: dict[str, str] = field(default_factory=dict)
    csrs: dict[str, str] = field(default_factory=dict)
    trust: dict[str, dict[str, str]] = field(default_factory=dict)
    style: Style = field(default_factory=Style)
    #: Makes the CSR of a unit.
    make_csr: Callable[[str], str] = lambda _unit: ""
    #: Called before each command, for what others do at the same time.
    meanwhile: Callable[[str], None] = lambda _command: None

    hang_up_at: int | None = None
    points: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    #: What changed something, in the end.
    journal: list[str] = field(default_factory=list)
    log_ons: int = 0
    passwords: int = 0
    slept: float = 0.0

    def checkpoint(self, name: str) -> None:
        self.points.append(name)
        if self.hang_up_at == len(self.points) - 1:
            raise _HangUp

    def import_certificate(self, words: Sequence[str], pem: str) -> str:
        kind, unit = words[3], words[4]
        try:
            certificate = x509.load_pem_x509_certificate(pem.encode())
        except ValueError:
            return "Certificate is not in PEM format"
        if kind == "trust":
            self.trust.setdefault(f"{unit}-trust", {})[file_name(certificate)] = pem
        else:
            if unit not in self.csrs:
                return f"File /usr/local/platform/.security/{unit}/keys/{unit}.csr Does Not Exist"
            if _spki(x509.load_pem_x509_csr(self.csrs[unit].encode())) != _spki(certificate):
                return "CSR Public Key and Certificate Public Key Do Not Match"
            names = self.trust.get(f"{unit}-trust", {})
            issuers = {x509.load_pem_x509_certificate(text.encode()).subject for text in names.values()}
            if certificate.issuer not in issuers or (self.style.wants_ca_file and words[5:6] == []):
                return "CA Certificate is Not Available in the Trust-Store"
            self.identities[unit] = pem
            del self.csrs[unit]
        self.journal.append(" ".join(words))
        return (
            f"Successfully imported certificate for {unit}.\n"
            f"Please restart services related to {unit} for the new certificate to\nbecome active."
        )


def _spki(item: Any) -> bytes:
    return item.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def file_name(certificate: x509.Certificate) -> str:
    """The name that a trust store gives a certificate."""
    name = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)[0].value
    return f"{str(name).replace(' ', '_')}.pem"


class _Shell:
    """One session."""

    def __init__(self, node: Node, process: asyncssh.SSHServerProcess[bytes]) -> None:
        self._node = node
        self._style = node.style
        self._process = process
        self._typed = ""
        self._random = random.Random(self._style.splits)

    async def run(self) -> None:
        try:
            await self._dialogue()
        except (_HangUp, asyncssh.BreakReceived, OSError, EOFError):
            pass
        # Not exit(): a node that hangs up says nothing.
        self._process.channel.get_connection().abort()

    async def _dialogue(self) -> None:
        style = self._style
        self._node.checkpoint("log on")
        await self._wait(style.first_prompt)
        await self._send(style.banner.replace("\n", style.newline))
        self._node.checkpoint("banner")
        if style.never_prompts:
            await self._key()
            raise _HangUp
        await self.print(style.prompt, ends=False)
        while (
            command := await self.line(style.echo, f"typing of a command {len(self._node.commands)}")
        ) != "exit":
            if command:
                self._node.commands.append(command)
                self._node.meanwhile(command)
                self._node.checkpoint(f"before {command}")
                await self._wait(style.delay)
                await self._execute(command)
                self._node.checkpoint(f"after {command}")
            await self.print(style.prompt, ends=False)

    async def _wait(self, seconds: float) -> None:
        self._node.slept += seconds
        await asyncio.sleep(seconds)

    async def _execute(self, command: str) -> None:
        for prefix, text in self._style.instead.items():
            if command.startswith(prefix):
                await self.print(text)
                return
        words = command.split()
        handlers: dict[tuple[str, ...], Callable[[list[str]], Awaitable[None]]] = {
            ("set", "cli", "pagination", "off"): self._pagination,
            ("show", "cert", "list", "own"): self._list_own,
            ("show", "cert", "list", "trust"): self._list_trust,
            ("show", "cert", "own"): self._show_own,
            ("show", "cert", "trust"): self._show_trust,
            ("show", "csr", "list", "own"): self._list_csr,
            ("show", "csr", "own"): self._show_csr,
            ("set", "csr", "gen"): self._generate,
            ("set", "cert", "import"): self._import,
            ("set", "cert", "delete"): self._delete,
        }
        for size in (4, 3):
            if handler := handlers.get(tuple(words[:size])):
                await handler(words)
                return
        await self.print("Executed command unsuccessfully\nNo valid command entered")

    async def _pagination(self, _words: list[str]) -> None:
        await self.print("Automatic pagination is turned off")

    async def _list_own(self, _words: list[str]) -> None:
        text = "Self-signed certificate generated by system"
        await self.print(
            "".join(f"{unit}/{unit}.pem: {text}\n" for unit in self._node.identities), ends=False
        )

    async def _list_trust(self, _words: list[str]) -> None:
        rows = [
            f"{unit}/{name}: Trust Certificate" for unit, store in self._node.trust.items() for name in store
        ]
        await self.print("\n".join(rows))

    async def _show_own(self, words: list[str]) -> None:
        await self._dump(self._node.identities.get(words[3].split("/")[0]))

    async def _show_trust(self, words: list[str]) -> None:
        unit, _slash, name = words[3].partition("/")
        await self._dump(self._node.trust.get(unit, {}).get(name))

    async def _dump(self, pem: str | None) -> None:
        await self.print(DUMP + pem.strip() if pem else "Certificate not found")

    async def _list_csr(self, _words: list[str]) -> None:
        await self.print("\n".join(f"{unit}/{unit}.csr" for unit in self._node.csrs))

    async def _show_csr(self, words: list[str]) -> None:
        unit, slash, _name = words[3].partition("/")
        found = self._node.csrs.get(unit) if bool(slash) == self._style.csr_by_path else None
        await self.print(found.strip() if found else "No such CSR")

    async def _generate(self, words: list[str]) -> None:
        unit = words[3]
        if self._style.asks_ou:
            await self.print("Include OU in CSR (yes|no)? ", ends=False)
            if await self.line(self._style.echo, "answer") not in ("yes", "no"):
                await self.print("Please answer yes or no")
                return
        self._node.checkpoint("before the CSR is made")
        self._node.csrs[unit] = self._node.make_csr(unit)
        self._node.journal.append(f"set csr gen {unit}")
        self._node.checkpoint("after the CSR is made")
        await self.print(self._style.csr_made.format(unit=unit))

    async def _import(self, words: list[str]) -> None:
        await self.print(self._style.paste_prompt)
        lines = [await self.line(self._style.echo_paste, "paste")]
        while "-----END" not in lines[-1]:
            lines.append(await self.line(self._style.echo_paste, None))
        for _line in range(self._style.blank_lines):
            await self.line(self._style.echo_paste, None)
        if self._style.needs_end_of_file:
            while await self._key() != "\x04":
                pass
        self._node.checkpoint("before the import")
        answer = self._node.import_certificate(words, "\n".join([*lines, ""]))
        self._node.checkpoint("after the import")
        await self.print(answer)

    async def _delete(self, words: list[str]) -> None:
        if self._style.delete_question:
            await self.print(self._style.delete_question + " ", ends=False)
            if await self.line(self._style.echo, "answer") not in ("yes", "y"):
                return
        unit = words[3].removesuffix("-trust")
        store = self._node.trust.get(f"{unit}-trust", {})
        if words[3] != unit + self._style.delete_unit_suffix or words[4] not in store:
            await self.print("Certificate not found")
            return
        self._node.checkpoint("before the removal")
        del store[words[4]]
        self._node.journal.append(" ".join(words))
        self._node.checkpoint("after the removal")

    async def print(self, text: str, *, ends: bool = True) -> None:
        """Print lines, page after page where something pages."""
        text = text.strip("\n") + "\n" if ends and text else text
        lines = text.splitlines(keepends=True)
        size = self._style.page or len(lines) or 1
        for start in range(0, len(lines), size):
            if start:
                await self._send(PAGER)
                key = await self._key()
                await self._send("\r" + " " * 70 + "\r")
                if key == "q":
                    return
            await self._send("".join(lines[start : start + size]).replace("\n", self._style.newline))

    async def _send(self, text: str) -> None:
        data = text.encode()
        while data:
            size = len(data) if self._style.splits is None else self._random.randint(1, 40)
            self._process.stdout.write(data[:size])
            data = data[size:]
            if data:
                await asyncio.sleep(0)

    async def _key(self) -> str:
        if not self._typed:
            data = await self._process.stdin.read(4096)
            if not data:
                raise EOFError
            self._typed = data.decode()[: self._style.keystrokes]
        key, self._typed = self._typed[0], self._typed[1:]
        return key

    async def line(self, echo: bool, name: str | None) -> str:
        """A line as the terminal driver gives it to the program."""
        if name is not None:
            self._node.checkpoint(name)
        text = ""
        while (key := await self._key()) not in "\r\n\x04":
            text += key
            if echo:
                await self._send(key)
        if echo:
            await self._send("\r\n")
        return text


class _Server(asyncssh.SSHServer):
    def __init__(self, server: SshServer) -> None:
        self._server = server

    def begin_auth(self, username: str) -> bool:
        return True

    def password_auth_supported(self) -> bool:
        return "password" in self._server.methods

    def kbdint_auth_supported(self) -> bool:
        return "keyboard-interactive" in self._server.methods

    def validate_password(self, username: str, password: str) -> bool:
        self._server.node.passwords += 1
        if self._server.expired:
            raise asyncssh.PasswordChangeRequired("Your password has expired")
        return (username, password) == (USERNAME, PASSWORD)

    def get_kbdint_challenge(self, username: str, lang: str, submethods: str) -> Any:
        return "", "", "", self._server.challenge

    def validate_kbdint_response(self, username: str, responses: Sequence[str]) -> bool:
        self._server.node.passwords += 1
        return (username, list(responses)) == (USERNAME, [PASSWORD])


@dataclass
class SshServer:
    """Serves a node in a thread of its own, until the block ends."""

    node: Node = field(default_factory=Node)
    keys: Sequence[str] = ("ed25519",)
    methods: Sequence[str] = ("password", "keyboard-interactive")
    challenge: Sequence[tuple[str, bool]] = (("Password: ", False),)
    expired: bool = False
    #: Algorithms, as asyncssh takes them.
    algorithms: dict[str, Any] = field(default_factory=dict)
    port: int = 0

    def __enter__(self) -> SshServer:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()
        self._acceptor = self._do(self._listen())
        self.port = self._acceptor.get_port()
        return self

    def __exit__(self, *_exc: object) -> None:
        self._do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def public_key(self) -> str:
        """As in a .pub file."""
        return KEYS[self.keys[0]].export_public_key().decode().strip()

    @property
    def fingerprint(self) -> str:
        """`SHA256:…`."""
        return KEYS[self.keys[0]].get_fingerprint()

    def _do(self, what: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(10)

    async def _listen(self) -> asyncssh.SSHAcceptor:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return await asyncssh.create_server(
                lambda: _Server(self),
                "127.0.0.1",
                0,
                server_host_keys=self._key_pairs(),
                server_version="OpenSSH_5.3" if self.algorithms else "OpenSSH_9.2",
                process_factory=self._serve,
                encoding=None,
                line_editor=False,
                **{kind: names for kind, names in self.algorithms.items() if kind != "host_key_algs"},
            )

    def _key_pairs(self) -> Sequence[Any]:
        """The host keys; asyncssh has no option for the algorithms that a server signs with."""
        pairs = asyncssh.load_keypairs([KEYS[key] for key in self.keys])
        if names := self.algorithms.get("host_key_algs"):
            for pair in pairs:
                pair.host_key_algorithms = pair.sig_algorithms = names
        return pairs

    async def _serve(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        self.node.log_ons += 1
        if process.command is not None or process.term_type is None:
            # An exec request gets the banner and nothing else.
            process.stdout.write(BANNER.encode())
            process.exit(0)
            return
        await _Shell(self.node, process).run()

    async def _stop(self) -> None:
        self._acceptor.close()
        await self._acceptor.wait_closed()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def sent_passwords(text: str) -> bool:
    """Whether the password stands in a text, whatever its spelling."""
    return re.search(re.escape(PASSWORD), text, re.IGNORECASE) is not None
