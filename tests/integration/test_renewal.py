# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this failed, a nightly run would renew what it must not, forget a restart, or tell a wrong state."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.support.aging import install, laboratory
from ansible_collections.ucops.cucm.tests.support.playbooks import PAIR, PASSPHRASE, Outcome, Site, site
from ansible_collections.ucops.cucm.tests.support.runner import Simulator

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


def state(outcome: Outcome) -> str:
    """What the run has handed on to its scheduler, read from the end of its screen."""
    stats = [task["result"] for task in outcome.results if task["action"] == "ansible.builtin.set_stats"]
    return stats[-1]["ansible_stats"]["data"]["cucm_outcome"]["state"]


def shown(here: Site, node: str) -> bool:
    """Whether a node runs with the certificate that is installed."""
    known = here.control.certificates(NODES[node], node)
    return known["installed"]["CallManager"] == known["running"]["CallManager"]


def restarts(here: Site) -> list[tuple[str, str]]:
    return [(one["node"], one["details"]) for one in here.journal() if one["operation"] == "Restart"]


@pytest.fixture
def aged(tmp_path: Path, simulator: Simulator, ca: Path) -> Iterator[Site]:
    """Paired clusters whose certificates are for 47 days; one node has 3 days left, the others 40."""
    options = {"cucm_renew_before": "33%", "cucm_renew_jitter": "0"}
    with site(tmp_path, simulator, ca, variables=options) as made:
        made.succeed(PAIR, *RESTART)
        for node in NODES:
            age(made, node, 3 if node == "cucma-sub1" else 40)
        yield made
    made.control.heal()


def test_a_month_of_one_node(aged: Site) -> None:
    """Renewed without a restart, then restarted by what the port shows, then nothing; calls go through at the end."""
    before = len(aged.journal())
    check = aged.succeed(RENEW, "--check")
    assert state(check) in ("renewed", "waits_for_restart")
    assert len(aged.journal()) == before
    outcome = aged.succeed(RENEW)
    print(json.dumps(aged.journal()[before:], indent=1)[:3000])
    print(outcome.output)
    assert state(outcome) == "waits_for_restart"
    assert not shown(aged, "cucma-sub1")
    outcome = aged.succeed(RENEW, *RESTART)
    print(outcome.output)
    assert state(outcome) == "nothing_to_do"
    assert shown(aged, "cucma-sub1")
    assert all(call["connected"] for call in aged.calls())
