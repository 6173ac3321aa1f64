# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ciphers that a probe offers, and which of them protect nothing, or next to nothing."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._facts.ciphers import suite_named

_BROKEN = ("3DES", "DES", "RC4", "RC2", "MD5")
#: OpenSSL's default ciphers, then the weak ones that it still has: chosen they are by a server that has or wants
#: nothing better, which is then said of it. (DEFAULT itself would strike the weak ones out for good. Words for
#: ciphers that this OpenSSL lacks do no harm.)
OFFERED = ":".join(
    (
        "ALL:-COMPLEMENTOFDEFAULT",
        *_BROKEN,
        "aNULL:eNULL",
        # A probe has no pre-shared key and no password of SRP.
        "!PSK:!SRP",
        *(f"+{word}" for word in _BROKEN),  # those that are among the default ones, to the end too
        "@SECLEVEL=0",
    )
)


def weakness(cipher: str) -> str | None:
    """What is wrong with a cipher, by the name that OpenSSL gives it; None for one that protects or is not known."""
    suite = suite_named(cipher)
    return suite.weakness if suite else None


def is_known(cipher: str) -> bool:
    """Whether the strength of a cipher is known."""
    return suite_named(cipher) is not None
