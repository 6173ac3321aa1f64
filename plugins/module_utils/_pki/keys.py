# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Private keys of a CA. Neither a key nor a passphrase ever gets into a message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import read_secret_file

try:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

if TYPE_CHECKING:
    SigningKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey

_LARGEST_KEY = 64 * 1024
_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
#: OpenSSL's own older encryption: a key derived with one round of MD5.
_LEGACY_ENCRYPTED = b"Proc-Type: 4,ENCRYPTED"


class CaKeyUnusable(CucmError):
    """The private key of the CA cannot be used."""

    reason = "ca_key_unusable"


def load_private_key(
    path: str, passphrase: str | None, *, option: str, unlocked_by: str, allow_unencrypted: bool = False
) -> SigningKey:
    """The key in a PEM file that only its owner may read, encrypted PKCS#8 unless allowed otherwise.

    `option` is the one that names the file, `unlocked_by` the one with the passphrase.
    """
    data = read_secret_file(path, option=option, largest=_LARGEST_KEY)
    if _LEGACY_ENCRYPTED in data:
        raise CaKeyUnusable(
            f"the private key {path} has OpenSSL's older, weak encryption",
            option=option,
            reason="ca_key_not_pkcs8",
            remedy=f"Convert it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in {path} -out NEW",
        )
    encrypted = _ENCRYPTED in data
    if encrypted and not passphrase:
        raise CaKeyUnusable(
            f"the private key {path} is encrypted and no passphrase was given",
            option=unlocked_by,
            reason="ca_key_passphrase_missing",
            remedy="Give the passphrase, from a vaulted variable or a credential",
        )
    try:
        key = serialization.load_pem_private_key(
            data, passphrase.encode() if encrypted and passphrase else None
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _not_loaded(path, encrypted, option, unlocked_by) from None
    if not encrypted and not allow_unencrypted:
        raise CaKeyUnusable(
            f"the private key {path} is not encrypted",
            option=option,
            reason="ca_key_not_encrypted",
            remedy=f"Encrypt it (openssl pkcs8 -topk8 -v2 aes-256-cbc -in {path} -out NEW),"
            " or set allow_unencrypted_key",
        )
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)):
        raise CaKeyUnusable(
            f"the private key {path} is neither RSA nor EC",
            option=option,
            reason="ca_key_type_not_supported",
            remedy="CUCM verifies RSA and ECDSA signatures only",
        )
    return key


def encrypted_pem(key: SigningKey, passphrase: str) -> bytes:
    """The key as encrypted PKCS#8 in PEM."""
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(passphrase.encode()),
    )


def _not_loaded(path: str, encrypted: bool, option: str, unlocked_by: str) -> CucmError:
    if encrypted:
        return CaKeyUnusable(
            f"the private key {path} cannot be decrypted: the passphrase is wrong, or the file is damaged",
            option=unlocked_by,
            reason="ca_key_passphrase_wrong",
            remedy="Give the passphrase that the key was encrypted with; try it with: openssl pkey -noout -in FILE",
        )
    return InvalidOption(
        f"{path} holds no private key that can be read",
        option=option,
        reason="ca_key_unreadable",
        remedy="Give an encrypted PKCS#8 key in PEM (-----BEGIN ENCRYPTED PRIVATE KEY-----)",
    )
