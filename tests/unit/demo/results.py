# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Results of a demo run: the recap of a host that changed nothing, certificates and calls."""

from __future__ import annotations

from typing import Any

QUIET = {"ok": 20, "changed": 0, "unreachable": 0, "failed": 0, "skipped": 8, "rescued": 0, "ignored": 0}


def certificate(fingerprint: str) -> dict[str, str]:
    return {
        "subject": f"CN={fingerprint}",
        "serial_number": "1",
        "issuer": "CN=CA",
        "fingerprint": fingerprint,
    }


def call(calling: str, client: str, server: str, **changes: Any) -> dict[str, Any]:
    return {
        "connected": True,
        "cluster": "A",
        "from": calling,
        "to": "9898",
        "pattern": "9898",
        "trunk": "B",
        "destination": "192.0.2.1:5061",
        "server_node": "b-pub",
        "tls_version": "TLSv1.2",
        "cipher": "ECDHE-RSA-AES256-GCM-SHA384",
        "srtp": True,
        "client_certificate": certificate(client),
        "server_certificate": certificate(server),
        "reason": None,
        **changes,
    }
