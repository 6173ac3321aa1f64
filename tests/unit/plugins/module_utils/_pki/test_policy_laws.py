# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Laws of the policy and of the local CA, held against requests that nobody has thought of."""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import SigningRequest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.issuance import judge_certificate
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import profile_of
from ansible_collections.ucops.cucm.plugins.module_utils._pki.local import LocalBackend
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy import (
    GRANTABLE_EXTENDED_KEY_USAGES,
    Policy,
    ignored_requests,
    is_signature_right,
    judge_csr,
    weaknesses,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    EXTENDED_KEY_USAGE_OIDS,
    KEY_USAGES,
    CsrUnreadable,
    load_csr,
)
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
    make_ca,
    make_csr,
    openssl_csr,
)
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st

DOMAIN = "example.com"
SERVICES = {"CallManager": "rsa2048", "CallManager-ECDSA": "ec256", "ipsec": "rsa2048"}

#: Names as sites use them, and as attackers do.
GOOD_NAMES = st.sampled_from(
    ["example.com", "cucm-pub.example.com", "CUCM-SUB.Example.COM", "a_b.x.example.com", "1.example.com"]
)
BAD_NAMES = st.sampled_from(
    [
        "*.example.com",
        "a.*.example.com",
        "cucm.example.com\0.attacker.example",
        "attacker.example",
        "notexample.com",
        "example.com.attacker.example",
        ".example.com",
        "a..example.com",
        "a.example.com ",
        "a.example.com\n",
        "-a.example.com",
        "a" * 64 + ".example.com",
    ]
)
ANY_NAMES = st.text(st.characters(codec="ascii"), min_size=1, max_size=30)
HOST_NAMES = st.one_of(GOOD_NAMES, GOOD_NAMES, GOOD_NAMES, BAD_NAMES, ANY_NAMES)
OTHER_NAMES = st.sampled_from(["IP:192.0.2.1", "IP:192.0.2.1", "IP:2001:db8::1", "URI:sip:a@example.com"])
ALT_NAMES = st.one_of(GOOD_NAMES.map("DNS:{}".format), HOST_NAMES.map("DNS:{}".format), OTHER_NAMES)
COMMON_NAMES = st.one_of(
    GOOD_NAMES,
    GOOD_NAMES,
    HOST_NAMES.filter(lambda text: len(text) <= 64),
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=30),
)


def sets_with(needed, values):
    """Sets of the values, most of them with the needed ones in it, so that many requests pass."""
    chosen = st.sets(st.sampled_from(sorted(values)))
    full = chosen.map(lambda some: sorted(some | needed))
    return st.one_of(full, full, full, st.none(), chosen.filter(bool).map(sorted))


READABLE_KEY_USAGES = set(KEY_USAGES) - {"encipherOnly", "decipherOnly"}
KEY_USAGE_SETS = sets_with({"digitalSignature"}, READABLE_KEY_USAGES)
EXTENDED_SETS = sets_with(set(GRANTABLE_EXTENDED_KEY_USAGES), {*EXTENDED_KEY_USAGE_OIDS, "1.2.3.4"})


@st.composite
def requests(draw):
    """A CSR of any kind and the service that it is said to be for."""
    service = draw(st.sampled_from(sorted(SERVICES)))
    csr = make_csr(
        draw(COMMON_NAMES),
        names=draw(st.lists(ALT_NAMES, max_size=4)),
        usages=draw(KEY_USAGE_SETS),
        extended=draw(EXTENDED_SETS),
        ca=draw(st.sampled_from([False, False, False, True])),
        with_key=draw(st.sampled_from([SERVICES[service]] * 4 + ["ec256", "rsae3", "ed25519"])),
    )
    return csr, service


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """The options of a local CA whose root ends in 100 days."""
    directory = tmp_path_factory.mktemp("ca")
    ca = make_ca(with_key="ec256-root", end=NOW + timedelta(days=100))
    return {
        **ca.write(directory, passphrase=None),
        "private_key_passphrase": None,
        "index_path": None,
        "digest": "sha256",
        "backdate_minutes": 10,
        "allow_shorter_validity": True,
        "allow_unencrypted_key": True,
    }


@given(requests(), st.integers(1, 200))
def test_no_signed_certificate_can_do_more_than_a_service_may(authority, request_, days):
    csr, service = request_
    policy, profile = Policy(allowed_domains=(DOMAIN,), allowed_names=("192.0.2.1",)), profile_of(service)
    if judge_csr(csr, policy=policy, profile=profile):
        return
    request = SigningRequest(csr, profile, timedelta(days=days), NOW)
    backend = LocalBackend.from_params(authority)
    leaf = backend.sign(request).certificate

    constraints = leaf.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert not constraints.ca
    usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
    assert not usage.key_cert_sign and not usage.crl_sign
    extended = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert {oid.dotted_string for oid in extended} <= {
        EXTENDED_KEY_USAGE_OIDS[usage] for usage in GRANTABLE_EXTENDED_KEY_USAGES
    }
    for text in names_in(leaf):
        assert text == "192.0.2.1" or re.fullmatch(
            r"(?:[a-z0-9_-]{1,63}\.)*example\.com", text, re.IGNORECASE
        )
    ca = backend.authority().certificate
    assert ca.not_valid_before_utc <= leaf.not_valid_before_utc < leaf.not_valid_after_utc
    assert leaf.not_valid_after_utc == min(NOW + timedelta(days=days), ca.not_valid_after_utc)
    assert judge_certificate(leaf, request, backend.authority()) == []


def names_in(certificate):
    """Each name, read without the code under test."""
    yield from (
        attribute.value for attribute in certificate.subject if attribute.oid == x509.NameOID.COMMON_NAME
    )
    for extension in certificate.extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            yield from (str(name.value) for name in extension.value)


@given(requests())
def test_findings_say_what_is_wrong_and_what_to_do_in_one_line(request_):
    csr, service = request_
    findings = judge_csr(csr, policy=Policy(allowed_domains=(DOMAIN,)), profile=profile_of(service))
    for finding in [*findings, *weaknesses(csr)]:
        assert re.fullmatch(r"csr_[a-z_]+", finding.reason)
        assert finding.text and finding.text.isprintable()
        assert finding.remedy and finding.remedy.isprintable()


@cache
def weak_requests():
    """Requests that only OpenSSL makes, with the service that they are for."""
    with tempfile.TemporaryDirectory() as directory:
        return tuple(
            (load_csr(openssl_csr(Path(directory), **how), source="x"), service)
            for how, service in (
                ({"bits": 512, "digest": "sha1"}, "CallManager"),
                ({"bits": 1024, "digest": "sha256"}, "CallManager"),
                ({"bits": 1024, "digest": "sha1"}, "CallManager"),
                ({"bits": 2048, "digest": "md5"}, "CallManager"),
                ({"bits": 3072, "digest": "sha512"}, "CallManager"),
                ({"curve": "prime256v1", "digest": "sha1"}, "CallManager-ECDSA"),
                ({"curve": "secp384r1", "digest": "sha384"}, "CallManager-ECDSA"),
            )
        )


def subsets(values):
    return st.sets(st.sampled_from(values)).map(lambda chosen: tuple(sorted(chosen)))


NAMES_OF_POLICIES = ("192.0.2.1", "attacker.example", "cucm-pub.example.com")
DOMAINS_OF_POLICIES = ("example.com", "x.example.com", "attacker.example")
HASHES = ("sha256", "sha384", "sha512")

POLICIES = st.builds(
    Policy,
    allowed_names=subsets(NAMES_OF_POLICIES),
    allowed_domains=subsets(DOMAINS_OF_POLICIES),
    key_types=subsets(("ec", "rsa")),
    min_rsa_bits=st.sampled_from([2048, 3072]),
    max_rsa_bits=st.sampled_from([2048, 3072, 4096]),
    min_ec_bits=st.sampled_from([256, 384]),
    hash_algorithms=subsets(HASHES),
    max_alt_names=st.integers(0, 4),
    allow_weak=st.booleans(),
)


def intersection(one: Policy, other: Policy) -> Policy | None:
    """A policy that is as strict as both; None where the two leave no name at all."""
    names = tuple(sorted({*one.allowed_names} & {*other.allowed_names}))
    domains = tuple(sorted({*one.allowed_domains} & {*other.allowed_domains}))
    if not (one.allowed_names or one.allowed_domains):
        names, domains = other.allowed_names, other.allowed_domains
    elif not (other.allowed_names or other.allowed_domains):
        names, domains = one.allowed_names, one.allowed_domains
    elif not names and not domains:
        return None  # an empty list of each would mean every name
    return Policy(
        allowed_names=names,
        allowed_domains=domains,
        key_types=tuple(kind for kind in one.key_types if kind in other.key_types),
        min_rsa_bits=max(one.min_rsa_bits, other.min_rsa_bits),
        max_rsa_bits=min(one.max_rsa_bits, other.max_rsa_bits),
        min_ec_bits=max(one.min_ec_bits, other.min_ec_bits),
        hash_algorithms=tuple(kind for kind in one.hash_algorithms if kind in other.hash_algorithms),
        max_alt_names=min(one.max_alt_names, other.max_alt_names),
        allow_weak=one.allow_weak and other.allow_weak,
    )


@settings(max_examples=300)
@given(requests() | st.deferred(lambda: st.sampled_from(weak_requests())), POLICIES, POLICIES)
def test_a_stricter_policy_never_accepts_what_a_laxer_one_refuses(request_, one, other):
    csr, service = request_
    profile = profile_of(service)
    strict = intersection(one, other)
    if strict is None or judge_csr(csr, policy=strict, profile=profile):
        return
    assert judge_csr(csr, policy=one, profile=profile) == []
    assert judge_csr(csr, policy=other, profile=profile) == []


@given(requests(), st.sets(st.sampled_from(GRANTABLE_EXTENDED_KEY_USAGES)))
def test_a_service_that_needs_more_never_accepts_what_one_that_needs_less_refuses(request_, fewer):
    csr, service = request_
    profile = profile_of(service)
    less = replace(
        profile,
        required_extended_key_usages=tuple(
            usage for usage in profile.required_extended_key_usages if usage in fewer
        ),
    )
    if not judge_csr(csr, policy=Policy(), profile=profile):
        assert judge_csr(csr, policy=Policy(), profile=less) == []


@pytest.mark.parametrize("how", [{}, {"digest": "sha1", "bits": 1024}], ids=["strong", "weak"])
def test_no_damaged_request_is_signed(tmp_path, how):
    """Each byte of a request, changed: it is unreadable, refused, or what was signed is unchanged."""
    text = openssl_csr(tmp_path, extensions=["subjectAltName=DNS:a.example.com"], **how)
    original = load_csr(text, source="x")
    der = original.public_bytes(serialization.Encoding.DER)
    policy, profile = Policy(allow_weak=True), profile_of("CallManager")
    assert judge_csr(original, policy=policy, profile=profile) == []
    passed = 0
    for position in range(len(der)):
        damaged = bytearray(der)
        damaged[position] ^= 0x01
        try:
            csr = load_csr(bytes(damaged), source="x")
        except CsrUnreadable:
            continue
        if not judge_csr(csr, policy=policy, profile=profile):
            passed += 1
            assert csr.tbs_certrequest_bytes == original.tbs_certrequest_bytes
    assert passed < len(der) / 100


@given(st.binary(max_size=200), st.integers(0, 600), st.integers(0, 40))
def test_whatever_can_be_read_can_be_judged(noise, position, removed):
    der = make_csr(names=["DNS:a.example.com"]).public_bytes(serialization.Encoding.DER)
    try:
        csr = load_csr(b"\x30" + (der[:position] + noise + der[position + removed :])[1:], source="x")
    except CsrUnreadable:
        return
    judge_csr(csr, policy=Policy(allow_weak=True), profile=profile_of("CallManager"))
    assert isinstance(ignored_requests(csr), list)
    assert isinstance(is_signature_right(csr), bool)
    assert isinstance(weaknesses(csr), list)
