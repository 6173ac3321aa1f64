# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration database of one simulated cluster.

A record's values are keyed by AXL element names. A value is text, None (null), a dictionary for a
nested element, or a list of dictionaries for a list of members: the one repeated element inside of
`destinations`, `members` and their like is left out, so

    trunk.values["destinations"] == [{"addressIpv4": "192.0.2.1", "port": "5061", "sortOrder": "1"}]

References are the names of the records that they point at. They always point at something: what
would leave one dangling is refused, and a renamed record is renamed wherever it is referred to.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.ucops.cucm.tests.simulator.axl import faults

#: What identifies a record of a kind, beside its UUID.
KEYS: Mapping[str, tuple[str, ...]] = {
    "RoutePattern": ("pattern", "routePartitionName", "dialPlanName", "routeFilterName"),
    "Line": ("pattern", "routePartitionName"),
    "ResourcePriorityNamespace": ("namespace",),
}
NAME = ("name",)

#: Kinds that are devices: their names are unique among all devices.
DEVICES = ("SipTrunk", "RouteList")

#: The kind that an element refers to. Elements that end in CssName or CallingSearchSpaceName refer
#: to calling search spaces and are not listed.
REFERENCES: Mapping[str, str] = {
    "aarNeighborhoodName": "AarGroup",
    "callManagerGroupName": "CallManagerGroup",
    "callManagerName": "CallManager",
    "commonDeviceConfigName": "CommonDeviceConfig",
    "dateTimeSettingName": "DateTimeGroup",
    "deviceName": "SipTrunk",
    "devicePoolName": "DevicePool",
    "dialPlanName": "DialPlan",
    "digitDiscardInstructionName": "DigitDiscardInstruction",
    "externalCallControl": "ExternalCallControlProfile",
    "gatewayName": "SipTrunk",
    "geoLocationFilterName": "GeoLocationFilter",
    "geoLocationName": "GeoLocation",
    "imeE164TransformationName": "ImeE164Transformation",
    "lbmHubGroup": "LbmHubGroup",
    "locationName": "Location",
    "mediaResourceListName": "MediaResourceList",
    "presenceGroupName": "PresenceGroup",
    "processNodeName": "ProcessNode",
    "regionName": "Region",
    "resourcePriorityNamespace": "ResourcePriorityNamespace",
    "resourcePriorityNamespaceListName": "ResourcePriorityNamespaceList",
    "resourcePriorityNamespaceName": "ResourcePriorityNamespace",
    "routeFilterName": "RouteFilter",
    "routeGroupName": "RouteGroup",
    "routeListName": "RouteList",
    "routePartitionName": "RoutePartition",
    "sdpTransparency": "SdpTransparencyProfile",
    "securityProfileName": "SipTrunkSecurityProfile",
    "sipNormalizationScript": "SIPNormalizationScript",
    "sipNormalizationScriptName": "SIPNormalizationScript",
    "sipProfileName": "SipProfile",
    "srstName": "Srst",
    "timeScheduleIdName": "TimeSchedule",
}

#: The kind whose elements REFERENCES leaves out.
CALLING_SEARCH_SPACE = "Css"
DEFAULT_GROUP = "Default"

#: What a fresh cluster has, in this order; a record that refers to another comes after it.
_SEED: tuple[tuple[str, Mapping[str, Any]], ...] = (
    ("CallManagerGroup", {"name": DEFAULT_GROUP, "members": []}),
    ("Region", {"name": "Default"}),
    ("DateTimeGroup", {"name": "CMLocal"}),
    ("Srst", {"name": "Disable"}),
    ("Srst", {"name": "Use Default Gateway"}),
    ("Location", {"name": "Hub_None"}),
    ("Location", {"name": "Phantom"}),
    ("Location", {"name": "Shadow"}),
    ("DialPlan", {"name": "NANP"}),
    ("DigitDiscardInstruction", {"name": "NoDigits"}),
    ("DigitDiscardInstruction", {"name": "PreDot"}),
    ("DigitDiscardInstruction", {"name": "PreDot Trailing-#"}),
    ("DigitDiscardInstruction", {"name": "Trailing-#"}),
    ("SIPNormalizationScript", {"name": "diversion-counter"}),
    ("SIPNormalizationScript", {"name": "vcs-interop"}),
    ("SdpTransparencyProfile", {"name": "Pass all unknown SDP attributes"}),
    ("PresenceGroup", {"name": "Standard Presence group", "description": "Standard Presence group"}),
    (
        "DevicePool",
        {
            "name": "Default",
            "dateTimeSettingName": "CMLocal",
            "callManagerGroupName": "Default",
            "regionName": "Default",
            "srstName": "Disable",
        },
    ),
    ("SipProfile", {"name": "Standard SIP Profile", "description": "Default SIP Profile"}),
    ("SipProfile", {"name": "Standard SIP Profile For Cisco VCS"}),
    (
        "SipTrunkSecurityProfile",
        {
            "name": "Non Secure SIP Trunk Profile",
            "description": "Non Secure SIP Trunk Profile authenticated by null String",
            "securityMode": "Non Secure",
            "incomingTransport": "TCP+UDP",
            "outgoingTransport": "TCP",
        },
    ),
    ("ProcessNode", {"name": "EnterpriseWideData"}),
)


@dataclass(eq=False)
class Record:
    """One configured object. `ctiid` is the number that devices have beside their UUID."""

    kind: str
    uuid: str
    values: dict[str, Any] = field(default_factory=dict)
    ctiid: int = 0

    @property
    def name(self) -> str:
        """The name, or the pattern of what has none."""
        return str(self.values[KEYS.get(self.kind, NAME)[0]])


class Database:
    """The records of a cluster. Every change is checked and either done wholly or refused."""

    def __init__(self, release: str, *, mixed_mode: bool = False) -> None:
        self.release = release
        self._records: dict[str, Record] = {}
        self._next_ctiid = 1
        for kind, values in _SEED:
            self.add(kind, values)
        # An enterprise parameter: no AXL object, but clients read it by SQL.
        self.add("ProcessConfig", {"name": "ClusterSecurityMode", "value": "1" if mixed_mode else "0"})

    def add_call_manager(self, host: str) -> None:
        """Add a node that processes calls: its CallManager is the last one of the Default group."""
        self.add("ProcessNode", {"name": host, "processNodeRole": "CUCM Voice/Video"})
        name = f"CM_{host}"
        self.add("CallManager", {"name": name, "description": host, "processNodeName": host})
        group = self.named("CallManagerGroup", DEFAULT_GROUP)
        assert group is not None
        members = group.values["members"]
        members.append({"callManagerName": name, "priority": str(len(members))})

    def add_named(self, kind: str, name: str) -> None:
        """Add an object of that name, otherwise like the first one of its kind, unless it exists."""
        if self.named(kind, name) is None:
            like: Mapping[str, Any] = next((record.values for record in self.all(kind)), {})
            self.add(kind, {**like, KEYS.get(kind, NAME)[0]: name})

    def all(self, kind: str) -> list[Record]:
        """The records of a kind, oldest first."""
        return [record for record in self._records.values() if record.kind == kind]

    def find(self, kind: str, **values: str | None) -> Record | None:
        """The first record of a kind with these values; None and empty text are the same."""
        for record in self.all(kind):
            if all((record.values.get(name) or None) == (value or None) for name, value in values.items()):
                return record
        return None

    def named(self, kind: str, name: str | None) -> Record | None:
        """The record that a reference means."""
        return self.find(kind, **{KEYS.get(kind, NAME)[0]: name})

    def by_uuid(self, kind: str, text: str) -> Record | None:
        """The record with a UUID, written in any case, with braces or without."""
        record = self._records.get(canonical_uuid(text))
        return record if record is not None and record.kind == kind else None

    def add(self, kind: str, values: Mapping[str, Any]) -> Record:
        """Add a record; raises AxlFault when its key is taken or a reference dangles."""
        self.check(kind, values)
        record = Record(kind, canonical_uuid(str(uuid.uuid4())), copy.deepcopy(dict(values)))
        if kind in DEVICES:
            record.ctiid, self._next_ctiid = self._next_ctiid, self._next_ctiid + 1
        self._records[record.uuid] = record
        return record

    def update(self, record: Record, changes: Mapping[str, Any]) -> None:
        """Change a record, under the same conditions; a new name is followed by all references."""
        values = record.values | copy.deepcopy(dict(changes))
        self.check(record.kind, values, record)
        before = record.name
        record.values = values
        if record.name != before:
            for holder, element, _kind in self._references_to(record.kind, before):
                holder[element] = record.name

    def remove(self, record: Record) -> None:
        """Remove a record; raises AxlFault while another one refers to it."""
        if any(
            user is not record for _holder, _element, user in self._references_to(record.kind, record.name)
        ):
            raise faults.still_referenced()
        del self._records[record.uuid]

    def users(self, record: Record) -> list[Record]:
        """The records that refer to this one."""
        return [user for _holder, _element, user in self._references_to(record.kind, record.name)]

    def check(self, kind: str, values: Mapping[str, Any], record: Record | None = None) -> None:
        """Raise AxlFault unless the key is free for the record and all that it refers to exists."""
        key = {name: values.get(name) for name in KEYS.get(kind, NAME)}
        for other_kind in DEVICES if kind in DEVICES else (kind,):
            if self.find(other_kind, **key) not in (None, record):
                raise faults.duplicate_directory_number() if kind == "Line" else faults.duplicate_value()
        for holder, element, referred in references(values):
            if self.named(referred, holder[element]) is None:
                raise faults.item_not_valid(holder[element])

    def _references_to(self, kind: str, name: str) -> list[tuple[dict[str, Any], str, Record]]:
        return [
            (holder, element, user)
            for user in self._records.values()
            for holder, element, referred in references(user.values)
            if referred == kind and holder[element] == name
        ]


def referred_kind(element: str) -> str | None:
    """The kind of object that an element refers to."""
    if element.endswith(("CssName", "CallingSearchSpaceName", "callingSearchSpaceName")):
        return CALLING_SEARCH_SPACE
    return REFERENCES.get(element)


def references(values: Any) -> Iterator[tuple[dict[str, Any], str, str]]:
    """Every reference that is set in some values: where it is, its element, the kind it refers to."""
    if isinstance(values, list):
        for member in values:
            yield from references(member)
    elif isinstance(values, dict):
        for element, value in values.items():
            kind = referred_kind(element)
            if isinstance(value, str) and value and kind is not None:
                yield values, element, kind
            else:
                yield from references(value)


def canonical_uuid(text: str) -> str:
    """A UUID as AXL writes it: upper case, in braces."""
    return "{" + text.strip().strip("{}").upper() + "}"
