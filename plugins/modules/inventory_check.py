#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: inventory_check
version_added: 0.2.0
short_description: Check the inventory of clusters, without contacting any
author: ucops.cucm contributors (@ucops)
description:
  - Reads the variables of all hosts as Ansible sees them, and tells everything that is wrong with them at once. Contacts
    no cluster and no CA.
  - Finds variables that nothing reads (with the name that was probably meant), values of the wrong type, accounts that are
    not set, clusters without a group, hosts of two clusters, publishers that are none, nodes with the same address, peers
    that do not exist or that do not list the cluster in turn, route patterns, names and addresses that Unified CM does not
    take, the same pattern to two peers, CA certificates that cannot be read, lead to no root, or are those of one side only,
    a CA key that others may read, and passwords that are a part of a name.
  - The playbooks of the collection begin with it. Run it once, with C(run_once), in a play over the nodes.
options:
  hosts:
    description:
      - The hosts whose variables are checked. Their peers are looked up in the whole inventory.
      - Without it, the hosts of the play.
    type: list
    elements: str
  accounts:
    description:
      - Whether accounts must be set, and whether a password may be no part of a name. With V(false), no password is read.
    type: bool
    default: true
  signing:
    description:
      - Whether the CA certificates are read. With O(accounts=true), the key of the CA must then be there too, if it is a file
        on this machine.
      - With V(false), for runs that have nothing signed.
    type: bool
    default: true
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  action:
    description: Runs on the control node, since the variables of all hosts are there.
    support: full
  async:
    description: Cannot be used with C(async).
    support: none
  bypass_host_loop:
    description: Use C(run_once) to check the whole inventory once.
    support: none
  check_mode:
    description: Can run in C(check_mode) and return the changed status prediction without modifying the target.
    support: full
  diff_mode:
    description: Returns details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: none
  platform:
    description: The operating systems on which it runs.
    platforms: posix
    support: full
requirements:
  - cryptography >= 42
notes:
  - Your own variables need names that do not begin with C(cucm_), or must be listed in C(cucm_own_variables).
seealso:
  - module: ucops.cucm.cucm_cluster_info
"""

EXAMPLES = r"""
- name: Check the inventory in CI, where there are no passwords
  hosts: cucm
  connection: local
  gather_facts: false
  tasks:
    - name: Tell everything that is wrong
      ucops.cucm.inventory_check:
        accounts: false
      run_once: true
"""

RETURN = r"""
clusters:
  description: The clusters of which hosts were checked.
  returned: always
  type: list
  elements: str
  sample: [CUCM10, CUCMA]
problems:
  description: What is wrong, sorted by place. The task fails if there is a problem.
  returned: always
  type: list
  elements: dict
  contains:
    code:
      description: What kind of problem it is, for programs.
      type: str
      sample: unknown_variable
    place:
      description: The host, or the cluster where all its nodes have the problem.
      type: str
    variable:
      description: The variable, with the entry of a list where it is one.
      type: str
    text:
      description: What is wrong.
      type: str
    remedy:
      description: What to write.
      type: str
    message:
      description: All of it, for people.
      type: str
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ucops.cucm.plugins.module_utils._modules.inventory_check import ARGUMENTS


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(
        msg="inventory_check needs the variables of all hosts, so it runs as an action of the playbook only."
    )


if __name__ == "__main__":
    main()
