#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_trunk_evidence
short_description: Write the evidence of a node for M(ucops.cucm.sip_trunk_verdict)
version_added: 0.2.0
description:
  - Writes one evidence document, readable only by its owner. The role P(ucops.cucm.cucm_verify#role) does so for each node.
  - The arguments of the tasks that collected the evidence are omitted.
  - Unlike M(ansible.builtin.copy), it works inside the Ansible process on the control node, so that many nodes cost little.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
attributes:
  check_mode:
    details:
      - In check mode, nothing is written.
  diff_mode:
    details:
      - Nothing is shown, since the document is not configuration.
  idempotent:
    details:
      - The file is written each time, and never counts as a change.
options:
  path:
    description: The file. Its directory is made, for its user alone, where there is none.
    type: path
    required: true
  content:
    description: The document, as M(ucops.cucm.sip_trunk_verdict) reads it.
    type: dict
    required: true
seealso:
  - module: ucops.cucm.sip_trunk_verdict
"""

EXAMPLES = r"""
- name: Write down what was seen of the node
  ucops.cucm.sip_trunk_evidence:
    path: evidence/cucma-pub.json
    content:
      format: ucops.cucm.evidence/1
      cluster: CUCMA
      node: cucma-pub
      host: 192.0.2.203
      node_info: "{{ node_info }}"
  delegate_to: localhost
"""

RETURN = r"""
bytes:
  description: How long the document is.
  returned: always
  type: int
  sample: 25675
reason:
  description:
    - What kind of failure it was, for playbooks to test. For instance V(file_not_written) or V(invalid_option).
  returned: failure
  type: str
  sample: file_not_written
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.sip_trunk_evidence import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
