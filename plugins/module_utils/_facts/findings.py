# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a finding is, of a certificate as well as of a SIP port."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: a stable code, the words, and what to do about it."""

    reason: str
    text: str
    remedy: str

    def as_dict(self) -> dict[str, str]:
        return {"reason": self.reason, "text": self.text, "remedy": self.remedy}
