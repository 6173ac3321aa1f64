# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules of the administration pages that no schema holds.

Each rule gets the values that an object would have, changes what the server changes by itself and
raises AxlFault for what it refuses. `before` is what the object has now; None: it is new.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.ucops.cucm.tests.simulator.axl import faults
from ansible_collections.ucops.cucm.tests.simulator.axl.database import Database, Record

#: Digits and wildcards of route patterns (Cisco's System Guide, Wildcards and Special Characters).
_PATTERN = re.compile(r"(?:\[\^?(?:[0-9A-D*#-]|\\\+)+\]|\\\+|[0-9A-DX*#!.@+?])+")

Values = dict[str, Any]
Rule = Callable[[Database, "Record | None", Values], None]

MAXIMUM_DESTINATIONS = 16

#: Elements of AXL 9.1 that the server ignores since 8.5: `destinations` took their place.
IGNORED_DESTINATION = ("destinationAddress", "destinationport", "destinationAddressIpv6")

#: How members of a list are told apart: by these elements, as far as they have them.
MEMBER_IDENTITY = (
    *("addressIpv4", "addressIpv6", "port"),
    *("deviceName", "routeGroupName", "routePartitionName"),
)


def sip_trunk(database: Database, before: Record | None, values: Values) -> None:
    """What holds for a SIP trunk."""
    for element in IGNORED_DESTINATION:
        values.pop(element, None)
    if before is not None:
        values["sipTrunkType"] = before.values.get("sipTrunkType")
    if values.get("mlppDomainId") == "-1":
        values["mlppDomainId"] = None
    destinations = values.setdefault("destinations", []) or []
    if len(destinations) > MAXIMUM_DESTINATIONS:
        raise faults.rule_violated(f"A SIP trunk can have at most {MAXIMUM_DESTINATIONS} destinations")
    for destination in destinations:
        destination["port"] = destination.get("port") or "5060"
    if any(_is_ip_address(destination.get("addressIpv4")) for destination in destinations):
        values["destAddrIsSrv"] = "false"
    profile = database.find("SipTrunkSecurityProfile", name=values.get("securityProfileName"))
    if profile is not None:
        others = [trunk for trunk in database.all("SipTrunk") if trunk is not before]
        _refuse_shared_subject_names(database, profile.values, others)


def sip_trunk_security_profile(database: Database, before: Record | None, values: Values) -> None:
    """What holds for a SIP trunk security profile."""
    if values.get("digestAuthentication") != "true":
        present = None if before is None else before.values.get("noncePolicyTime")
        values["noncePolicyTime"] = present or "600"
    if before is not None:
        users = [user for user in database.users(before) if user.kind == "SipTrunk"]
        others = [trunk for trunk in database.all("SipTrunk") if trunk not in users]
        if len(users) > 1:
            others.extend(users)
        if users:
            _refuse_shared_subject_names(database, values, others, changed=(before, values))


def route_pattern(_database: Database, _before: Record | None, values: Values) -> None:
    """What holds for a route pattern."""
    pattern = values.get("pattern") or ""
    if not _PATTERN.fullmatch(pattern):
        raise faults.rule_violated(
            f"The pattern {pattern} is not valid: only 0-9 A-D * # + X ! ? . @ [ ] ^ - and \\+"
        )
    if "@" in pattern and not values.get("dialPlanName"):
        raise faults.rule_violated("Dial plan is mandatory for a pattern that contains @")


RULES: Mapping[str, Rule] = {
    "SipTrunk": sip_trunk,
    "SipTrunkSecurityProfile": sip_trunk_security_profile,
    "RoutePattern": route_pattern,
}


def with_members(present: list[Values], added: list[Values], removed: list[Values]) -> list[Values]:
    """A list after members were removed and others added."""
    left = list(present)
    for member in removed:
        found = next((candidate for candidate in left if _identity(candidate) == _identity(member)), None)
        if found is None:
            raise faults.item_not_valid(" ".join(text for text in _identity(member) if text))
        left.remove(found)
    for member in added:
        if _identity(member) in map(_identity, left):
            raise faults.duplicate_value()
        left.append(member)
    return left


def _identity(member: Values) -> tuple[str, ...]:
    return tuple(member.get(element) or "" for element in MEMBER_IDENTITY if element in member)


def _refuse_shared_subject_names(
    database: Database,
    profile: Values,
    trunks: list[Record],
    *,
    changed: tuple[Record, Values] | None = None,
) -> None:
    """Refuse when another trunk expects one of the profile's subject names on the same port."""
    names, port = _subject_names(profile), profile.get("incomingPort")
    for trunk in trunks:
        other = database.find("SipTrunkSecurityProfile", name=trunk.values.get("securityProfileName"))
        if other is None:
            continue
        theirs = changed[1] if changed is not None and other is changed[0] else other.values
        shared = names & _subject_names(theirs)
        if shared and theirs.get("incomingPort") == port:
            raise faults.rule_violated(
                f"The X.509 Subject Name {min(shared)} with incoming port {port} is already used by"
                f" SIP trunk {trunk.name}"
            )


def _subject_names(profile: Values) -> set[str]:
    """The names that a profile expects; none while it does not use TLS."""
    if profile.get("incomingTransport") != "TLS":
        return set()
    return set(re.split(r"[\s,;:]+", profile.get("x509SubjectName") or "")) - {""}


def _is_ip_address(text: str | None) -> bool:
    try:
        ipaddress.ip_address(text or "")
    except ValueError:
        return False
    return True
