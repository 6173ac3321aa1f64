# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Route groups, of which the table says everything."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects import ROUTE_GROUP
from ansible_collections.ucops.cucm.plugins.module_utils._axl.reconcile import Reconciler


class RouteGroup(Reconciler):
    """Reconciles a route group."""

    table = ROUTE_GROUP
