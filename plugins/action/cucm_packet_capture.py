# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_packet_capture import DEFINITION
from ansible_collections.ucops.cucm.plugins.plugin_utils._in_process import InProcessAction


class _PathInfo(AnsibleModule):  # type: ignore[misc]
    """What core knows about files, without a module that runs."""

    def __init__(self) -> None:
        self._selinux_enabled = None
        self._selinux_mls_enabled = None
        self._selinux_initial_context = None


class ActionModule(InProcessAction):
    """Run M(ucops.cucm.cucm_packet_capture) in the worker process when it runs on the control node."""

    definition = DEFINITION

    def _in_process(self, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Add what core adds to the result of an ordinary module that names a `path`: mode, owner, size."""
        result: dict[str, Any] = _PathInfo().add_path_info(super()._in_process(variables))
        return result
