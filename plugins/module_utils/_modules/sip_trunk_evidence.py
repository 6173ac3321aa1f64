# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module sip_trunk_evidence: writes down what was seen of a node."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import (
    check_writable,
    write_atomically,
)

#: What core adds to a result and nobody needs as evidence; arguments of tasks least of all.
_NOT_EVIDENCE = ("invocation", "failed_when_result", "attempts", "exception")

ARGUMENTS: dict[str, dict[str, Any]] = {
    "path": {"type": "path", "required": True},
    "content": {"type": "dict", "required": True},
}


def run(params: Params, context: Context) -> Result:
    """Write one document; it is evidence, so nothing that counts has changed."""
    directory = os.path.dirname(params["path"])
    if directory and not context.check_mode:
        with suppress(OSError):  # which the check tells
            _make(directory)
    check_writable(params["path"], option="path")
    content = {name: _without_noise(value) for name, value in params["content"].items()}
    data = (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()
    if not context.check_mode:
        write_atomically(params["path"], data, mode=0o600)
    return {"changed": False, "bytes": len(data)}


def _make(directory: str) -> None:
    """Make a directory and those above it, each for its user alone."""
    if not os.path.isdir(directory):
        _make(os.path.dirname(directory) or ".")
        os.makedirs(directory, mode=0o700, exist_ok=True)


def _without_noise(section: Any) -> Any:
    if isinstance(section, list):
        return [_without_noise(entry) for entry in section]
    if not isinstance(section, dict):
        return section
    return {
        name: _without_noise(value) if name == "result" else value
        for name, value in section.items()
        if name not in _NOT_EVIDENCE
    }


DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENTS)
