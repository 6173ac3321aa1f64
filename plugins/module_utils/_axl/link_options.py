# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The peers of a cluster as options of modules, and the names that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Params

_STANDARD_SIP_PROFILE = "Standard SIP Profile"
_SETTINGS = {"type": "dict", "default": {}}

#: The peers, as an option.
LINKS: dict[str, Any] = {
    "type": "list",
    "elements": "dict",
    "required": True,
    "options": {
        "cluster": {"type": "str", "required": True},
        "trunk": {"type": "str", "required": True},
        "security_profile": {"type": "str", "required": True},
        "subject_names": {"type": "list", "elements": "str", "default": []},
        "destinations": {"type": "list", "elements": "dict", "default": []},
        "patterns": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {"pattern": {"type": "str", "required": True}, "partition": {"type": "str"}},
        },
        "options": _SETTINGS,
        "profile_options": _SETTINGS,
        "sip_profile_options": _SETTINGS,
        "options_ping": {"type": "bool"},
        "route_list": {
            "type": "dict",
            "options": {
                "name": {"type": "str", "required": True},
                "call_manager_group": {"type": "str", "default": "Default"},
                "trunks": {"type": "list", "elements": "str", "required": True},
            },
        },
    },
}


def base_of(params: Params, link: Mapping[str, Any]) -> str:
    """The SIP profile that a link names, before it is watched."""
    named = (link["options"] or {}).get("sip_profile") or params["trunk_options"].get("sip_profile")
    return str(named or _STANDARD_SIP_PROFILE)


def sip_profile_of(params: Params, link: Mapping[str, Any]) -> str:
    """The SIP profile that the trunk of a link has."""
    if link.get("sip_profile_options"):
        # What a peer wants of its own would change the trunks of others, so it has a profile of its own.
        return f"SIP Profile {link['cluster']}"
    suffix = params["options_ping_suffix"] if pings(params, link) else ""
    return base_of(params, link) + str(suffix)


def makes_sip_profile(params: Params, link: Mapping[str, Any]) -> bool:
    """Whether the SIP profile of a link is one that is made for such links."""
    return pings(params, link) or bool(link.get("sip_profile_options"))


def pings(params: Params, link: Mapping[str, Any]) -> bool:
    """Whether the trunk watches its destinations: as the peer says, or else as all do."""
    own = link.get("options_ping")
    return bool(params["options_ping"] if own is None else own)


def target_of(link: Mapping[str, Any]) -> dict[str, str]:
    """Where the patterns of a link lead."""
    if link.get("route_list"):
        return {"route_list": str(link["route_list"]["name"])}
    return {"trunk": str(link["trunk"])}


def pattern_identity(params: Params, pattern: Mapping[str, Any]) -> dict[str, str]:
    """What tells a route pattern of a link from others."""
    shared = params["route_pattern_options"]
    identity = {"pattern": str(pattern["pattern"]), "partition": str(pattern["partition"] or "")}
    return identity | {name: str(shared[name]) for name in ("dial_plan", "route_filter") if shared.get(name)}
