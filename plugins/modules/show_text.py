#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: show_text
version_added: 0.2.0
short_description: Show lines of text on the screen of a run
author: ucops.cucm contributors (@ucops)
description:
  - Writes lines as they are, without the quotes and commas of C(ansible.builtin.debug).
  - They are shown also where the callback leaves out what is well, as with C(ANSIBLE_DISPLAY_OK_HOSTS=no). The playbooks of the
    collection show the plan, what waits, and the verdict so.
options:
  lines:
    description: The lines. What cannot be printed is replaced by a question mark.
    type: list
    elements: str
    default: []
  stats:
    description: What to hand on to the next job of a workflow, as C(ansible.builtin.set_stats) does with C(aggregate=false).
    type: dict
    default: {}
  path:
    description: File on the control node that gets O(data) as JSON, for its user alone. It is written in check mode too.
    type: path
  data:
    description: What is written to O(path).
    type: dict
    default: {}
extends_documentation_fragment:
  - ansible.builtin.action_common_attributes
attributes:
  action:
    description: Runs on the control node, where the screen is.
    support: full
  async:
    description: Cannot be used with C(async).
    support: none
  bypass_host_loop:
    description: Use C(run_once) for what is said once.
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
seealso:
  - module: ansible.builtin.debug
"""

EXAMPLES = r"""
- name: Show what the run will do
  ucops.cucm.show_text:
    lines: "{{ (ansible_play_hosts | ucops.cucm.run_plan(hostvars=hostvars)).page }}"
  run_once: true
"""

RETURN = r"""
lines:
  description: The lines as they were shown.
  returned: success
  type: list
  elements: str
  sample: ["PLAN: nothing to do on 4 nodes of 2 clusters."]
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ucops.cucm.plugins.module_utils._modules.show_text import ARGUMENTS


def main() -> None:
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    module.fail_json(
        msg="show_text writes to the screen of the run, so it runs as an action of the playbook only."
    )


if __name__ == "__main__":
    main()
