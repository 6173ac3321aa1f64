# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets that occur in data, where Ansible would mask them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.masking import PEM_TEXTS, Secrets

DOCUMENTATION = r"""
name: secrets_met
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: Find secrets that occur in data, where Ansible would mask them
description:
  - Ansible replaces the secrets of a task by asterisks wherever they occur in its result. A name with asterisks in it must
    neither be compared nor written, so the modules of this collection fail instead, with the reason V(secret_in_result).
  - This filter finds such secrets beforehand, in the results of earlier tasks and in variables. A secret of fewer than
    four characters is always found, and so is one that every certificate has in it.
positional: _input
options:
  _input:
    description: The data. Messages and transcripts in it do not count.
    type: raw
    required: true
  secrets:
    description: The secrets by the name of their variable.
    type: dict
    required: true
"""

EXAMPLES = r"""
- name: Fail if the password occurs in a node's data
  ansible.builtin.assert:
    that: met | length == 0
    fail_msg: "{{ met | join('; ') }}"
  vars:
    met: "{{ node_info | ucops.cucm.secrets_met(secrets={'cucm_os_password': cucm_os_password}) }}"
"""

RETURN = r"""
_value:
  description: A sentence for each secret that occurs, with its name and the key of the data; never the secret.
  type: list
  elements: str
"""


def secrets_met(data: Any, secrets: Mapping[str, Any]) -> list[str]:
    """See DOCUMENTATION."""
    met = []
    everywhere = {"data": data, "certificate": PEM_TEXTS}
    for name, secret in secrets.items():
        if secret:
            one = Secrets(((name, str(secret)),))
            occurrence = one.short() or one.find(everywhere)
            if occurrence is not None:
                met.append(occurrence.text)
    return met


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"secrets_met": secrets_met}
