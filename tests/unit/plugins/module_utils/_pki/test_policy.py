# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy: which requests may be signed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import profile_of
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy import (
    Policy,
    ignored_requests,
    is_signature_right,
    judge_csr,
    weaknesses,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    LARGEST_CSR,
    CsrUnreadable,
    load_csr,
)
from ansible_collections.ucops.cucm.tests.support.builders import (
    BOTH,
    OLD_USAGES,
    USAGES,
    make_csr,
    name,
    openssl_csr,
    reasons,
)
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

COMMON_NAME = x509.NameOID.COMMON_NAME


def judge(csr, service="CallManager", **policy):
    return reasons(judge_csr(csr, policy=Policy(**policy), profile=profile_of(service)))


@pytest.mark.parametrize(
    ("csr", "service"),
    [
        (make_csr("cucm-pub.example.com"), "CallManager"),
        (make_csr("CUCM10", usages=OLD_USAGES, extended=(*BOTH, "ipsecEndSystem")), "CallManager"),
        (make_csr("cucm-ms.example.com", names=["DNS:cucm-pub.example.com", "DNS:example.com"]), "tomcat"),
        (
            make_csr("cucm-EC-ms.example.com", with_key="ec384", names=["DNS:a.example.com"]),
            "CallManager-ECDSA",
        ),
        (make_csr(usages=None, extended=None), "CallManager"),
        (make_csr(names=["IP:192.0.2.1", "IP:2001:db8::1", "URI:sip:x@example.com"]), "CallManager"),
        (make_csr(subject=name("a.example.com", O="Bäckerei Müller", L="Köln")), "CallManager"),
        (make_csr(names=[f"DNS:n{number}.example.com" for number in range(100)]), "CallManager"),
    ],
)
def test_requests_as_cucm_makes_them_are_signed(csr, service):
    assert judge(csr, service) == []


@pytest.mark.parametrize(
    ("csr", "reason"),
    [
        (make_csr(ca=True), "csr_asks_for_ca"),
        (make_csr("*.example.com"), "csr_wildcard"),
        (make_csr(names=["DNS:*.example.com"]), "csr_wildcard"),
        (make_csr(names=["DNS:a.example.com\0.evil.example"]), "csr_name_malformed"),
        (make_csr(names=["DNS:a example.com"]), "csr_name_malformed"),
        (make_csr(names=["DNS:-a.example.com"]), "csr_name_malformed"),
        (make_csr(names=["DNS:a..example.com"]), "csr_name_malformed"),
        (make_csr(names=["DNS:" + "a" * 64 + ".example.com"]), "csr_name_malformed"),
        (make_csr(names=["URI:sip:a b@example.com"]), "csr_name_malformed"),
        (make_csr(names=["RID:1.2.3"]), "csr_name_kind_not_allowed"),
        (make_csr(names=[f"DNS:n{number}.example.com" for number in range(300)]), "csr_too_many_names"),
        (make_csr("a\nb"), "csr_name_malformed"),
        (make_csr(subject=name("a.example.com", O="x\ty")), "csr_name_malformed"),
        (make_csr(None), "csr_without_common_name"),
        (
            make_csr(
                subject=x509.Name(
                    [x509.NameAttribute(COMMON_NAME, "a"), x509.NameAttribute(COMMON_NAME, "b")]
                )
            ),
            "csr_with_several_common_names",
        ),
        (make_csr(with_key="rsae3"), "csr_key_weak"),
        (make_csr(with_key="ed25519"), "csr_hash_not_allowed"),
        (make_csr(with_key="ec384"), "csr_key_type_wrong"),
        (make_csr(extended=("serverAuth",)), "csr_lacks_extended_key_usage"),
        (make_csr(usages=("keyEncipherment",)), "csr_lacks_key_usage"),
    ],
)
def test_hostile_and_unusable_requests(csr, reason):
    assert reason in judge(csr)


def test_short_curves():
    assert judge(make_csr(with_key="ec192"), "CallManager-ECDSA") == ["csr_key_too_small"]
    assert judge(make_csr(with_key="koblitz256"), "CallManager-ECDSA") == ["csr_curve_unsupported"]


@pytest.mark.parametrize("bits", [512, 1024])
def test_short_rsa_keys(tmp_path, bits):
    csr = load_csr(openssl_csr(tmp_path, bits=bits), source="x")
    assert "csr_key_too_small" in judge(csr)


@pytest.mark.parametrize("digest", ["md5", "sha1", "sha224"])
def test_weak_hashes_are_named_and_not_called_a_wrong_signature(tmp_path, digest):
    csr = load_csr(openssl_csr(tmp_path, digest=digest), source="x")
    findings = judge_csr(csr, policy=Policy(), profile=profile_of("CallManager"))
    assert reasons(findings) == ["csr_hash_not_allowed"]
    assert digest in findings[0].text
    assert "SHA256" in findings[0].remedy


def test_tampered_signature():
    der = make_csr().public_bytes(serialization.Encoding.DER)
    tampered = load_csr(der[:-1] + bytes([der[-1] ^ 1]), source="x")
    assert judge(tampered) == ["csr_signature_invalid"]


@pytest.mark.parametrize("size", [LARGEST_CSR + 1, 2 * 1024 * 1024])
def test_huge_requests_are_not_even_decoded(size):
    text = make_csr().public_bytes(serialization.Encoding.PEM)
    with pytest.raises(CsrUnreadable, match="largest accepted"):
        load_csr(text + b"x" * (size - len(text)), source="x")


def test_a_request_of_the_largest_size_is_decoded():
    text = make_csr().public_bytes(serialization.Encoding.PEM)
    assert judge(load_csr(text + b"x" * (LARGEST_CSR - len(text)), source="x")) == []


def test_changed_name_breaks_the_signature():
    der = make_csr("good.example.com").public_bytes(serialization.Encoding.DER)
    tampered = load_csr(der.replace(b"good.example.com", b"evil.example.com"), source="x")
    assert judge(tampered) == ["csr_signature_invalid"]


def tampered(csr):
    der = bytearray(csr.public_bytes(serialization.Encoding.DER))
    der[-1] ^= 1
    return load_csr(bytes(der), source="x")


@pytest.mark.parametrize(
    ("weak", "key_type"),
    [
        ({"digest": "sha1"}, "rsa"),
        ({"digest": "sha1", "bits": 1024}, "rsa"),
        ({"digest": "sha256", "bits": 1024}, "rsa"),
        ({"digest": "sha1", "curve": "prime256v1"}, "ec"),
        ({"digest": "sha1", "curve": "secp384r1"}, "ec"),
    ],
)
def test_weak_requests_pass_only_when_they_are_allowed_and_rightly_signed(tmp_path, weak, key_type):
    csr = load_csr(openssl_csr(tmp_path, **weak), source="x")
    service = "CallManager" if key_type == "rsa" else "CallManager-ECDSA"
    assert judge(csr, service) != []
    assert judge(csr, service, allow_weak=True) == []
    assert judge(tampered(csr), service, allow_weak=True) == ["csr_signature_invalid"]


@pytest.mark.parametrize(
    ("weak", "reason"),
    [
        ({"digest": "md5"}, "csr_hash_not_allowed"),
        ({"digest": "sha224"}, "csr_hash_not_allowed"),
        ({"digest": "sha1", "bits": 512}, "csr_key_too_small"),
        ({"digest": "sha256", "bits": 1016}, "csr_key_too_small"),
    ],
)
def test_some_requests_are_too_weak_for_ever(tmp_path, weak, reason):
    csr = load_csr(openssl_csr(tmp_path, **weak), source="x")
    assert judge(csr, allow_weak=True) == [reason]


def test_weak_elliptic_keys_do_not_pass_with_weak_requests():
    assert judge(make_csr(with_key="ec192"), "CallManager-ECDSA", allow_weak=True) == ["csr_key_too_small"]


def test_the_remedy_names_the_option_only_where_it_helps(tmp_path):
    def remedies(**weak):
        csr = load_csr(openssl_csr(tmp_path, **weak), source="x")
        findings = judge_csr(csr, policy=Policy(), profile=profile_of("CallManager"))
        return " ".join(finding.remedy for finding in findings)

    assert remedies(bits=1024, digest="sha1").count("allow_weak_csr") == 2
    assert "allow_weak_csr" not in remedies(bits=512, digest="md5")
    large = judge_csr(make_csr(), policy=Policy(min_rsa_bits=3072), profile=profile_of("CallManager"))
    assert "allow_weak_csr" not in large[0].remedy


@pytest.mark.parametrize(
    ("weak", "expected"),
    [
        ({}, []),
        ({"bits": 1024}, ["csr_weak_key"]),
        ({"digest": "sha1"}, ["csr_weak_hash"]),
        ({"digest": "md5", "bits": 512}, ["csr_weak_key", "csr_weak_hash"]),
        ({"digest": "sha384", "curve": "secp384r1"}, []),
    ],
)
def test_weaknesses_are_those_of_the_request_whatever_the_policy(tmp_path, weak, expected):
    assert reasons(weaknesses(load_csr(openssl_csr(tmp_path, **weak), source="x"))) == expected


def test_a_request_without_a_hash_is_not_weak_by_that():
    assert weaknesses(make_csr(with_key="ed25519")) == []


@pytest.mark.parametrize(
    "weak", [{}, {"digest": "sha1"}, {"digest": "md5"}, {"digest": "sha1", "curve": "prime256v1"}]
)
def test_signatures_are_verified_whatever_the_hash(tmp_path, weak):
    csr = load_csr(openssl_csr(tmp_path, **weak), source="x")
    assert is_signature_right(csr)
    assert not is_signature_right(tampered(csr))


def test_other_kinds_of_keys_are_verified_too():
    assert is_signature_right(make_csr(with_key="ed25519"))
    assert not is_signature_right(tampered(make_csr(with_key="ed25519")))


def test_a_request_made_by_openssl_is_signed(tmp_path):
    csr = load_csr(openssl_csr(tmp_path, extensions=["subjectAltName=DNS:a.example.com"]), source="x")
    assert judge(csr) == []


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ({"allowed_domains": ("example.com",)}, []),
        ({"allowed_domains": ("EXAMPLE.COM.",)}, []),
        ({"allowed_names": ("Cucm.Example.com", "a.example.com")}, []),
        ({"allowed_names": ("cucm.example.com",), "allowed_domains": ("a.example.com",)}, []),
        ({"allowed_names": ("cucm.example.com",)}, ["csr_name_not_allowed"]),
        ({"allowed_domains": ("ample.com",)}, ["csr_name_not_allowed"] * 2),
        ({"allowed_domains": ("sub.example.com",)}, ["csr_name_not_allowed"] * 2),
        ({"allowed_domains": ("",)}, ["csr_name_not_allowed"] * 2),
    ],
)
def test_allowed_names_and_domains(policy, expected):
    assert judge(make_csr("cucm.example.com", names=["DNS:a.example.com"]), **policy) == expected


def test_addresses_must_be_named():
    csr = make_csr("a.example.com", names=["IP:192.0.2.1"])
    assert judge(csr, allowed_domains=("example.com",)) == ["csr_name_not_allowed"]
    assert judge(csr, allowed_domains=("example.com",), allowed_names=("192.0.2.1",)) == []


def test_sizes_and_types_follow_the_policy():
    assert judge(make_csr(), min_rsa_bits=3072) == ["csr_key_too_small"]
    assert judge(make_csr(), max_rsa_bits=1024) == ["csr_key_too_large"]
    assert judge(make_csr(), key_types=("ec",)) == ["csr_key_type_not_allowed"]
    assert judge(make_csr(), hash_algorithms=("sha512",)) == ["csr_hash_not_allowed"]
    assert judge(make_csr(names=["DNS:a", "DNS:b"]), max_alt_names=1) == ["csr_too_many_names"]


def test_usages_that_are_never_given_are_named():
    csr = make_csr(usages=(*USAGES, "keyCertSign", "cRLSign"), extended=(*BOTH, "codeSigning", "1.2.3.4"))
    assert judge(csr) == []
    assert ignored_requests(csr) == ["keyCertSign", "cRLSign", "codeSigning", "1.2.3.4"]


def test_a_request_for_nothing_that_is_ever_given():
    profile = replace(profile_of("CallManager"), required_extended_key_usages=())
    for extended in (("codeSigning",), ("anyExtendedKeyUsage",)):
        findings = judge_csr(make_csr(extended=extended), policy=Policy(), profile=profile)
        assert reasons(findings) == ["csr_extended_key_usage_not_allowed"]


@given(st.lists(st.text(st.characters(codec="ascii"), min_size=1, max_size=40), max_size=4), st.booleans())
def test_what_passes_is_a_clean_name_in_an_allowed_domain(names, restricted):
    csr = make_csr("a.example.com", names=[f"DNS:{text}" for text in names], with_key="ec256")
    domains = ("example.com",) if restricted else ()
    if judge(csr, "CallManager-ECDSA", allowed_domains=domains):
        return
    for text in names:
        assert not set(text.lower()) - set("abcdefghijklmnopqrstuvwxyz0123456789-_.")
        assert not restricted or text.lower() == "example.com" or text.lower().endswith(".example.com")


@given(
    st.sets(
        st.sampled_from(["digitalSignature", "keyEncipherment", "dataEncipherment", "keyCertSign", "cRLSign"])
    ),
    st.sets(st.sampled_from([*BOTH, "ipsecEndSystem", "codeSigning", "anyExtendedKeyUsage"]), min_size=1),
    st.booleans(),
)
def test_a_passed_request_can_do_its_work_and_is_no_ca(usages, extended, ca):
    csr = make_csr(usages=tuple(usages), extended=tuple(extended), ca=ca, with_key="ec256")
    if not judge(csr, "CallManager-ECDSA"):
        assert not ca
        assert "digitalSignature" in usages
        assert set(BOTH) <= extended
