# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA behind the pages: keys, templates, requests, and what becomes of them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

PENDING, ISSUED, DENIED = 5, 3, 2
NOW = datetime.now(UTC).replace(microsecond=0)
_YEAR = timedelta(days=365)


@dataclass(frozen=True)
class Template:
    """What an enterprise CA makes of a request that names the template."""

    extended: tuple[x509.ObjectIdentifier, ...] = (
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
    )
    data_encipherment: bool = True
    smallest_rsa: int = 2048
    subject_from_request: bool = True
    needs_approval: bool = False
    may_enroll: bool = True


#: By the template's name, which is what a request gives.
TEMPLATES: Mapping[str, Template] = {
    "CucmServer": Template(),
    "CucmServerApproved": Template(needs_approval=True),
    "WebServer": Template(extended=(ExtendedKeyUsageOID.SERVER_AUTH,), data_encipherment=False),
    "CucmServerOnly": Template(extended=(ExtendedKeyUsageOID.SERVER_AUTH,)),
    "CucmNoDataEncipherment": Template(data_encipherment=False),
    "CucmLongKey": Template(smallest_rsa=3072),
    "CucmNoSubject": Template(subject_from_request=False),
    "OthersOnly": Template(may_enroll=False),
}


@dataclass
class Row:
    """One row of the CA's database."""

    number: int
    requester: str
    attributes: tuple[str, ...]
    csr: x509.CertificateSigningRequest | None
    template: Template | None
    disposition: int
    message: str
    status: int = 0
    certificate: x509.Certificate | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain data for the control API."""
        words = {PENDING: "pending", ISSUED: "issued", DENIED: "denied"}
        subject = None if self.csr is None else self.csr.subject.rfc4514_string()
        return {
            "id": self.number,
            "requester": self.requester,
            "attributes": list(self.attributes),
            "subject": subject,
            "disposition": words[self.disposition],
            "message": self.message,
            "status": f"0x{self.status:x}",
        }


@cache
def _key(name: str) -> rsa.RSAPrivateKey:
    """One key of each name for the whole process; making them takes a while."""
    return rsa.generate_private_key(65537, 2048)


@dataclass(frozen=True)
class CaCertificate:
    """A certificate of the CA with its key."""

    certificate: x509.Certificate
    key: rsa.RSAPrivateKey


@dataclass
class Authority:
    """A root and an issuing CA below it, which is renewed with a new key each time.

    `root_only` makes it a single self-signed CA. `mode` is `standalone` (each request waits for an
    administrator, extensions are those of the request) or `enterprise` (templates decide).
    """

    mode: str = "standalone"
    root_only: bool = False
    first_number: int = 83
    rows: dict[int, Row] = field(default_factory=dict)
    renewals: list[CaCertificate] = field(default_factory=list)
    templates: dict[str, Template] = field(default_factory=lambda: dict(TEMPLATES))

    def __post_init__(self) -> None:
        self.root = _ca("Double Root CA", _key("root"), None)
        self.renewals.append(self.root if self.root_only else self._issuing(0))

    @property
    def current(self) -> CaCertificate:
        return self.renewals[-1]

    def renew(self) -> None:
        """A new certificate with a new key; the earlier ones stay."""
        self.renewals.append(self._issuing(len(self.renewals)))

    def expire(self) -> None:
        """The newest certificate ended yesterday."""
        self.renewals[-1] = self._issuing(len(self.renewals) - 1, end=NOW - timedelta(days=1))

    def _issuing(self, number: int, *, end: datetime = NOW + 8 * _YEAR) -> CaCertificate:
        return _ca("Double Issuing CA", _key(f"issuing-{number}"), self.root, end=end)

    def chain(self, renewal: int) -> list[x509.Certificate]:
        """A certificate of the CA and the root."""
        own = self.renewals[renewal].certificate
        return [own] if own == self.root.certificate else [own, self.root.certificate]

    def submit(self, request_text: str, attributes: tuple[str, ...], requester: str) -> Row:
        """Take a request: always a new row."""
        number = self.first_number + len(self.rows)
        row = Row(number, requester, attributes, None, None, PENDING, "Taken Under Submission")
        self.rows[number] = row
        try:
            row.csr = _decode_request(request_text)
        except ValueError:
            return _deny(row, 0x8009310B, "Error Parsing Request  ASN1 bad tag value met.")
        if not _is_signature_right(row.csr):
            return _deny(
                row,
                0x80090006,
                "Error Verifying Request Signature or Signing Certificate  Invalid Signature.",
            )
        if self.mode == "enterprise":
            self._apply_template(row)
        return row

    def _apply_template(self, row: Row) -> None:
        names = [
            line.partition(":")[2]
            for line in row.attributes
            if line.lower().startswith("certificatetemplate:")
        ]
        if not names:
            message = "The request contains no certificate template information."
            _deny(row, 0x80094801, f"Denied by Policy Module  0x80094801, {message}")
            return
        template = self.templates.get(names[0])
        if template is None:
            message = (
                "The request was for a certificate template that is not supported by the Active Directory Certificate"
                f" Services policy: {names[0]}."
            )
            _deny(row, 0x80094800, f"Denied by Policy Module  0x80094800, {message}\n")
            return
        if not template.may_enroll:
            message = "The permissions on the certificate template do not allow the current user to enroll."
            _deny(row, 0x80094012, f"Denied by Policy Module  0x80094012, {message}")
            return
        assert row.csr is not None
        public_key = row.csr.public_key()
        if isinstance(public_key, rsa.RSAPublicKey) and public_key.key_size < template.smallest_rsa:
            message = "The public key does not meet the minimum size required by the specified certificate template."
            _deny(row, 0x80094811, f"Denied by Policy Module  0x80094811, {message}")
            return
        row.template = template
        if not template.needs_approval:
            self.issue(row.number)

    def issue(self, number: int) -> None:
        """What `All Tasks, Issue` does."""
        row = self._waiting(number)
        row.certificate = self.sign(row)
        row.disposition, row.message = ISSUED, "Issued"

    def deny(self, number: int) -> None:
        """What `All Tasks, Deny` does."""
        _deny(self._waiting(number), 0x80094014, r"Denied by EXAMPLE\caadmin")

    def _waiting(self, number: int) -> Row:
        row = self.rows[number]
        if row.disposition != PENDING:
            raise ValueError(f"request {number} is not pending")
        return row

    def sign(
        self, row: Row, *, public_key: Any = None, alt_names: x509.SubjectAlternativeName | None = None
    ) -> x509.Certificate:
        """The certificate of a request; another key and other names are for faults."""
        csr, issuer = row.csr, self.current
        assert csr is not None
        own = public_key or csr.public_key()
        subject = csr.subject
        if row.template and not row.template.subject_from_request:
            subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "WEBHOST$")])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer.certificate.subject)
            .public_key(own)
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW - timedelta(minutes=10))
            .not_valid_after(min(NOW + 2 * _YEAR, max(NOW, issuer.certificate.not_valid_after_utc)))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(own), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
            )
        )
        for extension in csr.extensions:
            value = extension.value
            if isinstance(value, x509.SubjectAlternativeName):
                if row.template is None or row.template.subject_from_request:
                    builder = builder.add_extension(alt_names or value, critical=False)
            elif row.template is None and isinstance(value, x509.KeyUsage):
                builder = builder.add_extension(value, critical=True)
            elif row.template is None and isinstance(value, x509.ExtendedKeyUsage):
                builder = builder.add_extension(value, critical=False)
        if row.template is not None:
            builder = builder.add_extension(_usages(data=row.template.data_encipherment), critical=True)
            builder = builder.add_extension(x509.ExtendedKeyUsage(row.template.extended), critical=False)
        return builder.sign(issuer.key, hashes.SHA256())

    def with_other_key(self, row: Row) -> x509.Certificate:
        """The certificate of somebody else's request."""
        return self.sign(row, public_key=_key("somebody else").public_key())

    def with_other_names(self, row: Row) -> x509.Certificate:
        """The certificate with a name that nobody asked for."""
        names = x509.SubjectAlternativeName([x509.DNSName("www.example.com")])
        return self.sign(row, alt_names=names)


def pkcs7_of(certificates: list[x509.Certificate]) -> bytes:
    """Certificates only, DER; a set, so that the order is lost."""
    return pkcs7.serialize_certificates(certificates[::-1], Encoding.DER)


def _deny(row: Row, status: int, message: str) -> Row:
    row.disposition, row.status, row.message = DENIED, status, message
    return row


def _usages(*, data: bool = False, signs_certificates: bool = False) -> x509.KeyUsage:
    """Those of a CA, or those of a server."""
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not signs_certificates,
        data_encipherment=data,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _is_signature_right(csr: x509.CertificateSigningRequest) -> bool:
    """Windows takes SHA-1, whose signatures cryptography calls invalid without a look at them."""
    key, digest = csr.public_key(), csr.signature_hash_algorithm
    if not isinstance(digest, hashes.SHA1) or not isinstance(key, rsa.RSAPublicKey):
        return csr.is_signature_valid
    try:
        key.verify(csr.signature, csr.tbs_certrequest_bytes, padding.PKCS1v15(), digest)
    except InvalidSignature:
        return False
    return True


def _decode_request(text: str) -> x509.CertificateSigningRequest:
    """As the CA does, with or without the header lines; ValueError for what is no PKCS#10.

    A space inside the base64 is a '+' that was not encoded in the form.
    """
    body = re.sub(r"-----(BEGIN|END) (NEW )?CERTIFICATE REQUEST-----", "", text)
    try:
        der = base64.b64decode(body.replace("\r\n", "").replace("\n", ""), validate=True)
    except binascii.Error as error:
        raise ValueError(str(error)) from None
    return x509.load_der_x509_csr(der)


def _ca(
    common_name: str,
    key: rsa.RSAPrivateKey,
    issuer: CaCertificate | None,
    *,
    end: datetime = NOW + 10 * _YEAR,
) -> CaCertificate:
    parts = [x509.NameAttribute(NameOID.DOMAIN_COMPONENT, part) for part in ("com", "example")]
    subject = x509.Name([*parts, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    signer = key if issuer is None else issuer.key
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - _YEAR)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(True, None), critical=True)
        .add_extension(_usages(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
        .sign(signer, hashes.SHA256())
    )
    return CaCertificate(certificate, key)
