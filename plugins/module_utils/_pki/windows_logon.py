# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logging on to a Windows web server: Basic, NTLM, Kerberos, or a client certificate.

NTLM and Kerberos bind the logon to the TLS session (channel binding, RFC 5929, tls-server-end-point), as
IIS demands with Extended Protection. Their libraries are optional and imported when they are chosen.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AuthenticationFailed,
    InvalidOption,
    MissingLibrary,
    PermissionDenied,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.foreign import foreign_text
from ansible_collections.ucops.cucm.plugins.module_utils._common.libraries import require

try:
    from requests.auth import AuthBase, HTTPBasicAuth
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    AuthBase = object  # type: ignore[assignment,misc,unused-ignore]

if TYPE_CHECKING:
    from requests import PreparedRequest, Response

#: What a message of an authentication that the server sent damaged may raise in the libraries.
_BROKEN_MESSAGE = (KeyError, IndexError, PermissionError, TypeError, ValueError, struct.error)
_SPNEGO = "1.3.6.1.5.5.2"
#: HTTP authentication schemes that serve each method.
_SCHEMES = {
    "basic": frozenset(("basic",)),
    "ntlm": frozenset(("ntlm", "negotiate")),
    "kerberos": frozenset(("negotiate",)),
}
_BINDING = (
    "where the web server demands Extended Protection, this also happens when a load balancer or a proxy"
    " in front of it ends TLS: then name the web server itself in adcs.url"
)


@dataclass(frozen=True)
class Account:
    """How the backend logs on to the web server."""

    method: str
    username: str | None
    password: str | None = field(repr=False)
    client_certificate: tuple[str, str] | None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Account:
        method = params["auth_method"]
        username, password = params["username"] or None, params["password"] or None
        certificate, key = params["client_certificate_path"], params["client_key_path"]
        if (username is None) != (password is None):
            given, absent = ("password", "username") if username is None else ("username", "password")
            raise InvalidOption(
                f"adcs.{given} is given without adcs.{absent}",
                option=f"adcs.{absent}",
                remedy="Give both or none",
            )
        if (certificate is None) != (key is None):
            given, absent = (
                ("client_key_path", "client_certificate_path")
                if certificate is None
                else ("client_certificate_path", "client_key_path")
            )
            raise InvalidOption(
                f"adcs.{given} is given without adcs.{absent}",
                option=f"adcs.{absent}",
                remedy="Give both; they may be one file",
            )
        if method in ("basic", "ntlm") and username is None:
            raise InvalidOption(
                f"auth_method {method} needs a user name and a password",
                option="adcs.username",
                remedy=r"Give adcs.username (DOMAIN\user or user@example.com) and adcs.password, or use another"
                " adcs.auth_method",
            )
        if method == "certificate" and certificate is None:
            raise InvalidOption(
                "auth_method certificate needs a client certificate",
                option="adcs.client_certificate_path",
                remedy="Give adcs.client_certificate_path and adcs.client_key_path",
            )
        if method == "certificate" and username is not None:
            raise InvalidOption(
                "auth_method certificate uses no user name and password",
                option="adcs.auth_method",
                remedy="Remove adcs.username and adcs.password, or use another adcs.auth_method",
            )
        if method == "basic" and ":" in (username or ""):
            raise InvalidOption(
                "a user name of HTTP Basic has no colon",
                option="adcs.username",
                remedy="Use another auth_method",
            )
        return cls(method, username, password, (certificate, key) if certificate else None)

    @property
    def name(self) -> str:
        """As messages call it."""
        if self.username is not None:
            return f"the account '{self.username}'"
        return (
            "the client certificate" if self.method == "certificate" else "the account of the Kerberos ticket"
        )

    def require_libraries(self) -> None:
        optional = {"ntlm": ("requests_ntlm",), "kerberos": ("requests_gssapi", "gssapi")}
        require("requests", *optional.get(self.method, ()))

    def auth(self) -> AuthBase | None:
        """What puts the account into the requests of a session; AuthenticationFailed without a Kerberos ticket."""
        if self.username is not None and self.password is not None:
            if self.method == "basic":
                return HTTPBasicAuth(self.username.encode(), self.password.encode())
            if self.method == "ntlm":
                ntlm = _imported("requests_ntlm").HttpNtlmAuth(self.username, self.password, send_cbt=True)
                return _Handshake(ntlm, (_imported("spnego").exceptions.SpnegoError,), self)
        return self._kerberos() if self.method == "kerberos" else None

    def _kerberos(self) -> AuthBase:
        gssapi = _imported("gssapi")
        spnego = gssapi.OID.from_int_seq(_SPNEGO)
        try:
            if self.username is not None and self.password is not None:
                found = gssapi.raw.acquire_cred_with_password(
                    gssapi.Name(self.username, gssapi.NameType.user),
                    self.password.encode(),
                    usage="initiate",
                    mechs=[spnego],
                )
                credentials = gssapi.Credentials(base=found.creds)
            else:
                credentials = gssapi.Credentials(usage="initiate", mechs=[spnego])
        except gssapi.exceptions.GSSError as error:
            raise self._no_ticket(_first_line(error)) from None
        negotiate = _imported("requests_gssapi").HTTPSPNEGOAuth(
            creds=credentials, channel_bindings="tls-server-end-point"
        )
        return _Handshake(negotiate, (gssapi.exceptions.GSSError,), self)

    def _no_ticket(self, why: str) -> AuthenticationFailed:
        if self.username is None:
            remedy = (
                "Get a ticket with kinit for the user that the task runs as (KRB5CCNAME says where it lies), or give"
                " adcs.username and adcs.password"
            )
        else:
            remedy = (
                "Check adcs.username (user@EXAMPLE.COM, the realm in capitals), adcs.password, and the realm in"
                " /etc/krb5.conf; it was tried once only, since accounts lock"
            )
        return AuthenticationFailed(
            f"{self.name} has no Kerberos ticket ({why})",
            option="adcs.auth_method",
            reason="no_kerberos_ticket",
            remedy=remedy,
        )

    def refused(self, response: Response) -> AuthenticationFailed:
        """What HTTP 401 means, by what was tried and what the server offers."""
        header = response.headers.get("WWW-Authenticate", "")
        offered = [scheme.lower() for scheme in re.findall(r"(?:^|,)\s*([A-Za-z]+)(?=\s|,|$)", header)]
        names = foreign_text(", ".join(dict.fromkeys(offered)) or "none", limit=120)
        if self.method in _SCHEMES and _SCHEMES[self.method].isdisjoint(offered):
            return AuthenticationFailed(
                f"the CA's web server does not offer {self.method} here (HTTP 401); it offers: {names}",
                option="adcs.auth_method",
                reason="auth_method_not_offered",
                remedy="Choose the adcs.auth_method that it offers, or enable this one in IIS, for the application"
                " certsrv",
            )
        if self.method == "certificate":
            return AuthenticationFailed(
                "the CA's web server does not take the client certificate for an account (HTTP 401); it offers:"
                f" {names}",
                option="adcs.client_certificate_path",
                remedy="Map the certificate to an account in IIS or Active Directory, or use another adcs.auth_method",
            )
        if self.method == "kerberos" and "Authorization" not in response.request.headers:
            return AuthenticationFailed(
                "no Kerberos ticket for the CA's web server can be had (HTTP 401)",
                option="adcs.url",
                reason="no_kerberos_ticket",
                remedy="Give the name in adcs.url that has a service principal name in the domain, HTTP/ca.example.com,"
                " not an alias or an address; try: kvno HTTP@ca.example.com",
            )
        if self.method == "kerberos":
            return AuthenticationFailed(
                "the CA's web server refused the Kerberos ticket (HTTP 401)",
                option="adcs.auth_method",
                remedy=f"Check the clocks, and that the service principal name belongs to the web server; {_BINDING}",
            )
        binding = f". When they are right: {_BINDING}" if self.method == "ntlm" else ""
        return AuthenticationFailed(
            f"the CA's web server refused user name or password of '{self.username}' by {self.method} (HTTP 401)",
            option="adcs.password",
            remedy=r"Check adcs.username (DOMAIN\user or user@example.com) and adcs.password; it was tried once only,"
            f" since accounts lock{binding}",
        )

    def forbidden(self) -> PermissionDenied:
        """What HTTP 403 means."""
        if self.client_certificate is not None:
            return PermissionDenied(
                "the CA's web server does not accept the client certificate (HTTP 403)",
                option="adcs.client_certificate_path",
                remedy="Check that it has client authentication, is valid now, and is issued by a CA that the web"
                " server trusts",
            )
        return PermissionDenied(
            f"{self.name} is known but may not use these pages (HTTP 403)",
            option="adcs.username",
            remedy="Let it read the application certsrv in IIS. When IIS demands a client certificate, give"
            " adcs.client_certificate_path also",
        )


class _Handshake(AuthBase):  # type: ignore[misc,unused-ignore]
    """An authentication of several messages; what the library cannot make of them is AuthenticationFailed."""

    def __init__(self, inner: AuthBase, faults: tuple[type[Exception], ...], account: Account) -> None:
        self._inner = inner
        self._faults: tuple[type[Exception], ...] = (*_BROKEN_MESSAGE, *faults)
        self._method = account.method

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        request = self._inner(request)
        request.hooks["response"] = [partial(self._guarded, hook) for hook in request.hooks["response"]]
        return request

    def _guarded(self, hook: Callable[..., Response], response: Response, **kwargs: Any) -> Response:
        try:
            return hook(response, **kwargs)
        except self._faults:
            raise AuthenticationFailed(
                f"the exchange of {self._method} messages broke off: what the web server sent cannot be used",
                host=urlsplit(response.url).hostname,
                option="adcs.auth_method",
                reason="authentication_broken",
                remedy="Check that adcs.url names the web server itself: a proxy or load balancer between must keep one"
                " connection to it for one of ours",
            ) from None


def _imported(name: str) -> Any:
    """An optional library, imported when it is first needed."""
    try:
        return import_module(name)
    except (ImportError, OSError) as error:
        raise MissingLibrary(
            f"the Python library {name} is installed and cannot be used ({_first_line(error)})",
            option="adcs.auth_method",
            remedy=f"Reinstall {name} with the system's libraries that it needs, or use another adcs.auth_method",
        ) from None


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
