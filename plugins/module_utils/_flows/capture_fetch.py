# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How cucm_packet_capture gets a capture from the node: over HTTPS, or by way of an SFTP server."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._platform import capture
from ansible_collections.ucops.cucm.plugins.module_utils._platform.capture_texts import DIRECTORY, SftpServer
from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import Shell
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.log_collection import LogCollection
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.soap import (
    ROLES,
    ServiceabilityFault,
)

#: Bytes of a capture that are fetched.
LARGEST_CAPTURE = 1024 * 1024 * 1024


class Way(Protocol):
    """One way from the node to a local file."""

    name: ClassVar[str]

    def check(self) -> None:
        """Check that it is open before waiting for a capture; raises CucmError."""

    def fetch(self, shell: Shell, name: str, dest: Path) -> None:
        """Copy the capture of that name to `dest`; raises CucmError."""


@dataclass(frozen=True)
class Https:
    """GetOneFile, with an application user."""

    options: ConnectionOptions
    name: ClassVar[str] = "https"

    def check(self) -> None:
        try:
            with HttpSession(self.options, roles=ROLES) as session:
                LogCollection(session).check_access()
        except ServiceabilityFault:
            pass  # the account was taken; a file may be had without the service that lists files
        except CucmError as error:
            raise _about_account(error) from None

    def fetch(self, shell: Shell, name: str, dest: Path) -> None:
        try:
            with HttpSession(self.options, roles=ROLES) as session:
                LogCollection(session).download(f"{DIRECTORY}/{name}", dest, max_bytes=LARGEST_CAPTURE)
        except CucmError as error:
            raise _about_account(error) from None


@dataclass(frozen=True)
class Sftp:
    """`file get` to an SFTP server, one directory of which is on this machine too."""

    server: SftpServer
    local_directory: Path
    context: Context
    name: ClassVar[str] = "sftp"

    def check(self) -> None:
        """Only the node can tell whether it reaches the server."""

    def fetch(self, shell: Shell, name: str, dest: Path) -> None:
        capture.send(shell, name, self.server)
        # It lies in a tree of directories that the node makes.
        found = next((path for path in self.local_directory.rglob(name) if path.is_file()), None)
        if found is None:
            raise InvalidOption(
                f"the SFTP server took {name}, and it is not under {self.local_directory}",
                option="sftp.local_directory",
                remedy="Give the directory in which sftp.directory of the server appears on the host where the"
                " task runs",
                reason="file_not_found",
            )
        try:
            _copy(found, dest)
        except OSError as error:
            raise InvalidOption(
                f"{found} cannot be copied to {dest}: {error.strerror or error}",
                option="sftp.local_directory",
                remedy="Check that the account of the task may read the one and write the other",
                reason="file_not_written",
            ) from error
        try:
            found.unlink()
        except OSError as error:
            self.context.warn(f"{found} was copied and cannot be removed: {error.strerror}")


def _copy(source: Path, dest: Path) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=dest.parent, prefix=f".{dest.name}.")
    try:
        with open(descriptor, "wb") as copy, source.open("rb") as stream:
            shutil.copyfileobj(stream, copy, 1024 * 1024)
        os.replace(temporary, dest)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _about_account(error: CucmError) -> CucmError:
    """The account of HTTPS is not that of the command line, and a message about it says so."""
    if error.reason == "authentication_failed":
        error.option = "serviceability_username or serviceability_password"
        error.remedy = (
            "This is an application user (Cisco Unified CM Administration, User Management, Application User), not"
            " the OS administrator; it was tried once only, since accounts lock"
        )
    elif error.reason == "permission_denied":
        error.option = "serviceability_username"
    return error
