# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutual TLS for SIP: contexts, a TLS stream over an asyncio socket, and the check of the peer.

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
from collections.abc import Sequence
from pathlib import Path

from ansible_collections.ucops.cucm.tests.simulator import pki
from ansible_collections.ucops.cucm.tests.simulator.certificates import Identity
from ansible_collections.ucops.cucm.tests.simulator.clock import Clock
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


class HandshakeFailed(Exception):
    """No TLS session came about, or its peer is not acceptable; the message says why."""


class ConnectionEnded(Exception):
    """The peer closed the connection."""


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
    security level 0 only. `legacy_ciphers` are those of a node that speaks nothing newer.
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


def context(
    identity_path: str,
    trusted: Sequence[x509.Certificate],
    clock: Clock,
    *,
    versions: TlsVersions,
    server_side: bool,
) -> ssl.SSLContext:
    """A context that presents an identity and demands a peer whom `trusted` vouches for.

    A trusted self-signed certificate vouches for itself, whether it is a CA's or not.
    """
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server_side else ssl.PROTOCOL_TLS_CLIENT)
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED
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


class TlsStream:
    """One TLS connection over a connected, non-blocking socket."""

    def __init__(self, raw: socket.socket, tls: ssl.SSLContext, *, server_side: bool) -> None:
        self._raw = raw
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
                f"certificate verification failed: {error.verify_message} (error {error.verify_code})"
            ) from error
        except ssl.SSLEOFError as error:
            raise HandshakeFailed("the peer closed the connection during the TLS handshake") from error
        except ssl.SSLError as error:
            raise HandshakeFailed(
                f"TLS error: {(error.reason or str(error)).replace('_', ' ').lower()}"
            ) from error
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
            await asyncio.get_running_loop().sock_sendall(self._raw, data)

    async def _fill(self) -> None:
        data = await asyncio.get_running_loop().sock_recv(self._raw, _BLOCK)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()

    async def read(self) -> bytes:
        """The next bytes; raises ConnectionEnded, and TimeoutError when nothing comes."""
        async with asyncio.timeout(TIMEOUT):
            while True:
                try:
                    data = self._tls.read(_BLOCK)
                except ssl.SSLWantReadError:
                    await self._fill()
                except (ssl.SSLError, OSError) as error:
                    raise ConnectionEnded("the peer closed the connection") from error
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
            raise ConnectionEnded("the peer closed the connection") from error

    async def close(self) -> None:
        """Close, after the peer has had the chance to read what was sent last."""
        try:
            self._tls.unwrap()
        except (ssl.SSLError, OSError, ValueError):
            pass
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._flush()
                self._raw.shutdown(socket.SHUT_WR)
                while await asyncio.get_running_loop().sock_recv(self._raw, _BLOCK):
                    pass
        except (OSError, TimeoutError):
            pass
        finally:
            self._raw.close()

    @property
    def version(self) -> str:
        """Such as TLSv1.2."""
        return self._tls.version() or ""

    @property
    def cipher(self) -> str:
        """The cipher suite's OpenSSL name."""
        found = self._tls.cipher()
        return found[0] if found else ""

    def peer_certificate(self) -> x509.Certificate:
        """What the peer presented; only after a handshake."""
        der = self._tls.getpeercert(binary_form=True)
        assert der is not None, "the context demands a certificate"
        return x509.load_der_x509_certificate(der)


def check_dates(leaf: x509.Certificate, trusted: Sequence[x509.Certificate], clock: Clock) -> None:
    """Judge the peer's chain by the simulated time; raises HandshakeFailed."""
    now = clock.now()
    for certificate in pki.chain_to_root(leaf, trusted) or [leaf]:
        name = certificate.subject.rfc4514_string()
        if now >= certificate.not_valid_after_utc:
            raise HandshakeFailed(f"certificate verification failed: certificate has expired ({name})")
        if now < certificate.not_valid_before_utc:
            raise HandshakeFailed(f"certificate verification failed: certificate is not yet valid ({name})")
