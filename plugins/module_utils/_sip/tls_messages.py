# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from the bodies of handshake messages (RFC 5246, 7.4; RFC 8446, 4).

They come from OpenSSL's engine, in clear also in TLS 1.3. Nothing here raises an exception.
"""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._facts.tls import VERSIONS

_TLS = "TLSv"
_VERSIONS = {number: name.removeprefix(_TLS) for number, name in VERSIONS.items() if name.startswith(_TLS)}
#: The versions as options and results spell them, the oldest first.
TLS_VERSIONS = tuple(_VERSIONS.values())

#: The extension that carries the list of CAs in TLS 1.3 (RFC 8446, 4.2.4).
_CERTIFICATE_AUTHORITIES = 47


def choice_of(body: bytes) -> tuple[str | None, int]:
    """Version and number of the cipher of a ServerHello; None and 0 for what cannot be read."""
    session_length = body[34] if len(body) > 34 else 0
    code = int.from_bytes(body[35 + session_length : 37 + session_length], "big")
    # The ciphers 13xx are those of TLS 1.3, whose ServerHello calls itself 1.2.
    number = 0x0304 if code >> 8 == 0x13 else int.from_bytes(body[:2], "big")
    return _VERSIONS.get(number), code


def certificates_in(body: bytes, *, tls_13: bool) -> tuple[bytes, ...]:
    """The certificates (DER) of a Certificate message (RFC 5246, 7.4.2; RFC 8446, 4.4.2).

    As far as they are whole: a message that is cut off gives what comes before the cut.
    """
    position = 0
    if tls_13:  # the request's context, empty in a handshake
        position = 1 + (body[0] if body else 0)
    total = int.from_bytes(body[position : position + 3], "big")
    position += 3
    end = min(len(body), position + total)
    found = []
    while position + 3 <= end:
        size = int.from_bytes(body[position : position + 3], "big")
        position += 3
        if size == 0 or position + size > end:
            break
        found.append(body[position : position + size])
        position += size
        if tls_13:
            position += 2 + int.from_bytes(body[position : position + 2], "big")
    return tuple(found)


def authorities_in(body: bytes, *, version: str | None) -> tuple[bytes, ...] | None:
    """The CAs (names in DER) of a CertificateRequest (RFC 4346 and 5246, 7.4.4; RFC 8446, 4.3.2 and 4.2.4).

    Empty when it names none, which means any; None when the message cannot be read.
    """
    try:
        _first, rest = _split(body, 1)  # the types of certificates; in TLS 1.3 the request's context
        if version == "1.3":
            extensions, _end = _split(rest, 2)
            return _names(_extension(extensions, _CERTIFICATE_AUTHORITIES))
        if version not in ("1.0", "1.1"):
            _algorithms, rest = _split(rest, 2)
        return _names(rest)
    except ValueError:
        return None


def extension_of_hello(body: bytes, wanted: int) -> bytes:
    """The content of an extension of a ServerHello; ValueError when it is not there or cannot be read."""
    _session, rest = _split(body[34:], 1)
    extensions, _end = _split(rest[3:], 2)
    while extensions:
        number = int.from_bytes(extensions[:2], "big")
        content, extensions = _split(extensions[2:], 2)
        if number == wanted:
            return content
    raise ValueError(f"the ServerHello has no extension {wanted}")


def _extension(extensions: bytes, wanted: int) -> bytes:
    """The content of an extension; that of an empty list when there is none."""
    while extensions:
        number = int.from_bytes(extensions[:2], "big")
        content, extensions = _split(extensions[2:], 2)
        if number == wanted:
            return content
    return bytes(2)


def _names(data: bytes) -> tuple[bytes, ...]:
    names, _rest = _split(data, 2)
    found = []
    while names:
        name, names = _split(names, 2)
        found.append(name)
    return tuple(found)


def _split(data: bytes, size: int) -> tuple[bytes, bytes]:
    """What stands behind a length of so many bytes, and the rest; ValueError when it is not all there."""
    end = size + int.from_bytes(data[:size], "big")
    if len(data) < max(size, end):
        raise ValueError("cut off")
    return data[size:end], data[end:]
