# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate audit by its playbook: it reads all releases, changes nothing, and goes on where a node is down."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.simulator.topology import pair_topology
from ansible_collections.ucops.cucm.tests.support.pairs import paired_site
from ansible_collections.ucops.cucm.tests.support.playbooks import PAIR, Outcome, Site, site
from ansible_collections.ucops.cucm.tests.support.runner import Simulator

pytestmark = pytest.mark.timeout(1800)

AUDIT = "ucops.cucm.audit_certificates"
FILES = ("audit.csv", "audit.html", "audit.json", "audit.prom")
RESTART = ("-e", "cucm_certificate_restart_services=true")


@pytest.fixture
def fresh(tmp_path: Path, simulator: Simulator, ca: Path) -> Iterator[Site]:
    with site(tmp_path, simulator, ca, variables={"cucm_audit_directory": "audit"}) as made:
        yield made
    made.control.heal()


def report_of(here: Site) -> dict[str, Any]:
    return json.loads((here.directory / "audit" / "audit.json").read_text())


def reasons(here: Site, severity: str = "") -> set[str]:
    found = report_of(here)["findings"]
    return {each["reason"] for each in found if severity in ("", each["severity"])}


def summary_of(outcome: Outcome) -> str:
    return "\n".join(outcome.tasks("certificate_audit_report")[0]["result"]["summary"])


def test_before_and_after_a_pair(fresh: Site) -> None:
    """Self-signed nodes without trunks; then trunks on certificates of a CA, which both sides trust."""
    outcome = fresh.succeed(AUDIT)
    assert fresh.journal() == []
    assert outcome.changed() == dict.fromkeys(outcome.counts, 0)
    assert reasons(fresh) == set()
    report = report_of(fresh)
    assert report["totals"]["measured"] == report["totals"]["nodes"] == 4
    assert {one["issuer_kind"] for one in report["certificates"]} == {"self_signed"}

    fresh.succeed(PAIR, *RESTART)
    before = fresh.journal()
    outcome = fresh.succeed(AUDIT)
    assert fresh.journal() == before
    report = report_of(fresh)
    by_service = {
        place["service"]: one
        for one in report["certificates"]
        for place in one["places"]
        if place["kind"] == "identity"
    }
    assert by_service["CallManager"]["issuer_kind"] == "private_ca"
    assert by_service["CallManager"]["chain"] == ["Example Issuing CA", "Example Root CA"]
    assert any("SIP trunks over TLS of" in text for text in by_service["CallManager"]["used_by"])
    assert report["totals"]["links"] == 1
    # The EC certificates stay self-signed, and the peers do not have them.
    assert reasons(fresh, "critical") == set()
    assert {each["service"] for each in report["findings"] if each["severity"] == "warning"} == {
        "CallManager-ECDSA"
    }
    # The old certificates of the nodes are leftovers now.
    assert "trust_leftover" in reasons(fresh, "notice")
    assert len(summary_of(outcome).splitlines()) <= 40
