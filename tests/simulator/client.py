# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""For programs that use a simulator in another process: start it, and speak to its control door."""

from __future__ import annotations

import json
import select
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PACKAGE = "ansible_collections.ucops.cucm.tests.simulator"
START_SECONDS = 600
STOP_SECONDS = 120
CALL_SECONDS = 300


class ControlClient:
    """The simulator's control door: plain HTTP on loopback, JSON both ways."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        # Proxies of the environment have nothing to do with loopback.
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def _ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.url + path, data=data, method=method, headers={"Content-Type": "application/json"}
        )
        with self._opener.open(request, timeout=CALL_SECONDS) as reply:
            return json.loads(reply.read() or b"null")

    def state(self) -> Any:
        """What the readiness line said, as of now."""
        return self._ask("GET", "/state")

    def journal(self, since: int = 0) -> Any:
        """The mutations after the one with the number `since`."""
        return self._ask("GET", f"/journal?since={since}")

    def requests(self) -> Any:
        """Every request since the log was cleared."""
        return self._ask("GET", "/requests")

    def clear_requests(self) -> None:
        """Start counting requests anew."""
        self._ask("DELETE", "/requests")

    def call(self, cluster: str, calling: str, called: str) -> Any:
        """Place a call and give its evidence."""
        return self._ask("POST", "/calls", {"cluster": cluster, "from": calling, "to": called})

    def certificates(self, cluster: str, node: str) -> Any:
        """What the node has installed, what it runs with, whom it trusts."""
        return self._ask("GET", f"/clusters/{cluster}/nodes/{node}/certificates")

    def advance(self, seconds: float) -> None:
        """Put the simulated clock forward."""
        self._ask("POST", "/clock", {"advance": seconds})

    def control(self, cluster: str, node: str, service: str, control: str) -> Any:
        """Order a service to Start, Stop or Restart, as at the node's command line."""
        order = {"cluster": cluster, "node": node, "service": service, "control": control}
        return self._ask("POST", "/services", order)

    def inject(self, **fault: Any) -> None:
        """Make something go wrong."""
        self._ask("POST", "/faults", fault)

    def heal(self) -> None:
        """Take all injected faults away."""
        self._ask("DELETE", "/faults")

    def defect(self, *, cluster: str | None = None, node: str | None = None, **defect: Any) -> None:
        """Break a node, or all of a cluster, until it is repaired; the defects are those of `defects.Defects`.

        Beside them `serves_self_signed=True`: SIP shows a self-signed certificate.
        """
        place = {"cluster": cluster, "node": node}
        self._ask("POST", "/defects", {**{key: name for key, name in place.items() if name}, **defect})

    def defects(self) -> Any:
        """The defects that there are, by node."""
        return self._ask("GET", "/defects")

    def repair(self) -> None:
        """Take all defects away."""
        self._ask("DELETE", "/defects")

    def install(
        self,
        cluster: str,
        node: str,
        service: str,
        certificate_pem: str,
        key_pem: str,
        chain: Sequence[str] = (),
        *,
        running: bool = False,
        shown_only: bool = False,
    ) -> str:
        """Install an identity and trust the chain, unjudged, on one node; the certificate's SHA-256.

        `running` lets the service take them up at once, as by a restart. `shown_only` is for services that the
        simulator does not know: the node shows their certificates, and does nothing else.
        """
        order = {
            "service": service,
            "certificate_pem": certificate_pem,
            "key_pem": key_pem,
            "chain": list(chain),
            "running": running,
            "shown_only": shown_only,
        }
        answer = self._ask("POST", f"/clusters/{cluster}/nodes/{node}/certificates", order)
        return str(answer["fingerprint"])

    def distrust(
        self, cluster: str, node: str, service: str, fingerprint: str, *, running: bool = False
    ) -> None:
        """Remove the certificate with this SHA-256 from the trust store of one node alone."""
        order = {"service": service, "fingerprint": fingerprint, "running": running}
        self._ask("DELETE", f"/clusters/{cluster}/nodes/{node}/certificates", order)

    def trunks(self, cluster: str, node: str) -> Any:
        """The status of the trunks that the node runs."""
        return self._ask("GET", f"/clusters/{cluster}/nodes/{node}/trunks")

    def reset(self) -> None:
        """Everything as at the start."""
        self._ask("POST", "/reset")


@contextmanager
def simulator_process(
    topology: Path | None = None, start_seconds: float = START_SECONDS
) -> Iterator[dict[str, Any]]:
    """Run a simulator in a process of its own and give what its readiness line says."""
    command = [sys.executable, "-m", PACKAGE, "--until-stdin-closes"]
    if topology is not None:
        command += ["--topology", str(topology)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            if not select.select([process.stdout], [], [], start_seconds)[0]:
                raise TimeoutError(f"the simulator is not ready after {start_seconds} s")
            line = process.stdout.readline()
            if not line:
                raise RuntimeError(f"the simulator ended with status {process.wait(STOP_SECONDS)}")
            yield {**json.loads(line), "pid": process.pid}
        finally:
            process.stdin.close()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
