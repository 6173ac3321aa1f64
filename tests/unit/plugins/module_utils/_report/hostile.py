# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text that means harm, for every field of a report."""

from __future__ import annotations

from typing import Any

from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report.reports import with_every_text

HOSTILE = (
    '<script>alert(1)</script><img src=x onerror=alert(1)>\'"> x="y" </style></title></svg>&lt;&#0;]]>-->'
    "\u202egnp.exe\u200f\u2028\x1b[31m\x1b]0;title\x07\x00\r\n\ud800\ufffe" + "W" * 150 + "\u5e83" * 40
)


def hostile(report: dict[str, Any]) -> dict[str, Any]:
    """The report with this at the end of every text, so that texts that differed still do."""
    made: dict[str, Any] = with_every_text(report, lambda text: text + HOSTILE)
    return made
