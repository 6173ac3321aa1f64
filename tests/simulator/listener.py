# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A TCP port of a node, which can be closed and opened again under the same number."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

_BACKLOG = 128

#: Serves one connection: its socket, which is not blocking, and the peer's address and port.
Serve = Callable[[socket.socket, tuple[str, int]], Awaitable[None]]


class Listener:
    """A port that is bound from the beginning, so that its number is known, and listens at times.

    While it does not listen, a connection is refused.
    """

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self._address = ""
        self._reserved: socket.socket | None = None
        self._listening: socket.socket | None = None
        self._accepting: asyncio.Task[None] | None = None
        self._connections: set[asyncio.Future[None]] = set()
        self.port = 0

    def reserve(self, address: str, port: int) -> None:
        """Bind the port; 0 means a free one."""
        self._address = address
        self._reserved = self._bind(port)
        self.port = self._reserved.getsockname()[1]

    @property
    def reserved(self) -> bool:
        """Whether the port is bound."""
        return self._reserved is not None

    @property
    def listening(self) -> bool:
        """Whether a connection would be accepted."""
        return self._listening is not None

    def open(self) -> None:
        """Accept connections from now on."""
        if self._listening is None:
            self._listening = self._bind(self.port)
            self._listening.listen(_BACKLOG)
            self._accepting = asyncio.get_running_loop().create_task(self._accept(self._listening))

    def close(self) -> None:
        """Refuse connections from now on; those that exist stay."""
        if self._listening is None or self._accepting is None:
            return
        self._accepting.cancel()
        asyncio.get_running_loop().remove_reader(self._listening)
        self._listening.close()
        self._listening = self._accepting = None

    async def stop(self) -> None:
        """Close the port, and end what serves connections."""
        self.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        if self._reserved is not None:
            self._reserved.close()
            self._reserved = None

    def _bind(self, port: int) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._address else socket.AF_INET
        bound = socket.socket(family, socket.SOCK_STREAM)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # A second socket listens on the same port while the first one keeps it reserved.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.setblocking(False)
        bound.bind((self._address, port))
        return bound

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            raw, peer = await loop.sock_accept(listening)
            raw.setblocking(False)
            # Without this, small replies wait for the peer's delayed acknowledgement.
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            task = asyncio.ensure_future(self._serve(raw, peer[:2]))
            self._connections.add(task)
            task.add_done_callback(self._connections.discard)
