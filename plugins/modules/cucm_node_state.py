#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_node_state
version_added: 0.2.0
short_description: Read everything that a run must know of a node, and judge it
description:
  - Reads services, clock, certificates and trust store of a node in one task, fails with everything that keeps the work from
    beginning there, and judges whether the node needs another certificate. It changes nothing.
  - Does what M(ucops.cucm.cucm_node_info), M(ucops.cucm.cucm_cert_info) and M(ucops.cucm.cucm_csr) in check mode do between them, with
    two requests where the node has the certificate REST interface.
  - The role P(ucops.cucm.cucm_preflight#role) calls it and registers the result as C(cucm_preflight_state), the one value that the
    later stages know of a node.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
  - ucops.cucm.certificates
  - ucops.cucm.ssh
  - ucops.cucm.client_auth
options:
  serviceability_username:
    description: Application user of the cluster, for services and clock. O(username) is the operating system administrator.
    type: str
    required: true
  serviceability_password:
    description: Password of O(serviceability_username).
    type: str
    required: true
  node:
    description: Inventory name of the node, for messages.
    type: str
    required: true
  cluster:
    description:
      - The result of M(ucops.cucm.cucm_cluster_info). One without a release says that the publisher could not be read; then nothing is
        asked of the node, since the account may be what is wrong.
    type: dict
    required: true
  publisher:
    description: Inventory name of the publisher, for messages.
    type: str
    required: true
  delegate:
    description: Inventory name of the host whose task read the publisher, for messages.
    type: str
    required: true
  required_services:
    description: Services that must run.
    type: list
    elements: str
    default: [Cisco CallManager]
  starting_timeout:
    description: Seconds to wait for a required service that is just starting or stopping.
    type: int
    default: 300
  starting_interval:
    description: Seconds between two looks at it.
    type: int
    default: 5
  service:
    description: The service whose certificate and trust store are read, together with its EC twin.
    type: str
    default: CallManager
  hostname:
    description: Host name to which the certificate must be made out. Without it, that is not checked.
    type: str
  wanted:
    description:
      - The certificate that the node should have. Without it, or without O(wanted.authorities), that is not judged.
    type: dict
    suboptions:
      service:
        description:
          - The service whose certificate is asked for, spelt as on the administration page, where it is called certificate
            purpose.
          - V(CallManager), V(CallManager-ECDSA), V(tomcat), V(tomcat-ECDSA), V(TVS) and V(ipsec) are known.
        type: str
        default: CallManager
      distribution:
        description:
          - Whether the certificate is for this node alone or for all nodes of the cluster.
          - For V(multi-server) the node adds the names of the cluster's nodes by itself, and O(wanted.common_name) is needed.
          - V(multi-server) cannot be asked for over the command line (O(transport=cli)).
        type: str
        choices: [this-server, multi-server]
        default: this-server
      common_name:
        description:
          - The common name. Peers and phones may know the node by it.
          - Without it, a new CSR gets the common name of the installed certificate.
          - Cannot be asked for over the command line (O(transport=cli)).
        type: str
      subject_alt_names:
        description:
          - The subject alternative names, as a set. Host names and addresses need no type before them.
          - The common name may appear among those of the CSR without being in this list.
          - An empty list asks for none; without this option any will do.
          - Cannot be asked for over the command line (O(transport=cli)).
        type: list
        elements: str
      key_type:
        description:
          - Type of the key. It follows from O(wanted.service) - V(ec) for the services that end in C(-ECDSA), V(rsa) for all
            others - and any other value is an error.
        type: str
        choices: [rsa, ec]
      key_length:
        description:
          - Size of the key in bits. A new CSR gets 2048 for RSA and 384 for EC when this is not given.
          - RSA keys above 2048 bits for V(CallManager) keep some phones from registering.
          - Cannot be asked for over the command line (O(transport=cli)).
        type: int
        choices: [256, 384, 521, 2048, 3072, 4096]
      hash_algorithm:
        description:
          - Hash of the CSR's signature. A new CSR gets V(sha256) for RSA, and for EC the hash of the key's strength, when
            this is not given.
          - It is compared with that of a pending CSR only, since the hash of a certificate is the choice of its CA.
          - Cannot be asked for over the command line (O(transport=cli)).
        type: str
        choices: [sha256, sha384, sha512]
      renew_before:
        description:
          - Number of days before the end of the installed certificate from which on a CSR is needed.
        type: int
        default: 30
      authorities:
        description: The certificates of the CA as PEM, the issuing CA first. The node must trust all, and the first must have issued
          its certificate.
        type: list
        elements: str
        default: []
      backend:
        description: The CA that signs, as in M(ucops.cucm.ca_sign).
        type: str
        default: local
      may_restart:
        description: Whether the run may restart services.
        type: bool
        default: false
      backdate:
        description: Seconds by which the CA back-dates certificates.
        type: int
        default: 0
      issues:
        description: Whether the run may have certificates issued. Otherwise only restarts are planned.
        type: bool
        default: true
seealso:
  - module: ucops.cucm.cucm_node_info
  - module: ucops.cucm.cucm_cert_info
  - module: ucops.cucm.cucm_csr
"""

EXAMPLES = r"""
- name: Read and judge a node
  ucops.cucm.cucm_node_state:
    host: cucma-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    serviceability_username: axl-user
    serviceability_password: "{{ vault_axl_password }}"
    node: cucma-pub
    publisher: cucma-pub
    delegate: cucma-pub
    cluster: "{{ read_cluster }}"
    wanted:
      authorities: "{{ query('ansible.builtin.file', 'issuing.pem', 'root.pem') }}"
  register: state
"""

RETURN = r"""
release:
  description: The release of the cluster.
  returned: success
  type: str
  sample: "14.0"
version:
  description: The full version of the cluster.
  returned: success
  type: str
  sample: 14.0.1.12900-161
axl_version:
  description: The AXL version of the cluster.
  returned: success
  type: str
mixed_mode:
  description: Whether the cluster is in mixed mode; none if it does not tell.
  returned: success
  type: bool
clock:
  description: The clock, as it was given.
  returned: success
  type: dict
services:
  description: The services with their status and the time of their start.
  returned: success
  type: list
  elements: dict
identity:
  description: The installed certificate, as M(ucops.cucm.cucm_cert_info) describes it.
  returned: success
  type: dict
identities:
  description: All installed certificates that were read, RV(identity) first.
  returned: success
  type: list
  elements: dict
tls:
  description: What the release tells of the TLS versions of SIP.
  returned: success
  type: dict
  contains:
    newest:
      description: The newest version; null where the release does not tell.
      type: str
    certificate_preference:
      description: As in M(ucops.cucm.cucm_cluster_info).
      type: str
    not_measured:
      description: What was not measured, and why.
      type: list
      elements: str
end_versions:
  description: The versions at both ends of the links, as they were given.
  returned: success
  type: list
  elements: str
client_auth:
  description: Whether the links need certificates with client authentication.
  returned: success
  type: dict
  contains:
    required:
      description: Whether they do.
      type: bool
    why:
      description: What that depends on.
      type: str
    installed:
      description: Whether the installed certificate allows it; null where that was not read.
      type: bool
trusted:
  description: The SHA-256 fingerprints of the certificates in the trust store.
  returned: success
  type: list
  elements: str
certificates:
  description: The installed certificates in C(identities) and the trust store in C(trust), as M(ucops.cucm.cucm_cert_info) returns them.
  returned: success
  type: dict
csr:
  description:
    - What M(ucops.cucm.cucm_csr) would return in check mode, and in C(missing_authorities) the fingerprints of the CAs that the
      node does not trust. Null where it has to be asked itself, since O(wanted.authorities) are not given or its options are wrong.
  returned: success
  type: dict
planned:
  description:
    - What the node needs, for the page of the plan. Null where a CA has to be asked first, or RV(csr) is null.
  returned: success
  type: dict
problems:
  description: Everything that keeps the work from beginning.
  returned: failure
  type: list
  elements: str
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_node_state import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
