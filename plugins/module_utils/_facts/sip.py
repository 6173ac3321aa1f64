# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the statuses of answers to OPTIONS mean for a trunk.

Unified CM takes a destination for available with any answer but 408 and 503 (System Configuration
Guide, SIP OPTIONS). A peer that refuses the sender, and not the method, would refuse its calls too.
"""

from __future__ import annotations

from collections.abc import Mapping

#: Statuses with which a destination is taken for unavailable.
UNAVAILABLE = frozenset((408, 503))

_DIGEST = (
    "Clear Enable Digest Authentication in the SIP Trunk Security Profile on {there}, or give {here} its digest"
    " user"
)
#: Statuses that refuse the sender, with what to do; {here} sent OPTIONS, {there} answered.
REMEDIES_OF_REFUSAL: Mapping[int, str] = {
    401: _DIGEST,
    403: "Compare the certificate of {here} with X.509 Subject Name in the SIP Trunk Security Profile on {there}, and"
    " the destinations of the trunk there",
    407: _DIGEST,
}
