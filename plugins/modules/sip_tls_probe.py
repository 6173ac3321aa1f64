#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_tls_probe
short_description: Probe a SIP port over TLS as the other end of a trunk does
version_added: 0.2.0
description:
  - Connects to the SIP port of a node, performs a TLS handshake and sends SIP OPTIONS. Says what the other end of a SIP trunk would find
    there, what is wrong with it, and which field on which page fixes it.
  - The certificate is judged as Unified CM judges it. Its CA must be trusted, and its common name, or else a subject alternative name,
    must be in the field X.509 Subject Name of the peer's SIP trunk security profile. Whether the certificate names the host
    does not matter.
  - The connection never ends because of the certificate, so everything that is wrong is found at once.
  - Ciphers that protect nothing (without encryption or without certificates, export ciphers, RC4, DES, 3DES, MD5) are offered too, after
    all others, as far as OpenSSL still has them. A server that chooses one is a finding.
  - It changes nothing, and no call is made. The connections that it makes are in the traces of the node, and those that are refused
    may be in its alarms.
  - The verdict is in RV(passed), and everything that is wrong in RV(findings). A verdict fails the task only with
    O(fail_on_findings=true), also a port that cannot be reached. An option that cannot be used always does.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
  - ucops.cucm.client_auth
requirements:
  - cryptography >= 42
options:
  host:
    description:
      - Name or address of the node, as the destination address of the trunk.
      - Mutually exclusive with O(targets); one of them is needed.
    type: str
  port:
    description:
      - The incoming port of the node's SIP trunk security profile.
    type: int
    default: 5061
  targets:
    version_added: 0.2.0
    description:
      - Several ports to probe, each as O(host) and O(port). The task then succeeds unless O(fail_on_findings) asks for more, and
        RV(results) has what came of each.
    type: list
    elements: dict
    suboptions:
      host:
        description: As O(host).
        type: str
        required: true
      port:
        description: As O(port).
        type: int
        default: 5061
  side_by_side:
    version_added: 0.2.0
    description: How many of O(targets) are probed at a time.
    type: int
    default: 8
  timeout:
    description:
      - Timeout in seconds for the connection with its handshake, and again for the answer to OPTIONS.
    type: int
    default: 10
  ca_content:
    description:
      - The certificates that the other end of the trunk trusts (its C(CallManager-trust)), as PEM.
      - Without O(ca_content) and O(ca_path) it is not judged whether the chain is trusted.
      - Mutually exclusive with O(ca_path).
    type: str
  ca_path:
    description:
      - Path of these certificates (PEM, DER or PKCS#7) on the host that the task runs on.
      - Mutually exclusive with O(ca_content).
    type: path
  expected_subject_names:
    description:
      - The names in the field X.509 Subject Name of the other end's SIP trunk security profile, as
        O(ucops.cucm.cucm_sip_trunk_security_profile#module:x509_subject_names) has them. One of them must be in the certificate,
        letter by letter.
      - Without them, the subject is not judged.
    type: list
    elements: str
    default: []
  service:
    description:
      - The service whose certificate is expected on the port. It decides on the type of the key.
    type: str
    choices: [CallManager, CallManager-ECDSA]
    default: CallManager
  client_certificate_path:
    description:
      - Path of a certificate (PEM, followed by its chain) to show to the node, on the host that the task runs on.
      - A node that demands a certificate answers OPTIONS only to a peer with a certificate of a CA that it trusts and a subject name that one of
        its profiles has. Without it, the rest is measured nevertheless.
    type: path
  client_key_path:
    description:
      - Path of the private key of O(client_certificate_path) (PEM, not encrypted). It is only used for the handshake.
    type: path
  send_options:
    description:
      - Whether to send SIP OPTIONS.
      - In TLS 1.3 the probe first waits up to a second for a refusal, which comes after the handshake there.
    type: bool
    default: true
  negative_probes:
    description:
      - Connections that the node must refuse, each made once. V(no_certificate) shows no certificate, V(throw_away_ca) one of a CA that is
        made for it and forgotten, with the same common name as O(client_certificate_path).
      - They can be alarms in the node's logs.
    type: list
    elements: str
    choices: [no_certificate, throw_away_ca]
    default: []
  key_types:
    description:
      - Types of keys that are offered alone, to see the certificate that the node shows for each. Since release 15SU2 a node has
        one for CallManager and one for CallManager-ECDSA in TLS 1.3, and an enterprise parameter decides which one a peer sees that
        takes both.
      - For a type that the first handshake did not show, one more connection is made, which ends before the handshake does.
    type: list
    elements: str
    choices: [rsa, ec]
    default: [rsa, ec]
    version_added: 0.2.0
  min_tls_version:
    description:
      - The lowest version of TLS that the trunk may use. A node that speaks a lower one at best is a finding.
      - A value below V(1.2) needs O(allow_legacy_tls=true).
    type: str
    choices: ["1.0", "1.1", "1.2", "1.3"]
    default: "1.2"
  allow_legacy_tls:
    description:
      - Whether the probe offers TLS 1.0 and 1.1 too, so that it sees what releases 9.1 and 10.5 show. Nothing secret is sent.
      - A policy of the operating system (as C(crypto-policies) of RHEL) may still forbid it.
    type: bool
    default: false
  fail_on_findings:
    description:
      - Whether the task fails when RV(passed) is false. The failed result has the same keys, and the reason V(probe_failed).
    type: bool
    default: false
seealso:
  - module: ucops.cucm.cucm_sip_trunk_security_profile
  - module: ucops.cucm.cucm_cert_info
  - module: ucops.cucm.cucm_cert_upload
"""

EXAMPLES = r"""
- name: Look at a node as its peer will, before the trunk is made
  ucops.cucm.sip_tls_probe:
    host: cucm-pub.example.com
    ca_path: pki/ca.pem
    expected_subject_names: [cucm-pub.example.com]
  register: probe

- name: Show what is wrong and how to fix it
  ansible.builtin.debug:
    msg: "{{ item.text }}. {{ item.remedy }}."
  loop: "{{ probe.findings }}"
  loop_control:
    label: "{{ item.reason }}"

- name: Prove, with a certificate of the same CA, that SIP is answered and that strangers are refused
  ucops.cucm.sip_tls_probe:
    host: 192.0.2.10
    ca_path: pki/ca.pem
    expected_subject_names: [cucm-pub.example.com, cucm-sub.example.com]
    client_certificate_path: pki/probe.pem
    client_key_path: pki/probe.key
    negative_probes: [no_certificate, throw_away_ca]
    fail_on_findings: true

- name: Look at a node of release 9.1, from the network that it is in
  ucops.cucm.sip_tls_probe:
    host: 192.0.2.20
    allow_legacy_tls: true
    min_tls_version: "1.0"
    send_options: false
  delegate_to: jump.example.com
"""

RETURN = r"""
results:
  description: What came of each target, in their order, with its C(host) and C(port) and the keys below, or C(failed) and C(msg).
  returned: with O(targets)
  type: list
  elements: dict
  sample: [{host: cucmb-sub.example.com, port: 5061, passed: true}]
passed:
  description: Whether nothing is wrong, and everything that was asked for could be measured.
  returned: success, and failure by fail_on_findings
  type: bool
  sample: false
findings:
  description: Everything that is wrong; what the trunk needs first comes first.
  returned: success, and failure by fail_on_findings
  type: list
  elements: dict
  contains:
    reason:
      description:
        - A stable code.
        - The connection is V(name_not_resolved), V(connection_refused), V(connect_timeout), V(network_unreachable), V(network_error),
          V(tls_timeout), V(not_tls), V(connection_reset), V(connection_closed), V(too_much_data), V(tls_version_not_shared),
          V(tls_version_too_low), V(no_shared_cipher), V(cipher_weak), V(tls_refused) or V(tls_error).
        - The certificates are V(chain_unreadable), V(self_signed), V(issuer_not_trusted), V(expired), V(not_yet_valid),
          V(extended_key_usage_missing), V(key_usage_missing), V(key_too_small), V(hash_too_weak) and the other codes that
          M(ucops.cucm.cucm_cert_upload) refuses certificates with; the names, V(subject_name_differs).
        - Mutual authentication is V(client_certificate_refused), V(client_certificate_not_demanded), V(client_certificate_optional),
          V(no_certificate_accepted) or V(throw_away_ca_accepted).
        - SIP is V(options_refused), V(options_timeout), V(options_answer_malformed) or V(options_connection_ended).
      type: str
      sample: subject_name_differs
    text:
      description: Who refuses whom, and why.
      type: str
      sample: "a peer would refuse 192.0.2.10: its certificate is for 'CUCM10', X.509 Subject Name has 'cucm10.example.com'"
    remedy:
      description: What to do about it, with the page and the field.
      type: str
      sample: >-
        Put 'CUCM10' into the field X.509 Subject Name of the peer's profile (SIP Trunk Security Profile Configuration) and reset the trunk,
        or have the certificate issued for the expected name
not_measured:
  description: What could not be seen. It never counts as right.
  returned: success, and failure by fail_on_findings
  type: list
  elements: dict
  contains:
    reason:
      description:
        - "A stable code: V(trust), V(subject), V(certificates), V(client_certificate_demand), V(options), V(cipher), V(offers), V(no_certificate)
          or V(throw_away_ca)."
      type: str
      sample: options
    text:
      description: Why.
      type: str
      sample: >-
        OPTIONS was not answered: the server did not let the probe in, which shows no certificate (client_certificate_path, client_key_path)
    asked:
      description: Whether the options asked for it, so that RV(passed) is false without it.
      type: bool
      sample: false
notes:
  description: What is no fault and still worth knowing. Notes do not count in RV(passed).
  returned: success, and failure by fail_on_findings
  type: list
  elements: dict
  contains:
    reason:
      description: A stable code; V(options_answer), V(other_certificate_name) or V(extended_key_usage_absent).
      type: str
      sample: options_answer
    text:
      description: The note, in words.
      type: str
      sample: 192.0.2.200 answered OPTIONS with 405 Method Not Allowed, which counts as alive for Unified CM
reachable:
  description: Whether a TCP connection was made.
  returned: success, and failure by fail_on_findings
  type: bool
  sample: true
tls:
  description: What the server chose; null when it did not get so far.
  returned: success, and failure by fail_on_findings
  type: dict
  contains:
    version:
      description: Version of TLS.
      type: str
      sample: "1.2"
    cipher:
      description: Name of the cipher suite, as OpenSSL spells it.
      type: str
      sample: ECDHE-RSA-AES256-GCM-SHA384
    established:
      description: >-
        Whether the handshake was completed on this side. In TLS 1.2 it is not when the server demands a certificate and none is shown.
      type: bool
      sample: true
chain:
  description: >-
    The certificates in the order in which the server shows them, its own first. Also those of a server that then refuses the probe.
  returned: success, and failure by fail_on_findings
  type: list
  elements: dict
  contains:
    subject:
      description: The subject, by the short names of its attributes.
      type: dict
      sample: {C: US, O: Example, CN: cucm-pub.example.com}
    subject_dn:
      description: The subject as one string (RFC 4514).
      type: str
      sample: CN=cucm-pub.example.com,O=Example,C=US
    subject_alt_names:
      description: Subject alternative names with their types, sorted.
      type: list
      elements: str
      sample: ["DNS:cucm-pub.example.com"]
    issuer:
      description: The issuer, by the short names of its attributes.
      type: dict
      sample: {O: Example, CN: Example Issuing CA}
    issuer_dn:
      description: The issuer as one string (RFC 4514).
      type: str
      sample: CN=Example Issuing CA,O=Example
    serial_number:
      description: Serial number in hexadecimal.
      type: str
      sample: 6F1A
    not_before:
      description: Start of its validity.
      type: str
      sample: "2026-01-01T00:00:00Z"
    not_after:
      description: End of its validity.
      type: str
      sample: "2028-01-01T00:00:00Z"
    fingerprint_sha256:
      description: SHA-256 of the certificate.
      type: str
      sample: 3F:A2:…
    spki_sha256:
      description: SHA-256 of the public key (SubjectPublicKeyInfo), in hexadecimal.
      type: str
      sample: 8c3f…
    public_key:
      description: Type and size in bits.
      type: dict
      sample: {type: rsa, size: 2048}
    signature_hash:
      description: Hash of the signature.
      type: str
      sample: sha256
    key_usage:
      description: Key usages.
      type: list
      elements: str
      sample: [digitalSignature, keyEncipherment]
    extended_key_usage:
      description: Extended key usages, dotted where they have no common name.
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
subject_match:
  description: Which of O(expected_subject_names) is in the certificate, and where. Null when none is.
  returned: success, and failure by fail_on_findings
  type: dict
  contains:
    name:
      description: The name.
      type: str
      sample: cucm-pub.example.com
    field:
      description: V(common_name) or V(subject_alt_name).
      type: str
      sample: common_name
client_certificate_demanded:
  description: >-
    Whether the server asks for a client certificate (the message CertificateRequest). Null when that could not be seen. Whether it
    refuses who shows none is a finding, V(client_certificate_optional), or found by O(negative_probes).
  returned: success, and failure by fail_on_findings
  type: bool
  sample: true
client_certificate_authorities:
  description:
    - The CAs that the server names when it asks for a client certificate (RFC 4514), whose certificates it takes. An empty list
      means that it names none and leaves open which ones.
    - A name that cannot be decoded is V(#) with its bytes in hexadecimal.
    - Null when it asks for no certificate, or when that could not be seen.
  returned: success, and failure by fail_on_findings
  type: list
  elements: str
  sample: ["CN=Example Root CA,O=Example"]
options:
  description: The final answer to SIP OPTIONS; null when there is none.
  returned: success, and failure by fail_on_findings
  type: dict
  contains:
    status:
      description: Status code.
      type: int
      sample: 200
    reason_phrase:
      description: The words beside it.
      type: str
      sample: OK
    elapsed:
      description: Seconds from the question to the answer.
      type: float
      sample: 0.026
    server:
      description: The header Server.
      type: str
      sample: Cisco-CUCM15.0
    user_agent:
      description: The header User-Agent.
      type: str
      sample: null
    allow:
      description: The header Allow.
      type: str
      sample: INVITE, OPTIONS, BYE
probes:
  description: What came of each of O(negative_probes).
  returned: success, and failure by fail_on_findings
  type: list
  elements: dict
  contains:
    probe:
      description: The probe.
      type: str
      sample: throw_away_ca
    refused:
      description: Whether the server refused it, as it must. Null when that could not be seen.
      type: bool
      sample: true
    how:
      description: How it ended, in words.
      type: str
      sample: "the server ended the handshake with alert 48 unknown_ca: the CA of the certificate is not trusted"
    alert:
      description: Name of the TLS alert, when the server sent one.
      type: str
      sample: unknown_ca
offers:
  description: What the node shows to a peer that takes keys of one type only, for each of O(key_types). Empty where no TLS is spoken.
  returned: success, and failure by fail_on_findings
  type: list
  elements: dict
  contains:
    key_type:
      description: The type of key that was offered.
      type: str
      sample: ec
    shown:
      description: Whether a certificate with such a key is shown. Null when that could not be seen.
      type: bool
      sample: true
    preferred:
      description: Whether it is the one that the node shows to a peer that takes both.
      type: bool
      sample: false
    tls_version:
      description: Version of TLS that the server chose.
      type: str
      sample: "1.3"
    certificate:
      description: The certificate, as in RV(chain).
      type: dict
    text:
      description: Why none is shown, or why that could not be seen.
      type: str
reason:
  description:
    - What kind of failure it was, for playbooks to test. For instance V(probe_failed) by O(fail_on_findings=true), V(file_unreadable) or V(invalid_option).
  returned: failure
  type: str
  sample: probe_failed
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.sip_tls_probe import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
