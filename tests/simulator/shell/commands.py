# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands that there are, and which one a line means."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.tests.simulator.shell import (
    capture_commands,
    certificate_commands,
    file_commands,
    health_commands,
    platform_commands,
)

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.shell.session import Run

UNKNOWN = "Executed command unsuccessfully\nNo valid command entered"
WRONG_ARGUMENTS = "Executed command unsuccessfully\nIncorrect number of arguments"


@dataclass(frozen=True)
class Command:
    """One command: its words, how many arguments it takes, who may use it, how long it takes.

    `carry_out` returns what is printed before the next prompt. `seconds` are those of a real node.
    """

    name: str
    carry_out: Callable[[Run], Awaitable[str]]
    fewest: int = 0
    most: int = 0
    privilege: int = 1
    seconds: float = 1.0


_COMMANDS = (
    Command("show cert list own", certificate_commands.list_own),
    Command("show cert list trust", certificate_commands.list_trust),
    Command("show cert own", certificate_commands.show_own, 1, 1),
    Command("show cert trust", certificate_commands.show_trust, 1, 1),
    Command("show csr list own", certificate_commands.list_requests),
    Command("show csr own", certificate_commands.show_request, 1, 1),
    Command("set csr gen", certificate_commands.generate_request, 1, 1),
    Command("set cert import trust", certificate_commands.import_trust, 1, 1),
    Command("set cert import own", certificate_commands.import_own, 1, 2),
    Command("set cert delete", certificate_commands.delete, 2, 2),
    Command("set cert regen", certificate_commands.regenerate, 1, 1),
    Command("set cli pagination off", platform_commands.pagination_off, seconds=0),
    Command("set cli pagination on", platform_commands.pagination_on, seconds=0),
    Command("show version active", platform_commands.version, privilege=0, seconds=4.8),
    Command("show tech network hosts", platform_commands.hosts, privilege=0),
    Command("show tls", platform_commands.tls_minimum, 1, 2, privilege=0),
    Command("show status", platform_commands.status, 0, 1, privilege=0),
    Command("utils service list", platform_commands.list_services, privilege=0),
    Command("utils service start", platform_commands.start_service, 1, 9),
    Command("utils service stop", platform_commands.stop_service, 1, 9),
    Command("utils service restart", platform_commands.restart_service, 1, 9),
    Command("utils disaster_recovery history", health_commands.backup_history, 1, 1, privilege=0),
    Command("utils dbreplication runtimestate", health_commands.replication_state, privilege=0),
    Command("utils ntp status", health_commands.ntp_status, privilege=0),
    Command("run sql", health_commands.sql, 2, 99, privilege=0),
    Command("utils network capture", capture_commands.capture, 0, 16, seconds=0),
    Command("file list activelog", file_commands.list_files, 1, 4, privilege=0),
    Command("file get activelog", file_commands.get_files, 1, 1, privilege=0),
    Command("file delete activelog", file_commands.delete_files, 1, 3),
)


def find(words: Sequence[str]) -> Command | None:
    """The command that a line begins with."""
    line = " ".join(words)
    return next(
        (known for known in _COMMANDS if line == known.name or line.startswith(f"{known.name} ")), None
    )
