# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of M(ucops.cucm.cucm_node_state): everything that a run must know of a node, read at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.clock import Clock
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._common.masking import PEM_TEXTS
from ansible_collections.ucops.cucm.plugins.module_utils._facts.client_auth import CLIENT_AUTH_ARGUMENTS
from ansible_collections.ucops.cucm.plugins.module_utils._facts.services import plain
from ansible_collections.ucops.cucm.plugins.module_utils._flows.certificate_need import (
    WANTED_ARGUMENTS,
    need_of,
    request_of,
    wanted_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.certificates import (
    LIBRARIES,
    certificates_of_text_or_path,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.node_certificates import identities, trusted
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import describe_certificate, describe_csr
from ansible_collections.ucops.cucm.plugins.module_utils._platform.restarts import services_to_restart
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import CertificateStore
from ansible_collections.ucops.cucm.plugins.module_utils._platform.transport import (
    CERTIFICATE_ARGUMENTS,
    open_store,
)
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability import node_clock
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.control_center import ControlCenter
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.soap import ROLES
from ansible_collections.ucops.cucm.plugins.module_utils._site.certificate_plan import (
    Wishes,
    planned,
    waits_for_an_answer,
)
from ansible_collections.ucops.cucm.plugins.module_utils._site.state import Reading, problems_of, state_of

#: States of a service that pass by themselves.
_PASSING = ("Starting", "Stopping")


class NotReady(CucmError):
    """The node is not as the work needs it; nothing was changed."""

    reason = "not_ready"


def run(params: Params, context: Context) -> Result:
    """Read a node and judge what was read; raises NotReady."""
    return read(params, context, Clock())


def read(params: Params, context: Context, clock: Clock) -> Result:
    """As `run`, with the time and the waiting of `clock`."""
    if not params["cluster"].get("release"):
        # The account may be what is wrong, and a refused logon counts against it on every node.
        _judge(_reading(params, (), {}, {}))
    services, node_time = _services(params, clock)
    with open_store(params) as store:
        certificates = {
            "identities": identities(store, params["service"], params["host"], context, include_ecdsa=True),
            "trust": trusted(store, params["service"], params["host"], context),
            "csrs": [],
        }
        reading = _reading(params, services, node_time, certificates)
        _judge(reading)
        state = state_of(reading)
        csr = _csr(params, context, store, state)
    _warn(state["client_auth"], params, context)
    result = {"changed": False, **state, "csr": csr, "planned": _planned(params, csr, state)}
    # One account reads what another one wrote, and Ansible masks the passwords of both.
    context.secrets.check({"result": result, "certificate": PEM_TEXTS}, host=params["node"])
    return result


def _reading(
    params: Params,
    services: Sequence[Mapping[str, Any]],
    node_time: Mapping[str, Any],
    certificates: Mapping[str, Any],
) -> Reading:
    return Reading(
        node=params["node"],
        cluster=params["cluster"],
        publisher=params["publisher"],
        delegate=params["delegate"],
        services=services,
        clock=node_time,
        required_services=params["required_services"],
        certificates=certificates,
        service=params["service"],
        hostname=params["hostname"] or "",
        require_client_auth=params["require_client_auth"],
        end_versions=params["end_versions"],
    )


def _judge(reading: Reading) -> None:
    problems = problems_of(reading)
    if problems:
        raise NotReady(". ".join(problems), host=reading.node, details={"problems": problems})


def _services(params: Params, clock: Clock) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """All services and the clock; a required service that is just starting gets the time that it needs."""
    account = {
        "username": params["serviceability_username"],
        "password": params["serviceability_password"],
    }
    options = ConnectionOptions.from_params({**params, **account})
    limit = clock.monotonic() + params["starting_timeout"]
    with HttpSession(options, roles=ROLES, sleep=clock.sleep) as session:
        while True:
            states = ControlCenter(session, clock).status()
            found = node_clock.skew(session.answered)
            passing = [
                name
                for name in params["required_services"]
                if name in states and states[name].status in _PASSING
            ]
            if not passing or clock.monotonic() >= limit:
                return [plain(state) for state in states.values()], node_clock.plain(found)
            clock.sleep(params["starting_interval"])


def _csr(
    params: Params, context: Context, store: CertificateStore, state: Mapping[str, Any]
) -> dict[str, Any] | None:
    """What M(ucops.cucm.cucm_csr) returns in check mode; None where it has to be asked itself.

    An error of its options is left to it, since what was read serves other stages and the peers.
    """
    asked = params["wanted"]
    if asked is None or not asked["authorities"]:
        return None
    given = {
        **params,
        **asked,
        "require_client_auth": params["require_client_auth"],
        "end_versions": params["end_versions"],
    }
    try:
        wanted = wanted_of(given)
        issuers = certificates_of_text_or_path(
            asked["authorities"][0], "wanted.authorities", params["host"], context
        )
        need = need_of(store, wanted, given, issuers, context)
        if need.status == "missing":
            request_of(store, wanted, need, params["host"])
    except CucmError:
        return None
    details = describe_csr(need.pending) if need.status == "pending" and need.pending is not None else None
    return {
        "status": "generated" if need.status == "missing" else need.status,
        "service": wanted.service,
        "csr": details["csr"] if details else None,
        "certificate": describe_certificate(need.installed) if need.installed is not None else None,
        "restart_services": services_to_restart(wanted.service, "identity"),
        "trust_restart_services": services_to_restart(wanted.service, "trust"),
        "reasons": [reason.as_dict() for reason in need.reasons],
        "missing_authorities": _missing(asked["authorities"], state, params["host"], context),
    }


def _missing(authorities: Sequence[str], state: Mapping[str, Any], host: str, context: Context) -> list[str]:
    """The fingerprints of the CAs that the node does not trust."""
    found = certificates_of_text_or_path("\n".join(authorities), "wanted.authorities", host, context)
    prints = [describe_certificate(certificate)["fingerprint_sha256"] for certificate in found]
    return [each for each in prints if each not in state["trusted"]]


def _planned(
    params: Params, csr: Mapping[str, Any] | None, state: Mapping[str, Any]
) -> dict[str, Any] | None:
    """The node's part of the plan, where nothing else has to be asked for it."""
    asked = params["wanted"]
    if asked is None or csr is None:
        return None
    wishes = Wishes(asked["backend"], asked["may_restart"], asked["backdate"], asked["issues"])
    if waits_for_an_answer(csr, wishes):
        return None
    return planned(csr, csr["missing_authorities"], state, wishes)


def _warn(client_auth: Mapping[str, Any], params: Params, context: Context) -> None:
    if client_auth["installed"] is False and not client_auth["required"]:
        context.warn(
            f"{params['node']}: the {params['service']} certificate has no client authentication (clientAuth), which"
            f" is accepted: {client_auth['why']}."
        )


ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **{name: spec for name, spec in CERTIFICATE_ARGUMENTS.items() if name != "return_transcript"},
    "serviceability_username": {"type": "str", "required": True},
    "serviceability_password": {"type": "str", "required": True, "no_log": True},
    "node": {"type": "str", "required": True},
    "cluster": {"type": "dict", "required": True},
    "publisher": {"type": "str", "required": True},
    "delegate": {"type": "str", "required": True},
    "required_services": {"type": "list", "elements": "str", "default": ["Cisco CallManager"]},
    "starting_timeout": {"type": "int", "default": 300},
    "starting_interval": {"type": "int", "default": 5},
    "service": {"type": "str", "default": "CallManager"},
    "hostname": {"type": "str"},
    **CLIENT_AUTH_ARGUMENTS,
    "wanted": {
        "type": "dict",
        "options": {
            **WANTED_ARGUMENTS,
            "authorities": {"type": "list", "elements": "str", "default": []},
            "backend": {"type": "str", "default": "local"},
            "may_restart": {"type": "bool", "default": False},
            "backdate": {"type": "int", "default": 0},
            "issues": {"type": "bool", "default": True},
        },
    },
}

DEFINITION = ModuleDefinition(run=run, argument_spec=ARGUMENT_SPEC, libraries=(*LIBRARIES, "lxml"))
