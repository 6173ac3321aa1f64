# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a new certificate is needed, and what is done with what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import (
    Authority,
    AuthorityUnusable,
    CsrRefused,
    Issued,
    IssuedCertificateRefused,
    SigningRequest,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.issuance import (
    ask,
    check_authority,
    check_csr,
    decide,
    judge_certificate,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import profile_of
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy import Policy
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
    key,
    make_ca,
    make_csr,
    make_issuing_ca,
    make_leaf,
    reasons,
)

ISSUING = make_issuing_ca()
AUTHORITY = Authority(ISSUING.chain)
PROFILE = profile_of("CallManager")
CSR = make_csr(names=["DNS:cucm-pub.example.com"])
REQUEST = SigningRequest(CSR, PROFILE, timedelta(days=365), NOW)


def decided(*existing, latest_end=NOW + timedelta(days=365)):
    return decide(existing, REQUEST, authority=AUTHORITY, remaining=timedelta(days=30), latest_end=latest_end)


def test_nothing_there():
    decision = decided()
    assert decision.kept is None
    assert reasons(decision.reasons) == ["no_certificate"]


def test_a_certificate_that_fits_is_kept():
    leaf = make_leaf(CSR, ISSUING, end=NOW + timedelta(days=31))
    decision = decided(leaf)
    assert decision.kept == leaf
    assert decision.reasons == ()
    assert decision.warnings == ()


@pytest.mark.parametrize("days", [0, 29, 30])
def test_a_certificate_near_its_end_is_renewed(days):
    decision = decided(make_leaf(CSR, ISSUING, end=NOW + timedelta(days=days)))
    assert decision.kept is None
    assert reasons(decision.reasons) == ["expires_soon"]


def test_a_certificate_of_another_ca_is_replaced():
    decision = decided(make_leaf(CSR, make_ca("Other", with_key="rsa2048-other")))
    assert reasons(decision.reasons) == ["other_issuer"]


def test_a_certificate_of_another_ca_of_the_same_name_is_replaced():
    double = make_ca("Test Issuing", with_key="rsa2048-other")
    assert reasons(decided(make_leaf(CSR, double)).reasons) == ["other_issuer"]


def test_the_reasons_are_those_of_the_certificate_in_use():
    in_use = make_leaf(CSR, ISSUING, public_key=key("rsa2048-other").public_key())
    other = make_leaf(CSR, ISSUING, extended=("serverAuth",))
    assert reasons(decided(in_use, other).reasons) == ["key_differs"]


def test_the_second_is_kept_when_only_it_fits():
    fitting = make_leaf(CSR, ISSUING)
    assert decided(make_leaf(CSR, ISSUING, names=[]), fitting).kept == fitting


def test_a_renewal_that_wins_nothing_is_left_with_a_warning():
    leaf = make_leaf(CSR, ISSUING, end=NOW + timedelta(days=10))
    decision = decided(leaf, latest_end=NOW + timedelta(days=10))
    assert decision.kept == leaf
    assert "renew the CA" in decision.warnings[0]
    assert decided(leaf, latest_end=None).kept is None


def test_refused_csr_says_everything():
    csr = make_csr("*.example.com", ca=True)
    with pytest.raises(CsrRefused) as caught:
        check_csr(csr, policy=Policy(), profile=PROFILE)
    result = caught.value.as_result()
    assert result["reason"] == "csr_wildcard"
    assert [finding["reason"] for finding in result["findings"]] == ["csr_wildcard", "csr_asks_for_ca"]
    assert "wildcard" in result["msg"]
    assert "CA:TRUE" in result["msg"]


def test_authority_that_cannot_be_verified():
    with pytest.raises(AuthorityUnusable) as caught:
        check_authority(Authority((make_ca(ca=False).certificate,)), profile=PROFILE, now=NOW)
    assert caught.value.reason == "issuer_is_no_ca"
    check_authority(AUTHORITY, profile=PROFILE, now=NOW)


@dataclass
class FakeBackend:
    """A CA that answers what it likes."""

    answer: Any

    def ca_certificates(self):
        return ISSUING.chain

    def authority(self):
        return AUTHORITY

    def latest_end(self, request):
        return None

    def probe(self, profile, validity, now):
        return ()

    def prepare(self, request):
        return ()

    def close(self):
        pass

    def sign(self, request):
        return Issued(self.answer, ("from the CA",))


def test_a_ca_that_issues_with_several_certificates_is_known_by_all():
    """As a public CA does: the leaf is of another intermediate than the first one."""
    root = make_ca()
    first = make_ca("Test First", issuer=root, with_key="rsa2048-issuing")
    second = make_ca("Test Second", issuer=root, with_key="rsa2048-other")
    leaf = make_leaf(CSR, second)
    assert Authority(first.chain).chain_of(leaf) == ()
    authority = Authority(first.chain, others=(root.certificate, first.certificate, second.certificate))
    assert authority.chain_of(leaf) == second.chain
    assert judge_certificate(leaf, REQUEST, authority) == []
    assert reasons(judge_certificate(leaf, REQUEST, Authority(first.chain))) == ["other_issuer"]


def test_right_answer_is_handed_on():
    leaf = make_leaf(CSR, ISSUING)
    outcome = ask(FakeBackend(leaf), REQUEST)
    assert (outcome.certificate, outcome.changed, outcome.warnings) == (leaf, True, ("from the CA",))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"public_key": key("rsa2048-other").public_key()}, "key_differs"),
        ({"names": ["DNS:www.example.com"]}, "alt_names_differ"),
        ({"usages": ("digitalSignature",)}, "data_encipherment_lost"),
        ({"extended": ("serverAuth",)}, "extended_key_usage_missing"),
        ({"critical_names": True}, "critical_extension"),
        ({"end": NOW + timedelta(days=5000)}, "outlives_issuer"),
    ],
)
def test_wrong_answer_is_refused_and_not_lost(changes, reason):
    leaf = make_leaf(CSR, ISSUING, **changes)
    with pytest.raises(IssuedCertificateRefused) as caught:
        ask(FakeBackend(leaf), REQUEST)
    result = caught.value.as_result()
    assert result["reason"] == reason
    assert result["certificate"] == pem(leaf)
    assert result["serial_number"]
    assert [finding["reason"] for finding in result["findings"]] == [reason]
    assert "with the words: from the CA" in result["msg"]
