# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The WSDL of the operations that we use, written from the object tables.

Cisco's own schema of one version is 3 MB in 1000 operations, takes more than a second and 120 MB to
load, and may not be redistributed. This one has what a task needs and is ready in milliseconds. It
keeps to the wire format (namespaces, SOAPAction, names, order, nillable), and leaves to the tables
what a schema could say of values: every simple type is a string here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from xml.sax.saxutils import quoteattr

from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import (
    Fixed,
    Group,
    Kind,
    Listing,
    Member,
    ObjectTable,
    Row,
    exists_in,
)

BINDING = "{http://www.cisco.com/AXLAPIService/}AXLAPIBinding"

#: Kinds of objects that others refer to and that can be read by name, with the element of the name.
LOOKUPS = {
    "AarGroup": "name",
    "CallManagerGroup": "name",
    "CommonDeviceConfig": "name",
    "Css": "name",
    "DevicePool": "name",
    "DialPlan": "name",
    "ExternalCallControlProfile": "name",
    "GeoLocation": "name",
    "GeoLocationFilter": "name",
    "ImeE164Transformation": "name",
    "Location": "name",
    "MediaResourceList": "name",
    "PresenceGroup": "name",
    "ResourcePriorityNamespace": "namespace",
    "RouteFilter": "name",
    "RouteGroup": "name",
    "RouteList": "name",
    "RoutePartition": "name",
    "SIPNormalizationScript": "name",
    "SipProfile": "name",
    "SipTrunk": "name",
    "SipTrunkSecurityProfile": "name",
}

#: The longest name in characters by which a request can address an object, and where it is shorter.
_LONGEST_KEY = 100
_SHORTER_KEYS = {"ResourcePriorityNamespace": 10}

_STRING = "xsd:string"
_REFERENCE = "axlapi:XFkType"
_TYPES = """<xsd:complexType name="XFkType"><xsd:simpleContent><xsd:extension base="xsd:string">
<xsd:attribute name="uuid" type="xsd:string"/></xsd:extension></xsd:simpleContent></xsd:complexType>
<xsd:complexType name="Digits"><xsd:simpleContent><xsd:extension base="xsd:string">
<xsd:attribute name="enable" type="xsd:string"/></xsd:extension></xsd:simpleContent></xsd:complexType>
"""


def longest_key(kind: str) -> int:
    """The longest name in characters by which a request can address an object of the kind."""
    return _SHORTER_KEYS.get(kind, _LONGEST_KEY)


def namespace(version: str) -> str:
    """The namespace of the operations of a version."""
    return f"http://www.cisco.com/AXL/API/{version}"


def soap_action(version: str, operation: str) -> str:
    """The SOAPAction of an operation; it must name the version of the namespace."""
    return f"CUCM:DB ver={version} {operation}"


def element(
    name: str,
    type_: str | None = None,
    content: str = "",
    *,
    required: bool = True,
    many: bool = False,
    nillable: bool = False,
) -> str:
    """One element, of a named type or with its content as an inline type."""
    attributes = f" name={quoteattr(name)}"
    if type_ is not None:
        attributes += f" type={quoteattr(type_)}"
    if not required:
        attributes += ' minOccurs="0"'
    if many:
        attributes += ' maxOccurs="unbounded"'
    if nillable:
        attributes += ' nillable="true"'
    return f"<xsd:element{attributes}>{content}</xsd:element>" if content else f"<xsd:element{attributes}/>"


def sequence(parts: Iterable[str], *, attributes: str = "", choice: bool = False) -> str:
    """Make an inline type of elements one after the other, or of one out of them."""
    tag = "choice" if choice else "sequence"
    return f"<xsd:complexType><xsd:{tag}>{''.join(parts)}</xsd:{tag}>{attributes}</xsd:complexType>"


_UUID_ATTRIBUTE = '<xsd:attribute name="uuid" type="xsd:string"/>'
_SEQUENCE_ATTRIBUTE = '<xsd:attribute name="sequence" type="xsd:string"/>'


def _row(row: Row, *, required: bool) -> str:
    type_ = _STRING
    if row.kind is Kind.REFERENCE:
        type_ = _REFERENCE
    elif row.enable_attribute:
        type_ = "axlapi:Digits"
    return element(row.element, type_, required=required, nillable=row.nillable)


def _members(
    members: Sequence[Member], version: str, *, reading: bool, update: bool = False
) -> Iterator[str]:
    """The elements of a type; when `reading`, any of them may be missing and each item has its uuid."""
    for member in members:
        if not member.exists_in(version):
            continue
        required = not reading and not update
        if isinstance(member, Row):
            if not (update and member.add_only):
                yield _row(member, required=required and member.required)
        elif isinstance(member, Group):
            inner = sequence(
                _members(member.members, version, reading=reading), choice=member.choice and not reading
            )
            yield element(member.element, None, inner, required=required and member.required)
        elif isinstance(member, Listing):
            item = sequence(
                _members(member.rows, version, reading=reading),
                attributes=_UUID_ATTRIBUTE if reading else "",
            )
            inner = sequence([element(member.item, None, item, required=False, many=True)])
            yield element(member.element, None, inner, required=required and member.required)
        elif isinstance(member, Fixed) and not update:
            yield element(member.element, _STRING, required=required)


def _operation(name: str, request: str, returned: str) -> tuple[str, str]:
    # The attribute is part of every reply. Without it zeep would unwrap a reply's only element.
    response = sequence([returned], attributes=_SEQUENCE_ATTRIBUTE)
    return name, element(name, None, request) + element(f"{name}Response", None, response)


_UUID = element("uuid", _STRING)
_RETURN_STRING = element("return", _STRING)


def _operations(table: ObjectTable, version: str) -> Iterator[tuple[str, str]]:
    """Name and element declarations of the operations of one object."""
    kind = table.kind
    key = table.identity[0]
    read = sequence(_members(table.members, version, reading=True), attributes=_UUID_ATTRIBUTE)
    whole = element(table.element, None, sequence(_members(table.members, version, reading=False)))
    update = _members(table.members, version, reading=False, update=True)
    # A route pattern's name is four elements; it is addressed by its uuid.
    addresses = [element("name", _STRING), _UUID] if key == "name" else [_UUID]
    tags = [
        _row(row, required=False)
        for row in table.options_in(version)
        if row.option in table.listed and isinstance(row, Row)
    ]
    yield _operation(f"add{kind}", sequence([whole]), _RETURN_STRING)
    yield _operation(f"update{kind}", sequence([_UUID, *update]), _RETURN_STRING)
    yield _operation(f"remove{kind}", sequence([_UUID]), _RETURN_STRING)
    yield _operation(
        f"get{kind}",
        sequence(addresses, choice=True),
        element("return", None, sequence([element(table.element, None, read)])),
    )
    yield _operation(
        f"list{kind}",
        sequence(
            [
                element("searchCriteria", None, sequence([element(key, _STRING)])),
                element("returnedTags", None, sequence(tags)),
            ]
        ),
        element("return", None, sequence([element(table.element, None, read, required=False, many=True)])),
    )
    if table.reset_each:
        yield _device_reset()
    elif table.reset_since is not None:
        yield _reset(kind) if exists_in(table.reset_since, None, version) else _device_reset()


def _reset(kind: str) -> tuple[str, str]:
    return _operation(f"reset{kind}", sequence([_UUID]), _RETURN_STRING)


def _device_reset() -> tuple[str, str]:
    """The operation of all versions that resets a device of any kind, by its name."""
    return _operation(
        "doDeviceReset",
        sequence([element("deviceName", _REFERENCE), element("deviceResetType", _STRING)]),
        _RETURN_STRING,
    )


def _lookup(kind: str) -> tuple[str, str]:
    """Whether there is an object of this name: what it holds does not matter."""
    anything = '<xsd:any minOccurs="0" maxOccurs="unbounded" processContents="skip"/>'
    return _operation(
        f"get{kind}",
        sequence([element(LOOKUPS[kind], _STRING)]),
        element("return", None, sequence([anything])),
    )


def object_wsdl(version: str, table: ObjectTable) -> str:
    """The WSDL of all that is done with one kind of object."""
    return _document(version, list(_operations(table, version)))


def lookup_wsdl(version: str, kinds: Iterable[str]) -> str:
    """The WSDL for finding out whether objects of these kinds exist."""
    return _document(version, [_lookup(kind) for kind in kinds])


def _document(version: str, operations: Sequence[tuple[str, str]]) -> str:
    target = namespace(version)
    messages, ports, bindings = [], [], []
    for name, _declarations in operations:
        messages.append(
            f'<message name="{name}In"><part name="parameters" element="axlapi:{name}"/></message>'
            f'<message name="{name}Out"><part name="parameters" element="axlapi:{name}Response"/></message>'
        )
        ports.append(
            f'<operation name="{name}"><input message="s0:{name}In"/>'
            f'<output message="s0:{name}Out"/></operation>'
        )
        bindings.append(
            f'<operation name="{name}"><soap:operation soapAction="{soap_action(version, name)}"'
            ' style="document"/><input><soap:body use="literal"/></input>'
            '<output><soap:body use="literal"/></output></operation>'
        )
    return f"""<definitions name="AXLAPIService" targetNamespace="http://www.cisco.com/AXLAPIService/"
 xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/"
 xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:axlapi="{target}"
 xmlns:s0="http://www.cisco.com/AXLAPIService/">
<types><xsd:schema targetNamespace="{target}">{_TYPES}{"".join(text for _name, text in operations)}
</xsd:schema></types>
{"".join(messages)}
<portType name="AXLPort">{"".join(ports)}</portType>
<binding name="AXLAPIBinding" type="s0:AXLPort">
<soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>{"".join(bindings)}</binding>
</definitions>
"""
