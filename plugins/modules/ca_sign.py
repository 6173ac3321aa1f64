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
  - Some CAs decide later, when a person issues the request. Then the result is RV(status=pending), which is no error. A later run for
    the same key asks what became of the request and never makes a second one; see O(state_path).
  - Without a CSR, the CA is checked and nothing is signed. For V(local), its key must be readable, with the right passphrase, and belong
    to its certificate, and the index of issued certificates must be writable; the others are asked whether they are there and let
    the account in. The chain must be complete and valid.
  - Every refusal has a stable code in RV(ignore:reason) of the failed result, all of them with their remedies in RV(ignore:findings).
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes
  - ucops.cucm.policy
  - ucops.cucm.client_auth
  - ucops.cucm.signing_backends
requirements:
  - cryptography >= 42
  - 'requests >= 2.32 with urllib3 >= 2.6.3 (for O(backend=adcs), O(backend=vault) and O(backend=cfssl))'
  - 'requests-ntlm >= 1.3 (for O(adcs.auth_method=ntlm))'
  - 'requests-gssapi >= 1.4 (for O(adcs.auth_method=kerberos))'
options:
  backend:
    description:
      - The way to the CA. Each backend has its options in a dictionary of its own name.
      - V(local) signs with the key in a file of the host that the task runs on.
      - V(adcs) asks the web enrollment pages of Active Directory Certificate Services.
      - V(manual) leaves it to a person. It hands out the CSR, and a later run picks the certificate up. That serves the console of an old
        Windows server as well as the portal of a public CA.
      - V(vault) asks the PKI secrets engine of HashiCorp Vault or OpenBao.
      - V(cfssl) asks the API of CFSSL.
    type: str
    choices: [local, adcs, manual, vault, cfssl]
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
  host_names:
    description:
      - DNS names that a later CSR will ask for, as far as they are known.
      - Without a CSR, the module fails if the name constraints of the CA, or of one above it, exclude one of them.
    type: list
    elements: str
    version_added: 0.2.0
  service:
    description:
      - The service that the certificate is for, as Unified CM spells it.
      - It decides on the key type and on the usages that the certificate must have. All need server and client authentication,
        V(ipsec) needs C(ipsecEndSystem) also.
      - Or the kind of a SIP peer of Unified CM, whose administrator brings the CSR. Such a CSR is signed only with O(allowed_names)
        or O(allowed_domains), or it could ask for the name of a node.
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
    description:
      - Days from now until the end of the certificate. A change of it alone renews nothing.
      - V(adcs), V(cfssl) and V(manual) cannot be told; there the CA decides.
    type: int
    default: 730
  remaining_days:
    description: A certificate with this many days left, or fewer, is renewed. Must be smaller than O(validity_days).
    type: int
    default: 30
  force:
    description:
      - Sign anew even if the existing certificate fits, or a request waits at the CA. Not idempotent.
      - It is also the way on after the CA has denied a request, has issued a certificate that was refused, or when it is not known
        whether the CA has taken a request and it turned out that it has not.
    type: bool
    default: false
  state_path:
    version_added: 0.2.0
    description:
      - A file on the host that the task runs on, in which the requests that O(backend=adcs) makes are remembered between runs, so
        that each key is asked for once. It may serve many nodes and many tasks at once; it holds nothing secret.
      - 'Where the host does not last, as a pod of AWX, keep RV(request) yourself and hand it in as O(request). One of the two is
        needed for a CA at which requests wait: without either, each run makes a new request.'
      - Only O(backend=adcs) needs it. V(manual) sees what was handed in by its files, and the others answer at once.
      - Mutually exclusive with O(request).
    type: path
  request:
    version_added: 0.2.0
    description:
      - What an earlier run has returned as RV(request), unchanged. An empty dictionary is the same as none.
      - It counts for the key and the CA that are in it only. For another key, a new request is made.
    type: dict
  request_id:
    version_added: 0.2.0
    description:
      - The number of a request at the CA, which is followed instead of making one. For a request that was made by other means, or
        whose answer was lost.
      - With O(state_path) it is remembered there.
    type: str
  wait_timeout:
    version_added: 0.2.0
    description: Seconds to stay and ask again while a request waits at the CA, up to 86400. V(0) asks once.
    type: int
    default: 0
  wait_interval:
    version_added: 0.2.0
    description: Seconds between two questions, up to 3600.
    type: int
    default: 30
  manual:
    version_added: 0.2.0
    description:
      - Options of O(backend=manual), required for it. The paths are of the host that the task runs on.
      - Certificates are taken as PEM with whatever text around it, as DER and as PKCS#7 (C(.p7b)), with any line ends. Of several
        certificates, the one for the key of the CSR is meant.
    type: dict
    suboptions:
      csr_path:
        description:
          - Where the CSR is written for the person to take. Its directory must exist.
          - Without it, the CSR is in RV(csr) only.
        type: path
      certificate_path:
        description:
          - Where the person puts the certificate, a file or a directory. A missing one means that it is not there yet.
          - In a directory, the files that end in C(.pem), C(.crt), C(.cer), C(.der), C(.p7b), C(.p7c) or C(.txt) are looked at,
            whatever their names. One directory can serve all nodes.
          - A file with a certificate for another key, for example that of the last renewal, is not the answer; a warning says so.
        type: path
      certificate_content:
        description: The certificate as pasted text, PEM. One for another key is an error. An empty text is the same as none.
        type: str
      chain_path:
        description:
          - Path of a file with the certificates of the CA, in any order, the root and all CAs that may issue the certificate.
          - It says who may sign. What comes with the certificate is not trusted.
        type: path
        required: true
      instructions:
        description: What your people have to know, for example the address of the portal. It is added to RV(instructions).
        type: str
notes:
  - The key of the CA stays where it is. Run the task on the CA's host (C(delegate_to)), never on a node's behalf with a copy of the key.
  - In check mode the policy is applied, the existing certificate is judged, the CA is checked, and a request that waits is asked
    after; nothing is signed, requested or written.
  - 'To revoke a certificate of O(backend=local): C(openssl ca -config CNF -revoke CERTIFICATE) and C(openssl ca -config CNF -gencrl),
    with C(database) of the configuration pointing at O(local.index_path).'
  - A CSR is sent once for each decision to ask, whatever happens to the connection. When its answer is lost, the result fails with
    C(reason=outcome_unknown) and the fingerprint of the key; look at the CA before you go on.
seealso:
  - module: ucops.cucm.ca_init
  - module: ucops.cucm.ca_chain_info
  - module: ucops.cucm.csr_info
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

- name: Sign the CSR that the administrator of a router brings
  ucops.cucm.ca_sign:
    csr_path: csr/cube1.csr
    dest: certificates/cube1.pem
    service: cube
    allowed_names: [cube1.example.com]
    local:
      private_key_path: /etc/uc-ca/issuing.key
      private_key_passphrase: "{{ vault_ca_passphrase }}"
      certificate_path: /etc/uc-ca/issuing.pem
      chain_path: /etc/uc-ca/chain.pem
  delegate_to: ca.example.com

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

- name: Ask a Microsoft CA, and again in later runs until somebody has issued the request
  ucops.cucm.ca_sign:
    backend: adcs
    csr_content: "{{ csr.csr }}"
    state_path: "{{ inventory_dir }}/requests.json"
    adcs:
      url: https://ca.example.com/certsrv
      username: EXAMPLE\uc-enroll
      password: "{{ vault_enroll_password }}"
      template: CiscoUnifiedCM
      ca_path: /etc/pki/example-root.pem
  register: signed

- name: Say what waits
  ansible.builtin.debug:
    msg: "{{ signed.instructions }}"
  when: signed.status == 'pending'

- name: Hand the CSR to a person, and pick the certificate up when it is there
  ucops.cucm.ca_sign:
    backend: manual
    csr_content: "{{ csr.csr }}"
    manual:
      csr_path: "requests/{{ inventory_hostname }}.csr"
      certificate_path: certificates
      chain_path: certificates/public-ca-chain.pem
      instructions: The portal is https://portal.example.com, product "TLS server and client".

- name: Have it signed by OpenBao or Vault
  ucops.cucm.ca_sign:
    backend: vault
    csr_content: "{{ csr.csr }}"
    validity_days: 365
    vault:
      url: https://vault.example.com:8200
      mount: pki-uc
      role: callmanager
      auth_method: approle
      role_id: "{{ vault_role_id }}"
      secret_id: "{{ vault_secret_id }}"

- name: Have it signed by CFSSL
  ucops.cucm.ca_sign:
    backend: cfssl
    csr_content: "{{ csr.csr }}"
    cfssl:
      url: https://cfssl.example.com:8888
      profile: callmanager
      auth_key: "{{ vault_cfssl_key }}"
      chain_path: /etc/pki/example-root.pem

- name: Show why a certificate was renewed
  ansible.builtin.debug:
    msg: "{{ signed.renewal_reasons | map(attribute='text') | list }}"
"""

RETURN = r"""
status:
  description:
    - V(kept) when an existing certificate fits, V(issued) when there is a new one.
    - V(pending) when somebody has to decide on the request first. RV(instructions) says who and how; the keys that describe a
      certificate are then null.
    - In check mode V(issued) without a RV(certificate) means that the CA would be asked.
    - V(ready) when there was no CSR and the CA can sign; the keys that describe a certificate are then null.
  returned: success
  type: str
  sample: issued
instructions:
  description: What has to be done so that the request goes on; null when nothing waits.
  returned: success
  type: str
  sample: Request 89 waits at https://ca.example.com/certsrv until somebody issues it.
request_id:
  description: The number of the request at the CA, null where it has none. A failed result has it too, as soon as it is known.
  returned: success
  type: str
  sample: "89"
request:
  description:
    - What is to be remembered of the request between runs, for O(request); null where there is nothing. Public data.
    - A failed result has it too, as soon as the CSR was sent.
  returned: success
  type: dict
  sample:
    backend: adcs
    ca: https://ca.example.com:443/certsrv
    spki_sha256: 5f1c0d7a8e2b49f3c6d1a0b97e54f8236d0c9b1e7fa8452390c6de1b7a3f4812
    request_id: "89"
    requested_at: "2026-11-24T10:00:00Z"
csr:
  description: The CSR as PEM while its request waits, else null.
  returned: success
  type: str
waited:
  description: Seconds spent waiting for a decision.
  returned: success
  type: int
  sample: 0
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
  description:
    - The certificate, as PEM.
    - A failed result has it too when the CA has issued one that was refused, with RV(ignore:findings) that say why.
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
