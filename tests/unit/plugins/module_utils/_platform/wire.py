# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A wire without a node: what would be sent is kept, and the answers are scripted.

It takes the place of the HTTP adapter, so everything above it is real: authentication, headers,
repeats, the reading of the answer.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from ansible_collections.ucops.cucm.plugins.module_utils._common import http
from urllib3 import HTTPResponse

HOST = "cucm-pub.example.com"
#: Connection options of a module's parameters.
CONNECTION: dict[str, Any] = {
    "host": HOST,
    "port": 8443,
    "username": "osadmin",
    "password": "wire-secret",
    "validate_certs": True,
    "ca_path": None,
    "tls_fingerprint": None,
    "timeout": 60,
    "allow_legacy_tls": False,
    "return_transcript": False,
}


@dataclass(frozen=True)
class Sent:
    """One request as it left."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Wire:
    """Scripted answers, in their order; a request that nobody expects fails the test."""

    answers: list[tuple[int, str, bytes] | Exception] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)

    def json(self, value: Any, status: int = 200) -> Wire:
        return self.raw(json.dumps(value).encode(), "application/json", status)

    def raw(self, body: bytes, content_type: str, status: int = 200) -> Wire:
        self.answers.append((status, content_type, body))
        return self

    def lost(self) -> Wire:
        """The connection breaks after the request has left."""
        self.answers.append(requests.exceptions.ConnectionError("Connection aborted."))
        return self

    def deliver(self, request: requests.PreparedRequest) -> requests.Response:
        address = urlsplit(request.url or "")
        body = request.body or b""
        self.sent.append(
            Sent(
                request.method or "",
                address.path,
                dict(parse_qsl(address.query)),
                dict(request.headers),
                body.encode() if isinstance(body, str) else body,
            )
        )
        if not self.answers:
            raise AssertionError(f"not expected: {self.sent[-1].method} {self.sent[-1].path}")
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, content_type, content = answer
        response = requests.Response()
        response.status_code = status
        response.headers["Content-Type"] = content_type
        response.raw = HTTPResponse(io.BytesIO(content), status=status, preload_content=False)
        return response

    @property
    def requests(self) -> list[str]:
        """Method and path of what was sent."""
        return [f"{sent.method} {sent.path}" for sent in self.sent]


def plug_in(monkeypatch: pytest.MonkeyPatch) -> Wire:
    """Put a wire below every HttpSession; nothing waits."""
    wire = Wire()

    def send(_adapter: Any, request: requests.PreparedRequest, **_how: Any) -> requests.Response:
        return wire.deliver(request)

    monkeypatch.setattr(http._TrustingAdapter, "send", send)
    monkeypatch.setattr(http, "BACK_OFF", (0.0, 0.0))
    return wire
