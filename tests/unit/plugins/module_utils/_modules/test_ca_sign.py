# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ca_sign as a whole."""

from __future__ import annotations

import json
import os
from contextlib import closing
from datetime import timedelta

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules import ca_sign
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import Issued, RequestDenied
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import load_certificate, pem
from ansible_collections.ucops.cucm.tests.support.builders import (
    BOTH,
    NOW,
    PASSPHRASE,
    USAGES,
    execute,
    make_ca,
    make_csr,
    make_issuing_ca,
    make_leaf,
    name,
    openssl_csr,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._pki.keeper import (
    ISSUING,
    STILL_WAITS,
    Keeper,
)
from cryptography.hazmat.primitives import serialization

NAMES = ["DNS:cucm-pub.example.com", "DNS:example.com"]
CSR = make_csr(names=NAMES)


class Site:
    """A CA in a directory, and calls of the module with it."""

    def __init__(self, directory, ca=None):
        self.directory = directory
        self.ca = ca or make_issuing_ca()
        self.local = self.ca.write(directory)
        self.index = directory / "index.txt"
        self.dest = directory / "leaf.pem"

    def sign(self, *, check_mode=False, local=None, **params):
        params.setdefault("csr_content", pem(CSR))
        if params["csr_content"] is None:
            del params["csr_content"]
        params["local"] = {**self.local, **(local or {})}
        result, self.warnings = execute(ca_sign.DEFINITION, params, check_mode=check_mode)
        for secret in (PASSPHRASE, "PRIVATE KEY"):
            assert secret not in json.dumps(result)
        return result

    def issued(self):
        return len(self.index.read_text().splitlines()) if self.index.exists() else 0


@pytest.fixture
def site(tmp_path):
    return Site(tmp_path)


def reasons(result):
    return [reason["reason"] for reason in result["renewal_reasons"]]


def test_first_run_issues_and_second_keeps(site):
    first = site.sign(dest=str(site.dest))
    assert first["changed"]
    assert first["status"] == "issued"
    assert reasons(first) == ["no_certificate"]
    assert site.dest.read_text() == first["certificate"]
    assert site.dest.stat().st_mode & 0o777 == 0o644
    second = site.sign(dest=str(site.dest))
    assert not second["changed"]
    assert second["status"] == "kept"
    assert second["renewal_reasons"] == []
    assert second["certificate"] == first["certificate"]
    assert second["diff"]["before"] == second["diff"]["after"]
    assert site.issued() == 1
    assert site.warnings == []


def test_result_describes_the_certificate_and_its_chain(site):
    result = site.sign()
    leaf = load_certificate(result["certificate"], source="result")
    assert result["chain"] == [pem(certificate) for certificate in site.ca.chain]
    assert result["root"] == result["chain"][-1]
    assert result["fullchain"] == result["certificate"] + "".join(result["chain"])
    assert int(result["serial_number"], 16) == leaf.serial_number
    assert result["subject"]["CN"] == "cucm-pub.example.com"
    assert result["issuer"] == {"O": "Example", "CN": "Test Issuing"}
    assert result["subject_alt_names"] == NAMES
    assert result["backend"] == "local"
    assert not {"path", "dest"} & result.keys()


def test_the_certificate_in_use_is_enough_to_stay_unchanged(site):
    """Nothing is kept between runs but what the node itself has."""
    first = site.sign()
    second = site.sign(certificate_content=first["certificate"])
    assert not second["changed"]
    assert second["certificate"] == first["certificate"]
    assert site.issued() == 1


def test_an_empty_certificate_is_none(site):
    assert reasons(site.sign(certificate_content="")) == ["no_certificate"]


def test_unreadable_certificate_in_use_is_an_error(site):
    result = site.sign(certificate_content="no certificate")
    assert result["failed"]
    assert result["reason"] == "certificate_unreadable"
    assert site.issued() == 0


def test_certificate_path(site):
    path = site.directory / "in-use.pem"
    assert reasons(site.sign(certificate_path=str(path))) == ["no_certificate"]
    path.write_text(pem(make_leaf(CSR, site.ca)))
    assert site.sign(certificate_path=str(path))["status"] == "kept"
    path.write_text("rubbish")
    assert reasons(site.sign(certificate_path=str(path))) == ["certificate_unreadable"]


def test_certificate_of_an_interrupted_run_is_found_in_dest(site):
    first = site.sign(dest=str(site.dest))
    self_signed = pem(make_ca("cucm-pub.example.com", ca=False).certificate)
    second = site.sign(dest=str(site.dest), certificate_content=self_signed)
    assert not second["changed"]
    assert second["certificate"] == first["certificate"]


def test_kept_certificate_is_written_to_dest(site):
    first = site.sign()
    result = site.sign(dest=str(site.dest), certificate_content=first["certificate"])
    assert (result["changed"], result["status"]) == (True, "kept")
    assert site.dest.read_text() == first["certificate"]
    assert (result["diff"]["before"]["written_to_dest"], result["diff"]["after"]["written_to_dest"]) == (
        False,
        True,
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"names": NAMES[:1]}, "alt_names_differ"),
        ({"subject": name("other")}, "common_name_differs"),
        ({"extended": ("serverAuth",)}, "extended_key_usage_missing"),
        ({"usages": ("digitalSignature",)}, "data_encipherment_lost"),
        ({"end": NOW + timedelta(days=20)}, "expires_soon"),
        ({"end": NOW - timedelta(seconds=1)}, "expired"),
    ],
)
def test_certificate_that_does_not_fit_is_replaced(site, changes, reason):
    site.dest.write_text(pem(make_leaf(CSR, site.ca, **changes)))
    result = site.sign(dest=str(site.dest))
    assert result["changed"]
    assert reason in reasons(result)
    assert result["diff"]["before"]["serial_number"] != result["diff"]["after"]["serial_number"]
    assert site.sign(dest=str(site.dest))["changed"] is False


def test_new_key_means_a_new_certificate(site):
    site.sign(dest=str(site.dest))
    result = site.sign(dest=str(site.dest), csr_content=pem(make_csr(names=NAMES, with_key="rsa2048-new")))
    assert reasons(result) == ["key_differs"]


def test_new_ca_means_a_new_certificate(site, tmp_path):
    first = site.sign()
    (tmp_path / "new").mkdir()
    new = Site(tmp_path / "new", make_ca("New Root", with_key="rsa2048-other"))
    assert reasons(new.sign(certificate_content=first["certificate"])) == ["other_issuer"]


def test_remaining_days_decide(site):
    site.dest.write_text(pem(make_leaf(CSR, site.ca, end=NOW + timedelta(days=40))))
    assert site.sign(dest=str(site.dest), remaining_days=39)["status"] == "kept"
    assert reasons(site.sign(dest=str(site.dest), remaining_days=41)) == ["expires_soon"]


def test_changed_validity_alone_renews_nothing(site):
    site.sign(dest=str(site.dest))
    assert site.sign(dest=str(site.dest), validity_days=100)["status"] == "kept"


def test_force(site):
    site.sign(dest=str(site.dest))
    assert reasons(site.sign(dest=str(site.dest), force=True)) == ["forced"]
    assert site.issued() == 2


def files_of(site):
    return {entry.name: entry.read_bytes() for entry in site.directory.iterdir()}


def test_check_mode_predicts_and_leaves_everything_alone(site):
    before = files_of(site)
    result = site.sign(dest=str(site.dest), check_mode=True)
    assert (result["changed"], result["status"], result["certificate"]) == (True, "issued", None)
    assert result["root"] == pem(site.ca.chain[-1])
    assert result["diff"]["after"]["subject_alt_names"] == NAMES
    assert files_of(site) == before
    site.sign(dest=str(site.dest))
    before = files_of(site)
    assert not site.sign(dest=str(site.dest), check_mode=True)["changed"]
    site.dest.unlink()
    before = files_of(site)
    in_use = pem(make_leaf(CSR, site.ca))
    assert site.sign(dest=str(site.dest), certificate_content=in_use, check_mode=True)["changed"]
    assert files_of(site) == before


@pytest.mark.parametrize(
    ("params", "local", "reason"),
    [
        ({"csr_content": pem(make_csr(ca=True))}, {}, "csr_asks_for_ca"),
        ({}, {"private_key_passphrase": "wrong one"}, "ca_key_passphrase_wrong"),
        ({"validity_days": 5000}, {}, "outlives_ca"),
        ({}, {"certificate_path": "/none"}, "file_unreadable"),
        ({"dest": "/none/leaf.pem"}, {}, "invalid_option"),
    ],
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_check_mode_finds_the_errors_too(site, params, local, reason, check_mode):
    before = files_of(site)
    result = site.sign(**params, local=local, check_mode=check_mode)
    assert result["failed"]
    assert result["reason"] == reason
    assert files_of(site) == before


@pytest.mark.parametrize("check_mode", [False, True])
def test_without_a_csr_the_authority_is_proved_and_nothing_else(site, check_mode):
    before = files_of(site)
    result = site.sign(csr_content=None, dest=str(site.dest), check_mode=check_mode)
    assert (result["status"], result["changed"], result["certificate"]) == ("ready", False, None)
    assert result["chain"] == [pem(above) for above in site.ca.chain]
    assert result["root"] == pem(site.ca.chain[-1])
    assert result["diff"] == {"before": {}, "after": {}}
    assert files_of(site) == before


@pytest.mark.parametrize(
    ("params", "local", "reason"),
    [
        ({}, {"private_key_passphrase": "wrong one"}, "ca_key_passphrase_wrong"),
        ({}, {"private_key_path": "/none"}, "file_unreadable"),
        ({}, {"certificate_path": "/none"}, "file_unreadable"),
        ({}, {"chain_path": None}, "ca_chain_incomplete"),
        ({}, {"index_path": "/none/index.txt"}, "ca_index_not_writable"),
        ({"validity_days": 5000}, {}, "outlives_ca"),
        ({"dest": "/none/leaf.pem"}, {}, "invalid_option"),
        ({"csr_content": ""}, {}, "csr_unreadable"),
    ],
)
def test_without_a_csr_the_errors_are_found(site, params, local, reason):
    result = site.sign(**{"csr_content": None, **params}, local=local)
    assert result["failed"]
    assert result["reason"] == reason


def test_without_a_csr_the_key_is_held_against_the_certificate(site, tmp_path):
    (tmp_path / "other").mkdir()
    other = make_ca(with_key="rsa2048-other").write(tmp_path / "other")
    result = site.sign(csr_content=None, local={"private_key_path": other["private_key_path"]})
    assert result["reason"] == "ca_key_does_not_match"


def test_without_a_csr_an_authority_that_cannot_sign_is_found(tmp_path):
    site = Site(tmp_path, make_ca(start=NOW - timedelta(days=2), end=NOW - timedelta(days=1)))
    assert site.sign(csr_content=None)["reason"] == "expired"


def test_without_a_csr_a_shorter_validity_is_told(tmp_path):
    site = Site(tmp_path, make_ca(end=NOW + timedelta(days=20)))
    assert site.sign(csr_content=None, local={"allow_shorter_validity": True})["status"] == "ready"
    assert "ends with its CA" in site.warnings[0]


@pytest.mark.parametrize(
    ("csr", "reason"),
    [
        (make_csr(ca=True), "csr_asks_for_ca"),
        (make_csr("*.example.com"), "csr_wildcard"),
        (make_csr(names=["DNS:a.example.com\0.evil.example"]), "csr_name_malformed"),
        (make_csr(names=[f"DNS:n{number}.example.com" for number in range(300)]), "csr_too_many_names"),
    ],
)
def test_hostile_requests(site, csr, reason):
    result = site.sign(csr_content=pem(csr))
    assert (result["failed"], result["reason"]) == (True, reason)
    assert all(finding["remedy"] for finding in result["findings"])
    assert site.issued() == 0


def test_tampered_request(site):
    der = CSR.public_bytes(serialization.Encoding.DER)
    path = site.directory / "tampered.csr"
    path.write_bytes(der[:-1] + bytes([der[-1] ^ 1]))
    result = site.sign(csr_content=None, csr_path=str(path))
    assert result["reason"] == "csr_signature_invalid"


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        ({"bits": 512}, "csr_key_too_small"),
        ({"bits": 1024}, "csr_key_too_small"),
        ({"digest": "md5"}, "csr_hash_not_allowed"),
        ({"digest": "sha1"}, "csr_hash_not_allowed"),
    ],
)
def test_weak_requests_of_openssl(site, made, reason):
    assert site.sign(csr_content=openssl_csr(site.directory, **made))["reason"] == reason


def test_huge_request(site):
    path = site.directory / "huge.csr"
    path.write_bytes(b"A" * 2_000_000)
    assert site.sign(csr_content=None, csr_path=str(path))["reason"] == "file_too_large"
    assert site.sign(csr_content="A" * 2_000_000)["reason"] == "csr_unreadable"


def test_request_in_der(site):
    path = site.directory / "node.csr"
    path.write_bytes(CSR.public_bytes(serialization.Encoding.DER))
    assert site.sign(csr_content=None, csr_path=str(path))["status"] == "issued"


def test_usages_left_out_are_told(site):
    site.sign(csr_content=pem(make_csr(usages=(*USAGES, "keyCertSign"), extended=(*BOTH, "codeSigning"))))
    assert len(site.warnings) == 2
    assert "keyCertSign" in site.warnings[0]


def test_policy_options(site):
    assert site.sign(allowed_domains=["example.com"])["status"] == "issued"
    assert site.sign(allowed_names=["cucm-pub.example.com"])["reason"] == "csr_name_not_allowed"
    assert site.sign(min_rsa_bits=3072)["reason"] == "csr_key_too_small"
    assert site.sign(key_types=["ec"])["reason"] == "csr_key_type_not_allowed"
    assert site.sign(hash_algorithms=["sha512"])["reason"] == "csr_hash_not_allowed"
    assert site.sign(max_alt_names=1)["reason"] == "csr_too_many_names"
    assert site.sign(service="CallManager-ECDSA")["reason"] == "csr_key_type_wrong"
    assert site.sign(service="ipsec")["reason"] == "csr_lacks_extended_key_usage"


def test_required_usages_can_be_fewer(site):
    csr = pem(make_csr(extended=("serverAuth",)))
    assert site.sign(csr_content=csr)["reason"] == "csr_lacks_extended_key_usage"
    assert site.sign(csr_content=csr, required_extended_key_usages=["serverAuth"])["status"] == "issued"


@pytest.mark.parametrize(
    ("options", "required"),
    [
        ({"require_client_auth": "never"}, False),
        ({"end_versions": ["15.0.1.15900-1", "X15.5"]}, False),
        ({"end_versions": ["15.0.1.15900-1", "14.0.1.15900-1"]}, True),
        ({"require_client_auth": "always", "end_versions": ["15.0.1.15900-1", "15.0.1.15900-1"]}, True),
        ({}, True),
    ],
)
def test_client_authentication_is_needed_unless_both_ends_do_without(site, options, required):
    csr = pem(make_csr(extended=("serverAuth",)))
    result = site.sign(csr_content=csr, **options)
    if required:
        assert result["reason"] == "csr_lacks_extended_key_usage"
    else:
        assert load_certificate(result["certificate"], source="the test").extensions
        assert result["status"] == "issued"


@pytest.mark.parametrize(
    ("params", "option"),
    [
        ({"validity_days": 0}, "validity_days"),
        ({"validity_days": 10**9}, "validity_days"),
        ({"remaining_days": -1}, "remaining_days"),
        ({"validity_days": 30, "remaining_days": 30}, "remaining_days"),
        ({"min_rsa_bits": 1024}, "min_rsa_bits"),
        ({"max_rsa_bits": 8192}, "max_rsa_bits"),
        ({"max_alt_names": -1}, "max_alt_names"),
        ({"mode": "u=rw"}, "mode"),
        ({"mode": "17777"}, "mode"),
        ({"mode": -1}, "mode"),
        ({"csr_content": ""}, "csr_content"),
    ],
)
def test_senseless_options_are_named(site, params, option):
    result = site.sign(**params)
    assert result["failed"]
    assert option in result["msg"]
    assert site.issued() == 0


@pytest.mark.parametrize(("mode", "expected"), [("0600", 0o600), ("640", 0o640), (0o444, 0o444)])
def test_mode(site, mode, expected):
    site.sign(dest=str(site.dest), mode=mode)
    assert site.dest.stat().st_mode & 0o777 == expected
    assert not site.sign(dest=str(site.dest), mode=mode)["changed"]
    site.dest.chmod(0o604)
    assert site.sign(dest=str(site.dest), mode=mode)["changed"]
    assert site.dest.stat().st_mode & 0o777 == expected


def test_mode_of_an_existing_file_is_kept(site):
    site.dest.write_text("rubbish")
    site.dest.chmod(0o600)
    assert reasons(site.sign(dest=str(site.dest))) == ["certificate_unreadable"]
    assert site.dest.stat().st_mode & 0o777 == 0o600


def test_dest_that_is_a_directory(site):
    result = site.sign(dest=str(site.directory))
    assert result["reason"] == "invalid_option"
    assert "is a directory" in result["msg"]
    assert site.issued() == 0


def test_certificate_is_not_lost_when_dest_cannot_be_written(site, monkeypatch):
    replace = os.replace

    def refuse(source, target):
        if target == str(site.dest):
            raise OSError(28, "No space left on device")
        replace(source, target)

    monkeypatch.setattr("os.replace", refuse)
    result = site.sign(dest=str(site.dest))
    assert (result["failed"], result["reason"]) == (True, "file_not_written")
    assert load_certificate(result["certificate"], source="result").serial_number
    assert not site.dest.exists()


def test_authority_near_its_end_is_a_warning_and_no_renewal_each_run(tmp_path):
    site = Site(tmp_path, make_ca(end=NOW + timedelta(days=20)))
    local = {"allow_shorter_validity": True}
    assert site.sign(local=local, dest=str(site.dest))["status"] == "issued"
    assert "ends with its CA" in site.warnings[0]
    assert site.sign(local=local, dest=str(site.dest))["changed"] is False
    assert "renew the CA" in site.warnings[0]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ca": False}, "issuer_is_no_ca"),
        ({"usages": ("cRLSign",)}, "issuer_is_no_ca"),
        ({"start": NOW - timedelta(days=2), "end": NOW - timedelta(days=1)}, "expired"),
        ({"extended": ("serverAuth",)}, "issuer_limits_usage"),
    ],
)
def test_authority_that_cannot_sign(tmp_path, changes, reason):
    site = Site(tmp_path, make_ca(**changes))
    assert site.sign()["reason"] == reason
    assert site.issued() == 0


def test_authority_below_a_root_that_allows_none(tmp_path):
    issuing = make_ca("Test Issuing", issuer=make_ca(path_length=0), with_key="rsa2048-issuing")
    assert Site(tmp_path, issuing).sign()["reason"] == "path_too_long"


def test_loose_permissions_of_the_key(site):
    os.chmod(site.local["private_key_path"], 0o644)
    result = site.sign()
    assert result["reason"] == "ca_key_permissions"
    assert "chmod 600" in result["msg"]


def test_missing_passphrase(site):
    del site.local["private_key_passphrase"]
    result = site.sign()
    assert result["reason"] == "ca_key_passphrase_missing"
    assert "local.private_key_passphrase" in result["msg"]


def test_index_elsewhere(site, tmp_path):
    (tmp_path / "db").mkdir()
    site.sign(local={"index_path": str(tmp_path / "db" / "issued.txt")})
    assert sorted(os.listdir(tmp_path / "db")) == [
        "issued.jsonl",
        "issued.txt",
        "issued.txt.attr",
        "issued.txt.lock",
    ]


def test_nothing_that_is_written_holds_a_secret(site):
    site.sign(dest=str(site.dest))
    for path in site.directory.iterdir():
        assert PASSPHRASE.encode() not in path.read_bytes()
    assert b"PRIVATE KEY" not in (site.directory / "index.jsonl").read_bytes()


def test_a_kept_certificate_does_not_need_the_key(site):
    first = site.sign()
    os.unlink(site.local["private_key_path"])
    assert site.sign(certificate_content=first["certificate"])["status"] == "kept"


class Desk:
    """A person who signs, and calls of the module that hands out and picks up."""

    def __init__(self, directory):
        self.directory = directory
        self.ca = make_issuing_ca()
        self.csr, self.brought, self.dest = (
            directory / name for name in ("node.csr", "brought.pem", "leaf.pem")
        )
        self.chain = directory / "chain.pem"
        self.chain.write_text("".join(map(pem, self.ca.chain)))

    def run(self, *, check_mode=False, manual=None, **params):
        places = {"csr_path": self.csr, "certificate_path": self.brought, "chain_path": self.chain}
        options = {name: str(path) for name, path in places.items()}
        params = {"csr_content": pem(CSR), "dest": str(self.dest), **params}
        params.update(backend="manual", manual={**options, **(manual or {})})
        result, self.warnings = execute(ca_sign.DEFINITION, params, check_mode=check_mode)
        return result


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_a_request_is_handed_out_then_waits_then_is_there(desk):
    first = desk.run()
    assert (first["status"], first["changed"], first["certificate"]) == ("pending", True, None)
    assert first["csr"] == pem(CSR) == desk.csr.read_text()
    assert str(desk.csr) in first["instructions"]
    assert first["diff"]["after"]["requested"]["subject"]["CN"] == "cucm-pub.example.com"
    assert not desk.dest.exists()

    second = desk.run()
    assert (second["status"], second["changed"]) == ("pending", False)
    assert second["diff"]["before"] == second["diff"]["after"]
    assert second["root"] == pem(desk.ca.chain[-1])

    desk.brought.write_text(pem(make_leaf(CSR, desk.ca)))
    third = desk.run()
    assert (third["status"], third["changed"], third["instructions"], third["csr"]) == (
        "issued",
        True,
        None,
        None,
    )
    assert desk.dest.read_text() == third["certificate"]
    assert third["chain"] == [pem(above) for above in desk.ca.chain]

    fourth = desk.run()
    assert (fourth["status"], fourth["changed"]) == ("kept", False)


def test_check_mode_hands_nothing_out(desk):
    predicted = desk.run(check_mode=True)
    assert predicted["changed"]
    assert not desk.csr.exists()
    desk.run()
    assert desk.run(check_mode=True)["status"] == "pending"
    desk.brought.write_text(pem(make_leaf(CSR, desk.ca)))
    ready = desk.run(check_mode=True)
    assert (ready["status"], ready["changed"]) == ("issued", True)
    assert ready["certificate"] == desk.brought.read_text()
    assert not desk.dest.exists()


def test_a_renewal_is_handed_out_and_the_old_certificate_stays(desk):
    old = make_leaf(CSR, desk.ca, end=NOW + timedelta(days=10))
    desk.dest.write_text(pem(old))
    desk.brought.write_text(pem(old))
    result = desk.run()
    assert (result["status"], result["changed"]) == ("pending", True)
    assert reasons(result) == ["expires_soon"]
    assert result["diff"]["before"]["serial_number"] == result["diff"]["after"]["serial_number"]
    assert desk.dest.read_text() == pem(old)


def test_a_wrong_certificate_that_was_brought_is_refused_and_told(desk):
    desk.run()
    wrong = make_leaf(CSR, desk.ca, extended=("serverAuth",))
    desk.brought.write_text(pem(wrong))
    result = desk.run()
    assert result["failed"]
    assert result["reason"] == "extended_key_usage_missing"
    assert result["certificate"] == pem(wrong)
    assert not desk.dest.exists()


def test_the_policy_comes_before_anything_is_handed_out(desk):
    result = desk.run(csr_content=pem(make_csr(ca=True)))
    assert result["reason"] == "csr_asks_for_ca"
    assert not desk.csr.exists()


def test_a_desk_is_proved_without_a_csr(desk):
    assert desk.run(csr_content=None)["status"] == "ready"
    assert desk.run(csr_content=None, manual={"csr_path": "/none/node.csr"})["failed"]


def test_a_person_keeps_no_numbers(desk):
    result = desk.run(request_id="89")
    assert result["failed"]
    assert "request_id" in result["msg"]
    assert not desk.csr.exists()


class Counter(Keeper):
    """A CA at which requests wait, behind the module."""

    def sign(self, request):
        self.requests = getattr(self, "requests", 0) + 1
        return super().sign(request)


@pytest.fixture
def counter(monkeypatch):
    keeper = Counter()
    monkeypatch.setattr(ca_sign, "opened_backend", lambda _params: closing(keeper))
    return keeper


def enroll(*, check_mode=False, **params):
    arguments = {"csr_content": pem(CSR), "backend": "manual", "manual": {"chain_path": "/unused"}, **params}
    return execute(ca_sign.DEFINITION, arguments, check_mode=check_mode)[0]


def test_a_request_is_made_once_with_a_file(counter, tmp_path):
    state = str(tmp_path / "requests.json")
    leaf = make_leaf(CSR, ISSUING)
    counter.polls = [STILL_WAITS, STILL_WAITS, Issued(leaf, request_id="89", changed=False)]
    first = enroll(state_path=state)
    assert (first["status"], first["request_id"], first["changed"]) == ("pending", "89", True)
    second = enroll(state_path=state)
    assert (second["status"], second["request_id"], second["changed"]) == ("pending", "89", False)
    assert enroll(check_mode=True, state_path=state)["status"] == "pending"
    third = enroll(state_path=state)
    assert (third["status"], third["changed"], third["certificate"]) == ("issued", False, pem(leaf))
    assert counter.requests == 1


def test_a_ca_that_gives_too_little_is_told(counter):
    counter.signs = Issued(make_leaf(CSR, ISSUING, end=NOW + timedelta(days=20)), request_id="89")
    arguments = {"csr_content": pem(CSR), "backend": "manual", "manual": {"chain_path": "/unused"}}
    result, warnings = execute(ca_sign.DEFINITION, arguments)
    assert result["status"] == "issued"
    assert "every run will renew it" in warnings[0]


def test_a_request_is_made_once_with_data(counter):
    counter.polls = [STILL_WAITS]
    first = enroll(request={})
    assert first["request"]["request_id"] == "89"
    second = enroll(request=json.loads(json.dumps(first["request"])))
    assert (second["status"], second["changed"]) == ("pending", False)
    assert counter.requests == 1


def test_force_asks_anew(counter):
    first = enroll()
    assert enroll(request=first["request"], force=True)["changed"]
    assert counter.requests == 2


def test_a_number_is_followed_and_remembered(counter, tmp_path):
    state = str(tmp_path / "requests.json")
    counter.polls = [STILL_WAITS, STILL_WAITS]
    assert enroll(state_path=state, request_id="89")["status"] == "pending"
    assert enroll(state_path=state)["status"] == "pending"
    assert counter.asked == ["poll 89", "poll 89"]


def test_a_failed_request_tells_what_to_remember(counter):
    counter.polls = [RequestDenied("no, says the CA")]
    result = enroll(request=enroll()["request"])
    assert (result["failed"], result["reason"], result["request_id"]) == (True, "request_denied", "89")
    assert result["request"]["request_id"] == "89"


@pytest.mark.parametrize(
    ("params", "option"),
    [
        ({"wait_timeout": -1}, "wait_timeout"),
        ({"wait_timeout": 10**6}, "wait_timeout"),
        ({"wait_interval": 0}, "wait_interval"),
        ({"request": {"ca": "https://ca.example.com"}}, "request"),
        ({"state_path": "/none/requests.json"}, "state_path"),
    ],
)
def test_senseless_options_of_waiting_are_named(counter, params, option):
    result = enroll(**params)
    assert result["failed"]
    assert option in result["msg"]
    assert counter.asked == []


def test_weak_requests_pass_when_told_so_and_with_a_warning(site):
    csr = openssl_csr(
        site.directory, bits=1024, digest="sha1", extensions=("extendedKeyUsage=serverAuth,clientAuth",)
    )
    result = site.sign(csr_content=csr, allow_weak_csr=True)
    assert result["status"] == "issued"
    assert any("1024" in warning for warning in site.warnings)
    assert any("sha1" in warning for warning in site.warnings)
    kept = site.sign(csr_content=csr, allow_weak_csr=True, certificate_content=result["certificate"])
    assert kept["status"] == "kept"
