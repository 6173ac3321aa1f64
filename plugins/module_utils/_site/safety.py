# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Go or no-go: what was measured of a node before a change, judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.known_releases import known_faults

#: How a finding counts, the worst first. A note is told and stops nothing; what is in order is not told.
REFUSED, WARNING, NOT_MEASURED, NOTE, OK = SEVERITIES = ("refused", "warning", "not_measured", "note", "ok")
#: Hours after which a backup is worth a warning where no limit is set.
_OLD_BACKUP = 168
_GOOD_REPLICATION = "2"

_NAMES = {
    "backup": "the age of the last good backup",
    "replication": "the replication of the database",
    "phones": "the enterprise parameter Phone Interaction on Certificate Update",
    "ntp": "whether the clock follows a time server",
    "disk": "how full the disks are",
}


@dataclass(frozen=True)
class Limits:
    """What the user asks of a cluster before a change. `backup_hours` is None where no backup is demanded."""

    backup_hours: int | None = None
    clock_seconds: int = 60
    disk_percent: int = 95
    require_measured: bool = False


def findings_of(
    measured: Mapping[str, Mapping[str, Any]],
    services: Sequence[Mapping[str, Any]],
    clock: Mapping[str, Any],
    version: str,
    limits: Limits,
) -> list[dict[str, str]]:
    """What was found, the worst first: `check`, `severity`, `text`."""
    found = [
        *_of_readings(measured, limits),
        *_of_services(services),
        *_of_clock(clock, limits),
        *_of_release(version),
    ]
    return sorted(found, key=lambda each: SEVERITIES.index(each["severity"]))


def _finding(check: str, severity: str, text: str) -> dict[str, str]:
    return {"check": check, "severity": severity, "text": text}


def _of_readings(measured: Mapping[str, Mapping[str, Any]], limits: Limits) -> Iterator[dict[str, str]]:
    judges: dict[str, Callable[[Any, Limits], tuple[str, str]]] = {
        "backup": _backup,
        "replication": _replication,
        "phones": _phones,
        "ntp": _ntp,
        "disk": _disk,
    }
    for check, reading in measured.items():
        if reading["value"] is None:
            yield not_measured(_NAMES[check], reading["why"], limits, check)
        else:
            severity, text = judges[check](reading["value"], limits)
            yield _finding(check, severity, text)


def not_measured(what: str, why: str, limits: Limits, check: str) -> dict[str, str]:
    """A finding that there is none; a fault only where the user demands all."""
    text = f"not measured: {what}: {why.rstrip('.')}"
    if not limits.require_measured:
        return _finding(check, NOT_MEASURED, text)
    return _finding(check, REFUSED, f"{text}, and cucm_safety_require_measured is true")


def _backup(value: Any, limits: Limits) -> tuple[str, str]:
    demanded = limits.backup_hours
    remedy = "Make one (utils disaster_recovery backup), or change cucm_safety_backup_hours"
    if value is False:
        text = "the backup history has no good Disaster Recovery backup"
        return (WARNING, text) if demanded is None else (REFUSED, f"{text}. {remedy}")
    text = f"the last good Disaster Recovery backup is {value:g} h old"
    if demanded is not None and value > demanded:
        return REFUSED, f"{text}, and {demanded} h are allowed. {remedy}"
    return (WARNING, text) if demanded is None and value > _OLD_BACKUP else (OK, text)


def _replication(value: Mapping[str, Sequence[str]], _limits: Limits) -> tuple[str, str]:
    bad = [
        f"{server} ({state}) {words}".rstrip()
        for server, (state, words) in value.items()
        if state != _GOOD_REPLICATION
    ]
    if not bad:
        return OK, f"the database is replicated on {len(value)} servers"
    return REFUSED, (
        f"the database is not replicated everywhere: {', '.join(bad)}. A change would not reach all nodes. Repair it"
        " first (utils dbreplication runtimestate, state 2 is good)"
    )


def _phones(value: str, _limits: Limits) -> tuple[str, str]:
    return NOTE, (
        f"{_NAMES['phones']} is '{value}'. By default, phones reset by themselves when the CallManager certificate"
        " changes"
    )


def _ntp(value: bool, _limits: Limits) -> tuple[str, str]:
    if value:
        return OK, "the clock follows a time server"
    return WARNING, "the clock does not follow a time server (utils ntp status)"


def _disk(value: Mapping[str, int], limits: Limits) -> tuple[str, str]:
    # The partition of the active version is near full by design; logging and common are those that fill up.
    full = [
        f"{name} {used} %"
        for name, used in value.items()
        if used >= limits.disk_percent and name == "logging"
    ]
    if full:
        return WARNING, f"the disk is nearly full: {', '.join(full)} (show diskusage)"
    return OK, ", ".join(f"{name} {used} %" for name, used in value.items())


def _of_services(services: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, str]]:
    down = [
        f"{each['name']} ({each['status']})"
        for each in services
        if each.get("activated", True) and each.get("status") != "Started"
    ]
    if down:
        yield _finding("services", WARNING, f"activated and not started: {', '.join(sorted(down))}")


def _of_clock(clock: Mapping[str, Any], limits: Limits) -> Iterator[dict[str, str]]:
    if not clock:
        return
    what = "how far the clock is from the control node's"
    if not clock.get("measured"):
        yield not_measured(what, str(clock.get("text") or "it was not read"), limits, "clock")
        return
    off = float(clock["skew_seconds"])
    if abs(off) - float(clock.get("accuracy_seconds") or 0) > limits.clock_seconds:
        yield _finding(
            "clock",
            REFUSED,
            f"{str(clock['text']).rstrip('.')}. Certificates may count as not yet valid. Correct the clock that is"
            " wrong, or raise cucm_safety_clock_seconds",
        )


def _of_release(version: str) -> Iterator[dict[str, str]]:
    for fault in known_faults(version):
        severity = WARNING if fault.warns else NOTE
        yield _finding("release", severity, f"{version}: {fault.what} (source: {fault.source})")
