# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The running configuration: SIP trunks as call processing knows them, until they are reset.

The database holds what is *configured*. A node reads a trunk and its security profile when the
trunk is new, when it is reset, and when Cisco CallManager starts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ansible_collections.ucops.cucm.tests.simulator.axl.database import Database, Record

#: The port of the administration page's example. It stands for each node's real SIP port.
WELL_KNOWN_PORT = 5061


@dataclass(frozen=True)
class RunningProfile:
    """A SIP trunk security profile."""

    name: str
    security_mode: str
    incoming_transport: str
    outgoing_transport: str
    incoming_port: int
    subject_names: tuple[str, ...]

    @property
    def secure(self) -> bool:
        """Whether the device security mode asks for TLS at all."""
        return self.security_mode in ("Authenticated", "Encrypted")

    def works_over(self, lowest: str) -> bool:
        """Whether a node whose lowest TLS version is this one can use it."""
        return self.security_mode != "Authenticated" or lowest != "1.3"

    def listens_on(self, sip_port: int, lowest: str) -> bool:
        """Whether a node with that SIP port and lowest TLS version accepts TLS for this profile."""
        ports = (sip_port, WELL_KNOWN_PORT)
        return (
            self.secure
            and self.works_over(lowest)
            and self.incoming_transport == "TLS"
            and self.incoming_port in ports
        )


@dataclass(frozen=True)
class Destination:
    """One destination of a trunk."""

    address: str
    port: int
    sort_order: int


@dataclass(frozen=True)
class RunningTrunk:
    """A SIP trunk with its profiles. `uuid` is that of the configured trunk, which may be renamed.

    `options_ping` is the SIP profile's.
    """

    uuid: str
    name: str
    destinations: tuple[Destination, ...]
    destination_is_srv: bool
    srtp_allowed: bool
    profile: RunningProfile
    options_ping: bool = False


def read_trunk(database: Database, record: Record) -> RunningTrunk:
    """The trunk as it is configured now."""
    values = record.values
    destinations = [
        Destination(
            str(item.get("addressIpv4") or item.get("addressIpv6") or ""),
            _integer(item.get("port"), 5060),
            _integer(item.get("sortOrder"), at + 1),
        )
        for at, item in enumerate(values.get("destinations") or [])
    ]
    return RunningTrunk(
        uuid=record.uuid,
        name=record.name,
        destinations=tuple(sorted(destinations, key=lambda item: item.sort_order)),
        destination_is_srv=values.get("destAddrIsSrv") == "true",
        srtp_allowed=values.get("srtpAllowed") == "true",
        profile=_read_profile(database, str(values.get("securityProfileName") or "")),
        options_ping=_pings(database, values.get("sipProfileName")),
    )


def trunks_of(database: Database, host: str) -> dict[str, Record]:
    """The SIP trunks that the node of that host name runs, by UUID."""
    return {record.uuid: record for record in database.all("SipTrunk") if _runs_on(database, record, host)}


def read_trunks(database: Database, host: str) -> dict[str, RunningTrunk]:
    """The same trunks as they are configured now."""
    return {uuid: read_trunk(database, record) for uuid, record in trunks_of(database, host).items()}


def _runs_on(database: Database, record: Record, host: str) -> bool:
    """Whether a node is in the trunk's CallManager group, or the trunk runs on all active nodes.

    A trunk without a device pool, which AXL does not allow, runs everywhere.
    """
    pool = database.named("DevicePool", record.values.get("devicePoolName"))
    if pool is None or record.values.get("runOnEveryNode") == "true":
        return True
    group = database.named("CallManagerGroup", pool.values.get("callManagerGroupName"))
    managers = [
        database.named("CallManager", member.get("callManagerName"))
        for member in (group.values.get("members") or [] if group is not None else [])
    ]
    return any(manager is not None and manager.values["processNodeName"] == host for manager in managers)


def _pings(database: Database, name: Any) -> bool:
    """Whether the SIP profile of that name has OPTIONS ping enabled."""
    profile = database.named("SipProfile", name)
    return profile is not None and profile.values.get("enableOutboundOptionsPing") == "true"


def _read_profile(database: Database, name: str) -> RunningProfile:
    record = database.find("SipTrunkSecurityProfile", name=name)
    values = record.values if record is not None else {}
    return RunningProfile(
        name=name,
        security_mode=str(values.get("securityMode") or "Non Secure"),
        incoming_transport=str(values.get("incomingTransport") or "TCP+UDP"),
        outgoing_transport=str(values.get("outgoingTransport") or "TCP"),
        incoming_port=_integer(values.get("incomingPort"), 5060),
        subject_names=tuple(filter(None, re.split(r"[ ,;:]", str(values.get("x509SubjectName") or "")))),
    )


def _integer(text: Any, default: int) -> int:
    return int(text) if text not in (None, "") else default
