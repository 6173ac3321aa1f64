# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Between an option's value and an element's: reading, comparing, writing.

Values in options' terms are str ('' for nothing), int or None, bool, list of str, and for lists of
items list of dict.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import (
    Fixed,
    Group,
    Kind,
    Listing,
    Member,
    ObjectTable,
    Row,
)
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import InvalidOption

try:
    from zeep import xsd
except ImportError:  # reported by `_common.libraries.require` before anything here is used
    pass

Values = Mapping[str, Any]

#: What separates the subject names in the server's one string.
NAME_SEPARATORS = re.compile(r"[ ,;:]+")
_TRUE = frozenset({"true", "t", "1"})


def read(option: Row | Listing, data: Any) -> Any:
    """An element of a reply in the option's terms. An element that is empty reads as the default."""
    if isinstance(option, Listing):
        items = [
            {row.option: read(row, item.get(row.element)) for row in option.rows}
            for item in (data or {}).get(option.item) or ()
        ]
        return sorted(items, key=lambda item: item[option.order] or 0)
    content = data.get("_value_1") if isinstance(data, Mapping) else data
    words = "" if content is None else str(content).strip()
    if words == option.empty_reads:
        words = ""
    if option.kind is Kind.NAMES:
        return [name for name in NAME_SEPARATORS.split(words) if name]
    if option.kind is Kind.TEXT or option.kind is Kind.REFERENCE:
        return words
    words = words or option.default or ""
    if option.kind is Kind.BOOLEAN:
        return words.lower() in _TRUE
    if option.kind is Kind.INTEGER:
        return int(words) if re.fullmatch(r"[+-]?\d+", words) else None
    return words


def read_object(table: ObjectTable, version: str, data: Values) -> dict[str, Any]:
    """All options of an object as a reply has it."""
    return dict(_read_members(table.members, version, data))


def _read_members(members: Sequence[Member], version: str, data: Values) -> Iterable[tuple[str, Any]]:
    for member in members:
        if not member.exists_in(version) or isinstance(member, Fixed):
            continue
        content = data.get(member.element)
        if isinstance(member, Group):
            yield from _read_members(member.members, version, content or {})
        else:
            yield member.option, read(member, content)


def defaults(table: ObjectTable, version: str) -> dict[str, Any]:
    """What a new object has in the options that are not given, as far as the schema says it."""
    values = read_object(table, version, {})
    for option in table.options_in(version):
        if isinstance(option, Row) and option.on_add is not None:
            values[option.option] = read(option, option.on_add)
    return values


def same(option: Row | Listing, wanted: Any, current: Any) -> bool:
    """Whether the server has what is wanted already. Of items only what is given counts."""
    if isinstance(option, Listing):
        return len(wanted) == len(current) and all(
            same(row, item[row.option], there[row.option])
            for item, there in zip(wanted, current, strict=True)
            for row in option.rows
            if item.get(row.option) is not None
        )
    if option.kind is Kind.NAMES:
        return set(wanted) == set(current)
    # Read, since there may be another word for nothing.
    return bool(read(option, wanted) == current)


def write(row: Row, value: Any) -> Any:
    """An option's value as zeep takes it for the element."""
    if row.kind is Kind.BOOLEAN:
        return "true" if value else "false"
    if row.kind is Kind.NAMES:
        return ",".join(value)
    if value is None or value == "":
        return row.clear or (xsd.Nil if row.nillable else "")
    return str(value)


def complete_items(
    listing: Listing, items: Sequence[Values], current: Sequence[Values], *, open_options: Iterable[str] = ()
) -> list[dict[str, Any]]:
    """Fill up the options that the items do not give, and put the items in their order.

    An item that the server has (by the list's key) keeps what it has; else the defaults hold. Where
    no item says its place, the places on the server stay if there are as many, so that only the
    sequence counts. `open_options` stay None: they are neither compared nor sent.
    """
    there = {item[listing.key]: item for item in current} if listing.key else {}
    numbered = any(item.get(listing.order) is not None for item in items)
    keeps_places = not numbered and len(items) == len(current)
    completed = []
    for place, item in enumerate(items, 1):
        values = {row.option: item.get(row.option) for row in listing.rows}
        known = there.get(values[listing.key], {}) if listing.key else {}
        if values[listing.order] is None:
            values[listing.order] = current[place - 1][listing.order] if keeps_places else place
        for row in listing.rows:
            if values[row.option] is None and row.option not in open_options:
                values[row.option] = known.get(row.option, read(row, row.on_add))
        completed.append(values)
    return sorted(completed, key=lambda item: item[listing.order])


class Payload:
    """The elements of an add or an update, out of the values in options' terms.

    `given` are the options that the caller wants to set; `current` what the server has, which fills
    up an element that is sent whole although only a part of it is given.
    """

    def __init__(
        self, table: ObjectTable, version: str, given: Values, current: Values, *, host: str
    ) -> None:
        self._table = table
        self._host = host
        self._version = version
        self._given = given
        self._current = current

    def missing(self) -> list[str]:
        """The options that a new object needs and that are not given, alternatives as "a or b"."""
        return [
            " or ".join(_option_names(member))
            for member in self._table.members
            if member.exists_in(self._version)
            and not isinstance(member, Fixed)
            and member.required
            and not self._is_given(member)
            and self._stand_in(member) is None
        ]

    def for_add(self) -> dict[str, Any]:
        """All elements of a new object of which nothing is `missing`."""
        elements: dict[str, Any] = {}
        for member in self._table.members:
            if not member.exists_in(self._version):
                continue
            if isinstance(member, Fixed) or self._is_given(member):
                elements[member.element] = self._content(member)
            elif member.required:
                elements[member.element] = self._stand_in(member)
        return elements

    def for_update(self, changed: Iterable[str]) -> dict[str, Any]:
        """The elements of the changed options alone."""
        names = set(changed)
        return {
            member.element: self._content(member)
            for member in self._table.members
            if member.exists_in(self._version) and names & set(_option_names(member))
        }

    def _is_given(self, member: Member) -> bool:
        return any(name in self._given for name in _option_names(member))

    def _stand_in(self, member: Row | Group | Listing) -> Any:
        """What add sends for an element that the schema wants and nobody gave; None: nothing will do."""
        if isinstance(member, Row):
            if member.on_add is not None:
                return member.on_add
            if member.nillable and member.option not in self._table.needed:
                return xsd.Nil
        return None

    def _content(self, member: Member) -> Any:
        if isinstance(member, Row):
            return write(member, self._given[member.option])
        if isinstance(member, Listing):
            return {member.item: [self._item(member, item) for item in self._given[member.option]]}
        if isinstance(member, Group):
            return self._one_of(member) if member.choice else self._all_of(member)
        return member.text

    @staticmethod
    def _item(listing: Listing, item: Values) -> dict[str, Any]:
        return {
            row.element: write(row, item[row.option])
            for row in listing.rows
            if item[row.option] not in {None, ""} or row.required
        }

    def _one_of(self, group: Group) -> dict[str, Any]:
        """The branch of a choice that is wanted: the one with content, else the first one given."""
        given = [member for member in group.members if self._is_given(member)]
        filled = [member for member in given if any(self._given.get(name) for name in _option_names(member))]
        if len(filled) > 1:
            names = [name for member in filled for name in _option_names(member) if self._given.get(name)]
            raise InvalidOption(
                f"only one of {' and '.join(names)} can be set",
                host=self._host,
                option=names[0],
                remedy="Leave out the other",
            )
        branch = (filled or given)[0]
        return {branch.element: self._content(branch)}

    def _all_of(self, group: Group) -> dict[str, Any]:
        elements: dict[str, Any] = {}
        for member in group.rows():
            value = self._given.get(member.option, self._current.get(member.option))
            if value not in {None, ""} or member.nillable or member.option in self._given:
                elements[member.element] = write(member, value)
            elif member.required:
                raise InvalidOption(
                    f"{' and '.join(name for name in _option_names(group) if name in self._given)} cannot be"
                    f" set without {member.option}",
                    host=self._host,
                    option=member.option,
                    remedy=f"Give {member.option}",
                )
        return elements


def _option_names(member: Member) -> list[str]:
    if isinstance(member, Group):
        return [row.option for row in member.rows()]
    return [] if isinstance(member, Fixed) else [member.option]


def exclusive_with(table: ObjectTable, option: str) -> set[str]:
    """The options that setting this one empties, since their elements are a choice."""
    for member in table.members:
        if isinstance(member, Group) and member.choice:
            for branch in member.members:
                if option in _option_names(branch):
                    return set(_option_names(member)) - set(_option_names(branch))
    return set()
