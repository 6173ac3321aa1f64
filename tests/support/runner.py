# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs an integration target with a real ansible-playbook against the simulator.

A target is a role, as for ansible-test: tests/integration/targets/NAME/tasks/main.yml. What it can
count on is in `variables` and in CONTRIBUTING.md.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.ucops.cucm.tests.simulator.client import ControlClient, simulator_process
from ansible_collections.ucops.cucm.tests.support.authorities import Authorities

COLLECTION = Path(__file__).resolve().parents[2]
INTEGRATION = COLLECTION / "tests" / "integration"
TARGETS = tuple(sorted(path.parents[1].name for path in INTEGRATION.glob("targets/*/tasks/main.yml")))
TOPOLOGY = COLLECTION / "tests" / "simulator" / "default_topology.yml"
#: Targets that sign with CAs of other makers; they find `authorities` and `adcs_control`.
TARGETS_WITH_AUTHORITIES = ("ca_chain_info", "ca_sign")
#: Seconds that one run of a target may take.
TIME_LIMIT = 1200
#: Modules whose account is the node's OS administrator, not an application user.
PLATFORM_MODULES = (
    *("cucm_csr", "cucm_cert_info", "cucm_cert_upload", "cucm_certificate_audit"),
    "cucm_node_state",
)
#: Modules that use the node's command line only.
SHELL_MODULES = ("cucm_cli", "cucm_safety_info", "cucm_tls_info")


@dataclass(frozen=True)
class Simulator:
    """A running simulator: the URL of its control door, and its clusters as the readiness line has them."""

    control: str
    clusters: Mapping[str, Any]

    def reset(self) -> None:
        """Put every cluster back to what it was at the start."""
        ControlClient(self.control).reset()


@contextmanager
def running_simulator() -> Iterator[Simulator]:
    """Start the simulator of the default topology, on free ports, in a process of its own."""
    with simulator_process(TOPOLOGY) as ready:
        yield Simulator(ready["control"], ready["clusters"])


def connection(node: Mapping[str, Any], account: Mapping[str, str]) -> dict[str, Any]:
    """The connection options for one node."""
    return {
        "host": node["address"],
        "port": node["https_port"],
        "username": account["username"],
        "password": account["password"],
        "tls_fingerprint": node["tomcat_fingerprint"],
        "timeout": 120,
    }


def shell_connection(node: Mapping[str, Any], account: Mapping[str, str]) -> dict[str, Any]:
    """The connection options for the command line of one node."""
    return {
        "host": node["address"],
        "username": account["username"],
        "password": account["password"],
        "ssh_port": node["ssh_port"],
        "ssh_host_key": node["ssh_host_key"],
        "timeout": 120,
    }


def variables(simulator: Simulator, directory: Path) -> dict[str, Any]:
    """What every target finds: where the simulator is, and connection options of CUCMA's publisher."""
    topology = yaml.safe_load(TOPOLOGY.read_text(encoding="utf-8"))
    cluster = next(cluster for cluster in topology["clusters"] if cluster["name"] == "CUCMA")
    publisher = next(node for node in cluster["nodes"] if node.get("role") == "publisher")
    node = simulator.clusters["CUCMA"]["nodes"][publisher["name"]]
    return {
        "simulator_control": simulator.control,
        "simulator_clusters": dict(simulator.clusters),
        "axl_connection": connection(node, cluster["users"][0]),
        "platform_connection": connection(node, publisher["administrators"][0]),
        "shell_connection": shell_connection(node, publisher["administrators"][0]),
        "output_dir": str(directory),
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }


def play(target: str) -> list[dict[str, Any]]:
    """The playbook: the target's role with the connection options as defaults of the modules."""
    platform = {f"ucops.cucm.{module}": "{{ platform_connection }}" for module in PLATFORM_MODULES}
    shell = {f"ucops.cucm.{module}": "{{ shell_connection }}" for module in SHELL_MODULES}
    return [
        {
            "name": f"Integration target {target}",
            "hosts": "testhost",
            "gather_facts": False,
            "module_defaults": {"group/ucops.cucm.cucm": "{{ axl_connection }}", **platform, **shell},
            "roles": [target],
        }
    ]


@dataclass(frozen=True)
class Run:
    """What came of a run of ansible-playbook."""

    status: int
    output: str
    results: list[dict[str, Any]]

    def unexpected_warnings(self) -> list[str]:
        """Warnings of tasks that do not carry the tag `warns`, and of such that do and did not warn."""
        found = []
        for task in self.results:
            texts = [*task["result"].get("warnings", []), *task["result"].get("deprecations", [])]
            if texts and "warns" not in task["tags"]:
                found.append(f"{task['name']}: {texts}")
            if not texts and "warns" in task["tags"] and task["status"] != "skipped":
                found.append(f"{task['name']}: did not warn")
        if not any("warns" in task["tags"] for task in self.results):
            found += re.findall(r"^\[(?:DEPRECATION )?WARNING\].*", self.output, flags=re.MULTILINE)
        return found


def run_target(
    target: str,
    simulator: Simulator,
    directory: Path,
    *,
    in_process: bool,
    in_part: bool = False,
    authorities: Authorities | None = None,
) -> Run:
    """Run a target on a simulator, and CAs, that are as at their start; `directory` is for its files.

    `in_part` stops where the target says that enough has been compared.
    """
    simulator.reset()
    if authorities is not None:
        authorities.reset()
    directory.mkdir(parents=True)
    results, inventory, playbook = (directory / name for name in ("results.jsonl", "hosts.yml", "play.yml"))
    results.touch()
    output = directory / "output"
    output.mkdir()
    ways = {"ucops_cucm_in_process": in_process, "is_compared_in_part": in_part}
    host = {**variables(simulator, output), **ways}
    if authorities is not None:
        host.update(authorities.variables())
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {"testhost": host}}}), encoding="utf-8")
    playbook.write_text(yaml.safe_dump(play(target), sort_keys=False), encoding="utf-8")
    done = subprocess.run(
        (sys.executable, "-m", "ansible.cli.playbook", "-i", str(inventory), str(playbook)),
        cwd=directory,
        env=controlled_environment(directory, results),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=TIME_LIMIT,
        check=False,
    )
    lines = results.read_text(encoding="utf-8").splitlines()
    return Run(done.returncode, done.stdout, [json.loads(line) for line in lines])


def controlled_environment(directory: Path, results: Path) -> dict[str, str]:
    """The environment, less what could change how modules behave, plus where things are."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "CUCM_"))}
    return {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": os.environ["PYTHONPATH"].split(os.pathsep)[0],
        "ANSIBLE_ROLES_PATH": str(INTEGRATION / "targets"),
        "ANSIBLE_CALLBACK_PLUGINS": str(INTEGRATION / "callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "record_results",
        "ANSIBLE_CONFIG": str(COLLECTION / "tools" / "ansible.cfg"),
        "ANSIBLE_DEPRECATION_WARNINGS": "true",
        "ANSIBLE_HOME": str(directory / "home"),
        "ANSIBLE_LOCAL_TEMP": str(directory / "tmp"),
        "ANSIBLE_REMOTE_TEMP": str(directory / "tmp"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_RETRY_FILES_ENABLED": "false",
        "RECORD_RESULTS": str(results),
    }


#: Results that count seconds.
VOLATILE_KEYS = ("clock", "date", "delta", "elapsed", "end", "start", "uptime", "waited")
#: What differs between two runs of the same tasks, and what it is replaced by.
VOLATILE = (
    (re.compile(r"-----BEGIN ([A-Z ]+)-----.*?-----END \1-----", re.DOTALL), "<PEM>"),
    (re.compile(r"\{?[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\}?"), "<UUID>"),
    (re.compile(r"\b[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){15,}"), "<FINGERPRINT>"),
    (re.compile(r"\b\d{8}T\d{6}Z\b"), "<TIME>"),
    (re.compile(r"\b[0-9a-fA-F]{16,}\b"), "<HEX>"),
    (re.compile(r"_[0-9a-f]{16,}(?=\.pem\b)"), "_<HEX>"),
    (re.compile(r"\bucops\d{14}[0-9a-f]{8}\b"), "<CAPTURE>"),
    (re.compile(r"\b[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d [A-Z]+ \d{4}\b"), "<TIME>"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?"), "<TIME>"),
)


def comparable(value: Any, directory: Path) -> Any:
    """A result without what differs between any two runs: keys, serials, times, paths of the run."""
    if isinstance(value, dict):
        # What differs may go over several lines.
        whole = {key: "\n".join(item) if key == "stdout_lines" else item for key, item in value.items()}
        if "dest" in whole:
            # Something copied to a file, by way of one with a name by chance; a certificate is as long as its serial.
            whole.pop("size", None)
            whole.pop("src", None)
        return {key: comparable(item, directory) for key, item in whole.items() if key not in VOLATILE_KEYS}
    if isinstance(value, list):
        return [comparable(item, directory) for item in value]
    if isinstance(value, str):
        text = value.replace(str(directory), "<DIRECTORY>")
        for pattern, replacement in VOLATILE:
            text = pattern.sub(replacement, text)
        return text
    return value
