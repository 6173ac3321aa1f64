# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible.utils.display import Display
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._modules.show_text import (
    ARGUMENTS,
    printable,
    write_json,
)


class ActionModule(ActionBase):
    """Write lines to the screen for M(ucops.cucm.show_text), whatever the callback leaves out."""

    _requires_connection = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validation, arguments = self.validate_argument_spec(argument_spec=ARGUMENTS)
        lines = printable(arguments["lines"])
        # In one go, so that nothing of another host stands between the lines.
        if lines:
            Display().display("\n".join(lines))
        result = {**result, "changed": False, "lines": lines}
        if arguments["path"]:
            try:
                write_json(arguments["path"], arguments["data"])
            except CucmError as error:
                return {**result, "failed": True, **error.as_result()}
        if arguments["stats"]:
            result["ansible_stats"] = {"data": arguments["stats"], "per_host": False, "aggregate": False}
        return result
