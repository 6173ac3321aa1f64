#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_route_list
short_description: Manage route lists of Unified CM
version_added: 0.1.0
description:
  - Adds, changes and removes route lists, as the page I(Call Routing > Route/Hunt > Route List) does.
  - A route list is an ordered list of route groups that a route pattern sends its calls to.
  - A new route list needs O(call_manager_group).
  - Only the options that are given are compared and, if they differ, sent. What is not given stays as it is on the
    cluster.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
  - ucops.cucm.axl
options:
  name:
    description:
      - I(Name). It says which route list is meant, so a route list cannot be renamed. It is unique among all
        devices of the cluster.
    type: str
    required: true
  state:
    description:
      - V(present) adds the route list, or changes what differs from the options given.
      - V(absent) removes it. A route list that a route pattern still points at cannot be removed; remove the
        pattern first.
    type: str
    choices: [present, absent]
    default: present
  description:
    description:
      - Free text about the route list. The empty string clears it.
    type: str
  call_manager_group:
    description:
      - I(Cisco Unified Communications Manager Group), whose nodes the route list registers with. Needed for a new
        route list.
    type: str
  enabled:
    description:
      - I(Enable this Route List). A route list that is not enabled takes no calls.
      - A new route list gets V(false) unless given.
    type: bool
  run_on_all_nodes:
    description:
      - I(Run On All Active Unified CM Nodes). Whether every node that processes calls runs the route list, rather
        than only those of O(call_manager_group).
      - A new route list gets V(false) unless given.
    type: bool
  members:
    description:
      - 'Route groups of the list. The list given is the whole list, in the order in which they are tried: route
        groups that are not in it are removed.'
      - What is not given for a member stays as it is on the cluster, and a new member has the defaults named
        below.
    type: list
    elements: dict
    suboptions:
      route_group:
        description:
          - Name of the route group (M(ucops.cucm.cucm_route_group)).
        type: str
        required: true
      selection_order:
        description:
          - Place of the member, counted from V(1). When no member says its place, the order of the list counts.
        type: int
      use_calling_party_external_phone_number_mask:
        description:
          - Whether the external phone number mask of the caller's line makes the calling number. Put V(On) and
            V(Off) in quotation marks, or YAML reads them as booleans.
          - A new member gets V(Default) unless given.
        type: str
        choices: ["Off", "On", Default]
      calling_party_transform_mask:
        description:
          - Mask for the calling number. C(X) stands for a digit of the caller's. The empty string clears it.
          - At most 50 characters.
        type: str
      calling_party_prefix_digits:
        description:
          - I(Prefix Digits (Outgoing Calls\)) of the calling number. The empty string clears it.
          - At most 50 characters.
        type: str
      calling_party_number_type:
        description:
          - Type of number of the calling number; V(Cisco CallManager) lets Unified CM set it.
          - A new member gets V(Cisco CallManager) unless given.
        type: str
        choices: [Cisco CallManager, Unknown, National, International, Subscriber]
      calling_party_numbering_plan:
        description:
          - Numbering plan of the calling number; V(Cisco CallManager) lets Unified CM set it.
          - A new member gets V(Cisco CallManager) unless given.
        type: str
        choices: [Cisco CallManager, ISDN, National Standard, Private, Unknown]
      discard_digits:
        description:
          - 'Discard digits instruction, such as V(PreDot): which of the dialed digits are taken off. The empty
            string is V(< None >).'
        type: str
      called_party_transform_mask:
        description:
          - Mask for the called number. C(X) stands for a digit of the number dialed. The empty string clears it.
          - At most 50 characters.
        type: str
      called_party_prefix_digits:
        description:
          - I(Prefix Digits (Outgoing Calls\)) of the called number. The empty string clears it.
          - At most 50 characters.
        type: str
      called_party_number_type:
        description:
          - Type of number of the called number; V(Cisco CallManager) lets Unified CM set it.
          - A new member gets V(Cisco CallManager) unless given.
        type: str
        choices: [Cisco CallManager, Unknown, National, International, Subscriber]
      called_party_numbering_plan:
        description:
          - Numbering plan of the called number; V(Cisco CallManager) lets Unified CM set it.
          - A new member gets V(Cisco CallManager) unless given.
        type: str
        choices: [Cisco CallManager, ISDN, National Standard, Private, Unknown]
notes:
  - What is said of new route lists and members is the default of the AXL schema of the release; it can differ from
    what the administration page shows on a new one.
  - In check mode it is not an error when an option names a SIP trunk, SIP profile, SIP trunk security profile, route
    group or route list that the cluster does not have, since an earlier task may be the one that makes it. Other objects
    that are missing are found in check mode as well.
seealso:
  - module: ucops.cucm.cucm_route_group
  - module: ucops.cucm.cucm_route_pattern
  - module: ucops.cucm.cucm_sip_trunk
"""

EXAMPLES = r"""
- name: Make a route list to CUCM10 with one route group
  ucops.cucm.cucm_route_list:
    host: cucma-pub.example.com
    username: axl-user
    password: "{{ vault_axl_password }}"
    name: CUCM10-RL
    description: To CUCM10 over TLS
    call_manager_group: Default
    enabled: true
    run_on_all_nodes: true
    members:
      - route_group: CUCM10-RG

# The tasks below take their connection from the environment (CUCM_HOST, CUCM_USERNAME, CUCM_PASSWORD)
# or from module_defaults, as this block does.
- name: Work on CUCM10 with the connection given once
  module_defaults:
    group/ucops.cucm.cucm:
      host: cucm10-pub.example.com
      username: axl-user
      password: "{{ vault_axl_password }}"
      ca_path: /etc/pki/tls/example-ca.pem
  block:
    - name: Make a route list back to CUCMA
      ucops.cucm.cucm_route_list:
        name: CUCMA-RL
        call_manager_group: Default
        enabled: true
        members:
          - route_group: CUCMA-RG

    - name: Send calls to extension 1018 to the route list
      ucops.cucm.cucm_route_pattern:
        pattern: "1018"
        route_list: CUCMA-RL

- name: Show what would change, and change nothing
  ucops.cucm.cucm_route_list:
    name: CUCM10-RL
    run_on_all_nodes: false
  check_mode: true
  diff: true

- name: Fall back to the PSTN with the full number when the trunks to CUCM10 are busy
  ucops.cucm.cucm_route_list:
    name: CUCM10-RL
    members:
      - route_group: CUCM10-RG
      - route_group: PSTN-RG
        called_party_prefix_digits: "915550100"
        use_calling_party_external_phone_number_mask: "On"

- name: Remove the route list (the route patterns that point at it first)
  ucops.cucm.cucm_route_list:
    name: CUCM10-RL
    state: absent
"""

RETURN = r"""
changed:
  description: Whether something was changed, or would be in check mode.
  returned: always
  type: bool
  sample: true
diff:
  description:
    - The options given, as they were and as they are now. All options, on one side, when something was added or
      removed.
  returned: success
  type: dict
  contains:
    before:
      description: Values before the change.
      returned: always
      type: dict
      sample: {"enabled": false}
    after:
      description: Values after the change.
      returned: always
      type: dict
      sample: {"enabled": true}
route_list:
  description:
    - The route list as it is now, or as it would be in check mode, under the names of the options, and its C(uuid).
    - Empty if the route list does not exist.
  returned: success
  type: dict
  sample:
    uuid: "{7A1B2C3D-4E5F-4061-8273-94A5B6C7D8E0}"
    name: CUCM10-RL
    description: To CUCM10 over TLS
    call_manager_group: Default
    enabled: true
    run_on_all_nodes: true
    members:
      - route_group: CUCM10-RG
        selection_order: 1
        use_calling_party_external_phone_number_mask: Default
        calling_party_transform_mask: ""
        calling_party_prefix_digits: ""
        calling_party_number_type: Cisco CallManager
        calling_party_numbering_plan: Cisco CallManager
        discard_digits: ""
        called_party_transform_mask: ""
        called_party_prefix_digits: ""
        called_party_number_type: Cisco CallManager
        called_party_numbering_plan: Cisco CallManager
axl_version:
  description: The AXL version that was spoken with the cluster.
  returned: success
  type: str
  sample: "14.0"
reason:
  description:
    - What kind of failure it was, for playbooks to test. The message says it in full.
    - For instance V(invalid_option), V(missing_reference), V(authentication_failed), V(permission_denied),
      V(host_unreachable), V(untrusted_server) or V(axl_fault).
  returned: failure
  type: str
  sample: missing_reference
axl_code:
  description: The code with which AXL refused the request; V(null) when it gave none.
  returned: failure, when AXL refused the request
  type: int
  sample: 5007
axl_message:
  description: The words with which AXL refused the request.
  returned: failure, when AXL refused the request
  type: str
  sample: "Item not valid: The specified HQ was not found"
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_route_list import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
