# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SSH port of a node: its host key, and the listener.

The SSH library is loaded with the first connection, since most tests need none.
"""

from __future__ import annotations

import base64
import hashlib
import socket
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.tests.simulator.listener import Listener
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.shell.server import SshConnections
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

_RSA_LENGTH = 2048


class NodeSshServer:
    """The SSH listener of a node. It keeps its host key as long as the simulator runs."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._listener = Listener(self._serve)
        self._connections: SshConnections | None = None
        self._key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey = (
            rsa.generate_private_key(public_exponent=65537, key_size=_RSA_LENGTH)
            if node.cluster.topology.traits.old_ssh
            else ed25519.Ed25519PrivateKey.generate()
        )

    def start(self) -> None:
        """Listen."""
        self._listener.reserve(self._node.topology.address, self._node.topology.ssh_port)
        self._listener.open()

    async def stop(self) -> None:
        """Close the port and all connections."""
        self.disconnect()
        await self._listener.stop()

    @property
    def port(self) -> int:
        """The real SSH port."""
        return self._listener.port

    @property
    def host_key(self) -> str:
        """The public key as known_hosts has it: its type and Base64."""
        return (
            self._key.public_key()
            .public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
            .decode("ascii")
        )

    @property
    def host_key_fingerprint(self) -> str:
        """`SHA256:…`, as OpenSSH prints it."""
        blob = base64.b64decode(self.host_key.split()[1])
        return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")

    def cut_off(self) -> None:
        """Refuse connections, and break those that exist."""
        self._listener.close()
        self.disconnect()

    def reconnect(self) -> None:
        """Accept connections again."""
        if self._listener.reserved:
            self._listener.open()

    def disconnect(self) -> None:
        """Break every connection."""
        if self._connections is not None:
            self._connections.abort()

    async def _serve(self, raw: socket.socket, _peer: tuple[str, int]) -> None:
        if self._connections is None:
            from ansible_collections.ucops.cucm.tests.simulator.shell.server import SshConnections

            key = self._key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.OpenSSH,
                serialization.NoEncryption(),
            )
            self._connections = SshConnections(self._node, key)
        await self._connections.serve(raw)
