# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of M(ucops.cucm.cucm_packet_capture)."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._capture.capture import Capture
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    CONNECTION_ARGUMENTS,
    ConnectionOptions,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._common.termination import (
    cleaned_up_on_termination,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.capture_fetch import Https, Sftp, Way
from ansible_collections.ucops.cucm.plugins.module_utils._platform import capture
from ansible_collections.ucops.cucm.plugins.module_utils._platform.capture_texts import (
    DIRECTORY,
    MOST_LINES,
    MOST_PACKETS,
    Order,
    SftpServer,
    delete_command,
    file_name,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import Shell, open_shell
from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh import SshOptions
from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh_arguments import SSH_ARGUMENTS
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.soap import ROLES

#: Seconds that a capture may take.
LONGEST = 600
#: How a file at `ready_path` begins, so that one of a run that was killed is known as ours.
READY_MARK = "ucops.cucm.cucm_packet_capture runs: "


@dataclass(frozen=True)
class Plan:
    """What the options ask for. `dest` is None when the capture goes to the screen; else there is a way."""

    ssh: SshOptions
    order: Order
    duration: int
    ready_path: Path | None
    dest: Path | None
    ways: Sequence[Way]
    keep_on_node: bool


def run(params: Params, context: Context) -> Result:
    """Capture, fetch, delete; whatever happens, nothing of it is left on the node."""
    plan = _plan(params, context)
    predicted = _predicted(plan)
    if context.check_mode:
        return predicted
    context.secrets.check(predicted, host=params["host"])
    with cleaned_up_on_termination():
        ways = _open_ways(plan, context)
        with open_shell(plan.ssh) as shell:
            left_over = capture.delete_left_over(shell, _now())
            done = _to_file(shell, plan, plan.dest, ways, context) if plan.dest else _to_screen(shell, plan)
    return {**done, "deleted_leftovers": left_over}


def _to_screen(shell: Shell, plan: Plan) -> Result:
    with _ready_file(plan.ready_path, "on the screen") as running:
        outcome = capture.run(shell, plan.order, plan.duration, running)
    return {**_result(plan.order, outcome), "packets": len(outcome.lines), "lines": outcome.lines}


def _to_file(shell: Shell, plan: Plan, dest: Path, ways: list[Way], context: Context) -> Result:
    order = _named(plan.order)
    name = f"{order.name}.cap"
    node_path = f"{DIRECTORY}/{name}"
    try:
        with _ready_file(plan.ready_path, node_path) as running:
            outcome = capture.run(shell, order, plan.duration, running)
        fetched_by = _fetch(shell, ways, name, dest, context)
        return {
            **_result(order, outcome),
            "path": str(dest),
            "bytes": dest.stat().st_size,
            "packets": _packets(dest),
            "node_path": node_path,
            "deleted": not plan.keep_on_node and _deleted(shell, plan, name, context),
            "fetched_by": fetched_by,
        }
    except BaseException as error:
        gone = not plan.keep_on_node and _deleted(shell, plan, name, context)
        if isinstance(error, CucmError):
            error.details.update(node_path=node_path, deleted=gone)
        raise


def _open_ways(plan: Plan, context: Context) -> list[Way]:
    """The ways that are open, as far as that can be known before there is a file."""
    ways = list(plan.ways)
    while ways:
        try:
            ways[0].check()
            break
        except CucmError as error:
            _fall_back(error, ways, context)
    return ways


def _fetch(shell: Shell, ways: list[Way], name: str, dest: Path, context: Context) -> str:
    """Fetch by the first way that leads to the file; return its name."""
    while True:
        try:
            ways[0].fetch(shell, name, dest)
            return ways[0].name
        except CucmError as error:
            _fall_back(error, ways, context)


def _fall_back(error: CucmError, ways: list[Way], context: Context) -> None:
    """Go on with the next way where there is one."""
    failed = ways.pop(0)
    if not ways:
        raise error
    context.warn(f"The capture is fetched by {ways[0].name}, since {failed.name} failed. {error.message}")


def _deleted(shell: Shell, plan: Plan, name: str, context: Context) -> bool:
    """Delete the capture, in a new session where this one is broken; a warning says when it may be there still."""
    gone = False
    with suppress(CucmError):
        if shell.usable:
            gone = capture.delete(shell, name)
    with suppress(CucmError):
        if not gone and not shell.usable:
            with open_shell(plan.ssh) as another:
                gone = capture.delete(another, name)
    if not gone:
        context.warn(
            f"{plan.ssh.host}: the capture {name} may still be on the node. A later run deletes it when it is an hour"
            f" old; by hand: {delete_command(name)}"
        )
    return gone


def _now() -> datetime:
    return datetime.now(UTC)


def _named(order: Order) -> Order:
    return replace(order, name=file_name(_now(), secrets.token_hex(4)))


def _plan(params: Params, context: Context) -> Plan:
    _check_numbers(params)
    dest = None if params["to_screen"] else _local(params, "dest", context)
    return Plan(
        ssh=SshOptions.from_params(params),
        order=Order(params["interface"], params["capture_port"], _address(params), params["count"]),
        duration=params["duration"],
        ready_path=_ready_path(params, context) if params["ready_path"] else None,
        dest=dest,
        ways=_ways(params, context) if dest is not None else (),
        keep_on_node=params["keep_on_node"],
    )


def _check_numbers(params: Params) -> None:
    most = MOST_LINES if params["to_screen"] else MOST_PACKETS
    for name, least, largest in (
        ("capture_port", 0, 65535),
        ("count", 1, most),
        ("duration", 1, LONGEST),
    ):
        if not least <= params[name] <= largest:
            raise _invalid(
                params,
                f"{params[name]} is not between {least} and {largest}",
                name,
                "Give a number between the two",
            )
    if not re.fullmatch(r"[a-z][a-z0-9]{1,14}", params["interface"]):
        raise _invalid(
            params, f"'{params['interface']}' is not a network interface", "interface", "Give a name as eth0"
        )


def _address(params: Params) -> str | None:
    if params["address"] is None:
        return None
    try:
        return str(ip_address(params["address"]))
    except ValueError:
        raise _invalid(
            params,
            f"'{params['address']}' is no IP address",
            "address",
            "Give the IPv4 or IPv6 address of the peer; names are not looked up",
        ) from None


def _local(params: Params, option: str, context: Context) -> Path:
    """A path where a file can be made. In check mode an earlier task may not have made the directory."""
    path = Path(params[option])
    later = context.check_mode and not path.parent.exists()
    writable = path.parent.is_dir() and os.access(path.parent, os.W_OK | os.X_OK)
    if path.is_dir() or not (writable or later):
        what = "is a directory" if path.is_dir() else "is not in a directory that can be written to"
        raise _invalid(
            params, f"{path} {what}", option, "Give the path of a file, on the host where the task runs"
        )
    return path


def _ways(params: Params, context: Context) -> list[Way]:
    """The ways to the file that the options allow, in the order in which they are tried."""
    wanted, sftp = params["fetch"], params["sftp"]
    user = {"username": params["serviceability_username"], "password": params["serviceability_password"]}
    ways: list[Way] = []
    if wanted != "sftp" and user["username"]:
        ways.append(Https(_https(params, user)))
    if wanted != "https" and sftp:
        ways.append(Sftp(_sftp_server(params, context), Path(sftp["local_directory"]), context))
    if not ways:
        by_https = "serviceability_username and serviceability_password of an application user with " + ROLES
        by_sftp = "an SFTP server in sftp"
        raise _invalid(
            params,
            "nothing says how to fetch the capture from the node",
            {"https": "serviceability_username", "sftp": "sftp"}.get(
                wanted, "serviceability_username or sftp"
            ),
            "Give " + {"https": by_https, "sftp": by_sftp}.get(wanted, f"{by_https}; or {by_sftp}"),
        )
    return ways


def _https(params: Params, user: dict[str, Any]) -> ConnectionOptions:
    try:
        return ConnectionOptions.from_params({**params, **user})
    except InvalidOption as error:
        if error.option == "username":
            error.option = "serviceability_username"
        raise


def _sftp_server(params: Params, context: Context) -> SftpServer:
    sftp = params["sftp"]
    for name in ("host", "username", "password", "directory"):
        if not sftp[name].isprintable() or not sftp[name]:
            raise _invalid(params, "it has to be typed, on one line", f"sftp.{name}", "Give printable text")
    if not 1 <= sftp["port"] <= 65535:
        raise _invalid(params, f"{sftp['port']} is not a TCP port", "sftp.port", "Use a number up to 65535")
    if not Path(sftp["local_directory"]).is_dir() and not context.check_mode:
        raise _invalid(
            params,
            f"there is no directory {sftp['local_directory']}",
            "sftp.local_directory",
            "Give the directory in which sftp.directory of the server appears on the host where the task runs",
        )
    return SftpServer(sftp["host"], sftp["port"], sftp["username"], sftp["password"], sftp["directory"])


def _invalid(params: Params, what: str, option: str, remedy: str) -> InvalidOption:
    return InvalidOption(what, host=params["host"], option=option, remedy=remedy)


def _ready_path(params: Params, context: Context) -> Path:
    """A path where no file is, or one that a run has left that was killed."""
    path = _local(params, "ready_path", context)
    try:
        with path.open("rb") as stream:
            ours = stream.read(len(READY_MARK)) == READY_MARK.encode()
    except FileNotFoundError:
        ours = True
    except OSError:
        ours = False
    if not ours:
        what = f"{path} is there already, and not from this module"
        raise _invalid(params, what, "ready_path", "Give the path of a file that does not exist")
    return path


@contextmanager
def _ready_file(path: Path | None, what: str) -> Iterator[Callable[[], None]]:
    """Gives a function that makes the file; in the end it is removed."""

    def make() -> None:
        if path is None:
            return
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with open(descriptor, "w", encoding="utf-8") as stream:
                stream.write(f"{READY_MARK}{what}\n")
        except OSError as error:
            raise InvalidOption(
                f"{path} cannot be written: {error.strerror}",
                option="ready_path",
                remedy="Give the path of a file that does not exist, in a directory that has room",
            ) from error

    if path is not None:
        path.unlink(missing_ok=True)
    try:
        yield make
    finally:
        if path is not None:
            path.unlink(missing_ok=True)


def _packets(path: Path) -> int:
    with path.open("rb") as stream:
        return sum(1 for _packet in Capture(stream, source=str(path)))


def _result(order: Order, outcome: capture.Outcome | None) -> Result:
    """The keys of every result; those of a file are to be filled in."""
    return {
        "changed": False,
        "command": order.command,
        "path": None,
        "bytes": None,
        "packets": None,
        "lines": [],
        "node_path": None,
        "deleted": False,
        "fetched_by": None,
        "ended_by": outcome.ended_by if outcome else None,
        "deleted_leftovers": [],
        "waited": outcome.seconds if outcome else 0.0,
        "would_do": [],
    }


def _predicted(plan: Plan) -> Result:
    """What check mode says; it asks the node nothing."""
    order = plan.order if plan.dest is None else _named(plan.order)
    steps = [f"{order.command} (for {plan.duration} s at most)"]
    if plan.dest is not None:
        name = f"{order.name}.cap"
        ways = ", else ".join(way.name for way in plan.ways)
        steps.append(f"fetch {DIRECTORY}/{name} to {plan.dest} ({ways})")
        steps += [] if plan.keep_on_node else [delete_command(name)]
    return {**_result(order, None), "would_do": steps}


ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **CONNECTION_ARGUMENTS,
    **SSH_ARGUMENTS,
    "interface": {"type": "str", "default": "eth0"},
    "capture_port": {"type": "int", "default": 5061},
    "address": {"type": "str"},
    "count": {"type": "int", "default": 10000},
    "duration": {"type": "int", "default": 30},
    "dest": {"type": "path"},
    "to_screen": {"type": "bool", "default": False},
    "ready_path": {"type": "path"},
    "fetch": {"type": "str", "choices": ["auto", "https", "sftp"], "default": "auto"},
    "serviceability_username": {"type": "str"},
    "serviceability_password": {"type": "str", "no_log": True},
    "sftp": {
        "type": "dict",
        "options": {
            "host": {"type": "str", "required": True},
            "port": {"type": "int", "default": 22},
            "username": {"type": "str", "required": True},
            "password": {"type": "str", "required": True, "no_log": True},
            "directory": {"type": "str", "required": True},
            "local_directory": {"type": "path", "required": True},
        },
    },
    "keep_on_node": {"type": "bool", "default": False},
}

DEFINITION = ModuleDefinition(
    run=run,
    argument_spec=ARGUMENT_SPEC,
    libraries=("asyncssh", "lxml", "requests"),
    required_together=[["serviceability_username", "serviceability_password"]],
    required_if=[["to_screen", False, ["dest"]]],
)
