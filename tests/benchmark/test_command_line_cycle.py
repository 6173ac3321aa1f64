# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a certificate cycle over the command line costs beside the node's own delays.

A simulated 10.5 node, whose delays are those of the transcripts, scaled: 8.6 s to the first prompt, about
a second a command. The delays are counted from the log of what the node was asked. What remains of
the time is ours and the simulator's: the SSH log-on, typing with its echo, waiting for silence
after a prompt, reading and judging. That part does not scale, so a real node has the same.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context, ModuleDefinition
from ansible_collections.ucops.cucm.plugins.module_utils._modules import (
    cucm_cert_info,
    cucm_cert_upload,
    cucm_csr,
)
from ansible_collections.ucops.cucm.tests.simulator.shell import commands
from ansible_collections.ucops.cucm.tests.simulator.shell.session import greeting
from ansible_collections.ucops.cucm.tests.simulator.simulator import RunningSimulator, running_simulator
from ansible_collections.ucops.cucm.tests.simulator.topology import (
    ClusterTopology,
    CommandLine,
    NodeTopology,
    Topology,
)
from ansible_collections.ucops.cucm.tests.support import node_certificates as made
from cryptography import x509
from cryptography.hazmat.primitives import hashes

#: Of a real node's delays.
SCALE = 0.1
#: Seconds of a real node after a paste, beyond those of the command.
PASTE = 1.0
#: How much longer than the node's own delays a cycle may take on a real node.
LARGEST_RATIO = 1.5


@dataclass
class Step:
    """One task: seconds by the clock, and those of a real node's delays, log-ons and commands in them."""

    name: str
    seconds: float
    real_delays: float
    log_ons: int
    commands: int

    @property
    def ours(self) -> float:
        return self.seconds - self.real_delays * SCALE

    @property
    def ratio(self) -> float:
        """Time on a real node, by the node's delays."""
        return (self.real_delays + self.ours) / self.real_delays

    def __str__(self) -> str:
        return (
            f"  {self.name:<16} {self.log_ons} log-on, {self.commands:>2} commands: node {self.real_delays:5.1f} s,"
            f" ours {self.ours:5.2f} s, overhead ratio {self.ratio:.2f}"
        )


def delays(simulator: RunningSimulator) -> tuple[float, int, int]:
    """The seconds that a real node would have taken by itself, the log-ons, and the commands."""
    node = simulator.node("old-pub")
    seconds, log_ons, sent = 0.0, 0, 0
    for request in simulator.requests.entries():
        if request.operation == "login":
            log_ons += 1
            seconds += sum(pause for pause, _text in greeting(node))
        elif found := commands.find(request.path.split()):
            sent += 1
            seconds += found.seconds + (PASTE if found.name.startswith("set cert import") else 0.0)
    return seconds, log_ons, sent


def sign(text: str) -> str:
    """What a CA makes of the CSR."""
    request = x509.load_pem_x509_csr(text.encode())
    builder = (
        x509.CertificateBuilder()
        .subject_name(request.subject)
        .issuer_name(made.name("Example Root CA"))
        .public_key(request.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(made.NOW - made.timedelta(hours=1))
        .not_valid_after(made.NOW + made.timedelta(days=365))
    )
    for extension in request.extensions:
        builder = builder.add_extension(extension.value, critical=False)
    return made.pem(builder.sign(made.key("Example Root CA"), hashes.SHA256()))


def test_certificate_cycle() -> None:
    cluster = ClusterTopology(
        "OLD", "10.5", (NodeTopology("old-pub", "publisher"),), command_line=CommandLine(delay_factor=SCALE)
    )
    steps: list[Step] = []
    with running_simulator(Topology((cluster,))) as simulator:
        node = simulator.node("old-pub")

        def measured(name: str, definition: ModuleDefinition, **options: Any) -> dict[str, Any]:
            params = {option: spec.get("default") for option, spec in definition.argument_spec.items()} | {
                "host": node.topology.address,
                "username": "osadmin",
                "password": "osadmin-secret",
                "transport": "cli",
                "ssh_port": node.ssh.port,
                "ssh_host_key": node.ssh.host_key_fingerprint,
                "ssh_allow_legacy_algorithms": True,
                **options,
            }
            simulator.requests.clear()
            began = time.monotonic()
            result = definition.run(params, Context())
            steps.append(Step(name, time.monotonic() - began, *delays(simulator)))
            return result

        # asyncssh is imported by the first task of a process, and an action plugin does that once for all.
        measured("(warming up)", cucm_cert_info.DEFINITION, service="tomcat", kind=["identity"])
        steps.clear()
        measured("cert info", cucm_cert_info.DEFINITION, service="CallManager")
        root = made.pem(made.root())
        measured("upload trust", cucm_cert_upload.DEFINITION, purpose="trust", certificate_content=root)
        request = measured("CSR", cucm_csr.DEFINITION)
        signed = sign(request["csr"])
        installed = measured(
            "upload identity", cucm_cert_upload.DEFINITION, purpose="identity", certificate_content=signed
        )
        assert installed["certificate"]["certificate"] == signed
        assert measured("CSR again", cucm_csr.DEFINITION)["changed"] is False
    whole = Step(
        "whole cycle",
        sum(step.seconds for step in steps),
        sum(step.real_delays for step in steps),
        sum(step.log_ons for step in steps),
        sum(step.commands for step in steps),
    )
    print(
        f"\ncertificate cycle over the command line, simulated 10.5, delays of a real node times {SCALE:g}:"
    )
    for step in (*steps, whole):
        print(step)
    assert [step.log_ons for step in steps] == [1] * len(steps)
    assert whole.ratio < LARGEST_RATIO
