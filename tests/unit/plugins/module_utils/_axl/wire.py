# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server at the end of our HTTP session, without a network.

Every request is recorded and, where Cisco's schemas are in the cache, checked against them: against
the part of them that the simulator compiles, which takes a tenth of the time of the whole.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import requests
import urllib3
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ucops.cucm.plugins.module_utils._axl import client, object_module
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context, ModuleDefinition
from ansible_collections.ucops.cucm.tests import schemas
from ansible_collections.ucops.cucm.tests.simulator.axl.schemas import CiscoSchemas
from ansible_collections.ucops.cucm.tests.simulator.axl.service import OPERATIONS
from lxml import etree

OPTIONS = ConnectionOptions(
    host="cucma-pub.example.com",
    port=8443,
    username="axl",
    password="password",
    validate_certs=False,
    ca_path=None,
    tls_fingerprint=None,
    timeout=300,
)
UUID = "{AAAAAAAA-0000-4000-8000-00000000000A}"
SCHEMAS = (
    {version: CiscoSchemas().schema(version) for version in schemas.VERSIONS} if schemas.available() else {}
)
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"


@dataclass
class Sent:
    """One request as the server got it."""

    headers: dict[str, str]
    body: bytes
    url: str = ""

    @property
    def element(self) -> etree._Element:
        found = etree.fromstring(self.body).find(f"{{{ENVELOPE}}}Body/*")
        assert found is not None
        return found

    @property
    def operation(self) -> str:
        return etree.QName(self.element).localname

    @property
    def version(self) -> str:
        return str(etree.QName(self.element).namespace).rpartition("/")[2]

    @property
    def content(self) -> Any:
        """The operation element as plain data."""
        return plain(self.element)


def plain(element: etree._Element) -> Any:
    """An element as nested lists of (name, content); a leaf is its text, nil is None."""
    if element.get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true":
        return None
    if len(element) == 0:
        return element.text or ""
    return [(etree.QName(child).localname, plain(child)) for child in element]


@dataclass
class Reply:
    """What the server says; `lost` means that it says nothing although it did it."""

    body: bytes | str
    status: int = 200
    content_type: str = "text/xml; charset=utf-8"


Answer: TypeAlias = Callable[[Sent], "Reply | Exception"]


@dataclass
class Server(requests.adapters.BaseAdapter):
    """Answers by a function, and remembers what it was asked."""

    answer: Answer
    sent: list[Sent] = field(default_factory=list)
    validates: bool = True

    def send(self, request: requests.PreparedRequest, **_kwargs: Any) -> requests.Response:
        body = request.body or b""
        sent = Sent(dict(request.headers), body.encode() if isinstance(body, str) else body, str(request.url))
        self.sent.append(sent)
        if self.validates and sent.version in SCHEMAS:
            assert SCHEMAS[sent.version].errors(OPERATIONS, sent.element) == []
        reply = self.answer(sent)
        if isinstance(reply, Exception):
            raise reply
        content = reply.body.encode() if isinstance(reply.body, str) else reply.body
        response = requests.Response()
        response.status_code = reply.status
        response.headers["Content-Type"] = reply.content_type
        response.raw = urllib3.HTTPResponse(body=io.BytesIO(content), preload_content=False)
        response.request = request
        response.url = str(request.url)
        response.encoding = "utf-8"
        return response

    def close(self) -> None:
        """Nothing is open."""

    @property
    def operations(self) -> list[str]:
        return [sent.operation for sent in self.sent]

    def last(self, operation: str) -> Sent:
        return [sent for sent in self.sent if sent.operation == operation][-1]


def session_with(server: Server) -> HttpSession:
    session = HttpSession(OPTIONS, roles=client.ROLES, sleep=lambda _seconds: None)
    session._session.mount("https://", server)
    return session


def soap(version: str, operation: str, content: str) -> Reply:
    """A reply with the content inside of <return>."""
    return Reply(
        f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE}"><soapenv:Body>'
        f'<ns:{operation}Response xmlns:ns="http://www.cisco.com/AXL/API/{version}">'
        f"<return>{content}</return></ns:{operation}Response></soapenv:Body></soapenv:Envelope>"
    )


def fault(code: int | None, text: str, *, namespaced: bool = False) -> Reply:
    prefix = "ns2:" if namespaced else ""
    declared = ' xmlns:ns2="http://www.cisco.com/AXL/API/10.5"' if namespaced else ""
    error = (
        f"<detail><{prefix}axlError{declared}><axlcode>{code}</axlcode><axlmessage>{text}</axlmessage>"
        f"<request>x</request></{prefix}axlError></detail>"
        if code is not None
        else ""
    )
    return Reply(
        f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE}"><soapenv:Body><soapenv:Fault>'
        f"<faultcode>soapenv:Server</faultcode><faultstring>{text}</faultstring>{error}"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>",
        status=500,
    )


NOT_FOUND = fault(5007, "Item not valid: The specified SIP trunk was not found")


def version_reply(version: str) -> Reply:
    return soap("1.0", "getCCMVersion", f"<componentVersion><version>{version}</version></componentVersion>")


def run(
    definition: ModuleDefinition,
    server: Server,
    monkeypatch: Any,
    *,
    check: bool = False,
    version: str | None = "14.0",
    module: Any = object_module,
    **options: Any,
) -> dict[str, Any]:
    """Run a module against the server; the result has the warnings as an ordinary one has.

    `module` is the Python module that opens the session.
    """
    monkeypatch.setattr(module, "open_session", lambda _options: session_with(server))
    given = {"host": OPTIONS.host, "username": "axl", "password": "password", **options}
    if version:
        given["axl_version"] = version
    validator = ArgumentSpecValidator(dict(definition.argument_spec), **definition.rules())
    validation = validator.validate(given)
    assert not validation.error_messages, validation.error_messages
    context = Context(check_mode=check)
    result = definition.execute(validation.validated_parameters, context)
    return {**result, "warnings": context.warnings}
