# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two simulated clusters, joined and healthy, that a test breaks in one way at a time.

The pair is made by the modules' own functions in this process, and certificates come in by the
simulator's back way, since the wrong ones could never be uploaded. Then the playbook looks at it.
"""

from __future__ import annotations

import itertools
import json
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import ModuleDefinition
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_route_pattern import (
    DEFINITION as ROUTE_PATTERN,
)
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_sip_profile import (
    DEFINITION as SIP_PROFILE,
)
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_sip_trunk import (
    DEFINITION as SIP_TRUNK,
)
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_sip_trunk_security_profile import (
    DEFINITION as SECURITY_PROFILE,
)
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.demo.inventory import host_name
from ansible_collections.ucops.cucm.tests.simulator.client import simulator_process
from ansible_collections.ucops.cucm.tests.simulator.topology import (
    ClusterTopology,
    NodeTopology,
    Topology,
    default_topology,
)
from ansible_collections.ucops.cucm.tests.support.builders import (
    Ca,
    execute,
    key,
    make_ca,
    make_csr,
    make_leaf,
)
from ansible_collections.ucops.cucm.tests.support.playbooks import Outcome, Site
from ansible_collections.ucops.cucm.tests.support.runner import (
    Simulator,
    connection,
    controlled_environment,
)
from cryptography.hazmat.primitives import hashes, serialization

VERIFY = "ucops.cucm.verify"
A, B = "CUCMA", "CUCM10"
HUB = "HUB"
PATTERNS = {A: "9898", B: "1018"}
CALLS = ((A, "1018", "9898"), (B, "9898", "1018"))
PING_PROFILE = "SIP Profile with OPTIONS Ping"
ACCOUNT = {"username": "administrator", "password": "administrator-secret"}


def two_clusters() -> Topology:
    """The default topology with an address for each node and one SIP port for all, as in the field."""
    default = default_topology()
    port = free_port([f"127.0.{place}.{number}" for place in (1, 2) for number in (1, 2)])
    clusters = []
    for place, cluster in enumerate(default.clusters, 1):
        nodes = [
            replace(node, address=f"127.0.{place}.{number}", sip_port=port)
            for number, node in enumerate(cluster.nodes, 1)
        ]
        clusters.append(replace(cluster, nodes=tuple(nodes)))
    return replace(default, clusters=tuple(clusters))


def many_clusters(names: Sequence[str], hub: str = "") -> Topology:
    """Clusters of one node and one extension each, the hub with a second node; one SIP port for all."""
    clusters = []
    for place, name in enumerate(names, 1):
        roles = {"pub": "publisher", "sub1": "subscriber"} if name == hub else {"pub": "publisher"}
        clusters.append(
            ClusterTopology(
                name,
                "14",
                tuple(
                    NodeTopology(f"{name.lower()}-{suffix}", role, address=f"127.1.{place}.{number}")
                    for number, (suffix, role) in enumerate(roles.items(), 1)
                ),
                f"{name.lower()}.example.com",
                extensions=(str(2000 + place),),
            )
        )
    return with_one_port(clusters)


def with_one_port(clusters: Sequence[ClusterTopology]) -> Topology:
    """A topology in which all nodes have the same SIP port, one that is free."""
    port = free_port([node.address for cluster in clusters for node in cluster.nodes])
    return Topology(
        tuple(
            replace(cluster, nodes=tuple(replace(node, sip_port=port) for node in cluster.nodes))
            for cluster in clusters
        )
    )


def free_port(addresses: Sequence[str]) -> int:
    """A TCP port that is free on all these addresses."""
    for _attempt in range(100):
        with ExitStack() as stack:
            port = 0
            try:
                for address in addresses:
                    listener = stack.enter_context(socket.socket())
                    listener.bind((address, port))
                    port = listener.getsockname()[1]
            except OSError:
                continue
            return port
    raise RuntimeError("no port is free on all addresses")


def profile_name(peer: str) -> str:
    """The security profile of the trunk to a peer, as the role names it."""
    return f"Secure SIP Trunk Profile TLS {peer}"


@dataclass(frozen=True)
class Finding:
    """A check of a report: what a test asserts of it."""

    direction: str
    check: str

    def __str__(self) -> str:
        return f"{self.direction} {self.check}"


@dataclass
class Report:
    """What a run of the playbook wrote."""

    outcome: Outcome
    data: Mapping[str, Any]

    def checks(self, result: str) -> list[tuple[Finding, Mapping[str, Any]]]:
        """The checks with that result, with their directions as `CUCMA→CUCM10`."""
        return [
            (Finding(f"{direction['from']}→{direction['to']}", check["id"]), check)
            for link in self.data["links"]
            for direction in link["directions"]
            for check in direction["checks"]
            if check["result"] == result
        ]

    def causes(self) -> set[str]:
        """What fails by itself."""
        return {str(finding) for finding, check in self.checks("fail") if not check["is_effect"]}

    def effects(self) -> set[str]:
        """What fails since something else does."""
        return {str(finding) for finding, check in self.checks("fail") if check["is_effect"]}

    def not_measured(self) -> set[str]:
        """What is needed and could not be seen."""
        return {str(finding) for finding, check in self.checks("not_measured") if check["required"]}

    def remedies(self, check_id: str) -> str:
        """The remedies of the failed checks of that id, in one text."""
        return "\n".join(
            check["remedy"] for finding, check in self.checks("fail") if finding.check == check_id
        )


@dataclass
class Laboratory:
    """The clusters of a topology, and the CA that has signed for all nodes."""

    site: Site
    cas: dict[str, Ca] = field(default_factory=dict)

    @property
    def clusters(self) -> Mapping[str, Any]:
        """The clusters, as the simulator's readiness line has them."""
        return self.site.simulator.clusters

    @cached_property
    def ca(self) -> Ca:
        """The CA of all nodes."""
        return make_ca("Example Root CA")

    @property
    def sip_port(self) -> int:
        """The SIP port of every node."""
        return next(
            int(node["sip_port"]) for each in self.clusters.values() for node in each["nodes"].values()
        )

    def nodes(self, cluster: str) -> list[str]:
        """The nodes of a cluster, the publisher first."""
        return list(self.clusters[cluster]["nodes"])

    def module(self, cluster: str, definition: ModuleDefinition, **options: Any) -> dict[str, Any]:
        """Run a module's function on a cluster's publisher."""
        node = self.clusters[cluster]["nodes"][self.nodes(cluster)[0]]
        result, _warnings = execute(definition, {**connection(node, ACCOUNT), **options})
        assert not result.get("failed"), result
        return result

    def pair(self) -> None:
        """Join the clusters: certificates, profiles with OPTIONS ping, trunks, route patterns."""
        self.join({A: {B: [PATTERNS[A]]}, B: {A: [PATTERNS[B]]}})

    def join(self, links: Mapping[str, Mapping[str, Sequence[str]]], *, with_key: str = "") -> None:
        """Join clusters: for each its peers, and the patterns that lead to them."""
        self.site.control.reset()
        for cluster, peers in links.items():
            for node in self.nodes(cluster):
                self.install(cluster, node, with_key=with_key)
            self.module(
                cluster, SIP_PROFILE, name=PING_PROFILE, copy_from="Standard SIP Profile", options_ping=True
            )
            for peer, patterns in peers.items():
                self.profile(cluster, peer)
                self.trunk(cluster, peer, sip_profile=PING_PROFILE, srtp_allowed=True, device_pool="Default")
                for pattern in patterns:
                    self.module(cluster, ROUTE_PATTERN, pattern=pattern, trunk=peer)

    def profile(self, cluster: str, peer: str = "", **changes: Any) -> None:
        """Make or change the security profile of the trunk to a peer, of two clusters the other one."""
        peer = peer or self._other(cluster)
        wanted = {
            "device_security_mode": "Encrypted",
            "incoming_transport_type": "TLS",
            "outgoing_transport_type": "TLS",
            "incoming_port": self.sip_port,
            "x509_subject_names": self.names(peer),
        }
        self.module(cluster, SECURITY_PROFILE, name=profile_name(peer), **{**wanted, **changes})

    def trunk(self, cluster: str, peer: str = "", **changes: Any) -> None:
        """Make or change the trunk to a peer, of two clusters the other one."""
        peer = peer or self._other(cluster)
        wanted = {"security_profile": profile_name(peer), "destinations": self.destinations(peer)}
        self.module(cluster, SIP_TRUNK, name=peer, **{**wanted, **changes})

    def _other(self, cluster: str) -> str:
        (other,) = set(self.clusters) - {cluster}
        return other

    def names(self, cluster: str, service: str = "CallManager") -> list[str]:
        """The names that the certificates of a cluster's nodes are made out to."""
        names = [facts["fqdn"] for facts in self.clusters[cluster]["nodes"].values()]
        return [name.replace(".", "-EC.", 1) for name in names] if service.endswith("-ECDSA") else names

    def destinations(self, cluster: str) -> list[dict[str, Any]]:
        """The SIP ports of a cluster's nodes."""
        return [
            {"address": facts["address"], "port": facts["sip_port"], "sort_order": order}
            for order, facts in enumerate(self.clusters[cluster]["nodes"].values(), 1)
        ]

    def install(
        self,
        cluster: str,
        node: str,
        *,
        ca: Ca | None = None,
        with_key: str = "",
        trusted: Sequence[Ca] | None = None,
        running: bool = True,
        service: str = "CallManager",
        **leaf: Any,
    ) -> str:
        """Give a node a certificate and CAs to trust; the fingerprint of the certificate.

        With an EC key, `service` is CallManager-ECDSA, and the name has -EC behind the host name.
        """
        own = key(with_key or f"rsa2048-{node}")
        name = self.names(cluster, service)[self.nodes(cluster).index(node)]
        csr = make_csr(name, names=[f"DNS:{name}"])
        certificate = make_leaf(csr, ca or self.ca, public_key=own.public_key(), **leaf)
        private = own.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.site.control.install(
            cluster,
            node,
            service,
            pem(certificate),
            private.decode(),
            [pem(each.certificate) for each in trusted or (self.ca,)],
            running=running,
        )
        return certificate.fingerprint(hashes.SHA256()).hex(":").upper()

    def distrust(self, cluster: str, node: str) -> None:
        """Take the CA of all nodes out of one node's trust store."""
        root = self.ca.certificate.fingerprint(hashes.SHA256()).hex()
        self.site.control.distrust(cluster, node, "CallManager", root, running=True)

    def verify(self, *arguments: str, **variables: Any) -> Report:
        """Run the playbook with OPTIONS ping expected, and read the report that it wrote."""
        directory = self.site.directory / "proof"
        settings = {"cucm_verify_directory": str(directory), "cucm_options_ping": True, **variables}
        path = directory / "report.json"
        path.unlink(missing_ok=True)
        outcome = self.site.run(VERIFY, "-e", json.dumps(settings), *arguments)
        assert path.exists(), outcome.output
        return Report(outcome, json.loads(path.read_text(encoding="utf-8")))


@contextmanager
def laboratory_of(
    directory: Path, topology: Topology, pairs: Iterable[tuple[str, str]]
) -> Iterator[Laboratory]:
    """Running clusters, of which these pairs are joined and healthy. All nodes share one key, to save time."""
    path = directory / "topology.yml"
    path.write_text(json.dumps(asdict(topology)), encoding="utf-8")  # JSON is YAML
    extensions = {cluster.name: list(cluster.extensions) for cluster in topology.clusters}
    links: dict[str, dict[str, list[str]]] = {name: {} for name in extensions}
    for one, other in pairs:
        links[one][other] = extensions[other]
        links[other][one] = extensions[one]
    with simulator_process(path) as ready:
        site = Site(directory, Simulator(ready["control"], ready["clusters"]), links=links)
        laboratory = Laboratory(site)
        laboratory.join(links, with_key="rsa2048-nodes")
        yield laboratory


def hub_and_spokes(directory: Path, spokes: int) -> AbstractContextManager[Laboratory]:
    """A hub of two nodes, and so many clusters of one node that are linked to it alone."""
    names = [f"SPOKE{number:02d}" for number in range(1, spokes + 1)]
    return laboratory_of(directory, many_clusters([HUB, *names], HUB), [(HUB, name) for name in names])


def full_mesh(directory: Path, clusters: int) -> AbstractContextManager[Laboratory]:
    """So many clusters of one node, each linked to each."""
    names = [f"SITE{number:02d}" for number in range(1, clusters + 1)]
    return laboratory_of(directory, many_clusters(names), itertools.combinations(names, 2))


def judge_files(directory: Path, **variables: Any) -> Outcome:
    """Run the playbook on files alone: no inventory, no cluster."""
    results = directory / "results.jsonl"
    results.write_text("")
    done = subprocess.run(
        (sys.executable, "-m", "ansible.cli.playbook", VERIFY, "-e", json.dumps(variables)),
        cwd=directory,
        env=controlled_environment(directory, results),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, [])


def report_on_files(directory: Path, **variables: Any) -> Report:
    """The report that the playbook writes on files alone, into a relative folder."""
    outcome = judge_files(directory, cucm_verify_directory="judged", **variables)
    path = directory / "judged" / "report.json"
    assert path.exists(), outcome.output
    return Report(outcome, json.loads(path.read_text(encoding="utf-8")))


def inventory_name(cluster: str, node: str) -> str:
    """How the inventory calls a node."""
    return host_name(cluster, node)


def as_path(directory: Path, name: str, text: str) -> str:
    """Write a file and give its path."""
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return str(path)
