#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: ca_init
short_description: Create a certificate authority for a laboratory or a small site
version_added: 0.1.0
description:
  - Makes a root CA in a directory and, if wanted, an issuing CA below it, for M(ucops.cucm.ca_sign) to sign with.
  - Keys and certificates that are there already are checked and never replaced. An authority that differs from what is asked for,
    that has expired, or whose keys have another passphrase is an error. A run that was interrupted is finished by the next one.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes
requirements:
  - cryptography >= 42
options:
  directory:
    description:
      - The directory of the authority, on the host that the task runs on. A new one gets the permissions V(0700).
      - For each CA it holds a key (permissions V(0600), encrypted PKCS#8) and a certificate.
    type: path
    required: true
  passphrase:
    description: Passphrase of the keys, at least 8 characters.
    type: str
    required: true
  common_name:
    description: Common name of the root.
    type: str
    required: true
  issuing_common_name:
    description:
      - Common name of an issuing CA below the root. Without it, the root issues.
      - It must differ from O(common_name), since a trust store of Unified CM holds one certificate of each common name.
    type: str
  organization:
    description: Organization in the names of the CAs.
    type: str
  country:
    description: Country code of two letters in the names of the CAs.
    type: str
  key_type:
    description: Type of the keys.
    type: str
    choices: [rsa, ec]
    default: rsa
  key_size:
    description:
      - Size of the keys in bits. 2048, 3072 (the default) or 4096 for V(rsa); 256, 384 (the default) or 521 for V(ec).
      - Some phones of a mixed-mode cluster take no CA with a key of 4096 bits.
    type: int
  validity_days:
    description: Days from now until the end of a new root. A change of it alone makes nothing new.
    type: int
    default: 3650
  issuing_validity_days:
    description: Days from now until the end of a new issuing CA, which must not outlive the root.
    type: int
    default: 1825
  state:
    description: The authority is there. Removing one is left to you.
    type: str
    choices: [present]
    default: present
notes:
  - Whoever has the directory and the passphrase can sign anything. A productive site is better served by the CA that it has.
seealso:
  - module: ucops.cucm.ca_sign
"""

EXAMPLES = r"""
- name: Make a root and an issuing CA for the laboratory
  ucops.cucm.ca_init:
    directory: ~/lab-ca
    passphrase: "{{ vault_ca_passphrase }}"
    common_name: Lab Root CA
    issuing_common_name: Lab Issuing CA
    organization: Example
  register: ca

- name: Sign the CSR of a node with it
  ucops.cucm.ca_sign:
    csr_path: cucm-pub.csr
    dest: cucm-pub.pem
    local:
      private_key_path: "{{ ca.files.private_key }}"
      private_key_passphrase: "{{ vault_ca_passphrase }}"
      certificate_path: "{{ ca.files.certificate }}"
      chain_path: "{{ ca.files.chain }}"
      index_path: "{{ ca.files.index }}"
"""

RETURN = r"""
root_certificate:
  description: Certificate of the root, as PEM; null in check mode when there is none yet.
  returned: success
  type: str
issuing_certificate:
  description: Certificate of the issuing CA, as PEM; null without one.
  returned: success
  type: str
chain:
  description: The CA certificates, as PEM, the one that signs first and the root last.
  returned: success
  type: list
  elements: str
authorities:
  description: The certificates in detail, under the names C(root) and C(issuing).
  returned: success
  type: dict
files:
  description: Where things are, for the options of O(ucops.cucm.ca_sign#module:local).
  returned: success
  type: dict
  contains:
    private_key:
      description: Key to sign with; the issuing CA's, or the root's without one.
      type: str
    certificate:
      description: Certificate to sign with.
      type: str
    chain:
      description: All CA certificates in one file.
      type: str
    index:
      description: Where M(ucops.cucm.ca_sign) will keep its index.
      type: str
    root_private_key:
      description: Key of the root.
      type: str
    root_certificate:
      description: Certificate of the root.
      type: str
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.ca_init import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
