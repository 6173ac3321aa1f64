# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The route list: Call Routing > Route/Hunt > Route List."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import (
    NOT_NEGATIVE,
    Listing,
    ObjectTable,
    boolean,
    choice,
    integer,
    reference,
    text,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects._choices import (
    NUMBER_TYPE,
    NUMBERING_PLAN,
    STATUS,
)
from ansible_collections.ucops.cucm.plugins.module_utils._facts import texts

ROUTE_LIST = ObjectTable(
    kind="RouteList",
    element="routeList",
    noun="route list",
    result="route_list",
    needed=("call_manager_group",),
    members=(
        text("name", "name", required=True, add_only=True),
        text("description", "description", needs_reset=False, fault=texts.fault_of_description),
        reference(
            "call_manager_group", "callManagerGroupName", "CallManagerGroup", required=True, nillable=True
        ),
        boolean("enabled", "routeListEnabled", default="false"),
        Listing(
            "members",
            "members",
            "member",
            "XRouteListMember",
            order="selection_order",
            key="route_group",
            rows=(
                reference("route_group", "routeGroupName", "RouteGroup", required=True, nillable=True),
                integer("selection_order", "selectionOrder", required=True, numbers=NOT_NEGATIVE),
                text(
                    "called_party_transform_mask", "calledPartyTransformationMask", "String50", nillable=True
                ),
                text(
                    "calling_party_transform_mask",
                    "callingPartyTransformationMask",
                    "String50",
                    nillable=True,
                ),
                reference("discard_digits", "digitDiscardInstructionName", "Ddi", nillable=True),
                text("calling_party_prefix_digits", "callingPartyPrefixDigits", "String50", nillable=True),
                text("called_party_prefix_digits", "prefixDigitsOut", "String50", nillable=True),
                choice(
                    "use_calling_party_external_phone_number_mask",
                    "useFullyQualifiedCallingPartyNumber",
                    "XStatus",
                    STATUS,
                    required=True,
                    default="Default",
                    on_add="Default",
                ),
                choice(
                    "calling_party_numbering_plan",
                    "callingPartyNumberingPlan",
                    "XNumberingPlan",
                    NUMBERING_PLAN,
                    default="Cisco CallManager",
                ),
                choice(
                    "calling_party_number_type",
                    "callingPartyNumberType",
                    "XPriOfNumber",
                    NUMBER_TYPE,
                    default="Cisco CallManager",
                ),
                choice(
                    "called_party_numbering_plan",
                    "calledPartyNumberingPlan",
                    "XNumberingPlan",
                    NUMBERING_PLAN,
                    default="Cisco CallManager",
                ),
                choice(
                    "called_party_number_type",
                    "calledPartyNumberType",
                    "XPriOfNumber",
                    NUMBER_TYPE,
                    default="Cisco CallManager",
                ),
            ),
        ),
        boolean("run_on_all_nodes", "runOnEveryNode", default="false"),
    ),
)
