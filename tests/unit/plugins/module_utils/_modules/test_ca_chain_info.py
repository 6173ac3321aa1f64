# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ca_chain_info as a whole."""

from __future__ import annotations

import itertools
from datetime import timedelta

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ucops.cucm.plugins.module_utils._modules import ca_chain_info
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backends import BACKENDS
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import load_certificates, pem
from ansible_collections.ucops.cucm.tests.certsrv.double import PASSWORD, USERNAME, running_double
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
    PASSPHRASE,
    Ca,
    execute,
    make_ca,
    make_csr,
    make_issuing_ca,
    make_leaf,
    openssl,
)
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st

ROOT = make_ca()
MIDDLE = make_ca("Test Intermediate", issuer=ROOT, with_key="rsa2048-middle")
ISSUING = make_ca("Test Issuing", issuer=MIDDLE, with_key="rsa2048-issuing", path_length=0)
LEAF = make_leaf(make_csr(), ISSUING)
CHAIN = list(ISSUING.chain)


def text(certificates):
    return "".join(map(pem, certificates))


def info(certificates, *, service="CallManager", check_mode=False):
    params = {"backend": "file", "service": service, "file": {"content": text(certificates)}}
    return execute(ca_chain_info.DEFINITION, params, check_mode=check_mode)


def roles(result):
    return [(found["subject"]["CN"], found["role"]) for found in result["certificates"]]


def reasons(result):
    return [finding["reason"] for finding in result["findings"]]


@pytest.mark.parametrize("order", list(itertools.permutations(CHAIN)))
def test_the_order_comes_from_the_signatures(order):
    result, warnings = info(order)
    assert result["chain"] == [pem(certificate) for certificate in CHAIN]
    assert result["root"] == pem(ROOT.certificate)
    assert result["pem"] == text(CHAIN)
    assert roles(result) == [
        ("Test Issuing", "issuing"),
        ("Test Intermediate", "intermediate"),
        ("Test Root", "root"),
    ]
    assert (result["complete"], result["usable"], result["findings"]) == (True, True, [])
    assert [found["path_length"] for found in result["certificates"]] == [0, None, None]
    assert (result["changed"], result["backend"], result["service"]) == (False, "file", "CallManager")
    assert warnings == []


def test_check_mode_reads_all_the_same():
    assert info(CHAIN, check_mode=True) == info(CHAIN)


def test_openssl_verifies_a_leaf_with_what_comes_out(tmp_path):
    result, _warnings = info(reversed(CHAIN))
    (tmp_path / "leaf.pem").write_text(pem(LEAF))
    (tmp_path / "root.pem").write_text(result["root"])
    (tmp_path / "chain.pem").write_text(result["pem"])
    openssl(
        "verify",
        "-auth_level",
        "2",
        "-purpose",
        "sslclient",
        "-CAfile",
        tmp_path / "root.pem",
        "-untrusted",
        tmp_path / "chain.pem",
        tmp_path / "leaf.pem",
    )


def test_a_certificate_that_is_there_twice_counts_once():
    once, _warnings = info(CHAIN)
    twice, warnings = info([*CHAIN, *reversed(CHAIN)])
    assert twice == once
    assert warnings == []


def test_files_and_content_go_together(tmp_path):
    pem_path, der_path = tmp_path / "middle.pem", tmp_path / "root.cer"
    pem_path.write_text(pem(MIDDLE.certificate))
    der_path.write_bytes(ROOT.certificate.public_bytes(serialization.Encoding.DER))
    params = {
        "backend": "file",
        "file": {"paths": [str(der_path), str(pem_path)], "content": pem(ISSUING.certificate)},
    }
    result, _warnings = execute(ca_chain_info.DEFINITION, params)
    assert result["chain"] == [pem(certificate) for certificate in CHAIN]


def test_a_file_as_a_windows_ca_exports_it(tmp_path):
    (tmp_path / "all.pem").write_text(text(CHAIN))
    openssl(
        "crl2pkcs7",
        "-nocrl",
        "-certfile",
        tmp_path / "all.pem",
        "-outform",
        "DER",
        "-out",
        tmp_path / "all.p7b",
    )
    params = {"backend": "file", "file": {"paths": [str(tmp_path / "all.p7b")]}}
    assert execute(ca_chain_info.DEFINITION, params)[0]["chain"] == [pem(found) for found in CHAIN]


def test_a_root_that_issues_itself():
    result, _warnings = info([ROOT.certificate])
    assert roles(result) == [("Test Root", "root")]
    assert result["chain"] == [result["root"]]
    assert result["usable"]


@pytest.mark.parametrize(
    ("certificates", "top"),
    [(CHAIN[:1], "Test Issuing"), (CHAIN[:2], "Test Intermediate"), ([CHAIN[0], CHAIN[2]], "Test Issuing")],
)
def test_a_chain_with_a_gap_is_reported_and_no_error(certificates, top):
    result, _warnings = info(certificates)
    assert not result.get("failed")
    assert (result["complete"], result["usable"], result["root"]) == (False, False, None)
    assert reasons(result) == ["ca_chain_incomplete"]
    assert top in result["findings"][0]["text"]
    assert "file.paths" in result["findings"][0]["remedy"]


def test_what_is_not_of_the_chain_comes_after_it_and_does_not_spoil_it():
    other = make_ca("Other Root", with_key="rsa2048-other", end=NOW - timedelta(hours=1))
    below_other = make_ca("Below", issuer=Ca(CHAIN[2], ROOT.key), with_key="rsa2048-below")
    result, warnings = info([LEAF, *CHAIN, other.certificate, below_other.certificate])
    assert result["usable"]
    assert [role for _name, role in roles(result)[:3]] == ["issuing", "intermediate", "root"]
    assert roles(result)[3:] == [
        ("cucm-pub.example.com", "other"),
        ("Other Root", "other"),
        ("Below", "other"),
    ]
    others = [[finding["reason"] for finding in found["findings"]] for found in result["certificates"][3:]]
    assert others == [["issuer_is_no_ca"], ["expired"], []]
    assert result["pem"] == text(CHAIN)
    (warning,) = warnings
    assert "Test Issuing" in warning and "Other Root" in warning and "Below" in warning


def test_of_several_issuing_cas_the_first_is_taken():
    second = make_ca("Second Issuing", issuer=ROOT, with_key="rsa2048-second")
    result, warnings = info([ROOT.certificate, second.certificate, *CHAIN])
    assert roles(result)[0] == ("Second Issuing", "issuing")
    assert len(warnings) == 1


def test_of_a_renewed_ca_the_certificate_that_ends_last_is_taken():
    old = make_ca("Test Issuing", issuer=ROOT, with_key="rsa2048-issuing", end=NOW + timedelta(days=1))
    new = make_ca("Test Issuing", issuer=ROOT, with_key="rsa2048-issuing", end=NOW + timedelta(days=99))
    for certificates in ([old.certificate, new.certificate], [new.certificate, old.certificate]):
        result, warnings = info([*certificates, ROOT.certificate])
        assert result["chain"] == [pem(new.certificate), pem(ROOT.certificate)]
        assert roles(result)[2] == ("Test Issuing", "other")
        assert warnings == []


def test_cas_that_have_issued_one_another_are_read_in_finite_time():
    one = make_ca("One", with_key="rsa2048-one")
    two = make_ca("Two", with_key="rsa2048-two")
    crossed = [
        make_ca("One", issuer=two, with_key="rsa2048-one").certificate,
        make_ca("Two", issuer=one, with_key="rsa2048-two").certificate,
    ]
    result, _warnings = info([LEAF, *crossed])
    assert result["chain"] == [pem(certificate) for certificate in crossed]
    assert reasons(result) == ["ca_chain_incomplete"]


def test_certificates_without_a_ca():
    result, _warnings = info([LEAF])
    assert (result["chain"], result["pem"], result["root"]) == ([], "", None)
    assert (result["complete"], result["usable"]) == (False, False)
    assert reasons(result) == ["no_ca"]
    assert roles(result) == [("cucm-pub.example.com", "other")]


@pytest.mark.parametrize(
    ("ca", "reason", "position"),
    [
        (make_issuing_ca(end=NOW - timedelta(minutes=1)), "expired", 0),
        (make_issuing_ca(start=NOW + timedelta(hours=1)), "not_yet_valid", 0),
        (make_issuing_ca(extended=["serverAuth"]), "issuer_limits_usage", 0),
        (make_issuing_ca(usages=["cRLSign"]), "issuer_is_no_ca", 0),
        (make_ca("I", issuer=make_ca(with_key="rsa1024"), with_key="rsa2048-i"), "key_too_small", 1),
        (make_ca("I", issuer=make_ca(path_length=0), with_key="rsa2048-i"), None, None),
    ],
)
def test_each_certificate_is_judged_in_its_place(ca, reason, position):
    result, _warnings = info(ca.chain)
    found = [[finding["reason"] for finding in item["findings"]] for item in result["certificates"]]
    assert result["complete"]
    if reason is None:
        # A root of path length 0 may have a CA below it as little as one below that.
        assert reasons(result) == ["path_too_long"]
        assert found == [[], ["path_too_long"]]
        return
    assert reasons(result) == [reason]
    assert found[position] == [reason]
    assert found[1 - position] == []
    assert not result["usable"]


def test_the_service_says_which_limits_matter():
    ca = make_issuing_ca(extended=["serverAuth", "clientAuth"])
    assert info(ca.chain)[0]["usable"]
    result, _warnings = info(ca.chain, service="ipsec")
    assert reasons(result) == ["issuer_limits_usage"]
    assert "ipsecEndSystem" in result["findings"][0]["text"]


@given(
    st.permutations([LEAF, *CHAIN, make_ca("Other Root", with_key="rsa2048-other").certificate]),
    st.integers(1, 5),
)
def test_any_selection_in_any_order_gives_a_chain_that_holds_together(certificates, number):
    chosen = certificates[:number]
    result, _warnings = info(chosen)
    chain = [load_certificates(found, source="x")[0] for found in result["chain"]]
    for lower, upper in itertools.pairwise(chain):
        lower.verify_directly_issued_by(upper)
    assert sorted(found["certificate"] for found in result["certificates"]) == sorted(map(pem, chosen))
    assert result["complete"] == (bool(chain) and chain[-1].issuer == chain[-1].subject)
    assert result["usable"] == (not result["findings"])


@pytest.mark.parametrize("content", ["", "nonsense", pem(make_csr())])
def test_what_is_no_certificate_is_an_error(content):
    result, _warnings = execute(ca_chain_info.DEFINITION, {"backend": "file", "file": {"content": content}})
    assert (result["failed"], result["reason"]) == (True, "certificate_unreadable")
    assert "file.content" in result["msg"]


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    paths = [str(tmp_path / "none.pem")]
    result, _warnings = execute(ca_chain_info.DEFINITION, {"backend": "file", "file": {"paths": paths}})
    assert (result["failed"], result["reason"]) == (True, "file_unreadable")
    assert "file.paths" in result["msg"]


def test_no_files_at_all_are_an_error():
    result, _warnings = execute(ca_chain_info.DEFINITION, {"backend": "file", "file": {"paths": []}})
    assert (result["failed"], result["reason"]) == (True, "invalid_option")


def test_local_needs_no_key(tmp_path):
    ca = make_issuing_ca()
    local = {**ca.write(tmp_path), "private_key_path": str(tmp_path / "none.key")}
    result, _warnings = execute(ca_chain_info.DEFINITION, {"backend": "local", "local": local})
    assert result["chain"] == [pem(certificate) for certificate in ca.chain]
    assert result["backend"] == "local"
    assert PASSPHRASE not in str(result)


def test_local_without_its_chain_is_reported_with_its_own_option(tmp_path):
    local = {**make_issuing_ca().write(tmp_path), "chain_path": None}
    result, _warnings = execute(ca_chain_info.DEFINITION, {"backend": "local", "local": local})
    assert reasons(result) == ["ca_chain_incomplete"]
    assert "local.chain_path" in result["findings"][0]["remedy"]


@pytest.fixture(scope="module")
def windows_ca():
    with running_double(mode="enterprise") as double:
        yield double


def adcs_info(double, **changes):
    options = {
        "url": double.url,
        "ca_path": str(double.ca_path),
        "username": USERNAME,
        "password": PASSWORD,
        **changes,
    }
    return execute(ca_chain_info.DEFINITION, {"backend": "adcs", "adcs": options})[0]


def test_a_windows_ca_tells_its_chain_and_its_earlier_certificates(windows_ca):
    windows_ca.reset()
    before = adcs_info(windows_ca)
    assert [role for _name, role in roles(before)] == ["issuing", "root"]
    assert (before["usable"], before["findings"]) == (True, [])
    windows_ca.authority.renew()
    after = adcs_info(windows_ca)
    assert [role for _name, role in roles(after)] == ["issuing", "root", "other"]
    assert after["chain"][0] != before["chain"][0] == after["certificates"][2]["certificate"]
    assert windows_ca.requests() == []
    assert windows_ca.complaints == []


def test_a_server_that_lets_nobody_in_is_an_error_without_the_password(windows_ca):
    result = adcs_info(windows_ca, password="not-this-one")
    assert (result["failed"], result["reason"]) == (True, "authentication_failed")
    assert "not-this-one" not in str(result)


@pytest.mark.parametrize("backend", ["file", *(kind.name for kind in BACKENDS if kind.has_authority)])
def test_every_backend_needs_its_dictionary(backend):
    definition = ca_chain_info.DEFINITION
    validation = ArgumentSpecValidator(dict(definition.argument_spec), **definition.rules()).validate(
        {"backend": backend}
    )
    (message,) = validation.error_messages
    assert message.endswith(f"are missing: {backend}")
