#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_sip_trunk_info
short_description: Read SIP trunks of Unified CM, what they refer to, and their state on each node
version_added: 0.2.0
description:
  - Reads SIP trunks from the configuration database with their security profile, SIP profile and Cisco Unified CM
    group, and adds the state that the call processing nodes report (RisPort70).
  - A node watches the destinations of a trunk only when the trunk's SIP profile has OPTIONS ping. Without it a node says
    C(Unknown), which is also its word for a trunk that is down. So the profile is read too, and such a trunk is
    V(not_pinged) and not measured. M(ucops.cucm.cucm_sip_profile) switches OPTIONS ping on.
  - Says also where route patterns lead.
  - Each trunk is one request, and what several trunks refer to is read once. All trunks together are one request for
    their state, up to a thousand.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
  - ucops.cucm.axl
options:
  names:
    description:
      - Names of the trunks. Without it, all SIP trunks of the cluster are read.
      - A name without a trunk is not an error. It is in RV(missing).
    type: list
    elements: str
  route_patterns:
    description:
      - Route patterns of which to say where they lead.
    type: list
    elements: dict
    suboptions:
      pattern:
        description: The pattern, in quotes.
        type: str
        required: true
      partition:
        description: Name of its partition. None unless given.
        type: str
  known:
    description:
      - What M(ucops.cucm.cucm_sip_tls_trunks) returned a moment ago with O(ucops.cucm.cucm_sip_tls_trunks#module:read=true).
        If that is all of O(names) and O(route_patterns), only the state is asked for.
    type: dict
  status:
    description:
      - Whether to ask for the state of the trunks.
      - When the nodes cannot be asked, the configuration is returned all the same, with a warning. The state of the
        trunks is V(not_asked) then, and RV(status_error) says why.
    type: bool
    default: true
  status_timeout:
    description:
      - Seconds to wait at most for the turn of a request for the state. A cluster answers some 15 a minute of all its
        clients together, and refuses the rest. A refused request is sent again after 5, 10 and 20 seconds.
      - With V(0) it is not sent again.
    type: int
    default: 60
notes:
  - For O(status) the application user needs the roles V(Standard CCM Admin Users) and
    V(Standard RealtimeAndTraceCollection) too.
  - The enterprise parameter V(Allowed Device Queries Per Minute) sets how many requests for states are answered.
  - V(Registered) is Full Service, V(UnRegistered) is Partial Service, and V(Unknown) is No Service. That is what published
    monitoring plugins say of SIP trunks; Cisco's own documents do not say it.
seealso:
  - module: ucops.cucm.cucm_sip_profile
  - module: ucops.cucm.cucm_sip_trunk
  - module: ucops.cucm.cucm_node_info
  - module: ucops.cucm.sip_tls_probe
"""

EXAMPLES = r"""
- name: Read all trunks of a cluster and their state
  ucops.cucm.cucm_sip_trunk_info:
    host: cucma-pub.example.com
    username: axl-user
    password: "{{ vault_axl_password }}"
  register: found

- name: Name the trunks that are down
  ansible.builtin.debug:
    msg: "{{ item.name }}: {{ item.status.text }}"
  loop: "{{ found.trunks | selectattr('status.measured') | rejectattr('status.state', 'equalto', 'full_service') }}"
  loop_control:
    label: "{{ item.name }}"

- name: Read one trunk, and whether the pattern 9898 leads to it
  ucops.cucm.cucm_sip_trunk_info:
    host: cucma-pub.example.com
    username: axl-user
    password: "{{ vault_axl_password }}"
    names: [CUCM10]
    route_patterns:
      - pattern: "9898"

- name: Read the configuration alone
  ucops.cucm.cucm_sip_trunk_info:
    host: cucma-pub.example.com
    username: axl-user
    password: "{{ vault_axl_password }}"
    status: false
"""

RETURN = r"""
trunks:
  description: The trunks, in the order of O(names) or as the cluster lists them.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the trunk.
      type: str
      sample: CUCM10
    description:
      description: Its description.
      type: str
    device_pool:
      description: Its device pool.
      type: str
      sample: Default
    destinations:
      description: Where it sends calls, as the option O(ucops.cucm.cucm_sip_trunk#module:destinations).
      type: list
      elements: dict
      sample: [{"address": "192.0.2.200", "address_ipv6": "", "port": 5061, "sort_order": 1}]
    destination_is_srv:
      description: Whether the one destination is the name of an SRV record.
      type: bool
      sample: false
    srtp_allowed:
      description: Whether media may be encrypted.
      type: bool
      sample: true
    run_on_all_active_nodes:
      description: Whether all nodes run the trunk, and not only those of its Cisco Unified CM group.
      type: bool
      sample: false
    security_profile:
      description: Its security profile with what TLS hangs on.
      type: dict
      sample:
        name: Secure SIP Trunk Profile TLS
        device_security_mode: Encrypted
        incoming_transport_type: TLS
        outgoing_transport_type: TLS
        incoming_port: 5061
        x509_subject_names: [CUCM10]
    sip_profile:
      description: Its SIP profile with the settings of OPTIONS ping.
      type: dict
      sample:
        name: Standard SIP Profile
        options_ping: false
        options_ping_interval: 60
        options_ping_interval_down: 120
    call_manager_group:
      description: The Cisco Unified CM group of its device pool, and the nodes in it by their order.
      type: dict
      sample: {"name": "Default", "nodes": ["CUCMA"]}
    status:
      description: What the nodes say of it.
      type: dict
      contains:
        measured:
          description: Whether the state says anything about the destinations.
          type: bool
          sample: true
        state:
          description:
            - V(full_service), V(partial_service) or V(no_service) when it was measured. V(partial_service) also when
              the nodes differ.
            - V(not_pinged) when the nodes do not watch the destinations, V(not_found) when no node reports the trunk,
              V(not_asked) when no node was asked, or none could be.
          type: str
          sample: full_service
        text:
          description: The same as a sentence.
          type: str
          sample: Full Service on CUCMA.
        nodes:
          description:
            - What each node says. Nodes that do not report the trunk are listed when they belong to its group, or when they
              did not answer.
          type: list
          elements: dict
          contains:
            node:
              description: Name of the node.
              type: str
              sample: CUCMA
            status:
              description:
                - The node's own word, such as V(Registered), V(UnRegistered) or V(Unknown). Of a node that does not report
                  the trunk, why, such as V(NotFound) or V(NodeNotResponding).
              type: str
              sample: Registered
            state:
              description: As RV(trunks[].status.state), of this node.
              type: str
              sample: full_service
            status_reason:
              description: The node's code for the reason.
              type: int
              sample: 0
            reason_text:
              description: The reason in words; empty for none.
              type: str
              sample: ""
            addresses:
              description: The addresses that the node gives.
              type: list
              elements: str
              sample: [192.0.2.200]
            since:
              description: When the node noted this state, UTC by its clock; V(null) when it does not say.
              type: str
              sample: "2026-05-23T17:50:42Z"
missing:
  description: The names in O(names) that are not trunks.
  returned: success
  type: list
  elements: str
  sample: []
route_patterns:
  description: The patterns in O(route_patterns), in their order.
  returned: success
  type: list
  elements: dict
  contains:
    pattern:
      description: The pattern.
      type: str
      sample: "9898"
    partition:
      description: Its partition; empty for none.
      type: str
      sample: ""
    exists:
      description: Whether there is such a pattern. One without dial plan and route filter is preferred.
      type: bool
      sample: true
    leads_to:
      description: Where it leads; V(null) when it does not exist.
      type: dict
      contains:
        type:
          description: V(trunk), V(route_list), or V(gateway) for a device that is no SIP trunk.
          type: str
          sample: trunk
        name:
          description: Name of the trunk, the route list or the gateway.
          type: str
          sample: CUCM10
        devices:
          description: The devices that calls go to, in their order. Through a route list they are those of its route groups.
          type: list
          elements: str
          sample: [CUCM10]
    block:
      description: Whether the pattern blocks calls; V(null) when it does not exist.
      type: bool
      sample: false
status_error:
  description: Why the nodes could not be asked, as C(msg) and C(reason); V(null) when they were, or should not be.
  returned: success
  type: dict
  sample: null
axl_version:
  description: The AXL version that was spoken with the cluster.
  returned: success
  type: str
  sample: "14.0"
reason:
  description: What kind of failure it was, for playbooks to test.
  returned: failure
  type: str
  sample: permission_denied
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_sip_trunk_info import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
