# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control API and the program: what tests and the demo drive the simulator with."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import requests
from ansible_collections.ucops.cucm.tests.schemas import reason_unavailable
from ansible_collections.ucops.cucm.tests.simulator import __name__ as package
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator
from ansible_collections.ucops.cucm.tests.unit.simulator.ssh_client import OLD_ALGORITHMS
from ansible_collections.ucops.cucm.tests.unit.simulator.support import Client

A = "cucma-pub"
TOPOLOGY = """
clusters:
  - name: ONE
    release: 12.5
    extensions: [1000]
    restart_seconds: 0.1
    nodes:
      - {name: one-pub, role: publisher, address: 127.0.0.2}
"""

#: Without schemas it says at its start that it hardly checks.
EXPECTED_WORDS = (
    f"simulator: AXL requests are hardly checked: {reason}\n" if (reason := reason_unavailable()) else ""
)


class Control:
    def __init__(self, url: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False

    def __call__(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        reply = self._session.request(method, self._url + path, json=body, timeout=300)
        assert reply.status_code == status, reply.text
        return reply.json()


@pytest.fixture
def control(sim: RunningSimulator) -> Control:
    return Control(sim.control_url)


def test_state(sim: RunningSimulator, control: Control) -> None:
    node = control("GET", "/state")["clusters"]["CUCMA"]["nodes"][A]
    assert (node["https_port"], node["sip_port"]) == (sim.node(A).web.port, sim.node(A).sip.port)
    assert (node["sip_listening"], node["services"]["Cisco CallManager"]) == (False, "Started")


def test_where_the_command_line_is(sim: RunningSimulator, control: Control) -> None:
    node = control("GET", "/state")["clusters"]["CUCMA"]["nodes"][A]
    assert node["ssh_port"] == sim.node(A).ssh.port
    key = asyncssh.import_public_key(node["ssh_host_key"])
    assert node["ssh_host_key_fingerprint"] == key.get_fingerprint()


def test_journal_and_requests(sim: RunningSimulator, control: Control) -> None:
    client = Client(sim.node(A))
    client.csr()
    client.csr("tomcat")
    assert [entry["subject"] for entry in control("GET", "/journal?since=1")] == ["tomcat"]
    assert [entry["operation"] for entry in control("GET", "/requests")] == ["generate-csr"] * 2
    control("DELETE", "/requests")
    assert control("GET", "/requests") == []


def test_certificates(sim: RunningSimulator, control: Control) -> None:
    csr = Client(sim.node(A)).csr()
    found = control("GET", f"/clusters/CUCMA/nodes/{A}/certificates")
    assert set(found) == {"installed", "running", "trust", "running_trust", "pending"}
    assert found["installed"] == found["running"]
    assert found["pending"] == {"CallManager": csr}
    own = found["installed"]["CallManager"]
    assert own["common_name"] == "cucma-pub.a.example.com"
    assert own in found["trust"]["CallManager"]


def test_clock(sim: RunningSimulator, control: Control) -> None:
    before = sim.world.clock.seconds()
    control("POST", "/clock", {"advance": 3600})
    assert sim.world.clock.seconds() >= before + 3600


def test_call_that_fails_tells_why(control: Control) -> None:
    result = control("POST", "/calls", {"cluster": "CUCMA", "from": "1018", "to": "9898"})
    assert (result["connected"], result["path"]) == (False, [])
    assert result["reason"] == "no line and no route pattern matches 9898"


def test_reset_restores_the_beginning(sim: RunningSimulator, control: Control) -> None:
    before = control("GET", f"/clusters/CUCMA/nodes/{A}/certificates")
    Client(sim.node(A)).csr()
    control("POST", "/faults", {"kind": "unavailable"}, status=201)
    control("POST", "/clock", {"advance": 5})
    control("POST", "/reset")
    assert control("GET", "/journal") == control("GET", "/requests") == control("GET", "/faults") == []
    assert control("GET", "/state")["clock"]["offset"] == 0
    assert control("GET", f"/clusters/CUCMA/nodes/{A}/certificates") == before


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/faults", {"kind": "flood"}, 400),
        ("/faults", {"kind": "html", "nodes": "x"}, 400),
        ("/faults", {"kind": "unreachable", "door": "axl"}, 400),
        ("/calls", {"cluster": "NONE", "from": "1", "to": "2"}, 404),
        ("/calls", {"cluster": "CUCMA"}, 404),
        ("/services", {"cluster": "CUCMA", "node": A, "service": "Cisco Tomcat", "control": "Kill"}, 400),
        ("/clock", {"advance": "soon"}, 400),
    ],
)
def test_orders_that_make_no_sense(control: Control, path: str, body: dict, status: int) -> None:
    assert control("POST", path, body, status)["error"]


def program(*arguments: str, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", package, *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def test_program_says_that_it_is_ready_and_ends_by_sigterm(tmp_path: Path) -> None:
    topology = tmp_path / "topology.yml"
    topology.write_text(TOPOLOGY)
    with program("--topology", str(topology)) as process:
        ready = json.loads(process.stdout.readline())
        node = ready["clusters"]["ONE"]["nodes"]["one-pub"]
        assert (ready["ready"], ready["clusters"]["ONE"]["release"]) == (True, "12.5")
        assert (node["address"], node["role"]) == ("127.0.0.2", "publisher")
        assert Control(ready["control"])("GET", "/journal") == []
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr.read() == EXPECTED_WORDS


@pytest.mark.filterwarnings("ignore:Diffie-Hellman over")
def test_program_has_a_command_line_and_says_nothing_else(tmp_path: Path) -> None:
    topology = tmp_path / "topology.yml"
    topology.write_text(TOPOLOGY.replace("12.5", "9.1"))

    async def greeting(node: dict[str, Any]) -> str:
        async with asyncssh.connect(
            node["address"],
            node["ssh_port"],
            username="osadmin",
            password="osadmin-secret",
            known_hosts=asyncssh.import_known_hosts(f"* {node['ssh_host_key']}"),
            client_keys=None,
            agent_path=None,
            config=None,
            **OLD_ALGORITHMS,
        ) as connection:
            return str((await connection.run("", timeout=300)).stdout)

    with program("--topology", str(topology)) as process:
        ready = json.loads(process.stdout.readline())
        node = ready["clusters"]["ONE"]["nodes"]["one-pub"]
        with socket.create_connection((node["address"], node["ssh_port"]), timeout=300) as stranger:
            stranger.sendall(b"GET / HTTP/1.1\r\n\r\n")
            stranger.shutdown(socket.SHUT_WR)
            while stranger.recv(4096):
                pass
        assert "Command Line Interface" in asyncio.run(greeting(node))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
        assert process.stderr.read() == EXPECTED_WORDS


def test_program_ends_with_its_standard_input(tmp_path: Path) -> None:
    topology = tmp_path / "topology.yml"
    topology.write_text(TOPOLOGY)
    with program("--topology", str(topology), "--until-stdin-closes", stdin=subprocess.PIPE) as process:
        assert json.loads(process.stdout.readline())["ready"]
        process.stdin.close()
        assert process.wait(10) == 0


def test_program_refuses_a_bad_topology(tmp_path: Path) -> None:
    topology = tmp_path / "topology.yml"
    topology.write_text(TOPOLOGY.replace("12.5", "13"))
    with program("--topology", str(topology)) as process:
        assert process.wait(10) == 2
        assert "release '13'" in process.stderr.read()
