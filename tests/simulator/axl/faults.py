# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The faults that an AXL server answers with.

Codes and texts that are not in a capture or in Cisco's documents are assumed; FIDELITY.md says
which ones.
"""

from __future__ import annotations


class AxlFault(Exception):
    """A request that the server refuses: HTTP 500 and a SOAP fault with this code and text."""

    def __init__(self, code: int, message: str, *, fault_code: str = "Server") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fault_code = fault_code


def item_not_valid(noun: str) -> AxlFault:
    """A get, a reset or a reference names something that does not exist."""
    return AxlFault(5007, f"Item not valid: The specified {noun} was not found")


def not_found(noun: str) -> AxlFault:
    """An update names an object that does not exist."""
    return AxlFault(5003, f"{noun} not found")


def duplicate_value() -> AxlFault:
    """An object with this key exists already."""
    return AxlFault(
        -239, "Could not insert new row - duplicate value in a UNIQUE INDEX column (Unique Index:)."
    )


def duplicate_directory_number() -> AxlFault:
    """A directory number exists already in the partition."""
    return AxlFault(4052, "A DN exists with the same pattern and partition")


def still_referenced() -> AxlFault:
    """An object cannot go while another one refers to it: Informix' text for its error -692."""
    return AxlFault(-692, "Key value for constraint (informix.fk) is still being referenced.")


def null_refused(element: str) -> AxlFault:
    """An element that must have a value was emptied: Informix' text for its error -391."""
    return AxlFault(-391, f"Cannot insert a null into column ({element}).")


def rule_violated(message: str) -> AxlFault:
    """The request is well formed, but a rule of the administration pages forbids it."""
    return AxlFault(5003, message)


def schema_violation(message: str) -> AxlFault:
    """The request is not what the schema of its version allows."""
    return AxlFault(-1, message, fault_code="Client")


def query_refused() -> AxlFault:
    """A query that cannot be read: Informix' text for its error -201."""
    return AxlFault(201, "A syntax error has occurred.")


def no_such_table(name: str) -> AxlFault:
    """A query of a table that is not there: Informix' text for its error -206."""
    return AxlFault(206, f"The specified table ({name}) is not in the database.")


def no_such_column(name: str) -> AxlFault:
    """A query of a column that is not there: Informix' text for its error -217."""
    return AxlFault(217, f"Column ({name}) not found in any table in the query (or SLV is undefined).")
