# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tables of the objects that the collection manages, and of those that it only reads."""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.call_manager_group import (
    CALL_MANAGER,
    CALL_MANAGER_GROUP,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.device_pool import DEVICE_POOL
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.route_group import ROUTE_GROUP
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.route_list import ROUTE_LIST
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.route_pattern import ROUTE_PATTERN
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.sip_profile import SIP_PROFILE
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.sip_trunk import SIP_TRUNK
from ansible_collections.ucops.cucm.plugins.module_utils._axl.objects.sip_trunk_security_profile import (
    SIP_TRUNK_SECURITY_PROFILE,
)

#: What modules make, change and remove.
ALL = (SIP_TRUNK_SECURITY_PROFILE, SIP_PROFILE, SIP_TRUNK, ROUTE_PATTERN, ROUTE_GROUP, ROUTE_LIST)
#: What is only read, with the fields that are needed for it.
READ = (DEVICE_POOL, CALL_MANAGER_GROUP, CALL_MANAGER)

__all__ = [
    "ALL",
    "CALL_MANAGER",
    "CALL_MANAGER_GROUP",
    "DEVICE_POOL",
    "READ",
    "ROUTE_GROUP",
    "ROUTE_LIST",
    "ROUTE_PATTERN",
    "SIP_PROFILE",
    "SIP_TRUNK",
    "SIP_TRUNK_SECURITY_PROFILE",
]
