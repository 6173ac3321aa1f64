# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, Ansible does not read a topology file, or hides what is wrong with one."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible import constants
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.plugins.doc_fragments.constructed import ModuleDocFragment
from ansible_collections.ucops.cucm.plugins.inventory import topology as plugin
from ansible_collections.ucops.cucm.plugins.module_utils._topology import keys
from ansible_collections.ucops.cucm.tests.support.topologies import topology

#: ansible_collections/ucops/cucm lies here.
TREE = Path(plugin.__file__).parents[5]
DOCUMENTED = yaml.safe_load(plugin.DOCUMENTATION)
#: As a reader copies them, each from its own purpose line on.
EXAMPLE_FILES = [
    example for example in re.split(r"^---$", plugin.EXAMPLES, flags=re.MULTILINE) if "plugin:" in example
]
TEXT = topology(clusters=3, nodes=2, links="hub: {hub: CUCM000, spokes: all}")
VAULT_PASSWORD = "open sesame"


def environment(**settings: str) -> dict[str, str]:
    """Ansible's defaults, whatever a developer has set."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
    return {
        **kept,
        "ANSIBLE_COLLECTIONS_PATH": str(TREE),
        "ANSIBLE_CONFIG": str(TREE / "ansible_collections/ucops/cucm/tools/ansible.cfg"),
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "1",
        **settings,
    }


def ansible(
    program: str, directory: Path, *arguments: str, **settings: str
) -> subprocess.CompletedProcess[str]:
    """Run one of Ansible's programs on clusters.cucm.yml."""
    return subprocess.run(
        (str(Path(sys.executable).parent / program), "-i", "clusters.cucm.yml", *arguments),
        cwd=directory,
        env=environment(**settings),
        check=False,
        capture_output=True,
        text=True,
    )


def written(directory: Path, text: str) -> Path:
    path = directory / "clusters.cucm.yml"
    path.write_text(text, encoding="utf-8")
    return path


def listed(directory: Path, text: str, **settings: str) -> dict[str, Any]:
    written(directory, text)
    done = ansible("ansible-inventory", directory, "--list", **settings)
    assert (done.returncode, done.stderr) == (0, "")
    output: dict[str, Any] = json.loads(done.stdout)
    return output


# The real programs


def test_ansible_inventory_lists_hosts_groups_and_variables(tmp_path: Path) -> None:
    output = listed(tmp_path, TEXT + "vars: {cucm_axl_password: '{{ vault_password }}'}\n")
    variables = output["_meta"]["hostvars"]
    assert variables["cucm000-0"] == {
        "ansible_host": "cucm000-0.example.com",
        "cucm_axl_password": "{{ vault_password }}",
        "cucm_cluster": "CUCM000",
        "cucm_publisher": "cucm000-0",
        "cucm_wave": "0",
        "cucm_peers": [
            {"cluster": "CUCM001", "patterns": ["001XXX"]},
            {"cluster": "CUCM002", "patterns": ["002XXX"]},
        ],
    }
    assert variables["cucm002-1"]["cucm_peers"] == [{"cluster": "CUCM000", "patterns": ["000XXX"]}]
    assert output["cucm"] == {"children": ["CUCM000", "CUCM001", "CUCM002"]}
    assert output["CUCM001"] == {"hosts": ["cucm001-0", "cucm001-1"]}
    assert output["publishers"] == {"hosts": ["cucm000-0", "cucm001-0", "cucm002-0"]}
    assert output["wave_1"] == {"children": ["CUCM001"]}


def test_variables_of_a_cluster_stand_at_its_group_alone(tmp_path: Path) -> None:
    written(tmp_path, TEXT)
    output = json.loads(ansible("ansible-inventory", tmp_path, "--list", "--export").stdout)
    assert set(output["CUCM001"]["vars"]) == {"cucm_cluster", "cucm_peers", "cucm_publisher", "cucm_wave"}
    assert output["_meta"]["hostvars"]["cucm001-1"] == {"ansible_host": "cucm001-1.example.com"}


def test_group_variables_beside_the_file_count_and_templates_are_evaluated(tmp_path: Path) -> None:
    text = TEXT + "vars: {greeting: 'hello {{ name }}', name: file}\n"
    written(tmp_path, text)
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "wave_1.yml").write_text("name: wave\n", encoding="utf-8")
    (tmp_path / "group_vars" / "cucm.yml").write_text("name: group\n", encoding="utf-8")
    arguments = ("-m", "ansible.builtin.debug", "-a", "msg={{ greeting }}/{{ cucm_peers[0].patterns[0] }}")
    done = ansible("ansible", tmp_path, "cucm000-0:cucm001-0", *arguments)
    assert done.returncode == 0, done.stderr
    assert '"msg": "hello group/001XXX"' in done.stdout
    assert done.stdout.count('"msg": "hello') == 2


def test_limit_to_a_wave(tmp_path: Path) -> None:
    written(tmp_path, TEXT)
    done = ansible("ansible", tmp_path, "cucm", "--list-hosts", "--limit", "wave_1")
    assert done.stdout.split() == ["hosts", "(2):", "cucm001-0", "cucm001-1"]


def test_a_mistake_ends_the_run_and_is_told_whole(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT.replace("hub: CUCM000", "hub: CUCM00"))
    done = ansible("ansible-inventory", tmp_path, "--list")
    assert done.returncode != 0
    # The lines that a terminal's width does not break.
    text = " ".join(done.stderr.split())
    assert (
        f"The topology has a problem: {path}:16: links.hub.hub: 'CUCM00' is no cluster of this file."
        " Did you mean 'CUCM00"
    ) in text


@pytest.mark.parametrize("example", EXAMPLE_FILES, ids=range(len(EXAMPLE_FILES)))
def test_the_examples_work_as_they_stand(tmp_path: Path, example: str) -> None:
    clusters = yaml.safe_load(example)["clusters"]
    output = listed(tmp_path, example)
    assert output["cucm"]["children"] == list(clusters)
    assert any(variables["cucm_peers"] for variables in output["_meta"]["hostvars"].values())


MANAGER = """\
import json, sys
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader

init_plugin_loader()
manager = InventoryManager(loader=DataLoader(), sources=sys.argv[1:])
print(json.dumps([host.name for host in manager.get_hosts("publishers:!wave_2")]))
manager.refresh_inventory()
print(json.dumps(sorted(manager.groups["CUCM001"].vars)))
"""


def test_inventory_manager_reads_and_refreshes(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT)
    done = subprocess.run(
        (sys.executable, "-c", MANAGER, str(path)),
        env=environment(),
        check=True,
        capture_output=True,
        text=True,
    )
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        ["cucm000-0", "cucm001-0"],
        ["cucm_cluster", "cucm_peers", "cucm_publisher", "cucm_wave"],
    ]


def test_an_empty_file_is_told_where_the_plugin_is_enabled_by_name(tmp_path: Path) -> None:
    written(tmp_path, "")
    done = ansible("ansible-inventory", tmp_path, "--list", ANSIBLE_INVENTORY_ENABLED="ucops.cucm.topology")
    assert done.returncode != 0
    assert "the file is empty. Write plugin: ucops.cucm.topology" in " ".join(done.stderr.split())


def test_vaulted_files_and_values_are_read(tmp_path: Path) -> None:
    vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    value = vault.encrypt("hunter2").decode().replace("\n", "\n    ")
    text = f"{TEXT}vars:\n  cucm_axl_password: !vault |\n    {value}\n"
    (tmp_path / "password").write_text(VAULT_PASSWORD, encoding="utf-8")
    for content in (text, vault.encrypt(text).decode()):
        written(tmp_path, content)
        debug = ("-m", "ansible.builtin.debug", "-a", "msg={{ cucm_axl_password }}")
        done = ansible("ansible", tmp_path, "cucm001-1", *debug, "--vault-password-file", "password")
        assert '"msg": "hunter2"' in done.stdout, done.stderr


# In process


@pytest.fixture(scope="module", autouse=True)
def _definitions() -> None:
    """What Ansible's plugin loader would do."""
    options = {**yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"], **DOCUMENTED["options"]}
    constants.config.initialize_plugin_configuration_definitions(
        "inventory", plugin.InventoryModule.NAME, options
    )


def parsed(path: Path, loader: DataLoader | None = None) -> InventoryData:
    module = plugin.InventoryModule()
    module._load_name = plugin.InventoryModule.NAME
    inventory = InventoryData()
    assert module.verify_file(str(path))
    module.parse(inventory, loader or DataLoader(), str(path))
    inventory.reconcile_inventory()
    return inventory


@pytest.mark.parametrize(
    ("name", "is_taken"),
    [
        ("clusters.cucm.yml", True),
        ("clusters.cucm.yaml", True),
        ("clusters.yml", False),
        ("cucm.yml", False),
        ("clusters.cucm.yml.orig", False),
    ],
)
def test_files_are_taken_by_their_names(tmp_path: Path, name: str, is_taken: bool) -> None:
    path = tmp_path / name
    assert not plugin.InventoryModule().verify_file(str(path))
    path.touch()
    assert plugin.InventoryModule().verify_file(str(path)) == is_taken


def test_constructed_variables_and_groups(tmp_path: Path) -> None:
    constructed = """\
strict: true
compose: {site: cucm_cluster | lower}
groups: {hub: "cucm_peers | length > 1", after: "site == 'cucm001'"}
keyed_groups: [{key: site, prefix: at}]
"""
    inventory = parsed(written(tmp_path, TEXT + constructed))
    assert inventory.hosts["cucm001-1"].vars["site"] == "cucm001"
    groups = {name: [host.name for host in group.hosts] for name, group in inventory.groups.items()}
    assert groups["hub"] == ["cucm000-0", "cucm000-1"]
    assert groups["after"] == groups["at_cucm001"] == ["cucm001-0", "cucm001-1"]


@pytest.mark.parametrize(("strict", "raises"), [("true", True), ("false", False)])
def test_what_cannot_be_composed_is_an_error_if_strict(tmp_path: Path, strict: str, raises: bool) -> None:
    path = written(tmp_path, f"{TEXT}strict: {strict}\ncompose: {{site: nothing_of_that_name}}\n")
    if raises:
        with pytest.raises(Exception, match="nothing_of_that_name"):
            parsed(path)
    else:
        assert "site" not in parsed(path).hosts["cucm000-0"].vars


def test_a_mistake_is_an_error_of_the_parser(tmp_path: Path) -> None:
    path = written(tmp_path, TEXT + "lnks: {}\n")
    with pytest.raises(AnsibleParserError, match="lnks: 'lnks' is no key of a topology") as caught:
        parsed(path)
    assert "Did you mean 'links'?" in str(caught.value)


def test_names_that_are_no_valid_groups_are_taken_where_ansible_was_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, TEXT.replace("CUCM002", "CUCM-2"))
    with pytest.raises(AnsibleParserError, match="Write CUCM_2: letters"):
        parsed(path)
    monkeypatch.setattr(constants, "TRANSFORM_INVALID_GROUP_CHARS", "ignore")
    assert "CUCM-2" in parsed(path).groups


def keys_of(options: dict[str, Any]) -> set[str]:
    return {name for key, option in options.items() for name in (key, *option.get("aliases", ()))}


def test_the_keys_that_are_checked_are_those_that_are_documented() -> None:
    options = DOCUMENTED["options"]
    constructed = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]
    cluster, links = options["clusters"]["suboptions"], options["links"]["suboptions"]
    for documented, checked in (
        ({**options, **constructed}, keys.FILE),
        (cluster, keys.CLUSTER),
        (cluster["nodes"]["suboptions"], keys.LISTED_NODE),
        (cluster["patterns"]["suboptions"], keys.PATTERN),
        (cluster["peers"]["suboptions"], keys.PEER),
        (cluster["peers"]["suboptions"]["nodes"]["suboptions"], keys.PEER_NODE),
        (links, keys.LINKS),
        (links["hub"]["suboptions"], keys.HUB),
        (links["pairs"]["suboptions"], keys.PAIR),
    ):
        assert keys_of(documented) == set(checked)
