# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SOAP envelopes: from a request to its operation element and values, from records to a reply."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.ucops.cucm.tests.simulator.axl import faults, versions
from ansible_collections.ucops.cucm.tests.simulator.axl.database import Record, canonical_uuid, referred_kind
from ansible_collections.ucops.cucm.tests.simulator.axl.schemas import Field
from lxml import etree

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NIL = f"{{{XSI}}}nil"

#: The one repeated element inside of each list element.
MEMBERS = {
    "destinations": "destination",
    "addDestinations": "destination",
    "removeDestinations": "destination",
    "members": "member",
    "addMembers": "member",
    "removeMembers": "member",
    "presenceGroups": "presenceGroup",
    "relatedLocations": "relatedLocation",
    "betweenLocations": "betweenLocation",
}

#: Elements that a reply shows as xsi:nil instead of empty while they are null. Captures have both
#: shapes; which element has which is assumed.
SHOWN_AS_NIL = frozenset({"geoLocationName", "geoLocationFilterName", "routeFilterName"})

#: Text that stands in replies where nothing was configured.
_SHOWN_WHEN_NULL = {"confidentialAccessLevel": "-1"}

#: What `returnedTags` asks for: the elements by name, each with what is asked of its inside. An
#: empty dictionary asks for everything inside.
Wanted = Mapping[str, Any]


class BrokenRequest(Exception):
    """The body is not a SOAP request; the text says why."""


def operation_element(body: bytes) -> etree._Element:
    """The operation inside of a request. No document type is accepted, no entity is resolved."""
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(body, parser)
    except etree.XMLSyntaxError as error:
        raise BrokenRequest(str(error)) from error
    if root.getroottree().docinfo.doctype:
        raise BrokenRequest("a document type declaration is not allowed")
    operations = root.findall(f"{{{ENVELOPE}}}Body/*")
    if root.tag != f"{{{ENVELOPE}}}Envelope" or len(operations) != 1:
        raise BrokenRequest("the body is not a SOAP 1.1 envelope with one operation")
    return operations[0]


def values_of(element: etree._Element) -> dict[str, Any]:
    """The values that an element holds; None for nil, an empty text for an empty element."""
    values: dict[str, Any] = {}
    for child in element:
        value = _value_of(child)
        if child.tag not in values:
            values[child.tag] = value
        elif isinstance(values[child.tag], list):
            values[child.tag].append(value)
        else:
            values[child.tag] = [values[child.tag], value]
    return values


def _value_of(element: etree._Element) -> Any:
    if element.get(_NIL) in ("true", "1"):
        return None
    member = MEMBERS.get(element.tag)
    if member is not None:
        return [values_of(child) for child in element.findall(member)]
    return values_of(element) if len(element) else (element.text or "")


def cleaned(values: Mapping[str, Any], fields: tuple[Field, ...]) -> dict[str, Any]:
    """The values as the database keeps them: references and enumerations checked, empty ones null.

    Raises AxlFault for a value that is not among the choices, and for an element that may not be
    emptied. Values without a known field pass.
    """
    known = {field.name: field for field in fields}
    return {name: _cleaned(name, value, known.get(name)) for name, value in values.items()}


def _cleaned(name: str, value: Any, field: Field | None) -> Any:
    if isinstance(value, dict):
        return cleaned(value, field.fields if field else ())
    if isinstance(value, list):
        inside = field.fields if field else ()
        if field and name in MEMBERS:
            member = field.field(MEMBERS[name])
            inside = member.fields if member else ()
        return [cleaned(item, inside) if isinstance(item, dict) else item for item in value]
    if field is None:
        return value or (None if referred_kind(name) else value)
    if value and field.kind == "boolean":
        return {"t": "true", "1": "true", "f": "false", "0": "false"}.get(value.lower(), value.lower())
    if not value and (field.kind in ("boolean", "reference", "integer") or field.choices):
        if not field.nillable and field.kind != "integer":
            raise faults.null_refused(name)
        return None
    if field.choices and value not in field.choices:
        raise faults.item_not_valid(value)
    return value


def wanted_of(element: etree._Element | None) -> Wanted | None:
    """What a request's returnedTags ask for; None: everything."""
    if element is None or len(element) == 0:
        return None
    return {child.tag: wanted_of(child) or {} for child in element}


class Reply:
    """A reply under construction: the envelope and the response element in it."""

    def __init__(self, operation: str, version: str, *, sequence: str | None = None) -> None:
        namespace = versions.NAMESPACE + version
        # From AXL 14 on, the response element declares xsi once for all that is inside.
        shared = {"xsi": XSI} if float(version) >= 14 else {}
        self._envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soapenv": ENVELOPE})
        body = etree.SubElement(self._envelope, f"{{{ENVELOPE}}}Body")
        self.response = etree.SubElement(
            body, f"{{{namespace}}}{operation}Response", nsmap={"ns": namespace, **shared}
        )
        if sequence is not None:
            self.response.set("sequence", sequence)
        self.returned = etree.SubElement(self.response, "return")

    def as_bytes(self) -> bytes:
        """The document."""
        return serialised(self._envelope)


def serialised(envelope: etree._Element) -> bytes:
    """An envelope as it goes over the wire."""
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def fault_envelope(fault: faults.AxlFault, operation: str) -> bytes:
    """A SOAP fault with the detail that AXL gives."""
    envelope = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soapenv": ENVELOPE})
    body = etree.SubElement(envelope, f"{{{ENVELOPE}}}Body")
    element = etree.SubElement(body, f"{{{ENVELOPE}}}Fault")
    _text(element, "faultcode", f"soapenv:{fault.fault_code}")
    _text(element, "faultstring", fault.message)
    detail = etree.SubElement(etree.SubElement(element, "detail"), "axlError")
    _text(detail, "axlcode", str(fault.code))
    _text(detail, "axlmessage", fault.message)
    _text(detail, "request", operation)
    return serialised(envelope)


class Renderer:
    """Writes a cluster's records into replies. `uuid_of` finds the UUID of a referred record."""

    def __init__(self, uuid_of: Callable[[str, str], str | None]) -> None:
        self._uuid_of = uuid_of

    def record(
        self,
        parent: etree._Element,
        tag: str,
        record: Record,
        values: Mapping[str, Any],
        fields: tuple[Field, ...],
        *,
        attributes: frozenset[str],
        wanted: Wanted | None,
    ) -> None:
        """Append a record: the given fields in their order, or the values' own where none are known."""
        element = etree.SubElement(parent, tag)
        if "ctiid" in attributes and record.ctiid:
            element.set("ctiid", str(record.ctiid))
        element.set("uuid", record.uuid)
        for field in fields or inferred_fields(values):
            if wanted is None or field.name in wanted:
                inside = wanted[field.name] if wanted else {}
                self._field(element, field, values.get(field.name), inside, record.uuid)

    def _field(self, parent: etree._Element, field: Field, value: Any, wanted: Wanted, owner: str) -> None:
        if isinstance(value, list):
            self._list(parent, field, value, wanted, owner)
        elif isinstance(value, dict) or (field.name == "confidentialAccess" and value is None):
            self._group(
                etree.SubElement(parent, field.name), field, value or {}, wanted, owner, all_of=not value
            )
        elif field.kind == "number" and not value:
            return  # There is no valid way to show it.
        elif field.kind == "reference":
            self._reference(parent, field.name, value)
        elif field.kind == "boolean":
            _text(parent, field.name, value or "false")
        else:
            element = _text(parent, field.name, value or _SHOWN_WHEN_NULL.get(field.name, ""))
            if field.name == "sigDigits":
                element.set("enable", "false" if value in (None, "99") else "true")

    def _list(
        self, parent: etree._Element, field: Field, members: list[Any], wanted: Wanted, owner: str
    ) -> None:
        tag = MEMBERS.get(field.name)
        if tag is not None:
            parent = etree.SubElement(parent, field.name)
            field = field.field(tag) or Field(
                tag, "group", fields=inferred_fields(members[0] if members else {})
            )
            wanted = wanted.get(tag, {})
        for number, member in enumerate(members):
            element = etree.SubElement(parent, field.name)
            if "uuid" in field.attributes:
                own = uuid.uuid5(uuid.NAMESPACE_OID, f"{owner}/{field.name}/{number}")
                element.set("uuid", canonical_uuid(str(own)))
            self._group(element, field, member, wanted, owner, all_of=True)

    def _group(
        self,
        element: etree._Element,
        field: Field,
        values: Mapping[str, Any],
        wanted: Wanted,
        owner: str,
        *,
        all_of: bool,
    ) -> None:
        for inside in field.fields or inferred_fields(values):
            if (not wanted or inside.name in wanted) and (all_of or inside.name in values):
                self._field(element, inside, values.get(inside.name), wanted.get(inside.name, {}), owner)

    def _reference(self, parent: etree._Element, name: str, value: str | None) -> None:
        if value:
            element = _text(parent, name, value)
            referred = self._uuid_of(name, value)
            if referred is not None:
                element.set("uuid", referred)
        elif name in SHOWN_AS_NIL:
            element = etree.SubElement(parent, name, nsmap={"xsi": XSI})
            element.set(_NIL, "true")
            element.set("uuid", "")
        else:
            etree.SubElement(parent, name)


def inferred_fields(values: Mapping[str, Any]) -> tuple[Field, ...]:
    """Fields after the look of the values, where no schema says what there is."""
    return tuple(Field(name, _inferred_kind(name, value)) for name, value in values.items())


def _inferred_kind(name: str, value: Any) -> str:
    if isinstance(value, (dict, list)):
        return "group"
    if referred_kind(name):
        return "reference"
    return "boolean" if value in ("true", "false") else "text"


def _text(parent: etree._Element, name: str, text: str) -> etree._Element:
    element = etree.SubElement(parent, name)
    if text:
        element.text = text
    return element


def lenient_copy(operation: etree._Element) -> etree._Element:
    """The operation as the schema can judge it, without what a server tolerates.

    A server takes empty elements of any type inside of returnedTags, UUIDs without braces, and the
    words of Python for true and false.
    """
    copied = etree.fromstring(etree.tostring(operation, with_tail=False))
    for tags in copied.findall("returnedTags"):
        for child in list(tags):
            tags.remove(child)
        tags.attrib.clear()
    for element in copied.iter(etree.Element):
        if element.text in ("True", "False"):
            element.text = element.text.lower()
    for element in copied.findall("uuid"):
        if re.fullmatch(r"\s*\{?[0-9A-Fa-f-]{36}\}?\s*", element.text or ""):
            element.text = canonical_uuid(element.text or "")
    return copied
