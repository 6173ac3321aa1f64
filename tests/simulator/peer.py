# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A CUBE or an Expressway as far as the handshake of a SIP trunk goes: whom it asks, what it checks, what it shows.

It answers OPTIONS and takes no calls. What each kind does is in FIDELITY.md, section "Other SIP peers". OpenSSL checks
the extended key usage of a caller, as an Expressway X15.5 does; a CUBE before 26.1.1, which does not, cannot be played
with a caller that lacks client authentication.
"""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from ansible_collections.ucops.cucm.tests.simulator import pki
from ansible_collections.ucops.cucm.tests.simulator.sip_messages import options_ping, parse, response
from cryptography import x509

Kind = Literal["cube", "expressway"]
#: A TLS profile of CUBE takes so many names.
MOST_NAMES = 10
_TIMEOUT = 60.0


@dataclass(frozen=True)
class PeerSettings:
    """How a peer is set up.

    `server` and `client` are files with a certificate and its key: what it shows when it is called, and when it calls.
    They are two from Expressway X15.5 and IOS XE 26.1.1 on. `accepted` are the names of a CUBE's cn-san lines, or the
    peer addresses of an Expressway's zone; a CUBE without any checks no name.
    """

    kind: Kind
    server: Path
    client: Path
    trusted: Path
    accepted: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind == "cube" and len(self.accepted) > MOST_NAMES:
            raise ValueError(f"a TLS profile of CUBE takes {MOST_NAMES} names, not {len(self.accepted)}")
        if self.kind == "expressway" and any("*" in name for name in self.accepted):
            raise ValueError("the peer address of a zone is no wildcard")

    def accepts(self, certificate: x509.Certificate) -> bool:
        """Whether a name of the caller or the server is one of those that are accepted."""
        names = {entry.split(":", 1)[1].lower() for entry in pki.alt_names(certificate)}
        if self.kind == "cube":
            if not self.accepted:
                return True
            names.add((pki.common_name(certificate.subject) or "").lower())
        return any(_matches(name.lower(), names) for name in self.accepted)


def _matches(accepted: str, names: set[str]) -> bool:
    if accepted.startswith("*."):
        return any(name.partition(".")[2] == accepted[2:] for name in names)
    return accepted in names


@dataclass
class Peer:
    """A running peer. `seen` says of each connection that came what became of it."""

    settings: PeerSettings
    listener: socket.socket
    seen: list[str] = field(default_factory=list)
    _came: threading.Event = field(default_factory=threading.Event)

    @property
    def port(self) -> int:
        """Where it listens."""
        port: int = self.listener.getsockname()[1]
        return port

    def _context(self, *, server_side: bool) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server_side else ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname = False
        made.verify_mode = ssl.CERT_REQUIRED
        made.verify_flags &= ~ssl.VERIFY_X509_STRICT
        made.load_cert_chain(self.settings.server if server_side else self.settings.client)
        made.load_verify_locations(self.settings.trusted)
        return made

    def serve(self) -> None:
        """Take connections until the socket is closed."""
        while True:
            try:
                raw, _peer = self.listener.accept()
            except OSError:
                return
            raw.settimeout(_TIMEOUT)
            threading.Thread(target=self._take, args=(raw,), daemon=True).start()

    def _take(self, raw: socket.socket) -> None:
        try:
            with self._context(server_side=True).wrap_socket(raw, server_side=True) as tls:
                if not self.settings.accepts(_certificate_of(tls)):
                    self._note("name not accepted")
                    return
                self._note("accepted")
                self._answer(tls)
        except ssl.SSLError as error:
            self._note(f"handshake failed: {error.reason or error}")
        except OSError:
            raw.close()

    def _note(self, outcome: str) -> None:
        self.seen.append(outcome)
        self._came.set()

    def wait_for_one(self) -> None:
        """Wait until something has become of a connection."""
        assert self._came.wait(_TIMEOUT), "nobody came"

    def _answer(self, tls: ssl.SSLSocket) -> None:
        received = b""
        while data := tls.recv(65536):
            received += data
            head, blank, rest = received.partition(b"\r\n\r\n")
            if blank:
                lines = [
                    line for line in head.decode().split("\r\n") if not line.startswith("Content-Length")
                ]
                request = parse("\r\n".join(lines), "")
                status = 200 if request.method == "OPTIONS" else 503
                tls.sendall(response(request, status, to_tag="peer").serialise())
                received = rest

    def ping(self, address: str, port: int) -> str:
        """OPTIONS to a node of the cluster: the first line of the answer, or why there is none."""
        try:
            with (
                socket.create_connection((address, port), _TIMEOUT) as raw,
                self._context(server_side=False).wrap_socket(raw) as tls,
            ):
                if not self.settings.accepts(_certificate_of(tls)):
                    return "name not accepted"
                tls.sendall(options_ping("127.0.0.1", f"{address}:{port}").serialise())
                return tls.recv(65536).split(b"\r\n")[0].decode()
        except ssl.SSLError as error:
            return f"handshake failed: {error.reason or error}"
        except OSError as error:
            return f"no connection: {error.strerror}"


def _certificate_of(tls: ssl.SSLSocket) -> x509.Certificate:
    der = tls.getpeercert(binary_form=True)
    assert der is not None, "both sides demand a certificate"
    return x509.load_der_x509_certificate(der)


@contextmanager
def running_peer(settings: PeerSettings, address: str = "127.0.0.1") -> Iterator[Peer]:
    """Run a peer while the block lasts."""
    with socket.create_server((address, 0)) as listener:
        peer = Peer(settings, listener)
        thread = threading.Thread(target=peer.serve, daemon=True)
        thread.start()
        try:
            yield peer
        finally:
            # Wakes the thread, which a close alone would not.
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(_TIMEOUT)
