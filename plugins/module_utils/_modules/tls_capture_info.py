# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module tls_capture_info: the TLS handshakes of a packet capture, with their certificates."""

from __future__ import annotations

from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.tls_capture import handshakes

ARGUMENTS: dict[str, dict[str, Any]] = {
    "path": {"type": "path", "required": True},
    "port": {"type": "list", "elements": "int", "default": [5061]},
    "address": {"type": "str"},
    "max_connections": {"type": "int", "default": 500},
}


def run(params: Params, _context: Context) -> Result:
    """Read the capture; a handshake that failed is part of the result, never an error."""
    found = handshakes(
        params["path"], ports=params["port"], address=params["address"], most=params["max_connections"]
    )
    return {"changed": False, **found}


DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENTS, libraries=("cryptography",))
