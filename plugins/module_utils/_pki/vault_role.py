# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role of Vault's PKI engine: what it would make of a CSR, known before anything is signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ansible_collections.ucops.cucm.plugins.module_utils._facts.findings import Finding
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import SigningRequest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.json_api import one_line, texts
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    EXTENDED_KEY_USAGES,
    KEY_USAGES,
    alt_names,
    key_type_and_size,
    key_usage,
)

#: Names of the usages in a role, without case: Go's, with a few of Vault's own.
_ROLE_KEY_USAGES = {name.lower(): name for name in KEY_USAGES} | {
    "contentcommitment": "nonRepudiation",
    "certsign": "keyCertSign",
}
_ROLE_EXTENDED_KEY_USAGES = {name.lower(): name for name in EXTENDED_KEY_USAGES.values()}
_ROLE_WORDS = {
    "digitalSignature": "DigitalSignature",
    "nonRepudiation": "ContentCommitment",
    "keyEncipherment": "KeyEncipherment",
    "dataEncipherment": "DataEncipherment",
    "keyAgreement": "KeyAgreement",
}
_HOW_TO_GRANT = {
    "serverAuth": "server_flag=true",
    "clientAuth": "client_flag=true",
    "ipsecEndSystem": "ext_key_usage=IPSECEndSystem",
}
_T = TypeVar("_T", str, int, bool)


@dataclass(frozen=True)
class Role:
    """What a role makes of a CSR. Usages are named as everywhere here; `max_ttl` is in seconds, 0 for none."""

    key_type: str
    key_bits: int
    max_ttl: int
    not_after: str
    issuer: str
    key_usages: frozenset[str]
    extended_key_usages: frozenset[str]
    allows_addresses: bool
    allows_uris: bool

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Role:
        """The role in the answer to `GET pki/roles/<role>`; ValueError for a field of another type."""
        extended = {
            _ROLE_EXTENDED_KEY_USAGES.get(name.strip().lower(), name)
            for name in _texts(data, "ext_key_usage")
        }
        extended |= {EXTENDED_KEY_USAGES.get(oid, oid) for oid in _texts(data, "ext_key_usage_oids")}
        flags = {"server_flag": "serverAuth", "client_flag": "clientAuth"}
        extended |= {usage for flag, usage in flags.items() if _value(data, flag, bool, True)}
        return cls(
            key_type=_value(data, "key_type", str, "any"),
            key_bits=_value(data, "key_bits", int, 0),
            max_ttl=_value(data, "max_ttl", int, 0),
            not_after=_value(data, "not_after", str, ""),
            issuer=_value(data, "issuer_ref", str, "default") or "default",
            key_usages=frozenset(
                _ROLE_KEY_USAGES.get(name.strip().lower(), name) for name in _texts(data, "key_usage")
            ),
            extended_key_usages=frozenset(extended),
            allows_addresses=_value(data, "allow_ip_sans", bool, True),
            allows_uris=bool(_texts(data, "allowed_uri_sans")),
        )


def _value(data: Mapping[str, Any], name: str, kind: type[_T], default: _T) -> _T:
    value = data.get(name)
    if value is None:
        return default
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ValueError(f"{name} is no {kind.__name__}")
    return value


def _texts(data: Mapping[str, Any], name: str) -> list[str]:
    value = data.get(name)
    found = [] if value is None else texts(value)
    if found is None:
        raise ValueError(f"{name} is no list of texts")
    return found


def judge_role(role: Role, request: SigningRequest) -> Iterable[Finding]:
    """Why no certificate of this role can be the answer to the request."""
    key_type, size = key_type_and_size(request.csr)
    if role.key_type not in ("any", key_type):
        yield Finding(
            "role_key_type",
            f"it takes keys of the type {role.key_type}, and the CSR has one of the type {key_type}",
            f"Set key_type={key_type} or key_type=any on the role, or name another role",
        )
    elif size < role.key_bits:
        yield Finding(
            "role_key_bits",
            f"it takes keys from {role.key_bits} bits up, and that of the CSR has {size}",
            f"Set key_bits={size} on the role, or generate the CSR with a longer key",
        )
    if role.not_after:
        yield Finding(
            "role_fixed_end",
            f"it sets a fixed end (not_after={one_line(role.not_after)}), and Vault refuses a request with a"
            " validity then",
            "Clear not_after of the role, or name another role",
        )
    asked = ["dataEncipherment"] if "dataEncipherment" in (key_usage(request.csr) or ()) else []
    profile = request.profile
    yield from lacking_usages(
        role, (*profile.required_key_usages, *asked), profile.required_extended_key_usages
    )
    if "keyCertSign" in role.key_usages:
        yield Finding(
            "role_signs_certificates",
            "it gives the key usage CertSign, which is for CAs only",
            "Remove CertSign from key_usage of the role",
        )
    names = sorted(alt_names(request.csr))
    addresses = [name for name in names if name.startswith("IP:")]
    uris = [name for name in names if name.startswith("URI:")]
    if addresses and not role.allows_addresses:
        yield Finding(
            "role_refuses_names",
            f"it allows no IP addresses, and the CSR has {', '.join(addresses)}",
            "Set allow_ip_sans=true on the role, or generate the CSR without addresses",
        )
    if uris and not role.allows_uris:
        yield Finding(
            "role_refuses_names",
            f"it allows no URIs, and the CSR has {', '.join(uris)}",
            "Set allowed_uri_sans on the role, or generate the CSR without URIs",
        )


def lacking_usages(role: Role, usages: Sequence[str], extended: Sequence[str]) -> Iterable[Finding]:
    """Which of these usages, and extended key usages, a certificate of this role does not get."""
    # A certificate without the extension may be used for everything, so no key usage is no lack, except
    # that dataEncipherment is looked for.
    missing = [
        usage
        for usage in usages
        if usage not in role.key_usages and (role.key_usages or usage == "dataEncipherment")
    ]
    if missing:
        words = ",".join(_ROLE_WORDS[usage] for usage in missing)
        yield Finding(
            "role_lacks_key_usage",
            f"it does not give the key usage {', '.join(missing)}",
            f"Add {words} to key_usage of the role",
        )
    absent = [usage for usage in extended if usage not in role.extended_key_usages]
    if absent:
        words = ", ".join(_HOW_TO_GRANT[usage] for usage in absent)
        yield Finding(
            "role_lacks_extended_key_usage",
            f"it does not give the extended key usage {', '.join(absent)}; what the request asks for is ignored",
            f"Set {words} on the role",
        )
