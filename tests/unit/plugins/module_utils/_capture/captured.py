# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures of real connections between other makers' programs, and what tshark reads in them.

A relay on loopback writes down the bytes that pass, since a capture by the kernel needs root.
"""

from __future__ import annotations

import selectors
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._modules import tls_capture_info
from ansible_collections.ucops.cucm.tests.simulator.packets import frame
from ansible_collections.ucops.cucm.tests.simulator.wiretap import Tap
from ansible_collections.ucops.cucm.tests.support.builders import execute
from ansible_collections.ucops.cucm.tests.support.handshakes import pcap
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._sip.peers import PATIENCE, Peer, reset

needs_tshark = pytest.mark.skipif(
    shutil.which("tshark") is None,
    reason="tshark, the independent judge, is not installed: apt-get install tshark",
)
CLIENT_ADDRESS, SERVER = "192.0.2.203", ("192.0.2.200", 5061)
_FIRST_PORT = 40_000

VERSIONS = {0x301: "TLSv1.0", 0x302: "TLSv1.1", 0x303: "TLSv1.2", 0x304: "TLSv1.3"}
MESSAGES = {
    "Client Hello": 1,
    "Server Hello": 2,
    "New Session Ticket": 4,
    "Certificate": 11,
    "Certificate (empty)": 11,
    "Server Key Exchange": 12,
    "Certificate Request": 13,
    "Server Hello Done": 14,
    "Certificate Verify": 15,
    "Client Key Exchange": 16,
}
#: Messages that tshark has no type for: encrypted ones, and those that are no handshake messages.
OTHERS = {
    "Finished",
    "Encrypted Handshake Message",
    "Change Cipher Spec",
    "Application Data",
    "Encrypted (handshake or application data)",
    "Alert (encrypted)",
}


@dataclass
class Told:
    """What is told of one connection, by whomever. Lists are by side, in the order on the wire."""

    version: str | None = None
    cipher: str | None = None
    messages: dict[str, list[int]] = field(default_factory=lambda: {"client": [], "server": []})
    serials: dict[str, list[int]] = field(default_factory=lambda: {"client": [], "server": []})
    #: Side, level and description.
    alerts: list[tuple[str, int, int]] = field(default_factory=list)
    authorities: int | None = None


class Recorder:
    """Connections through relays, as packets of one capture. Stands for a Wiretap under its taps."""

    def __init__(self):
        self._packets = []
        self._lock = threading.Lock()
        self._ports = {}

    def pass_on(self, packet, _server):
        with self._lock:
            self._packets.append((time.time_ns(), frame(packet)))

    @contextmanager
    def relay(self, label, server_port):
        """A port that leads to the server; the connection through it gets the label. One at most is made."""
        client = (CLIENT_ADDRESS, _FIRST_PORT + len(self._ports))
        self._ports[client[1]] = label
        ended = threading.Event()

        def serve(connection, _peer):
            try:
                with socket.create_connection(("127.0.0.1", server_port), PATIENCE) as onward:
                    tap = Tap(self, client, SERVER, opened_by_us=True)
                    tap.open()
                    _relay(connection, onward, tap)
            finally:
                ended.set()

        with Peer(serve) as peer:
            yield Relay(peer.port, ended)
            assert (peer.connections, peer.errors) == (1, []), label

    def write(self, path):
        with self._lock:
            path.write_bytes(pcap(self._packets))

    def labels(self):
        return dict(self._ports)


@dataclass(frozen=True)
class Relay:
    """Where the client is to connect to; `ended` is set when the connection is over on both sides."""

    port: int
    ended: threading.Event


def _relay(client, server, tap):
    """Carry the bytes both ways until both sides have closed, or one has reset."""
    others = {client: server, server: client}
    with selectors.DefaultSelector() as selector:
        for end in others:
            selector.register(end, selectors.EVENT_READ)
        while selector.get_map():
            ready = selector.select(PATIENCE)
            if not ready:
                raise TimeoutError("neither side says anything, and none leaves")
            for key, _events in ready:
                end = key.fileobj
                by_client = end is client
                try:
                    data = end.recv(65536)
                except ConnectionResetError:
                    tap.reset(by_client)
                    reset(others[end])
                    return
                if not data:
                    tap.closed(by_client)
                    selector.unregister(end)
                    _try(lambda other=others[end]: other.shutdown(socket.SHUT_WR))
                elif by_client:
                    tap.sent(data)
                    _try(lambda data=data: server.sendall(data))
                else:
                    tap.received(data)
                    _try(lambda data=data: client.sendall(data))


def _try(action):
    """Who has left hears nothing more; that it has is seen when it is read from."""
    try:
        action()
    except OSError:
        pass


def told_by_the_collection(path, labels):
    """What tls_capture_info says: the label of each connection, its description, and that as Told."""
    result, _warnings = execute(tls_capture_info.DEFINITION, {"path": str(path)})
    assert not result["truncated"], result["truncated_because"]
    found = {}
    for connection in result["connections"]:
        told = Told(version=connection["version"], cipher=connection["cipher_openssl"])
        for step in connection["steps"]:
            if step["message"] in MESSAGES:
                told.messages[step["from"]].append(MESSAGES[step["message"]])
            else:
                assert step["message"] in OTHERS or step["message"].startswith("Alert ("), step
        for side in told.serials:
            told.serials[side] = [int(one["serial_number"], 16) for one in connection[f"{side}_chain"]]
        told.alerts = [
            (alert["from"], 2 if alert["fatal"] else 1, alert["number"]) for alert in connection["alerts"]
        ]
        if connection["request"] is not None:
            told.authorities = len(connection["request"]["authorities"])
        found[labels[connection["client"]["port"]]] = (connection, told)
    return found


_FIELDS = (
    "tcp.srcport",
    "tcp.dstport",
    "tls.handshake.type",
    "tls.handshake.version",
    "tls.handshake.extensions.supported_version",
    "tls.handshake.ciphersuite",
    "x509af.serialNumber",
    "tls.alert_message.level",
    "tls.alert_message.desc",
    "tls.handshake.dnames_len",
    "tls.handshake.dname_len",
)


def told_by_tshark(path, labels):
    """The same by tshark, label by label."""
    command = [
        "tshark",
        "-n",
        "-r",
        str(path),
        "-d",
        f"tcp.port=={SERVER[1]},tls",
        "-Y",
        "tls",
        "-T",
        "fields",
    ]
    command += [part for name in _FIELDS for part in ("-e", name)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    names = _openssl_names()
    found = defaultdict(Told)
    for line in done.stdout.splitlines():
        source, destination, *columns = line.split("\t")
        side = "server" if int(source) == SERVER[1] else "client"
        told = found[labels[int(destination if side == "server" else source)]]
        types, versions, chosen, ciphers, serials, levels, alerts, listed, dnames = (
            column.split(",") if column else [] for column in columns
        )
        told.messages[side] += map(int, types)
        told.serials[side] += (int(serial.replace(":", ""), 16) for serial in serials)
        told.alerts += ((side, int(level), int(alert)) for level, alert in zip(levels, alerts, strict=True))
        if side == "server" and "2" in types:
            told.version = VERSIONS[int((chosen or versions)[0], 16)]
            told.cipher = names[int(ciphers[0], 16)]
        if listed:
            told.authorities = len(dnames)
    return found


def _openssl_names():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:@SECLEVEL=0")
    return {cipher["id"] & 0xFFFF: cipher["name"] for cipher in context.get_ciphers()}
