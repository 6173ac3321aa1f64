#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_service
short_description: Read, start, stop and restart the services of a Unified CM node
version_added: 0.1.0
description:
  - Reads the status of services over the Control Center service of a node, and starts, stops or restarts them.
  - Where SOAP is not allowed, the node's command line does the same (O(transport=cli)).
  - With O(restarted_since) a restart becomes idempotent. Only services that started before that time are restarted, such as
    those that have not read a new certificate yet.
  - The node reports a misspelled name as a stopped service. This module looks names up in the list of all services, and an
    unknown name is an error.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
  - ucops.cucm.ssh
  - ucops.cucm.ssh.transcript
attributes:
  idempotent:
    support: partial
    details:
      - O(state=restarted) without O(restarted_since) restarts the services in every run.
options:
  transport:
    description:
      - How the node's services are reached.
      - V(soap) is the Control Center service, with an application user of the cluster. V(auto) is the same.
      - V(cli) is the command line over SSH, with the operating system administrator of the node. There, O(username) and
        O(password) are those of that account, and the options of HTTPS have no effect.
      - The command line does not tell since when a service runs, so RV(services[].started_at) and
        RV(services[].uptime) are V(null) and O(restarted_since) is an error. It comes back only when a service has
        arrived, so O(wait=false) is an error with O(state).
      - It lists the services of the platform too, such as V(System SSH).
    type: str
    choices: [auto, soap, cli]
    default: auto
    version_added: 0.2.0
  services:
    description:
      - Names of the services as in Cisco Unified Serviceability, such as V(Cisco CallManager), V(Cisco Tftp) or
        V(Cisco CTIManager).
      - Required with O(state). Without O(state) it may be left out to read all services.
      - V(Cisco Tomcat) and V(A Cisco DB) can be read, but not be controlled; that takes O(transport=cli).
      - V(Cisco HAProxy) is skipped where the release does not have it.
    type: list
    elements: str
  state:
    description:
      - The wanted state. Without it, the services are only read.
      - V(restarted) starts those that are stopped.
      - V(restarted) with O(wait=true) takes one service after the other, in the order of O(services), and goes on when
        it is back. If one does not come back, those after it are left alone and are listed in RV(not_reached).
    type: str
    choices: [started, stopped, restarted]
  restarted_since:
    description:
      - A time in ISO 8601, in UTC when it has no offset, such as RV(ucops.cucm.cucm_cert_upload#module:uploaded_at).
      - With O(state=restarted), restart only services that started before it. One that was stopped on purpose stays stopped.
      - Without O(state), such services are listed in RV(restart_needed).
      - Cannot be used over the command line (O(transport=cli)). There, let the task run only when
        RV(ucops.cucm.cucm_cert_upload#module:restart_required) says so.
    type: str
  skip_not_activated:
    description:
      - With O(state), leave out services that are not activated on this node. With V(false) they are an error.
    type: bool
    default: true
  wait:
    description:
      - Whether to wait until the services have reached the wanted state.
      - With V(false), O(state=restarted) requests the restart of all services at once.
      - V(false) is not available over the command line (O(transport=cli)).
    type: bool
    default: true
  wait_timeout:
    description:
      - Seconds to wait for each order, and over the command line for each service. When the time is over, the error says
        what was seen last. A command that runs then is hung up on, and never ended with Ctrl-C, of which the node warns.
    type: int
    default: 600
requirements:
  - lxml >= 4.9.2
notes:
  - Needs an application user with the roles V(Standard CCM Admin Users) and V(Standard RealtimeAndTraceCollection); over
    the command line, the operating system administrator of the node itself.
  - Each node controls its own services only. Connect to the node whose services are meant.
  - Restarting Cisco CallManager interrupts call processing on the node. Do it one node at a time.
  - When phones register again, they ask V(Cisco Trust Verification Service) and V(Cisco Tftp) first. Name these before
    V(Cisco CallManager).
  - An order is never sent twice. When its answer is lost, the uptime of the services decides, and over the command line
    what it had printed and the state of the service. If they do not tell, the error has the reason V(answer_lost).
seealso:
  - module: ucops.cucm.cucm_cert_upload
"""

EXAMPLES = r"""
- name: Read all services of a node
  ucops.cucm.cucm_service:
    host: cucm-pub.example.com
    username: administrator
    password: "{{ vault_application_password }}"
  register: status

- name: Start the TFTP service
  ucops.cucm.cucm_service:
    host: cucm-pub.example.com
    username: administrator
    password: "{{ vault_application_password }}"
    services: [Cisco Tftp]
    state: started

- name: Restart what has not been restarted since the certificate was uploaded
  ucops.cucm.cucm_service:
    host: cucm-pub.example.com
    username: administrator
    password: "{{ vault_application_password }}"
    services: [Cisco Trust Verification Service, Cisco Tftp, Cisco CallManager, Cisco CTIManager]
    state: restarted
    restarted_since: "2026-05-23T17:50:42Z"

- name: Restart call processing over the command line, where SOAP is not allowed
  ucops.cucm.cucm_service:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    transport: cli
    services: [Cisco CallManager]
    state: restarted
  when: upload.restart_required
"""

RETURN = r"""
services:
  description: The services as they are now, in the order of O(services).
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
      description:
        - The node's code for the status. Over the command line, the code of the node's words, V(null) for words that are
          not known.
      type: int
      sample: -1
    started_at:
      description:
        - When it started, UTC; V(null) when it is not started, and over the command line. Computed from the uptime and the clock of the machine where
          the task runs.
      type: str
      sample: "2026-05-23T17:50:42Z"
    uptime:
      description: Seconds since it started; V(null) when it is not started, and over the command line.
      type: int
      sample: 845
restarted:
  description: Names of the services that were restarted, or would be in check mode.
  returned: success
  type: list
  elements: str
  sample: [Cisco CallManager]
restart_needed:
  description: Names of the services that have not started since O(restarted_since), after what this task did.
  returned: success
  type: list
  elements: str
  sample: []
left_out:
  description: Names of the services that were left out, since they are not activated on this node, or not of its release.
  returned: success
  type: list
  elements: str
  sample: [Cisco Tftp]
waited:
  description: Seconds spent waiting.
  returned: success
  type: float
  sample: 47.0
not_reached:
  description: Names of the services after the one that failed, which were left alone.
  returned: failure of a start, stop or restart
  type: list
  elements: str
  sample: [Cisco CallManager]
last_seen:
  description: The services as they were seen last.
  returned: failure by the end of the time
  type: list
  elements: dict
transcript:
  description:
    - The dialogue with the node's command line, without passwords and private keys, and shortened in the middle when it
      is long. V(null) when the command line was not used.
  returned: success, if O(return_transcript=true)
  type: str
  version_added: 0.2.0
  sample: "admin:utils service list"
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_service import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
