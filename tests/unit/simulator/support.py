# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulator's own tests need: a CA, an HTTPS client, and a trunk in two steps."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
import urllib3
from ansible_collections.ucops.cucm.tests.simulator import pki
from ansible_collections.ucops.cucm.tests.simulator.certmgr import PREFIX
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator
from ansible_collections.ucops.cucm.tests.simulator.topology import Topology
from ansible_collections.ucops.cucm.tests.simulator.world import Node
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

#: What the command line's delays are scaled by in tests that are not about them.
HURRY = 0.001
ADMINISTRATOR = ("osadmin", "osadmin-secret")
USER = ("administrator", "administrator-secret")
SERVER_AND_CLIENT = (x509.ExtendedKeyUsageOID.SERVER_AUTH, x509.ExtendedKeyUsageOID.CLIENT_AUTH)


class Authority:
    """A CA that signs what it is given. `issuer` makes it an intermediate of another one."""

    def __init__(self, name: str = "Example Root", issuer: Authority | None = None) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self.certificate = (
            _builder(subject, issuer.certificate.subject if issuer else subject, self.key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(issuer.key if issuer else self.key, hashes.SHA256())
        )

    def sign(
        self, csr: str, *, days: float = 365, usages: Any = SERVER_AND_CLIENT, alt_names: Any = ()
    ) -> str:
        """Sign a request with its own subject and SANs, and `alt_names` on top; returns PEM."""
        request = x509.load_pem_x509_csr(csr.encode())
        builder = _builder(request.subject, self.certificate.subject, request.public_key(), days)
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        names = [name.split(":", 1)[1] for name in pki.alt_names(request)] + list(alt_names)
        if names:
            sans = x509.SubjectAlternativeName(pki.general_names(names))
            builder = builder.add_extension(sans, critical=False)
        return pki.pem(builder.sign(self.key, hashes.SHA256()))

    @property
    def pem(self) -> str:
        return pki.pem(self.certificate)


def _builder(subject: x509.Name, issuer: x509.Name, key: Any, days: float = 3650) -> x509.CertificateBuilder:
    begun = datetime.now(UTC) - timedelta(hours=1)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begun)
        .not_valid_after(begun + timedelta(days=days))
    )


class Client:
    """An HTTPS client of one node. Trust is not what these tests are about, so it checks none."""

    def __init__(self, node: Node, account: tuple[str, str] | None = ADMINISTRATOR) -> None:
        self._base = f"https://{node.topology.address}:{node.web.port}"
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.auth = account
        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

    def request(self, method: str, path: str, **options: Any) -> requests.Response:
        return self._session.request(method, self._base + path, verify=False, timeout=300, **options)

    def certmgr(self, method: str, path: str, **options: Any) -> requests.Response:
        return self.request(method, PREFIX + path, **options)

    def csr(self, service: str = "CallManager", **fields: Any) -> str:
        body = {"service": service, "distribution": "this-server", "commonName": "node.example.com", **fields}
        reply = self.certmgr("POST", "/csr", json=body)
        assert reply.status_code == 200, reply.text
        return str(reply.json()["csr"])

    def upload_trust(self, *certificates: str, store: str = "CallManager") -> requests.Response:
        body = {"service": [store], "certificates": list(certificates), "description": "CA"}
        return self.certmgr("POST", "/trust/certificates", json=body)

    def upload_identity(self, certificate: str, service: str = "CallManager") -> requests.Response:
        body = {"service": service, "certificates": [certificate]}
        return self.certmgr("POST", "/identity/certificates", json=body)


def hurried(topology: Topology) -> Topology:
    """The same clusters with hardly any delays at their command lines."""
    return Topology(
        tuple(
            replace(cluster, command_line=replace(cluster.command_line, delay_factor=HURRY))
            for cluster in topology.clusters
        )
    )


def restart_call_manager(sim: RunningSimulator, node: str) -> None:
    """Restart Cisco CallManager and let the simulated time pass that it takes."""
    sim.do(lambda: sim.node(node).services.control("Cisco CallManager", "Restart"))
    sim.advance(10)
    sim.do(sim.world.clock.reset)


def enrol(sim: RunningSimulator, authority: Authority, node: str, name: str, **sign: Any) -> None:
    """Give a node an identity of the authority, under this common name, and restart it."""
    client = Client(sim.node(node))
    assert client.upload_trust(authority.pem).status_code == 201
    reply = client.upload_identity(authority.sign(client.csr(commonName=name), **sign))
    assert reply.status_code == 201, reply.text
    restart_call_manager(sim, node)


def add_trunk(sim: RunningSimulator, cluster: str, peer: str, names: str, pattern: str, **trunk: Any) -> None:
    """Configure a profile, a trunk to a peer node and a route pattern, straight in the database."""

    def add() -> None:
        database = sim.world.clusters[cluster].database
        database.add(
            "SipTrunkSecurityProfile",
            {
                "name": f"TLS {peer}",
                "securityMode": "Encrypted",
                "incomingTransport": "TLS",
                "outgoingTransport": "TLS",
                "incomingPort": "5061",
                "x509SubjectName": names,
            },
        )
        values = {
            "name": f"to-{peer}",
            "securityProfileName": f"TLS {peer}",
            "srtpAllowed": "true",
            "destinations": [{"addressIpv4": peer, "port": "5061", "sortOrder": "1"}],
        }
        database.add("SipTrunk", values | trunk)
        database.add(
            "RoutePattern",
            {"pattern": pattern, "blockEnable": "false", "destination": {"gatewayName": f"to-{peer}"}},
        )
        follow(sim, cluster)

    sim.do(add)


PING_PROFILE = "with OPTIONS Ping"


def ping(sim: RunningSimulator, cluster: str) -> None:
    """Let all trunks of a cluster use a SIP profile with OPTIONS ping, and reset them."""

    def change() -> None:
        own = sim.world.clusters[cluster]
        if own.database.named("SipProfile", PING_PROFILE) is None:
            own.database.add("SipProfile", {"name": PING_PROFILE, "enableOutboundOptionsPing": "true"})
        for trunk in own.database.all("SipTrunk"):
            own.database.update(trunk, {"sipProfileName": PING_PROFILE})
            own.reset_object("SipTrunk", trunk.name)

    sim.do(change)


def traces(sim: RunningSimulator, node: str) -> str:
    """All that a node has written down."""
    return "".join(
        (gzip.decompress(file.data) if file.data[:2] == b"\x1f\x8b" else file.data).decode()
        for file in sim.do(sim.node(node).trace.files)
    )


def eventually(happened: Callable[[], object], what: str, seconds: float = 300.0) -> None:
    """Wait until something that goes on in the simulator's thread has happened."""
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, f"not within {seconds:g} s: {what}"
        time.sleep(0.02)


def follow(sim: RunningSimulator, cluster: str) -> None:
    """Let a cluster's nodes take up what was put into its database behind AXL's back."""
    for node in sim.world.clusters[cluster].nodes.values():
        node.follow_configuration()
