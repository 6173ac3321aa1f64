#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: tls_capture_info
short_description: Read the TLS handshakes of a packet capture
version_added: 0.2.0
description:
  - Reads a packet capture, as C(utils network capture) of Unified CM, tcpdump or Wireshark write it, and tells of each connection what an
    engineer looks up in Wireshark. That is the steps of the TLS handshake, version and cipher, the certificates of both sides, alerts in
    words, and where the handshake broke, whose fault it is and what to do.
  - Neither Wireshark nor tshark is needed. The file is read packet by packet, so memory does not grow with it.
  - A handshake counts as V(complete) only when the capture shows it. In TLS 1.3, certificates and alerts are encrypted, which is
    V(not_visible); what the capture lacks is V(not_measured). Neither is ever told as good.
  - Certificates are described and not judged. Their signatures and dates are not checked.
  - A handshake that failed does not fail the task; a file that is no capture does.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
requirements:
  - cryptography >= 42
options:
  path:
    description:
      - Path of the capture on the host that the task runs on. Formats are pcap (C(.cap), C(.pcap)) and C(.pcapng), not compressed.
    type: path
    required: true
  port:
    description:
      - Only connections with one of these TCP ports, on either side.
      - With an empty list, all connections. One that speaks neither TLS nor SIP is then not measured, instead of failed.
    type: list
    elements: int
    default: [5061]
  address:
    description:
      - Only connections with this IPv4 or IPv6 address, on either side.
    type: str
  max_connections:
    description:
      - How many connections to read, the first ones of the capture; at most 10000. Later ones are only counted.
    type: int
    default: 500
notes:
  - A connection that was open before the capture began shows no handshake. Start the capture first, then reset the trunk.
  - Capture with C(size all), since the default of Unified CM cuts the certificates off.
seealso:
  - module: ucops.cucm.cucm_cert_info
"""

EXAMPLES = r"""
- name: Read the handshakes of a SIP trunk
  ucops.cucm.tls_capture_info:
    path: evidence/packets.cap
    address: 192.0.2.200
  register: capture

- name: Stop when a handshake failed, with the reason and the remedy
  ansible.builtin.assert:
    that: capture.summary.failed == 0
    fail_msg: >-
      {% for connection in capture.connections | selectattr("handshake", "eq", "failed") %}
      {{ connection.broke.text }}. {{ connection.broke.remedy }}.
      {% endfor %}

- name: Show the serial numbers of the certificates that the servers sent
  ansible.builtin.debug:
    msg: "{{ capture.connections | map(attribute='server_chain') | flatten | map(attribute='serial_number') | unique }}"

- name: Read all connections of a capture, whatever their ports
  ucops.cucm.tls_capture_info:
    path: evidence/everything.pcapng
    port: []
    max_connections: 2000
"""

RETURN = r"""
connections:
  description: The connections, in the order in which the capture shows them.
  returned: success
  type: list
  elements: dict
  contains:
    client:
      description: Address and port of the side that opened the connection.
      type: dict
      sample: {address: 192.0.2.203, port: 33135}
    server:
      description: Address and port of the other side.
      type: dict
      sample: {address: 192.0.2.200, port: 5061}
    start:
      description: Time of the first packet, in UTC; null when the capture has no times.
      type: str
      sample: "2026-11-24T18:46:11.313121Z"
    end:
      description: Time of the last packet.
      type: str
      sample: "2026-11-24T18:46:15.402901Z"
    packets:
      description: Number of packets.
      type: int
      sample: 23
    protocol:
      description: V(tls), V(sip) for SIP without TLS, or V(other); null when nothing was sent.
      type: str
      sample: tls
    handshake:
      description:
        - V(complete) when the capture shows all of it up to TLS 1.2, V(failed) when it shows that it failed (see RV(connections[].broke)).
        - V(not_visible) for TLS 1.3, whose end is encrypted, and V(not_measured) when the capture does not tell.
      type: str
      sample: complete
    broke:
      description: Where the handshake broke, and why; null unless RV(connections[].handshake=failed).
      type: dict
      contains:
        reason:
          description:
            - A stable code. It is the name of the alert that ended the handshake (as V(unknown_ca) or V(certificate_expired)), or one of
              V(no_client_certificate), V(no_common_cipher), V(no_common_version), V(not_tls), V(connection_refused), V(no_answer),
              V(refused_by_client), V(closed_by_client), V(closed_by_server), V(reset_by_client) and V(reset_by_server).
          type: str
          sample: unknown_ca
        fault:
          description: Where to look first; V(client), V(server) or V(both).
          type: str
          sample: server
        after:
          description: The last step before it.
          type: str
          sample: Certificate Verify
        text:
          description: What happened, in words.
          type: str
          sample: "The server 192.0.2.200 refused the certificate of the client 192.0.2.203: it does not trust the CA that issued it"
        remedy:
          description: What to do about it.
          type: str
          sample: >-
            Upload the root and intermediate CA certificates of the client 192.0.2.203 to CallManager-trust on the server 192.0.2.200
    not_measured:
      description: What of this connection the capture does not show, and why.
      type: list
      elements: dict
      contains:
        reason:
          description: A stable code.
          type: str
          sample: started_later
        text:
          description: Why, in words.
          type: str
          sample: the connection was open before the capture began
        remedy:
          description: What to do about it.
          type: str
          sample: Start the capture first, then reset the trunk
    version:
      description: The TLS version that the server chose; null before that.
      type: str
      sample: TLSv1.2
    cipher:
      description: The cipher suite that the server chose, by its name in the standards.
      type: str
      sample: TLS_RSA_WITH_AES_128_CBC_SHA
    cipher_openssl:
      description: The same by the name that the traces of Unified CM print.
      type: str
      sample: AES128-SHA
    offered:
      description: What the client offered; V(versions), V(ciphers) and V(signature_algorithms), in its order.
      type: dict
      sample: {versions: [TLSv1.2], ciphers: [TLS_RSA_WITH_AES_128_CBC_SHA], signature_algorithms: [rsa_pkcs1_sha256]}
    server_name:
      description: The server name that the client asked for (SNI); null without one.
      type: str
      sample: cucm-b.example.com
    hello_retry:
      description: Whether the server asked for a second Client Hello (TLS 1.3).
      type: bool
      sample: false
    resumed:
      description: Whether an earlier session went on, without certificates; null when that is not known.
      type: bool
      sample: false
    steps:
      description:
        - The messages of the handshake, in the order in which they followed from each other. Of the application data, the first record
          of each side.
      type: list
      elements: dict
      contains:
        time:
          description: Time of the packet that completed the message.
          type: str
          sample: "2026-11-24T18:46:11.333114Z"
        from:
          description: V(client) or V(server).
          type: str
          sample: client
        message:
          description: Name of the message.
          type: str
          sample: Client Hello
    server_chain:
      description: The certificates that the server sent, its own first, as M(ucops.cucm.cucm_cert_info) describes certificates.
      type: list
      elements: dict
      contains: &certificate
        serial_number:
          description: The serial number in upper-case hexadecimal, as Unified CM shows it.
          type: str
          sample: 4F2D33A8C1
        subject:
          description: The subject, by the short names of its attributes.
          type: dict
          sample: {C: US, CN: cucm-b.example.com}
        subject_dn:
          description: The subject as one string (RFC 4514).
          type: str
          sample: CN=cucm-b.example.com,C=US
        issuer:
          description: The issuer, by the short names of its attributes.
          type: dict
          sample: {CN: Example CA}
        issuer_dn:
          description: The issuer as one string (RFC 4514).
          type: str
          sample: CN=Example CA
        not_before:
          description: From when it is valid, in UTC.
          type: str
          sample: "2026-01-01T00:00:00Z"
        not_after:
          description: Until when it is valid, in UTC.
          type: str
          sample: "2027-01-01T00:00:00Z"
        fingerprint_sha256:
          description: SHA-256 of the certificate.
          type: str
          sample: "8C:3F:…"
        spki_sha256:
          description: SHA-256 of its public key, in hexadecimal.
          type: str
          sample: 8c3f…
        public_key:
          description: Type and size in bits.
          type: dict
          sample: {type: rsa, size: 2048}
        signature_hash:
          description: Hash of its signature.
          type: str
          sample: sha256
        subject_alt_names:
          description: Subject alternative names with their types, sorted.
          type: list
          elements: str
          sample: ["DNS:cucm-b.example.com"]
        key_usage:
          description: Key usages.
          type: list
          elements: str
          sample: [digitalSignature, keyEncipherment]
        extended_key_usage:
          description: Extended key usages.
          type: list
          elements: str
          sample: [serverAuth, clientAuth]
        is_ca:
          description: Whether it is the certificate of a CA.
          type: bool
          sample: false
        self_signed:
          description: Whether it is signed with its own key.
          type: bool
          sample: false
        certificate:
          description: The certificate as PEM.
          type: str
          sample: "-----BEGIN CERTIFICATE-----\n…"
        unreadable:
          description: Why it cannot be decoded, and then RV(connections[].server_chain[].certificate) is all there is; else null.
          type: str
          sample: null
    client_chain:
      description: The certificates that the client sent.
      type: list
      elements: dict
      contains: *certificate
    client_certificate_request:
      description:
        - Whether the server asked the client for a certificate; V(requested), V(not_requested), V(not_visible), V(not_measured), or
          V(resumed) when an earlier session went on.
      type: str
      sample: requested
    client_certificate:
      description:
        - Whether the client sent one; V(sent), V(empty) when it was asked and had none, V(not_sent), V(not_visible), V(not_measured) or
          V(resumed).
      type: str
      sample: sent
    request:
      description:
        - What the server asked for; V(authorities), the names of the CAs whose certificates it takes (RFC 4514; without any, it names
          none), and V(signature_algorithms). Null when the capture does not show it.
        - A name that cannot be decoded is V(#) with its bytes in hexadecimal.
      type: dict
      sample: {authorities: ["CN=Example Root CA,O=Example"], signature_algorithms: [rsa_pkcs1_sha256]}
    alerts:
      description: The alerts that were sent in clear.
      type: list
      elements: dict
      contains:
        time:
          description: When.
          type: str
          sample: "2026-11-24T18:46:11.333114Z"
        from:
          description: Who sent it; V(client) or V(server).
          type: str
          sample: server
        fatal:
          description: Whether it ends the connection.
          type: bool
          sample: true
        number:
          description: Its number.
          type: int
          sample: 48
        name:
          description: Its name in the standards.
          type: str
          sample: unknown_ca
        text:
          description: What it means here.
          type: str
          sample: "the server 192.0.2.200 refused the certificate of the client 192.0.2.203: it does not trust the CA that issued it"
        remedy:
          description: What to do about it.
          type: str
          sample: >-
            Upload the root and intermediate CA certificates of the client 192.0.2.203 to CallManager-trust on the server 192.0.2.200
    application_data:
      description: Number and bytes of the records of application data from each side. In TLS 1.3, parts of the handshake are among them.
      type: dict
      sample: {client: {records: 2, bytes: 1788}, server: {records: 3, bytes: 2732}}
    closed:
      description: Who ended the connection (V(client), V(server), null while it was open) and how (V(closed), V(reset) or null).
      type: dict
      sample: {by: server, how: closed}
packets:
  description: Number of packets in the capture.
  returned: success
  type: int
  sample: 523
packets_ignored:
  description:
    - Packets that were not read, by their kind; V(not_tcp), V(not_ip), V(fragments) of IP, V(cut_off) within their headers,
      V(malformed), and V(link_type) for a link type that is not known. V(filtered) are TCP packets of other connections than those of
      O(port) and O(address), and those that begin with C(tunnel_), as V(tunnel_gre) and V(tunnel_vxlan), are inside a tunnel.
  returned: success
  type: dict
  sample: {not_tcp: 12}
truncated:
  description: Whether the capture, or this result, does not show everything.
  returned: success
  type: bool
  sample: false
truncated_because:
  description: Why, in words.
  returned: success
  type: list
  elements: str
  sample: ["the file ends within a packet, after packet 523"]
summary:
  description: Number of connections in the result, by their handshake, and of those left out by O(max_connections).
  returned: success
  type: dict
  sample: {connections: 3, left_out: 0, complete: 2, failed: 1, not_visible: 0, not_measured: 0}
reason:
  description:
    - What kind of failure it was, for playbooks to test. For instance V(capture_unreadable), V(file_unreadable) or V(invalid_option).
  returned: failure
  type: str
  sample: capture_unreadable
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.tls_capture_info import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
