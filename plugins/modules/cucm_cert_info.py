#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_cert_info
short_description: Read the certificates of a Unified CM node
version_added: 0.1.0
description:
  - Reads the installed certificates, the trust stores and the pending certificate signing requests of a node.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
  - ucops.cucm.certificates
  - ucops.cucm.ssh
  - ucops.cucm.ssh.transcript
options:
  service:
    description:
      - Read this service only, spelled as on the administration page. Without it, all of them.
    type: str
  include_ecdsa:
    description:
      - Whether to read the identity of the EC twin of O(service) as well, such as C(CallManager-ECDSA), where the node has one.
    type: bool
    default: false
    version_added: 0.2.0
  kind:
    description:
      - What to read.
    type: list
    elements: str
    choices: [identity, trust, csr]
    default: [identity, trust, csr]
seealso:
  - module: ucops.cucm.cucm_csr
  - module: ucops.cucm.cucm_cert_upload
"""

EXAMPLES = r"""
- name: Read the certificate of call processing
  ucops.cucm.cucm_cert_info:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    service: CallManager
    kind: identity
  register: certificates

- name: Show whom it names and until when
  ansible.builtin.debug:
    msg: "{{ certificates.identities[0].subject.CN }}, {{ certificates.identities[0].not_after }}"

- name: Read everything
  ucops.cucm.cucm_cert_info:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
  register: everything

- name: Show what ends before 2028
  ansible.builtin.debug:
    msg: "{{ everything.identities | selectattr('not_after', '<', '2028') | map(attribute='service') }}"
"""

RETURN = r"""
identities:
  description:
    - The installed certificates; beside the keys below each has C(service), and C(restart_services), the names of the services
      that read this certificate only when they start.
  returned: success
  type: list
  elements: dict
  contains: &certificate
    subject:
      description: The subject, by the short names of its attributes.
      type: dict
      sample: {C: US, O: Example, CN: cucm-pub.example.com}
    subject_dn:
      description: The subject as one string (RFC 4514).
      type: str
      sample: CN=cucm-pub.example.com,O=Example,C=US
    issuer:
      description: The issuer, by the short names of its attributes.
      type: dict
      sample: {C: US, O: Example, CN: Example Issuing CA}
    issuer_dn:
      description: The issuer as one string (RFC 4514).
      type: str
      sample: CN=Example Issuing CA,O=Example,C=US
    serial_number:
      description: Serial number in hexadecimal, as the administration page shows it.
      type: str
      sample: 01FD6D30FCA3CA51A81BBC640E35032D
    not_before:
      description: Begin of the validity, UTC.
      type: str
      sample: "2026-05-23T17:50:42Z"
    not_after:
      description: End of the validity, UTC.
      type: str
      sample: "2028-05-22T17:50:42Z"
    fingerprint_sha256:
      description: SHA-256 of the certificate.
      type: str
      sample: 5A:0B:6C:…:E1
    spki_sha256:
      description: SHA-256 of the public key (SubjectPublicKeyInfo).
      type: str
      sample: 8c3f…
    public_key:
      description: Type (V(rsa) or V(ec)) and size in bits.
      type: dict
      sample: {type: rsa, size: 2048}
    signature_hash:
      description: Hash of the signature.
      type: str
      sample: sha256
    subject_alt_names:
      description: Subject alternative names with their types, sorted.
      type: list
      elements: str
      sample: ["DNS:cucm-pub.example.com"]
    key_usage:
      description: Key usages.
      type: list
      elements: str
      sample: [digitalSignature, keyEncipherment, dataEncipherment]
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
trust:
  description:
    - The certificates of the trust stores; beside the keys that describe a certificate each has C(service), without
      C(-trust), and C(file_name).
  returned: success
  type: list
  elements: dict
  contains: *certificate
csrs:
  description:
    - The pending certificate signing requests; beside the keys below each has C(service).
  returned: success
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
    spki_sha256:
      description: SHA-256 of the public key (SubjectPublicKeyInfo).
      type: str
      sample: 8c3f…
    public_key:
      description: Type (V(rsa) or V(ec)) and size in bits.
      type: dict
      sample: {type: rsa, size: 2048}
    signature_hash:
      description: Hash of the signature.
      type: str
      sample: sha256
    subject_alt_names:
      description: Subject alternative names with their types, sorted.
      type: list
      elements: str
      sample: []
    key_usage:
      description: Key usages that are asked for.
      type: list
      elements: str
      sample: [digitalSignature, keyEncipherment, dataEncipherment]
    extended_key_usage:
      description: Extended key usages that are asked for.
      type: list
      elements: str
      sample: [serverAuth, clientAuth]
    is_ca:
      description: Whether it asks for the certificate of a CA.
      type: bool
      sample: false
    csr:
      description: The CSR as PEM.
      type: str
      sample: "-----BEGIN CERTIFICATE REQUEST-----\n…"
transcript:
  description:
    - The dialogue with the node's command line, without passwords and private keys, and shortened in the middle when it
      is long. V(null) when the command line was not used.
  returned: success, if O(return_transcript=true)
  type: str
  version_added: 0.2.0
  sample: "admin:show cert list own"
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_cert_info import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
