# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates behind a node's back: what none of its doors would take, so that a test can break a pair."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.ucops.cucm.tests.simulator import pki
from ansible_collections.ucops.cucm.tests.simulator.certificates import PURPOSES, Identity, NodeCertificates
from cryptography import x509


def install(
    node: NodeCertificates, service: str, identity: Identity, chain: Sequence[x509.Certificate]
) -> None:
    """Install an identity, and trust `chain`, unjudged and on this node alone.

    As after an upload, both count for connections only once the service has been restarted. Raises
    KeyError for an unknown service.
    """
    purpose = PURPOSES[service]
    store = node.trust[purpose.trust_store]
    for certificate in chain:
        for kept in store.certificates():
            # The store would keep out an older certificate of the same name.
            if pki.common_name(kept.subject) == pki.common_name(certificate.subject):
                store.remove(kept)
        store.offer(certificate)
    node.installed[service] = identity


def show(node: NodeCertificates, service: str, certificate: x509.Certificate) -> None:
    """Let the node show a certificate of a service that the simulator does not know, and do nothing with it."""
    if service in PURPOSES:
        raise ValueError(f"{service} is a service that the simulator knows")
    node.further[service] = certificate


def distrust(node: NodeCertificates, service: str, fingerprint: str) -> bool:
    """Remove a certificate from this node's trust store alone; tell whether it was there.

    `fingerprint` is the SHA-256 of its DER form, with colons or without. Raises KeyError for an unknown
    service.
    """
    purpose = PURPOSES[service]
    store = node.trust[purpose.trust_store]
    wanted = fingerprint.replace(":", "").upper()
    found = [
        kept for kept in store.certificates() if pki.fingerprint(kept).replace(":", "").upper() == wanted
    ]
    for certificate in found:
        store.remove(certificate)
    return bool(found)
