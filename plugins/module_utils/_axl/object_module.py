# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules share that manage one object of the configuration database."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
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
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._facts.nearest import nearest

STATE = {"type": "str", "choices": ["present", "absent"], "default": "present"}


def object_module(reconciler: type[Reconciler]) -> ModuleDefinition:
    """Build the definition of the module that manages the reconciler's kind of object."""

    def run(params: Params, context: Context) -> Result:
        with open_session(ConnectionOptions.from_params(params)) as session:
            return reconciler(AxlClient(session, params["axl_version"]), params, context).run()

    return ModuleDefinition(
        run=run,
        argument_spec={**AXL_ARGUMENTS, **object_arguments(reconciler)},
        libraries=LIBRARIES,
        mutually_exclusive=reconciler.exclusive,
    )


def object_arguments(reconciler: type[Reconciler]) -> dict[str, dict[str, Any]]:
    """The argument spec of an object, without the connection."""
    return {**reconciler.table.argument_spec(), **reconciler.extra, "state": STATE}


def object_params(reconciler: type[Reconciler], given: Mapping[str, Any], *, place: str, host: str) -> Params:
    """Validate the options of an object that stand in an option of another module, which `place` names.

    Raises InvalidOption.
    """
    spec = object_arguments(reconciler)
    for name in given:
        if name not in spec:
            meant = nearest(str(name), spec)
            raise InvalidOption(
                f"'{name}' is no option of a {reconciler.table.noun}"
                + (f"; '{meant}' may be meant" if meant else ""),
                host=host,
                option=f"{place}.{name}",
                remedy="Correct the name, or take it out",
            )
    checked = ArgumentSpecValidator(spec, mutually_exclusive=reconciler.exclusive).validate(dict(given))
    if checked.error_messages:
        raise InvalidOption(
            "; ".join(checked.error_messages), host=host, option=place, remedy="Correct the values"
        )
    params: Params = checked.validated_parameters
    return params
