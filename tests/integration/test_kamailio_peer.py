# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster and a real Kamailio, joined by the playbooks alone; and peers that are wrong in one way each.

If this fails, a peer that is no cluster cannot be joined with what is handed over, or a fault of it is not named.
One Kamailio plays all peers, each on a port of its own, so that one run judges them all.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.demo.peer import (
    CLUSTER,
    EXTENSION,
    HAND_OVER,
    NAME,
    NUMBER,
    PEER,
    Ports,
    peer_entry,
    take_over,
)
from ansible_collections.ucops.cucm.tests.support.builders import NOW, Ca, key, make_ca, make_csr, make_leaf
from ansible_collections.ucops.cucm.tests.support.kamailio_peer import (
    INSTALLED,
    MISSING,
    KamailioPeer,
    Telephone,
    free_port,
    kamailio_peer,
    s_server,
    telephone,
)
from ansible_collections.ucops.cucm.tests.support.playbooks import PAIR, Outcome, Site, site
from ansible_collections.ucops.cucm.tests.support.runner import Simulator
from cryptography.hazmat.primitives import serialization

pytestmark = [pytest.mark.timeout(1800), pytest.mark.skipif(not INSTALLED, reason=MISSING)]

RESTART = ("-e", "cucm_certificate_restart_services=true")
SECTION = """
[server:127.0.0.1:{port}]
method = TLSv1.2+
verify_certificate = {verify}
require_certificate = {verify}
verify_depth = 5
certificate = {directory}/{name}.pem
private_key = {directory}/{name}.key
ca_list = {directory}/{trusted}
"""


@dataclass(frozen=True, eq=False)
class Fault:
    """A peer that is wrong in one way. `entry` changes its entry of cucm_peers, `leaf` its certificate.

    `failing` are the checks that fail by themselves in the direction from the cluster to it.
    """

    name: str
    failing: frozenset[str]
    shown: str = ""
    leaf: Mapping[str, Any] = field(default_factory=dict)
    entry: Mapping[str, Any] = field(default_factory=dict)
    with_key: str = "rsa2048-kamailio"
    verify: str = "yes"
    trusted: str = "cucm-ca.pem"
    other_ca: bool = False
    #: How it listens, if that is not Kamailio over TLS.
    listens: str = "tls"


FAULTS = (
    Fault("wrong-name", frozenset({"subject_names"}), shown="another.example.com"),
    Fault("unknown-ca", frozenset({"certificate_trusted"}), other_ca=True),
    Fault(
        "asks-nobody",
        # It never verified the certificate, so the script refuses the node's OPTIONS too.
        frozenset({"client_certificate_demanded", "trunk_status"}),
        verify="no",
        entry={"asks_our_certificate": "always"},
    ),
    Fault("plain", frozenset({"tls_spoken"}), listens="tcp"),
    # The probe speaks TLS 1.3, and the cluster of release 14 does not: only its own OPTIONS show that. With tls_min in
    # the inventory, the plan refuses it (tests/unit/plugins/module_utils/_site/test_peer_rules.py).
    Fault("only-tls-13", frozenset({"trunk_status"}), listens="s_server"),
    Fault("expired", frozenset({"certificate_dates"}), leaf={"end": NOW - timedelta(minutes=1)}),
    Fault("only-ec", frozenset(), with_key="ec256-kamailio"),
)


def write_identity(directory: Path, file: str, name: str, ca: Ca, with_key: str, **leaf: Any) -> None:
    """A certificate and its key, as tls.cfg names them."""
    own = key(with_key)
    csr = make_csr(name, names=[f"DNS:{name}"], with_key=with_key)
    certificate = make_leaf(csr, ca, public_key=own.public_key(), **leaf)
    (directory / f"{file}.pem").write_text(pem(certificate))
    (directory / f"{file}.key").touch(mode=0o600)
    (directory / f"{file}.key").write_bytes(
        own.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


@dataclass
class Joined:
    """What the playbooks have done, and the peers that run."""

    site: Site
    kamailio: KamailioPeer
    telephone: Telephone
    outcome: Outcome
    report: Mapping[str, Any]

    def directions(self, peer: str) -> dict[str, Mapping[str, Any]]:
        """The directions of the link to a peer, by where they begin."""
        (link,) = [link for link in self.report["links"] if peer in link["clusters"]]
        return {direction["from"]: direction for direction in link["directions"]}


@pytest.fixture
def joined(tmp_path_factory: pytest.TempPathFactory, simulator: Simulator, ca: Path) -> Iterator[Joined]:
    directory = tmp_path_factory.mktemp("kamailio")
    etc = directory / "etc"
    etc.mkdir()
    own, other = make_ca("Example Peer CA"), make_ca("Example Other CA", with_key="rsa2048-other")
    (directory / "peer-ca.pem").write_text(pem(own.certificate))
    write_identity(etc, "trunk", NAME, own, "rsa2048-kamailio")
    ports = Ports()
    faults = {fault: free_port() for fault in FAULTS}
    peers = [
        # The certificate that it shows when it calls has another name.
        peer_entry(ports, etc, str(directory / "peer-ca.pem"), asks_our_certificate="always"),
        *(entry_of(fault, port, number) for number, (fault, port) in enumerate(faults.items(), start=7100)),
    ]

    def edit(data: dict[str, Any]) -> None:
        clusters = data["all"]["children"]["cucm"]["children"]
        for name in set(clusters) - {CLUSTER}:
            del clusters[name]
        clusters[CLUSTER]["vars"]["cucm_peers"] = peers

    variables = {
        "cucm_options_ping": True,
        "cucm_verify_directory": str(directory / "proof"),
        "cucm_hand_over_directory": str(directory / "hand_over"),
    }
    with ExitStack() as stack:
        here = stack.enter_context(site(directory, simulator, ca, variables=variables, links={}, edit=edit))
        here.succeed(HAND_OVER, may_warn=True)
        configuration = take_over(directory / "hand_over" / CLUSTER / PEER, etc)
        for fault, port in faults.items():
            add(fault, port, etc, other if fault.other_ca else own)
            if fault.listens == "s_server":
                stack.enter_context(s_server(etc / fault.name, port, "-tls1_3"))
        kamailio = stack.enter_context(kamailio_peer(configuration, ports.tls))
        phone = stack.enter_context(telephone(ports.telephone, ports.inside))
        outcome = here.run(PAIR, *RESTART)
        path = directory / "proof" / "report.json"
        assert path.exists(), outcome.output
        yield Joined(here, kamailio, phone, outcome, json.loads(path.read_text(encoding="utf-8")))


def entry_of(fault: Fault, port: int, number: int) -> dict[str, Any]:
    """The entry of cucm_peers; each has a name of its own, since no two trunks accept the same one."""
    name = f"{fault.name}.example.com"
    return {
        "kind": "kamailio",
        "name": fault.name.upper(),
        "ca_certificate_paths": ["peer-ca.pem"],
        "patterns": [str(number)],
        "nodes": [{"name": fault.name, "address": "127.0.0.1", "port": port, "server_names": [name]}],
        **fault.entry,
    }


def add(fault: Fault, port: int, etc: Path, ca: Ca) -> None:
    """Have Kamailio play the peer on a port of its own."""
    name = fault.shown or f"{fault.name}.example.com"
    write_identity(etc, fault.name, name, ca, fault.with_key, **fault.leaf)
    if fault.listens == "s_server":
        return
    configuration, tls = etc / "kamailio.cfg", etc / "tls.cfg"
    listen = f"listen={fault.listens}:127.0.0.1:{port}\n# Whoever"
    configuration.write_text(configuration.read_text().replace("# Whoever", listen, 1))
    if fault.listens == "tcp":
        return
    section = SECTION.format(
        port=port, verify=fault.verify, directory=etc, name=fault.name, trusted=fault.trusted
    )
    tls.write_text(tls.read_text() + section)


def failing(direction: Mapping[str, Any]) -> set[str]:
    """The checks that fail by themselves."""
    return {
        check["id"] for check in direction["checks"] if check["result"] == "fail" and not check["is_effect"]
    }


def test_a_cluster_and_kamailio_are_joined_and_the_faults_of_others_are_named(joined: Joined) -> None:
    """One test, since two workers would each make all of it."""
    directions = joined.directions(PEER)
    assert failing(directions[CLUSTER]) == failing(directions[PEER]) == set()
    assert directions[CLUSTER]["verdict"] == "pass"
    assert_options_and_calls_go_both_ways(joined)
    to_others = {fault.name: joined.directions(fault.name.upper())[CLUSTER] for fault in FAULTS}
    assert {name: failing(direction) for name, direction in to_others.items()} == {
        fault.name: set(fault.failing) for fault in FAULTS
    }
    remedies = [
        check["remedy"]
        for direction in to_others.values()
        for check in direction["checks"]
        if check["result"] == "fail"
    ]
    assert all(remedies)
    assert joined.outcome.status != 0
    again = joined.site.run(PAIR, *RESTART)
    assert set(again.changed().values()) == {0}


def assert_options_and_calls_go_both_ways(joined: Joined) -> None:
    """With the configuration as it was handed over, and the certificates of the two CAs."""
    assert len(joined.kamailio.wait_for_flags("AP")) == 2
    for node in joined.site.simulator.clusters[CLUSTER]["nodes"]:
        statuses = {each["name"]: each["status"] for each in joined.site.control.trunks(CLUSTER, node)}
        assert statuses[PEER] == "Registered"
    call = joined.site.control.call(CLUSTER, EXTENSION, NUMBER)
    assert call["connected"], call
    joined.telephone.wait_for("BYE")
    assert joined.telephone.methods() == ["INVITE", "ACK", "BYE"]
    assert joined.telephone.call(EXTENSION) == 200
