# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this failed, the next job of a workflow would not know what waits, or what the verdict was."""

from __future__ import annotations

from typing import Any

from ansible_collections.ucops.cucm.plugins.filter.run_outcome import run_outcome
from ansible_collections.ucops.cucm.plugins.module_utils._report.outcome import LARGEST, size_of

RECORD = {
    "backend": "adcs",
    "ca": "https://ca.example.com/certsrv",
    "spki_sha256": "ab" * 32,
    "request_id": "83",
}


def waiting(number: int) -> dict[str, Any]:
    return {
        "cucm_certificate_states": {
            "CallManager": {"pending": True, "instructions": f"Issue request {number}."}
        },
        "ansible_facts": {"cucm_certificate_kept_requests": {"CallManager": RECORD}},
    }


HOSTVARS: dict[str, dict[str, Any]] = {
    "a-pub": waiting(83),
    "a-sub": {"cucm_certificate_waiting": ["Cisco CallManager", "Cisco CTIManager"]},
    "b-pub": {"cucm_certificate_waiting": []},
    "b-sub": {},
}


def test_what_waits_and_what_failed_is_told() -> None:
    found = run_outcome(HOSTVARS, HOSTVARS, ["a-pub", "a-sub", "b-pub"], ticket="CHG1", check_mode=True)
    assert found == {
        "format": "ucops.cucm.outcome/1",
        "check_mode": True,
        "ticket": "CHG1",
        "nodes": 4,
        "plan_counts": {},
        "verdict": "",
        "passed": None,
        "counts": {},
        "report": {"urls": [], "problem": ""},
        "failed": [],
        "requests": [{"host": "a-pub", "text": "a-pub: Issue request 83."}],
        "restarts": [{"host": "a-sub", "services": ["Cisco CallManager", "Cisco CTIManager"]}],
        "plan": [],
        "failed_nodes": ["b-sub"],
        "not_passed": [],
        "left_out": {},
    }


def test_a_renewal_has_one_state() -> None:
    """A link that waits for nothing and does not pass makes it a failed one; what waits does not."""
    hosts = [f"node{number}" for number in range(800)]
    result = {
        "state": "waits_for_restart",
        "renewed": hosts,
        "failed": [],
        "lines": ["a page"],
        "problem": "",
    }
    hostvars = {**HOSTVARS, "a-sub": {"renew_result": result}}
    found = run_outcome(hostvars, hostvars, list(hostvars))
    assert found["state"] == "waits_for_restart"
    assert found["renewal"] == {
        "renewed": {"count": 800, "first": hosts[:10]},
        "failed": {"count": 0, "first": []},
    }
    waits = {"verdict": "fail", "passed": False, "not_passed": [], "waiting": ["A"]}
    assert run_outcome(hostvars, hostvars, list(hostvars), verdict=waits)["state"] == "waits_for_restart"
    fails = {**waits, "not_passed": ["B"]}
    assert run_outcome(hostvars, hostvars, list(hostvars), verdict=fails)["state"] == "failed"


def test_verdict_and_upload_are_told() -> None:
    verdict = {
        "verdict": "fail",
        "passed": False,
        "counts": {"fail": 1},
        "failed_checks": [{"remedy": "Do"}],
        "links_not_passed": ["A--B"],
        "summary": ["long"],
    }
    found = run_outcome(
        ["b-pub"], HOSTVARS, ["b-pub"], verdict=verdict, upload={"urls": ["https://r"], "problem": ""}
    )
    assert (found["verdict"], found["passed"], found["counts"]) == ("fail", False, {"fail": 1})
    assert (found["failed"], found["not_passed"]) == ([{"remedy": "Do"}], ["A--B"])
    assert found["report"] == {"urls": ["https://r"], "problem": ""}
    assert "summary" not in found


def test_the_plan_is_told_without_its_steps() -> None:
    plan = {"counts": {"add": 2}, "page": ["Plan", "  a-pub: add trunk 'B'"], "steps": [{"host": "a-pub"}]}
    found = run_outcome(["b-pub"], HOSTVARS, ["b-pub"], plan=plan)
    assert (found["plan_counts"], found["plan"]) == (plan["counts"], plan["page"])
    assert "steps" not in found


def test_an_upload_that_was_skipped_or_failed_is_told() -> None:
    for upload, problem in (({"skipped": True}, ""), ({"failed": True, "msg": "refused"}, "refused")):
        found = run_outcome(["b-pub"], HOSTVARS, ["b-pub"], upload=upload)
        assert found["report"] == {"urls": [], "problem": problem}


def test_the_records_of_requests_take_room_of_the_outcome() -> None:
    hostvars = {f"node{number:03d}": waiting(number) for number in range(150)}
    found = run_outcome(hostvars, hostvars, list(hostvars))
    records = {host: {"CallManager": RECORD} for host in hostvars}
    assert size_of(found) + size_of(records) <= LARGEST
    assert found["requests"]
