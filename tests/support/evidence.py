# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Evidence of a healthy pair of clusters with real certificates, for the tests to break."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._flows.trust import judgements
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import describe_certificate
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.case import Case
from ansible_collections.ucops.cucm.plugins.module_utils._verdict.verdict import judge
from ansible_collections.ucops.cucm.tests.support.builders import (
    NOW,
    Ca,
    make_ca,
    make_csr,
    make_leaf,
)
from cryptography.hazmat.primitives import hashes

Document = dict[str, Any]
Report = dict[str, Any]

A, B = "CUCMA", "CUCM10"
#: Inventory name, address, host name of each node, the publisher first.
NODES: Mapping[str, tuple[tuple[str, str, str], ...]] = {
    A: (("cucma-pub", "192.0.2.203", "CUCMA"), ("cucma-sub", "192.0.2.204", "CUCMA-SUB")),
    B: (("cucm10-pub", "192.0.2.200", "CUCM10"), ("cucm10-sub", "192.0.2.201", "CUCM10-SUB")),
}
PATTERNS = {A: "1018", B: "9898"}
EVERYTHING = ("capture", "traces", "call", "negative_probes", "client_identity")
_START = NOW - timedelta(minutes=5)


def at(seconds: float) -> str:
    """A time of the evidence in UTC, as captures have it."""
    return (_START + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def local(seconds: float) -> str:
    """The same, as traces have it."""
    return at(seconds)[:-4]


def other(cluster: str) -> str:
    return B if cluster == A else A


@cache
def authority(cluster: str, generation: str = "") -> Ca:
    """Each cluster has a root of its own."""
    return make_ca(f"{cluster} Root{generation}", with_key=f"rsa2048-{cluster}{generation}")


@cache
def certificate(node: str, variant: str = "", **changes: Any) -> Document:
    """The description of a node's certificate; a variant is another one with the same names."""
    cluster = next(name for name, nodes in NODES.items() if node in {row[0] for row in nodes})
    ca = changes.pop("ca", None) or authority(cluster)
    common_name = changes.pop("common_name", f"{node}.example.com")
    names = changes.pop("names", (f"DNS:{node}.example.com",))
    digest = {"sha224": hashes.SHA224(), "": None}[changes.pop("digest", "")]
    csr = make_csr(common_name, with_key=changes.pop("with_key", f"rsa2048-{node}{variant}"))
    return describe_certificate(make_leaf(csr, ca, names=names, digest=digest, **changes))


def authority_entry(ca: Ca, file_name: str = "ca.pem") -> Document:
    return {"service": "CallManager", "file_name": file_name, **describe_certificate(ca.certificate)}


def _certificates(node: str) -> Document:
    trust = [authority_entry(authority(name)) for name in (A, B)]
    identity = {"service": "CallManager", **certificate(node), "restart_services": ["Cisco CallManager"]}
    return {"changed": False, "identities": [identity], "trust": trust, "csrs": []}


def _node_info() -> Document:
    return {
        "services": [
            {"name": "Cisco CallManager", "status": "Started", "activated": True, "reason": "", "uptime": 900}
        ],
        "clock": {"measured": True, "skew_seconds": 0.4, "text": "0.4 s ahead"},
    }


def probe_of(node: str, trunk: str, address: str, port: int = 5061) -> Document:
    ca = describe_certificate(
        authority(next(name for name, rows in NODES.items() if node in {row[0] for row in rows})).certificate
    )
    return {
        "trunk": trunk,
        "address": address,
        "port": port,
        "result": {
            "reachable": True,
            "tls": {"version": "1.2", "cipher": "ECDHE-RSA-AES256-GCM-SHA384", "established": True},
            "chain": [certificate(node), ca],
            "subject_match": None,
            "client_certificate_demanded": True,
            "options": {"status": 200, "reason_phrase": "OK"},
            "probes": [
                {"probe": "no_certificate", "refused": True, "how": "alert", "alert": "handshake_failure"},
                {"probe": "throw_away_ca", "refused": True, "how": "alert", "alert": "unknown_ca"},
            ],
            "findings": [],
            "not_measured": [],
            "passed": True,
        },
    }


def _trunk(cluster: str) -> Document:
    peer = other(cluster)
    return {
        "name": peer,
        "description": "",
        "device_pool": "Default",
        "destinations": [
            {"address": address, "address_ipv6": "", "port": 5061, "sort_order": order}
            for order, (_name, address, _host) in enumerate(NODES[peer], start=1)
        ],
        "destination_is_srv": False,
        "srtp_allowed": True,
        "run_on_all_active_nodes": False,
        "security_profile": {
            "name": f"Secure SIP Trunk Profile TLS {peer}",
            "device_security_mode": "Encrypted",
            "incoming_transport_type": "TLS",
            "outgoing_transport_type": "TLS",
            "incoming_port": 5061,
            "x509_subject_names": [f"{name}.example.com" for name, _address, _host in NODES[peer]],
        },
        "sip_profile": {
            "name": "Standard SIP Profile",
            "options_ping": True,
            "options_ping_interval": 60,
            "options_ping_interval_down": 120,
        },
        "call_manager_group": {"name": "Default", "nodes": [row[2] for row in NODES[cluster]]},
        "status": {
            "measured": True,
            "state": "full_service",
            "text": "full service",
            "nodes": [
                {
                    "node": host,
                    "status": "Registered",
                    "state": "full_service",
                    "status_reason": 0,
                    "reason_text": "",
                    "addresses": [],
                    "since": None,
                }
                for _name, _address, host in NODES[cluster]
            ],
        },
    }


def _trunks(cluster: str) -> Document:
    peer = other(cluster)
    pattern = {
        "pattern": PATTERNS[peer],
        "partition": "",
        "exists": True,
        "leads_to": {"type": "trunk", "name": peer, "devices": [peer]},
        "block": False,
    }
    return {"trunks": [_trunk(cluster)], "missing": [], "route_patterns": [pattern]}


def connection_of(client: str, server: str) -> Document:
    """A connection in a capture from one node to another, complete in TLS 1.2."""
    addresses = {name: address for rows in NODES.values() for name, address, _host in rows}
    return {
        "client": {"address": addresses[client], "port": 33135},
        "server": {"address": addresses[server], "port": 5061},
        "start": at(1),
        "end": at(15),
        "packets": 23,
        "protocol": "tls",
        "handshake": "complete",
        "broke": None,
        "not_measured": [],
        "version": "TLSv1.2",
        "cipher": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "steps": [
            {"time": at(1.02), "from": "client", "message": "Client Hello"},
            {"time": at(1.1), "from": "server", "message": "Server Hello"},
        ],
        "server_chain": [certificate(server)],
        "client_chain": [certificate(client)],
        "client_certificate_request": "requested",
        "client_certificate": "sent",
        "application_data": {
            "client": {"records": 2, "bytes": 1788},
            "server": {"records": 3, "bytes": 2732},
        },
        "closed": {"by": None, "how": None},
    }


def _capture(node: str, cluster: str) -> list[Document]:
    connections = [connection_of(node, row[0]) for row in NODES[other(cluster)]]
    return [{"path": f"captures/{node}.cap", "result": {"connections": connections, "truncated": False}}]


def trace_of(node: str, cluster: str) -> Document:
    """The traces of a node that called the first node of its peer, and has connections to both."""
    host = next(address for name, address, _host in NODES[cluster] if name == node)
    peer = NODES[other(cluster)]
    shown = {
        name: {
            "subject": f"/C=DE/CN={name}.example.com",
            "common_name": f"{name}.example.com",
            "subject_alt_names": "",
            "cipher": "ECDHE-RSA-AES256-GCM-SHA384",
        }
        for name, _address, _host in peer
    }
    common = {"host": host, "port": 5061, "transport": "TLS Over TCP", "tls_security": 3}
    call = {
        **common,
        "time": local(5),
        "calling": PATTERNS[cluster],
        "called": PATTERNS[other(cluster)],
        "digit_analysis": {"matched": True, "pattern": PATTERNS[other(cluster)], "partition": ""},
        "call_id": "94fffc00@example.com",
        "connid": 12,
        "address": peer[0][1],
        "via_transport": "TLS",
        "certificate": shown[peer[0][0]],
        "responses": [{"time": local(6), "status": 200, "reason": "OK"}],
        "final": 200,
        "answered": True,
    }
    return {
        "files": [{"path": "traces/SDL001_100_000001.txt", "host": host, "complete": True}],
        "connections": [
            {
                **common,
                "connid": 11 + order,
                "address": address,
                "time": local(order),
                "certificate": shown[name],
                "calls": [],
                "failures": [],
            }
            for order, (name, address, _host) in enumerate(peer, start=1)
        ],
        "calls": [call],
        "failures": [],
        "recoveries": [],
        "options": [],
        "truncated": False,
        "truncated_because": [],
    }


def failure_of(kind: str, cluster: str, **more: Any) -> Document:
    """A failure in the traces of a cluster, after everything else, about its peer's publisher."""
    return {
        "time": local(9),
        "host": NODES[cluster][0][1],
        "kind": kind,
        "connid": 12,
        "address": NODES[other(cluster)][0][1],
        "port": 5061,
        "trunk": "",
        "text": f"{kind} towards the peer",
        "received": "",
        "expected": "",
        "number": None,
        "remedy": "Fix what the trace says",
        "raw": "",
        **more,
    }


def _expected(cluster: str, asked: Sequence[str]) -> Document:
    peer = other(cluster)
    return {
        "service": "CallManager",
        "options_ping": True,
        "min_tls_version": "1.2",
        "max_clock_skew": 5,
        "expires_within": 14,
        "asked": list(asked),
        "peers": [
            {
                "cluster": peer,
                "trunk": peer,
                "security_profile": f"Secure SIP Trunk Profile TLS {peer}",
                "nodes": [
                    {"name": name, "address": address, "address_ipv6": "", "port": 5061}
                    for name, address, _host in NODES[peer]
                ],
                "patterns": [{"pattern": PATTERNS[peer], "partition": ""}],
            }
        ],
    }


def _document(cluster: str, node: str, asked: Sequence[str]) -> Document:
    name, host, hostname = next(row for row in NODES[cluster] if row[0] == node)
    is_publisher = node == NODES[cluster][0][0]
    peer = other(cluster)
    return {
        "format": "ucops.cucm.evidence/1",
        "cluster": cluster,
        "node": name,
        "host": host,
        "hostname": hostname,
        "is_publisher": is_publisher,
        "release": "15.0",
        "collected_at": "2026-11-24T10:01:00Z",
        "expected": _expected(cluster, asked),
        "certificates": _certificates(node),
        "node_info": _node_info(),
        "trunks": _trunks(cluster) if is_publisher else None,
        "probes": [probe_of(row[0], peer, row[1]) for row in NODES[peer]] if is_publisher else None,
        "captures": _capture(node, cluster) if "capture" in asked else None,
        "traces": trace_of(node, cluster) if "traces" in asked else None,
    }


class Pair:
    """The documents of a healthy pair; change them, then `judge`."""

    def __init__(self, asked: Sequence[str] = EVERYTHING) -> None:
        self.documents = {
            row[0]: copy.deepcopy(_document(cluster, row[0], asked))
            for cluster, rows in NODES.items()
            for row in rows
        }

    def __getitem__(self, node: str) -> Document:
        return self.documents[node]

    def trunk(self, cluster: str) -> Document:
        found: Document = self[NODES[cluster][0][0]]["trunks"]["trunks"][0]
        return found

    def profile(self, cluster: str) -> Document:
        found: Document = self.trunk(cluster)["security_profile"]
        return found

    def pattern(self, cluster: str) -> Document:
        found: Document = self[NODES[cluster][0][0]]["trunks"]["route_patterns"][0]
        return found

    def probe(self, node: str) -> Document:
        """What the peer's publisher probed of a node."""
        return self.probe_entry(node)["result"]

    def probe_entry(self, node: str) -> Document:
        address = self[node]["host"]
        cluster = self[node]["cluster"]
        probes = self[NODES[other(cluster)][0][0]]["probes"]
        found: Document = next(probe for probe in probes if probe["address"] == address)
        return found

    def identity(self, node: str) -> Document:
        found: Document = self[node]["certificates"]["identities"][0]
        return found

    def install(self, node: str, described: Mapping[str, Any], *, running: bool = True) -> None:
        """Give a node another certificate, in the store, and where it was seen."""
        old = self.identity(node)["fingerprint_sha256"]
        self.identity(node).update(copy.deepcopy(dict(described)))
        if running:
            self.show(node, described, old)

    def show(self, node: str, described: Mapping[str, Any], old: str = "") -> None:
        """Let a node show another certificate on the wire."""
        old = old or self.identity(node)["fingerprint_sha256"]
        chains = [self.probe(node)["chain"]]
        for document in self.documents.values():
            for capture in document["captures"] or ():
                for connection in capture["result"]["connections"]:
                    chains += [connection["server_chain"], connection["client_chain"]]
        for shown in chains:
            if shown and shown[0]["fingerprint_sha256"] == old:
                shown[0] = copy.deepcopy(dict(described))

    def captured(self, client: str, server: str) -> Document:
        address = self[server]["host"]
        connections = self[client]["captures"][0]["result"]["connections"]
        found: Document = next(one for one in connections if one["server"]["address"] == address)
        return found

    def fail_probe(self, node: str, reason: str, text: str = "", **more: Any) -> None:
        """Let the probe of a node end early with a finding, as sip_tls_probe reports it."""
        result = self.probe(node)
        result["findings"] = [
            {"reason": reason, "text": text or f"the node: {reason}", "remedy": f"Fix {reason}"}
        ]
        result.update(
            {
                "reachable": False,
                "tls": None,
                "chain": [],
                "client_certificate_demanded": None,
                "options": None,
                "probes": [],
                "passed": False,
                **more,
            }
        )

    def judge(self, now: datetime = NOW) -> Report:
        return judged(list(self.documents.values()), now)


def judged(documents: Sequence[Mapping[str, Any]], now: datetime = NOW, **given: Any) -> Report:
    """The report, with the judgement of the certificates, as the module makes it."""
    now = now.astimezone(UTC)
    case = Case(documents, given.get("captures", ()), given.get("traces", ()))
    trust, certificates = judgements(case, now)
    return judge(documents, trust, now, certificates=certificates, **given)


def checks_of(report: Report) -> list[tuple[str, Document]]:
    """Every check with its direction, as `CUCMA>CUCM10`."""
    return [
        (f"{direction['from']}>{direction['to']}", check)
        for link in report["links"]
        for direction in link["directions"]
        for check in direction["checks"]
    ]


def failing(report: Report) -> set[tuple[str, str, str]]:
    return {
        (direction, check["id"], check["node"])
        for direction, check in checks_of(report)
        if check["result"] == "fail"
    }


def results(report: Report, check_id: str) -> dict[tuple[str, str], str]:
    return {
        (direction, check["node"]): check["result"]
        for direction, check in checks_of(report)
        if check["id"] == check_id
    }


Break = Callable[[Pair], None]
