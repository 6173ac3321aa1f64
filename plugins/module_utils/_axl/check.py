# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Refuse values that cannot be right before anything is sent.

The server's schema faults name an element and no option; and of wrong choices and over-long texts
the schema and zeep say nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.ucops.cucm.plugins.module_utils._axl.fields import (
    NOT_NEGATIVE,
    Kind,
    Listing,
    ObjectTable,
    Row,
)
from ansible_collections.ucops.cucm.plugins.module_utils._axl.values import NAME_SEPARATORS, read
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import (
    InvalidOption,
    UnsupportedByRelease,
)
from ansible_collections.ucops.cucm.plugins.module_utils._facts import texts

#: XML's Name without the letters beyond ASCII, which no object of the server has.
_XML_NAME = re.compile(r"[A-Za-z_:][A-Za-z0-9_:.-]*")


def checked(table: ObjectTable, version: str, params: Mapping[str, Any], host: str) -> dict[str, Any]:
    """The options that the user gave and that the version has; raises InvalidOption.

    A check box that the version does not have and that is given as it would be without it is left
    out in silence, so that one playbook serves all releases.
    """
    known = {option.option: option for option in table.options_in(version)}
    given: dict[str, Any] = {}
    for option in table.options():
        value = params.get(option.option)
        if value is None or option.option in given:
            continue
        if option.option in known:
            check_option(known[option.option], version, value, host)
            given[option.option] = _trimmed(known[option.option], value)
        elif not (isinstance(option, Row) and option.kind is Kind.BOOLEAN and value == read(option, None)):
            raise _not_in_release(option, version, host)
    return given


def _trimmed(option: Row | Listing, value: Any) -> Any:
    """The value without blanks around a text, since a reply is read without them too."""
    if isinstance(option, Row) and option.kind is Kind.TEXT:
        return value.strip()
    return value


def _not_in_release(option: Row | Listing, version: str, host: str) -> UnsupportedByRelease:
    since, until = (option.since, option.until) if isinstance(option, Row) else (None, None)
    when = f"came with AXL {since}" if since else f"went after AXL {until}"
    return UnsupportedByRelease(
        f"{option.option} {when}; this cluster speaks AXL {version}",
        host=host,
        option=option.option,
        remedy="Leave the option out for this cluster",
    )


def check_option(option: Row | Listing, version: str, value: Any, host: str) -> None:
    """Check one option's value against its row; raises InvalidOption."""
    why = _fault_of_list(option, version, value) if isinstance(option, Listing) else None
    if isinstance(option, Row):
        why = fault_of(option, version, value)
    if why is not None:
        raise InvalidOption(why, host=host, option=option.option, remedy="Correct the value")


def fault_of(row: Row, version: str, value: Any) -> str | None:
    """What is wrong with a value, as a clause; None: nothing that can be known here."""
    if row.kind is Kind.NAMES:
        return _fault_of_names(row, version, value)
    if row.kind is Kind.INTEGER and row.numbers is not None and value not in row.numbers:
        return f"{row.option} is {value}, which is not {_words(row.numbers)}"
    if row.kind is Kind.CHOICE and value not in row.choices:
        return f"{row.option} is '{value}', which is not one of {', '.join(row.choices)}"
    if row.kind is Kind.REFERENCE and value == "" and not row.nillable:
        return f"{row.option} cannot be empty"
    if row.kind is not Kind.TEXT and row.kind is not Kind.REFERENCE:
        return None
    limit = row.length_in(version) if row.kind is Kind.TEXT else None
    if limit is not None and len(value) > limit:
        return f"{row.option} '{value}' has {len(value)} characters; AXL {version} takes {limit}"
    if why := _fault_of_text(row, value):
        return f"{row.option} '{texts.shown(value)}' {why}"
    if row.kind is Kind.REFERENCE:
        return None
    if row.required and value == "" and not row.nillable:
        return f"{row.option} cannot be empty"
    if row.type_in(version) == "Name" and not _XML_NAME.fullmatch(value):
        return (
            f"{row.option} '{value}' is not a name for AXL {version}: letters, digits, '_', '-', '.' and"
            " no spaces"
        )
    return None


def _fault_of_text(row: Row, value: str) -> str | None:
    why = texts.unsendable(value)
    if why is None and (row.kind is Kind.REFERENCE or row.is_name):
        why = texts.fault_of_name(value)
    if why is None and row.fault is not None and value:
        why = row.fault(value)
    return why


def _words(numbers: Any) -> str:
    if numbers == NOT_NEGATIVE:
        return "0 or more"
    if isinstance(numbers, range):
        return f"a number from {numbers[0]} to {numbers[-1]}"
    return f"one of {', '.join(str(number) for number in numbers)}"


def _fault_of_names(row: Row, version: str, value: list[str]) -> str | None:
    for name in value:
        if not name or NAME_SEPARATORS.search(name):
            return f"'{name}' cannot be one of {row.option}: space, comma, semicolon and colon separate names"
        why = texts.unsendable(name) or texts.fault_of_name(name)
        if why is not None:
            return f"'{texts.shown(name)}' cannot be one of {row.option}: it {why}"
    limit = row.length_in(version)
    length = len(",".join(value))
    if limit is not None and length > limit:
        return f"{row.option} have {length} characters together; AXL {version} takes {limit}"
    return None


def _fault_of_list(listing: Listing, version: str, items: list[Mapping[str, Any]]) -> str | None:
    if listing.maximum is not None and len(items) > listing.maximum:
        return f"{listing.option} has {len(items)} entries, and at most {listing.maximum} are possible"
    if len(items) < listing.minimum:
        return f"{listing.option} needs at least {listing.minimum} entry"
    for place, item in enumerate(items, 1):
        for row in listing.rows:
            value = item.get(row.option)
            why = None if value is None else fault_of(row, version, value)
            if why is not None:
                return f"entry {place} of {listing.option}: {why}"
    places = [
        place if item.get(listing.order) is None else item[listing.order]
        for place, item in enumerate(items, 1)
    ]
    if len(set(places)) < len(places):
        return (
            f"two entries of {listing.option} have the same {listing.order}; where it is not given, it is"
            " the entry's place"
        )
    if listing.key is not None and len({item[listing.key] for item in items}) < len(items):
        return f"two entries of {listing.option} have the same {listing.key}"
    return None
