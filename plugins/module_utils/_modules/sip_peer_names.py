# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module sip_peer_names: the names that the SIP ports of peers show, and whether they are those of before."""

from __future__ import annotations

import os
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.peer_names import (
    Place,
    compared,
    document_of,
    memory_with,
    read_memory,
    shown_at,
    utc_now,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import (
    check_writable,
    locked,
    read_file,
    write_atomically,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    LARGEST_CERTIFICATES,
    load_certificates,
)
from ansible_collections.ucops.cucm.plugins.module_utils._sip.probe import Target

_LARGEST_MEMORY = 16 * 1024 * 1024

ARGUMENTS: dict[str, dict[str, Any]] = {
    "peers": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": {
            "name": {"type": "str", "required": True},
            "nodes": {
                "type": "list",
                "elements": "dict",
                "required": True,
                "options": {
                    "name": {"type": "str", "required": True},
                    "place": {"type": "str"},
                    "address": {"type": "str", "required": True},
                    "port": {"type": "int", "default": 5061},
                    "tls_fingerprint": {"type": "str"},
                },
            },
            "ca_certificate_paths": {"type": "list", "elements": "path", "default": []},
            "allow_legacy_tls": {"type": "bool", "default": False},
        },
    },
    "state_path": {"type": "path"},
    "timeout": {"type": "int", "default": 10},
}


def run(params: Params, context: Context) -> Result:
    """Read the names. A port that cannot be read, or is not trusted, is told and is no error."""
    path = params["state_path"]
    now = utc_now()
    places = [place for peer in params["peers"] for place in _places(peer, params["timeout"])]
    if path is None:
        results = [compared(place, shown_at(place, now), None, "") for place in places]
        return _result(results, changed=False)
    check_writable(path, option="state_path")
    shown = [shown_at(place, now) for place in places]
    with locked(f"{path}.lock"):
        memory = read_memory(_content(path), path)
        results = [
            compared(place, one, memory.get(place.place), path)
            for place, one in zip(places, shown, strict=True)
        ]
        after = memory_with(memory, results, now)
        changed = after != memory
        if changed and not context.check_mode:
            write_atomically(path, document_of(after), mode=0o600)
    return _result(results, changed=changed)


def _result(results: list[dict[str, Any]], *, changed: bool) -> Result:
    return {
        "changed": changed,
        "places": results,
        "findings": [
            f"{each['peer']}, {each['place']}: {each['finding']}" for each in results if each["finding"]
        ],
    }


def _content(path: str) -> bytes | None:
    return read_file(path, option="state_path", largest=_LARGEST_MEMORY) if os.path.exists(path) else None


def _places(peer: Params, timeout: int) -> list[Place]:
    trusted = tuple(
        certificate
        for path in peer["ca_certificate_paths"]
        for certificate in load_certificates(
            read_file(path, option="peers.ca_certificate_paths", largest=LARGEST_CERTIFICATES), source=path
        )
    )
    return [
        Place(
            peer["name"],
            node["name"],
            node["place"] or f"{node['address']}:{node['port']}".lower(),
            Target(node["address"], node["port"], timeout, peer["allow_legacy_tls"]),
            trusted,
            node["tls_fingerprint"] or "",
        )
        for node in peer["nodes"]
    ]


DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENTS, libraries=("cryptography",))
