# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the doors of a node have in common: requests, replies, accounts, Tomcat's error pages."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol, TypeVar

HTML = "text/html;charset=utf-8"


@dataclass(frozen=True)
class Request:
    """One HTTP request, wholly read. `headers` have lower-case names."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """One HTTP reply."""

    status: int
    body: bytes
    content_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Door(Protocol):
    """One web service of a node."""

    name: str

    def serves(self, path: str) -> bool:
        """Whether the path belongs to this door."""

    def operation(self, request: Request) -> str:
        """The request's name for the request log and for faults."""

    def answer(self, request: Request) -> Reply | Awaitable[Reply]:
        """Carry the request out, at once or, when others have to be asked, later."""


class Account(Protocol):
    """Anybody with a password."""

    @property
    def username(self) -> str: ...

    @property
    def password(self) -> str: ...


AccountType = TypeVar("AccountType", bound=Account)


def account_of(request: Request, accounts: Iterable[AccountType]) -> AccountType | None:
    """The account whose credentials the request carries by HTTP Basic, if it is one of these."""
    scheme, _space, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        username, _colon, password = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    for account in accounts:
        if account.username == username and hmac.compare_digest(
            account.password.encode("utf-8"), password.encode("utf-8")
        ):
            return account
    return None


def html_page(status: int, description: str, headers: Mapping[str, str] | None = None) -> Reply:
    """An error page as Tomcat makes them. 599 has no standard phrase."""
    phrase = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""
    page = (
        f"<!doctype html><html><head><title>HTTP Status {status} - {phrase}</title></head><body>"
        f"<h1>HTTP Status {status} - {phrase}</h1><p><b>Message:</b> {phrase}</p>"
        f"<p><b>Description:</b> {description}</p></body></html>"
    )
    return Reply(status, page.encode("utf-8"), HTML, headers or {})


def unauthorized(realm: str) -> Reply:
    """HTTP 401 with the realm's challenge."""
    return html_page(
        401,
        "This request requires HTTP authentication.",
        {"WWW-Authenticate": f'Basic realm="{realm}"'},
    )


def forbidden() -> Reply:
    """HTTP 403: the account is right and lacks the role."""
    return html_page(403, "Access to the specified resource has been forbidden.")


def not_found() -> Reply:
    """HTTP 404."""
    return html_page(404, "The requested resource is not available.")
