# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers AXL requests against a cluster's database.

`AxlService.answer` takes what came in a POST to /axl/ and returns what goes back. It is synchronous
and commits at once. Authentication, latency and injected faults are the HTTP server's business.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.ucops.cucm.tests.simulator.axl import faults, messages, queries, rules, versions
from ansible_collections.ucops.cucm.tests.simulator.axl.database import (
    KEYS,
    NAME,
    Database,
    Record,
    referred_kind,
)
from ansible_collections.ucops.cucm.tests.simulator.axl.schemas import AxlSchema, CiscoSchemas, SchemaSet
from ansible_collections.ucops.cucm.tests.simulator.journal import Mutation
from lxml import etree

#: The kinds that are served, each with its verbs. Those with get alone are what trunks and route
#: patterns refer to, so that a client can find out which name is wrong.
SERVED: Mapping[str, tuple[str, ...]] = {
    "AarGroup": ("get",),
    "CallManager": ("get", "list"),
    "CallManagerGroup": ("get", "list"),
    "CommonDeviceConfig": ("get",),
    "Css": ("add", "get", "update", "list", "remove"),
    "DevicePool": ("add", "get", "update", "list", "remove"),
    "DialPlan": ("get",),
    "ExternalCallControlProfile": ("get",),
    "GeoLocation": ("get",),
    "GeoLocationFilter": ("get",),
    "ImeE164Transformation": ("get",),
    "Line": ("add", "get", "update", "list", "remove"),
    "Location": ("add", "get", "update", "list", "remove"),
    "MediaResourceList": ("get",),
    "PresenceGroup": ("add", "get", "update", "list", "remove"),
    "ProcessNode": ("get", "list"),
    "Region": ("get", "list"),
    "ResourcePriorityNamespace": ("get",),
    "ResourcePriorityNamespaceList": ("get",),
    "RouteFilter": ("get",),
    "RouteGroup": ("add", "get", "update", "list", "remove"),
    "RouteList": ("add", "get", "update", "list", "remove", "reset", "apply"),
    "RoutePartition": ("add", "get", "update", "list", "remove"),
    "RoutePattern": ("add", "get", "update", "list", "remove"),
    "SIPNormalizationScript": ("get",),
    "SdpTransparencyProfile": ("get",),
    "SipProfile": ("add", "get", "update", "list", "remove", "restart", "apply"),
    "SipTrunk": ("add", "get", "update", "list", "remove", "reset", "restart"),
    "SipTrunkSecurityProfile": ("add", "get", "update", "list", "remove", "reset", "apply"),
}
OPERATIONS = (
    *(verb + kind for kind, verbs in SERVED.items() for verb in verbs),
    "doDeviceReset",
    "executeSQLQuery",
    "getCCMVersion",
)

#: What AXL before 10.0 does not have: the schemas say so, and this is for a simulator without them.
CAME_WITH_10_0 = frozenset(
    operation
    for operation in OPERATIONS
    if operation.startswith(("reset", "restart", "apply")) or operation == "getSdpTransparencyProfile"
)

#: What the server itself puts into an object, whatever a client sends.
OWN_VALUES: dict[str, dict[str, str]] = {
    "SipTrunk": {"model": "SIP Trunk"},
    "RoutePattern": {"usage": "Route"},
}

#: What stands in an object when a client left it out and the schema has no default for it.
USUAL_VALUES: dict[str, dict[str, str]] = {
    "SipTrunk": {"unknownPrefix": "Default", "calledPartyUnknownPrefix": "Default"},
    "SipTrunkSecurityProfile": {"securityMode": "Non Secure", "outgoingTransport": "TCP"},
}

#: Defaults of the schemas, for a simulator that has none. The XSD of every version has them.
WITHOUT_SCHEMA: dict[str, dict[str, str]] = {
    "SipTrunkSecurityProfile": {
        "incomingTransport": "TCP+UDP",
        "digestAuthentication": "false",
        "noncePolicyTime": "600",
        "incomingPort": "5060",
        "applLevelAuthentication": "false",
        "acceptPresenceSubscription": "false",
        "acceptOutOfDialogRefer": "false",
        "acceptUnsolicitedNotification": "false",
        "allowReplaceHeader": "false",
        "transmitSecurityStatus": "false",
        "sipV150OutboundSdpOfferFiltering": "Use Default Filter",
    },
    "SipTrunk": {
        "networkLocation": "Use System Default",
        "packetCaptureMode": "None",
        "packetCaptureDuration": "0",
        "mlppIndicationStatus": "Off",
        "preemption": "Default",
        "useTrustedRelayPoint": "Default",
        "retryVideoCallAsAudio": "true",
        "srtpAllowed": "false",
        "destAddrIsSrv": "false",
    },
    "RoutePattern": {"blockEnable": "false", "patternPrecedence": "Default", "routeClass": "Default"},
}

_SOAP_ACTION = re.compile(r'"?CUCM:DB ver=(?P<version>[0-9.]+)(?:\s+(?P<operation>\w+))?"?')


@dataclass(frozen=True)
class AxlReply:
    """What goes back over HTTP."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True)
class _Request:
    """One request that was understood: its operation, the element, and the schema of its version."""

    operation: str
    version: str
    element: etree._Element
    schema: AxlSchema

    def text(self, name: str) -> str | None:
        """The text of a child; None when it is not there or empty."""
        return self.element.findtext(name) or None

    def part(self, name: str) -> etree._Element:
        """A child that must be there, which is sure only where a schema was checked."""
        child = self.element.find(name)
        if child is None:
            raise faults.schema_violation(f"{self.operation} without {name}")
        return child


class AxlService:
    """The AXL server of one cluster.

    `record` is told of each mutation, `on_reset` of each object that a client had reset. A schema
    set that knows nothing makes a lenient server.
    """

    def __init__(
        self,
        database: Database,
        release: str,
        *,
        record: Callable[[Mutation], None],
        on_reset: Callable[[str, str], None],
        schemas: SchemaSet | None = None,
    ) -> None:
        self.database = database
        self._release = versions.release(release)
        self._record = record
        self._on_reset = on_reset
        self._schemas = schemas or CiscoSchemas()
        self._native = self._schemas.schema(self._release.native)
        self._renderer = messages.Renderer(self._uuid_of)

    @property
    def checks(self) -> str:
        """For people: what requests are checked against."""
        return self._native.description

    def answer(self, soap_action: str | None, body: bytes) -> AxlReply:
        """Answer one request."""
        operation = ""
        try:
            element = messages.operation_element(body)
            operation = etree.QName(element).localname
            versions_named = _versions_named(element, soap_action)
            accepted = ("1.0", *self._release.versions)
            if any(version not in accepted for version in versions_named):
                return AxlReply(599, "text/html;charset=utf-8", versions.refusal_page(self._release))
            if len(set(versions_named)) > 1:
                raise faults.schema_violation(
                    f"The namespace is of AXL {versions_named[0]}, the SOAPAction of {versions_named[1]}"
                )
            request = self._request(operation, versions_named[0], element)
            return _xml(200, self._dispatch(request))
        except messages.BrokenRequest as error:
            return _xml(500, messages.fault_envelope(faults.schema_violation(str(error)), operation))
        except faults.AxlFault as fault:
            return _xml(500, messages.fault_envelope(fault, operation))

    def _request(self, operation: str, version: str, element: etree._Element) -> _Request:
        meant = self._release.versions[0] if version == "1.0" else version
        schema = self._schemas.schema(meant)
        too_old = float(meant) < 10 and operation in CAME_WITH_10_0
        if too_old or not schema.has_operation(operation):
            raise faults.schema_violation(f"AXL {version} has no operation {operation}")
        if operation not in OPERATIONS:
            raise faults.schema_violation(f"The simulator does not serve the operation {operation}")
        errors = schema.errors(OPERATIONS, messages.lenient_copy(element))
        if errors:
            raise faults.schema_violation(errors[0])
        self._name_references(element)
        return _Request(operation, version, element, schema)

    def _dispatch(self, request: _Request) -> bytes:
        reply = messages.Reply(request.operation, request.version, sequence=request.element.get("sequence"))
        if request.operation == "getCCMVersion":
            self._get_ccm_version(request, reply.returned)
        elif request.operation == "doDeviceReset":
            self._do_device_reset(request, reply.returned)
        elif request.operation == "executeSQLQuery":
            self._execute_sql_query(request, reply.returned)
        else:
            verb, kind = _verb_and_kind(request.operation)
            handlers: dict[str, Callable[[_Request, str, etree._Element], None]] = {
                "add": self._add,
                "get": self._get,
                "update": self._update,
                "list": self._list,
                "remove": self._remove,
            }
            handlers.get(verb, self._reset)(request, kind, reply.returned)
        return reply.as_bytes()

    def _get_ccm_version(self, request: _Request, returned: etree._Element) -> None:
        node = request.text("processNodeName")
        if node is not None and self.database.find("ProcessNode", name=node) is None:
            raise faults.item_not_valid(node)
        component = etree.SubElement(returned, "componentVersion")
        etree.SubElement(component, "version").text = self._release.ccm_version

    def _execute_sql_query(self, request: _Request, returned: etree._Element) -> None:
        for values in queries.rows(self.database, request.text("sql") or ""):
            row = etree.SubElement(returned, "row")
            for column, value in values.items():
                etree.SubElement(row, column).text = value

    def _do_device_reset(self, request: _Request, returned: etree._Element) -> None:
        name = request.text("deviceName")
        device = self.database.find("SipTrunk", name=name) or self.database.find("RouteList", name=name)
        if device is None:
            raise faults.item_not_valid(name or "Device")
        sent = messages.values_of(request.element)
        messages.cleaned(sent, request.schema.fields("DoDeviceResetReq"))
        self._commit(request, device, sent)
        self._on_reset(device.kind, device.name)
        returned.text = "true"

    def _add(self, request: _Request, kind: str, returned: etree._Element) -> None:
        fields = request.schema.fields(f"X{kind}")
        sent = messages.values_of(request.part(kind[0].lower() + kind[1:]))
        values = self._defaults(kind) | messages.cleaned(sent, fields) | OWN_VALUES.get(kind, {})
        self._apply_rules(kind, None, values)
        record = self.database.add(kind, values)
        self._commit(request, record, sent)
        returned.text = record.uuid

    def _get(self, request: _Request, kind: str, returned: etree._Element) -> None:
        record = self._target(request, kind)
        if record is None:
            raise faults.item_not_valid(kind)
        self._write(request, returned, record, prefix="R")

    def _update(self, request: _Request, kind: str, returned: etree._Element) -> None:
        record = self._target(request, kind)
        if record is None:
            raise faults.not_found(kind)
        keys = ("uuid", *KEYS.get(kind, NAME))
        sent = {
            name: value for name, value in messages.values_of(request.element).items() if name not in keys
        }
        changes = messages.cleaned(sent, request.schema.fields(f"Update{kind}Req"))
        values = _changed(record.values, changes)
        self._apply_rules(kind, record, values)
        self.database.update(record, values)
        self._commit(request, record, sent)
        returned.text = record.uuid

    def _list(self, request: _Request, kind: str, returned: etree._Element) -> None:
        criteria = {child.tag: child.text or "" for child in request.part("searchCriteria")}
        if not criteria:
            raise faults.schema_violation("At least one element under searchCriteria has to be mentioned")
        found = [
            record
            for record in self.database.all(kind)
            if all(_like(record.values.get(name), pattern) for name, pattern in criteria.items())
        ]
        first = request.text("first")
        if first is not None:
            start = int(request.text("skip") or 0)
            found = found[start : start + int(first)]
        for record in found:
            self._write(request, returned, record, prefix="L")

    def _remove(self, request: _Request, kind: str, returned: etree._Element) -> None:
        record = self._target(request, kind)
        if record is None:
            raise faults.item_not_valid(kind)
        self.database.remove(record)
        self._commit(request, record, {})
        returned.text = record.uuid

    def _reset(self, request: _Request, kind: str, returned: etree._Element) -> None:
        """Reset, restart or apply: the same for the simulated cluster."""
        record = self._target(request, kind)
        if record is None:
            raise faults.item_not_valid(kind)
        self._commit(request, record, {})
        self._on_reset(kind, record.name)
        returned.text = record.uuid

    def _target(self, request: _Request, kind: str) -> Record | None:
        uuid = request.text("uuid")
        if uuid is not None:
            return self.database.by_uuid(kind, uuid)
        return self.database.find(kind, **{name: request.text(name) for name in KEYS.get(kind, NAME)})

    def _write(self, request: _Request, returned: etree._Element, record: Record, *, prefix: str) -> None:
        type_name = prefix + record.kind
        fields = request.schema.fields(type_name)
        wanted = messages.wanted_of(request.element.find("returnedTags"))
        if prefix == "L" and wanted is None:
            wanted = {}
        unknown = set(wanted or ()) - {field.name for field in fields}
        if fields and unknown:
            raise faults.schema_violation(f"{type_name} of AXL {request.version} has no {min(unknown)}")
        if record.kind == "ProcessNode":
            # A real server sends the elements of process nodes out of their schema's order.
            fields = tuple(reversed(fields))
        self._renderer.record(
            returned,
            record.kind[0].lower() + record.kind[1:],
            record,
            self._defaults(record.kind) | record.values,
            fields,
            attributes=request.schema.attributes(type_name),
            wanted=wanted,
        )

    def _defaults(self, kind: str) -> dict[str, Any]:
        """What a new object has where nothing was sent, in the release's own AXL version."""
        defaults: dict[str, Any] = dict(USUAL_VALUES.get(kind, {}))
        if not self._native.knows_structure:
            defaults |= WITHOUT_SCHEMA.get(kind, {})
        for field in self._native.fields(f"X{kind}"):
            if field.kind == "boolean":
                defaults[field.name] = field.default or "false"
            elif field.default is not None:
                defaults[field.name] = field.default
            elif field.name in messages.MEMBERS:
                defaults[field.name] = []
        return defaults

    def _apply_rules(self, kind: str, before: Record | None, values: dict[str, Any]) -> None:
        main_key = KEYS.get(kind, NAME)[0]
        if not values.get(main_key):
            raise faults.null_refused(main_key)
        self.database.check(kind, values, before)
        if kind in rules.RULES:
            rules.RULES[kind](self.database, before, values)

    def _commit(self, request: _Request, record: Record, sent: Mapping[str, Any]) -> None:
        details = {"kind": record.kind, "uuid": record.uuid, "elements": dict(sent)}
        self._record(Mutation("axl", request.operation, record.name, details))

    def _uuid_of(self, element: str, name: str) -> str | None:
        kind = referred_kind(element)
        record = self.database.named(kind, name) if kind else None
        return record.uuid if record else None

    def _name_references(self, element: etree._Element) -> None:
        """Put the name into each reference that came as a UUID."""
        for reference in element.iter(etree.Element):
            kind, uuid = referred_kind(reference.tag), reference.get("uuid")
            if kind and uuid:
                record = self.database.by_uuid(kind, uuid)
                if record is None:
                    raise faults.item_not_valid(uuid)
                reference.text = record.name


def _versions_named(element: etree._Element, soap_action: str | None) -> list[str]:
    """The versions that the namespace and the SOAPAction name; the namespace's comes first."""
    namespace = etree.QName(element).namespace or ""
    named = [namespace.removeprefix(versions.NAMESPACE)]
    action = _SOAP_ACTION.fullmatch((soap_action or "").strip())
    if action is not None:
        named.append(action["version"])
    return named


def _verb_and_kind(operation: str) -> tuple[str, str]:
    for kind, verbs in SERVED.items():
        for verb in verbs:
            if operation == verb + kind:
                return verb, kind
    raise AssertionError(operation)


def _changed(present: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The values after an update: newX sets x, addX and removeX edit the list X."""
    values = dict(present)
    edits = ("addDestinations", "removeDestinations", "addMembers", "removeMembers")
    for name, value in changes.items():
        if name.startswith("new"):
            values[name[3].lower() + name[4:]] = value
        elif name not in edits:
            values[name] = value
    for plural in ("Destinations", "Members"):
        if "add" + plural in changes or "remove" + plural in changes:
            listed = plural.lower()
            values[listed] = rules.with_members(
                values.get(listed) or [],
                changes.get("add" + plural) or [],
                changes.get("remove" + plural) or [],
            )
    return values


def _like(value: Any, pattern: str) -> bool:
    """Whether a value matches a search field: % stands for anything, an empty field for nothing."""
    if not pattern:
        return False
    expression = ".*".join(re.escape(part) for part in pattern.split("%"))
    return re.fullmatch(expression, value or "", re.DOTALL) is not None


def _xml(status: int, body: bytes) -> AxlReply:
    return AxlReply(status, "text/xml;charset=utf-8", body)
