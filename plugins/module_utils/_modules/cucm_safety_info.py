# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""M(ucops.cucm.cucm_safety_info): whether this is a good moment to change something on a node."""

from __future__ import annotations

from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.safety import CHECKS, measure
from ansible_collections.ucops.cucm.plugins.module_utils._platform.shell import open_shell
from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh import SshOptions
from ansible_collections.ucops.cucm.plugins.module_utils._platform.ssh_arguments import SHELL_ARGUMENTS
from ansible_collections.ucops.cucm.plugins.module_utils._site.safety import REFUSED, Limits, findings_of


def run(params: Params, _context: Context) -> Result:
    """Read and judge; changes nothing."""
    with open_shell(SshOptions.from_params(params)) as shell:
        measured = measure(lambda command: shell.run(command).output, params["checks"])
    limits = Limits(
        params["backup_hours"], params["clock_seconds"], params["disk_percent"], params["require_measured"]
    )
    findings = findings_of(measured, params["services"], params["clock"], params["version"] or "", limits)
    return {
        "changed": False,
        "go": all(each["severity"] != REFUSED for each in findings),
        "findings": findings,
        "measured": {check: reading["value"] for check, reading in measured.items()},
    }


ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **SHELL_ARGUMENTS,
    "checks": {"type": "list", "elements": "str", "choices": list(CHECKS), "default": list(CHECKS)},
    "version": {"type": "str"},
    "services": {"type": "list", "elements": "dict", "default": []},
    "clock": {"type": "dict", "default": {}},
    "backup_hours": {"type": "int"},
    "clock_seconds": {"type": "int", "default": 60},
    "disk_percent": {"type": "int", "default": 95},
    "require_measured": {"type": "bool", "default": False},
}

DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENT_SPEC, libraries=("asyncssh",))
