# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The log collection services of a node: which trace and capture files there are, and their bytes.

Two doors. LogCollectionPortTypeService lists, and gives files out since release 11.5;
DimeGetFileService gives them out in every release.
"""

from __future__ import annotations

import re
import secrets
from abc import ABC, abstractmethod
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ansible_collections.ucops.cucm.tests.simulator import http, node_files, services, soap
from ansible_collections.ucops.cucm.tests.simulator.control_center import REALM
from ansible_collections.ucops.cucm.tests.simulator.http import Reply, Request
from ansible_collections.ucops.cucm.tests.simulator.node_files import NodeFile
from ansible_collections.ucops.cucm.tests.simulator.releases import numbers
from ansible_collections.ucops.cucm.tests.simulator.soap import AST, XML, SoapFault
from ansible_collections.ucops.cucm.tests.simulator.topology import SERVICEABILITY
from lxml import etree

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

PATH = "/logcollectionservice2/services/LogCollectionPortTypeService"
DIME_PATH = "/logcollectionservice/services/DimeGetFileService"
DIME_ACTION = "http://schemas.cisco.com/ast/soap/action/#LogCollectionPort#GetOneFile"
#: The service that has to run for a listing.
SERVICE = "SOAP -Log Collection APIs"
PACKET_CAPTURES = "Packet Capture Logs"
COOKIE = "JSESSIONID"
#: What releases before 11.5 do not have in LogCollectionPortTypeService.
_NEWER = ("GetOneFile", "getTimeZone")
_WITH_FILES = (11, 5)
#: The element in the body of a request that is named otherwise than its operation.
_OPERATIONS = {"FileName": "GetOneFile", "LocalHost": "getTimeZone"}
_DIME = "http://schemas.cisco.com/ast/soap/"
_GET_FILE = "http://cisco.com/ccm/serviceability/soap/LogCollection/GetFile/"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_XOP = "http://www.w3.org/2004/08/xop/include"
_DATE = "%m/%d/%y %I:%M %p"
_ZONE_NAME = re.compile(r"-([A-Za-z]+(?:/[A-Za-z0-9_+-]+)+)$")
_ZONE_OFFSET = re.compile(r"\(GMT(?:([+-])(\d{1,2}):(\d{1,2}))?\)")
_WSDL = Path(__file__).with_name("log_collection.wsdl")
_XS = "{http://www.w3.org/2001/XMLSchema}"


@cache
def schema() -> etree.XMLSchema:
    """The schema in the WSDL that the door publishes; requests must be valid against it."""
    found = next(etree.parse(_WSDL).iter(f"{_XS}schema"))
    return etree.XMLSchema(etree.fromstring(etree.tostring(found)))


class _FileDoor(ABC):
    """What both doors have in common: account, session cookie, faults, and the reply with a file."""

    name = ""
    path = ""

    def __init__(self, node: Node) -> None:
        self._node = node

    def serves(self, path: str) -> bool:
        """One path, without a trailing slash."""
        return path == self.path

    def operation(self, request: Request) -> str:
        """The operation's name."""
        if request.method == "GET":
            return "wsdl"
        try:
            element = etree.QName(soap.parse(request.body)).localname
        except SoapFault:
            return "unknown"
        return _OPERATIONS.get(element, element)

    def answer(self, request: Request) -> Reply:
        """Check the account and the cookie, then carry the request out."""
        account = http.account_of(request, self._node.cluster.topology.users)
        if account is None:
            return http.unauthorized(REALM)
        if SERVICEABILITY not in account.roles:
            return http.forbidden()
        if request.method == "GET" and "wsdl" in request.query:
            return self._wsdl()
        if request.method != "POST":
            return http.html_page(405, "Only POST is allowed.")
        session = _cookie(request)
        if session and not session.endswith(f".{self.name}"):
            return http.html_page(500, "The session belongs to another service.")
        try:
            if not request.headers.get("content-type", "").lower().startswith("text/xml"):
                raise SoapFault("SOAP 1.1 needs Content-Type text/xml")
            reply = self._carry_out(
                soap.parse(request.body), request.headers.get("soapaction", "").strip('"')
            )
        except SoapFault as fault:
            return soap.fault(str(fault), fault.code)
        if session:
            return reply
        made = f"{COOKIE}={secrets.token_hex(16).upper()}.{self.name}; Path=/; Secure; HttpOnly"
        return Reply(reply.status, reply.body, reply.content_type, {"Set-Cookie": made})

    def _wsdl(self) -> Reply:
        return http.not_found()

    @abstractmethod
    def _carry_out(self, element: etree._Element, action: str) -> Reply:
        """Do what a request asks for."""

    def _file(self, path: str) -> NodeFile:
        found = node_files.find(self._node, path.strip())
        if found is None:
            raise SoapFault(f"FileName {path.strip()} do not exist", "soapenv:Server")
        return found


class LogCollectionDoor(_FileDoor):
    """LogCollectionPortTypeService."""

    name = "log-collection"
    path = PATH

    def _has(self, operation: str) -> bool:
        release = numbers(self._node.cluster.topology.release)
        return release >= _WITH_FILES or operation not in _NEWER

    def _wsdl(self) -> Reply:
        tree = etree.parse(_WSDL)
        for operation in list(tree.iter("{http://schemas.xmlsoap.org/wsdl/}operation")):
            if not self._has(operation.get("name", "")):
                operation.getparent().remove(operation)
        return Reply(200, etree.tostring(tree, xml_declaration=True, encoding="UTF-8"), XML)

    def _carry_out(self, element: etree._Element, action: str) -> Reply:
        name = etree.QName(element).localname
        operation = _OPERATIONS.get(name, name)
        if not self._has(operation):
            raise SoapFault(
                "The endpoint reference (EPR) for the Operation not found is"
                f" {PATH} and the WSA Action = {action}"
            )
        try:
            schema().assertValid(etree.ElementTree(element))
        except etree.DocumentInvalid as error:
            raise SoapFault(str(error)) from error
        if action not in ("", operation):
            raise SoapFault(f"The SOAPAction {action} does not fit the request {operation}")
        if operation == "GetOneFile":
            return _with_attachment(self._file(element.text or "").data)
        if operation == "getTimeZone":
            zone = etree.Element(f"{{{AST}}}TimeZone", nsmap={"ns0": AST})
            zone.text = "Etc/UTC"
            return soap.reply(200, zone)
        if self._node.services.status(SERVICE) != "Started":
            raise SoapFault(f"The service {SERVICE} is not running", "soapenv:Server")
        if operation == "listNodeServiceLogs":
            return soap.reply(200, self._known())
        if operation == "selectLogFiles":
            return soap.reply(200, self._selected(element[0]))
        raise SoapFault(f"The operation {operation} is unknown")

    def _known(self) -> etree._Element:
        response = etree.Element(f"{{{AST}}}listNodeServiceLogsResponse", nsmap={"ns0": AST})
        for node in self._node.cluster.nodes.values():
            known = soap.child(response, "listNodeServiceLogsReturn")
            soap.child(known, "name", node.topology.hostname)
            soap.child(soap.child(known, "ServiceLog"), "item", services.CALL_MANAGER)
            soap.child(soap.child(known, "SystemLog"), "item", PACKET_CAPTURES)
        return response

    def _selected(self, criteria: etree._Element) -> etree._Element:
        if _text(criteria, "JobType") == "PushtoSFTPServer":
            raise SoapFault("JobType PushtoSFTPServer is not simulated", "soapenv:Server")
        zone = _zone(_text(criteria, "TimeZone"))
        begin, end = (_moment(_text(criteria, name), zone) for name in ("FromDate", "ToDate"))
        files = node_files.all_files(self._node)
        response = etree.Element(f"{{{AST}}}selectLogFilesResponse", nsmap={"ns0": AST})
        result = soap.child(soap.child(response, "ResultSet"), "SchemaFileSelectionResult")
        listed = soap.child(result, "Node")
        soap.child(listed, "name", self._node.topology.hostname)
        logs = soap.child(listed, "ServiceList")
        for kind, name, directory in (
            ("ServiceLogs", services.CALL_MANAGER, node_files.TRACE_DIRECTORY),
            ("SystemLogs", PACKET_CAPTURES, node_files.CAPTURE_DIRECTORY),
        ):
            wanted = [
                (item.text or "").strip() for item in criteria.iterfind(f"{{{AST}}}{kind}/{{{AST}}}item")
            ]
            if name in wanted:
                log = soap.child(logs, "ServiceLogs")
                soap.child(log, "name", name)
                found = [file for file in files if file.path.startswith(directory)]
                _list(soap.child(log, "SetOfFiles"), found, begin, end)
        return response


class DimeGetFileDoor(_FileDoor):
    """DimeGetFileService: RPC-encoded, and needs no service to run."""

    name = "dime-get-file"
    path = DIME_PATH

    def _carry_out(self, element: etree._Element, action: str) -> Reply:
        if element.tag != f"{{{_DIME}}}GetOneFile":
            raise SoapFault(f"No such operation '{etree.QName(element).localname}'")
        if action not in ("", DIME_ACTION):
            raise SoapFault(f"The SOAPAction {action} does not fit the request GetOneFile")
        name = element.find("FileName")
        if name is None or not self._typed(name):
            raise SoapFault("GetOneFile needs a FileName of the type FileName")
        return _with_attachment(self._file(name.text or "").data, rpc=True)

    @staticmethod
    def _typed(name: etree._Element) -> bool:
        prefix, _colon, local = name.get(f"{{{_INSTANCE}}}type", "").partition(":")
        return local == "FileName" and name.nsmap.get(prefix) == _GET_FILE


def _list(
    parent: etree._Element, files: list[NodeFile], begin: datetime | None, end: datetime | None
) -> None:
    """Name the files that were modified in the window."""
    for file in files:
        if (begin is None or file.modified >= begin) and (end is None or file.modified <= end):
            item = soap.child(parent, "File")
            soap.child(item, "name", file.name)
            soap.child(item, "absolutepath", file.path)
            soap.child(item, "filesize", str(len(file.on_disk)))
            soap.child(item, "modifiedDate", f"{file.modified:%a %b %d %H:%M:%S} UTC {file.modified:%Y}")


def _moment(text: str, zone: tzinfo) -> datetime | None:
    """A date of a request; None when it is blank."""
    if not text:
        return None
    try:
        return datetime.strptime(text, _DATE).replace(tzinfo=zone)
    except ValueError as error:
        raise SoapFault(f"The date {text} is not MM/DD/YY hh:mm AM|PM") from error


def _zone(text: str) -> tzinfo:
    """Such as `Client: (GMT+5:30)India Standard Time-Asia/Kolkata`; blank is the node's own, UTC."""
    if not text:
        return UTC
    name, offset = _ZONE_NAME.search(text), _ZONE_OFFSET.search(text)
    if name is not None:
        try:
            return ZoneInfo(name[1])
        except (ZoneInfoNotFoundError, ValueError):
            pass
    if offset is None:
        raise SoapFault(f"The time zone {text} is unknown")
    east = timedelta(hours=int(offset[2] or 0), minutes=int(offset[3] or 0))
    return timezone(-east if offset[1] == "-" else east)


def _text(parent: etree._Element, name: str) -> str:
    return (parent.findtext(f"{{{AST}}}{name}") or "").strip()


def _with_attachment(data: bytes, *, rpc: bool = False) -> Reply:
    """multipart/related: the envelope, which refers to the second part, and the file.

    As MTOM, or with `rpc` as SOAP with attachments.
    """
    boundary = f"MIMEBoundary_{secrets.token_hex(24)}"
    first, second = (f"{number}.{secrets.token_hex(24)}@apache.org" for number in (0, 1))
    if rpc:
        content = etree.Element(f"{{{_DIME}}}GetOneFileResponse", nsmap={"ns1": _DIME})
        etree.SubElement(content, "DataHandler").set("href", f"cid:{second}")
        kind, head = "text/xml", "text/xml; charset=UTF-8"
    else:
        content = etree.Element(f"{{{AST}}}GetOneFileReturn", nsmap={"ns0": AST})
        etree.SubElement(content, f"{{{_XOP}}}Include", nsmap={"xop": _XOP}).set("href", f"cid:{second}")
        kind, head = "application/xop+xml", 'application/xop+xml; charset=UTF-8; type="text/xml"'
    parts = ((head, first, soap.reply(200, content).body), ("application/octet-stream", second, data))
    body = b"".join(
        (
            f"--{boundary}\r\nContent-Type: {media}\r\nContent-Transfer-Encoding: binary\r\n"
            f"Content-ID: <{name}>\r\n\r\n"
        ).encode()
        + part
        + b"\r\n"
        for media, name, part in parts
    )
    content_type = (
        f'multipart/related; boundary="{boundary}"; type="{kind}"; start="<{first}>"; start-info="text/xml"'
    )
    return Reply(200, body + f"--{boundary}--\r\n".encode(), content_type)


def _cookie(request: Request) -> str:
    """The session cookie of the request, or nothing."""
    for part in request.headers.get("cookie", "").split(";"):
        name, _equals, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return ""
