# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every target, run in process and run as ordinary modules, with equal results."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.tests.support.runner import (
    TARGETS,
    TARGETS_WITH_AUTHORITIES,
    Run,
    Simulator,
    comparable,
    run_target,
)

pytestmark = pytest.mark.timeout(1800)

#: `in_process` compares both ways itself.
COMPARED = tuple(target for target in TARGETS if target != "in_process")


def succeeded(run: Run) -> Run:
    if run.status != 0:
        pytest.fail(f"ansible-playbook ended with {run.status}\n{run.output}", pytrace=False)
    assert run.unexpected_warnings() == []
    return run


def plain(run: Run, directory: Path) -> list[Any]:
    return [comparable(task, directory) for task in run.results]


@pytest.fixture
def run(simulator: Simulator, request: pytest.FixtureRequest) -> Callable[..., Run]:
    """Run a target that must succeed, with the CAs where it needs them."""

    def run_it(target: str, directory: Path, *, in_process: bool, in_part: bool = False) -> Run:
        needed = target in TARGETS_WITH_AUTHORITIES
        authorities = request.getfixturevalue("authorities") if needed else None
        run = run_target(
            target, simulator, directory, in_process=in_process, in_part=in_part, authorities=authorities
        )
        return succeeded(run)

    return run_it


def assert_equal_results(run: Callable[..., Run], target: str, directory: Path, *, in_part: bool) -> None:
    modules, in_process = directory / "modules", directory / "in_process"
    quick = plain(run(target, in_process, in_process=True), in_process)
    ordinary = plain(run(target, modules, in_process=False, in_part=in_part), modules)
    assert any(task["action"].startswith("ucops.cucm.") for task in ordinary)
    assert ordinary == quick[: len(ordinary)]


@pytest.mark.parametrize("target", TARGETS)
def test_in_process(target: str, run: Callable[..., Run], tmp_path: Path) -> None:
    run(target, tmp_path / "run", in_process=True)


def test_both_ways_in_one_play(run: Callable[..., Run], tmp_path: Path) -> None:
    run("in_process", tmp_path / "run", in_process=True)


@pytest.mark.parametrize("target", COMPARED)
def test_as_modules_with_equal_results(target: str, run: Callable[..., Run], tmp_path: Path) -> None:
    """In process to the end; as modules as far as the target says, since both ways call the same function."""
    assert_equal_results(run, target, tmp_path, in_part=True)


@pytest.mark.long
@pytest.mark.parametrize("target", COMPARED)
def test_as_modules_to_the_end(target: str, run: Callable[..., Run], tmp_path: Path) -> None:
    assert_equal_results(run, target, tmp_path, in_part=False)
