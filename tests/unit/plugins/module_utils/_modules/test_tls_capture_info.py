# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module tls_capture_info as a whole."""

from __future__ import annotations

import os

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules import tls_capture_info
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import describe_certificate
from ansible_collections.ucops.cucm.tests.support.builders import execute
from ansible_collections.ucops.cucm.tests.support.handshakes import (
    SERVER,
    V6,
    authority,
    identity,
    mutual,
    segments,
    written,
)

GOOD = written(segments(mutual("TLSv1.2")))
NONE = {"complete": 0, "failed": 0, "not_visible": 0, "not_measured": 0, "left_out": 0}


@pytest.fixture
def info(tmp_path):
    def run(data=GOOD, **params):
        path = tmp_path / "packets.cap"
        path.write_bytes(data)
        result, warnings = execute(tls_capture_info.DEFINITION, {"path": str(path), **params})
        assert warnings == []
        return result

    return run


def test_the_certificates_are_described(info):
    result = info()
    assert not result["changed"]
    assert result["summary"] == {**NONE, "connections": 1, "complete": 1}
    assert (result["truncated"], result["truncated_because"]) == (False, [])
    assert result["packets"] == len(segments(mutual("TLSv1.2")))
    (connection,) = result["connections"]
    for chain, name in (("client_chain", "cucm-a.example.com"), ("server_chain", "cucm-b.example.com")):
        assert connection[chain][0] == {**describe_certificate(identity(name)), "unreadable": None}
        assert len(connection[chain]) == 2
    assert connection["server_chain"][0]["subject_alt_names"] == ["DNS:cucm-b.example.com"]


def test_a_certificate_that_cannot_be_decoded_is_shown_as_it_is(info):
    exchange = list(mutual("TLSv1.2", ciphers="AES128-SHA:@SECLEVEL=0"))
    server = bytearray(exchange[1][1])
    at = server.index(b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b")  # within the first certificate
    server[at - 12 : at] = bytes(12)
    exchange[1] = (1, bytes(server))
    result = info(written(segments(exchange)))
    (connection,) = result["connections"]
    first, second = connection["server_chain"]
    assert first["unreadable"]
    assert first["certificate"].startswith("-----BEGIN CERTIFICATE-----")
    assert second["unreadable"] is None


def test_the_authorities_are_told_by_their_names(info):
    """Python's servers name none, so two are put into the request: a name, and what is none."""
    exchange = list(mutual("TLSv1.0", ciphers="AES128-SHA:@SECLEVEL=0"))
    assert info(written(segments(exchange)))["connections"][0]["request"]["authorities"] == []
    subject = authority().certificate.subject
    names = b"".join(len(name).to_bytes(2) + name for name in (subject.public_bytes(), b"\x05\x00"))
    body = b"\1\1" + len(names).to_bytes(2) + names
    message = b"\x0d" + len(body).to_bytes(3) + body
    record = b"\x16" + exchange[1][1][1:3] + len(message).to_bytes(2) + message
    exchange[1:] = [(SERVER, exchange[1][1] + record)]
    request = info(written(segments(exchange)))["connections"][0]["request"]
    assert request == {"authorities": [subject.rfc4514_string(), "#0500"], "signature_algorithms": []}


def test_the_filters(info):
    other = written(segments(mutual("TLSv1.2")), V6)
    both = GOOD + other[24:]
    assert info(both)["summary"]["connections"] == 2
    assert info(both, port=[443])["summary"]["connections"] == 0
    assert info(both, port=[])["summary"]["connections"] == 2
    (connection,) = info(both, address="2001:DB8:0::0203")["connections"]
    assert connection["client"]["address"] == "2001:db8::203"
    assert info(both, address="192.0.2.200")["summary"]["connections"] == 1
    limited = info(both, max_connections=1)
    assert limited["summary"] == {**NONE, "connections": 1, "complete": 1, "left_out": 1}
    assert limited["truncated"]
    assert "1 connections more than the first 1" in limited["truncated_because"][0]


def test_a_capture_that_was_cut_off_is_told(info):
    result = info(GOOD[:-30])
    assert result["truncated"]
    assert "ends within a packet" in result["truncated_because"][0]


@pytest.mark.parametrize(
    ("params", "reason", "words"),
    [
        ({"address": "cucm-b.example.com"}, "invalid_option", "no IP address"),
        ({"port": [0]}, "invalid_option", "0 is no TCP port"),
        ({"port": [70000]}, "invalid_option", "70000 is no TCP port"),
        ({"max_connections": 0}, "invalid_option", "between 1 and 10000"),
        ({"max_connections": 10001}, "invalid_option", "between 1 and 10000"),
        ({"path": "/nonexistent/packets.cap"}, "file_unreadable", "No such file"),
        ({"path": "/"}, "file_unreadable", "/"),
        ({"data": b"no capture"}, "capture_unreadable", "is no packet capture"),
        ({"data": b""}, "capture_unreadable", "is empty"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_a_reason(info, params, reason, words):
    result = info(**params)
    assert result["failed"]
    assert result["reason"] == reason
    assert words in result["msg"]


def test_a_named_pipe_is_not_waited_for(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    result, _warnings = execute(tls_capture_info.DEFINITION, {"path": str(path)})
    assert result["reason"] == "file_unreadable"
    assert "not a regular file" in result["msg"]
