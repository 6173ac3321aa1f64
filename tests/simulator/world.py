# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated world: clusters and nodes, and what passes between their parts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from ansible_collections.ucops.cucm.tests.simulator import running, services
from ansible_collections.ucops.cucm.tests.simulator.axl.database import Database
from ansible_collections.ucops.cucm.tests.simulator.axl.schemas import CiscoSchemas, SchemaSet
from ansible_collections.ucops.cucm.tests.simulator.axl.service import AxlService
from ansible_collections.ucops.cucm.tests.simulator.certificates import (
    ClusterCertificates,
    Identity,
    NodeCertificates,
)
from ansible_collections.ucops.cucm.tests.simulator.clock import Clock, NodeClock
from ansible_collections.ucops.cucm.tests.simulator.defects import HEALTHY, Defects
from ansible_collections.ucops.cucm.tests.simulator.endpoints import DestinationUnknown, Endpoint
from ansible_collections.ucops.cucm.tests.simulator.faults import Fault, Faults
from ansible_collections.ucops.cucm.tests.simulator.journal import Journal, Mutation, RequestLog
from ansible_collections.ucops.cucm.tests.simulator.key_choice import KeyType
from ansible_collections.ucops.cucm.tests.simulator.releases import TlsVersions
from ansible_collections.ucops.cucm.tests.simulator.ris import RateLimit
from ansible_collections.ucops.cucm.tests.simulator.running import RunningTrunk
from ansible_collections.ucops.cucm.tests.simulator.services import Services
from ansible_collections.ucops.cucm.tests.simulator.shell.door import NodeSshServer
from ansible_collections.ucops.cucm.tests.simulator.sip_listener import SipListener
from ansible_collections.ucops.cucm.tests.simulator.sip_tls import IdentityFiles
from ansible_collections.ucops.cucm.tests.simulator.topology import (
    ClusterTopology,
    NodeTopology,
    Topology,
)
from ansible_collections.ucops.cucm.tests.simulator.traces import Trace
from ansible_collections.ucops.cucm.tests.simulator.trunk_status import TrunkMonitor, TrunkStatus
from ansible_collections.ucops.cucm.tests.simulator.web import NodeWebServer
from ansible_collections.ucops.cucm.tests.simulator.wiretap import Wiretap

#: The enterprise parameter TLS 1.3 Certificate Preference Order and its values; the default follows the order
#: of the ciphers of TLS 1.2, whose default prefers RSA.
CERTIFICATE_PREFERENCE = "TLS13CertificatePreferenceOrder"
#: The enterprise parameter Phone Interaction on Certificate Update.
PHONE_INTERACTION = "PhoneInteractionOnCertificateUpdate"
_PREFERENCES = {
    "": "TLS 1.2 Ciphers Preference Order",
    "rsa": "RSA Preferred",
    "ec": "ECDSA Preferred",
}


class Node:
    """One node: its services, certificates, running configuration and its three listeners."""

    def __init__(self, topology: NodeTopology, cluster: Cluster) -> None:
        self.topology = topology
        self.cluster = cluster
        self.name = topology.name
        self.fqdn = cluster.topology.qualified(topology.hostname)
        self.clock: NodeClock = cluster.clocks[topology.name]
        self.reachable = True
        self.monitor = TrunkMonitor(self)
        self.sip = SipListener(self)
        self.web = NodeWebServer(self)
        self.ssh = NodeSshServer(self)
        self.restore()

    def restore(self) -> None:
        """Back to the state after installation; the ports stay."""
        self.defects = HEALTHY
        self.clock.reset()
        self.trace = Trace(self)
        self.wiretap = Wiretap(self)
        self.monitor.stop()
        self.monitor = TrunkMonitor(self)
        self.sip.seen = []
        self.device_queries = RateLimit(self.clock.world, self.cluster.topology.device_queries_per_minute)
        self.services = Services(self.cluster.topology, self.topology, self.clock, self.service_started)
        self.axl = AxlService(
            self.cluster.database,
            self.cluster.topology.release,
            record=self.record,
            on_reset=self.cluster.reset_object,
            schemas=self.cluster.world.schemas,
        )
        self.running_trunks: dict[str, RunningTrunk] = self._configured_trunks()

    def _configured_trunks(self) -> dict[str, RunningTrunk]:
        return running.read_trunks(self.cluster.database, self.topology.hostname)

    @property
    def certificates(self) -> NodeCertificates:
        """The certificates of this node."""
        return self.cluster.certificates.nodes[self.name]

    @property
    def sip_identity(self) -> Identity:
        """What SIP shows of this node: the running certificate, unless a defect puts another in its place."""
        return self.defects.served or self.certificates.running["CallManager"]

    @property
    def sip_ec_identity(self) -> Identity | None:
        """The running EC certificate of SIP over TLS 1.3; None where SIP has the RSA one alone."""
        if self.defects.served is not None or not self.cluster.topology.traits.offers_both_keys:
            return None
        return self.certificates.running.get("CallManager-ECDSA")

    def chosen_identity(self, taken: Collection[KeyType] | None) -> Identity:
        """The identity for a TLS 1.3 peer that takes these key types; None means an older TLS."""
        elliptic = self.sip_ec_identity
        if elliptic is None or not taken or "ec" not in taken:
            return self.sip_identity
        prefers_ec = self.cluster.certificate_preference == "ec"
        return elliptic if prefers_ec or "rsa" not in taken else self.sip_identity

    @property
    def sip_tls_versions(self) -> TlsVersions:
        """The lowest and the highest TLS version of SIP."""
        return self.defects.tls_versions or self.cluster.topology.sip_tls_versions

    async def trunk_status(self) -> list[TrunkStatus]:
        """The status of the trunks that this node runs, by OPTIONS ping where that is on."""
        return await self.monitor.statuses()

    @property
    def call_processing(self) -> bool:
        """Whether Cisco CallManager is Started."""
        return self.services.status(services.CALL_MANAGER) == "Started"

    def record(self, mutation: Mutation) -> None:
        """Enter a change that this node accepted into the journal, and let it take effect."""
        world = self.cluster.world
        world.journal.record(mutation, time=self.clock.text(), cluster=self.cluster.name, node=self.name)
        if mutation.door == "axl":
            for node in self.cluster.nodes.values():
                node.follow_configuration()

    def follow_configuration(self) -> None:
        """Take up new trunks and drop removed ones; changed ones wait for their reset."""
        configured = running.trunks_of(self.cluster.database, self.topology.hostname)
        for uuid in set(self.running_trunks) - set(configured):
            del self.running_trunks[uuid]
        for uuid, record in configured.items():
            if uuid not in self.running_trunks:
                self.running_trunks[uuid] = running.read_trunk(self.cluster.database, record)
        self.sip.refresh()

    def reload_trunks(self, uuids: set[str]) -> None:
        """Read these trunks and their profiles anew."""
        fresh = self._configured_trunks()
        self.running_trunks.update({uuid: fresh[uuid] for uuid in uuids if uuid in fresh})
        self.sip.refresh()
        self.monitor.look_again(uuids)

    def break_down(self, changes: Mapping[str, Any]) -> None:
        """Add to the node's defects; raises ValueError."""
        self._have(self.defects.with_changes(changes, self.certificates.running["CallManager"]))

    def repair(self) -> None:
        """Have no defects any more."""
        self._have(HEALTHY)

    def _have(self, defects: Defects) -> None:
        self.defects = defects
        self.clock.skew = defects.clock_skew
        self.sip.refresh()

    def cut_off(self, door: str | None) -> None:
        """Refuse connections: at the SSH port for the door cli, at all ports for None."""
        self.ssh.cut_off()
        if door is None:
            self.reachable = False
            self.web.cut_off()
            self.sip.refresh()

    def reconnect(self) -> None:
        """Accept connections again."""
        self.reachable = True
        self.ssh.reconnect()
        self.web.reconnect()
        self.sip.refresh()

    def settle(self) -> None:
        """Let everything happen that is due by the simulated time."""
        self.services.settle()
        self.sip.refresh()
        self.sip.settle_later(self.services.seconds_until_settled())

    def service_started(self, service: str) -> None:
        """A service has come up: it takes what is installed and configured now."""
        self.certificates.activate(service)
        if service == services.CALL_MANAGER:
            self.running_trunks = self._configured_trunks()
            self.sip.refresh()
            self.monitor.look_again(set(self.running_trunks))
        elif service == services.HAPROXY and self.cluster.topology.haproxy_takes_identity:
            self.certificates.running["CallManager"] = self.certificates.installed["CallManager"]
            self.sip.refresh()
        elif service == services.TOMCAT:
            self.web.load_identity()


class Cluster:
    """One cluster: a configuration database, certificates, nodes."""

    def __init__(self, topology: ClusterTopology, world: World) -> None:
        self.topology = topology
        self.world = world
        self.name = topology.name
        self.clocks = {node.name: NodeClock(world.clock) for node in topology.nodes}
        self.certificates = ClusterCertificates(topology, self.clocks)
        self.database = self._new_database()
        self.nodes = {node.name: Node(node, self) for node in topology.nodes}

    @property
    def publisher(self) -> Node:
        """The publisher."""
        return self.nodes[self.topology.publisher.name]

    @property
    def certificate_preference(self) -> str:
        """The key type that SIP over TLS 1.3 shows to a peer that takes both."""
        found = self.database.named("ProcessConfig", CERTIFICATE_PREFERENCE)
        return "ec" if found is not None and found.values["value"] == _PREFERENCES["ec"] else "rsa"

    def _new_database(self) -> Database:
        """The configuration of a fresh cluster with its nodes and extensions."""
        database = Database(self.topology.release, mixed_mode=self.topology.mixed_mode)
        if self.topology.traits.resets_phones:
            database.add("ProcessConfig", {"name": PHONE_INTERACTION, "value": "Automatically Reset Phones"})
        for node in self.topology.nodes:
            database.add_call_manager(node.hostname)
        if self.topology.traits.offers_both_keys:
            value = _PREFERENCES[self.topology.certificate_preference]
            database.add("ProcessConfig", {"name": CERTIFICATE_PREFERENCE, "value": value})
        for kind, names in self.topology.objects.items():
            for name in names:
                database.add_named(kind, name)
        for extension in self.topology.extensions:
            database.add("Line", {"pattern": extension, "routePartitionName": None})
        return database

    def restore(self) -> None:
        """Back to the state after installation."""
        self.certificates.restore()
        self.database = self._new_database()
        for node in self.nodes.values():
            node.ssh.disconnect()
            node.restore()
            node.web.load_identity()
            node.reconnect()

    def reset_object(self, kind: str, name: str) -> None:
        """A trunk was reset, or a profile and with it the trunks that use it."""
        elements = {"SipTrunkSecurityProfile": "securityProfileName", "SipProfile": "sipProfileName"}
        element = elements.get(kind, "name")
        uuids = {
            record.uuid for record in self.database.all("SipTrunk") if record.values.get(element) == name
        }
        for node in self.nodes.values():
            node.reload_trunks(uuids)


class World:
    """All clusters, and what they share: clock, journal, request log, faults."""

    def __init__(self, topology: Topology, schemas: SchemaSet | None = None) -> None:
        self.topology = topology
        self.schemas = schemas if schemas is not None else CiscoSchemas()
        self.clock = Clock()
        self.journal = Journal()
        self.requests = RequestLog()
        self.faults = Faults()
        self.identity_files = IdentityFiles()
        self.clusters = {cluster.name: Cluster(cluster, self) for cluster in topology.clusters}

    def nodes(self) -> Iterator[Node]:
        """Every node of every cluster."""
        for cluster in self.clusters.values():
            yield from cluster.nodes.values()

    def restore(self) -> None:
        """Back to the beginning: configuration, certificates, clock, journal, faults."""
        self.clock.reset()
        self.journal.clear()
        self.requests.clear()
        self.faults.clear()
        for cluster in self.clusters.values():
            cluster.restore()

    def settle(self) -> None:
        """Let everything happen that is due by the simulated time."""
        for node in self.nodes():
            node.settle()

    def advance(self, seconds: float) -> None:
        """Move the clock."""
        self.clock.advance(seconds)
        self.settle()

    def order_fault(self, fault: Fault) -> None:
        """Order a fault: one that lies in a node's state at once, another for its request."""
        if fault.kind not in ("restart-hang", "replication-lag", "unreachable"):
            self.faults.add(fault)
            return
        for node in self.nodes():
            if fault.cluster in (None, node.cluster.name) and fault.node in (None, node.name):
                if fault.kind == "restart-hang":
                    node.services.hang_next_restart = True
                elif fault.kind == "unreachable":
                    node.cut_off(fault.door)
                else:
                    node.certificates.lag.reads_left = fault.reads

    def break_down(self, cluster: str | None, node: str | None, changes: Mapping[str, Any]) -> None:
        """Add defects to one node, to all of a cluster, or to all there are; raises ValueError, KeyError."""
        clusters = list(self.clusters) if cluster is None else [cluster]
        broken = [
            one for name in clusters for one in self.clusters[name].nodes.values() if node in (None, one.name)
        ]
        if not broken:
            raise KeyError(node)
        for one in broken:
            one.break_down(changes)

    def repair(self) -> None:
        """No node has a defect any more."""
        for node in self.nodes():
            node.repair()

    def clear_faults(self) -> None:
        """Nothing goes wrong any more; what hangs comes back."""
        self.faults.clear()
        for node in self.nodes():
            node.services.unhang()
            node.certificates.end_lag()
            node.reconnect()
        self.settle()

    def locate(self, address: str, port: int) -> Endpoint:
        """Find a SIP destination; raises DestinationUnknown.

        The name of a node is known to all, as by DNS; 5061 stands for the real SIP port of the node
        that the address means.
        """
        meant = [node for node in self.nodes() if address.lower() in _names(node)]
        by_port = [node for node in meant if node.sip.port == port]
        if not by_port and port == running.WELL_KNOWN_PORT:
            by_port = meant
        if len(by_port) > 1:
            raise DestinationUnknown(
                f"{address}:{port} may be any of {', '.join(node.name for node in by_port)}:"
                " use a node's name, or its real SIP port"
            )
        if by_port:
            return Endpoint(by_port[0].topology.address, by_port[0].sip.port, by_port[0])
        if meant:
            return Endpoint(meant[0].topology.address, port, None)
        if not _is_loopback(address):
            raise DestinationUnknown(f"the name or address {address} is unknown in the simulated world")
        return Endpoint(address, port, None)


def _names(node: Node) -> tuple[str, str, str]:
    return (node.topology.hostname.lower(), node.fqdn.lower(), node.topology.address)


def _is_loopback(address: str) -> bool:
    return address in ("localhost", "::1") or address.startswith("127.")
