# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every module has a target, and the target uses every option of the module's own."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from ansible_collections.ucops.cucm.tests.support.runner import COLLECTION, INTEGRATION, TARGETS

MODULES = tuple(sorted(path.stem for path in (COLLECTION / "plugins" / "modules").glob("*.py")))


def documentation(module: str) -> dict[str, Any]:
    source = (COLLECTION / "plugins" / "modules" / f"{module}.py").read_text(encoding="utf-8")
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "DOCUMENTATION":
            return yaml.safe_load(ast.literal_eval(statement.value))
    raise AssertionError(f"{module} has no DOCUMENTATION")


def option_names(options: Mapping[str, Any]) -> Iterator[str]:
    for name, option in options.items():
        yield name
        yield from option_names(option.get("suboptions", {}))


def keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        for item in value.values():
            yield from keys(item)
    elif isinstance(value, list):
        for item in value:
            yield from keys(item)


def test_every_module_has_a_target() -> None:
    assert set(MODULES) <= set(TARGETS)


def test_every_target_has_aliases() -> None:
    assert [name for name in TARGETS if not (INTEGRATION / "targets" / name / "aliases").is_file()] == []


@pytest.mark.parametrize("module", [name for name in MODULES if name in TARGETS])
def test_every_option_is_used(module: str) -> None:
    """Options that come from documentation fragments are used through module_defaults."""
    used: set[str] = set()
    for path in (INTEGRATION / "targets" / module).rglob("*.yml"):
        used.update(keys(yaml.safe_load(path.read_text(encoding="utf-8"))))
    wanted = set(option_names(documentation(module).get("options", {})))
    assert sorted(wanted - used) == []
