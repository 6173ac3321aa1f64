# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pool of certificates: a chain from it is that of the whole store, and no issuer is taken by its name."""

from __future__ import annotations

from datetime import timedelta

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.pool import Pool
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    CertificateUnreadable,
    fingerprint,
    order_chain,
    pem,
)
from ansible_collections.ucops.cucm.tests.support.builders import NOW, make_ca, make_csr, make_leaf
from cryptography import x509

ROOT = make_ca("Root")
ISSUING = make_ca("Issuing", issuer=ROOT, with_key="rsa2048-issuing")
RENEWED = make_ca(
    "Issuing", issuer=ROOT, with_key="rsa2048-issuing", end=NOW + timedelta(days=9000), identifiers=False
)
IMPOSTOR = make_ca("Issuing", issuer=ROOT, with_key="rsa2048-impostor")
LEAF = make_leaf(make_csr(), ISSUING)
ALL = (ROOT, ISSUING, RENEWED, IMPOSTOR)


def pool_of(*certificates: x509.Certificate) -> Pool:
    pool = Pool()
    for certificate in certificates:
        assert pool.add(pem(certificate), source="a test") == fingerprint(certificate)
    return pool


def test_chain_is_that_of_the_whole_store() -> None:
    pool = pool_of(LEAF, *(ca.certificate for ca in ALL))
    name = fingerprint(LEAF)
    store = {fingerprint(ca.certificate) for ca in ALL}
    assert pool.certificates(pool.chain(name, store)) == order_chain(LEAF, [ca.certificate for ca in ALL])
    assert pool.chain(name, store - {fingerprint(ROOT.certificate)}) == (fingerprint(RENEWED.certificate),)
    assert pool.chain(name, set()) == ()


def test_issuers_are_found_by_their_signature() -> None:
    pool = pool_of(LEAF, *(ca.certificate for ca in ALL))
    assert set(pool.issuers(fingerprint(LEAF))) == {
        fingerprint(ISSUING.certificate),
        fingerprint(RENEWED.certificate),
    }
    assert pool.issuers(fingerprint(ROOT.certificate)) == []
    assert pool.is_self_signed(fingerprint(ROOT.certificate))
    assert not pool.is_self_signed(fingerprint(LEAF))


def test_what_comes_later_counts() -> None:
    pool = pool_of(LEAF)
    assert pool.above(fingerprint(LEAF)) == ()
    pool.add(pem(ISSUING.certificate), source="a test")
    assert pool.above(fingerprint(LEAF)) == (fingerprint(ISSUING.certificate),)


def test_two_that_vouch_for_each_other_end() -> None:
    """Cross certificates make a circle."""
    one, other = make_ca("A", with_key="rsa2048-a"), make_ca("B", with_key="rsa2048-b")
    crossed = [
        make_ca("A", issuer=other, with_key="rsa2048-a").certificate,
        make_ca("B", issuer=one, with_key="rsa2048-b").certificate,
    ]
    leaf = make_leaf(make_csr(), one)
    pool = pool_of(leaf, *crossed)
    assert len(pool.above(fingerprint(leaf))) == 2
    assert len(pool.chain(fingerprint(leaf), set(pool))) == 2


def test_the_same_text_is_one_certificate_and_no_text_is_none() -> None:
    pool = pool_of(LEAF, LEAF)
    assert list(pool) == [fingerprint(LEAF)]
    with pytest.raises(CertificateUnreadable, match="from a test"):
        pool.add("no certificate", source="a test")
    assert "certificate" not in pool.described(fingerprint(LEAF))
