# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cucm_sip_trunk_security_profile."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._axl import faults
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects import SIP_TRUNK_SECURITY_PROFILE
from ansible_collections.ucops.cucm.plugins.module_utils._axl.reconcile import Plan, Reconciler, Values
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption
from ansible_collections.ucops.cucm.plugins.module_utils._modules._axl_object import RESET, object_module

#: Minutes; the schema's default.
DEFAULT_NONCE_VALIDITY = 600


class SipTrunkSecurityProfile(Reconciler):
    """Reconciles a SIP trunk security profile."""

    table = SIP_TRUNK_SECURITY_PROFILE
    # No trunk uses it yet. Later a reset of the profile resets the trunks that do.
    new_needs_reset = False

    def base_of_new(self) -> Values:
        """Take the values of the profile to copy from."""
        name = self.params["copy_from"]
        if not name:
            return {}
        try:
            copied = self.get(name=name).values
        except faults.AxlNotFound as fault:
            missing = faults.MissingReference(
                f"this cluster has no SIP trunk security profile '{name}'",
                host=self.host,
                operation=fault.operation,
                option="copy_from",
                remedy="Name an existing profile, such as Non Secure SIP Trunk Profile",
            )
            if not self.context.check_mode:
                raise missing from fault
            self.context.warn(f"{missing.message} It may be one that an earlier task makes.")
            return {}
        return {option: value for option, value in copied.items() if value not in ("", [], None)}

    def before_write(self, plan: Plan) -> None:
        """Refuse what the server would not keep, and what would not work."""
        self._refuse_idle_nonce(plan)
        if {"x509_subject_names", "incoming_port"} & set(plan.changed):
            self._refuse_shared_subject_names(plan)

    def _refuse_idle_nonce(self, plan: Plan) -> None:
        """The server keeps the nonce's validity as it is unless digest authentication is enabled."""
        minutes = plan.outcome["nonce_validity_time"]
        if "nonce_validity_time" not in plan.changed or plan.outcome["enable_digest_authentication"]:
            return
        if minutes != DEFAULT_NONCE_VALIDITY:
            raise InvalidOption(
                f"a nonce validity of {minutes} minutes can only be set with digest authentication enabled",
                host=self.host,
                option="nonce_validity_time",
                remedy="Set enable_digest_authentication, or leave nonce_validity_time out",
            )

    def _refuse_shared_subject_names(self, plan: Plan) -> None:
        """Refuse a subject name that another profile has on the same port.

        The same subject name and incoming port cannot belong to two SIP trunks: an incoming call
        would be attributed to one of them by chance.
        """
        subjects = {name.casefold() for name in plan.outcome["x509_subject_names"]}
        port = plan.outcome["incoming_port"]
        if not subjects:
            return
        for other in self.matching("%"):
            shared = sorted(
                name for name in other.values["x509_subject_names"] if name.casefold() in subjects
            )
            if shared and other.values["incoming_port"] == port and other.values["name"] != self.identity:
                raise InvalidOption(
                    f"the SIP trunk security profile '{other.values['name']}' has the X.509 subject name"
                    f" {', '.join(shared)} with the incoming port {port} already",
                    host=self.host,
                    option="x509_subject_names",
                    remedy="Use that profile, another incoming_port, or take the name out of that profile",
                )


DEFINITION = object_module(SipTrunkSecurityProfile, extra={"copy_from": {"type": "str"}, "reset": RESET})
