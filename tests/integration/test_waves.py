# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a wave does not stop the next one, or the order of the waves decides how a rollout ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.support.playbooks import (
    PAIR,
    Site,
    assert_calls_prove_the_pair,
    site,
)
from ansible_collections.ucops.cucm.tests.support.runner import Simulator

pytestmark = pytest.mark.timeout(1800)

RESTART = ("-e", "cucm_certificate_restart_services=true", "-e", "cucm_certificate_restart_timeout=20")
NODES = ("cucma-pub", "cucma-sub1", "cucm10-pub", "cucm10-sub1")


@pytest.fixture(name="here")
def _here(tmp_path: Path, simulator: Simulator, ca: Path) -> Iterator[Site]:
    with site(tmp_path, simulator, ca) as made:

        def in_waves(data: dict[str, Any]) -> None:
            for wave, cluster in (("2", "CUCMA"), ("1", "CUCM10")):
                made.cluster_variables(data, cluster)["cucm_wave"] = wave

        made.edit = in_waves
        yield made


def restarted(here: Site) -> set[str]:
    return {mutation["cluster"] for mutation in here.journal() if mutation["door"] == "control-center"}


def test_a_wave_that_fails_stops_the_next_and_says_what_is_half_done(here: Site) -> None:
    here.control.inject(kind="restart-hang", cluster="CUCM10", node="cucm10-sub1")
    screen = here.fail(PAIR, *RESTART)
    assert (
        "cucma-pub: not restarted, since 1 cluster before this wave failed, the first in wave 1, and cucm_max_fail is 0"
        " (CUCM10: cucm10-sub1). Half done: CUCM10, where cucm10-pub is done and cucm10-sub1 is not."
    ) in screen
    assert restarted(here) == {"CUCM10"}
    # Certificates were given to all before.
    assert all(
        here.control.certificates(cluster, node)["installed"]["CallManager"]["issuer"].startswith("CN=")
        for cluster, facts in here.simulator.clusters.items()
        for node in facts["nodes"]
    )
    here.control.heal()
    here.control.control("CUCM10", "cucm10-sub1", "Cisco CallManager", "Restart")
    here.succeed(PAIR, *RESTART, may_warn=True)
    assert_calls_prove_the_pair(here)


@pytest.mark.long  # test_trunk_plan.py asserts that a link to another wave waits, test_run_plan.py that it is shown
def test_waves_one_at_a_time_in_any_order_end_alike(here: Site) -> None:
    for cluster, other, wave in (("CUCMA", "CUCM10", "1"), ("CUCM10", "CUCMA", "2")):
        alone = here.succeed(PAIR, "--limit", cluster, *RESTART)
        assert f"WAITS for wave {wave}: no trunk to {other} yet" in alone.output
    here.succeed(PAIR, *RESTART)
    assert_calls_prove_the_pair(here)
    assert here.succeed(PAIR, *RESTART).changed() == dict.fromkeys(NODES, 0)
