# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this failed, the demo of a renewal would claim what it has not shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.demo.renew import NODE, Story, not_shown, page
from ansible_collections.ucops.cucm.tests.unit.demo.results import call, certificate

FOUND = {"severity": "critical", "text": "the certificate expires in 8 days", "fingerprint_sha256": "OLD"}
GOOD = Story(
    before={"findings": [FOUND, {**FOUND, "fingerprint_sha256": "OTHER"}]},
    after={"findings": [{**FOUND, "severity": "notice"}]},
    renewed={"state": "renewed", "renewal": {"renewed": {"count": 1, "first": [NODE]}}},
    again={"state": "nothing_to_do"},
    old={**certificate("OLD"), "not_after": "2026-12-09T00:00:00Z"},
    new={**certificate("NEW"), "not_after": "2027-01-16T00:00:00Z"},
    made=[{"node": NODE}],
    calls=[call("1018", "NEW", "B"), call("9898", "B", "NEW")],
    restarted=["Cisco HAProxy", "Cisco CallManager"],
    verdict="pass",
    nodes=4,
)


def test_the_page_fits_a_terminal_and_says_what_happened() -> None:
    text = page(GOOD)
    assert not_shown(GOOD) == []
    assert max(map(len, text.splitlines())) <= 100
    assert len(text.splitlines()) <= 24
    for words in (
        "expires in 8 days",
        "Cisco HAProxy, then Cisco CallManager",
        "2 of 2 test calls",
        "nothing to do",
    ):
        assert words in " ".join(text.split())


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"before": {"findings": []}}, "the audit did not find the certificate"),
        ({"after": {"findings": [FOUND]}}, "the audit still finds it"),
        ({"renewed": {**GOOD.renewed, "state": "failed"}}, "the state of the run was failed"),
        (
            {"renewed": {"state": "renewed", "renewal": {"renewed": {"first": [NODE, "x"]}}}},
            "another node was renewed",
        ),
        ({"made": [{"node": NODE}, {"node": "x"}]}, "something was done on another node"),
        ({"new": GOOD.old}, "the node has the old certificate"),
        ({"again": {"state": "renewed"}}, "the state of the second run was renewed"),
        ({"verdict": "fail"}, "the verdict is fail"),
        ({"restarted": []}, "nothing was restarted"),
        ({"calls": GOOD.calls[:1]}, "a call failed"),
        ({"calls": [call("1018", "OLD", "B"), call("9898", "B", "OLD")]}, "no call used the new certificate"),
    ],
)
def test_what_is_not_shown_is_told(changes: dict[str, Any], told: str) -> None:
    assert told in not_shown(replace(GOOD, **changes))
