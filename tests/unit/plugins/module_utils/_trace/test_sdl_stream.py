# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records out of files: compressed, cut off, without line breaks, and hostile ones."""

from __future__ import annotations

import gzip
import io
import re
import time
import zlib

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._trace import (
    sdl_failures,
    sdl_join,
    sdl_records,
    sdl_stream,
)
from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl_stream import TraceText, Unpacked
from ansible_collections.ucops.cucm.tests.support.traces import Lines, read
from hypothesis import given
from hypothesis import strategies as st

WORD = b"SIPCertificateInd"
HEAD = b"04530161.009 |19:59:21.185 |AppInfo |"


def unpacked(data: bytes, size: int | None = None) -> tuple[bytes, str | None]:
    source = Unpacked(io.BytesIO(data), len(data) if size is None else size)
    found = b"".join(iter(lambda: source.read(1000), b""))
    return found, source.damage


def records(text: bytes, words=(WORD,), **how) -> list[bytes]:
    return [record.text for record in TraceText(io.BytesIO(text), words, **how)]


TEXT = Lines().created().text.encode() * 50


def test_a_plain_file():
    assert unpacked(TEXT) == (TEXT, None)
    assert unpacked(b"") == (b"", None)
    assert unpacked(b"\x1f") == (b"\x1f", None)


def test_a_compressed_file():
    assert unpacked(gzip.compress(TEXT)) == (TEXT, None)


def test_several_members_and_padding():
    packed = gzip.compress(TEXT) + gzip.compress(b"more") + bytes(600)
    assert unpacked(packed) == (TEXT + b"more", None)


@pytest.mark.parametrize("lost", [1, 8, 9, 100])
def test_a_compressed_file_that_is_cut_off(lost):
    found, damage = unpacked(gzip.compress(TEXT)[:-lost])
    assert TEXT.startswith(found)
    assert "ends within the compressed data" in damage


def test_a_file_that_is_still_being_written():
    """As .gzo: the compressor was flushed and not finished."""
    compressor = zlib.compressobj(wbits=31)
    found, damage = unpacked(compressor.compress(TEXT) + compressor.flush(zlib.Z_SYNC_FLUSH))
    assert found == TEXT
    assert "still being written" in damage


def test_a_damaged_file():
    packed = bytearray(gzip.compress(bytes(range(256)) * 100))
    packed[40:60] = bytes(20)
    assert unpacked(bytes(packed))[1] is not None
    assert unpacked(b"\x1f\x8b" + bytes(50)) == (b"", "the compressed data are damaged")
    assert unpacked(gzip.compress(TEXT) + b"no gzip")[1] == "the compressed data are damaged"


def test_a_bomb_is_not_unpacked(monkeypatch):
    monkeypatch.setattr(sdl_stream, "FREE_TO_UNPACK", 10_000)
    found, damage = unpacked(gzip.compress(bytes(50_000_000)))
    assert damage == "it unpacks to more than 200 times its size"
    assert len(found) < 12_000_000


@given(st.binary(max_size=300), st.integers(1, 50))
def test_any_bytes_after_the_magic(data, size):
    source = Unpacked(io.BytesIO(b"\x1f\x8b" + data), len(data))
    while source.read(size):
        pass
    assert source.read(size) == b""


def test_a_record_goes_up_to_the_next_head():
    text = HEAD + b"one SIPCertificateInd\nmore of it\n\n" + HEAD + b"two\n"
    assert records(text) == [b" |one SIPCertificateInd\nmore of it\n\n"]


def test_two_hits_in_a_record_are_one_record():
    assert len(records(HEAD + b"SIPCertificateInd SIPCertificateInd\n" + HEAD)) == 1


def test_a_head_within_a_line():
    assert records(b"x " + HEAD + b"SIPCertificateInd " + HEAD + b"else") == [b" |SIPCertificateInd "]


def test_what_comes_before_the_first_head_is_left_out():
    assert records(b"SIPCertificateInd\n" + HEAD + b"x\n") == []


@pytest.mark.parametrize(
    "head", [b"04530161.009 |25:00:00.000 |AppInfo |", b"0453016.009 |19:59:21.185 |AppInfo |"]
)
def test_what_is_no_head(head):
    assert records(head + b"SIPCertificateInd\n") == []


def test_a_word_that_follows_is_found_also_in_the_next_block(monkeypatch):
    monkeypatch.setattr(sdl_stream, "BLOCK", 2000)
    follow = {b"match(": b"Pattern="}
    far = HEAD + b"x" * 1500 + b"\n"
    text = (
        HEAD
        + b"Pattern=0\n"
        + HEAD
        + b"match(\n"
        + far
        + HEAD
        + b"Pattern=1\n"
        + far
        + far
        + HEAD
        + b"Pattern=2\n"
    )
    found = b"".join(records(text, (b"match(",), following=follow))
    assert re.findall(rb"Pattern=\d", found) == [b"Pattern=1"]


@pytest.mark.parametrize("filler", [b"x", b" ", b"9", b"9.", b"\n", b"04530161.009 |", b"-\n", b"|"])
def test_a_gigantic_line(filler):
    """4 MB without a head: read in bounded memory and time, told, and what follows is read."""
    size = 4_000_000 // len(filler)
    text = HEAD + b"SIPCertificateInd " + filler * size + b"\n" + HEAD + b"SIPCertificateInd last\n"
    trace = TraceText(io.BytesIO(text), (WORD,))
    start = time.process_time()
    found = [record.text for record in trace]
    assert time.process_time() - start < 10
    assert found[-1] == b" |SIPCertificateInd last\n"
    assert all(len(one) <= sdl_stream.LONGEST_RECORD for one in found)
    assert trace.cut_off
    assert trace.size == len(text)


REPEATED = (
    "Rcvd=",
    "Rcvd=, Expected",
    "UnavailableRemotePeersWithReasonCode:",
    "DeviceName:",
    "connIdx= 1 --remoteIP=1.1.1.1 --remotePort = 1 --X509SubjectName /",
    "HandleSSLError (Verification error:",
    "reason code=",
    "for ::",
    "/CN=",
    'dd="',
    "|DialingPattern=",
    "From: ",
    "From: sip",
    "Via: SIP/2.0/",
    "Call-ID:",
    " -- ",
    "    ",
    "To:",
    "connect to ::::",
    "a:",
    "INVITE ",
    "SIP TCP message to ",
)


@pytest.mark.parametrize("piece", REPEATED)
@pytest.mark.parametrize(
    "begin",
    [
        "wait_Sdl Outgoing SIP TCP message to 1.1.1.1 on port 1 index 1\nINVITE sip:1@1 SIP/2.0\n",
        "SIPCertificateInd ",
        "SIPTrunkOOS ",
        "InvalidX509NameInCertificate Error ",
        "HandleSSLError ",
        "ConnectionFailure ",
    ],
)
def test_no_pattern_takes_long(piece, begin):
    """Each regular expression on lines that are made to be slow for it: 64 KiB in far less than a second."""
    text = (begin + piece * (sdl_stream.LONGEST_RECORD // len(piece))).encode()
    (record,) = TraceText(io.BytesIO(HEAD + text), (begin.encode()[:8],))
    joiner, node = sdl_join.Joiner(most=10), sdl_join.Node("a", None)
    start = time.process_time()
    joiner.take(node, record)
    sdl_failures.failure_of(sdl_records.line_of(record))
    assert time.process_time() - start < 0.5


def test_compressed_files_are_read_as_traces(tmp_path):
    found = read(tmp_path, gzip.compress(TEXT))
    assert found["files"][0]["bytes"] == len(TEXT)
    assert found["connections"]
    cut = read(tmp_path, gzip.compress(TEXT)[:-20])
    assert cut["truncated"]
    assert not cut["files"][0]["complete"]
    assert cut["connections"]
