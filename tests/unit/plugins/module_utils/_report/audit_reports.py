# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of the certificate audit, of real certificates: without a finding, with many, and with hostile texts."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cache
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import HostUnreachable
from ansible_collections.ucops.cucm.plugins.module_utils._flows.audit_document import document_without
from ansible_collections.ucops.cucm.tests.support.audited import (
    audited,
    document,
    issuing,
    pair,
    root,
    self_signed,
    signed,
    trunk,
)
from ansible_collections.ucops.cucm.tests.support.builders import NOW
from ansible_collections.ucops.cucm.tests.unit.plugins.module_utils._report.hostile import HOSTILE

#: Words of the format, which no node has a say in.
_WORDS = {
    *(
        "critical",
        "warning",
        "notice",
        "none",
        "identity",
        "trust",
        "ca",
        "trusted",
        "node",
        "peer",
        "names",
        "trunks",
    ),
    *("rsa", "ec", "sha256", "serverAuth", "clientAuth", "self_signed", "private_ca", "public_ca", "unknown"),
}
#: A time is written from what a certificate says, and is no text of it.
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@cache
def healthy() -> dict[str, Any]:
    return audited(pair())


@cache
def failing() -> dict[str, Any]:
    """Something of each severity, a node that is down, and a peer elsewhere."""
    soon = signed("cucma-pub", end=NOW + timedelta(days=5), extended=["serverAuth"])
    down = {"cluster": "CUCM10", "node": "cucm10-sub1", "host": "192.0.2.9", "hostname": "cucm10-sub1"}
    return audited(
        [
            document(
                identities={
                    "CallManager": soon,
                    "tomcat": signed("elsewhere", end=NOW + timedelta(days=50)),
                    "TVS": self_signed("cucma-pub", days=-3),
                    "authz": self_signed("cucma-pub"),
                },
                trust={
                    "CallManager": [root().certificate, issuing().certificate, self_signed("cucma-pub")],
                    "tomcat": ["-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
                },
                trunks=[trunk("CUCM10", "cucm10-pub"), trunk("CUBE", "cube")],
            ),
            document("CUCM10", "cucm10-pub", trust={"CallManager": [root().certificate]}),
            document_without(down, HostUnreachable("no route to the node", remedy="Look at the network")),
        ]
    )


def many(clusters: int) -> dict[str, Any]:
    """So many clusters of one node whose certificates expire soon."""
    own = {"CallManager": signed("any", end=NOW + timedelta(days=5))}
    return audited([document(f"C{number}", f"c{number}-pub", identities=own) for number in range(clusters)])


def with_texts(value: Any, change: Any) -> Any:
    """The report with every text changed that is no word of the format."""
    if isinstance(value, dict):
        return {key: with_texts(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [with_texts(item, change) for item in value]
    if not isinstance(value, str) or not value or value in _WORDS or _TIME.fullmatch(value):
        return value
    return change(value)


def hostile(end: str = HOSTILE) -> dict[str, Any]:
    """The failing one with this at the end of every text."""
    made: dict[str, Any] = with_texts(failing(), lambda text: text + end)
    return made
