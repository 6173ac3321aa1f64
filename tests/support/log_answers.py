# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of the log collection services, as servers of the tests give them."""

from __future__ import annotations

from xml.sax.saxutils import escape

from ansible_collections.ucops.cucm.tests.support.tls_server import Reply, Request, answer
from lxml import etree

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
AST = "http://schemas.cisco.com/ast/soap"
BOUNDARY = "MIMEBoundary_4e1c"
UNKNOWN_OPERATION = "The endpoint reference (EPR) for the Operation not found is /logcollectionservice2"


def envelope(content: str) -> bytes:
    text = f'<soapenv:Envelope xmlns:soapenv="{ENVELOPE}"><soapenv:Body>{content}</soapenv:Body></soapenv:Envelope>'
    return text.encode()


def fault(text: str, status: int = 500) -> Reply:
    content = (
        "<soapenv:Fault><faultcode>soapenv:Server</faultcode>"
        f"<faultstring>{escape(text)}</faultstring><detail/></soapenv:Fault>"
    )
    return answer(status, envelope(content), Content_Type="text/xml;charset=UTF-8")


def absent(path: str = "x") -> Reply:
    return fault(f"FileName {path} do not exist")


def multipart_body(
    data: bytes, first: bytes | None = None, head: str = "Content-Transfer-Encoding: binary"
) -> bytes:
    """The envelope and the file, as Axis2 lays them out."""
    if first is None:
        include = '<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:1@apache.org"/>'
        first = envelope(f'<ns0:GetOneFileReturn xmlns:ns0="{AST}">{include}</ns0:GetOneFileReturn>')
    return (
        f"--{BOUNDARY}\r\nContent-Type: application/xop+xml; charset=UTF-8\r\n\r\n".encode()
        + first
        + f"\r\n--{BOUNDARY}\r\n{head}\r\n\r\n".encode()
        + data
        + f"\r\n--{BOUNDARY}--\r\n".encode()
    )


def multipart(body: bytes, **headers: str) -> Reply:
    kind = f'multipart/related; boundary="{BOUNDARY}"; type="application/xop+xml"'
    return answer(200, body, Content_Type=kind, **headers)


def file(data: bytes, **headers: str) -> Reply:
    """A reply with a file."""
    return multipart(multipart_body(data), **headers)


def listing(*files: str, node: str = "CUCMA") -> Reply:
    """The reply of selectLogFiles; each file is the inside of its element."""
    inside = "".join(f"<ns0:File>{text}</ns0:File>" for text in files)
    content = (
        f'<ns0:selectLogFilesResponse xmlns:ns0="{AST}"><ns0:ResultSet><ns0:SchemaFileSelectionResult><ns0:Node>'
        f"<ns0:name>{node}</ns0:name><ns0:ServiceList><ns0:ServiceLogs><ns0:name>Cisco CallManager</ns0:name>"
        f"<ns0:SetOfFiles>{inside}</ns0:SetOfFiles></ns0:ServiceLogs></ns0:ServiceList></ns0:Node>"
        "</ns0:SchemaFileSelectionResult></ns0:ResultSet></ns0:selectLogFilesResponse>"
    )
    return answer(200, envelope(content), Content_Type="text/xml;charset=UTF-8")


def services() -> Reply:
    """The reply of listNodeServiceLogs."""
    content = (
        f'<ns0:listNodeServiceLogsResponse xmlns:ns0="{AST}"><ns0:listNodeServiceLogsReturn><ns0:name>CUCMA</ns0:name>'
        "<ns0:ServiceLog/><ns0:SystemLog/></ns0:listNodeServiceLogsReturn></ns0:listNodeServiceLogsResponse>"
    )
    return answer(200, envelope(content), Content_Type="text/xml;charset=UTF-8")


def asked(request: Request) -> str:
    """What a request is about: a path of a file, or an operation."""
    found = etree.fromstring(request.body).find(f"{{{ENVELOPE}}}Body/*")
    assert found is not None
    return "".join(found.itertext()) if "File" in str(found.tag) else str(etree.QName(found).localname)
