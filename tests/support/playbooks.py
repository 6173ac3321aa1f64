# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the collection's playbooks, as users do, against simulated clusters."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.ucops.cucm.tests.demo.__main__ import CALLS, LINKS, recap
from ansible_collections.ucops.cucm.tests.demo.inventory import inventory, laboratory_ca, write_inventory
from ansible_collections.ucops.cucm.tests.simulator.client import ControlClient
from ansible_collections.ucops.cucm.tests.support.runner import Simulator, controlled_environment

PASSPHRASE = "a passphrase of the laboratory"
SECRETS = ("administrator-secret", "osadmin-secret", PASSPHRASE)
PAIR, UNPAIR = "ucops.cucm.pair_clusters", "ucops.cucm.unpair_clusters"
TIME_LIMIT = 1200


@dataclass(frozen=True)
class Outcome:
    """What came of a run of a playbook: exit status, screen, counts by host, results by task."""

    status: int
    output: str
    results: list[dict[str, Any]]

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        return recap(self.output)

    def changed(self) -> dict[str, int]:
        """How many tasks changed something, by host."""
        return {host: counts["changed"] for host, counts in self.counts.items()}

    def tasks(self, action: str, status: str = "ok") -> list[dict[str, Any]]:
        """The results of a module."""
        return [
            task
            for task in self.results
            if task["action"] == f"ucops.cucm.{action}" and task["status"] == status
        ]


@dataclass
class Site:
    """An ops laptop: an inventory, a laboratory CA, and ansible-playbook."""

    directory: Path
    simulator: Simulator
    variables: dict[str, Any] = field(default_factory=dict)
    links: Mapping[str, Any] = field(default_factory=lambda: LINKS)
    edit: Callable[[dict[str, Any]], None] = lambda data: None
    environment: Mapping[str, str] = field(default_factory=dict)
    #: The end of the name says which inventory plugin reads it.
    inventory_name: str = "inventory.yml"

    @property
    def control(self) -> ControlClient:
        return ControlClient(self.simulator.control)

    def start(self, playbook: str, *arguments: str) -> subprocess.Popen[str]:
        """Start ansible-playbook in a session of its own, so that it can be killed whole."""
        data = inventory(
            self.simulator.clusters,
            self.links,
            {**laboratory_ca(self.directory / "ca", PASSPHRASE), **self.variables},
        )
        self.edit(data)
        write_inventory(self.directory / self.inventory_name, data)
        results = self.directory / "results.jsonl"
        results.write_text("")
        return subprocess.Popen(
            (sys.executable, "-m", "ansible.cli.playbook", "-i", self.inventory_name, playbook, *arguments),
            cwd=self.directory,
            env={**controlled_environment(self.directory, results), **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def run(self, playbook: str, *arguments: str, secrets: tuple[str, ...] = SECRETS) -> Outcome:
        """Run a playbook to its end. No secret may stand on the screen or in a result."""
        with self.start(playbook, *arguments) as process:
            try:
                output, _errors = process.communicate(timeout=TIME_LIMIT)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        lines = (self.directory / "results.jsonl").read_text(encoding="utf-8")
        for secret in secrets:
            assert secret not in output
            assert secret not in lines
        return Outcome(process.returncode, output, [json.loads(line) for line in lines.splitlines()])

    def succeed(self, playbook: str, *arguments: str, may_warn: bool = False) -> Outcome:
        """Run a playbook that must succeed, without a warning unless there may be some."""
        outcome = self.run(playbook, *arguments)
        assert outcome.status == 0, outcome.output
        assert may_warn or "[WARNING]" not in outcome.output, outcome.output
        return outcome

    def fail(self, playbook: str, *arguments: str) -> str:
        """Run a playbook that must fail, and give its screen with white space folded."""
        outcome = self.run(playbook, *arguments)
        assert outcome.status != 0, outcome.output
        return " ".join(outcome.output.replace("\\n", " ").split())

    def calls(self, calls: Sequence[tuple[str, str, str]] = CALLS) -> list[dict[str, Any]]:
        """Place calls, the demo's two unless told otherwise."""
        return [self.control.call(*call) for call in calls]

    def journal(self) -> list[dict[str, Any]]:
        return self.control.journal()

    def cluster_variables(self, data: dict[str, Any], cluster: str) -> dict[str, Any]:
        """The variables of a cluster in the inventory, for `edit`."""
        return data["all"]["children"]["cucm"]["children"][cluster]["vars"]

    def operations(self) -> list[str]:
        """What was done to the clusters, in order."""
        return [mutation["operation"] for mutation in self.journal()]


@contextmanager
def site(directory: Path, simulator: Simulator, ca: Path, **settings: Any) -> Iterator[Site]:
    """A site with a copy of the CA, on clusters that are as at their start."""
    simulator.reset()
    target = directory / "ca"
    target.mkdir(mode=0o700)
    for file in ca.iterdir():
        copy = target / file.name
        copy.touch(mode=0o600)
        copy.write_bytes(file.read_bytes())
    yield Site(directory, simulator, **settings)


def assert_calls_prove_the_pair(
    here: Site,
    calls: Sequence[tuple[str, str, str]] = CALLS,
    versions: Sequence[str] = ("TLSv1.2", "TLSv1.3"),
) -> None:
    """Both calls went over mutual TLS, with the certificates that are installed."""
    installed = {
        here.control.certificates(cluster, node)["installed"]["CallManager"]["fingerprint"]
        for cluster, facts in here.simulator.clusters.items()
        for node in facts["nodes"]
    }
    for call in here.calls(calls):
        assert call["connected"], call
        assert call["tls_version"] in versions
        assert {
            call["client_certificate"]["fingerprint"],
            call["server_certificate"]["fingerprint"],
        } <= installed


def make_ca(directory: Path) -> Path:
    """Make the laboratory CA with the demo's own playbook."""
    ca = directory / "ca"
    values = {"demo_ca_directory": str(ca), "demo_ca_passphrase": PASSPHRASE}
    (directory / "vars.yml").write_text(yaml.safe_dump(values))
    done = subprocess.run(
        (sys.executable, "-m", "ansible.cli.playbook", "ucops.cucm.demo.prepare", "-e", "@vars.yml"),
        cwd=directory,
        env=controlled_environment(directory, directory / "results.jsonl"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return ca
