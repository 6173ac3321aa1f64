# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the objects that the collection manages."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.route_group import ROUTE_GROUP
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.route_list import ROUTE_LIST
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.route_pattern import ROUTE_PATTERN
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.sip_trunk import SIP_TRUNK
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.sip_trunk_security_profile import (
    SIP_TRUNK_SECURITY_PROFILE,
)

ALL = (SIP_TRUNK_SECURITY_PROFILE, SIP_TRUNK, ROUTE_PATTERN, ROUTE_GROUP, ROUTE_LIST)

__all__ = [
    "ALL",
    "ROUTE_GROUP",
    "ROUTE_LIST",
    "ROUTE_PATTERN",
    "SIP_TRUNK",
    "SIP_TRUNK_SECURITY_PROFILE",
]
