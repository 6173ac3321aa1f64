# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All evidence joined: which node is meant, what it showed to whom, and who is linked with whom.

A direction from A to B is what A expects and what B shows. Each fact stands in one direction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import chain
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._facts.client_auth import decide
from ansible_collections.ucops.cucm.plugins.module_utils._facts.sip_tls import newest_version
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.evidence import (
    Certificate,
    Expected,
    Node,
    Peer,
    canonical,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.observed import (
    Captured,
    Log,
    Probe,
    Wire,
    captured_of,
    distinct,
    logs_of,
)
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.view import View


@dataclass
class Member:
    """A node of a cluster: of one that gave evidence, or as the inventory of a peer names it."""

    cluster: str
    name: str
    document: Node | None = None
    addresses: set[str] = field(default_factory=set)
    #: Addresses with the port on which it listens, as the inventories of its peers have them.
    endpoints: set[tuple[str, int]] = field(default_factory=set)
    wires: list[Wire] = field(default_factory=list)

    @property
    def installed(self) -> tuple[Certificate, ...]:
        """The certificates of call processing in its certificate store."""
        return self.document.identities if self.document else ()

    def installed_like(self, wire: Certificate | None) -> Certificate | None:
        """The installed certificate that a wire of this kind of key should show."""
        for certificate in self.installed:
            if wire is None or certificate.key_type == wire.key_type:
                return certificate
        return None

    @property
    def live(self) -> Wire | None:
        """What its port showed to a probe: of several certificates one that is not installed, if there is one."""
        shown = [wire for wire in self.wires if wire.source == Wire.PROBE]
        installed = {certificate.fingerprint for certificate in self.installed}
        strange = (wire for wire in shown if wire.certificate.fingerprint not in installed)
        return next(strange, shown[0] if shown else None)

    @property
    def captured(self) -> list[Wire]:
        """What it showed in packet captures, each certificate once, the last one first.

        A certificate that was gone before the last one came is history. One that came again is not:
        then two devices answer for the node.
        """
        seen: dict[str, list[Wire]] = defaultdict(list)
        for wire in self.wires:
            if wire.source != Wire.PROBE:
                seen[wire.certificate.fingerprint].append(wire)
        if not seen:
            return []
        runs = sorted((sorted(wires, key=_when) for wires in seen.values()), key=lambda run: _when(run[-1]))
        last = runs.pop()
        return [last[-1], *(run[-1] for run in runs if _when(run[-1]) >= _when(last[0]))]

    @property
    def known(self) -> Certificate | None:
        """The certificate that it has, by the best source: of those installed, the one that goes with what it shows."""
        shown = self.live or next(iter(self.captured), None)
        running = self.installed_like(shown.certificate) if shown else None
        found = (*([running] if running else ()), *self.installed, *(wire.certificate for wire in self.wires))
        return next(iter(found), None)

    def owns(self, certificate: Certificate) -> bool:
        """Whether a certificate is known to be its own."""
        held = (*self.installed, *(wire.certificate for wire in self.wires))
        return any(one.fingerprint == certificate.fingerprint for one in held)

    @property
    def why_no_certificates(self) -> str:
        if self.document is None:
            return f"there is no evidence of {self.name}"
        return f"the certificates of {self.name}: {self.document.certificates.missing or 'none is installed'}"


_LONG_AGO = datetime.fromisoformat("0001-01-01T00:00:00Z")


def _when(wire: Wire) -> datetime:
    return wire.at or _LONG_AGO


def resolve(members: Iterable[Member], end: tuple[str, int | None]) -> Member | None:
    """The node at one end of a connection: the one that listens there, else the only one with the address.

    Several may share an address, behind a gateway or in a laboratory. Then a port on which none of
    them listens tells nothing.
    """
    found = [member for member in members if end[0] in member.addresses]
    if len(found) > 1:
        found = [member for member in found if end in member.endpoints]
    return found[0] if len(found) == 1 else None


def client_of(members: Iterable[Member], connection: Captured, server: Member | None) -> Member | None:
    """The node that opened a connection: by its address, its certificate, or since it captured it."""
    candidates = [member for member in members if connection.client[0] in member.addresses]
    if len(candidates) == 1:
        return candidates[0]
    candidates = [member for member in candidates if member is not server]
    shown = connection.client_certificate
    owners = [member for member in candidates if shown is not None and member.owns(shown)]
    if not owners:
        owners = [member for member in candidates if _key(member) in connection.nodes]
    return owners[0] if len(owners) == 1 else None


@dataclass(frozen=True)
class Side:
    """A cluster in one direction: its name, and those of its nodes that matter there."""

    name: str
    members: tuple[Member, ...]

    @cached_property
    def addresses(self) -> frozenset[str]:
        return frozenset(address for member in self.members for address in member.addresses)

    @property
    def version(self) -> str:
        """The full version of the cluster; empty where no document tells."""
        return next((node.version for node in self.documents if node.version), "")

    @property
    def newest_tls(self) -> str | None:
        """The newest TLS version of its SIP, by its release."""
        return newest_version(self.version)

    @property
    def documents(self) -> list[Node]:
        return [member.document for member in self.members if member.document]

    @property
    def publisher(self) -> Node | None:
        """The node that tells of the trunks: the publisher, or the one that asked the publisher for it."""
        nodes = sorted(self.documents, key=lambda node: not node.is_publisher)
        told = (node for node in nodes if node.view.get("trunks").value is not None)
        return next(told, next((node for node in nodes if node.is_publisher), None))


@dataclass(frozen=True)
class Direction:
    """What `here` expects and what `there` shows."""

    here: Side
    there: Side
    case: Case

    @cached_property
    def expected(self) -> Expected:
        if self.is_from_external:
            return self.back.expected
        nodes = [node for node in (self.here.publisher, *self.here.documents) if node]
        return next((node.expected for node in nodes if node.expected.peers_of(self.there.name)), Expected())

    @cached_property
    def allows_weak_certificates(self) -> bool:
        """Whether the inventory of either side allows short keys and weak hashes, as release 9.1 has them."""
        return self.expected.allow_weak_certificates or self.back.expected.allow_weak_certificates

    @cached_property
    def newest_tls(self) -> str | None:
        """The newest TLS version that both sides can have; None where a release does not tell."""
        newest = [side.newest_tls for side in (self.here, self.there)]
        known = [version for version in newest if version is not None]
        return min(known, default=None) if None not in newest or "1.3" not in newest else None

    def expected_of(self, member: Member) -> Certificate | None:
        """The certificate that a node of `there` should show on this link.

        What a probe of TLS 1.3 saw may be the EC certificate, which a trunk of an older TLS is not shown.
        """
        if member.captured or self.newest_tls in (None, "1.3"):
            return member.known
        return next((one for one in member.installed if one.key_type == "rsa"), None) or member.known

    @cached_property
    def external(self) -> Peer | None:
        """What the inventory says of the end that is no cluster; None for a link of clusters."""
        for one, other in ((self.here, self.there), (self.there, self.here)):
            for node in one.documents:
                if other.name in node.expected.external and not other.documents:
                    return node.expected.external[other.name]
        return None

    @property
    def is_from_external(self) -> bool:
        """Whether `here`, the end that expects, is no cluster."""
        return self.external is not None and self.external.cluster == self.here.name

    @property
    def requires_client_auth(self) -> bool:
        """Whether certificates on this link need client authentication, by the inventory and the releases."""
        if self.external is not None:
            if self.is_from_external:
                return self.external.external.get("settings", "client_auth").text == "required"
            if self.external.external.get("separates_certificates").flag:
                return False
        return decide(self.expected.require_client_auth, (self.here.version, self.there.version)).required

    @cached_property
    def peers(self) -> tuple[Peer, ...]:
        """What the inventory of `here` says of `there`: one entry for each trunk."""
        if self.is_from_external:
            return ()
        return self.expected.peers_of(self.there.name)

    @cached_property
    def back(self) -> Direction:
        """The opposite direction."""
        return Direction(self.there, self.here, self.case)

    @property
    def offline(self) -> bool:
        """Whether there are only captures and traces, and no cluster was asked."""
        return self.case.offline

    def asked(self, what: str) -> bool:
        """Whether the user asked for something beyond the live checks, on either side."""
        if self.offline:
            return what in self.case.given
        asking = self.there if self.is_from_external else self.here
        sides = (self.here, self.there) if what in ("capture", "traces", "call") else (asking,)
        return any(what in node.expected.asked for side in sides for node in side.documents)

    def peer_node(self, address: str, port: int | None) -> Member | None:
        """The node of `there` at a destination: by address and port, else by the address alone."""
        members = {member.name: member for member in self.there.members}
        wanted = canonical(address)
        nodes = [node for peer in self.peers for node in peer.nodes if wanted in node.addresses]
        exact = {node.name for node in nodes if node.port == port} or {node.name for node in nodes}
        return members.get(next(iter(exact))) if len(exact) == 1 else None

    @cached_property
    def probes(self) -> list[Probe]:
        """The probes of the destinations of the trunks to `there`."""
        if self.is_from_external:
            return self._own_probes()
        publisher = self.here.publisher
        trunks = {peer.trunk for peer in self.peers}
        views = publisher.view.get("probes") if publisher else View()
        return [Probe(view) for view in views if view.get("trunk").text in trunks]

    def _own_probes(self) -> list[Probe]:
        """The probes of the cluster's own ports, on which it takes the calls of a peer that is no cluster."""
        ports = {peer.incoming_port for peer in self.back.peers}
        views = (view for node in self.there.documents for view in node.view.get("own_probes"))
        return [Probe(view) for view in views if view.get("port").port in ports or None in ports]

    def probed(self, probe: Probe) -> Member | None:
        """The node that a probe looked at: by its destination, else by the certificate that it showed."""
        if probe.node:
            return next((member for member in self.there.members if member.name == probe.node), None)
        found = self.peer_node(probe.address, probe.port)
        if found is None and probe.certificate is not None:
            owners = [
                member
                for member in self.there.members
                if any(one.fingerprint == probe.certificate.fingerprint for one in member.installed)
            ]
            found = owners[0] if len(owners) == 1 else None
        return found

    @cached_property
    def captured(self) -> list[tuple[Captured, Member, Member]]:
        """The connections that nodes of `here` opened to nodes of `there`."""
        found = []
        for one in self.here.addresses:
            for other in self.there.addresses:
                for connection in self.case.captured_between.get((one, other), ()):
                    server = resolve(self._members, connection.server)
                    client = client_of(self._members, connection, server)
                    if client in self.here.members and server in self.there.members:
                        found.append((connection, client, server))
        return sorted(found, key=lambda entry: entry[0].order)

    @cached_property
    def _members(self) -> tuple[Member, ...]:
        return (*self.here.members, *self.there.members)

    def peer_at(self, address: str, port: int | None) -> Member | None:
        """The node of `there` that a trace means by an address and port."""
        found = resolve(self._members, (canonical(address), port)) if address else None
        return found if found in self.there.members else None

    @cached_property
    def logs(self) -> list[tuple[Log, Member]]:
        """The traces of the nodes of `here`."""
        return [(log, member) for member in self.here.members for log in self.case.logs_by_node[_key(member)]]


class Case:
    """All that is known, from documents and from files that were given without one."""

    def __init__(
        self,
        evidence: Sequence[Mapping[str, Any]],
        captures: Sequence[Mapping[str, Any]] = (),
        traces: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self.documents = _latest(evidence)
        self.members: dict[str, dict[str, Member]] = defaultdict(dict)
        self.offline = not self.documents
        self.given = {
            name for name, files in (("capture", captures), ("traces", traces)) if files and self.offline
        }
        self._capture_results = [View(capture) for capture in captures]
        self._loose_logs = logs_of(View(list(traces)))
        self.logs_by_node: dict[tuple[str, str], list[Log]] = defaultdict(list)
        self._meet()
        self._attribute_logs()
        self._learn_from_probes()
        self.captured: list[Captured] = self._read_captures()
        self._learn_from_captures()
        self._learn_from_traces()
        self.captured_between: dict[tuple[str, str], list[Captured]] = defaultdict(list)
        for connection in self.captured:
            self.captured_between[connection.client[0], connection.server[0]].append(connection)

    # Who is who.

    def _meet(self) -> None:
        for node in self.documents:
            member = self._member(node.cluster, node.name)
            member.document = node
            member.addresses |= {canonical(name) for name in (node.host, node.hostname) if name}
        for node in self.documents:
            for peer in node.expected.peers:
                for known in peer.nodes:
                    member = self._member(peer.cluster, known.name)
                    member.addresses |= known.addresses
                    member.endpoints |= {(address, known.port) for address in known.addresses}
        if self.offline:
            for address in self._loose_addresses():
                self._member(address, address).addresses.add(address)

    def _member(self, cluster: str, name: str) -> Member:
        return self.members[cluster].setdefault(name, Member(cluster, name))

    def _loose_addresses(self) -> Iterator[str]:
        for one, other in self._loose_pairs():
            yield from (one, other)

    def _loose_pairs(self) -> Iterator[tuple[str, str]]:
        """The pairs of addresses that captures and traces without a document tell of."""
        for connection in captured_of(self._capture_results):
            if not connection.is_of_phone:
                yield connection.client[0], connection.server[0]
        for log in self._loose_logs:
            for address in log.addresses:
                if log.host:
                    yield canonical(log.host), canonical(address)

    def _attribute_logs(self) -> None:
        for node in self.documents:
            if node.traces:
                for log in logs_of(View([node.traces.view.value])):
                    self.logs_by_node[node.cluster, node.name].append(log)
                    if log.host:
                        self._member(node.cluster, node.name).addresses.add(canonical(log.host))
        for log in self._loose_logs:
            owners = [
                member
                for members in self.members.values()
                for member in members.values()
                if canonical(log.host) in member.addresses
            ]
            if len(owners) == 1:
                self.logs_by_node[_key(owners[0])].append(log)

    def _learn_from_probes(self) -> None:
        for direction in self.directions():
            for probe in direction.probes:
                member = direction.probed(probe)
                if member is None or probe.certificate is None:
                    continue
                shown = probe.certificate
                if direction.newest_tls not in (None, "1.3"):
                    shown = probe.offered.get("rsa", shown)
                member.wires.append(Wire(shown, Wire.PROBE))

    def _read_captures(self) -> list[Captured]:
        of_nodes = (
            connection
            for node in self.documents
            for connection in captured_of(node.view.get("captures"), (node.cluster, node.name))
        )
        return distinct(chain(of_nodes, captured_of(self._capture_results)))

    def _learn_from_captures(self) -> None:
        """Find the addresses of nodes whose certificates were seen, and what each node showed."""
        everybody = [member for members in self.members.values() for member in members.values()]
        by_address: dict[str, list[Member]] = defaultdict(list)
        owners: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for member in everybody:
            for certificate in (*member.installed, *(wire.certificate for wire in member.wires)):
                owners[certificate.fingerprint].add(_key(member))
            for address in member.addresses:
                by_address[address].append(member)
        for connection in self.captured:
            ends = (
                (connection.server, connection.server_certificate),
                (connection.client, connection.client_certificate),
            )
            for (address, _port), shown in ends:
                keys = owners.get(shown.fingerprint, set()) if shown else set()
                if not by_address[address] and len(keys) == 1:
                    cluster, name = next(iter(keys))
                    self.members[cluster][name].addresses.add(address)
                    by_address[address].append(self.members[cluster][name])
            server = resolve(by_address[connection.server[0]], connection.server)
            client = client_of(by_address[connection.client[0]], connection, server)
            for owner, (_end, shown) in zip((server, client), ends, strict=True):
                if owner is not None and shown is not None:
                    owner.wires.append(Wire(shown, connection.source, connection.start))

    def _learn_from_traces(self) -> None:
        """Find the addresses of nodes that the inventory knows by name: a trace names who is behind one."""
        known: set[str] = set()
        named: dict[str, list[Member]] = defaultdict(list)
        for members in self.members.values():
            for member in members.values():
                known |= member.addresses
                if member.known is not None and member.known.common_name:
                    named[member.known.common_name].append(member)
        for log in chain(*self.logs_by_node.values()):
            for record in (*log.connections, *log.calls):
                address = record.get("address").text
                owners = named.get(record.get("certificate", "common_name").text, [])
                if address and canonical(address) not in known and len(owners) == 1:
                    owners[0].addresses.add(canonical(address))

    # Who is linked with whom.

    @cached_property
    def links(self) -> list[tuple[str, str]]:
        """Pairs of clusters, each once, in order."""
        pairs = {
            (min(pair), max(pair))
            for node in self.documents
            for peer in node.expected.peers
            if (pair := (node.cluster, peer.cluster)) and node.cluster != peer.cluster
        }
        if self.offline:
            pairs |= {(min(pair), max(pair)) for pair in self._loose_pairs() if pair[0] != pair[1]}
        return sorted(pairs)

    def directions(self) -> Iterator[Direction]:
        for one, other in self.links:
            yield self.direction(one, other)
            yield self.direction(other, one)

    def direction(self, here: str, there: str) -> Direction:
        return Direction(self._side(here, there), self._side(there, here), self)

    def _side(self, cluster: str, seen_from: str) -> Side:
        """The nodes of a cluster that gave evidence, and those that its peer's inventory names."""
        named = {
            known.name
            for node in self._of(seen_from)
            for peer in node.expected.peers_of(cluster)
            for known in peer.nodes
        }
        members = self.members[cluster].values()
        return Side(
            cluster, tuple(one for one in members if self.offline or one.document or one.name in named)
        )

    @cached_property
    def _by_cluster(self) -> Mapping[str, list[Node]]:
        found = defaultdict(list)
        for node in self.documents:
            found[node.cluster].append(node)
        return found

    def _of(self, cluster: str) -> list[Node]:
        return self._by_cluster.get(cluster, [])


def _key(member: Member) -> tuple[str, str]:
    return member.cluster, member.name


def _latest(evidence: Iterable[Mapping[str, Any]]) -> list[Node]:
    """The documents in order; of several of one node, the last one."""
    nodes: dict[tuple[str, str], Node] = {}
    for document in evidence:
        node = Node(document)
        if not node.cluster or not node.name:
            continue
        known = nodes.get((node.cluster, node.name))
        if known is None or node.collected_at >= known.collected_at:
            nodes[node.cluster, node.name] = node
    return [nodes[key] for key in sorted(nodes)]
