# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SIP profiles: what their reconciler knows beyond the table."""

from __future__ import annotations

from typing import ClassVar

from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects import SIP_PROFILE
from ansible_collections.ucops.cucm.plugins.module_utils._axl.reconcile import RESET, Values
from ansible_collections.ucops.cucm.plugins.module_utils._axl.trunk_profile import TrunkProfile


class SipProfile(TrunkProfile):
    """Reconciles a SIP profile. Phones use SIP profiles too; they are not reset here."""

    table = SIP_PROFILE
    extra: ClassVar = {"copy_from": {"type": "str"}, "reset": RESET}
    trunk_option = "sip_profile"
    standard = "Standard SIP Profile"

    def base_of_new(self) -> Values:
        """Leave out an anonymity that is off: it is one branch of a choice, and says no more than none."""
        base = super().base_of_new()
        if not base.get("external_presentation_anonymous"):
            base.pop("external_presentation_anonymous", None)
        return base
