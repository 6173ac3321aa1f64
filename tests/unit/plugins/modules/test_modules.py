# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each module file, its action plugin and its logic belong together."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

PLUGINS = "ansible_collections.ucops.cucm.plugins"
#: What reads the variables of all hosts, or writes to the screen, which only an action can.
ACTIONS = {"inventory_check", "show_text"}
MODULES = sorted(
    {path.stem for path in (Path(__file__).parents[4] / "plugins" / "modules").glob("*.py")} - ACTIONS
)


def definition(module: str) -> Any:
    return importlib.import_module(f"{PLUGINS}.module_utils._modules.{module}").DEFINITION


def test_there_are_modules() -> None:
    assert "cucm_sip_trunk" in MODULES


@pytest.mark.parametrize("module", MODULES)
def test_main_runs_the_modules_own_definition(module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = importlib.import_module(f"{PLUGINS}.modules.{module}")
    ran = []
    monkeypatch.setattr(file, "run_module", ran.append)
    file.main()
    assert ran == [definition(module)]


@pytest.mark.parametrize("module", MODULES)
def test_the_action_plugin_runs_the_same(module: str) -> None:
    action = importlib.import_module(f"{PLUGINS}.action.{module}")
    assert action.ActionModule.definition is definition(module)


@pytest.mark.parametrize("name", sorted(ACTIONS))
def test_module_of_an_action_says_that_it_is_one(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = importlib.import_module(f"{PLUGINS}.modules.{name}")
    with patch_module_args({}), pytest.raises(SystemExit):
        file.main()
    assert "as an action of the playbook only" in json.loads(capsys.readouterr().out)["msg"]
    action = importlib.import_module(f"{PLUGINS}.action.{name}")
    assert action.ARGUMENTS is file.ARGUMENTS
