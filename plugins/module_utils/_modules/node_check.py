# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of the module `node_check`: whether the work may begin on a node, by what was read from it."""

from __future__ import annotations

from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._common.masking import PEM_TEXTS
from ansible_collections.ucops.cucm.plugins.module_utils._facts.client_auth import CLIENT_AUTH_ARGUMENTS
from ansible_collections.ucops.cucm.plugins.module_utils._site.state import Reading, problems_of, state_of


class NotReady(CucmError):
    """The node is not as the work needs it; nothing was changed."""

    reason = "not_ready"


def run(params: Params, context: Context) -> Result:
    """Judge what was read; raises NotReady."""
    reading = Reading(
        node=params["host"],
        cluster=params["cluster"],
        publisher=params["publisher"],
        delegate=params["delegate"],
        services=params["services"],
        clock=params["clock"],
        required_services=params["required_services"],
        certificates=params["certificates"],
        service=params["service"],
        hostname=params["hostname"] or "",
        tls=params["tls"],
        require_client_auth=params["require_client_auth"],
        end_versions=params["end_versions"],
    )
    problems = problems_of(reading)
    if problems:
        raise NotReady(". ".join(problems), host=reading.node, details={"problems": problems})
    state = state_of(reading)
    client_auth = state["client_auth"]
    if client_auth["installed"] is False and not client_auth["required"]:
        context.warn(
            f"{reading.node}: the {reading.service} certificate has no client authentication (clientAuth), which is"
            f" accepted: {client_auth['why']}."
        )
    # One account reads what another one wrote, and Ansible masks the passwords of both.
    context.secrets.check({"result": state, "certificate": PEM_TEXTS}, host=reading.node)
    return state


ARGUMENTS: dict[str, dict[str, Any]] = {
    "host": {"type": "str", "required": True},
    "cluster": {"type": "dict", "required": True},
    "publisher": {"type": "str", "required": True},
    "delegate": {"type": "str", "required": True},
    "services": {"type": "list", "elements": "dict", "required": True},
    "clock": {"type": "dict", "default": {}},
    "required_services": {"type": "list", "elements": "str", "default": ["Cisco CallManager"]},
    "certificates": {"type": "dict", "required": True},
    "service": {"type": "str", "default": "CallManager"},
    "hostname": {"type": "str"},
    "tls": {"type": "dict", "default": {}},
    **CLIENT_AUTH_ARGUMENTS,
    "axl_password": {"type": "str", "no_log": True},
    "os_password": {"type": "str", "no_log": True},
}

DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENTS)
