# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was read from a node, and whether the work may begin there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.client_auth import decide
from ansible_collections.ucops.cucm.plugins.module_utils._facts.sip_tls import newest_version

#: What the common name of a multi-server or an EC certificate has behind the host name. A host name may end so too.
_SUFFIXES = (r"-ms(?=[.]|$)", r"-ec(-ms)?(?=[.]|$)")


@dataclass(frozen=True)
class Reading:
    """The results of the modules that read a node and its cluster, as they came.

    `delegate` is the host that asked the publisher for its cluster.
    """

    node: str
    cluster: Mapping[str, Any]
    publisher: str
    delegate: str
    services: Sequence[Mapping[str, Any]]
    clock: Mapping[str, Any]
    required_services: Sequence[str]
    certificates: Mapping[str, Any]
    service: str
    hostname: str
    require_client_auth: str = "auto"
    end_versions: Sequence[str] = ()


def state_of(reading: Reading) -> dict[str, Any]:
    """What later stages need, as one value."""
    identity = next(iter(reading.certificates.get("identities") or ()), None)
    return {
        "release": reading.cluster.get("release"),
        "version": reading.cluster.get("version"),
        "axl_version": reading.cluster.get("axl_version"),
        "mixed_mode": reading.cluster.get("mixed_mode"),
        "services": list(reading.services),
        "clock": dict(reading.clock),
        "identity": identity,
        "identities": list(reading.certificates.get("identities") or ()),
        "tls": _tls_of(reading),
        "end_versions": list(reading.end_versions),
        "client_auth": _client_auth_of(reading),
        "certificates": dict(reading.certificates),
        "trusted": [each["fingerprint_sha256"] for each in reading.certificates.get("trust") or ()],
    }


def _tls_of(reading: Reading) -> dict[str, Any]:
    """What the release tells of the cluster's TLS on SIP; what was not measured is None and is told."""
    preference, newest = (
        reading.cluster.get("certificate_preference"),
        newest_version(reading.cluster.get("version")),
    )
    not_measured = []
    if newest is None:
        not_measured.append("the newest TLS version: the release does not tell")
    if newest == "1.3" and preference is None:
        not_measured.append(
            "the enterprise parameter TLS 1.3 Certificate Preference Order: the database does not tell"
        )
    return {"newest": newest, "certificate_preference": preference, "not_measured": not_measured}


def _client_auth_of(reading: Reading) -> dict[str, Any]:
    """Whether the links need certificates with client authentication, and whether the installed one has it.

    A certificate without the extension is not restricted by it.
    """
    decision = decide(reading.require_client_auth, reading.end_versions)
    identity = next(iter(reading.certificates.get("identities") or ()), None) or {}
    usages = identity.get("extended_key_usage")
    return {
        "required": decision.required,
        "why": decision.why,
        "installed": None if usages is None else not usages or "clientAuth" in usages,
    }


def problems_of(reading: Reading) -> list[str]:
    """Why nothing may be changed on this node, with what to do about it."""
    if not reading.cluster.get("release"):
        unread = f"nothing was changed here, since {reading.publisher}, the publisher of the cluster, could not be read"
        return [f"{unread}. See the error of {reading.delegate}, and fix that first"]
    return [*_problems_of_services(reading), *_problems_of_name(reading)]


def _problems_of_services(reading: Reading) -> Iterator[str]:
    started = {service["name"] for service in reading.services if service.get("status") == "Started"}
    down = [name for name in reading.required_services if name not in started]
    if down:
        yield (
            f"not started: {', '.join(down)}. Start it in Cisco Unified Serviceability, or take the node out of the"
            " inventory group when it processes no calls"
        )


def _problems_of_name(reading: Reading) -> Iterator[str]:
    identity = next(iter(reading.certificates.get("identities") or ()), None)
    if not reading.hostname or identity is None:
        return
    names = _names(identity)
    if not is_made_out_to(names, reading.hostname):
        yield (
            f"the {reading.service} certificate of the node is made out to {', '.join(names)}, the inventory says"
            f" cucm_hostname={reading.hostname}. Correct the variable, or the node's host name (Cisco Unified OS"
            " Administration, Settings, IP), before a certificate is signed for the wrong name"
        )


def _names(certificate: Mapping[str, Any]) -> list[str]:
    subject = [certificate["subject"].get("CN") or ""]
    alternative = [re.sub(r"^[A-Za-z]+:", "", name) for name in certificate["subject_alt_names"]]
    found = [name.lower().removesuffix(".") for name in (*subject, *alternative)]
    return list(dict.fromkeys(name for name in found if name))


def is_made_out_to(names: Sequence[str], hostname: str) -> bool:
    """Whether a host name is among the names. Either side may be the bare name; two full ones must be equal."""
    wanted = hostname.lower().removesuffix(".")
    candidates = {re.sub(suffix, "", name) for name in names for suffix in ("(?!)", *_SUFFIXES)}
    bare = {name.split(".")[0] for name in candidates}
    return wanted in candidates or wanted in bare or wanted.split(".")[0] in candidates
