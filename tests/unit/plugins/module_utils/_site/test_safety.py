# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a change begins where it should not, or is refused for what nobody could measure."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.filter.run_plan import run_plan
from ansible_collections.ucops.cucm.plugins.module_utils._platform.safety import CHECKS, measure
from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import CommandRefused
from ansible_collections.ucops.cucm.plugins.module_utils._site.safety import Limits, findings_of

#: The row is that of a live node of release 15.
HISTORY = """
2025-12-12-13-44-12.tar   NETWORK   Fri Dec 12 13:45:19 PST 2025  SUCCESS  MANUAL  15.0.1.12900-234 UCM ---
2025-12-13-13-44-12.tar   NETWORK   Sat Dec 13 13:45:19 PST 2025  ERROR  SCHEDULED  15.0.1.12900-234 UCM ---
"""
STATUS = """
Host Name          : pub
Date               : Fri Dec 12, 2025 18:44:12
Disk/active         14154228K        1154220K       12995808K (99%)
Disk/logging        49573612K        9914723K       39658889K (80%)
"""
REPLICATION = """
SERVER-NAME         IP ADDRESS        (msec)    DbMon?    QUEUE    Group ID       (RTMT) & Details
-----------         ----------        ------    -------   -----    -----------    ------------------
pub                 192.0.2.1         0.047     Y/Y/Y     0        (g_2)          (2) Setup Completed
sub                 192.0.2.2         0.1       Y/N/Y     0        (g_3)          ({}) Words
"""
SQL = "paramname   paramvalue\n=====  =====\nPhoneSomething 1\nPhoneInteractionOnCertificateUpdate Automatic reset\n"
GOOD = {
    "utils disaster_recovery history backup": HISTORY,
    "show status": STATUS,
    "utils dbreplication runtimestate": REPLICATION.format(2),
    "utils ntp status": "synchronised to NTP server (192.0.2.9) at stratum 2",
    "run sql": SQL,
}


def worst(measured: dict[str, Any], **limits: Any) -> dict[str, str]:
    return {each["check"]: each["severity"] for each in findings_of(measured, [], {}, "", Limits(**limits))}


def answered(command: str, text: str | None) -> dict[str, Any]:
    answers: dict[str, str | None] = {**GOOD, command: text}

    def run(line: str) -> str:
        found = next(text for name, text in answers.items() if line.startswith(name))
        if found is None:
            raise CommandRefused("not known")
        return found

    return measure(run, CHECKS)


def test_a_healthy_node() -> None:
    measured = answered("show status", STATUS)
    assert measured["backup"] == {"value": 5.0, "why": ""}
    assert measured["disk"]["value"] == {"active": 99, "logging": 80}
    assert worst(measured, backup_hours=6, require_measured=True) == {
        "backup": "ok",
        "replication": "ok",
        "phones": "note",
        "ntp": "ok",
        "disk": "ok",
    }


FAILED = "\n".join(line for line in HISTORY.splitlines() if "ERROR" in line)
OLD = STATUS.replace("Dec 12", "Dec 30")


@pytest.mark.parametrize(
    ("command", "text", "check", "limits", "severity"),
    [
        ("show status", STATUS, "backup", {"backup_hours": 4}, "refused"),
        ("show status", OLD, "backup", {}, "warning"),
        ("utils disaster_recovery history backup", FAILED, "backup", {}, "warning"),
        ("utils disaster_recovery history backup", FAILED, "backup", {"backup_hours": 1000}, "refused"),
        ("utils disaster_recovery history backup", "", "backup", {"backup_hours": 1}, "not_measured"),
        ("utils disaster_recovery history backup", None, "backup", {}, "not_measured"),
        ("utils disaster_recovery history backup", None, "backup", {"require_measured": True}, "refused"),
        ("show status", "no date", "backup", {}, "not_measured"),
        ("utils dbreplication runtimestate", REPLICATION.format(3), "replication", {}, "refused"),
        ("utils dbreplication runtimestate", REPLICATION.format("-"), "replication", {}, "refused"),
        ("utils dbreplication runtimestate", "other words", "replication", {}, "not_measured"),
        ("utils ntp status", "unsynchronised\n time server re-starting", "ntp", {}, "warning"),
        ("utils ntp status", "?", "ntp", {}, "not_measured"),
        ("show status", STATUS, "disk", {"disk_percent": 80}, "warning"),
        ("run sql", "No records found", "phones", {}, "not_measured"),
    ],
)
def test_what_speaks_against_a_change(
    command: str, text: str | None, check: str, limits: dict[str, Any], severity: str
) -> None:
    assert worst(answered(command, text), **limits)[check] == severity


def test_services_clock_and_release() -> None:
    services = [
        {"name": "Cisco Tftp", "status": "Stopped", "activated": True},
        {"name": "Cisco CTIManager", "status": "Stopped", "activated": False},
        {"name": "Cisco CallManager", "status": "Started", "activated": True},
    ]
    clock = {"measured": True, "skew_seconds": -90.0, "accuracy_seconds": 1.0, "text": "The clock is behind."}
    found = findings_of({}, services, clock, "10.5.2.10000-5", Limits())
    assert [(each["check"], each["severity"]) for each in found] == [
        ("clock", "refused"),
        ("services", "warning"),
        ("release", "warning"),
    ]
    assert "Cisco Tftp (Stopped)" in found[1]["text"]
    assert "CTIManager" not in found[1]["text"]
    assert "CSCus47235" in found[2]["text"]
    assert findings_of({}, [], clock, "", Limits(clock_seconds=120)) == []
    unread = {"measured": False, "text": "No Date header."}
    assert findings_of({}, [], unread, "14.0", Limits())[0]["severity"] == "not_measured"
    assert [each["check"] for each in findings_of({}, [], {}, "15.0.1.12900-234", Limits())] == ["release"]
    assert findings_of({}, [], {}, "15.0.1.15900-1", Limits()) == []


def host(safety: dict[str, Any] | None, change: str = "add") -> dict[str, Any]:
    thing = {"kind": "sip_trunk", "name": "B", "cluster": "B", "change": change, "fields": [], "resets": []}
    found = {
        "cucm_cluster": "A",
        "cucm_sip_tls_trunk_foreseen": {"objects": [thing]},
        "cucm_sip_tls_trunk_plan": [],
    }
    return found if safety is None else {**found, "cucm_preflight_safety": safety}


def finding(severity: str, check: str = "backup") -> dict[str, Any]:
    return {"findings": [{"check": check, "severity": severity, "text": "words"}]}


@pytest.mark.parametrize(
    ("safety", "line", "stops"),
    [
        (finding("refused"), "  pub: REFUSED: words", ["pub: words."]),
        (finding("warning"), "  pub: WARNING: words", []),
        (finding("not_measured"), "  pub: NOTE: words", []),
        (finding("note"), "  pub: NOTE: words", []),
        (finding("note", "phones"), None, []),
        (finding("ok"), None, []),
        ({"skipped": True}, None, []),
        (
            {"msg": "No way in.", "reason": "host_unreachable"},
            "  pub: NOTE: not measured: whether a change is safe: No way in",
            [],
        ),
    ],
)
def test_the_page_of_the_plan_says_it(safety: dict[str, Any], line: str | None, stops: list[str]) -> None:
    plan = run_plan(["pub"], {"pub": host(safety)})
    assert plan["stops"] == stops
    assert plan["page"][2:] == ["  pub: add trunk 'B'", *([line] if line else [])]
    assert plan["clusters_with_steps"] == ["A"]
    # Without a change nobody asks, and what is left from an earlier stage does not matter.
    assert run_plan(["pub"], {"pub": host(safety, "none")})["stops"] == []


def test_what_must_be_measured_is_refused() -> None:
    demanded = {**host({"msg": "No way in."}), "cucm_safety_require_measured": True}
    assert run_plan(["pub"], {"pub": demanded})["stops"] == [
        "pub: not measured: whether a change is safe: No way in."
    ]
