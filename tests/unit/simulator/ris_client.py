# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the RisPort70 SOAP service: requests, and the devices in its answers."""

from __future__ import annotations

import requests
from ansible_collections.ucops.cucm.tests.simulator.ris import PATHS
from ansible_collections.ucops.cucm.tests.simulator.soap import AST
from ansible_collections.ucops.cucm.tests.unit.simulator.support import Client
from lxml import etree

PATH = PATHS[0]
CRITERIA = {
    "MaxReturnedDevices": "1000",
    "DeviceClass": "SIPTrunk",
    "Model": "255",
    "Status": "Any",
    "NodeName": "",
    "SelectBy": "Name",
    "SelectItems": ("*",),
    "Protocol": "Any",
    "DownloadStatus": "Any",
}
Nodes = dict[str, tuple[str, list[dict[str, str]]]]


def request_body(operation: str = "selectCmDevice", **criteria: object) -> str:
    """The operation's element, in the order of the WSDL."""
    parts = []
    for name, value in {**CRITERIA, **criteria}.items():
        items = value if isinstance(value, tuple) else ()
        inside = "".join(f"<item><Item>{item}</Item></item>" for item in items)
        parts.append(f"<{name}>{inside if isinstance(value, tuple) else value}</{name}>")
    return (
        f"<{operation} xmlns='{AST}'><StateInfo/><CmSelectionCriteria>{''.join(parts)}"
        f"</CmSelectionCriteria></{operation}>"
    )


def send(client: Client, body: str, *, path: str = PATH, action: str = "") -> requests.Response:
    envelope = (
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>"
        f"<e:Body>{body}</e:Body></e:Envelope>"
    )
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"'}
    return client.request("POST", path, data=envelope.encode(), headers=headers)


def content(reply: requests.Response) -> etree._Element:
    assert reply.status_code == 200, reply.text
    assert reply.headers["Content-Type"].startswith("text/xml")
    return etree.fromstring(reply.content)[0][0]


def nodes(reply: requests.Response) -> Nodes:
    """Of each node its return code and the fields of its devices."""
    result = content(reply).find(f".//{{{AST}}}SelectCmDeviceResult")
    found: Nodes = {}
    for node in result.find(f"{{{AST}}}CmNodes"):
        devices = [
            {etree.QName(part).localname: part.text or "" for part in device}
            for device in node.find(f"{{{AST}}}CmDevices")
        ]
        found[node.findtext(f"{{{AST}}}Name")] = (node.findtext(f"{{{AST}}}ReturnCode"), devices)
    total = int(result.findtext(f"{{{AST}}}TotalDevicesFound"))
    assert total == sum(len(devices) for _code, devices in found.values())
    return found
