# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a certificate was signed, at the earliest."""

from __future__ import annotations

from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._site.restarts import signed_at

DOCUMENTATION = r"""
name: signed_at
author: ucops.cucm contributors (@ucops)
version_added: 0.1.0
short_description: The time at which a certificate was signed
description:
  - A certificate does not say when it was signed, only from when on it is valid. CAs put that a few minutes back, so
    that a clock that is slow does not refuse it. The start of validity plus that back-dating is the time of signing.
positional: _input
options:
  _input:
    description: A certificate as M(ucops.cucm.cucm_cert_info) describes it.
    type: dict
    required: true
  backdate:
    description: Seconds by which the CA puts back the start of validity.
    type: int
    default: 0
"""

EXAMPLES = r"""
- name: Show when the certificate was signed by a CA that back-dates by ten minutes
  ansible.builtin.debug:
    msg: "{{ info.certificates[0] | ucops.cucm.signed_at(backdate=600) }}"
"""

RETURN = r"""
_value:
  description: A time in UTC as in V(2026-05-23T17:50:42Z).
  type: str
"""


class FilterModule:
    """Makes the filter known to Ansible."""

    def filters(self) -> dict[str, Any]:
        return {"signed_at": signed_at}
