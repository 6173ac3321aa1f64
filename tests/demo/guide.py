# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cisco's configuration example, replayed: 9.1(2) and 10.5(2), joined by what takes ten steps by hand.

Run by `make demo-guide`. A CA that leaves requests waiting, as the example's Windows server does, issues
them between two runs of the playbook. The last page maps each step of the example to the task that did
it and to what was seen. The exit status is 0 only when every step was done and seen, both calls went
through over mutual TLS, and a further run changed nothing.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.tests.certsrv.client import ControlClient as CaControl
from ansible_collections.ucops.cucm.tests.certsrv.client import certsrv_process
from ansible_collections.ucops.cucm.tests.demo.__main__ import PLAYBOOK, DemoFailed, Stage, recap
from ansible_collections.ucops.cucm.tests.demo.inventory import inventory, write_inventory
from ansible_collections.ucops.cucm.tests.simulator.client import ControlClient, simulator_process

TESTS = Path(__file__).resolve().parents[1]
TOPOLOGY = TESTS / "simulator" / "guide_topology.yml"
LINKS = {"CUCMA": {"CUCM10": ["9898"]}, "CUCM10": {"CUCMA": ["1018"]}}
CALLS = (("CUCMA", "1018", "9898"), ("CUCM10", "9898", "1018"))
RESTART = ("-e", "cucm_certificate_restart_services=true", "--skip-tags", "verify")
WIDTH = 100


@dataclass
class Evidence:
    """What the runs and the clusters said, for the page to show."""

    results: Sequence[Mapping[str, Any]]
    requests: Sequence[Mapping[str, Any]]
    trusted: Mapping[str, Sequence[str]]
    calls: Sequence[Mapping[str, Any]]
    last_run: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def of(self, task: str) -> list[Mapping[str, Any]]:
        """What a task gave on each host in the run in which it did most, the items of loops one by one."""
        found = [
            line for line in self.results if line["name"].endswith(f" : {task}") and line["status"] == "ok"
        ]
        flat = [
            {**item, "host": line["host"]}
            for line in found
            for item in line["result"].get("results", [line["result"]])
        ]
        changed = [item for item in flat if item.get("changed")]
        return sorted(changed or flat, key=lambda item: item["host"])


@dataclass(frozen=True)
class Step:
    """One step of the example, the task that does it, and what was seen of it; no line means not seen."""

    number: int
    title: str
    task: str
    seen: Callable[[Evidence, Sequence[Mapping[str, Any]]], list[str]]


def _ca(_evidence: Evidence, results: Sequence[Mapping[str, Any]]) -> list[str]:
    subjects = [certificate["subject_dn"] for item in results for certificate in item["certificates"]]
    return [f"the CA is {', below '.join(dict.fromkeys(subjects))}"]


def _names(_evidence: Evidence, results: Sequence[Mapping[str, Any]]) -> list[str]:
    before = {item["host"]: item["identities"][0] for item in reversed(results)}
    return [f"{host}: CN={identity['subject']['CN']}" for host, identity in sorted(before.items())]


def _csrs(_evidence: Evidence, results: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = []
    for item in results:
        details = item["csr_details"]
        key = details["public_key"]
        lines.append(
            f"{item['host']}: {details['subject_dn']}, {key['type'].upper()} {key['size']}, {details['signature_hash']}"
        )
    return lines


def _signed(evidence: Evidence, _results: Sequence[Mapping[str, Any]]) -> list[str]:
    asked = {request["id"]: request for request in evidence.requests}
    return [
        f"request {number} waited, was issued, and was fetched: {request['subject']}"
        for number, request in asked.items()
        if request["disposition"] == "issued"
    ]


def _root(_evidence: Evidence, results: Sequence[Mapping[str, Any]]) -> list[str]:
    roots = {
        certificate["fingerprint_sha256"]
        for item in results
        for certificate in item["certificates"]
        if certificate["role"] == "root"
    }
    return [f"SHA-256 {root[:47]}…" for root in sorted(roots)]


def _trusted(evidence: Evidence, results: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = []
    for item in results:
        uploaded = [entry["subject"]["CN"] for entry in item["certificates"]]
        there = [name for name in uploaded if name in evidence.trusted[item["host"]]]
        lines += [f"{item['host']}: {', '.join(there)}"] if there == uploaded else []
    return lines


def _installed(_evidence: Evidence, results: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"{item['host']}: serial {item['certificate']['serial_number']}, issued by"
        f" {item['certificate']['issuer']['CN']}"
        for item in results
    ]


def _profiles(_evidence: Evidence, results: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"{item['host']}: '{profile['name']}' accepts {', '.join(profile['x509_subject_names'])}"
        for item in results
        for trunk in item["trunks"]
        for profile in [trunk["security_profile"]]
    ]


def _trunks(_evidence: Evidence, results: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"{item['host']}: '{trunk['name']}' to {trunk['destinations'][0]['address']}:"
        f"{trunk['destinations'][0]['port']}, SRTP {'allowed' if trunk['srtp_allowed'] else 'not allowed'}"
        for item in results
        for trunk in item["trunks"]
    ]


def _patterns(_evidence: Evidence, results: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"{item['host']}: {pattern['pattern']} to {pattern['leads_to']['name']}"
        for item in results
        for pattern in item["route_patterns"]
        if pattern["leads_to"]
    ]


#: One task makes all objects of a cluster's trunks.
_MAKE_TRUNKS = "Create or remove profiles, trunks and patterns"

STEPS = (
    Step(
        1,
        "Use a public CA or set one up",
        "Fetch the certificates of the CA if the inventory has none",
        _ca,
    ),
    Step(2, "Verify host names", "Read and judge the node", _names),
    Step(3, "Generate the CSRs", "Generate a certificate signing request unless a pending one fits", _csrs),
    Step(4, "Sign the CSRs with the Microsoft CA", "Have the request signed, or look it up", _signed),
    Step(5, "Get the root certificate", "Fetch the certificates of the CA if the inventory has none", _root),
    Step(
        6,
        "Upload the root as CallManager-trust",
        "Upload the CAs to the trust store of call processing",
        _trusted,
    ),
    Step(7, "Upload the signed certificates", "Upload the signed certificate", _installed),
    Step(8, "Create the security profiles", _MAKE_TRUNKS, _profiles),
    Step(9, "Create the SIP trunks", _MAKE_TRUNKS, _trunks),
    Step(10, "Create the route patterns", _MAKE_TRUNKS, _patterns),
)


def judged(evidence: Evidence) -> list[tuple[Step, list[str]]]:
    """Each step with what was seen of it; nothing seen is an empty list."""
    rows = []
    for step in STEPS:
        results = evidence.of(step.task)
        rows.append((step, step.seen(evidence, results) if results else []))
    return rows


def not_shown(evidence: Evidence) -> list[str]:
    """What the replay promises and did not show; empty when all is well."""
    missing = [
        f"step {step.number}, {step.title}: nothing was seen" for step, seen in judged(evidence) if not seen
    ]
    for call in evidence.calls:
        if not call["connected"]:
            missing.append(f"call {call['from']} to {call['to']} failed: {call.get('reason')}")
        elif not call["client_certificate"] or not call["server_certificate"]:
            missing.append(f"call {call['from']} to {call['to']}: not both sides showed a certificate")
    if len(evidence.calls) != len(CALLS):
        missing.append(f"{len(evidence.calls)} calls were placed, not {len(CALLS)}")
    for host, counts in evidence.last_run.items():
        if counts["changed"] or counts["failed"] or counts["unreachable"]:
            missing.append(f"last run on {host}: {counts}")
    if not evidence.last_run:
        missing.append("nothing is known of a last run")
    return missing


def page(evidence: Evidence) -> str:
    """The page as text, for a terminal of 100 columns."""
    lines = [
        "",
        "=" * WIDTH,
        "The configuration example, step by step: what did it, and what was seen",
        "=" * WIDTH,
    ]
    for step, seen in judged(evidence):
        lines += ["", f"Step {step.number:>2}  {step.title}", f"         task: {step.task}"]
        lines += _wrapped(seen or ["NOT SEEN"])
    lines += ["", "Verify   The example has no procedure for it"]
    lines += _wrapped([_told(call) for call in evidence.calls])
    again = ", ".join(f"{host} changed={counts['changed']}" for host, counts in evidence.last_run.items())
    return "\n".join([*lines, "", f"Once more: {again}", ""])


def _told(call: Mapping[str, Any]) -> str:
    """A call in one sentence."""
    name = f"{call['from']} calls {call['to']}"
    if not call["connected"]:
        return f"{name}: FAILED: {call.get('reason')}"
    shown = [(call[f"{side}_certificate"] or {}).get("serial_number") for side in ("client", "server")]
    srtp = "offered" if call["srtp"] else "not offered"
    return (
        f"{name}: connected over {call['tls_version']} ({call['cipher']}) by trunk {call['trunk']}, SRTP {srtp};"
        f" the client showed {shown[0]}, the server {shown[1]}"
    )


def _wrapped(texts: Sequence[str]) -> Iterator[str]:
    for text in texts:
        yield from textwrap.wrap(text, WIDTH, initial_indent=" " * 9, subsequent_indent=" " * 11)


def variables(directory: Path, ca: Mapping[str, Any]) -> dict[str, Any]:
    """What the site of the example says in its inventory, beside the clusters."""
    return {
        "cucm_certificate_state_path": str(directory / "requests.json"),
        "cucm_certificate_sign_options": {
            "backend": "adcs",
            "allow_weak_csr": True,
            "adcs": {name: ca[name] for name in ("url", "ca_path", "username", "password")},
        },
    }


def replay(directory: Path) -> int:
    """Run it in a directory of its own; the exit status."""
    results = directory / "results.jsonl"
    results.touch()
    stage = Stage(directory, results)
    with simulator_process(TOPOLOGY) as ready, certsrv_process() as ca_ready:
        control, ca = ControlClient(ready["control"]), CaControl(ca_ready["control"])
        clusters: Mapping[str, Any] = ready["clusters"]
        data = inventory(clusters, LINKS, variables(directory, ca_ready))
        for cluster in data["all"]["children"]["cucm"]["children"].values():
            for node in cluster["hosts"].values():
                del node["cucm_sip_port"]  # 5061, as in the example
        write_inventory(directory / "inventory.yml", data)
        # Without the verdict: the port 5061 of the example stands for the ports on which the simulator listens.
        stage.playbook(PLAYBOOK, *RESTART)
        print("\n(at the CA: certsrv.msc, Pending Requests, All Tasks, Issue)")
        for request in ca.read("requests"):
            ca.order("issue", id=request["id"])
        stage.playbook(PLAYBOOK, *RESTART)
        calls = [control.call(*call) for call in CALLS]
        trusted = {
            f"{node}-pub": [
                certificate["common_name"]
                for certificate in control.certificates(cluster, node)["trust"]["CallManager"]
            ]
            for cluster, facts in clusters.items()
            for node in facts["nodes"]
        }
        lines = results.read_text(encoding="utf-8").splitlines()
        last = stage.playbook(PLAYBOOK, *RESTART)
        evidence = Evidence(
            results=[json.loads(line) for line in lines],
            requests=ca.read("requests"),
            trusted=trusted,
            calls=calls,
            last_run=recap(last),
        )
    print(page(evidence))
    missing = not_shown(evidence)
    for line in missing:
        print(f"NOT SHOWN: {line}", file=sys.stderr)
    return 1 if missing else 0


def main() -> int:
    directory = Path(tempfile.mkdtemp(prefix="ucops-cucm-guide-"))
    try:
        return replay(directory)
    except DemoFailed as error:
        print(f"The replay failed: {error}", file=sys.stderr)
        return 1
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    sys.exit(main())
