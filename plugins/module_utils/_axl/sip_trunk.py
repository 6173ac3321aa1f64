# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP trunks: what their reconciler knows beyond the table."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.ucops.cucm.plugins.module_utils._axl import faults, values
from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import AxlClient
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects import (
    SIP_TRUNK,
    SIP_TRUNK_SECURITY_PROFILE,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.sip_trunk import DESTINATIONS
from ansible_collections.ucops.cucm.plugins.module_utils._axl.reconcile import (
    RESET,
    TAKE_OVER,
    Belonging,
    Plan,
    Reconciler,
    Values,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Context
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption


class SipTrunk(Reconciler):
    """Reconciles a SIP trunk."""

    table = SIP_TRUNK
    extra: ClassVar = {"take_over": TAKE_OVER, "reset": RESET}
    belonging = Belonging(("security_profile",), "has")

    def __init__(self, client: AxlClient, params: Mapping[str, Any], context: Context) -> None:
        super().__init__(client, params, context)
        #: Device security modes by profile, as a write before this one leaves them, or would in check mode.
        self.foreseen_modes: dict[str, str] = {}

    def complete(self, given: Values, current: Values) -> Values:
        """Fill up the destinations: port 5060, but none for an SRV name, whose ports are in the DNS."""
        destinations: list[dict[str, Any]] | None = given.get("destinations")
        if destinations is None:
            return given
        is_srv = given.get("destination_is_srv", current.get("destination_is_srv", False))
        for place, item in enumerate(destinations, 1):
            if not (item.get("address") or item.get("address_ipv6")):
                raise InvalidOption(
                    f"entry {place} of destinations has neither address nor address_ipv6",
                    host=self.host,
                    option="destinations",
                    remedy="Give one of the two",
                )
        completed = values.complete_items(
            DESTINATIONS,
            destinations,
            current.get("destinations", []),
            open_options=("port",) if is_srv else (),
        )
        return {**given, "destinations": completed}

    def before_write(self, plan: Plan) -> None:
        """Refuse what the server would take and that would not work."""
        changed = set(plan.changed)
        if plan.outcome["destination_is_srv"] and {"destination_is_srv", "destinations"} & changed:
            self._refuse_destinations_that_are_no_srv(plan)
        if plan.outcome["srtp_allowed"] and {"srtp_allowed", "security_profile"} & changed:
            self._refuse_srtp_in_clear(plan)

    def _refuse_destinations_that_are_no_srv(self, plan: Plan) -> None:
        """An SRV trunk has one destination, and it is a name: the DNS has the rest."""
        destinations = plan.outcome["destinations"]
        addresses = [
            item[option]
            for item in destinations
            for option in ("address", "address_ipv6")
            if _is_ip_address(item[option])
        ]
        why = None
        if addresses:
            # The server takes the check mark back when it sees one.
            why = f"{' and '.join(addresses)} cannot be the name of an SRV record"
        elif len(destinations) > 1:
            why = f"the SIP trunk '{self.identity}' would have {len(destinations)} destinations"
        if why is not None:
            raise InvalidOption(
                f"with destination_is_srv the one destination is the name of an SRV record, and {why}",
                host=self.host,
                option="destinations",
                remedy="Give one name, or set destination_is_srv to false",
            )

    def _refuse_srtp_in_clear(self, plan: Plan) -> None:
        """Refuse SRTP on a trunk whose signalling is not encrypted: the keys would cross in clear."""
        profile = plan.outcome["security_profile"]
        mode = self._security_mode(profile)
        if mode is None or mode == "Encrypted":
            return
        error = InvalidOption(
            f"SRTP is allowed on the SIP trunk '{self.identity}', but its security profile '{profile}' has"
            f" the device security mode {mode}",
            host=self.host,
            option="srtp_allowed",
            remedy="Use a profile with the device security mode Encrypted, or leave SRTP off",
        )
        if not self.context.check_mode:
            raise error
        self.context.warn(f"{error.message} An earlier task may change the profile before.")

    def _security_mode(self, profile: str) -> str | None:
        """The profile's mode; None in check mode when an earlier task would have made the profile."""
        if profile in self.foreseen_modes:
            return self.foreseen_modes[profile]
        table = SIP_TRUNK_SECURITY_PROFILE
        try:
            reply = self.client.call(table, f"get{table.kind}", repeatable=True, name=profile)
        except faults.AxlNotFound as fault:
            if self.context.check_mode:
                return None
            raise faults.MissingReference(
                f"this cluster has no SIP trunk security profile '{profile}'",
                host=self.host,
                operation=fault.operation,
                option="security_profile",
                remedy="Make it first, or correct the name",
            ) from fault
        return str(values.read_object(table, self.version, reply[table.element])["device_security_mode"])


def _is_ip_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
