# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The record of issued certificates."""

from __future__ import annotations

import errno
import json
from datetime import UTC, datetime, timedelta

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki import index as index_module
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import SigningRequest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import FileNotWritten
from ansible_collections.ucops.cucm.plugins.module_utils._pki.index import (
    IndexDamaged,
    IssuedIndex,
    index_line,
    one_line_name,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import profile_of
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import load_certificate, spki_sha256
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
    make_ca,
    make_csr,
    make_leaf,
    name,
)
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

CSR = make_csr()
LEAF = make_leaf(CSR, make_ca())
REQUEST = SigningRequest(CSR, profile_of("CallManager"), timedelta(days=365), NOW)


@pytest.fixture
def index(tmp_path):
    return IssuedIndex(str(tmp_path / "index.txt"))


def test_empty_index(index):
    assert index.serials() == set()


def test_record(index, tmp_path):
    index.record(LEAF, REQUEST)
    assert index.serials() == {LEAF.serial_number}
    assert (tmp_path / "index.txt").read_text() == index_line(LEAF) + "\n"
    assert (tmp_path / "index.txt.attr").read_text() == "unique_subject = no\n"
    (entry,) = map(json.loads, (tmp_path / "index.jsonl").read_text().splitlines())
    assert load_certificate(entry["certificate"], source="log") == LEAF
    assert entry["spki_sha256"] == spki_sha256(CSR)
    assert entry["service"] == "CallManager"
    assert {"time", "user", "host", "csr_sha256", "serial_number"} <= entry.keys()


def test_line_has_the_columns_of_openssl():
    line = index_line(LEAF).split("\t")
    assert line[0] == "V"
    assert line[1] == LEAF.not_valid_after_utc.strftime("%y%m%d%H%M%SZ")
    assert line[2] == ""
    assert int(line[3], 16) == LEAF.serial_number
    assert line[4:] == ["unknown", "/C=DE/ST=Berlin/L=Berlin/O=Example/CN=cucm-pub.example.com"]


def test_dates_from_2050_on_have_four_digits():
    late = make_leaf(CSR, make_ca(), end=datetime(2051, 2, 3, tzinfo=UTC))
    assert index_line(late).split("\t")[1] == "20510203000000Z"


@given(st.text(min_size=1, max_size=20))
def test_no_name_breaks_the_line(text):
    subject = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, text)])
    line = one_line_name(subject)
    assert line.isascii()
    assert line.isprintable()


def test_other_characters_are_escaped_as_openssl_does():
    assert one_line_name(name("a", O="Köln")) == r"/O=K\xC3\xB6ln/CN=a"


def test_log_that_cannot_be_written_takes_the_line_back(index, tmp_path):
    index.record(LEAF, REQUEST)
    (tmp_path / "index.jsonl").unlink()
    (tmp_path / "index.jsonl").mkdir()
    with pytest.raises(FileNotWritten):
        index.record(make_leaf(CSR, make_ca()), REQUEST)
    assert index.serials() == {LEAF.serial_number}


def test_full_disk_leaves_the_index_as_it_was(index, tmp_path, monkeypatch):
    index.record(LEAF, REQUEST)
    before = (tmp_path / "index.txt").read_bytes()

    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(FileNotWritten, match="No space left"):
        index.record(make_leaf(CSR, make_ca()), REQUEST)
    assert (tmp_path / "index.txt").read_bytes() == before


def test_torn_last_line_is_cut_off(index, tmp_path):
    index.record(LEAF, REQUEST)
    path = tmp_path / "index.txt"
    whole = path.read_bytes()
    path.write_bytes(whole + b"V\t281122")
    assert index.serials() == {LEAF.serial_number}
    assert path.read_bytes() == whole


def test_missing_last_newline_is_added(index, tmp_path):
    index.record(LEAF, REQUEST)
    path = tmp_path / "index.txt"
    whole = path.read_bytes()
    path.write_bytes(whole.rstrip(b"\n"))
    assert index.serials() == {LEAF.serial_number}
    assert path.read_bytes() == whole


@pytest.mark.parametrize("line", ["no index", "V\t1\t\tnothex\tunknown\t/CN=a", ""])
def test_damaged_index_is_not_added_to(index, tmp_path, line):
    (tmp_path / "index.txt").write_text(f"{index_line(LEAF)}\n{line}\n")
    with pytest.raises(IndexDamaged, match="line 2 of"):
        index.serials()


def test_attributes_of_the_site_are_kept(index, tmp_path):
    (tmp_path / "index.txt.attr").write_text("unique_subject = yes\n")
    index.record(LEAF, REQUEST)
    assert (tmp_path / "index.txt.attr").read_text() == "unique_subject = yes\n"


def test_user_without_a_name(monkeypatch):
    def nobody():
        raise KeyError("uid not found")

    monkeypatch.setattr(index_module.getpass, "getuser", nobody)
    assert index_module.log_entry(LEAF, REQUEST)["user"].isdigit()
