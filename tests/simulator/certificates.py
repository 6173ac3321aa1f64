# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The certificates of one cluster: identities, trust stores, pending requests, and their rules.

An identity is *installed* by an upload and *running* only after the service that presents it has
been restarted; the same is assumed of trust. Sources of the rules: FIDELITY.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.ucops.cucm.tests.simulator import pki
from ansible_collections.ucops.cucm.tests.simulator.clock import Clock
from ansible_collections.ucops.cucm.tests.simulator.topology import ClusterTopology
from cryptography import x509


@dataclass(frozen=True)
class Purpose:
    """One kind of identity: its key, its trust store, and the service that presents it."""

    name: str
    key_type: pki.KeyType
    trust_store: str
    presented_by: str


PURPOSES: Mapping[str, Purpose] = {
    purpose.name: purpose
    for purpose in (
        Purpose("CallManager", "rsa", "CallManager", "Cisco CallManager"),
        Purpose("CallManager-ECDSA", "ec", "CallManager", "Cisco CallManager"),
        Purpose("tomcat", "rsa", "tomcat", "Cisco Tomcat"),
        Purpose("tomcat-ECDSA", "ec", "tomcat", "Cisco Tomcat"),
    )
}
TRUST_STORES = ("CallManager", "tomcat")
DISTRIBUTIONS = ("this-server", "multi-server")
DEFAULT_EC_LENGTH = 384
DEFAULT_EC_HASH = "sha256"


class CertificateRefused(Exception):
    """The node does not take it. `status` is the HTTP status that tells so."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Identity:
    """A certificate and its private key."""

    certificate: x509.Certificate
    key: pki.PrivateKey


@dataclass(frozen=True)
class PendingRequest:
    """A signing request that waits for its certificate, with the fresh key that it was made for."""

    request: x509.CertificateSigningRequest
    key: pki.PrivateKey
    distribution: str


@dataclass(frozen=True)
class RequestOptions:
    """What a client asks for in a signing request; None means the node's default."""

    common_name: str | None = None
    distribution: str = "this-server"
    key_type: str | None = None
    key_length: int | None = None
    hash_algorithm: str | None = None
    alt_names: tuple[str, ...] = ()
    organizational_unit: bool = False


class TrustStore:
    """One certificate a common name: a newer one replaces, an older one is dropped without a word."""

    def __init__(self, certificates: Iterable[x509.Certificate] = ()) -> None:
        self._by_name: dict[str, x509.Certificate] = {}
        for certificate in certificates:
            self.offer(certificate)

    @staticmethod
    def _name(certificate: x509.Certificate) -> str:
        return pki.common_name(certificate.subject) or certificate.subject.rfc4514_string()

    def offer(self, certificate: x509.Certificate) -> bool:
        """Store the certificate unless one of the same name is as new; tell whether it was stored."""
        kept = self._by_name.get(self._name(certificate))
        if kept is not None and kept.not_valid_before_utc >= certificate.not_valid_before_utc:
            return False
        self._by_name[self._name(certificate)] = certificate
        return True

    def remove(self, certificate: x509.Certificate) -> bool:
        """Remove exactly this certificate; tell whether it was there."""
        if self._by_name.get(self._name(certificate)) != certificate:
            return False
        del self._by_name[self._name(certificate)]
        return True

    def certificates(self) -> list[x509.Certificate]:
        """All certificates, oldest entry first."""
        return list(self._by_name.values())

    @staticmethod
    def file_name(certificate: x509.Certificate, *, serial: bool = True) -> str:
        """The name that the node shows: the CN with blanks as underscores, and the serial."""
        name = re.sub(r"\s", "_", TrustStore._name(certificate))
        return f"{name}_{certificate.serial_number:x}.pem" if serial else f"{name}.pem"


@dataclass
class Lag:
    """Replication to a node that is behind: what has not arrived, and after how many reads it will."""

    reads_left: int = 0
    waiting: list[tuple[str, x509.Certificate]] = field(default_factory=list)


class NodeCertificates:
    """The certificates of one node."""

    def __init__(self, identities: Mapping[str, Identity]) -> None:
        self.installed = dict(identities)
        self.running = dict(identities)
        #: Units that are shown and do nothing else, by the back way alone.
        self.further: dict[str, x509.Certificate] = {}
        self.trust = {store: TrustStore() for store in TRUST_STORES}
        self.running_trust: dict[str, list[x509.Certificate]] = {}
        self.pending: dict[str, PendingRequest] = {}
        self.lag = Lag()

    def activate(self, service: str) -> None:
        """A service has started: what it presents and trusts from now on is what is installed."""
        for name, identity in self.installed.items():
            purpose = PURPOSES[name]
            if purpose.presented_by == service:
                self.running[name] = identity
                self.running_trust[purpose.trust_store] = self.trust[purpose.trust_store].certificates()

    def receive(self, store: str, certificate: x509.Certificate) -> None:
        """A certificate that was uploaded at another node of the cluster arrives here."""
        if self.lag.reads_left > 0:
            self.lag.waiting.append((store, certificate))
        else:
            self.trust[store].offer(certificate)

    def read_trust(self, store: str) -> list[x509.Certificate]:
        """The certificates of a trust store, as a client sees them now."""
        found = self.trust[store].certificates()
        if self.lag.reads_left > 0:
            self.lag.reads_left -= 1
            if self.lag.reads_left == 0:
                self.end_lag()
        return found

    def end_lag(self) -> None:
        """What replication held back arrives."""
        for store, certificate in self.lag.waiting:
            self.trust[store].offer(certificate)
        self.lag = Lag()


class ClusterCertificates:
    """The certificates of all nodes of a cluster, and the operations that cross nodes."""

    def __init__(self, topology: ClusterTopology, clocks: Mapping[str, Clock]) -> None:
        self._topology = topology
        self._clocks = clocks
        self._hostnames = {node.name: node.hostname for node in topology.nodes}
        self._original = self._make_identities()
        self.nodes: dict[str, NodeCertificates] = {}
        self.restore()

    @property
    def purposes(self) -> list[Purpose]:
        """What the nodes of this release have identities for."""
        elliptic = self._topology.traits.elliptic_keys
        return [purpose for purpose in PURPOSES.values() if elliptic or purpose.key_type == "rsa"]

    def _make_identities(self) -> dict[str, dict[str, Identity]]:
        """Self-signed identities of every node, made three days ago."""
        made = self._clocks[self._topology.publisher.name].now() - timedelta(days=3)
        tasks = [(node, purpose) for node in self._hostnames for purpose in self.purposes]
        with ThreadPoolExecutor(2) as pool:
            identities = list(pool.map(lambda task: self._self_sign(task[0], task[1], made), tasks))
        result: dict[str, dict[str, Identity]] = {node: {} for node in self._hostnames}
        for (node, purpose), identity in zip(tasks, identities, strict=True):
            result[node][purpose.name] = identity
        return result

    def _self_sign(self, node: str, purpose: Purpose, made: datetime) -> Identity:
        traits = self._topology.traits
        key = pki.new_key(purpose.key_type, self._default_length(purpose))
        name = pki.subject_name(self._topology.subject, self.default_name(node, purpose), traits.self_signed)
        certificate = pki.self_signed_certificate(
            name, key, made, self._default_hash(purpose), ipsec=traits.ipsec_usage
        )
        return Identity(certificate, key)

    def _default_length(self, purpose: Purpose) -> int:
        return self._topology.rsa_length if purpose.key_type == "rsa" else DEFAULT_EC_LENGTH

    def _default_hash(self, purpose: Purpose) -> str:
        return self._topology.signature_hash if purpose.key_type == "rsa" else DEFAULT_EC_HASH

    def restore(self) -> None:
        """Back to what was there at installation."""
        self.nodes = {node: NodeCertificates(made) for node, made in self._original.items()}
        for certificates in self.nodes.values():
            for made in self._original.values():
                for name, identity in made.items():
                    certificates.trust[PURPOSES[name].trust_store].offer(identity.certificate)
            for service in {purpose.presented_by for purpose in PURPOSES.values()}:
                certificates.activate(service)

    def default_name(self, node: str, purpose: Purpose, distribution: str = "this-server") -> str:
        """The common name that a node gives itself: host[-EC][-ms].domain."""
        middle = "-EC" if purpose.key_type == "ec" else ""
        if distribution == "multi-server":
            middle += "-ms"
        return self._topology.qualified(self._hostnames[node] + middle)

    def generate_request(self, node: str, purpose: Purpose, options: RequestOptions) -> PendingRequest:
        """Make a signing request with a fresh key; the one that was pending is lost."""
        _check(options, purpose)
        names = list(options.alt_names)
        if options.distribution == "multi-server":
            names += [self._topology.qualified(hostname) for hostname in self._hostnames.values()]
        key = pki.new_key(purpose.key_type, options.key_length or self._default_length(purpose))
        traits = self._topology.traits
        with_unit = options.organizational_unit or traits.unit_in_request == "always"
        subject = pki.subject_name(
            self._topology.subject,
            options.common_name or self.default_name(node, purpose, options.distribution),
            ("C", "ST", "L", "O", "OU", "CN") if with_unit else pki.SUBJECT_ORDER,
        )
        request = pki.signing_request(
            subject,
            key,
            options.hash_algorithm or self._default_hash(purpose),
            list(dict.fromkeys(names)),
            ipsec=traits.ipsec_usage,
            key_agreement=traits.key_agreement_in_request,
        )
        pending = PendingRequest(request, key, options.distribution)
        self.nodes[node].pending[purpose.name] = pending
        return pending

    def upload_trust(
        self, node: str, stores: Sequence[str], certificates: Sequence[x509.Certificate]
    ) -> list[dict[str, Any]]:
        """Put certificates into trust stores of the whole cluster; tell what was stored and what kept."""
        for certificate in certificates:
            if certificate.not_valid_after_utc <= self._clocks[node].now():
                raise CertificateRefused("The certificate has expired")
        outcome = []
        for store in stores:
            for certificate in certificates:
                stored = self.nodes[node].trust[store].offer(certificate)
                for other in self.nodes:
                    if stored and other != node:
                        self.nodes[other].receive(store, certificate)
                outcome.append(
                    {"store": store, "stored": stored, "fingerprint": pki.fingerprint(certificate)}
                )
        return outcome

    def delete_trust(self, store: str, certificate: x509.Certificate) -> None:
        """Remove a certificate from a trust store of the whole cluster."""
        for certificates in self.nodes.values():
            certificates.trust[store].remove(certificate)

    def regenerate(self, node: str, purpose: Purpose) -> x509.Certificate:
        """Replace an identity by a new self-signed one, which all nodes trust."""
        identity = self._self_sign(node, purpose, self._clocks[node].now())
        self.nodes[node].installed[purpose.name] = identity
        self.upload_trust(node, [purpose.trust_store], [identity.certificate])
        return identity.certificate

    def upload_identity(self, node: str, purpose: Purpose, leaf: x509.Certificate) -> list[str]:
        """Install a certificate for the pending request; returns the nodes that have it now."""
        own = self.nodes[node]
        pending = own.pending.get(purpose.name)
        if pending is None:
            keys = f"/usr/local/platform/.security/{purpose.name}/keys/{purpose.name}.csr"
            raise CertificateRefused(f"File {keys} Does Not Exist", status=500)
        trusted = own.trust[purpose.trust_store].certificates()
        self._judge(purpose, leaf, pending, trusted, self._clocks[node].now())
        del own.pending[purpose.name]
        nodes = list(self.nodes) if pending.distribution == "multi-server" else [node]
        for name in nodes:
            self.nodes[name].installed[purpose.name] = Identity(leaf, pending.key)
        return nodes

    def _judge(
        self,
        purpose: Purpose,
        leaf: x509.Certificate,
        pending: PendingRequest,
        trusted: Sequence[x509.Certificate],
        now: datetime,
    ) -> None:
        if not pki.same_key(leaf.public_key(), pending.request.public_key()):
            raise CertificateRefused(self._topology.traits.other_key.format(purpose.name), status=500)
        if pki.alt_names(leaf) != pki.alt_names(pending.request):
            raise CertificateRefused("CSR Subject Alternate Name (SAN) and Certificate SAN Does Not Match")
        if pki.chain_to_root(leaf, trusted) is None:
            raise CertificateRefused("CA Certificate is Not Available in the Trust-Store")
        if not leaf.not_valid_before_utc <= now < leaf.not_valid_after_utc:
            raise CertificateRefused("The certificate is not valid at this time")


def _check(options: RequestOptions, purpose: Purpose) -> None:
    """Refuse a request that the node cannot make."""
    if options.distribution not in DISTRIBUTIONS:
        raise CertificateRefused(f"Invalid distribution: {options.distribution}")
    if options.key_type not in (None, purpose.key_type):
        raise CertificateRefused(f"Invalid keyType for {purpose.name}: {options.key_type}")
    lengths = tuple(pki.CURVES) if purpose.key_type == "ec" else pki.RSA_LENGTHS
    if options.key_length is not None and options.key_length not in lengths:
        raise CertificateRefused(f"Invalid keyLength for {purpose.name}: {options.key_length}")
    if options.hash_algorithm is not None and options.hash_algorithm not in pki.HASHES:
        raise CertificateRefused(f"Invalid hashAlgorithm: {options.hash_algorithm}")
