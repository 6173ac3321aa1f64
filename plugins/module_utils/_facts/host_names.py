# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host names as they compare."""

from __future__ import annotations


def without_root(name: str) -> str:
    """A host name without the dot at its end, which stands for the root of DNS and names the same host.

    A DNS name of a certificate has none (RFC 5280, 4.2.1.6, by RFC 1034, 3.5), yet some CAs keep one.
    """
    return name[:-1] if name.endswith(".") and len(name) > 1 else name
