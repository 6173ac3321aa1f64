#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_peer_names
short_description: Read the names that SIP peers show on their ports over TLS
version_added: 0.2.0
description:
  - Connects to the SIP ports of peers that are no clusters of the inventory, and gives the names in their certificates, so that
    the security profile of the trunk can accept them. A certificate counts only under the CA certificates that are given for
    the peer, or with the fingerprint that is given for the node.
  - What a port shows is the certificate of the peer as a server. The one that it shows when it calls may be another one.
  - With O(state_path), remembers what each port has shown. When a port shows another name later, that is a finding, and the
    remembered name stays the one to accept.
  - A port that cannot be read or is not trusted is told in RV(places), and is no error.
author:
  - ucops.cucm contributors (@ucops)
attributes:
  check_mode:
    description: Can run in C(check_mode) and return the changed status prediction without modifying the target.
    support: full
    details:
      - The ports are read in check mode as well. Nothing is remembered.
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: none
  idempotent:
    description: When run twice in a row outside C(check_mode), with the same arguments, the second run reports no change.
    support: full
requirements:
  - cryptography >= 42
options:
  peers:
    description: The peers, as the filter P(ucops.cucm.peers_to_read#filter) gives them.
    type: list
    elements: dict
    required: true
    suboptions:
      name:
        description: Name of the peer.
        type: str
        required: true
      nodes:
        description: Its nodes.
        type: list
        elements: dict
        required: true
        suboptions:
          name:
            description: Name of the node.
            type: str
            required: true
          place:
            description: Under what the names are remembered. Without it, address and port.
            type: str
          address:
            description: Name or address of the node.
            type: str
            required: true
          port:
            description: TCP port of its SIP over TLS.
            type: int
            default: 5061
          tls_fingerprint:
            description: SHA-256 fingerprint of its certificate. With it, the CA certificates do not count.
            type: str
      ca_certificate_paths:
        description: Files with the certificates (PEM, DER or PKCS#7) of the CAs of the peer, or with its own self-signed one.
        type: list
        elements: path
        default: []
      allow_legacy_tls:
        description: Whether TLS 1.0 and 1.1 are offered too.
        type: bool
        default: false
  state_path:
    description:
      - File that remembers what each port has shown, as JSON. Its directory must be there. It is written with the mode 0600.
      - To accept another name, remove the entry of the port, or give the names in the inventory.
    type: path
  timeout:
    description: Seconds for each connection.
    type: int
    default: 10
seealso:
  - module: ucops.cucm.sip_tls_probe
  - plugin: ucops.cucm.peers_to_read
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Read the names of a border element, and remember them
  ucops.cucm.sip_peer_names:
    peers:
      - name: HQ-CUBE
        ca_certificate_paths: [pki/cube-ca.pem]
        nodes:
          - {name: cube1, address: cube1.example.com}
          - {name: cube2, address: cube2.example.com}
    state_path: state/peer_names.json
  register: names

- name: Show what has changed
  ansible.builtin.debug:
    msg: "{{ names.findings }}"
"""

RETURN = r"""
places:
  description: What each port shows.
  returned: success
  type: list
  elements: dict
  contains:
    peer:
      description: Name of the peer.
      type: str
      sample: HQ-CUBE
    node:
      description: Name of the node.
      type: str
      sample: cube1
    place:
      description: Address and port.
      type: str
      sample: cube1.example.com:5061
    status:
      description:
        - V(read); V(changed) for another name than before; V(not_reached), V(not_proven) (the handshake broke before the peer had
          proven that the certificate is its own), V(not_trusted) or V(no_name) (only names with a wildcard).
      type: str
      sample: read
    names:
      description: The names to accept.
      type: list
      elements: str
      sample: [cube1.example.com]
    all_names:
      description: The common name and the DNS names of the certificate.
      type: list
      elements: str
      sample: [cube1.example.com]
    fingerprint:
      description: SHA-256 fingerprint of the certificate.
      type: str
      sample: "AB:CD:…"
    text:
      description: Why there are no names.
      type: str
      sample: ""
    finding:
      description: What differs from what is remembered, and what to do.
      type: str
      sample: ""
findings:
  description: The findings of all ports, each with its peer and port.
  returned: success
  type: list
  elements: str
  sample: []
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.sip_peer_names import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
