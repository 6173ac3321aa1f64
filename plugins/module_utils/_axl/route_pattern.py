# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route patterns: what their reconciler knows beyond the table."""

from __future__ import annotations

from typing import ClassVar

from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects import ROUTE_PATTERN
from ansible_collections.ucops.cucm.plugins.module_utils._axl.reconcile import (
    TAKE_OVER,
    Belonging,
    Found,
    Reconciler,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.definition import Result
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption


class RoutePattern(Reconciler):
    """Reconciles a route pattern, which four options together tell from others."""

    table = ROUTE_PATTERN
    extra: ClassVar = {"take_over": TAKE_OVER}
    exclusive = (("trunk", "route_list"),)
    belonging = Belonging(("trunk", "route_list"), "leads to")

    def run(self) -> Result:
        """Refuse a wildcard for numbers of a dial plan where there is none."""
        if self.params["state"] == "present" and "@" in self.identity and not self.params["dial_plan"]:
            raise InvalidOption(
                f"pattern '{self.identity}' has @, which stands for the numbers of a dial plan, and no dial plan"
                " is given",
                host=self.host,
                option="dial_plan",
                remedy="Give dial_plan, for example NANP, or write the pattern without @",
            )
        return super().run()

    def find(self) -> Found | None:
        """Search for the pattern; what is not given of the identity means none.

        A backslash may have a meaning of its own in a search, '%' stands for anything: what comes
        back is compared exactly.
        """
        identity = {name: self.params[name] or "" for name in self.table.identity}
        return self.search(identity["pattern"].replace("\\", "%"), identity)
