#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_cert_upload
short_description: Upload CA certificates and signed certificates to a Unified CM node
version_added: 0.1.0
description:
  - Puts CA certificates into a trust store, or installs the signed certificate of a service.
  - Certificates are judged before they are sent - key, names, dates, usages, chain - and the node is read afterwards to
    see that it has what was sent. What is there already is not sent again; certificates compare by their SHA-256.
  - No service is restarted. RV(restart_services) lists which ones to restart, with M(ucops.cucm.cucm_service).
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
      - The certificate may be missing, since a CA signs nothing in check mode; then an upload is predicted.
      - A missing CSR is not an error, and the certificates of O(chain_content) or O(chain_path) count as trusted, since
        earlier tasks may have been about to bring them.
options:
  service:
    description:
      - The service, spelled as on the administration page, such as V(CallManager), V(CallManager-ECDSA), V(tomcat) or
        V(tomcat-ECDSA).
      - Services that end in C(-ECDSA) use the trust store of the service without it.
    type: str
    default: CallManager
  purpose:
    description:
      - V(trust) puts CA certificates into the trust store of the service. It reaches the other nodes of the cluster by
        itself.
      - V(identity) installs the signed certificate of the service, on this node only unless its CSR was made for
        several. Its CAs must be in the trust store before.
    type: str
    choices: [trust, identity]
    required: true
  certificate_content:
    description:
      - The certificate as PEM. For O(purpose=trust) there may be several, in any order, and for O(purpose=identity) its
        CAs may stand beside it.
    type: str
  certificate_path:
    description:
      - File with the certificate, PEM or DER, on the machine where the task runs.
    type: path
  chain_content:
    description:
      - CA certificates as PEM. For O(purpose=trust) they are uploaded too.
      - For O(purpose=identity) they are not sent. The signed certificate goes alone, since its CAs belong into the trust
        store first, where they are judged as such.
    type: str
  chain_path:
    description:
      - File with CA certificates.
    type: path
  description:
    description:
      - Description that the node keeps with a certificate in a trust store. It is not read back and not compared.
      - Not available over the command line (O(transport=cli)).
    type: str
  state:
    description:
      - V(absent) removes certificates from a trust store, in the whole cluster. How the REST interface does that is not
        documented; a node that does not take it is reported as an error.
    type: str
    choices: [present, absent]
    default: present
  as_renewal:
    description:
      - Whether the certificate follows the installed one, so that it must not have less. One that loses client
        authentication, a name or key length, or ends no later, is refused before the upload, and one that is valid for
        less than half the time is warned of.
      - For O(purpose=identity) only.
    type: bool
    default: false
    version_added: 0.2.0
seealso:
  - module: ucops.cucm.cucm_csr
  - module: ucops.cucm.ca_sign
  - module: ucops.cucm.cucm_service
"""

EXAMPLES = r"""
- name: Trust the CA that signs the certificates of call processing
  ucops.cucm.cucm_cert_upload:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    service: CallManager
    purpose: trust
    certificate_path: /etc/pki/example-root.pem
    chain_path: /etc/pki/example-issuing.pem

- name: Install the signed certificate
  ucops.cucm.cucm_cert_upload:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    service: CallManager
    purpose: identity
    certificate_content: "{{ signed.certificate }}"
  register: upload

- name: Restart what still runs with the old certificate, in a maintenance window
  ucops.cucm.cucm_service:
    host: cucm-pub.example.com
    username: administrator
    password: "{{ vault_application_password }}"
    services: "{{ upload.restart_services }}"
    state: restarted
    restarted_since: "{{ upload.uploaded_at }}"
  when: upload.restart_required and maintenance_window
"""

RETURN = r"""
service:
  description: The service.
  returned: success
  type: str
  sample: CallManager
certificate:
  description:
    - For O(purpose=identity), the certificate that is installed now, or would be in check mode. Otherwise V(null).
  returned: success
  type: dict
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
certificates:
  description:
    - For O(purpose=trust) and O(state=present), the certificates that are in the trust store now, roots first.
  returned: success
  type: list
  elements: dict
  contains: *certificate
replaced:
  description:
    - Certificates that the upload displaced, or would displace in check mode, since a trust store keeps one certificate
      of a common name. Each one is named in a warning.
    - An upload that would displace a root by a cross-signed twin, or the issuer of a certificate in use, is refused.
  returned: success
  type: list
  elements: dict
  contains: *certificate
uploaded_at:
  description: When the upload was done, UTC; V(null) without an upload.
  returned: success
  type: str
  sample: "2026-05-23T17:50:42Z"
restart_services:
  description:
    - Names of the services that have to be restarted before a new certificate is in use everywhere. Documents disagree,
      this is the union of what they name.
  returned: success
  type: list
  elements: str
  sample: [Cisco CallManager]
restart_required:
  description: Whether something was changed, or would be in check mode, that RV(restart_services) have to learn of.
  returned: success
  type: bool
  sample: true
findings:
  description: What is wrong with a certificate that was not sent.
  returned: failure by judgement
  type: list
  elements: dict
  contains:
    reason:
      description: A stable code; that of the first finding is RV(ignore:reason) of the result.
      type: str
      sample: key_differs
    text:
      description: The words.
      type: str
      sample: the certificate is for another key than the CSR
    remedy:
      description: What to do about it.
      type: str
      sample: Sign the CSR that is pending on the node now; a newer CSR has replaced the key
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
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_cert_upload import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
