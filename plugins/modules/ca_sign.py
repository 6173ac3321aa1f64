#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ca_sign
short_description: Have the certificate signing request of a node signed by a certificate authority
version_added: 0.1.0
description:
  - Turns a certificate signing request (CSR) into a certificate that Cisco Unified CM can use for SIP trunks over mutual TLS.
  - The CSR is untrusted input. A policy decides before anything is signed, the same for every backend. It looks at the hash and
    the signature of the CSR, its key and its names. A CSR that asks to become a CA is refused.
  - What comes back from the CA is judged before it is handed on. It must have the key, the common name and exactly the subject
    alternative names of the CSR, server and client authentication, data encipherment if the CSR asks for it, no critical
    extension beside key usage and basic constraints, and a validity and a chain that verify.
  - A certificate that is there already (O(certificate_content), O(certificate_path) or O(dest)) is judged in the same way. It is
    kept when it fits, this CA has issued it, and more than O(remaining_days) days are left.
  - Without a CSR, the CA is checked and nothing is signed. Its key must be readable, with the right passphrase, and belong to its
    certificate; the chain must be complete and valid, and the index of issued certificates must be writable.
  - Every refusal has a stable code in RV(ignore:reason) of the failed result, all of them with their remedies in RV(ignore:findings).
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes
requirements:
  - cryptography >= 42
options:
  backend:
    description:
      - The way to the CA. Each backend has its options in a dictionary of its own name.
      - V(local) signs with the key in a file of the host that the task runs on.
    type: str
    choices: [local]
    default: local
  csr_content:
    description:
      - The CSR, as PEM. Text around it does not matter.
      - With neither O(csr_content) nor O(csr_path), nothing is signed. The module then only proves that the CA could
        sign, which is a check of the CA before anything is asked of a node.
      - Mutually exclusive with O(csr_path).
    type: str
  csr_path:
    description: Path of the CSR, PEM or DER.
    type: path
  service:
    description:
      - The service that the certificate is for, as Unified CM spells it.
      - It decides on the key type and on the usages that the certificate must have. All need server and client authentication,
        V(ipsec) needs C(ipsecEndSystem) also.
    type: str
    choices: [CallManager, CallManager-ECDSA, tomcat, tomcat-ECDSA, TVS, ipsec]
    default: CallManager
  certificate_content:
    description:
      - The certificate that the node uses now, as PEM. It is kept when it fits, so that nothing needs to be stored between runs.
      - An empty text is the same as none.
      - Mutually exclusive with O(certificate_path).
    type: str
  certificate_path:
    description: Path of the certificate that the node uses now, PEM or DER. A missing file is the same as none.
    type: path
  dest:
    description:
      - Where the certificate is written, as PEM, whole or not at all. Its directory must exist.
      - A certificate that is there already and fits is kept when the one in use does not fit; so a run that was
        interrupted between signing and installing does not sign twice.
    type: path
  mode:
    description:
      - Permissions of O(dest) in octal digits, for example V('0644').
      - Without it a new file gets V(0644) and an existing one keeps its own.
    type: raw
  validity_days:
    description: Days from now until the end of the certificate. A change of it alone renews nothing.
    type: int
    default: 730
  remaining_days:
    description: A certificate with this many days left, or fewer, is renewed. Must be smaller than O(validity_days).
    type: int
    default: 30
  force:
    description: Sign anew even if the existing certificate fits. Not idempotent.
    type: bool
    default: false
  allowed_names:
    description:
      - Names that may be signed, beside those in O(allowed_domains). Host names, addresses, URIs and the common name are compared
        whole and without case.
      - With neither O(allowed_names) nor O(allowed_domains), every well-formed name is signed. Wildcards never are.
    type: list
    elements: str
    default: []
  allowed_domains:
    description: Domains; they and all names in them may be signed.
    type: list
    elements: str
    default: []
  key_types:
    description: Types of keys that are signed, among those that O(service) can use.
    type: list
    elements: str
    choices: [rsa, ec]
    default: [rsa, ec]
  min_rsa_bits:
    description: The smallest RSA key that is signed, from 2048 to 4096 bits.
    type: int
    default: 2048
  max_rsa_bits:
    description:
      - The largest RSA key that is signed, from 2048 to 4096 bits.
      - Some phones do not register with a CallManager key of more than 2048 bits.
    type: int
    default: 4096
  hash_algorithms:
    description: Hashes that the signature of the CSR may use.
    type: list
    elements: str
    choices: [sha256, sha384, sha512]
    default: [sha256, sha384, sha512]
  max_alt_names:
    description: How many subject alternative names a CSR may have, up to 1000.
    type: int
    default: 100
  required_extended_key_usages:
    description:
      - Extended key usages that the CSR (if it asks for any) and the certificate must have, instead of those of O(service).
      - A trunk over mutual TLS does not work without client authentication.
    type: list
    elements: str
    choices: [serverAuth, clientAuth, ipsecEndSystem]
  local:
    description:
      - Options of O(backend=local), required for it. The paths are of the host that the task runs on.
      - Key usage and extended key usage are those of the CSR without what no service is given, or those of O(service) when the
        CSR has none; subject and subject alternative names are the CSR's; the serial number is random.
      - Many tasks may sign with one CA at once, on one host.
    type: dict
    suboptions:
      private_key_path:
        description: Path of the CA's private key, encrypted PKCS#8 in PEM. Only its owner may have permissions on it.
        type: path
        required: true
      private_key_passphrase:
        description: Passphrase of the CA's private key.
        type: str
      allow_unencrypted_key:
        description: Take a private key that is not encrypted.
        type: bool
        default: false
      certificate_path:
        description: Path of the CA's certificate, PEM or DER.
        type: path
        required: true
      chain_path:
        description:
          - Path of a PEM file with the intermediate certificates and the root, in any order.
          - Required unless the CA is a root itself.
        type: path
      index_path:
        description:
          - Path of the index of issued certificates, in the format of C(openssl ca), so that OpenSSL can revoke them and make revocation
            lists. The default is C(index.txt) beside O(local.certificate_path).
          - Beside it stand a lock, the attributes file of OpenSSL, and a log of JSON lines with the ending C(.jsonl)
            that also holds the certificates. Do not run C(openssl ca) on the index while this module signs.
        type: path
      digest:
        description: Hash of the CA's signature.
        type: str
        choices: [sha256, sha384, sha512]
        default: sha256
      backdate_minutes:
        description: The certificate is valid from this many minutes ago, for nodes whose clocks are behind.
        type: int
        default: 10
      allow_shorter_validity:
        description:
          - What to do when the certificate would outlive its CA. With V(true) it ends with the CA, and the result has a warning;
            with V(false) it is not signed.
        type: bool
        default: false
notes:
  - The key of the CA stays where it is. Run the task on the CA's host (C(delegate_to)), never on a node's behalf with a copy of the key.
  - In check mode the policy is applied, the existing certificate is judged and the CA's files are checked; nothing is
    signed or written.
  - 'To revoke a certificate of O(backend=local): C(openssl ca -config CNF -revoke CERTIFICATE) and C(openssl ca -config CNF -gencrl),
    with C(database) of the configuration pointing at O(local.index_path).'
seealso:
  - module: ucops.cucm.ca_init
"""

EXAMPLES = r"""
- name: Check the CA before anything is asked of a node
  ucops.cucm.ca_sign:
    local:
      private_key_path: /etc/uc-ca/issuing.key
      private_key_passphrase: "{{ vault_ca_passphrase }}"
      certificate_path: /etc/uc-ca/issuing.pem
      chain_path: /etc/uc-ca/chain.pem
  delegate_to: ca.example.com

- name: Sign the CSR of a node on the CA's host, unless the installed certificate still fits
  ucops.cucm.ca_sign:
    csr_content: "{{ csr.csr }}"
    certificate_content: "{{ installed.certificate | default('') }}"
    service: CallManager
    allowed_domains: [example.com]
    local:
      private_key_path: /etc/uc-ca/issuing.key
      private_key_passphrase: "{{ vault_ca_passphrase }}"
      certificate_path: /etc/uc-ca/issuing.pem
      chain_path: /etc/uc-ca/chain.pem
  delegate_to: ca.example.com
  register: signed

- name: Sign a CSR from a file and keep the certificate in a file, renewing it 60 days before its end
  ucops.cucm.ca_sign:
    csr_path: csr/cucm-pub.csr
    dest: certificates/cucm-pub.pem
    validity_days: 365
    remaining_days: 60
    local:
      private_key_path: ca/root.key
      private_key_passphrase: "{{ vault_ca_passphrase }}"
      certificate_path: ca/root.pem

- name: Show why a certificate was renewed
  ansible.builtin.debug:
    msg: "{{ signed.renewal_reasons | map(attribute='text') | list }}"
"""

RETURN = r"""
status:
  description:
    - V(kept) when an existing certificate fits, V(issued) when a new one was signed.
    - In check mode V(issued) means that one would be signed; the keys that describe it are then null.
    - V(ready) when there was no CSR and the CA can sign; the keys that describe a certificate are then null.
  returned: success
  type: str
  sample: issued
backend:
  description: The way to the CA that was used.
  returned: success
  type: str
  sample: local
renewal_reasons:
  description: Why a new certificate was needed; empty when one was kept.
  returned: success
  type: list
  elements: dict
  contains:
    reason:
      description: A stable code, for example V(no_certificate), V(expires_soon), V(key_differs), V(alt_names_differ) or V(other_issuer).
      type: str
    text:
      description: The reason in words.
      type: str
  sample:
    - reason: expires_soon
      text: the certificate ends at 2027-01-15T10:00:00Z, with 30 days or fewer left
certificate:
  description: The certificate, as PEM.
  returned: success
  type: str
chain:
  description: The CA certificates above it, as PEM, its issuer first and the root last.
  returned: success
  type: list
  elements: str
root:
  description: The root, as PEM.
  returned: success
  type: str
fullchain:
  description: The certificate and all of RV(chain) in one text.
  returned: success
  type: str
serial_number:
  description: Serial number in hexadecimal.
  returned: success
  type: str
  sample: 5E3A0C77B7F2B5A0A1F04F6B3D4E5C6F70819293
not_before:
  description: Start of the validity, in UTC.
  returned: success
  type: str
  sample: "2026-11-23T10:00:00Z"
not_after:
  description: End of the validity, in UTC.
  returned: success
  type: str
  sample: "2028-11-22T10:10:00Z"
fingerprint_sha256:
  description: SHA-256 fingerprint.
  returned: success
  type: str
  sample: "4F:0C:…:A1"
subject:
  description: Subject by the short names of its attributes.
  returned: success
  type: dict
  sample: {C: DE, O: Example, CN: cucm-pub-ms.example.com}
subject_alt_names:
  description: Subject alternative names with their types, sorted.
  returned: success
  type: list
  elements: str
  sample: ["DNS:cucm-pub.example.com", "DNS:example.com"]
issuer:
  description: Issuer by the short names of its attributes.
  returned: success
  type: dict
  sample: {O: Example, CN: UC Issuing CA}
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.ca_sign import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
