# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy: which certificate signing requests may be signed, by whatever backend.

A CSR is untrusted input. It says which key and which names; what a certificate may do is decided
here and by the profile of the service. Nothing that would make a CA of the holder is ever taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.plugins.module_utils._facts.findings import Finding
from ansible_collections.ucops.cucm.plugins.module_utils._facts.reasons import finding_of
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import (
    CURVES,
    KEY_SIZES,
    STRONG_HASHES,
    CertificateProfile,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    alt_names,
    common_name,
    curve_name,
    extended_key_usage,
    is_ca,
    key_type_and_size,
    key_usage,
    signature_hash,
)

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

if TYPE_CHECKING:
    from cryptography import x509

#: What a certificate may get of the usages that its CSR asks for.
GRANTABLE_KEY_USAGES = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
)
GRANTABLE_EXTENDED_KEY_USAGES = ("serverAuth", "clientAuth", "ipsecEndSystem")

#: What a weak CSR may have at worst, as release 9.1 makes them; MD5 and keys of 512 bits never pass.
WEAKEST_RSA_BITS = 1024
_WEAK_HASHES = ("sha1",)
#: Hashes whose signatures cryptography (from 41 on) calls invalid without a look at them.
_UNVERIFIED_HASHES = ("sha1", "md5")

#: Kinds of subject alternative names that are signed.
_NAME_KINDS = ("DNS", "IP", "URI", "email")
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST_NAME = re.compile(rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*\Z", re.IGNORECASE | re.ASCII)
_PRINTABLE_ASCII = re.compile(r"[!-~]+\Z")
#: Smaller exponents are legal and have a history of faulty verifiers.
_SMALLEST_EXPONENT = 65537
_WEAK_REMEDY = "where the release cannot (9.1), set the option allow_weak_csr"


@dataclass(frozen=True)
class Policy:
    """What the site signs. Sizes are in bits.

    With no allowed names and no allowed domains every well-formed name is signed; with any of them,
    each name of the CSR must be one of the names, or a domain or a name in it. `allow_weak` lets RSA
    keys of 1024 bits and SHA-1 pass too; `weaknesses` has the warnings that belong to it.
    """

    allowed_names: tuple[str, ...] = ()
    allowed_domains: tuple[str, ...] = ()
    key_types: tuple[str, ...] = ("rsa", "ec")
    min_rsa_bits: int = 2048
    max_rsa_bits: int = 4096
    min_ec_bits: int = 256
    hash_algorithms: tuple[str, ...] = ("sha256", "sha384", "sha512")
    max_alt_names: int = 100
    allow_weak: bool = False

    @property
    def smallest_rsa_bits(self) -> int:
        return min(self.min_rsa_bits, WEAKEST_RSA_BITS) if self.allow_weak else self.min_rsa_bits

    @property
    def accepted_hashes(self) -> tuple[str, ...]:
        return (*self.hash_algorithms, *_WEAK_HASHES) if self.allow_weak else self.hash_algorithms

    def allows(self, name: str) -> bool:
        """Whether a name, without its kind, is allowed."""
        if not self.allowed_names and not self.allowed_domains:
            return True
        name = name.lower()
        if name in (allowed.lower() for allowed in self.allowed_names):
            return True
        if not _HOST_NAME.match(name):
            return False
        domains = (domain.lower().strip(".") for domain in self.allowed_domains)
        return any(name == domain or name.endswith(f".{domain}") for domain in domains)


def judge_csr(
    csr: x509.CertificateSigningRequest, *, policy: Policy, profile: CertificateProfile
) -> list[Finding]:
    """Why this CSR may not be signed for the profile; an empty list when it may."""
    return [
        *_judge_signature(csr, policy),
        *_judge_key(csr, policy, profile),
        *_judge_names(csr, policy),
        *_judge_requested_usage(csr, profile),
    ]


def weaknesses(csr: x509.CertificateSigningRequest) -> list[Finding]:
    """What is weaker in this CSR than it should be today, whether or not a policy lets it pass."""
    findings = []
    key_type, size = key_type_and_size(csr)
    smallest = KEY_SIZES[key_type][0] if key_type in KEY_SIZES else 0
    if size < smallest:
        findings.append(
            finding_of(
                "csr_weak_key",
                f"the {key_type} key of the CSR has {size} bits, fewer than {smallest}: it can be broken",
                bits=smallest,
            )
        )
    name = signature_hash(csr)
    if name is not None and name not in STRONG_HASHES:
        findings.append(finding_of("csr_weak_hash", f"the CSR is signed with {name}, which can be forged"))
    return findings


def is_signature_right(csr: x509.CertificateSigningRequest) -> bool:
    """Whether the key of the CSR made its signature; false also when that cannot be found out.

    cryptography from 41 on calls every PKCS #1 and ECDSA signature with SHA-1 or MD5 invalid, right or
    not: those are verified with the key itself.
    """
    try:
        if csr.is_signature_valid:
            return True
        digest = csr.signature_hash_algorithm
        if digest is None or digest.name not in _UNVERIFIED_HASHES:
            return False
        key, signature, signed = csr.public_key(), csr.signature, csr.tbs_certrequest_bytes
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), digest)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(digest))
        else:
            return False
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def ignored_requests(csr: x509.CertificateSigningRequest) -> list[str]:
    """Usages that the CSR asks for and no certificate gets."""
    usages = [usage for usage in key_usage(csr) or () if usage not in GRANTABLE_KEY_USAGES]
    extended = [
        usage for usage in extended_key_usage(csr) or () if usage not in GRANTABLE_EXTENDED_KEY_USAGES
    ]
    return usages + extended


def _judge_signature(csr: x509.CertificateSigningRequest, policy: Policy) -> Iterable[Finding]:
    name, accepted = signature_hash(csr), policy.accepted_hashes
    if name not in accepted:
        remedy = "Generate the CSR again with SHA256"
        if name in _WEAK_HASHES:
            remedy += f"; {_WEAK_REMEDY}"
        yield Finding(
            "csr_hash_not_allowed",
            f"the CSR is signed with {name or 'an unknown hash'}, allowed are {', '.join(accepted)}",
            remedy,
        )
    elif not is_signature_right(csr):
        yield finding_of(
            "csr_signature_invalid",
            "the CSR's own signature is not right: it was changed on its way, or its sender does not have the key",
        )


def _judge_key(
    csr: x509.CertificateSigningRequest, policy: Policy, profile: CertificateProfile
) -> Iterable[Finding]:
    key_type, size = key_type_and_size(csr)
    if key_type not in policy.key_types:
        yield finding_of(
            "csr_key_type_not_allowed",
            f"the CSR has a key of the type {key_type}, allowed are {', '.join(policy.key_types)}",
        )
        return
    if key_type != profile.key_type:
        yield finding_of(
            "csr_key_type_wrong",
            f"the CSR has a key of the type {key_type}, the service {profile.service} needs {profile.key_type}",
        )
    smallest = policy.smallest_rsa_bits if key_type == "rsa" else policy.min_ec_bits
    if size < smallest:
        remedy = f"Generate the CSR with a key of at least {smallest} bits"
        if key_type == "rsa" and size >= WEAKEST_RSA_BITS and smallest <= KEY_SIZES["rsa"][0]:
            remedy += f"; {_WEAK_REMEDY}"
        yield Finding(
            "csr_key_too_small",
            f"the {key_type} key of the CSR has {size} bits, fewer than {smallest}",
            remedy,
        )
    elif key_type == "ec" and curve_name(csr) not in CURVES:
        yield finding_of(
            "csr_curve_unsupported",
            f"the ec key of the CSR is on the curve {curve_name(csr)}, which Unified CM does not use",
            curves=", ".join(CURVES),
        )
    key = csr.public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        return
    if size > policy.max_rsa_bits:
        yield finding_of(
            "csr_key_too_large",
            f"the rsa key of the CSR has {size} bits, more than {policy.max_rsa_bits}",
            bits=policy.max_rsa_bits,
        )
    if key.public_numbers().e < _SMALLEST_EXPONENT:
        yield finding_of(
            "csr_key_weak",
            f"the public exponent of the CSR's key is {key.public_numbers().e}, below {_SMALLEST_EXPONENT}",
        )


def _judge_names(csr: x509.CertificateSigningRequest, policy: Policy) -> Iterable[Finding]:
    name = common_name(csr)
    if name is None:
        yield finding_of("csr_without_common_name", "the CSR has no common name")
    yield from _judge_subject(csr)
    typed_names = sorted(alt_names(csr))
    if len(typed_names) > policy.max_alt_names:
        yield finding_of(
            "csr_too_many_names",
            f"the CSR has {len(typed_names)} subject alternative names, more than {policy.max_alt_names}",
        )
        return
    for typed_name in dict.fromkeys([*([f"DNS:{name}"] if name is not None else []), *typed_names]):
        yield from _judge_name(typed_name, policy)


def _judge_subject(csr: x509.CertificateSigningRequest) -> Iterable[Finding]:
    """The attributes beside the names of hosts: any text, but text."""
    if sum(attribute.oid.dotted_string == "2.5.4.3" for attribute in csr.subject) > 1:
        yield finding_of("csr_with_several_common_names", "the CSR has more than one common name")
    for attribute in csr.subject:
        if not isinstance(attribute.value, str) or not attribute.value.isprintable():
            yield Finding(
                "csr_name_malformed",
                f"the subject of the CSR has characters that no name has: {attribute.value!a}",
                "Generate the CSR with plain text in its subject",
            )


def _judge_name(typed_name: str, policy: Policy) -> Iterable[Finding]:
    kind, _colon, name = typed_name.partition(":")
    if kind not in _NAME_KINDS:
        yield finding_of(
            "csr_name_kind_not_allowed",
            f"the CSR has a subject alternative name of the kind {kind}, signed are {', '.join(_NAME_KINDS)}",
        )
        return
    if "*" in name:
        yield finding_of(
            "csr_wildcard", f"the CSR asks for a wildcard, which CUCM does not support: {name!a}"
        )
        return
    if not _is_well_formed(kind, name):
        yield finding_of("csr_name_malformed", f"the CSR has a name that is no {kind} name: {name!a}")
    elif not policy.allows(name):
        yield finding_of(
            "csr_name_not_allowed",
            f"the name {name} is neither among the allowed names nor in an allowed domain",
        )


def _is_well_formed(kind: str, name: str) -> bool:
    if kind == "DNS":
        return bool(_HOST_NAME.match(name))
    return bool(_PRINTABLE_ASCII.match(name))


def _judge_requested_usage(
    csr: x509.CertificateSigningRequest, profile: CertificateProfile
) -> Iterable[Finding]:
    if is_ca(csr):
        yield finding_of("csr_asks_for_ca", "the CSR asks to become a CA (basicConstraints CA:TRUE)")
    asked = extended_key_usage(csr)
    missing = [
        usage for usage in profile.required_extended_key_usages if asked is not None and usage not in asked
    ]
    if missing:
        yield finding_of(
            "csr_lacks_extended_key_usage",
            f"the CSR does not ask for {', '.join(missing)}, which {profile.service} needs",
        )
    elif asked is not None and not set(asked) & set(GRANTABLE_EXTENDED_KEY_USAGES):
        yield finding_of(
            "csr_extended_key_usage_not_allowed",
            f"the CSR asks for {', '.join(asked) or 'no extended key usage'}, of which nothing is ever given",
            usages=", ".join(GRANTABLE_EXTENDED_KEY_USAGES),
        )
    usages = key_usage(csr)
    lacking = [usage for usage in profile.required_key_usages if usages is not None and usage not in usages]
    if lacking:
        yield finding_of(
            "csr_lacks_key_usage",
            f"the CSR does not ask for {', '.join(lacking)}, which {profile.service} needs",
        )
