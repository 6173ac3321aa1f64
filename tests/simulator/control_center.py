# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Control Center SOAP service of a node: status and control of its services."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.tests.simulator import http, services, soap
from ansible_collections.ucops.cucm.tests.simulator.http import Reply, Request
from ansible_collections.ucops.cucm.tests.simulator.journal import Mutation
from ansible_collections.ucops.cucm.tests.simulator.services import ServiceReport
from ansible_collections.ucops.cucm.tests.simulator.soap import AST, ENVELOPE, XML, SoapFault
from ansible_collections.ucops.cucm.tests.simulator.soap import fault as soap_fault
from ansible_collections.ucops.cucm.tests.simulator.topology import SERVICEABILITY
from lxml import etree

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

#: The log collection takes what SOAP services share from here.
__all__ = ["AST", "ENVELOPE", "XML", "SoapFault", "soap_fault"]

PATH = "/controlcenterservice2/services/ControlCenterServices"
REALM = "Cisco Unified Serviceability"
_WSDL = Path(__file__).with_name("control_center.wsdl")
_XSD_SCHEMA = "{http://www.w3.org/2001/XMLSchema}schema"


@cache
def schema() -> etree.XMLSchema:
    """The schema in the WSDL that the door publishes; requests must be valid against it."""
    found = next(etree.parse(_WSDL).iter(_XSD_SCHEMA))
    # Serialised once more, so that the schema carries its namespace declarations itself.
    return etree.XMLSchema(etree.fromstring(etree.tostring(found)))


class ControlCenterDoor:
    """The Control Center service of one node."""

    name = "control-center"

    def __init__(self, node: Node) -> None:
        self._node = node

    def serves(self, path: str) -> bool:
        """One path, without a trailing slash."""
        return path == PATH

    def operation(self, request: Request) -> str:
        """The local name of the element in the SOAP body."""
        if request.method == "GET":
            return "wsdl"
        try:
            return etree.QName(soap.parse(request.body)).localname
        except SoapFault:
            return "unknown"

    def answer(self, request: Request) -> Reply:
        """Check the account, then the request's shape, then carry it out."""
        account = http.account_of(request, self._node.cluster.topology.users)
        if account is None:
            return http.unauthorized(REALM)
        if SERVICEABILITY not in account.roles:
            return http.forbidden()
        if request.method == "GET" and "wsdl" in request.query:
            return Reply(200, _WSDL.read_bytes(), XML)
        if request.method != "POST":
            return http.html_page(405, "Only POST is allowed.")
        try:
            return soap.reply(200, self._carry_out(request))
        except SoapFault as fault:
            return soap_fault(str(fault), fault.code)

    def _carry_out(self, request: Request) -> etree._Element:
        if not request.headers.get("content-type", "").lower().startswith("text/xml"):
            raise SoapFault("SOAP 1.1 needs Content-Type text/xml")
        element = soap.parse(request.body)
        try:
            schema().assertValid(etree.ElementTree(element))
        except etree.DocumentInvalid as error:
            raise SoapFault(str(error)) from error
        operation = etree.QName(element).localname
        action = request.headers.get("soapaction", "").strip('"')
        if action not in ("", operation):
            raise SoapFault(f"The SOAPAction {action} does not fit the request {operation}")
        if operation == "soapGetServiceStatus":
            return self._status(element)
        if operation == "soapDoControlServices":
            return self._control(element)
        if operation == "soapGetStaticServiceList":
            return self._static_list()
        raise SoapFault(f"The operation {operation} is unknown")

    def _status(self, element: etree._Element) -> etree._Element:
        wanted = [name for child in element if (name := (child.text or "").strip())]
        reports = [self._node.services.report(name) for name in wanted or self._node.services.names]
        return _information("soapGetServiceStatus", reports)

    def _control(self, element: etree._Element) -> etree._Element:
        request = element[0]
        control = (request.findtext(f"{{{AST}}}ControlType") or "").strip()
        names = [(item.text or "").strip() for item in request.iter(f"{{{AST}}}item")]
        if control not in ("Start", "Stop", "Restart"):
            raise SoapFault("ControlType is missing")
        reports = []
        for name in names:
            reason = self._node.services.control(name, control)  # type: ignore[arg-type]
            report = self._node.services.report(name)
            if reason == services.SUCCESSFUL:
                self._node.record(
                    Mutation("control-center", "soapDoControlServices", name, {"control": control})
                )
            else:
                report = ServiceReport(name, report.status, reason, report.started, report.uptime)
            reports.append(report)
        self._node.settle()
        return _information("soapDoControlServices", reports)

    def _static_list(self) -> etree._Element:
        response = etree.Element(f"{{{AST}}}soapGetStaticServiceListResponse", nsmap={"ns0": AST})
        found = soap.child(soap.child(response, "soapGetStaticServiceListReturn"), "Services")
        for name in self._node.services.names:
            item = soap.child(found, "item")
            soap.child(item, "ServiceName", name)
            soap.child(item, "ServiceType", "Service")
            soap.child(item, "Deployable", "false" if name in services.NOT_CONTROLLABLE else "true")
            soap.child(item, "GroupName", "CM Services")
            soap.child(item, "DependentServices")
        return response


def _information(operation: str, reports: list[ServiceReport]) -> etree._Element:
    response = etree.Element(f"{{{AST}}}{operation}Response", nsmap={"ns0": AST})
    result = soap.child(response, f"{operation}Return")
    soap.child(result, "ReturnCode", "0")
    soap.child(result, "ReasonCode", "-1")
    soap.child(result, "ReasonString")
    listed = soap.child(result, "ServiceInfoList")
    for report in reports:
        item = soap.child(listed, "item")
        soap.child(item, "ServiceName", report.name)
        soap.child(item, "ServiceStatus", report.status)
        soap.child(item, "ReasonCode", str(report.reason))
        soap.child(item, "ReasonCodeString", services.REASONS[report.reason])
        soap.child(
            item, "StartTime", report.started.strftime("%a %b %d %H:%M:%S %Y") if report.started else ""
        )
        soap.child(item, "UpTime", str(report.uptime))
    return response
