#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_node_info
short_description: Read the services and the clock of a Unified CM node
version_added: 0.2.0
description:
  - Reads the status of services over the Control Center service of a node, and never changes it. For that there is
    M(ucops.cucm.cucm_service).
  - Compares the node's clock with that of the machine where the task runs, by the C(Date) header of the same answer.
    Certificates are not valid yet, or not any more, on a node whose clock is wrong.
  - It takes one request.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
options:
  services:
    description:
      - Names of the services as in Cisco Unified Serviceability. An empty list stands for all that the node has.
      - A name that the node does not have is an error, since the node itself would take it for a stopped service.
    type: list
    elements: str
    default: [Cisco CallManager]
requirements:
  - lxml >= 4.9.2
notes:
  - Needs an application user with the roles V(Standard CCM Admin Users) and V(Standard RealtimeAndTraceCollection).
  - Each node answers for itself. Connect to the node that is meant.
seealso:
  - module: ucops.cucm.cucm_service
  - module: ucops.cucm.cucm_sip_trunk_info
"""

EXAMPLES = r"""
- name: Read whether call processing runs, and whether the clock is right
  ucops.cucm.cucm_node_info:
    host: cucm-pub.example.com
    username: administrator
    password: "{{ vault_application_password }}"
  register: node

- name: Stop where the node's clock is off by more than five seconds
  ansible.builtin.assert:
    that: not node.clock.measured or node.clock.skew_seconds | abs <= 5 + node.clock.accuracy_seconds
    fail_msg: "{{ node.clock.text }} See 'utils ntp status' on the node."

- name: Read the services that a renewed certificate concerns
  ucops.cucm.cucm_node_info:
    host: cucm-pub.example.com
    username: administrator
    password: "{{ vault_application_password }}"
    services: [Cisco CallManager, Cisco Tftp, Cisco CTIManager]
"""

RETURN = r"""
services:
  description: The services in the order of O(services).
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: Name of the service.
      type: str
      sample: Cisco CallManager
    status:
      description: V(Started), V(Stopped), V(Starting), V(Stopping) or V(Unknown).
      type: str
      sample: Started
    activated:
      description: Whether the service is activated on this node.
      type: bool
      sample: true
    reason:
      description: The node's words for the status, often empty.
      type: str
      sample: ""
    reason_code:
      description: The node's code for the status.
      type: int
      sample: -1
    started_at:
      description:
        - When it started, UTC; V(null) when it is not started. Computed from the uptime and the clock of the machine
          where the task runs.
      type: str
      sample: "2026-05-23T17:50:42Z"
    uptime:
      description: Seconds since it started; V(null) when it is not started.
      type: int
      sample: 845
clock:
  description: The node's clock, compared with that of the machine where the task runs.
  returned: success
  type: dict
  contains:
    measured:
      description: Whether the answer had a C(Date) header that can be read.
      type: bool
      sample: true
    skew_seconds:
      description:
        - The node's time minus that of the machine where the task runs, so V(-3) for a node that is three seconds
          behind. V(null) when it was not measured.
      type: float
      sample: 0.2
    accuracy_seconds:
      description:
        - By how much RV(clock.skew_seconds) can be wrong. It is half a second, since the header has whole seconds, and
          half the time that the answer took.
      type: float
      sample: 0.6
    text:
      description: The same as a sentence.
      type: str
      sample: The node's clock agrees with this machine's, as far as can be measured (0.6 s).
reason:
  description:
    - What kind of failure it was, for playbooks to test. For instance V(unknown_service), V(rate_exceeded),
      V(authentication_failed), V(permission_denied), V(host_unreachable) or V(untrusted_server).
  returned: failure
  type: str
  sample: unknown_service
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_node_info import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
