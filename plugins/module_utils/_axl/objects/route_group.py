# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The route group: Call Routing > Route/Hunt > Route Group."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import (
    NOT_NEGATIVE,
    Listing,
    ObjectTable,
    choice,
    integer,
    reference,
    text,
)

ROUTE_GROUP = ObjectTable(
    kind="RouteGroup",
    element="routeGroup",
    noun="route group",
    result="route_group",
    members=(
        # The name is the first element in 9.1 and the last one since.
        text("name", "name", "Name", required=True, add_only=True, until="9.1"),
        # The schema's type has two more, for hunt lists' line groups; the page offers these.
        choice(
            "distribution_algorithm",
            "distributionAlgorithm",
            "XDistributeAlgorithm",
            ("Top Down", "Circular"),
            required=True,
            default="Circular",
            on_add="Circular",
        ),
        Listing(
            "members",
            "members",
            "member",
            "XRouteGroupMember",
            order="selection_order",
            minimum=1,
            required=True,
            rows=(
                integer("selection_order", "deviceSelectionOrder", required=True, numbers=NOT_NEGATIVE),
                reference("device", "deviceName", "SipTrunk", required=True),
                # 0 stands for all ports of a device.
                integer("port", "port", required=True, on_add="0", numbers=NOT_NEGATIVE),
            ),
        ),
        text("name", "name", "string", required=True, add_only=True, since="10.0"),
    ),
)
