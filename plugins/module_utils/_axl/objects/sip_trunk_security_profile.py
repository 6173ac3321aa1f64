# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SIP trunk security profile: System > Security > SIP Trunk Security Profile."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import (
    NOT_NEGATIVE,
    ObjectTable,
    boolean,
    choice,
    integer,
    names,
    text,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects._choices import PORTS
from ansible_collections.ucops.cucm.plugins.module_utils._facts import texts

TRANSPORTS = ("TCP", "UDP", "TLS", "TCP+UDP")

SIP_TRUNK_SECURITY_PROFILE = ObjectTable(
    kind="SipTrunkSecurityProfile",
    element="sipTrunkSecurityProfile",
    noun="SIP trunk security profile",
    result="sip_trunk_security_profile",
    listed=("name", "x509_subject_names", "incoming_port"),
    reset_since="10.0",
    members=(
        text("name", "name", {"9.1": "String64", "11.5": "String75"}, required=True, add_only=True),
        text(
            "description",
            "description",
            "String100",
            nillable=True,
            needs_reset=False,
            fault=texts.fault_of_description,
        ),
        choice(
            "device_security_mode",
            "securityMode",
            "XDeviceSecurityMode",
            ("Non Secure", "Authenticated", "Encrypted"),
            nillable=True,
        ),
        choice("incoming_transport_type", "incomingTransport", "XTransport", TRANSPORTS, default="TCP+UDP"),
        choice("outgoing_transport_type", "outgoingTransport", "XTransport", TRANSPORTS, nillable=True),
        boolean("enable_digest_authentication", "digestAuthentication", default="false"),
        integer("nonce_validity_time", "noncePolicyTime", default="600", numbers=NOT_NEGATIVE),
        names("x509_subject_names", "x509SubjectName", "String4096"),
        integer("incoming_port", "incomingPort", default="5060", numbers=PORTS),
        boolean("enable_application_level_authorization", "applLevelAuthentication", default="false"),
        boolean("accept_presence_subscription", "acceptPresenceSubscription", default="false"),
        boolean("accept_out_of_dialog_refer", "acceptOutOfDialogRefer", default="false"),
        boolean("accept_unsolicited_notification", "acceptUnsolicitedNotification", default="false"),
        boolean("accept_replaces_header", "allowReplaceHeader", default="false"),
        boolean("transmit_security_status", "transmitSecurityStatus", default="false"),
        choice(
            "sip_v150_outbound_sdp_offer_filtering",
            "sipV150OutboundSdpOfferFiltering",
            "XV150SDPFilter",
            ("No Filtering", "Remove MER V.150", "Remove Pre-MER V.150", "Use Default Filter"),
            required=True,
            default="Use Default Filter",
            on_add="Use Default Filter",
        ),
        boolean("allow_charging_header", "allowChargingHeader", default="false", since="10.0"),
    ),
)
