# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module cucm_route_group."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._axl.object_module import object_module
from ansible_collections.ucops.cucm.plugins.module_utils._axl.route_group import RouteGroup

DEFINITION = object_module(RouteGroup)
