# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The action plugin and the ordinary module, side by side, in real runs of ansible-playbook."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible_collections.ucops.cucm.plugins.module_utils._common import definition

#: A run of ansible-playbook starts some twenty Pythons, on a machine that may be busy.
pytestmark = pytest.mark.timeout(600)

TRIAL = Path(__file__).parent / "trial"
#: ansible_collections/ucops/cucm lies here.
TREE = Path(definition.__file__).parents[6]
VAULT_PASSWORD = "open sesame"
VAULTED = "s3cret of the vault"


@dataclass(frozen=True)
class Run:
    """What one run of a playbook left behind."""

    output: str
    ways: list[str]
    results: str

    @property
    def cases(self) -> dict[str, Any]:
        """The registered results by case."""
        cases: dict[str, Any] = json.loads(self.results)
        return cases


class Laboratory:
    """A collection `ucops.trial` with one module, an inventory, and ansible-playbook."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        collection = directory / "ansible_collections" / "ucops" / "trial"
        for source, target in (
            ("definition.py", "plugins/module_utils/trial.py"),
            ("module.py", "plugins/modules/trial.py"),
            ("action.py", "plugins/action/trial.py"),
        ):
            (collection / target).parent.mkdir(parents=True)
            # Core wants the first line, and sanity does not want it outside of plugins/modules.
            shebang = "#!/usr/bin/python\n" if source == "module.py" else ""
            (collection / target).write_text(
                shebang + (TRIAL / source).read_text(encoding="utf-8"), encoding="utf-8"
            )
        (collection / "galaxy.yml").write_text("namespace: ucops\nname: trial\nversion: 1.0.0\n")
        (collection / "meta").mkdir()
        (collection / "meta" / "runtime.yml").write_text(
            "requires_ansible: '>=2.19.0'\naction_groups:\n  trial: [trial]\n"
        )
        self._write_inventory()
        (directory / "playbooks").mkdir()
        (directory / "work").mkdir()

    def _write_inventory(self) -> None:
        (self.directory / "vault_password").write_text(VAULT_PASSWORD)
        vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
        encrypted = vault.encrypt(VAULTED).decode().replace("\n", "\n        ").rstrip()
        other = self.directory / "other_python"
        other.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        other.chmod(0o755)
        su = self.directory / "su"  # becomes nobody else, but core does not know that
        su.write_text('#!/bin/sh\nwhile [ "$1" != "-c" ]; do shift; done\nexec /bin/sh -c "$2"\n')
        su.chmod(0o755)
        (self.directory / "inventory.yml").write_text(
            f"""
all:
  hosts:
    node: {{ansible_python_interpreter: "{{{{ ansible_playbook_python }}}}"}}
    no_python: {{}}
    other_python_here: {{ansible_python_interpreter: "{other}"}}
  vars:
    ansible_connection: local
    other_python: "{other}"
    su: "{su}"
    unsafe: !unsafe "{{{{ not a template }}}}"
    vaulted: !vault |
        {encrypted}
"""
        )

    def play(self, playbook: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Run:
        """Run a playbook of the directory `trial`; the linters do not take it for one, without its module."""
        log, results = self.directory / "ways.log", self.directory / "results.json"
        for left_over in (log, results):
            left_over.unlink(missing_ok=True)
        path = self.directory / "playbooks" / f"{playbook}.yml"
        shutil.copy(TRIAL / f"{playbook}.playbook", path)
        completed = subprocess.run(
            [
                *(Path(sys.executable).parent / "ansible-playbook", path),
                *("-i", self.directory / "inventory.yml", "-e", f"results_path={results}"),
                *("--vault-password-file", self.directory / "vault_password", *arguments),
            ],
            cwd=self.directory / "work",
            env={
                "PATH": os.environ["PATH"],
                "HOME": str(self.directory),
                "LC_ALL": "C.UTF-8",
                "TRIAL_LOG": str(log),
                "ANSIBLE_COLLECTIONS_PATH": f"{self.directory}:{TREE}",
                "ANSIBLE_ASYNC_DIR": str(self.directory / "async"),
                "ANSIBLE_NOCOLOR": "1",
                **(environment or {}),
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=800,
            check=False,
        )
        output = completed.stdout + completed.stderr
        assert completed.returncode == 0, output
        return Run(
            output,
            log.read_text(encoding="utf-8").splitlines(),
            results.read_text(encoding="utf-8") if results.exists() else "{}",
        )


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    return Laboratory(tmp_path_factory.mktemp("laboratory"))


@pytest.fixture(scope="module")
def in_process(laboratory: Laboratory) -> Run:
    return laboratory.play("same_results", "-vvv")


@pytest.fixture(scope="module")
def ordinary(laboratory: Laboratory) -> Run:
    return laboratory.play("same_results", "-vvv", "-e", "ucops_cucm_in_process=false")


def without_traceback(run: Run) -> str:
    """The results as text. A traceback names files, and those lie elsewhere in an ordinary module."""
    cases = run.cases
    assert "never say ******** aloud" in cases["failed_by_bug"].pop("traceback")
    return json.dumps(cases, indent=1)


def test_ways(in_process: Run, ordinary: Run) -> None:
    assert set(in_process.ways) == {"in process"}
    assert set(ordinary.ways) == {"ordinary"}
    assert len(in_process.ways) == len(ordinary.ways)


def test_results_are_the_same(in_process: Run, ordinary: Run) -> None:
    assert without_traceback(in_process) == without_traceback(ordinary)


def warnings_of(run: Run) -> list[str]:
    return [line for line in run.output.splitlines() if "WARNING" in line]


def test_warnings_are_the_same(in_process: Run, ordinary: Run) -> None:
    assert warnings_of(in_process) == warnings_of(ordinary)


@pytest.mark.parametrize("secret", ["s3cret", "t0ken-of-the-list"])
def test_secrets_are_nowhere(in_process: Run, secret: str) -> None:
    said = in_process.output + in_process.results
    # What the playbook itself holds as plain text is not ours: the name of a case, an item of a loop.
    assert secret not in said.replace("s3cret by environment", "")


def test_cases_are_what_their_names_say(in_process: Run, laboratory: Laboratory) -> None:
    """So that equal does not mean equally empty."""
    cases = in_process.cases
    assert cases["simple"]["changed"] is True
    assert cases["simple"]["seen"]["number"] == 7
    assert cases["simple"]["directory"] == str(laboratory.directory / "playbooks")
    assert cases["values"]["seen"]["file"] == f"{laboratory.directory}/some/over there/../file"
    assert cases["values"]["seen"]["anything"]["list"][4] == {"deep": "{{ not a template }}"}
    assert cases["values"]["text"] == "the password is ********."
    assert set(cases["values"]["types"].values()) <= {"str", "int", "bool", "dict", "list", "NoneType"}
    assert cases["vaulted_value"]["seen"]["mapping"] == {"shown": VAULTED.upper()}
    for case in ("secret_in_result", "secret_in_words"):
        assert cases[case]["reason"] == "secret_in_result"
        assert cases[case]["msg"].startswith(
            "the secret in password occurs in the data of the result (seen.mapping.shown)."
        )
        assert "seen" not in cases[case]
    assert cases["secret_in_reason"]["reason"] == "invalid_option"
    assert "tried" not in cases["secret_in_reason"]
    assert cases["by_environment"]["variable"] == "3"
    assert cases["by_environment"]["text"] == "the password is ********."
    assert cases["after_environment"]["variable"] is None
    assert cases["after_environment"]["text"] == "the password is None."
    assert cases["check_mode_and_diff"]["context"] == {"check_mode": True, "diff": True}
    assert cases["check_mode_and_diff"]["changed"] is False
    assert cases["warned"]["warnings"] == [
        "Both option name and its alias title are set.",
        "one",
        "two",
        "the password is ********",
    ]
    assert "older" in cases["deprecated"]["deprecations"][0]["msg"]
    assert "tried" not in cases["failed_by_error"]
    assert cases["failed_by_error"]["msg"] == (
        "node.example.com: the password ******** does not fit. Option: password. Take another."
    )
    assert cases["failed_by_bug"]["msg"].startswith("Unexpected ValueError: never say ******** aloud.")
    assert cases["unsupported"]["msg"].startswith(
        "Unsupported parameters for (ucops.trial.trial) module: nome. Supported parameters include: anything,"
    )
    assert "(trial) module" in cases["short_name"]["msg"]
    assert [result["failed"] for result in cases["looped"]["results"]] == [False, True, False]


def test_arguments_are_shown_alike(in_process: Run, ordinary: Run) -> None:
    """In the output, since core 2.19 and 2.20 take them out of registered results."""
    for shown in ('"module_args": {', '"password": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"'):
        assert in_process.output.count(shown) == ordinary.output.count(shown) > 0


def test_way_is_chosen(laboratory: Laboratory) -> None:
    run = laboratory.play("which_way")
    names = [line[6:-2].rstrip("*] ") for line in run.output.splitlines() if line.startswith("TASK [")]
    assert run.ways == [name.partition(",")[0].lower() for name in names]
    assert len(names) == 9


@pytest.mark.parametrize(
    ("configured", "way"),
    [("auto", "in process"), (sys.executable, "in process"), ("other_python", "ordinary")],
)
def test_interpreter_of_the_configuration(laboratory: Laboratory, configured: str, way: str) -> None:
    interpreter = str(laboratory.directory / configured) if configured == "other_python" else configured
    run = laboratory.play("one_task", environment={"ANSIBLE_PYTHON_INTERPRETER": interpreter})
    assert run.ways == [way]


def test_missing_library_is_left_to_the_ordinary_module(laboratory: Laboratory) -> None:
    """Here it has no more libraries than we, so it tells which one is missing."""
    source = laboratory.directory / "ansible_collections/ucops/trial/plugins/module_utils/trial.py"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace('("cryptography",)', '("library_of_tomorrow",)'), encoding="utf-8")
    try:
        with pytest.raises(AssertionError, match="library: library_of_tomorrow is not installed"):
            laboratory.play("one_task", "-e", "where=node")
    finally:
        source.write_text(text, encoding="utf-8")
