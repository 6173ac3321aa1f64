# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Distinguished names that stand alone: as RFC 4514 writes them, judged by cryptography and by OpenSSL."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.names import name_text, name_texts
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import make_ca, openssl
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st

OIDS = st.sampled_from(["2.5.4.3", "2.5.4.10", "2.5.4.11", "2.5.4.7", "1.3.6.1.4.1.99999.1"])
# At most 64 bytes, as cryptography wants them.
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=16)
ATTRIBUTES = st.builds(lambda oid, text: x509.NameAttribute(x509.ObjectIdentifier(oid), text), OIDS, TEXTS)
NAMES = st.builds(x509.Name, st.lists(ATTRIBUTES, max_size=8))


@given(NAMES)
def test_it_is_the_text_that_cryptography_has_for_a_whole_name(name):
    assert name_text(name.public_bytes()) == name.rfc4514_string()


def test_openssl_writes_the_same(tmp_path):
    certificate = make_ca("Root, of + many; \\signs", organization="Beispiel").certificate
    path = tmp_path / "ca.pem"
    path.write_text(pem(certificate))
    done = openssl("x509", "-in", path, "-noout", "-subject", "-nameopt", "RFC2253")
    assert name_texts([certificate.subject.public_bytes()]) == [done.stdout.strip().removeprefix("subject=")]


@pytest.mark.parametrize("der", [b"", b"\x05\x00", b"\x30\x05\x31\x00", b"\x30\x03abc", b"\x30\x00\x30\x00"])
def test_what_is_no_name_is_shown_in_hexadecimal(der):
    assert name_text(der) == f"#{der.hex()}"


@given(st.binary(max_size=200))
def test_no_bytes_are_too_strange(der):
    text = name_text(der)
    assert text == f"#{der.hex()}" or der[0] == 0x30


@given(NAMES, st.binary(min_size=1, max_size=40))
def test_what_follows_a_name_is_not_read_over(name, more):
    der = name.public_bytes() + more
    assert name_text(der) == f"#{der.hex()}"
