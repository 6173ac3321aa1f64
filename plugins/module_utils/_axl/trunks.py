# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP trunks as the configuration database has them, together with what they refer to.

A trunk is one request. What several trunks refer to is read once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._axl import faults, wsdl
from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import AxlClient
from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import ObjectTable
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects import (
    CALL_MANAGER,
    CALL_MANAGER_GROUP,
    DEVICE_POOL,
    ROUTE_GROUP,
    ROUTE_LIST,
    ROUTE_PATTERN,
    SIP_PROFILE,
    SIP_TRUNK,
    SIP_TRUNK_SECURITY_PROFILE,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.reconcile import Found, get, matching

Values = Mapping[str, Any]

_SECURITY_PROFILE = (
    "device_security_mode",
    "incoming_transport_type",
    "outgoing_transport_type",
    "incoming_port",
    "x509_subject_names",
)
_SIP_PROFILE = ("options_ping", "options_ping_interval", "options_ping_interval_down")


class TrunkReader:
    """Reads trunks and route patterns with one client, as plain data."""

    def __init__(self, client: AxlClient) -> None:
        self._client = client
        self._known: dict[tuple[str, str], Values | None] = {}

    def trunks(self, names: Sequence[str] | None) -> tuple[list[dict[str, Any]], list[str]]:
        """The named trunks, or all; and the names of which there is no trunk."""
        if names is None:
            # One that is removed between the list and its turn is no trunk any more.
            found = [self._trunk(uuid=each.uuid) for each in matching(self._client, SIP_TRUNK, "%")]
            return [self._described(trunk) for trunk in found if trunk is not None], []
        described, missing = [], []
        for name in dict.fromkeys(names):
            trunk = self._trunk_named(name)
            if trunk is None:
                missing.append(name)
            else:
                described.append(self._described(trunk))
        return described, missing

    def route_pattern(self, pattern: str, partition: str) -> dict[str, Any]:
        """A route pattern, and where it leads."""
        result: dict[str, Any] = {
            "pattern": pattern,
            "partition": partition,
            "exists": False,
            "leads_to": None,
            "block": None,
        }
        values = self._pattern(pattern, partition)
        if values is None:
            return result
        return {**result, "exists": True, "leads_to": self._target(values), "block": values["block"]}

    def _trunk(self, **key: str) -> Values | None:
        try:
            trunk = get(self._client, SIP_TRUNK, **key).values
        except faults.AxlNotFound:
            return None
        self._known[(SIP_TRUNK.kind, str(trunk["name"]))] = trunk
        return trunk

    def _trunk_named(self, name: str) -> Values | None:
        if (SIP_TRUNK.kind, name) in self._known:
            return self._known[(SIP_TRUNK.kind, name)]
        if len(name) <= wsdl.longest_key(SIP_TRUNK.kind):
            return self._trunk(name=name)
        listed = (each for each in matching(self._client, SIP_TRUNK, name) if each.values["name"] == name)
        return next((self._trunk(uuid=each.uuid) for each in listed), None)

    def _described(self, trunk: Values) -> dict[str, Any]:
        security_profile = self._read(SIP_TRUNK_SECURITY_PROFILE, trunk["security_profile"])
        sip_profile = self._read(SIP_PROFILE, trunk["sip_profile"])
        return {
            "name": trunk["name"],
            "description": trunk["description"],
            "device_pool": trunk["device_pool"],
            "destinations": trunk["destinations"],
            "destination_is_srv": trunk["destination_is_srv"],
            "srtp_allowed": trunk["srtp_allowed"],
            "run_on_all_active_nodes": trunk["run_on_all_nodes"],
            "security_profile": _excerpt(trunk["security_profile"], security_profile, _SECURITY_PROFILE),
            "sip_profile": _excerpt(trunk["sip_profile"], sip_profile, _SIP_PROFILE),
            "call_manager_group": self._group_of(trunk["device_pool"]),
        }

    def _group_of(self, device_pool: str) -> dict[str, Any]:
        """The Cisco Unified CM group of a device pool, its nodes in their order."""
        pool = self._read(DEVICE_POOL, device_pool)
        name = str(pool["call_manager_group"]) if pool else ""
        group = self._read(CALL_MANAGER_GROUP, name)
        members = [str(member["call_manager"]) for member in group["members"]] if group else []
        if sum((CALL_MANAGER.kind, member) not in self._known for member in members) > 1:
            self._list(CALL_MANAGER)
        return {"name": name, "nodes": [self._node_of(member) for member in members]}

    def _list(self, table: ObjectTable) -> None:
        """Read all objects of a kind in one request, where several are needed and what a list tells is enough."""
        for each in matching(self._client, table, "%"):
            self._known[(table.kind, str(each.values["name"]))] = each.values

    def _node_of(self, call_manager: str) -> str:
        """The node that a member of a group stands for; the member's own name when that cannot be read."""
        found = self._read(CALL_MANAGER, call_manager)
        return str(found["node"]) if found and found["node"] else call_manager

    def _pattern(self, pattern: str, partition: str) -> Values | None:
        # A backslash may have a meaning of its own in a search.
        candidates: list[Found] = [
            each
            for each in matching(self._client, ROUTE_PATTERN, pattern.replace("\\", "%"))
            if each.values["pattern"] == pattern and each.values["partition"] == partition
        ]
        # The plain one before those of a dial plan or with a route filter.
        candidates.sort(key=lambda each: bool(each.values["dial_plan"] or each.values["route_filter"]))
        for each in candidates:
            try:
                return get(self._client, ROUTE_PATTERN, uuid=each.uuid).values
            except faults.AxlNotFound:
                continue
        return None

    def _target(self, pattern: Values) -> dict[str, Any] | None:
        if pattern["route_list"]:
            name = str(pattern["route_list"])
            return {"type": "route_list", "name": name, "devices": self._devices_of(name)}
        if not pattern["trunk"]:
            return None
        name = str(pattern["trunk"])
        # The page calls the field Gateway/Route List, and gateways of other kinds can stand in it.
        is_trunk = self._trunk_named(name) is not None
        return {"type": "trunk" if is_trunk else "gateway", "name": name, "devices": [name]}

    def _devices_of(self, route_list: str) -> list[str]:
        """The devices that a route list tries, in their order."""
        found = self._read(ROUTE_LIST, route_list)
        groups = [str(member["route_group"]) for member in found["members"]] if found else []
        devices: Iterable[str] = (
            str(member["device"])
            for group in groups
            for member in (self._read(ROUTE_GROUP, group) or {"members": []})["members"]
        )
        return list(dict.fromkeys(devices))

    def _read(self, table: ObjectTable, name: str) -> Values | None:
        """An object by its name, read once; None when there is none."""
        key = (table.kind, name)
        if not name:
            return None
        if key not in self._known:
            try:
                self._known[key] = get(self._client, table, name=name).values
            except faults.AxlNotFound:
                self._known[key] = None
        return self._known[key]


def _excerpt(name: str, values: Values | None, options: Iterable[str]) -> dict[str, Any]:
    return {"name": name, **{option: values[option] if values else None for option in options}}
