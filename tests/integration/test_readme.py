# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The README's ten minutes, as they stand there: its inventory and its commands, on simulated clusters.

Only what a user must replace is replaced: addresses, ports, fingerprints and the vault's content.
Accounts and their roles are those that the README asks for.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.ucops.cucm.plugins.module_utils._site.variables import BY_NAME
from ansible_collections.ucops.cucm.tests.simulator.client import simulator_process
from ansible_collections.ucops.cucm.tests.support.playbooks import TIME_LIMIT, Outcome, Site
from ansible_collections.ucops.cucm.tests.support.runner import (
    COLLECTION,
    TOPOLOGY,
    Simulator,
    controlled_environment,
)

pytestmark = pytest.mark.timeout(1800)

README = (COLLECTION / "README.md").read_text(encoding="utf-8")
GALAXY = yaml.safe_load((COLLECTION / "galaxy.yml").read_text(encoding="utf-8"))
BLOCKS = re.findall(r"^ *```(\w*)\n(.*?)^ *```$", README, flags=re.DOTALL | re.MULTILINE)
COMMANDS = [
    command.strip()
    for language, block in BLOCKS
    if not language
    for command in block.replace("\\\n", " ").splitlines()
]
#: The README's names stand for these files beside the inventory.
INVENTORY, VAULT = Path("clusters.yml"), Path("group_vars", "all", "vault.yml")
SECRETS = {
    "vault_axl_password": "the application user's secret",
    "vault_os_password": "the administrator's secret",
    "vault_ca_passphrase": "the passphrase of the README's CA",
}
CALLS = (("CUCMA", "1018", "9898"), ("CUCM10", "9898", "1018"))


def readme_inventory() -> dict[str, Any]:
    """The inventory of the README, new for each that asks."""
    data: dict[str, Any] = yaml.safe_load(yaml_blocks()[0])
    return data


def yaml_blocks() -> list[str]:
    """The inventory."""
    return [textwrap.dedent(block) for language, block in BLOCKS if language == "yaml"]


def test_what_old_releases_need_is_what_the_roles_know() -> None:
    """Those variables are tried by test_releases.py; here only that the guide spells them right."""
    page = (COLLECTION / "docs" / "docsite" / "rst" / "guide_releases.rst").read_text(encoding="utf-8")
    block = re.search(r"code-block:: yaml\n\n((?: +.*\n|\n)+)", page)
    assert block
    (cluster,) = yaml.safe_load(textwrap.dedent(block[1])).values()
    variables = {*cluster["vars"], *(name for host in cluster["hosts"].values() for name in host)}
    assert variables - set(BY_NAME) == {"ansible_host"}
    assert {"cucm_ssh_host_key", "cucm_allow_legacy_tls"} <= variables


def command(start: str, *, ending: str = "") -> list[str]:
    """The arguments of the README's one command that starts and ends so."""
    (found,) = (line for line in COMMANDS if line.startswith(start) and line.endswith(ending))
    return shlex.split(found)


def clusters_of(inventory: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = inventory["all"]["children"]["cucm"]["children"]
    return found


def readme_topology() -> dict[str, Any]:
    """The default topology, with no accounts but those of the README, and no roles but those it names."""
    accounts = re.search(r"\*\*2\. Accounts\.\*\*(.*?)\n\n", README, flags=re.DOTALL)
    assert accounts
    roles = [" ".join(role.split()) for role in re.findall(r"\*(Standard [^*]+)\*", accounts.group(1))]
    common = readme_inventory()["all"]["children"]["cucm"]["vars"]
    user = {
        "username": common["cucm_axl_username"],
        "password": SECRETS["vault_axl_password"],
        "roles": roles,
    }
    administrator = {
        "username": common["cucm_os_username"],
        "password": SECRETS["vault_os_password"],
        "privilege": 1,
    }
    topology: dict[str, Any] = yaml.safe_load(TOPOLOGY.read_text(encoding="utf-8"))
    for cluster in topology["clusters"]:
        cluster["users"] = [user]
        for node in cluster["nodes"]:
            node["administrators"] = [administrator]
    return topology


@dataclass(frozen=True)
class Reader:
    """Somebody who does what the README says, in a directory of their own."""

    directory: Path
    simulator: Simulator

    @property
    def site(self) -> Site:
        """The same place, for calls and the journal."""
        return Site(self.directory, self.simulator)

    def node(self, name: str) -> dict[str, Any]:
        (found,) = (
            cluster["nodes"][name] for cluster in self.simulator.clusters.values() if name in cluster["nodes"]
        )
        return dict(found)

    def write_inventory(self, *, fingerprints: bool = True) -> None:
        """The README's inventory with the simulator's addresses, ports and fingerprints."""
        data = readme_inventory()
        for cluster in clusters_of(data).values():
            for name, host in cluster["hosts"].items():
                node = self.node(name)
                host |= {
                    "ansible_host": node["address"],
                    "cucm_port": node["https_port"],
                    "cucm_sip_port": node["sip_port"],
                }
                if fingerprints:
                    host["cucm_tls_fingerprint"] = node["tomcat_fingerprint"]
        (self.directory / INVENTORY).write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")

    def write_secrets(self) -> None:
        """The three secrets, and the password of the vault where ANSIBLE_VAULT_PASSWORD_FILE points."""
        (self.directory / VAULT).parent.mkdir(parents=True)
        (self.directory / VAULT).write_text(yaml.safe_dump(SECRETS), encoding="utf-8")
        (self.directory / "vault-password").write_text("the vault's own password", encoding="utf-8")

    def run(self, arguments: list[str]) -> Outcome:
        """Run a command of the README. No secret may stand on the screen or in a result."""
        results = self.directory / "results.jsonl"
        results.write_text("", encoding="utf-8")
        environment = {
            **controlled_environment(self.directory, results),
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])),
            "ANSIBLE_VAULT_PASSWORD_FILE": str(self.directory / "vault-password"),
        }
        with subprocess.Popen(
            arguments,
            cwd=self.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                output, _errors = process.communicate(timeout=TIME_LIMIT)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
        lines = results.read_text(encoding="utf-8")
        assert not [secret for secret in SECRETS.values() if secret in output or secret in lines]
        return Outcome(process.returncode, output, [json.loads(line) for line in lines.splitlines()])

    def succeed(self, arguments: list[str]) -> Outcome:
        outcome = self.run(arguments)
        assert outcome.status == 0, outcome.output
        return outcome


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    """Steps 1 to 3: what is needed is there."""
    topology = tmp_path / "topology.yml"
    topology.write_text(yaml.safe_dump(readme_topology()), encoding="utf-8")
    with simulator_process(topology) as ready:
        directory = tmp_path / "reader"
        directory.mkdir()
        made = Reader(directory, Simulator(ready["control"], ready["clusters"]))
        made.write_inventory()
        made.write_secrets()
        made.succeed(command("ansible-vault encrypt"))
        assert (directory / VAULT).read_text(encoding="utf-8").startswith("$ANSIBLE_VAULT")
        made.succeed(command("ansible localhost"))
        yield made


def test_the_ten_minutes(reader: Reader) -> None:
    nodes = {name for cluster in clusters_of(readme_inventory()).values() for name in cluster["hosts"]}
    nothing = dict.fromkeys(nodes, 0)
    inventory = command("ansible-playbook", ending="ucops.cucm.check_inventory")
    check = command("ansible-playbook", ending="--check --diff")
    pair = command("ansible-playbook", ending="ucops.cucm.pair_clusters")
    restart = command("ansible-playbook", ending="cucm_certificate_restart_services=true")
    unpair = command("ansible-playbook", ending="ucops.cucm.unpair_clusters")
    verify = command("ansible-playbook", ending="cucm_verify_directory=proof")
    audit = command("ansible-playbook", ending="cucm_audit_directory=audit")
    site = reader.site

    # 4. Look before you leap
    assert "The inventory is right: 2 clusters, 4 nodes." in str(reader.succeed(inventory).results)
    looked = reader.succeed(check)
    assert site.journal() == []
    for shown in (
        "Secure SIP Trunk Profile TLS CUCM10",
        "Secure SIP Trunk Profile TLS CUCMA",
        "9898",
        "1018",
    ):
        assert shown in looked.output

    # 5. Do it: all is made, nothing is restarted, and each node's services that wait are named
    done = reader.succeed(pair)
    assert set(done.changed()) == nodes
    assert all(done.changed().values())
    assert "control-center" not in {mutation["door"] for mutation in site.journal()}
    screen = " ".join(done.output.split())
    assert not [node for node in nodes if f"{node} waits for a restart of" not in screen]

    # 6. The maintenance window: one node of a cluster at a time, in the order of the group
    before = len(site.journal())
    window = reader.succeed(restart)
    assert "waits for a restart" not in window.output
    restarts = site.journal()[before:]
    assert {mutation["door"] for mutation in restarts} == {"control-center"}
    for name, cluster in clusters_of(readme_inventory()).items():
        turns = [mutation["node"] for mutation in restarts if mutation["cluster"] == name]
        assert turns == sorted(turns, key=list(cluster["hosts"]).index)
        assert set(turns) == set(cluster["hosts"])
    for calling in CALLS:
        call = site.control.call(*calling)
        assert call["connected"], call
        assert call["client_certificate"]
        assert call["server_certificate"]

    # 7. Again: as the inventory wants it
    before = len(site.journal())
    again = reader.succeed(pair)
    assert again.changed() == nothing
    assert "waits for a restart" not in again.output
    assert len(site.journal()) == before

    # The proof: it only reads, and a relative folder is where the command was typed
    reader.succeed(verify)
    assert len(site.journal()) == before
    for name in ("report.html", "report.json", "report.xml", "evidence/cucma-pub.json"):
        assert (site.directory / "proof" / name).stat().st_mode & 0o777 == 0o600

    # The audit: the same promises
    reader.succeed(audit)
    assert len(site.journal()) == before
    for name in ("audit.html", "audit.csv", "audit.json", "audit.prom", "nodes/cucma-pub.json"):
        assert (site.directory / "audit" / name).stat().st_mode & 0o777 == 0o600

    # Taking it away: trunk, pattern and profile of each cluster, and nothing else
    reader.succeed(unpair)
    removed = sorted((mutation["cluster"], mutation["operation"]) for mutation in site.journal()[before:])
    assert removed == sorted(
        (cluster, operation)
        for cluster in clusters_of(readme_inventory())
        for operation in ("removeRoutePattern", "removeSipTrunk", "removeSipTrunkSecurityProfile")
    )


def test_the_fingerprint_of_a_self_signed_node(reader: Reader) -> None:
    """Without trust nothing is read; what the README's openssl command shows makes up for it."""
    reader.write_inventory(fingerprints=False)
    refused = reader.run(command("ansible-playbook", ending="--check --diff"))
    publisher = reader.node("cucma-pub")
    assert refused.status != 0
    assert publisher["tomcat_fingerprint"] in refused.output
    (line,) = (line for line in COMMANDS if line.startswith("openssl s_client"))
    target = f"{publisher['address']}:{publisher['https_port']}"
    shown = subprocess.run(
        ("bash", "-c", line.replace("cucma-pub.example.com:8443", target)),
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    assert shown.stdout.strip().rpartition("=")[2] == publisher["tomcat_fingerprint"]


def test_the_archive_is_named_as_it_is_built() -> None:
    archive = f"{GALAXY['namespace']}-{GALAXY['name']}-{GALAXY['version']}.tar.gz"
    assert command("ansible-galaxy collection install")[-1] == archive


def test_every_command_is_run_or_known() -> None:
    """A command that is new in the README needs a test."""
    elsewhere = (
        "make ",
        "ansible-galaxy collection ",
        "python3 -m pip install ",
    )  # the gates; the gate `build`
    here = ("ansible-vault encrypt ", "ansible localhost ", "openssl s_client ", "ansible-playbook ")
    assert [line for line in COMMANDS if not line.startswith((*elsewhere, *here))] == []
    assert len([line for line in COMMANDS if line.startswith("ansible-playbook ")]) == 7


@pytest.mark.parametrize("path", [COLLECTION / "README.md", *sorted(COLLECTION.glob("roles/*/README.md"))])
def test_links_lead_to_files_of_the_archive(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        found = (path.parent / target).resolve()
        assert found.exists(), target
        inside = found.relative_to(COLLECTION)
        for pattern in GALAXY["build_ignore"]:
            assert not fnmatch.fnmatch(str(inside), pattern), target
            assert not fnmatch.fnmatch(inside.parts[0], pattern), target
