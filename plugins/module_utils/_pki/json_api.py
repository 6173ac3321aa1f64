# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A CA that answers in JSON: sending a request, and telling its answers from those of anything else.

Whatever stands between may answer too: a proxy, a load balancer, a login page. Such an answer says
nothing about the CA, and after a request to sign it says nothing about the certificate either.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    UnexpectedAnswer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.foreign import foreign_text
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import OutcomeUnknown, SigningRequest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.server import CaUrl, outcome_unknown
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    CertificateUnreadable,
    load_certificates,
)

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.plugins.module_utils._common.http import HttpsSession
    from cryptography import x509
    from requests import Response

#: Raises what an answer of this status means; returns when it is no refusal, or says "later" (429, 503).
Judge = Callable[[int, Mapping[str, Any]], None]


class JsonApi:
    """Requests to one CA, with JSON both ways. The connection is made when it is first needed."""

    def __init__(self, url: CaUrl, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.url = url
        self._sleep = sleep

    @cached_property
    def _session(self) -> HttpsSession:
        return self.url.session(sleep=self._sleep)

    @property
    def host(self) -> str:
        return self.url.endpoint.host

    def close(self) -> None:
        """Close the connection; another request would make a new one."""
        session = self.__dict__.pop("_session", None)
        if session is not None:
            session.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        judge: Judge,
        operation: str,
        repeatable: bool = True,
        **kwargs: Any,
    ) -> dict[str, Any]:
        """The object that the CA answers. `path` follows that of the URL; `operation` is for messages.

        UnexpectedAnswer when no JSON object comes; what `judge` raises goes through.
        """

        def refuse(response: Response) -> None:
            answer = json_object(response.content)
            if answer is not None:
                judge(response.status_code, answer)
            elif response.status_code == 503 and not repeatable:
                # The session would send it again, and some proxies say 503 also when the CA has it already.
                raise self._no_json(response, operation)
            elif response.status_code != 503 and not 300 <= response.status_code < 400:
                raise self._no_json(response, operation)

        response = self._session.request(
            method,
            f"{self.url.path}{path}",
            operation=operation,
            repeatable=repeatable,
            refuse=refuse,
            busy=_busy,
            **kwargs,
        )
        return json_object(response.content) or {}

    def certificates(self, data: Any, *, operation: str) -> list[x509.Certificate]:
        """The certificates in a text of an answer; UnexpectedAnswer when there are none."""
        try:
            return load_certificates(data if isinstance(data, str) else "", source="the answer")
        except CertificateUnreadable as error:
            raise self.unexpected(error.what, operation=operation) from error

    def unexpected(self, what: str, *, operation: str) -> UnexpectedAnswer:
        """An answer that the protocol does not foresee."""
        words = self.url.endpoint.words
        return UnexpectedAnswer(
            what,
            host=self.host,
            operation=operation,
            option=words.option("url"),
            remedy=f"Check that {words.address} {words.kind}, and not a proxy or a login page in front of it",
        )

    def _no_json(self, response: Response, operation: str) -> UnexpectedAnswer:
        kind = one_line(response.headers.get("Content-Type", "of no type"))
        return self.unexpected(
            f"the answer is not the JSON of {self.url.endpoint.words.kind}"
            f" (HTTP {response.status_code}, {kind})",
            operation=operation,
        )


def after_sending(error: AnswerLost | UnexpectedAnswer, request: SigningRequest) -> OutcomeUnknown:
    """What it means that the one request that signs has no answer of the CA, or an unreadable one."""
    return outcome_unknown(AnswerLost(error.what, host=error.host, operation=error.operation), request)


def json_object(data: bytes) -> dict[str, Any] | None:
    """The JSON object in these bytes; None when they hold anything else."""
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def texts(value: Any) -> list[str] | None:
    """The value when it is a list of texts; None for anything else."""
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        return None
    return value


def one_line(text: str) -> str:
    """A CA's words for a message; see `foreign_text`."""
    return foreign_text(text)


def _busy(response: Response) -> str | None:
    return "HTTP 429" if response.status_code == 429 else None
