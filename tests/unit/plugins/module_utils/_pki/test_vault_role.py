# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role of Vault: read from its answer, and held against a request."""

from __future__ import annotations

from contextlib import suppress

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.vault_role import Role, judge_role
from ansible_collections.ucops.cucm.tests.support.builders import (
    BOTH,
    make_csr,
    reasons,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._pki.local_signing import make_request
from hypothesis import given
from hypothesis import strategies as st

#: As OpenBao 2.7.2 shows a role that nothing was said about, as far as it matters here.
DEFAULT = {
    "allow_ip_sans": True,
    "allowed_uri_sans": [],
    "client_flag": True,
    "ext_key_usage": [],
    "ext_key_usage_oids": [],
    "issuer_ref": "default",
    "key_bits": 2048,
    "key_type": "rsa",
    "key_usage": ["DigitalSignature", "KeyAgreement", "KeyEncipherment"],
    "max_ttl": 0,
    "not_after": "",
    "server_flag": True,
}


def test_a_role_as_vault_makes_it_lacks_data_encipherment_only():
    role = Role.parse(DEFAULT)
    assert reasons(judge_role(role, make_request())) == ["role_lacks_key_usage"]
    without = make_csr(usages=["digitalSignature", "keyEncipherment"])
    assert reasons(judge_role(role, make_request(without))) == []


@pytest.mark.parametrize("name", ["DataEncipherment", "dataencipherment", " DATAENCIPHERMENT "])
def test_usages_are_read_without_case(name):
    role = Role.parse({**DEFAULT, "key_usage": ["digitalsignature", name]})
    assert role.key_usages == {"digitalSignature", "dataEncipherment"}


def test_an_unknown_usage_grants_nothing():
    role = Role.parse({**DEFAULT, "key_usage": ["DigitalSignature", "KeyUsageDataEncipherment"]})
    assert reasons(judge_role(role, make_request())) == ["role_lacks_key_usage"]


@pytest.mark.parametrize(
    "changes",
    [
        {"server_flag": False, "client_flag": False, "ext_key_usage": ["ServerAuth", "clientauth"]},
        {"client_flag": False, "ext_key_usage_oids": ["1.3.6.1.5.5.7.3.2"]},
        {},
    ],
)
def test_extended_usages_come_from_flags_names_and_identifiers(changes):
    assert set(BOTH) <= Role.parse({**DEFAULT, **changes}).extended_key_usages


def test_any_extended_usage_is_not_client_authentication():
    role = Role.parse({**DEFAULT, "client_flag": False, "ext_key_usage": ["Any"]})
    assert "role_lacks_extended_key_usage" in reasons(judge_role(role, make_request()))


def test_what_a_role_does_not_say_is_no_limit():
    role = Role.parse({})
    assert (role.key_type, role.key_bits, role.max_ttl, role.issuer) == ("any", 0, 0, "default")


@pytest.mark.parametrize(
    "changes",
    [
        {"key_type": 1},
        {"key_bits": "2048"},
        {"key_bits": True},
        {"max_ttl": "8760h"},
        {"client_flag": "false"},
        {"key_usage": "DigitalSignature"},
        {"key_usage": [1]},
        {"ext_key_usage": {"ServerAuth": True}},
        {"issuer_ref": []},
    ],
)
def test_a_field_of_another_type_is_not_guessed_at(changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        Role.parse({**DEFAULT, **changes})


VALUES = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text() | st.integers())


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(DEFAULT, VALUES)))
def test_any_fields_are_read_or_refused(data):
    with suppress(ValueError):
        for finding in judge_role(Role.parse(data), make_request()):
            assert finding.reason.startswith("role_")
            assert finding.text and finding.remedy
