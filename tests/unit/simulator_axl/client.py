# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bare AXL client for the tests: it writes requests, and holds every reply against Cisco's schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests import schemas
from ansible_collections.ucops.cucm.tests.simulator.axl.database import Database, Record
from ansible_collections.ucops.cucm.tests.simulator.axl.schemas import NoSchemas, SchemaSet
from ansible_collections.ucops.cucm.tests.simulator.axl.service import AxlReply, AxlService
from ansible_collections.ucops.cucm.tests.simulator.axl.versions import RELEASES
from ansible_collections.ucops.cucm.tests.simulator.journal import Mutation
from lxml import etree

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
API = "http://www.cisco.com/AXL/API/"
XSD = "{http://www.w3.org/2001/XMLSchema}"

TRUNK: dict[str, Any] = {
    "name": "to-cucm10",
    "product": "SIP Trunk",
    "class": "Trunk",
    "protocol": "SIP",
    "protocolSide": "Network",
    "devicePoolName": "Default",
    "locationName": "Hub_None",
    "securityProfileName": "Non Secure SIP Trunk Profile",
    "sipProfileName": "Standard SIP Profile",
    "presenceGroupName": "Standard Presence group",
    "destinations": [{"addressIpv4": "192.0.2.10", "port": "5061", "sortOrder": "1"}],
    "callingAndCalledPartyInfoFormat": "Deliver DN only in connected party",
}
PROFILE: dict[str, Any] = {
    "name": "tls-cucm10",
    "securityMode": "Encrypted",
    "incomingTransport": "TLS",
    "outgoingTransport": "TLS",
    "x509SubjectName": "cucm10-pub.example.com",
    "incomingPort": "5061",
    "sipV150OutboundSdpOfferFiltering": "Use Default Filter",
}
PATTERN: dict[str, Any] = {
    "pattern": "9898",
    "routePartitionName": None,
    "blockEnable": "false",
    "useCallingPartyPhoneMask": "Default",
    "dialPlanName": None,
    "digitDiscardInstructionName": None,
    "networkLocation": "OnNet",
    "prefixDigitsOut": None,
    "routeFilterName": None,
    "destination": {"gatewayName": "to-cucm10"},
}


class Fault(Exception):
    """What a SOAP fault said."""

    def __init__(self, fault: etree._Element) -> None:
        self.fault_code = fault.findtext("faultcode")
        self.code = int(fault.findtext("detail/axlError/axlcode"))
        self.message = fault.findtext("detail/axlError/axlmessage")
        self.request = fault.findtext("detail/axlError/request")
        assert fault.findtext("faultstring") == self.message
        super().__init__(f"{self.code} {self.message}")


class Client:
    """Talks to the AXL service of one simulated cluster."""

    def __init__(self, release: str, schema_set: SchemaSet | None = None) -> None:
        self.version = RELEASES[release].native
        self.journal: list[Mutation] = []
        self.resets: list[tuple[str, str]] = []
        self.database = Database(release)
        self.service = AxlService(
            self.database,
            release,
            record=self.journal.append,
            on_reset=lambda kind, name: self.resets.append((kind, name)),
            schemas=schema_set,
        )
        self._validates = not isinstance(schema_set, NoSchemas)

    def post(self, operation: str, inner: str = "", *, version: str | None = None) -> AxlReply:
        """Send an operation with the given text inside, and with the SOAPAction that zeep would send."""
        version = version or self.version
        return self.service.answer(
            f'"CUCM:DB ver={version} {operation}"', envelope(operation, inner, version)
        )

    def call(self, operation: str, inner: str = "", *, version: str | None = None) -> etree._Element:
        """The `return` element of the reply; raises Fault."""
        reply = self.post(operation, inner, version=version)
        response = etree.fromstring(reply.body).find(f"{{{ENVELOPE}}}Body")[0]
        if response.tag == f"{{{ENVELOPE}}}Fault":
            assert reply.status == 500
            raise Fault(response)
        assert reply.status == 200
        assert response.tag == f"{{{API}{version or self.version}}}{operation}Response"
        if self._validates and operation != "listProcessNode":
            assert schemas.validate(version or self.version, without_nil(response)) == []
        return response.find("return")

    def add(
        self, kind: str, usual: Mapping[str, Any], /, *, version: str | None = None, **changes: Any
    ) -> Record:
        """Add an object: the usual values with changes, in the order of the schema."""
        values = {name: value for name, value in {**usual, **changes}.items() if value is not ...}
        inner = element(tag(kind), values, order_of(f"X{kind}", version or self.version))
        uuid = self.call(f"add{kind}", inner, version=version).text
        record = self.database.by_uuid(kind, uuid)
        assert record is not None
        assert record.uuid == uuid
        return record

    def get(self, kind: str, key: str = "", /, *, version: str | None = None, **keys: str) -> etree._Element:
        """The element of an object, by its key given as XML or as keywords."""
        inner = key or "".join(element(name, value) for name, value in keys.items())
        return self.call(f"get{kind}", inner, version=version)[0]

    def update(self, kind: str, key: str, /, *, version: str | None = None, **changes: Any) -> None:
        """Update an object; the changes go in the order of the schema."""
        order = order_of(f"Update{kind}Req", version or self.version)
        names = sorted(changes, key=order.index)
        self.call(
            f"update{kind}", key + "".join(element(name, changes[name]) for name in names), version=version
        )


def envelope(operation: str, inner: str, version: str) -> bytes:
    """A request."""
    return (
        f'<e:Envelope xmlns:e="{ENVELOPE}" xmlns:xsi="{XSI}"><e:Body>'
        f'<n:{operation} xmlns:n="{API}{version}">{inner}</n:{operation}></e:Body></e:Envelope>'
    ).encode()


def element(name: str, value: Any, order: list[str] | None = None) -> str:
    """An element as XML: None is nil, a list goes into the list's member element."""
    if value is None:
        return f'<{name} xsi:nil="true"/>'
    if isinstance(value, list):
        member = "destination" if name.lower().endswith("destinations") else "member"
        return f"<{name}>{''.join(element(member, item) for item in value)}</{name}>"
    if isinstance(value, dict):
        names = sorted(value, key=order.index) if order else list(value)
        return f"<{name}>{''.join(element(inside, value[inside]) for inside in names)}</{name}>"
    return f"<{name}>{value}</{name}>"


def order_of(type_name: str, version: str) -> list[str]:
    """The names of all elements in a type of the real schema, in document order."""
    found = schemas.document(version).getroot().find(f"{XSD}complexType[@name='{type_name}']")
    return [node.get("name") for node in found.iter(f"{XSD}element")]


def tag(kind: str) -> str:
    """The element of a kind."""
    return kind[0].lower() + kind[1:]


def without_nil(response: etree._Element) -> etree._Element:
    """The response without xsi:nil="true" uuid="", which real servers send against their schema."""
    copied = etree.fromstring(etree.tostring(response))
    for node in copied.iter(etree.Element):
        if node.attrib.pop(f"{{{XSI}}}nil", None):
            del node.attrib["uuid"]
    return copied


def refuses(code: int, text: str) -> Any:
    """Expect a Fault with this code and this text in it."""
    return pytest.raises(Fault, match=rf"^{code} .*{text}")
