# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The device pool: System > Device Pool. Only read, for the nodes that run a trunk."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import ObjectTable, reference, text

DEVICE_POOL = ObjectTable(
    kind="DevicePool",
    element="devicePool",
    noun="device pool",
    result="device_pool",
    members=(
        text("name", "name", "UniqueString50", required=True, add_only=True),
        reference("call_manager_group", "callManagerGroupName", "CallManagerGroup", required=True),
    ),
)
