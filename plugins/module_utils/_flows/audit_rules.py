# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with the certificates of a site: each rule of the certificate audit.

Certificates are judged by the rules that hold for new ones (`_pki.judgement`), and beyond that by where they lie
and what hangs on them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts import findings
from ansible_collections.ucops.cucm.plugins.module_utils._facts.certificate_uses import (
    CLIENT_AUTHENTICATION_FIX,
    NAMED_AFTER_NODE,
    SIP_SERVICES,
    USES,
)
from ansible_collections.ucops.cucm.plugins.module_utils._facts.pages import CERTIFICATE_PAGE
from ansible_collections.ucops.cucm.plugins.module_utils._facts.severity import CRITICAL, NOTICE, WARNING
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_document import NodeReading
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_site import (
    IDENTITY,
    TRUST,
    Holding,
    Site,
)
from ansible_collections.ucops.cucm.plugins.module_utils._flows.trust import (
    BREAKS_CHAIN,
    MOOT_WHEN_SELF_SIGNED,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.client_authentication import end_for
from ansible_collections.ucops.cucm.plugins.module_utils._pki.extended_key_usage import (
    is_without_extended_key_usage,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.issuer_kind import IssuerKind, issuer_kind
from ansible_collections.ucops.cucm.plugins.module_utils._pki.judgement import (
    PROFILES,
    CertificateProfile,
    judge_chain,
    judge_leaf,
    judge_trust,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    alt_names,
    common_name,
    extended_key_usage,
    is_ca,
    is_same_key,
    time_text,
)
from ansible_collections.ucops.cucm.plugins.module_utils._platform.restarts import services_to_restart
from ansible_collections.ucops.cucm.plugins.module_utils._site.state import is_made_out_to

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

#: What the dates of a certificate are judged by, here instead of there.
_DATES = frozenset(("expired", "not_yet_valid"))
#: Findings on a certificate by itself that stop a service, whatever hangs on it.
_CRITICAL_BY_ITSELF = frozenset(("root_signature_wrong", "key_type_wrong"))
#: Services whose certificates sign or vouch: each must not change together with CallManager.
_PHONES_TRUST = ("TVS", "CAPF", "ITLRecovery")


@dataclass
class Finding:
    """One thing that is wrong with a certificate of a cluster, on some of its nodes."""

    severity: str
    reason: str
    text: str
    remedy: str
    place: Holding
    fix: str = ""
    nodes: list[str] = field(default_factory=list)


class Rules:
    """Collects the findings of a site; what is the same on several nodes is one."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.found: dict[tuple[str, str, str, Holding], Finding] = {}
        #: The identities below each CA: in the nodes' own stores, and in those of their peers.
        self.dependents: dict[str, set[Holding]] = defaultdict(set)
        self._kinds: dict[str, IssuerKind] = {}
        self._judged: dict[Any, Any] = {}

    def add(
        self,
        severity: str,
        reason: str,
        text: str,
        remedy: str,
        place: Holding,
        nodes: Sequence[str],
        fix: str = "",
    ) -> None:
        """Note a finding on nodes of the place's cluster."""
        key = (severity, reason, text, place)
        finding = self.found.setdefault(key, Finding(severity, reason, text, remedy, place, fix))
        finding.nodes += [node for node in nodes if node not in finding.nodes]

    def judge(self) -> list[Finding]:
        """All findings on what lies on the nodes, without those between clusters."""
        for place, held in sorted(self.site.holdings.items(), key=lambda item: item[0]):
            if place.kind == IDENTITY:
                self._identity(place, [node for node, _name in held])
        self._authorities()
        stores: dict[tuple[str, str], list[Holding]] = defaultdict(list)
        for place, held in sorted(self.site.holdings.items(), key=lambda item: item[0]):
            if place.kind == TRUST:
                stores[(place.cluster, place.service)].append(place)
                self._trusted(place, held)
        for places in stores.values():
            self._same_names(places)
        self._leftovers()
        self._unreadable()
        return list(self.found.values())

    # What is known of one certificate.

    def kind_of(self, name: str) -> IssuerKind:
        """Who issued a certificate, by all that lies on any node."""
        if name not in self._kinds:
            pool = self.site.pool
            chain = pool.chain(name, pool.above(name))
            self._kinds[name] = issuer_kind(pool[name], pool.certificates(chain))
        return self._kinds[name]

    def chain_findings(self, name: str, chain: tuple[str, ...], service: str) -> list[findings.Finding]:
        """The judgement of the CAs above a certificate; the same chain is judged once."""
        key, pool = ("chain", name, chain, service), self.site.pool
        if key not in self._judged:
            self._judged[key] = judge_chain(
                pool[name], pool.certificates(chain), profile=_profile(service), now=self.site.now
            )
        found: list[findings.Finding] = self._judged[key]
        return found

    def distrust(self, name: str, service: str, store: set[str]) -> str:
        """Why a trust store does not do for a peer's certificate; empty when it does."""
        if self.site.pool.is_self_signed(name):
            return "" if name in store else "it is self-signed, and not itself in the trust store"
        chain = self.site.pool.chain(name, store)
        # TLS does not check the signature of a root that is in the store, and every chain here is made of those.
        breaks = [
            finding for finding in self.chain_findings(name, chain, service) if finding.reason in BREAKS_CHAIN
        ]
        return "; ".join(dict.fromkeys(finding.text for finding in breaks))

    # Identities.

    def _identity(self, place: Holding, nodes: Sequence[NodeReading]) -> None:
        names = [node.node for node in nodes]
        self._dates(place, names)
        self._by_itself(place, names)
        self._usage(place, names)
        for node in nodes:
            self._own_chain(place, node)
            self._names(place, node)

    def _dates(self, place: Holding, nodes: Sequence[str]) -> None:
        certificate, limits = self.site.pool[place.fingerprint], self.site.limits
        left = self.site.days_left(place.fingerprint)
        use = USES.get(place.service)
        breaks = f"; what breaks: {use.when_expired}" if use else ""
        until = time_text(certificate.not_valid_after_utc)
        if certificate.not_valid_before_utc > self.site.now:
            start = time_text(certificate.not_valid_before_utc)
            self.add(
                *(CRITICAL, "not_yet_valid", f"the certificate is not valid before {start}"),
                *("Compare the clocks of the node, of the CA and of this machine", place, nodes),
            )
        if certificate.not_valid_after_utc < self.site.now:
            text = f"the certificate expired at {until}{breaks}"
            self.add(CRITICAL, "expired", text, _renewal(place.service), place, nodes)
        elif left < limits.warning_days:
            severity = CRITICAL if left < limits.critical_days else WARNING
            text = f"the certificate expires in {_days(left)}, at {until}{breaks}"
            self.add(severity, "expires_soon", text, _renewal(place.service), place, nodes)

    def _by_itself(self, place: Holding, nodes: Sequence[str]) -> None:
        """Key, hash, usage and form, by the rules for a new certificate."""
        for finding in self._leaf_findings(place):
            severity = CRITICAL if finding.reason in _CRITICAL_BY_ITSELF else WARNING
            remedy = f"{finding.remedy}. {_renewal(place.service)}"
            self.add(severity, finding.reason, finding.text, remedy, place, nodes)

    def _leaf_findings(self, place: Holding) -> Iterator[findings.Finding]:
        certificate = self.site.pool[place.fingerprint]
        key = ("leaf", place.fingerprint, place.service)
        if key not in self._judged:
            profile = PROFILES.get(place.service)
            self._judged[key] = (
                judge_leaf(certificate, csr=None, profile=profile, now=self.site.now)
                if profile is not None
                else judge_trust(certificate, now=self.site.now)
            )
        for finding in self._judged[key]:
            if finding.reason in _DATES or finding.reason == "not_a_ca":
                continue
            if self.site.pool.is_self_signed(place.fingerprint) and finding.reason in MOOT_WHEN_SELF_SIGNED:
                continue
            if finding.reason == "extended_key_usage_missing":
                # Without the extension every use is allowed; a usage that is lacking is told with its consequence.
                continue
            yield finding

    def _usage(self, place: Holding, nodes: Sequence[str]) -> None:
        certificate, profile = self.site.pool[place.fingerprint], PROFILES.get(place.service)
        if profile is None or is_without_extended_key_usage(certificate):
            return
        has = extended_key_usage(certificate) or []
        lost = [usage for usage in profile.required_extended_key_usages if usage not in has]
        use = USES[place.service]
        relies = place.service in SIP_SERVICES and bool(self.site.trunks(place.cluster))
        if "clientAuth" in lost:
            trunks = f" ({_trunk_names(self.site, place.cluster)})" if relies else ""
            self.add(
                CRITICAL if relies and place.service == SIP_SERVICES[0] else WARNING,
                "client_authentication_missing",
                f"the certificate is not for client authentication; what breaks: {use.without_client}{trunks}"
                f"{self._end_of_client_authentication(place.fingerprint)}",
                "Have it issued by a CA that gives server and client authentication; a private CA can."
                f" {_renewal(place.service)}",
                place,
                nodes,
                CLIENT_AUTHENTICATION_FIX,
            )
        others = [usage for usage in lost if usage != "clientAuth"]
        if others:
            self.add(
                # What releases ask for beyond the two usages of TLS differs.
                WARNING if "serverAuth" in others else NOTICE,
                "extended_key_usage_missing",
                f"the extended key usage lacks {', '.join(others)}, which {place.service} needs",
                f"Use a CA, or a certificate template, that gives it. {_renewal(place.service)}",
                place,
                nodes,
            )
        if not lost and self.kind_of(place.fingerprint) == "public_ca":
            self.add(
                WARNING,
                "client_authentication_ends",
                "a public CA issued the certificate, and its renewal will not be for client authentication:"
                f" {end_for(certificate.issuer).words}; what breaks then: {use.without_client}",
                "Move to a private CA before the renewal, whose CAs the peers trust in advance",
                place,
                nodes,
                CLIENT_AUTHENTICATION_FIX,
            )

    def _end_of_client_authentication(self, name: str) -> str:
        """What is known of the issuer's plans; nothing of a private CA, which has none."""
        if self.kind_of(name) in ("private_ca", "self_signed"):
            return ""
        return f"; {end_for(self.site.pool[name].issuer).words}"

    def _own_chain(self, place: Holding, node: NodeReading) -> None:
        """The chain in the node's own store, which is what the CA's expiry hangs on too."""
        if self.site.pool.is_self_signed(place.fingerprint):
            return
        store = self.site.store_of(node, place.service)
        if store is None:
            return  # A service without a store of its own: what it chains to is not known.
        chain = self.site.pool.chain(place.fingerprint, store)
        self.depend(place, chain)
        for finding in self.chain_findings(place.fingerprint, chain, place.service):
            if finding.reason in _DATES:
                continue  # told of the CA itself
            severity = NOTICE if finding.reason == "outlives_issuer" else WARNING
            self.add(severity, finding.reason, finding.text, f"{finding.remedy}", place, [node.node])

    def depend(self, place: Holding, chain: Sequence[str]) -> None:
        """Note that an identity hangs on these CAs."""
        for authority in chain:
            self.dependents[authority].add(place)

    def _names(self, place: Holding, node: NodeReading) -> None:
        if place.service not in NAMED_AFTER_NODE or not node.hostname:
            return
        names = names_of(self.site.pool[place.fingerprint])
        if not names:
            text = "the certificate has no name"
        elif is_made_out_to(names, node.hostname):
            return
        else:
            shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
            text = f"the certificate is made out to {shown}, the host name is {node.hostname}"
        self.add(
            *(WARNING, "names_differ", text),
            f"Correct cucm_hostname if the inventory is wrong. Otherwise: {_renewal(place.service)}",
            *(place, [node.node]),
        )

    # CAs.

    def _authorities(self) -> None:
        """CAs that end, of which living certificates hang: once for the site, at the cluster that has it first."""
        limits = self.site.limits
        places: dict[str, Holding] = {}
        for holding in sorted(self.site.holdings):
            if holding.kind == TRUST and holding.fingerprint in self.dependents:
                places.setdefault(holding.fingerprint, holding)
        for name, place in places.items():
            left, living = self.site.days_left(name), self._living(name)
            if not living or left >= limits.ca_warning_days:
                continue
            certificate = self.site.pool[name]
            until = time_text(certificate.not_valid_after_utc)
            hang = f"{_certificates(living)} hang{'s' if len(living) == 1 else ''} on it ({_some(living)})"
            expired = certificate.not_valid_after_utc < self.site.now
            self.add(
                CRITICAL if expired or left < limits.critical_days else WARNING,
                "ca_expired" if expired else "ca_expires_soon",
                f"the CA expired at {until}, and {hang}"
                if expired
                else f"the CA expires in {_days(left)}, at {until}, and {hang}",
                "Renew the CA, upload its new certificate to the trust stores of all peers first, then renew what hangs"
                " on it. A trust store keeps one certificate of a name, so give a CA with a new key a new name",
                place,
                self._holders(name, place.cluster),
            )

    def _living(self, name: str) -> list[Holding]:
        return sorted(
            place
            for place in self.dependents.get(name, ())
            if self.site.pool[place.fingerprint].not_valid_after_utc >= self.site.now
        )

    def _holders(self, name: str, cluster: str) -> list[str]:
        return [
            node.node
            for node in self.site.clusters[cluster]
            if any(entry.fingerprint == name for entry in node.trust)
        ]

    # Trust stores.

    def _trusted(self, place: Holding, held: Sequence[tuple[NodeReading, str]]) -> None:
        name, certificate = place.fingerprint, self.site.pool[place.fingerprint]
        nodes = list(dict.fromkeys(node.node for node, _file in held))
        living = self._living(name)
        where = f"{CERTIFICATE_PAGE}, store {place.service}-trust"
        if certificate.not_valid_after_utc < self.site.now and not living:
            self.add(
                WARNING,
                "trust_expired",
                f"an expired certificate is trusted (until {time_text(certificate.not_valid_after_utc)}); its alarms"
                " hide those that count",
                f"Delete it, if no peer shows a certificate of it ({where})",
                place,
                nodes,
            )
        for finding in self._trust_findings(name):
            severity = WARNING if living else NOTICE
            self.add(severity, finding.reason, finding.text, f"{finding.remedy} ({where})", place, nodes)
        twice = [node.node for node, files in _files_by_node(held) if len(files) > 1]
        if twice:
            self.add(
                *(NOTICE, "trust_duplicate", f"{place.service}-trust has the certificate more than once"),
                *(f"Delete all but one ({where})", place, twice),
            )

    def _trust_findings(self, name: str) -> list[findings.Finding]:
        key = ("trust", name)
        if key not in self._judged:
            skipped = {*_DATES, "not_a_ca"}
            self._judged[key] = [
                finding
                for finding in judge_trust(self.site.pool[name], now=self.site.now)
                if finding.reason not in skipped
            ]
        found: list[findings.Finding] = self._judged[key]
        return found

    def _same_names(self, places: Sequence[Holding]) -> None:
        """Several certificates of one subject in a store: the one that is in use is not evident."""
        groups: dict[Any, list[Holding]] = defaultdict(list)
        for place in places:
            groups[self.site.pool.subject(place.fingerprint)].append(place)
        for group in groups.values():
            if len(group) < 2:
                continue
            newest = max(group, key=lambda each: self.site.pool[each.fingerprint].not_valid_before_utc)
            for place in group:
                if place == newest:
                    continue
                both = set(self._held_by(place)) & set(self._held_by(newest))
                if not both:
                    continue
                one, other = self.site.pool[place.fingerprint], self.site.pool[newest.fingerprint]
                same = is_same_key(one, other)
                reason = "trust_superseded" if same else "trust_same_name"
                text = (
                    f"{place.service}-trust has a newer certificate of the same {'key' if same else 'name'}"
                    f" (valid from {time_text(other.not_valid_before_utc)})"
                )
                hanging = self._living(place.fingerprint)
                remedy = (
                    f"Keep it until {_certificates(hanging)} that hang{'s' if len(hanging) == 1 else ''} on it"
                    f" {'is' if len(hanging) == 1 else 'are'} renewed ({_some(hanging)})"
                    if hanging and not same
                    else f"Delete the older one ({CERTIFICATE_PAGE}, store {place.service}-trust)"
                )
                self.add(NOTICE, reason, text, remedy, place, sorted(both))

    def _held_by(self, place: Holding) -> list[str]:
        return [node.node for node, _file in self.site.holdings[place]]

    def _leftovers(self) -> None:
        """Self-signed certificates of nodes that have another one by now.

        Without a reading of the node that is named, that cannot be said.
        """
        current = {place.fingerprint for place in self.site.holdings if place.kind == IDENTITY}
        index = _HostNames(self.site.nodes)
        for place in sorted(self.site.holdings):
            if place.kind != TRUST or place.fingerprint in current:
                continue
            certificate = self.site.pool[place.fingerprint]
            if not self.site.pool.is_self_signed(place.fingerprint) or is_ca(certificate):
                continue
            owner = index.owner(names_of(certificate), place.cluster)
            if owner is None or not owner.measured or any(each.why for each in owner.identities):
                continue
            self.add(
                NOTICE,
                "trust_leftover",
                f"{place.service}-trust has a self-signed certificate of {owner.node} that the node does not use any"
                " more",
                f"Delete it, if the new one is everywhere ({CERTIFICATE_PAGE}, store {place.service}-trust)",
                place,
                self._held_by(place),
            )

    def _unreadable(self) -> None:
        for node in self.site.nodes:
            for kind, entries in ((IDENTITY, node.identities), (TRUST, node.trust)):
                for entry in entries:
                    if not entry.fingerprint:
                        store = f"{entry.service or 'without a name'}{'-trust' if kind == TRUST else ''}"
                        named = f" ({entry.file_name})" if entry.file_name else ""
                        self.add(
                            WARNING,
                            "certificate_unreadable",
                            f"a certificate in {store}{named} was not measured: {entry.why}",
                            f"Look at it in {CERTIFICATE_PAGE}",
                            Holding(node.cluster, kind, entry.service, ""),
                            [node.node],
                        )


class _HostNames:
    """Finds the node that a certificate names: of its own cluster by the bare name too, else by the full one."""

    def __init__(self, nodes: Sequence[NodeReading]) -> None:
        self._bare: dict[tuple[str, str], NodeReading] = {}
        self._full: dict[str, NodeReading] = {}
        for node in nodes:
            name = node.hostname.lower().removesuffix(".")
            if name:
                self._bare.setdefault((node.cluster, name.split(".")[0]), node)
                if "." in name:
                    self._full.setdefault(name, node)

    def owner(self, names: Sequence[str], cluster: str) -> NodeReading | None:
        for name in names:
            for candidate in _without_suffixes(name):
                found = self._bare.get((cluster, candidate.split(".")[0])) or self._full.get(candidate)
                if found is not None and is_made_out_to([name], found.hostname):
                    return found
        return None


def _without_suffixes(name: str) -> Iterator[str]:
    """The name, and the host name that it has if it is one of a multi-server or EC certificate."""
    bare, dot, domain = name.partition(".")
    yield name
    for suffix in ("-ms", "-ec", "-ec-ms"):
        if bare.endswith(suffix):
            yield f"{bare.removesuffix(suffix)}{dot}{domain}"


def names_of(certificate: Certificate) -> list[str]:
    """The host names and addresses of a certificate, in lower case and without the dot of the root."""
    wanted = [name.partition(":")[2] for name in sorted(alt_names(certificate)) if _is_host(name)]
    found = [name.lower().removesuffix(".") for name in (common_name(certificate) or "", *wanted)]
    return list(dict.fromkeys(name for name in found if name))


def _is_host(name: str) -> bool:
    return name.startswith(("DNS:", "IP:"))


def _files_by_node(held: Sequence[tuple[NodeReading, str]]) -> list[tuple[NodeReading, list[str]]]:
    found: dict[str, tuple[NodeReading, list[str]]] = {}
    for node, name in held:
        found.setdefault(node.node, (node, []))[1].append(name)
    return list(found.values())


def _profile(service: str) -> CertificateProfile:
    """The profile of a service; one without, such as CAPF, asks nothing of its CAs beyond being that."""
    return PROFILES.get(service) or CertificateProfile(
        service, "rsa", (), required_key_usages=(), required_extended_key_usages=()
    )


def _renewal(service: str) -> str:
    restart = services_to_restart(service, IDENTITY)
    then = f", then restart {', '.join(restart)}" if restart else ""
    if service in SIP_SERVICES:
        return (
            f"Renew it (playbook ucops.cucm.pair_clusters, or a new CSR in {CERTIFICATE_PAGE}){then}, with time for the"
            " phones to register again before TVS changes"
        )
    if service in _PHONES_TRUST:
        return (
            f"Regenerate it, or upload one for a new CSR ({CERTIFICATE_PAGE}){then}; never together with CallManager:"
            " let all phones register again between the two"
        )
    return f"Renew it by a new CSR, or regenerate it if it is self-signed ({CERTIFICATE_PAGE}){then}"


def _trunk_names(site: Site, cluster: str) -> str:
    names = [trunk.name for trunk in site.trunks(cluster)]
    return f"trunk{'s' if len(names) > 1 else ''} {', '.join(names[:3])}" + (
        f" and {len(names) - 3} more" if len(names) > 3 else ""
    )


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"


def _certificates(places: Sequence[Holding]) -> str:
    return "1 certificate" if len(places) == 1 else f"{len(places)} certificates"


def _some(places: Sequence[Holding]) -> str:
    names = list(dict.fromkeys(f"{place.service} of {place.cluster}" for place in places))
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
