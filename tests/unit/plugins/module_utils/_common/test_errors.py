# Copyright (c) 2026, the ucops.cucm contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of the errors, which users read, and their reasons, which playbooks test."""

from __future__ import annotations

import pytest
from ansible_collections.ucops.cucm.plugins.module_utils._common import errors
from ansible_collections.ucops.cucm.plugins.module_utils._common.errors import CucmError, InvalidOption


def test_everything_is_said() -> None:
    error = InvalidOption(
        "there is no device pool 'X'.",
        host="pub.example.com",
        operation="addSipTrunk",
        option="device_pool",
        remedy="Make it first.",
        details={"known": ["Default"]},
    )
    assert str(error) == error.message
    assert error.message == (
        "pub.example.com, addSipTrunk: there is no device pool 'X'. Option: device_pool. Make it first."
    )
    assert error.as_result() == {"msg": error.message, "reason": "invalid_option", "known": ["Default"]}


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({}, "no."),
        ({"host": "h"}, "h: no."),
        ({"operation": "o"}, "o: no."),
        ({"option": "x"}, "no. Option: x."),
        ({"remedy": "Do it"}, "no. Do it."),
    ],
)
def test_what_is_unknown_is_left_out(where: dict[str, str], message: str) -> None:
    assert CucmError("no", **where).message == message  # type: ignore[arg-type]


def test_reason_of_one_error() -> None:
    assert CucmError("no", reason="special").as_result() == {"msg": "no.", "reason": "special"}
    assert CucmError("no").reason == "error"


def test_details_are_a_copy() -> None:
    given = {"a": 1}
    CucmError("no", details=given).details["b"] = 2
    assert given == {"a": 1}


def test_reasons_are_distinct() -> None:
    family = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, CucmError)
    ]
    assert len({kind.reason for kind in family}) == len(family) > 10
