# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates of many trust stores, each decoded once, with the chains that they form.

Hundreds of stores hold much the same CAs. Who issued what is found once for each certificate by its
signature, and the chain in one store is then looked for among those few that can be in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    canonical_name,
    describe_certificate,
    fingerprint,
    is_issued_by,
    is_self_signed,
    load_certificate,
    order_chain,
)

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


class Pool:
    """Certificates by the SHA-256 of their DER. Chains are asked for when all are in it."""

    def __init__(self) -> None:
        self._by_text: dict[str, str] = {}
        self._certificates: dict[str, Certificate] = {}
        self._names: dict[Certificate, str] = {}
        self._subjects: dict[str, Any] = {}
        self._self_signed: dict[str, bool] = {}
        self._by_subject: dict[Any, list[str]] = defaultdict(list)
        self._issuers: dict[str, list[str]] = {}
        self._above: dict[str, tuple[str, ...]] = {}
        self._chains: dict[tuple[str, frozenset[str]], tuple[str, ...]] = {}
        self._described: dict[str, dict[str, Any]] = {}

    def add(self, text: str, *, source: str) -> str:
        """Take the first certificate of a PEM text and return its fingerprint; raises CertificateUnreadable."""
        known = self._by_text.get(text)
        if known is not None:
            return known
        certificate = load_certificate(text, source=source)
        name = fingerprint(certificate)
        if name not in self._certificates:
            self._certificates[name] = certificate
            self._names[certificate] = name
            self._subjects[name] = canonical_name(certificate.subject)
            self._by_subject[self._subjects[name]].append(name)
            for found in (self._issuers, self._above, self._chains):
                found.clear()
        self._by_text[text] = name
        return name

    def __getitem__(self, name: str) -> Certificate:
        return self._certificates[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._certificates)

    def certificates(self, names: Iterable[str]) -> list[Certificate]:
        """The certificates of these fingerprints, in their order."""
        return [self._certificates[name] for name in names]

    def subject(self, name: str) -> Any:
        """The subject in the form in which equal names are equal."""
        return self._subjects[name]

    def is_self_signed(self, name: str) -> bool:
        """Whether a certificate is signed with its own key."""
        if name not in self._self_signed:
            self._self_signed[name] = is_self_signed(self._certificates[name])
        return self._self_signed[name]

    def described(self, name: str) -> dict[str, Any]:
        """What a reader wants to know of a certificate, without its PEM."""
        if name not in self._described:
            told = describe_certificate(self._certificates[name])
            del told["certificate"]
            self._described[name] = told
        return self._described[name]

    def issuers(self, name: str) -> list[str]:
        """The certificates whose key made the signature of this one; itself is none."""
        if name not in self._issuers:
            certificate = self._certificates[name]
            candidates = self._by_subject.get(canonical_name(certificate.issuer), ())
            self._issuers[name] = [
                other
                for other in candidates
                if other != name and is_issued_by(certificate, self._certificates[other])
            ]
        return self._issuers[name]

    def above(self, name: str) -> tuple[str, ...]:
        """All certificates that can stand above this one in a chain."""
        if name not in self._above:
            found: dict[str, None] = {}
            waiting = list(self.issuers(name))
            while waiting:
                one = waiting.pop()
                if one not in found and one != name:
                    found[one] = None
                    waiting += self.issuers(one)
            self._above[name] = tuple(found)
        return self._above[name]

    def chain(self, name: str, store: Collection[str]) -> tuple[str, ...]:
        """The fingerprints of the CAs above a certificate that a store has, as `order_chain` orders them."""
        present = frozenset(one for one in self.above(name) if one in store)
        key = (name, present)
        if key not in self._chains:
            ordered = order_chain(self._certificates[name], self.certificates(sorted(present)))
            self._chains[key] = tuple(self._names[authority] for authority in ordered)
        return self._chains[key]
