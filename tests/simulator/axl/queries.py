# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read-only queries by executeSQLQuery: one table, some columns, conditions joined by AND, or by OR.

The tables and columns are those of Cisco's data dictionary that public clients ask for. Joins and
functions are not simulated and are a syntax error here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ansible_collections.ucops.cucm.tests.simulator.axl import faults
from ansible_collections.ucops.cucm.tests.simulator.axl.database import Database, Record

Column = Callable[[Record], str]


def _value(element: str) -> Column:
    return lambda record: str(record.values.get(element) or "")


def _pkid(record: Record) -> str:
    """The key as the database writes it: lower case, without braces."""
    return record.uuid.strip("{}").lower()


_NAMED: Mapping[str, Column] = {"pkid": _pkid, "name": _value("name")}
_DESCRIBED: Mapping[str, Column] = {**_NAMED, "description": _value("description")}

#: Each table with the kinds of its rows and its columns.
TABLES: Mapping[str, tuple[tuple[str, ...], Mapping[str, Column]]] = {
    "callingsearchspace": (("Css",), _DESCRIBED),
    "callmanagergroup": (("CallManagerGroup",), _NAMED),
    "device": (("SipTrunk", "RouteList"), _DESCRIBED),
    "devicepool": (("DevicePool",), _NAMED),
    "location": (("Location",), _NAMED),
    "numplan": (
        ("Line", "RoutePattern"),
        {"pkid": _pkid, "dnorpattern": _value("pattern"), "description": _value("description")},
    ),
    "processconfig": (("ProcessConfig",), {"paramname": _value("name"), "paramvalue": _value("value")}),
    "processnode": (("ProcessNode",), _DESCRIBED),
    "region": (("Region",), _NAMED),
    "routepartition": (("RoutePartition",), _DESCRIBED),
    "securityprofile": (("SipTrunkSecurityProfile",), _DESCRIBED),
    "sipprofile": (("SipProfile",), _DESCRIBED),
}

_CONDITION = r"\w+\s*(?:=|\blike\b)\s*'(?:[^']|'')*'"
_QUERY = re.compile(
    r"\s*select\s+(?P<columns>\*|\w+(?:\s*,\s*\w+)*)\s+from\s+(?P<table>\w+)"
    rf"(?:\s+where\s+(?P<conditions>{_CONDITION}(?:(?:\s+and\s+{_CONDITION})*|(?:\s+or\s+{_CONDITION})*)))?\s*;?\s*",
    re.IGNORECASE,
)
_ONE_CONDITION = re.compile(r"(\w+)\s*(=|\blike\b)\s*'((?:[^']|'')*)'", re.IGNORECASE)


def rows(database: Database, sql: str) -> list[dict[str, str]]:
    """The rows that a query finds; raises AxlFault."""
    query = _QUERY.fullmatch(sql)
    if query is None:
        raise faults.query_refused()
    name = query["table"].lower()
    if name not in TABLES:
        raise faults.no_such_table(name)
    kinds, columns = TABLES[name]
    wanted = list(columns) if query["columns"] == "*" else re.findall(r"\w+", query["columns"].lower())
    conditions = _ONE_CONDITION.findall(query["conditions"] or "")
    for column in (*wanted, *(condition[0].lower() for condition in conditions)):
        if column not in columns:
            raise faults.no_such_column(column)
    found = [record for kind in kinds for record in database.all(kind)]
    between = _ONE_CONDITION.sub("", query["conditions"] or "")
    hold = any if re.search(r"\bor\b", between, re.IGNORECASE) else all
    return [
        {column: columns[column](record) for column in wanted}
        for record in found
        if hold(_holds(columns[column.lower()](record), verb, text) for column, verb, text in conditions)
    ]


def _holds(value: str, verb: str, text: str) -> bool:
    text = text.replace("''", "'")
    if verb == "=":
        return value == text
    expression = "".join({"%": ".*", "_": "."}.get(each, re.escape(each)) for each in text)
    return re.fullmatch(expression, value, re.DOTALL) is not None
