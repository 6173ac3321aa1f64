# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetch Cisco's AXL schemas, and its Control Center's, into the cache: `python -m …tests.schemas.fetch`.

No single package has all versions. Each archive is pinned to a version and to its SHA-256. One of the packages is
a client of AXL, which a test of the simulator runs: it is installed beside the schemas, with all that it needs pinned.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.ucops.cucm.tests.schemas import (
    CACHE,
    CISCO_AXL,
    PINS,
    VERSIONS,
    available,
    cisco_axl_is_installed,
)

#: Seconds that one package client may take.
TIME_LIMIT = 120
INSTALL_TIME_LIMIT = 600
AXL_FILES = ("AXLSoap.xsd", "AXLAPI.wsdl")


class CannotFetch(Exception):
    """The schemas cannot be had; the text says why."""


@dataclass(frozen=True)
class Archive:
    """One pinned package and the versions that are taken from it."""

    file_name: str
    sha256: str
    command: tuple[str, ...]
    directory: str
    versions: tuple[str, ...]
    files: tuple[str, ...] = AXL_FILES


ARCHIVES = (
    Archive(
        "ciscoaxl-0.164-py3-none-any.whl",
        "c8db554383e107e7f6927b353b625afd78ae987b8b126013cc7024bd1e0d509d",
        (
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--only-binary=:all:", "--dest", ".", "ciscoaxl==0.164"),
        ),
        "ciscoaxl/schema",
        ("9.1", "10.0", "10.5", "11.0", "11.5", "12.0", "12.5"),
    ),
    Archive(
        "cisco-axl-1.2.5.tgz",
        "1ab8c302a57dbca1fabb17282a5897ab5f153f5a3f72c3ec930dbd82e86b0250",
        ("npm", "pack", "--silent", "cisco-axl@1.2.5"),
        "package/schema",
        ("14.0", "15.0"),
    ),
    Archive(
        "collabconnector-0.1.1754924847-py3-none-any.whl",
        "ab8d7abf4db5d5a430b4f35d366dadda5b4b25f7989b0eac5be51a2be27493e1",
        (
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--only-binary=:all:", "--dest", ".", "collabconnector==0.1.1754924847"),
        ),
        "CollabConnector/CUCM/AXL/schema",
        ("12.5",),
        ("ControlCenterServices.wsdl", "RISService70.wsdl"),
    ),
)


def fetch() -> None:
    """Fill the cache, unless it is full already; raises CannotFetch."""
    for archive in ARCHIVES:
        if any(
            not (CACHE / version / name).is_file() for version in archive.versions for name in archive.files
        ):
            _fill_from(archive)


def reason_not_fetched() -> str | None:
    """Fetch, and say why the schemas are not there; None when they are."""
    try:
        fetch()
    except CannotFetch as error:
        return str(error)
    return None if available() else "the cache is not complete"


def install_cisco_axl() -> None:
    """Install the client, unless it is there as it is pinned; raises CannotFetch. Its scripts are not run."""
    if cisco_axl_is_installed():
        return
    npm = shutil.which("npm")
    if npm is None:
        raise CannotFetch("npm is not installed")
    CISCO_AXL.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CISCO_AXL.parent) as directory:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(PINS / name, directory)
        command = (npm, "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund")
        try:
            done = subprocess.run(
                command,
                cwd=directory,
                capture_output=True,
                text=True,
                timeout=INSTALL_TIME_LIMIT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise CannotFetch(f"cisco-axl was not installed within {INSTALL_TIME_LIMIT} s") from error
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise CannotFetch(f"cisco-axl cannot be installed: {last}")
        shutil.rmtree(CISCO_AXL, ignore_errors=True)
        shutil.copytree(directory, CISCO_AXL, symlinks=True)


def _fill_from(archive: Archive) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = _download(archive, Path(directory))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        if digest != archive.sha256:
            raise CannotFetch(f"{archive.file_name} has the SHA-256 {digest}, not {archive.sha256}")
        for version in archive.versions:
            for name in archive.files:
                _store(CACHE / version / name, _member(path, f"{archive.directory}/{version}/{name}"))


def _download(archive: Archive, directory: Path) -> Path:
    client = shutil.which(archive.command[0])
    if client is None:
        raise CannotFetch(f"{archive.command[0]} is not installed")
    command = (client, *archive.command[1:])
    try:
        done = subprocess.run(
            command, cwd=directory, capture_output=True, text=True, timeout=TIME_LIMIT, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise CannotFetch(f"no {archive.file_name} within {TIME_LIMIT} s") from error
    path = directory / archive.file_name
    if done.returncode != 0 or not path.is_file():
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise CannotFetch(f"{archive.file_name} cannot be downloaded: {last}")
    return path


def _member(path: Path, name: str) -> bytes:
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as wheel:
            return wheel.read(name)
    with tarfile.open(path) as package:
        stream = package.extractfile(name)
        if stream is None:
            raise CannotFetch(f"{path.name} has no file {name}")
        return stream.read()


def _store(path: Path, content: bytes) -> None:
    """Write in one step: several test processes may fill the cache at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
    os.replace(temporary, path)


def main() -> int:
    """Fetch and say what is there; the exit code is 1 when something is missing."""
    reason = reason_not_fetched()
    print(f"no AXL schemas: {reason}" if reason else f"AXL schemas of {', '.join(VERSIONS)} in {CACHE}")
    try:
        install_cisco_axl()
    except CannotFetch as error:
        print(f"no client cisco-axl: {error}")
        return 1
    return 1 if reason else 0


if __name__ == "__main__":
    sys.exit(main())
