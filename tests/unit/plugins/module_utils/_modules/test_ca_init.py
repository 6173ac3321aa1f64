# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module ca_init."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import TimedOut
from ansible_collections.ucops.cucm.plugins.module_utils._modules import ca_init, ca_sign
from ansible_collections.ucops.cucm.plugins.module_utils._pki.authority import KeySpecification
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import locked
from ansible_collections.ucops.cucm.plugins.module_utils._pki.keys import encrypted_pem
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import load_certificate, pem
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
    PASSPHRASE,
    execute,
    key,
    make_ca,
    make_csr,
    openssl,
)


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "site" / "ca"


def init(directory, *, check_mode=False, **changes):
    params = {
        "directory": str(directory),
        "passphrase": PASSPHRASE,
        "common_name": "Lab Root CA",
        "issuing_common_name": "Lab Issuing CA",
        "organization": "Example",
        "country": "DE",
        "key_type": "ec",
        "key_size": 256,
        **changes,
    }
    result, warnings = execute(
        ca_init.DEFINITION,
        {name: value for name, value in params.items() if value is not None},
        check_mode=check_mode,
    )
    assert warnings == []
    assert PASSPHRASE not in json.dumps(result)
    assert "PRIVATE KEY" not in json.dumps(result)
    return result


def content(directory):
    return {name: (directory / name).read_bytes() for name in os.listdir(directory)}


def test_first_run_makes_and_second_changes_nothing(directory):
    first = init(directory)
    assert first["changed"]
    assert first["diff"]["before"]["files"] == []
    before = content(directory)
    second = init(directory)
    assert not second["changed"]
    assert content(directory) == before
    assert {**second, "changed": True, "diff": first["diff"]} == first


def test_permissions(directory):
    files = init(directory)["files"]
    assert directory.stat().st_mode & 0o777 == 0o700
    for name in ("private_key", "root_private_key"):
        assert os.stat(files[name]).st_mode & 0o777 == 0o600
        assert b"ENCRYPTED PRIVATE KEY" in (directory / files[name]).read_bytes()


@pytest.mark.parametrize(
    ("key_type", "key_size", "expected"),
    [
        ("rsa", 2048, ("rsa", 2048)),
        ("rsa", None, ("rsa", 3072)),
        ("ec", None, ("ec", 384)),
        ("ec", 521, ("ec", 521)),
    ],
)
def test_key_types(directory, key_type, key_size, expected):
    result = init(directory, key_type=key_type, key_size=key_size)
    for authority in result["authorities"].values():
        assert (authority["public_key"]["type"], authority["public_key"]["size"]) == expected


def test_openssl_accepts_the_authority(directory):
    result = init(directory)
    files = result["files"]
    verified = openssl(
        "verify",
        "-x509_strict",
        "-auth_level",
        "2",
        "-CAfile",
        files["root_certificate"],
        files["certificate"],
    )
    assert "OK" in verified.stdout
    shown = openssl("x509", "-in", files["certificate"], "-noout", "-text").stdout
    assert "CA:TRUE, pathlen:0" in shown
    openssl("pkey", "-in", files["private_key"], "-passin", f"pass:{PASSPHRASE}", "-noout")
    assert result["chain"] == [result["issuing_certificate"], result["root_certificate"]]
    assert result["authorities"]["root"]["self_signed"]
    assert result["authorities"]["issuing"]["issuer"] == {"C": "DE", "O": "Example", "CN": "Lab Root CA"}


@pytest.mark.parametrize("issuing", ["Lab Issuing CA", None])
def test_ca_sign_signs_with_it(directory, issuing):
    files = init(directory, issuing_common_name=issuing)["files"]
    signed, warnings = execute(
        ca_sign.DEFINITION,
        {
            "csr_content": pem(make_csr()),
            "local": {
                "private_key_path": files["private_key"],
                "private_key_passphrase": PASSPHRASE,
                "certificate_path": files["certificate"],
                "chain_path": files["chain"],
                "index_path": files["index"],
            },
        },
    )
    assert signed["status"] == "issued"
    assert warnings == []
    assert signed["issuer"]["CN"] == (issuing or "Lab Root CA")
    assert len(signed["chain"]) == (2 if issuing else 1)


def test_root_alone_and_an_issuing_ca_later(directory):
    first = init(directory, issuing_common_name=None)
    assert first["issuing_certificate"] is None
    assert first["files"]["private_key"] == str(directory / "root.key")
    second = init(directory)
    assert second["changed"]
    assert second["root_certificate"] == first["root_certificate"]
    assert second["diff"]["before"]["files"] == ["root.key", "root.pem"]
    assert init(directory)["changed"] is False


@pytest.mark.parametrize("lost", ["root.pem", "issuing.pem", "issuing.key", "chain.pem"])
def test_an_interrupted_run_is_finished(directory, lost):
    init(directory)
    removed = {"root.pem": ["root.pem", "issuing.pem"], "issuing.key": ["issuing.key", "issuing.pem"]}
    for name in removed.get(lost, [lost]):
        (directory / name).unlink()
    kept = content(directory)
    assert init(directory)["changed"]
    after = content(directory)
    assert all(after[name] == kept[name] for name in kept if name != "chain.pem")
    assert not init(directory)["changed"]


def test_check_mode_makes_nothing(directory):
    result = init(directory, check_mode=True)
    assert result["changed"]
    assert result["root_certificate"] is None
    assert result["diff"]["after"]["files"]
    assert not directory.parent.exists()
    init(directory)
    before = content(directory)
    assert not init(directory, check_mode=True)["changed"]
    assert content(directory) == before


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"passphrase": "another passphrase"}, "ca_key_passphrase_wrong"),
        ({"common_name": "Other Root"}, "ca_differs"),
        ({"issuing_common_name": "Other Issuing"}, "ca_differs"),
        ({"organization": "Other"}, "ca_differs"),
        ({"country": None}, "ca_differs"),
        ({"key_size": 384}, "ca_differs"),
        ({"key_type": "rsa", "key_size": 2048}, "ca_differs"),
    ],
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_what_is_there_is_never_replaced(directory, changes, reason, check_mode):
    init(directory)
    before = content(directory)
    result = init(directory, check_mode=check_mode, **changes)
    assert (result["failed"], result["reason"]) == (True, reason)
    assert content(directory) == before


def test_changed_validity_makes_nothing_new(directory):
    init(directory)
    assert not init(directory, validity_days=100, issuing_validity_days=50)["changed"]


def test_certificate_without_its_key(directory):
    init(directory)
    (directory / "issuing.key").unlink()
    assert init(directory)["reason"] == "ca_key_missing"


def test_certificate_of_another_key(directory):
    init(directory)
    (directory / "root.key").write_bytes(encrypted_pem(key("ec256-other"), PASSPHRASE))
    assert init(directory)["reason"] == "ca_differs"


def test_issuing_ca_of_another_root(directory, tmp_path):
    init(directory)
    init(tmp_path / "other")
    for name in ("root.key", "root.pem"):
        (directory / name).write_bytes((tmp_path / "other" / name).read_bytes())
    assert "not signed by the root" in init(directory)["msg"]


@pytest.mark.parametrize(
    ("changes", "reason", "words"),
    [
        ({"end": NOW - timedelta(days=1), "start": NOW - timedelta(days=2)}, "expired", "expired at"),
        ({"ca": False}, "ca_differs", "is no CA"),
    ],
)
def test_root_that_cannot_be_used(directory, changes, reason, words):
    init(directory, issuing_common_name=None)
    root = make_ca("Lab Root CA", with_key="ec256-lab", **changes)
    (directory / "root.key").write_bytes(encrypted_pem(root.key, PASSPHRASE))
    (directory / "root.pem").write_text(pem(root.certificate))
    result = init(directory, issuing_common_name=None, country=None)
    assert result["reason"] == reason
    assert words in result["msg"]


def test_loose_permissions(directory):
    init(directory)
    (directory / "root.key").chmod(0o644)
    assert init(directory)["reason"] == "ca_key_permissions"


@pytest.mark.parametrize(
    ("changes", "option"),
    [
        ({"passphrase": "short"}, "passphrase"),
        ({"key_type": "rsa", "key_size": 1024}, "key_size"),
        ({"key_size": 2048}, "key_size"),
        ({"validity_days": 0}, "validity_days"),
        ({"issuing_validity_days": 10**9}, "issuing_validity_days"),
        ({"issuing_common_name": "Lab Root CA"}, "issuing_common_name"),
        ({"common_name": ""}, "common_name"),
        ({"common_name": "x" * 65}, "common_name"),
        ({"organization": "a\nb"}, "organization"),
        ({"country": "Germany"}, "country"),
        ({"country": "1x"}, "country"),
    ],
)
def test_senseless_options_are_named(directory, changes, option):
    result = init(directory, **changes)
    assert result["failed"]
    assert f"Option: {option}." in result["msg"]
    assert not directory.exists()


@pytest.mark.parametrize("check_mode", [False, True])
def test_issuing_ca_that_would_outlive_its_root(directory, check_mode):
    result = init(directory, validity_days=100, issuing_validity_days=101, check_mode=check_mode)
    assert (result["reason"], result["failed"]) == ("outlives_ca", True)
    assert not directory.exists()


def test_issuing_ca_that_would_outlive_the_root_that_is_there(directory):
    init(directory, issuing_common_name=None, validity_days=100)
    before = content(directory)
    assert init(directory)["reason"] == "outlives_ca"
    assert content(directory) == before


def test_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    assert init(tmp_path / "file" / "ca")["reason"] == "file_not_written"


def test_making_is_locked(directory, monkeypatch):
    made = []

    def generate(specification):
        with pytest.raises(TimedOut), locked(str(directory / ".lock"), timeout=0):
            pytest.fail("the lock was given twice")
        made.append(specification)
        return original(specification)

    original = KeySpecification.generate
    monkeypatch.setattr(KeySpecification, "generate", generate)
    init(directory)
    assert len(made) == 2


def test_many_runs_at_once_make_one_authority(directory):
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _number: init(directory), range(8), timeout=60))
    assert len({result["root_certificate"] for result in results}) == 1
    assert len({result["issuing_certificate"] for result in results}) == 1
    assert load_certificate(results[0]["root_certificate"], source="x").subject
