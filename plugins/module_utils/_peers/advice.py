# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What administrators of each kind of peer have to set and to check, and the failure texts that they may see.

Data with its sources; how sure a setting is, is a key of `_facts.peer_kinds.SURENESS`. In texts, {cluster} and {peer}
are the names, {port} is the port on which the cluster takes the peer's calls, {names} and {addresses} are those of the
cluster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.ucops.cucm.plugins.module_utils._facts.peer_kinds import Sureness
from ansible_collections.ucops.cucm.plugins.module_utils._peers.cube import FAILURES as CUBE_FAILURES


@dataclass(frozen=True)
class Failure:
    """A text that the peer's administrator may see, what it means, and what to do."""

    text: str
    meaning: str
    remedy: str
    source: str


@dataclass(frozen=True)
class Advice:
    """What one kind is told. `unsure` is what is not known of it, or not tried."""

    settings: tuple[tuple[str, Sureness], ...]
    checks: tuple[str, ...]
    failures: tuple[Failure, ...] = ()
    unsure: tuple[str, ...] = ()


_RFC = "TLS: RFC 5246 and RFC 8446"

#: TLS alerts that come from the cluster, as most systems word them.
COMMON_FAILURES: tuple[Failure, ...] = (
    Failure(
        "alert unknown ca (48)",
        "{cluster} does not trust the CA of the certificate that {peer} showed.",
        "Tell us the whole chain of your CA: it has to be in our trust store on every node.",
        _RFC,
    ),
    Failure(
        "alert certificate required (116), or handshake failure (40) where TLS 1.2 is spoken",
        "{peer} showed no certificate when it called. {cluster} demands one of every caller.",
        "Configure the certificate for outgoing connections too, not for the listener alone.",
        _RFC,
    ),
    Failure(
        "alert certificate expired (45)",
        "The certificate that {peer} showed has ended, or one of the clocks is wrong.",
        "Renew it, and compare the clocks (NTP).",
        _RFC,
    ),
    Failure(
        "alert unsupported certificate (43), bad certificate (42) or certificate unknown (46)",
        "The certificate that {peer} showed cannot be used, often since client authentication is"
        " missing in its extended key"
        " usage.",
        "Have it signed with server authentication and client authentication.",
        _RFC,
    ),
    Failure(
        "alert protocol version (70)",
        "The TLS versions of the two ends do not meet.",
        "Allow TLS 1.2 on your side, and ask us for the minimum of the cluster.",
        _RFC,
    ),
    Failure(
        "alert handshake failure (40)",
        "No cipher suite in common, or no key of a type that both ends take.",
        "Allow ECDHE-RSA with AES-GCM at least.",
        _RFC,
    ),
    Failure(
        "certificate verify failed, unable to get local issuer certificate",
        "{peer} does not trust the CA of {cluster}.",
        "Install the CA certificates of this sheet, and restart or reload what reads them.",
        "OpenSSL's words on your own side",
    ),
    Failure(
        "could not connect, connection reset, TLS handshake timeout",
        "Often no network fault: a caller without a client certificate ends so, and so does a port"
        " that speaks plain TCP.",
        "Send OPTIONS over TLS with a client certificate to {port}; then look at firewalls.",
        "seen in public reports, which never show a SIP error for it",
    ),
    Failure(
        "SIP 403, or the connection is closed after the handshake",
        "The certificate was accepted, and its name is none of those that {cluster} expects of {peer}.",
        "Compare the names of your certificate with this sheet, and tell us what differs.",
        "assumed: no page says what Unified CM does then",
    ),
)

_OWN_PORT = "Send your calls to port {port} of each node of {cluster}, over TLS."

ADVICE: Mapping[str, Advice] = {
    "cube": Advice(
        settings=(
            (
                "Make the key, the trustpoints, and the identity, in the order of the configuration below.",
                "A",
            ),
            (
                (
                    "Give each CA of {cluster} a trustpoint of its own, with revocation-check none"
                    " unless its CRL can be reached:"
                    " the default, crl, fails every handshake otherwise."
                ),
                "A",
            ),
            (
                (
                    "Have the request signed with the usages digitalSignature and keyEncipherment, and"
                    " for server and client"
                    " authentication."
                ),
                "A",
            ),
            (
                (
                    "Accept the names of {cluster} by cn-san: {names}. Without validation, a caller that"
                    " is in no dial-peer and in no"
                    " ip address trusted list is dropped without a word."
                ),
                "A",
            ),
            (
                (
                    "Do not use crypto signaling default where the router has another TLS identity, such"
                    " as one for Webex Calling."
                ),
                "A",
            ),
            (_OWN_PORT, "A"),
        ),
        checks=(
            "show crypto pki trustpoints status: Issuing CA authenticated: Yes for each",
            "show dial-peer voice summary: KEEPALIVE is active",
            "show sip-ua connections tcp tls detail: a connection to each node of {cluster}",
        ),
        failures=tuple(
            Failure(
                text,
                meaning,
                "See part 2, 4 or 6 of the configuration.",
                "Cisco, SIP TLS Support on CUBE; from 17.14.1a on",
            )
            for text, meaning in CUBE_FAILURES
        ),
        unsure=(
            "The configuration was written from Cisco's documents and was never run on a router.",
            "Which questions crypto pki enroll asks differs by release: answer yes to show the request.",
        ),
    ),
    "expressway": Advice(
        settings=(
            (
                "Maintenance > Security > Trusted CA certificate: append the CA certificates of {cluster}.",
                "A",
            ),
            (
                (
                    "Configuration > Zones: type Neighbor, H.323 off, SIP on, port {port}, transport"
                    " TLS, TLS verify mode On,"
                    " authentication Do not check credentials, media encryption Auto, ICE off, zone profile"
                    " Cisco Unified Communications Manager (9.x or later)."
                ),
                "A",
            ),
            (
                (
                    "Peer addresses: the names of our nodes, never short names or addresses, since each"
                    " must stand in the subject"
                    " alternative name of our certificate: {addresses}. Six at most; more need an SRV name."
                ),
                "A",
            ),
            (
                (
                    "Where phones register through this Expressway (MRA), the port must be another one"
                    " than 5061: we take your calls"
                    " on {port}."
                ),
                "A",
            ),
            (
                "A transform or search rule that removes :5061 from the URIs of our calls.",
                "A",
            ),
            (
                "X15.5 has a server store and a client store. Both certificates must have names that we know.",
                "A",
            ),
            (
                (
                    "X15.5 refuses a caller without client authentication in its certificate; only if ours lacks it:"
                    " xConfiguration SIP TLS Certificate ExtendedKeyUsage Checking Mode: Off"
                ),
                "inferred",
            ),
            (
                (
                    "Fresh installations prefer ECDSA. If our ECDSA certificate is not signed by a CA"
                    " that you know, prefer RSA under"
                    " Maintenance > Security > Ciphers."
                ),
                "A",
            ),
        ),
        checks=(
            "Status > Zones: the zone is Active, and so is each peer address",
            "Diagnostic logging with TLS: the certificate that we show has the peer address in its SAN",
        ),
        failures=(
            Failure(
                "zone failed, TLS negotiation failure",
                "The peer address is an address or a short name, and the certificate has full names.",
                "Write the full name.",
                "Cisco TAC, document 213864",
            ),
            Failure(
                "calls arrive as if from a phone, and not from the trunk",
                "The zone uses the port on which phones register.",
                "Use port {port}.",
                "Cisco TAC, document 213864",
            ),
        ),
        unsure=(
            "Whether a new trusted CA needs a restart is on no page that was read.",
            "The B2BUA cannot check client certificates: mutual TLS on 5061 with media encryption makes calls fail.",
        ),
    ),
    "unity_connection": Advice(
        settings=(
            (
                "utils cuc encryption enable, in the restricted version with a licence for encryption.",
                "A",
            ),
            (
                (
                    "Port group: SIP, security profile 5061/TLS, security mode Encrypted, Secure RTP on,"
                    " our nodes as servers, and a"
                    " TFTP server of ours: from its CTL file you learn our certificate."
                ),
                "A",
            ),
            (
                (
                    "The subject name of your SIP certificate is your full name from 12.5(1)SU4 on, and"
                    " what you chose before."
                ),
                "A",
            ),
            (
                (
                    "Send us the root certificate of Telephony Integrations > Security, or the CA of"
                    " your tomcat certificate."
                ),
                "A",
            ),
            (
                "After each change of our certificate: we update the CTL file, then you reset the port group.",
                "inferred",
            ),
        ),
        checks=(
            "Task Management or Check Telephony Configuration of the port group: no error",
            "A message lights the lamp of a phone, and a supervised transfer works",
        ),
        failures=(
            Failure(
                "error retrieving server certificates ... CTLFile.tlv ... file not found",
                "The cluster is not in mixed mode, or the TFTP server is the wrong one.",
                "Give the right TFTP server; we have to be in mixed mode.",
                "Cisco TAC, document 200504",
            ),
            Failure(
                "alert unknown ca from Unity Connection",
                "The CTL file that it has is older than our certificate.",
                "Reset the port group; where that does not help, delete it and create it again.",
                "Cisco TAC, document 200504; the consequence is inferred",
            ),
        ),
        unsure=("Where trust comes from with Next Generation Encryption was not read.",),
    ),
    "kamailio": Advice(
        settings=(
            (
                (
                    "Put tls.cfg, kamailio.cfg and dispatcher.list of this hand-over into the directory"
                    " that they name, beside"
                    " cucm-ca.pem, trunk.pem (your certificate, and the CAs below the root after it) and"
                    " trunk.key, which Kamailio"
                    " cannot read when it is encrypted."
                ),
                "A",
            ),
            (
                (
                    "The identity stands in the server section and again in the client section: without"
                    " the latter, Kamailio shows"
                    " no certificate when it calls, and {cluster} refuses it."
                ),
                "A",
            ),
            (
                (
                    "verify_certificate and require_certificate are yes in both. The stock configuration"
                    " has no for the server, and"
                    " then nobody proves who calls you."
                ),
                "A",
            ),
            (
                (
                    "Kamailio compares no names in the handshake; the routing does, by $tls_peer_subject_cn and"
                    " $tls_peer_san_hostname (the first DNS name): {names}."
                ),
                "A",
            ),
            (
                (
                    "Sections of tls.cfg for an address are not found for connections that Kamailio"
                    " opens (5.6.3): use the default"
                    " section, or a server_id."
                ),
                "B",
            ),
            (_OWN_PORT, "A"),
        ),
        checks=(
            "kamailio -c -f kamailio.cfg: config file ok",
            "kamcmd tls.reload after a new certificate; open connections go on with the old one",
            "kamcmd dispatcher.list: FLAGS AP for each node of {cluster}",
            "kamcmd tls.list: the connections, with cipher and certificate",
        ),
        failures=(
            Failure(
                "tls_h_read_f(): ... sslv3 alert handshake failure, or tlsv13 alert certificate required",
                "Kamailio showed no certificate when it called.",
                "Write certificate and private_key into the client section.",
                "observed with Kamailio 5.6.3",
            ),
            Failure(
                "tls_h_read_f(): ... tlsv1 alert unknown ca",
                "{cluster} does not trust the CA of your certificate.",
                "Tell us the chain.",
                "observed with Kamailio 5.6.3",
            ),
            Failure(
                "tls_accept: ... peer did not return a certificate",
                "A caller showed none.",
                "Not one of our nodes, which always show one: look at the source address.",
                "OpenSSL",
            ),
            Failure(
                "tls_connect: ... certificate verify failed",
                "ca_list lacks the CA of {cluster}.",
                "Use cucm-ca.pem of this hand-over.",
                "observed with Kamailio 5.6.3",
            ),
        ),
    ),
    "generic": Advice(
        settings=(
            ("Trust the CA certificates of {cluster} for TLS as a server and as a client.", "A"),
            (
                "Show a certificate as a client too: {cluster} refuses every caller without one.",
                "A",
            ),
            (
                (
                    "Demand a certificate of callers, and check its name: otherwise the trunk works, and"
                    " nobody proves {cluster}."
                ),
                "A",
            ),
            (
                "Answer OPTIONS with 200: it is how {cluster} sees that you are there.",
                "A",
            ),
            (_OWN_PORT, "A"),
        ),
        checks=(
            "OPTIONS from each node of {cluster} is answered",
            "Your own OPTIONS are answered by each node",
            "A call in each direction",
        ),
        unsure=("Nothing is known of your system but what the inventory of {cluster} says.",),
    ),
}


def advice_of(kind: str) -> Advice:
    """The advice for a kind; one without its own is told what holds for all."""
    return ADVICE.get(kind, ADVICE["generic"])
