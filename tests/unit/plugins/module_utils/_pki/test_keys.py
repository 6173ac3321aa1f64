# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys: every way in which one cannot be used is told apart, and none tells a secret."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._pki.keys import encrypted_pem, load_private_key
from ansible_collections.ucops.cucm.tests.support.builders import (
    PASSPHRASE,
    key,
    openssl,
    write_key,
)
from cryptography.hazmat.primitives import serialization


def load(path, passphrase=PASSPHRASE, **more):
    return load_private_key(str(path), passphrase, option="key", unlocked_by="phrase", **more)


@pytest.fixture
def encrypted(tmp_path):
    path = tmp_path / "ca.key"
    path.touch(mode=0o600)
    path.write_bytes(encrypted_pem(key("rsa2048"), PASSPHRASE))
    return path


@pytest.fixture
def plain(tmp_path):
    path = tmp_path / "plain.key"
    path.touch(mode=0o600)
    return write_key(path, key("ec384"))


def test_encrypted_key(encrypted):
    assert load(encrypted).private_numbers() == key("rsa2048").private_numbers()
    assert encrypted.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")


def test_key_that_openssl_encrypted(plain, tmp_path):
    path = tmp_path / "openssl.key"
    path.touch(mode=0o600)
    openssl(
        "pkcs8", "-topk8", "-v2", "aes-256-cbc", "-in", plain, "-out", path, "-passout", f"pass:{PASSPHRASE}"
    )
    assert load(path).curve.name == "secp384r1"


def reason_of(path, passphrase=PASSPHRASE, **more):
    with pytest.raises(CucmError) as caught:
        load(path, passphrase, **more)
    message = caught.value.message
    assert str(path) in message
    assert PASSPHRASE not in message
    assert "wrong one" not in message
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value.reason, caught.value.option


def test_passphrases(encrypted):
    assert reason_of(encrypted, None) == ("ca_key_passphrase_missing", "phrase")
    assert reason_of(encrypted, "") == ("ca_key_passphrase_missing", "phrase")
    assert reason_of(encrypted, "wrong one") == ("ca_key_passphrase_wrong", "phrase")


def test_damaged_key(encrypted):
    encrypted.write_bytes(encrypted.read_bytes().replace(b"M", b"N", 3))
    assert reason_of(encrypted)[0] == "ca_key_passphrase_wrong"


def test_unencrypted_key(plain):
    assert reason_of(plain) == ("ca_key_not_encrypted", "key")
    assert load(plain, allow_unencrypted=True).key_size == 384
    assert load(plain, None, allow_unencrypted=True).key_size == 384


def test_loose_permissions(encrypted):
    encrypted.chmod(0o640)
    assert reason_of(encrypted) == ("ca_key_permissions", "key")


def test_missing_and_senseless_files(tmp_path):
    assert reason_of(tmp_path / "none") == ("file_unreadable", "key")
    senseless = tmp_path / "senseless"
    senseless.touch(mode=0o600)
    senseless.write_text("no key")
    assert reason_of(senseless) == ("ca_key_unreadable", "key")


def test_weak_encryption_of_old_openssl(tmp_path):
    path = tmp_path / "old.key"
    path.touch(mode=0o600)
    path.write_bytes(
        key("rsa2048").private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.BestAvailableEncryption(PASSPHRASE.encode()),
        )
    )
    assert reason_of(path) == ("ca_key_not_pkcs8", "key")


def test_key_that_cucm_cannot_verify(tmp_path):
    path = tmp_path / "ed.key"
    path.touch(mode=0o600)
    path.write_bytes(encrypted_pem(key("ed25519"), PASSPHRASE))
    assert reason_of(path) == ("ca_key_type_not_supported", "key")
