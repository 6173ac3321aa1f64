# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutual TLS for SIP: contexts, TLS and plain streams over an asyncio socket, and the check of the peer.

The handshake is driven through memory buffers, so that both sides know exactly how it ended and a
refusal really sends its TLS alert. Trust is OpenSSL's own verdict; only the dates are judged here
too, since OpenSSL knows the machine's clock and not the simulated one.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import tempfile
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol

from ansible_collections.ucops.cucm.tests.simulator import pki
from ansible_collections.ucops.cucm.tests.simulator.certificates import Identity
from ansible_collections.ucops.cucm.tests.simulator.clock import Clock
from ansible_collections.ucops.cucm.tests.simulator.key_choice import Incomplete
from ansible_collections.ucops.cucm.tests.simulator.releases import TlsVersions
from cryptography import x509

#: Seconds that a handshake or a wait for the peer's next message may take.
TIMEOUT = 5.0
#: What a node that speaks only TLS 1.0 offers for SIP; the first one is what the guide's trace shows.
LEGACY_CIPHERS = "AES128-SHA:AES256-SHA"
_BLOCK = 64 * 1024
_TLS_VERSIONS = {
    "1.0": ssl.TLSVersion.TLSv1,
    "1.1": ssl.TLSVersion.TLSv1_1,
    "1.2": ssl.TLSVersion.TLSv1_2,
    "1.3": ssl.TLSVersion.TLSv1_3,
}
#: OpenSSL's X509_V_FLAG_NO_CHECK_TIME, which Python's ssl has no name for.
_NO_CHECK_TIME = 0x200000
#: The clock counts as moved when it is further than this from the real time, in seconds.
_CLOCK_TOLERANCE = 1.0


#: OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID and X509_V_ERR_CERT_HAS_EXPIRED.
NOT_YET_VALID, HAS_EXPIRED = 9, 10

#: Whether a server asks for a client certificate, and what it does without one.
ClientCertificate = Literal["demanded", "optional", "not-demanded"]
_VERIFY_MODES = {
    "demanded": ssl.CERT_REQUIRED,
    "optional": ssl.CERT_OPTIONAL,
    "not-demanded": ssl.CERT_NONE,
}


class Tap(Protocol):
    """Who is told of every byte on a connection: the node's packet capture."""

    def sent(self, data: bytes) -> None: ...

    def received(self, data: bytes) -> None: ...

    def closed(self, by_us: bool) -> None: ...

    def reset(self, by_us: bool) -> None: ...


class HandshakeFailed(Exception):
    """No TLS session came about, or its peer is not acceptable; the message says why.

    `verify_code` is OpenSSL's number of what is wrong with the peer's certificate, 0 for anything else;
    `text` is that in OpenSSL's words, for traces.
    """

    def __init__(self, message: str, *, verify_code: int = 0, text: str = "") -> None:
        super().__init__(message)
        self.verify_code = verify_code
        self.text = text or message


class ConnectionEnded(Exception):
    """The peer closed the connection. `alert` is what it said about that, if it said anything."""

    def __init__(self, message: str, *, alert: str = "") -> None:
        super().__init__(message)
        self.alert = alert


class IdentityFiles:
    """Identities as files of a private directory: the ssl module reads them from nowhere else."""

    def __init__(self) -> None:
        self._directory = tempfile.TemporaryDirectory(prefix="cucm-simulator-")

    def path(self, identity: Identity) -> str:
        """A file with the certificate and its key."""
        name = pki.fingerprint(identity.certificate).replace(":", "")
        path = Path(self._directory.name, f"{name}.pem")
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(pki.key_pem(identity.key) + pki.pem(identity.certificate).encode("ascii"))
        return str(path)

    def remove(self) -> None:
        """Delete all files."""
        self._directory.cleanup()


def limit_versions(made: ssl.SSLContext, versions: TlsVersions, legacy_ciphers: str) -> None:
    """Allow these TLS versions, the lowest and the highest.

    Whoever speaks TLS 1.0 has SHA-1 signatures and short keys as well, which OpenSSL allows at its
    security level 0 only. All others take RSA keys of 1024 bits, which is level 1. `legacy_ciphers`
    are those of a node that speaks nothing newer.
    """
    lowest, highest = (_TLS_VERSIONS[version] for version in versions)
    with warnings.catch_warnings():
        # Python calls TLS 1.0 deprecated. It is; a release 9.1 node speaks it all the same.
        warnings.simplefilter("ignore", DeprecationWarning)
        made.minimum_version = lowest
        made.maximum_version = highest
    if lowest < ssl.TLSVersion.TLSv1_2:
        ciphers = "DEFAULT" if highest >= ssl.TLSVersion.TLSv1_2 else legacy_ciphers
        made.set_ciphers(f"{ciphers}:@SECLEVEL=0")
    else:
        made.set_ciphers("DEFAULT:@SECLEVEL=1")


def context(
    identity_path: str,
    trusted: Sequence[x509.Certificate],
    clock: Clock,
    *,
    versions: TlsVersions,
    server_side: bool,
    client_certificate: ClientCertificate = "demanded",
) -> ssl.SSLContext:
    """A context that presents an identity and demands a peer whom `trusted` vouches for.

    A trusted self-signed certificate vouches for itself, whether it is a CA's or not. Only a server
    can be content with less than a certificate.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server_side else ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = _VERIFY_MODES[client_certificate]
    limit_versions(made, versions, LEGACY_CIPHERS)
    # A chain has to end at a root. Not the strict rules of newer Pythons: self-signed certificates
    # of nodes have no authority key identifier.
    made.verify_flags &= ~(ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT)
    if abs(clock.offset) > _CLOCK_TOLERANCE:
        made.verify_flags |= _NO_CHECK_TIME
    made.load_cert_chain(identity_path)
    if trusted:
        made.load_verify_locations(cadata="".join(pki.pem(certificate) for certificate in trusted))
    return made


class _Wire:
    """A connected, non-blocking socket whose bytes the tap sees."""

    def __init__(self, raw: socket.socket, tap: Tap) -> None:
        self._raw = raw
        self._tap = tap
        self._broken = False
        self._peer_has_closed = False

    async def send(self, data: bytes) -> None:
        try:
            await asyncio.get_running_loop().sock_sendall(self._raw, data)
        except ConnectionError:
            self._reset()
            raise
        self._tap.sent(data)

    async def receive(self) -> bytes:
        """The next bytes, empty at the peer's end."""
        try:
            data = await asyncio.get_running_loop().sock_recv(self._raw, _BLOCK)
        except ConnectionError:
            self._reset()
            raise
        if data:
            self._tap.received(data)
        elif not self._peer_has_closed:
            self._peer_has_closed = True
            self._tap.closed(by_us=False)
        return data

    def _reset(self) -> None:
        if not self._broken:
            self._broken = True
            self._tap.reset(by_us=False)

    async def close(self) -> None:
        """Close, after the peer has had the chance to read what was sent last."""
        try:
            async with asyncio.timeout(TIMEOUT):
                self._raw.shutdown(socket.SHUT_WR)
                self._tap.closed(by_us=True)
                while await self.receive():
                    pass
        except (OSError, TimeoutError):
            pass
        finally:
            self._raw.close()


class PlainStream:
    """SIP without TLS, which a node speaks only when a test has broken it."""

    def __init__(self, raw: socket.socket, tap: Tap) -> None:
        self._wire = _Wire(raw, tap)

    async def read(self) -> bytes:
        """The next bytes; raises ConnectionEnded, and TimeoutError when nothing comes."""
        try:
            async with asyncio.timeout(TIMEOUT):
                data = await self._wire.receive()
        except OSError as error:
            raise _ended(error) from error
        if not data:
            raise ConnectionEnded("the peer closed the connection")
        return data

    async def write(self, data: bytes) -> None:
        """Send; raises ConnectionEnded."""
        try:
            await self._wire.send(data)
        except OSError as error:
            raise _ended(error) from error

    async def close(self) -> None:
        """Close, after the peer has had the chance to read what was sent last."""
        await self._wire.close()


class TlsStream:
    """One TLS connection over a connected, non-blocking socket.

    `choose` is given what the peer sent, until it is decided: it returns the context that presents the
    identity of this connection, and raises Incomplete when it needs more.
    """

    def __init__(
        self,
        raw: socket.socket,
        tls: ssl.SSLContext,
        tap: Tap,
        *,
        server_side: bool,
        choose: Callable[[bytes], ssl.SSLContext] | None = None,
    ) -> None:
        self._wire = _Wire(raw, tap)
        self._choose = choose
        self._received = b""
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = tls.wrap_bio(self._incoming, self._outgoing, server_side=server_side)

    async def handshake(self) -> None:
        """Shake hands; raises HandshakeFailed."""
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._handshake()
        except TimeoutError as error:
            raise HandshakeFailed(f"the TLS handshake did not end within {TIMEOUT:g} s") from error
        except ssl.SSLCertVerificationError as error:
            raise HandshakeFailed(
                f"certificate verification failed: {error.verify_message} (error {error.verify_code})",
                verify_code=error.verify_code,
                text=error.verify_message,
            ) from error
        except ssl.SSLEOFError as error:
            raise HandshakeFailed("the peer closed the connection during the TLS handshake") from error
        except ssl.SSLError as error:
            raise HandshakeFailed(f"TLS error: {_words(error)}", text=_words(error)) from error
        except OSError as error:
            raise HandshakeFailed(f"connection broke during the TLS handshake: {error.strerror}") from error

    async def _handshake(self) -> None:
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except ssl.SSLError:
                await self._flush()  # the alert that tells the peer why
                raise
            else:
                await self._flush()
                return

    async def _flush(self) -> None:
        data = self._outgoing.read()
        if data:
            await self._wire.send(data)

    async def _fill(self) -> None:
        data = await self._wire.receive()
        if not data:
            self._incoming.write_eof()
            return
        if self._choose is not None:
            self._received += data
            try:
                # OpenSSL takes the other context's certificate; it has not read the message yet.
                self._tls.context = self._choose(self._received)
                self._choose = None
            except Incomplete:
                pass
        self._incoming.write(data)

    async def read(self) -> bytes:
        """The next bytes; raises ConnectionEnded, and TimeoutError when nothing comes."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                try:
                    data = self._tls.read(_BLOCK)
                except ssl.SSLWantReadError:
                    await self._fill()
                except (ssl.SSLError, OSError) as error:
                    raise _ended(error) from error
                else:
                    if not data:
                        raise ConnectionEnded("the peer closed the connection")
                    return data

    async def write(self, data: bytes) -> None:
        """Send; raises ConnectionEnded."""
        try:
            self._tls.write(data)
            await self._flush()
        except (ssl.SSLError, OSError) as error:
            raise _ended(error) from error

    async def close(self) -> None:
        """Close, after the peer has had the chance to read what was sent last."""
        try:
            self._tls.unwrap()
        except (ssl.SSLError, OSError, ValueError):
            pass
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._flush()
        except (OSError, TimeoutError):
            pass
        await self._wire.close()

    @property
    def version(self) -> str:
        """Such as TLSv1.2."""
        return self._tls.version() or ""

    @property
    def cipher(self) -> str:
        """The cipher suite's OpenSSL name."""
        found = self._tls.cipher()
        return found[0] if found else ""

    def peer_certificate(self) -> x509.Certificate | None:
        """What the peer presented; only after a handshake, and None only if the context demands nothing."""
        der = self._tls.getpeercert(binary_form=True)
        return x509.load_der_x509_certificate(der) if der is not None else None


def _words(error: ssl.SSLError) -> str:
    """OpenSSL's reason as traces print it: "tlsv1 alert unknown ca"."""
    return (error.reason or str(error)).replace("_", " ").lower()


def _ended(error: OSError) -> ConnectionEnded:
    """How a connection ended. In TLS 1.3 a client learns only here that it was refused."""
    alert = _words(error) if isinstance(error, ssl.SSLError) and "ALERT" in (error.reason or "") else ""
    return ConnectionEnded("the peer closed the connection", alert=alert)


class Failures(Protocol):
    """Where a node writes down why a connection failed: its trace."""

    def verification_error(self, address: str, port: int, number: int, text: str) -> None: ...

    def tls_error(self, address: str, port: int, text: str) -> None: ...


def write_down(trace: Failures, address: str, port: int, error: HandshakeFailed) -> None:
    """Write a failed handshake into the trace of the node that it failed at."""
    if error.verify_code:
        trace.verification_error(address, port, error.verify_code, error.text)
    else:
        trace.tls_error(address, port, error.text)


def check_dates(leaf: x509.Certificate, trusted: Sequence[x509.Certificate], clock: Clock) -> None:
    """Judge the peer's chain by the simulated time; raises HandshakeFailed."""
    now = clock.now()
    for certificate in pki.chain_to_root(leaf, trusted) or [leaf]:
        name = certificate.subject.rfc4514_string()
        if now >= certificate.not_valid_after_utc:
            raise HandshakeFailed(
                f"certificate verification failed: certificate has expired ({name})",
                verify_code=HAS_EXPIRED,
                text="certificate has expired",
            )
        if now < certificate.not_valid_before_utc:
            raise HandshakeFailed(
                f"certificate verification failed: certificate is not yet valid ({name})",
                verify_code=NOT_YET_VALID,
                text="certificate is not yet valid",
            )
