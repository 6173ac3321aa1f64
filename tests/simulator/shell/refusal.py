# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command raises when it is not carried out."""

from __future__ import annotations


class Refused(Exception):
    """The node does not carry the command out; the message is what it prints."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
