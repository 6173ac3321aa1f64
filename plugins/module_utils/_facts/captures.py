# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a packet capture does not show something of a connection.

The reader of captures says so of one capture, the verdict of several captures together.
"""

from __future__ import annotations

from ansible_collections.ucops.cucm.plugins.module_utils._facts.reasons_of_links import CAPTURES


def lack(reason: str) -> dict[str, str]:
    """Why something could not be measured, as it stands in the result."""
    row = CAPTURES[reason]
    return {"reason": reason, "text": row.meaning, "remedy": row.remedy}
