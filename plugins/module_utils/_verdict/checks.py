# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a check is, and the list in which those of one direction are collected."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._verdict.view import words

PASS, FAIL, NOT_MEASURED, NOT_APPLICABLE = RESULTS = ("pass", "fail", "not_measured", "not_applicable")

# The pages on which things are fixed, by the names that Unified CM has for them.
TRUNK_PAGE = "Device > Trunk"
PROFILE_PAGE = "System > Security > SIP Trunk Security Profile"
SIP_PROFILE_PAGE = "Device > Device Settings > SIP Profile"
PATTERN_PAGE = "Call Routing > Route/Hunt > Route Pattern"
CALL_PROCESSING = "Cisco CallManager"

#: Every check in the order of the report, with its title: {a} expects, {b} shows, {peer} is a node of {b}.
TITLES: Mapping[str, str] = {
    "trunk_configured": "{a} has the trunk to {b}",
    "trunk_security": "The trunk of {a} to {b} is secured by TLS",
    "trunk_destinations": "The trunk of {a} goes to the nodes of {b}",
    "subject_names": "The profile of {a} accepts the name of {node}",
    "srtp": "SRTP on the trunk of {a} to {b} is protected by TLS",
    "route_pattern": "A route pattern of {a} leads to {b}",
    "options_ping": "{a} pings {b} with OPTIONS",
    "service_running": "Call processing runs on {node}",
    "clock": "The clock of {node} is right",
    "name_resolved": "The address of {node} is resolved",
    "port_open": "The SIP port of {node} is open",
    "tls_spoken": "{node} speaks TLS on its SIP port",
    "tls_version": "{node} speaks a TLS version that {a} may use",
    "tls_cipher": "{node} agrees on a cipher",
    "client_certificate_demanded": "{node} asks its peers for a certificate",
    "strangers_refused": "{node} refuses strangers",
    "options_answered": "{node} answers OPTIONS",
    "certificate_trusted": "{node} trusts the certificate of {peer}",
    "certificate_dates": "The certificate of {node} is valid now",
    "certificate_expiry": "The certificate of {node} does not end soon",
    "certificate_usage": "The certificate of {node} may be used for both ends of TLS",
    "certificate_strength": "The certificate of {node} is strong enough",
    "certificate_running": "{node} shows the certificate that is installed",
    "trunk_status": "The trunk to {b} is in full service on {node}",
    "handshake_complete": "The TLS handshake of {a} with {node} is complete",
    "application_data": "SIP flows both ways between {a} and {node}",
    "digit_analysis": "Digit analysis of {a} finds the pattern to {b}",
    "call_over_tls": "Calls of {a} to {b} go over TLS",
    "certificate_in_trace": "The traces of {a} show the certificate of {node}",
    "call_answered": "Calls of {a} to {b} are answered",
    "trace_failures": "The traces of {node} show no failure towards {b}",
    "trunk_reset": "The trunk of {a} to {b} runs with its present configuration",
    "certificate_agreement": "Store, wire and trace show one certificate of {node}",
}
ORDER: Mapping[str, int] = {check: place for place, check in enumerate(TITLES)}

#: What keeps a trunk over TLS from working; the first ones hide the later ones.
BLOCKERS = (
    "trunk_configured",
    "trunk_security",
    "trunk_destinations",
    "service_running",
    "name_resolved",
    "port_open",
    "tls_spoken",
    "tls_version",
    "tls_cipher",
    "certificate_running",
    "subject_names",
    "certificate_trusted",
    "certificate_dates",
    "certificate_usage",
    "certificate_strength",
    "trunk_reset",
    "clock",
)
#: Those that matter only to who calls.
_ONE_WAY = frozenset(("trunk_destinations", "service_running", "name_resolved", "port_open", "tls_spoken"))
#: Those that block also the way back: what the other side expects of this one.
MUTUAL_BLOCKERS = tuple(check for check in BLOCKERS if check not in _ONE_WAY)
#: Where nothing is known but that a part of the evidence is missing.
GATHER_AGAIN = "Gather the evidence again, and see why this part was missing"


@dataclass(frozen=True)
class Check:
    """One question to the evidence, with its answer.

    `causes` are the checks whose failure explains that this one failed, or could not be measured;
    `across` are those of the opposite direction.
    """

    id: str
    title: str
    object: str
    node: str
    expected: str
    seen: str
    source: tuple[str, ...]
    result: str
    required: bool = True
    reason: str = ""
    remedy: str = ""
    causes: tuple[str, ...] = ()
    across: tuple[str, ...] = ()
    is_effect: bool = False
    #: The node of the other side that it is about, where `node` is one of this side.
    peer: str = ""

    def as_dict(self) -> dict[str, Any]:
        """As it stands in the report; every text is fit for it."""
        return {
            "id": self.id,
            "title": words(self.title),
            "object": words(self.object),
            "node": words(self.node),
            "expected": words(self.expected),
            "seen": words(self.seen),
            "source": [words(source) for source in self.source],
            "result": self.result,
            "required": self.required,
            "is_effect": self.is_effect,
            "reason": words(self.reason, 80),
            "remedy": words(self.remedy),
        }


class Subject:
    """What a check is about. It ends in one of four answers, each of which adds a check to the list."""

    def __init__(
        self,
        checks: Checks,
        check: str,
        *,
        object: str,  # noqa: A002
        expected: str,
        source: Iterable[str],
        node: str = "",
        peer: str = "",
        required: bool = True,
    ) -> None:
        self._checks = checks
        self._check = check
        self._object = object
        self._expected = expected
        self._source = tuple(source)
        self._node = node
        self._peer = peer
        self._required = required

    def passed(self, seen: str) -> None:
        self._add(PASS, seen)

    def failed(
        self,
        seen: str,
        *,
        reason: str,
        remedy: str,
        causes: tuple[str, ...] = (),
        across: tuple[str, ...] = (),
    ) -> None:
        self._add(FAIL, seen, reason=reason, remedy=remedy, causes=causes, across=across)

    def missing(
        self,
        why: str,
        *,
        reason: str = "no_evidence",
        remedy: str = GATHER_AGAIN,
        required: bool | None = None,
        causes: tuple[str, ...] = (),
    ) -> None:
        """It was not measured, and never counts as right."""
        self._add(NOT_MEASURED, why, reason=reason, remedy=remedy, required=required, causes=causes)

    def moot(self, why: str) -> None:
        """There is nothing to measure."""
        self._add(NOT_APPLICABLE, why, required=False)

    def _add(
        self,
        result: str,
        seen: str,
        *,
        reason: str = "",
        remedy: str = "",
        causes: tuple[str, ...] = (),
        across: tuple[str, ...] = (),
        required: bool | None = None,
    ) -> None:
        here, there = self._checks.here, self._checks.there
        self._checks.found.append(
            Check(
                id=self._check,
                title=TITLES[self._check].format(
                    a=here, b=there, node=self._node or there, peer=self._peer or there
                ),
                object=self._object,
                node=self._node,
                expected=self._expected,
                seen=seen,
                source=self._source,
                result=result,
                required=self._required if required is None else required,
                reason=reason,
                remedy=remedy,
                causes=causes,
                across=across,
                peer=self._peer,
            )
        )


class Checks:
    """The checks of one direction."""

    def __init__(self, here: str, there: str) -> None:
        self.here = here
        self.there = there
        self.found: list[Check] = []

    def about(
        self,
        check: str,
        *,
        object: str,  # noqa: A002
        expected: str,
        source: Iterable[str],
        node: str = "",
        peer: str = "",
        required: bool = True,
    ) -> Subject:
        """Begin a check. `node` is the inventory name of the node that it is about, if it is about one."""
        return Subject(
            self,
            check,
            object=object,
            expected=expected,
            source=source,
            node=node,
            peer=peer,
            required=required,
        )
