# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Record what a real cluster answers to the read-only questions of the collection, and compare it with the simulator.

`record` asks; nothing is changed, and a request that could change something is refused before it is sent. `replay`
asks the simulator the same and prints each difference as a row for FIDELITY.md.
"""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.ucops.cucm.extensions.recording.anonymous import Anonymiser, anonymous
from ansible_collections.ucops.cucm.extensions.recording.differences import Difference, compare
from ansible_collections.ucops.cucm.extensions.recording.questions import (
    Exchange,
    Node,
    NotAnswered,
    ask,
    record,
)
from ansible_collections.ucops.cucm.plugins.module_utils._modules import (
    cucm_cluster_info,
    cucm_sip_trunk,
    cucm_sip_trunk_security_profile,
)
from ansible_collections.ucops.cucm.tests.simulator import releases
from ansible_collections.ucops.cucm.tests.simulator.client import simulator_process

FORMAT = 1
RECORDING_FILE_MODE = 0o600


def record_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The options of `record`."""
    parser = argparse.ArgumentParser(prog="record", description=(__doc__ or "").partition("\n\n")[0])
    add = parser.add_argument
    add(
        "--host",
        action="append",
        required=True,
        help="name or address of a node, the publisher first; may be repeated",
    )
    add("--output", type=Path, required=True, help="file for the recording; it must not exist")
    add("--axl-user", required=True, help="application user; password from CUCM_AXL_PASSWORD, or asked for")
    add("--os-user", required=True, help="OS administrator; password from CUCM_OS_PASSWORD, or asked for")
    add("--port", type=int, default=8443, help="HTTPS port, default: 8443")
    add("--ssh-port", type=int, default=22, help="SSH port, default: 22")
    add("--sip-port", type=int, default=5061, help="SIP port over TLS, default: 5061")
    add("--ca-path", help="file with the CA certificates of the nodes' web certificates")
    add("--tls-fingerprint", help="SHA-256 fingerprint of the web certificate")
    add("--ssh-host-key", help="SSH host key or its fingerprint; without it, known_hosts must have it")
    add("--allow-legacy-tls", action="store_true", help="TLS 1.0, for releases 9.1 and 10.5")
    add("--ssh-allow-legacy-algorithms", action="store_true", help="algorithms of releases up to 11.5")
    add("--hide", action="append", default=[], metavar="NAME", help="replace this name too; may be repeated")
    return parser.parse_args(argv)


def password(variable: str, user: str) -> str:
    """A password out of the environment, or typed."""
    return os.environ.get(variable) or getpass.getpass(f"Password of {user}: ")


def node_of(options: argparse.Namespace, host: str, axl_password: str, os_password: str) -> Node:
    """How to reach a node, from the options of the command line."""
    connection = {
        "host": host,
        "port": options.port,
        "ca_path": options.ca_path,
        "tls_fingerprint": options.tls_fingerprint,
        "allow_legacy_tls": options.allow_legacy_tls,
    }
    return Node(
        axl={**connection, "username": options.axl_user, "password": axl_password},
        platform={**connection, "username": options.os_user, "password": os_password},
        ssh={
            "ssh_port": options.ssh_port,
            "ssh_host_key": options.ssh_host_key,
            "ssh_allow_legacy_algorithms": options.ssh_allow_legacy_algorithms,
        },
        sip={"host": host, "port": options.sip_port},
    )


def recording(nodes: Sequence[Node], hidden: Sequence[str] = ()) -> dict[str, Any]:
    """Ask the nodes, and give the recording without names; raises NotAnswered when the publisher does not answer."""
    release = ask(cucm_cluster_info.DEFINITION, nodes[0].axl)["version"]
    exchanges, outcomes = record(nodes)
    accounts = [one for node in nodes for one in (node.axl, node.platform)]
    anonymiser = Anonymiser(
        secrets=[str(account["password"]) for account in accounts],
        names=[*(str(account[name]) for account in accounts for name in ("host", "username")), *hidden],
    )
    made = anonymous(exchanges, anonymiser)
    return {
        "format": FORMAT,
        "release": release,
        "nodes": len(nodes),
        "outcomes": [anonymiser.running(outcome) for outcome in outcomes],
        "exchanges": [asdict(one) for one in made],
    }


def record_main(argv: Sequence[str] | None = None) -> int:
    """Record a cluster; 1 when it cannot be asked."""
    options = record_arguments(argv)
    try:
        descriptor = os.open(options.output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, RECORDING_FILE_MODE)
    except OSError as error:
        print(f"record: {options.output}: {error.strerror}; name a file that does not exist", file=sys.stderr)
        return 1
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        axl_password = password("CUCM_AXL_PASSWORD", options.axl_user)
        os_password = password("CUCM_OS_PASSWORD", options.os_user)
        nodes = [node_of(options, host, axl_password, os_password) for host in options.host]
        try:
            made = recording(nodes, options.hide)
        except NotAnswered as error:
            options.output.unlink()
            print(f"record: the publisher did not answer, {error}", file=sys.stderr)
            return 1
        json.dump(made, file, indent=1)
    print("\n".join(made["outcomes"]))
    print(f"\n{len(made['exchanges'])} answers of release {made['release']} are in {options.output}.")
    print("Names, addresses and secrets are replaced. Look through the file before you give it away.")
    return 0


def loaded(path: Path) -> tuple[Mapping[str, Any], list[Exchange]]:
    """A recording and its exchanges; raises ValueError."""
    data = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise ValueError("this is no recording, or one of another version of the collection")
    return data, [Exchange(**one) for one in data["exchanges"]]


def simulated_release(version: str) -> str:
    """The simulated release of a full version such as 14.0.1.12900-161; the nearest older one otherwise."""
    wanted = tuple(map(int, version.replace("-", ".").split(".")[:2]))
    older = [name for name in releases.RELEASES if releases.numbers(name) <= wanted]
    return older[-1] if older else next(iter(releases.RELEASES))


def simulated(release: str, count: int, *, with_trunk: bool) -> list[Exchange]:
    """What simulated nodes of this release answer to the same questions."""
    nodes = [
        {"name": f"node{number}", "role": "subscriber" if number else "publisher"} for number in range(count)
    ]
    topology = {"clusters": [{"name": "RECORDED", "release": release, "nodes": nodes}]}
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "topology.yml"
        path.write_text(yaml.safe_dump(topology), encoding="utf-8")
        with simulator_process(path) as ready:
            made = [simulated_node(facts) for facts in ready["clusters"]["RECORDED"]["nodes"].values()]
            if with_trunk:
                make_trunk(made[0])
            return [Exchange(**one) for one in recording(made)["exchanges"]]


def simulated_node(facts: Mapping[str, Any]) -> Node:
    """How to reach a node of the simulator's readiness line."""
    connection = {
        "host": facts["address"],
        "port": facts["https_port"],
        "tls_fingerprint": facts["tomcat_fingerprint"],
        "allow_legacy_tls": True,
    }
    return Node(
        axl={**connection, "username": "administrator", "password": "administrator-secret"},
        platform={**connection, "username": "osadmin", "password": "osadmin-secret"},
        ssh={
            "ssh_port": facts["ssh_port"],
            "ssh_host_key": facts["ssh_host_key"],
            "ssh_allow_legacy_algorithms": True,
        },
        sip={"host": facts["address"], "port": facts["sip_port"]},
    )


def make_trunk(node: Node) -> None:
    """Give a simulated cluster a trunk, so that there is one to ask for."""
    transports = dict.fromkeys(("incoming_transport_type", "outgoing_transport_type"), "TLS")
    profile = {"name": "Profile", "device_security_mode": "Encrypted", **transports}
    trunk = {
        "name": "Trunk",
        "destinations": [{"address": "192.0.2.1", "port": 5061}],
        "security_profile": "Profile",
        "sip_profile": "Standard SIP Profile",
        "device_pool": "Default",
    }
    definitions = (cucm_sip_trunk_security_profile.DEFINITION, profile), (cucm_sip_trunk.DEFINITION, trunk)
    for definition, options in definitions:
        ask(definition, {**node.axl, **options}, check_mode=False)


def replay(path: Path, release: str = "") -> tuple[str, list[Difference]]:
    """The release that was simulated, and every difference between it and a recording; raises ValueError."""
    data, exchanges = loaded(path)
    chosen = release or simulated_release(str(data["release"]))
    with_trunk = any(one.key.endswith(" getSipTrunk") and one.status == 200 for one in exchanges)
    return chosen, compare(exchanges, simulated(chosen, int(data["nodes"]), with_trunk=with_trunk))


def replay_main(argv: Sequence[str] | None = None) -> int:
    """Print the differences; 1 if there are any, 2 when the recording cannot be used."""
    parser = argparse.ArgumentParser(prog="replay", description="Compare a recording with the simulator.")
    parser.add_argument("recording", type=Path, help="a file that `record` made")
    names = (*releases.RELEASES, *releases.VARIANTS)
    parser.add_argument(
        "--release", choices=names, default="", help="simulate this one instead of the recorded one"
    )
    options = parser.parse_args(argv)
    try:
        data, _exchanges = loaded(options.recording)
        chosen, found = replay(options.recording, options.release)
    except (OSError, ValueError, KeyError, TypeError) as error:
        print(f"replay: {options.recording}: {error}", file=sys.stderr)
        return 2
    for difference in found:
        print(difference.line(str(data["release"])))
    print(
        f"{len(found)} differences between {data['release']} and the simulated release {chosen}",
        file=sys.stderr,
    )
    return int(bool(found))
