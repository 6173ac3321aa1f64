# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`file list`, `file get` and `file delete`: traces and captures. `get` really sends them by SFTP."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.tests.simulator import node_files
from ansible_collections.ucops.cucm.tests.simulator.node_files import ACTIVE_LOG, NodeFile
from ansible_collections.ucops.cucm.tests.simulator.shell.refusal import Refused

if TYPE_CHECKING:
    import asyncssh
    from ansible_collections.ucops.cucm.tests.simulator.shell.session import Run

REFUSED = "Executed command unsuccessfully\nNo valid command entered"
NOT_FOUND = "no such file or directory can be found"
_LIST_OPTIONS = ("page", "detail", "reverse", "date", "size")
_DELETE_OPTIONS = ("detail", "noconfirm")
_SFTP_PORT = 22
#: Seconds for a connection to an SFTP server, and for a whole transfer.
_CONNECT_SECONDS, _TRANSFER_SECONDS = 10.0, 60.0
#: From this release on, an answer other than y and n is asked for again in other words.
_ASKS_AGAIN = 15


def _files(run: Run) -> list[NodeFile]:
    """What the first argument names: a file, a pattern or a directory; raises Refused."""
    path = ACTIVE_LOG + run.arguments[0].lstrip("/")
    if ".." in PurePosixPath(path).parts:
        raise Refused(NOT_FOUND)
    found = node_files.matching(run.node, path) or node_files.matching(run.node, f"{path.rstrip('/')}/*")
    if not found:
        raise Refused(NOT_FOUND)
    return found


def _options(run: Run, known: Sequence[str]) -> set[str]:
    if not set(run.arguments[1:]) <= set(known):
        raise Refused(REFUSED)
    return set(run.arguments[1:])


async def list_files(run: Run) -> str:
    """Names, or with `detail` also dates and sizes."""
    options = _options(run, _LIST_OPTIONS)
    found = run.carry_out(lambda: _files(run))
    if "date" in options:
        found.sort(key=lambda file: file.modified)
    elif "size" in options:
        found.sort(key=lambda file: len(file.on_disk))
    if "reverse" in options:
        found.reverse()
    lines = [_detail(file) if "detail" in options else file.name for file in found]
    return "\n".join([*lines, f"dir count = 0, file count = {len(found)}"])


def _detail(file: NodeFile) -> str:
    return f"{file.modified:%d %b,%Y %H:%M:%S} {len(file.on_disk):>14,}  {file.name}"


async def delete_files(run: Run) -> str:
    """Remove files, after a question unless `noconfirm` is given."""
    options = _options(run, _DELETE_OPTIONS)
    found = _files(run)
    if "noconfirm" not in options:
        run.terminal.write(f"Delete the File {run.arguments[0]}?\n")
        if await run.ask('Enter "y" followed by return to continue: ') != "y":
            return "Delete command cancelled"

    def remove() -> list[str]:
        return [file.name for file in found if node_files.delete(run.node, file.path)]

    deleted = run.carry_out(remove)
    listed = [f"deleted {name}" for name in deleted] if "detail" in options else []
    return "\n".join([*listed, f"files: found = {len(found)}, deleted = {len(deleted)}"])


@dataclass(frozen=True)
class _Target:
    """Where files go to."""

    host: str
    port: int
    username: str
    password: str
    directory: str


async def get_files(run: Run) -> str:
    """Send files to an SFTP server. They land below the directory, in a tree of their own."""
    run.terminal.write("Please wait while the system is gathering files info ...")
    await run.terminal.pause(1.0)
    try:
        found = _files(run)
    finally:
        run.terminal.write("done.\n")
    size = sum(len(file.on_disk) for file in found)
    run.terminal.write(
        "Sub-directories were not traversed.\n"
        f"Number of files affected: {len(found)}\n"
        f"Total size in Bytes: {size}\n"
        f"Total size in Kbytes: {round(size / 1024, 4)}\n"
    )
    if not await _proceeds(run):
        return ""
    target = await _ask_target(run)
    key = await _host_key(target)
    await _accept(run, target, key)
    await run.perform(_send(run, target, key, found))
    return "Transfer completed."


async def _proceeds(run: Run) -> bool:
    answer = await run.ask("Would you like to proceed [y/n]? ")
    again = run.node.cluster.topology.major >= _ASKS_AGAIN
    while again and answer not in ("y", "n"):
        answer = await run.ask("Please answer 'y' for <yes> or 'n' for <no>: ")
    return answer == "y"


async def _ask_target(run: Run) -> _Target:
    run.terminal.write("\n")
    host = await run.ask_text("SFTP server IP: ")
    port = await run.ask_text(f"SFTP server port [{_SFTP_PORT}]: ")
    username = await run.ask_text("User ID: ")
    password = await run.ask_text("Password: ", mask="*")
    run.terminal.write("\n")
    directory = await run.ask_text("Download directory: ")
    if port and not (port.isascii() and port.isdigit()):
        raise Refused("Invalid SFTP server port")
    return _Target(host, int(port or _SFTP_PORT), username, password, directory)


async def _host_key(target: _Target) -> asyncssh.SSHKey:
    """The key of the SFTP server; raises Refused when there is none at that place."""
    # Loaded late for the reason that door.py gives.
    import asyncssh

    key = None
    if _is_loopback(target.host):
        with contextlib.suppress(OSError, asyncssh.Error, TimeoutError):
            async with asyncio.timeout(_CONNECT_SECONDS):
                key = await asyncssh.get_server_host_key(target.host, target.port, config=None)
    if key is None:
        raise Refused(f"Unable to connect to SFTP server {target.host}")
    return key


async def _accept(run: Run, target: _Target, key: asyncssh.SSHKey) -> None:
    """Ask whether the key is the right one; raises Refused."""
    run.terminal.write(
        f"The authenticity of host '{target.host} ({target.host})' can't be established.\n"
        f"{key.get_algorithm()} key fingerprint is {key.get_fingerprint()}.\n"
    )
    answer = await run.ask("Are you sure you want to continue connecting (yes/no)? ")
    while answer not in ("yes", "no"):
        answer = await run.ask("Please type 'yes' or 'no': ")
    if answer == "no":
        raise Refused("Host key verification failed.")


async def _send(run: Run, target: _Target, key: asyncssh.SSHKey, files: Sequence[NodeFile]) -> None:
    """Log in and write the files, with a dot for each; raises Refused."""
    import asyncssh

    try:
        async with (
            asyncio.timeout(_TRANSFER_SECONDS),
            asyncssh.connect(
                target.host,
                target.port,
                username=target.username,
                password=target.password,
                known_hosts=([key], [], []),
                client_keys=None,
                agent_path=None,
                config=None,
                connect_timeout=_CONNECT_SECONDS,
            ) as connection,
            connection.start_sftp_client() as sftp,
        ):
            for file in files:
                path = _remote(run, target.directory, file, run.node.clock.now())
                await sftp.makedirs(path.parent, exist_ok=True)
                async with sftp.open(path, "wb") as stream:
                    await stream.write(file.on_disk)
                run.terminal.write(".")
            run.terminal.write("\n")
    except asyncssh.PermissionDenied as error:
        raise Refused("Authentication failed for the SFTP server") from error
    except (OSError, asyncssh.Error, TimeoutError) as error:
        raise Refused("Transfer failed") from error


def _remote(run: Run, directory: str, file: NodeFile, now: datetime) -> PurePosixPath:
    """Below the directory: the node's address, the time, and the path on the node."""
    below = PurePosixPath(file.path).relative_to("/var/log")
    return PurePosixPath(
        directory or ".", run.node.topology.address.replace(":", "-"), f"{now:%Y-%m-%d_%H-%M-%S}", below
    )


def _is_loopback(host: str) -> bool:
    """The simulator talks to this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
