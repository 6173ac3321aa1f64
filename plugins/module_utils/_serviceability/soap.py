# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOAP envelopes of the serviceability services: written by hand, read by local name.

The services are small and their schemas have not changed since 9.x, so a SOAP library would cost a
fetch of the WSDL and a second of start for nothing. Namespace `http://schemas.cisco.com/ast/soap`,
elements qualified, document/literal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import HttpSession
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    CucmError,
    ServerBusy,
    UnexpectedAnswer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.foreign import foreign_text

try:
    from lxml import etree
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

if TYPE_CHECKING:
    from requests import Response

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
AST = "http://schemas.cisco.com/ast/soap"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
#: Seconds before each repeat of a request that the node refused for its rate.
RATE_BACK_OFF = (5.0, 10.0, 20.0)
ROLES = "the roles 'Standard CCM Admin Users' and 'Standard RealtimeAndTraceCollection'"


class ServiceabilityFault(CucmError):
    """The node answered with a SOAP fault; the message has its text."""

    reason = "serviceability_fault"


class RateExceeded(ServerBusy):
    """The node takes only so many requests a minute, and they are used up. Nothing was carried out."""

    reason = "rate_exceeded"


def element(parent: Any, name: str, text: str | None = "") -> Any:
    """Append an element of the services' namespace; None as text means xsi:nil."""
    child = etree.SubElement(parent, etree.QName(AST, name))
    if text is None:
        child.set(etree.QName(XSI, "nil"), "true")
    elif text:
        child.text = text
    return child


def request_body(operation: str) -> tuple[Any, Any]:
    """A new envelope and the operation's element in its body."""
    envelope = etree.Element(
        etree.QName(ENVELOPE, "Envelope"), nsmap={"soapenv": ENVELOPE, "ast": AST, "xsi": XSI}
    )
    body = etree.SubElement(envelope, etree.QName(ENVELOPE, "Body"))
    return envelope, element(body, operation)


def call(
    session: HttpSession,
    path: str,
    operation: str,
    envelope: Any,
    *,
    repeatable: bool,
    refuse: Callable[[Response], None] | None = None,
) -> Any:
    """Send an envelope; return the element in the answer's body. `refuse` is that of HttpSession.request.

    Raises RateExceeded, ServiceabilityFault, UnexpectedAnswer and the errors of HttpSession.
    """
    response = session.request(
        "POST",
        path,
        operation=operation,
        repeatable=repeatable,
        refuse=refuse,
        data=etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"),
        headers={"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{operation}"'},
    )
    content = _content_of(response, session.options.host, operation)
    if local_name(content) == "Fault":
        raise fault_of(child_text(content, "faultstring") or "", session.options.host, operation)
    if response.status_code != 200 or local_name(content) != f"{operation}Response":
        raise _unexpected(
            f"<{local_name(content)}> with HTTP {response.status_code}", session.options.host, operation
        )
    return content


def call_in_turn(
    session: HttpSession,
    path: str,
    operation: str,
    envelope: Any,
    *,
    repeatable: bool,
    sleep: Callable[[float], None],
) -> Any:
    """As `call`; when the node is busy or its rate is used up, again after each of RATE_BACK_OFF."""
    for pause in (*RATE_BACK_OFF, None):
        try:
            return call(session, path, operation, envelope, repeatable=repeatable)
        except ServerBusy:
            if pause is None:
                raise
            sleep(pause)
    raise AssertionError("unreachable")


def local_name(node: Any) -> str:
    """The element's name without its namespace; releases differ in prefixes."""
    return str(etree.QName(node).localname)


def child(node: Any, name: str) -> Any | None:
    """The first child of that local name."""
    return next((item for item in node.iterchildren("{*}" + name)), None)


def child_text(node: Any, name: str) -> str | None:
    """The stripped text of a child; None when it is not there, nil or empty."""
    found = child(node, name)
    text = "".join(found.itertext()).strip() if found is not None else ""
    return text or None


class NotSoap(ValueError):
    """Data that is no SOAP message; `detail` is what the parser said, if it said anything."""

    def __init__(self, what: str, detail: str = "") -> None:
        super().__init__(what)
        self.detail = detail


def body_content(data: bytes) -> Any:
    """The element in the body of an envelope; raises NotSoap."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        envelope = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotSoap("something that is not XML", str(error)) from error
    body = child(envelope, "Body") if local_name(envelope) == "Envelope" else None
    content = next(body.iterchildren("{*}*"), None) if body is not None else None
    if content is None:
        raise NotSoap("no SOAP message")
    return content


def _content_of(response: Response, host: str, operation: str) -> Any:
    try:
        return body_content(response.content)
    except NotSoap as error:
        kind = response.headers.get("Content-Type") or "no content type"
        detail = f": {error.detail}" if error.detail else ""
        what = f"{error} (HTTP {response.status_code}, {kind}{detail})"
        raise _unexpected(what, host, operation) from error


def fault_of(text: str, host: str, operation: str) -> CucmError:
    """The error that a fault's text means: RateExceeded or ServiceabilityFault."""
    text = foreign_text(text)
    if "exceeded allowed rate" in text.lower():
        return RateExceeded(
            f"the node takes no more requests for now ({text})",
            host=host,
            operation=operation,
            remedy="Run again in a minute, or let fewer tools ask this node at the same time",
        )
    return ServiceabilityFault(
        f"the node refused ({text or 'a fault without text'})",
        host=host,
        operation=operation,
        remedy="See the node's words; its record is in the activelog, tomcat/logs/soap",
    )


def _unexpected(what: str, host: str, operation: str) -> UnexpectedAnswer:
    return UnexpectedAnswer(
        f"the answer is {foreign_text(what)}",
        host=host,
        operation=operation,
        remedy="Check that host and port name a Unified CM node, and that its Cisco CallManager"
        " Serviceability and SOAP services run",
    )
