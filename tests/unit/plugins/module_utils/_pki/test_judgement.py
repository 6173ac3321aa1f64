# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The judgement of certificates: each way of being wrong has its reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import (
    PROFILES,
    judge_identity,
    judge_leaf,
    judge_trust,
    profile_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import load_certificate
from ansible_collections.ucops.cucm.tests.support.builders import (
    BOTH,
    NOW,
    OLD_USAGES,
    USAGES,
    Ca,
    key,
    make_ca,
    make_csr,
    make_issuing_ca,
    make_leaf,
    name,
    openssl,
    reasons,
    write_key,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

NAMES = ["DNS:cucm-pub.example.com", "DNS:example.com"]
CSR = make_csr(names=NAMES)
ISSUING = make_issuing_ca()
ROOT = ISSUING.above[0]


def judge(leaf, *, csr=CSR, trusted=ISSUING.chain, service="CallManager", now=NOW):
    return reasons(judge_identity(leaf, csr=csr, trusted=trusted, service=service, now=now))


def test_right_certificate_has_no_findings():
    assert judge(make_leaf(CSR, ISSUING)) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"public_key": key("rsa2048-other").public_key()}, "key_differs"),
        ({"subject": name("other.example.com")}, "common_name_differs"),
        ({"names": [*NAMES, "DNS:www.example.com"]}, "alt_names_differ"),
        ({"names": NAMES[:1]}, "alt_names_differ"),
        ({"names": []}, "alt_names_differ"),
        ({"usages": ("digitalSignature", "keyEncipherment")}, "data_encipherment_lost"),
        ({"usages": None}, "data_encipherment_lost"),
        ({"usages": ("keyEncipherment", "dataEncipherment")}, "key_usage_missing"),
        ({"end": NOW - timedelta(seconds=1)}, "expired"),
        ({"start": NOW + timedelta(seconds=1)}, "not_yet_valid"),
        ({"extended": ("serverAuth",)}, "extended_key_usage_missing"),
        ({"extended": ("clientAuth",)}, "extended_key_usage_missing"),
        ({"extended": None}, "extended_key_usage_missing"),
        ({"is_authority": True}, "is_a_ca"),
        ({"usages": (*USAGES, "keyCertSign")}, "is_a_ca"),
        ({"critical_names": True}, "critical_extension"),
        ({"digest": hashes.SHA224()}, "hash_too_weak"),
        ({"start": NOW - timedelta(days=400)}, "outlives_issuer"),
        ({"end": NOW + timedelta(days=4000)}, "outlives_issuer"),
    ],
)
def test_one_wrong_thing_is_one_finding(changes, reason):
    assert judge(make_leaf(CSR, ISSUING, **changes)) == [reason]


def test_what_may_differ():
    """The CA may drop the unit and more of the subject, add usages, and order the names its way."""
    leaf = make_leaf(
        CSR,
        ISSUING,
        subject=name("cucm-pub.example.com"),
        names=["DNS:EXAMPLE.com", *NAMES[:1]],
        usages=OLD_USAGES,
        extended=(*BOTH, "ipsecEndSystem"),
    )
    assert judge(leaf) == []


def test_a_dot_at_the_end_of_a_name_is_no_difference():
    assert judge(make_leaf(CSR, ISSUING, names=[f"{NAMES[0]}.", *NAMES[1:]])) == []


def test_names_are_not_compared_when_the_csr_has_none():
    csr = make_csr()
    assert judge(make_leaf(csr, ISSUING, names=["DNS:added.example.com"]), csr=csr) == []


def test_without_a_csr_the_certificate_is_judged_by_itself():
    assert judge(make_leaf(CSR, ISSUING), csr=None) == []
    assert judge(make_leaf(CSR, ISSUING, extended=("serverAuth",)), csr=None) == [
        "extended_key_usage_missing"
    ]


def test_wildcards():
    csr = make_csr(names=["DNS:*.example.com"])
    assert judge(make_leaf(csr, ISSUING), csr=csr) == ["wildcard"]


@pytest.mark.parametrize(
    ("with_key", "service", "expected"),
    [
        ("ec384", "CallManager-ECDSA", []),
        ("ec256", "tomcat-ECDSA", []),
        ("ec384", "CallManager", ["key_type_wrong"]),
        ("rsa2048", "CallManager-ECDSA", ["key_type_wrong"]),
        ("ec192", "CallManager-ECDSA", ["key_too_small"]),
        ("brainpool256", "CallManager-ECDSA", ["curve_unsupported"]),
        ("koblitz256", "CallManager-ECDSA", ["curve_unsupported"]),
        ("ec521", "CallManager-ECDSA", []),
        ("ed25519", "CallManager", ["key_type_unknown"]),
    ],
)
def test_key_types_and_sizes(with_key, service, expected):
    csr = make_csr(names=NAMES, with_key=with_key)
    assert judge(make_leaf(csr, ISSUING), csr=csr, service=service) == expected


@pytest.mark.parametrize(("bits", "reason"), [(1024, "key_too_small"), (8192, "key_too_large")])
def test_rsa_sizes(bits, reason):
    modulus = (1 << bits) - 1  # a public key that nobody has the private one of
    leaf = make_leaf(CSR, ISSUING, public_key=rsa.RSAPublicNumbers(65537, modulus).public_key())
    assert judge(leaf, csr=None) == [reason]


def test_key_that_cannot_be_decoded_is_like_no_other():
    der = make_leaf(CSR, ISSUING).public_bytes(serialization.Encoding.DER)
    rsa_encryption, unknown = bytes.fromhex("06092a864886f70d010101"), bytes.fromhex("06092a864886f70d010163")
    assert der.count(rsa_encryption) == 1
    leaf = load_certificate(der.replace(rsa_encryption, unknown), source="x")
    assert {"key_differs", "key_type_unknown"} <= set(judge(leaf))


def test_sha1_certificate(tmp_path):
    write_key(tmp_path / "key.pem", key("rsa2048"))
    openssl(
        "req", "-x509", "-sha1", "-key", tmp_path / "key.pem", "-subj", "/CN=a.example.com",
        "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=serverAuth,clientAuth",
        "-out", tmp_path / "cert.pem",
    )  # fmt: skip
    leaf = x509.load_pem_x509_certificate((tmp_path / "cert.pem").read_bytes())
    assert "hash_too_weak" in judge(leaf, csr=None)


def test_ipsec_needs_its_own_usage():
    assert judge(make_leaf(CSR, ISSUING), service="ipsec") == ["extended_key_usage_missing"]


@pytest.mark.parametrize("trusted", [[], [ROOT], [ISSUING.certificate], [make_ca("Stranger").certificate]])
def test_chain_must_reach_a_trusted_root(trusted):
    assert judge(make_leaf(CSR, ISSUING), trusted=trusted) == ["issuer_not_trusted"]


def test_self_signed_certificate_is_no_ca_signed_identity():
    own = Ca(make_ca("cucm-pub.example.com").certificate, key("rsa2048"))
    assert "issuer_not_trusted" in judge(own.certificate, csr=None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ca": False}, "issuer_is_no_ca"),
        ({"usages": ("cRLSign",)}, "issuer_is_no_ca"),
        ({"extended": ("serverAuth",)}, "issuer_limits_usage"),
        ({"digest": hashes.SHA224()}, "hash_too_weak"),
    ],
)
def test_issuing_ca_that_is_wrong(changes, reason):
    issuing = make_issuing_ca(**changes)
    assert judge(make_leaf(CSR, issuing), trusted=issuing.chain) == [reason]


def test_issuing_ca_that_has_expired():
    issuing = make_issuing_ca(end=NOW + timedelta(days=1))
    leaf = make_leaf(CSR, issuing, end=NOW + timedelta(days=1))
    assert judge(leaf, trusted=issuing.chain, now=NOW + timedelta(days=2)) == ["expired", "expired"]


def test_any_extended_key_usage_of_a_ca_does_not_count():
    """OpenSSL wants the usages by name in a CA that has the extension."""
    issuing = make_issuing_ca(extended=("anyExtendedKeyUsage",))
    assert judge(make_leaf(CSR, issuing), trusted=issuing.chain) == ["issuer_limits_usage"]


def test_path_length():
    root = make_ca(path_length=0)
    issuing = make_ca("Test Issuing", issuer=root, with_key="rsa2048-issuing")
    assert judge(make_leaf(CSR, issuing), trusted=issuing.chain) == ["path_too_long"]
    assert judge(make_leaf(CSR, root), trusted=root.chain) == []


def test_ca_with_a_short_key():
    root = make_ca(with_key="rsa1024")
    assert judge(make_leaf(CSR, root), trusted=root.chain) == ["key_too_small"]


def test_every_finding_has_words_and_a_remedy():
    leaf = make_leaf(CSR, ISSUING, names=[], extended=None, usages=None, end=NOW - timedelta(seconds=1))
    findings = judge_identity(leaf, csr=CSR, trusted=[], service="CallManager", now=NOW)
    assert len(findings) >= 5
    assert all(finding.text and finding.remedy for finding in findings)
    assert findings[0].as_dict().keys() == {"reason", "text", "remedy"}


def test_trust_takes_cas_and_self_signed_certificates():
    assert judge_trust(ROOT, now=NOW) == []
    assert judge_trust(ISSUING.certificate, now=NOW) == []
    assert judge_trust(make_ca("node", ca=False, usages=None).certificate, now=NOW) == []


@pytest.mark.parametrize(
    ("certificate", "expected"),
    [
        (make_leaf(CSR, ISSUING), ["not_a_ca"]),
        (make_ca(end=NOW - timedelta(days=1), start=NOW - timedelta(days=2)).certificate, ["expired"]),
        (make_ca(start=NOW + timedelta(days=1)).certificate, ["not_yet_valid"]),
        (make_ca(with_key="rsa1024").certificate, ["key_too_small"]),
        (make_issuing_ca(digest=hashes.SHA224()).certificate, ["hash_too_weak"]),
        (make_ca(digest=hashes.SHA224()).certificate, []),
    ],
)
def test_trust_judges_what_is_wrong(certificate, expected):
    assert reasons(judge_trust(certificate, now=NOW)) == expected


def test_profiles():
    assert profile_of("CallManager").service == "CallManager"
    assert all(set(BOTH) <= set(profile.required_extended_key_usages) for profile in PROFILES.values())
    with pytest.raises(InvalidOption, match="CAPF"):
        profile_of("CAPF")


def test_required_usages_can_be_replaced():
    profile = replace(profile_of("CallManager"), required_extended_key_usages=("serverAuth",))
    leaf = make_leaf(CSR, ISSUING, extended=("serverAuth",))
    assert judge_leaf(leaf, csr=CSR, profile=profile, now=NOW) == []
