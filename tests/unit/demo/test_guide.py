# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The replayed guide does not claim a step that it has not seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.demo.guide import STEPS, Evidence, judged, not_shown, page
from ansible_collections.ucops.cucm.tests.unit.demo.results import QUIET, call

CSR_TASK, TRUST_TASK, TRUNK_TASK = STEPS[2].task, STEPS[5].task, STEPS[8].task


def line(task: str, result: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": f"ucops.cucm.role : {task}", "host": "a-pub", "status": "ok", "result": result, **more}


CSR = {
    "changed": True,
    "csr_details": {
        "subject_dn": "CN=CUCMA,O=cisco",
        "public_key": {"type": "rsa", "size": 1024},
        "signature_hash": "sha1",
    },
}
TRUST = {"changed": True, "certificates": [{"subject": {"CN": "Root"}}]}
TRUNK = {
    "changed": True,
    "trunks": [
        {
            "name": "B",
            "srtp_allowed": True,
            "destinations": [{"address": "192.0.2.1", "port": 5061}],
            "security_profile": {"name": "TLS B", "x509_subject_names": ["b.example.com"]},
        }
    ],
    "route_patterns": [
        {"pattern": "9898", "leads_to": {"name": "B"}},
        {"pattern": "9899", "leads_to": None},
    ],
}
EVIDENCE = Evidence(
    results=[line(CSR_TASK, CSR), line(TRUST_TASK, TRUST), line(TRUNK_TASK, TRUNK)],
    requests=[{"id": 83, "disposition": "pending", "subject": "CN=CUCMA"}],
    trusted={"a-pub": ["Root"]},
    calls=[call("1018", "AA", "BB"), call("9898", "BB", "AA")],
    last_run={"a-pub": QUIET},
)


def seen(evidence: Evidence) -> dict[int, list[str]]:
    return {step.number: lines for step, lines in judged(evidence)}


def test_what_was_seen_is_shown_by_step() -> None:
    lines = seen(EVIDENCE)
    assert lines[3] == ["a-pub: CN=CUCMA,O=cisco, RSA 1024, sha1"]
    assert lines[6] == ["a-pub: Root"]
    assert lines[8] == ["a-pub: 'TLS B' accepts b.example.com"]
    assert lines[9] == ["a-pub: 'B' to 192.0.2.1:5061, SRTP allowed"]
    assert lines[10] == ["a-pub: 9898 to B"]


def test_a_step_without_evidence_is_missing() -> None:
    missing = not_shown(EVIDENCE)
    assert [text.split(",")[0] for text in missing] == [f"step {number}" for number in (1, 2, 4, 5, 7)]
    assert page(EVIDENCE).count("NOT SEEN") == 5


def test_a_request_that_was_never_issued_does_not_count_as_signed() -> None:
    signed = line(STEPS[3].task, {"changed": False})
    pending = replace(EVIDENCE, results=[*EVIDENCE.results, signed])
    assert seen(pending)[4] == []
    issued = replace(pending, requests=[{"id": 83, "disposition": "issued", "subject": "CN=CUCMA"}])
    assert "request 83 waited" in seen(issued)[4][0]


def test_a_ca_that_the_node_does_not_have_does_not_count_as_uploaded() -> None:
    assert seen(replace(EVIDENCE, trusted={"a-pub": []}))[6] == []


def test_a_task_that_failed_or_was_skipped_is_no_evidence() -> None:
    for status in ("failed", "skipped"):
        results = [line(CSR_TASK, CSR, status=status)]
        assert seen(replace(EVIDENCE, results=results))[3] == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"calls": []}, "0 calls were placed"),
        ({"calls": [call("1018", "AA", "BB", connected=False, reason="refused")] * 2}, "failed: refused"),
        ({"calls": [call("1018", "AA", "BB", client_certificate=None)] * 2}, "not both sides"),
        ({"last_run": {"a-pub": {**QUIET, "changed": 1}}}, "last run on a-pub"),
        ({"last_run": {}}, "nothing is known of a last run"),
    ],
)
def test_everything_else_that_is_promised_is_looked_for(changes: dict[str, Any], words: str) -> None:
    assert any(words in text for text in not_shown(replace(EVIDENCE, **changes)))
