# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory with a root CA and, if wanted, an issuing CA below it.

Keys are made before their certificates, each file appears whole, and nothing is ever replaced: an
interrupted run is finished by the next one.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._pki.files import (
    FileNotWritten,
    locked,
    read_file,
    write_atomically,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.keys import (
    CaKeyUnusable,
    encrypted_pem,
    load_private_key,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    KEY_USAGES,
    LARGEST_CERTIFICATES,
    is_ca,
    is_issued_by,
    load_certificate,
    pem,
    spki_sha256,
    time_text,
)

try:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.x509.oid import NameOID
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.plugins.module_utils._pki.keys import SigningKey

#: Clocks differ: a new CA is already valid on a host that is behind.
_BACKDATE = timedelta(minutes=10)


class AuthorityDiffers(CucmError):
    """The directory holds another authority than the one asked for. It is not touched."""

    reason = "ca_differs"


@dataclass(frozen=True)
class KeySpecification:
    """Kind of a key (`rsa`, `ec`) and its size in bits."""

    kind: str
    size: int

    def generate(self) -> SigningKey:
        if self.kind == "rsa":
            return rsa.generate_private_key(public_exponent=65537, key_size=self.size)
        if self.size == 256:
            return ec.generate_private_key(ec.SECP256R1())
        return ec.generate_private_key(ec.SECP521R1() if self.size == 521 else ec.SECP384R1())


@dataclass(frozen=True)
class AuthoritySpecification:
    """What a CA is to be."""

    common_name: str
    organization: str | None
    country: str | None
    key: KeySpecification
    validity: timedelta

    def subject(self) -> x509.Name:
        parts = (
            (NameOID.COUNTRY_NAME, self.country),
            (NameOID.ORGANIZATION_NAME, self.organization),
            (NameOID.COMMON_NAME, self.common_name),
        )
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value is not None])


@dataclass(frozen=True)
class AuthorityPlan:
    """What an authority consists of; the issuing CA is optional."""

    root: AuthoritySpecification
    issuing: AuthoritySpecification | None

    def by_name(self) -> dict[str, AuthoritySpecification]:
        named = {"root": self.root}
        return named if self.issuing is None else {**named, "issuing": self.issuing}


class AuthorityDirectory:
    """The files of an authority: for each CA `NAME.key` and `NAME.pem`, and all certificates in `chain.pem`.

    One passphrase protects the keys.
    """

    def __init__(self, path: str, passphrase: str, plan: AuthorityPlan) -> None:
        self._path = path
        self._passphrase = passphrase
        self._plan = plan

    def files(self) -> dict[str, str]:
        """Where things are; `private_key`, `certificate`, `chain` and `index` are those to sign with."""
        signer = list(self._plan.by_name())[-1]
        return {
            "private_key": self._file(f"{signer}.key"),
            "certificate": self._file(f"{signer}.pem"),
            "chain": self._file("chain.pem"),
            "index": self._file("index.txt"),
            "root_private_key": self._file("root.key"),
            "root_certificate": self._file("root.pem"),
        }

    def certificates(self) -> dict[str, x509.Certificate]:
        """The certificates that are there, by the name of the CA, the root first."""
        paths = {name: self._file(f"{name}.pem") for name in self._plan.by_name()}
        return {name: self._load_certificate(path) for name, path in paths.items() if os.path.exists(path)}

    def file_names(self) -> list[str]:
        """Names of the files that the authority consists of."""
        return [*(f"{name}.{kind}" for name in self._plan.by_name() for kind in ("key", "pem")), "chain.pem"]

    def missing(self) -> list[str]:
        """Names of the files that are to be made."""
        absent = [name for name in self.file_names()[:-1] if not os.path.exists(self._file(name))]
        if absent or self._read_chain() != self._chain():
            absent.append("chain.pem")
        return absent

    def check(self, now: datetime) -> None:
        """Raise unless everything that is there is what the plan says and can be used."""
        certificates = self.certificates()
        self._check_issuing_end(certificates, now)
        for name, specification in self._plan.by_name().items():
            certificate = certificates.get(name)
            key = self._load_key(name) if os.path.exists(self._file(f"{name}.key")) else None
            if key is not None:
                self._check_key(name, key, specification)
            if certificate is None:
                continue
            if key is None:
                raise CaKeyUnusable(
                    f"{self._file(f'{name}.pem')} is there and its key {name}.key is not",
                    option="directory",
                    reason="ca_key_missing",
                    remedy="Put the key back, or choose an empty directory",
                )
            self._check_certificate(name, certificate, key, specification, now)
            if not is_issued_by(certificate, certificates.get("root", certificate)):
                raise self._differs(name, "is not signed by the root in this directory")

    def make(self, now: datetime) -> None:
        """Make what is missing, after a check of what is there."""
        try:
            os.makedirs(self._path, mode=0o700, exist_ok=True)
        except OSError as error:
            raise FileNotWritten(
                f"{self._path} cannot be made: {error.strerror}", option="directory"
            ) from None
        with locked(self._file(".lock")):
            self.check(now)
            for name, specification in self._plan.by_name().items():
                if not os.path.exists(self._file(f"{name}.key")):
                    data = encrypted_pem(specification.key.generate(), self._passphrase)
                    write_atomically(self._file(f"{name}.key"), data, mode=0o600)
                if not os.path.exists(self._file(f"{name}.pem")):
                    certificate = self._certify(name, specification, now)
                    write_atomically(self._file(f"{name}.pem"), pem(certificate).encode(), mode=0o644)
            if self._read_chain() != self._chain():
                write_atomically(self._file("chain.pem"), self._chain(), mode=0o644)

    def _certify(self, name: str, specification: AuthoritySpecification, now: datetime) -> x509.Certificate:
        key, signer = self._load_key(name), self._load_key("root")
        root = None if name == "root" else self.certificates()["root"]
        start = now - _BACKDATE if root is None else max(now - _BACKDATE, root.not_valid_before_utc)
        public_key = key.public_key()
        signer_key = signer.public_key()
        return (
            x509.CertificateBuilder()
            .subject_name(specification.subject())
            .issuer_name(specification.subject() if root is None else root.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(now + specification.validity)
            .add_extension(
                x509.BasicConstraints(ca=True, path_length=1 if root is None else 0), critical=True
            )
            .add_extension(_ca_key_usage(), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer_key), critical=False)
            .sign(signer, hashes.SHA256())
        )

    def _check_issuing_end(self, certificates: Mapping[str, x509.Certificate], now: datetime) -> None:
        """A new issuing CA must not outlive the root, which is there or is made in the same run."""
        if self._plan.issuing is None or "issuing" in certificates:
            return
        root = certificates.get("root")
        end = now + self._plan.root.validity if root is None else root.not_valid_after_utc
        if now + self._plan.issuing.validity > end:
            raise InvalidOption(
                f"the issuing CA would outlive its root, which ends at {time_text(end)}",
                option="issuing_validity_days",
                reason="outlives_ca",
                remedy="Ask for fewer days",
            )

    def _check_key(self, name: str, key: SigningKey, specification: AuthoritySpecification) -> None:
        kind = "rsa" if isinstance(key, rsa.RSAPrivateKey) else "ec"
        if (kind, key.key_size) != (specification.key.kind, specification.key.size):
            wanted = f"{specification.key.kind} {specification.key.size}"
            raise self._differs(name, f"has a key {kind} {key.key_size}, asked for is {wanted}")

    def _check_certificate(
        self,
        name: str,
        certificate: x509.Certificate,
        key: SigningKey,
        specification: AuthoritySpecification,
        now: datetime,
    ) -> None:
        if certificate.subject != specification.subject():
            has, wanted = certificate.subject.rfc4514_string(), specification.subject().rfc4514_string()
            raise self._differs(name, f"is {has}, asked for is {wanted}")
        if spki_sha256(certificate) != spki_sha256(key.public_key()):
            raise self._differs(name, "has a certificate for another key")
        if not is_ca(certificate):
            raise self._differs(name, "is no CA")
        if now > certificate.not_valid_after_utc:
            end = time_text(certificate.not_valid_after_utc)
            raise self._differs(name, f"expired at {end}", reason="expired")

    def _differs(self, name: str, what: str, *, reason: str | None = None) -> AuthorityDiffers:
        return AuthorityDiffers(
            f"the CA {self._file(f'{name}.pem')} {what}",
            option="directory",
            reason=reason,
            remedy="Nothing was changed: choose another directory, or ask for the authority that is there",
        )

    def _load_key(self, name: str) -> SigningKey:
        path = self._file(f"{name}.key")
        return load_private_key(path, self._passphrase, option="directory", unlocked_by="passphrase")

    def _load_certificate(self, path: str) -> x509.Certificate:
        return load_certificate(
            read_file(path, option="directory", largest=LARGEST_CERTIFICATES), source=path
        )

    def _chain(self) -> bytes:
        """All certificates, the issuing CA first."""
        return "".join(pem(certificate) for certificate in reversed(self.certificates().values())).encode()

    def _read_chain(self) -> bytes | None:
        path = self._file("chain.pem")
        if not os.path.exists(path):
            return None
        return read_file(path, option="directory", largest=LARGEST_CERTIFICATES)

    def _file(self, name: str) -> str:
        return os.path.join(self._path, name)


def _ca_key_usage() -> x509.KeyUsage:
    granted = ("digitalSignature", "keyCertSign", "cRLSign")
    return x509.KeyUsage(**{attribute: name in granted for name, attribute in KEY_USAGES.items()})
