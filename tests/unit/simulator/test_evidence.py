# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A call, and what is left of it: captured by SSH, fetched over HTTPS, read by the collection's readers."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._capture.handshake import read_capture
from ansible_collections.ucops.cucm.plugins.module_utils._trace.sdl import read_traces
from ansible_collections.ucops.cucm.tests.simulator.node_files import CAPTURE_DIRECTORY
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator
from ansible_collections.ucops.cucm.tests.unit.simulator.log_collection_client import (
    attached,
    get_file,
    listed,
    select,
)
from ansible_collections.ucops.cucm.tests.unit.simulator.ssh_client import SshClient
from ansible_collections.ucops.cucm.tests.unit.simulator.support import (
    USER,
    Authority,
    Client,
    add_trunk,
    enrol,
    eventually,
)
from cryptography import x509

A, B = "cucma-pub", "cucm10-pub"
CAPTURE = "utils network capture eth0 file ucops1 count 1000 size all port 5061"
CAPTURED = f"{CAPTURE_DIRECTORY}ucops1.cap"


def join(sim: RunningSimulator, *, expected: str = "cucm10.example.com") -> None:
    """Two clusters with one CA and a trunk each way; A expects this name of B."""
    authority = Authority()
    enrol(sim, authority, A, "cucma.example.com")
    enrol(sim, authority, B, "cucm10.example.com")
    add_trunk(sim, "CUCMA", B, expected, "9898")
    add_trunk(sim, "CUCM10", A, "cucma.example.com", "1018")


def begin(sim: RunningSimulator, ssh: SshClient, node: str) -> None:
    """Capture at a node, and wait until it does, of which it says nothing."""
    ssh.log_in().send(f"{CAPTURE}\n")
    ssh.expect("ip=\r\n")
    eventually(lambda: sim.node(node).wiretap.recording, f"{node} captures")


def captured_call(sim: RunningSimulator) -> dict[str, dict[str, Any]]:
    """Call from A to B while both nodes capture; the connection that each capture shows, by node."""
    with SshClient(sim.node(A)) as first, SshClient(sim.node(B)) as second:
        begin(sim, first, A)
        begin(sim, second, B)
        sim.call("CUCMA", "1018", "9898")
        for ssh in (first, second):
            ssh.send("\x03")
            ssh.expect("admin:")
    found = {}
    for name in (A, B):
        data = attached(get_file(Client(sim.node(name), USER), CAPTURED))
        (found[name],) = read_capture(io.BytesIO(data), source=name).connections
    return found


def traces(sim: RunningSimulator, node: str, directory: Path) -> dict[str, Any]:
    """What the traces of a node tell, fetched as a client does."""
    client = Client(sim.node(node), USER)
    paths = []
    for file in listed(select(client)).values():
        path = directory / f"{node}-{file['name']}"
        path.write_bytes(attached(get_file(client, file["absolutepath"])))
        paths.append(str(path))
    return read_traces(paths)


def serial(pem: str) -> int:
    return x509.load_pem_x509_certificate(pem.encode()).serial_number


def test_call_between_two_clusters(sim: RunningSimulator, tmp_path: Path) -> None:
    join(sim)
    shown = captured_call(sim)
    own = {name: sim.node(name).certificates.running["CallManager"].certificate for name in (A, B)}
    for connection in shown.values():
        assert connection["handshake"] == "complete"
        assert serial(connection["client_chain"][0]) == own[A].serial_number
        assert serial(connection["server_chain"][0]) == own[B].serial_number
    assert shown[A]["client"] == shown[B]["client"]
    assert shown[A]["server"]["port"] == sim.node(B).sip.port

    caller = traces(sim, A, tmp_path)
    (call,) = caller["calls"]
    assert (call["calling"], call["called"], call["final"]) == ("1018", "9898", 200)
    assert call["digit_analysis"]["pattern"] == "9898"
    assert (call["tls_security"], call["via_transport"]) == (3, "TLS")
    assert call["certificate"]["common_name"] == "cucm10.example.com"
    assert call["port"] == sim.node(B).sip.port
    assert caller["failures"] == []
    (connection,) = traces(sim, B, tmp_path)["connections"]
    assert connection["certificate"]["common_name"] == "cucma.example.com"
    assert connection["port"] == shown[B]["client"]["port"]


def test_name_that_the_profile_does_not_expect(sim: RunningSimulator, tmp_path: Path) -> None:
    join(sim, expected="other.example.com")
    shown = captured_call(sim)
    assert shown[A]["handshake"] == "complete"
    found = traces(sim, A, tmp_path)
    assert [call["answered"] for call in found["calls"]] in ([], [False])
    mismatch = next(failure for failure in found["failures"] if failure["kind"] == "name_mismatch")
    assert (mismatch["received"], mismatch["expected"]) == ("cucm10.example.com", "other.example.com")


def test_authority_that_is_not_trusted(sim: RunningSimulator, tmp_path: Path) -> None:
    join(sim)
    enrol(sim, Authority("Other Root"), B, "cucm10.example.com")
    shown = captured_call(sim)
    assert shown[A]["handshake"] == shown[B]["handshake"] == "failed"
    assert [alert["name"] for alert in shown[A]["alerts"]] == ["unknown_ca"]
    failures = traces(sim, A, tmp_path)["failures"]
    assert "verification_error" in {failure["kind"] for failure in failures}


def test_peer_that_does_not_run(sim: RunningSimulator, tmp_path: Path) -> None:
    join(sim)
    sim.do(lambda: sim.node(B).services.control("Cisco CallManager", "Stop"))
    sim.advance(10)
    with SshClient(sim.node(A)) as ssh:
        begin(sim, ssh, A)
        sim.call("CUCMA", "1018", "9898")
        ssh.send("\x03")
        ssh.expect("admin:")
    data = attached(get_file(Client(sim.node(A), USER), CAPTURED))
    reading = read_capture(io.BytesIO(data), source=A)
    assert reading.packets >= 2
    assert all(connection["handshake"] != "complete" for connection in reading.connections)
    assert "connection_refused" in {failure["kind"] for failure in traces(sim, A, tmp_path)["failures"]}


@pytest.mark.parametrize("node", [A, B])
def test_nothing_of_it_is_a_mutation(sim: RunningSimulator, node: str) -> None:
    join(sim)
    before = len(sim.journal)
    captured_call(sim)
    with SshClient(sim.node(node)) as ssh:
        ssh.log_in().command("file delete activelog platform/cli/ucops1.cap noconfirm")
    assert sim.node(node).wiretap.files() == []
    assert len(sim.journal) == before
