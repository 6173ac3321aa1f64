# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small HTTPS server on 127.0.0.1 that does what a test tells it, wrong things too.

It speaks over plain sockets, since an HTTP library would not send half a reply.
"""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.datetime.now(datetime.UTC)
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Identity:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def pem(self) -> str:
        """The certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def fingerprint(self) -> str:
        """SHA-256, as OpenSSL prints it."""
        return self.certificate.fingerprint(hashes.SHA256()).hex(":").upper()

    def write(self, directory: Path, name: str) -> Path:
        """Write certificate and key into one file, as ssl.SSLContext.load_cert_chain reads them."""
        path = directory / f"{name}.pem"
        key = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_text(self.pem + key.decode(), encoding="ascii")
        return path


def certificate(
    common_name: str,
    *,
    issuer: Identity | None = None,
    names: Iterable[str] = (),
    is_ca: bool = False,
    authority_key_identifier: bool = True,
    expired: bool = False,
) -> Identity:
    """Make a certificate, self-signed without an issuer."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    signer = issuer.key if issuer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - 10 * DAY)
        .not_valid_after(NOW - DAY if expired else NOW + 10 * DAY)
    )
    if is_ca:
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName(map(_general_name, names)), critical=False
        )
    if issuer and authority_key_identifier:
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(identifier, critical=False)
    return Identity(builder.sign(signer, hashes.SHA256()), key)


def _general_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


@dataclass(frozen=True)
class Request:
    """What the server has read."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


#: Writes to the socket; true when the connection may stay open.
Reply = Callable[[ssl.SSLSocket], bool]


def answer(status: int = 200, body: bytes = b"fine", **headers: str) -> Reply:
    """A whole reply."""

    def reply(connection: ssl.SSLSocket) -> bool:
        lines = [f"HTTP/1.1 {status} Reason", f"Content-Length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)
        return True

    return reply


def raw(data: bytes) -> Reply:
    """Exactly these bytes, then the end of the connection."""

    def reply(connection: ssl.SSLSocket) -> bool:
        connection.sendall(data)
        return False

    return reply


def hang_up(_connection: ssl.SSLSocket) -> bool:
    """Read the request, and close."""
    return False


def silence(connection: ssl.SSLSocket) -> bool:
    """Read the request, and say nothing until the client has had enough."""
    with contextlib.suppress(OSError):
        connection.recv(1)
    return False


@dataclass
class TlsServer:
    """Serves each request with the next reply of the script; the last one again and again."""

    chain: Path
    script: list[Reply] = field(default_factory=lambda: [answer()])
    address: str = "127.0.0.1"
    #: 0 takes a free one.
    port: int = 0
    configure: Callable[[ssl.SSLContext], Any] = lambda _context: None
    #: Close so many connections before the TLS handshake.
    refuse_handshakes: int = 0
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    def __enter__(self) -> TlsServer:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Before the certificate is read, so that a test can let an old one pass.
        self.configure(self._context)
        self._context.load_cert_chain(self.chain)
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        self._listener = socket.create_server((self.address, self.port), family=family)
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        return self

    def __exit__(self, *_exc: object) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)

    @property
    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [request.path for request in self.requests]

    def _accept(self) -> None:
        while True:
            try:
                connection, _address = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            if self.connections <= self.refuse_handshakes:
                connection.close()
                continue
            self._threads.append(threading.Thread(target=self._serve, args=(connection, self.connections)))
            self._threads[-1].start()

    def _serve(self, plain: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError), plain:
            plain.settimeout(10)
            with self._context.wrap_socket(plain, server_side=True) as connection:
                self._open.append(connection)
                with connection.makefile("rb") as reader:
                    while request := self._read(reader, number):
                        self.requests.append(request)
                        reply = self.script.pop(0) if len(self.script) > 1 else self.script[0]
                        if not reply(connection):
                            return

    @staticmethod
    def _read(reader: Any, number: int) -> Request | None:
        first = reader.readline().decode("latin-1").split()
        if len(first) != 3:
            return None
        headers = {}
        while line := reader.readline().decode("latin-1").strip():
            name, _colon, value = line.partition(":")
            headers[name.lower()] = value.strip()
        body = reader.read(int(headers.get("content-length", 0)))
        return Request(first[0], first[1], headers, body, number)
