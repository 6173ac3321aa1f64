#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_state_record
short_description: Record a cluster as it is before something is changed
version_added: 0.2.0
description:
  - Reads the objects that M(ucops.cucm.cucm_sip_tls_trunks) would make, change or remove for the same O(links), and writes them
    with the certificates of the nodes to a new file on the host that the task runs on. M(ucops.cucm.cucm_state_restore) puts
    the objects back.
  - The objects stand in the file as the modules take them as options, those that are not there too. A route list to which one
    of the patterns leads is recorded with its route groups.
  - Only the owner of the file can read it. No password and no private key is in it.
  - A file is never written over, and is there whole or not at all.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
  - ucops.cucm.axl
attributes:
  check_mode:
    details:
      - In check mode the cluster is read and nothing is written.
  diff_mode:
    support: N/A
    details:
      - Nothing is shown, since nothing of the cluster is changed.
  idempotent:
    support: none
    details:
      - Each run of the task writes another file, and never counts as a change.
options:
  directory:
    description:
      - Directory for the file, whose name is that of the cluster and the time in UTC. It is made if it is not there.
    type: path
    required: true
  cluster:
    description:
      - Name of the cluster. The record is of use for no other one.
    type: str
    required: true
  publisher:
    description:
      - Inventory name of the cluster's publisher, to tell clusters of one name apart.
    type: str
    required: true
  purpose:
    description:
      - What is going to be done. An unpairing looks in the records of V(pair) for what was there before.
    type: str
    choices: [pair, unpair, restore]
    default: pair
  release:
    description:
      - Version of the cluster, for readers of the file.
    type: str
  links:
    description:
      - The peers whose objects are recorded, as the key C(link) of what the filter P(ucops.cucm.trunk_plan#filter) works out of C(cucm_peers).
    type: list
    elements: dict
    default: []
    suboptions:
      cluster:
        description: Name of the peer, for descriptions and messages.
        type: str
        required: true
      trunk:
        description: Name of the trunk.
        type: str
        required: true
      security_profile:
        description: Name of the security profile.
        type: str
        required: true
      subject_names:
        description: The names in the peer's certificates, each accepted as X.509 subject name.
        type: list
        elements: str
        default: []
      destinations:
        description: The peer's nodes, as O(ucops.cucm.cucm_sip_trunk#module:destinations).
        type: list
        elements: dict
        default: []
      patterns:
        description: Route patterns that lead to the trunk.
        type: list
        elements: dict
        default: []
        suboptions:
          pattern:
            description: The pattern, in quotes.
            type: str
            required: true
          partition:
            description: Name of its partition. None unless given.
            type: str
      options:
        description: Options of M(ucops.cucm.cucm_sip_trunk) for this trunk. They go over O(trunk_options).
        type: dict
        default: {}
  trunk_options:
    description: As O(ucops.cucm.cucm_sip_tls_trunks#module:trunk_options). Only C(sip_profile) of it matters here.
    type: dict
    default: {}
  route_pattern_options:
    description:
      - As O(ucops.cucm.cucm_sip_tls_trunks#module:route_pattern_options). Only C(dial_plan) and C(route_filter) of it matter here.
    type: dict
    default: {}
  options_ping:
    description: As O(ucops.cucm.cucm_sip_tls_trunks#module:options_ping).
    type: bool
    default: false
  options_ping_suffix:
    description: As O(ucops.cucm.cucm_sip_tls_trunks#module:options_ping_suffix).
    type: str
    default: " with OPTIONS Ping"
  objects:
    description:
      - Further objects, such as RV(ucops.cucm.cucm_state_restore#module:named).
    type: list
    elements: dict
    default: []
    suboptions:
      kind:
        description: What it is.
        type: str
        required: true
        choices: [sip_trunk_security_profile, sip_profile, sip_trunk, route_group, route_list, route_pattern]
      identity:
        description: The options that tell it from others, such as C(name).
        type: dict
        required: true
      belonging:
        description: The options by which it is known as an own one, such as C(trunk) of a pattern.
        type: dict
        default: {}
  certificates:
    description:
      - For each node the result of M(ucops.cucm.cucm_cert_info). One that failed is left out.
    type: dict
    default: {}
  foreseen:
    description:
      - RV(ucops.cucm.cucm_sip_tls_trunks#module:objects) of a check before. What is right already may have been made by an
        earlier run, so that an unpairing does not take its record for what was there before.
    type: list
    elements: dict
    default: []
seealso:
  - module: ucops.cucm.cucm_state_restore
  - module: ucops.cucm.cucm_sip_tls_trunks
"""

EXAMPLES = r"""
- name: Record what the trunks to all peers may change
  ucops.cucm.cucm_state_record:
    host: cucma-pub.example.com
    username: axl-user
    password: "{{ vault_axl_password }}"
    directory: /var/lib/cucm
    cluster: CUCMA
    publisher: cucma-pub
    links: >-
      {{ cucm_peers | ucops.cucm.trunk_plan(hostvars=hostvars, hosts=ansible_play_hosts_all, groups=groups)
         | map(attribute='link') }}
"""

RETURN = r"""
path:
  description: The file; null in check mode.
  returned: success
  type: str
  sample: /var/lib/cucm/CUCMA-20261130T170000Z.json
objects:
  description: How many objects it has.
  returned: success
  type: int
  sample: 3
absent:
  description: How many objects are noted as not there.
  returned: success
  type: int
  sample: 2
nodes:
  description: The nodes whose certificates it has.
  returned: success
  type: list
  elements: str
  sample: [cucma-pub, cucma-sub1]
reason:
  description:
    - What kind of failure it was, for playbooks to test. For instance V(record_unusable) where the file cannot be written,
      V(authentication_failed) or V(host_unreachable).
  returned: failure
  type: str
  sample: record_unusable
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_state_record import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
