# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate as `show cert` prints it: a dump in the style of Java, and the PEM behind it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from ansible_collections.ucops.cucm.tests.simulator import pki
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

#: Nodes print their local time; this is the zone of the guide's screens.
_ZONE = timezone(timedelta(hours=5, minutes=30), "IST")
_DATE = "%a %b %d %H:%M:%S %Z %Y"
_WIDTH = 64

_SIGNATURES = {
    "1.2.840.113549.1.1.5": "SHA1withRSA",
    "1.2.840.113549.1.1.11": "SHA256withRSA",
    "1.2.840.113549.1.1.12": "SHA384withRSA",
    "1.2.840.113549.1.1.13": "SHA512withRSA",
    "1.2.840.10045.4.3.2": "SHA256withECDSA",
    "1.2.840.10045.4.3.3": "SHA384withECDSA",
    "1.2.840.10045.4.3.4": "SHA512withECDSA",
}
_KEY_USAGES = (
    ("digital_signature", "digitalSignature"),
    ("key_encipherment", "keyEncipherment"),
    ("data_encipherment", "dataEncipherment"),
    ("key_agreement", "keyAgreement"),
    ("key_cert_sign", "keyCertSign"),
    ("crl_sign", "cRLSign"),
)
#: Issuer, from, to, subject, key, value of the key: before release 14SU2 and since.
_OLD_LABELS = ("Issuer Name:", "Validity From:", "             To:", "Subject Name:", "Key:", "Key value:")
_NEW_LABELS = ("IssuerDN:", "Start Date:", "Final Date:", "SubjectDN:", "Public Key:", "Modulus:")


def dump(certificate: x509.Certificate, *, new_labels: bool) -> str:
    """The dump; its last bracket and the PEM are on one line."""
    issuer, begin, end, subject, key, value = _NEW_LABELS if new_labels else _OLD_LABELS
    algorithm = certificate.signature_algorithm_oid.dotted_string
    public_key = certificate.public_key()
    kind = "EC (1.2.840.10045.2.1)" if isinstance(public_key, ec.EllipticCurvePublicKey) else _RSA
    lines = [
        "[",
        "Version: V3",
        f"Serial Number: {certificate.serial_number:X}",
        f"SignatureAlgorithm: {_SIGNATURES.get(algorithm, 'unknown')} ({algorithm})",
        f"{issuer} {_name(certificate.issuer)}",
        f"{begin} {_date(certificate.not_valid_before_utc)}",
        f"{end} {_date(certificate.not_valid_after_utc)}",
        f"{subject} {_name(certificate.subject)}",
        f"{key} {kind}",
        value,
        *_folded(_key_value(public_key)),
        f"Extensions: {len(certificate.extensions)} present",
    ]
    for extension in certificate.extensions:
        lines += ["[", *_extension(extension, new_labels=new_labels), "]"]
    return "\n".join([*lines, "]"]) + pki.pem(certificate).rstrip("\n")


_RSA = "RSA (1.2.840.113549.1.1.1)"


def _name(name: x509.Name) -> str:
    """Last relative name first, as RFC 4514 has it, with blanks behind the commas."""
    return ", ".join(part.rfc4514_string() for part in reversed(name.rdns))


def _date(moment: datetime) -> str:
    return moment.astimezone(_ZONE).strftime(_DATE)


def _key_value(key: object) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1).hex()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    encoding = (serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return key.public_bytes(*encoding).hex()


def _folded(text: str) -> list[str]:
    return [text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH)]


def _extension(extension: x509.Extension[x509.ExtensionType], *, new_labels: bool) -> list[str]:
    oid = extension.oid.dotted_string
    value = extension.value
    name, content = "Unknown", [f"Value: {value.public_bytes().hex()}"]
    if isinstance(value, x509.ExtendedKeyUsage):
        name = "ExtKeyUsageSyntax"
        content = [f"Usage oids: {', '.join(usage.dotted_string for usage in value)},"]
    elif isinstance(value, x509.KeyUsage):
        name = "KeyUsage"
        content = [", ".join(text for attribute, text in _KEY_USAGES if getattr(value, attribute))]
    elif isinstance(value, x509.SubjectKeyIdentifier):
        name, content = "SubjectKeyIdentifier", [f"keyID: {value.digest.hex()}"]
    elif isinstance(value, x509.SubjectAlternativeName):
        name = "SubjectAltName"
        content = [f"{name} [", *sorted(pki.alt_name(item) for item in value), "]"]
    head = f"Extension: {oid}" if new_labels else f"Extension: {name} (OID.{oid})"
    return [head, f"Critical: {str(extension.critical).lower()}", *content]
