# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Many signers with one CA at once, signers that die, and a disk that is full: nothing is lost."""

from __future__ import annotations

import errno
import json
import multiprocessing
import os
import resource
import secrets
import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._pki import files, index, local
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import SigningRequest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.index import IssuedIndex
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import profile_of
from ansible_collections.ucops.cucm.plugins.module_utils._pki.local import LocalBackend, LocalOptions
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
    make_ca,
    make_csr,
)
from cryptography import x509

SIGNERS = 50
#: Seconds for all of them together; on two idle cores they need two or three.
ENOUGH = 60
#: More calls of the operating system than one signature needs.
MANY_CALLS = 60
FORK = multiprocessing.get_context("fork")
CSR = make_csr()
REQUEST = SigningRequest(CSR, profile_of("CallManager"), timedelta(days=365), NOW)


class Site:
    """A CA in a directory, and what its records hold, read without the code under test."""

    def __init__(self, directory, draw_serial=None):
        self.draw_serial = draw_serial
        self.index = directory / "index.txt"
        self.log = directory / "index.jsonl"
        self.params = {
            **make_ca(with_key="ec256-root").write(directory, passphrase=None),
            "private_key_passphrase": None,
            "index_path": None,
            "digest": "sha256",
            "backdate_minutes": 10,
            "allow_shorter_validity": False,
            "allow_unencrypted_key": True,
        }

    def sign(self):
        options = LocalOptions.from_params(self.params)
        return LocalBackend(options, draw_serial=self.draw_serial).sign(REQUEST).certificate

    def try_to_sign(self):
        """A certificate or the error."""
        try:
            return self.sign(), None
        except CucmError as error:
            return None, error

    def serials(self):
        """Of the index; each line must be whole."""
        text = self.index.read_text() if self.index.exists() else ""
        assert text == "" or text.endswith("\n")
        columns = [line.split("\t") for line in text.splitlines()]
        assert {len(line) for line in columns} <= {6}
        return [int(line[3], 16) for line in columns]

    def logged(self):
        """The certificates in the log, as PEM; each line must be whole."""
        text = self.log.read_text() if self.log.exists() else ""
        assert text == "" or text.endswith("\n")
        return [json.loads(line)["certificate"] for line in text.splitlines()]


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


@pytest.fixture
def crowded(tmp_path, monkeypatch):
    """A site with as many serials as signers: one that does not see all the others gives one again."""
    monkeypatch.setattr(local, "_SERIAL_DRAWS", 10_000)
    return Site(tmp_path, draw_serial=lambda: secrets.randbelow(SIGNERS) + 1)


def check_record(site, handed_out):
    """Exactly what was handed out is in the index and in the log."""
    serials = [certificate.serial_number for certificate in handed_out]
    assert len(set(serials)) == len(serials)
    assert sorted(site.serials()) == sorted(serials)
    assert sorted(site.logged()) == sorted(map(pem, handed_out))
    assert IssuedIndex(str(site.index)).serials() == set(serials)


def test_fifty_threads_lose_no_line_and_no_serial(crowded):
    with ThreadPoolExecutor(SIGNERS) as pool:
        handed_out = list(pool.map(lambda _number: crowded.sign(), range(SIGNERS), timeout=ENOUGH))
    check_record(crowded, handed_out)


def sign_at_once(site, barrier, queue):
    barrier.wait(ENOUGH)
    queue.put(pem(site.sign()))


def test_fifty_processes_lose_no_line_and_no_serial(crowded):
    barrier, queue = FORK.Barrier(SIGNERS), FORK.Queue()
    processes = [
        FORK.Process(target=sign_at_once, args=(crowded, barrier, queue), daemon=True)
        for _number in range(SIGNERS)
    ]
    for process in processes:
        process.start()
    texts = [queue.get(timeout=ENOUGH) for _process in processes]
    for process in processes:
        process.join(ENOUGH)
    assert [process.exitcode for process in processes] == [0] * SIGNERS
    assert len(texts) == SIGNERS
    check_record(crowded, [x509.load_pem_x509_certificate(text.encode()) for text in texts])


class FaultyOs:
    """The module `os`, whose calls that change files do something else from the given one on."""

    CALLS = ("open", "write", "fsync", "replace", "ftruncate", "truncate")

    def __init__(self, number, fault):
        self.left = number
        self.fault = fault
        self.happened = None

    def __getattr__(self, name):
        original = getattr(os, name)
        if name not in self.CALLS:
            return original

        def call(*arguments, **more):
            self.left -= 1
            if self.left < 0:
                self.happened = self.happened or name
                self.fault(name, original, arguments)
            return original(*arguments, **more)

        return call

    def installed(self, monkeypatch):
        monkeypatch.setattr(files, "os", self)
        monkeypatch.setattr(index, "os", self)
        return self


def full_disk(name, original, arguments):
    """A full disk takes no data and no new files; cutting a file off goes on working."""
    if name not in ("ftruncate", "truncate"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def disk_with_room_for_half_of_it(name, original, arguments):
    if name == "write":
        descriptor, data = arguments
        original(descriptor, data[: len(data) // 2])
    full_disk(name, original, arguments)


def broken_disk(name, original, arguments):
    raise OSError(errno.EIO, os.strerror(errno.EIO))


@pytest.mark.parametrize("fault", [full_disk, disk_with_room_for_half_of_it])
def test_a_disk_that_is_full_from_any_step_on_leaves_no_half_line_and_nothing_unrecorded(
    site, fault, monkeypatch
):
    handed_out, steps = [], []
    for number in range(MANY_CALLS):
        with monkeypatch.context() as patch:
            faulty = FaultyOs(number, fault).installed(patch)
            certificate, error = site.try_to_sign()
        if error is None:
            handed_out.append(certificate)
        else:
            assert error.reason == "file_not_written"
            assert "No space left on device" in error.message
            assert "the space" in error.message  # of the remedy
            steps.append(faulty.happened)
        check_record(site, handed_out)
        if faulty.happened is None:
            break
    assert {"open", "write", "fsync", "replace"} <= set(steps)
    assert faulty.happened is None, "a signature needs more steps than this test has tried"
    handed_out.append(site.sign())
    check_record(site, handed_out)


def test_a_disk_that_breaks_at_any_step_gives_an_error_of_the_family_and_loses_nothing(site, monkeypatch):
    handed_out = []
    for number in range(MANY_CALLS):
        with monkeypatch.context() as patch:
            faulty = FaultyOs(number, broken_disk).installed(patch)
            certificate, error = site.try_to_sign()
        if error is None:
            handed_out.append(certificate)
        else:
            assert error.reason == "file_not_written"
            assert "Input/output error" in error.message
        if faulty.happened is None:
            break
    handed_out.append(site.sign())
    # What could not be taken back stays in the index: a line too many, never one too few.
    assert {certificate.serial_number for certificate in handed_out} <= set(site.serials())
    assert len(set(site.serials())) == len(site.serials())


def sign_within(site, limit, queue):
    """Sign where no file may grow beyond the limit, as the operating system sees to it."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    certificate, error = site.try_to_sign()
    queue.put(("issued", pem(certificate)) if error is None else (error.reason, error.message))


@pytest.mark.parametrize("room", [0, 1, 19, 20, 60, 100, 150, 500, 1000, 1500, 100_000])
def test_files_that_cannot_grow(site, room):
    """The same with a real limit, in a process of its own. Line and log have some 100 and 1500 bytes."""
    queue = FORK.Queue()
    process = FORK.Process(target=sign_within, args=(site, room, queue), daemon=True)
    process.start()
    status, text = queue.get(timeout=ENOUGH)
    process.join(ENOUGH)
    if status == "issued":
        check_record(site, [x509.load_pem_x509_certificate(text.encode())])
        return
    assert room < 100_000
    assert status == "file_not_written"
    assert "cannot be written: File too large" in text
    check_record(site, [])
    check_record(site, [site.sign()])


def sign_and_die(site, number, queue):
    def kill(name, original, arguments):
        os.kill(os.getpid(), signal.SIGKILL)

    faulty = FaultyOs(number, kill)
    files.os = index.os = faulty
    queue.put(pem(site.sign()))


def test_signers_that_are_killed_at_any_step_hinder_nobody_and_lose_nothing(site):
    handed_out, killed = [], 0
    for number in range(MANY_CALLS):
        queue = FORK.SimpleQueue()
        process = FORK.Process(target=sign_and_die, args=(site, number, queue), daemon=True)
        process.start()
        process.join(ENOUGH)
        if process.exitcode == 0:
            handed_out.append(x509.load_pem_x509_certificate(queue.get().encode()))
            break
        assert process.exitcode == -signal.SIGKILL
        killed += 1
        handed_out.append(site.sign())  # the lock of the dead one is free
    assert killed > 5
    assert {certificate.serial_number for certificate in handed_out} <= set(site.serials())
    assert set(map(pem, handed_out)) <= set(site.logged())
    assert len(set(site.serials())) == len(site.serials())


def test_an_end_of_the_log_that_a_crash_has_torn_does_not_swallow_the_next_line(site):
    site.log.write_text('{"certificate": "-----BEG')
    certificate = site.sign()
    torn, *whole = site.log.read_text().splitlines()
    assert torn == '{"certificate": "-----BEG'
    assert [json.loads(line)["certificate"] for line in whole] == [pem(certificate)]
