# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, requests and certificates for the tests, right ones and each kind of wrong one."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context, ModuleDefinition
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    EXTENDED_KEY_USAGE_OIDS,
    KEY_USAGES,
    pem,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

NOW = datetime.now(UTC).replace(microsecond=0)
PASSPHRASE = "correct horse battery"
#: What the CallManager CSRs of older releases ask for, and those of 14 and later.
OLD_USAGES = ("digitalSignature", "keyEncipherment", "dataEncipherment", "keyAgreement")
USAGES = ("digitalSignature", "keyEncipherment", "dataEncipherment")
BOTH = ("serverAuth", "clientAuth")


@cache
def key(name: str) -> Any:
    """One key of each kind for the whole run; a suffix after a hyphen makes another one."""
    kind = name.partition("-")[0]
    makers: Mapping[str, Callable[[], Any]] = {
        "rsa2048": lambda: rsa.generate_private_key(65537, 2048),
        "rsa1024": lambda: rsa.generate_private_key(65537, 1024),
        "rsae3": lambda: rsa.generate_private_key(3, 2048),
        "ec256": lambda: ec.generate_private_key(ec.SECP256R1()),
        "ec384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "ec521": lambda: ec.generate_private_key(ec.SECP521R1()),
        "brainpool256": lambda: ec.generate_private_key(ec.BrainpoolP256R1()),
        "koblitz256": lambda: ec.generate_private_key(ec.SECP256K1()),
        "ec192": lambda: ec.generate_private_key(ec.SECP192R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }
    return makers[kind]()


def name(common_name: str | None, **others: str) -> x509.Name:
    oids = {"C": "2.5.4.6", "ST": "2.5.4.8", "L": "2.5.4.7", "O": "2.5.4.10", "OU": "2.5.4.11"}
    parts = [x509.NameAttribute(x509.ObjectIdentifier(oids[short]), text) for short, text in others.items()]
    if common_name is not None:
        parts.append(x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name, _validate=False))
    return x509.Name(parts)


def general_name(typed: str) -> x509.GeneralName:
    kind, _colon, text = typed.partition(":")
    if kind == "IP":
        return x509.IPAddress(ip_address(text))
    if kind == "URI":
        return x509.UniformResourceIdentifier(text)
    if kind == "email":
        return x509.RFC822Name(text)
    if kind == "RID":
        return x509.RegisteredID(x509.ObjectIdentifier(text))
    return x509.DNSName(text)


def key_usage(usages: Iterable[str]) -> x509.KeyUsage:
    return x509.KeyUsage(**{attribute: usage in usages for usage, attribute in KEY_USAGES.items()})


def extended_key_usage(usages: Iterable[str]) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage(
        [x509.ObjectIdentifier(EXTENDED_KEY_USAGE_OIDS.get(usage, usage)) for usage in usages]
    )


def make_csr(
    common_name: str | None = "cucm-pub.example.com",
    *,
    names: Sequence[str] = (),
    usages: Sequence[str] | None = USAGES,
    extended: Sequence[str] | None = BOTH,
    ca: bool = False,
    with_key: str = "rsa2048",
    subject: x509.Name | None = None,
) -> x509.CertificateSigningRequest:
    """As CUCM makes it, unless told otherwise."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(
        subject or name(common_name, C="DE", ST="Berlin", L="Berlin", O="Example")
    )
    if usages is not None:
        builder = builder.add_extension(key_usage(usages), critical=False)
    if extended is not None:
        builder = builder.add_extension(extended_key_usage(extended), critical=False)
    if names:
        alt_names = x509.SubjectAlternativeName([general_name(typed) for typed in names])
        builder = builder.add_extension(alt_names, critical=False)
    if ca:
        builder = builder.add_extension(x509.BasicConstraints(True, None), critical=True)
    return builder.sign(key(with_key), None if with_key == "ed25519" else hashes.SHA256())


@dataclass(frozen=True)
class Ca:
    """A certificate authority in memory; `above` are its issuers up to the root."""

    certificate: x509.Certificate
    key: Any
    above: tuple[x509.Certificate, ...] = ()

    @property
    def chain(self) -> tuple[x509.Certificate, ...]:
        return (self.certificate, *self.above)

    def write(self, directory: Path, *, passphrase: str | None = PASSPHRASE) -> dict[str, Any]:
        """Write the files and give the options for the backend `local`."""
        encryption: Any = serialization.NoEncryption()
        if passphrase is not None:
            encryption = serialization.BestAvailableEncryption(passphrase.encode())
        key_pem = self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption
        )
        key_path = directory / "ca.key"
        key_path.touch(mode=0o600)
        key_path.write_bytes(key_pem)
        (directory / "ca.pem").write_text(pem(self.certificate))
        (directory / "chain.pem").write_text("".join(map(pem, self.chain)))
        options = {
            "private_key_path": str(key_path),
            "certificate_path": str(directory / "ca.pem"),
            "chain_path": str(directory / "chain.pem"),
        }
        return options if passphrase is None else {**options, "private_key_passphrase": passphrase}


def make_ca(
    common_name: str = "Test Root",
    *,
    issuer: Ca | None = None,
    with_key: str = "rsa2048-root",
    ca: bool = True,
    path_length: int | None = None,
    usages: Sequence[str] | None = ("keyCertSign", "cRLSign"),
    extended: Sequence[str] | None = None,
    start: datetime = NOW - timedelta(days=1),
    end: datetime = NOW + timedelta(days=3650),
    digest: Any = None,
    identifiers: bool = True,
    organization: str = "Example",
    constraints: x509.NameConstraints | None = None,
) -> Ca:
    own = key(with_key)
    above = issuer.chain if issuer else ()
    signer = issuer.key if issuer else own
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common_name, O=organization))
        .issuer_name(issuer.certificate.subject if issuer else name(common_name, O=organization))
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca, path_length), critical=True)
    )
    if identifiers:
        own_identifier = x509.SubjectKeyIdentifier.from_public_key(own.public_key())
        issuers = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        builder = builder.add_extension(own_identifier, critical=False).add_extension(issuers, critical=False)
    if usages is not None:
        builder = builder.add_extension(key_usage(usages), critical=True)
    if extended is not None:
        builder = builder.add_extension(extended_key_usage(extended), critical=False)
    if constraints is not None:
        builder = builder.add_extension(constraints, critical=True)
    return Ca(builder.sign(signer, digest or hashes.SHA256()), own, above)


def make_issuing_ca(**changes: Any) -> Ca:
    """An issuing CA below a root."""
    return make_ca("Test Issuing", issuer=make_ca(), with_key="rsa2048-issuing", **changes)


def make_leaf(
    csr: x509.CertificateSigningRequest,
    ca: Ca,
    *,
    names: Sequence[str] | None = None,
    usages: Sequence[str] | None = USAGES,
    extended: Sequence[str] | None = BOTH,
    subject: x509.Name | None = None,
    public_key: Any = None,
    is_authority: bool = False,
    critical_names: bool = False,
    start: datetime = NOW - timedelta(minutes=10),
    end: datetime = NOW + timedelta(days=365),
    digest: Any = None,
) -> x509.Certificate:
    """The right answer to the CSR, unless told otherwise; independent of the code under test."""
    own = public_key or csr.public_key()
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject or csr.subject)
        .issuer_name(ca.certificate.subject)
        .public_key(own)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
    )
    if usages is not None:
        builder = builder.add_extension(key_usage(usages), critical=True)
    if extended is not None:
        builder = builder.add_extension(extended_key_usage(extended), critical=False)
    if names is None:
        found = [extension for extension in csr.extensions if extension.oid.dotted_string == "2.5.29.17"]
        alt_names = found[0].value if found else None
    else:
        alt_names = x509.SubjectAlternativeName([general_name(typed) for typed in names]) if names else None
    if alt_names is not None:
        builder = builder.add_extension(alt_names, critical=critical_names)
    return builder.sign(ca.key, digest or hashes.SHA256())


def write_key(path: Path, private_key: Any) -> Path:
    path.write_bytes(
        private_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return path


def openssl(*arguments: Any, check: bool = True, **more: Any) -> subprocess.CompletedProcess[str]:
    """The independent judge."""
    return subprocess.run(
        ["openssl", *map(str, arguments)], capture_output=True, text=True, timeout=60, check=check, **more
    )


def openssl_csr(
    directory: Path,
    *,
    bits: int = 2048,
    digest: str = "sha256",
    subject: str = "/CN=a.example.com",
    extensions: Sequence[str] = (),
    curve: str | None = None,
) -> str:
    """A CSR that the binary made, for what cryptography refuses to make; RSA unless a curve is named."""
    request = directory / f"{curve or bits}-{digest}.csr"
    added = [argument for extension in extensions for argument in ("-addext", extension)]
    if curve is None:
        openssl("genrsa", "-out", directory / "weak.key", bits)
    else:
        openssl("ecparam", "-genkey", "-noout", "-name", curve, "-out", directory / "weak.key")
    openssl(
        "req", "-new", f"-{digest}", "-key", directory / "weak.key", "-subj", subject, *added, "-out", request
    )
    return request.read_text()


def execute(
    definition: ModuleDefinition, params: Mapping[str, Any], *, check_mode: bool = False
) -> tuple[dict[str, Any], list[str]]:
    """Run a module's function as Ansible would, with the defaults of its argument spec."""
    validation = ArgumentSpecValidator(dict(definition.argument_spec), **definition.rules()).validate(
        dict(params)
    )
    assert not validation.error_messages, validation.error_messages
    context = Context(check_mode=check_mode)
    return definition.execute(validation.validated_parameters, context), context.warnings


def reasons(findings: Iterable[Any]) -> list[str]:
    return [finding.reason for finding in findings]
