# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The RisPort70 SOAP service of a node: the status of SIP trunks, on every node of the cluster."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.tests.simulator import http, soap
from ansible_collections.ucops.cucm.tests.simulator.clock import Clock
from ansible_collections.ucops.cucm.tests.simulator.http import Reply, Request
from ansible_collections.ucops.cucm.tests.simulator.soap import AST, SoapFault
from ansible_collections.ucops.cucm.tests.simulator.topology import SERVICEABILITY
from ansible_collections.ucops.cucm.tests.simulator.trunk_status import TrunkStatus
from lxml import etree

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

#: The second one is the deprecated form.
PATHS = ("/realtimeservice2/services/RISService70", "/realtimeservice2/services/RISService")
REALM = "Cisco Unified Serviceability"
#: How many devices a request may ask for, and an answer have.
LARGEST_SELECTION = 1000
ANY_MODEL, SIP_TRUNK_MODEL = "255", "131"
_MINUTE = 60.0
RATE_LIMIT = (
    "Exceeded allowed rate for Real-time information."
    " Current allowed rate for real-time information is {} requests per minute."
)

#: The requests that are served, as the service's WSDL has them.
_SCHEMA = f"""
<schema xmlns="http://www.w3.org/2001/XMLSchema" xmlns:ast="{AST}" targetNamespace="{AST}"
    elementFormDefault="qualified">
  <element name="selectCmDevice" type="ast:selection"/>
  <element name="selectCmDeviceExt" type="ast:selection"/>
  <complexType name="selection"><sequence>
    <element name="StateInfo" type="string"/>
    <element name="CmSelectionCriteria"><complexType><sequence>
      <element name="MaxReturnedDevices" type="unsignedInt" nillable="true"/>
      <element name="DeviceClass" type="string" nillable="true"/>
      <element name="Model" type="unsignedInt" nillable="true"/>
      <element name="Status" type="string" nillable="true"/>
      <element name="NodeName" type="string" nillable="true"/>
      <element name="SelectBy" nillable="true"><simpleType><restriction base="string">
        <enumeration value="Name"/><enumeration value="IPV4Address"/><enumeration value="IPV6Address"/>
        <enumeration value="DirNumber"/><enumeration value="Description"/>
      </restriction></simpleType></element>
      <element name="SelectItems" nillable="true"><complexType><sequence>
        <element name="item" minOccurs="0" maxOccurs="unbounded"><complexType><sequence>
          <element name="Item" type="string" nillable="true"/>
        </sequence></complexType></element>
      </sequence></complexType></element>
      <element name="Protocol" nillable="true"><simpleType><restriction base="string">
        <enumeration value="Any"/><enumeration value="SCCP"/><enumeration value="SIP"/>
        <enumeration value="Unknown"/>
      </restriction></simpleType></element>
      <element name="DownloadStatus" nillable="true"><simpleType><restriction base="string">
        <enumeration value="Any"/><enumeration value="Upgrading"/><enumeration value="Successful"/>
        <enumeration value="Failed"/><enumeration value="Unknown"/>
      </restriction></simpleType></element>
    </sequence></complexType></element>
  </sequence></complexType>
</schema>
"""

#: What a row has of a gateway, and an H.323 trunk: nothing here has them.
_H323 = (
    *("ConfigName", "TechPrefix", "Zone", "RemoteCmServer1", "RemoteCmServer2", "RemoteCmServer3"),
    *("AltGkList", "ActiveGk", "CallSignalAddr", "RasAddr"),
)
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.fromstring(_SCHEMA))


class RateLimit:
    """How many requests in any minute of the simulated time are answered."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        self._clock = clock
        self.per_minute = per_minute
        self._answered: deque[float] = deque()

    def take(self) -> bool:
        """Whether one more request may be answered now."""
        now = self._clock.seconds()
        while self._answered and now - self._answered[0] >= _MINUTE:
            self._answered.popleft()
        if len(self._answered) >= self.per_minute:
            return False
        self._answered.append(now)
        return True


@dataclass(frozen=True)
class _Row:
    """One device on one node."""

    node: Node
    status: TrunkStatus
    description: str


@dataclass(frozen=True)
class _Criteria:
    """What a request asks for."""

    maximum: int
    device_class: str
    model: str
    status: str
    node: str
    select_by: str
    items: tuple[re.Pattern[str], ...]
    protocol: str
    download_status: str

    def fits(self, row: _Row) -> bool:
        """Whether a row is asked for."""
        return (
            self.device_class in ("", "Any", "SIPTrunk")
            and self.model in ("", ANY_MODEL, SIP_TRUNK_MODEL)
            and self.protocol in ("", "Any", "SIP")
            and self.download_status in ("", "Any", "Unknown")
            and self.status in ("", "Any", row.status.status)
            and any(item.fullmatch(text) for text in self._texts(row) for item in self.items)
        )

    def _texts(self, row: _Row) -> tuple[str, ...]:
        """What of a row the items are compared with."""
        if self.select_by == "Description":
            return (row.description,)
        if self.select_by in ("IPV4Address", "IPV6Address"):
            return row.status.addresses
        return (row.status.name,) if self.select_by in ("", "Name") else ()


class RisDoor:
    """RisPort70 at one node."""

    name = "risport"

    def __init__(self, node: Node) -> None:
        self._node = node

    def serves(self, path: str) -> bool:
        """Two paths, without a trailing slash."""
        return path in PATHS

    def operation(self, request: Request) -> str:
        """The local name of the element in the SOAP body."""
        try:
            return str(etree.QName(soap.parse(request.body)).localname)
        except SoapFault:
            return "unknown"

    async def answer(self, request: Request) -> Reply:
        """Check the account, the rate and the request's shape, then ask the nodes."""
        account = http.account_of(request, self._node.cluster.topology.users)
        if account is None:
            return http.unauthorized(REALM)
        if SERVICEABILITY not in account.roles:
            return http.forbidden()
        if request.method != "POST":
            return http.html_page(405, "Only POST is allowed.")
        if not self._node.device_queries.take():
            return soap.fault(RATE_LIMIT.format(self._node.device_queries.per_minute))
        try:
            return soap.reply(200, await self._carry_out(request))
        except SoapFault as fault:
            return soap.fault(str(fault), fault.code)

    async def _carry_out(self, request: Request) -> etree._Element:
        if not request.headers.get("content-type", "").lower().startswith("text/xml"):
            raise SoapFault("SOAP 1.1 needs Content-Type text/xml")
        element = soap.parse(request.body)
        operation = etree.QName(element).localname
        try:
            _schema().assertValid(etree.ElementTree(element))
        except etree.DocumentInvalid as error:
            raise SoapFault(str(error)) from error
        action = request.headers.get("soapaction", "").strip('"')
        if action not in ("", operation):
            raise SoapFault(f"The SOAPAction {action} does not fit the request {operation}")
        criteria = _read(element, wildcards=operation == "selectCmDevice")
        nodes = list(self._node.cluster.nodes.values())
        if criteria.node and criteria.node not in {node.topology.hostname for node in nodes}:
            return _result([(criteria.node, "InvalidNodeName", [])])
        nodes = [node for node in nodes if criteria.node in ("", node.topology.hostname)]
        rows = [row for row in await _rows(nodes) if criteria.fits(row)][: criteria.maximum]
        if operation == "selectCmDeviceExt":
            rows = _latest(rows)
        return _result(_by_node(nodes, rows))


async def _rows(nodes: Iterable[Node]) -> list[_Row]:
    """The trunks of all nodes that answer."""

    async def rows_of(node: Node) -> list[_Row]:
        if not node.reachable:
            return []
        node.settle()
        descriptions = {
            record.uuid: record.values.get("description") or ""
            for record in node.cluster.database.all("SipTrunk")
        }
        return [_Row(node, status, descriptions.get(status.uuid, "")) for status in await node.trunk_status()]

    return [row for rows in await asyncio.gather(*map(rows_of, nodes)) for row in rows]


def _latest(rows: list[_Row]) -> list[_Row]:
    """Of each device the row that is the newest."""
    newest: dict[str, _Row] = {}
    for row in rows:
        kept = newest.get(row.status.uuid)
        if kept is None or row.status.since > kept.status.since:
            newest[row.status.uuid] = row
    return list(newest.values())


def _by_node(nodes: Iterable[Node], rows: list[_Row]) -> list[tuple[str, str, list[_Row]]]:
    """Of each node its name, a return code and its rows."""
    found = []
    for node in nodes:
        own = [row for row in rows if row.node is node]
        code = "Ok" if own else "NotFound" if node.reachable else "NodeNotResponding"
        found.append((node.topology.hostname, code, own))
    return found


def _read(element: etree._Element, *, wildcards: bool) -> _Criteria:
    """The criteria of a valid request; raises SoapFault for more devices than are allowed."""
    criteria = element[1]

    def text(name: str) -> str:
        return (criteria.findtext(f"{{{AST}}}{name}") or "").strip()

    items = [(item.text or "").strip() for item in criteria.iter(f"{{{AST}}}Item")]
    if len(items) > LARGEST_SELECTION:
        raise SoapFault(f"A request may name at most {LARGEST_SELECTION} devices")
    return _Criteria(
        maximum=min(int(text("MaxReturnedDevices") or LARGEST_SELECTION), LARGEST_SELECTION),
        device_class=text("DeviceClass"),
        model=text("Model"),
        status=text("Status"),
        node=text("NodeName"),
        select_by=text("SelectBy"),
        items=tuple(_pattern(item, wildcards=wildcards) for item in items),
        protocol=text("Protocol"),
        download_status=text("DownloadStatus"),
    )


def _pattern(item: str, *, wildcards: bool) -> re.Pattern[str]:
    if not wildcards:
        return re.compile(re.escape(item))
    return re.compile(".*".join(re.escape(part) for part in re.split(r"\*+", item)), re.DOTALL)


def _result(nodes: list[tuple[str, str, list[_Row]]]) -> etree._Element:
    response = etree.Element(f"{{{AST}}}selectCmDeviceResponse", nsmap={"ns0": AST})
    returned = soap.child(response, "selectCmDeviceReturn")
    result = soap.child(returned, "SelectCmDeviceResult")
    soap.child(result, "TotalDevicesFound", str(sum(len(rows) for _name, _code, rows in nodes)))
    listed = soap.child(result, "CmNodes")
    for name, code, rows in nodes:
        item = soap.child(listed, "item")
        soap.child(item, "ReturnCode", code)
        soap.child(item, "Name", name)
        soap.child(item, "NoChange", "false")
        devices = soap.child(item, "CmDevices")
        for row in rows:
            _write(soap.child(devices, "item"), row)
    soap.child(returned, "StateInfo")
    return response


def _write(item: etree._Element, row: _Row) -> None:
    """One device, in the order of the WSDL."""
    status = row.status
    before = {
        "Name": status.name,
        "DirNumber": "",
        "DeviceClass": "SIPTrunk",
        "Model": SIP_TRUNK_MODEL,
        "Product": "0",
        "BoxProduct": "0",
        "Httpd": "No",
        "RegistrationAttempts": "0",
        "IsCtiControllable": "false",
        "LoginUserId": "",
        "Status": status.status,
        "StatusReason": str(status.reason),
        "PerfMonObject": "0",
        "DChannel": "0",
        "Description": row.description,
    }
    for name, text in before.items():
        soap.child(item, name, text)
    trunk = soap.child(item, "H323Trunk")
    for name in _H323:
        soap.child(trunk, name)
    soap.child(item, "TimeStamp", str(int(status.since.timestamp())))
    soap.child(item, "Protocol", "SIP")
    soap.child(item, "NumOfLines", "0")
    lines = etree.SubElement(
        item, f"{{{AST}}}LinesStatus", nsmap={"xsi": "http://www.w3.org/2001/XMLSchema-instance"}
    )
    lines.set(_NIL, "true")
    for name in ("ActiveLoadID", "InactiveLoadID"):
        soap.child(item, name)
    soap.child(item, "DownloadStatus", "Unknown")
    for name in ("DownloadFailureReason", "DownloadServer"):
        soap.child(item, name)
    addresses = soap.child(item, "IPAddress")
    for address in status.addresses:
        entry = soap.child(addresses, "item")
        soap.child(entry, "IP", address)
        soap.child(entry, "IPAddrType", "ipv6" if ":" in address else "ipv4")
        soap.child(entry, "Attribute", "Unknown")
