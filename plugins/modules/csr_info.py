#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: csr_info
short_description: Read a certificate signing request and hold it against the policy
version_added: 0.2.0
description:
  - Reads a certificate signing request (CSR) and says what it asks for, before anyone signs it.
  - The policy of M(ucops.cucm.ca_sign) is applied to it, with the same options. Its verdict is in RV(acceptable), and everything that
    is wrong is in RV(findings). The verdict never fails the task; a CSR that cannot be read does.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
  - ucops.cucm.policy
  - ucops.cucm.client_auth
requirements:
  - cryptography >= 42
options:
  csr_content:
    description:
      - The CSR, as PEM. Text around it does not matter.
      - Exactly one of O(csr_content) and O(csr_path) is required.
    type: str
  csr_path:
    description:
      - Path of the CSR, PEM or DER, on the host that the task runs on.
      - Exactly one of O(csr_content) and O(csr_path) is required.
    type: path
  service:
    description:
      - The service that the certificate is for, as Unified CM spells it.
      - It decides on the key type and on the usages that the CSR must ask for, if it asks for any.
      - Or the kind of a SIP peer of Unified CM, whose administrator brings the CSR.
    type: str
    choices:
      - CallManager
      - CallManager-ECDSA
      - tomcat
      - tomcat-ECDSA
      - TVS
      - ipsec
      - cube
      - cube-ECDSA
      - expressway
      - expressway-ECDSA
      - unity_connection
      - unity_connection-ECDSA
      - kamailio
      - kamailio-ECDSA
      - generic
      - generic-ECDSA
    default: CallManager
seealso:
  - module: ucops.cucm.ca_sign
  - module: ucops.cucm.cucm_csr
"""

EXAMPLES = r"""
- name: Read the CSR that was downloaded from the node
  ucops.cucm.csr_info:
    csr_path: csr/cucm-pub.csr
    allowed_domains: [example.com]
  register: request

- name: Stop before a public CA is asked (and paid) for a certificate that would not fit
  ansible.builtin.assert:
    that: request.acceptable
    fail_msg: "{{ request.findings | map(attribute='text') | join('; ') }}"

- name: Read the pending CSR of a node of release 9.1, whose key has 1024 bits
  ucops.cucm.csr_info:
    csr_content: "{{ csr.csr }}"
    allow_weak_csr: true
  register: old_request

- name: Show what is weak about it
  ansible.builtin.debug:
    msg: "{{ old_request.weaknesses | map(attribute='text') | list }}"
"""

RETURN = r"""
acceptable:
  description: Whether the policy lets the CSR be signed for O(service).
  returned: success
  type: bool
  sample: true
findings:
  description: Everything that keeps the CSR from being signed; empty when it is acceptable.
  returned: success
  type: list
  elements: dict
  contains: &finding
    reason:
      description: A stable code.
      type: str
      sample: csr_key_too_small
    text:
      description: What is wrong, in words.
      type: str
      sample: the rsa key of the CSR has 1024 bits, fewer than 2048
    remedy:
      description: What to do about it.
      type: str
      sample: Generate the CSR with a key of at least 2048 bits
weaknesses:
  description:
    - What is weaker than it should be today, acceptable or not. The codes are V(csr_weak_key) and V(csr_weak_hash).
    - With O(allow_weak_csr=true), each is also a warning.
  returned: success
  type: list
  elements: dict
  contains: *finding
ignored_usages:
  description: Usages that the CSR asks for and no certificate of a service is given.
  returned: success
  type: list
  elements: str
  sample: [keyCertSign]
signature_valid:
  description: Whether the CSR is signed with its own key. False also when the signature cannot be verified.
  returned: success
  type: bool
  sample: true
service:
  description: The service that the CSR was judged for.
  returned: success
  type: str
  sample: CallManager
subject:
  description: The subject, by the short names of its attributes.
  returned: success
  type: dict
  sample: {C: US, O: Example, CN: cucm-pub-ms.example.com}
subject_dn:
  description: The subject as one string (RFC 4514).
  returned: success
  type: str
  sample: CN=cucm-pub-ms.example.com,O=Example,C=US
subject_alt_names:
  description: Subject alternative names with their types, sorted.
  returned: success
  type: list
  elements: str
  sample: ["DNS:cucm-pub.example.com", "DNS:example.com"]
public_key:
  description: Type (V(rsa), V(ec) or another) and size in bits, which is 0 for other types.
  returned: success
  type: dict
  sample: {type: rsa, size: 2048}
spki_sha256:
  description: SHA-256 of the public key (SubjectPublicKeyInfo), in hexadecimal. Equal for the CSR and for its certificate.
  returned: success
  type: str
  sample: 8c3f…
signature_hash:
  description: Hash of the CSR's signature; null when it has none, as with Ed25519.
  returned: success
  type: str
  sample: sha256
key_usage:
  description: Key usages that are asked for.
  returned: success
  type: list
  elements: str
  sample: [digitalSignature, keyEncipherment, dataEncipherment]
extended_key_usage:
  description: Extended key usages that are asked for, dotted where they have no common name.
  returned: success
  type: list
  elements: str
  sample: [serverAuth, clientAuth]
is_ca:
  description: Whether it asks for the certificate of a CA.
  returned: success
  type: bool
  sample: false
csr:
  description: The CSR as PEM, without the text around it.
  returned: success
  type: str
  sample: "-----BEGIN CERTIFICATE REQUEST-----\n…"
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.csr_info import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
