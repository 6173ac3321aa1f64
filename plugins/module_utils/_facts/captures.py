# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a packet capture does not show something of a connection.

The reader of captures says so of one capture, the verdict of several captures together.
"""

from __future__ import annotations

from collections.abc import Mapping

_START_FIRST = "Start the capture first, then reset the trunk"

#: Why something could not be measured: in words, and what to do.
_LACKS: Mapping[str, tuple[str, str]] = {
    "started_later": ("the connection was open before the capture began", _START_FIRST),
    "gap": (
        "the capture lacks packets of this connection",
        "Capture again on one of the two nodes, with a filter for the port",
    ),
    "cut_off": ("the capture cut packets off", "Capture again with 'size all'"),
    "no_record": ("bytes in the middle are no TLS", "Open the capture in Wireshark"),
    "malformed_message": ("a handshake message cannot be read", "Open the capture in Wireshark"),
    "too_much": ("the capture holds more certificates than are kept", "Filter by address, or by port"),
    "given_up": (
        "the capture has too many connections with missing packets",
        "Filter by address, or by port",
    ),
    "other_protocol": (
        "neither TLS nor SIP is spoken on this connection, and it was not asked for by its port",
        "Name the ports of the trunks",
    ),
    "ends_early": ("the capture ends before the handshake does", "Capture longer; " + _START_FIRST.lower()),
    "nothing_sent": ("the capture shows no handshake and no end of the connection", _START_FIRST),
    "encrypted": (
        "in TLS 1.3 the certificates, the certificate request and the alerts are encrypted, so no capture shows them",
        "Read the certificates in the SDL traces of both nodes (SIPCertificateInd), or as the live probe saw them",
    ),
    "maybe_refused": (
        "the last thing that one side sent has the length of an alert: it refused the other, or only said goodbye",
        "Look into the SDL trace of the side that closed",
    ),
}


def lack(reason: str) -> dict[str, str]:
    """Why something could not be measured, as it stands in the result."""
    text, remedy = _LACKS[reason]
    return {"reason": reason, "text": text, "remedy": remedy}
