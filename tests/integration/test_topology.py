# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A topology file of a few lines pairs two clusters as an inventory does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ucops.cucm.tests.support.playbooks import (
    PAIR,
    Site,
    assert_calls_prove_the_pair,
    site,
)
from ansible_collections.ucops.cucm.tests.support.runner import Simulator

CHECK = "ucops.cucm.check_inventory"
#: What the connection of a simulated node needs, and a real one does not.
PORTS = ("cucm_port", "cucm_ssh_port", "cucm_ssh_host_key", "cucm_tls_fingerprint", "cucm_sip_port")


@pytest.fixture
def fresh(simulator: Simulator, tmp_path: Path, ca: Path) -> Iterator[Site]:
    with site(tmp_path, simulator, ca) as made:
        made.inventory_name = "clusters.cucm.yml"
        yield made


def topology(data: dict[str, Any]) -> dict[str, Any]:
    """The inventory as a topology file; accounts and CA are in group_vars beside it."""
    clusters = {}
    for name, group in data["all"]["children"]["cucm"]["children"].items():
        nodes = {
            host: {
                "address": variables["ansible_host"],
                "hostname": variables["cucm_hostname"],
                "vars": {key: variables[key] for key in PORTS},
            }
            for host, variables in group["hosts"].items()
        }
        clusters[name] = {"nodes": nodes, "extensions": ["1018" if name == "CUCMA" else "9898"]}
    return {"plugin": "ucops.cucm.topology", "clusters": clusters, "links": {"mesh": "all"}}


def test_topology_file_pairs_two_clusters(fresh: Site) -> None:
    def write(data: dict[str, Any]) -> None:
        variables = {**data["all"]["vars"], **data["all"]["children"]["cucm"]["vars"]}
        (fresh.directory / "group_vars").mkdir(exist_ok=True)
        path = fresh.directory / "group_vars" / "all.yml"
        path.touch(mode=0o600)
        path.write_text(yaml.safe_dump(variables), encoding="utf-8")
        made = topology(data)
        data.clear()
        data.update(made)

    fresh.edit = write
    outcome = fresh.succeed(CHECK)
    assert "The inventory is right: 2 clusters, 4 nodes." in str(outcome.results)
    fresh.succeed(PAIR, "-e", "cucm_certificate_restart_services=true")
    assert_calls_prove_the_pair(fresh)
