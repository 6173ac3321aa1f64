# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node needs of certificates and restarts, from what was read there: the steps of its part of the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.restarts import (
    now,
    services_waiting,
    signed_at,
)


@dataclass(frozen=True)
class Wishes:
    """How the run gives certificates. `backdate` is in seconds; without `issues` it only restarts services."""

    backend: str
    may_restart: bool
    backdate: int
    issues: bool


def planned_of(variables: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """A host's part of the plan: what the stage of the certificates has noted, or what the preflight knew already."""
    for found in (
        variables.get("cucm_certificate_planned"),
        (variables.get("cucm_preflight_state") or {}).get("planned"),
    ):
        if isinstance(found, Mapping):
            return found
    return None


def waits_for_an_answer(csr: Mapping[str, Any], wishes: Wishes) -> bool:
    """Whether a CA must be asked what became of a request before the plan is known."""
    return wishes.backend == "adcs" or (wishes.backend == "manual" and csr["status"] == "pending")


def planned(
    csr: Mapping[str, Any], missing_cas: Sequence[str], state: Mapping[str, Any], wishes: Wishes
) -> dict[str, Any]:
    """The node's part of the plan, as `cucm_certificate_planned` has it.

    `csr` is what M(ucops.cucm.cucm_csr) returns in check mode, `state` the services and the certificate in use.
    """
    is_done = csr["status"] == "installed" and not missing_cas
    about = {each["reason"] for each in csr["reasons"] if each["about"] == "installed"}
    return {
        "service": csr["service"],
        "is_done": is_done,
        "backend": wishes.backend,
        "reasons": list(csr["reasons"]) if wishes.issues else [],
        "is_pending": False,
        "is_usable": about <= {"expires_soon"},
        "missing_cas": len(missing_cas) if wishes.issues else 0,
        "restart_services": _restarts(csr, missing_cas, state, wishes, is_done=is_done),
        "may_restart": wishes.may_restart,
    }


def _restarts(
    csr: Mapping[str, Any],
    missing_cas: Sequence[str],
    state: Mapping[str, Any],
    wishes: Wishes,
    *,
    is_done: bool,
) -> list[str]:
    """What waits for a restart already, and what will after the upload of certificates."""
    services, identity = state["services"], state["identity"]
    waiting = []
    if identity:
        since = signed_at(identity, wishes.backdate)
        waiting = services_waiting(services, identity["restart_services"], since)
    if is_done or not wishes.issues:
        return waiting
    names = [
        *(csr["restart_services"] if csr["status"] != "installed" else ()),
        *(csr["trust_restart_services"] if missing_cas else ()),
    ]
    return list(dict.fromkeys([*services_waiting(services, names, now()), *waiting]))
