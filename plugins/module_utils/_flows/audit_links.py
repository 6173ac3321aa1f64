# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the certificate audit says of trunks over TLS: whether each side trusts what the other shows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ansible_collections.ucops.cucm.plugins.module_utils._facts.certificate_uses import SIP_SERVICES
from ansible_collections.ucops.cucm.plugins.module_utils._facts.pages import CERTIFICATE_PAGE, SERVICE_PAGE
from ansible_collections.ucops.cucm.plugins.module_utils._facts.severity import CRITICAL, WARNING
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_document import Entry, NodeReading
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_rules import Rules
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_site import IDENTITY, Holding, Site
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import common_name
from ansible_collections.ucops.cucm.plugins.module_utils._platform.restarts import services_to_restart
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import trust_store_of


def depend_on_peers(rules: Rules) -> None:
    """Note the CAs in the stores of peers on which the identities of trunks hang."""
    for node, entry, truster in _pairs(rules.site):
        store = rules.site.store_of(truster, entry.service)
        if store:
            chain = rules.site.pool.chain(entry.fingerprint, store)
            rules.depend(Holding(node.cluster, IDENTITY, entry.service, entry.fingerprint), chain)


def judge_links(rules: Rules) -> list[tuple[NodeReading, NodeReading]]:
    """Add the findings on the identities that trunks rely on.

    Returns the pairs of a node and a peer of which that cannot be said: a certificate in the peer's store, perhaps
    the one that is needed, could not be read.
    """
    _self_signed(rules)
    unknown: list[tuple[NodeReading, NodeReading]] = []
    refused: dict[tuple[Holding, str, str, str, str], list[str]] = defaultdict(list)
    for node, entry, truster in _pairs(rules.site):
        store = rules.site.store_of(truster, entry.service) or set()
        why = rules.distrust(entry.fingerprint, entry.service, store)
        if why and not truster.knows_store(trust_store_of(entry.service)):
            unknown.append((node, truster))
        elif why:
            place = Holding(node.cluster, IDENTITY, entry.service, entry.fingerprint)
            wanted = _what_to_upload(rules.site, entry.fingerprint, store)
            refused[(place, node.node, truster.cluster, why, wanted)].append(truster.node)
    for (place, node_name, cluster, why, wanted), trusters in refused.items():
        names = list(dict.fromkeys(trusters))
        shown = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
        then = ", ".join(services_to_restart(place.service, "trust"))
        rules.add(
            # Which certificate a peer sees is decided by the ciphers; the RSA one is seen by all.
            CRITICAL if place.service == SIP_SERVICES[0] else WARNING,
            "not_trusted_by_peer",
            f"the peer {cluster} does not trust the certificate ({shown}): {why}",
            f"Upload {wanted} to {trust_store_of(place.service)}-trust of {cluster}"
            f" ({CERTIFICATE_PAGE}), then restart {then} there ({SERVICE_PAGE})",
            place,
            [node_name],
        )
    return unknown


def _what_to_upload(site: Site, name: str, store: set[str]) -> str:
    """What a store lacks of the chain, by its names as far as any node has it."""
    pool = site.pool
    if pool.is_self_signed(name):
        return "a certificate of a CA in its place (playbook ucops.cucm.pair_clusters), or the certificate itself,"
    lacking = [above for above in pool.chain(name, pool.above(name)) if above not in store]
    names = [common_name(each) or each.subject.rfc4514_string() for each in pool.certificates(lacking)]
    # The root comes first, as the node wants it.
    return " and ".join(reversed(names)) or "the root and the intermediate certificates of its CA"


def _self_signed(rules: Rules) -> None:
    for place in sorted(rules.site.holdings):
        if place.kind != IDENTITY or place.service not in SIP_SERVICES:
            continue
        trunks = _trunks_of(rules.site, place.cluster)
        if not trunks or not rules.site.pool.is_self_signed(place.fingerprint):
            continue
        shown = ", ".join(trunks[:3]) + (f" and {len(trunks) - 3} more" if len(trunks) > 3 else "")
        rules.add(
            WARNING,
            "self_signed_on_trunk",
            f"trunks over TLS rely on a self-signed certificate ({shown}): every peer must have this very one, and"
            " loses it when it is regenerated",
            "Have it signed by a CA that the peers trust (playbook ucops.cucm.pair_clusters)",
            place,
            [node.node for node, _file in rules.site.holdings[place]],
        )


def _trunks_of(site: Site, cluster: str) -> list[str]:
    """The trunks that rely on the identities of a cluster: its own, and those of others that lead to it."""
    own = [f"{trunk.name} of {cluster}" for trunk in site.trunks(cluster)]
    others = [f"{link.trunk} of {link.cluster}" for link in site.links if link.peer == cluster]
    return list(dict.fromkeys([*own, *others]))


def _pairs(site: Site) -> Iterator[tuple[NodeReading, Entry, NodeReading]]:
    """Each identity of a node that a node of a linked cluster has to trust. TLS is mutual, so both ways."""
    linked: dict[str, set[str]] = defaultdict(set)
    for link in site.links:
        linked[link.cluster].add(link.peer)
        linked[link.peer].add(link.cluster)
    for cluster in sorted(linked):
        for node in site.clusters[cluster]:
            for entry in site.sip_identities(node):
                for peer in sorted(linked[cluster]):
                    for truster in site.clusters[peer]:
                        if truster.measured:
                            yield node, entry, truster
