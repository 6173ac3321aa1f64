# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports as the verdict writes them: the guide's pair of clusters, with faults, and many of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report.checks import (
    CHECKS,
    EFFECTS,
    PER_NODE,
)

CREATED = "2026-11-24T10:00:00Z"
PROFILE = "Secure SIP Trunk Profile TLS"
RESULTS = ("pass", "fail", "not_measured", "not_applicable")

GUIDE_STEPS = (
    ("client", "Client Hello"),
    ("server", "Server Hello"),
    ("server", "Certificate"),
    ("server", "Certificate Request"),
    ("server", "Server Hello Done"),
    ("client", "Certificate"),
    ("client", "Client Key Exchange"),
    ("client", "Certificate Verify"),
    ("client", "Change Cipher Spec"),
    ("client", "Finished"),
    ("server", "New Session Ticket"),
    ("server", "Change Cipher Spec"),
    ("server", "Finished"),
    ("client", "Application Data"),
    ("server", "Application Data"),
    ("server", "Application Data"),
    ("server", "Application Data"),
)

Fault = dict[str, Any]


def fingerprint(name: str) -> str:
    digest = hashlib.sha256(name.encode()).hexdigest().upper()
    return ":".join(digest[index : index + 2] for index in range(0, 64, 2))


def nodes_of(cluster: str, count: int) -> list[str]:
    return [f"{cluster.lower()}-{role}" for role in ("pub", *(f"sub{index}" for index in range(1, count)))]


def host_of(cluster: str, index: int = 0) -> str:
    """The guide's addresses for its clusters, documentation addresses for others."""
    known = {"CUCMA": "10.106.95.203", "CUCM10": "10.106.95.200"}
    number = int(hashlib.sha256(cluster.encode()).hexdigest()[:4], 16)
    return (
        known.get(cluster, f"192.0.2.{(number + index) % 254 + 1}")
        if not index
        else f"198.51.100.{number % 200 + index}"
    )


def direction(a: str, b: str, faults: dict[str, Fault] | None = None, nodes: int = 1) -> dict[str, Any]:
    """The direction a → b; `faults` overrides fields of checks by their id."""
    faults = faults or {}
    checks = []
    for check_id, (title, about, expected, seen, source) in CHECKS.items():
        for index, node in enumerate(nodes_of(b, nodes) if check_id in PER_NODE else [""]):
            names = {
                "a": a,
                "b": b,
                "p": PROFILE,
                "n": node or nodes_of(b, 1)[0],
                "m": nodes_of(a, 1)[0],
                "h": host_of(b, index),
            }
            check = {
                "id": check_id,
                "title": title.format(**names),
                "object": about.format(**names),
                "node": node,
                "expected": expected.format(**names),
                "seen": seen.format(**names),
                "source": list(source),
                "result": "not_applicable" if check_id == "strangers_refused" else "pass",
                "required": check_id not in ("trunk_status", "handshake_complete", "application_data"),
                "is_effect": False,
                "reason": "",
                "remedy": "",
            }
            fault = faults.get(check_id)
            if fault and (not fault.get("only") or fault["only"] == node):
                check.update(
                    {
                        key: value.format(**names) if isinstance(value, str) else value
                        for key, value in fault.items()
                        if key != "only"
                    }
                )
                check["is_effect"] = check["result"] == "fail" and check_id in EFFECTS
            checks.append(check)
    results = [check["result"] for check in checks]
    required = [check["result"] for check in checks if check["required"]]
    verdict = "fail" if "fail" in results else "not_measured" if "not_measured" in required else "pass"
    return {
        "from": a,
        "to": b,
        "verdict": verdict,
        "counts": {result: results.count(result) for result in RESULTS},
        "checks": checks,
        "handshakes": [],
    }


def handshake(
    a: str, b: str, steps: Sequence[tuple[str, str]] = GUIDE_STEPS, broke: Any = None
) -> dict[str, Any]:
    return {
        "source": "packet capture cucma.cap",
        "client": {"name": nodes_of(a, 1)[0], "address": host_of(a), "port": 33135},
        "server": {"name": nodes_of(b, 1)[0], "address": host_of(b), "port": 5061},
        "version": "TLSv1.2",
        "cipher": "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        "handshake": "failed" if broke else "complete",
        "steps": [
            {"time": f"2026-11-24T09:58:11.{313 + 9 * index:03}Z", "from": side, "message": message}
            for index, (side, message) in enumerate(steps)
        ],
        "broke": broke,
    }


def certificate(cluster: str, node: str, **changes: Any) -> dict[str, Any]:
    return {
        "cluster": cluster,
        "node": node,
        "role": "identity",
        "common_name": f"{node}.example.com",
        "serial_number": fingerprint(node)[:23],
        "not_before": "2026-11-20T08:00:00Z",
        "not_after": "2028-11-19T08:00:00Z",
        "fingerprint_sha256": fingerprint(node),
        **changes,
    }


def report(links: Iterable[tuple[dict[str, Any], dict[str, Any]]], nodes: int = 1) -> dict[str, Any]:
    """The whole report of these pairs of directions."""
    made, names = [], {}
    for there, back in links:
        clusters = sorted((there["from"], there["to"]))
        names.update(dict.fromkeys(clusters))
        verdicts = {there["verdict"], back["verdict"]}
        made.append(
            {
                "id": "--".join(clusters),
                "clusters": clusters,
                "verdict": next(
                    verdict for verdict in ("fail", "not_measured", "pass") if verdict in verdicts
                ),
                "directions": [there, back],
            }
        )
    fix_first: dict[str, dict[str, Any]] = {}
    for link in made:
        for check in (check for each in link["directions"] for check in each["checks"]):
            if check["result"] == "fail":
                entry = fix_first.setdefault(
                    check["remedy"],
                    {"remedy": check["remedy"], "object": check["object"], "links": [], "checks": []},
                )
                entry["links"] = sorted({*entry["links"], link["id"]})
                entry["checks"] = sorted({*entry["checks"], check["id"]})
    verdicts = {link["verdict"] for link in made}
    checks = [check for link in made for each in link["directions"] for check in each["checks"]]
    every_node = [
        (cluster, node, index) for cluster in names for index, node in enumerate(nodes_of(cluster, nodes))
    ]
    return {
        "format": "ucops.cucm.report/1",
        "title": "SIP trunks CUCMA and CUCM10" if len(made) == 1 else f"SIP trunks of {len(names)} clusters",
        "created": CREATED,
        "verdict": next(
            (word for word in ("fail", "not_measured", "pass") if word in verdicts), "not_measured"
        ),
        "counts": {result: sum(check["result"] == result for check in checks) for result in RESULTS},
        "clusters": [
            {
                "name": cluster,
                "release": "9.1" if cluster == "CUCMA" else "10.5",
                "nodes": [
                    {
                        "name": node,
                        "host": host_of(cluster, index),
                        "is_publisher": index == 0,
                        "certificate": {
                            "common_name": f"{node}.example.com",
                            "serial_number": fingerprint(node)[:23],
                            "issuer": "CN=Example Root CA,O=Example",
                            "not_before": "2026-11-20T08:00:00Z",
                            "not_after": "2028-11-19T08:00:00Z",
                            "fingerprint_sha256": fingerprint(node),
                        },
                    }
                    for index, node in enumerate(nodes_of(cluster, nodes))
                ],
            }
            for cluster in names
        ],
        "links": made,
        "certificates": [
            entry
            for cluster, node, _index in every_node
            for entry in (
                certificate(cluster, node),
                certificate(
                    cluster,
                    node,
                    role="ca",
                    common_name="Example Root CA",
                    serial_number="5A:01",
                    not_before="2020-01-01T00:00:00Z",
                    not_after="2040-01-01T00:00:00Z",
                    fingerprint_sha256=fingerprint("root"),
                ),
            )
        ],
        "agreement": [
            {
                "cluster": cluster,
                "node": node,
                "store": fingerprint(node),
                "wire": fingerprint(node),
                "trace": f"CN={node}.example.com" if cluster == "CUCM10" else "",
                "agree": True,
            }
            for cluster, node, _index in every_node
        ],
        "fix_first": list(fix_first.values()),
    }


NAME_FAULT: dict[str, Fault] = {
    "subject_names": {
        "result": "fail",
        "seen": "CUCM10",
        "reason": "subject_name_missing",
        "remedy": "Add '{n}.example.com' to X.509 Subject Name of the profile '{p} {b}' on {a} "
        "(System > Security > SIP Trunk Security Profile), then reset the trunk '{b}'",
    },
    "trunk_status": {
        "result": "fail",
        "seen": "no service on {m}: invalidX509NameInCertificate",
        "reason": "no_service",
        "remedy": "Fix first: X.509 Subject Name of the profile '{p} {b}' on {a}",
    },
    "handshake_complete": {
        "result": "fail",
        "seen": "the client {m} closed the connection after the server's Certificate",
        "reason": "handshake_failed",
        "remedy": "Fix first: X.509 Subject Name of the profile '{p} {b}' on {a}",
    },
    "application_data": {
        "result": "not_measured",
        "seen": "the handshake failed before any data",
        "reason": "handshake_failed",
        "remedy": "Fix the handshake, then capture again",
    },
    "call_answered": {
        "result": "not_measured",
        "seen": "no test call was made",
        "reason": "not_asked",
        "remedy": "Run with cucm_verify_call",
    },
}
CA_FAULT: dict[str, Fault] = {
    "certificate_trusted": {
        "result": "fail",
        "seen": "no CA that signed it is in CallManager-trust",
        "reason": "root_missing",
        "remedy": "Upload the root 'Example Root CA' to CallManager-trust on {m}",
    }
}
PING_OFF: dict[str, Fault] = {
    "trunk_status": {
        "result": "not_measured",
        "seen": "OPTIONS ping is off, so Unified CM does not know the state",
        "reason": "not_pinged",
        "remedy": "Switch on OPTIONS ping in the SIP profile of the trunk",
    }
}
BROKE = {
    "text": "the client cucma-pub refused the server's certificate: its subject is not in the profile",
    "remedy": f"Add 'cucm10-pub.example.com' to X.509 Subject Name of '{PROFILE} CUCM10' on CUCMA",
    "after": "Server Hello Done",
}


def healthy_pair() -> dict[str, Any]:
    there, back = direction("CUCMA", "CUCM10"), direction("CUCM10", "CUCMA")
    there["handshakes"] = [handshake("CUCMA", "CUCM10")]
    return report([(there, back)])


def failing_pair() -> dict[str, Any]:
    there, back = direction("CUCMA", "CUCM10", NAME_FAULT), direction("CUCM10", "CUCMA", PING_OFF)
    there["handshakes"] = [handshake("CUCMA", "CUCM10", GUIDE_STEPS[:5], BROKE)]
    made = report([(there, back)])
    made["certificates"] += [
        certificate(
            "CUCMA", "cucma-old", not_before="2024-10-01T00:00:00Z", not_after="2026-11-01T00:00:00Z"
        ),
        certificate(
            "CUCM10", "cucm10-new", not_before="2026-12-01T00:00:00Z", not_after="2027-12-01T00:00:00Z"
        ),
    ]
    made["agreement"][0].update(wire=fingerprint("other"), agree=False)
    made["agreement"][1].update(wire="", trace="", agree=None)
    return made


def star(count: int = 50, nodes: int = 2) -> dict[str, Any]:
    """A hub and its branches: every tenth does not trust the hub's CA, every seventh has no OPTIONS ping."""
    links = []
    for number in range(1, count + 1):
        branch = f"BRANCH-{number:02}"
        faults = CA_FAULT if number % 10 == 0 else PING_OFF if number % 7 == 0 else {}
        there, back = (
            direction("CUCM-HUB", branch, nodes=nodes),
            direction(branch, "CUCM-HUB", faults, nodes=nodes),
        )
        there["handshakes"], back["handshakes"] = (
            [handshake("CUCM-HUB", branch)],
            [handshake(branch, "CUCM-HUB")],
        )
        links.append((there, back))
    return report(links, nodes)


def mesh(count: int) -> dict[str, Any]:
    """Every cluster joined with every other."""
    names = [f"SITE-{chr(ord('A') + index)}" for index in range(count)]
    links = []
    for index, a in enumerate(names):
        for b in names[index + 1 :]:
            faults = CA_FAULT if (a, b) in {("SITE-A", "SITE-B"), ("SITE-B", "SITE-C")} else {}
            links.append((direction(a, b, faults), direction(b, a)))
    return report(links)


def pairs(count: int) -> dict[str, Any]:
    """Pairs that have nothing in common."""
    return report(
        (
            direction(f"EAST-{number:02}", f"WEST-{number:02}"),
            direction(f"WEST-{number:02}", f"EAST-{number:02}"),
        )
        for number in range(1, count + 1)
    )


#: Values that the renderers act upon; a hostile document has other text in every other place.
WORDS = frozenset((*RESULTS, "client", "server", "identity", "ca", "complete", "failed", CREATED))


def with_every_text(value: Any, change: Callable[[str], str]) -> Any:
    """The report with every text changed that is no word of the format."""
    if isinstance(value, dict):
        return {key: with_every_text(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [with_every_text(item, change) for item in value]
    return change(value) if isinstance(value, str) and value and value not in WORDS else value
