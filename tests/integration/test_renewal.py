# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this failed, a nightly run would renew what it must not, forget a restart, or tell a wrong state."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import fingerprint, pem
from ansible_collections.ucops.cucm.tests.support.aging import install, laboratory
from ansible_collections.ucops.cucm.tests.support.builders import make_leaf
from ansible_collections.ucops.cucm.tests.support.playbooks import PAIR, PASSPHRASE, Outcome, Site, site
from ansible_collections.ucops.cucm.tests.support.runner import Simulator
from cryptography import x509

pytestmark = pytest.mark.timeout(1800)

RENEW = "ucops.cucm.renew_certificates"
RESTART = ("-e", "cucm_certificate_restart_services=true")
NODES = {
    "cucma-pub": "CUCMA",
    "cucma-sub1": "CUCMA",
    "cucm10-pub": "CUCM10",
    "cucm10-sub1": "CUCM10",
}


def age(here: Site, node: str, left: float, **changes: Any) -> str:
    """Let the certificate of a node, valid for 47 days, have so many days left."""
    ca = laboratory(here.directory / "ca", PASSPHRASE)
    return install(here.control, ca, NODES[node], node, left=left, **changes)


def outcome_of(outcome: Outcome) -> dict[str, Any]:
    """What the run has handed on to its scheduler."""
    stats = [
        task["result"]["ansible_stats"]["data"]
        for task in outcome.results
        if "ansible_stats" in task["result"]
    ]
    return [data["cucm_outcome"] for data in stats if "cucm_outcome" in data][-1]


def runs_with_its_own(here: Site, node: str) -> bool:
    """Whether a node runs with the certificate that is installed."""
    known = here.control.certificates(NODES[node], node)
    return known["installed"]["CallManager"] == known["running"]["CallManager"]


@pytest.fixture(scope="module")
def paired(tmp_path_factory: pytest.TempPathFactory, simulator: Simulator, ca: Path) -> Iterator[Site]:
    """Two clusters that one run has paired; each test begins with the certificates that it needs."""
    with site(tmp_path_factory.mktemp("paired"), simulator, ca) as made:
        made.succeed(PAIR, *RESTART)
        yield made


@pytest.fixture
def aged(paired: Site) -> Iterator[Site]:
    """All certificates are for 47 days, and 40 are left of each."""
    paired.variables = {"cucm_renew_before": "33%", "cucm_renew_jitter": "0"}
    for node in NODES:
        age(paired, node, 40)
    yield paired
    paired.control.heal()
    paired.control.repair()


def test_renewed_then_restarted_then_nothing(aged: Site) -> None:
    """One node is due. The first run may not restart; the next finds by the port what still runs with the old one."""
    age(aged, "cucma-sub1", 3)
    tvs = laboratory(aged.directory / "ca", PASSPHRASE)
    install(aged.control, tvs, "CUCMA", "cucma-sub1", left=3, service="TVS")
    before = len(aged.journal())

    outcome = aged.succeed(RENEW)
    assert outcome_of(outcome)["state"] == "waits_for_restart"
    assert outcome_of(outcome)["renewal"]["renewed"] == {"count": 1, "first": ["cucma-sub1"]}
    assert [one["node"] for one in aged.journal()[before:]] == ["cucma-sub1", "cucma-sub1"]
    assert not runs_with_its_own(aged, "cucma-sub1")
    assert "TVS ends at" in outcome.output
    assert "must never change in one run" in outcome.output

    # The facts of the first run are gone, and somebody has restarted nothing.
    outcome = aged.succeed(RENEW, *RESTART)
    assert outcome_of(outcome)["state"] == "renewed"
    assert runs_with_its_own(aged, "cucma-sub1")
    restarted = [task["result"]["restarted"] for task in outcome.tasks("cucm_certificate_activate")]
    assert [each for each in restarted if each] == [["Cisco HAProxy", "Cisco CallManager"]]
    assert all(call["connected"] for call in aged.calls())

    before = len(aged.journal())
    outcome = aged.succeed(RENEW, *RESTART)
    assert outcome_of(outcome)["state"] == "nothing_to_do"
    assert aged.journal()[before:] == []
    assert set(outcome.changed().values()) == {0}


def test_a_ca_that_decides_later(aged: Site) -> None:
    """A person signs: the first night asks, the second goes on, and no request is made twice."""
    age(aged, "cucma-sub1", 5)
    # Due, and not so near its end that the verdict fails.
    age(aged, "cucm10-sub1", 15)
    requests, certificates = aged.directory / "requests", aged.directory / "certificates"
    chain = aged.directory / "chain.pem"
    chain.write_text("".join(map(pem, laboratory(aged.directory / "ca", PASSPHRASE).chain)))
    for directory in (requests, certificates):
        directory.mkdir()
    aged.variables |= {
        "cucm_renew_max": 1,
        "cucm_certificate_sign_options": {
            "backend": "manual",
            "manual": {
                "csr_path": str(requests / "{{ inventory_hostname }}.csr"),
                "certificate_path": str(certificates),
                "chain_path": str(chain),
            },
        },
    }
    outcome = aged.succeed(RENEW, *RESTART)
    assert outcome_of(outcome)["state"] == "waits_for_ca"
    assert outcome_of(outcome)["renewal"]["postponed"]["first"] == ["cucm10-sub1"]
    (request,) = requests.glob("*.csr")
    csr = request.read_text()
    ca = laboratory(aged.directory / "ca", PASSPHRASE)
    # Not before its CA, which is as old as this test.
    signed = make_leaf(x509.load_pem_x509_csr(csr.encode()), ca, start=ca.certificate.not_valid_before_utc)
    (certificates / "node.pem").write_text(pem(signed))
    outcome = aged.succeed(RENEW, *RESTART)
    assert outcome_of(outcome)["renewal"]["renewed"]["first"] == ["cucma-sub1"]
    assert request.read_text() == csr
    assert runs_with_its_own(aged, "cucma-sub1")


def test_what_a_person_has_to_look_at_first(aged: Site) -> None:
    """A peer that lacks the CA, a wrong clock, a node that is down: nothing is changed, and the run has failed."""
    age(aged, "cucma-pub", 3)
    age(aged, "cucm10-pub", 3)
    root = laboratory(aged.directory / "ca", PASSPHRASE).chain[-1]
    aged.control.defect(cluster="CUCM10", node="cucm10-pub", clock_skew=7200)
    aged.control.distrust("CUCM10", "cucm10-pub", "CallManager", fingerprint(root).replace(":", ""))
    aged.control.inject(kind="unreachable", node="cucma-sub1", count=None)
    before = len(aged.journal())
    outcome = aged.run(RENEW, *RESTART)
    told = " ".join(outcome.output.split())
    assert outcome.status != 0
    assert aged.journal()[before:] == []
    assert f"cucm10-pub lacks {fingerprint(root)}" in told
    assert "cucm10-pub: is NOT renewed" in told
    assert "Fix NTP on the node first" in told
    assert outcome_of(outcome)["state"] == "failed"
