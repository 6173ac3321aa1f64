# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restart by evidence: what the SIP port shows says whether a service has to restart, and whether it was enough.

Cisco's documents disagree about the restart after a new CallManager certificate: HAProxy alone (Security Guide, 14SU1
and later), or CallManager and more (Technical Assistance Center, 2025). So the port is asked before and after each, and
what costs least comes first. A certificate in CallManager-trust needs a restart of CallManager (Technical Assistance
Center, 2016), unless the port already takes a certificate that hangs on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.clock import Clock
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._facts.services import (
    COMMANDED_OUT_OF_SERVICE,
    Order,
    Services,
    ServiceState,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import fingerprint, load_certificates
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.control_center import restarted_after
from ansible_collections.ucops.cucm.plugins.module_utils._sip.context import Identity
from ansible_collections.ucops.cucm.plugins.module_utils._sip.key_offers import KeyType, shown_for
from ansible_collections.ucops.cucm.plugins.module_utils._sip.options import ask_options
from ansible_collections.ucops.cucm.plugins.module_utils._sip.probe import Broken, Connection, Target

CALL_MANAGER, HAPROXY = "Cisco CallManager", "Cisco HAProxy"
#: What is restarted, the one that costs least first. HAProxy is there from release 14 on.
ORDER = (HAPROXY, CALL_MANAGER)
#: The TLS alert "unknown_ca" (RFC 8446, 6.2).
_UNKNOWN_CA = 48
#: Seconds between two looks at the port.
_INTERVAL = 1.0

#: What the port says of a certificate: it shows it, it shows another, it shows none of that type, nothing was seen.
SHOWN, OLD, NOT_OFFERED, NOT_MEASURED = "shown", "old", "not_offered", "not_measured"
#: What it says of a certificate that hangs on the CAs in the trust store.
ACCEPTED, REFUSED = "accepted", "refused"


class StillOld(CucmError):
    """The services were restarted, and the port shows the old certificate still."""

    reason = "still_old"


@dataclass(frozen=True)
class Wanted:
    """A certificate that is installed and that the port should show."""

    service: str
    fingerprint: str

    @property
    def key_type(self) -> KeyType:
        return "ec" if self.service.endswith("-ECDSA") else "rsa"


@dataclass(frozen=True)
class Look:
    """What the port said of one certificate; `fingerprint` is of what it shows."""

    service: str
    status: str
    fingerprint: str | None = None
    text: str = ""

    def as_dict(self) -> dict[str, Any]:
        return {
            "service": self.service,
            "status": self.status,
            "fingerprint_sha256": self.fingerprint,
            "text": self.text,
        }


@dataclass(frozen=True)
class Seen:
    """One look at the port: the certificates that it shows, and whether it takes one of the CAs."""

    looks: tuple[Look, ...]
    trust: str

    @property
    def reachable(self) -> bool:
        return any(look.status != NOT_MEASURED for look in self.looks)


class Port:
    """The SIP port of a node, as a stranger sees it."""

    def __init__(self, target: Target, wanted: Sequence[Wanted], identity: Identity | None) -> None:
        self._target = target
        self._wanted = wanted
        self._identity = identity

    def look(self) -> Seen:
        """Ask what it shows, and, with a certificate to show to it, whether it takes that."""
        return Seen(tuple(self._look_for(wanted) for wanted in self._wanted), self._trust())

    def _look_for(self, wanted: Wanted) -> Look:
        shown = shown_for(self._target, wanted.key_type)
        if shown.is_shown is None:
            return Look(wanted.service, NOT_MEASURED, text=shown.why)
        if not shown.is_shown or not shown.chain:
            return Look(wanted.service, NOT_OFFERED, text=shown.why)
        try:
            found = fingerprint(load_certificates(shown.chain[0], source="the handshake")[0])
        except CucmError as error:
            return Look(wanted.service, NOT_MEASURED, text=error.what)
        return Look(wanted.service, SHOWN if found == wanted.fingerprint else OLD, found)

    def _trust(self) -> str:
        if self._identity is None:
            return NOT_MEASURED
        with Connection(self._target, self._identity) as connection:
            try:
                connection.open()
                connection.wait_for_verdict(1.0)
                answer = ask_options(connection) if connection.seen.failure is None else None
            except Broken:
                answer = None
            failure = connection.seen.failure or (answer.failure if answer else None)
            if failure is None or (answer is not None and answer.response is not None):
                return ACCEPTED
            # Whatever else ends a connection, a name that no trunk has for instance, no restart changes.
            is_about_ca = failure.alert is not None and failure.alert.number == _UNKNOWN_CA
            return REFUSED if is_about_ca else NOT_MEASURED


@dataclass(frozen=True)
class Moments:
    """When what is installed was signed, and when CAs were put into the trust store; None where that is not known.

    They count where the port does not tell.
    """

    identity: datetime | None = None
    trust: datetime | None = None


@dataclass(frozen=True)
class Limits:
    """Seconds: for a restart and the port behind it, and for the port to change what it shows."""

    restart: float
    settle: float


@dataclass
class Outcome:
    """What was seen first and last, what was restarted for it, and what would be in check mode."""

    before: Seen
    after: Seen
    restarted: list[str] = field(default_factory=list)
    needed: list[str] = field(default_factory=list)
    waited: float = 0.0


def needed_services(
    seen: Seen, states: Mapping[str, ServiceState], moments: Moments, order: Sequence[str] = ORDER
) -> list[str]:
    """The services to restart one after the other until the port says that it is enough; empty when nothing is needed.

    A service that somebody has stopped, or that the node does not have, is left out.
    """
    running = [
        name
        for name in order
        if name in states
        and states[name].activated
        and states[name].status in ("Started", "Starting")
        and states[name].reason_code != COMMANDED_OUT_OF_SERVICE
    ]
    needed: list[str] = []
    if any(look.status == OLD for look in seen.looks):
        needed = running
    elif _is_unseen_and_late(seen, states, moments.identity) or _lacks_trust(seen, states, moments.trust):
        needed = [name for name in running if name == CALL_MANAGER]
    return needed


def _is_unseen_and_late(seen: Seen, states: Mapping[str, ServiceState], since: datetime | None) -> bool:
    """Whether nothing was seen of a certificate, and call processing started before it was signed."""
    return any(look.status == NOT_MEASURED for look in seen.looks) and _is_older(states, since)


def _lacks_trust(seen: Seen, states: Mapping[str, ServiceState], since: datetime | None) -> bool:
    """Whether call processing has not read its trust store: by what it refuses, else by when it started."""
    if seen.trust == NOT_MEASURED:
        return _is_older(states, since)
    return seen.trust == REFUSED


def _is_older(states: Mapping[str, ServiceState], since: datetime | None) -> bool:
    state = states.get(CALL_MANAGER)
    return since is not None and state is not None and not restarted_after(state, since)


@dataclass
class Activation:
    """The restart of one node by evidence. `look` and `services` are its two sides, which tests replace."""

    look: Callable[[], Seen]
    services: Services
    host: str
    limits: Limits
    clock: Clock = field(default_factory=Clock)
    order: Sequence[str] = ORDER

    def run(self, moments: Moments, *, check_mode: bool) -> Outcome:
        """Restart until the port shows what is installed; raises StillOld when it never does."""
        states = self.services.status()
        before = self.look()
        outcome = Outcome(before, before)
        outcome.needed = needed_services(before, states, moments, self.order)
        if check_mode or not outcome.needed:
            return outcome
        for name in outcome.needed:
            outcome.waited += self.services.carry_out(Order("Restart", (name,)), self.limits.restart).seconds
            outcome.restarted.append(name)
            outcome.after = self._settled(before)
            states = self.services.status()
            if not needed_services(outcome.after, states, moments, self.order):
                outcome.needed = []
                return outcome
        raise StillOld(
            f"after a restart of {', '.join(outcome.restarted)} the SIP port {self._complaint(outcome.after)}",
            host=self.host,
            operation="restart by evidence",
            remedy="Look at the certificate on the node (show cert own CallManager) and at its SIP port"
            " (openssl s_client), and restart by hand",
            details={
                "looks": [each.as_dict() for each in outcome.after.looks],
                "restarted": outcome.restarted,
            },
        )

    def _settled(self, before: Seen) -> Seen:
        """What the port shows once it is back, and has had its time to show something else."""
        was_reachable = before.reachable
        start = self.clock.monotonic()
        back: float | None = None
        while True:
            seen, now = self.look(), self.clock.monotonic()
            statuses = {each.status for each in seen.looks}
            if OLD not in statuses and NOT_MEASURED not in statuses and seen.trust != REFUSED:
                return seen
            if back is None and (seen.reachable or not was_reachable):
                back = now
            if now - start >= self.limits.restart or (back is not None and now - back >= self.limits.settle):
                return seen
            self.clock.sleep(_INTERVAL)

    @staticmethod
    def _complaint(seen: Seen) -> str:
        for each in seen.looks:
            if each.status == OLD:
                return f"still shows another {each.service} certificate ({each.fingerprint})"
        if seen.trust == REFUSED:
            return "still refuses a certificate of a CA that is in the trust store"
        return "cannot be read: " + "; ".join(each.text for each in seen.looks if each.text)
