# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What only signatures tell of the certificates in evidence: who trusts whom, and what each is fit for.

The verdict itself (`_verdict.verdict`) is made of plain data. This joins it with the judgement of
certificates, which are taken from their PEM: what a document says of one beside it is not believed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._facts.findings import Finding
from ansible_collections.ucops.cucm.plugins.module_utils._facts.pages import CERTIFICATE_PAGE, SERVICE_PAGE
from ansible_collections.ucops.cucm.plugins.module_utils._pki.extended_key_usage import (
    NO_EXTENDED_KEY_USAGE,
    is_without_extended_key_usage,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import (
    CertificateProfile,
    judge_authorities,
    judge_chain,
    judge_leaf,
    profile_of,
    without_client_authentication,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    common_name,
    find_extension,
    fingerprint,
    is_self_signed,
    load_certificate,
    order_chain,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.case import Case, Member
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks import CALL_PROCESSING
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.checks_certificate import held_by
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.evidence import Certificate, Node

try:
    from cryptography import x509
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

if TYPE_CHECKING:
    from cryptography.x509 import Certificate as Decoded

#: Findings on a certificate by itself, and the checks that they belong to. Dates are another matter.
_CHECKS = {
    "extended_key_usage_missing": "certificate_usage",
    "key_usage_missing": "certificate_usage",
    "netscape_type_excludes": "certificate_usage",
    "is_a_ca": "certificate_usage",
    "wildcard": "certificate_usage",
    "critical_extension": "certificate_usage",
    "key_type_unknown": "certificate_strength",
    "key_type_wrong": "certificate_strength",
    "curve_unsupported": "certificate_strength",
    "key_too_small": "certificate_strength",
    "key_too_large": "certificate_strength",
    "hash_too_weak": "certificate_strength",
}
#: Findings on the CAs of a chain that keep it from being trusted.
BREAKS_CHAIN = frozenset(
    (
        "issuer_not_trusted",
        "issuer_is_no_ca",
        "path_too_long",
        "issuer_limits_usage",
        "authority_key_identifier_differs",
        "critical_extension_unknown",
        "name_constraints",
        "expired",
        "not_yet_valid",
    )
)
#: A node's own self-signed certificate may sign, and its signature protects nothing.
MOOT_WHEN_SELF_SIGNED = frozenset(("is_a_ca", "hash_too_weak"))
#: Certificates of one chain on the wire that are taken for the path.
_LONGEST_CHAIN = 8


class Certificates:
    """The certificates of a case, decoded once each."""

    def __init__(self, case: Case) -> None:
        self._case = case
        self._decoded: dict[str, Decoded | None] = {}
        self._by_fingerprint: dict[str, Decoded] = {}
        self._helpers: dict[str, list[Decoded]] = {}
        self._stores: dict[int, list[Decoded]] = {}
        for chain in _chains(case):
            decoded = [one for one in map(self._decode, chain[:_LONGEST_CHAIN]) if one is not None]
            if decoded:
                above = [one for one in decoded[1:] if not is_self_signed(one)]
                self._helpers.setdefault(fingerprint(decoded[0]), above)

    def _decode(self, text: str) -> Decoded | None:
        if text not in self._decoded:
            try:
                certificate = load_certificate(text, source="the evidence")
            except CucmError:
                self._decoded[text] = None
            else:
                self._decoded[text] = certificate
                self._by_fingerprint[fingerprint(certificate)] = certificate
        return self._decoded[text]

    def get(self, certificate: Certificate) -> Decoded | None:
        """The certificate of a description; None when its PEM is not in the evidence, or not that one."""
        return self._by_fingerprint.get(certificate.fingerprint)

    def store(self, node: Node) -> list[Decoded]:
        """CallManager-trust of a node."""
        if id(node) not in self._stores:
            entries = node.certificates.view.get("trust")
            texts = (
                view.get("certificate").text for view in entries if view.get("service").text == "CallManager"
            )
            self._stores[id(node)] = [
                one for text in texts if text and (one := self._decode(text)) is not None
            ]
        return self._stores[id(node)]

    def helpers(self, certificate: Certificate) -> list[Decoded]:
        """The intermediate certificates that came with it over the wire: they help, and are no anchors."""
        return self._helpers.get(certificate.fingerprint, [])


def _chains(case: Case) -> Iterator[list[str]]:
    """The PEM of every certificate in the evidence, with what came with it over the wire."""
    for node in case.documents:
        for view in node.certificates.view.get("identities"):
            yield [view.get("certificate").text]
        for probe in (*node.view.get("probes"), *node.view.get("own_probes")):
            yield [view.get("certificate").text for view in probe.get("result", "chain")]
            for offer in probe.get("result", "offers"):
                yield [offer.get("certificate", "certificate").text]
    for connection in case.captured:
        for key in ("server_chain", "client_chain"):
            yield [view.get("certificate").text for view in connection.view.get(key)]


def judgements(case: Case, now: datetime) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Trust and fitness of the certificates of a case, as `_verdict.checks_certificate.Judgement` takes them."""
    certificates = Certificates(case)
    trust: dict[tuple[str, str, str], dict[str, Any]] = {}
    fitness: dict[str, dict[str, Any]] = {}
    # One link that needs client authentication is enough.
    needing = {
        held.certificate.fingerprint
        for direction in case.directions()
        if direction.requires_client_auth
        for member in direction.there.members
        for held in held_by(member)
    }
    for direction in case.directions():
        for member in direction.there.members:
            for held in held_by(member):
                print_of = held.certificate.fingerprint
                decoded = certificates.get(held.certificate)
                if decoded is None:
                    continue
                profile = _profile(held.certificate, client_auth=print_of in needing)
                if print_of not in fitness:
                    fitness[print_of] = _fitness(
                        decoded, held.certificate, member, certificates, profile, now
                    )
                for truster in direction.here.members:
                    key = (truster.cluster, truster.name, print_of)
                    if truster.document is not None and truster.document.certificates and key not in trust:
                        trust[key] = _trust(
                            truster.document, decoded, held.certificate, member, certificates, profile, now
                        )
    return list(trust.values()), list(fitness.values())


def _profile(certificate: Certificate, *, client_auth: bool) -> CertificateProfile:
    profile = profile_of("CallManager-ECDSA" if certificate.key_type == "ec" else "CallManager")
    return profile if client_auth else without_client_authentication(profile)


# Trust.


def _trust(
    truster: Node,
    leaf: Decoded,
    described: Certificate,
    member: Member,
    certificates: Certificates,
    profile: CertificateProfile,
    now: datetime,
) -> dict[str, Any]:
    entry = {
        "truster_cluster": truster.cluster,
        "truster_node": truster.name,
        "cluster": member.cluster,
        "node": member.name,
        "fingerprint_sha256": described.fingerprint,
        "trusted": True,
        "reason": "",
        "text": "",
        "missing": "",
        "remedy": "",
    }
    store = certificates.store(truster)
    if is_self_signed(leaf):
        if leaf not in store:
            entry |= {
                "trusted": False,
                "reason": "self_signed",
                "text": f"the certificate {described.label} is self-signed, and not itself in CallManager-trust",
                "remedy": f"Have the certificate of {member.name} signed by the CA (playbook"
                f" ucops.cucm.pair_clusters), or upload it to CallManager-trust on {truster.name} ({CERTIFICATE_PAGE})",
            }
        return entry
    path = order_chain(leaf, [*store, *certificates.helpers(described)])
    # TLS does not check the signature of a root that is in the store, and refuses one that is not.
    breaks = BREAKS_CHAIN if path and path[-1] in store else {*BREAKS_CHAIN, "root_signature_wrong"}
    found = [
        finding for finding in judge_chain(leaf, path, profile=profile, now=now) if finding.reason in breaks
    ]
    if not found:
        return entry
    first = found[0]
    missing = ""
    remedy = (
        f"{first.remedy}. Where: the CA of {member.name}, in CallManager-trust on {truster.name}"
        f" ({CERTIFICATE_PAGE}); then restart {CALL_PROCESSING} there ({SERVICE_PAGE})"
    )
    if first.reason == "issuer_not_trusted":
        root, missing = _missing(leaf, path, store, member, certificates)
        kind = "root" if root else "CA certificate"
        remedy = (
            f"Upload the {kind} {missing!r} to CallManager-trust on {truster.name} ({CERTIFICATE_PAGE}), then restart"
            f" {CALL_PROCESSING} there ({SERVICE_PAGE})"
        )
    return entry | {
        "trusted": False,
        "reason": first.reason,
        "text": "; ".join(finding.text for finding in found),
        "missing": missing,
        "remedy": remedy,
    }


def _missing(
    leaf: Decoded,
    path: Sequence[Decoded],
    store: Sequence[Decoded],
    member: Member,
    certificates: Certificates,
) -> tuple[bool, str]:
    """The CA that the store lacks, and whether it is a root: as the node's own store knows the chain."""
    own = certificates.store(member.document) if member.document else []
    full = order_chain(leaf, [*store, *own, *path])
    lacking = [certificate for certificate in full if certificate not in store]
    if full and is_self_signed(full[-1]) and lacking:
        # Without the root nothing is trusted; with it, what lies between may still be missing.
        wanted = full[-1] if full[-1] in lacking else lacking[0]
        return wanted is full[-1], _label(wanted)
    top = full[-1] if full else leaf
    names = [str(name.value) for name in top.issuer if name.oid.dotted_string == "2.5.4.3"]
    return False, names[-1] if names else top.issuer.rfc4514_string()


def _label(certificate: Decoded) -> str:
    return common_name(certificate) or certificate.subject.rfc4514_string()


# Fitness.


def _fitness(
    leaf: Decoded,
    described: Certificate,
    member: Member,
    certificates: Certificates,
    profile: CertificateProfile,
    now: datetime,
) -> dict[str, Any]:
    own = certificates.store(member.document) if member.document else []
    path = order_chain(leaf, [*own, *certificates.helpers(described)])
    found: list[Finding] = judge_leaf(leaf, csr=None, profile=profile, now=now)
    notes = []
    if is_without_extended_key_usage(leaf):
        found = [finding for finding in found if finding.reason != "extended_key_usage_missing"]
        notes.append({"check": "certificate_usage", "text": f"it {NO_EXTENDED_KEY_USAGE}"})
    if is_self_signed(leaf):
        found = [finding for finding in found if finding.reason not in MOOT_WHEN_SELF_SIGNED]
    found += [
        finding
        for finding in judge_authorities(path, profile=profile, now=now)
        if _CHECKS.get(finding.reason) == "certificate_strength"
    ]
    return {
        "fingerprint_sha256": described.fingerprint,
        "names": list(dict.fromkeys(_names(leaf))),
        "alternative_names": list(dict.fromkeys(_alternative_names(leaf))),
        "notes": notes,
        "findings": [
            {"check": _CHECKS[finding.reason], **finding.as_dict()}
            for finding in found
            if finding.reason in _CHECKS
        ],
    }


def _names(leaf: Decoded) -> Iterable[str]:
    """The common name, then DNS names and addresses, as the certificate writes them: they compare exactly."""
    name = common_name(leaf)
    if name:
        yield name
    yield from _alternative_names(leaf)


def _alternative_names(leaf: Decoded) -> Iterable[str]:
    extension = find_extension(leaf, "2.5.29.17")
    for entry in extension.value if extension is not None else ():
        if isinstance(entry, (x509.DNSName, x509.IPAddress)):
            yield str(entry.value)
