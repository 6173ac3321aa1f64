# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, a task of a role hides what the user says in a variable `…_options`.

Such a dictionary is the `module_defaults` of a module. An option of a task goes over it, also by `omit`: so a task that
gives an option looks into the dictionary itself, or the option is the role's own business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = Path(__file__).resolve().parents[2] / "roles"
#: What a role decides by itself: identity of the object, and what makes it a secure trunk.
OWN = {
    "cucm_certificate": {"service", "csr_content", "request"},
}


def tasks_of(tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for task in tasks:
        yield task
        for part in ("block", "always", "rescue"):
            yield from tasks_of(task.get(part, []))


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def hidden_options(role: str) -> Iterator[tuple[str, str]]:
    """Module and option of each value that hides what the dictionary may say."""
    files = [read(path) for path in sorted((ROLES / role / "tasks").glob("*.yml"))]
    every = [task for tasks in files for task in tasks_of(tasks)]
    variables = {**read(ROLES / role / "defaults/main.yml"), **(read(ROLES / role / "vars/main.yml") or {})}
    dictionaries = {}
    for task in every:
        for module, value in task.get("module_defaults", {}).items():
            # Also over defaults of the role's own, which the user's options go before.
            form = r"\{\{ (?:\w+ \| combine\()?(\w+_options)\)? \}\}"
            found = re.fullmatch(form, value) if isinstance(value, str) else None
            if found:
                dictionaries[module] = found[1]
    assert dictionaries
    for task in every:
        for module in dictionaries.keys() & task.keys():
            for option, value in task[module].items():
                # A variable of the role counts by what it says itself.
                named = re.findall(r"\w+", str(value))
                text = " ".join([str(value), *(str(variables.get(name, "")) for name in named)])
                if option not in OWN[role] and f"{dictionaries[module]}.{option}" not in text:
                    yield module, option


@pytest.mark.parametrize("role", OWN)
def test_no_task_hides_what_the_user_says(role: str) -> None:
    assert list(hidden_options(role)) == []
