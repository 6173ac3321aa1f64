# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every target, run in process and run as ordinary modules, with equal results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.integration.runner import (
    TARGETS,
    Run,
    Simulator,
    comparable,
    run_target,
)

pytestmark = pytest.mark.timeout(700)


def succeeded(run: Run) -> Run:
    if run.status != 0:
        pytest.fail(f"ansible-playbook ended with {run.status}\n{run.output}", pytrace=False)
    assert run.unexpected_warnings() == []
    return run


def plain(run: Run, directory: Path) -> list[Any]:
    return [comparable(task, directory) for task in run.results]


@pytest.mark.parametrize("target", TARGETS)
def test_in_process(target: str, simulator: Simulator, tmp_path: Path) -> None:
    succeeded(run_target(target, simulator, tmp_path / "run", in_process=True))


@pytest.mark.parametrize("target", TARGETS)
def test_as_modules_with_equal_results(target: str, simulator: Simulator, tmp_path: Path) -> None:
    modules, in_process = tmp_path / "modules", tmp_path / "in_process"
    ordinary = succeeded(run_target(target, simulator, modules, in_process=False))
    quick = succeeded(run_target(target, simulator, in_process, in_process=True))
    assert plain(ordinary, modules) == plain(quick, in_process)
