#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ca_chain_info
short_description: Read the certificates of a CA, put them in order and judge them
version_added: 0.2.0
description:
  - Gets the certificate of a certificate authority (CA) and those above it, from files or from the CA itself, and puts them in order,
    from the CA that issues to services up to the root. The order comes from the signatures, whatever the order of the input.
  - Each certificate is judged as M(ucops.cucm.ca_sign) does it before it signs. It must be a CA that may sign, be valid now, have a key
    that Unified CM takes, allow as many CAs below it as there are, and not be limited to usages that O(service) cannot do with.
  - The judgement never fails the task. It is in RV(usable) and RV(findings), also when the chain is incomplete.
  - RV(pem) can go into the trust stores of the nodes as it is, with M(ucops.cucm.cucm_cert_upload) and C(purpose=trust).
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
  - ucops.cucm.signing_backends
requirements:
  - cryptography >= 42
  - 'requests >= 2.32 with urllib3 >= 2.6.3 (for O(backend=adcs), O(backend=vault) and O(backend=cfssl))'
  - 'requests-ntlm >= 1.3 (for O(adcs.auth_method=ntlm))'
  - 'requests-gssapi >= 1.4 (for O(adcs.auth_method=kerberos))'
options:
  backend:
    description:
      - Where the certificates come from. Each backend has its options in a dictionary of that name, the same as in
        M(ucops.cucm.ca_sign).
      - V(file) reads files, as an administrator of the CA has exported them or as a public CA offers them for download.
      - V(local) reads the files of a CA on the host that the task runs on. Its private key is not opened.
      - V(adcs) uses the web enrollment pages of Active Directory Certificate Services. Earlier certificates of a CA that was renewed
        are in RV(certificates) too.
      - V(vault) uses the PKI secrets engine of HashiCorp Vault or OpenBao.
      - V(cfssl) uses the API of CFSSL. It shows the issuing certificate only, the others are those of O(cfssl.chain_path).
    type: str
    choices: [file, local, adcs, vault, cfssl]
    required: true
  service:
    description:
      - The service that the CA is to sign for, as Unified CM spells it.
      - It decides on the extended key usages to which a CA must not be a limit. All services need server and client authentication,
        V(ipsec) needs C(ipsecEndSystem) also.
    type: str
    choices: [CallManager, CallManager-ECDSA, tomcat, tomcat-ECDSA, TVS, ipsec]
    default: CallManager
  file:
    description:
      - Options of O(backend=file), required for it. At least one of O(file.paths) and O(file.content) is needed.
      - All certificates are taken together, in any order; one that is there twice counts once.
      - The CA that has issued none of the other CAs is taken as the one that issues to services. Where that fits several, the
        first one is taken, with a warning. Of several certificates of one CA key, the one that ends last is taken.
    type: dict
    suboptions:
      paths:
        description: Paths of files with certificates, PEM, DER or PKCS#7 (C(.p7b)), of the host that the task runs on.
        type: list
        elements: path
      content:
        description: Certificates as PEM. Text around them does not matter.
        type: str
seealso:
  - module: ucops.cucm.ca_sign
  - module: ucops.cucm.ca_init
  - module: ucops.cucm.cucm_cert_upload
"""

EXAMPLES = r"""
- name: Read what the administrator of the CA has sent
  ucops.cucm.ca_chain_info:
    backend: file
    file:
      paths:
        - ca/issuing.cer
        - ca/root.cer
  register: ca

- name: Stop before an incomplete chain, or one that is of no use for a trunk, gets into a trust store
  ansible.builtin.assert:
    that: ca.usable
    fail_msg: "{{ ca.findings | map(attribute='text') | join('; ') }}"

- name: Let a node trust the CA
  ucops.cucm.cucm_cert_upload:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    service: CallManager
    purpose: trust
    certificate_content: "{{ ca.pem }}"

- name: Read the chain of the CA on its own host
  ucops.cucm.ca_chain_info:
    backend: local
    local:
      private_key_path: /etc/uc-ca/issuing.key
      certificate_path: /etc/uc-ca/issuing.pem
      chain_path: /etc/uc-ca/chain.pem
  delegate_to: ca.example.com
  register: local_ca

- name: Read the chain of a Microsoft CA
  ucops.cucm.ca_chain_info:
    backend: adcs
    adcs:
      url: https://ca.example.com/certsrv
      username: EXAMPLE\uc-enroll
      password: "{{ vault_enroll_password }}"
      ca_path: /etc/pki/example-root.pem
  register: windows_ca

- name: Show when each CA ends
  ansible.builtin.debug:
    msg: "{{ item.role }}: {{ item.subject_dn }} until {{ item.not_after }}"
  loop: "{{ windows_ca.certificates }}"
  loop_control:
    label: "{{ item.subject_dn }}"
"""

RETURN = r"""
usable:
  description: Whether the chain is complete and nothing is wrong with it, so that certificates of this CA can work for O(service).
  returned: success
  type: bool
  sample: true
complete:
  description: Whether the chain reaches a self-signed root.
  returned: success
  type: bool
  sample: true
findings:
  description:
    - Everything that is wrong with the chain; empty when it is usable.
    - What is wrong with certificates outside the chain is in RV(certificates) only.
  returned: success
  type: list
  elements: dict
  contains: &finding
    reason:
      description: A stable code, for example V(ca_chain_incomplete), V(no_ca), V(expired), V(path_too_long) or V(issuer_limits_usage).
      type: str
      sample: ca_chain_incomplete
    text:
      description: What is wrong, in words.
      type: str
      sample: "the chain ends at CN=UC Issuing CA, the certificate of its issuer is missing: CN=UC Root CA"
    remedy:
      description: What to do about it.
      type: str
      sample: Add the certificate of that CA to file.paths or file.content
chain:
  description: The chain as PEM, the CA that issues to services first and the root last. Empty if there is no CA.
  returned: success
  type: list
  elements: str
  sample: ["-----BEGIN CERTIFICATE-----\n…", "-----BEGIN CERTIFICATE-----\n…"]
root:
  description: The root as PEM; null when the chain does not reach it.
  returned: success
  type: str
  sample: "-----BEGIN CERTIFICATE-----\n…"
pem:
  description: All of RV(chain) in one text.
  returned: success
  type: str
  sample: "-----BEGIN CERTIFICATE-----\n…"
certificates:
  description: The certificates of the chain in its order, then the others that came with them.
  returned: success
  type: list
  elements: dict
  contains:
    role:
      description:
        - V(issuing) issues to services, V(root) is the self-signed top of the chain (also when it issues itself), and
          V(intermediate) stands between the two.
        - V(other) is not part of the chain.
      type: str
      sample: issuing
    findings:
      description: What is wrong with this certificate as a CA.
      type: list
      elements: dict
      contains: *finding
    path_length:
      description: How many CAs may be below this one; null if there is no limit.
      type: int
      sample: 0
    subject:
      description: The subject, by the short names of its attributes.
      type: dict
      sample: {O: Example, CN: UC Issuing CA}
    subject_dn:
      description: The subject as one string (RFC 4514).
      type: str
      sample: CN=UC Issuing CA,O=Example
    issuer:
      description: The issuer, by the short names of its attributes.
      type: dict
      sample: {O: Example, CN: UC Root CA}
    issuer_dn:
      description: The issuer as one string (RFC 4514).
      type: str
      sample: CN=UC Root CA,O=Example
    serial_number:
      description: Serial number in hexadecimal.
      type: str
      sample: 5E3A0C77B7F2B5A0A1F04F6B3D4E5C6F70819293
    not_before:
      description: Begin of the validity, UTC.
      type: str
      sample: "2026-05-23T17:50:42Z"
    not_after:
      description: End of the validity, UTC.
      type: str
      sample: "2031-05-22T17:50:42Z"
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
      sample: {type: rsa, size: 3072}
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
      description: Key usages.
      type: list
      elements: str
      sample: [keyCertSign, cRLSign]
    extended_key_usage:
      description: Extended key usages, dotted where they have no common name. Those of a CA limit the certificates below it.
      type: list
      elements: str
      sample: []
    is_ca:
      description: Whether it is the certificate of a CA.
      type: bool
      sample: true
    self_signed:
      description: Whether it is signed with its own key.
      type: bool
      sample: false
    certificate:
      description: The certificate as PEM.
      type: str
      sample: "-----BEGIN CERTIFICATE-----\n…"
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.ca_chain_info import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
