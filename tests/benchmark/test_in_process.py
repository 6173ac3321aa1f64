# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a converged task costs: in process, as an ordinary module, and beside ansible.builtin.debug.

Counted is the time of a play of many tasks less that of a play of one, the least of three runs
each. What the task's function costs by itself, its network round trips with TLS among it, is
measured in forks of a process that has everything imported, as core forks its workers.
"""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_sip_trunk_security_profile import (
    DEFINITION,
)
from ansible_collections.ucops.cucm.tests.support.runner import (
    Simulator,
    controlled_environment,
    running_simulator,
    variables,
)

RUNS = 3
PROFILE = {"name": "Non Secure SIP Trunk Profile", "device_security_mode": "Non Secure"}


def play_seconds(
    directory: Path, task: dict[str, Any], count: int, *, in_process: bool, simulator: Simulator
) -> float:
    """The least time that a play of so many tasks takes."""
    host = {**variables(simulator, directory), "ucops_cucm_in_process": in_process}
    play = {
        "hosts": "testhost",
        "gather_facts": False,
        "module_defaults": {"group/ucops.cucm.cucm": "{{ axl_connection }}"},
        "tasks": [task] * count,
    }
    inventory, playbook = directory / "hosts.yml", directory / "play.yml"
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {"testhost": host}}}), encoding="utf-8")
    playbook.write_text(yaml.safe_dump([play]), encoding="utf-8")
    taken = []
    for _run in range(RUNS):
        start = time.perf_counter()
        done = subprocess.run(
            (sys.executable, "-m", "ansible.cli.playbook", "-i", str(inventory), str(playbook)),
            cwd=directory,
            env=controlled_environment(directory, directory / "results"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        taken.append(time.perf_counter() - start)
        assert done.returncode == 0, done.stdout
        assert "changed=0" in done.stdout, done.stdout
    return min(taken)


def task_seconds(
    directory: Path, task: dict[str, Any], count: int, *, in_process: bool, simulator: Simulator
) -> float:
    """What one task adds to a play."""
    one, many = (
        play_seconds(directory, task, number, in_process=in_process, simulator=simulator)
        for number in (1, 1 + count)
    )
    return (many - one) / count


def function_seconds(params: dict[str, Any]) -> float:
    """The least time that the module's function takes by itself, the first time in a forked process."""
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        return min(pool.apply(seconds_of_one_call, (params,)) for _run in range(10))


def seconds_of_one_call(params: dict[str, Any]) -> float:
    """How long one call of the module's function takes."""
    validated = ArgumentSpecValidator(dict(DEFINITION.argument_spec)).validate(params)
    start = time.perf_counter()
    result = DEFINITION.execute(validated.validated_parameters, Context())
    taken = time.perf_counter() - start
    assert result["changed"] is False, result
    return taken


@pytest.mark.timeout(900)
def test_cost_of_a_converged_task(tmp_path: Path) -> None:
    debug = {"ansible.builtin.debug": {"msg": "converged"}}
    own = {"ucops.cucm.cucm_sip_trunk_security_profile": PROFILE}
    with running_simulator() as simulator:
        function = function_seconds({**variables(simulator, tmp_path)["axl_connection"], **PROFILE})
        nothing = task_seconds(tmp_path, debug, 30, in_process=True, simulator=simulator)
        here = task_seconds(tmp_path, own, 30, in_process=True, simulator=simulator)
        module = task_seconds(tmp_path, own, 10, in_process=False, simulator=simulator)
    print(
        f"\nconverged task: in process {here * 1000:.0f} ms, of which its function with the network"
        f" {function * 1000:.0f} ms; ansible.builtin.debug {nothing * 1000:.0f} ms;"
        f" ordinary module {module * 1000:.0f} ms"
        f"\nin process without its function : debug = {(here - function) / nothing:.2f}"
        f"\nin process : debug = {here / nothing:.2f}"
        f"\nordinary module : in process = {module / here:.1f}"
    )
