# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be known of a cluster before anything is done to it: release, AXL version, security mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from ansible_collections.ucops.cucm.plugins.module_utils._axl import faults, wsdl
from ansible_collections.ucops.cucm.plugins.module_utils._axl.client import (
    PATH,
    ccm_version,
    checked_version,
    version_for,
)

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import HttpSession

#: The enterprise parameter "Cluster Security Mode" is 1 in mixed mode.
_SECURITY_MODE = "select paramvalue from processconfig where paramname = 'ClusterSecurityMode'"
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<axl:executeSQLQuery xmlns:axl="{namespace}"><sql>{sql}</sql></axl:executeSQLQuery>'
    "</soapenv:Body></soapenv:Envelope>"
)


@dataclass(frozen=True)
class Cluster:
    """`version` is the full one (14.0.1.10000-20), `release` its first two numbers (14.0).

    `mixed_mode` is None when the server refuses the query or does not say.
    """

    version: str
    release: str
    axl_version: str
    mixed_mode: bool | None


def read_cluster(session: HttpSession, axl_version: str | None) -> Cluster:
    """Read it, in two requests; raises the errors of `faults` and of `_common.errors`.

    A third one is needed for a release that is newer than the tables.
    """
    given = checked_version(axl_version, session.options.host) if axl_version else None
    version = ccm_version(session)
    spoken = given or version_for(session, version)
    return Cluster(
        version=version,
        release=".".join(version.split(".")[:2]),
        axl_version=spoken,
        mixed_mode=_mixed_mode(session, spoken),
    )


def _mixed_mode(session: HttpSession, version: str) -> bool | None:
    operation = "executeSQLQuery"
    response = session.request(
        "POST",
        PATH,
        operation=operation,
        repeatable=True,
        busy=faults.memory_fault,
        data=_ENVELOPE.format(namespace=wsdl.namespace(version), sql=escape(_SECURITY_MODE)).encode(),
        headers={
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{wsdl.soap_action(version, operation)}"',
        },
    )
    try:
        root = faults.check(response, host=session.options.host, operation=operation, version=version)
    except faults.AxlFault:
        return None
    value = (root.findtext(".//{*}row/{*}paramvalue") or "").strip()
    return {"0": False, "1": True}.get(value)
