# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the profiles have in common that SIP trunks refer to: a copy to start from, and trunks to reset."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._axl import faults, reconcile
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects import SIP_TRUNK
from ansible_collections.ucops.cucm.plugins.module_utils._axl.reconcile import Reconciler, Values


class TrunkProfile(Reconciler):
    """Reconciles a profile of which `copy_from` names another one to start from."""

    # No trunk uses it yet. Later a reset of the profile resets the trunks that do.
    new_needs_reset = False
    reset_devices = "reset_trunks"
    #: The option of a trunk that names the profile.
    trunk_option: str
    #: A profile that every cluster has, for messages.
    standard: str
    #: The options that a new profile has from the one in copy_from.
    copied: frozenset[str] = frozenset()
    #: In check mode: the profile to copy from does not exist yet, so its content is not known.
    copies_the_unknown = False

    def base_of_new(self) -> Values:
        """Take the values of the profile to copy from."""
        name = self.params["copy_from"]
        if not name:
            return {}
        try:
            copied = self.get(name=name).values
        except faults.AxlNotFound as fault:
            missing = faults.MissingReference(
                f"this cluster has no {self.table.noun} '{name}'",
                host=self.host,
                operation=fault.operation,
                option="copy_from",
                remedy=f"Name an existing profile, such as {self.standard}",
            )
            if not self.context.check_mode:
                raise missing from fault
            self.context.warn(f"{missing.message} It may be one that an earlier task makes.")
            self.copies_the_unknown = True
            return {}
        base = {option: value for option, value in copied.items() if value not in ("", [], None)}
        self.copied = frozenset(option for option in base if self.params[option] is None)
        return base

    def devices(self, name: str) -> tuple[str, ...]:
        """The trunks that use the profile.

        A search cannot ask for them: its criteria have no profile. So all trunks are listed, with
        the profile of each.
        """
        return tuple(
            str(trunk.values["name"])
            for trunk in reconcile.matching(self.client, SIP_TRUNK, "%")
            if self._profile_of(trunk) == name
        )

    def _profile_of(self, trunk: reconcile.Found) -> object:
        """A trunk has a profile always: where the list has none, the trunk itself is read."""
        listed = trunk.values[self.trunk_option]
        return listed or reconcile.get(self.client, SIP_TRUNK, uuid=trunk.uuid).values[self.trunk_option]
