# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, certificates and certificate signing requests in the shapes that nodes make them.

The simulator judges certificates with its own few lines and not with the collection's, so that a
mistake in one is not repeated in the other.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, ExtensionOID, NameOID

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
KeyType = Literal["rsa", "ec"]

HASHES: Mapping[str, type[hashes.SHA256 | hashes.SHA384 | hashes.SHA512]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
CURVES: Mapping[int, type[ec.EllipticCurve]] = {256: ec.SECP256R1, 384: ec.SECP384R1, 521: ec.SECP521R1}
RSA_LENGTHS = (1024, 2048, 3072, 4096)
SELF_SIGNED_YEARS = 5

_SUBJECT_ORDER = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "CN": NameOID.COMMON_NAME,
}
_SERVER_AND_CLIENT = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)


def new_key(key_type: KeyType, length: int) -> PrivateKey:
    """Generate a key; `length` is the RSA modulus or the EC curve, in bits."""
    if key_type == "ec":
        return ec.generate_private_key(CURVES[length]())
    return rsa.generate_private_key(public_exponent=65537, key_size=length)


def subject_name(parts: Mapping[str, str], common_name: str) -> x509.Name:
    """The subject in the order C, ST, L, O, CN."""
    values = {**parts, "CN": common_name}
    return x509.Name(
        [x509.NameAttribute(oid, values[short]) for short, oid in _SUBJECT_ORDER.items() if values.get(short)]
    )


def _key_usage(*, self_signed: bool) -> x509.KeyUsage:
    """B0 (signature, key and data encipherment); BC with agreement and cert sign when self-signed."""
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=self_signed,
        key_cert_sign=self_signed,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def self_signed_certificate(subject: x509.Name, key: PrivateKey, made: datetime) -> x509.Certificate:
    """A certificate as a node makes it at installation: 5 years, neither SAN nor basicConstraints."""
    made = made.replace(microsecond=0)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(made)
        .not_valid_after(made + timedelta(days=SELF_SIGNED_YEARS * 365))
        .add_extension(_key_usage(self_signed=True), critical=False)
        .add_extension(x509.ExtendedKeyUsage(_SERVER_AND_CLIENT), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def general_names(names: Iterable[str]) -> list[x509.GeneralName]:
    """Addresses become IP names, everything else DNS names."""
    result: list[x509.GeneralName] = []
    for name in names:
        try:
            result.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            result.append(x509.DNSName(name))
    return result


def signing_request(
    subject: x509.Name, key: PrivateKey, hash_name: str, alt_names: Sequence[str]
) -> x509.CertificateSigningRequest:
    """A request as a node makes it: KU B0, EKU server and client, SANs only when there are any."""
    builder = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(subject)
        .add_extension(x509.ExtendedKeyUsage(_SERVER_AND_CLIENT), critical=False)
        .add_extension(_key_usage(self_signed=False), critical=False)
    )
    if alt_names:
        builder = builder.add_extension(x509.SubjectAlternativeName(general_names(alt_names)), critical=False)
    return builder.sign(key, HASHES[hash_name]())


def pem(item: x509.Certificate | x509.CertificateSigningRequest) -> str:
    """PEM text."""
    return item.public_bytes(serialization.Encoding.PEM).decode("ascii")


def key_pem(key: PrivateKey) -> bytes:
    """The private key as unencrypted PKCS#8, for the TLS library only."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def same_key(first: CertificatePublicKeyTypes, second: CertificatePublicKeyTypes) -> bool:
    """Whether two public keys are one."""
    as_spki = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return first.public_bytes(*as_spki) == second.public_bytes(*as_spki)


def common_name(name: x509.Name) -> str | None:
    """The (last) common name of a distinguished name."""
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[-1].value) if found else None


def alt_names(item: x509.Certificate | x509.CertificateSigningRequest) -> frozenset[str]:
    """The subject alternative names as typed text, such as `DNS:a.example.com`, in lower case."""
    try:
        extension = item.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
    except x509.ExtensionNotFound:
        return frozenset()
    names = extension.value
    assert isinstance(names, x509.SubjectAlternativeName)
    return frozenset(_alt_name(name) for name in names)


def _alt_name(name: x509.GeneralName) -> str:
    if isinstance(name, x509.DNSName):
        return f"DNS:{name.value.lower()}"
    if isinstance(name, x509.IPAddress):
        return f"IP:{name.value}"
    if isinstance(name, x509.UniformResourceIdentifier):
        return f"URI:{name.value}"
    return f"other:{name!r}"


def peer_names(certificate: x509.Certificate) -> set[str]:
    """What an X.509 subject name of a security profile may match: the CN and each SAN's value."""
    names = {name.split(":", 1)[1] for name in alt_names(certificate)}
    subject = common_name(certificate.subject)
    return names | {subject} if subject else names


def issuer_of(
    certificate: x509.Certificate, candidates: Iterable[x509.Certificate]
) -> x509.Certificate | None:
    """The candidate that signed the certificate, by name and signature."""
    for candidate in candidates:
        try:
            certificate.verify_directly_issued_by(candidate)
        except (ValueError, TypeError, InvalidSignature):
            continue
        return candidate
    return None


def chain_to_root(
    certificate: x509.Certificate, trusted: Sequence[x509.Certificate]
) -> list[x509.Certificate] | None:
    """The certificate and its issuers among `trusted` up to a self-signed one; None when one is missing."""
    chain = [certificate]
    while chain[-1].subject != chain[-1].issuer:
        issuer = issuer_of(chain[-1], trusted)
        if issuer is None or issuer in chain:
            return None
        chain.append(issuer)
    return chain if chain[-1] in trusted else None


def fingerprint(certificate: x509.Certificate) -> str:
    """The SHA-256 of the DER form, `AA:BB:…`."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def describe(certificate: x509.Certificate) -> dict[str, Any]:
    """What people compare: subject, issuer, serial (upper hex), dates, SHA-256, SANs."""
    return {
        "subject": certificate.subject.rfc4514_string(),
        "common_name": common_name(certificate.subject),
        "issuer": certificate.issuer.rfc4514_string(),
        "serial_number": f"{certificate.serial_number:X}",
        "not_before": certificate.not_valid_before_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "not_after": certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "fingerprint": fingerprint(certificate),
        "subject_alt_names": sorted(alt_names(certificate)),
    }
