# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Signing with a CA key in a file on this host."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._pki.backend import (
    Authority,
    AuthorityUnusable,
    Issued,
    SigningRequest,
    complete_authority,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import check_writable, read_file
from ansible_collections.ucops.cucm.plugins.module_utils._pki.index import IssuedIndex
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import CertificateProfile
from ansible_collections.ucops.cucm.plugins.module_utils._pki.keys import CaKeyUnusable, load_private_key
from ansible_collections.ucops.cucm.plugins.module_utils._pki.policy import (
    GRANTABLE_EXTENDED_KEY_USAGES,
    GRANTABLE_KEY_USAGES,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    EXTENDED_KEY_USAGE_OIDS,
    KEY_USAGES,
    LARGEST_CERTIFICATES,
    alt_names,
    extended_key_usage,
    find_extension,
    has_nonstandard_names,
    key_usage,
    load_certificate,
    load_certificates,
    spki_sha256,
    time_text,
)

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.plugins.module_utils._pki.keys import SigningKey

LOCAL_ARGUMENTS: dict[str, dict[str, Any]] = {
    "private_key_path": {"type": "path", "required": True, "no_log": False},
    "private_key_passphrase": {"type": "str", "no_log": True},
    "allow_unencrypted_key": {"type": "bool", "default": False, "no_log": False},
    "certificate_path": {"type": "path", "required": True},
    "chain_path": {"type": "path"},
    "index_path": {"type": "path"},
    "digest": {"type": "str", "choices": ["sha256", "sha384", "sha512"], "default": "sha256"},
    "backdate_minutes": {"type": "int", "default": 10},
    "allow_shorter_validity": {"type": "bool", "default": False},
}

_SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
_SUBJECT_ALT_NAME = "2.5.29.17"
_MOST_BACKDATE_MINUTES = 24 * 60
#: Draws of a random serial before the index must be taken for broken.
_SERIAL_DRAWS = 10


@dataclass(frozen=True)
class LocalOptions:
    """The options of the backend, as the module documents them."""

    private_key_path: str
    private_key_passphrase: str | None
    certificate_path: str
    chain_path: str | None
    index_path: str
    digest: str
    backdate_minutes: int
    allow_shorter_validity: bool
    allow_unencrypted_key: bool

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> LocalOptions:
        if not 0 <= params["backdate_minutes"] <= _MOST_BACKDATE_MINUTES:
            raise InvalidOption(
                f"{params['backdate_minutes']} is not between 0 and {_MOST_BACKDATE_MINUTES}",
                option="local.backdate_minutes",
            )
        index_path = params["index_path"] or os.path.join(
            os.path.dirname(params["certificate_path"]), "index.txt"
        )
        return cls(**{**params, "index_path": index_path})


class LocalBackend:
    """A CA whose key lies in an encrypted file. Many processes may sign with it at once."""

    def __init__(self, options: LocalOptions, *, draw_serial: Callable[[], int] | None = None) -> None:
        self._options = options
        self._draw_serial = draw_serial or x509.random_serial_number
        self._index = IssuedIndex(options.index_path)
        self._key: SigningKey | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> LocalBackend:
        """The backend with the options of the dictionary `local`."""
        return cls(LocalOptions.from_params(params))

    def authority(self) -> Authority:
        return self._authority

    @cached_property
    def _authority(self) -> Authority:
        return complete_authority(self.ca_certificates(), option="local.chain_path")

    def ca_certificates(self) -> Sequence[x509.Certificate]:
        return (self._load_issuer(), *self._load_chain())

    def latest_end(self, request: SigningRequest) -> datetime:
        return min(request.now + request.validity, self._authority.not_after)

    def probe(self, profile: CertificateProfile, validity: timedelta, now: datetime) -> tuple[str, ...]:
        warnings = self._check_validity(validity, now)
        self._load_key()
        check_writable(self._index.path, option="local.index_path", reason="ca_index_not_writable")
        return warnings

    def prepare(self, request: SigningRequest) -> tuple[str, ...]:
        return self.probe(request.profile, request.validity, request.now)

    def close(self) -> None:
        """Nothing is open."""

    def sign(self, request: SigningRequest) -> Issued:
        self.prepare(request)
        with self._index.locked():
            certificate = self._build(request, self._free_serial()).sign(
                self._load_key(), _digest(self._options.digest)
            )
            self._index.record(certificate, request)
        return Issued(certificate)

    def _load_issuer(self) -> x509.Certificate:
        path = self._options.certificate_path
        data = read_file(path, option="local.certificate_path", largest=LARGEST_CERTIFICATES)
        certificate = load_certificate(data, source=path)
        if has_nonstandard_names(certificate):
            raise AuthorityUnusable(
                f"the names of the CA certificate {path} have characters that their string type does not allow,"
                " so a certificate cannot name its issuer in the same bytes (RFC 5280, 4.1.2.4)",
                option="local.certificate_path",
                reason="ca_name_not_writable",
                remedy="Sign with the software that made the CA, for example with the backend manual",
            )
        return certificate

    def _load_chain(self) -> list[x509.Certificate]:
        path = self._options.chain_path
        if path is None:
            return []
        data = read_file(path, option="local.chain_path", largest=LARGEST_CERTIFICATES)
        return load_certificates(data, source=path)

    def _load_key(self) -> SigningKey:
        """The key of the CA, read once and held against its certificate."""
        if self._key is not None:
            return self._key
        key = load_private_key(
            self._options.private_key_path,
            self._options.private_key_passphrase,
            option="local.private_key_path",
            unlocked_by="local.private_key_passphrase",
            allow_unencrypted=self._options.allow_unencrypted_key,
        )
        if spki_sha256(key.public_key()) != spki_sha256(self._authority.certificate):
            raise CaKeyUnusable(
                f"the private key {self._options.private_key_path} does not belong to the CA certificate"
                f" {self._options.certificate_path}",
                option="local.private_key_path",
                reason="ca_key_does_not_match",
            )
        self._key = key
        return key

    def _check_validity(self, validity: timedelta, now: datetime) -> tuple[str, ...]:
        """Never beyond the end of the CA, and never shorter than asked for without a word."""
        if now + validity <= self._authority.not_after:
            return ()
        end = time_text(self._authority.not_after)
        if not self._options.allow_shorter_validity:
            raise AuthorityUnusable(
                f"a certificate of {validity.days} days would outlive its CA, which ends at {end}",
                option="validity_days",
                reason="outlives_ca",
                remedy="Ask for fewer days, renew the CA, or set local.allow_shorter_validity",
            )
        return (f"The certificate ends with its CA at {end}, before the {validity.days} days asked for.",)

    def _free_serial(self) -> int:
        taken = self._index.serials()
        for _draw in range(_SERIAL_DRAWS):
            serial = self._draw_serial()
            if serial not in taken:
                return serial
        raise AuthorityUnusable(
            f"no free serial number was found in {_SERIAL_DRAWS} random draws",
            reason="ca_serials_exhausted",
            remedy="The source of randomness of this host is broken: do not sign on it",
        )

    def _build(self, request: SigningRequest, serial: int) -> x509.CertificateBuilder:
        """Key, subject and alternative names come from the CSR as they are, usages after filtering."""
        csr, authority = request.csr, self._authority
        start = request.now - timedelta(minutes=self._options.backdate_minutes)
        builder = (
            x509.CertificateBuilder()
            .subject_name(csr.subject)
            .issuer_name(authority.certificate.subject)
            .public_key(csr.public_key())
            .serial_number(serial)
            .not_valid_before(max(start, authority.not_before))
            .not_valid_after(min(request.now + request.validity, authority.not_after))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage_for(request), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(csr.public_key()), critical=False)
            .add_extension(_authority_key_identifier(authority.certificate), critical=False)
        )
        names, extended = find_extension(csr, _SUBJECT_ALT_NAME), _extended_key_usage_for(request)
        if extended:
            builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=False)
        if names is not None and alt_names(csr):
            builder = builder.add_extension(names.value, critical=False)
        return builder


def _digest(name: str) -> hashes.SHA256 | hashes.SHA384 | hashes.SHA512:
    if name == "sha512":
        return hashes.SHA512()
    return hashes.SHA384() if name == "sha384" else hashes.SHA256()


def _key_usage_for(request: SigningRequest) -> x509.KeyUsage:
    asked = key_usage(request.csr)
    granted = request.profile.key_usages if asked is None else asked
    flags = {
        attribute: name in granted and name in GRANTABLE_KEY_USAGES for name, attribute in KEY_USAGES.items()
    }
    return x509.KeyUsage(**flags)


def _extended_key_usage_for(request: SigningRequest) -> list[x509.ObjectIdentifier]:
    asked = extended_key_usage(request.csr)
    wanted = request.profile.required_extended_key_usages if asked is None else asked
    granted = dict.fromkeys(usage for usage in wanted if usage in GRANTABLE_EXTENDED_KEY_USAGES)
    return [x509.ObjectIdentifier(EXTENDED_KEY_USAGE_OIDS[usage]) for usage in granted]


def _authority_key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    identifier = find_extension(issuer, _SUBJECT_KEY_IDENTIFIER)
    if identifier is None:
        return x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key())  # type: ignore[arg-type]
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier.value)
