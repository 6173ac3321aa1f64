# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module csr_info as a whole."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules import ca_sign, csr_info
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import describe_csr, load_csr, pem
from ansible_collections.ucops.cucm.tests.support.builders import (
    BOTH,
    USAGES,
    execute,
    make_ca,
    make_csr,
    openssl_csr,
)
from cryptography.hazmat.primitives import serialization

CSR = make_csr("cucm-pub-ms.example.com", names=["DNS:cucm-pub.example.com", "DNS:example.com"])


def info(*, check_mode=False, **params):
    if "csr_path" not in params:
        params.setdefault("csr_content", pem(CSR))
    return execute(csr_info.DEFINITION, params, check_mode=check_mode)


def reasons(result):
    return [finding["reason"] for finding in result["findings"]]


def test_a_good_request_is_described_and_acceptable():
    result, warnings = info()
    assert result == {
        "changed": False,
        "service": "CallManager",
        **describe_csr(CSR),
        "signature_valid": True,
        "acceptable": True,
        "findings": [],
        "weaknesses": [],
        "ignored_usages": [],
    }
    assert result["subject"]["CN"] == "cucm-pub-ms.example.com"
    assert warnings == []


def test_check_mode_reads_all_the_same():
    assert info(check_mode=True) == info()


@pytest.mark.parametrize("encoding", [serialization.Encoding.PEM, serialization.Encoding.DER])
def test_a_request_in_a_file(tmp_path, encoding):
    path = tmp_path / "node.csr"
    path.write_bytes(CSR.public_bytes(encoding))
    assert info(csr_path=str(path)) == info()


def test_text_around_a_request_does_not_matter():
    assert info(csr_content=f"Subject: please sign\r\n\r\n{pem(CSR)}\r\nRegards")[0] == info()[0]


def test_a_verdict_never_fails_the_task():
    csr = make_csr("*.example.com", ca=True, extended=("serverAuth",), with_key="rsae3")
    result, _warnings = info(csr_content=pem(csr))
    assert not result.get("failed")
    assert not result["acceptable"]
    assert reasons(result) == [
        "csr_key_weak",
        "csr_wildcard",
        "csr_asks_for_ca",
        "csr_lacks_extended_key_usage",
    ]
    assert all(finding["text"] and finding["remedy"] for finding in result["findings"])


@pytest.mark.parametrize(
    ("params", "reason"),
    [
        ({"allowed_domains": ["example.org"]}, "csr_name_not_allowed"),
        ({"allowed_names": ["cucm-pub.example.com"]}, "csr_name_not_allowed"),
        ({"key_types": ["ec"]}, "csr_key_type_not_allowed"),
        ({"min_rsa_bits": 3072}, "csr_key_too_small"),
        ({"hash_algorithms": ["sha512"]}, "csr_hash_not_allowed"),
        ({"max_alt_names": 1}, "csr_too_many_names"),
        ({"service": "CallManager-ECDSA"}, "csr_key_type_wrong"),
        ({"service": "ipsec"}, "csr_lacks_extended_key_usage"),
        ({"required_extended_key_usages": ["ipsecEndSystem"]}, "csr_lacks_extended_key_usage"),
    ],
)
def test_every_option_of_the_policy_counts(params, reason):
    assert reasons(info(**params)[0])[0] == reason


def test_the_verdict_is_that_of_ca_sign(tmp_path):
    """What one calls acceptable the other signs, and what it does not, with the same words."""
    local = {**make_ca().write(tmp_path)}
    for csr in (CSR, make_csr("*.example.com"), make_csr(ca=True), make_csr("host.example.org")):
        params = {"csr_content": pem(csr), "allowed_domains": ["example.com"]}
        verdict, _warnings = info(**params)
        signed, _warnings = execute(ca_sign.DEFINITION, {**params, "local": local})
        assert verdict["acceptable"] == (signed.get("status") == "issued")
        assert verdict["findings"] == signed.get("findings", [])


def test_a_changed_request_is_told():
    der = CSR.public_bytes(serialization.Encoding.DER)
    changed = load_csr(der.replace(b"cucm-pub.example.com", b"evil-pub.example.com"), source="x")
    result, _warnings = info(csr_content=pem(changed))
    assert (result["signature_valid"], result["acceptable"]) == (False, False)
    assert reasons(result) == ["csr_signature_invalid"]


def test_usages_that_no_certificate_gets_are_named():
    csr = make_csr(usages=(*USAGES, "keyCertSign"), extended=(*BOTH, "codeSigning"))
    assert info(csr_content=pem(csr))[0]["ignored_usages"] == ["keyCertSign", "codeSigning"]


def test_a_request_of_release_9_passes_only_when_weak_ones_are_allowed(tmp_path):
    text = openssl_csr(tmp_path, bits=1024, digest="sha1")
    strict, no_warnings = info(csr_content=text)
    assert (strict["acceptable"], strict["signature_valid"], no_warnings) == (False, True, [])
    assert reasons(strict) == ["csr_hash_not_allowed", "csr_key_too_small"]
    lax, warnings = info(csr_content=text, allow_weak_csr=True)
    assert lax["acceptable"]
    for result in (strict, lax):
        assert [weak["reason"] for weak in result["weaknesses"]] == ["csr_weak_key", "csr_weak_hash"]
    assert len(warnings) == 2
    assert "1024 bits" in warnings[0] and "sha1" in warnings[1]


@pytest.mark.parametrize("text", ["", "nonsense", pem(make_ca().certificate)])
def test_what_is_no_request_is_an_error(text):
    result, _warnings = info(csr_content=text)
    assert result["failed"]
    assert result["reason"] == "csr_unreadable"
    assert "csr_content" in result["msg"]


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    result, _warnings = info(csr_path=str(tmp_path / "none.csr"))
    assert (result["failed"], result["reason"]) == (True, "file_unreadable")
    assert "csr_path" in result["msg"]


@pytest.mark.parametrize(
    ("params", "option"),
    [
        ({"min_rsa_bits": 1024}, "min_rsa_bits"),
        ({"max_rsa_bits": 8192}, "max_rsa_bits"),
        ({"max_alt_names": -1}, "max_alt_names"),
        ({"max_alt_names": 1001}, "max_alt_names"),
        ({"min_rsa_bits": 4096, "max_rsa_bits": 2048}, "min_rsa_bits"),
        ({"min_rsa_bits": 3072, "allow_weak_csr": True}, "allow_weak_csr"),
    ],
)
def test_numbers_that_cannot_be_meant_are_errors(params, option):
    result, _warnings = info(**params)
    assert (result["failed"], result["reason"]) == (True, "invalid_option")
    assert f"Option: {option}." in result["msg"]
