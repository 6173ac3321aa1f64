# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The route pattern: Call Routing > Route/Hunt > Route Pattern."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import (
    NOT_NEGATIVE,
    Group,
    ObjectTable,
    boolean,
    choice,
    integer,
    reference,
    text,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects._choices import (
    CALL_CLASSIFICATION,
    NUMBER_TYPE,
    NUMBERING_PLAN,
    PRESENTATION,
    STATUS,
)
from ansible_collections.ucops.cucm.plugins.module_utils._facts import texts

ISDN_PROTOCOLS = (
    "PRI 4ESS",
    "PRI 5E8",
    "PRI 5E8 TELEOS",
    "PRI 5E8 INTECOME",
    "PRI 5E9",
    "PRI DMS-100",
    "PRI DMS-250",
    "PRI EURO",
    "PRI NI2",
    "PRI AUSTRALIAN",
    "PRI 5E8 CUSTOM",
    "PRI ETSI SC",
    "PRI NTT",
    "PRI ISO QSIG T1",
    "PRI ISO QSIG E1",
)

ISDN_SERVICES = (
    "ACCUNET Switched Digital Service",
    "Billing Number Only",
    "Billing Number Preferred",
    "Calling Party Number Only",
    "Calling Party Number Preferred",
    "Foreign Exchange",
    "Foreign Exchange Selection",
    "International Long Distance Service",
    "InterLATAOUTWATS",
    "IntraLATAOUTWATS",
    "Long Distance Service",
    "MEGACOM Telecom Service",
    "National ISDN Banded OUTWATS",
    "National ISDN Unbanded OUTWATS",
    "OUTWATS Selection",
    "Private",
    "Private Selection",
    "Software Defined Network",
    "Tie Trunk (Cut-through)",
    "Tie Trunk (Senderized)",
    "Tie Trunk Selection (Cut-through)",
    "Tie Trunk Selection (Senderized)",
    "WATS Band Selection",
    "WATS Maximal Subscribed Band",
)


def _fault_of_description(text: str) -> str | None:
    return texts.fault_of_description(text, texts.PATTERN_DESCRIPTION)


ROUTE_PATTERN = ObjectTable(
    kind="RoutePattern",
    element="routePattern",
    noun="route pattern",
    result="route_pattern",
    identity=("pattern", "partition", "dial_plan", "route_filter"),
    listed=("pattern", "partition", "dial_plan", "route_filter"),
    members=(
        text("pattern", "pattern", required=True, add_only=True, fault=texts.fault_of_pattern),
        text("description", "description", fault=_fault_of_description),
        reference(
            "partition", "routePartitionName", "RoutePartition", required=True, nillable=True, add_only=True
        ),
        boolean("block", "blockEnable", required=True, on_add="false"),
        text("called_party_transform_mask", "calledPartyTransformationMask", nillable=True),
        text("calling_party_transform_mask", "callingPartyTransformationMask", nillable=True),
        choice(
            "use_calling_party_external_phone_number_mask",
            "useCallingPartyPhoneMask",
            "XStatus",
            STATUS,
            required=True,
            default="Default",
            on_add="Default",
        ),
        text("calling_party_prefix_digits", "callingPartyPrefixDigits", "String50", nillable=True),
        reference("dial_plan", "dialPlanName", "DialPlan", required=True, nillable=True, add_only=True),
        reference("discard_digits", "digitDiscardInstructionName", "Ddi", required=True, nillable=True),
        choice(
            "call_classification",
            "networkLocation",
            "XNetworkLocation",
            CALL_CLASSIFICATION,
            required=True,
            default="OnNet",
            on_add="OnNet",
        ),
        boolean("urgent_priority", "patternUrgency"),
        text("called_party_prefix_digits", "prefixDigitsOut", required=True, nillable=True),
        reference(
            "route_filter", "routeFilterName", "RouteFilter", required=True, nillable=True, add_only=True
        ),
        choice(
            "calling_line_id_presentation",
            "callingLinePresentationBit",
            "XPresentationBit",
            PRESENTATION,
            default="Default",
        ),
        choice(
            "calling_name_presentation",
            "callingNamePresentationBit",
            "XPresentationBit",
            PRESENTATION,
            default="Default",
        ),
        choice(
            "connected_line_id_presentation",
            "connectedLinePresentationBit",
            "XPresentationBit",
            PRESENTATION,
            default="Default",
        ),
        choice(
            "connected_name_presentation",
            "connectedNamePresentationBit",
            "XPresentationBit",
            PRESENTATION,
            default="Default",
        ),
        boolean("allow_overlap_sending", "supportOverlapSending"),
        choice(
            "mlpp_precedence",
            "patternPrecedence",
            "XPatternPrecedence",
            (
                "Flash Override",
                "Flash",
                "Immediate",
                "Priority",
                "Routine",
                "Default",
                "Executive Override",
            ),
            default="Default",
        ),
        choice(
            "block_cause",
            "releaseClause",
            "XReleaseCauseValue",
            (
                "No Error",
                "Unallocated Number",
                "Call Rejected",
                "Number Changed",
                "Invalid Number Format",
                "Precedence Level Exceeded",
            ),
            default="No Error",
        ),
        boolean("allow_device_override", "allowDeviceOverride", default="false"),
        boolean("provide_outside_dial_tone", "provideOutsideDialtone", default="true"),
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
        Group(
            "destination",
            choice=True,
            required=True,
            members=(
                reference("trunk", "gatewayName", "SipTrunk", required=True),
                reference("route_list", "routeListName", "RouteList", required=True),
            ),
        ),
        boolean("require_forced_authorization_code", "authorizationCodeRequired"),
        integer("authorization_level", "authorizationLevelRequired", default="0", numbers=NOT_NEGATIVE),
        boolean("require_client_matter_code", "clientCodeRequired"),
        Group(
            "isdnNsfInfoElement",
            members=(
                text("carrier_identification_code", "cic"),
                choice(
                    "network_service_protocol",
                    "networkServiceProtocol",
                    "XPriProtocol",
                    ISDN_PROTOCOLS,
                    required=True,
                ),
                choice("network_service", "networkService", "XNSFService", ISDN_SERVICES),
                text("network_service_parameter_value", "paramValue"),
            ),
        ),
        reference(
            "resource_priority_namespace_network_domain",
            "resourcePriorityNamespaceName",
            "ResourcePriorityNamespace",
            nillable=True,
        ),
        choice(
            "route_class",
            "routeClass",
            "XPatternRouteClass",
            ("Default", "Voice", "Data", "Satellite Avoidance", "Hotline Voice", "Hotline Data"),
            default="Default",
        ),
        boolean("apply_call_blocking_percentage", "enableDccEnforcement"),
        integer(
            "blocked_call_percentage", "blockedCallPercentage", "string", nillable=True, numbers=range(101)
        ),
        reference(
            "external_call_control_profile",
            "externalCallControl",
            "ExternalCallControlProfile",
            nillable=True,
            since="10.0",
        ),
        boolean("is_emergency_services_number", "isEmergencyServiceNumber", default="false", since="11.0"),
    ),
)
