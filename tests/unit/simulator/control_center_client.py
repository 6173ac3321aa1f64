# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of the Control Center SOAP service: requests, and answers that the published schema has accepted."""

from __future__ import annotations

import requests
from ansible_collections.ucops.cucm.tests.simulator.control_center import AST, PATH, schema
from ansible_collections.ucops.cucm.tests.unit.simulator.support import Client
from lxml import etree

STATUS = "<soapGetServiceStatus xmlns='{ns}'>{body}</soapGetServiceStatus>"
CONTROL = (
    "<soapDoControlServices xmlns='{ns}'><ControlServiceRequest><NodeName/><ControlType>{control}</ControlType>"
    "<ServiceList><item>{service}</item></ServiceList></ControlServiceRequest></soapDoControlServices>"
)


def send(client: Client, body: str, action: str | None = None) -> requests.Response:
    envelope = (
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'>"
        f"<e:Body>{body}</e:Body></e:Envelope>"
    )
    headers = {"Content-Type": "text/xml; charset=utf-8"}
    if action is not None:
        headers["SOAPAction"] = f'"{action}"'
    return client.request("POST", PATH, data=envelope.encode(), headers=headers)


def content(reply: requests.Response) -> etree._Element:
    """The operation's element in a reply, after its check against the published schema."""
    assert reply.headers["Content-Type"].startswith("text/xml")
    found = etree.fromstring(reply.content)[0][0]
    assert schema().validate(etree.ElementTree(found)), schema().error_log
    return found


def services(reply: requests.Response) -> dict[str, dict[str, str]]:
    """Service name to the fields of its item."""
    result = {}
    for item in content(reply).iter(f"{{{AST}}}item"):
        fields = {etree.QName(child).localname: child.text or "" for child in item}
        result[fields["ServiceName"]] = fields
    return result


def status(client: Client, *names: str) -> dict[str, dict[str, str]]:
    body = "".join(f"<ServiceStatus>{name}</ServiceStatus>" for name in names or ("",))
    return services(send(client, STATUS.format(ns=AST, body=body), "soapGetServiceStatus"))


def control(client: Client, service: str, order: str = "Restart") -> dict[str, str]:
    return services(send(client, CONTROL.format(ns=AST, control=order, service=service)))[service]
