# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Cisco's AXL schema of one version says: the structure of each object, and validation.

The real schema has 800 to 1068 operations. Only the part that the simulator serves is compiled,
which takes a tenth of the time and memory. Where no schema can be had, `AxlSchema` knows nothing
and lets everything through: `knows_structure` says so.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ansible_collections.ucops.cucm.tests import schemas
from lxml import etree

_XSD = "{http://www.w3.org/2001/XMLSchema}"
#: Attributes by which a part of a schema names another part.
_LINKS = ("type", "base", "ref", "memberTypes", "itemType")


@dataclass(frozen=True)
class Field:
    """One element of an object, as the schema has it.

    `kind` is "boolean", "integer", "number" (an integer that may not be empty), "reference", "text" or
    "group"; a group has `fields`.
    `choices` are the values of an enumerated type: the schema allows any other text beside them,
    the server does not. `attributes` are the names of the element's XML attributes.
    """

    name: str
    kind: str
    default: str | None = None
    required: bool = False
    nillable: bool = False
    choices: frozenset[str] = frozenset()
    fields: tuple[Field, ...] = ()
    attributes: frozenset[str] = frozenset()

    def field(self, name: str) -> Field | None:
        """The element of a group that has this name."""
        return next((field for field in self.fields if field.name == name), None)


class AxlSchema:
    """The schema of one AXL version, or the nearest one that can be had in its place."""

    def __init__(self, version: str, document: etree._ElementTree | None, source_version: str | None) -> None:
        self.version = version
        self.source_version = source_version
        self._root = None if document is None else document.getroot()
        self._parts: dict[str, etree._Element] = {}
        if self._root is not None:
            self._parts = {part.get("name", ""): part for part in self._root.iterchildren(etree.Element)}

    @property
    def knows_structure(self) -> bool:
        """Whether there is a schema at all."""
        return self._root is not None

    @property
    def description(self) -> str:
        """For people: which schema requests are checked against."""
        if not self.knows_structure:
            return f"AXL {self.version}: no schema, requests are hardly checked"
        if self.source_version == self.version:
            return f"AXL {self.version}: checked against Cisco's schema"
        return f"AXL {self.version}: checked against Cisco's schema {self.source_version} in its place"

    def has_operation(self, operation: str) -> bool:
        """Whether the version has the operation; true where nothing is known."""
        return not self.knows_structure or operation in self._elements

    @functools.cached_property
    def _elements(self) -> dict[str, etree._Element]:
        assert self._root is not None
        return {element.get("name", ""): element for element in self._root.iterchildren(_XSD + "element")}

    @functools.lru_cache(maxsize=1024)  # noqa: B019 - schemas live as long as the process
    def fields(self, type_name: str) -> tuple[Field, ...]:
        """The elements of a named complex type, in order; empty where nothing is known."""
        part = self._parts.get(type_name)
        return () if part is None else tuple(self._fields(part))

    def attributes(self, type_name: str) -> frozenset[str]:
        """The names of the XML attributes of a named complex type."""
        part = self._parts.get(type_name)
        return frozenset() if part is None else _attributes(part)

    def _fields(self, part: etree._Element) -> Iterator[Field]:
        for child in part.iterchildren(etree.Element):
            if child.tag == _XSD + "element":
                yield self._field(child)
            elif child.tag == _XSD + "extension":
                base = self._parts.get(_local(child.get("base", "")))
                if base is not None:
                    yield from self._fields(base)
                yield from self._fields(child)
            elif child.tag != _XSD + "attribute":
                yield from self._fields(child)

    def _field(self, element: etree._Element) -> Field:
        type_name = element.get("type")
        inner = self._parts.get(_local(type_name)) if type_name else element.find(_XSD + "complexType")
        fields = () if inner is None else tuple(self._fields(inner))
        name = element.get("name", "")
        return Field(
            name=name,
            kind="group" if fields else self._kind(type_name, inner),
            default=element.get("default"),
            required=element.get("minOccurs", "1") != "0",
            nillable=element.get("nillable") == "true",
            choices=frozenset() if inner is None or fields else _choices(inner),
            fields=fields,
            attributes=frozenset() if inner is None else _attributes(inner),
        )

    def _kind(self, type_name: str | None, inner: etree._Element | None) -> str:
        if type_name is None and inner is not None:
            extension = inner.find(f".//{_XSD}extension")
            type_name = None if extension is None else extension.get("base")
        local = _local(type_name or "")
        if local == "XFkType":
            return "reference"
        if local == "boolean":
            return "boolean"
        return {"XInteger": "integer", "nonNegativeInteger": "number"}.get(local, "text")

    def errors(self, operations: Iterable[str], element: etree._Element) -> list[str]:
        """What the schema has against a request or response element, whatever its namespace is.

        `operations` are all operations that the caller serves: the same each time.
        """
        if self._root is None:
            return []
        alone = copy.deepcopy(element)
        alone.tag = f"{{{self._root.get('targetNamespace')}}}{etree.QName(element).localname}"
        # Serialised once more, for messages without the line numbers of a larger document.
        alone = etree.fromstring(etree.tostring(alone, with_tail=False))
        validator = self._compiled(tuple(operations))
        if validator.validate(alone):
            return []
        return [str(entry.message) for entry in validator.error_log]

    @functools.lru_cache(maxsize=1024)  # noqa: B019 - schemas live as long as the process
    def _compiled(self, operations: tuple[str, ...]) -> etree.XMLSchema:
        assert self._root is not None
        wanted = {name for operation in operations for name in (operation, operation + "Response")}
        # Elements and types may share a name, so the closure holds the parts themselves.
        waiting = [self._elements[name] for name in wanted if name in self._elements]
        kept: set[etree._Element] = set()
        while waiting:
            part = waiting.pop()
            if part not in kept:
                kept.add(part)
                waiting.extend(self._parts[name] for name in _linked(part) if name in self._parts)
        pruned = etree.Element(self._root.tag, dict(self._root.attrib), nsmap=self._root.nsmap)
        pruned.extend(copy.deepcopy(part) for part in self._root if part in kept)
        return etree.XMLSchema(pruned)


class SchemaSet(Protocol):
    """Where the service gets its schemas from."""

    def schema(self, version: str) -> AxlSchema:
        """The schema of an AXL version such as 14.0."""


class CiscoSchemas:
    """The real schemas, of the test set-up's cache.

    A version whose schema is not there is served with the nearest older one, else the nearest
    newer one: the objects that the simulator serves differ little between neighbours.
    """

    def __init__(self) -> None:
        self._versions = [version for version in schemas.VERSIONS if schemas.schema_path(version).is_file()]

    def schema(self, version: str) -> AxlSchema:
        """The schema of the version, or of its nearest neighbour."""
        return _load(version, _nearest(version, self._versions))


class NoSchemas:
    """For a machine without schemas: nothing is known, nothing is refused."""

    def schema(self, version: str) -> AxlSchema:
        """An empty schema."""
        return AxlSchema(version, None, None)


@functools.cache
def _load(version: str, source: str | None) -> AxlSchema:
    return AxlSchema(version, None if source is None else schemas.document(source), source)


def _nearest(version: str, there: list[str]) -> str | None:
    older = [candidate for candidate in there if _number(candidate) <= _number(version)]
    newer = [candidate for candidate in there if _number(candidate) > _number(version)]
    if older:
        return max(older, key=_number)
    return min(newer, key=_number) if newer else None


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _linked(part: etree._Element) -> Iterator[str]:
    for node in part.iter(etree.Element):
        for attribute in _LINKS:
            for name in node.get(attribute, "").split():
                if not name.startswith("xsd:"):
                    yield _local(name)


def _attributes(part: etree._Element) -> frozenset[str]:
    """The attributes of the part's own level, not of the elements inside of it."""
    return frozenset(
        attribute.get("name", "")
        for attribute in part.iter(_XSD + "attribute")
        if next((up for up in attribute.iterancestors(_XSD + "complexType")), None) is part
    )


def _choices(part: etree._Element) -> frozenset[str]:
    """The enumerated values of a type that is a union of an enumeration and any text."""
    union = part.find(_XSD + "union")
    if union is None:
        return frozenset()
    members = [list(member.iter(_XSD + "restriction")) for member in union]
    if not any(len(found) == 1 and len(found[0]) == 0 for found in members):
        return frozenset()
    return frozenset(value.get("value", "") for value in union.iter(_XSD + "enumeration"))
