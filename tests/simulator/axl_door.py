# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AXL door of a node: account, roles and HTTP; the answer itself comes from `simulator.axl`."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from ansible_collections.ucops.cucm.tests.simulator import http
from ansible_collections.ucops.cucm.tests.simulator.http import Reply, Request
from ansible_collections.ucops.cucm.tests.simulator.topology import (
    AXL_READ_ONLY,
    AXL_READ_WRITE,
    ApplicationUser,
)
from lxml import etree

if TYPE_CHECKING:
    from ansible_collections.ucops.cucm.tests.simulator.world import Node

PATH = "/axl/"
REALM = "Cisco Web Services Realm"
COOKIE = "JSESSIONIDSSO"
SESSION_SECONDS = 30 * 60
_READ_PREFIXES = ("get", "list", "executeSQLQuery")
_ENVELOPE = "{http://schemas.xmlsoap.org/soap/envelope/}"


class AxlDoor:
    """AXL over HTTPS at one node."""

    name = "axl"

    def __init__(self, node: Node) -> None:
        self._node = node
        self._sessions: dict[str, tuple[ApplicationUser, float]] = {}

    def serves(self, path: str) -> bool:
        """`/axl/`; the path without the slash is somebody's mistake and not served."""
        return path == PATH

    def operation(self, request: Request) -> str:
        """The local name of the element in the SOAP body."""
        try:
            root = etree.fromstring(request.body, etree.XMLParser(resolve_entities=False, no_network=True))
        except etree.XMLSyntaxError:
            return "unknown"
        found = root.find(f"{_ENVELOPE}Body/*")
        return "unknown" if found is None else etree.QName(found).localname

    def answer(self, request: Request) -> Reply:
        """Check account, session and role, then let AXL answer."""
        user = http.account_of(request, self._node.cluster.topology.users)
        if user is None and "authorization" not in request.headers:
            session = _cookie(request)
            if session is not None:
                user = self._of_session(session)
                if user is None:
                    return http.not_found()
        if user is None:
            return http.unauthorized(REALM)
        if not self._may(user, self.operation(request)):
            return http.forbidden()
        if request.method != "POST":
            return http.html_page(405, "Only POST is allowed.")
        if not request.headers.get("content-type", "").lower().startswith("text/xml"):
            return http.html_page(415, "SOAP 1.1 needs Content-Type text/xml.")
        answer = self._node.axl.answer(request.headers.get("soapaction"), request.body)
        return Reply(answer.status, answer.body, answer.content_type, self._session_header(request, user))

    @staticmethod
    def _may(user: ApplicationUser, operation: str) -> bool:
        if AXL_READ_WRITE in user.roles:
            return True
        return AXL_READ_ONLY in user.roles and operation.startswith((*_READ_PREFIXES, "unknown"))

    def _of_session(self, session: str) -> ApplicationUser | None:
        """The user of a session that was used within the last 30 minutes."""
        user, last_used = self._sessions.get(session, (None, 0.0))
        now = self._node.clock.seconds()
        if user is None or now - last_used > SESSION_SECONDS:
            self._sessions.pop(session, None)
            return None
        self._sessions[session] = (user, now)
        return user

    def _session_header(self, request: Request, user: ApplicationUser) -> dict[str, str]:
        if _cookie(request) in self._sessions:
            return {}
        session = secrets.token_hex(16).upper()
        self._sessions[session] = (user, self._node.clock.seconds())
        return {"Set-Cookie": f"{COOKIE}={session}; Path=/; Secure; HttpOnly"}


def _cookie(request: Request) -> str | None:
    """The session cookie of the request."""
    for part in request.headers.get("cookie", "").split(";"):
        name, _equals, value = part.strip().partition("=")
        if name == COOKIE:
            return value
    return None
