# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The last page of the demo: what was made, what was proved, what the second run did."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 100
SERVICE = "CallManager"

#: What a mutation is called on the page, by its operation in the simulator's journal.
WORDS = {
    "generate-csr": "certificate signing request for {subject}",
    "upload-trust": "CA certificates in the trust store of {subject}",
    "upload-identity": "signed {subject} certificate installed",
    "soapDoControlServices": "restarted: {subject}",
    "addSipTrunkSecurityProfile": "security profile '{subject}'",
    "addSipProfile": "SIP profile '{subject}'",
    "addSipTrunk": "SIP trunk '{subject}'",
    "resetSipTrunk": "trunk '{subject}' reset",
    "addRoutePattern": "route pattern {subject}",
}


@dataclass(frozen=True)
class Proof:
    """What the demo collected; see `tests/simulator/client.py` for the shapes."""

    clusters: Mapping[str, Any]
    installed: Mapping[tuple[str, str], Any]
    made: Sequence[Mapping[str, Any]]
    calls: Sequence[Mapping[str, Any]]
    second_run: Mapping[str, Mapping[str, int]]
    requests: Sequence[Mapping[str, Any]]
    report: Mapping[str, Any]

    def node_with(self, fingerprint: str) -> str | None:
        """The node whose installed certificate has the fingerprint."""
        for (_cluster, node), certificates in self.installed.items():
            if certificates["installed"][SERVICE]["fingerprint"] == fingerprint:
                return node
        return None


def _heading(text: str) -> Iterator[str]:
    yield ""
    yield text
    yield "-" * len(text)


def _made(proof: Proof) -> Iterator[str]:
    yield from _heading("What the first run made")
    for cluster, facts in proof.clusters.items():
        yield f"{cluster} (release {facts['release']})"
        for (node, words), subjects in _grouped(proof.made, cluster).items():
            yield from textwrap.wrap(
                words.format(subject=", ".join(subjects)),
                WIDTH,
                initial_indent=f"  {node:<13} ",
                subsequent_indent=" " * 16,
            )


def _grouped(made: Sequence[Mapping[str, Any]], cluster: str) -> dict[tuple[str, str], list[str]]:
    """The cluster's mutations, those of one kind on one node together, in the order of the first."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for mutation in made:
        if mutation["cluster"] == cluster:
            words = WORDS.get(mutation["operation"], mutation["operation"] + " {subject}")
            grouped.setdefault((mutation["node"], words), []).append(mutation["subject"])
    return grouped


def _side(proof: Proof, role: str, seen: Mapping[str, Any]) -> Iterator[str]:
    node = proof.node_with(seen["fingerprint"])
    verdict = f"installed on {node}: the same" if node else "NOT a certificate that is installed on any node"
    yield f"  {role}"
    yield f"    subject  {seen['subject']}"
    yield f"    serial   {seen['serial_number']}"
    yield f"    issuer   {seen['issuer']}"
    yield f"    SHA-256  {seen['fingerprint'][:47]}…"
    yield f"    {verdict}"


def _call(proof: Proof, call: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    title = f"{call['from']} of {call['cluster']} calls {call['to']}"
    if not call["connected"]:
        yield f"{title}: FAILED: {call['reason']}"
        return
    yield f"{title}: connected"
    yield f"  pattern {call['pattern']}, trunk {call['trunk']}, to {call['destination']} ({call['server_node']})"
    yield (
        f"  {call['tls_version']}, {call['cipher']}, both sides showed a certificate and verified the other's,"
        f" SRTP {'offered' if call['srtp'] else 'not offered'}"
    )
    yield from _side(proof, "calling side (TLS client) showed", call["client_certificate"])
    yield from _side(proof, "called side (TLS server) showed", call["server_certificate"])


def _verdict(proof: Proof) -> Iterator[str]:
    yield from _heading("The verdict of the playbook")
    for link in proof.report["links"]:
        for direction in link["directions"]:
            results = Counter(check["result"] for check in direction["checks"])
            counted = ", ".join(f"{number} {result.replace('_', ' ')}" for result, number in results.items())
            yield f"  {direction['from']} -> {direction['to']}: {direction['verdict']} ({counted})"
    for result in ("fail", "not_measured"):
        for check in _checks(proof.report, result):
            yield f"  {result.replace('_', ' ')}: {check['title']}: {check['seen']}"


def _checks(report: Mapping[str, Any], result: str) -> Iterator[Mapping[str, Any]]:
    """The checks with that result."""
    for link in report["links"]:
        for direction in link["directions"]:
            yield from (check for check in direction["checks"] if check["result"] == result)


def _second_run(proof: Proof) -> Iterator[str]:
    yield from _heading("The same playbook once more")
    requests = Counter((request["node"], request["door"]) for request in proof.requests)
    for host, counts in proof.second_run.items():
        asked = ", ".join(
            f"{count} {door}" for (node, door), count in sorted(requests.items()) if node == host
        )
        yield (
            f"  {host:<13} changed={counts['changed']} ok={counts['ok']} failed={counts['failed']}"
            f"   requests: {asked}"
        )


def page(proof: Proof) -> str:
    """The page as text, for a terminal of 100 columns."""
    lines = [
        "",
        "=" * WIDTH,
        "Two clusters, paired by SIP trunks over mutually authenticated TLS",
        "=" * WIDTH,
    ]
    lines += _made(proof)
    lines += _heading("Proof: calls that crossed the trunks")
    for call in proof.calls:
        lines += _call(proof, call)
    lines += _verdict(proof)
    lines += _second_run(proof)
    return "\n".join([*lines, ""])
