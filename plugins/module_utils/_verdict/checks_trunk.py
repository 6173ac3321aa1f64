# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of the configuration: trunk, security profile, route patterns."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.ucops.cucm.plugins.module_utils._verdict.case import Direction
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks import (
    PATTERN_PAGE,
    PROFILE_PAGE,
    SIP_PROFILE_PAGE,
    TRUNK_PAGE,
    Checks,
    Subject,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.evidence import (
    Peer,
    destination_text,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.view import View

_AXL = ("AXL",)
_OF_TRUNKS = (
    "trunk_configured",
    "trunk_security",
    "trunk_destinations",
    "srtp",
    "route_pattern",
    "options_ping",
)


class Trunk:
    """The trunk of a peer as the configuration database has it, or why it is not known."""

    def __init__(self, direction: Direction, peer: Peer) -> None:
        self.name = peer.trunk
        self.peer = peer
        publisher = direction.here.publisher
        self.missing = f"there is no evidence of the publisher of {direction.here.name}"
        self.view = self.patterns = View()
        if publisher is None:
            return
        section = publisher.trunks
        self.missing = f"the trunks of {direction.here.name}: {section.missing}" if section.missing else ""
        trunks = (view for view in section.view.get("trunks") if view.get("name").text == peer.trunk)
        self.view = next(trunks, View())
        self.patterns = section.view.get("route_patterns")

    @property
    def exists(self) -> bool:
        return self.view.is_mapping

    @property
    def why(self) -> str:
        """Why nothing can be said of it."""
        return self.missing or f"the trunk {self.name!r} does not exist"

    @property
    def profile(self) -> View:
        return self.view.get("security_profile")

    @property
    def profile_label(self) -> str:
        return f"profile {self.profile.get('name').text or self.peer.security_profile!r}"

    @property
    def is_secure(self) -> bool:
        """Whether the profile demands TLS both ways; what is not known is not secure."""
        return not self.shortcomings

    @property
    def mode(self) -> str:
        """The security mode that the inventory wants: a peer that is no cluster may not encrypt."""
        return self.peer.external.get("settings", "device_security_mode").text or "Encrypted"

    @property
    def shortcomings(self) -> Mapping[str, tuple[str, str]]:
        """Fields of the profile that are not as TLS needs them: what it has, and what it should have."""
        wanted = {
            "device_security_mode": ("Device Security Mode", self.mode),
            "incoming_transport_type": ("Incoming Transport Type", "TLS"),
            "outgoing_transport_type": ("Outgoing Transport Type", "TLS"),
        }
        return {
            field: (self.profile.get(key).text or "nothing", value)
            for key, (field, value) in wanted.items()
            if self.profile.get(key).text != value
        }


def check_trunks(direction: Direction, checks: Checks) -> None:
    """All checks of the trunks of this direction, but their status."""
    here, there = direction.here.name, direction.there.name
    if not direction.peers:
        for check in _OF_TRUNKS:
            about = checks.about(
                check, object=f"trunk to {there} on {here}", expected=f"a trunk to {there}", source=()
            )
            about.missing(
                no_peer(direction),
                reason="no_peer",
                remedy=f"Name {there} in cucm_peers of {here}, and give the evidence of the publisher of {here}",
            )
    for peer in direction.peers:
        trunk = Trunk(direction, peer)
        _configured(trunk, direction, checks)
        _security(trunk, direction, checks)
        _destinations(trunk, direction, checks)
        _srtp(trunk, direction, checks)
        _patterns(trunk, direction, checks)
        _options_ping(trunk, direction, checks)


def no_peer(direction: Direction) -> str:
    if not direction.here.documents:
        return f"there is no evidence of {direction.here.name}"
    return f"the inventory of {direction.here.name} names no trunk to {direction.there.name}"


def _configured(trunk: Trunk, direction: Direction, checks: Checks) -> None:
    about = checks.about(
        "trunk_configured",
        object=f"trunk {trunk.name!r} on {direction.here.name}",
        expected=f"the trunk {trunk.name!r}",
        source=_AXL,
    )
    if trunk.missing:
        about.missing(trunk.missing)
    elif trunk.exists:
        about.passed(f"it is there, with the {trunk.profile_label}")
    else:
        about.failed(
            "there is no trunk of this name",
            reason="trunk_missing",
            remedy=f"Add the SIP trunk {trunk.name!r} on {direction.here.name} ({TRUNK_PAGE}) with the profile"
            f" {trunk.peer.security_profile!r} and the destinations {_destinations_of(trunk.peer)}",
        )


def _security(trunk: Trunk, direction: Direction, checks: Checks) -> None:
    here = direction.here.name
    about = checks.about(
        "trunk_security",
        object=f"{trunk.profile_label} on {here}",
        expected=f"{trunk.mode}, TLS in and out",
        source=_AXL,
    )
    if not trunk.exists or not trunk.profile.get("name").text:
        about.missing(
            trunk.why if not trunk.exists else "the security profile of the trunk was not read",
            causes=("trunk_configured",),
        )
        return
    profile = trunk.profile
    port = profile.get("incoming_port").port
    seen = (
        f"{profile.get('device_security_mode').text or '?'}, in {profile.get('incoming_transport_type').text or '?'},"
        f" out {profile.get('outgoing_transport_type').text or '?'}, incoming port {port or '?'}"
    )
    steps = [f"set {field} to {wanted}" for field, (_has, wanted) in trunk.shortcomings.items()]
    if not steps:
        about.passed(seen)
        return
    name = profile.get("name").text
    remedy = f"In the profile {name!r} on {here} ({PROFILE_PAGE}) {', '.join(steps)}"
    if trunk.peer.security_profile not in ("", name):
        remedy = (
            f"Give the trunk {trunk.name!r} on {here} ({TRUNK_PAGE}) the SIP Trunk Security Profile"
            f" {trunk.peer.security_profile!r}"
        )
    about.failed(
        seen,
        reason="profile_not_secure",
        remedy=f"{remedy}, then reset the trunk {trunk.name!r}",
    )


def _destinations_of(peer: Peer) -> str:
    return ", ".join(sorted(node.destination for node in peer.nodes)) or "none"


def _destinations(trunk: Trunk, direction: Direction, checks: Checks) -> None:
    here = direction.here.name
    about = checks.about(
        "trunk_destinations",
        object=f"trunk {trunk.name!r} on {here}",
        expected=_destinations_of(trunk.peer),
        source=("AXL", "inventory"),
    )
    if not trunk.exists or not trunk.view.get("destinations").is_list:
        about.missing(
            trunk.why if not trunk.exists else "the destinations of the trunk were not read",
            causes=("trunk_configured",),
        )
        return
    if trunk.view.get("destination_is_srv").flag:
        about.missing("the destination is an SRV record, which is not resolved here", required=False)
        return
    wanted = {node.destination for node in trunk.peer.nodes}
    has = {
        destination_text(view.get("address").text, view.get("address_ipv6").text, view.get("port").port)
        for view in trunk.view.get("destinations")
    }
    seen = ", ".join(sorted(has)) or "none"
    if not wanted:
        about.missing(f"the inventory names no node of {direction.there.name}")
    elif has == wanted:
        about.passed(seen)
    else:
        steps = [f"add {one}" for one in sorted(wanted - has)] + [
            f"remove {one}" for one in sorted(has - wanted)
        ]
        about.failed(
            seen,
            reason="destinations_differ",
            remedy=f"Correct SIP Information > Destination of the trunk {trunk.name!r} on {here} ({TRUNK_PAGE}):"
            f" {', '.join(steps)}; then reset the trunk",
        )


def _srtp(trunk: Trunk, direction: Direction, checks: Checks) -> None:
    here = direction.here.name
    about = checks.about(
        "srtp",
        object=f"trunk {trunk.name!r} on {here}",
        expected="SRTP only where TLS protects its keys",
        source=_AXL,
    )
    allowed = trunk.view.get("srtp_allowed").flag
    if allowed is None:
        about.missing(
            trunk.why if not trunk.exists else "whether SRTP is allowed was not read",
            causes=("trunk_configured",),
        )
    elif not allowed:
        about.moot("SRTP is not allowed on this trunk, the media of its calls is not encrypted")
    elif trunk.is_secure:
        about.passed("SRTP is allowed, and its keys go over TLS")
    else:
        about.failed(
            "SRTP is allowed, and its keys go unprotected in SIP without TLS",
            reason="srtp_without_tls",
            remedy=f"Secure the {trunk.profile_label} on {here} by TLS ({PROFILE_PAGE}), or clear SRTP Allowed of the"
            f" trunk {trunk.name!r} ({TRUNK_PAGE})",
        )


def _patterns(trunk: Trunk, direction: Direction, checks: Checks) -> None:
    if not trunk.peer.patterns:
        about = checks.about(
            "route_pattern",
            object=f"route patterns on {direction.here.name}",
            expected="none",
            source=("inventory",),
        )
        about.moot(f"the inventory names no pattern to {direction.there.name}")
    for pattern, partition in trunk.peer.patterns:
        _pattern(pattern, partition, trunk, direction, checks)


def _pattern(pattern: str, partition: str, trunk: Trunk, direction: Direction, checks: Checks) -> None:
    where = f" in the partition {partition!r}" if partition else ""
    label = f"route pattern {pattern!r}{where} on {direction.here.name}"
    about = checks.about(
        "route_pattern", object=label, expected=f"it leads to the trunk {trunk.name!r}", source=_AXL
    )
    rows = (
        view
        for view in trunk.patterns
        if (view.get("pattern").text, view.get("partition").text) == (pattern, partition)
    )
    row = next(rows, View())
    exists = row.get("exists").flag
    kind, name = row.get("leads_to", "type").text, row.get("leads_to", "name").text
    set_it = f"Set Gateway/Route List of the {label} to {trunk.name!r} ({PATTERN_PAGE})"
    if exists is None:
        about.missing(trunk.missing or f"the {label} was not read")
    elif not exists:
        about.failed(
            "there is no such pattern",
            reason="pattern_missing",
            remedy=f"Add the {label} ({PATTERN_PAGE}), with the Gateway/Route List {trunk.name!r}",
        )
    elif row.get("block").flag is not False:
        if row.get("block").flag is None:
            about.missing("whether the pattern blocks calls was not read")
        else:
            about.failed(
                "it blocks the calls",
                reason="pattern_blocks",
                remedy=f"Set Route Option of the {label} to Route this pattern ({PATTERN_PAGE})",
            )
    elif kind == "route_list":
        _route_list(name, row.get("leads_to", "devices"), trunk, direction, about)
    elif kind == "trunk" and name == trunk.name:
        about.passed(f"it leads to the trunk {name!r}")
    elif not kind:
        about.failed("it leads nowhere", reason="pattern_leads_elsewhere", remedy=set_it)
    else:
        about.failed(f"it leads to the {kind} {name!r}", reason="pattern_leads_elsewhere", remedy=set_it)


def _route_list(name: str, devices: View, trunk: Trunk, direction: Direction, about: Subject) -> None:
    tried = devices.texts
    if trunk.name in tried:
        about.passed(f"it leads to the route list {name!r}, which has the trunk {trunk.name!r}")
    elif not devices.is_list:
        about.missing(
            f"it leads to the route list {name!r}, whose members were not read",
            reason="route_list",
            remedy=f"Check that the route list {name!r} has a route group with the trunk {trunk.name!r}",
            required=False,
        )
    else:
        about.failed(
            f"it leads to the route list {name!r}, which has {', '.join(map(repr, tried)) or 'no device'}",
            reason="pattern_leads_elsewhere",
            remedy=f"Add the trunk {trunk.name!r} to a route group of the route list {name!r} on"
            f" {direction.here.name} (Call Routing > Route/Hunt > Route Group)",
        )


def pings(direction: Direction, peer: Peer) -> bool:
    """Whether the trunk should watch its destinations: as the peer says, or else as the cluster does."""
    own = peer.options_ping
    return direction.expected.options_ping if own is None else own


def _options_ping(trunk: Trunk, direction: Direction, checks: Checks) -> None:
    here = direction.here.name
    name = trunk.view.get("sip_profile", "name").text
    about = checks.about(
        "options_ping",
        object=f"SIP profile {name!r} on {here}"
        if name
        else f"SIP profile of the trunk {trunk.name!r} on {here}",
        expected="OPTIONS Ping is on",
        source=_AXL,
    )
    ping = trunk.view.get("sip_profile", "options_ping").flag
    if not pings(direction, trunk.peer):
        about.moot("OPTIONS Ping is not asked for")
    elif ping is None:
        about.missing(
            trunk.why if not trunk.exists else "the SIP profile of the trunk was not read",
            causes=("trunk_configured",),
        )
    elif ping:
        about.passed("it is on")
    else:
        about.failed(
            "it is off",
            reason="options_ping_off",
            remedy=f"Tick Enable OPTIONS Ping in the SIP profile {name!r} on {here} ({SIP_PROFILE_PAGE}), or give the"
            f" trunk {trunk.name!r} a SIP profile that has it; then reset the trunk",
        )
