# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules share that manage one object of the configuration database."""

from __future__ import annotations

from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import (
    AXL_ARGUMENTS,
    LIBRARIES,
    AxlClient,
    open_session,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.reconcile import Reconciler
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import ConnectionOptions
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)

STATE = {"type": "str", "choices": ["present", "absent"], "default": "present"}
RESET = {"type": "str", "choices": ["auto", "never", "always"], "default": "auto"}
TAKE_OVER = {"type": "bool", "default": True}


def object_module(
    reconciler: type[Reconciler], *, extra: dict[str, dict[str, Any]] | None = None, **rules: Any
) -> ModuleDefinition:
    """Build the definition of the module that manages the reconciler's kind of object.

    `extra` are options beside the table's and `state`, `rules` those of ModuleDefinition.
    """

    def run(params: Params, context: Context) -> Result:
        with open_session(ConnectionOptions.from_params(params)) as session:
            return reconciler(AxlClient(session, params["axl_version"]), params, context).run()

    return ModuleDefinition(
        run=run,
        argument_spec={
            **AXL_ARGUMENTS,
            **reconciler.table.argument_spec(),
            **(extra or {}),
            "state": STATE,
        },
        libraries=LIBRARIES,
        **rules,
    )
