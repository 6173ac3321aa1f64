# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which of two certificates a side of a TLS handshake shows, by the other side's first message (RFC 8446).

OpenSSL would choose by its own order of signature algorithms; a node chooses by an enterprise parameter,
among the key types that the other side takes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Literal

KeyType = Literal["rsa", "ec"]
_HANDSHAKE, _CLIENT_HELLO, _SERVER_HELLO = 22, 1, 2
_SIGNATURE_ALGORITHMS, _SUPPORTED_VERSIONS = 13, 43
_TLS_13 = b"\x03\x04"
#: Schemes of TLS 1.3 by key type: rsa_pss_rsae with three hashes, ecdsa with three curves.
_SCHEMES: dict[int, KeyType] = {
    0x0804: "rsa",
    0x0805: "rsa",
    0x0806: "rsa",
    0x0403: "ec",
    0x0503: "ec",
    0x0603: "ec",
}


class Incomplete(Exception):
    """The message has not come in whole."""


class _Reader:
    """Fields of a message, one after the other; raises Incomplete."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def take(self, length: int) -> bytes:
        if len(self._data) < length:
            raise Incomplete
        taken, self._data = self._data[:length], self._data[length:]
        return taken

    def number(self, length: int) -> int:
        return int.from_bytes(self.take(length), "big")

    def vector(self, length: int) -> bytes:
        """What follows its own length, which has that many bytes."""
        return self.take(self.number(length))

    @property
    def rest(self) -> bool:
        return bool(self._data)


def client_takes(received: bytes, own_newest: str) -> Collection[KeyType] | None:
    """The key types that a client takes in TLS 1.3; None where TLS 1.3 will not come about.

    Raises Incomplete.
    """
    body = _body(received, _CLIENT_HELLO)
    if body is None or own_newest != "1.3":
        return None
    hello = _Reader(body)
    hello.take(2 + 32)
    hello.vector(1)
    hello.vector(2)
    hello.vector(1)
    extensions = dict(_extensions(hello))
    versions = extensions.get(_SUPPORTED_VERSIONS, b"\x00")[1:]
    if _TLS_13 not in (versions[at : at + 2] for at in range(0, len(versions), 2)):
        return None
    schemes = extensions.get(_SIGNATURE_ALGORITHMS, b"")[2:]
    offered = {int.from_bytes(schemes[at : at + 2], "big") for at in range(0, len(schemes), 2)}
    return {_SCHEMES[scheme] for scheme in offered & set(_SCHEMES)}


def server_speaks_13(received: bytes) -> bool:
    """Whether a server has chosen TLS 1.3; raises Incomplete."""
    body = _body(received, _SERVER_HELLO)
    if body is None:
        return False
    hello = _Reader(body)
    hello.take(2 + 32)
    hello.vector(1)
    hello.take(2 + 1)
    return dict(_extensions(hello)).get(_SUPPORTED_VERSIONS) == _TLS_13


def _body(received: bytes, kind: int) -> bytes | None:
    """The first handshake message, which may be spread over records; None when it is something else."""
    records, message = _Reader(received), b""
    while len(message) < 4 or len(message) < 4 + int.from_bytes(message[1:4], "big"):
        if records.number(1) != _HANDSHAKE:
            return None
        records.take(2)
        message += records.vector(2)
    return message[4 : 4 + int.from_bytes(message[1:4], "big")] if message[0] == kind else None


def _extensions(hello: _Reader) -> Iterator[tuple[int, bytes]]:
    extensions = _Reader(hello.vector(2) if hello.rest else b"")
    while extensions.rest:
        yield extensions.number(2), extensions.vector(2)
