# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the policy."""

from __future__ import annotations

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import (
    judge_chain,
    judge_leaf,
    profile_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy import Policy
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy_options import (
    POLICY_ARGUMENTS,
    check_policy_numbers,
    policy_of,
    profile_from,
)
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
    key,
    make_ca,
    make_csr,
    make_leaf,
    reasons,
)


def params(**changes):
    spec = {**POLICY_ARGUMENTS, "service": {"type": "str", "default": "CallManager"}}
    validated = ArgumentSpecValidator(spec).validate(changes)
    assert not validated.error_messages, validated.error_messages
    return validated.validated_parameters


def test_defaults_are_those_of_the_policy():
    assert policy_of(params()) == Policy()
    assert profile_from(params()) == profile_of("CallManager")
    check_policy_numbers(params())


def test_every_option_reaches_the_policy():
    policy = policy_of(
        params(
            allowed_names=["a"],
            allowed_domains=["b"],
            key_types=["ec"],
            min_rsa_bits=3072,
            max_rsa_bits=3072,
            hash_algorithms=["sha512"],
            max_alt_names=7,
            allow_weak_csr=True,
        )
    )
    assert policy == Policy(("a",), ("b",), ("ec",), 3072, 3072, 256, ("sha512",), 7, allow_weak=True)


def test_usages_replace_those_of_the_service():
    profile = profile_from(params(service="ipsec", required_extended_key_usages=["serverAuth"]))
    assert (profile.service, profile.required_extended_key_usages) == ("ipsec", ("serverAuth",))
    none = profile_from(params(required_extended_key_usages=[]))
    assert none.required_extended_key_usages == ()


@pytest.mark.parametrize(("allowed", "expected"), [(False, ["key_too_small"]), (True, [])])
def test_the_certificate_for_a_weak_request_is_judged_alike(allowed, expected):
    leaf = make_leaf(make_csr(), make_ca(), public_key=key("rsa1024").public_key())
    profile = profile_from(params(allow_weak_csr=allowed))
    assert reasons(judge_leaf(leaf, csr=None, profile=profile, now=NOW)) == expected


def test_a_weak_request_makes_no_weak_ca_good():
    ca = make_ca(with_key="rsa1024")
    leaf = make_leaf(make_csr(), ca)
    profile = profile_from(params(allow_weak_csr=True))
    assert reasons(judge_chain(leaf, ca.chain, profile=profile, now=NOW)) == ["key_too_small"]
