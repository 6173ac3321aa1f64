# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The status of the trunk on each node, as RisPort70 tells it."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._verdict.case import Direction, Member
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks import (
    BLOCKERS,
    GATHER_AGAIN,
    MUTUAL_BLOCKERS,
    SIP_PROFILE_PAGE,
    TRUNK_PAGE,
    Checks,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_trunk import Trunk, no_peer, pings
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.evidence import canonical
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.view import View

_STATES = {
    "full_service": "full service",
    "partial_service": "partial service",
    "no_service": "no service",
}


def check_status(direction: Direction, checks: Checks) -> None:
    """The status of the trunk on each node, as RisPort70 tells it."""
    for peer in direction.peers:
        _status(Trunk(direction, peer), direction, checks)
        _unseen(Trunk(direction, peer), direction, checks)
    if not direction.peers:
        about = checks.about(
            "trunk_status",
            object=f"trunk to {direction.there.name} on {direction.here.name}",
            expected="full service",
            source=("RisPort70",),
        )
        about.missing(no_peer(direction), reason="no_peer", required=direction.expected.options_ping)


def _status(trunk: Trunk, direction: Direction, checks: Checks) -> None:
    here = direction.here.name
    status = trunk.view.get("status")
    rows = list(status.get("nodes")) if status.get("measured").flag else []
    required = pings(direction, trunk.peer)
    reported = set()
    for row in rows:
        wire_name = row.get("node").text
        member = _member_named(wire_name, direction)
        if member is not None:
            reported.add(member.name)
        _status_of(row, member.name if member else "", wire_name, trunk, direction, checks)
    silent = [
        member.name for member in _members_that_run(trunk, direction) if rows and member.name not in reported
    ]
    for name in silent or ([] if rows else [""]):
        about = checks.about(
            "trunk_status",
            object=f"trunk {trunk.name!r} on {name or here}",
            expected="full service",
            source=("RisPort70",),
            node=name,
            required=required,
        )
        why = status.get("text").words or (trunk.why if not trunk.exists else "the status was not read")
        about.missing(
            f"{name} reports no status" if name else why,
            reason=status.get("state").words if not name else "node_silent",
            remedy=f"Switch OPTIONS Ping on in the SIP profile of the trunk {trunk.name!r} on {here}"
            f" ({SIP_PROFILE_PAGE}): without it the node does not know"
            if status.get("state").words == "not_pinged"
            else GATHER_AGAIN,
            causes=() if trunk.exists else ("trunk_configured",),
        )


def _unseen(trunk: Trunk, direction: Direction, checks: Checks) -> None:
    """Nodes that run the trunk and of which there is no evidence at all: nothing else would tell of them."""
    group = trunk.view.get("call_manager_group", "nodes").texts
    known = {name: _member_named(name, direction) for name in group}
    named = {member.name for member in known.values() if member}
    # The inventory may have another name for a node than its cluster has.
    others = [node for node in direction.here.documents if node.name not in named]
    strangers = [name for name, member in known.items() if member is None]
    if len(strangers) <= len(others):
        return
    checks.about(
        "trunk_status",
        object=f"trunk {trunk.name!r} on {', '.join(strangers)}",
        expected="evidence of every node that runs the trunk",
        source=("AXL",),
    ).missing(
        f"there is no evidence of {len(strangers) - len(others)} of these nodes of the Cisco Unified CM Group:"
        f" {', '.join(strangers)}",
        reason="node_unseen",
        remedy=f"Verify with all nodes of {direction.here.name} that process calls in the inventory",
    )


def _members_that_run(trunk: Trunk, direction: Direction) -> list[Member]:
    group = {canonical(name) for name in trunk.view.get("call_manager_group", "nodes").texts}
    everywhere = trunk.view.get("run_on_all_active_nodes").flag
    return [
        member
        for member in direction.here.members
        if member.document and (everywhere or group & _names(member))
    ]


def _names(member: Member) -> set[str]:
    names = {canonical(member.name), *member.addresses}
    if member.document and member.document.hostname:
        names.add(canonical(member.document.hostname))
    # A node's name in a Cisco Unified CM group is that of its CallManager: CM_ and the host name.
    return names | {f"cm_{name}" for name in names}


def _member_named(name: str, direction: Direction) -> Member | None:
    wanted = canonical(name)
    found = [member for member in direction.here.members if wanted in _names(member)]
    if not found:  # the host name without its domain
        found = [
            member
            for member in direction.here.members
            if wanted
            and wanted.split(".")[0] in {one.split(".")[0] for one in _names(member) if not one[:1].isdigit()}
        ]
    return found[0] if len(found) == 1 else None


def _status_of(
    row: View, node: str, wire_name: str, trunk: Trunk, direction: Direction, checks: Checks
) -> None:
    state = row.get("state").text
    about = checks.about(
        "trunk_status",
        object=f"trunk {trunk.name!r} on {node or wire_name}",
        expected="full service",
        source=("RisPort70",),
        node=node,
        required=pings(direction, trunk.peer),
    )
    if state == "full_service":
        about.passed(_STATES[state])
        return
    if state not in _STATES:
        about.missing(row.get("reason_text").words or "its status is not known", reason=state)
        return
    reason = row.get("reason_text").words
    about.failed(
        _STATES[state] + (f": {reason}" if reason else ""),
        reason=state,
        remedy=f"Look into the SDL traces of {node or wire_name} (verify with cucm_verify_traces: true), reset the"
        f" trunk {trunk.name!r} on {direction.here.name} ({TRUNK_PAGE}), and verify again",
        causes=BLOCKERS,
        across=MUTUAL_BLOCKERS,
    )
