# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Distinguished names that stand outside of certificates, such as a server's list of CAs (RFC 5246, 7.4.4)."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.ucops.cucm.plugins.module_utils._pki.der import SEQUENCE, SET, content, make_element
from ansible_collections.ucops.cucm.plugins.module_utils._pki.encoded_names import attributes, readable_name

try:
    from cryptography import x509
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

# The parts of a request for certification (RFC 2986, 4.1) around its subject: version 0 before it; after it an
# Ed25519 key of 32 zeros and no attributes; then the algorithm and a signature of 64 zeros, which nobody checks.
_ED25519 = bytes.fromhex("300506032b6570")
_VERSION = bytes.fromhex("020100")
_KEY = bytes.fromhex("302a") + _ED25519 + bytes.fromhex("032100") + bytes(32)
_NO_ATTRIBUTES = bytes.fromhex("a000")
_SIGNATURE = _ED25519 + bytes.fromhex("034100") + bytes(64)


def name_text(der: bytes) -> str:
    """A name in DER as RFC 4514 writes it, and as `#` with the bytes in hexadecimal when it cannot be decoded.

    cryptography decodes a name only as a part of something larger, so it is made the subject of a request.
    """
    inner = make_element(SEQUENCE, (_VERSION, readable_name(der), _KEY, _NO_ATTRIBUTES))
    request = make_element(SEQUENCE, (inner, _SIGNATURE))
    try:
        return x509.load_der_x509_csr(request).subject.rfc4514_string()
    except (
        ValueError,
        TypeError,
        KeyError,
    ):  # KeyError: cryptography 42, for a text of an unknown ASN.1 type
        return f"#{der.hex()}"


def name_texts(names: Iterable[bytes]) -> list[str]:
    """Each of these names as a text, in their order."""
    return [name_text(der) for der in names]


def readable_parts(der: bytes) -> str:
    """A name of which some attributes cannot be decoded: those as `#` with their bytes, the others as text.

    ValueError when it is no name at all.
    """
    return ",".join(
        "+".join(_attribute(*pair) for pair in together) for together in reversed(attributes(der))
    )


def _attribute(oid: bytes, value: bytes) -> str:
    pair = make_element(SEQUENCE, (oid, value))
    text = name_text(make_element(SEQUENCE, make_element(SET, pair)))
    if not text.startswith("#"):
        return text
    # The type's name comes from the same attribute with an empty text.
    empty = make_element(SEQUENCE, (oid, b"\x0c\x01x"))
    kind = name_text(make_element(SEQUENCE, make_element(SET, empty))).partition("=")[0]
    return f"{kind}=#{value.hex()}" if content(oid) else f"#{pair.hex()}"
