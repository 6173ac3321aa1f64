# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._modules.cucm_peer_sheet import DEFINITION
from ansible_collections.ucops.cucm.plugins.plugin_utils._in_process import InProcessAction


class ActionModule(InProcessAction):
    """Run M(ucops.cucm.cucm_peer_sheet) in the worker process when it runs on the control node."""

    definition = DEFINITION
