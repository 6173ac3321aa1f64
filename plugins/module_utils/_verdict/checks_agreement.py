# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Three-way agreement: the certificate in the store, on the wire and in the traces is one and the same."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.pages import SERVICE_PAGE
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.case import Direction, Member
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks import CALL_PROCESSING, Checks
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_trace import last_subjects
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.evidence import Certificate
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.observed import Wire
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.view import words


@dataclass(frozen=True)
class Agreement:
    """What each of the three tells. A trace has no fingerprint, only the subject.

    A node may have a certificate of each key type, and peers see the one or the other.
    """

    store: Certificate | None
    installed: tuple[Certificate, ...]
    live: Wire | None
    captured: tuple[Wire, ...]
    trace: str
    trace_name: str

    @property
    def wire(self) -> Certificate | None:
        for wire in self.wires:
            return wire.certificate
        return None

    @property
    def wires(self) -> tuple[Wire, ...]:
        return (*self.captured, *([self.live] if self.live else ()))

    @property
    def told(self) -> int:
        return sum(bool(one) for one in (self.store, self.wire, self.trace))

    @property
    def agree(self) -> bool | None:
        """None when fewer than two of them are known."""
        known = [*self.installed, *(wire.certificate for wire in self.wires)]
        by_type = defaultdict(set)
        for certificate in known:
            by_type[certificate.key_type].add(certificate.fingerprint)
        if any(len(fingerprints) > 1 for fingerprints in by_type.values()):
            return False
        if self.trace and known and self.trace_name not in {one.common_name for one in known}:
            return False
        return True if self.told >= 2 else None

    def as_dict(self) -> dict[str, Any]:
        return {
            "store": words(self.store.fingerprint) if self.store else "",
            "wire": words(self.wire.fingerprint) if self.wire else "",
            "trace": words(self.trace),
            "agree": self.agree,
        }


def agreement(direction: Direction, member: Member) -> Agreement:
    """What is known of the certificate of a node of the other side."""
    record = last_subjects(direction).get(member.name)
    live, captured = member.live, tuple(member.captured)
    wire = next(iter(captured), live)
    certificate = record.get("certificate") if record else None
    name = certificate.get("common_name").text if certificate else ""
    named = next((one for one in member.installed if name and one.common_name == name), None)
    return Agreement(
        store=member.installed_like(wire.certificate) if wire else named or member.installed_like(None),
        installed=tuple(member.installed),
        live=live,
        captured=captured,
        trace=(certificate.get("subject").text or name) if certificate else "",
        trace_name=name or (certificate.get("subject").text if certificate else ""),
    )


def check_agreement(direction: Direction, checks: Checks) -> None:
    """The check of each node of the other side."""
    required = direction.asked("capture") or direction.asked("traces")
    for member in direction.there.members:
        found = agreement(direction, member)
        sources = {
            "certificate store": found.store,
            Wire.PROBE: found.live,
            **{wire.source: wire for wire in found.captured},
            "SDL trace": found.trace,
        }
        about = checks.about(
            "certificate_agreement",
            object=f"certificate of {member.name}",
            expected="one certificate, whoever tells",
            source=tuple(name for name, value in sources.items() if value),
            node=member.name,
            required=required,
        )
        told = []
        if found.store:
            told.append(f"store {found.store.label}")
        told += [f"{wire.source} {wire.certificate.label}" for wire in found.wires]
        if found.trace:
            told.append(f"trace {found.trace_name}")
        seen = "; ".join(told)
        if found.agree:
            about.passed(seen)
        elif found.agree is None:
            about.missing(
                f"only one of store, wire and trace is known: {seen}" if seen else member.why_no_certificates,
                reason="fewer_than_two",
                remedy="Gather a capture or traces too (cucm_verify_capture, cucm_verify_traces), with a reset of the"
                " trunk",
            )
        else:
            about.failed(
                seen,
                reason="certificates_differ",
                remedy=f"Restart {CALL_PROCESSING} on {member.name} ({SERVICE_PAGE}) if it still shows a former"
                " certificate, and see whether another device has its address",
                causes=("certificate_running",),
            )
