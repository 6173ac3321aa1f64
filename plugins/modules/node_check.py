#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: node_check
version_added: 0.2.0
short_description: Judge what was read from a node, before anything is changed
description:
  - Takes the results of the modules that read a node and its cluster, and fails with everything that keeps the work from
    beginning. It contacts nothing.
  - The role P(ucops.cucm.cucm_preflight#role) calls it and registers the result as C(cucm_preflight_state), the one value that the
    later stages know of a node.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
  - ucops.cucm.client_auth
options:
  host:
    description: Inventory name of the node, for messages.
    type: str
    required: true
  cluster:
    description: The result of M(ucops.cucm.cucm_cluster_info). One without a release says that the publisher could not be read.
    type: dict
    required: true
  publisher:
    description: Inventory name of the publisher.
    type: str
    required: true
  delegate:
    description: Inventory name of the host whose task read the publisher.
    type: str
    required: true
  services:
    description: The services, as M(ucops.cucm.cucm_node_info) returns them.
    type: list
    elements: dict
    required: true
  clock:
    description: The clock, as M(ucops.cucm.cucm_node_info) returns it.
    type: dict
    default: {}
  required_services:
    description: Services that must run.
    type: list
    elements: str
    default: [Cisco CallManager]
  certificates:
    description: The result of M(ucops.cucm.cucm_cert_info), with the identity and the trusted certificates.
    type: dict
    required: true
  service:
    description: The service whose certificate was read, for messages.
    type: str
    default: CallManager
  hostname:
    description: Host name to which the certificate must be made out. Without it, that is not checked.
    type: str
  tls:
    description: The result of M(ucops.cucm.cucm_tls_info), also of a failed one. Without it the lowest TLS version is not measured.
    type: dict
    default: {}
  axl_password:
    description: Password of the application user. It must be no part of what was read, since Ansible masks it there.
    type: str
  os_password:
    description: Password of the operating system administrator. It must be no part of what was read.
    type: str
"""

EXAMPLES = r"""
- name: Judge what was read
  ucops.cucm.node_check:
    host: "{{ inventory_hostname }}"
    publisher: cucma-pub
    delegate: cucma-pub
    cluster: "{{ read_cluster }}"
    services: "{{ read_services.services }}"
    certificates: "{{ read_certificates }}"
    hostname: cucma-pub
  register: cucm_preflight_state
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
  description: The TLS versions of SIP.
  returned: success
  type: dict
  contains:
    newest:
      description: The newest version, by the release; null where it does not tell.
      type: str
    min_server_version:
      description: The lowest version as a server; null where it was not measured.
      type: str
    min_client_version:
      description: The lowest version as a client; null where it was not measured.
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
problems:
  description: Everything that keeps the work from beginning.
  returned: failure
  type: list
  elements: str
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.node_check import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
