# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo does not claim what it has not seen."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.ucops.cucm.tests.demo.__main__ import not_shown, recap
from ansible_collections.ucops.cucm.tests.demo.page import Proof, page
from ansible_collections.ucops.cucm.tests.unit.demo.results import QUIET, call, certificate

OUTPUT = """
PLAY RECAP *********************************************************************
a-pub                      : ok=20   changed=0    unreachable=0    failed=0    skipped=8    rescued=0    ignored=0
b-pub                      : ok=20   changed=3    unreachable=0    failed=0    skipped=8    rescued=0    ignored=0
"""


PROOF = Proof(
    clusters={"A": {"release": "14", "nodes": {"a-pub": {}}}, "B": {"release": "15", "nodes": {"b-pub": {}}}},
    installed={
        ("A", "a-pub"): {"installed": {"CallManager": certificate("AA")}},
        ("B", "b-pub"): {"installed": {"CallManager": certificate("BB")}},
    },
    made=[{"cluster": "A", "node": "a-pub", "operation": "addSipTrunk", "subject": "B"}],
    calls=[call("1018", "AA", "BB"), call("9898", "BB", "AA")],
    second_run={"a-pub": QUIET, "b-pub": QUIET},
    requests=[],
    report={
        "verdict": "pass",
        "links": [
            {
                "directions": [
                    {"from": "A", "to": "B", "verdict": "pass", "checks": [{"result": "pass"}]},
                    {"from": "B", "to": "A", "verdict": "pass", "checks": [{"result": "pass"}]},
                ]
            }
        ],
    },
)


def test_recap_is_read_by_host() -> None:
    counts = recap(OUTPUT)
    assert counts["a-pub"] == QUIET
    assert counts["b-pub"]["changed"] == 3


def test_a_whole_proof_lacks_nothing_and_says_so() -> None:
    assert not_shown(PROOF) == []
    text = page(PROOF)
    for shown in (
        "1018 of A calls 9898: connected",
        "installed on a-pub: the same",
        "changed=0",
        "SIP trunk 'B'",
    ):
        assert shown in text


def test_a_failed_call_is_told_with_its_reason() -> None:
    failed = replace(
        PROOF, calls=[call("1018", "AA", "BB", connected=False, reason="refused"), PROOF.calls[1]]
    )
    assert not_shown(failed) == ["call 1018 to 9898 failed: refused"]
    assert "1018 of A calls 9898: FAILED: refused" in page(failed)


def test_another_certificate_than_the_installed_one_is_told() -> None:
    other = replace(PROOF, calls=[call("1018", "AA", "XX"), PROOF.calls[1]])
    assert not_shown(other) == [
        "call 1018 to 9898: the server's certificate XX is none that the playbook installed"
    ]
    assert "NOT a certificate that is installed" in page(other)


def test_a_call_without_a_client_certificate_is_no_proof() -> None:
    one_sided = replace(PROOF, calls=[call("1018", "AA", "BB", client_certificate=None), PROOF.calls[1]])
    assert len(not_shown(one_sided)) == 1


def test_a_missing_call_and_a_missing_host_are_told() -> None:
    assert len(not_shown(replace(PROOF, calls=[]))) == 1
    assert not_shown(replace(PROOF, second_run={"a-pub": QUIET})) == ["second run: nothing is known of b-pub"]


def test_a_change_in_the_second_run_is_told() -> None:
    changed = not_shown(replace(PROOF, second_run={"a-pub": QUIET, "b-pub": {**QUIET, "changed": 1}}))
    assert len(changed) == 1
    assert "second run on b-pub" in changed[0]


def test_a_verdict_that_is_no_pass_is_told_with_its_checks() -> None:
    check = {"result": "fail", "title": "The SIP port of b-pub is open", "seen": "refused"}
    direction = {"from": "A", "to": "B", "verdict": "fail", "checks": [check]}
    failed = replace(PROOF, report={"verdict": "fail", "links": [{"directions": [direction]}]})
    assert not_shown(failed) == ["the verdict of the playbook is fail"]
    assert "  A -> B: fail (1 fail)" in page(failed)
    assert "  fail: The SIP port of b-pub is open: refused" in page(failed)
