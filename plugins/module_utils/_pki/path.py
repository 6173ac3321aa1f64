# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Path validation: the rules between the certificates of a chain (RFC 5280, section 6.1, as OpenSSL applies them).

The verifier of `cryptography` enforces the profile of the public web and refuses private CAs that TLS stacks
accept, so the rules are written here. A test compares their verdict with `openssl verify`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from ansible_collections.ucops.cucm.plugins.module_utils._facts.host_names import without_root
from ansible_collections.ucops.cucm.plugins.module_utils._facts.reasons import remedy_of
from ansible_collections.ucops.cucm.plugins.module_utils._pki.der import content
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    canonical_name,
    common_name,
    extensions,
    find_extension,
    fingerprint,
    identifier_mismatch,
    is_self_issued,
    matches_identifier,
)

try:
    from cryptography import x509

    #: Kinds of names for which OpenSSL knows no constraint, and fails when there is one.
    _INCOMPARABLE = (x509.OtherName, x509.RegisteredID)
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

#: Critical extensions of a CA that OpenSSL processes; any other critical one makes it refuse the chain.
_PROCESSED = frozenset(
    (
        "2.5.29.15",  # keyUsage
        "2.5.29.17",  # subjectAltName
        "2.5.29.19",  # basicConstraints
        "2.5.29.30",  # nameConstraints
        "2.5.29.31",  # cRLDistributionPoints
        "2.5.29.32",  # certificatePolicies
        "2.5.29.33",  # policyMappings
        "2.5.29.36",  # policyConstraints
        "2.5.29.37",  # extKeyUsage
        "2.5.29.54",  # inhibitAnyPolicy
    )
)
_NAME_CONSTRAINTS = "2.5.29.30"
_EMAIL = "1.2.840.113549.1.9.1"
#: The other name that holds a mail address (RFC 9598), to which OpenSSL applies constraints on mail.
_SMTP_UTF8_MAILBOX = "1.3.6.1.5.5.7.8.9"
_UTF8_STRING = b"\x0c"

#: A finding as data: reason, text, remedy.
Problem = tuple[str, str, str]


def path_problems(certificates: Sequence[x509.Certificate]) -> Iterator[Problem]:
    """Each rule between certificates that a chain breaks, lowest certificate first and root last.

    The first certificate is the leaf, or a CA when only its CAs are judged.
    """
    for below, issuer in pairwise(certificates):
        if not matches_identifier(below, issuer):
            yield (
                "authority_key_identifier_differs",
                (
                    f"{_label(below)} names another issuer certificate than {_label(issuer)} in its authority key"
                    f" identifier ({identifier_mismatch(below, issuer)}); TLS libraries refuse the chain"
                ),
                remedy_of("authority_key_identifier_differs"),
            )
    for depth, authority in enumerate(certificates):
        yield from _constraint_problems(authority, certificates[:depth])


def extension_problems(authority: x509.Certificate) -> Iterator[Problem]:
    """The critical extensions of a CA that keep it from being used."""
    unknown = [
        extension.oid.dotted_string
        for extension in extensions(authority)
        if extension.critical and extension.oid.dotted_string not in _PROCESSED
    ]
    if unknown:
        yield (
            "critical_extension_unknown",
            f"{_label(authority)} has critical extensions that TLS libraries do not process: {', '.join(unknown)}",
            remedy_of("critical_extension_unknown"),
        )


def certificates_below(chain: Sequence[x509.Certificate], depth: int) -> int:
    """The number of CAs below the CA at this depth that count against its path length.

    A CA certificate whose subject is its issuer does not count (RFC 5280, 4.2.1.9).
    """
    return sum(not is_self_issued(authority) for authority in chain[:depth])


def host_name_problems(authority: x509.Certificate, names: Iterable[str]) -> Iterator[Problem]:
    """Host names that the name constraints of a CA exclude."""
    for name in map(without_root, names):
        yield from _excluded(authority, [x509.DNSName(name)], f"the host name {name}")


def _constraint_problems(authority: x509.Certificate, below: Sequence[x509.Certificate]) -> Iterator[Problem]:
    for position, certificate in enumerate(below):
        if position and is_self_issued(certificate):
            continue  # RFC 5280, 4.2.1.10
        names = _names_of(certificate, is_leaf=position == 0)
        yield from _excluded(authority, names, _label(certificate))


def _names_of(certificate: x509.Certificate, *, is_leaf: bool) -> list[x509.GeneralName]:
    extension = find_extension(certificate, "2.5.29.17")
    names: list[x509.GeneralName] = list(extension.value) if extension is not None else []
    if is_leaf and not any(isinstance(name, x509.DNSName) for name in names):
        # A leaf without DNS names is identified by its common name, which then counts as one.
        names += [
            x509.DNSName(text)
            for attribute in certificate.subject
            if attribute.oid.dotted_string == "2.5.4.3" and _is_host_name(text := str(attribute.value))
        ]
    if list(certificate.subject):
        names.append(x509.DirectoryName(certificate.subject))
        names += [
            x509.RFC822Name(str(attribute.value))
            for attribute in certificate.subject
            if attribute.oid.dotted_string == _EMAIL and str(attribute.value).isascii()
        ]
    return names


def _is_host_name(text: str) -> bool:
    """Whether OpenSSL takes a common name for a DNS name."""
    labels = text.split(".")
    return len(labels) > 1 and all(
        label
        and label.isascii()
        and not label.startswith("-")
        and not label.endswith("-")
        and all(character.isalnum() or character in "-_" for character in label)
        for label in labels
    )


def _excluded(
    authority: x509.Certificate, names: Sequence[x509.GeneralName], whose: str
) -> Iterator[Problem]:
    extension = find_extension(authority, _NAME_CONSTRAINTS)
    if extension is None:
        return
    remedy = remedy_of("name_constraints")
    if not isinstance(extension.value, x509.NameConstraints):
        text = (
            f"the name constraints of {_label(authority)} cannot be read, so no name is known to be allowed"
        )
        yield "name_constraints", text, remedy
        return
    permitted = list(extension.value.permitted_subtrees or ())
    excluded = list(extension.value.excluded_subtrees or ())
    for name in map(_as_constrained, names):
        same_kind = [base for base in permitted if _kind(base) == _kind(name)]
        same_kind_excluded = [base for base in excluded if _kind(base) == _kind(name)]
        against = [base for base in same_kind_excluded if _is_within(name, base)]
        if isinstance(name, _INCOMPARABLE) and (same_kind or same_kind_excluded):
            why = f"are about names of the kind {type(name).__name__}, which TLS libraries cannot compare"
        elif against:
            why = f"exclude {_text(against[0])}"
        elif same_kind and not any(_is_within(name, base) for base in same_kind):
            why = f"permit only {', '.join(map(_text, same_kind))}"
        else:
            continue
        text = f"{_label(authority)} may not issue for {whose}: its name constraints {why}, the name is {_text(name)}"
        yield "name_constraints", text, remedy


def _as_constrained(name: x509.GeneralName) -> x509.GeneralName:
    """The name as constraints apply to it: a mail address may be an other name."""
    if not isinstance(name, x509.OtherName) or name.type_id.dotted_string != _SMTP_UTF8_MAILBOX:
        return name
    try:
        mail = content(name.value).decode() if name.value[:1] == _UTF8_STRING else ""
        return x509.RFC822Name._init_without_validation(mail)
    except ValueError:
        return name


def _kind(name: x509.GeneralName) -> object:
    """What must be equal for a constraint to be about a name."""
    return (x509.OtherName, name.type_id) if isinstance(name, x509.OtherName) else type(name)


def _is_within(name: x509.GeneralName, base: x509.GeneralName) -> bool:
    """Whether a name is in a subtree."""
    if isinstance(name, x509.DNSName):
        return _is_dns_within(name.value, str(base.value))
    if isinstance(name, x509.IPAddress):
        return _is_address_within(name.value, base.value)
    if isinstance(name, x509.RFC822Name):
        return _is_mail_within(name.value, str(base.value))
    if isinstance(name, x509.UniformResourceIdentifier):
        return _is_uri_within(name.value, str(base.value))
    if isinstance(name, x509.DirectoryName) and isinstance(base.value, x509.Name):
        prefix = canonical_name(base.value)
        return canonical_name(name.value)[: len(prefix)] == prefix
    return False


def _is_dns_within(name: str, base: str) -> bool:
    name, base = name.lower(), base.lower()
    if not base or name == base:
        return True
    return name.endswith(base) and (base.startswith(".") or name[: -len(base)].endswith("."))


def _is_address_within(address: object, network: object) -> bool:
    if isinstance(network, (ipaddress.IPv4Network, ipaddress.IPv6Network)) and isinstance(
        address, (ipaddress.IPv4Address, ipaddress.IPv6Address)
    ):
        return address in network
    return False


def _is_mail_within(mail: str, base: str) -> bool:
    local, _at, host = mail.rpartition("@")
    base_local, at, base_host = base.rpartition("@")
    if at:
        return host.lower() == base_host.lower() and (not base_local or local == base_local)
    return host.lower().endswith(base.lower()) if base.startswith(".") else host.lower() == base.lower()


def _is_uri_within(uri: str, base: str) -> bool:
    authority = uri.partition("://")[2].partition("/")[0]
    host, base = authority.partition(":")[0].lower(), base.lower()
    if not host:
        return False
    return host.endswith(base) and host != base if base.startswith(".") else host == base


def _text(name: x509.GeneralName) -> str:
    if isinstance(name, x509.OtherName):
        return f"{name.type_id.dotted_string} {name.value.hex()}"
    if isinstance(name, x509.RegisteredID):
        return name.value.dotted_string
    return name.value.rfc4514_string() if isinstance(name, x509.DirectoryName) else str(name.value)


def _label(certificate: x509.Certificate) -> str:
    return f"the certificate {common_name(certificate) or fingerprint(certificate)!r}"
