# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate that a SIP port shows to a peer that takes keys of one type only.

Since release 15SU2, SIP over TLS 1.3 has two certificates, and an enterprise parameter decides which one
a peer sees that takes both. What a client takes is in its signature algorithms, which Python's ssl does
not let a program choose. So this is the beginning of a handshake of its own, up to the certificate of the
server (RFC 8446, 4 and 7; RFC 5246, 7.4). Nothing is verified and nothing is sent that is worth protecting.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ansible_collections.ucops.cucm.plugins.module_utils._sip.alerts import alert_of
from ansible_collections.ucops.cucm.plugins.module_utils._sip.probe import (
    LARGEST_CONVERSATION,
    Deadline,
    Target,
    server_name,
)
from ansible_collections.ucops.cucm.plugins.module_utils._sip.tls_messages import (
    certificates_in,
    choice_of,
    extension_of_hello,
)

try:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.asymmetric import ec, x25519
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

KeyType = Literal["rsa", "ec"]
KEY_TYPES: tuple[KeyType, ...] = ("rsa", "ec")

# Numbers of IANA's registries of TLS.
_CHANGE_CIPHER_SPEC, _ALERT, _HANDSHAKE, _APPLICATION_DATA = 20, 21, 22, 23
_CLIENT_HELLO, _SERVER_HELLO, _CERTIFICATE, _SERVER_HELLO_DONE, _FINISHED = 1, 2, 11, 14, 20
_SCHEMES: Mapping[KeyType, tuple[int, ...]] = {
    "rsa": (0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0201),
    "ec": (0x0403, 0x0503, 0x0603, 0x0203),
}
_SUITES_13 = (0x1301, 0x1302, 0x1303)
_SUITES: Mapping[KeyType, tuple[int, ...]] = {
    "rsa": (
        0xC02F,
        0xC030,
        0xCCA8,
        0xC027,
        0xC028,
        0xC013,
        0xC014,
        0x9E,
        0x9F,
        0x9C,
        0x9D,
        0x3C,
        0x3D,
        0x2F,
        0x35,
    ),
    "ec": (0xC02B, 0xC02C, 0xCCA9, 0xC023, 0xC024, 0xC009, 0xC00A),
}
#: Says that the client knows secure renegotiation, without which some servers go no further (RFC 5746, 3.3).
_RENEGOTIATION = 0x00FF
_X25519, _P256, _P384, _P521 = 29, 23, 24, 25
#: The random of a ServerHello that asks for another ClientHello (RFC 8446, 4.1.3).
_RETRY = hashlib.sha256(b"HelloRetryRequest").digest()


@dataclass(frozen=True)
class Shown:
    """What a peer that takes keys of `key_type` only is shown: DER, the server's own certificate first.

    `is_shown` is None where that could not be seen; `why` says why nothing was shown.
    """

    key_type: KeyType
    is_shown: bool | None
    tls_version: str | None = None
    chain: tuple[bytes, ...] = ()
    why: str = ""


class _Refused(Exception):
    """The server ended the handshake with an alert, which says that it has no such certificate."""


class _Unreadable(Exception):
    """The server's side of the handshake is not what this client understands."""


def shown_for(target: Target, key_type: KeyType) -> Shown:
    """Offer keys of one type, and give the certificate that is shown for them."""
    offer = _Offer(target, key_type)
    try:
        with socket.create_connection((target.host, target.port), timeout=target.timeout) as stream:
            chain = offer.chain_over(stream)
    except _Refused as refused:
        return Shown(key_type, False, offer.version, why=str(refused))
    except (_Unreadable, OSError, ValueError, IndexError, InvalidTag) as error:
        return Shown(key_type, None, offer.version, why=str(error) or type(error).__name__)
    return Shown(key_type, True, offer.version, chain)


class _Offer:
    """One handshake. `version` is what the server chose."""

    def __init__(self, target: Target, key_type: KeyType) -> None:
        self._target = target
        self._key_type = key_type
        self._shares = _shares()
        self._hello = self._client_hello()
        self.version: str | None = None

    def chain_over(self, stream: socket.socket) -> tuple[bytes, ...]:
        """The chain of the server's Certificate message; raises _Refused and _Unreadable."""
        stream.sendall(_record(_HANDSHAKE, self._hello))
        records = _Records(stream, Deadline(self._target.timeout))
        for kind, message in _messages(records):
            if kind == _SERVER_HELLO:
                self._take(message, records)
            elif kind == _CERTIFICATE:
                return certificates_in(message[4:], tls_13=self.version == "1.3")
            elif kind in (_SERVER_HELLO_DONE, _FINISHED):
                break
        raise _Unreadable("the server showed no certificate")

    def _take(self, message: bytes, records: _Records) -> None:
        body = message[4:]
        if body[2:34] == _RETRY:
            raise _Unreadable("the server wants a key exchange that was not offered")
        self.version, suite = choice_of(body)
        if self.version != "1.3":
            return
        share = extension_of_hello(body, 51)
        group, key = int.from_bytes(share[:2], "big"), share[4:]
        if group not in self._shares:
            raise _Unreadable("the server wants a key exchange that was not offered")
        secret = self._shares[group][1](key)
        records.protect(_opener(suite, secret, self._hello + message))

    def _client_hello(self) -> bytes:
        older = (0x0302, 0x0301) if self._target.allow_legacy_tls else ()
        versions = _numbers((0x0304, 0x0303, *older))
        shares = b"".join(_number(group) + _vector(share, 2) for group, (share, _key) in self._shares.items())
        every = tuple(scheme for schemes in _SCHEMES.values() for scheme in schemes)
        extensions = {
            10: _vector(_numbers((_X25519, _P256, _P384, _P521)), 2),
            11: b"\x01\x00",
            13: _vector(_numbers(_SCHEMES[self._key_type]), 2),
            # A certificate of either key type may be signed by a CA with any key (RFC 8446, 4.2.3).
            50: _vector(_numbers(every), 2),
            43: _vector(versions, 1),
            51: _vector(shares, 2),
        }
        name = server_name(self._target.host)
        if name:
            extensions[0] = _vector(b"\x00" + _vector(name.encode("idna"), 2), 2)
        packed = b"".join(_number(number) + _vector(content, 2) for number, content in extensions.items())
        body = b"\x03\x03" + os.urandom(32) + _vector(os.urandom(32), 1)
        body += _vector(_numbers((*_SUITES_13, *_SUITES[self._key_type], _RENEGOTIATION)), 2)
        body += b"\x01\x00" + _vector(packed, 2)
        return bytes((_CLIENT_HELLO,)) + _vector(body, 3)


class _Records:
    """The records that a server sends; alerts raise _Refused."""

    def __init__(self, stream: socket.socket, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline
        self._received = 0
        self._open: Callable[[bytes, bytes], bytes] | None = None

    def protect(self, opener: Callable[[bytes, bytes], bytes]) -> None:
        """Decrypt the records that follow."""
        self._open = opener

    def __iter__(self) -> Iterator[bytes]:
        """The contents of the records of the handshake."""
        while True:
            header = self._take(5)
            kind = header[0]
            if kind not in (_CHANGE_CIPHER_SPEC, _ALERT, _HANDSHAKE, _APPLICATION_DATA):
                raise _Unreadable("the server does not speak TLS")
            data = self._take(int.from_bytes(header[3:5], "big"))
            if kind == _APPLICATION_DATA and self._open is not None:
                plain = self._open(header, data).rstrip(b"\x00")
                kind, data = plain[-1], plain[:-1]
            if kind == _ALERT:
                alert = alert_of(data[1])
                raise _Refused(f"the server ended the handshake with {alert}: {alert.meaning}")
            if kind == _HANDSHAKE:
                yield data
            elif kind != _CHANGE_CIPHER_SPEC:
                raise _Unreadable("the server sent data instead of its certificate")

    def _take(self, size: int) -> bytes:
        taken = b""
        while len(taken) < size:
            self._stream.settimeout(self._deadline.left())
            data = self._stream.recv(size - len(taken))
            self._received += len(data)
            if not data:
                raise _Unreadable("the server closed the connection during the handshake, without an alert")
            if self._received > LARGEST_CONVERSATION:
                raise _Unreadable(f"the server sent more than {LARGEST_CONVERSATION} bytes")
            taken += data
        return taken


def _messages(records: _Records) -> Iterator[tuple[int, bytes]]:
    """Kind and bytes of each handshake message, with its head of four bytes; a record may have several."""
    waiting = b""
    for data in records:
        waiting += data
        while len(waiting) >= 4:
            end = 4 + int.from_bytes(waiting[1:4], "big")
            if len(waiting) < end:
                break
            message, waiting = waiting[:end], waiting[end:]
            yield message[0], message


def _shares() -> dict[int, tuple[bytes, Callable[[bytes], bytes]]]:
    """The own half of each key exchange, and what makes the secret of the other half, by group."""
    first = x25519.X25519PrivateKey.generate()
    public = first.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    found: dict[int, tuple[bytes, Callable[[bytes], bytes]]] = {
        _X25519: (public, lambda peer: first.exchange(x25519.X25519PublicKey.from_public_bytes(peer)))
    }
    for group, curve in ((_P256, ec.SECP256R1()), (_P384, ec.SECP384R1())):
        found[group] = _share_on(curve)
    return found


def _share_on(curve: Any) -> tuple[bytes, Callable[[bytes], bytes]]:
    own = ec.generate_private_key(curve)
    public = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def exchange(peer: bytes) -> bytes:
        return own.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(curve, peer))

    return public, exchange


def _opener(suite: int, secret: bytes, transcript: bytes) -> Callable[[bytes, bytes], bytes]:
    """What decrypts the server's records of the handshake (RFC 8446, 5.2 and 7.1)."""
    digest = "sha384" if suite == 0x1302 else "sha256"
    size = hashlib.new(digest).digest_size

    def expand(key: bytes, label: bytes, context: bytes, length: int) -> bytes:
        info = length.to_bytes(2, "big") + _vector(b"tls13 " + label, 1) + _vector(context, 1)
        made, block = b"", b""
        while len(made) < length:
            block = hmac.digest(key, block + info + bytes((len(made) // size + 1,)), digest)
            made += block
        return made[:length]

    early = hmac.digest(bytes(size), bytes(size), digest)
    derived = expand(early, b"derived", hashlib.new(digest).digest(), size)
    handshake = hmac.digest(derived, secret, digest)
    traffic = expand(handshake, b"s hs traffic", hashlib.new(digest, transcript).digest(), size)
    key = expand(traffic, b"key", b"", 16 if suite == 0x1301 else 32)
    start = int.from_bytes(expand(traffic, b"iv", b"", 12), "big")
    cipher = ChaCha20Poly1305(key) if suite == 0x1303 else AESGCM(key)
    number = 0

    def opened(header: bytes, data: bytes) -> bytes:
        nonlocal number
        nonce = (start ^ number).to_bytes(12, "big")
        number += 1
        return cipher.decrypt(nonce, data, header)

    return opened


def _record(kind: int, data: bytes) -> bytes:
    return bytes((kind, 3, 1)) + _vector(data, 2)


def _number(value: int) -> bytes:
    return value.to_bytes(2, "big")


def _numbers(values: tuple[int, ...]) -> bytes:
    return b"".join(map(_number, values))


def _vector(data: bytes, size: int) -> bytes:
    """The data behind its length, which has so many bytes."""
    return len(data).to_bytes(size, "big") + data
