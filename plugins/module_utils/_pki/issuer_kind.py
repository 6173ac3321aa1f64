# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who issued a certificate: a public CA, a private CA, or the node itself."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._pki.client_authentication import RECORDS
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    extensions,
    is_self_signed,
    load_certificates,
    spki_sha256,
)

try:
    import certifi
    from cryptography import x509
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

#: `unknown` when its chain leads to no root, and it says nothing of itself.
IssuerKind = Literal["self_signed", "public_ca", "private_ca", "unknown"]

#: Signed certificate timestamps (RFC 6962): public CAs log what they issue, private ones have nothing to log.
_TIMESTAMPS = "1.3.6.1.4.1.11129.2.4.2"
_POLICIES = "2.5.29.32"
#: The policies of the CA/Browser Forum for certificates of servers.
_PUBLIC_POLICIES = ("2.23.140.1.1", "2.23.140.1.2.")
_ORGANIZATION = "2.5.4.10"


def issuer_kind(certificate: Certificate, chain: Sequence[Certificate]) -> IssuerKind:
    """Who issued a certificate; `chain` are the known CAs above it, the root last."""
    if is_self_signed(certificate):
        return "self_signed"
    if _says_public(certificate) or any(_is_public_root(authority) for authority in chain):
        return "public_ca"
    if chain and is_self_signed(chain[-1]):
        return "private_ca"
    return "unknown"


def _says_public(certificate: Certificate) -> bool:
    for extension in extensions(certificate):
        oid = extension.oid.dotted_string
        if oid == _TIMESTAMPS:
            return True
        if oid == _POLICIES and isinstance(extension.value, x509.CertificatePolicies):
            policies = [policy.policy_identifier.dotted_string for policy in extension.value]
            if any(policy.startswith(_PUBLIC_POLICIES) for policy in policies):
                return True
    organizations = {
        str(attribute.value).casefold()
        for attribute in certificate.issuer
        if attribute.oid.dotted_string == _ORGANIZATION
    }
    return bool(organizations & _public_organizations())


@cache
def _public_organizations() -> frozenset[str]:
    return frozenset(name.casefold() for record in RECORDS for name in record.organizations)


def _is_public_root(authority: Certificate) -> bool:
    try:
        return spki_sha256(authority) in _public_keys()
    except ValueError:
        return False


@cache
def _public_keys() -> frozenset[str]:
    """The keys of the roots that Mozilla's list has, as the library `certifi` carries it."""
    try:
        with open(certifi.where(), "rb") as stream:
            roots = load_certificates(stream.read(), source="certifi")
    except (CucmError, NameError, OSError):
        return frozenset()
    return frozenset(map(spki_sha256, roots))
