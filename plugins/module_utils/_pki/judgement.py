# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The judgement of certificates: what CUCM, and a SIP trunk over mutual TLS, can use.

One set of rules for all: for a certificate that a CA has just issued, for one that is to be kept or
renewed, and for one that is about to be uploaded. A judgement is a list of findings; an empty list
means that all is well. Each finding has a stable reason code beside its words.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._facts.findings import Finding
from ansible_collections.ucops.cucm.plugins.module_utils._facts.host_names import without_root
from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import PEER_KINDS
from ansible_collections.ucops.cucm.plugins.module_utils._pki.client_authentication import (
    CISCO_NOTICE,
    end_for,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.path import (
    certificates_below,
    extension_problems,
    host_name_problems,
    path_problems,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    alt_names,
    common_name,
    curve_name,
    extended_key_usage,
    extensions,
    fingerprint,
    is_broken_root,
    is_ca,
    is_same_key,
    is_self_signed,
    key_type_and_size,
    key_usage,
    netscape_usage,
    order_chain,
    path_length,
    signature_hash,
    time_text,
)

try:
    from cryptography import x509
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

#: Hashes that a signature may use.
STRONG_HASHES = ("sha256", "sha384", "sha512")
#: Smallest and largest key in bits. CUCM takes no key above 4096 bits (Security Guide).
KEY_SIZES: Mapping[str, tuple[int, int]] = {"rsa": (2048, 4096), "ec": (256, 521)}

#: The curves of a service's key: those of NIST with 256, 384 and 521 bits (Security Guide).
CURVES = ("secp256r1", "secp384r1", "secp521r1")

_KEY_USAGE = "2.5.29.15"
_BASIC_CONSTRAINTS = "2.5.29.19"
#: "Only keyUsage and basicConstraints may be critical", else the Unified CM cannot verify the chain.
_MAY_BE_CRITICAL = frozenset((_KEY_USAGE, _BASIC_CONSTRAINTS))


@dataclass(frozen=True)
class CertificateProfile:
    """What the certificate of one service must be able to do.

    `key_usages` is what a certificate gets whose CSR asks for none; of those only
    `required_key_usages` are insisted on, since releases differ in what they ask for.
    `min_rsa_bits` is for the key of the service, not for those of its CAs.
    """

    service: str
    key_type: str
    key_usages: tuple[str, ...]
    required_key_usages: tuple[str, ...] = ("digitalSignature",)
    required_extended_key_usages: tuple[str, ...] = ("serverAuth", "clientAuth")
    min_rsa_bits: int = KEY_SIZES["rsa"][0]


_RSA_USAGES = ("digitalSignature", "keyEncipherment", "dataEncipherment")
_EC_USAGES = ("digitalSignature", "keyAgreement")

#: By the service's name as CUCM spells it. CAPF is missing on purpose: its certificate is a CA.
PROFILES: Mapping[str, CertificateProfile] = {
    profile.service: profile
    for profile in (
        CertificateProfile("CallManager", "rsa", _RSA_USAGES),
        CertificateProfile("CallManager-ECDSA", "ec", _EC_USAGES),
        CertificateProfile("tomcat", "rsa", _RSA_USAGES),
        CertificateProfile("tomcat-ECDSA", "ec", _EC_USAGES),
        CertificateProfile("TVS", "rsa", _RSA_USAGES),
        CertificateProfile(
            "ipsec",
            "rsa",
            _RSA_USAGES,
            required_extended_key_usages=("serverAuth", "clientAuth", "ipsecEndSystem"),
        ),
    )
}


#: What a certificate of another kind of peer gets whose CSR asks for no usages: what CUBE is documented to need.
_PEER_USAGES: Mapping[str, tuple[str, ...]] = {
    "rsa": ("digitalSignature", "keyEncipherment"),
    "ec": ("digitalSignature",),
}

#: The same for SIP peers that are no clusters, by their kind, with a suffix for EC keys as the services have it. They
#: are servers and clients of one trunk.
PEER_PROFILES: Mapping[str, CertificateProfile] = {
    f"{kind.name}{suffix}": CertificateProfile(f"{kind.name}{suffix}", key_type, _PEER_USAGES[key_type])
    for kind in PEER_KINDS.values()
    if kind.is_external
    for suffix, key_type in (("", "rsa"), ("-ECDSA", "ec"))
}


def profile_of(service: str) -> CertificateProfile:
    """The profile of a service, or of a kind of peer; InvalidOption when there is none."""
    profile = PROFILES.get(service) or PEER_PROFILES.get(service)
    if profile is None:
        raise InvalidOption(
            f"no certificate profile for the service {service!r}",
            option="service",
            remedy=f"Use one of {', '.join((*PROFILES, *PEER_PROFILES))}",
        )
    return profile


def without_client_authentication(profile: CertificateProfile) -> CertificateProfile:
    """The profile for peers that do without client authentication in a certificate (`_facts.client_auth`)."""
    usages = tuple(usage for usage in profile.required_extended_key_usages if usage != "clientAuth")
    return replace(profile, required_extended_key_usages=usages)


def judge_identity(
    leaf: x509.Certificate,
    *,
    csr: x509.CertificateSigningRequest | None,
    trusted: Sequence[x509.Certificate],
    service: str,
    now: datetime,
    profile: CertificateProfile | None = None,
) -> list[Finding]:
    """Judge a certificate before it becomes the identity of a service.

    `csr` is the node's pending request; `trusted` the CAs that the node trusts, in any order; `profile` what the
    service needs where that is not its usual one.
    """
    profile = profile or profile_of(service)
    return [
        *judge_leaf(leaf, csr=csr, profile=profile, now=now),
        *judge_chain(leaf, order_chain(leaf, trusted), profile=profile, now=now),
    ]


def judge_trust(certificate: x509.Certificate, *, now: datetime) -> list[Finding]:
    """Judge a certificate before it goes into a trust store."""
    findings = [*_judge_dates(certificate, now), *_judge_key(certificate)]
    if is_self_signed(certificate):
        return findings  # trusted as it is: its own signature protects nothing, whatever the hash
    if not is_ca(certificate):
        findings.append(
            Finding(
                "not_a_ca",
                f"{_label(certificate)} is neither a CA (CA:TRUE) nor self-signed, nothing can be verified with it",
                "Put the certificate of the CA that issued it into the trust store",
            )
        )
    if is_broken_root(certificate):
        findings.append(_root_signature_wrong(certificate))
    findings += _judge_hash(certificate)
    return findings


def judge_paths(certificates: Iterable[x509.Certificate], known: Sequence[x509.Certificate]) -> list[Finding]:
    """Judge the paths from certificates for a trust store upwards, as far as the known CAs go."""
    problems = (
        problem
        for certificate in certificates
        for problem in (
            *(extension_problems(certificate) if is_ca(certificate) else ()),
            *path_problems([certificate, *order_chain(certificate, known)]),
        )
    )
    return [Finding(*problem) for problem in dict.fromkeys(problems)]


def judge_leaf(
    leaf: x509.Certificate,
    *,
    csr: x509.CertificateSigningRequest | None,
    profile: CertificateProfile,
    now: datetime,
) -> list[Finding]:
    """Judge a service's certificate by itself and against the CSR that it answers, without its chain."""
    return [
        *(_judge_against_csr(leaf, csr) if csr is not None else ()),
        *_judge_dates(leaf, now),
        *_judge_key(leaf, profile),
        *_judge_hash(leaf),
        *_judge_usage(leaf, profile),
        *_judge_form(leaf),
    ]


def judge_chain(
    leaf: x509.Certificate,
    chain: Sequence[x509.Certificate],
    *,
    profile: CertificateProfile,
    now: datetime,
) -> list[Finding]:
    """Judge the CAs above a certificate, ordered as `order_chain` does, up to a self-signed root."""
    top = chain[-1] if chain else leaf
    findings: list[Finding] = []
    if is_broken_root(top):
        findings.append(_root_signature_wrong(top))
    elif not chain or not is_self_signed(top):
        findings.append(
            Finding(
                "issuer_not_trusted",
                f"the issuer of {_label(top)} is not among the trusted CAs: {top.issuer.rfc4514_string()}",
                "Import the root and the intermediate certificates of the CA first",
            )
        )
    findings += _judge_each(chain, profile, now)
    findings += [Finding(*problem) for problem in path_problems([leaf, *chain])]
    if chain:
        findings += _judge_outliving(leaf, chain[0])
    return findings


def judge_authorities(
    chain: Sequence[x509.Certificate],
    *,
    profile: CertificateProfile,
    now: datetime,
    host_names: Iterable[str] = (),
) -> list[Finding]:
    """Judge the CAs of a chain, the one that issues to services first, without a leaf below it.

    `host_names` are those that a certificate of the CA is to hold.
    """
    names = list(host_names)
    return [
        *_judge_each(chain, profile, now),
        *(Finding(*problem) for problem in path_problems(chain)),
        *(Finding(*problem) for authority in chain for problem in host_name_problems(authority, names)),
    ]


def _root_signature_wrong(root: x509.Certificate) -> Finding:
    return Finding(
        "root_signature_wrong",
        f"the signature of {_label(root)} does not fit: it names itself as its issuer, but its own key did not sign it"
        " as it is",
        "Get the root certificate from the CA again, and compare its fingerprint with what the CA publishes; if the CA"
        " has renewed its key under the same name, add the certificate of the key before",
    )


def _judge_each(
    chain: Sequence[x509.Certificate], profile: CertificateProfile, now: datetime
) -> list[Finding]:
    return [
        finding
        for depth, authority in enumerate(chain)
        for finding in judge_authority(
            authority, below=certificates_below(chain, depth), profile=profile, now=now
        )
    ]


def judge_authority(
    authority: x509.Certificate, *, below: int, profile: CertificateProfile, now: datetime
) -> list[Finding]:
    """Judge one CA; `below` is the number of CAs between it and the leaf."""
    return list(_judge_authority(authority, below, profile, now))


def _judge_against_csr(leaf: x509.Certificate, csr: x509.CertificateSigningRequest) -> Iterable[Finding]:
    if not is_same_key(leaf, csr):
        yield Finding(
            "key_differs",
            "the certificate is for another key than the CSR",
            "Sign the CSR that is pending on the node now; a newer CSR has replaced the key",
        )
    if common_name(leaf) != common_name(csr):
        yield Finding(
            "common_name_differs",
            f"the common name is {common_name(leaf)!r}, the CSR asks for {common_name(csr)!r}",
            "Let the CA keep the subject of the CSR",
        )
    wanted, got = (frozenset(map(without_root, alt_names(obj))) for obj in (csr, leaf))
    # the platform compares the sets only when the CSR has any
    if wanted and wanted != got:
        missing, added = ", ".join(sorted(wanted - got)), ", ".join(sorted(got - wanted))
        yield Finding(
            "alt_names_differ",
            "the subject alternative names are not those of the CSR"
            f" (missing: {missing or 'none'}; added: {added or 'none'})",
            "Let the CA take the subject alternative names of the CSR exactly, adding none",
        )
    if "dataEncipherment" in (key_usage(csr) or ()) and "dataEncipherment" not in (key_usage(leaf) or ()):
        yield Finding(
            "data_encipherment_lost",
            "the CA has removed the key usage dataEncipherment that the CSR asks for",
            "Let the CA, or its certificate template, allow encryption of user data",
        )


def _judge_dates(certificate: x509.Certificate, now: datetime) -> Iterable[Finding]:
    label = _label(certificate)
    if now > certificate.not_valid_after_utc:
        yield Finding(
            "expired",
            f"{label} expired at {time_text(certificate.not_valid_after_utc)}",
            "Use a certificate that is valid now",
        )
    if now < certificate.not_valid_before_utc:
        yield Finding(
            "not_yet_valid",
            f"{label} is not valid before {time_text(certificate.not_valid_before_utc)}",
            "Check the clocks of the CA and of this host",
        )


def _judge_key(certificate: x509.Certificate, profile: CertificateProfile | None = None) -> Iterable[Finding]:
    key_type, size = key_type_and_size(certificate)
    label = _label(certificate)
    if key_type not in KEY_SIZES:
        yield Finding("key_type_unknown", f"{label} has a key of the type {key_type}", "Use an RSA or EC key")
        return
    if profile is not None and key_type != profile.key_type:
        yield Finding(
            "key_type_wrong",
            f"{label} has a key of the type {key_type}, the service {profile.service} needs {profile.key_type}",
            f"Generate the CSR for {profile.service}, or upload to the other service",
        )
    smallest, largest = KEY_SIZES[key_type]
    if profile is not None and key_type == "rsa":
        smallest = profile.min_rsa_bits
    if size < smallest:
        yield Finding(
            "key_too_small",
            f"the {key_type} key of {label} has {size} bits, fewer than {smallest}",
            f"Use a key of at least {smallest} bits",
        )
    elif profile is not None and key_type == "ec" and curve_name(certificate) not in CURVES:
        yield Finding(
            "curve_unsupported",
            f"the ec key of {label} is on the curve {curve_name(certificate)}, which Unified CM does not use",
            f"Use a key on one of {', '.join(CURVES)}",
        )
    if size > largest:
        yield Finding(
            "key_too_large",
            f"the {key_type} key of {label} has {size} bits, CUCM takes {largest} at most",
            f"Use a key of at most {largest} bits",
        )


def _judge_hash(certificate: x509.Certificate) -> Iterable[Finding]:
    name = signature_hash(certificate)
    if name not in STRONG_HASHES:
        yield Finding(
            "hash_too_weak",
            f"{_label(certificate)} is signed with {name or 'an unknown hash'}",
            f"Let the CA sign with one of {', '.join(STRONG_HASHES)}",
        )


def _judge_usage(leaf: x509.Certificate, profile: CertificateProfile) -> Iterable[Finding]:
    has = extended_key_usage(leaf) or []
    missing = [usage for usage in profile.required_extended_key_usages if usage not in has]
    if missing:
        text = (
            f"the extended key usage lacks {', '.join(missing)}, which {profile.service} needs"
            " (a trunk over mutual TLS is server and client)"
        )
        remedy = "Use a CA, or a certificate template, that gives both server and client authentication"
        if "clientAuth" in missing:
            text += f"; {end_for(leaf.issuer).words}"
            remedy += f"; a private CA can, see {CISCO_NOTICE.title}"
        yield Finding("extended_key_usage_missing", text, remedy)
    allowed = netscape_usage(leaf)
    needed = [
        usage for usage in ("serverAuth", "clientAuth") if usage in profile.required_extended_key_usages
    ]
    void = [usage for usage in needed if allowed is not None and usage not in allowed]
    if void:
        yield Finding(
            "netscape_type_excludes",
            f"the extension netscape-cert-type does not allow {', '.join(void)}, which {profile.service} needs",
            "Let the CA leave this extension out, or give it SSL client and SSL server",
        )
    usages = key_usage(leaf)  # without the extension every usage is allowed
    lacking = [usage for usage in profile.required_key_usages if usages is not None and usage not in usages]
    if lacking:
        yield Finding(
            "key_usage_missing",
            f"the key usage lacks {', '.join(lacking)}, which {profile.service} needs",
            "Let the CA take the key usage of the CSR",
        )


def _judge_form(leaf: x509.Certificate) -> Iterable[Finding]:
    if is_ca(leaf) or "keyCertSign" in (key_usage(leaf) or ()):
        yield Finding(
            "is_a_ca",
            "the certificate may sign other certificates (CA:TRUE or keyCertSign)",
            "Have it issued as an end entity certificate",
        )
    wildcards = [name for name in (*sorted(alt_names(leaf)), common_name(leaf) or "") if "*" in name]
    if wildcards:
        yield Finding(
            "wildcard",
            f"wildcard names are not supported by CUCM: {', '.join(wildcards)}",
            "Use the names of the nodes",
        )
    critical = [
        extension.oid.dotted_string
        for extension in extensions(leaf)
        if extension.critical and extension.oid.dotted_string not in _MAY_BE_CRITICAL
    ]
    if critical:
        yield Finding(
            "critical_extension",
            f"extensions other than keyUsage and basicConstraints are critical: {', '.join(critical)}",
            "Let the CA mark only keyUsage and basicConstraints as critical",
        )


def _judge_authority(
    authority: x509.Certificate, below: int, profile: CertificateProfile, now: datetime
) -> Iterable[Finding]:
    label = _label(authority)
    usages = key_usage(authority)
    if authority.version is not x509.Version.v3 and not is_self_signed(authority):
        yield Finding(
            "issuer_is_no_ca",
            f"{label} is an X.509 version 1 certificate, which cannot say that it is a CA",
            "Use a version 3 certificate with CA:TRUE; version 1 is accepted of a self-signed root alone",
        )
    elif not _may_sign(authority, usages):
        yield Finding(
            "issuer_is_no_ca",
            f"{label} may not sign certificates (CA:TRUE and keyCertSign are needed)",
            "Use the certificate of a CA",
        )
    limit = path_length(authority)
    if limit is not None and limit < below:
        yield Finding(
            "path_too_long",
            f"{label} allows {limit} CAs below it (pathlen), the chain has {below}",
            "Sign with a CA that stands higher, or let the upper CA renew this one with a larger pathlen",
        )
    limits = extended_key_usage(authority)
    if limits is not None:  # OpenSSL does not count anyExtendedKeyUsage of a CA
        missing = [usage for usage in profile.required_extended_key_usages if usage not in limits]
        if missing:
            yield Finding(
                "issuer_limits_usage",
                f"{label} is limited to {', '.join(limits)}: {', '.join(missing)} of its certificates is void",
                "Use a CA that is not limited to server authentication",
            )
    for problem in extension_problems(authority):
        yield Finding(*problem)
    yield from _judge_dates(authority, now)
    yield from _judge_key(authority)
    if not is_self_signed(authority):
        yield from _judge_hash(authority)


def _may_sign(authority: x509.Certificate, usages: Sequence[str] | None) -> bool:
    """Whether a certificate may sign others; a root of version 1 has no place to say so, and may."""
    if authority.version is not x509.Version.v3:
        return is_self_signed(authority)
    return is_ca(authority) and (usages is None or "keyCertSign" in usages)


def _judge_outliving(leaf: x509.Certificate, issuer: x509.Certificate) -> Iterable[Finding]:
    if (
        leaf.not_valid_before_utc < issuer.not_valid_before_utc
        or leaf.not_valid_after_utc > issuer.not_valid_after_utc
    ):
        yield Finding(
            "outlives_issuer",
            f"the validity of the certificate ({time_text(leaf.not_valid_before_utc)} to"
            f" {time_text(leaf.not_valid_after_utc)}) is not inside that of its CA"
            f" ({time_text(issuer.not_valid_before_utc)} to {time_text(issuer.not_valid_after_utc)})",
            "Ask for a shorter validity, or renew the CA",
        )


def _label(certificate: x509.Certificate) -> str:
    """How findings name a certificate: its common name, else its fingerprint."""
    return f"the certificate {common_name(certificate) or fingerprint(certificate)!r}"
