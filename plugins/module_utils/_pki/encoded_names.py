# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Texts of distinguished names that their string type does not allow, read as OpenSSL reads them.

CAs have written Latin-1 into TeletexString, and `@`, `_` or a NUL into PrintableString. OpenSSL takes the bytes of
those types for Latin-1 (`ASN1_STRING_to_UTF8`); `cryptography` refuses the name, and with it the certificate.
Here such a text is written again as a UTF8String, which means the same (RFC 5280, 7.1).
"""

from __future__ import annotations

import string

from ansible_collections.ucops.cucm.plugins.module_utils._pki.der import (
    SEQUENCE,
    bounds,
    content,
    elements,
    make_element,
)

_OBJECT_IDENTIFIER, _OCTETS, _UTF8 = 0x06, 0x04, 0x0C
_PRINTABLE = 0x13
#: NumericString, PrintableString, TeletexString, IA5String.
_OF_ONE_BYTE = frozenset((0x12, _PRINTABLE, 0x14, 0x16))
_PRINTABLE_BYTES = frozenset(f"{string.ascii_letters}{string.digits} '()+,-./:=?".encode())
#: The fields of a certificate that are names, counted without its version: the issuer and the subject.
_NAMES = (2, 4)
_EXTENSIONS = 0xA3
#: Extensions that hold names: both alternative names, name constraints, distribution points, authority key identifier.
_WITH_NAMES = tuple(bytes.fromhex(f"0603551d{number:02x}") for number in (17, 18, 30, 31, 35))
#: How deep the elements of such an extension are nested at most, with room.
_DEEPEST = 16


def with_readable_names(certificate: bytes) -> bytes:
    """The certificate with each such text as a UTF8String; the same bytes when there is none.

    Its signature is void then. ValueError when the data is no certificate.
    """
    body, *signature = elements(content(certificate))
    version, fields = _fields(body)
    fields = [
        readable_name(field)
        if number in _NAMES
        else _readable_extensions(field)
        if field[0] == _EXTENSIONS
        else field
        for number, field in enumerate(fields)
    ]
    return make_element(SEQUENCE, [make_element(SEQUENCE, [*version, *fields]), *signature])


def certificate_fields(certificate: bytes) -> list[bytes]:
    """Serial number, algorithm, issuer, validity, subject, key and what follows; ValueError without them."""
    fields = _fields(next(elements(content(certificate)), b""))[1]
    if len(fields) < 6:
        raise ValueError("no certificate")
    return fields


def readable_name(name: bytes) -> bytes:
    """A name, or an element that holds names, with each such text as a UTF8String.

    The same bytes when it cannot be taken apart.
    """
    try:
        if bounds(name)[1] != len(name):
            return name
        return _readable(name, _DEEPEST)
    except ValueError:
        return name


def attributes(name: bytes) -> list[list[tuple[bytes, bytes]]]:
    """The attributes of a name as pairs of OID and value in DER, in lists of those that stand together."""
    return [[_attribute(pair) for pair in elements(content(part))] for part in elements(content(name))]


def _attribute(pair: bytes) -> tuple[bytes, bytes]:
    oid, value = elements(content(pair))
    return oid, value


def _fields(body: bytes) -> tuple[list[bytes], list[bytes]]:
    fields = list(elements(content(body)))
    versions = 1 if fields and fields[0][0] == 0xA0 else 0
    return fields[:versions], fields[versions:]


def _readable_extensions(field: bytes) -> bytes:
    found = elements(content(content(field)))
    return make_element(_EXTENSIONS, make_element(SEQUENCE, map(_readable_extension, found)))


def _readable_extension(extension: bytes) -> bytes:
    parts = list(elements(content(extension)))
    if parts and parts[0] in _WITH_NAMES and parts[-1][0] == _OCTETS:
        parts[-1] = make_element(_OCTETS, readable_name(content(parts[-1])))
    return make_element(SEQUENCE, parts)


def _readable(element: bytes, depth: int) -> bytes:
    """The element with the texts of all attributes in it readable."""
    is_constructed = element[0] & 0x20
    if not is_constructed or not depth:
        return element
    parts = list(elements(content(element)))
    if element[0] == SEQUENCE and len(parts) == 2 and parts[0][0] == _OBJECT_IDENTIFIER:
        parts[1] = _readable_text(parts[1])
    else:
        parts = [_readable(part, depth - 1) for part in parts]
    return make_element(element[0], parts)


def _readable_text(element: bytes) -> bytes:
    tag, text = element[0], content(element)
    if tag not in _OF_ONE_BYTE:
        return element
    if text.isascii() and (tag != _PRINTABLE or _PRINTABLE_BYTES.issuperset(text)):
        return element
    return make_element(_UTF8, text.decode("latin-1").encode())
