# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the policy, the same for every module that judges a CSR."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Params
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._facts.client_auth import (
    CLIENT_AUTH_ARGUMENTS,
    decide,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import (
    KEY_SIZES,
    STRONG_HASHES,
    CertificateProfile,
    profile_of,
    without_client_authentication,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy import (
    GRANTABLE_EXTENDED_KEY_USAGES,
    WEAKEST_RSA_BITS,
    Policy,
)

#: Documented in `doc_fragments/policy.py`.
POLICY_ARGUMENTS: dict[str, dict[str, Any]] = {
    "allowed_names": {"type": "list", "elements": "str", "default": []},
    "allowed_domains": {"type": "list", "elements": "str", "default": []},
    "key_types": {"type": "list", "elements": "str", "choices": ["rsa", "ec"], "default": ["rsa", "ec"]},
    "min_rsa_bits": {"type": "int", "default": 2048},
    "max_rsa_bits": {"type": "int", "default": 4096},
    "hash_algorithms": {
        "type": "list",
        "elements": "str",
        "choices": list(STRONG_HASHES),
        "default": list(STRONG_HASHES),
    },
    "max_alt_names": {"type": "int", "default": 100},
    "required_extended_key_usages": {
        "type": "list",
        "elements": "str",
        "choices": list(GRANTABLE_EXTENDED_KEY_USAGES),
    },
    "allow_weak_csr": {"type": "bool", "default": False},
    **CLIENT_AUTH_ARGUMENTS,
}

_MOST_ALT_NAMES = 1000


def check_range(params: Params, limits: Mapping[str, tuple[int, int]]) -> None:
    """InvalidOption for the first option that is not between its two limits, both included."""
    for option, (smallest, largest) in limits.items():
        if not smallest <= params[option] <= largest:
            raise InvalidOption(f"{params[option]} is not between {smallest} and {largest}", option=option)


def check_policy_numbers(params: Params) -> None:
    """InvalidOption for numbers that no policy has, and for those that would refuse every key."""
    sizes = KEY_SIZES["rsa"]
    check_range(params, {"min_rsa_bits": sizes, "max_rsa_bits": sizes, "max_alt_names": (0, _MOST_ALT_NAMES)})
    if params["min_rsa_bits"] > params["max_rsa_bits"]:
        raise InvalidOption(
            f"{params['min_rsa_bits']} bits at least and {params['max_rsa_bits']} at most leave no RSA key",
            option="min_rsa_bits",
            remedy="Make it no larger than max_rsa_bits",
        )
    if params["allow_weak_csr"] and params["min_rsa_bits"] > sizes[0]:
        raise InvalidOption(
            f"it lets RSA keys of {WEAKEST_RSA_BITS} bits pass, min_rsa_bits asks for {params['min_rsa_bits']}",
            option="allow_weak_csr",
            remedy="Set one of the two only",
        )


def policy_of(params: Params) -> Policy:
    """The policy that the options make."""
    return Policy(
        allowed_names=tuple(params["allowed_names"]),
        allowed_domains=tuple(params["allowed_domains"]),
        key_types=tuple(params["key_types"]),
        min_rsa_bits=params["min_rsa_bits"],
        max_rsa_bits=params["max_rsa_bits"],
        hash_algorithms=tuple(params["hash_algorithms"]),
        max_alt_names=params["max_alt_names"],
        allow_weak=params["allow_weak_csr"],
    )


def profile_for(service: str, params: Params) -> CertificateProfile:
    """What a service needs of a certificate, by the options `require_client_auth` and `end_versions`."""
    profile = profile_of(service)
    required = decide(params["require_client_auth"], params["end_versions"]).required
    return profile if required else without_client_authentication(profile)


def profile_from(params: Params) -> CertificateProfile:
    """What the service needs of a certificate, unless the task says otherwise."""
    profile = profile_for(params["service"], params)
    if params["required_extended_key_usages"] is not None:
        usages = tuple(params["required_extended_key_usages"])
        profile = replace(profile, required_extended_key_usages=usages)
    if params["allow_weak_csr"]:
        profile = replace(profile, min_rsa_bits=WEAKEST_RSA_BITS)
    return profile
