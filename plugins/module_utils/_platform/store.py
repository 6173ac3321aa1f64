# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificate store of one node: what it can do, whatever the transport.

Everything passes as PEM text, so that this package needs no cryptography; what a certificate says
is judged elsewhere. `rest` implements the interface for releases 14 and later, `cli` for all.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol, TypeVar

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    AnswerLost,
    CucmError,
    InvalidOption,
)

_Found = TypeVar("_Found")


class CertificateRefused(CucmError):
    """The node refused a certificate operation; the message has the node's own words."""

    reason = "certificate_refused"


@dataclass(frozen=True)
class CsrRequest:
    """The fields of the "Generate CSR" page. Names go as the node takes them: no "DNS:" before.

    None stands for what nobody asked for.
    """

    service: str
    distribution: str
    common_name: str | None
    subject_alt_names: tuple[str, ...] | None
    key_type: str
    key_length: int | None
    hash_algorithm: str | None


@dataclass(frozen=True)
class TrustedCertificate:
    """One entry of a trust store. The file name is for people; a fingerprint tells entries apart."""

    service: str
    file_name: str | None
    certificate: str


@dataclass(frozen=True)
class StoredCertificate:
    """What lies in a place of a node: a certificate, or the reason why there is none to be read.

    A trust store is named by its service without "-trust".
    """

    service: str
    file_name: str | None
    certificate: str | None
    why: str = ""


@dataclass(frozen=True)
class Contents:
    """Everything that a node holds: its own certificates, and those of its trust stores."""

    identities: tuple[StoredCertificate, ...]
    trust: tuple[StoredCertificate, ...]


class CertificateStore(Protocol):
    """What a transport offers.

    Services are spelt as the node spells them (CallManager, tomcat-ECDSA); a trust store is named
    by its service without "-trust". Reads may be answered from what was read before, until a write.
    A write raises CertificateRefused when the node says no, and AnswerLost when its outcome is unknown.
    """

    @property
    def csr_is_fixed(self) -> bool:
        """Whether a CSR gets the names, key and hash that the node chooses, whatever is asked for."""

    @property
    def transcript(self) -> str | None:
        """The dialogue so far, fit to be shown; None where there is none."""

    def services(self) -> list[str]:
        """The services that have an identity on this node, sorted."""

    def identity(self, service: str) -> str | None:
        """The installed identity certificate; InvalidOption when the node does not know the service."""

    def pending_csr(self, service: str) -> str | None:
        """The CSR that waits for its certificate."""

    def pending_csrs(self) -> dict[str, str]:
        """Every waiting CSR that the node lists, by service."""

    def trust(self, service: str | None = None) -> list[TrustedCertificate]:
        """The trust store of a service, or every trust store."""

    def contents(self) -> Contents:
        """Everything, whatever its services are called; what cannot be read in it is told, and does no harm."""

    def check_csr(self, request: CsrRequest) -> None:
        """Raise UnsupportedByRelease for what was requested and this transport does not offer."""

    def generate_csr(self, request: CsrRequest) -> str:
        """Make a key and a CSR; a pending CSR of the service and its key are destroyed."""

    def import_trust(self, service: str, certificates: list[str], description: str | None) -> None:
        """Add CA certificates to a trust store, root first."""

    def import_identity(self, service: str, certificate: str, ca_file_name: str | None = None) -> None:
        """Install the certificate that was made from the pending CSR.

        `ca_file_name` is the trust store's name for the CA's certificate, for transports that need it.
        """

    def delete_trust(self, entry: TrustedCertificate) -> None:
        """Remove one certificate from a trust store, in the whole cluster."""


def trust_store_of(service: str) -> str:
    """The service whose trust store serves `service`.

    EC and RSA identities of a service share one store: there is a CallManager-trust and a
    tomcat-trust, and none of the -ECDSA names.
    """
    return service.removesuffix("-trust").removesuffix("-ECDSA")


def unknown_service(service: str, services: Collection[str], host: str) -> InvalidOption:
    """The error about a service that is not among those of the node."""
    near = difflib.get_close_matches(service.lower(), [name.lower() for name in services], n=1)
    meant = next((name for name in services if near and name.lower() == near[0]), None)
    return InvalidOption(
        f"the node has no certificate service '{service}'; it has {', '.join(sorted(services))}",
        host=host,
        option="service",
        remedy=f"Did you mean '{meant}'?" if meant else "Use one of these, in this spelling",
        reason="unknown_service",
    )


def write_and_confirm(write: Callable[[], object], look: Callable[[], _Found | None]) -> _Found | None:
    """Do a write and return what `look` then finds of it, None for nothing.

    When the answer is lost, looking decides whether the write was carried out; if nothing came of
    it, it is sent once more. That is safe for every write of the interface: the same certificate
    twice is one certificate, and a second CSR merely replaces one that nobody has seen.
    """
    try:
        write()
    except AnswerLost:
        found = look()
        if found is not None:
            return found
        try:
            write()
        except (AnswerLost, CertificateRefused):
            # The first write may have arrived only now, and then the second one is refused for it.
            found = look()
            if found is None:
                raise
            return found
    return look()
