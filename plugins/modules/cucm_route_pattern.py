#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_route_pattern
short_description: Manage route patterns of Unified CM
version_added: 0.1.0
description:
  - Adds, changes and removes route patterns, as the page I(Call Routing > Route/Hunt > Route Pattern) does.
  - A route pattern sends the calls to the numbers that it matches to a SIP trunk or to a route list, or blocks them.
  - O(pattern), O(partition), O(dial_plan) and O(route_filter) together say which route pattern is meant. The same
    digits in another partition are another route pattern.
  - Only the options that are given are compared and, if they differ, sent. What is not given stays as it is on the
    cluster.
  - The empty string sets a reference to another object to V(< None >) and clears a text.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
  - ucops.cucm.axl
options:
  # Pattern definition
  pattern:
    description:
      - 'Digits and wildcards, as on the page: V(9898), V(98XX), V(9.@), V(\\+49.!). Quote it in YAML, so that
        V(0123) keeps its zero and V(9898) is no number. Another pattern is another object: it is added, and the
        old one stays until it is removed.'
    type: str
    required: true
  state:
    description:
      - V(present) adds the route pattern, or changes what differs from the options given.
      - V(absent) removes it.
    type: str
    choices: [present, absent]
    default: present
  take_over:
    description:
      - Whether a route pattern that leads to another destination than O(trunk) or O(route_list) says is this task's
        to change and remove.
      - With V(false), an existing pattern that leads elsewhere is an error, in check mode too, and V(absent) with
        O(trunk) or O(route_list) removes the pattern only if it leads there. Otherwise the pattern stays, nothing
        is changed, and a warning says where it leads.
    type: bool
    default: true
  partition:
    description:
      - Partition of the pattern. Not given or empty, it is the pattern in no partition (V(< None >)).
    type: str
  description:
    description:
      - Free text about the pattern.
    type: str
  dial_plan:
    description:
      - I(Numbering Plan). Needed for patterns with V(@). Not given or empty, it is the pattern without one.
    type: str
  route_filter:
    description:
      - Route filter of a pattern with V(@). Not given or empty, it is the pattern without one.
    type: str
  mlpp_precedence:
    description:
      - MLPP precedence of calls that match.
      - A new pattern gets V(Default) unless given.
    type: str
    choices: [Flash Override, Flash, Immediate, Priority, Routine, Default, Executive Override]
  apply_call_blocking_percentage:
    description:
      - Whether the part of the calls that O(blocked_call_percentage) names is blocked, by which destination code
        control keeps lines free after a disaster.
    type: bool
  blocked_call_percentage:
    description:
      - Percentage of the calls, V(0) to V(100), that is blocked while O(apply_call_blocking_percentage) is
        V(true).
    type: int
  resource_priority_namespace_network_domain:
    description:
      - Resource priority namespace network domain of calls that match.
    type: str
  route_class:
    description:
      - Route class of calls that match, such as satellite avoidance.
      - A new pattern gets V(Default) unless given.
    type: str
    choices: [Default, Voice, Data, Satellite Avoidance, Hotline Voice, Hotline Data]
  trunk:
    description:
      - I(Gateway/Route List). Name of the SIP trunk, or of another gateway or trunk that can stand here, that
        gets the calls. A new pattern needs it or O(route_list), not both. Setting it takes the place of a route
        list. A trunk that is in a route group cannot be the destination of a route pattern.
    type: str
  route_list:
    description:
      - I(Gateway/Route List). Name of the route list that gets the calls (M(ucops.cucm.cucm_route_list)). A new
        pattern needs it or O(trunk), not both. Setting it takes the place of a trunk.
    type: str
  block:
    description:
      - I(Route Option). V(false) is I(Route this pattern), V(true) is I(Block this pattern).
      - A new pattern gets V(false) unless given.
    type: bool
  block_cause:
    description:
      - Cause that a blocked caller gets.
      - A new pattern gets V(No Error) unless given.
    type: str
    choices:
      - No Error
      - Unallocated Number
      - Call Rejected
      - Number Changed
      - Invalid Number Format
      - Precedence Level Exceeded
  call_classification:
    description:
      - Whether calls that match count as internal (V(OnNet)) or external (V(OffNet)), or as the service parameter
        of the cluster says.
      - A new pattern gets V(OnNet) unless given.
    type: str
    choices: [OnNet, OffNet, Use System Default]
  external_call_control_profile:
    description:
      - External call control profile, which asks a route server about each call.
      - Since release 10.0.
    type: str
  allow_device_override:
    description:
      - Whether the classification of the trunk or gateway counts, rather than O(call_classification).
      - A new pattern gets V(false) unless given.
    type: bool
  provide_outside_dial_tone:
    description:
      - Whether callers hear an outside dial tone once their digits can only lead here. Mostly V(false) for
        extensions of a peer cluster.
      - A new pattern gets V(true) unless given.
    type: bool
  allow_overlap_sending:
    description:
      - Whether digits are passed on as they are dialed, where the trunk or gateway can do that.
    type: bool
  urgent_priority:
    description:
      - Whether a match routes the call at once, without waiting for further digits that a longer pattern could
        match.
    type: bool
  require_forced_authorization_code:
    description:
      - Whether callers have to enter an authorization code.
    type: bool
  authorization_level:
    description:
      - Level that the caller's authorization code must have at least, V(0) or more.
      - A new pattern gets V(0) unless given.
    type: int
  require_client_matter_code:
    description:
      - Whether callers have to enter a client matter code.
    type: bool
  is_emergency_services_number:
    description:
      - Whether the pattern is an emergency number.
      - A new pattern gets V(false) unless given. Since release 11.0.
    type: bool
  # Calling party transformations
  use_calling_party_external_phone_number_mask:
    description:
      - Whether the external phone number mask of the caller's line makes the calling number. Put V(On) and V(Off)
        in quotation marks, or YAML reads them as booleans.
      - A new pattern gets V(Default) unless given.
    type: str
    choices: ["Off", "On", Default]
  calling_party_transform_mask:
    description:
      - Mask for the calling number. C(X) stands for a digit of the caller's.
    type: str
  calling_party_prefix_digits:
    description:
      - Digits put before the calling number.
      - At most 50 characters.
    type: str
  calling_line_id_presentation:
    description:
      - Whether the caller's number is shown to the called party.
      - A new pattern gets V(Default) unless given.
    type: str
    choices: [Default, Allowed, Restricted]
  calling_name_presentation:
    description:
      - Whether the caller's name is shown to the called party.
      - A new pattern gets V(Default) unless given.
    type: str
    choices: [Default, Allowed, Restricted]
  calling_party_number_type:
    description:
      - Type of number of the calling number; V(Cisco CallManager) lets Unified CM set it.
      - A new pattern gets V(Cisco CallManager) unless given.
    type: str
    choices: [Cisco CallManager, Unknown, National, International, Subscriber]
  calling_party_numbering_plan:
    description:
      - Numbering plan of the calling number; V(Cisco CallManager) lets Unified CM set it.
      - A new pattern gets V(Cisco CallManager) unless given.
    type: str
    choices: [Cisco CallManager, ISDN, National Standard, Private, Unknown]
  # Connected party transformations
  connected_line_id_presentation:
    description:
      - Whether the caller is shown the number of the party that answered.
      - A new pattern gets V(Default) unless given.
    type: str
    choices: [Default, Allowed, Restricted]
  connected_name_presentation:
    description:
      - Whether the caller is shown the name of the party that answered.
      - A new pattern gets V(Default) unless given.
    type: str
    choices: [Default, Allowed, Restricted]
  # Called party transformations
  discard_digits:
    description:
      - 'Discard digits instruction, such as V(PreDot): which of the dialed digits are taken off.'
    type: str
  called_party_transform_mask:
    description:
      - Mask for the called number. C(X) stands for a digit of the number dialed.
    type: str
  called_party_prefix_digits:
    description:
      - Digits put before the called number, after O(discard_digits) and O(called_party_transform_mask).
    type: str
  called_party_number_type:
    description:
      - Type of number of the called number; V(Cisco CallManager) lets Unified CM set it.
      - A new pattern gets V(Cisco CallManager) unless given.
    type: str
    choices: [Cisco CallManager, Unknown, National, International, Subscriber]
  called_party_numbering_plan:
    description:
      - Numbering plan of the called number; V(Cisco CallManager) lets Unified CM set it.
      - A new pattern gets V(Cisco CallManager) unless given.
    type: str
    choices: [Cisco CallManager, ISDN, National Standard, Private, Unknown]
  # ISDN network-specific facilities information element
  network_service_protocol:
    description:
      - ISDN protocol whose network-specific facilities are used. O(carrier_identification_code),
        O(network_service) and O(network_service_parameter_value) need it.
    type: str
    choices:
      - PRI 4ESS
      - PRI 5E8
      - PRI 5E8 TELEOS
      - PRI 5E8 INTECOME
      - PRI 5E9
      - PRI DMS-100
      - PRI DMS-250
      - PRI EURO
      - PRI NI2
      - PRI AUSTRALIAN
      - PRI 5E8 CUSTOM
      - PRI ETSI SC
      - PRI NTT
      - PRI ISO QSIG T1
      - PRI ISO QSIG E1
  carrier_identification_code:
    description:
      - Carrier identification code.
    type: str
  network_service:
    description:
      - Network service of the protocol.
    type: str
    choices:
      - ACCUNET Switched Digital Service
      - Billing Number Only
      - Billing Number Preferred
      - Calling Party Number Only
      - Calling Party Number Preferred
      - Foreign Exchange
      - Foreign Exchange Selection
      - International Long Distance Service
      - InterLATAOUTWATS
      - IntraLATAOUTWATS
      - Long Distance Service
      - MEGACOM Telecom Service
      - National ISDN Banded OUTWATS
      - National ISDN Unbanded OUTWATS
      - OUTWATS Selection
      - Private
      - Private Selection
      - Software Defined Network
      - Tie Trunk (Cut-through)
      - Tie Trunk (Senderized)
      - Tie Trunk Selection (Cut-through)
      - Tie Trunk Selection (Senderized)
      - WATS Band Selection
      - WATS Maximal Subscribed Band
  network_service_parameter_value:
    description:
      - I(Service Parameter Value) of the network service.
    type: str
notes:
  - What is said of new patterns is the default of the AXL schema of the release, or what the module sends where the
    schema wants a value; it can differ from what the administration page shows on a new one.
  - A route pattern needs no reset; it is in effect at once.
  - A check box that the cluster's release does not have is ignored when it is given as it would be without it
    (V(false), for instance), so that one playbook serves all releases. Any other use of an option that the release
    does not have is an error that names both.
  - In check mode it is not an error when an option names a SIP trunk, SIP profile, SIP trunk security profile, route
    group or route list that the cluster does not have, since an earlier task may be the one that makes it. Other objects
    that are missing are found in check mode as well.
seealso:
  - module: ucops.cucm.cucm_sip_trunk
  - module: ucops.cucm.cucm_route_list
  - module: ucops.cucm.cucm_route_group
"""

EXAMPLES = r"""
- name: Send calls to extension 9898 from CUCMA over the trunk to CUCM10
  ucops.cucm.cucm_route_pattern:
    host: cucma-pub.example.com
    username: axl-user
    password: "{{ vault_axl_password }}"
    pattern: "9898"
    trunk: CUCM10
    provide_outside_dial_tone: false

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
    - name: Send calls to extension 1018 from CUCM10 over the trunk back to CUCMA
      ucops.cucm.cucm_route_pattern:
        pattern: "1018"
        trunk: CUCMA
        provide_outside_dial_tone: false

- name: Show what would change, and change nothing
  ucops.cucm.cucm_route_pattern:
    pattern: "9898"
    trunk: CUCM10
    urgent_priority: true
  check_mode: true
  diff: true

- name: Send a block of extensions, in a partition, to a route list instead of one trunk
  ucops.cucm.cucm_route_pattern:
    pattern: 98XX
    partition: Internal
    description: Extensions of CUCM10
    route_list: CUCM10
    provide_outside_dial_tone: false

- name: Dial the peer with access code 8, which the peer does not get to see
  ucops.cucm.cucm_route_pattern:
    pattern: 8.98XX
    partition: Internal
    trunk: CUCM10
    discard_digits: PreDot

- name: Call the PSTN by the North American numbering plan
  ucops.cucm.cucm_route_pattern:
    pattern: 9.@
    partition: PSTN
    dial_plan: NANP
    route_list: PSTN
    discard_digits: PreDot
    call_classification: OffNet

- name: Block premium numbers
  ucops.cucm.cucm_route_pattern:
    pattern: 9.1900XXXXXXX
    partition: PSTN
    route_list: PSTN
    block: true
    block_cause: Call Rejected

- name: Remove the route pattern 9898 that is in no partition
  ucops.cucm.cucm_route_pattern:
    pattern: "9898"
    state: absent

- name: Remove the route pattern 9898 only if it still leads to the trunk CUCM10
  ucops.cucm.cucm_route_pattern:
    pattern: "9898"
    trunk: CUCM10
    take_over: false
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
      sample: {"trunk": "", "route_list": "CUCM10"}
    after:
      description: Values after the change.
      returned: always
      type: dict
      sample: {"trunk": "CUCM10", "route_list": ""}
route_pattern:
  description:
    - The route pattern as it is now, or as it would be in check mode, with every field that the release has under the
      name of its option, and its C(uuid). The sample shows some of them.
    - Empty if the route pattern does not exist.
  returned: success
  type: dict
  sample:
    uuid: "{0C7B5A42-1F6D-4E38-B9A0-7E1D2C3B4A50}"
    pattern: "9898"
    partition: ""
    dial_plan: ""
    route_filter: ""
    description: ""
    trunk: CUCM10
    route_list: ""
    block: false
    urgent_priority: false
    provide_outside_dial_tone: false
    call_classification: OnNet
axl_version:
  description: The AXL version that was spoken with the cluster.
  returned: success
  type: str
  sample: "14.0"
reason:
  description:
    - What kind of failure it was, for playbooks to test. The message says it in full.
    - For instance V(invalid_option), V(unsupported_by_release), V(missing_reference), V(authentication_failed),
      V(permission_denied), V(host_unreachable), V(untrusted_server) or V(axl_fault).
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
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_route_pattern import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
