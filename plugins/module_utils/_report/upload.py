# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Sending files to a web server with HTTPS PUT, so that they outlive the machine on which they were written."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AuthenticationFailed,
    CucmError,
    InvalidOption,
    PermissionDenied,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.foreign import foreign_text, keep_secret
from ansible_collections.ucops.cucm.plugins.module_utils._common.http import Endpoint, HttpsSession, Words

try:
    from requests.auth import HTTPBasicAuth
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

if TYPE_CHECKING:
    from requests import Response

#: The largest reply of the server that is read, in bytes: nothing in it is of use.
_LARGEST_REPLY = 1024 * 1024
_OPERATION = "upload of the report"
_TAKEN = (200, 201, 202, 204)
#: Content types by the ending of the file; a server may show a page only if it knows that it is one.
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".xml": "application/xml",
}
_WORDS = Words(
    server="the report server",
    kind="the report server",
    address="url names",
    service="the report server",
    url_option="url",
    host_remedy="Give it as https://reports.example.com/cucm, with a port and a path where it has them",
    certificate="the TLS certificate of the report server",
    read_certificate="with the administrator of that server",
    has_legacy_option=False,
)


class UploadRefused(CucmError):
    """The server answered a PUT with a status that says that it did not take the file."""

    reason = "upload_refused"


@dataclass(frozen=True, repr=False)
class Secret:
    """How to tell the server who sends: a header with a token, an account, or nothing at all."""

    header: str = ""
    value: str = ""
    username: str = ""
    password: str = ""

    @property
    def name(self) -> str:
        """What a refusal is about, without the secret."""
        return f"the header {self.header}" if self.header else f"the account '{self.username}'"


class ReportServer:
    """A directory on a web server. `url` is an https address, to which the names of files are added."""

    def __init__(
        self,
        url: str,
        secret: Secret,
        *,
        validate_certs: bool = True,
        ca_path: str | None = None,
        tls_fingerprint: str | None = None,
        timeout: int = 60,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        host, port, self._path = parts_of(url)
        self.secret = secret
        self._endpoint = Endpoint(
            host=host,
            port=port,
            validate_certs=validate_certs,
            ca_path=ca_path,
            tls_fingerprint=tls_fingerprint,
            timeout=timeout,
            words=_WORDS,
        )
        self._endpoint.check()
        self._sleep = sleep

    def url_of(self, name: str) -> str:
        """Where a file of this name is afterwards."""
        return f"https://{self._endpoint.netloc}{self._path}/{quote(name)}"

    def put(self, files: Iterable[Path]) -> list[str]:
        """Send the files, and return where they are. The first that is refused raises, and none follows it."""
        account = self.secret.username or self.secret.header or None
        auth = None
        if self.secret.username:
            # As bytes, since requests encodes text as Latin-1.
            auth = HTTPBasicAuth(self.secret.username.encode(), self.secret.password.encode())
        session = HttpsSession(
            self._endpoint, auth=auth, account=account, largest_reply=_LARGEST_REPLY, sleep=self._sleep
        )
        with session:
            return [self._put(session, path) for path in files]

    def _put(self, session: HttpsSession, path: Path) -> str:
        content = _content(path)
        headers: dict[str, Any] = {"Content-Type": _TYPES.get(path.suffix, "application/octet-stream")}
        if self.secret.header:
            headers[self.secret.header] = self.secret.value.encode()
            # Of "Bearer TOKEN", a server may repeat the token alone.
            keep_secret(self.secret.value, self.secret.value.partition(" ")[2])
        session.request(
            "PUT",
            f"{self._path}/{quote(path.name)}",
            operation=_OPERATION,
            # The same file in the same place: whatever became of the first request, a second one does no harm.
            repeatable=True,
            refuse=self._judge,
            data=content,
            headers=headers,
        )
        return self.url_of(path.name)

    def _judge(self, response: Response) -> None:
        """Raise for a status that does not say that the file was taken, busy servers and redirects excepted."""
        status = response.status_code
        host = self._endpoint.host
        if status in _TAKEN or status == 503 or 300 <= status < 400:
            return
        if status == 401:
            raise AuthenticationFailed(
                f"the server refused {self.secret.name} (HTTP 401)",
                host=host,
                operation=_OPERATION,
                remedy="Check the secret; it was tried once only",
            )
        if status == 403:
            raise PermissionDenied(
                f"the server does not let {self.secret.name} write there (HTTP 403)",
                host=host,
                operation=_OPERATION,
                remedy="Let it write below the path of url, and replace files that are there",
            )
        raise UploadRefused(
            f"the server did not take the file (HTTP {status}{_said(response.text)})",
            host=host,
            operation=_OPERATION,
            option="url",
            remedy="Check that the path exists and that the server takes PUT there",
        )


def _said(text: str) -> str:
    said = foreign_text(text)
    return f", {said}" if said else ""


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidOption(
            f"{path} cannot be read: {error.strerror}", option="paths", reason="file_unreadable"
        ) from None


def parts_of(url: str) -> tuple[str, int, str]:
    """Host, port and path of the address of a report server; raises InvalidOption for any other address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        parts, host, port = urlsplit(""), None, None
    if parts.scheme != "https" or not host or parts.query or parts.fragment or parts.username is not None:
        raise InvalidOption(
            # Not repeated: a user name, a password or a signature may stand in it.
            "it is no https address without user name, query and fragment",
            option="url",
            remedy=f"{_WORDS.host_remedy}; secrets belong into their own options",
        )
    return host, 443 if port is None else port, parts.path.rstrip("/")


def secret_of(params: Mapping[str, Any]) -> Secret:
    """The secret in a module's options."""
    return Secret(
        header=params["header"] or "",
        value=params["header_value"] or "",
        username=params["username"] or "",
        password=params["password"] or "",
    )
