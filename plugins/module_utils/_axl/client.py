# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The AXL client: zeep over our HTTP session, and the version that the server speaks."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import env_fallback
from ansible_collections.ucops.cucm.plugins.module_utils._axl import faults, wsdl
from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import (
    VERSIONS,
    ObjectTable,
    version_key,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.connection import (
    CONNECTION_ARGUMENTS,
    ConnectionOptions,
    HttpSession,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    InvalidOption,
    UnexpectedAnswer,
    UnsupportedByRelease,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.foreign import foreign_text

try:
    import requests
    import zeep
    import zeep.wsdl.bindings  # zeep itself imports it when the first client is made, again in every worker
    from lxml import etree
    from zeep.helpers import serialize_object
    from zeep.transports import Transport
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    Transport = object

if TYPE_CHECKING:
    from requests import Response

AXL_ARGUMENTS: dict[str, dict[str, Any]] = {
    **CONNECTION_ARGUMENTS,
    "axl_version": {"type": "str", "fallback": (env_fallback, ["CUCM_AXL_VERSION"])},
}

#: Import names of what a module needs that talks AXL.
LIBRARIES = ("requests", "lxml", "zeep")

#: With the trailing slash: without it the server redirects.
PATH = "/axl/"
ROLES = "the role 'Standard AXL API Access' (through an access control group)"

#: Versions found by this process, by host and port.
_found: dict[tuple[str, int], str] = {}

_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
    '<soapenv:Body><axl:getCCMVersion xmlns:axl="{namespace}"/></soapenv:Body></soapenv:Envelope>'
)


class _CheckedTransport(Transport):  # type: ignore[misc,unused-ignore]
    """What zeep sends goes through our session, and zeep gets only replies that are SOAP."""

    def __init__(self, client: AxlClient) -> None:
        super().__init__(session=requests.Session())
        self._client = client

    def post_xml(self, address: str, envelope: Any, headers: Mapping[str, str]) -> Response:
        """Send an envelope; `address` is ours already and therefore not needed."""
        body = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
        return self._client.post(body, headers)


@cache
def _document(text: str) -> Any:
    """The WSDL as zeep has it: most of what a client costs, and the same for every server."""
    # Not strict, and without regard to order: servers return elements that the schema does not
    # have and in an order that is not the schema's. Strict parsing fails on that, and one setting
    # without the other reads what follows as empty.
    settings = zeep.Settings(strict=False, xsd_ignore_sequence_order=True)
    # Without a transport, since it is whole: nothing is to be loaded from elsewhere.
    return zeep.wsdl.Document(io.BytesIO(text.encode()), None, settings=settings)


class AxlClient:
    """Calls AXL operations on one server in one version.

    Arguments and replies are plain data under the names of the schema. A reference in a reply is
    {"_value_1": name, "uuid": …}; what a reply leaves empty is None.

    A client that remembers asks nothing twice until it has written something.
    """

    def __init__(self, session: HttpSession, version: str | None = None, *, remembers: bool = False) -> None:
        self._session = session
        self.host = session.options.host
        self.version = checked_version(version, self.host) if version else find_version(session)
        self._services: dict[str, Any] = {}
        self._operation = ""
        self._repeatable = False
        self._remembers = remembers
        self._answers: dict[tuple[int, str, str], Any] = {}

    def call(self, table: ObjectTable, operation: str, *, repeatable: bool = False, **arguments: Any) -> Any:
        """Call an operation of an object and give what stands in the reply's element "return".

        Raises the errors of `faults` and of `_common.errors`.
        """
        if table.kind not in self._services:
            self._services[table.kind] = self._service(wsdl.object_wsdl(self.version, table))
        return self._send(self._services[table.kind], operation, repeatable, arguments)

    def exists(self, kind: str, name: str) -> bool:
        """Whether there is an object of this kind and name; `kind` is one of wsdl.LOOKUPS."""
        lookup = f"lookup of {kind}"
        if lookup not in self._services:
            self._services[lookup] = self._service(wsdl.lookup_wsdl(self.version, [kind]))
        service = self._services[lookup]
        try:
            self._send(service, f"get{kind}", True, {wsdl.LOOKUPS[kind]: name})
        except faults.AxlNotFound:
            return False
        return True

    def _service(self, text: str) -> Any:
        document = _document(text)
        client = zeep.Client(document, transport=_CheckedTransport(self), settings=document.settings)
        return client.create_service(wsdl.BINDING, self._session.url(PATH))

    def _send(self, service: Any, operation: str, repeatable: bool, arguments: Mapping[str, Any]) -> Any:
        # The same operation of another WSDL gives other elements of the reply.
        asked = (id(service), operation, repr(sorted(arguments.items())))
        if repeatable and asked in self._answers:
            return self._answers[asked]
        if not repeatable:
            self._answers.clear()
        self._operation, self._repeatable = operation, repeatable
        answer = serialize_object(service[operation](**arguments), dict)["return"]
        if repeatable and self._remembers:
            self._answers[asked] = answer
        return answer

    def post(self, body: bytes, headers: Mapping[str, str]) -> Response:
        """Send an envelope and check the reply; what zeep's transport calls."""
        response = self._session.request(
            "POST",
            PATH,
            operation=self._operation,
            repeatable=self._repeatable,
            busy=faults.memory_fault,
            data=body,
            headers=dict(headers),
        )
        faults.check(response, host=self.host, operation=self._operation, version=self.version)
        return response


def open_session(options: ConnectionOptions) -> HttpSession:
    """Open an HTTP session whose errors name the role that AXL wants."""
    return HttpSession(options, roles=ROLES)


def checked_version(text: str, host: str) -> str:
    """The AXL version that the option `axl_version` names; raises InvalidOption."""
    wanted = text.strip()
    if f"{wanted}.0" in VERSIONS:
        return f"{wanted}.0"
    if wanted not in VERSIONS:
        raise InvalidOption(
            f"'{text}' is not an AXL version that this collection knows",
            host=host,
            option="axl_version",
            remedy=f"Use one of {', '.join(VERSIONS)}, or leave it out to have it found",
        )
    return wanted


def find_version(session: HttpSession) -> str:
    """The AXL version to speak with the server: asked once, then remembered for the process."""
    place = (session.options.host, session.options.port)
    if place not in _found:
        _found[place] = version_for(session, ccm_version(session))
    return _found[place]


def forget_versions() -> None:
    """Forget what `find_version` found."""
    _found.clear()


def ccm_version(session: HttpSession) -> str:
    """The server's full version, such as 14.0.1.10000-20."""
    # A request in the namespace 1.0 without a SOAPAction is answered by every release.
    return _ccm_version(session, "1.0")


def version_for(session: HttpSession, release: str) -> str:
    """The AXL version to speak with a server of this version; asks again only when it is a newer one."""
    found = re.match(r"(\d{1,4})\.(\d{1,4})", release)
    if found is None:
        raise UnexpectedAnswer(
            f"the server says that its version is '{foreign_text(release, limit=80)}'",
            host=session.options.host,
            operation="getCCMVersion",
            remedy="Give the option axl_version",
        )
    release = foreign_text(release, limit=80)
    number = (int(found[1]), int(found[2]))
    if number < version_key(VERSIONS[0]):
        raise UnsupportedByRelease(
            f"the server is Unified CM {release}; the oldest release that this collection knows is"
            f" {VERSIONS[0]}",
            host=session.options.host,
            operation="getCCMVersion",
            remedy="Configure this cluster by hand, or upgrade it",
        )
    if number > version_key(VERSIONS[-1]):
        return _newest_accepted(session, release)
    return [version for version in VERSIONS if version_key(version) <= number][-1]


def _newest_accepted(session: HttpSession, release: str) -> str:
    """For a release newer than the tables: the newest version that both sides know."""
    try:
        _ccm_version(session, VERSIONS[-1], soap_action=True)
    except faults.VersionNotAccepted as error:
        common = [version for version in VERSIONS if _names(error.accepted, version)]
        if common:
            return common[-1]
        raise UnsupportedByRelease(
            f"the server is Unified CM {release} and accepts the AXL versions"
            f" {', '.join(error.accepted) or 'that it does not name'}; the newest that this collection"
            f" knows is {VERSIONS[-1]}",
            host=session.options.host,
            operation="getCCMVersion",
            remedy="Use a newer release of the collection",
        ) from error
    return VERSIONS[-1]


def _names(accepted: tuple[str, ...], version: str) -> bool:
    """Whether a list such as ('12.x', '14.0') names the version."""
    return version in accepted or f"{version.split('.', maxsplit=1)[0]}.x" in accepted


def _ccm_version(session: HttpSession, version: str, *, soap_action: bool = False) -> str:
    operation = "getCCMVersion"
    headers = {"Content-Type": "text/xml; charset=utf-8"}
    if soap_action:
        headers["SOAPAction"] = f'"{wsdl.soap_action(version, operation)}"'
    response = session.request(
        "POST",
        PATH,
        operation=operation,
        repeatable=True,
        busy=faults.memory_fault,
        data=_ENVELOPE.format(namespace=wsdl.namespace(version)).encode(),
        headers=headers,
    )
    root = faults.check(response, host=session.options.host, operation=operation, version=version)
    return (root.findtext(".//{*}componentVersion/{*}version") or "").strip()
