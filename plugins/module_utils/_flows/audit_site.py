# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The nodes of a certificate audit, what lies on them, and which clusters have trunks to each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ansible_collections.ucops.cucm.plugins.module_utils._facts.certificate_uses import SIP_SERVICES
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_document import (
    Entry,
    NodeReading,
    Trunk,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.pool import Pool
from ansible_collections.ucops.cucm.plugins.module_utils._platform.store import trust_store_of

IDENTITY, TRUST = "identity", "trust"


@dataclass(frozen=True)
class Limits:
    """Days before the end of a certificate from which on it is a warning, and critical."""

    warning_days: int = 60
    critical_days: int = 14
    ca_warning_days: int = 180


@dataclass(frozen=True, order=True)
class Holding:
    """A certificate in a service's identity or in a trust store of a cluster."""

    cluster: str
    kind: str
    service: str
    fingerprint: str


@dataclass(frozen=True)
class Link:
    """A trunk of a cluster that leads to nodes of another one."""

    cluster: str
    trunk: str
    peer: str
    nodes: frozenset[str]


@dataclass(frozen=True)
class Elsewhere:
    """A destination of a trunk that is no node of this audit."""

    cluster: str
    trunk: str
    address: str


@dataclass
class Site:
    """Everything that was read, at one time."""

    nodes: Sequence[NodeReading]
    pool: Pool
    now: datetime
    limits: Limits
    clusters: dict[str, list[NodeReading]] = field(default_factory=lambda: defaultdict(list))
    #: Where each certificate lies: the nodes with its file names there.
    holdings: dict[Holding, list[tuple[NodeReading, str]]] = field(default_factory=lambda: defaultdict(list))
    #: The stores of each node, by their names without "-trust".
    stores: dict[tuple[str, str], dict[str, set[str]]] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    elsewhere: list[Elsewhere] = field(default_factory=list)

    def __post_init__(self) -> None:
        for node in self.nodes:
            self.clusters[node.cluster].append(node)
            stores: dict[str, set[str]] = defaultdict(set)
            self.stores[(node.cluster, node.node)] = stores
            for kind, entries in ((IDENTITY, node.identities), (TRUST, node.trust)):
                for entry in entries:
                    if not entry.fingerprint:
                        continue
                    place = Holding(node.cluster, kind, entry.service, entry.fingerprint)
                    self.holdings[place].append((node, entry.file_name))
                    if kind == TRUST:
                        stores[entry.service].add(entry.fingerprint)
        self._find_links()

    def store_of(self, node: NodeReading, service: str) -> set[str] | None:
        """What a node trusts for a service; None when it lists no such store."""
        return self.stores[(node.cluster, node.node)].get(trust_store_of(service))

    def days_left(self, fingerprint: str) -> int:
        """Whole days until the end of a certificate; below zero when it has expired."""
        return (self.pool[fingerprint].not_valid_after_utc - self.now) // timedelta(days=1)

    def sip_identities(self, node: NodeReading) -> list[Entry]:
        """The certificates that a peer of the node's trunks may see."""
        return [each for each in node.identities if each.service in SIP_SERVICES and each.fingerprint]

    def trunks(self, cluster: str) -> list[Trunk]:
        """The trunks over TLS of a cluster, as far as they are known."""
        found = [trunk for node in self.clusters[cluster] for trunk in node.trunks or ()]
        return list(dict.fromkeys(found))

    def _find_links(self) -> None:
        by_address: dict[str, list[NodeReading]] = defaultdict(list)
        by_name: dict[str, list[NodeReading]] = defaultdict(list)
        for node in self.nodes:
            by_name[node.cluster].append(node)
            for address in {*node.addresses, node.host.lower(), node.hostname.lower()} - {""}:
                by_address[address].append(node)
        for cluster in list(self.clusters):
            for trunk in self.trunks(cluster):
                reached, missed = _reached(trunk, by_address, cluster)
                if not reached and trunk.peer in by_name:
                    reached, missed = by_name[trunk.peer], []
                for peer, nodes in _by_cluster(reached).items():
                    self.links.append(Link(cluster, trunk.name, peer, frozenset(nodes)))
                self.elsewhere += [Elsewhere(cluster, trunk.name, address) for address in missed]


def _reached(
    trunk: Trunk, by_address: Mapping[str, Sequence[NodeReading]], cluster: str
) -> tuple[list[NodeReading], list[str]]:
    """The nodes to which a trunk leads, and its destinations that are no node of the audit."""
    reached, missed = [], []
    for address, port in trunk.destinations:
        nodes = [node for node in by_address.get(address, ()) if node.cluster != cluster]
        # Nodes behind one address, as in a laboratory, differ in the port.
        exact = [node for node in nodes if node.sip_port == port]
        if exact or nodes:
            reached += exact or nodes
        else:
            missed.append(address)
    return reached, missed


def _by_cluster(nodes: Iterable[NodeReading]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for node in nodes:
        found[node.cluster].append(node.node)
    return found
