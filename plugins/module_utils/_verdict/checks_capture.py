# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of packet captures, and the handshakes for the report."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import islice
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._verdict.case import Direction, Member
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks import (
    BLOCKERS,
    MUTUAL_BLOCKERS,
    Checks,
    Subject,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.evidence import Node
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.observed import Captured

_START_FIRST = (
    "Capture again, and reset the trunk while the capture runs: an open connection shows no handshake"
)
#: How long an answer may take: T2 of RFC 3261, 17.1.2.2, the longest time between two tries of a request.
_ANSWER_DUE = timedelta(seconds=4)
#: Handshakes of one direction in the report, and steps of one of them.
_MOST_HANDSHAKES, _MOST_STEPS = 20, 60


def check_captures(direction: Direction, checks: Checks) -> None:
    """Whether the handshakes that this side began are complete, and SIP flows after them."""
    asked = direction.asked("capture")
    pairs: dict[tuple[str, str], list[tuple[Captured, Member, Member]]] = defaultdict(list)
    for connection, client, server in direction.captured:
        pairs[client.name, server.name].append((connection, client, server))
    seen = set()
    for found in pairs.values():
        _connection, client, server = found[0]
        seen.add(server.name)
        _judge([one[0] for one in found], client, server, asked, checks)
    for member in direction.there.members:
        if member.name not in seen:
            _absent(member.name, direction, asked, checks)
    if not direction.there.members:
        _absent("", direction, asked, checks)
    for node in direction.here.documents if asked else ():
        if not any(one.get("result", "connections").is_list for one in node.view.get("captures")):
            about = checks.about(
                "handshake_complete",
                object=f"packet capture of {node.name}",
                expected=_EXPECTED["handshake_complete"],
                source=("packet capture",),
                node=node.name,
            )
            about.missing(
                _why_no_capture(node) or f"there is no capture of {node.name}",
                reason="no_capture",
                remedy="Capture again (cucm_verify_capture: true), and see why it failed on this node",
            )


def _absent(name: str, direction: Direction, asked: bool, checks: Checks) -> None:
    for check, expected in _EXPECTED.items():
        about = checks.about(
            check,
            object=f"connection of {direction.here.name} to {name or direction.there.name}",
            expected=expected,
            source=("packet capture",),
            node=name,
            required=asked and check == "handshake_complete",
        )
        if asked:
            about.missing(
                f"no capture shows a connection of {direction.here.name} to {name or direction.there.name}",
                reason="not_captured",
                remedy=_START_FIRST,
            )
        else:
            about.moot("no capture was asked for")


def _why_no_capture(node: Node) -> str:
    captures = node.view.get("captures")
    why = captures.get("msg").words or next(
        (one.get("result", "msg").words for one in captures if one.get("result", "msg").words), ""
    )
    return f"the capture of {node.name}: {why}" if why else ""


_EXPECTED = {
    "handshake_complete": "a complete handshake",
    "application_data": "application data from both sides",
}


def _judge(connections: list[Captured], client: Member, server: Member, asked: bool, checks: Checks) -> None:
    """The last connection decides, of which the capture tells something."""
    told = [one for one in connections if one.state != "not_measured"]
    last = (told or connections)[-1]
    handshake, data = (
        checks.about(
            check,
            object=f"connection of {client.name} to {server.name}",
            expected=expected,
            source=(last.source,),
            node=server.name,
            required=asked and check == "handshake_complete",
        )
        for check, expected in _EXPECTED.items()
    )
    lacks = last.lacks.get("text").words or "the capture does not show it"
    remedy = last.lacks.get("remedy").words
    if last.state == "complete":
        failed = sum(one.state == "failed" for one in connections)
        before = f", after {failed} that failed" if failed else ""
        version, cipher = last.view.get("version").words, last.view.get("cipher").words
        handshake.passed(" ".join(part for part in (version, cipher) if part) + before)
        _judge_data(last, server, data)
    elif last.state == "failed":
        broke = last.view.get("broke")
        handshake.failed(
            broke.get("text").words or "the handshake failed",
            reason=broke.get("reason").words or "handshake_failed",
            remedy=broke.get("remedy").words
            or f"Look into the SDL traces of {client.name} and {server.name} of that time",
            causes=BLOCKERS,
            across=MUTUAL_BLOCKERS,
        )
        data.missing("the handshake failed", reason="earlier_step")
    else:
        # In TLS 1.3 no capture can show it: the live probe and the traces are the proof there.
        invisible = last.state == "not_visible"
        reason = "encrypted" if invisible else last.state
        handshake.missing(lacks, reason=reason, remedy=remedy, required=False if invisible else None)
        data.missing(lacks, reason=reason, remedy=remedy, required=False)


def _judge_data(connection: Captured, server: Member, about: Subject) -> None:
    client_records, server_records = connection.records("client"), connection.records("server")
    seen = f"{client_records} records from the client, {server_records} from the server"
    if client_records and server_records:
        about.passed(seen)
    elif client_records and connection.lasted is not None and connection.lasted < _ANSWER_DUE:
        about.missing(
            f"{seen}, and the connection ended before an answer was due",
            reason="ended_early",
            remedy="Capture while a call is made, or with OPTIONS Ping on",
        )
    elif client_records:
        about.failed(
            seen,
            reason="no_answer",
            remedy=f"{server.name} takes the connection and does not answer SIP: look into its SDL traces of that time",
            causes=BLOCKERS,
            across=MUTUAL_BLOCKERS,
        )
    else:
        about.missing(
            seen, reason="nothing_sent", remedy="Capture while a call is made, or with OPTIONS Ping on"
        )


def handshakes(direction: Direction) -> list[dict[str, Any]]:
    """The handshakes of the connections that this side opened, failed ones first, as the report has them."""
    found = sorted(direction.captured, key=lambda entry: entry[0].state != "failed")
    return [_handshake(*entry) for entry in islice(found, _MOST_HANDSHAKES)]


def _handshake(connection: Captured, client: Member, server: Member) -> dict[str, Any]:
    view, broke = connection.view, connection.view.get("broke")
    return {
        "source": connection.source,
        "client": {"name": client.name, "address": connection.client[0], "port": connection.client[1]},
        "server": {"name": server.name, "address": connection.server[0], "port": connection.server[1]},
        "version": view.get("version").words or None,
        "cipher": view.get("cipher").words or None,
        "handshake": connection.state,
        "steps": [
            {
                "time": step.get("time").words or None,
                "from": "server" if step.get("from").text == "server" else "client",
                "message": step.get("message").words,
            }
            for step in islice(view.get("steps"), _MOST_STEPS)
        ],
        "broke": {key: broke.get(key).words for key in ("text", "remedy", "after")}
        if broke.is_mapping
        else None,
    }
