# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the log collection services: requests, and answers that the published schema has accepted."""

from __future__ import annotations

import email.policy
from email.parser import BytesParser
from typing import Any

import requests
from ansible_collections.ucops.cucm.tests.simulator.log_collection import PATH, schema
from ansible_collections.ucops.cucm.tests.simulator.soap import AST
from ansible_collections.ucops.cucm.tests.unit.simulator.support import Client
from lxml import etree

ENVELOPE = (
    "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'"
    " xmlns:soap='http://schemas.cisco.com/ast/soap/'><e:Body>{}</e:Body></e:Envelope>"
)
CRITERIA = {
    "ServiceLogs": "<item>Cisco CallManager</item>",
    "SystemLogs": "",
    "SearchStr": "",
    "Frequency": "OnDemand",
    "JobType": "DownloadtoClient",
    "ToDate": "",
    "FromDate": "",
    "TimeZone": "",
    "RelText": "None",
    "RelTime": "0",
    "Port": "0",
    "IPAddress": "",
    "UserName": "",
    "Password": "",
    "ZipInfo": "false",
    "RemoteFolder": "",
}


def send(client: Client, body: str, action: str | None = None, path: str = PATH) -> requests.Response:
    headers = {"Content-Type": "text/xml; charset=utf-8"}
    if action is not None:
        headers["SOAPAction"] = f'"{action}"'
    return client.request("POST", path, data=ENVELOPE.format(body).encode(), headers=headers)


def get_file(client: Client, path: str) -> requests.Response:
    return send(client, f"<FileName xmlns='{AST}'>{path}</FileName>", "GetOneFile")


def select(client: Client, **criteria: str) -> requests.Response:
    content = "".join(f"<{name}>{text}</{name}>" for name, text in {**CRITERIA, **criteria}.items())
    body = f"<selectLogFiles xmlns='{AST}'><FileSelectionCriteria>{content}</FileSelectionCriteria></selectLogFiles>"
    return send(client, body, "selectLogFiles")


def content(reply: requests.Response) -> Any:
    """The element in the body of a reply, after its check against the published schema."""
    assert reply.status_code == 200, reply.text
    found = etree.fromstring(reply.content)[0][0]
    assert schema().validate(etree.ElementTree(found)), schema().error_log
    return found


def listed(reply: requests.Response) -> dict[str, dict[str, str]]:
    """File name to the fields of the file."""
    result = {}
    for item in content(reply).iter(f"{{{AST}}}File"):
        fields = {etree.QName(child).localname: child.text or "" for child in item}
        result[fields["name"]] = fields
    return result


def attached(reply: requests.Response) -> bytes:
    """The second part of a multipart answer, which the first one must refer to."""
    assert reply.status_code == 200, reply.text
    kind = reply.headers["Content-Type"]
    assert kind.startswith("multipart/related; ")
    message = BytesParser(policy=email.policy.HTTP).parsebytes(
        f"Content-Type: {kind}\r\n\r\n".encode() + reply.content
    )
    first, second = message.iter_parts()
    assert first["Content-ID"] == message.get_param("start")
    envelope, data = (part.get_payload(decode=True) for part in (first, second))
    assert isinstance(envelope, bytes)
    assert isinstance(data, bytes)
    reference = etree.fromstring(envelope).xpath("string(//@href)")
    assert second["Content-ID"] == f"<{str(reference).removeprefix('cid:')}>"
    return data
