#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_peer_sheet
short_description: Write what the administrator of a SIP peer needs for a trunk over TLS
version_added: 0.2.0
description:
  - Writes the other side of a SIP trunk over TLS as files that can be handed over. They are a sheet as a page and as text, the CA
    certificates, and for some kinds of peers configuration text.
  - The sheet has names, addresses, ports, CA certificates with fingerprints, what to set and to check, and the failure texts
    that the peer may show with what each means. What is not sure is said to be so.
  - The configuration of a CUBE has trustpoints, enrolment by terminal, TLS profile, tenant and dial-peers. It was written from
    Cisco's documents, and has not run on a router. That of Kamailio is tested with the program.
  - The same options give the same bytes, so that a file changes only when something does. It contacts nothing.
  - The files hold names, addresses and certificates, and no secrets. They are readable by their owner alone.
  - Files of an earlier hand-over that are not part of this one are left alone.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details:
      - The page is left out, since it says what the text says.
  idempotent:
    support: full
options:
  directory:
    description: Directory for the files. It is made if it is missing.
    type: path
    required: true
  cluster:
    description: Name of the Unified CM cluster.
    type: str
    required: true
  nodes:
    description: The nodes of the cluster that have the trunk.
    type: list
    elements: dict
    required: true
    suboptions: &node
      name:
        description: Name of the node.
        type: str
        required: true
      address:
        description: Host name or IP address. The name of the node if it is not given.
        type: str
      port:
        description: Port for SIP over TLS. Of the cluster, that is the incoming port of the trunk's security profile.
        type: int
        default: 5061
      names:
        description: Names in the node's certificate, the common name first.
        type: list
        elements: str
        default: []
  numbers:
    description: Numbers that the peer may send to the cluster, as route patterns have them.
    type: list
    elements: str
    default: []
  ca_certificate_paths: &paths
    description: Files of CA certificates in PEM, the issuing CA first.
    type: list
    elements: path
    default: []
  ca_certificate_texts: &texts
    description: CA certificates in PEM, before those of files.
    type: list
    elements: str
    default: []
  peer:
    description: The peer.
    type: dict
    required: true
    suboptions:
      name:
        description: Name of the peer.
        type: str
        required: true
      kind:
        description: What the peer is. It decides about defaults, advice and configuration text.
        type: str
        choices: [cube, expressway, unity_connection, kamailio, generic]
        default: generic
      release:
        description: Release of the peer, such as V(17.12.4) of a CUBE or V(X15.5) of an Expressway.
        type: str
      nodes:
        description: The nodes of the peer.
        type: list
        elements: dict
        required: true
        suboptions:
          <<: *node
          client_names:
            description: Names in the certificate that the node shows when it calls, where that is another certificate.
            type: list
            elements: str
            default: []
      numbers:
        description: Numbers that the cluster sends to the peer, as route patterns have them.
        type: list
        elements: str
        default: []
      ca_certificate_paths: *paths
      ca_certificate_texts: *texts
      settings:
        description: What is different from the defaults of the kind, by the keys of an entry of C(cucm_peers).
        type: dict
        default: {}
      configuration:
        description:
          - Settings of the configuration text.
          - Of V(cube) C(trustpoint), C(client_trustpoint), C(modulus), C(revocation_check), C(tag) and C(interface).
          - Of V(kamailio) C(directory), C(inside_listen), C(inside_destination) and C(options_interval).
        type: dict
        default: {}
seealso:
  - module: ucops.cucm.ca_sign
    description: Signs the request (CSR) that the administrator of the peer brings.
"""

EXAMPLES = r"""
- name: Write the sheet for the administrator of a router
  ucops.cucm.cucm_peer_sheet:
    directory: hand_over/HQ-CUBE
    cluster: CUCMA
    nodes:
      - name: cucma-pub
        address: cucma-pub.a.example.com
        names: [cucma-pub.a.example.com]
    numbers: ["1XXX"]
    ca_certificate_paths: [issuing.pem, root.pem]
    peer:
      name: HQ-CUBE
      kind: cube
      release: "17.12.4"
      nodes:
        - name: cube1
          address: 192.0.2.10
          names: [cube1.example.com]
  delegate_to: localhost
"""

RETURN = r"""
directory:
  description: The directory of the files.
  returned: success
  type: str
  sample: hand_over/HQ-CUBE
files:
  description: The files of the hand-over, as paths below the directory.
  returned: success
  type: list
  elements: str
  sample: [cube1/cube.txt, cucm-ca.pem, sheet.html, sheet.txt]
written:
  description: Those of them that were written, or in check mode would be.
  returned: success
  type: list
  elements: str
  sample: [sheet.html, sheet.txt]
reason:
  description: What kind of failure it was, for playbooks to test.
  returned: failure
  type: str
  sample: invalid_option
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_peer_sheet import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
