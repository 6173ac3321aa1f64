# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of keys and certificates: read with a limit, written whole or not at all, changed by one process at a time."""

from __future__ import annotations

import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    CucmError,
    InvalidOption,
    TimedOut,
)

#: Seconds to wait for a lock that another process holds. Signing takes some milliseconds.
LOCK_TIMEOUT = 60.0
_LOCK_POLL = 0.02


class FileNotWritten(CucmError):
    """A file could not be written; what was there before is still there."""

    reason = "file_not_written"


def read_file(path: str, *, option: str, largest: int) -> bytes:
    """The content of a file that an option names."""
    try:
        with open(path, "rb") as stream:
            return _read(stream.fileno(), path, option, largest)
    except OSError as error:
        raise _unreadable(path, option, error) from None


def read_secret_file(path: str, *, option: str, largest: int) -> bytes:
    """As `read_file`, for a file that only its owner may read."""
    try:
        with open(path, "rb") as stream:
            mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
            if mode & 0o077:
                raise InvalidOption(
                    f"the private key {path} can be read by others than its owner (mode {mode:04o})",
                    option=option,
                    reason="ca_key_permissions",
                    remedy=f"Run: chmod 600 {path}",
                )
            return _read(stream.fileno(), path, option, largest)
    except OSError as error:
        raise _unreadable(path, option, error) from None


def check_writable(path: str, *, option: str, reason: str | None = None) -> None:
    """Refuse a file that could not be written, before anything is done."""
    directory = os.path.dirname(path) or "."
    if not os.path.isdir(directory) or not os.access(directory, os.W_OK | os.X_OK):
        raise InvalidOption(
            f"the directory {directory} does not exist or cannot be written",
            option=option,
            reason=reason,
            remedy="Make the directory first, or name one that the task's user can write to",
        )
    if os.path.isdir(path):
        raise InvalidOption(
            f"{path} is a directory", option=option, reason=reason, remedy="Give the path of a file"
        )


def write_atomically(path: str, data: bytes, *, mode: int) -> None:
    """Write a file beside its place and rename it into it; readers see the old or the new content."""
    directory = os.path.dirname(path) or "."
    temporary = None
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{os.path.basename(path)}.", dir=directory)
        with open(descriptor, "wb") as stream:
            os.fchmod(descriptor, mode)
            stream.write(data)
            stream.flush()
            os.fsync(descriptor)
        os.replace(temporary, path)
        _sync_directory(directory)
    except OSError as error:
        if temporary is not None:
            with suppress(OSError):
                os.unlink(temporary)
        raise _not_written(path, error) from None


def append_durably(path: str, line: str) -> int:
    """Append one line and wait until it is on the disk; a line that fails half-way is taken back.

    After an end that a crash has torn, it begins on a line of its own. Returns the size that the file
    had, so that the caller can take the line back with `shorten`.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError as error:
        raise _not_written(path, error) from None
    try:
        size = os.fstat(descriptor).st_size
        start = "" if size == 0 or os.pread(descriptor, 1, size - 1) == b"\n" else "\n"
        try:
            _write_all(descriptor, f"{start}{line}\n".encode())
            os.fsync(descriptor)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(descriptor, size)
            raise _not_written(path, error) from None
    finally:
        os.close(descriptor)
    if size == 0:
        _sync_directory(os.path.dirname(path) or ".")
    return size


def shorten(path: str, size: int) -> None:
    """Cut a file to a size that it had before."""
    os.truncate(path, size)


@contextmanager
def locked(path: str, *, timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
    """Hold an exclusive lock among processes and threads; the lock file stays behind, empty.

    It is a file of its own, since files that are replaced by renaming (OpenSSL does so with its
    index) cannot carry a lock.
    """
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _not_written(path, error) from None
    try:
        _wait_for_lock(descriptor, path, timeout)
        yield
    finally:
        os.close(descriptor)


def _wait_for_lock(descriptor: int, path: str, timeout: float) -> None:
    deadline = time.monotonic() + timeout
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise TimedOut(
                    f"another process has held the lock {path} for more than {timeout:g} seconds",
                    remedy="Find it with: fuser -v " + path,
                ) from None
            time.sleep(_LOCK_POLL)
        else:
            return


def _read(descriptor: int, path: str, option: str, largest: int) -> bytes:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise InvalidOption(f"{path} is not a regular file", option=option, reason="file_unreadable")
    with open(descriptor, "rb", closefd=False) as stream:
        data = stream.read(largest + 1)
    if len(data) > largest:
        raise InvalidOption(
            f"{path} has more than {largest} bytes, the most that is read",
            option=option,
            reason="file_too_large",
        )
    return data


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _sync_directory(directory: str) -> None:
    """Make a new name in a directory durable; not every file system can, and none needs it to go on."""
    with suppress(OSError):
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _unreadable(path: str, option: str, error: OSError) -> InvalidOption:
    return InvalidOption(
        f"{path} cannot be read: {error.strerror}",
        option=option,
        reason="file_unreadable",
        remedy="Check the path, and on which host the task runs (delegate_to)",
    )


def _not_written(path: str, error: OSError) -> FileNotWritten:
    return FileNotWritten(
        f"{path} cannot be written: {error.strerror}", remedy="Check its directory and the space"
    )
