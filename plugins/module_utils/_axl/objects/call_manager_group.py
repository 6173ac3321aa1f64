# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Cisco Unified CM group and its members: System > Cisco Unified CM Group. Only read.

A group names its members by the names of their Cisco Unified CM (System > Cisco Unified CM), which
the status service does not know: it names nodes, as System > Server does.
"""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import (
    NOT_NEGATIVE,
    Listing,
    ObjectTable,
    integer,
    reference,
    text,
)

CALL_MANAGER_GROUP = ObjectTable(
    kind="CallManagerGroup",
    element="callManagerGroup",
    noun="Cisco Unified CM group",
    result="call_manager_group",
    members=(
        text("name", "name", "String50", required=True, add_only=True),
        Listing(
            "members",
            "members",
            "member",
            "XCallManagerMember",
            order="priority",
            minimum=1,
            required=True,
            rows=(
                reference("call_manager", "callManagerName", "CallManager", required=True),
                integer("priority", "priority", required=True, numbers=NOT_NEGATIVE),
            ),
        ),
    ),
)

CALL_MANAGER = ObjectTable(
    kind="CallManager",
    element="callManager",
    noun="Cisco Unified CM",
    result="call_manager",
    members=(
        text("name", "name", "String50", required=True, add_only=True),
        reference("node", "processNodeName", "ProcessNode"),
    ),
    listed=("name", "node"),
)
