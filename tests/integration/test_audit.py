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
from ansible_collections.ucops.cucm.tests.support.playbooks import PAIR, SECRETS, Outcome, Site, site
from ansible_collections.ucops.cucm.tests.support.runner import Simulator
from ansible_collections.ucops.cucm.tests.support.strange_certificates import (
    UNKNOWN_USAGE,
    strange_certificate,
)

pytestmark = pytest.mark.timeout(1800)

AUDIT = "ucops.cucm.audit_certificates"
FILES = ("audit.csv", "audit.html", "audit.json", "audit.prom")
NODES = ("cucma-pub", "cucma-sub1", "cucm10-pub", "cucm10-sub1")
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


def test_what_cannot_be_read_is_told_and_the_rest_goes_on(fresh: Site) -> None:
    """A node that is down, one whose password is wrong, and strange certificates on a third."""

    def wrong(data: dict[str, Any]) -> None:
        hosts = data["all"]["children"]["cucm"]["children"]["CUCM10"]["hosts"]
        hosts["cucm10-sub1"]["cucm_os_password"] = "not-the-password"

    fresh.edit = wrong
    fresh.control.inject(kind="unreachable", node="cucma-sub1", count=None)
    certificate, key = strange_certificate()
    fresh.control.install("CUCMA", "cucma-pub", "CallManager-ECDSA", certificate, key)
    for service in ("TVS", "=cmd|' /C calc'!A0"):
        fresh.control.install("CUCMA", "cucma-pub", service, certificate, key, shown_only=True)
    fresh.control.clear_requests()
    outcome = fresh.succeed(AUDIT)
    assert fresh.journal() == []
    assert "not-the-password" not in outcome.output
    for file in (fresh.directory / "audit").rglob("*"):
        assert not file.is_file() or "not-the-password" not in file.read_text(), file
    report = report_of(fresh)
    unread = {gap["nodes"][0]: gap for gap in report["not_measured"] if gap["what"] == "node"}
    assert {name: gap["reason"] for name, gap in unread.items()} == {
        "cucma-sub1": "host_unreachable",
        "cucm10-sub1": "authentication_failed",
    }
    assert {one["node"] for one in report["nodes"] if one["measured"]} == {"cucma-pub", "cucm10-pub"}
    refused = [
        one for one in fresh.control.requests() if one["node"] == "cucm10-sub1" and one["status"] == 401
    ]
    assert len(refused) == 1  # accounts lock
    (strange,) = [one for one in report["certificates"] if UNKNOWN_USAGE in one["extended_key_usage"]]
    assert (strange["common_name"], strange["serial_number"]) == ("", "-45")
    assert strange["public_key"] == {"type": "ec", "size": 384}
    assert any("not known what this service is for" in text for text in strange["used_by"])
    about = {
        each["reason"]
        for each in report["findings"]
        if each["fingerprint_sha256"] == strange["fingerprint_sha256"]
    }
    assert {"names_differ", "client_authentication_missing", "key_type_wrong"} <= about
    rows = list(csv.DictReader((fresh.directory / "audit" / "audit.csv").open(encoding="utf-8")))
    assert {row["service"] for row in rows if row["serial_number"] == "'-45"} >= {
        "'=cmd|' /C calc'!A0",
        "TVS",
    }
    assert {row["nodes"] for row in rows if row["kind"] == "not measured"} == {"cucma-sub1", "cucm10-sub1"}

    # Whoever wants an error gets one, after the report was shown.
    fresh.variables["cucm_audit_fail_on"] = "critical"
    screen = fresh.fail(AUDIT)
    assert "Not measured:" in screen
    assert "failed=1" in screen


@pytest.mark.parametrize("limit", [pytest.param("none", marks=pytest.mark.long), "notice"])
def test_nothing_is_kept_and_nothing_fails_unless_asked_for(fresh: Site, limit: str) -> None:
    fresh.variables = {"cucm_audit_fail_on": limit}
    outcome = fresh.succeed(AUDIT, "--check")
    assert "no finding; 4 nodes of 2 clusters measured" in summary_of(outcome)
    assert not (fresh.directory / "audit").exists()
    (made,) = [task["result"] for task in outcome.results if task["action"] == "ansible.builtin.tempfile"]
    assert not Path(made["path"]).exists()


def test_files_are_for_their_owner_alone_and_hold_no_secret(fresh: Site) -> None:
    fresh.succeed(AUDIT)
    kept = fresh.directory / "audit"
    files = [file for file in kept.rglob("*") if file.is_file()]
    assert {file.name for file in files} == {*FILES, *(f"{node}.json" for node in NODES)}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert "PRIVATE KEY" not in text
        assert [secret for secret in SECRETS if secret in text] == []


@pytest.mark.long  # the unit tests have what stands in for trunks
def test_an_axl_account_that_is_refused_costs_the_trunks_alone(fresh: Site) -> None:
    """The trunks of the inventory stand in for those that cannot be read, and the report says so."""
    fresh.variables["cucm_axl_password"] = "not-the-password"

    def wrong(data: dict[str, Any]) -> None:
        data["all"]["children"]["cucm"]["vars"]["cucm_axl_password"] = "not-the-password"

    fresh.edit = wrong
    fresh.succeed(AUDIT)
    report = report_of(fresh)
    assert report["totals"]["measured"] == 4
    assert {gap["cluster"] for gap in report["not_measured"] if gap["what"] == "trunks"} == {
        "CUCMA",
        "CUCM10",
    }
    assert "not_trusted_by_peer" in reasons(fresh, "critical")


def test_old_and_new_releases_by_their_own_ways(tmp_path: Path) -> None:
    """10.5 over the command line, 15 by REST, in one run; neither is changed."""
    with paired_site(pair_topology("10.5", "15"), tmp_path) as here:
        here.variables["cucm_audit_directory"] = "audit"
        certificate, key = strange_certificate()
        for cluster, facts in here.simulator.clusters.items():
            here.control.install(
                cluster, next(iter(facts["nodes"])), "ITLRecovery", certificate, key, shown_only=True
            )
        here.succeed(AUDIT, may_warn=True)
        assert here.journal() == []
        doors = {(one["cluster"], one["door"]) for one in here.control.requests()}
        assert ("ALPHA", "cli") in doors
        assert ("BETA", "certmgr") in doors
        assert ("BETA", "cli") not in doors
        report = report_of(here)
        assert report["totals"]["measured"] == 2
        places = [
            (place["cluster"], place["service"])
            for one in report["certificates"]
            for place in one["places"]
            if place["kind"] == "identity"
        ]
        assert {service for cluster, service in places if cluster == "ALPHA"} == {
            *("CallManager", "tomcat", "ITLRecovery")
        }
        assert ("BETA", "CallManager-ECDSA") in places
        # Certificates of 10.5 have 1024 bits and SHA-1; the signature of a self-signed one protects nothing.
        assert {each["cluster"] for each in report["findings"] if each["reason"] == "key_too_small"} <= {
            "ALPHA"
        }
        assert "hash_too_weak" not in reasons(here)
