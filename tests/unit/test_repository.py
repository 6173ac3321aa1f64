# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Things that are said in two places of the repository are the same in both."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path

import pytest
import yaml
from ansible_collections.ucops.cucm.plugins.module_utils._common.libraries import REQUIREMENTS
from ansible_collections.ucops.cucm.plugins.module_utils._site.connection import ACCOUNTS
from ansible_collections.ucops.cucm.plugins.module_utils._site.variables import SHARED

COLLECTION = Path(__file__).resolve().parents[2]
MODULES = sorted(path.stem for path in (COLLECTION / "plugins" / "modules").glob("*.py"))


def fragments(module: str) -> list[str]:
    """The documentation fragments that a module takes options from."""
    tree = ast.parse((COLLECTION / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8"))
    documentation = next(
        ast.literal_eval(statement.value)
        for statement in tree.body
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "DOCUMENTATION"
    )
    return list(yaml.safe_load(documentation).get("extends_documentation_fragment", []))


def test_the_action_group_is_every_module_that_connects() -> None:
    runtime = yaml.safe_load((COLLECTION / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    connecting = [name for name in MODULES if "ucops.cucm.connection" in fragments(name)]
    assert sorted(runtime["action_groups"]["cucm"]) == connecting


@pytest.mark.parametrize("module", MODULES)
def test_every_module_runs_in_process(module: str) -> None:
    assert (COLLECTION / "plugins" / "action" / f"{module}.py").is_file()


def test_users_are_told_the_requirements_that_the_modules_check() -> None:
    lines = (COLLECTION / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == sorted(REQUIREMENTS.values())


#: Floors of which the first release that can be installed is a later one.
FIRST_INSTALLABLE = {"requests": "2.32.2"}


def test_the_gate_for_the_oldest_libraries_installs_the_lowest_that_are_promised() -> None:
    pins = (COLLECTION / "requirements" / "oldest.txt").read_text(encoding="utf-8").splitlines()
    pinned = dict(line.partition(" ")[0].split("==") for line in pins if re.match(r"\w[\w.-]*==", line))
    for name, requirement in REQUIREMENTS.items():
        floor = FIRST_INSTALLABLE.get(name, requirement.partition(">=")[2])
        assert pinned[name] == floor or re.fullmatch(re.escape(floor) + r"(\.0)+", pinned[name]), name


def test_no_sanity_test_is_ignored() -> None:
    assert list((COLLECTION / "tests" / "sanity").glob("ignore*")) == []


def test_the_pins_name_no_package_index() -> None:
    for path in (COLLECTION / "requirements").glob("*.txt"):
        assert "://" not in path.read_text(encoding="utf-8"), path.name


def test_what_follows_from_the_list_of_variables_is_up_to_date() -> None:
    spec = importlib.util.spec_from_file_location("ucops_variables", COLLECTION / "tools" / "variables.py")
    assert spec and spec.loader
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    stale = [path.name for path, text in tool.wanted().items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], "run: make variables"


def documented_options(name: str) -> dict[str, dict[str, object]]:
    tree = ast.parse((COLLECTION / "plugins" / "doc_fragments" / f"{name}.py").read_text(encoding="utf-8"))
    texts = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    found = [yaml.safe_load(text) for text in texts if text.lstrip().startswith("options:")]
    return {option: spec for each in found for option, spec in each["options"].items()}


def test_variables_of_the_connection_are_options_of_the_modules() -> None:
    options = {
        **documented_options("connection"),
        **documented_options("ssh"),
        **documented_options("certificates"),
    }
    for variables in ACCOUNTS.values():
        for variable in variables:
            option = options[variable.option]
            assert variable.type == option["type"], variable.name
            assert variable.default == option.get("default"), variable.name
            assert list(variable.choices) == option.get("choices", []), variable.name


def test_names_of_variables_are_the_collection_s() -> None:
    assert [variable.name for variable in SHARED if not variable.name.startswith("cucm_")] == []
