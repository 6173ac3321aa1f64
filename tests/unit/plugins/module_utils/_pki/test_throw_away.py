# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An identity that has no fault but its CA."""

from __future__ import annotations

from datetime import UTC, datetime

from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import judge_leaf, profile_of
from ansible_collections.ucops.cucm.plugins.module_utils._pki.throw_away import throw_away_identity
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    common_name,
    fingerprint,
    is_same_key,
    load_certificates,
)
from ansible_collections.ucops.cucm.tests.support.builders import openssl
from cryptography.hazmat.primitives.serialization import load_pem_private_key


def test_nothing_but_the_ca_is_wrong(tmp_path):
    certificate, private_key = throw_away_identity("probe.example.com")
    (leaf,) = load_certificates(certificate, source="test")
    assert common_name(leaf) == "probe.example.com"
    assert judge_leaf(leaf, csr=None, profile=profile_of("CallManager"), now=datetime.now(UTC)) == []
    key = load_pem_private_key(private_key, None)
    assert leaf.public_key() == key.public_key()
    (tmp_path / "leaf.pem").write_bytes(certificate)
    verified = openssl("verify", "-no-CAfile", "-no-CApath", tmp_path / "leaf.pem", check=False)
    assert "error 20" in verified.stderr  # unable to get local issuer certificate


def test_each_one_is_new():
    one, other = (
        load_certificates(throw_away_identity("a.example.com")[0], source="test")[0] for _number in range(2)
    )
    assert fingerprint(one) != fingerprint(other)
    assert not is_same_key(one, other)
