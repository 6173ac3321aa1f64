# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cisco's own AXL schemas, as an oracle for tests and for the simulator.

The schema files are Cisco's and are never part of this repository: `fetch` takes them out of two
pinned packages into a cache beside the checkout. Nothing here goes to the network by itself.
"""

from __future__ import annotations

import functools
from pathlib import Path

from lxml import etree

#: The AXL versions of which a real schema can be had.
VERSIONS = ("9.1", "10.0", "10.5", "11.0", "11.5", "12.0", "12.5", "14.0", "15.0")

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "schemas"
#: Where the client cisco-axl is installed, and what pins it.
CISCO_AXL = CACHE.parent / "cisco-axl"
PINS = Path(__file__).parent / "cisco_axl"

_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"


def schema_path(version: str) -> Path:
    """Where the cache has AXLSoap.xsd of a version; the file may not be there."""
    return CACHE / version / "AXLSoap.xsd"


def wsdl_path(version: str) -> Path:
    """Where the cache has AXLAPI.wsdl of a version; the file may not be there."""
    return CACHE / version / "AXLAPI.wsdl"


def control_center_path() -> Path:
    """Where the cache has ControlCenterServices.wsdl; the file may not be there."""
    return CACHE / "12.5" / "ControlCenterServices.wsdl"


def available() -> bool:
    """Whether the schemas of all versions are in the cache."""
    return all(schema_path(version).is_file() and wsdl_path(version).is_file() for version in VERSIONS)


def cisco_axl_is_installed() -> bool:
    """Whether the client cisco-axl is in the cache as it is pinned."""
    lock = CISCO_AXL / "package-lock.json"
    installed = CISCO_AXL / "node_modules" / "cisco-axl" / "index.js"
    return installed.is_file() and lock.is_file() and lock.read_bytes() == (PINS / lock.name).read_bytes()


def reason_unavailable() -> str | None:
    """Why the tests that need the schemas are skipped; None when they are there. Nothing is fetched."""
    return None if available() else "Cisco's AXL schemas are not in .cache/schemas; run make schemas"


@functools.cache
def document(version: str) -> etree._ElementTree:
    """The parsed AXLSoap.xsd of a version."""
    return etree.parse(str(schema_path(version)))


@functools.cache
def load(version: str) -> etree.XMLSchema:
    """The compiled schema of a version: about half a second, once a process."""
    return etree.XMLSchema(document(version))


def validate(version: str, operation: bytes | etree._Element) -> list[str]:
    """What the schema of the version has against an operation element; an empty list: nothing."""
    root = etree.fromstring(operation) if isinstance(operation, bytes) else operation
    # Validated as a document of its own: in a larger one the messages would carry its line numbers.
    alone = etree.fromstring(etree.tostring(root, with_tail=False))
    schema = load(version)
    if schema.validate(alone):
        return []
    return [str(entry.message) for entry in schema.error_log]


def validate_request(version: str, body: bytes) -> list[str]:
    """The same for the operation inside of a SOAP envelope."""
    operation = etree.fromstring(body).find(f"{{{_ENVELOPE}}}Body/*")
    if operation is None:
        return ["no operation in the SOAP body"]
    return validate(version, operation)
