# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who issued a certificate: a public CA taken for a private one would hide the end of client authentication."""

from __future__ import annotations

import certifi
import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.issuer_kind import issuer_kind
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import load_certificates
from ansible_collections.ucops.cucm.tests.support.audited import self_signed
from ansible_collections.ucops.cucm.tests.support.builders import Ca, key, make_ca, make_csr, make_leaf, name
from cryptography import x509
from cryptography.hazmat.primitives import hashes

ROOT = make_ca("Root")
ISSUING = make_ca("Issuing", issuer=ROOT, with_key="rsa2048-issuing")


def with_extension(extension: x509.ExtensionType) -> x509.Certificate:
    made = make_leaf(make_csr(), ISSUING)
    builder = (
        x509.CertificateBuilder()
        .subject_name(made.subject)
        .issuer_name(made.issuer)
        .public_key(made.public_key())
        .serial_number(made.serial_number)
        .not_valid_before(made.not_valid_before_utc)
        .not_valid_after(made.not_valid_after_utc)
        .add_extension(extension, critical=False)
    )
    return builder.sign(ISSUING.key, hashes.SHA256())


def policy(oid: str) -> x509.CertificatePolicies:
    return x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier(oid), None)])


def timestamps() -> x509.UnrecognizedExtension:
    return x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.4.1.11129.2.4.2"), b"\x04\x02\x00\x00")


def test_a_private_ca_and_what_it_is_without_its_root() -> None:
    leaf = make_leaf(make_csr(), ISSUING)
    assert issuer_kind(leaf, [ISSUING.certificate, ROOT.certificate]) == "private_ca"
    assert issuer_kind(leaf, [ISSUING.certificate]) == "unknown"
    assert issuer_kind(leaf, []) == "unknown"


def test_a_node_itself() -> None:
    assert issuer_kind(self_signed("cucm-pub"), []) == "self_signed"


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        (policy("2.23.140.1.2.1"), "public_ca"),  # domain validated
        (policy("2.23.140.1.2.2"), "public_ca"),  # organization validated
        (policy("2.23.140.1.1"), "public_ca"),  # extended validation
        (policy("1.3.6.1.4.1.55555.1"), "private_ca"),
        (timestamps(), "public_ca"),
    ],
)
def test_what_a_certificate_says_of_its_issuer(extension: x509.ExtensionType, expected: str) -> None:
    assert issuer_kind(with_extension(extension), [ISSUING.certificate, ROOT.certificate]) == expected


@pytest.mark.parametrize("organization", ["Let's Encrypt", "DigiCert Inc", "SECTIGO LIMITED"])
def test_public_cas_whose_plans_are_known(organization: str) -> None:
    ca = make_ca("R99", organization=organization, with_key="rsa2048-public")
    assert issuer_kind(make_leaf(make_csr(), ca), [ca.certificate]) == "public_ca"


def test_a_root_that_browsers_trust() -> None:
    """By its key, whatever its other certificates are."""
    with open(certifi.where(), "rb") as stream:
        root = load_certificates(stream.read(), source="certifi")[0]
    leaf = make_leaf(make_csr(), Ca(root, key("rsa2048-other")))
    assert issuer_kind(leaf, [root]) == "public_ca"
    lookalike = make_ca("Lookalike", with_key="rsa2048-look").certificate
    renamed = (
        x509.CertificateBuilder()
        .subject_name(root.subject)
        .issuer_name(root.subject)
        .public_key(key("rsa2048-look").public_key())
        .serial_number(1)
        .not_valid_before(lookalike.not_valid_before_utc)
        .not_valid_after(lookalike.not_valid_after_utc)
        .sign(key("rsa2048-look"), hashes.SHA256())
    )
    own = make_leaf(make_csr(), ROOT, subject=name("cucm-pub"))
    assert issuer_kind(own, [renamed]) == "private_ca"
