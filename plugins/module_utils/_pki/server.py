# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A CA behind an HTTPS server: the options that all such backends share, and the way there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import AnswerLost, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._common.http import Endpoint, HttpsSession, Words
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import OutcomeUnknown, SigningRequest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import read_file
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    LARGEST_CERTIFICATES,
    common_name,
    load_certificates,
    spki_sha256,
)

if TYPE_CHECKING:
    from cryptography import x509

#: The largest reply that is read from a CA, in bytes: a page or a chain has some tens of thousands.
LARGEST_REPLY = 1024 * 1024

#: Options of every backend that speaks HTTPS, within the backend's own dictionary.
SERVER_ARGUMENTS: dict[str, dict[str, Any]] = {
    "url": {"type": "str", "required": True},
    "validate_certs": {"type": "bool", "default": True},
    "ca_path": {"type": "path"},
    "tls_fingerprint": {"type": "str"},
    "timeout": {"type": "int", "default": 60},
    "chain_path": {"type": "path"},
}


class CaUrl:
    """Where a CA answers: the endpoint, and the path that stands before every request's own.

    `backend` is the name of the backend, which is that of its options' dictionary; `server` is how
    messages call it, for example `the CA's web server`; `default_path` is used when the URL has none.
    """

    def __init__(
        self,
        params: Mapping[str, Any],
        *,
        backend: str,
        server: str,
        default_path: str = "",
        client_certificate: tuple[str, str] | None = None,
    ) -> None:
        words = Words(
            server=server,
            kind=server,
            address=f"{backend}.url names",
            service=server,
            option_prefix=f"{backend}.",
            url_option="url",
            host_remedy="Give it as https://ca.example.com, with a port and a path where it has them",
            certificate="the TLS certificate of the CA's server",
            read_certificate="with the administrator of that server",
            has_legacy_option=False,
        )
        try:
            parts = urlsplit(params["url"])
            host, port = parts.hostname, parts.port
        except ValueError:
            parts, host, port = urlsplit(""), None, None
        if parts.scheme != "https" or not host or parts.query or parts.fragment or parts.username is not None:
            raise InvalidOption(
                f"{_without_userinfo(params['url'])!r} is not an https address of a CA",
                option=f"{backend}.url",
                remedy=f"{words.host_remedy}; a user name belongs into its own option, and plain http is not"
                " spoken, since passwords and tokens travel along",
            )
        self.path = parts.path.rstrip("/") or default_path
        self.endpoint = Endpoint(
            host=host,
            port=443 if port is None else port,
            validate_certs=params["validate_certs"],
            ca_path=params["ca_path"],
            tls_fingerprint=params["tls_fingerprint"],
            timeout=params["timeout"],
            words=words,
            client_certificate=client_certificate,
        )
        self.endpoint.check()

    @property
    def address(self) -> str:
        """The URL in one form, whatever the user's: what tells one CA from another."""
        return f"https://{self.endpoint.netloc}{self.path}"

    def session(self, **more: Any) -> HttpsSession:
        """A session with the server; see HttpsSession for what can be said of it."""
        return HttpsSession(self.endpoint, largest_reply=LARGEST_REPLY, **more)


def _without_userinfo(url: str) -> str:
    """The URL as it may stand in a message: a password in it is not repeated."""
    scheme, found, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    return f"{scheme}{found}{authority.rpartition('@')[2]}{slash}{path}"


def load_chain_file(params: Mapping[str, Any], *, backend: str) -> list[x509.Certificate]:
    """The certificates in the file of the backend's `chain_path`; none without the option."""
    path = params["chain_path"]
    if path is None:
        return []
    data = read_file(path, option=f"{backend}.chain_path", largest=LARGEST_CERTIFICATES)
    return load_certificates(data, source=path)


def outcome_unknown(error: AnswerLost, request: SigningRequest) -> OutcomeUnknown:
    """What a lost answer to the one request that signs means: nobody knows whether it was carried out."""
    key = spki_sha256(request.csr)
    return OutcomeUnknown(
        f"the CSR was sent and no usable answer came ({error.what}), so it is not known whether the CA has taken it."
        f" The SHA-256 fingerprint of its public key is {key}",
        host=error.host,
        operation=error.operation,
        remedy=f"Look at the CA for a request or a certificate of {common_name(request.csr)} before anything"
        " is asked again",
        details={"spki_sha256": key},
    )
