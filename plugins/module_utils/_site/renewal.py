# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which certificates a run renews: those near their end, the most urgent first, spread over the nights, up to a limit.

A pure function of what was read from the nodes, the time and the policy. Public CAs go down to 200, 100 and 47 days, so
the policy may be a part of the validity, and a number of days never counts for more than half of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

#: What holds where nothing is said.
DEFAULT_BEFORE, DEFAULT_JITTER = "33%", "50%"
#: A certificate is renewed at the earliest when this part of its validity is over, or every night would renew it.
_LARGEST_SHARE = 0.5
_DAY = timedelta(days=1)
#: What jitter leaves: nights in which a node that is down, a CA that refuses or a person who is ill can be made up for.
#: Certificates with less than this left are renewed whatever the limit says.
LAST_NIGHTS = timedelta(days=3)
#: Seconds by which the clocks of a node and of this machine may differ.
LARGEST_SKEW = 300.0
#: Longest validity that a policy in days can be meant for.
_MOST_DAYS = 3650

_AMOUNT = re.compile(r"\s*(\d{1,5})\s*(%|d|days?)?\s*")


class PolicyError(ValueError):
    """A policy that cannot be read; the text says what to write."""


@dataclass(frozen=True)
class Amount:
    """A time as the user gives it: days, or a part of something."""

    days: int | None = None
    share: float | None = None

    @classmethod
    def parse(cls, value: object) -> Amount:
        """Read "30", 30 or "33%"; raises PolicyError."""
        found = _AMOUNT.fullmatch(str(value)) if not isinstance(value, bool) else None
        if found is None:
            raise PolicyError(
                f"{value!r} is neither a number of days, such as 30, nor a percentage, such as 33%"
            )
        number = int(found[1])
        if found[2] == "%":
            if number > 100:
                raise PolicyError(f"{value!r} is more than the whole")
            return cls(share=number / 100)
        if number > _MOST_DAYS:
            raise PolicyError(f"{value!r} is more than {_MOST_DAYS} days")
        return cls(days=number)

    def of(self, whole: timedelta) -> timedelta:
        """The time that is meant, where the share is one of `whole`."""
        return timedelta(days=self.days) if self.days is not None else whole * (self.share or 0.0)


@dataclass(frozen=True)
class Policy:
    """When to renew, how far to spread it, and how many nodes a run may renew (0: any number)."""

    before: Amount
    jitter: Amount
    largest: int = 0

    @classmethod
    def of(cls, before: object = None, jitter: object = None, largest: object = 0) -> Policy:
        """Read the variables of a run; raises PolicyError, whose text begins with the name of the variable."""
        read = {}
        for name, value, default in (
            ("cucm_renew_before", before, DEFAULT_BEFORE),
            ("cucm_renew_jitter", jitter, DEFAULT_JITTER),
        ):
            try:
                read[name] = Amount.parse(default if value is None or value == "" else value)
            except PolicyError as error:
                raise PolicyError(f"{name}: {error}") from None
        first = read["cucm_renew_before"]
        if first.days == 0 or (first.share is not None and not 0 < first.share <= _LARGEST_SHARE):
            raise PolicyError(
                f"cucm_renew_before: {before!r} would renew too late, or in every run. Use 1 day or more, or 1% to"
                f" {_LARGEST_SHARE:.0%}"
            )
        try:
            number = int(str(0 if largest is None else largest))
        except ValueError:
            number = -1
        if number < 0:
            raise PolicyError(f"cucm_renew_max: {largest!r} is no number of nodes; 0 means any number")
        return cls(first, read["cucm_renew_jitter"], number)


@dataclass(frozen=True)
class Installed:
    """A certificate that is installed on a node, with what the run knows about the node.

    `skew` is the node's clock minus this machine's in seconds, None where it was not measured. `waits` says that a CA
    has been asked for its successor and has not decided.
    """

    host: str
    cluster: str
    service: str
    not_before: datetime
    not_after: datetime
    fingerprint: str
    self_signed: bool = False
    skew: float | None = None
    waits: bool = False

    @property
    def validity(self) -> timedelta:
        return max(self.not_after - self.not_before, timedelta())

    def left(self, now: datetime) -> timedelta:
        """How long it is still valid; negative when it has expired."""
        return self.not_after - now


def moment(text: str) -> datetime:
    """A time as results have it: 2026-05-23T17:50:42Z."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def installed_on(
    host: str, cluster: str, identity: Mapping[str, Any], *, skew: float | None = None, waits: bool = False
) -> Installed:
    """A certificate as M(ucops.cucm.cucm_cert_info) describes it."""
    return Installed(
        host=host,
        cluster=cluster,
        service=str(identity["service"]),
        not_before=moment(identity["not_before"]),
        not_after=moment(identity["not_after"]),
        fingerprint=str(identity["fingerprint_sha256"]),
        self_signed=bool(identity.get("self_signed")),
        skew=skew,
        waits=waits,
    )


def window_of(installed: Installed, policy: Policy) -> timedelta:
    """How long before its end the certificate may be renewed."""
    return min(policy.before.of(installed.validity), installed.validity * _LARGEST_SHARE)


def jitter_of(installed: Installed, policy: Policy) -> timedelta:
    """By how much this certificate is renewed later than the policy allows: always the same for the same certificate.

    At least LAST_NIGHTS of the window stay, or all of it where it is shorter than that.
    """
    window = window_of(installed, policy)
    spread = min(policy.jitter.of(window), window - LAST_NIGHTS)
    if spread <= timedelta():
        return timedelta()
    digest = hashlib.sha256(
        "\0".join((installed.host, installed.service, installed.fingerprint)).encode()
    ).digest()
    return spread * (int.from_bytes(digest[:8], "big") / 2**64)


def due_from(installed: Installed, policy: Policy) -> datetime:
    """From when on the certificate is renewed."""
    return installed.not_after - window_of(installed, policy) + jitter_of(installed, policy)


@dataclass(frozen=True)
class Decided:
    """What becomes of one certificate in this run.

    `action` is renew, wait (the CA has been asked), postpone (the limit), leave (not due) or refuse (a person has to
    look first); `why` says why, where that is not plain.
    """

    installed: Installed
    action: str
    due_from: datetime
    days_left: float
    why: str = ""


def decide(
    certificates: Iterable[Installed], now: datetime, policy: Policy, refused: Mapping[str, str] | None = None
) -> list[Decided]:
    """Decide about all certificates, the most urgent first. `refused` are reasons by host from elsewhere."""
    decided: list[Decided] = []
    renewed = 0
    for each in sorted(certificates, key=lambda one: (one.not_after, one.host, one.service)):
        start, left = due_from(each, policy), each.left(now)
        action, why = "leave", ""
        if each.not_before > now:
            action, why = "refuse", _not_yet_valid(each)
        elif now >= start:
            why = (refused or {}).get(each.host) or _reason_to_refuse(each)
            if why:
                action = "refuse"
            elif each.waits:
                action = "wait"
            elif policy.largest and renewed >= policy.largest and left > LAST_NIGHTS:
                action = "postpone"
                why = f"cucm_renew_max is {policy.largest}"
            else:
                action = "renew"
                renewed += 1
        decided.append(Decided(each, action, start, round(left / _DAY, 2), why))
    return decided


def _not_yet_valid(each: Installed) -> str:
    return (
        f"its certificate begins to be valid only at {each.not_before:%Y-%m-%dT%H:%M:%SZ}. Check the clocks of this"
        " machine, of the CA and of the node (utils ntp status)"
    )


def _reason_to_refuse(each: Installed) -> str:
    if each.skew is not None and abs(each.skew) > LARGEST_SKEW:
        return (
            f"its clock differs by {_span(each.skew)} from that of this machine, so it may take a new certificate for"
            " one that is not valid. Fix NTP on the node first (utils ntp status)"
        )
    if each.self_signed:
        return (
            "its certificate is self-signed, and what trusts it has to trust a CA first."
            " ucops.cucm.pair_clusters gives it a certificate of your CA"
        )
    return ""


def _span(seconds: float) -> str:
    return f"{abs(seconds):.0f} s" if abs(seconds) < 7200 else f"{abs(seconds) / 3600:.1f} hours"


def own_clock_problem(certificates: Sequence[Installed]) -> str:
    """Why this machine's clock cannot be right; empty where nothing is wrong with it.

    Where most of the nodes differ from this machine, and to the same side, it is this machine that is wrong.
    """
    skews = list({each.host: each.skew for each in certificates if each.skew is not None}.values())
    for side in (1, -1):
        off = [skew for skew in skews if skew * side > LARGEST_SKEW]
        if off and len(off) * 2 > len(skews):
            middle = sorted(off)[len(off) // 2]
            word = "behind" if side > 0 else "ahead of"
            return (
                f"the clock of this machine is {_span(middle)} {word} those of {len(off)} of {len(skews)} nodes, so"
                " nothing is known about what ends when. Set the clock right (NTP) and run again"
            )
    return ""


# What a scheduler is told.

#: States of a run, by urgency: what a person has to do something about comes first.
STATES = ("failed", "waits_for_restart", "waits_for_ca", "renewed", "nothing_to_do")


def state_of_run(
    *, failed: Sequence[str], restarts: Sequence[str], waits: Sequence[str], renewed: Sequence[str]
) -> str:
    """The state of a run from the hosts of which something is to be said."""
    for state, hosts in zip(STATES, (failed, restarts, waits, renewed), strict=False):
        if hosts:
            return state
    return STATES[-1]
