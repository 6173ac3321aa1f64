# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The catalogue of reasons: what the verdict says about trunks, ports, calls, captures and traces."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.ucops.cucm.plugins.module_utils._facts.pages import CERTIFICATE_PAGE, SERVICE_PAGE
from ansible_collections.ucops.cucm.plugins.module_utils._facts.reason import Reason

_TRACES = "Look into the node's SDL traces of that time"
PROFILE = "SIP Trunk Security Profile Configuration"
_ENCRYPTED = f"Set Device Security Mode to Encrypted ({PROFILE}) on {{host}}, and reset the trunk"
_START_FIRST = "Start the capture first, then reset the trunk"

TRUNKS: Mapping[str, Reason] = {
    "our_name_missing": Reason(
        "A peer looks for a name in the certificate of a node, and the certificate does not have it.",
        "Have the certificate signed with that name (cucm_certificate_subject_alt_names), or let the peer dial a name"
        " that is in it (cucm_sip_address).",
    ),
    "certificates_differ": Reason(
        "Certificate store, wire and trace do not show the same certificate.",
        f"Restart Cisco CallManager ({SERVICE_PAGE}), and check whether another device has the address of the node.",
    ),
    "clock_differs": Reason(
        "The clock of a node is wrong, so certificates may seem expired or not yet valid.",
        "Check utils ntp status on the node, and the NTP servers of this machine.",
    ),
    "destinations_differ": Reason(
        "The destinations of the trunk are not the nodes of the peer.",
        "Correct SIP Information > Destination of the trunk (Device > Trunk), then reset it.",
    ),
    "fewer_than_two": Reason(
        "Only one of certificate store, wire and trace is known, so they cannot be compared.",
        "Verify with cucm_verify_capture or cucm_verify_traces, and a reset of the trunk.",
    ),
    "no_evidence": Reason(
        "A part of the evidence is missing.", "Collect the evidence again, and see why this part is missing."
    ),
    "no_peer": Reason(
        "The inventory names no trunk in this direction, or the publisher was not read.",
        "Add the peer to cucm_peers.",
    ),
    "no_service": Reason(
        "The trunk is out of service on a node.",
        "Read the SDL traces (cucm_verify_traces), and fix the causes named first.",
    ),
    "node_silent": Reason(
        "A node reports no status of the trunk.", "Check that Cisco CallManager runs there."
    ),
    "node_unseen": Reason(
        "A node runs the trunk, and the run has no evidence of it.",
        "Add all nodes of the cluster that process calls to the inventory.",
    ),
    "not_asked": Reason("The status of trunks was not requested.", "Set the option status."),
    "not_pinged": Reason(
        "The status is not known, since the trunk has no OPTIONS ping.",
        "Set cucm_options_ping: true, or enable OPTIONS Ping in the SIP profile of the trunk.",
    ),
    "not_reset": Reason(
        "The trunk still runs with its former configuration.", "Reset the trunk (Device > Trunk > Reset)."
    ),
    "not_the_installed_one": Reason(
        "The SIP port shows another certificate than the installed one.",
        f"Restart Cisco CallManager on the node ({SERVICE_PAGE}).",
    ),
    "options_ping_off": Reason(
        "OPTIONS ping is requested, and off.", "Enable OPTIONS Ping in the SIP profile, then reset the trunk."
    ),
    "other_certificate": Reason(
        "The traces show another certificate than the peer has.",
        "Restart Cisco CallManager on the peer, and check the address for another device.",
    ),
    "other_key_type": Reason(
        "The port shows a certificate of another key type than those that were read.",
        "Read CallManager and CallManager-ECDSA of the node.",
    ),
    "partial_service": Reason(
        "Some destinations of the trunk are out of service.",
        "Fix the checks of the nodes that the report names.",
    ),
    "pattern_blocks": Reason(
        "The route pattern blocks calls.",
        "Set Route Option to Route this pattern (Call Routing > Route/Hunt > Route Pattern).",
    ),
    "pattern_leads_elsewhere": Reason(
        "The route pattern leads elsewhere.",
        "Set its Gateway/Route List to the trunk, or use another pattern.",
    ),
    "pattern_missing": Reason(
        "The route pattern does not exist.", "Run ucops.cucm.pair_clusters, or add it by hand."
    ),
    "profile_not_secure": Reason(
        "The SIP trunk security profile does not use TLS both ways.",
        "Set Encrypted, and TLS for both transport types, then reset the trunk.",
    ),
    "route_list": Reason(
        "The route pattern leads to a route list whose members were not read.",
        "Check that the route list has a route group with the trunk.",
    ),
    "service_not_running": Reason("Cisco CallManager does not run on a node.", f"Start it ({SERVICE_PAGE})."),
    "srtp_without_tls": Reason(
        "SRTP is allowed, and its keys are sent without TLS.",
        "Secure the profile with TLS, or clear SRTP Allowed.",
    ),
    "subject_name_differs": Reason(
        "No X.509 subject name of the profile equals a name in the certificate of the peer.",
        "Correct X.509 Subject Name letter by letter, then reset the trunk.",
    ),
    "trunk_missing": Reason(
        "The SIP trunk does not exist.", "Run ucops.cucm.pair_clusters, or add it by hand."
    ),
    "unknown": Reason(
        "RisPort70 does not know the status of the trunk.",
        "Verify again; without OPTIONS ping it stays unknown.",
    ),
}

PORTS: Mapping[str, Reason] = {
    "answer_timeout": Reason("The port accepted the connection, and did not answer in time.", _TRACES),
    "certificates": Reason(
        "No certificate was seen that could be judged.", "Fix the findings of the handshake first."
    ),
    "chain_unreadable": Reason(
        "A certificate that the port shows cannot be decoded.",
        f"Have the certificate issued again (certificate CallManager, {CERTIFICATE_PAGE})",
    ),
    "cipher": Reason(
        "The strength of the chosen cipher is not known.", "Compare it with the documentation of the peer."
    ),
    "cipher_broken": Reason(
        "The chosen cipher does not protect the trunk.",
        "Choose a stronger setting in System > Enterprise Parameters > TLS Ciphers.",
    ),
    "cipher_weak": Reason(
        "The chosen cipher does not protect the trunk.",
        "Choose stronger ciphers in System > Enterprise Parameters > TLS Ciphers of {host}, and check that Device"
        f" Security Mode ({PROFILE}) is Encrypted there; then reset the trunk",
    ),
    "client_certificate_demand": Reason(
        "Whether the port demands a certificate could not be seen.",
        "Verify with cucm_verify_client_certificate_path.",
    ),
    "client_certificate_not_demanded": Reason(
        "The port asks its peers for no certificate: anybody may speak SIP to it over TLS.", _ENCRYPTED
    ),
    "client_certificate_optional": Reason("The port accepts a peer that shows no certificate.", _ENCRYPTED),
    "client_certificate_refused": Reason(
        "The port refused the certificate of the probe.",
        "Use a certificate of a CA that CallManager-trust of the node has, with client authentication.",
    ),
    "connect_timeout": Reason(
        "The port did not answer in time.", "Look for a firewall between, and whether the node is up"
    ),
    "connection_closed": Reason(
        "The port closed the connection before TLS was complete.",
        f"The port may speak SIP without TLS (Incoming Transport Type, {PROFILE}); otherwise look into the node's SDL"
        " traces of that time",
    ),
    "connection_refused": Reason(
        "Nothing listens on the port.",
        f"Nothing listens there. Check that Cisco CallManager runs ({SERVICE_PAGE}), that a SIP trunk uses a profile"
        f" whose Incoming Port ({PROFILE}) is this one, and that the trunk was reset since",
    ),
    "connection_reset": Reason(
        "The connection was reset.",
        "Look for a firewall that inspects TLS, and for alarms of Cisco CallManager at that time",
    ),
    "earlier_step": Reason(
        "An earlier check failed, so this one could not be made.", "Fix the earlier check, and verify again."
    ),
    "name_not_resolved": Reason(
        "The name of the destination cannot be resolved.",
        "Check the name, and the DNS servers of the host that the task runs on",
    ),
    "network_error": Reason("The connection broke.", _TRACES),
    "network_unreachable": Reason(
        "There is no route to the address.",
        "Check the address and the routes of the host that the task runs on",
    ),
    "no_certificate_accepted": Reason("The port let in a peer without a certificate.", _ENCRYPTED),
    "no_shared_cipher": Reason(
        "No cipher in common.",
        "Compare System > Enterprise Parameters > TLS Ciphers of the node with what its peers offer",
    ),
    "not_tls": Reason(
        "The port does not speak TLS.",
        f"Set Device Security Mode to Encrypted and Incoming Transport Type to TLS ({PROFILE}), and reset the trunk;"
        " check the port too",
    ),
    "offers": Reason(
        "Some key types could not be offered by this Python.", "Run the probe with a newer OpenSSL."
    ),
    "options": Reason(
        "OPTIONS was not answered, since the port did not let the probe in.",
        "Set cucm_verify_client_certificate_path.",
    ),
    "options_answer": Reason(
        "A note: OPTIONS was answered with a status that counts as alive.", "Nothing needs to be done."
    ),
    "options_answer_malformed": Reason(
        "What came in answer to OPTIONS is not SIP.", "Check that the port is a SIP port"
    ),
    "options_connection_ended": Reason(
        "The connection ended instead of an answer to OPTIONS.",
        f"The server may refuse the certificate or its names after the handshake. {_TRACES}",
    ),
    "options_refused": Reason(
        "OPTIONS was refused, so calls would be refused as well.",
        "Compare the certificate of the sender with X.509 Subject Name, and clear Enable Digest Authentication.",
    ),
    "options_timeout": Reason(
        "OPTIONS was not answered in time.", f"Check that Cisco CallManager is not overloaded. {_TRACES}"
    ),
    "other_certificate_name": Reason(
        "A note: the certificates for RSA and EC have different names.",
        "Both belong into X.509 Subject Name.",
    ),
    "subject": Reason("No name was given to compare the certificate with.", "Set expected_subject_names."),
    "throw_away_ca_accepted": Reason(
        "The port let in a peer with a certificate of an unknown CA.", _ENCRYPTED
    ),
    "tls_error": Reason("The TLS handshake failed.", _TRACES),
    "tls_refused": Reason("The port refused the handshake with a TLS alert.", _TRACES),
    "tls_timeout": Reason(
        "The TLS handshake did not end in time.",
        f"The port may speak SIP without TLS: set Incoming Transport Type to TLS ({PROFILE}) and reset the trunk."
        " Otherwise the node is overloaded, or large packets are lost on the way (MTU)",
    ),
    "tls_version_not_shared": Reason(
        "No TLS version in common.",
        "Upgrade the node; for releases 9.1 and 10.5 set allow_legacy_tls: true to see more",
    ),
    "tls_version_too_low": Reason(
        "The port speaks only older TLS versions than the trunk demands.",
        "Raise the TLS version of {host} (set tls server min-version on its command line), or upgrade it",
    ),
    "too_much_data": Reason("The port sent far more than TLS does.", "Check that the port is a SIP port."),
    "trust": Reason("No CA was given to judge the chain with.", "Set ca_path or ca_content."),
}

CALLS: Mapping[str, Reason] = {
    "call_failed": Reason(
        "A call was refused by the peer.",
        "Check the calling search space of the trunk on the peer, the number there, and the SDL traces of the peer.",
    ),
    "call_not_sent": Reason(
        "A call matched the pattern and was not sent.", "Look at the failures in the SDL traces of that time."
    ),
    "call_went_elsewhere": Reason(
        "A call left over another trunk or gateway.",
        "Set Gateway/Route List of the route pattern to the trunk.",
    ),
    "call_without_tls": Reason(
        "A call was sent without TLS.", "Give the trunk a profile with TLS, and reset it."
    ),
    "no_call": Reason(
        "The traces show no call in this direction.", "Make a test call, and verify with traces."
    ),
    "no_pattern_matches": Reason(
        "No route pattern matches the dialed number.",
        "Add a route pattern in a partition of the caller's calling search space.",
    ),
    "not_picked_up": Reason(
        "The call reached the peer, and nobody answered.", "Make a test call that is answered."
    ),
    "other_pattern": Reason(
        "Another route pattern matches the dialed number first.",
        "Use the Dialed Number Analyzer, and correct the pattern or its partition.",
    ),
}

CAPTURES: Mapping[str, Reason] = {
    "closed_by_client": Reason(
        "The client closed the connection during the handshake.", "Look into its SDL trace at that time."
    ),
    "closed_by_server": Reason(
        "The server closed the connection during the handshake.", "Look into its SDL trace at that time."
    ),
    "cut_off": Reason("the capture cut packets off", "Capture again with 'size all'"),
    "encrypted": Reason(
        "in TLS 1.3 the certificates, the certificate request and the alerts are encrypted, so no capture shows them",
        "Read the certificates in the SDL traces of both nodes (SIPCertificateInd), or as the live probe saw them",
    ),
    "ended_early": Reason(
        "The connection ended before an answer was due.",
        "Capture while a call is made, or with OPTIONS ping.",
    ),
    "ends_early": Reason(
        "the capture ends before the handshake does", "Capture longer; " + _START_FIRST.lower()
    ),
    "gap": Reason(
        "the capture lacks packets of this connection",
        "Capture again on one of the two nodes, with a filter for the port",
    ),
    "given_up": Reason(
        "the capture has too many connections with missing packets", "Filter by address, or by port"
    ),
    "handshake_failed": Reason(
        "The handshake failed.", "Look into the SDL traces of both nodes at that time."
    ),
    "malformed_message": Reason("a handshake message cannot be read", "Open the capture in Wireshark"),
    "maybe_refused": Reason(
        "the last thing that one side sent has the length of an alert: it refused the other, or only said goodbye",
        "Look into the SDL trace of the side that closed",
    ),
    "no_answer": Reason(
        "The server did not answer.", "Check the address, the routes and the firewalls between the two nodes."
    ),
    "no_capture": Reason("There is no capture of a node.", "Verify with cucm_verify_capture: true."),
    "no_client_certificate": Reason(
        "The client sent no certificate, and the server demands one.",
        "Give the client a CallManager certificate with client authentication, and restart Cisco CallManager there.",
    ),
    "no_common_cipher": Reason(
        "The server accepts none of the offered ciphers.",
        "Compare System > Enterprise Parameters > TLS Ciphers of both clusters, and the types of their keys.",
    ),
    "no_common_version": Reason(
        "No TLS version in common.",
        "Compare show tls client min-version and show tls server min-version of both nodes.",
    ),
    "no_record": Reason("bytes in the middle are no TLS", "Open the capture in Wireshark"),
    "not_captured": Reason(
        "No capture shows a connection between the two.",
        "Capture again, and reset the trunk while the capture runs.",
    ),
    "nothing_sent": Reason("the capture shows no handshake and no end of the connection", _START_FIRST),
    "other_protocol": Reason(
        "neither TLS nor SIP is spoken on this connection, and it was not asked for by its port",
        "Name the ports of the trunks",
    ),
    "refused_by_client": Reason(
        "The client refused the handshake with an encrypted alert.",
        "Check that the client trusts the CA of the server, and look into its SDL trace.",
    ),
    "reset_by_client": Reason(
        "The client reset the connection during the handshake.", "Look into its SDL trace at that time."
    ),
    "reset_by_server": Reason(
        "The server reset the connection during the handshake.", "Look into its SDL trace at that time."
    ),
    "started_later": Reason("the connection was open before the capture began", _START_FIRST),
    "too_much": Reason("the capture holds more certificates than are kept", "Filter by address, or by port"),
}

TRACES: Mapping[str, Reason] = {
    "certificate_not_in_store": Reason(
        "The CA that issued the peer's certificate is not in the trust store of this node.",
        f"Upload the root and intermediate CA certificates to CallManager-trust on this node: {CERTIFICATE_PAGE}.",
    ),
    "connection_failure": Reason(
        "No TLS connection came about; the alarm has a reason code.",
        "Do what the message says for its reason code.",
    ),
    "name_mismatch": Reason(
        "The certificate of the peer names something else than the profile expects.",
        "Correct X.509 Subject Name letter by letter, then reset the trunk.",
    ),
    "not_traced": Reason(
        "The traces do not show it.", "Reset the trunk, make a call, and collect the traces after it."
    ),
    "peer_not_told": Reason(
        "Failures in the trace do not say with which peer.",
        "Look into the trace at the time that the message names.",
    ),
    "trace_failure": Reason(
        "A failure in the trace without a kind.", "Look into the trace at the time that the message names."
    ),
    "trace_unreadable": Reason(
        "The file is not an SDL trace.", "Give SDL files as RTMT or the node delivers them."
    ),
    "truncated": Reason(
        "The traces were cut, so failures may be missing.", "Collect traces of a shorter time."
    ),
    "trunk_out_of_service": Reason(
        "An alarm says that the trunk is out of service.", "Do what the message says for its reason."
    ),
    "trunk_partly_in_service": Reason(
        "An alarm says that some destinations of the trunk are out of service.",
        "Do what the message says for each.",
    ),
    "verification_error": Reason(
        "The certificate of the peer could not be verified; the message says why.",
        "Do what the message says for the number of the error.",
    ),
}
