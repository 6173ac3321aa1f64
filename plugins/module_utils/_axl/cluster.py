# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is to be known of a cluster before anything is done to it: release, AXL version, security mode."""

from __future__ import annotations

import re
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
from ansible_collections.ucops.cucm.plugins.module_utils._facts.sip_tls import newest_version

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import HttpSession

#: The enterprise parameter "Cluster Security Mode" is 1 in mixed mode.
_SECURITY_MODE = "ClusterSecurityMode"
_QUERY = "select paramname, paramvalue from processconfig where paramname = 'ClusterSecurityMode'"
_WITH_TLS = _QUERY + " or paramname like '%TLS%'"
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<axl:executeSQLQuery xmlns:axl="{namespace}"><sql>{sql}</sql></axl:executeSQLQuery>'
    "</soapenv:Body></soapenv:Envelope>"
)


Rows = list[dict[str, str]]


@dataclass(frozen=True)
class Cluster:
    """`version` is the full one (14.0.1.10000-20), `release` its first two numbers (14.0).

    `mixed_mode` is None when the server refuses the query or does not say. `certificate_preference` is the
    enterprise parameter TLS 1.3 Certificate Preference Order as the database has it: `rsa`, `ec`, `ciphers` for its
    default (the order of the ciphers of TLS 1.2), None where it was not found or its value is none of these.
    """

    version: str
    release: str
    axl_version: str
    mixed_mode: bool | None
    certificate_preference: str | None


def read_cluster(session: HttpSession, axl_version: str | None) -> Cluster:
    """Read it, in two requests; raises the errors of `faults` and of `_common.errors`.

    A third one is needed for a release that is newer than the tables.
    """
    given = checked_version(axl_version, session.options.host) if axl_version else None
    version = ccm_version(session)
    spoken = given or version_for(session, version)
    has_preference = newest_version(version) == "1.3"
    rows = _rows(session, spoken, _WITH_TLS if has_preference else _QUERY)
    return Cluster(
        version=version,
        release=".".join(version.split(".")[:2]),
        axl_version=spoken,
        mixed_mode=_mixed_mode(rows),
        certificate_preference=_preference(rows) if has_preference else None,
    )


def _mixed_mode(rows: Rows) -> bool | None:
    values = (row.get("paramvalue", "") for row in rows if row.get("paramname") == _SECURITY_MODE)
    return {"0": False, "1": True}.get(next(values, ""))


def _preference(rows: Rows) -> str | None:
    """No published document has the parameter's name in the database: it is known by its words."""
    found = [
        row.get("paramvalue", "").lower()
        for row in rows
        if all(
            word in re.sub(r"[^a-z0-9]", "", row.get("paramname", "").lower())
            for word in ("13", "cert", "pref")
        )
    ]
    if len(found) != 1:
        return None
    orders = {"ecdsa": "ec", "ec": "ec", "rsa": "rsa", "tls 1.2 ciphers": "ciphers"}
    return next((order for words, order in orders.items() if re.match(rf"{words}\b", found[0])), None)


def _rows(session: HttpSession, version: str, query: str) -> Rows:
    """What a query finds, a dictionary for each row; nothing where the server refuses it."""
    operation = "executeSQLQuery"
    response = session.request(
        "POST",
        PATH,
        operation=operation,
        repeatable=True,
        busy=faults.memory_fault,
        data=_ENVELOPE.format(namespace=wsdl.namespace(version), sql=escape(query)).encode(),
        headers={
            "Content-Type": "text/xml; charset=utf-8",
            "SOAPAction": f'"{wsdl.soap_action(version, operation)}"',
        },
    )
    try:
        root = faults.check(response, host=session.options.host, operation=operation, version=version)
    except faults.AxlFault:
        return []
    return [
        {str(cell.tag).rpartition("}")[2]: (cell.text or "").strip() for cell in row}
        for row in root.iterfind(".//{*}row")
    ]
