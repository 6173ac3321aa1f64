# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A SIP peer on 127.0.0.1 that speaks TLS, may ask for a certificate, and answers OPTIONS."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import Ca, key, make_csr, make_leaf
from cryptography.hazmat.primitives import serialization


def write_identity(directory: Path, name: str, ca: Ca, *names: str) -> Path:
    """Write a certificate and its key into one file."""
    path = directory / f"{name}.pem"
    private = key(f"rsa2048-{name}").private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    leaf = make_leaf(make_csr(name, with_key=f"rsa2048-{name}"), ca, names=names or (f"DNS:{name}",))
    path.touch(mode=0o600)
    path.write_bytes(pem(leaf).encode() + private)
    return path


class SipPeer:
    """The listening socket. `identity` may be changed while it runs."""

    def __init__(self, identity: Path, trusted: Path | None) -> None:
        self.identity = identity
        self.trusted = trusted
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]

    def serve(self) -> None:
        """Take connections until the socket is closed."""
        while True:
            try:
                connection, _address = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def close(self) -> None:
        """Take no more."""
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    def _answer(self, connection: socket.socket) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.identity)
        if self.trusted is not None:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.trusted)
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as tls:
            data = b""
            while b"\r\n\r\n" not in data:
                block = tls.recv(4096)
                if not block:
                    return
                data += block
            kept = (b"via", b"from", b"to", b"call-id", b"cseq")
            lines = [line for line in data.split(b"\r\n") if line.split(b":")[0].strip().lower() in kept]
            tls.sendall(b"\r\n".join([b"SIP/2.0 200 OK", *lines, b"Content-Length: 0", b"", b""]))


@contextlib.contextmanager
def sip_peer(identity: Path, trusted: Path | None = None) -> Iterator[SipPeer]:
    """A peer that runs; with `trusted`, it asks for a certificate of one of these CAs."""
    peer = SipPeer(identity, trusted)
    thread = threading.Thread(target=peer.serve, daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        peer.close()
        thread.join(60)
