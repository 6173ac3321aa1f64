# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates for the tests: made here with `cryptography` alone, as a CA outside would make them."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.now(UTC).replace(microsecond=0)
BOTH = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)


def key(label: str, size: int = 2048) -> rsa.RSAPrivateKey:
    """A key of that label, the same for the whole run."""
    return _key(label, size)


@cache
def _key(_label: str, size: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=size)


def name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "US"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def alt_name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def usage(**on: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{each: on.get(each, False) for each in names})


LEAF_USAGE = {"digital_signature": True, "key_encipherment": True, "data_encipherment": True}


def csr(
    common_name: str = "cucm-pub.example.com",
    *,
    key_label: str = "node",
    size: int = 2048,
    names: tuple[str, ...] = (),
) -> x509.CertificateSigningRequest:
    """A request as a node makes it."""
    builder = x509.CertificateSigningRequestBuilder(name(common_name))
    builder = builder.add_extension(usage(**LEAF_USAGE), critical=False)
    builder = builder.add_extension(x509.ExtendedKeyUsage(BOTH), critical=False)
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([alt_name(text) for text in names]), critical=False
        )
    return builder.sign(key(key_label, size), hashes.SHA256())


def certificate(
    common_name: str = "cucm-pub.example.com",
    *,
    issuer: str | None = "Example Root CA",
    key_label: str = "node",
    names: tuple[str, ...] = (),
    ca: bool = False,
    purposes: tuple[Any, ...] = BOTH,
    begins: timedelta = timedelta(days=-1),
    days: float = 365,
) -> x509.Certificate:
    """A certificate; `issuer` None means self-signed, and the issuer's key has the issuer's name."""
    signer = key(issuer) if issuer else key(key_label)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common_name))
        .issuer_name(name(issuer or common_name))
        .public_key(key(key_label).public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + begins)
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if ca:
        builder = builder.add_extension(usage(key_cert_sign=True, crl_sign=True), critical=True)
    else:
        builder = builder.add_extension(usage(**LEAF_USAGE), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if names:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([alt_name(text) for text in names]), critical=False
        )
    return builder.sign(signer, hashes.SHA256())


@cache
def root(common_name: str = "Example Root CA") -> x509.Certificate:
    """A root CA whose key has its name."""
    return certificate(
        common_name, issuer=None, key_label=common_name, ca=True, begins=timedelta(days=-10), days=3650
    )


@cache
def intermediate(common_name: str = "Example Issuing CA") -> x509.Certificate:
    """A CA below the root."""
    return certificate(
        common_name,
        issuer="Example Root CA",
        key_label=common_name,
        ca=True,
        begins=timedelta(days=-9),
        days=1800,
    )


@cache
def self_signed(common_name: str = "cucm-pub.example.com") -> x509.Certificate:
    """What a node has after its installation."""
    return certificate(common_name, issuer=None, key_label="installation", days=1800)


def pem(item: x509.Certificate | x509.CertificateSigningRequest) -> str:
    return item.public_bytes(serialization.Encoding.PEM).decode()


def snapshot(
    identity: x509.Certificate | None,
    *,
    pending: x509.CertificateSigningRequest | None = None,
    trust: tuple[x509.Certificate, ...] = (),
    service: str = "CallManager",
    suffix: str = "-trust",
) -> dict[str, Any]:
    """An answer to GET /snapshot/server."""
    return {
        "trackingId": "UC_1",
        "server": "cucm-pub.example.com",
        "identities": [
            {
                "service": service,
                "certificate": pem(identity) if identity else "",
                "csr": pem(pending) if pending else "",
            }
        ],
        "trusts": [
            {
                "service": f"{service}{suffix}",
                "certificate_data": [
                    {"filename": f"{number}.pem", "certificate": pem(item)}
                    for number, item in enumerate(trust)
                ],
            }
        ],
        "revokedCertificates": [],
    }
