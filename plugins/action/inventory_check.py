# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._common.libraries import require
from ansible_collections.ucops.cucm.plugins.module_utils._modules.inventory_check import (
    ARGUMENTS,
    Inventory,
    check,
    result_of,
)
from ansible_collections.ucops.cucm.plugins.plugin_utils._host_variables import (
    profile_name_prefix,
    read,
    set_by_roles,
    specifications,
)


class ActionModule(ActionBase):
    """Collect the variables of all hosts for M(ucops.cucm.inventory_check)."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables: dict[str, Any] = {} if task_vars is None else task_vars
        _validation, arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)
        try:
            require("cryptography")
        except CucmError as error:
            return {**result, "failed": True, **error.as_result()}
        inventory = self._inventory(variables, arguments)
        problems = check(inventory, accounts=arguments["accounts"], signing=arguments["signing"])
        return {**result, **result_of(problems, inventory)}

    def _inventory(self, variables: dict[str, Any], arguments: dict[str, Any]) -> Inventory:
        hostvars = variables["hostvars"]
        chosen = arguments["hosts"] or list(variables["ansible_play_hosts_all"])
        everyone = sorted({*chosen, *variables["groups"]["all"]})
        hosts, names, problems = read(hostvars, everyone, secrets=arguments["accounts"])
        return Inventory(
            hosts=hosts,
            groups={name: list(members) for name, members in variables["groups"].items()},
            chosen=chosen,
            names=names,
            specifications=specifications(),
            profile_name_prefix=profile_name_prefix(),
            problems=problems,
            set_by_roles=set_by_roles(),
            absolute=self._absolute,
        )

    def _absolute(self, path: str) -> str:
        """Find a file as the lookup that reads it does: beside the playbook, then from the working directory."""
        try:
            return str(self._find_needle("files", path))
        except AnsibleError:
            return os.path.abspath(os.path.expanduser(path))
