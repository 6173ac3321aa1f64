# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The web server's side of logging on: Basic, NTLM and Kerberos with channel binding, client certificates.

NTLM is judged by pyspnego's acceptor. That one takes a client that sends no channel binding; IIS with
Extended Protection set to Require does not, so that this is looked for in the message itself ([MS-NLMP]
2.2.1.3 and 2.2.2.1).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import spnego
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from spnego.channel_bindings import GssChannelBindings

_CHANNEL_BINDINGS = 0x000A  # MsvAvChannelBindings
_CHANNEL_BOUND = 2048  # GSS_C_CHANNEL_BOUND_FLAG of MIT Kerberos
_USER_FILE = threading.Lock()


@dataclass(frozen=True)
class Logon:
    """The outcome of one request's Authorization: a user, or a challenge to go on with, or neither."""

    user: str | None = None
    challenge: str | None = None


class Acceptor:
    """The logon of one connection. NTLM logs the connection on, the other ways each request."""

    def __init__(
        self,
        methods: tuple[str, ...],
        accounts: dict[str, str],
        user_file: Path,
        binding: bytes | None,
        keytab: Path | None,
    ) -> None:
        self._methods = methods
        self._accounts = accounts
        self._user_file = user_file
        self._binding = binding
        self._keytab = keytab
        self._ntlm: Any = None
        self._connection_user: str | None = None

    def challenges(self) -> list[str]:
        """WWW-Authenticate of a first 401, one header each."""
        schemes = {"kerberos": "Negotiate", "ntlm": "NTLM", "basic": 'Basic realm="ca.example.com"'}
        offered = [scheme for method, scheme in schemes.items() if method in self._methods]
        return (
            ["Negotiate", *offered]
            if "ntlm" in self._methods and "kerberos" not in self._methods
            else offered
        )

    def accept(self, authorization: str) -> Logon:
        """Judge the header of a request; an empty one counts when the connection is logged on."""
        scheme, _space, text = authorization.partition(" ")
        try:
            token = base64.b64decode(text, validate=True)
        except binascii.Error:
            return Logon()
        kind = scheme.lower()
        if kind == "basic" and "basic" in self._methods:
            return self._basic(token)
        if kind in ("ntlm", "negotiate") and token.startswith(b"NTLMSSP\0") and "ntlm" in self._methods:
            return self._accept_ntlm(scheme, token)
        if kind == "negotiate" and "kerberos" in self._methods:
            return self._accept_kerberos(token)
        return Logon(self._connection_user) if not authorization else Logon()

    def _basic(self, token: bytes) -> Logon:
        user, _colon, password = token.decode("utf-8", errors="replace").partition(":")
        right = self._accounts.get(user)
        same = right is not None and hmac.compare_digest(right.encode(), password.encode())
        return Logon(user if same else None)

    def _accept_ntlm(self, scheme: str, token: bytes) -> Logon:
        self._connection_user = None
        bindings = None if self._binding is None else GssChannelBindings(application_data=self._binding)
        if _message_type(token) == 1:
            with _users(self._user_file):
                self._ntlm = spnego.server(protocol="ntlm", channel_bindings=bindings)
                challenge = self._ntlm.step(token)
            return Logon(challenge=f"{scheme} {base64.b64encode(challenge).decode()}")
        context, self._ntlm = self._ntlm, None
        if context is None or (bindings is not None and not _has_binding(token)):
            return Logon()
        try:
            with _users(self._user_file):
                context.step(token)
        except spnego.exceptions.SpnegoError:
            return Logon()
        self._connection_user = str(context.client_principal)
        return Logon(self._connection_user)

    def _accept_kerberos(self, token: bytes) -> Logon:
        import gssapi

        bindings = (
            None if self._binding is None else gssapi.raw.ChannelBindings(application_data=self._binding)
        )
        try:
            credentials = gssapi.Credentials(usage="accept", store={"keytab": str(self._keytab)})
            context = gssapi.SecurityContext(usage="accept", creds=credentials, channel_bindings=bindings)
            context.step(token)
            if not context.complete:  # here the library raises a failure of the step
                return Logon()
        except gssapi.exceptions.GSSError:
            return Logon()
        bound = int(context.actual_flags) & _CHANNEL_BOUND
        return Logon(str(context.initiator_name) if bound or bindings is None else None)


def end_point_binding(certificate: x509.Certificate) -> bytes:
    """The channel binding tls-server-end-point of a server's certificate (RFC 5929, 4.1)."""
    algorithm = certificate.signature_hash_algorithm
    if algorithm is None or algorithm.name in ("md5", "sha1"):
        algorithm = hashes.SHA256()
    return b"tls-server-end-point:" + certificate.fingerprint(algorithm)


@contextmanager
def _users(path: Path) -> Iterator[None]:
    """Let pyspnego's acceptor read our accounts, and nobody else's."""
    with _USER_FILE:
        before = os.environ.get("NTLM_USER_FILE")
        os.environ["NTLM_USER_FILE"] = str(path)
        try:
            yield
        finally:
            if before is None:
                del os.environ["NTLM_USER_FILE"]
            else:
                os.environ["NTLM_USER_FILE"] = before


def _message_type(token: bytes) -> int:
    return int(struct.unpack_from("<I", token, 8)[0]) if len(token) >= 12 else 0


def _has_binding(token: bytes) -> bool:
    """Whether an AUTHENTICATE message has a channel binding that is not all zeros."""
    try:
        length, _most, offset = struct.unpack_from("<HHI", token, 20)
        pairs = token[offset : offset + length][16 + 28 :]
        while pairs:
            kind, size = struct.unpack_from("<HH", pairs)
            if kind == _CHANNEL_BINDINGS:
                return any(pairs[4 : 4 + size])
            pairs = pairs[4 + size :]
    except struct.error:
        pass
    return False
