# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo of another SIP peer does not claim what it has not seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.demo.peer import NAME, Proof, not_shown, page
from ansible_collections.ucops.cucm.tests.unit.demo.results import QUIET, call, certificate

CALL = {**call("1018", "AA", "BB"), "server_certificate": {**certificate("BB"), "subject": f"CN={NAME}"}}
PROOF = Proof(
    call=CALL,
    calls_back={"1018": 200},
    seen_by_telephone=["INVITE", "ACK", "BYE"],
    pinged={"127.0.0.1:5061": "AP"},
    statuses={"cucma-pub": "Registered"},
    report={"verdict": "pass", "links": []},
    second_run={"cucma-pub": QUIET},
    files=["cucm-ca.pem", "kamailio1/kamailio.cfg", "sheet.html", "sheet.txt"],
)


def test_a_whole_proof_lacks_nothing_and_says_so() -> None:
    assert not_shown(PROOF) == []
    for shown in ("1018 of CUCMA calls 7001: connected", "Registered", "AP", "sheet.html", "changed=0"):
        assert shown in page(PROOF)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"call": {**CALL, "connected": False, "reason": "refused"}}, "failed: refused"),
        ({"call": {**CALL, "server_certificate": certificate("BB")}}, "Kamailio showed"),
        ({"calls_back": {"1018": 503}}, "call 7001 to 1018 got 503"),
        ({"seen_by_telephone": []}, "the telephone saw nothing"),
        ({"pinged": {"127.0.0.1:5061": "IP"}}, "OPTIONS of Kamailio"),
        ({"pinged": {}}, "OPTIONS of Kamailio"),
        ({"statuses": {"cucma-pub": "Unknown"}}, "OPTIONS of the cluster"),
        ({"report": {"verdict": "fail", "links": []}}, "the verdict of the playbook is fail"),
        ({"second_run": {"cucma-pub": {**QUIET, "changed": 1}}}, "second run on cucma-pub"),
        ({"second_run": {}}, "nothing is known of a second run"),
        ({"files": ["sheet.html"]}, "the hand-over has no sheet.txt"),
    ],
)
def test_what_was_not_seen_is_told(changes: dict[str, Any], words: str) -> None:
    assert any(words in text for text in not_shown(replace(PROOF, **changes)))
