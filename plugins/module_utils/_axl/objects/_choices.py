# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drop-down lists that several fields share: the schema's enumerations under the schema's names.

They are the same in all versions that the tables know.
"""

from __future__ import annotations

STATUS = ("Off", "On", "Default")
PRESENTATION = ("Default", "Allowed", "Restricted")
CALL_CLASSIFICATION = ("OnNet", "OffNet", "Use System Default")
NUMBERING_PLAN = ("Cisco CallManager", "ISDN", "National Standard", "Private", "Unknown")
NUMBER_TYPE = ("Cisco CallManager", "Unknown", "National", "International", "Subscriber")
PORTS = range(1, 65536)
