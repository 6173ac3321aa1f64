# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""M(ucops.cucm.cucm_state_restore): the objects of a cluster back to what a record has of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import (
    AXL_ARGUMENTS,
    LIBRARIES,
    AxlClient,
    open_session,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.reconcile import RESET
from ansible_collections.ucops.cucm.plugins.module_utils._axl.restore import Restorer
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import ConnectionOptions
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.undo import objects_of, restore_page
from ansible_collections.ucops.cucm.plugins.module_utils._site import record as records


def run(params: Params, context: Context) -> Result:
    """Put the objects back; what is as it was is left alone. A record that cannot be used stops before any request."""
    directory = Path(params["directory"]) if params["directory"] else None
    path = records.chosen(directory, params["cluster"], params["record"] or "")
    record = records.read(path, params["cluster"], params["publisher"] or "")
    told = records.irreversible(record, params["certificates"])
    with open_session(ConnectionOptions.from_params(params)) as session:
        client = AxlClient(session, params["axl_version"], remembers=True)
        result = Restorer(client, context, reset=params["reset"]).run(objects_of(record))
    facts = {"record": str(path), "taken": record.taken, "purpose": record.purpose, "irreversible": told}
    page = restore_page(record, str(path), result, told, check_mode=context.check_mode)
    named = [
        {"kind": each.kind, "identity": dict(each.identity), "belonging": dict(each.belonging)}
        for each in record.entries
    ]
    return {**result, **facts, "named": named, "page": page}


ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **AXL_ARGUMENTS,
    "cluster": {"type": "str", "required": True},
    "publisher": {"type": "str"},
    "directory": {"type": "path"},
    "record": {"type": "str"},
    "certificates": {"type": "dict", "default": {}},
    "reset": RESET,
}

DEFINITION = ModuleDefinition(
    run=run, argument_spec=ARGUMENT_SPEC, libraries=LIBRARIES, required_one_of=(("directory", "record"),)
)
