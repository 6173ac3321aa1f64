# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The evidence of one node: the document that the role cucm_verify writes, and what is in it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from ipaddress import ip_address
from itertools import islice
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.view import View, words

FORMAT = "ucops.cucm.evidence/1"
#: Bytes of the largest document that is read. One with traces and captures of a busy hour has some.
LARGEST_DOCUMENT = 256 * 1024 * 1024
#: What one inventory is taken to hold at most. A cluster has 21 nodes, a trunk 16 destinations.
_MOST_PEERS, _MOST_NODES, _MOST_PATTERNS = 1000, 64, 1000
#: Trunks to one cluster. Each is checked with each node of it, so their number counts twice.
_MOST_TRUNKS = 16

_SMALLER = "Give documents of a smaller inventory; see where this one comes from, since none has as much"
_AGAIN = "Run the playbook ucops.cucm.verify again, and give the files that it writes"


class EvidenceUnreadable(CucmError):
    """A file is no evidence document."""

    reason = "evidence_unreadable"


def read_document(data: bytes, *, source: str) -> dict[str, Any]:
    """Decode one document; EvidenceUnreadable for what is none."""
    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else words(str(error), 200)
        raise EvidenceUnreadable(f"{source} is no JSON document: {why}", remedy=_AGAIN) from None
    if not isinstance(document, dict):
        raise EvidenceUnreadable(f"{source} is no evidence: it holds no JSON object", remedy=_AGAIN)
    found = View(document)
    if found.get("format").text != FORMAT:
        has = words(repr(document.get("format")), 80)
        raise EvidenceUnreadable(
            f"{source} is no evidence of this version: its format is {has}, not {FORMAT!r}", remedy=_AGAIN
        )
    for key in ("cluster", "node"):
        if not found.get(key).words:
            raise EvidenceUnreadable(f"{source} is no evidence: it does not say its {key}", remedy=_AGAIN)
    excess = _excess(found.get("expected", "peers"))
    if excess:
        # What is left out is not checked, so nothing is left out.
        raise EvidenceUnreadable(f"{source} cannot be judged: it names more than {excess}", remedy=_SMALLER)
    return document


def _excess(peers: View) -> str:
    """What no inventory has as much of; empty when there is nothing."""
    if peers.is_list and len(peers.value) > _MOST_PEERS:
        return f"{_MOST_PEERS} peers"
    for key, most, what in (("nodes", _MOST_NODES, "nodes"), ("patterns", _MOST_PATTERNS, "route patterns")):
        if any(peer.get(key).is_list and len(peer.get(key).value) > most for peer in peers):
            return f"{most} {what} of one peer"
    trunks = Counter(peer.get("cluster").text for peer in peers)
    return f"{_MOST_TRUNKS} trunks to one cluster" if max(trunks.values(), default=0) > _MOST_TRUNKS else ""


def canonical(address: str) -> str:
    """An address as it compares: the shortest form of an IP address, a name in lower case."""
    try:
        parsed = ip_address(address.strip("[]"))
    except ValueError:
        return address.lower().rstrip(".")
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed)


def is_ip(address: str) -> bool:
    """Whether it is an IP address, and no name."""
    try:
        ip_address(address.strip("[]"))
    except ValueError:
        return False
    return True


@dataclass(frozen=True)
class Certificate:
    """A certificate as cucm_cert_info, sip_tls_probe and tls_capture_info describe it."""

    fingerprint: str
    serial_number: str
    common_name: str
    subject_dn: str
    issuer_dn: str
    issuer_name: str
    not_before: datetime | None
    not_after: datetime | None
    key_type: str
    service: str = ""

    @classmethod
    def of(cls, view: View) -> Certificate | None:
        """None for what has no fingerprint, by which certificates compare."""
        fingerprint = view.get("fingerprint_sha256").text.upper()
        if not fingerprint:
            return None
        return cls(
            fingerprint=fingerprint,
            serial_number=view.get("serial_number").text,
            common_name=view.get("subject", "CN").text,
            subject_dn=view.get("subject_dn").text,
            issuer_dn=view.get("issuer_dn").text,
            issuer_name=view.get("issuer", "CN").text or view.get("issuer_dn").text,
            not_before=view.get("not_before").moment,
            not_after=view.get("not_after").moment,
            key_type=view.get("public_key", "type").text,
            service=view.get("service").text,
        )

    @property
    def label(self) -> str:
        """Name and number, as an engineer compares them."""
        return f"{self.common_name or self.subject_dn or 'no name'} ({self.number})"

    @property
    def number(self) -> str:
        """The serial number; of a certificate without one, its fingerprint."""
        return self.serial_number or self.fingerprint


@dataclass(frozen=True)
class PeerNode:
    """A node of the peer, as the inventory has it."""

    name: str
    address: str
    address_ipv6: str
    port: int

    @property
    def addresses(self) -> frozenset[str]:
        return frozenset(canonical(address) for address in (self.address, self.address_ipv6) if address)

    @property
    def destination(self) -> str:
        return destination_text(self.address, self.address_ipv6, self.port)


def destination_text(address: str, address_ipv6: str, port: int | None) -> str:
    """A destination in words, the same for the same one."""
    parts = [canonical(address)] if address else []
    parts += [f"[{canonical(address_ipv6)}]"] if address_ipv6 else []
    return " or ".join(parts) + f":{port}"


@dataclass(frozen=True)
class Peer:
    """What the inventory of a cluster says of one of its peers."""

    cluster: str
    trunk: str
    security_profile: str
    nodes: tuple[PeerNode, ...]
    patterns: tuple[tuple[str, str], ...]
    #: What is known of a peer that is no cluster; empty for a cluster.
    external: View = field(default_factory=View)
    incoming_port: int | None = None
    #: Whether the trunk watches the peer with OPTIONS, where the peer says so itself.
    options_ping: bool | None = None

    @classmethod
    def of(cls, view: View) -> Peer:
        return cls(
            cluster=view.get("cluster").text,
            trunk=view.get("trunk").text or view.get("cluster").text,
            external=view.get("peer") if view.get("peer", "kind").text else View(),
            incoming_port=view.get("profile_options", "incoming_port").port,
            options_ping=view.get("options_ping").flag,
            security_profile=view.get("security_profile").text,
            nodes=tuple(
                PeerNode(
                    name=node.get("name").text,
                    address=node.get("address").text,
                    address_ipv6=node.get("address_ipv6").text,
                    port=node.get("port").port or 5061,
                )
                for node in islice(view.get("nodes"), _MOST_NODES)
                if node.get("name").words
            ),
            patterns=tuple(
                (pattern.get("pattern").text, pattern.get("partition").text)
                for pattern in islice(view.get("patterns"), _MOST_PATTERNS)
                if pattern.get("pattern").text
            ),
        )


@dataclass(frozen=True)
class Expected:
    """What was expected and asked for when the evidence was gathered."""

    service: str = "CallManager"
    options_ping: bool = False
    min_tls_version: str = "1.2"
    max_clock_skew: float = 5.0
    expires_within: float = 14.0
    allow_weak_certificates: bool = False
    require_client_auth: str = "auto"
    asked: frozenset[str] = frozenset()
    peers: tuple[Peer, ...] = ()

    @classmethod
    def of(cls, view: View) -> Expected:
        usual = cls()
        skew, days = view.get("max_clock_skew").number, view.get("expires_within").number
        return cls(
            service=view.get("service").text or usual.service,
            options_ping=view.get("options_ping").flag is True,
            min_tls_version=view.get("min_tls_version").text or usual.min_tls_version,
            max_clock_skew=usual.max_clock_skew if skew is None else skew,
            expires_within=usual.expires_within if days is None else days,
            allow_weak_certificates=view.get("allow_weak_certificates").flag is True,
            require_client_auth=view.get("require_client_auth").text or usual.require_client_auth,
            asked=frozenset(view.get("asked").texts),
            peers=tuple(
                Peer.of(peer) for peer in islice(view.get("peers"), _MOST_PEERS) if peer.get("cluster").words
            ),
        )

    @property
    def external(self) -> dict[str, Peer]:
        """The peers that are no clusters, by name."""
        return {peer.cluster: peer for peer in self.peers if peer.external.is_mapping}

    def peers_of(self, cluster: str) -> tuple[Peer, ...]:
        """The peers that are this cluster: one for each trunk to it."""
        return tuple(peer for peer in self.peers if peer.cluster == cluster)


@dataclass(frozen=True)
class Section:
    """A part of a document: the result of a module, or why there is none."""

    view: View
    missing: str = ""

    @classmethod
    def of(cls, document: View, key: str, usual: str) -> Section:
        """`usual` is a key that the result has unless the module failed."""
        value = document.get(key)
        if value.is_mapping and value.get(usual).value is not None:
            return cls(value)
        why = value.get("msg").words
        return cls(View(), why or ("was not gathered" if value.value is None else "cannot be read"))

    def __bool__(self) -> bool:
        return not self.missing


class Node:
    """The evidence of one node."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.view = View(document)
        self.cluster = self.view.get("cluster").text
        self.name = self.view.get("node").text
        self.host = self.view.get("host").text
        self.hostname = self.view.get("hostname").text
        self.is_publisher = self.view.get("is_publisher").flag is True
        self.release = self.view.get("release").words
        #: The full one, which tells 15SU2 from 15; documents of former times have none.
        self.version = self.view.get("version").text
        self.collected_at = self.view.get("collected_at").text
        self.expected = Expected.of(self.view.get("expected"))

    @cached_property
    def certificates(self) -> Section:
        return Section.of(self.view, "certificates", "identities")

    @cached_property
    def node_info(self) -> Section:
        return Section.of(self.view, "node_info", "services")

    @cached_property
    def trunks(self) -> Section:
        return Section.of(self.view, "trunks", "trunks")

    @cached_property
    def traces(self) -> Section:
        return Section.of(self.view, "traces", "files")

    @cached_property
    def identities(self) -> tuple[Certificate, ...]:
        """The certificates of call processing that are installed, that of the expected service first."""
        found = [Certificate.of(view) for view in self.certificates.view.get("identities")]
        wanted = self.expected.service
        ours = [one for one in found if one is not None and one.service.startswith("CallManager")]
        return tuple(sorted(ours, key=lambda one: one.service != wanted))

    @cached_property
    def trusted(self) -> tuple[Certificate, ...]:
        """What CallManager-trust of the node has."""
        views = (view for view in self.certificates.view.get("trust") if _is_call_processing(view))
        return tuple(one for view in views if (one := Certificate.of(view)) is not None)


def _is_call_processing(view: View) -> bool:
    return view.get("service").text.removesuffix("-trust") == "CallManager"
