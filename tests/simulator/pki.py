# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys, certificates and certificate signing requests in the shapes that nodes make them.

The simulator judges certificates with its own few lines and not with the collection's, so that a
mistake in one is not repeated in the other.
"""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from ansible_collections.ucops.cucm.tests.simulator import key_stock
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
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
#: Only as a node's own default: the options of a request do not offer it.
SHA1 = "sha1"
RSA_LENGTHS = (1024, 2048, 3072, 4096)
SELF_SIGNED_YEARS = 5
_SERIAL_BYTES = 16

SUBJECT_ORDER = ("C", "ST", "L", "O", "CN")
_ATTRIBUTES = {
    "C": NameOID.COUNTRY_NAME,
    "ST": NameOID.STATE_OR_PROVINCE_NAME,
    "L": NameOID.LOCALITY_NAME,
    "O": NameOID.ORGANIZATION_NAME,
    "OU": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CN": NameOID.COMMON_NAME,
}
_SERVER_AND_CLIENT = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)
_IPSEC_END_SYSTEM = x509.ObjectIdentifier("1.3.6.1.5.5.7.3.5")
#: The DER of AlgorithmIdentifier for RSA with SHA-256 and with SHA-1: of one length.
_RSA_SHA256 = bytes.fromhex("300d06092a864886f70d01010b0500")
_RSA_SHA1 = bytes.fromhex("300d06092a864886f70d0101050500")


def new_key(key_type: KeyType, length: int) -> PrivateKey:
    """Generate a key; `length` is the RSA modulus or the EC curve, in bits."""
    if key_type == "ec":
        return ec.generate_private_key(CURVES[length]())
    return key_stock.take(length) or rsa.generate_private_key(public_exponent=65537, key_size=length)


def subject_name(
    parts: Mapping[str, str], common_name: str, order: Sequence[str] = SUBJECT_ORDER
) -> x509.Name:
    """The subject in this order; what `parts` does not have is left out."""
    values = {**parts, "CN": common_name}
    return x509.Name(
        [x509.NameAttribute(_ATTRIBUTES[short], values[short]) for short in order if values.get(short)]
    )


def _usages(*, ipsec: bool) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage([*_SERVER_AND_CLIENT, _IPSEC_END_SYSTEM] if ipsec else _SERVER_AND_CLIENT)


def _key_usage(*, self_signed: bool, key_agreement: bool) -> x509.KeyUsage:
    """B0 (signature, key and data encipherment); BC with agreement and cert sign when self-signed."""
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=True,
        data_encipherment=True,
        key_agreement=key_agreement,
        key_cert_sign=self_signed,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def self_signed_certificate(
    subject: x509.Name, key: PrivateKey, made: datetime, hash_name: str = "sha256", *, ipsec: bool = False
) -> x509.Certificate:
    """A certificate as a node makes it at installation: 5 years, neither SAN nor basicConstraints."""
    made = made.replace(microsecond=0)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(int.from_bytes(secrets.token_bytes(_SERIAL_BYTES)) | 1)
        .not_valid_before(made)
        .not_valid_after(made + timedelta(days=SELF_SIGNED_YEARS * 365))
        .add_extension(_key_usage(self_signed=True, key_agreement=True), critical=False)
        .add_extension(_usages(ipsec=ipsec), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if hash_name != SHA1:
        return builder.sign(key, HASHES[hash_name]())
    certificate = builder.sign(key, hashes.SHA256())
    der = certificate.public_bytes(serialization.Encoding.DER)
    # The algorithm stands inside of what is signed, and once more behind it.
    to_sign = certificate.tbs_certificate_bytes.replace(_RSA_SHA256, _RSA_SHA1, 1)
    return x509.load_der_x509_certificate(_with_sha1(der.replace(_RSA_SHA256, _RSA_SHA1, 1), to_sign, key))


def _with_sha1(der: bytes, to_sign: bytes, key: PrivateKey) -> bytes:
    """Put an RSA signature with SHA-1 in the place of the one with SHA-256.

    cryptography signs certificates with SHA-1 no more. Identifiers and signatures of both are of
    one length, so that nothing else of the DER changes.
    """
    assert isinstance(key, rsa.RSAPrivateKey)
    signature = key.sign(to_sign, padding.PKCS1v15(), hashes.SHA1())
    head, identifier, tail = der.rpartition(_RSA_SHA256)
    assert identifier
    return head + _RSA_SHA1 + tail[: -len(signature)] + signature


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
    subject: x509.Name,
    key: PrivateKey,
    hash_name: str,
    alt_names: Sequence[str],
    *,
    ipsec: bool = False,
    key_agreement: bool = False,
) -> x509.CertificateSigningRequest:
    """A request as a node makes it: SANs only when there are any."""
    builder = (
        x509.CertificateSigningRequestBuilder()
        .subject_name(subject)
        .add_extension(_usages(ipsec=ipsec), critical=False)
        .add_extension(_key_usage(self_signed=False, key_agreement=key_agreement), critical=False)
    )
    if alt_names:
        builder = builder.add_extension(x509.SubjectAlternativeName(general_names(alt_names)), critical=False)
    if hash_name != SHA1:
        return builder.sign(key, HASHES[hash_name]())
    request = builder.sign(key, hashes.SHA256())
    der = request.public_bytes(serialization.Encoding.DER)
    return x509.load_der_x509_csr(_with_sha1(der, request.tbs_certrequest_bytes, key))


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
    return frozenset(alt_name(name) for name in names)


def alt_name(name: x509.GeneralName) -> str:
    """One such name."""
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
    return next((candidate for candidate in candidates if _signed_by(certificate, candidate)), None)


def _signed_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    key = issuer.public_key()
    algorithm = certificate.signature_hash_algorithm
    try:
        if isinstance(algorithm, hashes.SHA1) and isinstance(key, rsa.RSAPublicKey):
            # cryptography calls this algorithm unsupported when it is a certificate's.
            key.verify(
                certificate.signature, certificate.tbs_certificate_bytes, padding.PKCS1v15(), algorithm
            )
            return certificate.issuer == issuer.subject
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


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
