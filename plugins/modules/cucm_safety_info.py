#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_safety_info
short_description: Check whether this is a good moment to change something on a Unified CM node
version_added: 0.2.0
description:
  - Reads at the command line of a node how old the last good Disaster Recovery backup is, whether the database is replicated on all
    nodes, whether the clock follows a time server, how full the disks are, and the enterprise parameter
    Phone Interaction on Certificate Update. Judges that together with the services and the clock that
    M(ucops.cucm.cucm_node_info) has read, and with the release.
  - What cannot be read is not measured, and is a fault only with O(require_measured=true).
  - The role P(ucops.cucm.cucm_preflight#role) asks for it once a plan has something to change, and shows the findings on the page
    of the plan.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
  - ucops.cucm.ssh
  - ucops.cucm.ssh.account
options:
  checks:
    description:
      - What is read. V(backup), V(replication) and V(phones) are of the whole cluster, and belong to its publisher.
      - V(backup) is C(utils disaster_recovery history backup), with the time of C(show status); V(replication) is
        C(utils dbreplication runtimestate); V(ntp) is C(utils ntp status); V(disk) is C(show status); V(phones) is C(run sql).
    type: list
    elements: str
    choices: [backup, replication, phones, ntp, disk]
    default: [backup, replication, phones, ntp, disk]
  version:
    description:
      - Full version of the cluster, such as RV(ucops.cucm.cucm_cluster_info#module:version). Known faults of it are told.
    type: str
  services:
    description:
      - The services of the node, as RV(ucops.cucm.cucm_node_info#module:services). One that is activated and not started is a
        warning.
    type: list
    elements: dict
    default: []
  clock:
    description:
      - How far the node's clock is from the control node's, as RV(ucops.cucm.cucm_node_info#module:clock).
    type: dict
    default: {}
  backup_hours:
    description:
      - How many hours old the last good backup may be. Without it, a backup that is older than a week, or none, is a warning
        only.
    type: int
  clock_seconds:
    description:
      - How many seconds the clocks may differ.
    type: int
    default: 60
  disk_percent:
    description:
      - From which use on the disk of the logs is a warning.
    type: int
    default: 95
  require_measured:
    description:
      - Whether what could not be measured is refused.
    type: bool
    default: false
seealso:
  - module: ucops.cucm.cucm_node_info
  - module: ucops.cucm.cucm_cluster_info
"""

EXAMPLES = r"""
- name: Check a publisher before a change
  ucops.cucm.cucm_safety_info:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
    backup_hours: 24
  register: safety

- name: Stop where something speaks against it
  ansible.builtin.assert:
    that: safety.go
    fail_msg: "{{ safety.findings | selectattr('severity', 'equalto', 'refused') | map(attribute='text') | join('. ') }}"
"""

RETURN = r"""
go:
  description: Whether nothing was found that has the severity V(refused).
  returned: success
  type: bool
  sample: true
findings:
  description: What was found, the worst first.
  returned: success
  type: list
  elements: dict
  contains:
    check:
      description: V(services), V(clock), V(release), or one of O(checks).
      type: str
      sample: backup
    severity:
      description: V(refused), V(warning), V(not_measured), V(note) or V(ok).
      type: str
      sample: ok
    text:
      description: What it is, with what to do.
      type: str
      sample: the last good Disaster Recovery backup is 5 h old
measured:
  description:
    - What was read, by check; null for what was not. Of V(backup) the age in hours, or V(false) where there is none; of
      V(replication) the state and its words for each server; of V(disk) the use of each partition in percent.
  returned: success
  type: dict
  sample: {backup: 5.0, replication: {cucm-pub: ["2", Setup Completed]}, phones: null, ntp: true, disk: {logging: 80}}
reason:
  description: What kind of failure it was, for playbooks to test. For instance V(authentication_failed) or V(host_unreachable).
  returned: failure
  type: str
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_safety_info import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
