# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of cipher suites: a wrong row passes a trunk that protects nothing."""

from __future__ import annotations

import ssl

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._facts.ciphers import CIPHER_SUITES, suite_named


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0x0000, "encrypts nothing"),
        (0x0003, "so short"),
        (0x0008, "so short"),
        (0x0005, "RC4"),
        (0x000A, "3DES"),
        (0x0007, "IDEA"),
        (0x001B, "without certificates"),
        (0x008C, "pre-shared"),
        (0xC01D, "password"),
        (0xC0B4, "encrypts nothing"),
    ],
)
def test_weak_ones_by_number(number, words):
    assert words in (CIPHER_SUITES[number].weakness or "")


@pytest.mark.parametrize("number", [0x002F, 0x009C, 0x1301, 0xC02F, 0xC030, 0xCCA8])
def test_those_of_unified_cm_protect(number):
    assert CIPHER_SUITES[number].weakness is None


def test_names_lead_to_the_same_suite():
    for number, suite in CIPHER_SUITES.items():
        names = [
            suite.name,
            suite.name.lower(),
            f"0x{number:04X}",
            *([suite.openssl] if suite.openssl else []),
        ]
        assert {found.number for name in names if (found := suite_named(name))} == {number}


@pytest.mark.parametrize(
    "name", ["", "0xFFFF", "0xzzzz", "TLS_NEW", "GOST2001-GOST89-GOST89", "0x00FF", "0x5600"]
)
def test_what_is_not_known(name):
    assert suite_named(name) is None


def test_openssl_has_the_same_numbers_and_names():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    for cipher in context.get_ciphers():
        suite = suite_named(cipher["name"])
        assert suite is not None, cipher["name"]
        assert suite.number == cipher["id"] & 0xFFFF, cipher["name"]
        assert ("Enc=None" in cipher["description"]) == (suite.weakness == "it encrypts nothing")
