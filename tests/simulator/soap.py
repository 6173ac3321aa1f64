# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOAP 1.1 of the serviceability services: reading requests, writing replies and faults."""

from __future__ import annotations

from ansible_collections.ucops.cucm.tests.simulator.http import Reply
from lxml import etree

AST = "http://schemas.cisco.com/ast/soap"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
XML = "text/xml;charset=utf-8"


class SoapFault(Exception):
    """A request that is answered by a SOAP fault and HTTP 500."""

    def __init__(self, text: str, code: str = "soapenv:Client") -> None:
        super().__init__(text)
        self.code = code


def parse(body: bytes) -> etree._Element:
    """The operation element of a SOAP 1.1 request; raises SoapFault."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        envelope = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise SoapFault(f"The request is not well-formed XML: {error}") from error
    if envelope.tag != f"{{{ENVELOPE}}}Envelope":
        raise SoapFault("The request is not a SOAP 1.1 envelope")
    found = envelope.find(f"{{{ENVELOPE}}}Body/*")
    if found is None:
        raise SoapFault("The SOAP body is empty")
    return found


def child(parent: etree._Element, name: str, text: str = "") -> etree._Element:
    """Append an element of the services' namespace."""
    made = etree.SubElement(parent, f"{{{AST}}}{name}")
    made.text = text or None
    return made


def reply(status: int, content: etree._Element) -> Reply:
    """An envelope with this in its body."""
    envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soapenv": ENVELOPE})
    etree.SubElement(envelope, f"{{{ENVELOPE}}}Body").append(content)
    return Reply(status, etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"), XML)


def fault(text: str, code: str = "soapenv:Server") -> Reply:
    """A SOAP 1.1 fault with HTTP 500."""
    made = etree.Element(f"{{{ENVELOPE}}}Fault")
    etree.SubElement(made, "faultcode").text = code
    etree.SubElement(made, "faultstring").text = text
    return reply(500, made)
