# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a packet capture: its TLS handshakes with their certificates described, as the modules return them."""

from __future__ import annotations

import base64
import os
import stat
from collections import Counter
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._capture.handshake import Reading, read_capture
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._pki.names import name_texts
from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import (
    describe_certificate,
    load_certificate,
)

#: Bytes that are read from the file at once.
_BUFFER = 1024 * 1024
#: Connections of one capture that can be asked for.
MOST_CONNECTIONS = 10_000

#: The verdicts of a connection, as the summary counts them.
_STATES = ("complete", "failed", "not_visible", "not_measured")


def handshakes(
    path: str, *, ports: Sequence[int], address: str | None = None, most: int = MOST_CONNECTIONS
) -> dict[str, Any]:
    """Connections and their summary, as tls_capture_info returns them; `InvalidOption` names its options."""
    reading = _read(path, ports, _address(address), most)
    connections = [_decoded(connection) for connection in reading.connections]
    states = Counter(connection["handshake"] for connection in connections)
    return {
        "connections": connections,
        "packets": reading.packets,
        "packets_ignored": reading.ignored,
        "truncated": bool(reading.incomplete),
        "truncated_because": reading.incomplete,
        "summary": {
            "connections": len(connections),
            "left_out": reading.left_out,
            **{state: states[state] for state in _STATES},
        },
    }


def _read(path: str, ports: Sequence[int], address: str | None, most: int) -> Reading:
    if not 1 <= most <= MOST_CONNECTIONS:
        raise InvalidOption(f"{most} is not between 1 and {MOST_CONNECTIONS}", option="max_connections")
    for port in ports:
        if not 0 < port < 65536:
            raise InvalidOption(
                f"{port} is no TCP port", option="port", remedy="Give numbers from 1 to 65535"
            )
    try:
        # Without blocking: a named pipe is refused below, not waited for.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb", buffering=_BUFFER) as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise InvalidOption(f"{path} is not a regular file", option="path", reason="file_unreadable")
            return read_capture(stream, source=path, ports=ports, address=address, most=most)
    except OSError as error:
        raise InvalidOption(
            f"{path} cannot be read: {error.strerror}",
            option="path",
            reason="file_unreadable",
            remedy="Check the path, and on which host the task runs (delegate_to)",
        ) from None


def _address(text: str | None) -> str | None:
    """The address in the form in which captures are read: 2001:DB8::0:1 is 2001:db8::1."""
    if text is None:
        return None
    try:
        return str(ip_address(text))
    except ValueError:
        raise InvalidOption(
            "it is no IP address",
            option="address",
            remedy="Give an IPv4 or IPv6 address; names are not in a capture",
        ) from None


def _decoded(connection: dict[str, Any]) -> dict[str, Any]:
    """The connection with its certificates described, and the CAs of the server's request by their names."""
    chains = {name: list(map(_describe, connection[name])) for name in ("server_chain", "client_chain")}
    request = connection["request"]
    if request is not None:
        request = {**request, "authorities": name_texts(map(base64.b64decode, request["authorities"]))}
    return {**connection, **chains, "request": request}


def _describe(certificate_pem: str) -> dict[str, Any]:
    """As cucm_cert_info describes it; of one that cannot be decoded, the PEM and why."""
    try:
        certificate = load_certificate(certificate_pem, source="the capture")
        return {**describe_certificate(certificate), "unreadable": None}
    except CucmError as error:
        return {"certificate": certificate_pem, "unreadable": error.what}
