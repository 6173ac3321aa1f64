# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ciphers that a probe offers, and which of them protect nothing, or next to nothing."""

from __future__ import annotations

from collections.abc import Mapping

_BROKEN = ("3DES", "DES", "RC4", "RC2", "MD5")
#: OpenSSL's default ciphers, then the weak ones that it still has: chosen they are by a server that has or wants
#: nothing better, which is then said of it. (DEFAULT itself would strike the weak ones out for good. Words for
#: ciphers that this OpenSSL lacks do no harm.)
OFFERED = ":".join(
    (
        "ALL:-COMPLEMENTOFDEFAULT",
        *_BROKEN,
        "aNULL:eNULL",
        *(f"+{word}" for word in _BROKEN),  # those that are among the default ones, to the end too
        "@SECLEVEL=0",
    )
)

_WITHOUT_CERTIFICATES = "it works without certificates, so that neither side knows with whom it speaks"
#: Parts of the names that OpenSSL gives to ciphers, and what is wrong with these (RFC 7525, 4.1).
_WEAK: Mapping[str, str] = {
    "NULL": "it encrypts nothing",
    "ADH": _WITHOUT_CERTIFICATES,
    "AECDH": _WITHOUT_CERTIFICATES,
    "EXP": "its keys are so short that anybody can find them",
    "RC4": "RC4 is broken",
    "RC2": "RC2 is broken",
    "DES": "DES and 3DES are broken",
    "MD5": "MD5 is broken",
}


def weakness(cipher: str) -> str | None:
    """What is wrong with a cipher, by the name that OpenSSL gives it; None for one that protects.

    AES128-SHA, which old releases speak, does: its key exchange by RSA alone is no finding.
    """
    parts = cipher.upper().split("-")
    return next((words for part, words in _WEAK.items() if part in parts), None)
