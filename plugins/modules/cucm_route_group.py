#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_route_group
short_description: Manage route groups of Unified CM
version_added: 0.1.0
description:
  - Adds, changes and removes route groups, as the page I(Call Routing > Route/Hunt > Route Group) does.
  - A route group is an ordered set of trunks and gateways that a route list chooses from.
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
      - I(Route Group Name). It says which group is meant, so a group cannot be renamed.
      - Clusters of release 9.1 take only letters, digits, V(_), V(-) and V(.) in it, and no spaces.
    type: str
    required: true
  state:
    description:
      - V(present) adds the route group, or changes what differs from the options given.
      - V(absent) removes it. A group that a route list still uses cannot be removed; remove the route list first.
    type: str
    choices: [present, absent]
    default: present
  distribution_algorithm:
    description:
      - V(Top Down) starts each call with the first member; V(Circular) goes round, starting behind the member
        that took the last call.
      - A new group gets V(Circular) unless given.
    type: str
    choices: [Top Down, Circular]
  members:
    description:
      - Trunks and gateways of the group. A new group needs at least one.
      - 'The list given is the whole list, in the order in which they are tried: members that are not in it are
        removed.'
      - A device that a route pattern points at directly cannot be in a route group.
    type: list
    elements: dict
    suboptions:
      device:
        description:
          - Name of the SIP trunk or gateway.
        type: str
        required: true
      port:
        description:
          - Port of a gateway with several. V(0) is all of them, and what a SIP trunk has. Unless given a new
            member has V(0).
        type: int
      selection_order:
        description:
          - Place of the member, counted from V(1). When no member says its place, the order of the list counts.
        type: int
notes:
  - What is said of new groups is the default of the AXL schema of the release; it can differ from what the
    administration page shows on a new one.
  - In check mode it is not an error when an option names a SIP trunk, SIP profile, SIP trunk security profile, route
    group or route list that the cluster does not have, since an earlier task may be the one that makes it. Other objects
    that are missing are found in check mode as well.
seealso:
  - module: ucops.cucm.cucm_route_list
  - module: ucops.cucm.cucm_sip_trunk
  - module: ucops.cucm.cucm_route_pattern
"""

EXAMPLES = r"""
- name: Group the two trunks to CUCM10, the one to the main site first
  ucops.cucm.cucm_route_group:
    host: cucma-pub.example.com
    username: axl-user
    password: "{{ vault_axl_password }}"
    name: CUCM10-RG
    distribution_algorithm: Top Down
    members:
      - device: CUCM10-main
      - device: CUCM10-backup

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
    - name: Group the trunk to CUCMA
      ucops.cucm.cucm_route_group:
        name: CUCMA-RG
        members:
          - device: CUCMA

    - name: Put the group into a route list
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

- name: Show what sharing the calls evenly would change, and change nothing
  ucops.cucm.cucm_route_group:
    name: CUCM10-RG
    distribution_algorithm: Circular
  check_mode: true
  diff: true

- name: Try the backup trunk first while the main site is down
  ucops.cucm.cucm_route_group:
    name: CUCM10-RG
    members:
      - {device: CUCM10-backup, selection_order: 1}
      - {device: CUCM10-main, selection_order: 2}

- name: Remove the group (the route list that uses it first)
  ucops.cucm.cucm_route_group:
    name: CUCM10-RG
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
      sample: {"distribution_algorithm": "Circular"}
    after:
      description: Values after the change.
      returned: always
      type: dict
      sample: {"distribution_algorithm": "Top Down"}
route_group:
  description:
    - The route group as it is now, or as it would be in check mode, under the names of the options, and its C(uuid).
    - Empty if the route group does not exist.
  returned: success
  type: dict
  sample:
    uuid: "{5D2A9C30-6B1E-4F7A-8C4D-3E2F1A0B9C80}"
    name: CUCM10-RG
    distribution_algorithm: Top Down
    members:
      - {device: CUCM10-main, port: 0, selection_order: 1}
      - {device: CUCM10-backup, port: 0, selection_order: 2}
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
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_route_group import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
