# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The language of the object tables.

An object of the configuration database is one table. Its rows stand in the order of the elements of
the schema, and everything that the collection knows of a field is in its row: from the table come
the argument spec, the schema text, the payload, the comparison and the diff. A test holds each row
against the real schema of each version.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

#: The AXL versions that the tables know, oldest first.
VERSIONS = ("9.1", "10.0", "10.5", "11.0", "11.5", "12.0", "12.5", "14.0", "15.0")

#: The numbers of a row that takes 0 and all above; the schema's integers end there.
NOT_NEGATIVE = range(2**31)


def version_key(version: str) -> tuple[int, ...]:
    """Make versions comparable: '9.1' comes before '10.0'."""
    return tuple(int(part) for part in version.split("."))


def exists_in(since: str | None, until: str | None, version: str) -> bool:
    """Whether something that came with `since` and went after `until` is in the version."""
    if since is not None and version_key(version) < version_key(since):
        return False
    return until is None or version_key(version) <= version_key(until)


class Kind(enum.Enum):
    """What an option's value is to the user."""

    TEXT = "text"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    #: The name of another object.
    REFERENCE = "reference"
    #: A list of names, one string on the server; a set to us.
    NAMES = "names"


@dataclass(frozen=True)
class Row:
    """One field: an option of the module and an element of the schema.

    `type` is the schema's type name, or the names since the versions from which they hold.
    `required` is meant on add. `default` is the schema's, `on_add` what we send when the option is
    not given and the schema wants the element. `clear` and `empty_reads` are the words by which the
    server takes and shows "nothing" where that is not the empty string. `fault` says what the pages have
    against a text, as a clause.
    """

    kind: Kind
    option: str
    element: str
    type: str | Mapping[str, str]
    required: bool = False
    nillable: bool = False
    default: str | None = None
    on_add: str | None = None
    choices: tuple[str, ...] = ()
    numbers: Collection[int] | None = None
    target: str | None = None
    since: str | None = None
    until: str | None = None
    add_only: bool = False
    needs_reset: bool = True
    clear: str | None = None
    empty_reads: str | None = None
    enable_attribute: bool = False
    fault: Callable[[str], str | None] | None = None

    def exists_in(self, version: str) -> bool:
        """Whether the schema of the version has the element."""
        return exists_in(self.since, self.until, version)

    @property
    def is_name(self) -> bool:
        """Whether the text is what its object is known by."""
        return self.required and self.add_only

    def type_in(self, version: str) -> str:
        """The name of the schema's type in a version."""
        if isinstance(self.type, str):
            return self.type
        known = [since for since in self.type if version_key(since) <= version_key(version)]
        return self.type[max(known, key=version_key)]

    def length_in(self, version: str) -> int | None:
        """The longest value in characters, None when the schema sets no limit."""
        name = self.type_in(version)
        digits = name.removeprefix("Unique").removeprefix("String")
        return int(digits) if digits.isdigit() else None

    def argument(self) -> dict[str, Any]:
        """The option as Ansible's argument spec has it."""
        if self.kind is Kind.BOOLEAN:
            return {"type": "bool"}
        if self.kind is Kind.NAMES:
            return {"type": "list", "elements": "str"}
        if self.kind is Kind.CHOICE:
            return {"type": "str", "choices": list(self.choices)}
        return {"type": "int" if self.kind is Kind.INTEGER else "str"}


@dataclass(frozen=True)
class Group:
    """An element that holds rows or further groups; its rows are options like all others.

    When one of its rows changes, the element is sent with all of them. Of a `choice` only one may
    be sent.
    """

    element: str
    members: tuple[Row | Group, ...]
    choice: bool = False
    required: bool = False
    since: str | None = None
    until: str | None = None

    def exists_in(self, version: str) -> bool:
        """Whether the schema of the version has the element."""
        return exists_in(self.since, self.until, version)

    def rows(self) -> Iterator[Row]:
        """All rows, however deep."""
        for member in self.members:
            if isinstance(member, Row):
                yield member
            else:
                yield from member.rows()


@dataclass(frozen=True)
class Listing:
    """An element that holds items of one kind, in an order that means something.

    `order` is the option of an item that holds its place, `key` the one that tells which item it is
    (options of an item that the user does not give stay as they are on the server).
    """

    option: str
    element: str
    item: str
    item_type: str
    rows: tuple[Row, ...]
    order: str
    key: str | None = None
    minimum: int = 0
    maximum: int | None = None
    required: bool = False
    needs_reset: bool = True
    add_only: bool = False

    def exists_in(self, version: str) -> bool:
        """All versions have the lists that we know."""
        return version in VERSIONS

    def argument(self) -> dict[str, Any]:
        """The option as Ansible's argument spec has it."""
        options = {row.option: row.argument() for row in self.rows}
        for row in self.rows:
            if row.required and row.on_add is None and row.option != self.order:
                options[row.option]["required"] = True
        return {"type": "list", "elements": "dict", "options": options}


@dataclass(frozen=True)
class Fixed:
    """An element that add sends with the same text always: no option."""

    element: str
    type: str
    text: str

    def exists_in(self, version: str) -> bool:
        """All versions have the fixed elements that we know."""
        return version in VERSIONS


# A string: pylint does not know that types can be joined by a bar.
Member: TypeAlias = "Row | Group | Listing | Fixed"


@dataclass(frozen=True)
class ObjectTable:
    """One kind of object: its names, its fields, and what the schema has that we leave out.

    `kind` is the name in operations (getSipTrunk), `element` the one in requests and replies,
    `noun` the word of the administration page, `result` the key of a module's result. `identity`
    are the options that tell one object from another, `listed` what a search returns of each, `needed`
    what a new object must have although the schema would take nothing for it.
    `left_out` says why an element is no option. `reset_since` is the version that brought the
    operation reset<Kind>, None for what needs no reset. `reset_each` is for a kind that needs one and
    has no such operation in any version: the devices that use it are reset, one by one.
    """

    kind: str
    element: str
    noun: str
    result: str
    members: tuple[Member, ...]
    identity: tuple[str, ...] = ("name",)
    listed: tuple[str, ...] = ("name",)
    needed: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    reset_since: str | None = None
    reset_each: bool = False

    def options(self) -> Iterator[Row | Listing]:
        """Every option's row or list, in the order of the schema; an option may have two rows."""
        for member in self.members:
            if isinstance(member, Group):
                yield from member.rows()
            elif not isinstance(member, Fixed):
                yield member

    def options_in(self, version: str) -> Iterator[Row | Listing]:
        """Those that the version has."""
        for member in self.members:
            if not member.exists_in(version):
                continue
            if isinstance(member, Group):
                yield from (row for row in member.rows() if row.exists_in(version))
            elif not isinstance(member, Fixed):
                yield member

    def argument_spec(self) -> dict[str, dict[str, Any]]:
        """The argument spec of the object's own options."""
        spec: dict[str, dict[str, Any]] = {}
        for option in self.options():
            spec.setdefault(option.option, option.argument())
        spec[self.identity[0]]["required"] = True
        return spec


def text(option: str, element: str, type_: str | Mapping[str, str] = "string", **facts: Any) -> Row:
    """Build a row of free text."""
    return Row(Kind.TEXT, option, element, type_, **facts)


def integer(option: str, element: str, type_: str | Mapping[str, str] = "XInteger", **facts: Any) -> Row:
    """Build a row of a whole number."""
    return Row(Kind.INTEGER, option, element, type_, **facts)


def boolean(option: str, element: str, **facts: Any) -> Row:
    """Build a row of a check box."""
    return Row(Kind.BOOLEAN, option, element, "boolean", **facts)


def choice(option: str, element: str, type_: str, choices: tuple[str, ...], **facts: Any) -> Row:
    """Build a row of a drop-down list with fixed entries."""
    return Row(Kind.CHOICE, option, element, type_, choices=choices, **facts)


def reference(option: str, element: str, target: str, **facts: Any) -> Row:
    """Build a row with the name of another object; `target` is that object's kind."""
    return Row(Kind.REFERENCE, option, element, "XFkType", target=target, **facts)


def names(option: str, element: str, type_: str, **facts: Any) -> Row:
    """Build a row of a list of names that is one string on the server."""
    return Row(Kind.NAMES, option, element, type_, **facts)
