# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An SSH connection to one node with a terminal on it: trust, log-on, algorithms, bytes.

The library is asyncssh. Against a server with one algorithm of each kind of OpenSSH 5.3's time
(ssh-rsa; group1, group14 and group-exchange with SHA-1; aes128-cbc, 3des-cbc; hmac-sha1, hmac-md5)
asyncssh 2.24 made all 12 combinations, and keyboard-interactive alone too; paramiko 5.1 made none,
and paramiko 4.0 did but is the end of its line. asyncssh takes a list of algorithms for one
connection. The OpenSSH client did as well, but takes a password only through a helper program, and
needs what the system's policy may have removed.

Nothing of the user's SSH set-up counts but the known_hosts file: no configuration, agent or key.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
import socket
import struct
import warnings
from base64 import b64encode
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self, TypeVar

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AuthenticationFailed,
    CucmError,
    HostUnreachable,
    InvalidOption,
    UntrustedServer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.libraries import require

try:
    import asyncssh
    from asyncssh import SSHClient, SSHClientSession, SSHKey
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    SSHClient = SSHClientSession = object  # type: ignore[assignment,misc,unused-ignore]

_Got = TypeVar("_Got")

#: Seconds to wait for a TCP connection, as over HTTPS.
CONNECT_TIMEOUT = 10
#: Wide enough that no line of a certificate wraps, and so tall that a pager has little to do.
TERMINAL_SIZE = (200, 1000)

#: What is offered. chacha20-poly1305 and CBC are left out for what "Terrapin" does to them.
KEY_EXCHANGES = (
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group14-sha256",
)
CIPHERS = ("aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes192-ctr", "aes128-ctr")
MACS = ("hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512")
HOST_KEYS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
#: What is offered besides to the one node for which `ssh_allow_legacy_algorithms` is set.
LEGACY_KEY_EXCHANGES = (
    "diffie-hellman-group-exchange-sha1",
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group1-sha1",
)
LEGACY_CIPHERS = ("aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc")
LEGACY_MACS = ("hmac-sha1", "hmac-md5")
LEGACY_HOST_KEYS = ("ssh-rsa",)


def _algorithms(legacy: bool) -> dict[str, tuple[str, ...]]:
    """What is offered, by kind."""
    return {
        "key exchange": KEY_EXCHANGES + (LEGACY_KEY_EXCHANGES if legacy else ()),
        "host key": HOST_KEYS + (LEGACY_HOST_KEYS if legacy else ()),
        "cipher": CIPHERS + (LEGACY_CIPHERS if legacy else ()),
        "MAC": MACS + (LEGACY_MACS if legacy else ()),
    }


class HostKeyUnknown(UntrustedServer):
    """Nothing says which SSH host key the node has."""

    reason = "host_key_unknown"


class HostKeyChanged(UntrustedServer):
    """The node's SSH host key is another one than before, or a revoked one."""

    reason = "host_key_changed"


class NoCommonAlgorithm(CucmError):
    """The server offers only algorithms that are not offered to it."""

    reason = "no_common_algorithm"


@dataclass(frozen=True)
class SshOptions:
    """Where to connect, as whom, and which host key is right. `timeout` is in seconds."""

    host: str
    port: int
    username: str
    password: str = field(repr=False)
    host_key: str | None = None
    known_hosts: str | None = None
    allow_legacy_algorithms: bool = False
    timeout: int = 60

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> SshOptions:
        """Take the options out of a module's parameters; raises InvalidOption, MissingLibrary."""
        require("asyncssh")
        options = cls(
            host=params["host"],
            port=params["ssh_port"],
            username=params["username"],
            password=params["password"],
            host_key=params["ssh_host_key"] or None,
            known_hosts=params["ssh_known_hosts"] or None,
            allow_legacy_algorithms=params["ssh_allow_legacy_algorithms"],
            timeout=params["timeout"],
        )
        options.check()
        return options

    def check(self) -> None:
        """Refuse what can never work, before anything is sent."""
        if not 1 <= self.port <= 65535:
            raise InvalidOption(
                f"{self.port} is not a TCP port",
                host=self.host,
                option="ssh_port",
                remedy="Use a number from 1 to 65535",
            )
        if self.timeout < 1:
            raise InvalidOption(
                f"{self.timeout} is not a time limit",
                host=self.host,
                option="timeout",
                remedy="Use a number of seconds from 1 up",
            )
        _trust_of(self)

    @property
    def bare_host(self) -> str:
        """The host without the brackets that an IPv6 address may be written in."""
        return self.host[1:-1] if self.host.startswith("[") and self.host.endswith("]") else self.host

    @property
    def known_hosts_name(self) -> str:
        """The host as known_hosts spells it."""
        return self.bare_host if self.port == 22 else f"[{self.bare_host}]:{self.port}"


class Channel(Protocol):
    """The bytes of a terminal."""

    def read(self, timeout: float) -> bytes:
        """What has come, as soon as something has; empty when the other side hung up. TimeoutError."""

    def write(self, data: bytes) -> None:
        """Type; OSError when the other side hung up."""

    def close(self) -> None:
        """Hang up."""


@dataclass(frozen=True)
class _Trust:
    """The host keys that are right, and those that never are. A fingerprint is `SHA256:…`."""

    source: str
    keys: Sequence[SSHKey] = ()
    revoked: Sequence[SSHKey] = ()
    fingerprint: str | None = None

    def algorithms(self, offered: Sequence[str]) -> list[str]:
        """The types of known keys first, so that a server with several keys shows one that is known."""
        known = {key.get_algorithm() for key in self.keys}
        return sorted(offered, key=lambda name: _key_type(name) not in known)


def _key_type(algorithm: str) -> str:
    """The type of key that a host key algorithm uses: an RSA key signs in three ways."""
    return "ssh-rsa" if algorithm.startswith("rsa-sha2-") else algorithm


def _trust_of(options: SshOptions) -> _Trust:
    text = (options.host_key or "").strip()
    if text.upper().startswith("SHA256:"):
        return _Trust("ssh_host_key", fingerprint=_fingerprint_option(options, text[7:]))
    if text:
        try:
            return _Trust("ssh_host_key", keys=[_public_key(text)])
        except (asyncssh.KeyImportError, ValueError):
            raise _bad_host_key(options) from None
    return _known_hosts(options)


def _public_key(line: str) -> SSHKey:
    """A public key line, as in a .pub file or, with the host's name before it, as ssh-keyscan prints it."""
    found = re.search(r"\b((?:ssh|ecdsa)-[\w@.-]+\s+[A-Za-z0-9+/]+=*)(?:\s|$)", line)
    if found is None or "\n" in line:
        raise ValueError("not a public key")
    return asyncssh.import_public_key(found[1])


def _fingerprint_option(options: SshOptions, digits: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9+/]{43}=?", digits):
        raise _bad_host_key(options)
    return f"SHA256:{digits.rstrip('=')}"


def _bad_host_key(options: SshOptions) -> InvalidOption:
    return InvalidOption(
        "this is neither an OpenSSH public key nor a SHA-256 fingerprint of one",
        host=options.host,
        option="ssh_host_key",
        remedy="Give the line of the .pub file (ssh-ed25519 AAAA…), or SHA256: and 43 characters, as"
        " ssh-keygen -l prints it",
    )


def _known_hosts(options: SshOptions) -> _Trust:
    if options.known_hosts:
        paths = [os.path.expanduser(options.known_hosts)]
        if not Path(paths[0]).is_file():
            raise InvalidOption(
                f"there is no file {paths[0]}",
                host=options.host,
                option="ssh_known_hosts",
                remedy="Give the path of a file in the format of OpenSSH's known_hosts, or set ssh_host_key",
            )
    else:
        usual = ("~/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts")
        paths = [path for name in usual if Path(path := os.path.expanduser(name)).is_file()]
    try:
        # With a port of its own, the name alone would also match what is known of port 22.
        found = asyncssh.read_known_hosts(paths).match(options.known_hosts_name, "", None)
    except (OSError, ValueError) as error:
        raise InvalidOption(
            f"{' or '.join(paths)} cannot be read as known_hosts ({error})",
            host=options.host,
            option="ssh_known_hosts",
            remedy="Correct the file, or set ssh_host_key",
        ) from None
    return _Trust(" and ".join(paths) or "known_hosts", keys=found[0], revoked=found[2])


def fingerprint_of(key: SSHKey) -> str:
    """`SHA256:…`, as ssh-keygen -l prints it."""
    digest = hashlib.sha256(key.public_data).digest()
    return f"SHA256:{b64encode(digest).decode().rstrip('=')}"


def _judge_host_key(key: SSHKey, trust: _Trust, options: SshOptions) -> UntrustedServer | None:
    """None when the key is right."""
    shown = fingerprint_of(key)
    if key in trust.revoked:
        return _other_key(key, shown, f"a revoked one ({trust.source})", options)
    if trust.fingerprint:
        if shown == trust.fingerprint:
            return None
        return _other_key(key, shown, f"not the pinned one ({trust.fingerprint})", options)
    if key in trust.keys:
        return None
    if trust.keys:
        known = ", ".join(f"{other.get_algorithm()} {fingerprint_of(other)}" for other in trust.keys)
        return _other_key(key, shown, f"not the known one ({known}, from {trust.source})", options)
    return HostKeyUnknown(
        f"the node's SSH host key is not known; it is {key.get_algorithm()} with the fingerprint {shown}",
        host=options.host,
        operation="log on by SSH",
        option="ssh_host_key or ssh_known_hosts",
        remedy="Compare the fingerprint with what a session shows that you trust (the node's console, or a PC"
        f" that has logged on before: ssh-keygen -l -F '{options.known_hosts_name}'), then pin it:"
        f" ssh_host_key: '{shown}'",
        details=_shown(key, shown),
    )


def _other_key(key: SSHKey, shown: str, than: str, options: SshOptions) -> HostKeyChanged:
    return HostKeyChanged(
        f"THE NODE'S SSH HOST KEY IS {than}: the server shows {key.get_algorithm()} {shown}. Somebody may stand"
        " between; the password was not sent",
        host=options.host,
        operation="log on by SSH",
        option="ssh_host_key" if options.host_key else "ssh_known_hosts",
        remedy="Only if you know that the node was reinstalled: compare the fingerprint on the node's console,"
        " and then replace the old key in the option or in the file",
        details=_shown(key, shown),
    )


def _shown(key: SSHKey, shown: str) -> dict[str, str]:
    line = key.export_public_key().decode().strip()
    return {"presented_fingerprint": shown, "presented_host_key": line}


class _Client(SSHClient):  # type: ignore[misc,unused-ignore]
    """Judges the host key, and gives the password away once: accounts lock."""

    def __init__(self, options: SshOptions, trust: _Trust) -> None:
        self._options = options
        self._trust = trust
        self._password: str | None = options.password
        self.untrusted: UntrustedServer | None = None
        self.judged = False
        #: What the server asked for that is not the password.
        self.asked: str | None = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: SSHKey) -> bool:
        self.judged = True
        self.untrusted = _judge_host_key(key, self._trust, self._options)
        return self.untrusted is None

    def password_auth_requested(self) -> str | None:
        password, self._password = self._password, None
        return password

    def password_change_requested(self, prompt: str, lang: str) -> Any:
        self.asked = prompt.strip() or "a new password"
        return NotImplemented

    def kbdint_auth_requested(self) -> str | None:
        return "" if self._password is not None else None

    def kbdint_challenge_received(
        self, name: str, instructions: str, lang: str, prompts: Sequence[tuple[str, bool]]
    ) -> list[str] | None:
        if not prompts:  # words only
            return []
        if (
            len(prompts) == 1
            and not prompts[0][1]
            and (password := self.password_auth_requested()) is not None
        ):
            return [password]
        self.asked = self.asked or "; ".join(text.strip() for text, _echo in prompts)
        return None


class _Terminal(SSHClientSession):  # type: ignore[type-arg,misc,unused-ignore]
    """Keeps what comes until it is read."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.ended = False
        self.arrived = asyncio.Event()

    def data_received(self, data: bytes, datatype: Any) -> None:
        self.data += data
        self.arrived.set()

    def eof_received(self) -> bool:
        self.connection_lost(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.arrived.set()


class SshTerminal:
    """`Channel` over SSH. The event loop turns only while somebody waits."""

    def __init__(self, options: SshOptions) -> None:
        self._options = options
        self._loop = asyncio.new_event_loop()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._terminal = _Terminal()
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def read(self, timeout: float) -> bytes:
        terminal = self._terminal
        if not terminal.data:
            self._wait(asyncio.sleep(0), None)  # so that a wait of no time sees what has come by now
        if not terminal.data and not terminal.ended:
            self._wait(terminal.arrived.wait(), timeout)
        terminal.arrived.clear()
        data = bytes(terminal.data)
        terminal.data.clear()
        return data

    def write(self, data: bytes) -> None:
        if self._terminal.ended:
            raise ConnectionResetError("the other side hung up")
        self._channel.write(data)
        self._wait(asyncio.sleep(0), None)

    def close(self) -> None:
        if self._loop.is_closed():
            return
        if self._connection is not None:
            self._connection.close()
            with contextlib.suppress(OSError, asyncssh.Error):
                self._wait(self._connection.wait_closed(), 2)
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._wait(asyncio.sleep(0), None)
        self._loop.close()

    def _wait(self, what: Awaitable[_Got], timeout: float | None) -> _Got:
        return self._loop.run_until_complete(asyncio.wait_for(what, timeout))

    def _open(self) -> None:
        trust = _trust_of(self._options)
        host_keys = trust.algorithms(_algorithms(self._options.allow_legacy_algorithms)["host key"])
        alarm: HostKeyChanged | None = None
        while True:
            try:
                self._connect(trust, host_keys)
            except HostKeyChanged as error:
                # A fingerprint does not say of which type its key is, and a server shows one key of several.
                alarm = alarm or error
                shown = error.details["presented_host_key"].split()[0]
                host_keys = [name for name in host_keys if _key_type(name) != shown]
                if not trust.fingerprint or not host_keys:
                    raise alarm from None
            except (HostUnreachable, NoCommonAlgorithm) as error:
                raise alarm or error from None
            else:
                return

    def _connect(self, trust: _Trust, host_keys: Sequence[str]) -> None:
        options = self._options
        client = _Client(options, trust)
        plain = _tcp_connection(options)
        with contextlib.ExitStack() as undo, _errors_explained(options, client), _quiet():
            undo.callback(plain.close)
            connecting = asyncssh.connect(sock=plain, **self._settings(client, host_keys))
            self._connection = self._wait(connecting, options.timeout)
            undo.pop_all()
            opening = self._connection.create_session(
                lambda: self._terminal,
                request_pty="force",
                term_type="vt100",
                term_size=TERMINAL_SIZE,
                encoding=None,
            )
            self._channel, _terminal = self._wait(opening, options.timeout)

    def _settings(self, client: _Client, host_keys: Sequence[str]) -> dict[str, Any]:
        """Everything is said, so that neither a configuration file nor a default of the library counts."""
        options = self._options
        algorithms = _algorithms(options.allow_legacy_algorithms)
        return {
            "config": None,
            "client_factory": lambda: client,
            "known_hosts": ([], [], []),  # leaves the judgement to the client
            "username": options.username,
            "client_keys": None,
            "agent_path": None,
            "gss_host": None,
            "host_based_auth": False,
            "public_key_auth": False,
            # One 15.x tool reports a node that takes keyboard-interactive alone.
            "preferred_auth": "password,keyboard-interactive",
            "kex_algs": algorithms["key exchange"],
            "encryption_algs": algorithms["cipher"],
            "mac_algs": algorithms["MAC"],
            "server_host_key_algs": host_keys,
            "compression_algs": ("none",),
            "keepalive_interval": 0,
            "x509_trusted_certs": None,
            "connect_timeout": options.timeout,
            "login_timeout": options.timeout,
        }


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep cryptography's warnings about old algorithms off the screen: the option has allowed them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _tcp_connection(options: SshOptions) -> socket.socket:
    seconds = min(CONNECT_TIMEOUT, options.timeout)
    option: str | None = None
    try:
        plain = socket.create_connection((options.bare_host, options.port), seconds)
    except (socket.gaierror, UnicodeError) as error:
        what = f"the name cannot be resolved ({getattr(error, 'strerror', None) or error})"
        option, remedy = "host", "Check the name and this machine's DNS"
        raise _unreachable(options, what, remedy, option) from error
    except TimeoutError as error:
        what = f"no connection to port {options.port} within {seconds} s"
        remedy = "Check the address, the route and the firewall between this machine and the node"
        raise _unreachable(options, what, remedy, "ssh_port") from error
    except OSError as error:
        what = f"no connection to port {options.port} ({error.strerror or error})"
        remedy = "Check the address and the port, and that the node's System SSH service runs"
        raise _unreachable(options, what, remedy, "ssh_port") from error
    plain.setblocking(False)
    return plain


def _unreachable(options: SshOptions, what: str, remedy: str, option: str | None = None) -> HostUnreachable:
    return HostUnreachable(what, host=options.host, operation="log on by SSH", option=option, remedy=remedy)


@contextlib.contextmanager
def _errors_explained(options: SshOptions, client: _Client) -> Iterator[None]:
    """Turn what the library raises while it connects into errors of the collection."""
    try:
        yield
    except asyncssh.HostKeyNotVerifiable as error:
        raise client.untrusted or _no_session(options, error) from error
    except asyncssh.PermissionDenied as error:
        raise _log_on_refused(options, client) from error
    except asyncssh.ChannelOpenError as error:
        raise _unreachable(
            options,
            f"the log-on succeeded, but the node gives no terminal ({error.reason})",
            "The node may have as many sessions as it allows: close some, and run again",
        ) from error
    except TimeoutError as error:
        what = f"port {options.port} took the connection, but no SSH session came about within {options.timeout} s"
        remedy = (
            "Look at the load of the node, and that ssh_port is the port of SSH; raise the option timeout"
        )
        raise _unreachable(options, what, remedy) from error
    except (asyncssh.Error, OSError) as error:
        other = None if client.judged else _no_common_algorithm(options)
        raise other or _no_session(options, error) from error


def _no_session(options: SshOptions, error: Exception) -> HostUnreachable:
    why = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
    return _unreachable(
        options,
        f"no SSH session with port {options.port} ({why or type(error).__name__})",
        "Check that ssh_port is the node's SSH port, and that the node takes more sessions",
        "ssh_port",
    )


def _no_common_algorithm(options: SshOptions) -> NoCommonAlgorithm | None:
    """The error with what the server offers, None when that is not what is wrong.

    The server says it in its first packet, which is asked for again: which of two that find nothing
    in common hangs up first is a matter of chance, and then its packet may be lost.
    """
    offered = _offer_of(options)
    if offered is None:
        return None
    ours = _algorithms(options.allow_legacy_algorithms)
    missing = {kind: names for kind, names in offered.items() if not set(names) & set(ours[kind])}
    cipher = next((name for name in ours["cipher"] if name in offered["cipher"]), "")
    if "gcm" in cipher:  # it authenticates by itself
        missing.pop("MAC", None)
    if not missing:
        return None
    texts = [f"{kind}: {', '.join(names)}" for kind, names in missing.items()]
    if options.allow_legacy_algorithms:
        remedy = "See the SSH settings of the node: it offers nothing that this collection speaks"
    else:
        remedy = (
            "Old releases (11.5 has OpenSSH 5.3) know only old algorithms. To speak them with this node, and this"
            " node alone, set ssh_allow_legacy_algorithms: true for it"
        )
    return NoCommonAlgorithm(
        f"no SSH algorithm in common with the server ({'; '.join(texts)})",
        host=options.host,
        operation="log on by SSH",
        option="ssh_allow_legacy_algorithms",
        remedy=remedy,
        details={"offered": offered},
    )


def _offer_of(options: SshOptions) -> dict[str, list[str]] | None:
    """The algorithms in the server's SSH_MSG_KEXINIT (RFC 4253, 7.1); no more than a version is sent."""
    seconds = min(CONNECT_TIMEOUT, options.timeout)
    with contextlib.suppress(OSError, ValueError, IndexError, struct.error):
        with (
            socket.create_connection((options.bare_host, options.port), seconds) as plain,
            plain.makefile("rb") as stream,
        ):
            plain.sendall(b"SSH-2.0-ucops.cucm\r\n")
            lines = (stream.readline(256) for _turn in range(50))
            if not any(line.startswith(b"SSH-2.0") for line in lines):
                return None
            length, padding = struct.unpack(">IB", stream.read(5))
            packet = stream.read(min(length, 35_000) - 1)
        if packet[0] != 20 or len(packet) != length - 1:
            return None
        rest, lists = packet[17 : len(packet) - padding], []
        for _list in range(6):
            size = int.from_bytes(rest[:4], "big")
            names = rest[4 : 4 + size].decode("ascii").split(",")
            # Two extensions disguise themselves as key exchanges.
            lists.append([name for name in names if not name.startswith(("kex-strict-", "ext-info-"))])
            rest = rest[4 + size :]
        return {"key exchange": lists[0], "host key": lists[1], "cipher": lists[3], "MAC": lists[5]}
    return None


def _log_on_refused(options: SshOptions, client: _Client) -> AuthenticationFailed:
    if client.asked:
        return AuthenticationFailed(
            f"the node asks '{options.username}' for something other than the password: {client.asked[:200]}",
            host=options.host,
            operation="log on by SSH",
            remedy="Log on by hand once, and do what the node asks for (an expired password is changed there)",
            reason="more_than_password_asked",
        )
    return AuthenticationFailed(
        f"the node refused user name or password of '{options.username}' (SSH)",
        host=options.host,
        operation="log on by SSH",
        option="username or password",
        remedy="Certificates take the node's own OS administrator, not an application user; it was tried once"
        " only, since accounts lock",
    )
