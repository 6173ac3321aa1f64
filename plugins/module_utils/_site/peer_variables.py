# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys of an entry of `cucm_peers` and of its nodes."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import CHOICES, PEER_KINDS
from ansible_collections.ucops.cucm.plugins.module_utils._site.variable import Level, Variable


def _key(name: str, kind: str, description: str, elements: str = "") -> Variable:
    """A key whose default is that of the peer's kind."""
    choices = () if elements else CHOICES.get(name, ())
    return Variable(name, kind, Level.CLUSTER, description, choices=choices, elements=elements)


#: A node of a peer that is not in the inventory.
PEER_NODE = (
    Variable(
        "name",
        "str",
        Level.CLUSTER,
        "Name of the node. Without it, its address. A node of a cluster needs one.",
    ),
    Variable("address", "str", Level.CLUSTER, "Name or IPv4 address to send calls to."),
    Variable("address_ipv6", "str", Level.CLUSTER, "IPv6 address to send calls to."),
    Variable(
        "port",
        "int",
        Level.CLUSTER,
        "TCP port to send calls to. Without it, C(port) of the peer.",
        default=5061,
    ),
    Variable(
        "subject_name",
        "str",
        Level.CLUSTER,
        "Name in the node's certificate that is accepted. Needed for a node whose certificate is not read in the"
        " same run.",
    ),
    Variable(
        "server_names",
        "list",
        Level.CLUSTER,
        "Names in the certificate that the node shows when it is called. Without them, those that its port shows"
        " under C(ca_certificate_paths) or C(tls_fingerprint), and without these its C(address) if that is a name.",
        elements="str",
    ),
    Variable(
        "client_names",
        "list",
        Level.CLUSTER,
        "Names in the certificate that the node shows when it calls. Without them, C(server_names). A port does not"
        " show them.",
        elements="str",
    ),
    Variable(
        "tls_fingerprint",
        "str",
        Level.CLUSTER,
        "SHA-256 fingerprint of the certificate that the node shows when it is called, so that its names can be read"
        " from its port.",
    ),
)

#: The settings of a peer, whose defaults are those of its kind: the fields of `PeerSettings`.
PEER_SETTINGS = (
    _key("port", "int", "TCP port of the peer's nodes to which calls are sent."),
    _key(
        "incoming_port",
        "int",
        "TCP port on which the cluster takes the calls of this peer. Without it, that of the kind, and without that"
        " C(cucm_sip_tls_trunk_incoming_port).",
    ),
    _key("transports", "list", "Transports of the peer. Only V(TLS) is made.", elements="str"),
    _key("device_security_mode", "str", "Security mode of the profile. V(Authenticated) does not encrypt."),
    _key("accept_presence_subscription", "bool", "Whether presence subscriptions are accepted."),
    _key("accept_out_of_dialog_refer", "bool", "Whether REFER outside of a dialog is accepted."),
    _key("accept_unsolicited_notification", "bool", "Whether NOTIFY without a subscription is accepted."),
    _key("accept_replaces_header", "bool", "Whether the header Replaces is accepted."),
    _key("transmit_security_status", "bool", "Whether the peer is told how secure a call is."),
    _key(
        "srtp",
        "str",
        "Encryption of media. With V(off) the trunk does not allow SRTP; the others allow it, and differ in what the"
        " peer's side needs.",
    ),
    _key(
        "options_ping",
        "bool",
        "Whether the trunk watches the peer with SIP OPTIONS. Without it, that of the kind, and without that"
        " C(cucm_options_ping).",
    ),
    _key("early_offer", "str", "Early offer of the trunk. With it, the trunk gets a SIP profile of its own."),
    _key("calling_search_space", "str", "Calling search space of the trunk."),
    _key("rerouting_calling_search_space", "str", "Calling search space for rerouting."),
    _key(
        "out_of_dialog_refer_calling_search_space",
        "str",
        "Calling search space for REFER outside of a dialog.",
    ),
    _key("subscribe_calling_search_space", "str", "Calling search space for subscriptions."),
    _key(
        "redirecting_diversion_header_delivery_inbound",
        "bool",
        "Whether the redirecting diversion header of the peer's calls counts.",
    ),
    _key(
        "redirecting_diversion_header_delivery_outbound",
        "bool",
        "Whether calls to the peer have the redirecting diversion header.",
    ),
    _key(
        "layout",
        "str",
        "Whether one trunk leads to all nodes, or a trunk to each, with a route group and a route list.",
    ),
    _key("verifies_our_name", "str", "Where the peer looks for the name of our nodes in their certificates."),
    _key(
        "our_names_expected",
        "list",
        "Names that the peer looks for in our certificates. Without them, the addresses of our nodes.",
        elements="str",
    ),
    _key("max_names", "int", "How many names of ours the peer can look for."),
    _key("name_wildcards", "bool", "Whether the peer can look for a name such as V(*.example.com)."),
    _key(
        "asks_our_certificate", "str", "Whether the peer asks for our certificate when the cluster calls it."
    ),
    _key(
        "client_auth",
        "str",
        "Whether the peer refuses our certificate without client authentication in its extended key usage.",
    ),
    _key("key_types", "list", "Types of our certificates that the peer may be shown.", elements="str"),
    _key("tls_min", "str", "Lowest TLS version of the peer."),
    _key("tls_max", "str", "Newest TLS version of the peer."),
    _key(
        "trust_source",
        "str",
        "From where the peer takes the trust in our certificates: CA certificates, or the CTL file by TFTP.",
    ),
    _key("needs_mixed_mode", "bool", "Whether the peer works with a cluster in mixed mode only."),
)

#: A peer of a cluster.
PEER = (
    Variable(
        "cluster",
        "str",
        Level.CLUSTER,
        "Name of the peer cluster. A peer of another kind has C(name) in its place.",
    ),
    Variable(
        "kind",
        "str",
        Level.CLUSTER,
        "Kind of the peer. It decides the defaults of the keys below.",
        default="cluster",
        choices=tuple(PEER_KINDS),
    ),
    Variable("name", "str", Level.CLUSTER, "Name of a peer that is no cluster."),
    Variable(
        "release",
        "str",
        Level.CLUSTER,
        "Release of a peer that is no cluster, such as V(17.12.4) or V(X15.5). Some defaults depend on it.",
    ),
    Variable(
        "ca_certificate_paths",
        "list",
        Level.CLUSTER,
        "Files with the CA certificates (PEM) that sign the peer's certificates. They are uploaded to CallManager-trust"
        " of all nodes of the cluster, and the names that the peer's ports show are read with them.",
        elements="path",
    ),
    Variable(
        "patterns",
        "list",
        Level.CLUSTER,
        "Route patterns that lead to the peer: the pattern, or a dictionary with C(pattern) and C(partition).",
        elements="raw",
    ),
    Variable(
        "nodes",
        "list",
        Level.CLUSTER,
        "The call processing nodes of a peer that is not in the inventory. Those of a cluster of the inventory are"
        " the hosts of its group.",
        elements="dict",
        options=PEER_NODE,
    ),
    Variable(
        "one_way",
        "bool",
        Level.CLUSTER,
        "Whether it is meant that the peer does not list this cluster in turn.",
        default=False,
    ),
    Variable("trunk", "str", Level.CLUSTER, "Name of the trunk. Without it, the name of the peer."),
    Variable(
        "security_profile",
        "str",
        Level.CLUSTER,
        "Name of the security profile. Without it, C(cucm_sip_tls_trunk_profile_name_prefix) and the name of the"
        " peer.",
    ),
    Variable("device_pool", "str", Level.CLUSTER, "Device pool of the trunk."),
    Variable("location", "str", Level.CLUSTER, "Location of the trunk."),
    Variable("sip_profile", "str", Level.CLUSTER, "SIP profile of the trunk."),
    Variable("srtp_allowed", "bool", Level.CLUSTER, "Whether media may be encrypted."),
    Variable(
        "call_manager_group",
        "str",
        Level.CLUSTER,
        "Cisco Unified CM group of the route list, where there is a trunk for each node. Without it, V(Default).",
    ),
    Variable(
        "hand_over",
        "dict",
        Level.CLUSTER,
        "What the sheet and the configuration for the administrator of the peer say beside the other keys.",
        options=(
            Variable(
                "numbers",
                "list",
                Level.CLUSTER,
                "Numbers that the peer may send to the cluster, as route patterns have them.",
                elements="str",
            ),
            Variable(
                "configuration",
                "dict",
                Level.CLUSTER,
                "Settings of the configuration text, as O(ucops.cucm.cucm_peer_sheet#module:peer) has them.",
            ),
        ),
    ),
    *PEER_SETTINGS,
)
