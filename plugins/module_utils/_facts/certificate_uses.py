# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a node uses its certificates for, and what breaks without them.

Sources: Security Guide for Unified CM 12.5, 14 and 15, chapter Certificates; for client authentication, field
notice FN74345, revision 1.2 of 2026-03-25. A service that is missing here is not known, and is told as that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Use:
    """What an identity is for. `without_client` is empty where the service is never a TLS client."""

    what: str
    when_expired: str
    without_client: str = ""


_CALL_PROCESSING = Use(
    "SIP trunks and phones over TLS, CTI and JTAPI over TLS; signs the trust list (ITL) and the files of TFTP",
    "no new TLS connection of trunks, phones and CTI; phones may refuse files of TFTP",
    "trunks that this node opens: a peer that checks the usage refuses it as a TLS client",
)
_WEB = Use(
    "administration pages, AXL, REST and all other HTTPS of the node, and its own HTTPS connections",
    "browsers, Jabber and programs that use AXL or REST warn or refuse",
    "connections between servers in which this node is the TLS client",
)

#: By the service's name as Unified CM spells it.
USES: Mapping[str, Use] = {
    "CallManager": _CALL_PROCESSING,
    "CallManager-ECDSA": _CALL_PROCESSING,
    "tomcat": _WEB,
    "tomcat-ECDSA": _WEB,
    "TVS": Use(
        "answers phones that ask whether a certificate can be trusted",
        "phones cannot have certificates verified: HTTPS services, and files after other certificates change",
        "connections to other nodes in which the service is the TLS client",
    ),
    "CAPF": Use(
        "the CA of phones' own certificates (LSC)",
        "no phone gets a certificate or a new one; phones with certificates of this CA cannot connect",
    ),
    "ipsec": Use(
        "IPsec of the node, and the Disaster Recovery System between the nodes",
        "backups of the cluster and IPsec connections fail",
        "IPsec connections that this node opens",
    ),
    "ITLRecovery": Use(
        "the second signature of the trust list (ITL), by which phones recover trust",
        "phones that have lost trust in the other certificates must have their trust list deleted by hand",
    ),
}

#: What each trust store is for, by its name without "-trust".
STORES: Mapping[str, str] = {
    "CallManager": "peers of SIP trunks over TLS, phones and CTI clients",
    "tomcat": "servers to which the node connects by HTTPS or LDAP over TLS, and their certificates at phones",
    "TVS": "what the Trust Verification Service tells phones",
    "CAPF": "the CAs of phones' certificates",
    "ipsec": "other nodes and gateways, for IPsec and backups",
    "Phone-SAST": "signers of phones' trust lists",
    "Phone-VPN": "VPN gateways to which phones connect",
    "Phone-CTL": "signers of phones' trust lists",
    "ITLRecovery": "signers of phones' trust lists",
}

#: The services that a peer of a SIP trunk over TLS may see; which one decides the cipher.
SIP_SERVICES = ("CallManager", "CallManager-ECDSA")
#: The services whose certificates name the node. The others are one for a cluster, or named after their purpose.
NAMED_AFTER_NODE = (*SIP_SERVICES, "tomcat", "tomcat-ECDSA", "ipsec")

#: Which release does without client authentication in the certificates of public CAs. Whether it has shipped
#: was not known when this was written.
CLIENT_AUTHENTICATION_FIX = (
    "Unified CM 15SU5, announced for the fourth quarter of 2026 (CSCws02424): separate server and client"
    " certificates, and the setting to ignore the usage, which both ends need. None for release 14 (Cisco field"
    " notice FN74345)"
)
