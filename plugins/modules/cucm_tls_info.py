#!/usr/bin/python
# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: cucm_tls_info
short_description: Read the lowest TLS version that a Unified CM node allows
version_added: 0.2.0
description:
  - Reads the minimum TLS version at the command line of a node (C(show tls min-version), or C(show tls server min-version) and
    C(show tls client min-version) before release 15SU2).
  - Two clusters can have a SIP trunk over TLS only where their versions meet. The role P(ucops.cucm.cucm_preflight#role) compares
    them before anything is changed.
  - Since release 15SU2 it is the same on all nodes of a cluster.
author:
  - ucops.cucm contributors (@ucops)
extends_documentation_fragment:
  - ucops.cucm.attributes.info
  - ucops.cucm.ssh
  - ucops.cucm.ssh.account
seealso:
  - module: ucops.cucm.cucm_cluster_info
  - module: ucops.cucm.sip_tls_probe
"""

EXAMPLES = r"""
- name: Read the lowest TLS version of a node
  ucops.cucm.cucm_tls_info:
    host: cucm-pub.example.com
    username: osadmin
    password: "{{ vault_os_password }}"
  register: tls

- name: Stop where TLS 1.0 is still allowed
  ansible.builtin.assert:
    that: tls.min_server_version is version('1.2', '>=')
    fail_msg: Run 'set tls min-version 1.2' on the publisher.
"""

RETURN = r"""
min_server_version:
  description: The lowest version that the node takes as a server; null where it does not tell.
  returned: success
  type: str
  sample: "1.2"
min_client_version:
  description: The lowest version that the node takes as a client; null where it does not tell.
  returned: success
  type: str
  sample: "1.2"
text:
  description: Why a version is missing; empty when none is.
  returned: success
  type: str
  sample: the command line of this release does not show it
reason:
  description: What kind of failure it was, for playbooks to test. For instance V(authentication_failed) or V(host_unreachable).
  returned: failure
  type: str
"""

from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import run_module
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_tls_info import DEFINITION


def main() -> None:
    run_module(DEFINITION)


if __name__ == "__main__":
    main()
