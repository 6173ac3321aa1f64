# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: two simulated clusters are paired by the real playbook, and call each other.

Run by `make demo`. Everything happens on 127.0.0.1 and in a temporary directory, and ends with the
demo. The exit status is 0 only when both calls went through over mutual TLS with the certificates
that the playbook installed, its own verdict is `pass`, and the second run changed nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.tests.demo.inventory import inventory, laboratory_ca, write_inventory
from ansible_collections.ucops.cucm.tests.demo.page import Proof, page
from ansible_collections.ucops.cucm.tests.simulator.client import ControlClient, simulator_process

PLAYBOOK = "ucops.cucm.pair_clusters"
LINKS = {"CUCMA": {"CUCM10": ["9898"]}, "CUCM10": {"CUCMA": ["1018"]}}
CALLS = (("CUCMA", "1018", "9898"), ("CUCM10", "9898", "1018"))
PLAYBOOK_SECONDS = 300
CALLBACKS = Path(__file__).resolve().parents[1] / "integration" / "callback"


class DemoFailed(Exception):
    """The demo did not show what it promises."""


@dataclass
class Stage:
    """Where the demo's files are and how it runs playbooks. `results` is a file for the result of each task."""

    directory: Path
    results: Path | None = None

    def playbook(self, *arguments: str) -> str:
        """Run ansible-playbook, show its output as it comes, and return it; raises DemoFailed."""
        program = Path(sys.executable).with_name("ansible-playbook")
        command = [str(program), "-i", str(self.directory / "inventory.yml"), *arguments]
        environment = {**os.environ, "ANSIBLE_HOME": str(self.directory / "ansible"), "ANSIBLE_NOCOWS": "1"}
        if self.results is not None:
            environment["ANSIBLE_CALLBACK_PLUGINS"] = str(CALLBACKS)
            environment["ANSIBLE_CALLBACKS_ENABLED"] = "record_results"
            environment["RECORD_RESULTS"] = str(self.results)
        print(f"\n$ ansible-playbook {' '.join(arguments)}", flush=True)
        output: list[str] = []
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                print(line, end="", flush=True)
                output.append(line)
            status = process.wait(timeout=PLAYBOOK_SECONDS)
        if status != 0:
            raise DemoFailed(f"ansible-playbook {' '.join(arguments)} ended with status {status}")
        return "".join(output)


def recap(output: str) -> dict[str, dict[str, int]]:
    """The counts of PLAY RECAP by host."""
    counts = {}
    for line in output.rpartition("PLAY RECAP")[2].splitlines():
        found = re.match(r"(\S+)\s*:\s*(ok=.*)$", line)
        if found:
            pairs = re.findall(r"(\w+)=(\d+)", found.group(2))
            counts[found.group(1)] = {name: int(number) for name, number in pairs}
    return counts


def not_shown(proof: Proof) -> list[str]:
    """What the demo promises and did not show; empty when all is well."""
    missing = []
    if len(proof.calls) != len(CALLS):
        missing.append(f"{len(proof.calls)} calls were placed, not {len(CALLS)}")
    for call in proof.calls:
        name = f"call {call['from']} to {call['to']}"
        if not call["connected"]:
            missing.append(f"{name} failed: {call.get('reason')}")
            continue
        for side in ("client", "server"):
            seen = (call[f"{side}_certificate"] or {}).get("fingerprint")
            if seen is None or proof.node_with(seen) is None:
                missing.append(f"{name}: the {side}'s certificate {seen} is none that the playbook installed")
    if proof.report["verdict"] != "pass":
        missing.append(f"the verdict of the playbook is {proof.report['verdict']}")
    for _cluster, node in proof.installed:
        counts = proof.second_run.get(node)
        if counts is None:
            missing.append(f"second run: nothing is known of {node}")
        elif counts["changed"] or counts["failed"] or counts["unreachable"]:
            missing.append(f"second run on {node}: {counts}")
    return missing


def demonstrate(directory: Path) -> int:
    """Run the demo in a directory of its own; the exit status."""
    stage = Stage(directory)
    with simulator_process() as ready:
        control = ControlClient(ready["control"])
        clusters: Mapping[str, Any] = ready["clusters"]
        ca = laboratory_ca(directory / "ca", secrets.token_urlsafe(24))
        settings = {**ca, "cucm_options_ping": True, "cucm_verify_directory": str(directory / "proof")}
        write_inventory(directory / "inventory.yml", inventory(clusters, LINKS, settings))
        stage.playbook("ucops.cucm.demo.prepare")
        stage.playbook(PLAYBOOK, "-e", "cucm_certificate_restart_services=true")
        made = control.journal()
        calls = [control.call(cluster, calling, called) for cluster, calling, called in CALLS]
        control.clear_requests()
        second = stage.playbook(PLAYBOOK, "-e", "cucm_certificate_restart_services=true")
        proof = Proof(
            clusters=clusters,
            installed={
                (cluster, node): control.certificates(cluster, node)
                for cluster, facts in clusters.items()
                for node in facts["nodes"]
            },
            made=made,
            calls=calls,
            second_run=recap(second),
            requests=control.requests(),
            report=json.loads((directory / "proof" / "report.json").read_text(encoding="utf-8")),
        )
    print(page(proof))
    return ending(not_shown(proof))


def ending(missing: Sequence[str]) -> int:
    """The exit status of a demo, after what it promises and did not show is told."""
    for line in missing:
        print(f"NOT SHOWN: {line}", file=sys.stderr)
    return 1 if missing else 0


def in_directory(demonstrate: Callable[[Path], int], kept: str, *, about: str) -> int:
    """Run a demo in a directory that is gone at the end, unless --keep asks for it."""
    parser = argparse.ArgumentParser(description=about.splitlines()[0])
    parser.add_argument("--keep", action="store_true", help=f"keep the directory with {kept}")
    options = parser.parse_args()
    directory = Path(tempfile.mkdtemp(prefix="ucops-cucm-demo-"))
    try:
        return demonstrate(directory)
    except DemoFailed as error:
        print(f"The demo failed: {error}", file=sys.stderr)
        return 1
    finally:
        if options.keep:
            print(f"Kept: {directory}")
        else:
            shutil.rmtree(directory)


def main() -> int:
    return in_directory(demonstrate, "inventory, CA and proof/report.html", about=__doc__)


if __name__ == "__main__":
    sys.exit(main())
