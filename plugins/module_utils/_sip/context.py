# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the probe offers in a handshake, and the identity that it shows."""

from __future__ import annotations

import ssl
import warnings
from dataclasses import dataclass

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._sip.ciphers import OFFERED

#: ssl.OP_LEGACY_SERVER_CONNECT, which Python has from 3.12 on: servers without secure renegotiation.
_OP_LEGACY_SERVER_CONNECT = 0x4


@dataclass(frozen=True)
class Identity:
    """The certificate that the probe shows: PEM files with the chain and with the private key."""

    certificate_path: str
    key_path: str


def client_context(identity: Identity | None, *, allow_legacy_tls: bool) -> ssl.SSLContext:
    """A context that trusts nobody and hides nothing: every chain is taken, to be judged elsewhere.

    Security level 0 lets weak certificates and old ciphers be seen and named rather than hidden behind
    a failed handshake. Nothing secret is sent on such a connection.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Python warns of what the user has asked for
        context.minimum_version = ssl.TLSVersion.TLSv1 if allow_legacy_tls else ssl.TLSVersion.TLSv1_2
    context.set_ciphers(OFFERED)
    context.options |= _OP_LEGACY_SERVER_CONNECT
    if identity is not None:
        _show(context, identity)
    return context


def _show(context: ssl.SSLContext, identity: Identity) -> None:
    try:
        # Without a callback, OpenSSL would ask for the passphrase on the terminal.
        context.load_cert_chain(identity.certificate_path, identity.key_path, password=lambda: "")
    except (OSError, ssl.SSLError) as error:
        why = error.reason if isinstance(error, ssl.SSLError) else error.strerror
        raise InvalidOption(
            f"{identity.certificate_path} and {identity.key_path} cannot be used as certificate and private key"
            f" ({str(why or 'unknown reason').replace('_', ' ').lower()})",
            option="client_certificate_path",
            remedy="Give a PEM file with the certificate (and its chain) and one with its key, not encrypted,"
            " that belong together",
        ) from None
