# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend that signs with a key in a file."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, TimedOut
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import locked
from ansible_collections.ucops.cucm.plugins.module_utils._pki.index import IssuedIndex
from ansible_collections.ucops.cucm.plugins.module_utils._pki.issuance import judge_certificate
from ansible_collections.ucops.cucm.plugins.module_utils._pki.local import LocalBackend, LocalOptions
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    alt_names,
    extended_key_usage,
    key_usage,
)
from ansible_collections.ucops.cucm.tests.support.builders import (
    BOTH,
    NOW,
    OLD_USAGES,
    USAGES,
    make_ca,
    make_csr,
    make_issuing_ca,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._pki.local_signing import (
    DEFAULTS,
    make_backend,
    make_request,
)
from cryptography import x509


@pytest.fixture
def issuing():
    return make_issuing_ca()


def sign(tmp_path, ca, request, **changes):
    backend = make_backend(tmp_path, ca, **changes)
    certificate = backend.sign(request).certificate
    assert judge_certificate(certificate, request, backend.authority()) == []
    return certificate


@pytest.mark.parametrize(
    ("csr", "service"),
    [
        (make_csr("cucm-pub.example.com"), "CallManager"),
        (make_csr(usages=OLD_USAGES, extended=(*BOTH, "ipsecEndSystem")), "CallManager"),
        (make_csr("cucm-ms.example.com", names=["DNS:a.example.com", "IP:192.0.2.1"]), "tomcat"),
        (
            make_csr("cucm-EC-ms.example.com", with_key="ec384", names=["DNS:a.example.com"]),
            "CallManager-ECDSA",
        ),
    ],
)
def test_a_request_of_cucm_is_answered_as_it_asks(tmp_path, issuing, csr, service):
    leaf = sign(tmp_path, issuing, make_request(csr, service=service))
    assert leaf.subject.public_bytes() == csr.subject.public_bytes()
    assert alt_names(leaf) == alt_names(csr)
    assert key_usage(leaf) == key_usage(csr)
    assert extended_key_usage(leaf) == extended_key_usage(csr)
    assert leaf.issuer == issuing.certificate.subject
    assert {extension.oid.dotted_string for extension in leaf.extensions if extension.critical} == {
        "2.5.29.15",
        "2.5.29.19",
    }


def test_request_without_usages_gets_those_of_the_service(tmp_path, issuing):
    leaf = sign(tmp_path, issuing, make_request(make_csr(usages=None, extended=None)))
    assert key_usage(leaf) == list(USAGES)
    assert extended_key_usage(leaf) == list(BOTH)


def test_no_right_of_a_ca_is_given(tmp_path, issuing):
    csr = make_csr(usages=(*USAGES, "keyCertSign", "cRLSign"), extended=(*BOTH, "codeSigning"))
    leaf = sign(tmp_path, issuing, make_request(csr))
    assert key_usage(leaf) == list(USAGES)
    assert extended_key_usage(leaf) == list(BOTH)


def test_no_extended_usage_when_none_is_asked_for_and_none_required(tmp_path, issuing):
    request = make_request(make_csr(extended=None))
    request = replace(request, profile=replace(request.profile, required_extended_key_usages=()))
    assert extended_key_usage(sign(tmp_path, issuing, request)) is None


def test_validity_is_backdated_and_inside_that_of_the_ca(tmp_path):
    leaf = sign(tmp_path, make_ca(), make_request(days=100))
    assert leaf.not_valid_before_utc == NOW - timedelta(minutes=10)
    assert leaf.not_valid_after_utc == NOW + timedelta(days=100)


def test_start_is_never_before_that_of_a_new_ca(tmp_path):
    start = NOW - timedelta(minutes=1)
    assert sign(tmp_path, make_ca(start=start), make_request()).not_valid_before_utc == start


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_digest(tmp_path, issuing, digest):
    assert sign(tmp_path, issuing, make_request(), digest=digest).signature_hash_algorithm.name == digest


def test_authority_without_a_key_identifier(tmp_path):
    ca = make_ca(identifiers=False)
    leaf = sign(tmp_path, ca, make_request())
    identifier = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    expected = x509.SubjectKeyIdentifier.from_public_key(ca.key.public_key())
    assert identifier.key_identifier == expected.key_identifier


def test_ec_authority(tmp_path):
    sign(tmp_path, make_ca(with_key="ec384-root"), make_request())


def test_key_that_is_allowed_to_be_unencrypted(tmp_path):
    ca = make_ca()
    options = {**DEFAULTS, **ca.write(tmp_path, passphrase=None), "allow_unencrypted_key": True}
    LocalBackend(LocalOptions.from_params(options)).sign(make_request())


def refusal(backend, request=None):
    request = request or make_request()
    with pytest.raises(CucmError) as caught:
        backend.prepare(request)
    with pytest.raises(CucmError):
        backend.sign(request)
    return caught.value


def test_certificate_would_outlive_the_ca(tmp_path):
    ca = make_ca(end=NOW + timedelta(days=30))
    error = refusal(make_backend(tmp_path, ca), make_request(days=31))
    assert (error.reason, error.option) == ("outlives_ca", "validity_days")
    assert "allow_shorter_validity" in error.message
    assert not (tmp_path / "index.txt").exists()


def test_shorter_validity_is_given_with_a_warning_when_allowed(tmp_path):
    ca = make_ca(end=NOW + timedelta(days=30))
    backend = make_backend(tmp_path, ca, allow_shorter_validity=True)
    (warning,) = backend.prepare(make_request(days=31))
    assert "ends with its CA" in warning
    assert backend.latest_end(make_request(days=31)) == ca.certificate.not_valid_after_utc
    leaf = backend.sign(make_request(days=31)).certificate
    assert leaf.not_valid_after_utc == ca.certificate.not_valid_after_utc


def test_root_that_ends_before_its_issuing_ca_counts_too(tmp_path):
    root = make_ca(end=NOW + timedelta(days=30))
    issuing = make_ca("Test Issuing", issuer=root, with_key="rsa2048-issuing")
    assert refusal(make_backend(tmp_path, issuing), make_request(days=31)).reason == "outlives_ca"


def test_key_of_another_ca(tmp_path):
    backend = make_backend(tmp_path, make_ca())
    (tmp_path / "other").mkdir()
    other = make_ca(with_key="rsa2048-other").write(tmp_path / "other")
    backend = make_backend(tmp_path, make_ca(), private_key_path=other["private_key_path"])
    assert refusal(backend).reason == "ca_key_does_not_match"


def test_wrong_passphrase(tmp_path, issuing):
    backend = make_backend(tmp_path, issuing, private_key_passphrase="wrong")
    assert refusal(backend).option == "local.private_key_passphrase"


def test_chain_without_the_root(tmp_path, issuing):
    backend = make_backend(tmp_path, issuing, chain_path=None)
    with pytest.raises(CucmError) as caught:
        backend.authority()
    assert caught.value.reason == "ca_chain_incomplete"
    assert "Test Root" in caught.value.message


def test_index_in_a_directory_that_does_not_exist(tmp_path, issuing):
    backend = make_backend(tmp_path, issuing, index_path=str(tmp_path / "none" / "index.txt"))
    assert refusal(backend).reason == "ca_index_not_writable"


def test_backdating_has_limits(tmp_path, issuing):
    with pytest.raises(CucmError, match="between 0 and 1440"):
        make_backend(tmp_path, issuing, backdate_minutes=-1)


def test_serial_that_is_taken_is_drawn_again(tmp_path, issuing):
    first = sign(tmp_path, issuing, make_request(), draw_serial=lambda: 5)
    draws = iter([5, 5, 6])
    second = sign(tmp_path, issuing, make_request(), draw_serial=lambda: next(draws))
    assert (first.serial_number, second.serial_number) == (5, 6)


def test_broken_randomness_never_gives_a_serial_twice(tmp_path, issuing):
    sign(tmp_path, issuing, make_request(), draw_serial=lambda: 5)
    backend = make_backend(tmp_path, issuing, draw_serial=lambda: 5)
    with pytest.raises(CucmError) as caught:
        backend.sign(make_request())
    assert caught.value.reason == "ca_serials_exhausted"


def test_lock_is_held_from_the_draw_to_the_record(tmp_path, monkeypatch):
    seen = []

    def is_locked(moment):
        with pytest.raises(TimedOut), locked(str(tmp_path / "index.txt.lock"), timeout=0):
            pytest.fail("the lock was given twice")
        seen.append(moment)

    def draw():
        is_locked("draw")
        return 5

    def record(index, certificate, request):
        original(index, certificate, request)
        is_locked("record")

    original = IssuedIndex.record
    monkeypatch.setattr(IssuedIndex, "record", record)
    make_backend(tmp_path, make_ca(), draw_serial=draw).sign(make_request())
    assert seen == ["draw", "record"]
