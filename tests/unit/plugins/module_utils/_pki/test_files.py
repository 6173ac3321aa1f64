# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of a CA: limits, permissions, atomic writing, locks."""

from __future__ import annotations

import errno
import os
import threading

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption, TimedOut
from ansible_collections.ucops.cucm.plugins.module_utils._pki import files


def test_reading(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"1234")
    assert files.read_file(str(path), option="o", largest=4) == b"1234"
    with pytest.raises(InvalidOption, match="more than 3 bytes"):
        files.read_file(str(path), option="o", largest=3)


def test_missing_file_names_option_and_path(tmp_path):
    with pytest.raises(InvalidOption) as caught:
        files.read_file(str(tmp_path / "none"), option="csr_path", largest=1)
    assert caught.value.option == "csr_path"
    assert str(tmp_path / "none") in caught.value.message
    assert caught.value.reason == "file_unreadable"


def test_devices_are_not_read():
    with pytest.raises(InvalidOption, match="not a regular file"):
        files.read_file("/dev/zero", option="o", largest=10)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620, 0o601])
def test_secret_that_others_can_reach_is_refused(tmp_path, mode):
    path = tmp_path / "key"
    path.write_bytes(b"secret")
    path.chmod(mode)
    with pytest.raises(InvalidOption) as caught:
        files.read_secret_file(str(path), option="o", largest=100)
    assert caught.value.reason == "ca_key_permissions"
    assert f"chmod 600 {path}" in caught.value.message
    path.chmod(0o400)
    assert files.read_secret_file(str(path), option="o", largest=100) == b"secret"


@pytest.mark.parametrize(
    ("name", "words"), [("none/file", "none does not exist or cannot be written"), (".", "is a directory")]
)
def test_a_file_that_could_not_be_written_is_found_before(tmp_path, name, words):
    files.check_writable(str(tmp_path / "file"), option="dest")
    assert os.listdir(tmp_path) == []
    with pytest.raises(InvalidOption, match=words) as caught:
        files.check_writable(str(tmp_path / name), option="dest", reason="not_here")
    assert (caught.value.option, caught.value.reason) == ("dest", "not_here")


def test_writing_replaces_and_sets_the_mode(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    files.write_atomically(str(path), b"new", mode=0o640)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("failing", ["fsync", "replace", "fchmod"])
def test_failed_writing_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, failing):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def full(*_arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, failing, full)
    with pytest.raises(files.FileNotWritten, match="No space left"):
        files.write_atomically(str(path), b"new", mode=0o600)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]


def test_writing_into_a_missing_directory(tmp_path):
    with pytest.raises(files.FileNotWritten):
        files.write_atomically(str(tmp_path / "none" / "file"), b"", mode=0o600)


def test_appending(tmp_path):
    path = tmp_path / "index"
    assert files.append_durably(str(path), "one") == 0
    assert files.append_durably(str(path), "two") == 4
    assert path.read_text() == "one\ntwo\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_half_a_line_is_taken_back(tmp_path, monkeypatch):
    path = tmp_path / "index"
    files.append_durably(str(path), "one")
    write = os.write
    calls = []

    def disk_full_after_three_bytes(descriptor, data):
        calls.append(data)
        if len(calls) > 1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return write(descriptor, data[:3])

    monkeypatch.setattr(files.os, "write", disk_full_after_three_bytes)
    with pytest.raises(files.FileNotWritten, match="No space left"):
        files.append_durably(str(path), "two")
    assert calls == [b"two\n", b"\n"]
    assert path.read_text() == "one\n"


def test_lock_keeps_others_out_and_is_given_back(tmp_path):
    path = str(tmp_path / "lock")
    with files.locked(path), pytest.raises(TimedOut, match="held the lock"), files.locked(path, timeout=0):
        pytest.fail("the lock was given twice")
    with files.locked(path, timeout=0):
        pass


def test_lock_is_waited_for(tmp_path):
    path = str(tmp_path / "lock")
    order = []
    held = threading.Event()

    def second():
        held.wait(300)
        with files.locked(path, timeout=300):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with files.locked(path):
        held.set()
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]


def test_lock_in_a_missing_directory(tmp_path):
    with pytest.raises(files.FileNotWritten), files.locked(str(tmp_path / "none" / "lock")):
        pass
