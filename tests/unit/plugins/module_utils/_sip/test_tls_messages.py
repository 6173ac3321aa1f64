# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from the bodies of handshake messages, whole and damaged ones."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._sip.tls_messages import (
    TLS_VERSIONS,
    authorities_in,
    certificates_in,
    choice_of,
)
from hypothesis import given
from hypothesis import strategies as st

VERSIONS = st.sampled_from(TLS_VERSIONS)
NAMES = st.lists(st.binary(min_size=1, max_size=50), max_size=5)


def message(certificates, *, tls_13):
    extension = b"\x00\x03abc" if tls_13 else b""
    entries = b"".join(len(one).to_bytes(3, "big") + one + extension for one in certificates)
    return (b"\x00" if tls_13 else b"") + len(entries).to_bytes(3, "big") + entries


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5), st.booleans())
def test_certificates_of_a_message(certificates, tls_13):
    assert certificates_in(message(certificates, tls_13=tls_13), tls_13=tls_13) == tuple(certificates)


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5), st.booleans(), st.integers(0, 300))
def test_a_cut_message_gives_what_is_whole(certificates, tls_13, length):
    found = certificates_in(message(certificates, tls_13=tls_13)[:length], tls_13=tls_13)
    assert found == tuple(certificates[: len(found)])


@given(st.binary(max_size=400), st.booleans())
def test_no_certificate_message_is_too_strange(body, tls_13):
    assert sum(map(len, certificates_in(body, tls_13=tls_13))) <= len(body)


def vector(content, size=2):
    return len(content).to_bytes(size, "big") + content


def request(names, version):
    """A CertificateRequest as a server of that version sends it."""
    authorities = vector(b"".join(map(vector, names)))
    algorithms = vector(b"\x04\x01\x08\x04")
    if version == "1.3":
        # Signature algorithms, the list, and an extension that a later RFC may bring; without names, no list.
        extensions = b"\x00\x0d" + vector(algorithms)
        if names:
            extensions += b"\x00\x2f" + vector(authorities)
        return vector(b"", 1) + vector(extensions + b"\xfa\xce" + vector(b"later"))
    types = vector(b"\x01\x40", 1)
    return types + (algorithms if version == "1.2" else b"") + authorities


@given(NAMES, VERSIONS)
def test_the_authorities_of_a_request(names, version):
    assert authorities_in(request(names, version), version=version) == tuple(names)


@given(NAMES, VERSIONS, st.data())
def test_a_request_that_is_cut_off_names_nobody(names, version, data):
    whole = request(names, version)
    cut = whole[: data.draw(st.integers(0, len(whole) - 1))]
    assert authorities_in(cut, version=version) is None


@given(st.binary(max_size=400), st.one_of(st.none(), VERSIONS))
def test_no_request_is_too_strange(body, version):
    assert sum(map(len, authorities_in(body, version=version) or ())) <= len(body)


@pytest.mark.parametrize(
    ("version", "cipher", "chosen"),
    [
        (b"\x03\x01", b"\x00\x2f", ("1.0", 0x2F)),
        (b"\x03\x03", b"\xc0\x30", ("1.2", 0xC030)),
        (b"\x03\x03", b"\x13\x02", ("1.3", 0x1302)),
        (b"\x7f\x1c", b"\x00\x2f", (None, 0x2F)),
    ],
)
@pytest.mark.parametrize("session", [b"", bytes(32)])
def test_the_choice_of_a_server(version, cipher, chosen, session):
    assert choice_of(version + bytes(32) + vector(session, 1) + cipher + b"\x00") == chosen


@given(st.binary(max_size=80))
def test_no_hello_is_too_strange(body):
    version, cipher = choice_of(body)
    assert version in (None, *TLS_VERSIONS) and 0 <= cipher <= 0xFFFF
