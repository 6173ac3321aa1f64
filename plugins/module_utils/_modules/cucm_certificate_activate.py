# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Logic of M(ucops.cucm.cucm_certificate_activate)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.clock import Clock
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    CONNECTION_ARGUMENTS,
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import (
    Context,
    ModuleDefinition,
    Params,
    Result,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._flows.activation import (
    ORDER,
    Activation,
    Limits,
    Moments,
    Outcome,
    Port,
    Wanted,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import read_file
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    LARGEST_CERTIFICATES,
    fingerprint,
    load_certificates,
)
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.control_center import ControlCenter
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.services import SoapServices
from ansible_collections.ucops.cucm.plugins.module_utils._serviceability.soap import ROLES
from ansible_collections.ucops.cucm.plugins.module_utils._sip.context import Identity
from ansible_collections.ucops.cucm.plugins.module_utils._sip.probe import Target

SERVICES = ("CallManager", "CallManager-ECDSA")
_FINGERPRINT = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){31}")


def run(params: Params, context: Context) -> Result:
    """Have call processing show the installed certificates, with as few restarts as that takes."""
    return activate(params, context, Clock())


def activate(params: Params, context: Context, clock: Clock) -> Result:
    """As `run`, with the time and the waiting of `clock`."""
    wanted = _wanted(params)
    moments = Moments(_moment(params, "since"), _moment(params, "trust_since"))
    identity = _identity(params)
    if identity is not None and not (moments.trust or _is_trusted(identity, params["trusted"])):
        # A port that refuses a CA which is not in the trust store is right.
        identity = None
    target = Target(
        params["sip_host"] or params["host"],
        params["sip_port"],
        params["sip_timeout"],
        params["allow_legacy_tls"],
    )
    with HttpSession(ConnectionOptions.from_params(params), roles=ROLES, sleep=clock.sleep) as session:
        outcome = Activation(
            look=Port(target, wanted, identity).look,
            services=SoapServices(ControlCenter(session, clock), clock),
            host=params["host"],
            limits=Limits(params["wait_timeout"], params["settle_timeout"]),
            clock=clock,
            order=params["services"],
        ).run(moments, check_mode=context.check_mode)
    return _result(outcome, check_mode=context.check_mode)


def _result(outcome: Outcome, *, check_mode: bool) -> Result:
    would = outcome.needed if check_mode else outcome.restarted
    return {
        "changed": bool(would),
        "before": [look.as_dict() for look in outcome.before.looks],
        "after": [look.as_dict() for look in outcome.after.looks],
        "trust": outcome.after.trust,
        "restarted": outcome.restarted,
        "restart_needed": outcome.needed,
        "waited": round(outcome.waited, 1),
        "diff": {
            "before": {look.service: look.fingerprint for look in outcome.before.looks},
            "after": {look.service: look.fingerprint for look in outcome.after.looks},
        },
    }


def _wanted(params: Params) -> list[Wanted]:
    """What the port should show; raises InvalidOption for what no certificate of call processing can be."""
    wanted = []
    for each in params["identities"]:
        service, digest = each.get("service"), str(each.get("fingerprint_sha256") or "")
        if service not in SERVICES or not _FINGERPRINT.fullmatch(digest):
            raise InvalidOption(
                f"{service!r} with the fingerprint {digest!r} is no certificate of call processing",
                host=params["host"],
                option="identities",
                remedy=f"Give identities as cucm_cert_info returns them, of {' or '.join(SERVICES)}",
            )
        wanted.append(Wanted(str(service), digest.upper()))
    return wanted


def _identity(params: Params) -> Identity | None:
    if params["client_certificate_path"] is None:
        return None
    for option in ("client_certificate_path", "client_key_path"):
        read_file(params[option], option=option, largest=LARGEST_CERTIFICATES)
    return Identity(params["client_certificate_path"], params["client_key_path"])


def _is_trusted(identity: Identity, trusted: Sequence[str]) -> bool:
    """Whether the CAs above the certificate, which stand in its file, are all in the node's trust store."""
    data = read_file(
        identity.certificate_path, option="client_certificate_path", largest=LARGEST_CERTIFICATES
    )
    chain = load_certificates(data, source=identity.certificate_path)[1:]
    return bool(chain) and {fingerprint(each) for each in chain} <= {each.upper() for each in trusted}


def _moment(params: Params, option: str) -> datetime | None:
    text = params[option]
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InvalidOption(
            f"'{text}' is not a time in ISO 8601",
            host=params["host"],
            option=option,
            remedy="Write it as 2026-05-23T17:50:42Z",
        ) from error
    return moment.replace(tzinfo=moment.tzinfo or UTC)


ARGUMENT_SPEC: dict[str, dict[str, Any]] = {
    **CONNECTION_ARGUMENTS,
    "identities": {"type": "list", "elements": "dict", "required": True},
    "sip_host": {"type": "str"},
    "sip_port": {"type": "int", "default": 5061},
    "sip_timeout": {"type": "int", "default": 10},
    "since": {"type": "str"},
    "trust_since": {"type": "str"},
    "client_certificate_path": {"type": "path"},
    "client_key_path": {"type": "path", "no_log": False},
    "trusted": {"type": "list", "elements": "str", "default": []},
    "services": {"type": "list", "elements": "str", "choices": list(ORDER), "default": list(ORDER)},
    "wait_timeout": {"type": "int", "default": 600},
    "settle_timeout": {"type": "int", "default": 20},
}

DEFINITION = ModuleDefinition(
    run=run,
    argument_spec=ARGUMENT_SPEC,
    libraries=("cryptography", "lxml", "requests"),
    required_together=(("client_certificate_path", "client_key_path"),),
)
