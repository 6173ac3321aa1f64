# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cucm_peer_sheet: what the administrator of a SIP peer needs, as files."""

from __future__ import annotations

import os
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import PEER_KINDS
from ansible_collections.ucops.cucm.plugins.module_utils._flows.hand_over import (
    differing,
    hand_over_files,
    hand_over_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import (
    FileNotWritten,
    read_file,
    write_atomically,
)

_LARGEST = 10_000_000

_NODE: dict[str, dict[str, Any]] = {
    "name": {"type": "str", "required": True},
    "address": {"type": "str"},
    "port": {"type": "int", "default": 5061},
    "names": {"type": "list", "elements": "str", "default": []},
}
_AUTHORITIES: dict[str, dict[str, Any]] = {
    "ca_certificate_paths": {"type": "list", "elements": "path", "default": []},
    "ca_certificate_texts": {"type": "list", "elements": "str", "default": []},
}
ARGUMENTS: dict[str, dict[str, Any]] = {
    "directory": {"type": "path", "required": True},
    "cluster": {"type": "str", "required": True},
    "nodes": {"type": "list", "elements": "dict", "required": True, "options": _NODE},
    "numbers": {"type": "list", "elements": "str", "default": []},
    **_AUTHORITIES,
    "peer": {
        "type": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "kind": {
                "type": "str",
                "default": "generic",
                "choices": [kind.name for kind in PEER_KINDS.values() if kind.is_external],
            },
            "release": {"type": "str"},
            "nodes": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {**_NODE, "client_names": {"type": "list", "elements": "str", "default": []}},
            },
            "numbers": {"type": "list", "elements": "str", "default": []},
            **_AUTHORITIES,
            "settings": {"type": "dict", "default": {}},
            "configuration": {"type": "dict", "default": {}},
        },
    },
}


def run(params: Params, context: Context) -> Result:
    """Write the files that differ."""
    wanted = hand_over_files(hand_over_of(params))
    directory = params["directory"]
    present = {path: _present(os.path.join(directory, path)) for path in wanted}
    changed = differing(wanted, present)
    if not context.check_mode:
        for path in changed:
            target = os.path.join(directory, path)
            _make_directory(os.path.dirname(target))
            write_atomically(target, wanted[path].encode("utf-8"), mode=0o600)
    return {
        "changed": bool(changed),
        "directory": directory,
        "files": sorted(wanted),
        "written": sorted(changed),
        "diff": [
            {
                "before_header": path,
                "after_header": path,
                "before": present[path] or "",
                "after": wanted[path],
            }
            for path in changed
            # The page says what the text says.
            if not path.endswith(".html")
        ],
    }


def _present(path: str) -> str | None:
    """The content of a file; None for none."""
    if not os.path.lexists(path):
        return None
    return read_file(path, option="directory", largest=_LARGEST).decode("utf-8", "replace")


def _make_directory(path: str) -> None:
    try:
        os.makedirs(path, mode=0o700, exist_ok=True)
    except OSError as error:
        raise FileNotWritten(
            f"the directory {path} cannot be made: {error.strerror}",
            option="directory",
            remedy="Give a directory that this user can write to",
        ) from None


DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENTS, libraries=("cryptography", "jinja2"))
