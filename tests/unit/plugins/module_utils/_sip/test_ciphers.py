# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ciphers protect nothing, by the names that OpenSSL gives them."""

from __future__ import annotations

import ssl

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._sip.ciphers import OFFERED, is_known, weakness


@pytest.mark.parametrize(
    ("cipher", "words"),
    [
        ("NULL-SHA", "encrypts nothing"),
        ("ECDHE-RSA-NULL-SHA", "encrypts nothing"),
        ("AECDH-NULL-SHA", "encrypts nothing"),
        ("ADH-AES256-GCM-SHA384", "without certificates"),
        ("AECDH-AES128-SHA", "without certificates"),
        ("EXP-EDH-RSA-DES-CBC-SHA", "so short"),
        ("RC4-SHA", "RC4"),
        ("ECDHE-RSA-RC4-SHA", "RC4"),
        ("DES-CBC-SHA", "3DES"),
        ("DES-CBC3-SHA", "3DES"),
        ("EDH-RSA-DES-CBC3-SHA", "3DES"),
        ("IDEA-CBC-SHA", "IDEA"),
        ("PSK-AES128-CBC-SHA", "pre-shared key"),
    ],
)
def test_weak_ones(cipher, words):
    assert words in weakness(cipher)


@pytest.mark.parametrize(
    "cipher",
    ["AES128-SHA", "AES256-SHA", "ECDHE-RSA-AES256-GCM-SHA384", "TLS_AES_256_GCM_SHA384", "0xC030", ""],
)
def test_others(cipher):
    assert weakness(cipher) is None


def test_a_cipher_that_is_not_known_is_told_as_such():
    assert is_known("AES128-SHA") and is_known("NULL-SHA")
    assert not is_known("GOST2012-GOST8912-GOST8912") and not is_known("")


def test_the_weak_ones_are_offered_last():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers(OFFERED)
    offered = [cipher["name"] for cipher in context.get_ciphers()]
    weak = [weakness(name) is not None for name in offered]
    assert weak == sorted(weak) and weak[-1] and not weak[0]
    assert {"AES128-SHA", "NULL-SHA", "AECDH-AES256-SHA"} <= set(offered)


def test_openssl_agrees_which_ones_encrypt_nothing_and_know_no_certificates():
    """Its own words for a cipher, `Enc=None` and `Au=None`, against ours for its name."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    for cipher in context.get_ciphers():
        bare = "Enc=None" in cipher["description"] or "Au=None" in cipher["description"]
        words = weakness(cipher["name"]) or ""
        assert ("nothing" in words or "without certificates" in words) == bare, cipher["description"]
