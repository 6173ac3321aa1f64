# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The function of the module `ucops.trial.trial`: it tells what it was given and does what it is told."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import env_fallback
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption


def run(params: Params, context: Context) -> Result:
    way = "in process" if "ansible.plugins.action" in sys.modules else "ordinary"
    with Path(os.environ["TRIAL_LOG"]).open("a", encoding="utf-8") as log:
        log.write(f"{way}\n")
    for text in params["warn"]:
        context.warn(text)
    if params["outcome"] == "error":
        raise InvalidOption(
            f"the password {params['password']} does not fit",
            host="node.example.com",
            option="password",
            remedy="Take another",
            details={"tried": params["password"]},
        )
    if params["outcome"] == "bug":
        raise ValueError(f"never say {params['password']} aloud")
    return {
        "changed": not context.check_mode,
        "diff": {"before": {}, "after": {"name": params["name"]}},
        "seen": _without_secrets(params),
        "types": {name: type(value).__name__ for name, value in params.items()},
        "context": {"check_mode": context.check_mode, "diff": context.diff},
        "text": f"the password is {params['password']}.",
        "directory": str(Path.cwd()),
        "variable": os.environ.get("TRIAL_VARIABLE"),
        "not_json": (1, 2),
        "nothing": None,
        "template": "{{ 1 + 1 }}",
    }


def _without_secrets(params: Params) -> Result:
    """The options that a task may compare; a secret among them would fail the task."""
    seen = {name: value for name, value in params.items() if name not in ("password", "warn")}
    seen["parts"] = [{"key": part["key"]} for part in params["parts"] or ()]
    return seen


ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "aliases": ["title"]},
    "number": {"type": "int", "default": 1},
    "flag": {"type": "bool", "default": False},
    "file": {"type": "path"},
    "anything": {"type": "raw"},
    "mapping": {"type": "dict"},
    "parts": {
        "type": "list",
        "elements": "dict",
        "options": {
            "key": {"type": "str", "required": True},
            "token": {"type": "str", "no_log": True},
        },
    },
    "password": {"type": "str", "no_log": True, "fallback": (env_fallback, ["TRIAL_PASSWORD"])},
    "outcome": {"type": "str", "choices": ["fine", "error", "bug"], "default": "fine"},
    "warn": {"type": "list", "elements": "str", "default": []},
    "old": {
        "type": "str",
        "aliases": ["older"],
        "deprecated_aliases": [{"name": "older", "version": "9.0.0", "collection_name": "ucops.trial"}],
    },
}

DEFINITION = ModuleDefinition(
    run,
    ARGUMENTS,
    libraries=("cryptography",),
    mutually_exclusive=[("file", "mapping")],
    required_if=[("outcome", "error", ["password"])],
)
