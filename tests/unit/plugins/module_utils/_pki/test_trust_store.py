# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""If this fails, an upload displaces a CA that certificates in use need, and no task says so before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.trust_store import effect_of_upload
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
    Ca,
    make_ca,
    make_csr,
    make_leaf,
    name,
    reasons,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes

OLD_START, NEW_START = NOW - timedelta(days=400), NOW - timedelta(days=5)
OLD = make_ca("Test Root", with_key="ec256-old", start=OLD_START)
CROSS = make_ca(
    "Test Root", with_key="ec256-old", start=NEW_START, issuer=make_ca("Test Elder", with_key="ec256-elder")
)
RENEWED = make_ca("Test Root", with_key="ec256-old", start=NEW_START)
REKEYED = make_ca("Test Root", with_key="ec256-new", start=NEW_START)
RENAMED = make_ca("Test Root", with_key="ec256-old", start=NEW_START, organization="Example Ltd")
OTHER = make_ca("Other Root", with_key="ec256-other", start=NEW_START)


def issued_by(ca: Ca, common_name: str = "cucm-pub.example.com") -> x509.Certificate:
    return make_leaf(make_csr(common_name, with_key="ec256-leaf"), ca)


def foresee(held, missing, *, wanted=None, identities=()):
    effect = effect_of_upload(
        [ca.certificate for ca in held],
        [ca.certificate for ca in missing],
        wanted=[ca.certificate for ca in wanted or missing],
        identities=identities,
    )
    return list(effect.displaced), effect.findings


def test_a_certificate_of_another_common_name_displaces_nothing():
    assert foresee([OLD], [OTHER], identities=[issued_by(OLD)]) == ([], ())


def test_a_renewed_certificate_of_the_same_key_and_name_displaces_the_old_one_and_keeps_all_verifiable():
    displaced, findings = foresee([OLD], [RENEWED], identities=[issued_by(OLD)])
    assert (displaced, findings) == ([OLD.certificate], ())


def test_a_cross_signed_twin_does_not_displace_the_root():
    displaced, findings = foresee([OLD], [CROSS])
    assert displaced == [OLD.certificate]
    assert reasons(findings) == ["root_displaced"]
    assert "CN=Test Elder" in findings[0].text


def test_the_root_may_displace_its_cross_signed_twin():
    root = make_ca("Test Root", with_key="ec256-old", start=NOW - timedelta(days=1))
    assert foresee([CROSS], [root], identities=[issued_by(OLD)]) == ([CROSS.certificate], ())


@pytest.mark.parametrize("start", [OLD_START, OLD_START - timedelta(days=1)])
def test_one_that_begins_no_later_would_be_dropped_without_a_word(start):
    twin = make_ca("Test Root", with_key="ec256-new", start=start)
    assert reasons(foresee([OLD], [twin])[1]) == ["not_stored"]


@pytest.mark.parametrize("order", [1, -1])
def test_two_of_one_common_name_cannot_both_be_kept(order):
    both = [OLD, REKEYED][::order]
    assert reasons(foresee([], both)[1]) == ["common_name_collision"]
    held, missing = both
    (finding,) = foresee([held], [missing], wanted=both)[1]
    assert finding.reason == "common_name_collision"
    assert "valid from" in finding.text


@pytest.mark.parametrize("as_identity", [True, False])
@pytest.mark.parametrize(
    ("new", "words"),
    [(REKEYED, "which has another key;"), (RENAMED, "which has the same key and another name;")],
)
def test_an_issuer_in_use_is_not_displaced(new, words, as_identity):
    """Of a service's certificate, or of a CA below it in the same store."""
    below = make_ca("Test Issuing", issuer=OLD, with_key="ec256-issuing")
    held = [OLD] if as_identity else [OLD, below]
    displaced, findings = foresee(held, [new], identities=[issued_by(OLD)] if as_identity else ())
    assert displaced == [OLD.certificate]
    assert reasons(findings) == ["issuer_displaced"]
    assert words in findings[0].text
    assert ("CN=cucm-pub.example.com" if as_identity else "CN=Test Issuing") in findings[0].text


def test_an_issuer_that_nothing_needs_may_be_displaced():
    assert foresee([OLD], [REKEYED], identities=[issued_by(OTHER)]) == ([OLD.certificate], ())


def test_a_renewed_root_whose_old_serial_number_is_named_by_what_it_issued():
    """Then TLS libraries do not take the renewed one for the issuer."""
    identifier = x509.AuthorityKeyIdentifier(
        None, [x509.DirectoryName(OLD.certificate.subject)], OLD.certificate.serial_number
    )
    leaf = (
        x509.CertificateBuilder()
        .subject_name(name("cucm-pub.example.com"))
        .issuer_name(OLD.certificate.subject)
        .public_key(OTHER.certificate.public_key())
        .serial_number(5)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=5))
        .add_extension(identifier, critical=False)
        .sign(OLD.key, hashes.SHA256())
    )
    (finding,) = foresee([OLD], [RENEWED], identities=[leaf])[1]
    assert finding.reason == "issuer_displaced"
    assert "another serial number" in finding.text
