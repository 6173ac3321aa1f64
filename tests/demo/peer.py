# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo of another SIP peer: a simulated cluster and a real Kamailio are joined, and call each other.

Run by `make demo-peer`. Kamailio runs with the configuration that the playbook `hand_over` writes, and with a
certificate that `ca_sign` made of its request. Everything happens on 127.0.0.1 and in a temporary directory, and ends
with the demo. The exit status is 0 only when OPTIONS and calls went through both ways over mutual TLS, the verdict is
no failure, and the second run changed nothing.
"""

from __future__ import annotations

import json
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.ucops.cucm.tests.demo.__main__ import (
    PLAYBOOK,
    Stage,
    ending,
    in_directory,
    recap,
)
from ansible_collections.ucops.cucm.tests.demo.inventory import inventory, laboratory_ca, write_inventory
from ansible_collections.ucops.cucm.tests.demo.page import WIDTH
from ansible_collections.ucops.cucm.tests.simulator.client import ControlClient, simulator_process
from ansible_collections.ucops.cucm.tests.support.kamailio_peer import (
    INSTALLED,
    MISSING,
    free_port,
    kamailio_peer,
    telephone,
)

CLUSTER, PEER, NODE, NAME = "CUCMA", "KAMAILIO", "kamailio1", "kamailio1.example.com"
EXTENSION, NUMBER = "1018", "7001"
HAND_OVER, SIGN = "ucops.cucm.hand_over", "ucops.cucm.demo.sign_peer"
#: JSON is YAML.
TOPOLOGY = {
    "clusters": [
        {
            "name": CLUSTER,
            "release": "14",
            "domain": "a.example.com",
            "extensions": [EXTENSION],
            "nodes": [{"name": "cucma-pub", "role": "publisher"}, {"name": "cucma-sub1"}],
        }
    ]
}


@dataclass(frozen=True)
class Ports:
    """The ports of 127.0.0.1 that Kamailio listens on, for TLS and inside, and the telephone behind it."""

    tls: int = field(default_factory=free_port)
    inside: int = field(default_factory=free_port)
    telephone: int = field(default_factory=free_port)


def peer_entry(ports: Ports, directory: Path, root: str, **more: Any) -> dict[str, Any]:
    """The entry of cucm_peers; `directory` is where Kamailio reads its files, `root` the path of its CA."""
    return {
        "kind": "kamailio",
        "name": PEER,
        "release": "5.6.3",
        "options_ping": True,
        "asks_our_certificate": "always",
        "ca_certificate_paths": [root],
        "patterns": [NUMBER],
        "nodes": [{"name": NODE, "address": "127.0.0.1", "port": ports.tls, "server_names": [NAME]}],
        "hand_over": {
            "numbers": [EXTENSION],
            "configuration": {
                "directory": str(directory),
                "inside_listen": f"udp:127.0.0.1:{ports.inside}",
                "inside_destination": f"127.0.0.1:{ports.telephone}",
                "options_interval": 1,
            },
        },
        **more,
    }


def request(directory: Path) -> Path:
    """Make Kamailio's key and its request, as its administrator does; the path of the request."""
    path = directory / "trunk.csr"
    subprocess.run(
        (
            *("openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", directory / "trunk.key"),
            *("-out", path, "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"),
        ),
        check=True,
        capture_output=True,
    )
    (directory / "trunk.key").chmod(0o600)
    return path


def take_over(sheet: Path, directory: Path) -> Path:
    """Put the files of the hand-over where Kamailio reads them; the path of its configuration."""
    for name in ("tls.cfg", "kamailio.cfg", "dispatcher.list"):
        shutil.copy(sheet / NODE / name, directory / name)
    shutil.copy(sheet / "cucm-ca.pem", directory / "cucm-ca.pem")
    return directory / "kamailio.cfg"


@dataclass(frozen=True)
class Proof:
    """What the demo collected."""

    call: Mapping[str, Any]
    calls_back: Mapping[str, int]
    seen_by_telephone: Sequence[str]
    pinged: Mapping[str, str]
    statuses: Mapping[str, str]
    report: Mapping[str, Any]
    second_run: Mapping[str, Mapping[str, int]]
    files: Sequence[str]


def not_shown(proof: Proof) -> list[str]:
    """What the demo promises and did not show; empty when all is well."""
    missing = []
    if not proof.call["connected"]:
        missing.append(f"call {EXTENSION} to {NUMBER} failed: {proof.call.get('reason')}")
    elif NAME not in str(proof.call["server_certificate"]):
        missing.append(f"call {EXTENSION} to {NUMBER}: Kamailio showed {proof.call['server_certificate']}")
    if list(proof.seen_by_telephone) != ["INVITE", "ACK", "BYE"]:
        missing.append(f"the telephone saw {', '.join(proof.seen_by_telephone) or 'nothing'}")
    missing += [
        f"call {NUMBER} to {called} got {status}"
        for called, status in proof.calls_back.items()
        if status != 200
    ]
    if not proof.pinged or set(proof.pinged.values()) != {"AP"}:
        missing.append(f"OPTIONS of Kamailio: {dict(proof.pinged)}")
    if not proof.statuses or set(proof.statuses.values()) != {"Registered"}:
        missing.append(f"OPTIONS of the cluster: {dict(proof.statuses)}")
    if proof.report.get("verdict") not in ("pass", "not_measured"):
        missing.append(f"the verdict of the playbook is {proof.report.get('verdict')}")
    missing += [
        f"second run on {host}: {dict(counts)}"
        for host, counts in proof.second_run.items()
        if counts["changed"] or counts["failed"] or counts["unreachable"]
    ]
    if not proof.second_run:
        missing.append("nothing is known of a second run")
    missing += [
        f"the hand-over has no {name}"
        for name in ("sheet.html", "sheet.txt", "cucm-ca.pem", f"{NODE}/kamailio.cfg")
        if name not in proof.files
    ]
    return missing


def page(proof: Proof) -> str:
    """The page as text, for a terminal of 100 columns."""
    return "\n".join(_lines(proof))


def _lines(proof: Proof) -> Iterator[str]:
    yield from ("", "=" * WIDTH, "A cluster and a real Kamailio, joined over mutually authenticated TLS")
    yield "=" * WIDTH
    yield from ("", "The hand-over to the administrator of Kamailio", "-" * 46)
    yield from (f"  {name}" for name in proof.files)
    yield from ("", "OPTIONS", "-------")
    yield from (f"  Kamailio to {node}: {flags} (A active, P probed)" for node, flags in proof.pinged.items())
    yield from (f"  {node} to Kamailio: the trunk is {status}" for node, status in proof.statuses.items())
    yield from ("", "Calls", "-----")
    call = proof.call
    yield f"  {EXTENSION} of {CLUSTER} calls {NUMBER}: {'connected' if call['connected'] else 'FAILED'}"
    yield f"    {call['tls_version']}, {call['cipher']}"
    yield f"    Kamailio showed {(call['server_certificate'] or {}).get('subject')}"
    yield f"    the telephone behind it saw {', '.join(proof.seen_by_telephone)}"
    for called, status in proof.calls_back.items():
        yield f"  {NUMBER} behind Kamailio calls {called} of {CLUSTER}: {status}"
    yield from ("", "The verdict of the playbook", "-" * 27)
    for link in proof.report.get("links", ()):
        for direction in link["directions"]:
            yield f"  {direction['from']} -> {direction['to']}: {direction['verdict']}"
            for check in direction["checks"]:
                if check["result"] in ("fail", "not_measured") and (
                    check["required"] or check["result"] == "fail"
                ):
                    yield f"    {check['result'].replace('_', ' ')}: {check['title']}: {check['seen']}"
    yield from ("", "The same playbook once more", "-" * 27)
    for host, counts in proof.second_run.items():
        yield f"  {host:<13} changed={counts['changed']} ok={counts['ok']} failed={counts['failed']}"
    yield ""


def demonstrate(directory: Path) -> int:
    """Run the demo in a directory of its own; the exit status."""
    stage = Stage(directory)
    topology = directory / "topology.yml"
    topology.write_text(json.dumps(TOPOLOGY), encoding="utf-8")
    etc = directory / "kamailio"
    etc.mkdir()
    ports = Ports()
    with simulator_process(topology) as ready:
        control = ControlClient(ready["control"])
        ca = laboratory_ca(directory / "ca", secrets.token_urlsafe(24))
        settings = {
            **ca,
            "cucm_options_ping": True,
            "cucm_verify_directory": str(directory / "proof"),
            "cucm_hand_over_directory": str(directory / "hand_over"),
            "demo_peer_request": str(request(etc)),
            "demo_peer_certificate": str(etc / "trunk.pem"),
            "demo_peer_names": [NAME],
        }
        data = inventory(ready["clusters"], {}, settings)
        root = str(directory / "ca" / "root.pem")
        variables = data["all"]["children"]["cucm"]["children"][CLUSTER]["vars"]
        variables["cucm_peers"] = [peer_entry(ports, etc, root)]
        write_inventory(directory / "inventory.yml", data)
        stage.playbook("ucops.cucm.demo.prepare")
        stage.playbook(SIGN)
        stage.playbook(HAND_OVER)
        sheet = directory / "hand_over" / CLUSTER / PEER
        with (
            kamailio_peer(take_over(sheet, etc), ports.tls) as kamailio,
            telephone(ports.telephone, ports.inside) as phone,
        ):
            arguments = ("-e", "cucm_certificate_restart_services=true")
            stage.playbook(PLAYBOOK, *arguments)
            pinged = kamailio.wait_for_flags("AP")
            call = control.call(CLUSTER, EXTENSION, NUMBER)
            if call["connected"]:
                phone.wait_for("BYE")
            seen = phone.methods()
            calls_back = {EXTENSION: phone.call(EXTENSION)}
            statuses = {
                node: status["status"]
                for node in ready["clusters"][CLUSTER]["nodes"]
                for status in control.trunks(CLUSTER, node)
            }
            second = recap(stage.playbook(PLAYBOOK, *arguments))
        proof = Proof(
            call=call,
            calls_back=calls_back,
            seen_by_telephone=seen,
            pinged=pinged,
            statuses=statuses,
            report=json.loads((directory / "proof" / "report.json").read_text(encoding="utf-8")),
            second_run={host: counts for host, counts in second.items() if host != "localhost"},
            files=sorted(str(path.relative_to(sheet)) for path in sheet.rglob("*") if path.is_file()),
        )
    print(page(proof))
    return ending(not_shown(proof))


def main() -> int:
    if not INSTALLED:
        print(MISSING, file=sys.stderr)
        return 1
    return in_directory(demonstrate, "hand_over/ and proof/report.html", about=__doc__)


if __name__ == "__main__":
    sys.exit(main())
