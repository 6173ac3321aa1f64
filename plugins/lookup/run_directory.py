# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A directory that ends with the run."""

from __future__ import annotations

DOCUMENTATION = r"""
name: run_directory
author: ucops.cucm contributors (@ucops)
version_added: 0.2.0
short_description: A directory on the control node that ends with the run
description:
  - Gives a path below the directory that Ansible makes for every run, for its user alone, and removes at the end of the run, however
    it ends. All hosts and tasks of a run get the same path. Nothing is made at it.
options:
  _terms:
    description: A name for each directory.
    type: list
    elements: str
    required: true
seealso:
  - plugin: ansible.builtin.config
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: Make a directory that is gone after the run
  ansible.builtin.file:
    path: "{{ lookup('ucops.cucm.run_directory', 'evidence') }}"
    state: directory
    mode: "0700"
  delegate_to: localhost
  run_once: true
"""

RETURN = r"""
_raw:
  description: A path for each name.
  type: list
  elements: path
"""

import os
from collections.abc import Mapping
from typing import Any

from ansible import constants
from ansible.plugins.lookup import LookupBase


class LookupModule(LookupBase):
    """Name directories below the one of the run."""

    def run(self, terms: list[str], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[str]:
        """See DOCUMENTATION."""
        # The value of the process that started the run; the lookup ansible.builtin.config would make another one.
        return [os.path.join(constants.DEFAULT_LOCAL_TMP, str(name)) for name in terms]
