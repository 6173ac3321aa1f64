# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading, comparing and describing certificates and certificate signing requests.

Pure functions over `cryptography`. Texts come from files, web pages and people: PEM may have text
around it, CRLF, indentation or a byte order mark, and DER is taken too. What cannot be read is an
error of the family, never a guess.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import hashlib
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._pki.der import (
    SEQUENCE,
    bounds,
    content,
    elements,
    make_element,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.encoded_names import (
    certificate_fields,
    with_readable_names,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.names import readable_parts

try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, padding, rsa
    from cryptography.hazmat.primitives.serialization import pkcs7
    from cryptography.utils import CryptographyDeprecationWarning

    _NOT_DECODABLE = (
        ValueError,
        TypeError,
        KeyError,  # cryptography 42, for a text of an unknown ASN.1 type
        UnsupportedAlgorithm,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    )
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

    PublicKeyHolder = x509.Certificate | x509.CertificateSigningRequest | CertificatePublicKeyTypes

#: The largest input that is read, in bytes. A CSR of CUCM has about 1 100, a bundle some tens of thousands.
LARGEST_CSR = 64 * 1024
LARGEST_CERTIFICATES = 1024 * 1024

#: Key usage in the order of the bits (RFC 5280, 4.2.1.3): its name, and cryptography's.
KEY_USAGES = {
    "digitalSignature": "digital_signature",
    "nonRepudiation": "content_commitment",
    "keyEncipherment": "key_encipherment",
    "dataEncipherment": "data_encipherment",
    "keyAgreement": "key_agreement",
    "keyCertSign": "key_cert_sign",
    "cRLSign": "crl_sign",
    "encipherOnly": "encipher_only",
    "decipherOnly": "decipher_only",
}

EXTENDED_KEY_USAGES = {
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.3": "codeSigning",
    "1.3.6.1.5.5.7.3.4": "emailProtection",
    "1.3.6.1.5.5.7.3.5": "ipsecEndSystem",
    "1.3.6.1.5.5.7.3.6": "ipsecTunnel",
    "1.3.6.1.5.5.7.3.7": "ipsecUser",
    "1.3.6.1.5.5.7.3.8": "timeStamping",
    "1.3.6.1.5.5.7.3.9": "OCSPSigning",
    "2.5.29.37.0": "anyExtendedKeyUsage",
}
EXTENDED_KEY_USAGE_OIDS = {name: oid for oid, name in EXTENDED_KEY_USAGES.items()}

ATTRIBUTE_NAMES = {
    "2.5.4.3": "CN",
    "2.5.4.5": "serialNumber",
    "2.5.4.6": "C",
    "2.5.4.7": "L",
    "2.5.4.8": "ST",
    "2.5.4.9": "street",
    "2.5.4.10": "O",
    "2.5.4.11": "OU",
    "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
}

#: TRUSTED is OpenSSL's, which writes its own notes after the certificate.
_CERTIFICATE_LABELS = r"(?:(?:X509|TRUSTED) )?CERTIFICATE"
_BUNDLE_LABELS = rf"(?:{_CERTIFICATE_LABELS}|PKCS7|PKCS #7 SIGNED DATA)"
_CSR_LABELS = r"(?:NEW )?CERTIFICATE REQUEST"


#: The object identifier 1.2.840.113549.1.7.2 (signedData, RFC 5652, 5.1), which a PKCS#7 file starts with.
_PKCS7_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")


#: The same for data, which a PKCS#12 file begins with.
_PKCS7_DATA = bytes.fromhex("06092a864886f70d010701")
_INTEGER, _OCTETS, _OBJECT_IDENTIFIER, _UTC_TIME = 0x02, 0x04, 0x06, 0x17


class CertificateUnreadable(CucmError):
    """The data holds no certificate, or one that cannot be decoded."""

    reason = "certificate_unreadable"


class CsrUnreadable(CucmError):
    """The data holds no certificate signing request, or one that cannot be decoded."""

    reason = "csr_unreadable"


def load_certificates(data: str | bytes, *, source: str) -> list[x509.Certificate]:
    """All certificates of the data, in its order; at least one.

    `source` names the data in errors: an option, a path, a page.
    """
    try:
        return [
            _decode_certificate(der) for der in _der_blocks(data, _CERTIFICATE_LABELS, LARGEST_CERTIFICATES)
        ]
    except _NOT_DECODABLE as error:
        raise CertificateUnreadable(
            f"no certificate can be read from {source}: {_first_line(error)}",
            remedy=_remedy(error, "Give it as PEM (-----BEGIN CERTIFICATE-----) or DER"),
        ) from None


def load_certificate(data: str | bytes, *, source: str) -> x509.Certificate:
    """The first certificate of the data."""
    return load_certificates(data, source=source)[0]


def load_bundle(data: str | bytes, *, source: str) -> list[x509.Certificate]:
    """All certificates of what a CA hands out: PEM, DER or PKCS#7 (`.p7b`), in any order.

    PKCS#7 may stand in PEM under its own label or, as AD CS writes it, under that of a certificate.
    """
    try:
        blocks = _der_blocks(data, _BUNDLE_LABELS, LARGEST_CERTIFICATES)
        return [certificate for der in blocks for certificate in _decode_bundle(der)]
    except _NOT_DECODABLE as error:
        raise CertificateUnreadable(
            f"no certificate can be read from {source}: {_first_line(error)}",
            remedy=_remedy(error, "Give it as PEM (-----BEGIN CERTIFICATE-----), DER or PKCS#7 (.p7b)"),
        ) from None


def load_csr(data: str | bytes, *, source: str) -> x509.CertificateSigningRequest:
    """The one certificate signing request of the data. Its signature is not checked here."""
    try:
        blocks = _der_blocks(data, _CSR_LABELS, LARGEST_CSR)
        if len(blocks) > 1:
            raise ValueError(f"it holds {len(blocks)} requests, which one is meant is not clear")
        return _decode_csr(blocks[0])
    except _NOT_DECODABLE as error:
        raise CsrUnreadable(
            f"no certificate signing request can be read from {source}: {_first_line(error)}",
            remedy=_remedy(
                error,
                "Give it as PEM (-----BEGIN CERTIFICATE REQUEST-----) or DER, as the node made it",
                maker="Have the node make it again",
            ),
        ) from None


def pem(obj: x509.Certificate | x509.CertificateSigningRequest) -> str:
    """PEM with LF and one newline at the end."""
    return obj.public_bytes(serialization.Encoding.PEM).decode("ascii")


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the whole certificate, `AA:BB:…`."""
    digest = hashlib.sha256(certificate.public_bytes(serialization.Encoding.DER)).digest()
    return digest.hex(":").upper()


def spki_sha256(obj: PublicKeyHolder) -> str:
    """SHA-256 of the public key (SubjectPublicKeyInfo), lower hex: equal exactly for equal keys."""
    key = obj.public_key() if isinstance(obj, (x509.Certificate, x509.CertificateSigningRequest)) else obj
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()


def is_same_key(
    one: x509.Certificate | x509.CertificateSigningRequest,
    other: x509.Certificate | x509.CertificateSigningRequest,
) -> bool:
    """Whether both are for one public key; a key that cannot be decoded is like no other."""
    try:
        return spki_sha256(one) == spki_sha256(other)
    except (ValueError, UnsupportedAlgorithm):
        return False


def serial_text(certificate: x509.Certificate) -> str:
    """The serial number in upper-case hexadecimal, whole bytes, as OpenSSL and CUCM print it."""
    number = _serial_number(certificate)
    digits = f"{abs(number):X}"
    sign = "-" if number < 0 else ""
    return sign + "0" * (len(digits) % 2) + digits


def common_name(obj: x509.Certificate | x509.CertificateSigningRequest) -> str | None:
    """The subject's common name; the most specific one if there are several."""
    names = [str(attribute.value) for attribute in obj.subject if attribute.oid.dotted_string == "2.5.4.3"]
    return names[-1] if names else None


def alt_names(obj: x509.Certificate | x509.CertificateSigningRequest) -> frozenset[str]:
    """The subject alternative names with their types, as `DNS:a.example.com` or `IP:192.0.2.1`.

    DNS names are lower-cased, since they compare without case.
    """
    extension = find_extension(obj, "2.5.29.17")
    if extension is None:
        return frozenset()
    return frozenset(_general_name(name) for name in extension.value)


def key_usage(obj: x509.Certificate | x509.CertificateSigningRequest) -> list[str] | None:
    """Names of the key usages in the order of the bits; None without the extension."""
    extension = find_extension(obj, "2.5.29.15")
    if extension is None:
        return None
    usage = extension.value
    # cryptography refuses to say these two when key agreement is off
    readable = {**KEY_USAGES} if usage.key_agreement else dict(list(KEY_USAGES.items())[:-2])
    return [name for name, attribute in readable.items() if getattr(usage, attribute)]


def extended_key_usage(obj: x509.Certificate | x509.CertificateSigningRequest) -> list[str] | None:
    """Names of the extended key usages (dotted when unknown); None without the extension."""
    extension = find_extension(obj, "2.5.29.37")
    if extension is None:
        return None
    return [EXTENDED_KEY_USAGES.get(oid.dotted_string, oid.dotted_string) for oid in extension.value]


def is_ca(obj: x509.Certificate | x509.CertificateSigningRequest) -> bool:
    """Whether basicConstraints says CA:TRUE."""
    extension = find_extension(obj, "2.5.29.19")
    return extension is not None and bool(extension.value.ca)


def path_length(certificate: x509.Certificate) -> int | None:
    """How many CAs may follow below this one; None when there is no limit."""
    extension = find_extension(certificate, "2.5.29.19")
    return None if extension is None else extension.value.path_length


def canonical_name(name: x509.Name) -> tuple[frozenset[tuple[str, str | bytes]], ...]:
    """A distinguished name in the form in which equal names are equal (RFC 5280, 7.1).

    The string type, the case of ASCII letters and the number of blanks do not count.
    """
    return tuple(
        frozenset((attribute.oid.dotted_string, _canonical_value(attribute.value)) for attribute in part)
        for part in name.rdns
    )


def _canonical_value(value: str | bytes) -> str | bytes:
    if isinstance(value, bytes):
        return value
    lowered = "".join(char.lower() if char.isascii() else char for char in value)
    return re.sub(r"[ \t\n\v\f\r]+", " ", lowered).strip(" ")


def is_self_issued(certificate: x509.Certificate) -> bool:
    """Whether subject and issuer are the same name, whoever made the signature."""
    return canonical_name(certificate.subject) == canonical_name(certificate.issuer)


def is_self_signed(certificate: x509.Certificate) -> bool:
    """Whether the certificate is signed with its own key.

    As in OpenSSL, a certificate whose authority key identifier names another one is not. A signature by a hash
    that the library cannot compute any more is taken for its own: nobody checks the signature of a root, which
    is trusted as it is.
    """
    return (
        is_self_issued(certificate)
        and matches_identifier(certificate, certificate)
        and _verify_signature(certificate, certificate) is not False
    )


def is_broken_root(certificate: x509.Certificate) -> bool:
    """Whether the certificate names itself as its issuer, and its signature is not by its own key.

    OpenSSL does not check the signature of a trusted root. Here such a certificate is refused: what was changed
    after it was signed, by damage or by somebody, is nothing to trust. A CA certificate that was signed with
    the key before it looks the same when it has no authority key identifier.
    """
    return (
        is_self_issued(certificate)
        and matches_identifier(certificate, certificate)
        and _verify_signature(certificate, certificate) is False
    )


def missing_issuer(certificate: x509.Certificate) -> str:
    """What keeps a certificate at the end of a chain from being its root."""
    if is_broken_root(certificate):
        return (
            f"the signature of {certificate.subject.rfc4514_string()} does not fit: it names itself as its issuer, but"
            " its own key did not sign it as it is"
        )
    return f"the certificate of its issuer is missing: {certificate.issuer.rfc4514_string()}"


def is_issued_by(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the issuer's name is right and its key made the signature."""
    return canonical_name(certificate.issuer) == canonical_name(issuer.subject) and bool(
        _verify_signature(certificate, issuer)
    )


def _verify_signature(certificate: x509.Certificate, issuer: x509.Certificate) -> bool | None:
    """Whether the issuer's key made the signature; None when the library cannot compute it."""
    signature, data = certificate.signature, certificate.tbs_certificate_bytes
    try:
        key = issuer.public_key()
        algorithm = certificate.signature_hash_algorithm
        if isinstance(key, rsa.RSAPublicKey) and algorithm is not None:
            scheme = certificate.signature_algorithm_parameters
            if not isinstance(scheme, (padding.PKCS1v15, padding.PSS)):
                # cryptography knows no parameters for signatures with MD5, which are always PKCS #1.
                scheme = padding.PKCS1v15()
            key.verify(signature, data, scheme, algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm is not None:
            key.verify(signature, data, ec.ECDSA(algorithm))
        elif isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)) and algorithm is None:
            key.verify(signature, data)
        elif isinstance(key, dsa.DSAPublicKey) and algorithm is not None:
            key.verify(signature, data, algorithm)
        else:
            return False
    except UnsupportedAlgorithm:
        return None
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def matches_identifier(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    """Whether the certificate's authority key identifier allows for this issuer; true without the extension."""
    return not identifier_mismatch(certificate, issuer)


def identifier_mismatch(certificate: x509.Certificate, issuer: x509.Certificate) -> str:
    """In which part the authority key identifier contradicts the issuer; empty when it does not."""
    extension = find_extension(certificate, "2.5.29.35")
    if extension is None or not isinstance(extension.value, x509.AuthorityKeyIdentifier):
        return ""
    identifier = extension.value
    own = find_extension(issuer, "2.5.29.14")
    if (
        identifier.key_identifier is not None
        and own is not None
        and own.value.digest != identifier.key_identifier
    ):
        return "the key identifier differs"
    number = identifier.authority_cert_serial_number
    if number is not None and number != _serial_number(issuer):
        return f"it names the serial number {number:X}, this one has {serial_text(issuer)}"
    names = [
        name.value for name in identifier.authority_cert_issuer or () if isinstance(name, x509.DirectoryName)
    ]
    if names and canonical_name(names[0]) != canonical_name(issuer.issuer):
        return f"it names the issuer {names[0].rfc4514_string()}"
    return ""


def order_chain(leaf: x509.Certificate, candidates: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """The CAs above a certificate, its issuer first and the root last, as far as the candidates go.

    The order comes from the signatures, whatever the order of the candidates. A chain that reaches a
    self-signed root is taken before one that does not; then, of several certificates of one CA key, the
    one that ends last. Empty for a self-signed certificate.
    """
    pool = [candidate for candidate in dict.fromkeys(candidates) if candidate != leaf]
    pool.sort(key=lambda candidate: candidate.not_valid_after_utc, reverse=True)
    return _climb(leaf, pool)


def _climb(certificate: x509.Certificate, pool: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    if is_self_signed(certificate):
        return []
    incomplete: list[x509.Certificate] = []
    # OpenSSL takes no issuer that the authority key identifier contradicts; here it comes last, to say why.
    for issuer in sorted(pool, key=lambda candidate: not matches_identifier(certificate, candidate)):
        if not is_issued_by(certificate, issuer):
            continue
        chain = [issuer, *_climb(issuer, [other for other in pool if other != issuer])]
        if is_self_signed(chain[-1]):
            return chain
        incomplete = incomplete or chain
    return incomplete


def lowest_authorities(certificates: Iterable[x509.Certificate]) -> list[x509.Certificate]:
    """The CAs among them that have issued none of the other CAs: one of them issues to services.

    Of several certificates of one CA key, only the one that ends last.
    """
    authorities = [certificate for certificate in dict.fromkeys(certificates) if is_ca(certificate)]
    lowest = [ca for ca in authorities if not any(_is_below(other, ca) for other in authorities)]
    return [ca for ca in lowest if not any(_is_renewed_by(ca, other) for other in lowest)]


def _is_below(certificate: x509.Certificate, authority: x509.Certificate) -> bool:
    return not is_self_signed(certificate) and is_issued_by(certificate, authority)


def _is_renewed_by(one: x509.Certificate, other: x509.Certificate) -> bool:
    """Whether the other one is for the same CA key and ends later."""
    return (
        canonical_name(one.subject) == canonical_name(other.subject)
        and is_same_key(one, other)
        and one.not_valid_after_utc < other.not_valid_after_utc
    )


def find_extension(
    obj: x509.Certificate | x509.CertificateSigningRequest, oid: str
) -> x509.Extension[Any] | None:
    """The extension with this OID, if there is one."""
    return next((extension for extension in extensions(obj) if extension.oid.dotted_string == oid), None)


def extensions(obj: x509.Certificate | x509.CertificateSigningRequest) -> x509.Extensions:
    """The extensions, also of a certificate that writes out a default value, as public CAs have issued them.

    DER leaves out `cA=FALSE` and `critical=FALSE`; TLS libraries read them, cryptography does not. The same goes
    for names whose texts their string type does not allow.
    """
    try:
        return obj.extensions
    except ValueError:
        if not isinstance(obj, x509.Certificate):
            raise
        der = obj.public_bytes(serialization.Encoding.DER)
        without = _without_written_defaults(with_readable_names(der))
        if without == der:
            raise
        return _load_der(without).extensions


_FALSE = bytes.fromhex("010100")
_BASIC_CONSTRAINTS = bytes.fromhex("0603551d13")


def _without_written_defaults(der: bytes) -> bytes:
    """The certificate without the FALSE that DER leaves out of its extensions; its signature is void then."""
    body, *signature = elements(content(der))
    parts = [
        make_element(
            part[0], make_element(SEQUENCE, b"".join(map(_without_false, elements(content(content(part))))))
        )
        if part[0] == 0xA3
        else part
        for part in elements(content(body))
    ]
    return make_element(SEQUENCE, b"".join([make_element(SEQUENCE, b"".join(parts)), *signature]))


def _without_false(extension: bytes) -> bytes:
    identifier, *rest = elements(content(extension))
    rest = [part for part in rest if part != _FALSE]
    if identifier == _BASIC_CONSTRAINTS and rest and content(rest[-1]) == make_element(SEQUENCE, _FALSE):
        rest[-1] = make_element(0x04, make_element(SEQUENCE, b""))
    return make_element(SEQUENCE, b"".join([identifier, *rest]))


def key_type_and_size(obj: x509.Certificate | x509.CertificateSigningRequest) -> tuple[str, int]:
    """`rsa` or `ec` with the size in bits; another key by its class name, size 0."""
    try:
        return _type_and_size(obj.public_key())
    except (ValueError, UnsupportedAlgorithm):
        return "unknown", 0


def _type_and_size(key: object) -> tuple[str, int]:
    if isinstance(key, rsa.RSAPublicKey):
        return "rsa", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "ec", key.curve.key_size
    return type(key).__name__.lstrip("_").removesuffix("PublicKey").lower(), 0


def curve_name(obj: x509.Certificate | x509.CertificateSigningRequest) -> str:
    """The curve of an EC key, such as `secp256r1`; empty for other keys."""
    try:
        key = obj.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return ""
    return key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else ""


#: Netscape's type of a certificate, as old CAs still write it, and its bits for the usages that we judge.
_NETSCAPE_TYPE = "2.16.840.1.113730.1.1"
_NETSCAPE_BITS = {"clientAuth": 0x80, "serverAuth": 0x40}


def netscape_usage(certificate: x509.Certificate) -> list[str] | None:
    """Which usages the extension netscape-cert-type allows; None without it, or when it cannot be read.

    OpenSSL applies it beside the extended key usage.
    """
    extension = find_extension(certificate, _NETSCAPE_TYPE)
    if extension is None or not isinstance(extension.value, x509.UnrecognizedExtension):
        return None
    try:
        bits = content(extension.value.value)[1:2]
    except ValueError:
        return None
    return [name for name, bit in _NETSCAPE_BITS.items() if bits and bits[0] & bit]


def signature_hash(obj: x509.Certificate | x509.CertificateSigningRequest) -> str | None:
    """Name of the signature's hash, for example `sha256`; None when it has none or it is unknown."""
    try:
        algorithm = obj.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return None
    return algorithm.name if algorithm else None


def time_text(moment: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def describe_certificate(certificate: x509.Certificate) -> dict[str, Any]:
    """What a reader wants to know of a certificate, as plain data."""
    return {
        **_describe_common(certificate),
        "issuer": _name_dict(certificate.issuer),
        "issuer_dn": certificate.issuer.rfc4514_string(),
        "serial_number": serial_text(certificate),
        "not_before": time_text(certificate.not_valid_before_utc),
        "not_after": time_text(certificate.not_valid_after_utc),
        "fingerprint_sha256": fingerprint(certificate),
        "self_signed": is_self_signed(certificate),
        "certificate": pem(certificate),
    }


def describe_csr(csr: x509.CertificateSigningRequest) -> dict[str, Any]:
    """What a reader wants to know of a certificate signing request, as plain data."""
    return {**_describe_common(csr), "csr": pem(csr)}


def _describe_common(obj: x509.Certificate | x509.CertificateSigningRequest) -> dict[str, Any]:
    key_type, size = key_type_and_size(obj)
    return {
        "subject": _name_dict(obj.subject),
        "subject_dn": obj.subject.rfc4514_string(),
        "spki_sha256": spki_sha256(obj) if key_type != "unknown" else None,
        "public_key": {"type": key_type, "size": size},
        "signature_hash": signature_hash(obj),
        "subject_alt_names": sorted(alt_names(obj)),
        "key_usage": key_usage(obj) or [],
        "extended_key_usage": extended_key_usage(obj) or [],
        "is_ca": is_ca(obj),
    }


def _name_dict(name: x509.Name) -> dict[str, str]:
    """Short attribute names → text; the values of a repeated attribute are joined with a comma."""
    values: dict[str, str] = {}
    for attribute in name:
        oid = attribute.oid.dotted_string
        key = ATTRIBUTE_NAMES.get(oid, oid)
        text = attribute.value if isinstance(attribute.value, str) else attribute.value.hex()
        values[key] = f"{values[key]}, {text}" if key in values else text
    return values


def _general_name(name: x509.GeneralName) -> str:
    if isinstance(name, x509.DNSName):
        return f"DNS:{name.value.lower()}"
    if isinstance(name, x509.IPAddress):
        return f"IP:{name.value}"
    if isinstance(name, x509.UniformResourceIdentifier):
        return f"URI:{name.value}"
    if isinstance(name, x509.RFC822Name):
        return f"email:{name.value}"
    if isinstance(name, x509.DirectoryName):
        return f"dirName:{name.value.rfc4514_string()}"
    if isinstance(name, x509.RegisteredID):
        return f"RID:{name.value.dotted_string}"
    if isinstance(name, x509.OtherName):
        return f"otherName:{name.type_id.dotted_string}:{name.value.hex()}"
    raise TypeError(f"a subject alternative name of the kind {type(name).__name__}")


def _der_blocks(data: str | bytes, labels: str, largest: int) -> Sequence[bytes]:
    """The DER of each block with one of the labels; ValueError when there is none."""
    if len(data) > largest:
        raise ValueError(f"it has {len(data)} characters, the largest accepted is {largest}")
    if isinstance(data, bytes):
        # Text may begin with the digit 0, which is the first byte of DER; the second is the size, mostly above 127.
        is_der = re.match(rb"\x30[\x80-\xff]", data) or (data[:1] == b"\x30" and _is_whole(data))
        if is_der and b"-----BEGIN " not in data:
            return _one_after_another(data)
        data = _decode_text(data)
    data = _plain_lines(data)
    block = rf"-----BEGIN ({labels})-----([A-Za-z0-9+/=\s]*)-----END {labels}-----"
    blocks = re.findall(block, data)
    # What is left has no usable block. One that is damaged must not go missing without a word.
    left = re.sub(block, "", data)
    if not blocks or re.search(rf"^[ \t]*-----BEGIN {labels}-----[ \t\r]*$", left, re.MULTILINE):
        raise _why_no_block(left, labels, len(blocks))
    return [_decode_block(label, text) for label, text in blocks]


def _decode_block(label: str, text: str) -> bytes:
    try:
        der = base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        raise _DamagedPem("the PEM text is cut off or damaged") from None
    if not der:
        raise _DamagedPem("its PEM text is empty")
    if der[0] != SEQUENCE:
        raise _DamagedPem("its PEM text is base64 of something that is no DER")
    if label.startswith("TRUSTED"):
        return der[: bounds(der)[1]]
    return der


def _one_after_another(data: bytes) -> Sequence[bytes]:
    """The elements of DER that stand one after another, as `cat` leaves them; line ends may follow."""
    end = _end(data)
    for text in (data, data.rstrip(b"\r\n")):
        if end < len(text):
            with contextlib.suppress(ValueError):
                return list(elements(text))
    if data[end:].strip(b"\r\n"):
        raise _CutOff(f"{len(data) - end} bytes that are no DER follow the {end} bytes of the first element")
    return [data[:end]]


def _is_whole(data: bytes) -> bool:
    try:
        return bounds(data)[1] == len(data)
    except ValueError:
        return False


def _end(data: bytes) -> int:
    """Where the first element ends; the end of the data when it is not there as a whole."""
    try:
        return bounds(data)[1]
    except ValueError:
        return len(data)


def _plain_lines(text: str) -> str:
    """The text without what mail and JSON do to its lines: marks of quotation, and backslash n for an end."""
    if "\\n-----END " in text:
        text = text.replace("\\r", "").replace("\\n", "\n")
    return re.sub(r"^(?:> ?)+", "", text, flags=re.MULTILINE)


def _why_no_block(text: str, labels: str, usable: int) -> ValueError:
    """What a text without a usable block holds instead; `usable` are the blocks beside it."""
    found = _what_is_wrong(text, labels)
    if not usable:
        return found
    return _DamagedPem(f"of {usable + 1} certificates in it, one is damaged ({found})")


def _what_is_wrong(text: str, labels: str) -> ValueError:
    begin = re.search(rf"-----BEGIN {labels}-----", text)
    if begin is None:
        label = re.search(r"-----BEGIN ([A-Z0-9 ]{1,40})-----", text)
        return ValueError(f"it holds {label.group(1)}" if label else "it is neither PEM nor DER")
    body, end, _rest = text[begin.end() :].partition("-----END ")
    if not end:
        return _DamagedPem("its PEM text is cut off: the line END is missing")
    strange = re.search(r"[^A-Za-z0-9+/=\s]", body)
    if strange is None:
        return _DamagedPem("its PEM text begins and ends with different labels")
    line = body[: strange.start()].count("\n")
    return _DamagedPem(
        f"its PEM text has the character {strange.group()!r} in line {line}, which is not base64"
    )


def _decode_text(data: bytes) -> str:
    """Text of a file: UTF-16 when it says so (Windows editors), else anything that contains ASCII."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", errors="replace")
    return data.decode("utf-8", errors="replace")


class _DamagedPem(ValueError):
    """The text is PEM, and something in it is damaged."""


class _CutOff(ValueError):
    """The DER ends before it is complete."""


class _Undecodable(ValueError):
    """The PEM or DER is whole, and a part of the certificate in it cannot be decoded."""


def _remedy(error: Exception, form: str, *, maker: str = "Have the CA issue it again") -> str:
    if isinstance(error, _Undecodable):
        return f"{maker} with a correct encoding (RFC 5280)"
    if isinstance(error, _DamagedPem):
        return "Copy the whole text again, from BEGIN to END"
    if isinstance(error, _CutOff):
        return "Copy the whole file again"
    return form


class _ReadableNames:
    """A certificate with texts in its names that `cryptography` refuses: what it says, and the bytes as they are.

    It stands for an `x509.Certificate`, a class that takes no subclass.
    """

    def __init__(self, der: bytes, readable: x509.Certificate) -> None:
        self._der, self._readable = der, readable

    def __getattr__(self, name: str) -> Any:
        return getattr(self._readable, name)

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        return x509.Certificate

    @property
    def tbs_certificate_bytes(self) -> bytes:
        return next(elements(content(self._der)))

    def public_bytes(self, encoding: serialization.Encoding) -> bytes:
        if encoding is serialization.Encoding.DER:
            return self._der
        text = base64.encodebytes(self._der).replace(b"\n", b"")
        lines = [text[start : start + 64] for start in range(0, len(text), 64)]
        return b"\n".join((b"-----BEGIN CERTIFICATE-----", *lines, b"-----END CERTIFICATE-----", b""))

    def fingerprint(self, algorithm: hashes.HashAlgorithm) -> bytes:
        digest = hashes.Hash(algorithm)
        digest.update(self._der)
        return digest.finalize()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, x509.Certificate) and self._der == other.public_bytes(
            serialization.Encoding.DER
        )

    def __hash__(self) -> int:
        return hash(self._der)


def has_nonstandard_names(certificate: x509.Certificate) -> bool:
    """Whether its names have texts that their string type does not allow, and that nobody can write again."""
    return isinstance(cast(object, certificate), _ReadableNames)


@contextlib.contextmanager
def _any_serial_number() -> Iterator[None]:
    """Keep `cryptography` from warning of serial numbers that are not positive: roots that all trust have zero."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*serial number", category=CryptographyDeprecationWarning)
        yield


def _load_der(der: bytes) -> x509.Certificate:
    with _any_serial_number():
        return x509.load_der_x509_certificate(der)


def _serial_number(certificate: x509.Certificate) -> int:
    with _any_serial_number():
        return certificate.serial_number


def _load(der: bytes) -> x509.Certificate:
    # Most certificates have names in ASCII that are in order, and taking DER apart costs more than loading it.
    with contextlib.suppress(*_NOT_DECODABLE):
        certificate = _load_der(der)
        values = [attribute.value for name in (certificate.issuer, certificate.subject) for attribute in name]
        if all(isinstance(value, str) and value.isascii() for value in values):
            return certificate
    try:
        readable = with_readable_names(der)
    except ValueError:
        readable = der
    # Only the two names count here: names in extensions are made readable when those are read.
    if readable != der and certificate_fields(readable)[2:5:2] != certificate_fields(der)[2:5:2]:
        return cast(x509.Certificate, _ReadableNames(der, _load_der(readable)))
    return _load_der(der)


def _why_not_loaded(der: bytes, error: Exception) -> ValueError:
    """What is wrong with data that `cryptography` does not load, with all that can be read of it."""
    try:
        bounds(der)
    except ValueError as wrong:
        return _CutOff(str(wrong)) if der[:1] == b"\x30" else ValueError(_first_line(error))
    other = _other_kind(der)
    if other:
        return ValueError(f"it holds {other}")
    try:
        return _Undecodable(f"a part of it cannot be decoded ({_first_line(error)}); {_what_is_known(der)}")
    except ValueError:
        return ValueError(_first_line(error))


def _other_kind(der: bytes) -> str:
    """What DER is, where it is something else that is kept in such files; empty when it is not known."""
    try:
        parts = [element[0] for element in elements(content(der))]
        body = content(next(elements(content(der))))
        inner = [element[0] for element in elements(body)] if parts[0] == SEQUENCE else []
    except (ValueError, StopIteration):
        return ""
    if parts[:1] == [_INTEGER]:  # the version
        is_store = parts[1:2] == [SEQUENCE] and _PKCS7_DATA in der[:40]
        return "a PKCS#12 store" if is_store else "a private key"
    if inner[:1] == [_OBJECT_IDENTIFIER] and len(parts) == 2:  # an algorithm before the rest
        return "an encrypted private key" if parts[1] == _OCTETS else "a public key"
    if inner[:3] == [_INTEGER, SEQUENCE, SEQUENCE] and inner[3:4] == [0xA0]:
        return "a certificate signing request"
    if (
        inner[:3] in ([_INTEGER, SEQUENCE, SEQUENCE], [SEQUENCE, SEQUENCE, _UTC_TIME])
        and _UTC_TIME in inner[:4]
    ):
        return "a certificate revocation list"
    return ""


def _what_is_known(der: bytes) -> str:
    """Serial number, validity, names and key of a certificate, as far as they can be read; ValueError if it is none."""
    serial, _algorithm, issuer, validity, subject, key, *_more = certificate_fields(der)
    parts: dict[str, Callable[[], str]] = {
        "validity": lambda: f"valid until {_time(list(elements(content(validity)))[-1])}",
        "issuer": lambda: f"issuer {readable_parts(issuer)}",
        "subject": lambda: f"subject {readable_parts(subject)}",
        "key": lambda: _key_text(key),
    }
    known = [f"serial number {content(serial).hex().upper()}"]
    for what, read in parts.items():
        try:
            known.append(read())
        except (*_NOT_DECODABLE, IndexError):
            known.append(f"{what} unreadable")
    return ", ".join(known)


def _time(element: bytes) -> str:
    text = content(element).decode("ascii")
    year = text[:2] if element[0] == 0x17 else text[:4]
    full = year if len(year) == 4 else f"{'20' if int(year) < 50 else '19'}{year}"
    return time_text(datetime.strptime(f"{full}{text[len(year) : -1]}+0000", "%Y%m%d%H%M%S%z"))


def _key_text(spki: bytes) -> str:
    key_type, size = _type_and_size(serialization.load_der_public_key(spki))
    return f"key {key_type} {size}" if size else f"key {key_type}"


def _decode_certificate(der: bytes) -> x509.Certificate:
    try:
        certificate = _load(der)
    except _NOT_DECODABLE as error:
        raise _why_not_loaded(der, error) from None
    # cryptography decodes these late: whatever is wrong in them is to be found here
    parts: dict[str, Callable[[], object]] = {
        "validity": lambda: (certificate.not_valid_before_utc, certificate.not_valid_after_utc),
        "issuer": lambda: list(certificate.issuer),
        "subject": lambda: list(certificate.subject),
        "extensions": lambda: _decode_extensions(certificate),
    }
    faults = []
    for what, decode in parts.items():
        try:
            decode()
        except _NOT_DECODABLE as error:
            faults.append(f"its {what} cannot be decoded ({_first_line(error)[:100]})")
    if faults:
        raise _Undecodable(f"{' and '.join(faults)}; {_what_is_known(der)}")
    return certificate


def _decode_bundle(der: bytes) -> list[x509.Certificate]:
    """The certificates of one block, which says by itself whether it is PKCS#7."""
    if _PKCS7_SIGNED_DATA not in der[:32]:
        return [_decode_certificate(der)]
    with warnings.catch_warnings():
        # OpenSSL and Windows do not sort the certificates as DER wants it, and cryptography warns of that.
        warnings.simplefilter("ignore")
        try:
            found = pkcs7.load_der_pkcs7_certificates(der)
            contained = [certificate.public_bytes(serialization.Encoding.DER) for certificate in found]
        except _NOT_DECODABLE:
            contained = _contained(der)  # one of them may have names that cryptography refuses
            if not contained:
                raise
    if not contained:
        raise ValueError("the PKCS#7 holds no certificate")
    return [_decode_certificate(certificate) for certificate in contained]


def _contained(der: bytes) -> list[bytes]:
    """The certificates of PKCS#7 signed data (RFC 5652, 5.1); empty when it cannot be taken apart."""
    try:
        _kind, wrapped = elements(content(der))
        fields = list(elements(content(content(wrapped))))[3:]
        return [one for field in fields if field[0] == 0xA0 for one in elements(content(field))]
    except ValueError:
        return []


def _decode_csr(der: bytes) -> x509.CertificateSigningRequest:
    try:
        csr = x509.load_der_x509_csr(der)
        _decode_parts(csr)
        csr.public_key()
    except _NOT_DECODABLE as error:
        raise _why_no_csr(der, error) from None
    return csr


def _why_no_csr(der: bytes, error: Exception) -> ValueError:
    """What is wrong with a request that `cryptography` does not read, with its subject as far as it can be read."""
    try:
        bounds(der)
        _version, subject, *_rest = elements(content(next(elements(content(der)))))
        told = f"a part of it cannot be decoded ({_first_line(error)})"
        return _Undecodable(f"{told}; subject {readable_parts(subject)}")
    except (ValueError, StopIteration):
        return ValueError(_first_line(error))


def _decode_parts(obj: x509.Certificate | x509.CertificateSigningRequest) -> None:
    obj.subject.rfc4514_string()
    _decode_extensions(obj)


def _decode_extensions(obj: x509.Certificate | x509.CertificateSigningRequest) -> None:
    alt_names(obj)
    key_usage(obj)
    extended_key_usage(obj)
    is_ca(obj)


def _first_line(error: Exception) -> str:
    """The decoder's words, without what it adds for programmers."""
    if isinstance(error, _Undecodable):
        return str(error)
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
