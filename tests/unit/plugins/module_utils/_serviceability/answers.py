# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control Center answers for the tests, in the shape of the WSDL, and a clock that nobody waits for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ansible_collections.ucops.cucm.plugins.module_utils._common.clock import Clock
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._platform.wire import Wire
from lxml import etree

PATH = "/controlcenterservice2/services/ControlCenterServices"
XML = "text/xml;charset=utf-8"
NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


@dataclass
class FakeTime:
    """Time that passes only while somebody sleeps."""

    seconds: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds

    def clock(self) -> Clock:
        return Clock(
            now=lambda: NOON + timedelta(seconds=self.seconds),
            monotonic=lambda: self.seconds,
            sleep=self.sleep,
        )


def item(
    name: str, status: str = "Started", uptime: int | str = 845, code: int | str = -1, text: str = " "
) -> str:
    """One service of an answer."""
    return (
        f"<ns0:item><ns0:ServiceName>{name}</ns0:ServiceName><ns0:ServiceStatus>{status}</ns0:ServiceStatus>"
        f"<ns0:ReasonCode>{code}</ns0:ReasonCode><ns0:ReasonCodeString>{text}</ns0:ReasonCodeString>"
        f"<ns0:StartTime>Sun Nov 23 03:05:12 2026</ns0:StartTime><ns0:UpTime>{uptime}</ns0:UpTime></ns0:item>"
    )


def stopped(name: str) -> str:
    return item(name, "Stopped", -1, -1019, "Component is not running")


def not_activated(name: str) -> str:
    return item(name, "Stopped", -1, -1068, "Service Not Activated")


def envelope(operation: str, *items: str, return_code: str = "0", code: str = "-1", text: str = "") -> bytes:
    """A whole answer."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
        f'<ns0:{operation}Response xmlns:ns0="http://schemas.cisco.com/ast/soap"><ns0:{operation}Return>'
        f"<ns0:ReturnCode>{return_code}</ns0:ReturnCode><ns0:ReasonCode>{code}</ns0:ReasonCode>"
        f"<ns0:ReasonString>{text}</ns0:ReasonString>"
        f"<ns0:ServiceInfoList>{''.join(items)}</ns0:ServiceInfoList>"
        f"</ns0:{operation}Return></ns0:{operation}Response></soapenv:Body></soapenv:Envelope>"
    ).encode()


def status(wire: Wire, *items: str) -> None:
    """The next answer is a status."""
    wire.raw(envelope("soapGetServiceStatus", *items), XML)


def taken(wire: Wire, *items: str, return_code: str = "0", code: str = "-1", text: str = "") -> None:
    """The next answer takes an order."""
    wire.raw(envelope("soapDoControlServices", *items, return_code=return_code, code=code, text=text), XML)


def fault(wire: Wire, text: str, http_status: int = 500) -> None:
    """The next answer is a fault."""
    body = (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
        f"<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>{text}</faultstring>"
        "</soapenv:Fault></soapenv:Body></soapenv:Envelope>"
    )
    wire.raw(body.encode(), XML, http_status)


def elements(body: bytes) -> list[tuple[str, str]]:
    """Every element of a request in document order: its name with namespace, and its text."""
    return [(str(node.tag), node.text or "") for node in etree.fromstring(body).iter()]
