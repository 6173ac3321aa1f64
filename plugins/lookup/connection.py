# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a node is reached."""

from __future__ import annotations

DOCUMENTATION = r"""
name: connection
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: The connection options of a node
description:
  - Gives what the modules need to reach a node. It comes from the variables C(cucm_port), C(cucm_validate_certs),
    C(cucm_ca_path), C(cucm_tls_fingerprint), C(cucm_timeout), C(cucm_allow_legacy_tls), from those of the account, and,
    for another account than V(axl), from those of the node's SSH command line. What is not set is left out, so that the
    module's own default holds.
  - For another node of the same cluster, such as the publisher, what that node does not say of itself is as for the
    host of the task. C(ansible_host), C(cucm_tls_fingerprint) and C(cucm_ssh_host_key) are those of the node only.
  - 'Use it as C(module_defaults): one line then serves all modules of an account.'
options:
  _terms:
    description: Inventory names of nodes.
    type: list
    elements: str
    required: true
  account:
    description:
      - As whom the modules log on, and so which of them the options are for.
      - V(axl) is the application user, for everything on AXL and the serviceability interfaces.
      - V(certificates) is the operating system administrator by the certificate REST interface or the SSH command line
        (M(ucops.cucm.cucm_csr), M(ucops.cucm.cucm_cert_info), M(ucops.cucm.cucm_cert_upload)).
      - V(ssh) is the same account where the module connects by HTTPS and by SSH (M(ucops.cucm.cucm_packet_capture)),
        V(cli) where it connects by SSH alone (M(ucops.cucm.cucm_cli)).
    type: str
    choices: [axl, certificates, ssh, cli]
    default: axl
"""

EXAMPLES = r"""
- name: Read the release from the publisher, and the certificates from the node itself
  hosts: cucm
  connection: local
  gather_facts: false
  module_defaults:
    ucops.cucm.cucm_cluster_info: "{{ lookup('ucops.cucm.connection', cucm_publisher) }}"
    ucops.cucm.cucm_cert_info: "{{ lookup('ucops.cucm.connection', inventory_hostname, account='certificates') }}"
  tasks:
    - name: Read the release
      ucops.cucm.cucm_cluster_info:
      run_once: true

    - name: Read the certificate of call processing
      ucops.cucm.cucm_cert_info:
        service: CallManager
"""

RETURN = r"""
_raw:
  description: A dictionary of options for each node.
  type: list
  elements: dict
"""

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleLookupError
from ansible.plugins.lookup import LookupBase
from ansible_collections.ucops.cucm.plugins.module_utils._site.connection import ACCOUNTS, connection_options


class LookupModule(LookupBase):
    """Read the variables of a node as the modules need them."""

    def run(self, terms: list[str], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        """See DOCUMENTATION."""
        account = kwargs.pop("account", "axl")
        if account not in ACCOUNTS or kwargs:
            raise AnsibleLookupError(
                f"the only option is account, one of {', '.join(ACCOUNTS)}; got {', '.join([str(account), *kwargs])}"
            )
        known: Mapping[str, Any] = variables or {}
        return [self._for_node(str(name), account, known) for name in terms]

    def _for_node(self, name: str, account: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        own = self._reader(variables)
        if name == variables.get("inventory_hostname"):
            return connection_options(account, own, None, name)
        hostvars = variables.get("hostvars") or {}
        if name not in hostvars:
            raise AnsibleLookupError(f"the inventory has no host {name}")
        return connection_options(account, hostvars[name].get, own, name)

    def _reader(self, variables: Mapping[str, Any]) -> Callable[[str], Any]:
        def read(name: str) -> Any:
            return self._templar.template(variables[name]) if name in variables else None

        return read
