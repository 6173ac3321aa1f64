#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_csr
short_description: Get the certificate signing request of a service of a Unified CM node
version_added: 0.1.0
description:
  - Returns a certificate signing request (CSR) that has to be signed, and generates one only when it is needed. A new
    CSR destroys the pending one and its key, so a certificate that was made from the old one can no longer be uploaded.
  - No CSR is needed when the installed certificate is not self-signed, comes from the wanted O(issuer), has the wanted
    names and key, can be used by server and client, and has more than O(renew_before) days left.
  - A pending CSR that has the wanted names and key is returned as it is.
  - Only the options that are given count in these comparisons.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
  - ucops.cucm.certificates
  - ucops.cucm.ssh
  - ucops.cucm.ssh.transcript
  - ucops.cucm.client_auth
attributes:
  check_mode:
    details:
      - On a node that needs a new CSR, RV(csr) is V(null), since nothing was generated.
  idempotent:
    support: partial
    details:
      - With O(force=true) every run generates a CSR.
options:
  service:
    description:
      - The service whose certificate is asked for, spelled as on the administration page, where it is called certificate
        purpose.
      - V(CallManager), V(CallManager-ECDSA), V(tomcat), V(tomcat-ECDSA), V(TVS) and V(ipsec) are known.
    type: str
    default: CallManager
  distribution:
    description:
      - Whether the certificate is for this node alone or for all nodes of the cluster.
      - For V(multi-server) the node adds the names of the cluster's nodes, and O(common_name) is needed.
      - V(multi-server) is not available over the command line (O(transport=cli)).
    type: str
    choices: [this-server, multi-server]
    default: this-server
  common_name:
    description:
      - The common name. Peers and phones may know the node by it.
      - Without it, a new CSR gets the common name of the installed certificate.
      - Not available over the command line (O(transport=cli)).
    type: str
  subject_alt_names:
    description:
      - The subject alternative names, as a set. Host names and addresses need no type before them.
      - The common name may appear among those of the CSR without being in this list.
      - An empty list requests none; without this option any are accepted.
      - Not available over the command line (O(transport=cli)).
    type: list
    elements: str
  key_type:
    description:
      - Type of the key. It follows from O(service) - V(ec) for the services that end in C(-ECDSA), V(rsa) for all
        others - and any other value is an error.
    type: str
    choices: [rsa, ec]
  key_length:
    description:
      - Size of the key in bits. A new CSR gets 2048 for RSA and 384 for EC when this is not given.
      - RSA keys above 2048 bits for V(CallManager) keep some phones from registering.
      - Not available over the command line (O(transport=cli)).
    type: int
    choices: [256, 384, 521, 2048, 3072, 4096]
  hash_algorithm:
    description:
      - Hash of the CSR's signature. A new CSR gets V(sha256) for RSA, and for EC the hash of the key's strength, when
        this is not given.
      - It is compared with that of a pending CSR only, since the hash of a certificate is the choice of its CA.
      - Not available over the command line (O(transport=cli)).
    type: str
    choices: [sha256, sha384, sha512]
  renew_before:
    description:
      - Number of days before the end of the installed certificate from which on a CSR is needed.
    type: int
    default: 30
  issuer:
    description:
      - The CA that must have signed the installed certificate, as PEM or as path of a file; one or several
        certificates, of which one has to stand above the installed certificate, directly or through intermediate CAs.
      - Without it, any CA will do.
    type: str
  force:
    description:
      - Generate a CSR in any case.
    type: bool
    default: false
  dest:
    description:
      - File on the machine where the task runs that gets the CSR, readable for all. It is replaced in one step.
      - Nothing is written when no CSR is needed.
    type: path
seealso:
  - module: ucops.cucm.ca_sign
  - module: ucops.cucm.cucm_cert_upload
  - module: ucops.cucm.cucm_cert_info
"""

EXAMPLES = r"""
- name: Get a CSR unless a certificate of a CA is installed that lasts another 30 days
  ucops.cucm.cucm_csr:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    service: CallManager
  register: request

- name: Get a CSR with a subject alternative name unless the certificate of the new CA is installed
  ucops.cucm.cucm_csr:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    service: tomcat
    subject_alt_names:
      - cucm.example.com
    issuer: /etc/pki/example-root.pem
    dest: /tmp/cucm-pub.csr
  register: request

- name: Have it signed when there is something to sign
  ucops.cucm.ca_sign:
    backend: local
    csr_content: "{{ request.csr }}"
    local:
      certificate_path: /etc/pki/example-ca.pem
      private_key_path: /etc/pki/private/example-ca.key
      private_key_passphrase: "{{ vault_ca_passphrase }}"
  when: request.csr is not none
"""

RETURN = r"""
status:
  description:
    - V(installed) when the installed certificate does, V(pending) when the pending CSR does, V(generated) when a CSR was
      generated, or would be in check mode.
  returned: success
  type: str
  sample: pending
service:
  description: The service.
  returned: success
  type: str
  sample: CallManager
csr:
  description:
    - The CSR to sign, as PEM. V(null) when none is needed, and in check mode when one would be generated.
  returned: success
  type: str
  sample: "-----BEGIN CERTIFICATE REQUEST-----\n…"
csr_details:
  description: What RV(csr) says; V(null) without one.
  returned: success
  type: dict
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
certificate:
  description: The installed certificate; V(null) when there is none.
  returned: success
  type: dict
  contains:
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
restart_services:
  description:
    - Names of the services that have to be restarted before a new certificate of this service is in use everywhere, for
      M(ucops.cucm.cucm_service).
  returned: success
  type: list
  elements: str
  sample: [Cisco CallManager, Cisco CTIManager]
trust_restart_services:
  description: The same for a CA certificate in the trust store of this service.
  returned: success
  type: list
  elements: str
  sample: [Cisco CallManager]
reasons:
  description:
    - Why what is there is not enough, empty for RV(status) V(installed).
  returned: success
  type: list
  elements: dict
  contains:
    about:
      description: V(installed) for the installed certificate, V(pending) for the pending CSR, V(options) for O(force).
      type: str
      sample: installed
    reason:
      description: A stable code.
      type: str
      sample: self_signed
    text:
      description: The words.
      type: str
      sample: the installed certificate is self-signed
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
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_csr import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
