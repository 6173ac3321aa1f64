#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_cluster_info
short_description: Read the release, the AXL version and the security mode of a Unified CM cluster
version_added: 0.1.0
description:
  - Asks the publisher for its version, says which AXL version the other modules will speak with it, and whether the
    cluster is in mixed mode.
  - Read it once for a cluster and hand RV(axl_version) to the option O(axl_version) of the other modules, and each of
    them saves one request.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
  - ucops.cucm.attributes.cluster
  - ucops.cucm.connection
  - ucops.cucm.axl
seealso:
  - module: ucops.cucm.cucm_sip_trunk
"""

EXAMPLES = r"""
- name: Read what the cluster is
  ucops.cucm.cucm_cluster_info:
    host: cucm-pub.example.com
    username: axl-user
    password: "{{ vault_axl_password }}"
  register: cluster

- name: Stop before a certificate is renewed on a cluster in mixed mode
  ansible.builtin.assert:
    that: cluster.mixed_mode is false
    fail_msg: Run 'utils ctl update CTLFile' on the publisher first.
"""

RETURN = r"""
version:
  description: The full version of the publisher's active partition.
  returned: success
  type: str
  sample: 14.0.1.12900-161
release:
  description: The first two numbers of RV(version).
  returned: success
  type: str
  sample: "14.0"
axl_version:
  description: The AXL version that the modules speak with this cluster.
  returned: success
  type: str
  sample: "14.0"
mixed_mode:
  description:
    - Whether the cluster is in mixed mode, which is the value 1 of the enterprise parameter C(Cluster Security Mode).
    - V(null) when the server refuses the question or does not know the answer. Better take that for V(true).
  returned: success
  type: bool
  sample: false
certificate_preference:
  description:
    - The enterprise parameter C(TLS 1.3 Certificate Preference Order), which decides which certificate SIP over TLS 1.3 shows to a
      peer that takes both key types.
    - V(rsa), V(ec), or V(ciphers) for its default, the order of the ciphers of TLS 1.2. V(null) before release 15SU2, and where the
      server does not tell.
  returned: success
  type: str
  sample: ciphers
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_cluster_info import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
