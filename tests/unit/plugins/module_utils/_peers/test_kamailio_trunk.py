# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Kamailio with the configuration that is handed over: OPTIONS and calls over mutual TLS, both ways.

If this fails, the configuration that administrators of Kamailio are given does not work.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import KAMAILIO, settings_of
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_route_pattern import (
    DEFINITION as ROUTE_PATTERN,
)
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_sip_trunk import (
    DEFINITION as SIP_TRUNK,
)
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_sip_trunk_security_profile import (
    DEFINITION as SECURITY_PROFILE,
)
from ansible_collections.ucops.cucm.plugins.module_utils._peers.hand_over import HandOver, Side
from ansible_collections.ucops.cucm.plugins.module_utils._peers.kamailio import kamailio_files
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import pem
from ansible_collections.ucops.cucm.tests.support.builders import NOW, Ca, key, make_ca, make_csr, make_leaf
from ansible_collections.ucops.cucm.tests.support.kamailio_peer import (
    INSTALLED,
    MISSING,
    KamailioPeer,
    Telephone,
    check,
    free_port,
    kamailio_peer,
    telephone,
)
from ansible_collections.ucops.cucm.tests.support.laboratory import (
    PING_PROFILE,
    Laboratory,
    laboratory_of,
    many_clusters,
)
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._peers import overs
from cryptography.hazmat.primitives import serialization

pytestmark = pytest.mark.skipif(not INSTALLED, reason=MISSING)

CLUSTER, PEER, NAME, NUMBER = "CUCMA", "KAMAILIO", "kamailio.example.com", "7001"
EXTENSION = "2001"


@dataclass
class Pair:
    """A simulated cluster of two nodes, a Kamailio, and a telephone behind it."""

    laboratory: Laboratory
    kamailio: KamailioPeer
    telephone: Telephone


def write_identity(directory: Path, ca: Ca, **leaf: Any) -> None:
    """Kamailio's certificate and key, and the CAs of the cluster, as its configuration names them."""
    own = key("rsa2048-kamailio")
    csr = make_csr(NAME, names=[f"DNS:{NAME}"], with_key="rsa2048-kamailio")
    certificate = make_leaf(csr, ca, public_key=own.public_key(), **leaf)
    (directory / "trunk.pem").write_text(pem(certificate))
    encoded = own.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (directory / "trunk.key").touch(mode=0o600)
    (directory / "trunk.key").write_bytes(encoded)


def handed_over(directory: Path, laboratory: Laboratory, port: int, inside: int, phone: int) -> Path:
    """Write the files for a node of Kamailio; returns the path of its configuration."""
    nodes = [
        Side(name, facts["address"], facts["sip_port"], (facts["fqdn"],))
        for name, facts in laboratory.clusters[CLUSTER]["nodes"].items()
    ]
    over = HandOver(
        cluster=CLUSTER,
        nodes=tuple(nodes),
        authorities=(),
        peer=PEER,
        kind=KAMAILIO,
        release="5.6.3",
        settings=settings_of(KAMAILIO),
        peer_nodes=(Side("kamailio", "127.0.0.1", port, (NAME,)),),
        configuration={
            "directory": str(directory),
            "inside_listen": f"udp:127.0.0.1:{inside}",
            "inside_destination": f"127.0.0.1:{phone}",
            "options_interval": 1,
        },
    )
    for path, text in kamailio_files(over).items():
        (directory / Path(path).name).write_text(text)
    (directory / "cucm-ca.pem").write_text(pem(laboratory.ca.certificate))
    return directory / "kamailio.cfg"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    directory = tmp_path_factory.mktemp("kamailio")
    port, inside, phone = free_port(), free_port(), free_port()
    with ExitStack() as stack:
        laboratory = stack.enter_context(laboratory_of(directory, many_clusters([CLUSTER], CLUSTER), []))
        home = directory / "etc"
        home.mkdir()
        configuration = handed_over(home, laboratory, port, inside, phone)
        write_identity(home, laboratory.ca)
        assert check(configuration) == ""
        # Before the trunk, so that its first OPTIONS are answered.
        kamailio = stack.enter_context(kamailio_peer(configuration, port))
        one = stack.enter_context(telephone(phone, inside))
        laboratory.module(
            CLUSTER,
            SECURITY_PROFILE,
            name="TLS Kamailio",
            device_security_mode="Encrypted",
            incoming_transport_type="TLS",
            outgoing_transport_type="TLS",
            incoming_port=laboratory.sip_port,
            x509_subject_names=[NAME],
        )
        laboratory.module(
            CLUSTER,
            SIP_TRUNK,
            name=PEER,
            security_profile="TLS Kamailio",
            destinations=[{"address": "127.0.0.1", "port": port, "sort_order": 1}],
            sip_profile=PING_PROFILE,
            srtp_allowed=True,
            device_pool="Default",
        )
        laboratory.module(CLUSTER, ROUTE_PATTERN, pattern=NUMBER, trunk=PEER)
        yield Pair(laboratory, kamailio, one)


def test_the_cluster_pings_kamailio(pair: Pair) -> None:
    for node in pair.laboratory.nodes(CLUSTER):
        (status,) = pair.laboratory.site.control.trunks(CLUSTER, node)
        assert status["status"] == "Registered"


def test_kamailio_pings_every_node(pair: Pair) -> None:
    seen = pair.kamailio.wait_for_flags("AP")
    assert len(seen) == 2


def test_a_call_of_the_cluster_reaches_the_telephone(pair: Pair) -> None:
    call = pair.laboratory.site.control.call(CLUSTER, EXTENSION, NUMBER)
    assert call["connected"], call
    pair.telephone.wait_for("BYE")
    assert pair.telephone.methods()[-3:] == ["INVITE", "ACK", "BYE"]
    assert NAME in call["server_certificate"]["subject"]


def test_a_call_of_the_telephone_reaches_the_cluster(pair: Pair) -> None:
    pair.kamailio.wait_for_flags("AP")
    assert pair.telephone.call(EXTENSION) == 200
    assert pair.telephone.call("2999") == 404


def with_line(text: str, section: str, name: str, value: str | None) -> str:
    """The text of tls.cfg with another value in a section, or without that line."""
    head, found, tail = text.partition(section)
    assert found
    lines = tail.splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if line.startswith(f"{name} ="))
    lines[place] = "" if value is None else f"{name} = {value}\n"
    return head + found + "".join(lines)


#: What is wrong with Kamailio as a client, what its log says then, and the words of the sheet for it.
FAULTS = {
    "no certificate": "alert handshake failure",
    "another CA": "alert unknown ca",
    "distrusts the cluster": "certificate verify failed",
    "expired": "alert certificate expired",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_sheet_has_the_words_that_kamailio_uses(pair: Pair, tmp_path: Path, fault: str) -> None:
    port = free_port()
    laboratory = pair.laboratory
    configuration = handed_over(tmp_path, laboratory, port, free_port(), free_port())
    other = make_ca("Example Other CA", with_key="rsa2048-other")
    leaf = {"end": NOW - timedelta(minutes=1)} if fault == "expired" else {}
    write_identity(tmp_path, other if fault == "another CA" else laboratory.ca, **leaf)
    tls = (tmp_path / "tls.cfg").read_text()
    if fault == "no certificate":
        for name in ("certificate", "private_key"):
            tls = with_line(tls, "[client:default]", name, None)
    if fault == "distrusts the cluster":
        (tmp_path / "other.pem").write_text(pem(other.certificate))
        tls = with_line(tls, "[client:default]", "ca_list", str(tmp_path / "other.pem"))
    (tmp_path / "tls.cfg").write_text(tls)
    with kamailio_peer(configuration, port) as kamailio:
        kamailio.wait_for_log(FAULTS[fault])
    assert FAULTS[fault] in overs.files("kamailio")["sheet.txt"].replace("\n      ", " ")


def test_a_caller_without_a_certificate_is_refused(pair: Pair) -> None:
    context = ssl.create_default_context(cadata=pem(pair.laboratory.ca.certificate))
    context.check_hostname = False
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with (
        pytest.raises((ssl.SSLError, ConnectionError)),
        socket.create_connection(("127.0.0.1", pair.kamailio.port), 60) as raw,
        context.wrap_socket(raw) as tls,
    ):
        tls.recv(1)
    pair.kamailio.wait_for_log("peer did not return a certificate")
    assert "peer did not return a certificate" in overs.files("kamailio")["sheet.html"]


def test_a_node_with_another_name_gets_no_calls(pair: Pair, tmp_path: Path) -> None:
    """Kamailio compares no names in the handshake: the script drops the answers."""
    port, inside, phone = free_port(), free_port(), free_port()
    configuration = handed_over(tmp_path, pair.laboratory, port, inside, phone)
    write_identity(tmp_path, pair.laboratory.ca)
    text = configuration.read_text()
    assert "cucma-pub" in text
    configuration.write_text(text.replace("cucma-pub", "another").replace("cucma-sub1", "stranger"))
    with kamailio_peer(configuration, port) as kamailio, telephone(phone, inside) as one:
        kamailio.wait_for_log("trunk CUCMA: .* answers as CN cucma-")
        kamailio.wait_for_flags("IP")
        assert one.call(EXTENSION) == 503
