#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_sip_tls_trunks
short_description: Manage all objects of a cluster's SIP trunks over TLS in one task
version_added: 0.2.0
description:
  - For each peer, makes a security profile that accepts its certificates, a trunk to its nodes and the route patterns that
    lead there, in this order. With O(state=absent) it removes them in the reverse order.
  - Does what M(ucops.cucm.cucm_sip_trunk_security_profile), M(ucops.cucm.cucm_sip_profile), M(ucops.cucm.cucm_sip_trunk)
    and M(ucops.cucm.cucm_route_pattern) do one object at a time, with one logon and without reading anything twice. Check
    mode says which objects would be added, changed, removed or reset.
  - If one peer cannot be served, the others still are. The task fails at the end and lists what is wrong.
  - The security profile is Encrypted, unless O(links[].profile_options) says otherwise, with TLS in both directions and the
    names in O(links[].subject_names).
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
  - ucops.cucm.axl
options:
  links:
    description:
      - The peers, as the key C(link) in the result of the filter P(ucops.cucm.trunk_plan#filter) for C(cucm_peers).
    type: list
    elements: dict
    required: true
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
        description: Options of M(ucops.cucm.cucm_sip_trunk) for this trunk. They override O(trunk_options).
        type: dict
        default: {}
      profile_options:
        description:
          - Options of M(ucops.cucm.cucm_sip_trunk_security_profile) for the profile of this trunk. They go over
            O(security_profile_options).
        type: dict
        default: {}
      sip_profile_options:
        description:
          - Options of M(ucops.cucm.cucm_sip_profile). With any, the trunk gets a SIP profile of its own, a copy of the one
            that it would have, with the name C(SIP Profile) and the name of the peer. It is not removed.
        type: dict
        default: {}
      options_ping:
        description: Whether the nodes watch the destinations of this trunk. Without it, as O(options_ping) says.
        type: bool
      route_list:
        description:
          - Where the patterns lead in place of the trunk. The route list is made with one route group of the same name, which
            tries the trunks from the top down. Give it with the last of the trunks. One with other members stays as it is
            without O(take_over).
        type: dict
        suboptions:
          name:
            description: Name of the route list and of its route group.
            type: str
            required: true
          call_manager_group:
            description: Cisco Unified CM group of the route list.
            type: str
            default: Default
          trunks:
            description: Names of the trunks, in their order.
            type: list
            elements: str
            required: true
  security_profile_options:
    description: Options of M(ucops.cucm.cucm_sip_trunk_security_profile) for every profile, such as C(copy_from).
    type: dict
    default: {}
  sip_profile_options:
    description: Options of M(ucops.cucm.cucm_sip_profile) for the profiles that O(options_ping) creates.
    type: dict
    default: {}
  trunk_options:
    description:
      - Options of M(ucops.cucm.cucm_sip_trunk) for every trunk. Unless given, a trunk is in the device pool V(Default) and
        the location V(Hub_None), has V(Standard SIP Profile), and allows SRTP.
    type: dict
    default: {}
  route_pattern_options:
    description: Options of M(ucops.cucm.cucm_route_pattern) for every pattern.
    type: dict
    default: {}
  options_ping:
    description:
      - Whether the nodes watch the destinations with SIP OPTIONS. Each SIP profile that a trunk would have is copied then,
        the copy gets OPTIONS ping, and the trunks use it.
    type: bool
    default: false
  options_ping_suffix:
    description:
      - What follows the name of a copied SIP profile. When it is empty, the profile itself is changed, for all that use it.
    type: str
    default: " with OPTIONS Ping"
  take_over:
    description:
      - Whether to take a trunk of this name with another security profile, and a pattern that leads elsewhere. Otherwise
        these are errors, and with O(state=absent) they stay.
    type: bool
    default: false
  reset:
    description:
      - V(auto) resets a trunk when a change takes effect only then. Calls on the trunk may drop.
      - V(never) leaves that to you; V(always) resets in any case.
    type: str
    choices: [auto, never, always]
    default: auto
  foreseen:
    description:
      - RV(objects) of the same task in check mode. The task fails before it changes anything where other changes are needed now, since
        another run, or a person, works on the same cluster.
    type: list
    elements: dict
  read:
    description:
      - Whether to return trunks and patterns as M(ucops.cucm.cucm_sip_trunk_info) does, without their state.
    type: bool
    default: false
  record_directory:
    description:
      - With O(state=absent), the directory of the records that M(ucops.cucm.cucm_state_record) has written on the host that the
        task runs on. An object that was there before the trunks were made is then set back to what it was, and not removed;
        and a SIP profile that O(options_ping) has made is removed too. Where the directory has no record of the cluster, all is
        as without it.
    type: path
  record_cluster:
    description:
      - Name of the cluster in its records. Required with O(record_directory).
    type: str
  state:
    description: Whether the objects should be there.
    type: str
    choices: [present, absent]
    default: present
notes:
  - In check mode a profile or trunk that this task would make is not missed. Other objects that are missing, such as a
    device pool, are found in check mode as well.
seealso:
  - module: ucops.cucm.cucm_sip_trunk_info
  - plugin: ucops.cucm.trunk_plan
    plugin_type: filter
"""

EXAMPLES = r"""
- name: Show what the trunk to CUCM10 needs, and change nothing
  ucops.cucm.cucm_sip_tls_trunks:
    host: cucma-pub.example.com
    username: axl-user
    password: "{{ vault_axl_password }}"
    links:
      - cluster: CUCM10
        trunk: CUCM10
        security_profile: Secure SIP Trunk Profile TLS CUCM10
        subject_names: [cucm10-pub.example.com]
        destinations:
          - {address: 192.0.2.200, port: 5061}
        patterns:
          - pattern: "9898"
    security_profile_options:
      copy_from: Non Secure SIP Trunk Profile
  check_mode: true
  diff: true

- name: Make the trunks to all peers in the variable cucm_peers
  ucops.cucm.cucm_sip_tls_trunks:
    host: cucma-pub.example.com
    username: axl-user
    password: "{{ vault_axl_password }}"
    links: >-
      {{ cucm_peers | ucops.cucm.trunk_plan(hostvars=hostvars, hosts=ansible_play_hosts_all, groups=groups)
         | map(attribute='link') }}
    trunk_options:
      device_pool: Trunks
    options_ping: true
"""

RETURN = r"""
changed:
  description: Whether something was changed or reset, or would be in check mode.
  returned: always
  type: bool
  sample: true
diff:
  description: For each object that was added, changed, removed or reset, its options before and after.
  returned: success
  type: list
  elements: dict
objects:
  description: What was done, or would be in check mode, in its order.
  returned: success, and failure after something was done
  type: list
  elements: dict
  contains:
    kind:
      description:
        - V(sip_trunk_security_profile), V(sip_profile), V(sip_trunk), V(route_group), V(route_list) or V(route_pattern).
      type: str
      sample: sip_trunk
    name:
      description: Name of the object; of a pattern, the pattern and its partition.
      type: str
      sample: CUCM10
    cluster:
      description: The peer that it is for.
      type: str
      sample: CUCM10
    change:
      description: V(add), V(change), V(remove) or V(none).
      type: str
      sample: add
    fields:
      description: Of an object that was there, the options that differed.
      type: list
      elements: str
      sample: []
    resets:
      description: The trunks that were reset, so that their calls may have dropped.
      type: list
      elements: str
      sample: []
trunks:
  description: The trunks, as RV(ucops.cucm.cucm_sip_trunk_info#module:trunks), without C(status).
  returned: success, with O(read=true)
  type: list
  elements: dict
missing:
  description: Names of trunks that are not there, which happens in check mode and with O(state=absent).
  returned: success, with O(read=true)
  type: list
  elements: str
  sample: []
route_patterns:
  description: The patterns, as RV(ucops.cucm.cucm_sip_trunk_info#module:route_patterns).
  returned: success, with O(read=true)
  type: list
  elements: dict
axl_version:
  description: The AXL version that was spoken with the cluster.
  returned: success
  type: str
  sample: "14.0"
problems:
  description: The peers that could not be served, each with C(cluster), C(msg) and C(reason).
  returned: failure with the reason V(peers_failed)
  type: list
  elements: dict
reason:
  description:
    - What kind of failure it was, for playbooks to test.
    - V(peers_failed) when some peers could not be served; otherwise nothing more was asked of the cluster, as with
      V(authentication_failed) or V(host_unreachable).
  returned: failure
  type: str
  sample: peers_failed
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_sip_tls_trunks import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
