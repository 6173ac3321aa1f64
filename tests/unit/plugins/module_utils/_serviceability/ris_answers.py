# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""RisPort answers for the tests, in the shape of the WSDL. Their values are made up."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

PATH = "/realtimeservice2/services/RISService70"
XML = "text/xml;charset=utf-8"
#: 2025-11-01T12:26:40Z
STAMP = 1762000000


def device(
    name: str,
    status: str = "Registered",
    *,
    reason: int | str = 0,
    addresses: Sequence[str] = ("192.0.2.200",),
    stamp: int | str = STAMP,
) -> str:
    """One trunk of a node, with the elements that are read in the middle of the others."""
    items = "".join(
        f"<ns0:item><ns0:IP>{address}</ns0:IP><ns0:IPAddrType>ipv4</ns0:IPAddrType>"
        "<ns0:Attribute>Unknown</ns0:Attribute></ns0:item>"
        for address in addresses
    )
    return (
        f"<ns0:item><ns0:Name>{escape(name)}</ns0:Name><ns0:DirNumber/>"
        "<ns0:DeviceClass>SIPTrunk</ns0:DeviceClass><ns0:Model>131</ns0:Model>"
        f"<ns0:IsCtiControllable>false</ns0:IsCtiControllable><ns0:Status>{status}</ns0:Status>"
        f"<ns0:StatusReason>{reason}</ns0:StatusReason><ns0:Description>x</ns0:Description>"
        f"<ns0:TimeStamp>{stamp}</ns0:TimeStamp><ns0:Protocol>SIP</ns0:Protocol>"
        f"<ns0:IPAddress>{items}</ns0:IPAddress></ns0:item>"
    )


def node(name: str, *devices: str, code: str = "Ok") -> str:
    """What one node says."""
    return (
        f"<ns0:item><ns0:ReturnCode>{code}</ns0:ReturnCode><ns0:Name>{name}</ns0:Name>"
        f"<ns0:NoChange>false</ns0:NoChange><ns0:CmDevices>{''.join(devices)}</ns0:CmDevices></ns0:item>"
    )


def answer(*nodes: str, found: int = 1) -> bytes:
    """A whole answer."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
        '<ns0:selectCmDeviceResponse xmlns:ns0="http://schemas.cisco.com/ast/soap">'
        "<ns0:selectCmDeviceReturn><ns0:SelectCmDeviceResult>"
        f"<ns0:TotalDevicesFound>{found}</ns0:TotalDevicesFound><ns0:CmNodes>{''.join(nodes)}</ns0:CmNodes>"
        "</ns0:SelectCmDeviceResult><ns0:StateInfo/></ns0:selectCmDeviceReturn>"
        "</ns0:selectCmDeviceResponse></soapenv:Body></soapenv:Envelope>"
    ).encode()
