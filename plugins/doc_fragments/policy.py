# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The policy: what the modules that judge a CSR share."""

    DOCUMENTATION = r"""
options:
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
    description: The smallest RSA key that is signed, from 2048 to 4096 bits. Only O(allow_weak_csr) lets smaller ones pass.
    type: int
    default: 2048
  max_rsa_bits:
    description:
      - The largest RSA key that is signed, from 2048 to 4096 bits.
      - Some phones do not register with a CallManager key of more than 2048 bits.
    type: int
    default: 4096
  hash_algorithms:
    description: Hashes that the signature of the CSR may use. Only O(allow_weak_csr) lets SHA-1 pass.
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
  allow_weak_csr:
    version_added: 0.2.0
    description:
      - Let RSA keys from 1024 bits and CSRs that are signed with SHA-1 pass, each with a warning. Release 9.1 makes such requests.
      - The signature of the CSR is verified all the same. MD5 and keys of 512 bits never pass, and the certificates of the CA must
        be as strong as ever.
      - Such a key can be broken, and today's TLS libraries refuse it by default. Upgrade instead where you can.
      - Cannot be combined with O(min_rsa_bits) above 2048.
    type: bool
    default: false
"""
