# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which services read a certificate only when they start.

Cisco's documents disagree; each list is the union of what they name for the release, since a
needless restart costs a minute and a forgotten one leaves the old certificate in use. Order: as in
the document of the Technical Assistance Center, so that TVS and TFTP are there for the phones that
CallManager's restart makes register again.
"""

from __future__ import annotations

#: For all releases; what a node does not have is left out. Sources: "Security Guide, Release 14"
#: (CallManager, CTIManager, HAProxy), the same of 14SU1 and later (HAProxy for RSA; CallManager and
#: HAProxy for EC), the TAC document on renewing certificates of 14 and 15, November 2025 (TVS,
#: TFTP, CallManager, CTIManager), and for older ones the note on multi-server certificates of 10.5
#: (TFTP, CallManager, CTIManager, TVS) and the guide of 12.5SU3 (CallManager, CTIManager). The names
#: of TVS and HAProxy are assumed.
_AFTER_IDENTITY: dict[str, tuple[str, ...]] = {
    "CallManager": (
        "Cisco Trust Verification Service",
        "Cisco Tftp",
        "Cisco CallManager",
        "Cisco CTIManager",
        "Cisco HAProxy",
    ),
    "tomcat": ("Cisco Tomcat",),
}

#: A CA that a peer's certificate chains to. Whether later releases reload CallManager-trust without
#: a restart is not known; for Expressway Cisco names Tomcat, CallManager and HAProxy. A SIP trunk
#: lives in Cisco CallManager alone.
_AFTER_TRUST: dict[str, tuple[str, ...]] = {
    "CallManager": ("Cisco CallManager",),
    "tomcat": ("Cisco Tomcat",),
}


def services_to_restart(service: str, purpose: str) -> list[str]:
    """The Control Center names of what to restart on the node, empty when no source names any.

    `purpose` is "identity" or "trust". An EC identity needs the same as the RSA one.
    """
    table = _AFTER_IDENTITY if purpose == "identity" else _AFTER_TRUST
    return list(table.get(service.removesuffix("-trust").removesuffix("-ECDSA"), ()))
