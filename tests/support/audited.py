# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documents of the certificate audit, with real certificates, as the module would write them of nodes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit import audit
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_document import document_of
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_site import Limits
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import Contents, StoredCertificate
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
    Ca,
    key,
    make_ca,
    make_csr,
    make_leaf,
    name,
)
from cryptography import x509
from cryptography.hazmat.primitives import hashes

ISSUING, ROOT = "Audit Issuing CA", "Audit Root CA"


@cache
def root() -> Ca:
    return make_ca(ROOT, start=NOW - timedelta(days=900))


@cache
def issuing() -> Ca:
    return make_ca(ISSUING, issuer=root(), with_key="rsa2048-issuing", start=NOW - timedelta(days=800))


def signed(host: str, *, by: Ca | None = None, with_key: str = "rsa2048", **changes: Any) -> x509.Certificate:
    """A certificate of the issuing CA, made out to a node."""
    csr = make_csr(f"{host}.example.com", names=[f"DNS:{host}.example.com"], with_key=with_key)
    settings = {"start": NOW - timedelta(days=20), "end": NOW + timedelta(days=700), **changes}
    return make_leaf(csr, by or issuing(), **settings)


def self_signed(common_name: str, *, with_key: str = "rsa2048", days: int = 1500) -> x509.Certificate:
    """As a node makes it by itself: without basicConstraints and names beside the common one."""
    own, subject = key(with_key), name(common_name, O="Example")
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(NOW + timedelta(days=days))
        .add_extension(
            x509.ExtendedKeyUsage(
                [x509.ExtendedKeyUsageOID.SERVER_AUTH, x509.ExtendedKeyUsageOID.CLIENT_AUTH]
            ),
            critical=False,
        )
        .sign(own, hashes.SHA256())
    )


def stored(
    service: str, certificate: x509.Certificate | str, file_name: str | None = None
) -> StoredCertificate:
    """What lies in a place; a text that is no certificate is one that cannot be read."""
    text = certificate if isinstance(certificate, str) else pem(certificate)
    return StoredCertificate(service, file_name, text)


def document(
    cluster: str = "CUCMA",
    node: str = "cucma-pub",
    identities: Mapping[str, x509.Certificate | str] | None = None,
    trust: Mapping[str, Sequence[x509.Certificate | str]] | None = None,
    **facts: Any,
) -> dict[str, Any]:
    """The document of a node: by default one identity of the issuing CA, and a store with its chain."""
    own = {"CallManager": signed(node)} if identities is None else identities
    stores = {"CallManager": [root().certificate, issuing().certificate]} if trust is None else trust
    contents = Contents(
        tuple(stored(service, certificate) for service, certificate in own.items()),
        tuple(
            stored(store, certificate, f"{store}-{number}.pem")
            for store, certificates in stores.items()
            for number, certificate in enumerate(certificates)
        ),
    )
    known = {
        "cluster": cluster,
        "node": node,
        "host": f"{node}.example.com",
        "hostname": node,
        "addresses": [f"{node}.example.com"],
        "sip_port": 5061,
        "trunks": None,
        "trunks_text": "",
    }
    return document_of({**known, **facts}, contents)


def trunk(title: str, *nodes: str) -> dict[str, Any]:
    """A trunk to nodes of another document."""
    return {
        "name": title,
        "destinations": [{"address": f"{node}.example.com", "port": 5061} for node in nodes],
    }


def pair(**changes: Any) -> list[dict[str, Any]]:
    """Two healthy clusters with trunks to each other. `changes` are those of the first."""
    one = {"trunks": [trunk("CUCM10", "cucm10-pub")], **changes}
    return [
        document(**one),
        document("CUCM10", "cucm10-pub", trunks=[trunk("CUCMA", "cucma-pub")]),
    ]


def audited(
    documents: Iterable[Mapping[str, Any]], *, absent: Mapping[str, str] | None = None, **limits: int
) -> dict[str, Any]:
    """The report of these documents, at the time of the test run."""
    return audit(documents, absent=absent or {}, now=NOW, limits=Limits(**limits), title="Certificates")


def told(report: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """Severity, reason and service of each finding."""
    return {(each["severity"], each["reason"], each["service"]) for each in report["findings"]}
