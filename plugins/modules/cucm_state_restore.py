#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_state_restore
short_description: Put the objects of a cluster back to what a record has of them
version_added: 0.2.0
description:
  - Reads a file that M(ucops.cucm.cucm_state_record) has written. Objects that were there are set back, by the options that
    differ; one that is gone is made again. Objects that were not there are removed, last of all.
  - A trunk or pattern that was not there, and that belongs to somebody else by now, stays. So does a profile that other
    trunks use.
  - Certificates are not put back, and RV(irreversible) says which ones differ.
  - A record that is damaged, of another cluster or from a newer release of the collection is refused before anything is asked
    of the cluster.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
  - ucops.cucm.axl
options:
  cluster:
    description:
      - Name of the cluster, which must be that of the record.
    type: str
    required: true
  publisher:
    description:
      - Inventory name of the publisher. Where it is given, it must be that of the record.
    type: str
  directory:
    description:
      - Directory of the records, on the host that the task runs on. One of this and O(record) is needed.
    type: path
  record:
    description:
      - The record, as a path, or as a name in O(directory). Without it, the newest one of the cluster that was not written
        before a restore.
    type: str
  certificates:
    description:
      - For each node the result of M(ucops.cucm.cucm_cert_info) of today, to say what cannot be undone. A node that is missing
        here is told as not measured.
    type: dict
    default: {}
  reset:
    description:
      - V(auto) resets a trunk when a change takes effect only then. Calls on the trunk may drop.
      - V(never) leaves that to you; V(always) resets in any case.
    type: str
    choices: [auto, never, always]
    default: auto
seealso:
  - module: ucops.cucm.cucm_state_record
"""

EXAMPLES = r"""
- name: Show what the newest record of the cluster would put back
  ucops.cucm.cucm_state_restore:
    host: cucma-pub.example.com
    username: axl-user
    password: "{{ vault_axl_password }}"
    cluster: CUCMA
    directory: /var/lib/cucm
  check_mode: true
  diff: true

- name: Put the objects back to a certain record
  ucops.cucm.cucm_state_restore:
    host: cucma-pub.example.com
    username: axl-user
    password: "{{ vault_axl_password }}"
    cluster: CUCMA
    record: /var/lib/cucm/CUCMA-20261130T170000Z.json
"""

RETURN = r"""
record:
  description: The file that was read.
  returned: success
  type: str
  sample: /var/lib/cucm/CUCMA-20261130T170000Z.json
taken:
  description: When it was written, in UTC.
  returned: success
  type: str
  sample: "2026-11-30T17:00:00Z"
purpose:
  description: Before what it was written. See O(ucops.cucm.cucm_state_record#module:purpose).
  returned: success
  type: str
  sample: pair
objects:
  description: What was done, or would be in check mode, in its order.
  returned: success, and failure after something was done
  type: list
  elements: dict
  contains:
    kind:
      description: What it is, such as V(sip_trunk).
      type: str
      sample: sip_trunk
    name:
      description: Name of the object; of a pattern, the pattern and its partition.
      type: str
      sample: CUCM10
    change:
      description: V(add), V(change), V(remove) or V(none).
      type: str
      sample: remove
    fields:
      description: Of an object that was set back, the options that differed.
      type: list
      elements: str
      sample: []
    resets:
      description: The trunks that were reset, so that their calls may have dropped.
      type: list
      elements: str
      sample: []
diff:
  description: For each object that was added, changed, removed or reset, its options before and after.
  returned: success
  type: list
  elements: dict
left:
  description: What was not put back, and why.
  returned: success
  type: list
  elements: str
  sample: []
irreversible:
  description: What cannot be put back, such as a certificate whose key is gone.
  returned: success
  type: list
  elements: str
  sample: []
page:
  description: All this as lines of text.
  returned: success
  type: list
  elements: str
  sample: ["RESTORE CUCMA as it was at 2026-11-30T17:00:00Z, before a run to pair: all objects are as they were."]
named:
  description: The objects of the record, as O(ucops.cucm.cucm_state_record#module:objects) takes them.
  returned: success
  type: list
  elements: dict
axl_version:
  description: The AXL version that was spoken with the cluster.
  returned: success
  type: str
  sample: "14.0"
problems:
  description: The objects that could not be put back, each with C(kind), C(name), C(msg) and C(reason).
  returned: failure with the reason V(restore_failed)
  type: list
  elements: dict
reason:
  description:
    - What kind of failure it was, for playbooks to test. For instance V(record_unusable), V(restore_failed),
      V(authentication_failed) or V(host_unreachable).
  returned: failure
  type: str
  sample: record_unusable
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_state_restore import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
