# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two releases, paired and proven: clusters of their own, one CA, the playbook, both calls, once more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.tests.demo.inventory import laboratory_ca
from ansible_collections.ucops.cucm.tests.simulator.client import simulator_process
from ansible_collections.ucops.cucm.tests.simulator.topology import (
    Topology,
    common_sip_version,
    pair_topology,
)
from ansible_collections.ucops.cucm.tests.support.playbooks import (
    PAIR,
    PASSPHRASE,
    Site,
    assert_calls_prove_the_pair,
    make_ca,
)
from ansible_collections.ucops.cucm.tests.support.runner import Simulator

RESTART = ("-e", "cucm_certificate_restart_services=true")


@contextmanager
def paired_site(topology: Topology, directory: Path) -> Iterator[Site]:
    """Clusters of their own, and a site that links the first two of them by all their extensions."""
    path = directory / "topology.yml"
    path.write_text(json.dumps(asdict(topology)), encoding="utf-8")  # JSON is YAML
    one, other = topology.clusters
    links = {
        one.name: {other.name: list(other.extensions)},
        other.name: {one.name: list(one.extensions)},
    }
    with simulator_process(path) as ready:
        simulator = Simulator(ready["control"], ready["clusters"])
        make_ca(directory)
        yield Site(directory, simulator, variables=_variables(directory), links=links)


def assert_pair_works(first: str, second: str, directory: Path) -> None:
    """Pair a cluster of each release; the calls go through, and a second run changes nothing."""
    topology = pair_topology(first, second)
    one, other = topology.clusters
    calls = [
        (one.name, one.extensions[0], other.extensions[0]),
        (other.name, other.extensions[0], one.extensions[0]),
    ]
    # Both sides take the newest version that both have.
    common = common_sip_version(first, second)
    versions = ("TLSv1",) if common == "1.0" else (f"TLSv{common}",)
    with paired_site(topology, directory) as here:
        here.succeed(PAIR, *RESTART, may_warn=True)
        assert_calls_prove_the_pair(here, calls, versions)
        again = here.succeed(PAIR, *RESTART, may_warn=True)
        assert set(again.changed().values()) == {0}, again.output


def assert_pair_is_refused(first: str, second: str, directory: Path) -> str:
    """Two releases without a common TLS version: nothing is changed; what the run says, in one line."""
    with paired_site(pair_topology(first, second), directory) as here:
        outcome = here.run(PAIR, *RESTART)
        assert outcome.status != 0
        assert here.journal() == []
    told = " ".join(outcome.output.split())
    assert "have no TLS version in common" in told
    return told


def _variables(directory: Path) -> dict[str, Any]:
    """The laboratory CA, which signs what release 9.1 asks for; the others do not mind."""
    ca = laboratory_ca(directory / "ca", PASSPHRASE)
    return {"cucm_certificate_sign_options": {**ca["cucm_certificate_sign_options"], "allow_weak_csr": True}}
