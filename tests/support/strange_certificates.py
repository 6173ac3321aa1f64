# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates that are valid for a library and strange for whoever reads them."""

from __future__ import annotations

from base64 import encodebytes
from datetime import UTC, datetime, timedelta

from ansible_collections.ucops.cucm.plugins.module_utils._pki.der import (
    SEQUENCE,
    content,
    elements,
    make_element,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

#: Of a private arc, which no list of usages has.
UNKNOWN_USAGE = "1.3.6.1.4.1.55555.1"
#: One byte, so that its sign can be changed at its place.
_SERIAL = 0x45


def strange_certificate() -> tuple[str, str]:
    """Certificate and key as PEM: EC, without a common name, a negative serial number, an unknown usage."""
    key = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(_SERIAL)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=900))
        .add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier(UNKNOWN_USAGE)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    body = made.tbs_certificate_bytes.replace(bytes((2, 1, _SERIAL)), bytes((2, 1, 0x100 - _SERIAL)), 1)
    whole = made.public_bytes(serialization.Encoding.DER)
    _body, algorithm, _signature = elements(content(whole))
    signature = make_element(0x03, b"\0" + key.sign(body, ec.ECDSA(hashes.SHA256())))
    der = make_element(SEQUENCE, (body, algorithm, signature))
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return _pem(der), key_pem.decode("ascii")


def _pem(der: bytes) -> str:
    return f"-----BEGIN CERTIFICATE-----\n{encodebytes(der).decode()}-----END CERTIFICATE-----\n"
