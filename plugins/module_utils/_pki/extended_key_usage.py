# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates in use that have no extended key usage: allowed, and worth a note.

A new certificate must have the extension (`judgement`). One that is shown or installed and has
none is not restricted by it (RFC 5280, 4.2.1.12), and its peers verify it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.plugins.module_utils._pki.x509 import find_extension

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

NO_EXTENDED_KEY_USAGE = "has no extended key usage, which allows every use (RFC 5280, 4.2.1.12)"
_EXTENDED_KEY_USAGE = "2.5.29.37"


def is_without_extended_key_usage(certificate: Certificate) -> bool:
    """Whether a certificate lacks the extension, and not only some of its usages."""
    return find_extension(certificate, _EXTENDED_KEY_USAGE) is None
